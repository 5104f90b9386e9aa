"""What each key does, without a terminal."""

from collections.abc import Sequence

import pytest
from build import alone, choice, group, is_, rule, ruleset, scale, yes_no
from hypothesis import given, settings
from hypothesis import strategies as st

from tpcheck.asking import Finished, Stopped
from tpcheck.asking.hand import Hand
from tpcheck.asking.layout import Page
from tpcheck.asking.view import Viewer
from tpcheck.engine import Engine
from tpcheck.model import NO, NOT_SURE, YES, Assessment, ItemType, RuleSet
from tpcheck.session import Session

LONG = " and so on".join(f"word{n}" for n in range(40))


def card(assessment: Assessment) -> tuple[str, Sequence[str]]:
    return "Act now", [f"You said: {LONG}", "Do this."]


def rules() -> RuleSet:
    return ruleset(
        group("now", yes_no("a", text=LONG), yes_no("b"), yes_no("c")),
        alone(
            choice(
                "where",
                ["head", "neck", "arm"],
                alone=["nowhere"],
                type=ItemType.MANY,
                at_most=2,
                body_map=True,
            )
        ),
        alone(scale("pain")),
        alone(choice("kind", ["x", "y"])),
        rules=[rule(f"r_{i}", call=is_(i, YES)) for i in "abc"],
    )


ENGINE = Engine(rules())


def hand(keys: str = "", session: Session | None = None) -> Hand:
    """A hand after `keys`: each word a key, drawn on a usual screen before each."""
    made = Hand(ENGINE, session or Session(started=True), Viewer(ENGINE.ruleset, card))
    return press(made, keys)


def press(made: Hand, keys: str, size: tuple[int, int] = (80, 60)) -> Hand:
    for key in keys.split():
        made.page(*size)
        made.press({"space": " "}.get(key, key))
    return made


def words(made: Hand, width: int = 80, height: int = 60) -> str:
    return text(made.page(width, height))


def text(page: Page) -> str:
    return "\n".join("".join(part for _, part in line) for line in page.lines)


# --- choosing ---------------------------------------------------------------------------------


def test_nothing_is_chosen_at_first_and_enter_says_what_to_do() -> None:
    made = hand("enter")
    assert made.view.step_id == "now"
    assert "! [error.nothing] Y, N" in words(made)


def test_a_key_chooses_and_enter_goes_on() -> None:
    made = hand("n")
    assert made.view.step_id == "now"
    assert "> N" in words(made)
    assert press(made, "enter").view.step_id == "where"


@pytest.mark.parametrize("key", ["n", "N", "2", "0"])
def test_none_of_these_has_several_keys(key: str) -> None:
    assert hand(f"{key} enter").view.step_id == "where"


@pytest.mark.parametrize("keys", ["down", "tab", "up up", "s-tab s-tab", "down down down"])
def test_arrows_choose_too(keys: str) -> None:
    assert "> Y" in words(hand(keys))


def test_a_key_that_is_no_choice_says_which_are() -> None:
    assert "[error.not_a_choice] X Y, N" in words(hand("x"))


def test_paste_answers_nothing() -> None:
    made = hand("paste")
    assert "[error.paste]" in words(made)
    assert made.marks == {}


def test_an_error_goes_with_the_next_key() -> None:
    assert "!" not in words(hand("x n"))


# --- ticking ----------------------------------------------------------------------------------

AT_WHERE = "n enter"


@pytest.mark.parametrize(
    ("keys", "ticked"),
    [
        ("1", ("head",)),
        ("2 1", ("head", "neck")),  # in the order of the list
        ("1 1", ()),  # unticked
        ("1 2 0", ("nowhere",)),  # the one that stands alone unticks the rest
        ("0 3", ("arm",)),  # and is unticked by any other
        ("down down space", ("neck",)),
        ("1 2 3", ("head", "neck")),  # two at most
    ],
)
def test_ticks(keys: str, ticked: tuple[str, ...]) -> None:
    made = hand(f"{AT_WHERE} {keys}")
    assert made.marks.get("where", ()) == ticked


def test_too_many_ticks_say_so() -> None:
    assert "[error.at_most] 2" in words(hand(f"{AT_WHERE} 1 2 3"))


def test_an_untouched_list_is_no_answer() -> None:
    made = hand(f"{AT_WHERE} enter")
    assert made.view.step_id == "where"
    assert "[error.nothing_many] 0 option nowhere" in words(made)


def test_unticking_all_is_no_answer() -> None:
    assert hand(f"{AT_WHERE} 1 1 enter").view.step_id == "where"


