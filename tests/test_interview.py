"""The interview as a replay: which screen comes, what a reply does, and that nothing is lost."""

from dataclasses import replace

import pytest
from build import alone, choice, group, is_, rule, ruleset, yes_no
from hypothesis import given, settings
from hypothesis import strategies as st

from tpcheck import interview
from tpcheck.engine import Engine
from tpcheck.model import NO, NOT_SURE, YES, ItemType, Section
from tpcheck.session import (
    NONE_OF_THESE,
    OTHER,
    SOME_OF_THESE,
    START,
    Ask,
    Card,
    Done,
    Group,
    Marks,
    Place,
    Review,
    Rows,
    Session,
    Shown,
    Start,
)

SOME: Marks = {"now": (SOME_OF_THESE,)}
NONE: Marks = {"now": (NONE_OF_THESE,)}
BEGUN = Session(started=True)


def engine() -> Engine:
    """Emergencies; a place that opens an "each" group; a sign of its own; a private question."""
    return Engine(
        ruleset(
            Section("first", "Emergencies", (group("now", yes_no("a"), yes_no("b"), yes_no("c")),)),
            Section(
                "place",
                "Where",
                (
                    alone(choice("where", ["x", "y"], alone=["nowhere"], type=ItemType.MANY)),
                    group(
                        "legs",
                        yes_no("d"),
                        yes_no("e", floor="today"),
                        each=True,
                        ask_when=is_("where", "y"),
                    ),
                ),
            ),
            Section(
                "rest",
                "The rest",
                (
                    alone(yes_no("f", floor="today")),
                    alone(choice("mood", ["good", "bad"], private=True)),
                ),
            ),
            rules=[
                *(rule(f"r_{item}", call=is_(item, YES)) for item in "abcd"),
                rule("r_f", today=is_("f", YES)),
            ],
        )
    )


ENGINE = engine()


def say(session: Session, *replies: Marks) -> Session:
    """Give replies one after the other."""
    for marks in replies:
        session = interview.reply(ENGINE, session, marks)
    return session


def shown(session: Session) -> Shown:
    return interview.screen(ENGINE, session)


def at(session: Session) -> str:
    """The step that is shown."""
    screen = shown(session)
    assert not isinstance(screen, Done)
    return screen.step_id


def marked(session: Session) -> Marks:
    screen = shown(session)
    assert isinstance(screen, Ask | Group | Rows | Start)
    return screen.marked


#: Every question answered with nothing unusual.
QUIET = say(BEGUN, NONE, {"where": ("nowhere",)}, {"f": (NO,)}, {"mood": ("good",)})


def test_starts_by_asking_for_whom() -> None:
    assert isinstance(shown(Session()), Start)
    session = say(Session(), {START: (OTHER,)})
    assert session.for_other
    assert at(session) == "now"


def test_a_start_needs_an_answer() -> None:
    with pytest.raises(ValueError, match="it takes"):
        say(Session(), {})


def test_none_of_these_answers_no_to_each_sign() -> None:
    session = say(BEGUN, NONE)
    assert session.answers == {"a": (NO,), "b": (NO,), "c": (NO,)}
    assert at(session) == "where"


def test_some_of_these_opens_a_row_for_each_sign() -> None:
    screen = shown(say(BEGUN, SOME))
    assert isinstance(screen, Rows)
    assert [item.link_id for item in screen.items] == ["a", "b", "c"]
    assert screen.marked == {}


def test_each_goes_straight_to_the_rows() -> None:
    session = say(BEGUN, NONE, {"where": ("y",)})
    screen = shown(session)
    assert isinstance(screen, Rows)
    assert screen.step_id == "legs"


def test_rows_need_every_answer_unless_one_ends_the_questions() -> None:
    session = say(BEGUN, SOME)
    assert not interview.accepts(ENGINE, session, {"a": (NO,)})
    assert not interview.accepts(ENGINE, session, {"b": (NOT_SURE,)})
    assert interview.accepts(ENGINE, session, {"b": (YES,)})
    with pytest.raises(ValueError, match="a row has no answer"):
        say(session, {"a": (NO,)})
    assert isinstance(shown(say(session, {"b": (YES,)})), Card)


