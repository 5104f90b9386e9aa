"""What each key does on the phone, without a terminal."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count

import pytest
from build import alone, choice, group, is_, rule, ruleset, scale, yes_no

from tpcheck.asking.desk import Desk
from tpcheck.asking.layout import Page
from tpcheck.asking.staff import ADVICE, BACK, GO, StaffViewer
from tpcheck.asking.view import Kind
from tpcheck.engine import Engine
from tpcheck.model import NO, NOT_SURE, YES, Answer, ItemType
from tpcheck.session import START
from tpcheck.triage import Call

BEGAN = datetime(2026, 11, 25, 14, 30)
CODE = "999"


def engine() -> Engine:
    """Facts, a place, warning signs, then what only describes, and a private question."""
    made = ruleset(
        group("now", yes_no("a", say="say a", if_asked="a means"), yes_no("b", floor="today")),
        alone(choice("place", ["arm", "leg"])),
        group("facts", yes_no("f", ItemType.FACT), yes_no("g", ItemType.FACT)),
        group("leg", yes_no("cold"), yes_no("sore", floor="soon"), ask_when=is_("place", "leg")),
        alone(scale("pain")),
        alone(choice("fits", ["x", "y"], alone=["none"], type=ItemType.MANY)),
        alone(choice("mood", ["bad", "good"], private=True)),
        rules=[
            rule("r_a", call=is_("a", YES)),
            rule("r_cold", call=is_("cold", YES)),
            rule("r_b", today=is_("b", YES)),
            rule("r_sore", soon=is_("sore", YES)),
            rule("r_mood", soon=is_("mood", "bad")),
        ],
        words={"triage.code": CODE},
    )
    patterns = replace(made.patterns, pain_items=("place",))
    return Engine(replace(made, patterns=patterns))


ENGINE = engine()
#: From the first screen past the warning signs of a leg that hurts.
SIGNS = "1 n enter 2 n n enter"
#: The rest, all usual.
REST = "4 0 2"


def desk(keys: str = "", answers: Mapping[str, Answer] | None = None) -> Desk:
    """A desk after `keys`: each word a key. The clock goes on a minute with each look."""
    minutes = count(1)
    made = Desk(
        ENGINE,
        StaffViewer(ENGINE),
        Call("K7QD-1430", BEGAN),
        lambda: BEGAN + timedelta(minutes=next(minutes)),
        answers or {},
    )
    return press(made, keys)


def press(made: Desk, keys: str, size: tuple[int, int] = (80, 60)) -> Desk:
    for key in keys.split():
        made.page(*size)
        made.press({"space": " "}.get(key, key))
    return made


def words(made: Desk, width: int = 80, height: int = 60) -> str:
    return text(made.page(width, height))


def text(page: Page) -> str:
    return "\n".join("".join(part for _, part in line) for line in page.lines)


# --- the pace ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "step"),
    [
        ("", START),
        ("1", "now"),  # who calls: straight on
        ("1 n", "now"),  # a warning: not before Enter
        ("1 n enter", "place"),
        ("1 n enter 2", "facts"),  # an ordinary question: straight on
        ("1 n enter 2 n", "leg"),  # a group of facts too
        ("1 n enter 2 y", "facts:rows"),
        ("1 n enter 2 y n", "facts:rows"),
        ("1 n enter 2 y n y", "leg"),  # after its last row
        ("1 y enter n n", "now:rows"),  # rows of warnings wait
        ("1 y enter n n enter", "place"),
        (f"{SIGNS} 4", "fits"),
        (f"{SIGNS} 0", "fits"),
        (f"{SIGNS} 1", "pain"),  # could become 10
        (f"{SIGNS} 1 enter", "fits"),
        (f"{SIGNS} 1 0", "fits"),
        (f"{SIGNS} t", "fits"),
        (f"{SIGNS} u", "fits"),
        (f"{SIGNS} w", "fits"),
        (f"{SIGNS} 4 1", "fits"),  # more can be ticked
        (f"{SIGNS} 4 1 enter", "mood"),
        (f"{SIGNS} 4 0", "mood"),  # stands alone
        (f"{SIGNS} 4 1 2 0", "mood"),
        (f"{SIGNS} {REST}", BACK),
        (f"{SIGNS} {REST} enter", ADVICE),
        (f"{SIGNS} {REST} r", ":review"),
        (f"{SIGNS} {REST} r enter", BACK),
        (f"{SIGNS} {REST} p", "mood"),
        (f"{SIGNS} {REST} enter p", BACK),
    ],
)
def test_what_goes_straight_on(keys: str, step: str) -> None:
    assert desk(keys).view.step_id == step


@pytest.mark.parametrize(
    ("keys", "pain"), [("1 enter", "1"), ("1 0", "10"), ("t", "10"), ("w", NOT_SURE), ("7", "7")]
)
def test_the_scale(keys: str, pain: str) -> None:
    assert desk(f"{SIGNS} {keys}").session.answers["pain"] == (pain,)


@pytest.mark.parametrize("key", ["u", "w"])
def test_who_would_not_say_is_not_sure(key: str) -> None:
    made = desk(f"1 y enter {key} n enter")
    assert made.session.answers["a"] == (NOT_SURE,)
    # It is asked once more in other words.
    assert made.view.step_id == "now:again"


def test_warnings_and_what_follows_the_questions_drop_what_was_typed_before() -> None:
    for keys in ("1", "1 y enter", f"{SIGNS} {REST}", f"{SIGNS} {REST} enter", "1 y enter y enter"):
        assert desk(keys).fresh
    assert not desk("1 n enter").fresh


def test_a_routine_call_ends_with_its_time() -> None:
    made = desk(f"{SIGNS} {REST} enter enter")
    call = made.call
    assert made.outcome is not None
    assert (call.disposition, call.final, call.lost) == ("clinic", "clinic", False)
    assert [(a.disposition, a.at) for a in call.advice] == [
        ("clinic", BEGAN + timedelta(minutes=1))
    ]
    assert call.ended == BEGAN + timedelta(minutes=2)
    assert not call.finished_early
    # The private answer is not kept.
    assert dict(call.answers) == {
        "a": (NO,),
        "b": (NO,),
        "place": ("leg",),
        "f": (NO,),
        "g": (NO,),
        "cold": (NO,),
        "sore": (NO,),
        "pain": ("4",),
        "fits": ("none",),
    }


# --- words ------------------------------------------------------------------------------------


def test_a_question_is_read_out_and_explained_when_asked() -> None:
    made = desk("1")
    assert "[staff.say] the group now" in words(made)
    assert "- say a" in words(made)
    assert "[staff.if_asked]" not in words(made)
    press(made, "?")
    assert "[staff.if_asked] a means / b in other words" in words(made)
    assert "[ask.why]: [ask.no_why]" in words(made)


def test_answers_share_a_line_where_they_fit() -> None:
    made = desk("1 n enter")
    assert "1 option arm   2 option leg" in words(made)
    assert "1 option arm   2 option leg" not in words(made, width=25)


def test_the_reference_and_warning_signs_are_always_in_sight() -> None:
    made = desk("1 y enter n y enter")
    for size in ((80, 60), (60, 10)):
        lines = words(made, *size).splitlines()
        assert lines[0] == "[triage.call] K7QD-1430  |  [triage.so_far] today"
        assert lines[1] == "[triage.signs] the sign b"
    assert words(press(made, "q")).startswith("[triage.call] K7QD-1430")


def test_a_caller_who_is_not_the_patient_is_asked_for_once() -> None:
    made = desk("2")
    assert made.call.for_other
    assert "[triage.for_other]" in words(made)
    assert "[triage.for_other]" not in words(desk("1"))


# --- comments, volunteered, going to a question -----------------------------------------------


def typed(made: Desk, sentence: str) -> Desk:
    for character in sentence:
        made.press(character)
    return made


def test_a_comment_is_typed_kept_and_cleaned() -> None:
    made = typed(desk("1 n enter c"), "Since Monday? y1")
    assert made.view.kind is Kind.TEXT
    assert "> Since Monday? y1_" in words(made)
    press(made, "backspace")
    made.press("paste", " \x1b[31mred\x1b[0m\u202e\n two")
    press(made, "enter")
    assert made.call.comments == {"place": "Since Monday? y red two"}
    assert "[triage.commented] Since Monday? y red two" in words(made)
    assert made.view.step_id == "place"
    # It can be changed, left as it was, and taken away.
    assert "> Since Monday? y red two_" in words(press(made, "c"))
    press(made, "backspace escape")
    assert made.call.comments == {"place": "Since Monday? y red two"}
    press(made, "c " + "backspace " * 40 + "enter")
    assert made.call.comments == {}


def test_a_comment_has_an_end() -> None:
    made = desk("1 n enter c")
    made.press("paste", "x" * 600)
    press(typed(made, "more"), "enter")
    assert made.call.comments == {"place": "x" * 500}


def test_nothing_is_noted_of_a_private_question() -> None:
    made = desk(f"{SIGNS} 4 0")
    for key in ("c", "v"):
        assert "[triage.no_comment]" in words(press(made, key))
    assert (made.call.comments, made.call.volunteered) == ({}, frozenset())


def test_volunteered_is_marked_and_unmarked() -> None:
    made = desk("1 n enter v")
    assert made.call.volunteered == {"place"}
    assert "[triage.volunteered]" in words(made)
    assert press(made, "v").call.volunteered == frozenset()


def test_going_to_a_question_and_back_to_where_the_call_was() -> None:
    made = desk(f"{SIGNS} g")
    assert made.view.step_id == GO
    listed = words(made)
    assert "[ask.none]" not in listed
    assert "No, none of these" in listed
    assert "[triage.go_open]" in listed
    press(made, "2 enter")
    assert made.view.step_id == "place"
    # A place without its own signs: they fall off the path, and the call goes on.
    assert press(made, "1").view.step_id == "pain"
    assert "cold" not in made.close().answers


@pytest.mark.parametrize("keys", ["9 9 enter", "0 enter", "enter", "8 backspace enter"])
def test_a_number_that_is_no_question(keys: str) -> None:
    made = desk(f"{SIGNS} g {keys}")
    assert made.view.step_id == GO
    assert "[triage.no_entry] 7" in words(made)
    assert press(made, "escape").view.step_id == "pain"


def test_a_private_answer_is_not_in_the_list() -> None:
    made = desk(f"{SIGNS} {REST} g")
    assert "the question mood" in words(made)
    assert "option good" not in words(made)


# --- finishing early --------------------------------------------------------------------------


def test_finishing_is_offered_after_the_warning_signs() -> None:
    made = desk("1 n enter 2 n")
    assert "F" not in [text[0] for text in made.view.commands.values()]
    assert "[triage.no_finish]" in words(press(made, "f"))
    # Only the private question can still change the advice: go there first.
    press(made, "n enter")
    assert "[triage.deciding] 7" in words(made)
    press(made, "f")
    assert made.view.step_id == "mood"
    press(made, "2")
    assert made.view.step_id == "pain"
    assert "[triage.settled] clinic" in words(made)
    press(made, "f enter")
    assert made.view.step_id == ADVICE
    assert "[triage.patterns_not_asked]" in words(press(made, "?"))
    call = press(made, "enter").call
    assert (call.disposition, call.finished_early) == ("clinic", True)
    assert "pain" not in call.answers


def test_what_was_finished_early_can_be_gone_on_with() -> None:
    made = desk("1 n enter 2 n y enter n y enter")
    assert "[triage.settled] soon" in words(made)
    assert press(made, "f").view.step_id == BACK
    assert press(made, "p").view.step_id == "pain"
    assert press(made, "f enter p").view.step_id == BACK
    assert not press(made, f"p {REST} enter enter").call.finished_early


# --- the read-back ----------------------------------------------------------------------------


def test_the_read_back_names_what_the_advice_rests_on() -> None:
    made = desk(f"1 y enter n y enter 2 n n enter {REST}")
    assert "[triage.back_yes] the sign b" in words(made)


def test_the_read_back_of_a_routine_call_names_what_was_denied() -> None:
    assert "[triage.back_no] the sign cold" in words(desk(f"{SIGNS} {REST}"))
    assert "[triage.back_plain]" in words(desk(f"1 n enter 1 n {REST}"))


def test_the_read_back_keeps_a_private_answer() -> None:
    made = desk(f"{SIGNS} 4 0 1")
    assert made.view.step_id == BACK
    assert "[triage.back_plain]" in words(made)
    assert "option bad" not in words(made)


# --- the card ---------------------------------------------------------------------------------

CARD = "1 y enter y enter"


def test_a_card_says_what_to_say_and_waits_for_its_code() -> None:
    made = desk(CARD)
    assert made.view.step_id == ADVICE
    assert "[staff.say] Action call" in words(made)
    assert "[staff.say] [triage.where]" in words(made)
    assert "say a" not in made.view.lines
    press(made, "9 9")
    assert "> 99_" in words(made)
    assert made.call.advice == ()
    press(made, "9")
    assert [a.disposition for a in made.call.advice] == ["call"]
    assert words(made).startswith("[triage.call] K7QD-1430  |  [triage.read_out] call 14:31")
    assert press(made, "enter").outcome is not None
    assert (made.call.disposition, made.call.lost) == ("call", False)


@pytest.mark.parametrize(
    "keys",
    ["enter", "y", "q", "escape", "left", "backspace", "c-d", "r", "g", "e", "9 9 8", "9 1 9", "f"],
)
def test_nothing_else_leaves_a_card(keys: str) -> None:
    made = press(desk(CARD), keys)
    assert made.view.step_id == ADVICE
    assert made.call.advice == ()
    assert made.outcome is None


def test_previous_changes_the_answer_and_what_was_read_out_stays() -> None:
    made = press(desk(CARD), "9 9 9 p")
    assert made.view.step_id == "now:rows"
    press(made, "up n n enter")
    assert made.view.step_id == "place"
    assert "[triage.read_out] call 14:31" in words(made)
    assert "[triage.so_far]" not in words(made)


# --- raising ----------------------------------------------------------------------------------


def test_staff_raise_the_advice_with_a_reason() -> None:
    made = desk("1 n enter e")
    assert [option.text for option in made.view.options] == ["soon", "today", "call"]
    press(made, "2 enter")
    assert "[triage.no_reason]" in words(made)
    press(typed(made, "He sounds grey"), "enter")
    assert made.view.step_id == ADVICE
    assert "[triage.raised] today" in words(made)
    assert "[triage.raised_early]" in words(made)
    call = press(made, "enter").call
    assert (call.disposition, call.raised, call.reason) == ("", "today", "He sounds grey")
    assert [a.disposition for a in call.advice] == ["today"]
    assert not call.finished_early


def test_advice_that_is_raised_to_the_card_is_one() -> None:
    made = press(typed(desk(f"{SIGNS} {REST} enter e 3"), "grey"), "enter")
    assert "[staff.say] [triage.where]" in words(made)
    call = press(made, "9 9 9 enter").call
    assert (call.disposition, call.raised) == ("clinic", "call")


def test_only_more_urgent_advice_can_be_chosen() -> None:
    made = desk("1 y enter n y enter e")
    assert [option.text for option in made.view.options] == ["call"]
    assert "[error.not_a_choice]" in words(press(made, "2"))
    assert press(made, "p").view.step_id == "place"


def test_a_raise_can_be_left_to_ask_on_and_stands() -> None:
    made = press(typed(desk("1 n enter e 1"), "grey"), "enter p")
    assert made.view.step_id == "place"
    press(made, f"2 n n enter {REST} enter")
    assert "[triage.raised] soon" in words(made)
    assert "[triage.raised_early]" not in words(made)
    assert press(made, "enter").call.final == "soon"


def test_a_raise_never_hides_that_the_answers_call_for_more() -> None:
    made = press(typed(desk("1 n enter e 1"), "grey"), "enter p g 1 enter")
    assert made.view.step_id == "now"
    press(made, "y enter n y enter")
    assert words(made).startswith("[triage.call] K7QD-1430  |  [triage.so_far] today")
    assert "[triage.raised]" not in words(made)
    assert made.close().final == ""
    # What staff said stands once the answer is taken back.
    press(made, "p up n enter")
    assert "[triage.raised] soon" in words(made)
    assert (made.close().final, made.call.reason) == ("soon", "grey")


# --- the end ----------------------------------------------------------------------------------


@pytest.mark.parametrize("keys", ["q y", "c-d", "c c-d", "g c-d", "q c-d"])
def test_a_lost_call_keeps_what_was_answered(keys: str) -> None:
    made = desk(f"1 y enter n n enter {keys}")
    assert made.outcome is not None
    assert made.call.lost
    assert dict(made.call.answers) == {"a": (NO,), "b": (NO,)}
    assert (made.call.disposition, made.call.advice) == ("", ())


def test_a_call_is_not_lost_once_the_advice_was_read_out() -> None:
    assert not press(desk(CARD), "9 9 9 q y").call.lost
    assert press(desk(CARD), "9 9").close().lost


def test_stopping_can_be_taken_back() -> None:
    assert press(desk("1 n enter q"), "p").view.step_id == "place"


def test_a_row_that_is_marked_when_the_line_breaks_is_kept() -> None:
    made = desk("1 y enter n")
    assert dict(made.close().answers) == {"a": (NO,)}


#: What a code opens: all but what is asked of now, and what is private.
BROUGHT: dict[str, Answer] = {
    "place": ("arm",),
    "f": (NO,),
    "g": (NO,),
    "pain": ("4",),
    "fits": ("none",),
}


def test_answers_that_were_brought_along_are_looked_at_first() -> None:
    # What is private is in no code, and has to be asked.
    made = desk("1", {**BROUGHT, "a": (NOT_SURE,), "b": (NO,)})
    assert made.view.step_id == "mood"
    press(made, "2")
    assert made.view.step_id == ":review"
    assert press(made, "1 enter").view.step_id == "now:rows"
    assert press(made, "n n enter").view.step_id == ":review"
    assert press(made, "enter").view.step_id == BACK


def test_what_is_open_is_asked_in_turn_and_what_was_brought_along_is_not() -> None:
    made = desk("1", BROUGHT)
    assert made.view.step_id == "now"
    assert press(made, "y enter").view.step_id == "now:rows"
    assert press(made, "u n enter").view.step_id == "now:again"
    assert press(made, "n enter").view.step_id == "mood"
    assert press(made, "2").view.step_id == ":review"
