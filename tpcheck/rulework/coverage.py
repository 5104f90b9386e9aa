"""What the worked cases exercise of a rule set: options, tests inside levels, and levels.

An option counts when a case chooses it on its path, a criterion when one case meets it and another
does not, a level when it decides for certain. A near miss counts like a case: it is the same person
with one answer changed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tpcheck import criteria
from tpcheck.cases import Case
from tpcheck.engine import Engine
from tpcheck.loading.file import listed
from tpcheck.model import (
    NOWHERE,
    AllOf,
    Answered,
    AnswerIs,
    Answers,
    AnyOf,
    AtLeast,
    Criterion,
    Level,
    Location,
    NoneOf,
    Rule,
    RuleMet,
)
from tpcheck.reader import quoted


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that no case exercises, in one line, and where it stands."""

    where: Location
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"


@dataclass(frozen=True, slots=True)
class Count:
    """How many of the things of one sort are exercised."""

    covered: int
    total: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much the cases exercise, and what they do not, in the order of the file."""

    options: Count
    criteria: Count
    levels: Count
    gaps: tuple[Gap, ...]


@dataclass(slots=True)
class _Node:
    """One criterion inside a level, and which ways it was seen to come out."""

    rule: Rule
    level: Level
    criterion: Criterion
    seen: set[bool] = field(default_factory=set)


def coverage(cases: Iterable[Case], engine: Engine) -> Coverage:
    """What `cases` exercise."""
    nodes = [
        _Node(rule, level, part)
        for rule in engine.ruleset.rules
        for level in rule.levels
        for part in _parts(level.when)
    ]
    chosen: set[tuple[str, str]] = set()
    reached: set[tuple[str, str]] = set()
    for answers in _answer_sets(cases, engine):
        chosen.update((item, code) for item, answer in answers.items() for code in answer)
        for rule in engine.ruleset.rules:
            met, _ = criteria.rule_levels(rule, answers, engine.rules)
            if met:
                reached.add((rule.rule_id, met.disposition))
        for node in nodes:
            if len(node.seen) < 2:
                node.seen.add(criteria.read(node.criterion, answers, engine.rules).met)
    options = [
        Gap(item.where, f"no case chooses {quoted(code)} of {quoted(item.link_id)}")
        for item in engine.items.values()
        for code in item.codes
        if (item.link_id, code) not in chosen
    ]
    half = [node for node in nodes if len(node.seen) < 2]
    levels = [
        Gap(level.where, f"no case reaches {rule.rule_id}/{level.disposition}")
        for rule in engine.ruleset.rules
        for level in rule.levels
        if (rule.rule_id, level.disposition) not in reached
    ]
    gaps = [*options, *(gap for node in half for gap in _gaps(node)), *levels]
    return Coverage(
        options=_count(sum(len(item.codes) for item in engine.items.values()), options),
        criteria=_count(len(nodes), half),
        levels=_count(sum(len(rule.levels) for rule in engine.ruleset.rules), levels),
        gaps=tuple(sorted(gaps, key=lambda gap: (gap.where.line, gap.where.column))),
    )


def _answer_sets(cases: Iterable[Case], engine: Engine) -> Iterator[Answers]:
    """The answers on the path of every case and of every near miss."""
    for case in cases:
        changes = [{}, {case.near_miss.item: case.near_miss.answer}] if case.near_miss else [{}]
        for change in changes:
            given = {**case.answers, **change}
            if case.usual:
                given = engine.fill_usual(given)
            yield engine.path(given).answers


def _count(total: int, missing: list[Gap] | list[_Node]) -> Count:
    return Count(total - len(missing), total)


def _parts(criterion: Criterion) -> Iterator[Criterion]:
    yield criterion
    if isinstance(criterion, AllOf | AnyOf | NoneOf | AtLeast):
        for part in criterion.of:
            yield from _parts(part)


def _gaps(node: _Node) -> Iterator[Gap]:
    where = _where(node.criterion) or node.level.where
    place = f"{node.rule.rule_id}/{node.level.disposition}"
    for met, words in ((True, "meets"), (False, "fails to meet")):
        if met not in node.seen:
            yield Gap(where, f"no case {words} {_words(node.criterion)} in {place}")


def _where(criterion: Criterion) -> Location | None:
    """Where a test stands; of several together, where the first does."""
    match criterion:
        case AnswerIs() | Answered() | RuleMet():
            return criterion.where if criterion.where != NOWHERE else None
        case _:
            return next(filter(None, map(_where, criterion.of)), None)


def _words(criterion: Criterion) -> str:
    """A criterion as the rule file writes it, what stands inside only counted."""
    match criterion:
        case AnswerIs(item, options):
            return f"{{{item}: {options[0] if len(options) == 1 else f'[{listed(options)}]'}}}"
        case Answered(item):
            return f"{{answered: {item}}}"
        case RuleMet(rule):
            return f"{{rule: {rule}}}"
        case AllOf(of):
            return f"all of {len(of)}"
        case AnyOf(of):
            return f"any of {len(of)}"
        case NoneOf(of):
            return f"none of {len(of)}"
        case AtLeast(count, of):
            return f"at least {count} of {len(of)}"
