"""What must hold for every rule set and every person, tried on many at random."""

from collections.abc import Mapping
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import Sampler, some_answers

from tpcheck import loader, responses
from tpcheck.engine import Engine
from tpcheck.interview import Shown, reply, screen
from tpcheck.model import NO, NOT_SURE, YES, Answer, ItemType, RuleSet
from tpcheck.session import (
    NONE_OF_THESE,
    ONESELF,
    SOME_OF_THESE,
    START,
    Ask,
    Card,
    Group,
    Marks,
    Review,
    Rows,
    Session,
    Start,
)

PEOPLE = 300


@pytest.fixture(scope="module")
def engine(shipped: RuleSet) -> Engine:
    return Engine(shipped)


def raised(answer: Answer) -> Answer | None:
    return {(NO,): (NOT_SURE,), (NOT_SURE,): (YES,)}.get(answer)


def test_every_interview_ends_and_asks_each_item_at_most_once(engine: Engine) -> None:
    sampler = Sampler(engine, seed=1)
    for _ in range(PEOPLE):
        person = sampler.raw()
        answers: dict[str, Answer] = {}
        asked: list[str] = []
        while item := engine.next_item(answers):
            asked.append(item.link_id)
            answers[item.link_id] = person[item.link_id]

        assert len(set(asked)) == len(asked)
        assert engine.assess(answers).complete
        assert engine.assess(answers).disposition in engine.urgency


def marks_of(shown: Shown, person: Mapping[str, Answer]) -> Marks:
    """What a person with these answers marks on a screen."""
    match shown:
        case Start():
            return {START: (ONESELF,)}
        case Ask(item=item):
            return {item.link_id: person[item.link_id]}
        case Group(screen=group, items=items):
            clear = all(person[item.link_id] == (NO,) for item in items)
            return {group.screen_id: (NONE_OF_THESE if clear else SOME_OF_THESE,)}
        case Rows(items=items):
            return {item.link_id: person[item.link_id] for item in items}
    raise AssertionError(f"not a screen that asks: {shown!r}")


def test_interview_asks_just_what_the_engine_asks(engine: Engine) -> None:
    sampler = Sampler(engine, seed=2)
    for _ in range(60):
        person = sampler.raw()
        session, shown = Session(), screen(engine, Session())
        steps: list[str] = []
        while not isinstance(shown, Card | Review):
            steps.append(shown.step_id)
            session = reply(engine, session, marks_of(shown, person))
            shown = screen(engine, session)

        path = engine.path({}, lambda item, person=person: person[item.link_id])
        assert len(set(steps)) == len(steps)
        assert isinstance(shown, Card) == path.ended
        assert engine.path(session.answers).answers == path.answers


def test_answers_off_the_path_change_nothing(engine: Engine) -> None:
    sampler = Sampler(engine, seed=3)
    complete = sampler.complete()
    for _ in range(PEOPLE):
        answers = next(complete)

        assert engine.assess(sampler.off_path(answers)) == engine.assess(answers)


def test_order_of_rules_changes_nothing(shipped: RuleSet, engine: Engine) -> None:
    sampler, random = Sampler(engine, seed=4), Random(4)
    complete = sampler.complete()
    for _ in range(10):
        rules = list(shipped.rules)
        random.shuffle(rules)
        shuffled = Engine(replace(shipped, rules=tuple(rules)))
        for _ in range(PEOPLE // 10):
            answers = next(complete)
            before, after = engine.assess(answers), shuffled.assess(answers)

            assert after.disposition == before.disposition
            assert set(after.findings) == set(before.findings)
            assert after.answers == before.answers


def test_raising_a_sign_never_lowers_the_advice(engine: Engine) -> None:
    sampler, random = Sampler(engine, seed=5), Random(5)
    signs = [i.link_id for i in engine.items.values() if i.type is ItemType.SIGN]
    tried = 0
    while tried < PEOPLE:
        person = sampler.raw()
        before = engine.path({}, lambda item, person=person: person[item.link_id])
        on_path = [sign for sign in signs if raised(before.answers.get(sign, ()))]
        if not on_path:
            continue
        tried += 1
        sign = random.choice(on_path)
        higher = {**person, sign: raised(person[sign]) or ()}
        after = engine.path({}, lambda item, higher=higher: higher[item.link_id])

        came = [engine.assess(path.answers).disposition for path in (before, after)]
        assert engine.urgency[came[1]] >= engine.urgency[came[0]], sign


@settings(max_examples=200)
@given(data=st.data())
def test_incomplete_answers_give_no_result_but_an_emergency_that_is_met(
    data: st.DataObject, engine: Engine
) -> None:
    answers = data.draw(some_answers(engine))

    found = engine.assess(answers)

    if not found.complete and found.disposition:
        assert engine.ruleset.disposition(found.disposition).emergency
        assert all(finding.certain for finding in found.findings)
    # Whatever is still answered, the result is no less urgent than what is said now.
    final = engine.assess(engine.fill_usual(answers))
    least = engine.urgency.get(found.disposition, 0)
    assert engine.urgency[final.disposition] >= least


@settings(max_examples=200)
@given(st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
def test_no_text_makes_a_reader_raise(engine: Engine, data: bytes) -> None:
    ruleset, problems = loader.read(data, "any")
    assert ruleset is None
    assert problems

    response, faults = responses.read(data, "any", engine)
    assert (response is None) == bool(faults)
