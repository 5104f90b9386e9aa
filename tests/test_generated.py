"""The generated function and the encoding for proofs say what the walk says, on all answers."""

import ast
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import reduce
from itertools import chain, product
from operator import or_

import pytest
from build import alone, choice, group, is_, rule, ruleset, yes_no
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import Sampler, some_ruleset

from tpcheck import criteria
from tpcheck.engine import Engine
from tpcheck.generated import Assess, Fast, Outcome, generate
from tpcheck.model import (
    NO,
    NOT_SURE,
    YES,
    AllOf,
    Answer,
    Answered,
    AnswerIs,
    AnyOf,
    Assessment,
    AtLeast,
    Criterion,
    ItemType,
    Level,
    NoneOf,
    RuleMet,
    RuleSet,
    Screen,
    Section,
)
from tpcheck.rulework.circuit import Circuit
from tpcheck.rulework.encoding import Encoding
from tpcheck.rulework.prover import Prover

Answers = Mapping[str, Answer]


def told(result: Assessment) -> Fast:
    """What of an assessment the generated function tells."""
    findings = (Outcome(f.rule_id, f.level, f.disposition, f.certain) for f in result.findings)
    return Fast(result.disposition, result.complete, tuple(findings))


def agree(engine: Engine, generated: Assess, answers: Answers) -> None:
    """Hold the generated function to the walk."""
    assert generated(answers) == told(engine.assess(answers)), answers
    assert generated.asked(answers) == engine.path(answers).items, answers


# --- the encoding, for many answer sets at once -----------------------------------------------
# A column is an integer with one bit for each answer set, so that one "or" of two columns does
# for all of them what the gate does for one.


def columns(rows: Iterable[Iterable[Hashable]], count: int) -> dict[Hashable, int]:
    """For each thing that some row has, the column of the rows that have it."""
    marks: dict[Hashable, bytearray] = defaultdict(lambda: bytearray(b"0" * count))
    for number, row in enumerate(rows):
        for thing in row:
            marks[thing][number] = ord("1")
    return {thing: int(mark, 2) for thing, mark in marks.items()}


def union(parts: Iterable[int]) -> int:
    return reduce(or_, parts, 0)


class Evaluated:
    """The column of every literal of a circuit, from those of the raw answers, gate by gate."""

    def __init__(self, circuit: Circuit, raw: Mapping[int, int], count: int) -> None:
        self._all = (1 << count) - 1
        self._columns = {circuit.true: self._all, **raw}
        for clause in circuit.clauses:
            # The first clause of a gate names it, and the literals of which it is the "or".
            gate = -clause[0]
            if gate > 0 and gate not in self._columns:
                self._columns[gate] = union(map(self.column, clause[1:]))
        for clause in circuit.clauses:
            assert union(map(self.column, clause)) == self._all, clause

    def column(self, literal: int) -> int:
        column = self._columns[abs(literal)]
        return column if literal > 0 else self._all ^ column


