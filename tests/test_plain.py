"""Asking in plain lines: the same powers as on the screen, and nothing but lines."""

import itertools
from collections.abc import Callable, Iterable, Sequence

import pytest
from build import alone, choice, group, is_, rule, ruleset, scale, yes_no
from hypothesis import given, settings
from hypothesis import strategies as st

from tpcheck.asking import Finished, Outcome, Stopped, plain
from tpcheck.engine import Engine
from tpcheck.model import NO, NOT_SURE, YES, Assessment, ItemType
from tpcheck.session import Session

ENGINE = Engine(
    ruleset(
        group("now", yes_no("a"), yes_no("b", why="Because of b."), yes_no("c")),
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
        rules=[rule(f"r_{i}", call=is_(i, YES)) for i in "abc"],
    )
)


def card(assessment: Assessment) -> tuple[str, Sequence[str]]:
    return "Act now", ["You said: it hurts"]


class Talk:
    """Lines to type, and all that was written."""

    def __init__(self, typed: Iterable[str]) -> None:
        self._typed = iter(typed)
        self.lines: list[str] = []
        self.drained: list[str] = []

    def read(self, prompt: str) -> str:
        self.lines.append(prompt)
        try:
            return next(self._typed)
        except StopIteration:
            raise EOFError from None

    def write(self, line: str) -> None:
        self.lines.append(line)

    def drain(self) -> None:
        self.drained.append(self.lines[-1])

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def ask(self, session: Session | None = None, width: int = 72) -> Outcome:
        return plain.ask(
            ENGINE,
            session or Session(started=True),
            describe_card=card,
            read=self.read,
            write=self.write,
            drain=self.drain,
            width=width,
        )


def ask(*typed: str) -> tuple[Outcome, str]:
    talk = Talk(typed)
    return talk.ask(), talk.text


def test_a_whole_interview() -> None:
    outcome, text = ask("n", "1 2", "7", "y")
    assert isinstance(outcome, Finished)
    assert outcome.answers == {
        **dict.fromkeys("abc", (NO,)),
        "where": ("head", "neck"),
        "pain": ("7",),
    }
    assert "[plain.answer] option head; option neck" in text


def test_the_start_asks_for_whom() -> None:
    talk = Talk(["2", "n", "0", "3", "y"])
    outcome = talk.ask(Session())
    assert outcome.for_other
    assert "[ask.for_other]" in talk.text


@pytest.mark.parametrize("typed", ["Y", "yes, or i am not sure", "1", "u"])
def test_keys_or_words_answer(typed: str) -> None:
    assert "[plain.row] 1 3: the sign a" in ask(typed)[1]


def test_rows_are_asked_one_at_a_time_until_one_ends_the_questions() -> None:
    outcome, text = ask("y", "n", "yes", "y")
    assert isinstance(outcome, Finished)
    assert outcome.assessment.disposition == "call"
    assert "the sign b" in text
    assert "[plain.row] 3 3" not in text
    assert "Act now" in text


def test_previous_within_rows_and_before_them() -> None:
    _, text = ask("y", "n", "p", "", "p", "p", "p")
    assert text.count("[plain.row] 1 3") == 3
    assert "[plain.last] No" in text
    assert text.count("the group now") == 3  # the group, its rows, the group again


def test_not_sure_is_asked_once_more() -> None:
    outcome, text = ask("y", "u", "n", "n", "u", "0", "0", "y")
    assert isinstance(outcome, Finished)
    assert outcome.answers["a"] == (NOT_SURE,)
    assert text.count("a in other words") == 1


def test_an_earlier_answer_is_read_out_and_kept_with_enter() -> None:
    outcome, text = ask("n", "1", "p", "", "", "0", "y")
    assert isinstance(outcome, Finished)
    assert outcome.answers["where"] == ("head",)
    assert "[plain.last] option head" in text


