"""A worked case made from answers that a proof or a comparison found, ready to be kept and run."""

import json
from collections.abc import Mapping
from dataclasses import fields

from tpcheck.cases import Expectation, RuleLevel
from tpcheck.model import Answer


def case_text(
    name: str,
    told: Mapping[str, Answer],
    expect: Expectation,
    *,
    level: RuleLevel | None = None,
) -> str:
    """A case file with one case, as `cases.read` takes it.

    `name` is its sentence. `told` are the answers that are not the usual ones; everything else that
    is asked gets its usual answer when the case is run. `level` is the rule level that it is for.
    """
    lines = [f"case: {json.dumps(' '.join(name.split()), ensure_ascii=False)}"]
    if level:
        lines.append(f"level: {'/'.join(level)}")
    lines += ["answers:", *(f"  {item}: {_answer(answer)}" for item, answer in told.items())]
    if not told:
        lines[-1] = "answers: {}"
    lines += ["rest: usual", "expect:", *_expected(expect)]
    return "cases:\n  - " + "\n    ".join(lines) + "\n"


def _expected(expect: Expectation) -> list[str]:
    """A line for each thing that is looked at."""
    blank = Expectation()
    values = ((f.name, getattr(expect, f.name), getattr(blank, f.name)) for f in fields(expect))
    return [f"  {name}: {_flow(value)}" for name, value, unseen in values if value != unseen]


def _answer(answer: Answer) -> str:
    return answer[0] if len(answer) == 1 else _flow(answer)


def _flow(value: bool | str | tuple[str, ...] | tuple[RuleLevel, ...]) -> str:
    """A value as YAML on one line. Ids and codes need no quotes: the reader takes them as text."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    pairs = [part for part in value if isinstance(part, tuple)]
    if pairs:
        return "{" + ", ".join(f"{rule}: {level}" for rule, level in pairs) + "}"
    return "[" + ", ".join(part for part in value if isinstance(part, str)) + "]"
