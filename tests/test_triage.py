"""A call: its reference, comments, raising, and what to read back (against brute force)."""

from dataclasses import replace
from datetime import datetime
from itertools import combinations

import pytest
from build import alone, choice, group, is_, rule, ruleset, yes_no
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import Sampler, some_answers, some_ruleset

from tpcheck.engine import Engine, usual
from tpcheck.freetext import CROCKFORD
from tpcheck.model import NO, NOT_SURE, YES, AllOf, Answer, Answered, RuleSet
from tpcheck.triage import (
    REFERENCES,
    Call,
    Raise,
    decisive,
    denied_signs,
    more_urgent,
    opened,
    raise_to,
    reference,
    shared,
    with_result,
)

NOON = datetime(2026, 11, 25, 12, 5)
CALL = Call("0000-1205", NOON)


# --- reference --------------------------------------------------------------------------------


def test_a_reference_is_short_and_says_the_time() -> None:
    assert reference(0, NOON) == "0000-1205"
    assert reference(REFERENCES - 1, NOON) == "ZZZZ-1205"
    assert len({reference(number, NOON) for number in range(0, REFERENCES, 97)}) == len(
        range(0, REFERENCES, 97)
    )
    assert not set("ILOU") & set(CROCKFORD)


# --- raising ----------------------------------------------------------------------------------

ENGINE = Engine(
    ruleset(
        group("now", yes_no("a"), yes_no("b", floor="soon")),
        alone(choice("place", ["arm", "leg"])),
        alone(yes_no("c", ask_when=is_("place", "leg"))),
        alone(choice("mood", ["bad", "good"], private=True)),
        rules=[
            rule("r_a", call=AllOf((is_("a", YES), is_("c", YES))), today=is_("a", YES)),
            rule("r_b", soon=is_("b", YES)),
            rule("r_mood", soon=is_("mood", "bad")),
        ],
    )
)


@pytest.mark.parametrize(
    ("disposition", "raised", "left"),
    [
        ("", "", ["soon", "today", "call"]),
        ("clinic", "", ["soon", "today", "call"]),
        ("soon", "", ["today", "call"]),
        ("soon", "today", ["call"]),
        ("call", "", []),
    ],
)
def test_advice_is_only_ever_raised(disposition: str, raised: str, left: list[str]) -> None:
    call = replace(CALL, disposition=disposition, raised=raised)
    assert [d.code for d in more_urgent(ENGINE, call)] == left
    for code in left:
        assert raise_to(ENGINE, call, code, " a  reason\x1b[0m ").reason == "a reason"
    for code in {"clinic", "soon", "today", "call"} - set(left):
        with pytest.raises(ValueError, match="not more urgent"):
            raise_to(ENGINE, call, code, "a reason")


def test_raising_takes_a_reason() -> None:
    with pytest.raises(ValueError, match="reason"):
        raise_to(ENGINE, CALL, "call", " \x1b[0m")


def test_a_raise_stands_until_the_rules_come_to_as_much() -> None:
    raised = raise_to(ENGINE, CALL, "today", "sounds unwell")
    for code in ("soon", ""):
        call = with_result(ENGINE, CALL, code, raised)
        assert (call.final, call.reason) == ("today", "sounds unwell")
    for code in ("today", "call"):
        after = with_result(ENGINE, CALL, code, raised)
        assert (after.final, after.raised, after.reason) == (code, "", "")
        # It counts again where an answer is taken back.
        assert with_result(ENGINE, after, "soon", raised).final == "today"


def test_a_raise_gives_way_to_what_the_answers_have_come_to_so_far() -> None:
    raised = raise_to(ENGINE, CALL, "soon", "sounds unwell")
    for urgency, final in ((0, "soon"), (1, ""), (2, "")):
        assert with_result(ENGINE, CALL, "", raised, urgency=urgency).final == final


def test_a_raise_to_advice_that_is_no_more_is_none() -> None:
    assert with_result(ENGINE, CALL, "", Raise("gone", "from an old log")).raised == ""


