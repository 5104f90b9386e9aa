"""Read one criterion against answers: what it means, which answers made it so, what it reads.

Every criterion is read twice at once. *Met*: a not sure never helps. *Possible*: a not sure always
helps. An item that is still open (not yet decided whether it is asked, or asked and unanswered)
helps only where the caller says so, which gives a lower and an upper bound on what can still come.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from tpcheck.model import (
    NOT_SURE,
    AllOf,
    Answer,
    Answered,
    AnswerIs,
    Answers,
    AnyOf,
    AtLeast,
    Criterion,
    Level,
    NoneOf,
    Rule,
    RuleMet,
)


class Reading(NamedTuple):
    """The two readings of a criterion. What is met is always possible."""

    met: bool
    possible: bool


Evidence = tuple[tuple[str, Answer], ...]

_BOTH = Reading(True, True)
_NEITHER = Reading(False, False)


def _nothing_open(_: str) -> bool:
    return False


def read(
    criterion: Criterion,
    answers: Answers,
    rules: Mapping[str, Rule],
    *,
    is_open: Callable[[str], bool] = _nothing_open,
    helping: bool = False,
) -> Reading:
    """Read `criterion` against `answers`, which hold only what is on the path.

    `is_open(link_id)` tells whether an absent item may still get an answer, and `helping` whether
    such an item counts for the criterion or against it. Below "none" that turns round.
    """
    match criterion:
        case AnswerIs(item, options):
            answer = answers.get(item)
            if answer is None:
                return _BOTH if helping and is_open(item) else _NEITHER
            if any(code in options for code in answer):
                return _BOTH
            return Reading(False, NOT_SURE in answer)
        case Answered(item):
            known = item in answers or (helping and is_open(item))
            return Reading(known, known)
        case RuleMet(rule):
            of = tuple(level.when for level in rules[rule].levels)
            return _any(of, answers, rules, is_open, helping)
        case AnyOf(of):
            return _any(of, answers, rules, is_open, helping)
        case AllOf(of):
            met = True
            for part in of:
                one = read(part, answers, rules, is_open=is_open, helping=helping)
                if not one.possible:
                    return _NEITHER
                met = met and one.met
            return Reading(met, True)
        case NoneOf(of):
            one = _any(of, answers, rules, is_open, not helping)
            return Reading(not one.possible, not one.met)
        case AtLeast(count, of):
            readings = [read(part, answers, rules, is_open=is_open, helping=helping) for part in of]
            return Reading(
                sum(one.met for one in readings) >= count,
                sum(one.possible for one in readings) >= count,
            )


def _any(
    of: tuple[Criterion, ...],
    answers: Answers,
    rules: Mapping[str, Rule],
    is_open: Callable[[str], bool],
    helping: bool,
) -> Reading:
    possible = False
    for part in of:
        one = read(part, answers, rules, is_open=is_open, helping=helping)
        if one.met:
            return _BOTH
        possible = possible or one.possible
    return Reading(False, possible)


def evidence(
    criterion: Criterion, answers: Answers, rules: Mapping[str, Rule], *, certain: bool
) -> Evidence:
    """The answers that make `criterion` met (or, if not `certain`, possible), each item once.

    Call it only for a criterion that is so. What stands below "none" is never evidence.
    """
    found: dict[str, list[str]] = {}
    for item, codes in _leaves(criterion, answers, rules, certain):
        seen = found.setdefault(item, [])
        seen.extend(code for code in codes if code not in seen)
    return tuple((item, tuple(codes)) for item, codes in found.items())


def _holds(reading: Reading, certain: bool) -> bool:
    return reading.met if certain else reading.possible


def _leaves(
    criterion: Criterion, answers: Answers, rules: Mapping[str, Rule], certain: bool
) -> Iterator[tuple[str, Answer]]:
    if not _holds(read(criterion, answers, rules), certain):
        return
    match criterion:
        case AnswerIs(item, options):
            answer = answers[item]
            hits = tuple(code for code in answer if code in options)
            yield item, hits or answer
        case Answered(item):
            yield item, answers[item]
        case RuleMet(rule):
            for level in rules[rule].levels:
                if _holds(read(level.when, answers, rules), certain):
                    yield from _leaves(level.when, answers, rules, certain)
                    return
        case AllOf(of) | AnyOf(of) | AtLeast(_, of):
            for part in of:
                yield from _leaves(part, answers, rules, certain)
        case NoneOf():
            return


def parts(criterion: Criterion) -> Iterator[Criterion]:
    """`criterion` and all below it, from the top. What a named rule holds is not followed."""
    yield criterion
    match criterion:
        case AllOf(of) | AnyOf(of) | NoneOf(of) | AtLeast(_, of):
            for part in of:
                yield from parts(part)


class Leaf(NamedTuple):
    """One test at the bottom of a criterion, and whether a "none" turns it round."""

    test: AnswerIs | Answered
    negated: bool


def leaves(
    criterion: Criterion, rules: Mapping[str, Rule], *, negated: bool = False
) -> Iterator[Leaf]:
    """Every test that `criterion` reads, those of the rules it names included."""
    match criterion:
        case AnswerIs() | Answered():
            yield Leaf(criterion, negated)
        case RuleMet(rule):
            for level in rules[rule].levels:
                yield from leaves(level.when, rules, negated=negated)
        case NoneOf(of):
            for part in of:
                yield from leaves(part, rules, negated=not negated)
        case AllOf(of) | AnyOf(of) | AtLeast(_, of):
            for part in of:
                yield from leaves(part, rules, negated=negated)


def items_read(criterion: Criterion, rules: Mapping[str, Rule]) -> frozenset[str]:
    """The link ids of every item that `criterion` reads."""
    return frozenset(leaf.test.item for leaf in leaves(criterion, rules))


def rule_levels(
    rule: Rule,
    answers: Answers,
    rules: Mapping[str, Rule],
    *,
    is_open: Callable[[str], bool] = _nothing_open,
    helping: bool = False,
) -> tuple[Level | None, Level | None]:
    """The most urgent level that is met, and the most urgent that is possible."""
    possible: Level | None = None
    for level in rule.levels:
        reading = read(level.when, answers, rules, is_open=is_open, helping=helping)
        if reading.possible and possible is None:
            possible = level
        if reading.met:
            return level, possible
    return None, possible
