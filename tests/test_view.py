"""What screens say: the words, the keys, and both voices."""

from collections.abc import Sequence

import pytest
from build import alone, choice, group, is_, rule, ruleset, scale, yes_no

from tpcheck import interview
from tpcheck.asking.options import options_of
from tpcheck.asking.view import Kind, View, Viewer, Voice
from tpcheck.engine import Engine
from tpcheck.model import NO, NOT_SURE, YES, Assessment, ItemType, RuleSet
from tpcheck.session import OTHER, START, Done, Marks, Session


def card(assessment: Assessment) -> tuple[str, Sequence[str]]:
    return f"Heading {assessment.disposition}", ["You said: it hurts", "Do this now."]


def rules() -> RuleSet:
    return ruleset(
        group("now", yes_no("a", why="Because of a.", say="Say a", short="short a"), yes_no("b")),
        alone(
            choice(
                "where",
                ["head", "neck", "elsewhere"],
                alone=["nowhere"],
                type=ItemType.MANY,
                at_most=2,
                hint="A hint.",
                body_map=True,
            )
        ),
        alone(yes_no("fact", ItemType.FACT, why="Because.", if_asked="Put so.")),
        rules=[rule("r_a", call=is_("a", YES))],
    )


ENGINE = Engine(rules())


def view(*replies: Marks, voice: Voice = Voice.PATIENT, for_other: bool = False) -> View:
    """The view after `replies`."""
    session = Session(started=True, for_other=for_other)
    for marks in replies:
        session = interview.reply(ENGINE, session, marks)
    viewer = Viewer(ENGINE.ruleset, card, voice)
    return viewer.view(interview.screen(ENGINE, session), for_other=for_other)


NONE: Marks = {"now": ("none",)}
SOME: Marks = {"now": ("some",)}


def test_the_start_says_what_it_is_and_asks_for_whom() -> None:
    start = Viewer(ENGINE.ruleset, card).view(interview.screen(ENGINE, Session()))
    assert start.alert == ENGINE.ruleset.texts["start.emergency"]
    assert [(o.key, o.text) for o in start.options] == [
        ("1", "For myself"),
        ("2", "For someone else"),
    ]
    assert start.name == START
    assert list(start.commands) == ["quit"]


def test_a_group_lists_its_signs_and_is_answered_as_a_whole() -> None:
    now = view()
    assert now.signs == ("the sign a", "the sign b")
    assert [(o.keys, o.text) for o in now.options] == [
        (("y", "1", "u"), "Yes, or I am not sure"),
        (("n", "2", "0"), "No, none of these"),
    ]
    assert now.is_warning


def test_rows_have_a_line_for_each_sign() -> None:
    rows = view(SOME)
    assert rows.kind is Kind.ROWS
    assert [(row.name, row.text) for row in rows.rows] == [("a", "the sign a"), ("b", "the sign b")]
    assert rows.tags == {YES: "Yes", NO: "No", NOT_SURE: "Not sure", "": "?"}
    assert [o.key for o in rows.options] == ["Y", "N", "U"]


def test_what_is_asked_again_is_reworded_and_says_so() -> None:
    again = view(SOME, {"a": (NOT_SURE,), "b": (NO,)})
    assert again.heading == "a in other words"
    assert again.lines == (ENGINE.ruleset.texts["ask.again"],)
    # A hint is for all lines of the group, and there is one here.
    assert again.hint == ""
    both = view(SOME, {"a": (NOT_SURE,), "b": (NOT_SURE,)})
    assert [row.text for row in both.rows] == ["a in other words", "b in other words"]


def test_progress_names_the_part_and_never_a_total_of_questions() -> None:
    assert view(NONE).progress == ("[ask.part] 2 3 About where", "[ask.number] 2")


def test_many_says_how_many_may_be_chosen() -> None:
    where = view(NONE)
    assert where.kind is Kind.TICK
    assert where.hint == "A hint. [ask.at_most] 2"
    assert [(o.key, o.exclusive) for o in where.options] == [
        ("1", False),
        ("2", False),
        ("3", False),
        ("0", True),
    ]


def test_the_map_is_offered_for_the_places_that_it_knows() -> None:
    where = view(NONE)
    assert where.map_keys == {"head": "1", "neck": "2"}
    assert "body" in where.commands
    assert "body" not in view().commands


