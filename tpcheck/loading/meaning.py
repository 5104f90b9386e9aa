"""What no single field can show: rules that go round in circles, signs that are hidden or unread.

These checks keep a rule set safe to run at all. They work on what could be read, so that they
speak up in the same go as everything else.
"""

from collections.abc import Iterable, Iterator
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import NamedTuple

from tpcheck.model import (
    AllOf,
    Answered,
    AnswerIs,
    AnyOf,
    AtLeast,
    Criterion,
    ItemType,
    NoneOf,
    Problem,
    Rule,
    RuleMet,
    RuleSet,
)
from tpcheck.reader import MAX_PROBLEMS, quoted

MAX_CHAIN = 8  # rules that name rules that name rules: nobody follows more, and reading recurses
MAX_TESTS = 50_000  # tests of all rules with the rules that they name: what one result may cost


def problems(ruleset: RuleSet, *, whole: bool) -> Iterator[Problem]:
    """Everything that is wrong across sections. `whole` says that every record could be read."""
    rules = {rule.rule_id: rule for rule in ruleset.rules}
    order = _Order(rules)
    yield from order.problems
    reads = _Reads(rules, order.rules)
    yield from reads.problems
    signs = {i.link_id for i in ruleset.questionnaire.items if i.type is ItemType.SIGN}
    yield from _signs_under_none(ruleset, reads, signs)
    yield from _hidden(ruleset, reads)
    yield from _unsure_falls(ruleset)
    if whole:  # else the rule that reads a sign may be the one that could not be read
        yield from _unread(ruleset, reads)


# --- walking ----------------------------------------------------------------------------------


class _Leaf(NamedTuple):
    """A test at the bottom of a criterion, or the name of a rule, and whether "none" is above."""

    test: AnswerIs | Answered | RuleMet
    under_none: bool


def _leaves(criterion: Criterion, under_none: bool = False) -> Iterator[_Leaf]:
    match criterion:
        case AnswerIs() | Answered() | RuleMet():
            yield _Leaf(criterion, under_none)
        case AllOf(of) | AnyOf(of) | AtLeast(_, of):
            for part in of:
                yield from _leaves(part, under_none)
        case NoneOf(of):
            for part in of:
                yield from _leaves(part, True)


def _rule_leaves(rule: Rule) -> Iterator[_Leaf]:
    for level in rule.levels:
        yield from _leaves(level.when)


class _Order:
    """The rules, each after those that it names; circles are refused and cut open."""

    def __init__(self, rules: dict[str, Rule]) -> None:
        self.problems: list[Problem] = []
        named = {
            rule_id: {
                leaf.test.rule
                for leaf in _rule_leaves(rule)
                if isinstance(leaf.test, RuleMet) and leaf.test.rule in rules
            }
            for rule_id, rule in rules.items()
        }
        self.rules: list[str] = []
        while len(self.problems) < MAX_PROBLEMS:
            try:
                self.rules = [*TopologicalSorter(named).static_order()]
                return
            except CycleError as error:
                circle: list[str] = error.args[1][::-1]  # each now names the next
                self.problems.append(_circle(circle, rules))
                named[circle[0]].discard(circle[1])


def _circle(circle: list[str], rules: dict[str, Rule]) -> Problem:
    path = " names ".join(map(quoted, circle[:MAX_CHAIN]))
    path += " and so on" if len(circle) > MAX_CHAIN else ""
    message = f"these rules go round in a circle: {path}; take one of the names out"
    return Problem(rules[circle[0]].where, "rule-cycle", message)


class _Reads:
    """The items that each criterion reads, also through the rules that it names.

    Worked out once a rule, because written out a few rules can come to any number of tests.
    """

    def __init__(self, rules: dict[str, Rule], order: list[str]) -> None:
        self.problems: list[Problem] = []
        self._items: dict[str, frozenset[str]] = {}
        tests: dict[str, int] = {}
        depth: dict[str, int] = {}
        total = 0
        for rule_id in order:
            rule = rules[rule_id]
            leaves = [leaf.test for leaf in _rule_leaves(rule)]
            named = [test.rule for test in leaves if isinstance(test, RuleMet)]
            depth[rule_id] = 1 + max((depth.get(name, 0) for name in named), default=0)
            tests[rule_id] = len(leaves) + sum(tests.get(name, 0) for name in named)
            total += tests[rule_id]
            message = ""
            if depth[rule_id] > MAX_CHAIN:
                message = f"rules name rules more than {MAX_CHAIN} deep here"
            elif total > MAX_TESTS >= total - tests[rule_id]:
                message = f"written out, the rules up to here have more than {MAX_TESTS:,} tests"
            if message:
                message += "; name the items themselves, or fewer rules"
                self.problems.append(Problem(rule.where, "too-many-tests", message))
                depth[rule_id] = 0  # said once is enough
            self._items[rule_id] = self._read(leaves)

    def of(self, criterion: Criterion) -> frozenset[str]:
        """The items that `criterion` reads."""
        return self._read(leaf.test for leaf in _leaves(criterion))

    def of_rule(self, rule_id: str) -> frozenset[str]:
        """The items that a rule reads."""
        return self._items.get(rule_id, frozenset())

    def _read(self, tests: Iterable[AnswerIs | Answered | RuleMet]) -> frozenset[str]:
        items: set[str] = set()
        for test in tests:
            if isinstance(test, RuleMet):
                items |= self.of_rule(test.rule)
            else:
                items.add(test.item)
        return frozenset(items)