@pytest.mark.parametrize(
    "marks",
    [
        {},  # nothing chosen
        {"where": ()},  # an empty answer
        {"where": ("z",)},  # no such option
        {"where": ("x", "nowhere")},  # "nowhere" stands alone
        {"a": (NO,)},  # not asked here
    ],
)
def test_a_reply_that_is_no_answer_is_refused(marks: Marks) -> None:
    session = say(BEGUN, NONE)
    assert not interview.accepts(ENGINE, session, marks)
    with pytest.raises(ValueError, match="where"):
        say(session, marks)


# --- asked once more --------------------------------------------------------------------------


def test_not_sure_of_an_emergency_is_asked_once_more() -> None:
    session = say(BEGUN, SOME, {"a": (NOT_SURE,), "b": (NO,), "c": (NO,)})
    screen = shown(session)
    assert isinstance(screen, Ask)
    assert screen.again
    assert screen.item.link_id == "a"
    assert screen.marked == {}  # the first not sure is not marked for them
    session = say(session, {"a": (NOT_SURE,)})
    assert session.answers["a"] == (NOT_SURE,)
    assert at(session) == "where"  # and not a third time


def test_several_not_sures_of_a_group_are_asked_together() -> None:
    screen = shown(say(BEGUN, SOME, {"a": (NOT_SURE,), "b": (NO,), "c": (NOT_SURE,)}))
    assert isinstance(screen, Rows)
    assert screen.again
    assert [item.link_id for item in screen.items] == ["a", "c"]


def test_the_second_answer_replaces_the_first() -> None:
    session = say(BEGUN, SOME, {"a": (NOT_SURE,), "b": (NO,), "c": (NO,)}, {"a": (YES,)})
    assert isinstance(shown(session), Card)


def test_not_sure_of_less_than_an_emergency_is_not_asked_again() -> None:
    session = say(BEGUN, NONE, {"where": ("x",)}, {"f": (NOT_SURE,)})
    assert at(session) == "mood"


def test_a_changed_answer_that_is_not_sure_again_is_asked_again() -> None:
    rows = {"a": (NOT_SURE,), "b": (NO,), "c": (NO,)}
    session = say(BEGUN, SOME, rows, {"a": (NO,)})
    session = interview.previous(ENGINE, interview.previous(ENGINE, session))
    assert at(session) == "now:rows"
    assert marked(session)["a"] == (NO,)
    assert at(say(session, rows)) == "now:again"


# --- the card ---------------------------------------------------------------------------------


def test_previous_on_the_card_leads_to_the_answer_that_caused_it() -> None:
    card = say(BEGUN, SOME, {"a": (NO,), "b": (YES,), "c": (NO,)})
    screen = shown(card)
    assert isinstance(screen, Card)
    assert screen.assessment.disposition == "call"
    session = interview.previous(ENGINE, card)
    assert at(session) == "now:rows"
    assert marked(session)["b"] == (YES,)
    session = say(session, {"a": (NO,), "b": (NO,), "c": (NO,)})
    assert at(session) == "where"


def test_reading_the_card_finishes() -> None:
    done = shown(say(BEGUN, SOME, {"b": (YES,)}, {}))
    assert isinstance(done, Done)
    assert done.assessment.disposition == "call"
    assert done.answers == {"b": (YES,)}


def test_a_card_that_is_taken_back_returns_to_the_review() -> None:
    session = interview.change(QUIET, "now")
    session = say(session, SOME, {"a": (YES,)})
    assert isinstance(shown(session), Card)
    session = interview.previous(ENGINE, session)
    session = say(session, {"a": (NO,), "b": (NO,), "c": (NO,)})
    assert isinstance(shown(session), Review)


