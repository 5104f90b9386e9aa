"""How many screens a person sees: the path budget of a rule set.

Start, review and result are not counted. A routine run is one place that hurts, every sign and fact
"no", a sore spot that was found, and the usual answer to the rest; it is the longest such run over
every exact place, every ordered choice (age, how long) and every sore spot.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from tpcheck import criteria
from tpcheck.engine import Engine
from tpcheck.model import NO, Answer, AnswerIs, Answers, Criterion, Item, ItemType

#: The most screens that a routine run may take.
ROUTINE_LIMIT = 25
#: The screen by which an emergency named at the first chance must have its card.
CARD_LIMIT = 3


@dataclass(frozen=True, slots=True)
class RoutineRun:
    """The longest routine run for one place, and how long the usual one is."""

    place: str
    name: str
    usual: int
    longest: int
    answers: Answers


def routine_runs(engine: Engine) -> tuple[RoutineRun, ...]:
    """The routine run of every place on the body map."""
    return tuple(_routine_run(engine, place) for place in engine.ruleset.patterns.main)


def _routine_run(engine: Engine, place: str) -> RoutineRun:
    patterns = engine.ruleset.patterns
    main_item = engine.items[patterns.main_item]
    kinds = _kinds_of_answer(engine)
    fixed: dict[str, Answer] = {main_item.link_id: (place,)}
    pain = engine.items[patterns.main[place]]
    varied = [i for i in engine.ruleset.questionnaire.items if _is_ordered_choice(i)] + [pain]
    sore = set(patterns.sore_items) | set(patterns.spread_items)

    def fill(item: Item) -> Answer:
        if item.is_yes_no:
            return (NO,)
        return (item.codes[0],) if item.link_id in sore else item.usual

    best: tuple[int, Answers] = (0, {})
    for chosen in product(*(kinds[item.link_id] for item in varied)):
        answers = fixed | {item.link_id: (code,) for item, code in zip(varied, chosen, strict=True)}
        path = engine.path(answers, fill)
        if main_item.link_id in path.answers and len(path.screens) > best[0]:
            best = len(path.screens), path.answers
    usual = len(engine.path(fixed, fill).screens)
    return RoutineRun(place, main_item.option(place).text, usual, *best)


def _is_ordered_choice(item: Item) -> bool:
    return item.ordered and item.type is ItemType.ONE


def _kinds_of_answer(engine: Engine) -> Mapping[str, tuple[str, ...]]:
    """For each item, one option of each kind: options that no test tells apart are one kind."""
    told_apart: dict[tuple[str, str], list[int]] = {}
    for number, test in enumerate(_tests(engine)):
        for code in test.options:
            told_apart.setdefault((test.item, code), []).append(number)
    kinds: dict[str, tuple[str, ...]] = {}
    for item in engine.items.values():
        first: dict[tuple[int, ...], str] = {}
        for code in item.codes:
            first.setdefault(tuple(told_apart.get((item.link_id, code), ())), code)
        kinds[item.link_id] = tuple(first.values())
    return kinds


def _tests(engine: Engine) -> Iterator[AnswerIs]:
    for criterion in _criteria(engine):
        for leaf in criteria.leaves(criterion, engine.rules):
            if isinstance(leaf.test, AnswerIs):
                yield leaf.test


def _criteria(engine: Engine) -> Iterator[Criterion]:
    for section in engine.ruleset.questionnaire.sections:
        if section.ask_when:
            yield section.ask_when
        for screen in section.screens:
            if screen.ask_when:
                yield screen.ask_when
            yield from (item.ask_when for item in screen.items if item.ask_when)
    for rule in engine.ruleset.rules:
        yield from (level.when for level in rule.levels)


@dataclass(frozen=True, slots=True)
class FirstChance:
    """A sign of the first screen that ends the questions, and the screen on which its card is."""

    sign: str
    card_on_screen: int


def first_chances(engine: Engine) -> tuple[FirstChance, ...]:
    """When the card comes for each emergency that is named on the first screen."""
    first = engine.ruleset.questionnaire.screens[0]
    # A group takes two screens, "none of these" and then its rows; the card is the next one.
    before = 2 if first.is_group and not first.each else 1
    return tuple(
        FirstChance(item.link_id, before + 1)
        for item in first.items
        if engine.path({item.link_id: (item.codes[0],)}).ended
    )
