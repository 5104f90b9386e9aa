"""What a change of the rules does, decided over every answer set that a person can give.

Both rule sets stand in one formula over the same answers. Whatever can come out less or more urgent
is found, with the answer set of the fewest unusual answers that shows it; what is not found cannot
happen. `replay` does the same for answers that are at hand.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from tpcheck import criteria
from tpcheck.cases import Expectation
from tpcheck.engine import Engine, fault
from tpcheck.errors import DataError
from tpcheck.model import Answer, Answers, Assessment, Item, ItemType
from tpcheck.rulework.circuit import Circuit
from tpcheck.rulework.edits import Edit, conditions, edits, limit
from tpcheck.rulework.encoding import Encoding, Raw
from tpcheck.rulework.prover import Prover
from tpcheck.rulework.witness import case_text


class Direction(StrEnum):
    """Which way the advice moves from the old rules to the new ones."""

    LESS = "less urgent"
    MORE = "more urgent"


@dataclass(frozen=True, slots=True)
class Example:
    """A person for whom the two rule sets differ, and what each of them makes of the answers.

    `told` are the answers that are unusual to either; all else that is asked has its usual answer.
    """

    told: Answers
    before: Assessment
    after: Assessment


@dataclass(frozen=True, slots=True)
class Shift:
    """A result, or with `rule_id` the advice of one rule, that can move, and who shows it.

    `before` and `after` are dispositions; empty where the rule does not count at all.
    """

    direction: Direction
    before: str
    after: str
    example: Example
    rule_id: str = ""


@dataclass(frozen=True, slots=True)
class Uncompared:
    """Answers to an item that only one rule set takes, so that nobody can give them to both.

    Where neither `gone` nor `added` is told, the item takes its options together in another way.
    With no option in common (`apart`) it counts as two items.
    """

    item: str
    gone: tuple[str, ...]
    added: tuple[str, ...]
    apart: bool


@dataclass(frozen=True, slots=True)
class Impact:
    """What a change does. `results` and `rules` hold what can move, the most urgent first."""

    results: tuple[Shift, ...]
    rules: tuple[Shift, ...]
    uncompared: tuple[Uncompared, ...]
    edits: tuple[Edit, ...]

    def smallest_downgrade(self) -> Shift | None:
        """What shows best that advice is less urgent: a result rather than a rule, in few words."""
        for shifts in (self.results, self.rules):
            if less := [shift for shift in shifts if shift.direction is Direction.LESS]:
                return min(less, key=lambda shift: len(shift.example.told))
        return None


def compare(old: Engine, new: Engine) -> Impact:
    """What can come out differently under `new`, over every answer set that both can take.

    A rule moves where the same answers make it lead to other advice. That it is asked about less,
    because the result is urgent enough already, or more, because it no longer is, moves the result
    or nothing.

    Raises DataError where the two do not have the same dispositions in the same order.
    """
    before, after = ([d.code for d in engine.by_urgency] for engine in (old, new))
    if before != after:
        raise DataError(
            "the two rule sets cannot be compared: their dispositions differ"
            f" ({', '.join(before)}; {', '.join(after)})"
        )
    pair = _Pair(old, new)
    return Impact(
        results=tuple(pair.results()),
        rules=tuple(pair.rules()),
        uncompared=pair.uncompared,
        edits=edits(old, new),
    )


def as_case(shift: Shift) -> str:
    """A case file that passes with the old rules and fails with the new ones.

    An answer that only the new rules ask for cannot stand in a case for the old ones. Such a
    person is taken only where no other shows the shift, and the case is then for the new rules. A
    case can also not say of one rule to what a mere not sure leads; of a result it can.
    """
    example = shift.example
    if not shift.rule_id:
        sentence = f"The result is at least {shift.before}"
        return case_text(sentence, example.told, Expectation(at_least=shift.before))
    finding = next(f for f in example.before.findings if f.rule_id == shift.rule_id)
    level = shift.rule_id, finding.level
    return case_text(
        f"{shift.rule_id} leads to {shift.before}",
        example.told,
        Expectation(findings=(level,)),
        level=level if finding.certain else None,
    )


# --- every answer set -------------------------------------------------------------------------


class _Beside(Encoding):
    """One rule set's encoding beside another's; what is unusual to either counts once."""

    def __init__(self, engine: Engine, circuit: Circuit, raw: Raw, other: Encoding) -> None:
        super().__init__(engine, circuit, raw)
        self._other = other

    def unusual(self) -> list[int]:
        """One literal for each item that either asks and that is answered other than usual."""
        ours = dict(zip(self.engine.items, super().unusual(), strict=True))
        theirs = dict(zip(self._other.engine.items, self._other.unusual(), strict=True))
        never = self.circuit.false
        return [
            self.circuit.any_of((ours.get(item, never), theirs.get(item, never)))
            for item in {**ours, **theirs}
        ]


class _Pair(Prover):
    """Two rule sets in one circuit, over the same answers as far as both take them."""

    def __init__(self, old: Engine, new: Engine) -> None:
        super().__init__(old)
        raw = self.encoding.raw
        self.new = Encoding(new, self.circuit, _common(old, new, raw))
        self.encoding = self.old = _Beside(old, self.circuit, raw, self.new)
        self.uncompared = tuple(self._tie())
        self._apart = {item.item for item in self.uncompared if item.apart}
        self._behind = {side: _behind(side.engine) for side in (self.old, self.new)}
        self._order = tuple(new.items | old.items)
        self._easily_told = self._tellable()
        self._few_ticks = self._single()

    def _tie(self) -> Iterator[Uncompared]:
        """Make the answers the same that both rule sets take, and rule out all others."""
        circuit, old, new = self.circuit, self.old, self.new
        for link_id, item in new.engine.items.items():
            was = old.engine.items.get(link_id)
            if was is None or _takes(was) == _takes(item):
                continue
            gone = tuple(code for code in was.codes if code not in item.codes)
            added = tuple(code for code in item.codes if code not in was.codes)
            apart = len(gone) == len(was.codes)
            if not apart:
                for code in item.codes:
                    if code not in added:
                        one, other = old.raw[link_id, code], new.raw[link_id, code]
                        circuit.add(-one, other)
                        circuit.add(one, -other)
                for raw, codes in ((old.raw, gone), (new.raw, added)):
                    for code in codes:
                        circuit.add(-raw[link_id, code])
            yield Uncompared(link_id, gone, added, apart)

    def _tellable(self) -> int:
        """What only the new rules ask is usual, so that all that is told can be told to both."""
        circuit, new = self.circuit, self.new
        return circuit.all_of(
            -circuit.all_of((unusual, -self._asked_before(link_id)))
            for link_id, unusual in zip(new.engine.items, new.unusual(), strict=True)
        )

    def _single(self) -> int:
        """Nobody ticks two options where one is usual; they would say more than is needed."""
        circuit = self.circuit
        return circuit.all_of(
            -circuit.at_least(2, (side.chosen[link_id, code] for code in item.codes))
            for side in (self.old, self.new)
            for link_id, item in side.engine.items.items()
            if item.type is ItemType.MANY and len(item.usual) == 1
        )

    def _asked_before(self, link_id: str) -> int:
        never = self.circuit.false
        return never if link_id in self._apart else self.old.on.get(link_id, never)

    # --- results ------------------------------------------------------------------------------

    def results(self) -> Iterator[Shift]:
        """For each disposition, whether someone who got it gets less, or someone now gets it."""
        top = len(self.engine.by_urgency) - 1
        for direction in Direction:
            here, there = self._sides(direction)
            for urgency in range(top, 0, -1):
                above = here.reached(urgency + 1) if urgency < top else self.circuit.false
                example = self._example(here.reached(urgency), -above, -there.reached(urgency))
                if example:
                    before, after = example.before.disposition, example.after.disposition
                    yield Shift(direction, before, after, example)

    def _sides(self, direction: Direction) -> tuple[Encoding, Encoding]:
        """The side on which the advice is more urgent, and the other one."""
        return (self.old, self.new) if direction is Direction.LESS else (self.new, self.old)

    def _example(self, *literals: int) -> Example | None:
        """Who shows it in the fewest words, if anybody can: best one who can be told to both."""
        if self.circuit.false in literals:
            return None
        literals = self._easily_told, *literals
        model = self.smallest(*literals)
        if model is None:
            literals = literals[1:]
            model = self.smallest(*literals)
        if model is None:
            return None
        plain = self.smallest(*literals, self._few_ticks)
        examples = [self._told(found) for found in (plain, model) if found]
        return min(examples, key=lambda example: len(example.told))

    def _told(self, model: Mapping[int, bool]) -> Example:
        before, after = self.old.answers(model), self.new.answers(model)
        told: dict[str, Answer] = {}
        for answers, side in ((after, self.new), (before, self.old)):
            items = side.engine.items
            told |= {i: answer for i, answer in answers.items() if answer != items[i].usual}
        return Example(
            {link_id: told[link_id] for link_id in self._order if link_id in told},
            self.old.engine.assess(before),
            self.new.engine.assess(after),
        )

    # --- rules --------------------------------------------------------------------------------

    def rules(self) -> Iterator[Shift]:
        """Every rule whose advice can move, the most urgent first."""
        names = self.new.engine.rules | self.old.engine.rules
        for direction in Direction:
            found = [shift for name in names if (shift := self._rule(name, direction))]
            higher = "before" if direction is Direction.LESS else "after"
            found.sort(key=lambda shift: -self.engine.urgency[getattr(shift, higher)])
            yield from found

    def _rule(self, rule_id: str, direction: Direction) -> Shift | None:
        """From the most urgent advice at which the rule can move, if it can."""
        here, there = self._sides(direction)
        leads_to = [_leads_to(here, rule_id, u) for u in range(len(self.engine.by_urgency))]
        above = self.circuit.false
        for urgency, reached in reversed([*enumerate(leads_to)]):
            less = -_leads_to(there, rule_id, urgency)
            moves = self.circuit.all_of((reached, -above, less))
            above = reached
            if moves == self.circuit.false:
                continue
            if example := self._example(moves, self._asked_alike(rule_id, here, there)):
                before, after = (_advice(a, rule_id) for a in (example.before, example.after))
                return Shift(direction, before, after, example, rule_id)
        return None

    def _asked_alike(self, rule_id: str, here: Encoding, there: Encoding) -> int:
        """That the rule leads to less `there` is not because a limit is reached, or no longer is.

        So nothing that it needs is asked here and skipped there, nor, below a "none", skipped here
        and asked there. That the limit itself is another is no reason to look away.
        """
        needed = {
            (link_id, leaf.negated)
            for side, behind in self._behind.items()
            if rule_id in side.engine.rules
            for level in side.engine.rules[rule_id].levels
            for leaf in criteria.leaves(level.when, side.engine.rules)
            for link_id in behind[leaf.test.item]
        }
        return self.circuit.all_of(
            -self.circuit.all_of((asked.on[link_id], skipped.hidden_by_until[link_id]))
            for link_id, negated in sorted(needed)
            if link_id in here.on and link_id in there.on and self._same_limit(link_id)
            for asked, skipped in [(there, here) if negated else (here, there)]
        )

    def _same_limit(self, link_id: str) -> bool:
        before, after = (
            engine.urgency[code] if code else engine.end_urgency
            for engine in (self.old.engine, self.new.engine)
            for code in [limit(engine.items[link_id], engine)]
        )
        return before == after


def _takes(item: Item) -> tuple[object, ...]:
    """What decides which answers an item takes, whatever they say."""
    many = item.type is ItemType.MANY
    options = frozenset((option.code, many and option.exclusive) for option in item.options)
    return many, item.at_most, options


def _common(old: Engine, new: Engine, raw: Raw) -> Raw:
    """The raw literals of the items that take the same answers in both."""
    return {
        (link_id, code): raw[link_id, code]
        for link_id, item in new.items.items()
        if link_id in old.items and _takes(old.items[link_id]) == _takes(item)
        for code in item.codes
    }


def _behind(engine: Engine) -> Mapping[str, frozenset[str]]:
    """For each item, itself and every item whose answer decides whether it is asked."""
    found: dict[str, frozenset[str]] = {}
    for link_id, item in engine.items.items():
        read = (criteria.items_read(c, engine.rules) for c in conditions(item, engine))
        found[link_id] = frozenset({link_id}).union(*(found[i] for part in read for i in part))
    return found


def _leads_to(side: Encoding, rule_id: str, urgency: int) -> int:
    """The rule leads to advice that is at least so urgent; at 0 it counts at all."""
    engine = side.engine
    literals: list[int] = []
    for level in engine.rules[rule_id].levels if rule_id in engine.rules else ():
        met, possible = side.read(level.when)
        if engine.urgency[level.disposition] >= urgency:
            literals.append(met)
        if engine.unsure_urgency[level.disposition] >= urgency:
            literals.append(possible)
    return side.circuit.any_of(literals)


def _advice(found: Assessment, rule_id: str) -> str:
    return next((f.disposition for f in found.findings if f.rule_id == rule_id), "")


# --- answers at hand --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AnswerSet:
    """Answers at hand: those of a worked case, or recorded ones.

    `usual` says that all else that is asked gets its usual answer, under each rule set its own.
    """

    name: str
    answers: Answers
    usual: bool = False


@dataclass(frozen=True, slots=True)
class Replayed:
    """Answers whose result is not what it was.

    Incomplete answers move where the least urgent result that they can still have does. `parts`
    are what else of the result differs.
    """

    name: str
    direction: Direction | None
    before: Assessment
    after: Assessment
    parts: tuple[str, ...]


def replay(old: Engine, new: Engine, answer_sets: Iterable[AnswerSet]) -> tuple[Replayed, ...]:
    """The answer sets that come out differently. Each rule set reads the answers that it takes."""
    return tuple(
        replayed for answers in answer_sets if (replayed := _replay(old, new, answers)) is not None
    )


def _replay(old: Engine, new: Engine, given: AnswerSet) -> Replayed | None:
    before, at_least_before = _assess(old, given)
    after, at_least_after = _assess(new, given)
    direction = None
    if at_least_before != at_least_after:
        direction = Direction.LESS if at_least_after < at_least_before else Direction.MORE
    parts = tuple(
        name
        for name, value, other in (
            ("completeness", before.complete, after.complete),
            ("rules that count", _findings(before), _findings(after)),
            ("precautions", before.precautions, after.precautions),
            ("patterns", before.patterns, after.patterns),
            ("support", before.support, after.support),
        )
        if value != other
    )
    if before.disposition == after.disposition and not (direction or parts):
        return None
    return Replayed(given.name, direction, before, after, parts)


def _assess(engine: Engine, given: AnswerSet) -> tuple[Assessment, int]:
    """The result, and the least urgency that it can have when all is answered."""
    answers: Mapping[str, Answer] = {
        link_id: answer
        for link_id, answer in given.answers.items()
        if link_id in engine.items and not fault(engine.items[link_id], answer)
    }
    if given.usual:
        answers = engine.fill_usual(answers)
    return engine.assess(answers), engine.path(answers).urgency


def _findings(found: Assessment) -> list[tuple[str, str]]:
    return sorted((f.rule_id, f.disposition) for f in found.findings)
