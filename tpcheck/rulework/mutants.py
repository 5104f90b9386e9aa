"""Planted faults: is each one caught by a hand-written case, or by a property that is proved?

A mutant is the rule set with one small change to its rules. One that nothing catches is a survivor,
unless the solver shows that no answer set tells it from the original.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice

from tpcheck import criteria
from tpcheck.cases import Case, run
from tpcheck.engine import Engine
from tpcheck.model import (
    AllOf,
    Answer,
    Answered,
    AnswerIs,
    AnyOf,
    AtLeast,
    Criterion,
    Item,
    Level,
    Location,
    NoneOf,
    Rule,
    RuleMet,
)
from tpcheck.rulework import proof
from tpcheck.rulework.encoding import Encoding
from tpcheck.rulework.prover import Prover


@dataclass(frozen=True, slots=True)
class Mutant:
    """One rule with one fault. A rule that is dropped keeps its name and has no levels."""

    rule_id: str
    what: str
    where: Location
    rule: Rule


@dataclass(frozen=True, slots=True)
class Score:
    """How many mutants there were, and what became of them. Survivors were caught by nothing."""

    by_case: int
    by_property: int
    equivalent: int
    survivors: tuple[Mutant, ...]

    @property
    def total(self) -> int:
        """All mutants but those that cannot be told from the original."""
        return self.by_case + self.by_property + len(self.survivors)

    @property
    def percent(self) -> float:
        """The share that was caught, rounded down to a tenth, so that only all is 100."""
        caught = self.by_case + self.by_property
        return int(1000 * caught / self.total) / 10 if self.total else 100.0


def score(engine: Engine, cases: Iterable[Case], *, every: int = 1) -> Score:
    """Plant every fault in turn, or `every` n-th, and see what catches it."""
    witnesses = _witnesses(engine, tuple(cases))
    by_case = by_property = equivalent = 0
    survivors: list[Mutant] = []
    for mutant in islice(mutants(engine), 0, None, every):
        changed = _changed(engine, mutant)
        if _caught_by_case(engine, changed, mutant, witnesses):
            by_case += 1
        elif _equivalent(engine, changed, mutant):
            equivalent += 1
        elif _caught_by_property(changed):
            by_property += 1
        else:
            survivors.append(mutant)
    return Score(by_case, by_property, equivalent, tuple(survivors))


# --- making them ------------------------------------------------------------------------------


def mutants(engine: Engine) -> Iterator[Mutant]:
    """Every mutant of every rule."""
    for rule in engine.ruleset.rules:
        dropped = replace(rule, levels=())
        yield Mutant(rule.rule_id, "the rule is dropped", rule.where, dropped)
        for number, level in enumerate(rule.levels):
            for what, changed in _mutant_levels(engine, rule, number, level):
                yield Mutant(
                    rule.rule_id,
                    f"level {level.disposition}: {what}",
                    level.where,
                    replace(rule, levels=changed),
                )


def _rules_named(rule: Rule) -> set[str]:
    """The rules that `rule` names in its criteria."""
    parts = (part for level in rule.levels for part in criteria.parts(level.when))
    return {part.rule for part in parts if isinstance(part, RuleMet)}


def _mutant_levels(
    engine: Engine, rule: Rule, number: int, level: Level
) -> Iterator[tuple[str, tuple[Level, ...]]]:
    before, after = rule.levels[:number], rule.levels[number + 1 :]
    if len(rule.levels) > 1:
        yield "it is dropped", (*before, *after)
    urgency = engine.urgency[level.disposition]
    if urgency:
        lower = engine.by_urgency[urgency - 1].code
        yield f"it leads to {lower}", (*before, replace(level, disposition=lower), *after)
    for what, when in _mutant_criteria(engine, level.when):
        yield what, (*before, replace(level, when=when), *after)


def _mutant_criteria(engine: Engine, criterion: Criterion) -> Iterator[tuple[str, Criterion]]:
    """`criterion` with one fault, at every place where one can be."""
    match criterion:
        case AnswerIs(item, options):
            yield f"{_name(criterion)} is turned round", NoneOf((criterion,))
            for what, others in _mutant_options(engine.items[item], options):
                yield what, replace(criterion, options=others)
        case AllOf(of) | AnyOf(of) | NoneOf(of):
            for number, part in enumerate(of):
                if len(of) > 1:
                    rest = of[:number] + of[number + 1 :]
                    yield f"{_name(part)} is dropped", replace(criterion, of=rest)
                for what, changed in _mutant_criteria(engine, part):
                    yield what, replace(criterion, of=(*of[:number], changed, *of[number + 1 :]))
        case AtLeast(count, of):
            for other in (count - 1, count + 1):
                if 0 < other <= len(of):
                    yield f"at least {other}, not {count}", replace(criterion, count=other)
            for number, part in enumerate(of):
                rest = of[:number] + of[number + 1 :]
                if len(rest) >= count:
                    yield f"{_name(part)} is dropped", replace(criterion, of=rest)
                for what, changed in _mutant_criteria(engine, part):
                    yield what, replace(criterion, of=(*of[:number], changed, *of[number + 1 :]))
        case _:
            yield f"{_name(criterion)} is turned round", NoneOf((criterion,))


def _mutant_options(item: Item, options: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    if len(options) > 1:
        for option in options:
            rest = tuple(o for o in options if o != option)
            yield f"'{option}' of '{item.link_id}' is dropped", rest
    if item.ordered:
        for option in _next_to(item.codes, options):
            wider = tuple(c for c in item.codes if c in options or c == option)
            yield f"'{option}' of '{item.link_id}' is let in", wider


def _next_to(codes: tuple[str, ...], options: tuple[str, ...]) -> Iterator[str]:
    """The options just outside each end of a run: the thresholds, moved by one."""
    for number, code in enumerate(codes):
        neighbours = codes[max(number - 1, 0) : number + 2]
        if code not in options and any(n in options for n in neighbours):
            yield code


def _name(criterion: Criterion) -> str:
    match criterion:
        case AnswerIs(item, options):
            return f"'{item}: {' or '.join(options)}'"
        case Answered(item):
            return f"'answered: {item}'"
        case RuleMet(rule):
            return f"'rule: {rule}'"
        case AllOf(of) | AnyOf(of) | NoneOf(of) | AtLeast(_, of):
            return f"the part that begins with {_name(of[0])}"


def _changed(engine: Engine, mutant: Mutant) -> Engine:
    """The engine of the rule set with the fault in it."""
    rules = tuple(
        mutant.rule if rule.rule_id == mutant.rule_id else rule for rule in engine.ruleset.rules
    )
    return Engine(replace(engine.ruleset, rules=rules))


# --- catching them ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Witness:
    """A case, and the answers on the path of the case and of its near miss."""

    case: Case
    paths: tuple[Mapping[str, Answer], ...]


def _witnesses(engine: Engine, cases: tuple[Case, ...]) -> tuple[_Witness, ...]:
    def path(case: Case, given: Mapping[str, Answer]) -> Mapping[str, Answer]:
        return engine.path(engine.fill_usual(given) if case.usual else given).answers

    return tuple(
        _Witness(
            case,
            (
                path(case, case.answers),
                *(
                    [path(case, {**case.answers, case.near_miss.item: case.near_miss.answer})]
                    if case.near_miss
                    else []
                ),
            ),
        )
        for case in cases
    )


def _caught_by_case(
    engine: Engine, changed: Engine, mutant: Mutant, witnesses: tuple[_Witness, ...]
) -> bool:
    touched = _reader(engine, changed, mutant.rule_id)
    # Only a case for whose answers the rule itself now reads differently can come out differently.
    return any(
        run(witness.case, changed)
        for witness in witnesses
        if any(touched(answers) for answers in witness.paths)
    )


def _reader(
    engine: Engine, changed: Engine, rule_id: str
) -> Callable[[Mapping[str, Answer]], bool]:
    """Whether, on given answers, the rule or one that names it reads differently."""
    affected = [
        rule
        for rule in engine.ruleset.rules
        if rule.rule_id == rule_id or rule_id in _rules_named(rule)
    ]

    def read(rules: Mapping[str, Rule], rule: Rule, answers: Mapping[str, Answer]) -> object:
        levels = criteria.rule_levels(rule, answers, rules)
        return [level and level.disposition for level in levels]

    def touched(answers: Mapping[str, Answer]) -> bool:
        for rule in affected:
            other = changed.rules[rule.rule_id]
            if read(engine.rules, rule, answers) != read(changed.rules, other, answers):
                return True
        return False

    return touched


def _caught_by_property(changed: Engine) -> bool:
    return any(not verdict.proved for verdict in proof.prove(changed, safety_only=True))


def _equivalent(engine: Engine, changed: Engine, mutant: Mutant) -> bool:
    """Whether no answer set tells the mutant from the original: same path, same findings."""
    prover = Prover(engine)
    before = prover.encoding
    after = Encoding(changed, prover.circuit, before.raw)
    circuit = prover.circuit
    differs = [_differ(prover, before.on[item], after.on[item]) for item in engine.items]
    for rule in engine.ruleset.rules:
        if rule.rule_id != mutant.rule_id and mutant.rule_id not in _rules_named(rule):
            continue
        for one, other in zip(
            _finding(before, engine, rule.rule_id),
            _finding(after, changed, rule.rule_id),
            strict=True,
        ):
            differs.append(_differ(prover, one, other))
    return not prover.possible(circuit.any_of(differs))


def _finding(encoding: Encoding, engine: Engine, rule_id: str) -> list[int]:
    """For each urgency, whether the finding of the rule is certain there, and whether unsure."""
    circuit = encoding.circuit
    read = [
        (engine.urgency[level.disposition], *encoding.read(level.when))
        for level in engine.rules[rule_id].levels
    ]
    unsure = {d.urgency: engine.unsure_urgency[d.code] for d in engine.by_urgency}

    def met(least: int) -> int:
        return circuit.any_of(literal for urgency, literal, _ in read if urgency >= least)

    def possible(least: int) -> int:
        return circuit.any_of(literal for urgency, _, literal in read if urgency >= least)

    literals: list[int] = []
    for here, then in unsure.items():
        above = [urgency for urgency, stepped in unsure.items() if stepped > here]
        outdone = circuit.any_of(possible(urgency) for urgency in above)
        literals += (
            circuit.all_of((met(here), -met(here + 1), -outdone)),
            circuit.all_of((possible(here), -possible(here + 1), -met(then))),
        )
    return literals


def _differ(prover: Prover, one: int, other: int) -> int:
    if one == other:
        return prover.circuit.false
    circuit = prover.circuit
    return circuit.any_of((circuit.all_of((one, -other)), circuit.all_of((-one, other))))