# --- a scale ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "number"),
    [
        ("7", "7"),
        ("1 0", "10"),
        ("0", "0"),
        ("1 0 0", "0"),
        ("5 0", "0"),
        ("u", NOT_SURE),
        ("1 down 0", "0"),
    ],
)
def test_numbers_on_a_scale(keys: str, number: str) -> None:
    assert hand(f"{AT_WHERE} 0 enter {keys}").marks == {"pain": (number,)}


# --- rows -------------------------------------------------------------------------------------


def test_rows_are_answered_one_after_the_other() -> None:
    made = hand("y enter n u")
    assert made.marks == {"a": (NO,), "b": (NOT_SURE,)}
    assert "> [   ?    ] the sign c" in words(made)
    assert press(made, "3 enter").view.step_id == "now:again"


def test_rows_go_on_to_the_next_one_that_is_open() -> None:
    made = hand("y enter down down n")
    assert made.marks == {"c": (NO,)}
    assert press(made, "n n").marks == {"a": (NO,), "b": (NO,), "c": (NO,)}


def test_enter_on_open_rows_is_refused_and_points_at_the_next() -> None:
    made = hand("y enter n down enter")
    assert made.view.step_id == "now:rows"
    assert "[error.rows]" in words(made)


def test_enter_goes_on_at_once_when_a_row_ends_the_questions() -> None:
    assert hand("y enter down y enter").view.heading == "Act now"


# --- the card ---------------------------------------------------------------------------------

CARD = "y enter n y enter"


def test_the_card_is_not_passed_by_enter() -> None:
    made = hand(f"{CARD} enter enter")
    assert made.view.heading == "Act now"
    assert made.outcome is None


def test_the_card_is_read_with_y() -> None:
    outcome = hand(f"{CARD} y").outcome
    assert isinstance(outcome, Finished)
    assert outcome.assessment.disposition == "call"


def test_previous_on_the_card_changes_the_answer() -> None:
    made = hand(f"{CARD} p")
    assert made.view.step_id == "now:rows"
    assert made.marks["b"] == (YES,)


def test_every_warning_asks_to_drop_what_was_typed() -> None:
    for keys, fresh in (("", True), ("y enter", True), (AT_WHERE, False), (CARD, True)):
        assert hand(keys).fresh is fresh, keys


def test_a_warning_is_not_passed_before_all_of_it_was_in_sight() -> None:
    made = hand()
    press(made, "n enter", size=(40, 14))
    assert made.view.step_id == "now"
    assert "[error.more]" in words(made, 40, 14)
    for _ in range(6):
        press(made, "enter", size=(40, 14))
    assert made.view.step_id == "where"


def test_a_card_is_not_read_before_all_of_it_was_in_sight() -> None:
    made = hand(CARD)
    press(made, "y", size=(40, 12))
    assert made.outcome is None
    for _ in range(8):
        press(made, "y", size=(40, 12))
    assert isinstance(made.outcome, Finished)


# --- commands ---------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["p", "P", "left", "escape", "backspace"])
def test_previous(key: str) -> None:
    made = hand(f"{AT_WHERE} 1 {key}")
    assert made.view.step_id == "now"
    press(made, "enter")
    assert made.marks == {"where": ("head",)}  # the half-made tick is still there


def test_review_goes_to_the_first_open_question_and_says_so() -> None:
    made = hand(f"{AT_WHERE} p r")
    assert made.view.step_id == "where"
    assert "[error.not_yet]" in words(made)


@pytest.mark.parametrize("key", ["?", "h", "f1"])
def test_why(key: str) -> None:
    made = hand(key)
    assert "[ask.why]: [ask.no_why]" in words(made)
    assert "[ask.why]" not in words(press(made, key))


def test_the_map_shows_keys_which_still_work() -> None:
    made = hand(f"{AT_WHERE} m")
    assert "FRONT" in words(made)
    assert "###1###" not in words(made)
    press(made, "1")
    assert "###1###" in words(made)
    press(made, "enter")
    assert made.view.step_id == "where"
    assert "FRONT" not in words(made)


@pytest.mark.parametrize("key", ["m", "p", "escape"])
def test_the_map_is_left_for_the_question(key: str) -> None:
    made = hand(f"{AT_WHERE} m {key}")
    assert "FRONT" not in words(made)
    assert made.view.step_id == "where"


def test_no_map_where_there_is_none() -> None:
    assert "[error.not_a_choice] M" in words(hand("m"))


@pytest.mark.parametrize("key", ["q", "c-d"])
def test_stop_is_confirmed(key: str) -> None:
    made = hand(f"{AT_WHERE} {key}")
    assert "Stop now?" in words(made)
    assert made.outcome is None
    press(made, "y")
    assert isinstance(made.outcome, Stopped)
    assert made.outcome.answers == {"a": (NO,), "b": (NO,), "c": (NO,)}