def test_an_empty_line_is_no_answer() -> None:
    outcome, text = ask("", "n", "")
    assert isinstance(outcome, Stopped)
    assert "[error.nothing] Y, N" in text
    assert "[error.nothing_many] 0 option nowhere" in text
    assert set(outcome.answers) == set("abc")


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ("x", "[error.not_a_choice] x 1, 2, 3, 0"),
        ("1 x", "[error.not_a_choice] x 1, 2, 3, 0"),
        ("1 0", "[error.alone] option nowhere"),
        ("1 2 3", "[error.at_most] 2"),
        ("\x1b[31mred\x07", "[error.not_a_choice] [31mred 1, 2, 3, 0"),
    ],
)
def test_what_was_not_understood_is_said(typed: str, error: str) -> None:
    outcome, text = ask("n", typed)
    assert error in text
    assert "where" not in outcome.answers


def test_ticks_may_be_written_in_many_ways() -> None:
    outcome, _ = ask("n", " 2,1; 2. ", "u", "y")
    assert outcome.answers["where"] == ("head", "neck")
    assert outcome.answers["pain"] == (NOT_SURE,)


def test_why() -> None:
    assert "[ask.why]: [ask.no_why]" in ask("?")[1]


def test_the_map_is_said_in_words() -> None:
    text = ask("n", "m")[1]
    assert text.endswith("1: option head\n2: option neck\n3: option arm\n[keys.many_typed] ")
    assert "FRONT" not in text


def test_review_is_refused_before_the_end_and_changes_answers_at_it() -> None:
    assert "[error.not_yet]" in ask("n", "r")[1]
    outcome, text = ask("n", "0", "7", "9", "3", "2", "y")
    assert isinstance(outcome, Finished)
    assert outcome.answers["pain"] == ("2",)
    assert "[error.no_entry] 3" in text


def test_stop_is_confirmed() -> None:
    outcome, text = ask("n", "q", "p", "q", "what", "y", "0")
    assert isinstance(outcome, Stopped)
    assert set(outcome.answers) == set("abc")
    assert text.count("Stop now?") == 2


def test_the_end_of_input_is_a_stop() -> None:
    outcome, _ = ask("n")
    assert outcome == Stopped(dict.fromkeys("abc", (NO,)))


def test_it_gives_up_after_many_lines_of_no_use() -> None:
    talk = Talk(itertools.repeat("x"))
    assert isinstance(talk.ask(), Stopped)
    assert "[plain.too_often]" in talk.text
    # A line that is of use starts the count again.
    patient = Talk(
        ["n", *["x"] * (plain.PATIENCE - 1), "1", *["x"] * (plain.PATIENCE - 1), "3", "y"]
    )
    assert isinstance(patient.ask(), Finished)


def test_what_is_typed_ahead_is_dropped_before_each_warning() -> None:
    talk = Talk(["y", "n", "y", "y"])
    talk.ask()
    # The group, its rows, and the card; each after it has been read out.
    assert len(talk.drained) == 3


def test_typed_ahead_lines_are_dropped_before_the_last_words_are_read() -> None:
    seen: list[str] = []
    talk = Talk(["n"])
    read: Callable[[str], str] = talk.read

    def reading(prompt: str) -> str:
        seen.append("read")
        return read(prompt)

    talk.read = reading  # type: ignore[method-assign]
    talk.drain = lambda: seen.append("drain")  # type: ignore[method-assign]
    talk.ask()
    assert seen[:2] == ["drain", "read"]


LINES = ["y", "n", "u", "0", "1", "2 3", "1 0", "p", "r", "?", "q", "", "x", "\x1b[A", "\x00", "²"]


@settings(max_examples=150)
@given(st.lists(st.sampled_from(LINES), max_size=40), st.integers(20, 80))
def test_no_control_character_is_ever_written(typed: list[str], width: int) -> None:
    talk = Talk(typed)
    talk.ask(Session(), width=width)
    written = "".join(talk.lines)
    assert all(char.isprintable() for char in written)