# --- checks -----------------------------------------------------------------------------------


def _signs_under_none(ruleset: RuleSet, reads: _Reads, signs: set[str]) -> Iterator[Problem]:
    """A sign under "none" would make a yes lower the advice, or hide what has to be told."""
    deciding = [level.when for rule in ruleset.rules for level in rule.levels]
    deciding += (p.when for p in ruleset.precautions if p.when)
    for criterion in deciding:
        for test, under_none in _leaves(criterion):
            for sign in sorted(signs & reads.of(test)) if under_none else ():
                what = f"the warning sign {quoted(sign)} stands under 'none'"
                message = f"{what}, so a yes could lower the advice; turn the criterion round"
                yield Problem(test.where, "sign-under-none", message)


def _unsure_falls(ruleset: RuleSet) -> Iterator[Problem]:
    """More urgent advice must not leave a not sure with less urgent advice."""
    urgency = {d.code: d.urgency for d in ruleset.dispositions}
    for lower, higher in pairwise(ruleset.dispositions):
        if urgency.get(higher.if_unsure, 0) < urgency.get(lower.if_unsure, 0):
            message = (
                f"'if_unsure' of {quoted(higher.code)} is less urgent than that of"
                f" {quoted(lower.code)}; make it at least {quoted(lower.if_unsure)}"
            )
            yield Problem(higher.where, "unsure-falls", message)
        if urgency.get(higher.if_unsure, 0) > higher.urgency:
            message = (
                f"'if_unsure' of {quoted(higher.code)} is more urgent than itself;"
                f" make it at most {quoted(higher.code)}"
            )
            yield Problem(higher.where, "unsure-rises", message)


def _unread(ruleset: RuleSet, reads: _Reads) -> Iterator[Problem]:
    read = {item for rule in ruleset.rules for item in reads.of_rule(rule.rule_id)}
    for item in ruleset.questionnaire.items:
        if item.type is ItemType.SIGN and item.link_id not in read:
            message = f"no rule reads the warning sign {quoted(item.link_id)}; add it to one"
            yield Problem(item.where, "unread-sign", f"{message}, or make it a fact")


class _Ceiling(NamedTuple):
    """How urgent an answer can make the advice, and by which rule, through which other item."""

    urgency: int = 0
    rule: str = ""
    through: str = ""


def _hidden(ruleset: RuleSet, reads: _Reads) -> Iterator[Problem]:
    """An item must not be skipped at an urgency that its own answer could raise."""
    urgency = {d.code: d.urgency for d in ruleset.dispositions}
    ends = [d.code for d in ruleset.dispositions if d.ends_questions]
    found = _ceilings(ruleset, reads, urgency)
    for section in ruleset.questionnaire.sections:
        for screen in section.screens:
            own = [until for until in (section.until, screen.until) if until in urgency]
            until = min(own or ends, key=urgency.__getitem__, default="")
            for item in screen.items:
                ceiling = found.get(item.link_id, _Ceiling())
                if until and ceiling.urgency > urgency[until]:
                    most = ruleset.dispositions[ceiling.urgency].code
                    through = f" through {quoted(ceiling.through)}" if ceiling.through else ""
                    message = (
                        f"{quoted(item.link_id)} can lead to {quoted(most)}{through} (rule"
                        f" {quoted(ceiling.rule)}), but is not asked once {quoted(until)} is"
                        " reached; ask it earlier, or where no 'until' skips it"
                    )
                    yield Problem(item.where, "until-hides", message)


def _ceilings(ruleset: RuleSet, reads: _Reads, urgency: dict[str, int]) -> dict[str, _Ceiling]:
    found: dict[str, _Ceiling] = {}

    def lift(criterion: Criterion | None, ceiling: _Ceiling) -> None:
        for item in reads.of(criterion) if criterion else ():
            found[item] = max(found.get(item, _Ceiling()), ceiling)

    for rule in ruleset.rules:
        for level in rule.levels:
            lift(level.when, _Ceiling(urgency.get(level.disposition, 0), rule.rule_id))
    # From the last item up: what decides whether it is asked stands above it, and matters as much.
    for section in reversed(ruleset.questionnaire.sections):
        of_section = _Ceiling()
        for screen in reversed(section.screens):
            of_screen = _Ceiling()
            for item in screen.items:
                own = found.get(item.link_id, _Ceiling())._replace(through=item.link_id)
                lift(item.ask_when, own)
                of_screen = max(of_screen, own)
            lift(screen.ask_when, of_screen)
            of_section = max(of_section, of_screen)
        lift(section.ask_when, of_section)
    return found


def ceilings(ruleset: RuleSet) -> dict[str, int]:
    """For each item, the most urgent advice that an answer to it can lead to, also through others.

    An item that nothing reads is absent.
    """
    rules = {rule.rule_id: rule for rule in ruleset.rules}
    reads = _Reads(rules, _Order(rules).rules)
    urgency = {d.code: d.urgency for d in ruleset.dispositions}
    return {item: c.urgency for item, c in _ceilings(ruleset, reads, urgency).items()}