class Walked:
    """Many complete answer sets, and what the walk makes of them.

    Each is given as an answer to every item, in order, whether it is on the path or not.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.raws: list[tuple[Answer, ...]] = []
        self.asked: list[tuple[str, ...]] = []
        self.told: list[Fast] = []
        self.chosen: set[tuple[str, str]] = set()
        self.found: set[Outcome] = set()

    def add(self, raw: Answers) -> None:
        """Walk one answer set."""
        result = self.engine.assess(raw)
        assert result.complete
        self.raws.append(tuple(raw[item] for item in self.engine.items))
        self.asked.append(tuple(result.answers))
        self.told.append(told(result))
        self.chosen.update((item, code) for item, codes in result.answers.items() for code in codes)
        self.found.update(self.told[-1].findings)

    def answers(self) -> Iterator[dict[str, Answer]]:
        """Each set as it was added."""
        return (dict(zip(self.engine.items, raw, strict=True)) for raw in self.raws)

    def columns(self, rows: Iterable[Iterable[Hashable]]) -> dict[Hashable, int]:
        """The columns of what stands in `rows`, one row for each set."""
        return columns(rows, len(self.raws))

    def on(self) -> dict[Hashable, int]:
        """The columns of every item: whether it is asked."""
        return self.columns(self.asked)

    def given(self) -> dict[Hashable, int]:
        """The columns of every option of every item, asked or not."""
        options = [
            {answer: [(item, code) for code in answer] for answer in set(answers)}
            for item, answers in zip(self.engine.items, zip(*self.raws, strict=True), strict=True)
        ]
        return self.columns(
            chain.from_iterable(map(dict.__getitem__, options, raw)) for raw in self.raws
        )


def encoding_agrees(walked: Walked) -> None:
    """Hold the encoding to the walk: what is asked, which rules count, how urgent it is."""
    engine, circuit = walked.engine, Circuit()
    encoding = Encoding(engine, circuit)
    reached = {d.urgency: encoding.reached(d.urgency) for d in engine.by_urgency[1:]}
    counts: dict[str, list[int]] = {}
    for one, _, _, possible in encoding.levels():
        counts.setdefault(one.rule_id, []).append(possible)

    given, on = walked.given(), walked.on()
    found = walked.columns((f.rule_id for f in one.findings) for one in walked.told)
    urgencies = [engine.urgency[one.disposition] for one in walked.told]
    as_urgent = walked.columns(range(urgency + 1) for urgency in urgencies)
    raw = {literal: given.get(key, 0) for key, literal in encoding.raw.items()}
    evaluated = Evaluated(circuit, raw, len(walked.raws))
    for item, literal in encoding.on.items():
        assert evaluated.column(literal) == on.get(item, 0), item
    for (item, code), literal in encoding.chosen.items():
        chosen = given.get((item, code), 0) & on.get(item, 0)
        assert evaluated.column(literal) == chosen, (item, code)
    for urgency, literal in reached.items():
        assert evaluated.column(literal) == as_urgent.get(urgency, 0), urgency
    for rule_id, literals in counts.items():
        assert union(map(evaluated.column, literals)) == found.get(rule_id, 0), rule_id


# --- rule sets of any shape -------------------------------------------------------------------


@settings(max_examples=80, derandomize=True)
@given(some_ruleset(), st.integers(0, 1 << 30))
def test_all_three_agree_on_any_rule_set(rules: RuleSet, seed: int) -> None:
    engine = Engine(rules)
    generated, sampler, walked = generate(engine), Sampler(engine, seed), Walked(engine)

    for _ in range(20):
        raw = sampler.near(sampler.raw(), share=0.8)
        agree(engine, generated, raw)
        agree(engine, generated, sampler.partial(raw))
        walked.add(raw)
    encoding_agrees(walked)


A, B, C, D = (yes_no(name) for name in "abcd")
FOUR = tuple(map(alone, (A, B, C, D)))


def yes(item: str) -> Criterion:
    return is_(item, YES)


def section(name: str, *screens: Screen, **more: Criterion | str) -> Section:
    return Section(name, f"Section {name}", screens, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "rules",
    [
        # A level that needs answers of two screens.
        ruleset(*FOUR, rules=[rule("r", call=AllOf((yes("d"), is_("a", YES, NOT_SURE))))]),
        # A lower level that is met, against a more urgent one that a not sure makes possible.
        ruleset(*FOUR, rules=[rule("r", call=yes("a"), today=yes("b"), soon=is_("c", NO))]),
        ruleset(*FOUR, rules=[rule("r", call=yes("a"), soon=yes("b"), clinic=yes("c"))]),
        # Counted, with parts on one screen and on another.
        ruleset(
            group("g", A, B, C),
            alone(D),
            rules=[rule("r", today=AtLeast(2, tuple(map(yes, "abcd"))))],
        ),
        # A rule that reads another at all its levels.
        ruleset(
            *FOUR,
            rules=[
                rule("r", call=yes("a"), soon=yes("b")),
                rule("s", today=AllOf((RuleMet("r"), yes("c")))),
            ],
        ),
        # Not read before it is decided, whether it is asked or not.
        ruleset(
            alone(A),
            alone(B, ask_when=yes("a")),
            alone(C, until="today"),
            alone(D),
            rules=[rule("r", today=NoneOf((yes("b"), Answered("d")))), rule("s", call=yes("c"))],
        ),
        # What is not asked raises the advice, in a section that is passed over.
        ruleset(
            alone(A),
            section("s", alone(B), alone(C), ask_when=yes("a")),
            alone(D, until="soon"),
            rules=[rule("r", today=NoneOf((yes("b"), is_("c", YES, NOT_SURE))))],
        ),
        # A "none" within a "none".
        ruleset(
            *FOUR,
            rules=[rule("r", call=NoneOf((NoneOf((yes("a"), is_("c", NO))), yes("b"))))],
        ),
        # The nearer of two limits.
        ruleset(
            alone(A),
            section("s", alone(B, until="call"), alone(C, until="soon"), until="today"),
            alone(D),
            rules=[rule("r", call=yes("a"), today=yes("b"), soon=is_("a", NO))],
        ),
        # A row that is not always asked, between others, below a "none".
        ruleset(
            alone(A),
            group("g", B, replace(C, ask_when=yes("a")), D),
            rules=[
                rule("r", call=AllOf((yes("b"), NoneOf((Answered("c"),))))),
                rule("s", today=is_("d", NO)),
            ],
        ),
        # A row that asks about its own screen, where nothing is known yet.
        ruleset(group("g", A, replace(B, ask_when=yes("a")), C), rules=[rule("r", call=yes("b"))]),
        # Nothing is ever asked of the first, and nobody reads the last.
        ruleset(
            alone(A, ask_when=yes("a")),
            alone(B),
            alone(C),
            rules=[rule("r", call=yes("a")), rule("s", soon=AnyOf((yes("a"), yes("b"))))],
        ),
        # No rule at all.
        ruleset(*FOUR),
    ],
)
def test_it_agrees_on_every_answer_set(rules: RuleSet) -> None:
    engine = Engine(rules)
    generated = generate(engine)
    possible = (None, (), (YES,), (NO,), (NOT_SURE,))

    for chosen in product(possible, repeat=len(engine.items)):
        given = zip(engine.items, chosen, strict=True)
        agree(engine, generated, {item: a for item, a in given if a is not None})


def test_it_agrees_on_the_small_rule_set(small: RuleSet) -> None:
    _agree_on_samples(small, 300)


def test_it_agrees_on_what_is_partial_or_off_the_path(shipped: RuleSet) -> None:
    _agree_on_samples(shipped, 300)


def _agree_on_samples(rules: RuleSet, count: int) -> None:
    engine = Engine(rules)
    generated, sampler = generate(engine), Sampler(engine, 7)
    complete = sampler.complete()

    for _ in range(count):
        answers = next(complete)
        assert generated(answers).complete
        agree(engine, generated, sampler.off_path(answers))
        agree(engine, generated, sampler.partial(answers))
        agree(engine, generated, sampler.partial(sampler.off_path(answers)))


# --- many answer sets of the shipped rule set -------------------------------------------------

MANY = 20_000


@pytest.fixture(scope="module")
def engine(shipped: RuleSet) -> Engine:
    return Engine(shipped)


@pytest.fixture(scope="module")
def generated(engine: Engine) -> Assess:
    return generate(engine)


@pytest.fixture(scope="module")
def prover(engine: Engine) -> Prover:
    return Prover(engine)


def raw_answers(prover: Prover, model: Mapping[int, bool]) -> dict[str, Answer]:
    """What a model of the encoding answers to every item."""
    raw = prover.encoding.raw
    return {
        item.link_id: tuple(code for code in item.codes if model[raw[item.link_id, code]])
        for item in prover.engine.items.values()
    }


@pytest.fixture(scope="module")
def longest(prover: Prover) -> tuple[int, dict[str, Answer]]:
    """The most items that one person is asked, and answers that lead to it."""
    found = prover.most(prover.encoding.on.values())
    assert found
    return found[0], raw_answers(prover, found[1])


@pytest.fixture(scope="module")
def walked(generated: Assess, prover: Prover, longest: tuple[int, dict[str, Answer]]) -> Walked:
    """20,000 distinct complete answer sets: the longest path, random ones, what those leave out."""
    walked, seen = Walked(prover.engine), set[tuple[Answer, ...]]()

    def add(raw: Answers) -> None:
        # What is asked follows from the answers before it: so they tell the whole set. The quick
        # function only spares the walk those that were seen before.
        on_path = tuple(raw[item] for item in generated.asked(raw))
        if on_path not in seen:
            seen.add(on_path)
            walked.add(raw)

    sampler = Sampler(prover.engine, 2026)
    add(longest[1])
    while len(walked.raws) < MANY:
        add(sampler.raw())
    for literals in _not_covered(prover, walked):
        if model := prover.smallest(*literals):
            add(raw_answers(prover, model))
    return walked


def _not_covered(prover: Prover, walked: Walked) -> list[tuple[int, ...]]:
    """What none of the sets has: the literals of an option, or of a finding."""
    options = {option: (literal,) for option, literal in prover.encoding.chosen.items()}
    return [
        *(literals for option, literals in options.items() if option not in walked.chosen),
        *(literals for outcome, literals in _outcomes(prover) if outcome not in walked.found),
    ]


def _outcomes(prover: Prover) -> Iterator[tuple[Outcome, tuple[int, ...]]]:
    """Each finding that the rules could have, with the literals that stand for it."""
    engine = prover.engine
    levels: dict[str, list[tuple[Level, int, int]]] = {}
    for one, level, met, possible in prover.encoding.levels():
        levels.setdefault(one.rule_id, []).append((level, met, possible))
    for rule_id, rows in levels.items():
        for n, (level, met, possible) in enumerate(rows):
            code = level.disposition
            if_unsure = engine.ruleset.disposition(code).if_unsure
            doubts = [
                p
                for x, _, p in rows[: n + 1]
                if engine.unsure_urgency[x.disposition] > engine.urgency[code]
            ]
            yield (
                Outcome(rule_id, code, code, True),
                (met, *(-m for _, m, _ in rows[:n]), *(-p for p in doubts)),
            )
            sure = [
                m for x, m, _ in rows if engine.urgency[x.disposition] >= engine.urgency[if_unsure]
            ]
            yield (
                Outcome(rule_id, code, if_unsure, False),
                (possible, *(-p for _, _, p in rows[:n]), *(-m for m in sure)),
            )


def test_all_three_agree_on_many_sets(generated: Assess, walked: Walked) -> None:
    for raw, asked, told_by_walk in zip(walked.answers(), walked.asked, walked.told, strict=True):
        assert generated(raw) == told_by_walk
        assert generated({item: raw[item] for item in asked}) == told_by_walk
        assert generated.asked(raw) == asked
    encoding_agrees(walked)


def test_the_sets_are_distinct_and_the_longest_is_there(
    walked: Walked, longest: tuple[int, dict[str, Answer]]
) -> None:
    on_path = {
        tuple((item, raw[item]) for item in asked)
        for raw, asked in zip(walked.answers(), walked.asked, strict=True)
    }

    assert len(on_path) == len(walked.raws) >= MANY
    assert max(map(len, on_path)) == longest[0]


def test_the_sets_cover_every_option_and_every_finding(prover: Prover, walked: Walked) -> None:
    items = prover.engine.items.values()
    left_out = dict(_outcomes(prover))
    for outcome in walked.found:
        del left_out[outcome]

    assert walked.chosen == {(item.link_id, code) for item in items for code in item.codes}
    assert [outcome for outcome, literals in left_out.items() if prover.possible(*literals)] == []


def test_the_sets_cover_every_branch_on_a_not_sure(engine: Engine, walked: Walked) -> None:
    given, on = walked.given(), walked.on()
    branches = [
        (test.item, items)
        for ask_when, items in _conditions(engine)
        for test, _ in criteria.leaves(ask_when, engine.rules)
        if isinstance(test, AnswerIs) and NOT_SURE in test.options
    ]

    assert len(branches) > 20
    for item, items in branches:
        unsure = given[item, NOT_SURE] & on[item]
        assert unsure & union(on[other] for other in items), (item, items)


def _conditions(engine: Engine) -> Iterator[tuple[Criterion, list[str]]]:
    """Everything that is asked under a condition: the condition, and the items."""
    for section in engine.ruleset.questionnaire.sections:
        for screen in section.screens:
            items = [item.link_id for item in screen.items]
            for ask_when in (section.ask_when, screen.ask_when):
                if ask_when:
                    yield ask_when, items
            for item in screen.items:
                if item.ask_when:
                    yield item.ask_when, [item.link_id]


# --- the text ---------------------------------------------------------------------------------


def test_the_source_is_one_function_of_tests_and_tables(generated: Assess) -> None:
    tree = ast.parse(generated.source)
    *tables, function = tree.body
    calls = {ast.unparse(n.func) for n in ast.walk(function) if isinstance(n, ast.Call)}

    assert isinstance(function, ast.FunctionDef)
    assert all(isinstance(table, ast.Assign) for table in tables)
    for table in tables:
        ast.literal_eval(table.value)
    assert calls == {"get", "found.append"}


def test_an_id_is_only_ever_a_literal() -> None:
    odd = "x')] \n1/0\u2028#\\"
    rules = ruleset(
        section(odd, alone(yes_no(odd)), alone(choice("c", [odd, "b"], type=ItemType.MANY))),
        rules=[rule(odd, call=is_(odd, YES), today=is_("c", odd))],
    )
    engine = Engine(rules)
    generated = generate(engine)

    assert len(generated.source.splitlines()) == len(generated.source.split("\n")) - 1
    for answers in ({odd: (YES,)}, {odd: (NO,), "c": (odd,)}, {odd: (NOT_SURE,), "c": ("b",)}):
        agree(engine, generated, answers)


@pytest.mark.parametrize("answer", [("maybe",), (YES, NO)])
def test_an_answer_that_is_none_is_no_result(answer: Answer) -> None:
    generated = generate(Engine(ruleset(*FOUR, rules=[rule("r", call=is_("a", YES))])))

    with pytest.raises(KeyError):
        generated({"a": answer})
