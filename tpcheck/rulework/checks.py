"""The checks that `rules check` runs on a rule set that can be used, written out one by one.

The loader refuses what cannot be used at all; these look at what it says. Each has an id, which
every problem that it finds bears, and one line on what must hold.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tpcheck.engine import Engine
from tpcheck.model import Problem, Severity
from tpcheck.rulework import wording
from tpcheck.rulework.passages import Passage, passages

_ERROR, _WARNING = Severity.ERROR, Severity.WARNING


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its id, what must hold, and what finds where it does not."""

    check_id: str
    holds: str
    run: Callable[[Engine, tuple[Passage, ...]], wording.Found]


def _listed(check_id: str, holds: str, severity: Severity) -> Check:
    find = wording.listed(check_id, severity)
    return Check(check_id, holds, lambda _, texts: find(texts))


def _needs_approval(engine: Engine, texts: tuple[Passage, ...]) -> wording.Found:
    """Nothing is left to approve in a rule set that a clinician approved word for word."""
    if not engine.ruleset.is_approved:
        yield from wording.listed(NEEDS_APPROVAL, _WARNING)(texts)


#: The check whose problems a clinician settles by approving the rule set.
NEEDS_APPROVAL = "needs-approval"

CHECKS = (
    # What advertising rules and the law on devices allow.
    _listed("claim", "no text claims what cannot be shown", _ERROR),
    Check(NEEDS_APPROVAL, "no unapproved text says that care helps a condition", _needs_approval),
    _listed("device", "no text says how the tool was assessed, other than that it was not", _ERROR),
    Check(
        "clinic-in-urgent",
        "urgent advice never names the clinic",
        lambda engine, texts: wording.clinic_named(engine.ruleset.clinic, texts),
    ),
    # What a result may say of a person.
    _listed("diagnosis", "no text tells a person what they have", _ERROR),
    _listed("anatomical-name", "no text names what is under the skin", _ERROR),
    _listed("reassurance", "no text says that nothing is wrong", _ERROR),
    _listed("soft-urgent", "urgent advice says what to do", _WARNING),
    # What people understand.
    Check("phone-number", "every phone number can be called", lambda _, t: wording.phone_number(t)),
    _listed("navigation-word", "no option is called like a key of the program", _WARNING),
    _listed("plain-word", "texts for patients use plain words", _WARNING),
    Check("long-sentence", "no sentence is too long", lambda _, t: wording.long_sentence(t)),
    Check("hard-screen", "no screen is too hard to read", lambda _, t: wording.hard_screen(t)),
    Check("reading-age", "the whole can be read at 11 years", lambda _, t: wording.reading_age(t)),
)


def check(engine: Engine) -> tuple[Problem, ...]:
    """Every problem that the checks find, each once, in the order of the file."""
    texts = passages(engine)
    found = dict.fromkeys(problem for check in CHECKS for problem in check.run(engine, texts))
    return tuple(sorted(found, key=lambda p: (p.where.line, p.where.column)))