@pytest.mark.parametrize("key", ["p", "n", "escape"])
def test_stop_is_taken_back(key: str) -> None:
    made = hand(f"{AT_WHERE} 1 q {key}")
    assert made.view.step_id == "where"
    assert made.marks == {"where": ("head",)}


def test_the_start_has_nothing_before_it() -> None:
    made = hand("p", Session())
    assert made.view.step_id == ":start"
    assert press(made, "2 enter").session.for_other


# --- review -----------------------------------------------------------------------------------

REVIEW = f"{AT_WHERE} 0 enter 3 enter 1 enter"


def test_the_review_is_confirmed_with_y_only() -> None:
    made = hand(f"{REVIEW} enter")
    assert made.outcome is None
    assert isinstance(press(made, "y").outcome, Finished)


def test_a_number_changes_an_answer_and_returns() -> None:
    made = hand(f"{REVIEW} 3 enter")
    assert made.view.step_id == "pain"
    press(made, "4 enter")
    assert made.view.step_id == ":review"
    assert made.session.answers["pain"] == ("4",)


def test_arrows_point_at_answers_in_the_review() -> None:
    assert hand(f"{REVIEW} down down enter").view.step_id == "where"


@pytest.mark.parametrize(("keys", "step"), [("1 2", "where"), ("9 2", "where"), ("4", "kind")])
def test_numbers_in_the_review(keys: str, step: str) -> None:
    assert hand(f"{REVIEW} {keys} enter").view.step_id == step


def test_a_number_that_is_not_listed_says_so() -> None:
    assert "[error.no_entry] 4" in words(hand(f"{REVIEW} 7"))


def test_backspace_takes_back_a_digit_before_it_is_previous() -> None:
    made = hand(f"{REVIEW} 1 backspace")
    assert made.view.step_id == ":review"
    assert press(made, "backspace").view.step_id == "kind"


# --- whatever is pressed, in whatever window ---------------------------------------------------

KEYS = [
    *"ynu1230pqrm?h x",
    "enter",
    "up",
    "down",
    "tab",
    "s-tab",
    "left",
    "escape",
    "backspace",
    "pageup",
    "pagedown",
    "home",
    "end",
    "f1",
    "c-d",
    "paste",
    "other",
]


@settings(max_examples=120)
@given(
    st.lists(st.sampled_from(KEYS), max_size=60),
    st.integers(1, 90),
    st.integers(1, 40),
)
def test_any_keys_in_any_window(keys: list[str], width: int, height: int) -> None:
    made = hand(session=Session())
    for key in keys:
        page = made.page(width, height)
        assert len(page.lines) <= max(height, 4)
        assert 0 <= page.cursor[1] < max(len(page.lines), 1)
        made.press(key)
        if made.outcome is not None:
            return
        # Only what was chosen or ticked is ever marked.
        assert all(made.marks.values())


@pytest.mark.parametrize("width", [40, 60, 80, 132])
@pytest.mark.parametrize("keys", ["", "y enter", AT_WHERE, CARD, REVIEW, f"{AT_WHERE} 0 enter"])
def test_no_word_is_cut_at_any_width(width: int, keys: str) -> None:
    made = hand(keys)
    page = made.page(width, 200)
    lines = text(page).split("\n")
    assert max(map(len, lines)) < width
    view = made.view
    said = " ".join(lines).split()
    for part in (view.heading, *view.lines, *view.signs, *(o.label for o in view.options)):
        if view.kind != "rows":
            assert set(part.split()) <= set(said)


@pytest.mark.parametrize("keys", ["", AT_WHERE, REVIEW])
def test_the_pointed_line_stays_in_sight(keys: str) -> None:
    made = hand(keys)
    seen = False
    for _ in range(30):
        press(made, "down", size=(40, 14))
        page = made.page(40, 14)
        lines = text(page).split("\n")
        pointed = any(line.startswith(">") for line in lines)
        assert pointed or not seen  # once something is pointed at, it is never out of sight
        seen = pointed
        assert not pointed or lines[page.cursor[1]].startswith(">")
    assert seen


def test_lines_out_of_sight_are_announced() -> None:
    made = hand()
    assert "-- more below --" in words(made, 40, 14)
    assert "-- more above --" not in words(made, 40, 14)
    press(made, "end", size=(40, 14))
    assert "-- more above --" in words(made, 40, 14)
    assert "-- more below --" not in words(made, 40, 14)
