"""Answers and rule sets at random: a seeded sampler for many, Hypothesis strategies for any."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from random import Random

from build import alone, choice, group, rule, ruleset, yes_no
from hypothesis import strategies as st

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
    ItemType,
    NoneOf,
    Rule,
    RuleMet,
    RuleSet,
    Screen,
    Section,
)

# --- a seeded sampler -------------------------------------------------------------------------


def answers_to(item: Item, random: Random, most: int = 40) -> list[Answer]:
    """Answers that `item` takes: every option by itself, and some that choose several."""
    several: set[Answer] = set()
    ordinary = [option.code for option in item.options if not option.exclusive]
    if item.type is ItemType.MANY:
        limit = item.at_most or len(ordinary)
        for _ in range(most):
            chosen = random.sample(ordinary, random.randint(1, limit))
            several.add(tuple(code for code in ordinary if code in chosen))
    return sorted({(code,) for code in item.codes} | several)


class Sampler:
    """Answers of one rule set at random, the same for the same seed.

    Some people have much to tell, most little: how much is drawn anew for every person. Signs are
    mostly "no", as the first urgent one would end most interviews; facts open what else is asked.
    """

    #: How likely a sign, a fact and any other item has an answer that may be unusual.
    TEMPERS = ((0.01, 0.1, 0.9), (0.03, 0.2, 0.9), (0.07, 0.4, 0.9), (0.15, 0.6, 1), (0.4, 0.6, 1))

    def __init__(self, engine: Engine, seed: int) -> None:
        self.engine = engine
        self.random = Random(seed)
        items = engine.ruleset.questionnaire.items
        self._answers = {item.link_id: answers_to(item, self.random) for item in items}
        self._usual = {item.link_id: item.usual for item in items}
        kinds = (ItemType.SIGN,), (ItemType.FACT,), (ItemType.ONE, ItemType.MANY, ItemType.SCALE)
        self._by_kind = [[i.link_id for i in items if i.type in kind] for kind in kinds]

    def raw(self) -> dict[str, Answer]:
        """An answer to every item, on the path or not."""
        answers = dict(self._usual)
        temper = self.random.choice(self.TEMPERS)
        for link_ids, share in zip(self._by_kind, temper, strict=True):
            self._vary(answers, link_ids, share)
        return answers

    def near(self, answers: Mapping[str, Answer], share: float = 0.02) -> dict[str, Answer]:
        """The same answers, but a few."""
        varied = dict(answers)
        self._vary(varied, list(varied), share)
        return varied

    def _vary(self, answers: dict[str, Answer], items: Sequence[str], share: float) -> None:
        random = self.random
        for link_id in items:
            if random.random() < share:
                answers[link_id] = random.choice(self._answers[link_id])

    def complete(self) -> Iterator[dict[str, Answer]]:
        """Distinct complete answer sets, all on the path, without end."""
        seen: set[tuple[tuple[str, Answer], ...]] = set()
        while True:
            raw = self.raw()
            answers = self.engine.path({}, lambda item, raw=raw: raw[item.link_id]).answers
            key = tuple(answers.items())
            if key not in seen:
                seen.add(key)
                yield answers

    def partial(self, answers: Mapping[str, Answer]) -> dict[str, Answer]:
        """The same answers without some, or broken off, as when a person stops."""
        kept = list(answers.items())
        if self.random.random() < 0.5:
            return dict(kept[: self.random.randrange(len(kept) + 1)])
        share = self.random.random()
        return {link_id: answer for link_id, answer in kept if self.random.random() < share}

    def off_path(self, answers: Mapping[str, Answer]) -> dict[str, Answer]:
        """The same answers with others that are not on the path, in any order."""
        mixed = list({**self.raw(), **answers}.items())
        self.random.shuffle(mixed)
        return dict(mixed)


# --- Hypothesis -------------------------------------------------------------------------------


@st.composite
def some_answer(draw: st.DrawFn, item: Item) -> Answer:
    """An answer that `item` takes."""
    if item.type is not ItemType.MANY:
        return (draw(st.sampled_from(item.codes)),)
    alone = [(option.code,) for option in item.options if option.exclusive]
    ordinary = [option.code for option in item.options if not option.exclusive]
    several = st.sets(
        st.sampled_from(ordinary), min_size=1, max_size=item.at_most or len(ordinary)
    ).map(lambda chosen: tuple(code for code in ordinary if code in chosen))
    return draw(st.one_of(several, st.sampled_from(alone)) if alone else several)


@st.composite
def some_answers(draw: st.DrawFn, engine: Engine) -> dict[str, Answer]:
    """Answers to some of the items: complete or not, on the path or not."""
    items = draw(st.permutations(list(engine.items.values())))
    count = draw(st.integers(0, len(items)))
    return {item.link_id: draw(some_answer(item)) for item in items[:count]}


def _some_item(number: int) -> st.SearchStrategy[Item]:
    name = f"item{number}"
    return st.one_of(
        st.just(yes_no(name)),
        st.just(yes_no(name, ItemType.FACT)),
        st.just(choice(name, ["a", "b", "c"], ordered=True)),
        st.just(choice(name, ["a", "b", "not_sure"])),
        st.just(choice(name, ["a", "b", "c"], alone=["x"], type=ItemType.MANY)),
        st.just(choice(name, ["a", "b"], alone=["not_sure"], type=ItemType.MANY)),
    )


@st.composite
def _test(draw: st.DrawFn, items: Sequence[Item]) -> Criterion:
    item = draw(st.sampled_from(items))
    if draw(st.integers(0, 4)) == 0:
        return Answered(item.link_id)
    options = draw(st.sets(st.sampled_from(item.codes), min_size=1))
    return AnswerIs(item.link_id, tuple(code for code in item.codes if code in options))


@st.composite
def _asked_when(draw: st.DrawFn, items: Sequence[Item]) -> Criterion | None:
    """Nothing, or some tests of earlier items under one "all" or "any"."""
    if not items or draw(st.booleans()):
        return None
    tests = tuple(draw(st.lists(_test(items), min_size=1, max_size=3)))
    return tests[0] if len(tests) == 1 else draw(st.sampled_from((AllOf, AnyOf)))(tests)


def _criterion(items: Sequence[Item], rules: Sequence[Rule]) -> st.SearchStrategy[Criterion]:
    """Any criterion of these items, and of rules that stand before."""
    tests: st.SearchStrategy[Criterion] = _test(items)
    if rules:
        tests |= st.sampled_from(rules).map(lambda one: RuleMet(one.rule_id))

    def deeper(parts: st.SearchStrategy[Criterion]) -> st.SearchStrategy[Criterion]:
        several = st.lists(parts, min_size=1, max_size=3).map(tuple)
        return st.one_of(
            several.map(AllOf),
            several.map(AnyOf),
            several.map(NoneOf),
            several.flatmap(lambda of: st.integers(1, len(of)).map(lambda n: AtLeast(n, of))),
        )

    return st.recursive(tests, deeper, max_leaves=6)


@st.composite
def some_ruleset(draw: st.DrawFn) -> RuleSet:
    """A small rule set of any shape that the model allows, "none" and "until" included."""
    items: list[Item] = []
    codes = ("clinic", "soon", "today", "call")
    until = st.sampled_from(("", "", "", *codes[1:]))

    def screen() -> Screen:
        earlier, number = tuple(items), len(items)
        if draw(st.booleans()):
            item = draw(_some_item(number))
            items.append(item)
            return alone(item, ask_when=draw(_asked_when(earlier)), until=draw(until))
        rows = [
            yes_no(f"item{number + n}", ask_when=draw(_asked_when(earlier)))
            for n in range(draw(st.integers(2, 3)))
        ]
        items.extend(rows)
        return group(f"g{number}", *rows, ask_when=draw(_asked_when(earlier)), until=draw(until))

    sections = []
    for number in range(draw(st.integers(1, 3))):
        ask_when = draw(_asked_when(tuple(items)))
        screens = tuple(screen() for _ in range(draw(st.integers(1, 3))))
        sections.append(
            Section(f"s{number}", f"Part {number}", screens, ask_when=ask_when, until=draw(until))
        )
    rules: list[Rule] = []
    for number in range(draw(st.integers(1, 5))):
        levels = sorted(draw(st.sets(st.sampled_from(codes), min_size=1, max_size=3)))
        when = {code: draw(_criterion(items, rules)) for code in codes[::-1] if code in levels}
        rules.append(rule(f"rule{number}", **when))
    made = ruleset(*sections, rules=rules)
    ends = draw(st.sampled_from((*codes[2:], "never")))
    return replace(
        made,
        dispositions=tuple(replace(d, ends_questions=d.code == ends) for d in made.dispositions),
    )
