"""A rule set as one exact formula over every answer that can be given.

Raw answers are free and always valid; what is on the path follows from them, screen by screen, just
as the engine replays it. So every model of the formula is a complete answer set that a person can
reach, and every such set is a model. Tests hold this equal to the engine on random answers.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from itertools import combinations

from tpcheck import criteria
from tpcheck.engine import Engine
from tpcheck.model import (
    NOT_SURE,
    AllOf,
    Answer,
    Answered,
    AnswerIs,
    AnyOf,
    AtLeast,
    Criterion,
    Item,
    ItemType,
    Level,
    NoneOf,
    Rule,
    RuleMet,
    Screen,
)
from tpcheck.rulework.circuit import Circuit

Raw = dict[tuple[str, str], int]


class Encoding:
    """The literals of one rule set in a circuit.

    `raw[item, option]` says that the option would be chosen if the item were asked, `on[item]` that
    it is asked, `chosen[item, option]` both. `raw` may be shared by two encodings in one circuit,
    to compare what two rule sets, or two answers, come to.
    """

    def __init__(self, engine: Engine, circuit: Circuit, raw: Raw | None = None) -> None:
        self.engine = engine
        self.circuit = circuit
        self.raw: Raw = raw if raw is not None else {}
        self.on: dict[str, int] = {}
        self.shown: dict[str, int] = {}
        self.hidden_by_until: dict[str, int] = {}
        self.chosen: dict[tuple[str, str], int] = {}
        self._screens = engine.ruleset.questionnaire.screens
        self._position = {
            item.link_id: n for n, screen in enumerate(self._screens) for item in screen.items
        }
        self._read: dict[tuple[int, int, bool], tuple[int, int]] = {}
        self._steps: dict[int, list[int]] = {}
        self._keep: list[Criterion] = []
        self.end = len(self._screens)
        for item in engine.items.values():
            if (item.link_id, item.codes[0]) not in self.raw:
                self._add_raw(item)
        self._lay_out()

    # --- answers ------------------------------------------------------------------------------

    def _add_raw(self, item: Item) -> None:
        circuit = self.circuit
        literals = {code: circuit.new() for code in item.codes}
        self.raw.update({(item.link_id, code): lit for code, lit in literals.items()})
        circuit.add(*literals.values())
        if item.type is not ItemType.MANY:
            for one, other in combinations(literals.values(), 2):
                circuit.add(-one, -other)
            return
        for option in item.options:
            if option.exclusive:
                for code, literal in literals.items():
                    if code != option.code:
                        circuit.add(-literals[option.code], -literal)
        if item.at_most:
            for too_many in combinations(literals.values(), item.at_most + 1):
                circuit.add(*(-literal for literal in too_many))

    # --- the path -----------------------------------------------------------------------------

    def _lay_out(self) -> None:
        circuit, position = self.circuit, 0
        for section in self.engine.ruleset.questionnaire.sections:
            for screen in section.screens:
                wanted = circuit.all_of(
                    (self._asked_when(section.ask_when), self._asked_when(screen.ask_when))
                )
                stop = self.engine.stop_at(section.until, screen.until)
                stopped = self.reached(stop, before=position)
                shown = circuit.all_of((wanted, -stopped))
                asked = [self._ask(item, wanted, stopped, shown) for item in screen.items]
                self.shown[screen.screen_id] = circuit.any_of(asked)
                position += 1

    def _ask(self, item: Item, wanted: int, stopped: int, shown: int) -> int:
        circuit = self.circuit
        asked_when = self._asked_when(item.ask_when)
        asked = circuit.all_of((shown, asked_when))
        self.on[item.link_id] = asked
        self.hidden_by_until[item.link_id] = circuit.all_of((wanted, asked_when, stopped))
        for code in item.codes:
            raw = self.raw[item.link_id, code]
            self.chosen[item.link_id, code] = circuit.all_of((asked, raw))
        return asked

    def _asked_when(self, criterion: Criterion | None) -> int:
        match criterion:
            case None:
                return self.circuit.true
            case AnswerIs(item, options):
                return self.circuit.any_of(self.chosen[item, code] for code in options)
            case Answered(item):
                return self.on[item]
            case AllOf(of):
                return self.circuit.all_of(map(self._asked_when, of))
            case AnyOf(of):
                return self.circuit.any_of(map(self._asked_when, of))
            case _:
                raise ValueError(f"not a form that ask_when may have: {criterion!r}")

    # --- rules --------------------------------------------------------------------------------

    def reached(self, urgency: int, *, before: int | None = None) -> int:
        """The advice is at least as urgent as `urgency`, by what is asked before a screen.

        Without `before` it is the result itself.
        """
        literals: list[int] = []
        for rule in self.engine.rules.values():
            for level in rule.levels:
                met, possible = self.read(level.when, before=before)
                if self.engine.urgency[level.disposition] >= urgency:
                    literals.append(met)
                if self.engine.unsure_urgency[level.disposition] >= urgency:
                    literals.append(possible)
        return self.circuit.any_of(literals)

    def read(
        self, criterion: Criterion, *, before: int | None = None, helping: bool = False
    ) -> tuple[int, int]:
        """The literals of the two readings of `criterion`, met and possible."""
        position = self.end if before is None else before
        # Only how many of the items that it reads are decided tells two positions apart.
        key = (id(criterion), bisect_left(self._positions(criterion), position), helping)
        known = self._read.get(key)
        if known is None:
            known = self._read[key] = self._build(criterion, position, helping)
        return known

    def _positions(self, criterion: Criterion) -> list[int]:
        steps = self._steps.get(id(criterion))
        if steps is None:
            read = criteria.items_read(criterion, self.engine.rules)
            steps = self._steps[id(criterion)] = sorted(self._position[item] for item in read)
            # The key is the identity: keep the object, or another could take its place.
            self._keep.append(criterion)
        return steps

    def _build(self, criterion: Criterion, before: int, helping: bool) -> tuple[int, int]:
        circuit = self.circuit
        match criterion:
            case AnswerIs(item, options):
                if self._position[item] >= before:
                    return circuit.constant(helping), circuit.constant(helping)
                met = circuit.any_of(self.chosen[item, code] for code in options)
                unsure = self.chosen.get((item, NOT_SURE), circuit.false)
                return met, circuit.any_of((met, unsure))
            case Answered(item):
                open_ = self._position[item] >= before
                known = circuit.constant(helping) if open_ else self.on[item]
                return known, known
            case RuleMet(rule):
                parts = [
                    self.read(level.when, before=before, helping=helping)
                    for level in self.engine.rules[rule].levels
                ]
                return circuit.any_of(m for m, _ in parts), circuit.any_of(p for _, p in parts)
            case AllOf(of):
                parts = [self.read(part, before=before, helping=helping) for part in of]
                return circuit.all_of(m for m, _ in parts), circuit.all_of(p for _, p in parts)
            case AnyOf(of):
                parts = [self.read(part, before=before, helping=helping) for part in of]
                return circuit.any_of(m for m, _ in parts), circuit.any_of(p for _, p in parts)
            case NoneOf(of):
                parts = [self.read(part, before=before, helping=not helping) for part in of]
                return -circuit.any_of(p for _, p in parts), -circuit.any_of(m for m, _ in parts)
            case AtLeast(count, of):
                parts = [self.read(part, before=before, helping=helping) for part in of]
                return (
                    circuit.at_least(count, (m for m, _ in parts)),
                    circuit.at_least(count, (p for _, p in parts)),
                )

    def levels(self) -> Iterator[tuple[Rule, Level, int, int]]:
        """Every level of every rule, with the literals of its readings in the result."""
        for rule in self.engine.rules.values():
            for level in rule.levels:
                met, possible = self.read(level.when)
                yield rule, level, met, possible

    # --- screens ------------------------------------------------------------------------------

    def screens_seen(self) -> list[int]:
        """One literal for each screen that a person may see: its count is the path's length.

        A group takes a second screen unless all is "no", and a not sure that is asked once more
        takes another.
        """
        literals: list[int] = []
        for screen in self._screens:
            literals.append(self.shown[screen.screen_id])
            if screen.is_group and not screen.each:
                literals.append(self._rows_opened(screen))
            again = [
                self.chosen[item.link_id, NOT_SURE]
                for item in screen.items
                if item.floor and self.engine.ruleset.disposition(item.floor).emergency
            ]
            if again:
                literals.append(self.circuit.any_of(again))
        return literals

    def _rows_opened(self, screen: Screen) -> int:
        return self.circuit.any_of(
            self.chosen[item.link_id, code]
            for item in screen.items
            for code in item.codes
            if code != "no"
        )

    def unusual(self) -> list[int]:
        """One literal for each item that is asked and answered other than usual."""
        return [
            self.circuit.all_of(
                (
                    self.on[item.link_id],
                    -self.circuit.all_of(
                        self.raw[item.link_id, code]
                        if code in item.usual
                        else -self.raw[item.link_id, code]
                        for code in item.codes
                    ),
                )
            )
            for item in self.engine.items.values()
        ]

    def answers(self, model: Mapping[int, bool]) -> dict[str, Answer]:
        """The answers on the path that a model of the formula stands for."""
        return {
            item.link_id: tuple(c for c in item.codes if _holds(model, self.raw[item.link_id, c]))
            for item in self.engine.items.values()
            if _holds(model, self.on[item.link_id])
        }


def _holds(model: Mapping[int, bool], literal: int) -> bool:
    value = model[abs(literal)]
    return value if literal > 0 else not value