def test_the_reminder_stands_where_someone_else_answers() -> None:
    assert view(for_other=True).reminder == ENGINE.ruleset.texts["ask.for_other"]
    assert not view().reminder


def test_the_card_has_the_words_it_is_given() -> None:
    read = view(SOME, {"a": (YES,)})
    assert (read.kind, read.heading) == (Kind.READ, "Heading call")
    assert read.lines == ("You said: it hurts", "Do this now.")
    assert read.is_warning


def test_the_review_is_numbered() -> None:
    review = view(NONE, {"where": ("head", "neck")}, {"fact": (NO,)})
    assert [(row.key, row.text, row.details) for row in review.rows] == [
        ("1", "the group now", ("[review.whole]",)),
        ("2", "the question where", ("option head; option neck",)),
        ("3", "the sign fact", ("No",)),
    ]


def test_the_review_of_rows_names_each_sign() -> None:
    rows: Marks = {"a": (NO,), "b": (NO,)}
    review = view(SOME, rows, {"where": ("nowhere",)}, {"fact": (NO,)})
    assert review.rows[0].details == ("short a: No", "the sign b: No")


def test_why_falls_back_to_a_common_reason() -> None:
    assert view().why == "[ask.no_why]"
    assert view(NONE, {"where": ("head",)}).why == "Because."


def test_staff_read_out_their_own_words() -> None:
    staff = view(NONE, {"where": ("head",)}, voice=Voice.STAFF)
    assert staff.heading == "[staff.say] the sign fact"
    assert (staff.asked, staff.why) == ("[staff.if_asked] Put so.", "Because.")
    assert view(voice=Voice.STAFF).signs[0] == "Say a"


def test_the_end_is_no_screen() -> None:
    done = Done(ENGINE.assess({}), {})
    with pytest.raises(TypeError):
        Viewer(ENGINE.ruleset, card).view(done)


def test_answering_for_someone_else_is_the_second_choice() -> None:
    session = interview.reply(ENGINE, Session(), {START: (OTHER,)})
    assert session.for_other


# --- keys -------------------------------------------------------------------------------------

NINE = [f"o{n}" for n in range(9)]


@pytest.mark.parametrize(
    ("item", "keys"),
    [
        # up to nine: their numbers
        (choice("q", ["a", "b"]), "1 2"),
        # ten: the tenth is 0
        (choice("q", [*NINE, "o9"]), "1 2 3 4 5 6 7 8 9 0"),
        # nine and one that stands alone
        (choice("q", NINE, alone=["none"], type=ItemType.MANY), "1 2 3 4 5 6 7 8 9 0"),
        # two that stand alone: the last has 0
        (choice("q", ["a"], alone=["not_sure", "none"], type=ItemType.MANY), "1 2 0"),
        # nine and two that stand alone: no digit is left for not sure
        (
            choice("q", NINE, alone=["not_sure", "none"], type=ItemType.MANY),
            "1 2 3 4 5 6 7 8 9 U 0",
        ),
        # more than there are digits
        (choice("q", [*NINE, "o9", "o10", "o11"]), "1 2 3 4 5 6 7 8 9 0 A B"),
        # a scale: the number itself
        (scale("q"), "0 1 2 3 4 5 6 7 8 9 10 U"),
        (yes_no("q"), "Y N U"),
    ],
)
def test_keys_of_options(item: object, keys: str) -> None:
    assert " ".join(option.key for option in options_of(item)) == keys  # type: ignore[arg-type]


def test_no_two_options_share_a_key_and_none_is_a_command() -> None:
    item = choice("q", [f"o{n}" for n in range(20)], alone=["not_sure"], type=ItemType.MANY)
    keys = [key for option in options_of(item) for key in option.keys]
    assert len(keys) == len(set(keys))
    assert not set(keys) & set("prhmqyn?")


def test_not_sure_can_be_chosen_with_u_on_every_list() -> None:
    options = options_of(choice("q", ["a", "not_sure"]))
    assert options[1].keys == ("2", "u")


@pytest.mark.parametrize(
    ("text", "label"),
    [("0 (no pain)", "no pain"), ("0", ""), ("0 pills", "0 pills"), ("none", "none")],
)
def test_a_number_is_not_said_twice(text: str, label: str) -> None:
    from tpcheck.model import AnswerOption, Item

    item = Item("q", ItemType.SCALE, "q", (AnswerOption("0", text),), ("0",))
    assert options_of(item)[0].label == label
