"""A call that staff take: what is kept of it, and what to read back before it ends. Pure.

Times come from a clock that is passed in. Nothing here says who somebody is: a reference is drawn
at random, and private answers are left out of a call.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from tpcheck import criteria
from tpcheck.engine import Engine, usual
from tpcheck.freetext import CROCKFORD, clean
from tpcheck.model import NO, Answers, Criterion, Disposition, Item

#: How many characters of a reference are drawn.
_DRAWN = 4
#: How many references there are in a minute; the number for `reference` is drawn below it.
REFERENCES = len(CROCKFORD) ** _DRAWN


@dataclass(frozen=True, slots=True)
class Advice:
    """Advice that was read out to the caller, and when."""

    disposition: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Raise:
    """More urgent advice than that of the rules, given by staff, and why."""

    disposition: str
    reason: str


@dataclass(frozen=True, slots=True)
class Call:
    """What is kept of a call. No name, birth date or phone number has a place in it.

    `answers` are those on the path, without private ones. `comments` are by screen; `volunteered`
    are the screens whose answer the caller gave unasked. `disposition` is what the rules came to,
    empty where they came to none; `raised` what staff raised it to, and why, as long as that is
    the more urgent. `finished_early` says that the rest was not asked because it could not change
    the advice; `lost` that the call ended before it was finished; `from_code` that the answers were
    opened with a code.
    """

    reference: str
    started: datetime
    ended: datetime | None = None
    for_other: bool = False
    answers: Answers = field(default_factory=lambda: MappingProxyType({}))
    comments: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    volunteered: frozenset[str] = frozenset()
    advice: tuple[Advice, ...] = ()
    disposition: str = ""
    raised: str = ""
    reason: str = ""
    finished_early: bool = False
    lost: bool = False
    from_code: bool = False

    @property
    def final(self) -> str:
        """The advice that counts: what staff raised it to, else what the rules came to."""
        return self.raised or self.disposition


def reference(number: int, at: datetime) -> str:
    """A short name for a call from a random `number` below REFERENCES and the time it began."""
    drawn = ""
    for _ in range(_DRAWN):
        number, digit = divmod(number, len(CROCKFORD))
        drawn += CROCKFORD[digit]
    return f"{drawn}-{at:%H%M}"


# --- raising the advice -----------------------------------------------------------------------


def more_urgent(engine: Engine, call: Call) -> tuple[Disposition, ...]:
    """What staff may raise the advice to, the least urgent first."""
    reached = max(engine.urgency.get(code, -1) for code in (call.disposition, call.raised))
    return tuple(d for d in engine.by_urgency if d.urgency > max(reached, 0))


def raise_to(engine: Engine, call: Call, code: str, reason: str) -> Raise:
    """A raise of the advice. Raises ValueError for what is none, or has no reason."""
    if code not in {disposition.code for disposition in more_urgent(engine, call)}:
        raise ValueError(f"'{code}' is not more urgent")
    why = clean(reason)
    if not why:
        raise ValueError("a raise has a reason")
    return Raise(code, why)


def with_result(
    engine: Engine, call: Call, disposition: str, raised: Raise | None = None, *, urgency: int = 0
) -> Call:
    """The call with what the rules come to now.

    What staff `raised` counts where it is more urgent than that, and more urgent than `urgency`,
    which the answers have come to so far.
    """
    reached = max(engine.urgency.get(disposition, 0), urgency)
    if raised is None or engine.urgency.get(raised.disposition, 0) <= reached:
        raised = Raise("", "")
    return replace(call, disposition=disposition, raised=raised.disposition, reason=raised.reason)


# --- a patient's code -------------------------------------------------------------------------


def opened(engine: Engine, answers: Answers) -> Answers:
    """What counts in a call of the answers that a code stands for.

    A code does not say when they were given. So what is asked first, whether something is happening
    now, is asked again.
    """
    now = engine.ruleset.questionnaire.sections[0]
    asked_again = {item.link_id for screen in now.screens for item in screen.items}
    return {k: answer for k, answer in answers.items() if k not in asked_again}


# --- reading back -----------------------------------------------------------------------------


def shared(engine: Engine, answers: Answers) -> Answers:
    """The answers on the path without private ones, in the order of the questions."""
    on_path = engine.path(answers).answers
    return {k: answer for k, answer in on_path.items() if not engine.items[k].private}


def decisive(engine: Engine, answers: Answers) -> tuple[str, ...]:
    """The fewest unusual answers that carry the advice, in the order of the questions.

    With every other answer as usual the advice is as urgent; with one of these as usual too, it is
    less urgent. Questions without an answer count as answered as usual.
    """
    given = engine.path(answers).answers
    carrying = [k for k, answer in given.items() if answer != engine.items[k].usual]

    def urgency(without: frozenset[str]) -> int:
        left = {k: engine.items[k].usual if k in without else given[k] for k in given}
        return engine.urgency[engine.assess(left, usual).disposition]

    everything = frozenset(carrying)
    reached = urgency(frozenset())
    # Left out first: answers that are no evidence, and private ones; then the later ones.
    found = engine.assess(given, usual).findings
    evidence = {link_id for finding in found for link_id, _ in finding.evidence}
    evidence -= {link_id for link_id in evidence if engine.items[link_id].private}
    later_first = [*reversed(carrying)]
    order = sorted(later_first, key=evidence.__contains__)
    changed = True
    while changed:
        changed = False
        for link_id in order:
            kept = [k for k in carrying if k != link_id]
            if link_id in carrying and urgency(everything - frozenset(kept)) >= reached:
                carrying, changed = kept, True
    return tuple(carrying)


def denied_signs(engine: Engine, answers: Answers) -> tuple[str, ...]:
    """The emergency signs that are asked because of where it hurts, and were answered with no."""
    given = engine.path(answers).answers
    return tuple(
        item.link_id
        for item, conditions in _signs(engine)
        if given.get(item.link_id) == (NO,) and _reads_place(engine, conditions)
    )


def _signs(engine: Engine) -> Iterator[tuple[Item, tuple[Criterion, ...]]]:
    """Every emergency sign, with the conditions under which it is asked."""
    for section in engine.ruleset.questionnaire.sections:
        for screen in section.screens:
            for item in screen.items:
                if item.floor and engine.ruleset.disposition(item.floor).emergency:
                    whens = (section.ask_when, screen.ask_when, item.ask_when)
                    yield item, tuple(when for when in whens if when)


def _reads_place(engine: Engine, conditions: tuple[Criterion, ...]) -> bool:
    places = frozenset(engine.ruleset.patterns.pain_items)
    return any(criteria.items_read(when, engine.rules) & places for when in conditions)
