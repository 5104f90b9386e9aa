"""The rule set in the expression language of zen-engine, written from the same criterion trees.

Two forms, so that nobody need ask whether the peer was given its best:

- `Rules`: one compiled list, an expression for each rule, on answers that are known to be on the
  path. What is asked is not worked out at all.
- `Whole`: the same, and what is asked: the conditions of each screen, and how urgent the advice has
  become when its turn comes, as tpcheck works it out too.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tpcheck import criteria
from tpcheck.engine import Engine
from tpcheck.generated import Outcome
from tpcheck.model import (
    NOT_SURE,
    AllOf,
    Answered,
    AnswerIs,
    AnyOf,
    AtLeast,
    Criterion,
    ItemType,
    Level,
    NoneOf,
    Rule,
    RuleMet,
)


class _Translation:
    """Criteria as expressions."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.outcomes: list[Outcome] = []
        self.place = {
            item.link_id: number
            for number, screen in enumerate(engine.ruleset.questionnaire.screens)
            for item in screen.items
        }

    def read(
        self, criterion: Criterion, *, certain: bool, upto: int = 1 << 30, negated: bool = False
    ) -> str:
        """A criterion when the screens up to `upto` are done; what comes later never helps."""

        def each(parts: tuple[Criterion, ...]) -> list[str]:
            return [self.read(p, certain=certain, upto=upto, negated=negated) for p in parts]

        match criterion:
            case AnswerIs(item) | Answered(item) if self.place[item] > upto:
                return str(negated).lower()
            case AnswerIs(item, options):
                codes = [*options, *(() if certain or NOT_SURE in options else (NOT_SURE,))]
                if self.engine.items[item].type is ItemType.MANY:
                    return f"({item} != null and some({item}, # in {json.dumps(codes)}))"
                if len(codes) == 1:
                    return f"{item} == {json.dumps(codes[0])}"
                return f"{item} in {json.dumps(codes)}"
            case Answered(item):
                return f"{item} != null"
            case RuleMet(rule):
                return _join("or", each(tuple(x.when for x in self.engine.rules[rule].levels)))
            case AllOf(of):
                return _join("and", each(of))
            case AnyOf(of):
                return _join("or", each(of))
            case NoneOf(of):
                parts = [
                    self.read(p, certain=not certain, upto=upto, negated=not negated) for p in of
                ]
                return f"not ({_join('or', parts)})"
            case AtLeast(count, of):
                counted = " + ".join(f"({part} ? 1 : 0)" for part in each(of))
                return f"({counted} >= {count})"

    def rule(self, rule: Rule) -> str:
        """The number of the finding that a rule makes, or -1."""
        return self._tree(rule, rule.levels, None)

    def _tree(self, rule: Rule, levels: tuple[Level, ...], possible: Level | None) -> str:
        engine = self.engine
        if possible:
            unsure = engine.unsure_urgency[possible.disposition]
            if not any(engine.urgency[level.disposition] >= unsure for level in levels):
                return self._number(rule, possible, certain=False)
        if not levels:
            return "-1"
        level, others = levels[0], levels[1:]
        first = possible or level
        certain = engine.urgency[level.disposition] >= engine.unsure_urgency[first.disposition]
        met = self.read(level.when, certain=True)
        maybe = self.read(level.when, certain=False)
        then = self._number(rule, level if certain else first, certain=certain)
        if possible or met == maybe:
            return f"({met} ? {then} : {self._tree(rule, others, possible)})"
        inner = self._tree(rule, others, level)
        return f"({maybe} ? ({met} ? {then} : {inner}) : {self._tree(rule, others, None)})"

    def _number(self, rule: Rule, level: Level, *, certain: bool) -> str:
        code = level.disposition
        shown = code if certain else self.engine.ruleset.disposition(code).if_unsure
        outcome = Outcome(rule.rule_id, code, shown, certain)
        if outcome not in self.outcomes:
            self.outcomes.append(outcome)
        return str(self.outcomes.index(outcome))