def test_a_code_opens_all_but_what_is_asked_of_now() -> None:
    assert opened(ENGINE, {"a": (NO,), "b": (YES,), "place": ("leg",), "c": (NO,)}) == {
        "place": ("leg",),
        "c": (NO,),
    }


# --- what is kept and read back ---------------------------------------------------------------

FULL: dict[str, Answer] = {
    "a": (YES,),
    "b": (NO,),
    "place": ("leg",),
    "c": (NOT_SURE,),
    "mood": ("bad",),
}


def test_private_answers_and_those_off_the_path_are_not_kept() -> None:
    assert shared(ENGINE, {**FULL, "place": ("arm",)}) == {
        "a": (YES,),
        "b": (NO,),
        "place": ("arm",),
    }


@pytest.mark.parametrize(
    ("changes", "carrying"),
    [
        ({}, ("a",)),
        # Where it hurts matters, because without it the sign would not be asked.
        ({"c": (YES,)}, ("a", "c")),
        # Of two reasons for the same advice, one is enough.
        ({"a": (NO,), "b": (YES,)}, ("b",)),
        ({"a": (NO,), "b": (NO,)}, ("mood",)),
        ({"a": (NO,), "mood": ("good",)}, ()),
    ],
)
def test_decisive_answers(changes: dict[str, Answer], carrying: tuple[str, ...]) -> None:
    assert decisive(ENGINE, {**FULL, **changes}) == carrying


def _urgency(engine: Engine, told: dict[str, Answer], kept: tuple[str, ...]) -> int:
    left = {k: a if k in kept else engine.items[k].usual for k, a in told.items()}
    return engine.urgency[engine.assess(left, usual).disposition]


@settings(max_examples=150)
@given(st.data())
def test_decisive_answers_carry_the_advice_and_none_can_go(data: st.DataObject) -> None:
    engine = Engine(data.draw(some_ruleset()))
    told = engine.fill_usual(data.draw(some_answers(engine)))
    told = engine.path(told).answers
    reached = engine.urgency[engine.assess(told).disposition]
    carrying = decisive(engine, told)
    unusual = [k for k, a in told.items() if a != engine.items[k].usual]

    assert set(carrying) <= set(unusual)
    assert _urgency(engine, told, carrying) >= reached
    for link_id in carrying:
        assert _urgency(engine, told, tuple(k for k in carrying if k != link_id)) < reached


def test_nothing_smaller_carries_the_advice_where_no_rule_says_none(shipped: RuleSet) -> None:
    """By brute force over every smaller set: true of rules that no answer can make untrue."""
    engine = Engine(shipped)
    tried = 0
    for told, _ in zip(Sampler(engine, 8).complete(), range(60), strict=False):
        carrying = decisive(engine, told)
        reached = engine.urgency[engine.assess(told).disposition]
        assert _urgency(engine, told, carrying) >= reached
        for size in range(len(carrying)):
            for kept in combinations(carrying, size):
                assert _urgency(engine, told, kept) < reached
                tried += 1
    assert tried > 50


def test_the_signs_to_confirm_are_those_of_where_it_hurts() -> None:
    """Emergency signs that hang on a place, that were asked, and that were answered with no."""
    made = ruleset(
        alone(yes_no("always")),
        alone(choice("pain", ["arm", "leg"])),
        group(
            "leg_signs",
            yes_no("cold"),
            yes_no("sore", floor="soon"),
            ask_when=is_("pain", "leg"),
        ),
        group("any_pain", yes_no("numb"), yes_no("weak"), ask_when=Answered("pain")),
    )
    engine = Engine(replace(made, patterns=replace(made.patterns, pain_items=("pain",))))
    no: dict[str, Answer] = dict.fromkeys(("always", "cold", "sore", "numb"), (NO,))
    leg = {**no, "weak": (NOT_SURE,), "pain": ("leg",)}

    assert denied_signs(engine, leg) == ("cold", "numb")
    assert denied_signs(engine, {**leg, "pain": ("arm",)}) == ("numb",)