# --- previous ---------------------------------------------------------------------------------


def test_previous_keeps_answers_and_drafts() -> None:
    session = say(BEGUN, NONE)
    session = interview.previous(ENGINE, session, {"where": ("x",)})
    assert at(session) == "now"
    assert marked(session) == NONE
    session = say(session, NONE)
    assert at(session) == "where"
    assert marked(session) == {"where": ("x",)}  # half-made marks survive
    assert "where" not in session.answers


def test_previous_from_the_first_question_is_the_start_which_keeps_its_answer() -> None:
    session = interview.previous(ENGINE, say(Session(), {START: (OTHER,)}))
    assert shown(session) == Start(marked={START: (OTHER,)})
    assert interview.previous(ENGINE, session) == session


def test_after_previous_each_screen_is_shown_again_in_order() -> None:
    session = QUIET
    for step in ("mood", "f", "where", "now"):
        session = interview.previous(ENGINE, session)
        assert at(session) == step
    session = say(session, NONE)
    assert at(session) == "where"
    assert marked(session) == {"where": ("nowhere",)}


def test_an_answer_off_the_path_is_remembered_and_not_reported() -> None:
    rows = {"d": (NO,), "e": (YES,)}
    session = say(BEGUN, NONE, {"where": ("y",)}, rows)
    session = interview.previous(ENGINE, interview.previous(ENGINE, session))
    session = say(session, {"where": ("x",)}, {"f": (NO,)}, {"mood": ("bad",)}, {})
    done = shown(session)
    assert isinstance(done, Done)
    assert "e" not in done.answers
    session = interview.change(replace(session, finished=False), "where")
    session = say(session, {"where": ("y",)})
    assert isinstance(shown(session), Review)  # nothing is asked that was answered before
    assert session.answers["e"] == (YES,)


def test_none_of_these_is_taken_back_by_some() -> None:
    session = interview.previous(ENGINE, say(BEGUN, NONE))
    session = say(session, SOME)
    assert at(session) == "now:rows"
    assert marked(session) == {}
    assert at(interview.review(ENGINE, session)) == "now:rows"


def test_answers_from_elsewhere_open_their_group() -> None:
    answers = {"a": (NO,), "b": (NOT_SURE,), "c": (NO,)}
    session = Session(answers=answers, started=True, at="now")
    assert marked(session) == SOME
    assert at(say(session, SOME)) == "now:rows"


# --- review -----------------------------------------------------------------------------------


def test_review_lists_the_path_without_private_answers() -> None:
    review = shown(QUIET)
    assert isinstance(review, Review)
    assert [(entry.step_id, entry.whole) for entry in review.entries] == [
        ("now", True),
        ("where", False),
        ("f", False),
    ]


def test_an_opened_group_is_listed_once_with_its_rows() -> None:
    rows = {"a": (NOT_SURE,), "b": (NO,), "c": (NO,)}
    session = say(BEGUN, SOME, rows, {"a": (NO,)}, {"where": ("x",)}, {"f": (NO,)})
    review = shown(say(session, {"mood": ("bad",)}))
    assert isinstance(review, Review)
    assert [entry.step_id for entry in review.entries] == ["now:rows", "where", "f"]
    assert review.entries[0].answers == {"a": (NO,), "b": (NO,), "c": (NO,)}


def test_a_changed_answer_asks_what_is_new_and_returns() -> None:
    session = interview.change(QUIET, "where")
    assert marked(session) == {"where": ("nowhere",)}
    session = say(session, {"where": ("y",)})
    assert at(session) == "legs"
    session = say(session, {"d": (NO,), "e": (NO,)})
    assert isinstance(shown(session), Review)


def test_previous_from_an_answer_to_change_is_the_review() -> None:
    session = interview.previous(ENGINE, interview.change(QUIET, "where"), {"where": ("y",)})
    assert isinstance(shown(session), Review)
    assert session.answers["where"] == ("nowhere",)