def _join(word: str, parts: list[str]) -> str:
    return f"({f' {word} '.join(parts)})" if len(parts) > 1 else parts[0]


class _Told:
    """From the numbers of findings to what tpcheck's function says too."""

    def __init__(self, engine: Engine, outcomes: list[Outcome]) -> None:
        self.outcomes = outcomes
        self.urgency = [engine.urgency[outcome.disposition] for outcome in outcomes]
        self.codes = [disposition.code for disposition in engine.by_urgency]

    def __call__(self, numbers: list[float]) -> tuple[str, tuple[Outcome, ...]]:
        found = [int(number) for number in numbers if number >= 0]
        most = max([self.urgency[number] for number in found], default=0)
        return self.codes[most], tuple([self.outcomes[number] for number in found])


class Rules:
    """One compiled list of expressions, a rule each."""

    def __init__(self, engine: Engine) -> None:
        import zen

        translation = _Translation(engine)
        rules = [translation.rule(rule) for rule in engine.ruleset.rules]
        self._expression = zen.compile_expression(f"[{', '.join(rules)}]")
        self._told = _Told(engine, translation.outcomes)

    def __call__(self, answers: Mapping[str, Any]) -> tuple[str, tuple[Outcome, ...]]:
        return self._told(self._expression.evaluate(answers))


class Whole:
    """One compiled list with all that has to be known: of each screen whether the answers before
    it ask for it and how urgent it can make the advice, of each rule what it finds.

    What is left to Python is to go through the screens once. To let zen do that too, with an
    expression node in which each screen reads the ones before, takes it 40 times as long.
    """

    def __init__(self, engine: Engine) -> None:
        import zen

        translation = _Translation(engine)
        asks: list[str] = []
        rises: list[str] = []
        # Of each screen: the stop, where its conditions and rises are, and its items with theirs.
        self._screens: list[tuple[int, list[int], slice, list[tuple[str, list[int]]]]] = []

        def note(*conditions: Criterion | None) -> list[int]:
            upto = len(self._screens) - 1
            found = [translation.read(c, certain=True, upto=upto) for c in conditions if c]
            asks.extend(found)
            return [*range(len(asks) - len(found), len(asks))]

        for section in engine.ruleset.questionnaire.sections:
            for screen in section.screens:
                conditions = note(section.ask_when, screen.ask_when)
                items = [(item.link_id, note(item.ask_when)) for item in screen.items]
                start = len(rises)
                rises += _rises(engine, translation, len(self._screens))
                stop = engine.stop_at(section.until, screen.until)
                self._screens.append((stop, conditions, slice(start, len(rises)), items))
        rules = [translation.rule(rule) for rule in engine.ruleset.rules]
        lists = ", ".join(f"[{', '.join(part)}]" for part in (asks, rises, rules))
        self._expression = zen.compile_expression(f"[{lists}]")
        self._told = _Told(engine, translation.outcomes)

    def __call__(self, answers: Mapping[str, Any]) -> tuple[str, tuple[Outcome, ...]]:
        asks, rises, found = self._expression.evaluate(answers)
        reached = counted = 0
        for stop, conditions, rise, items in self._screens:
            if reached < stop and all(map(asks.__getitem__, conditions)):
                for link_id, own in items:
                    if link_id in answers and all(map(asks.__getitem__, own)):
                        counted += 1
            reached = max([reached, *rises[rise]])
        if counted != len(answers):
            raise ValueError("an answer is off the path")
        return self._told(found)


def _rises(engine: Engine, translation: _Translation, number: int) -> Iterator[str]:
    """What the answers on a screen can raise the advice to."""
    for rule in engine.ruleset.rules:
        for level in rule.levels:
            items = criteria.items_read(level.when, engine.rules)
            if number not in {translation.place[item] for item in items}:
                continue
            for urgency, certain in (
                (engine.urgency[level.disposition], True),
                (engine.unsure_urgency[level.disposition], False),
            ):
                test = translation.read(level.when, certain=certain, upto=number)
                if urgency:
                    yield f"({test} ? {urgency} : 0)"