def test_previous_from_the_review_is_the_last_question_and_goes_on_back() -> None:
    session = interview.change(QUIET, "mood")
    session = interview.previous(ENGINE, interview.previous(ENGINE, session))
    assert at(session) == "mood"
    assert at(interview.previous(ENGINE, session)) == "f"


def test_change_shows_the_answer_and_not_an_old_draft() -> None:
    session = interview.previous(ENGINE, say(BEGUN, NONE), {"where": ("x",)})
    session = say(session, NONE, {"where": ("nowhere",)})
    session = interview.previous(ENGINE, session, {"f": (YES,)})
    session = say(session, {"where": ("nowhere",)}, {"f": (NO,)}, {"mood": ("bad",)})
    assert marked(interview.change(session, "f")) == {"f": (NO,)}


def test_review_before_the_end_goes_to_the_first_open_question() -> None:
    session = interview.previous(ENGINE, say(BEGUN, NONE))
    assert at(interview.review(ENGINE, session)) == "where"
    assert interview.review(ENGINE, Session()) == Session()


def test_confirming_the_review_is_the_end() -> None:
    done = shown(say(QUIET, {}))
    assert isinstance(done, Done)
    assert done.assessment.complete
    assert done.assessment.disposition == "clinic"


# --- progress ---------------------------------------------------------------------------------


def test_progress_counts_parts_of_the_rule_set_and_questions_so_far() -> None:
    session = say(BEGUN, NONE)
    screen = shown(session)
    assert isinstance(screen, Ask)
    assert screen.place == Place(part=2, parts=3, title="Where", number=2)


def test_sections_under_one_title_are_one_part() -> None:
    titles = ["First", "Then", "Then", "First"]
    screens = [alone(choice(f"q{n}", ["x"])) for n in range(4)]
    sections = [Section(f"s{n}", title, (screens[n],)) for n, title in enumerate(titles)]
    engine = Engine(ruleset(*sections))
    session, parts = BEGUN, []
    for n in range(4):
        screen = interview.screen(engine, session)
        assert isinstance(screen, Ask)
        parts.append((screen.place.part, screen.place.parts, screen.place.title))
        session = interview.reply(engine, session, {f"q{n}": ("x",)})
    assert parts == [(1, 3, "First"), (2, 3, "Then"), (2, 3, "Then"), (3, 3, "First")]


# --- whatever is done -------------------------------------------------------------------------


def _some_reply(screen: Shown, pick: int) -> Marks:
    match screen:
        case Start():
            return {START: (OTHER,)}
        case Group(screen=asked):
            return {asked.screen_id: ((NONE_OF_THESE, SOME_OF_THESE)[pick % 2],)}
        case Ask(item=item):
            return {item.link_id: (item.codes[pick % len(item.codes)],)}
        case Rows(items=items):
            return {item.link_id: (item.codes[(pick + n) % 3],) for n, item in enumerate(items)}
        case _:
            return {}


@settings(max_examples=150)
@given(st.lists(st.tuples(st.sampled_from("aaaaprc"), st.integers(0, 5)), max_size=40))
def test_whatever_is_done_the_screen_fits_the_answers(moves: list[tuple[str, int]]) -> None:
    session = Session()
    for move, pick in moves:
        screen = shown(session)
        if isinstance(screen, Done):
            assert not ENGINE.path(session.answers).missing or screen.assessment.disposition
            return
        if isinstance(screen, Review):
            assert not ENGINE.path(session.answers).missing
        before = session.answers
        if move == "p":
            session = interview.previous(ENGINE, session, getattr(screen, "marked", {}))
            assert session.answers == before
        elif move == "r":
            session = interview.review(ENGINE, session, getattr(screen, "marked", {}))
            assert session.answers == before
        elif move == "c" and isinstance(screen, Review):
            session = interview.change(session, screen.entries[pick % len(screen.entries)].step_id)
        else:
            session = say(session, _some_reply(screen, pick))
