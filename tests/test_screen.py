"""The application on a screen: real key bytes in, a drawn terminal out, in one process."""

import contextlib
import io
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pyte
import pytest
from build import alone, choice, group, is_, rule, ruleset, yes_no
from prompt_toolkit.application import Application, create_app_session
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.input.typeahead import get_typeahead
from prompt_toolkit.output import DummyOutput
from prompt_toolkit.output.vt100 import Vt100_Output
from term import BACKSPACE, CTRL_C, CTRL_D, DOWN, ENTER, ESCAPE, LEFT, TAB

from tpcheck.asking import Finished, Outcome, Stopped, screen
from tpcheck.asking.hand import Hand
from tpcheck.asking.view import Viewer
from tpcheck.engine import Engine
from tpcheck.model import NO, YES, Assessment, ItemType
from tpcheck.session import Session

ENGINE = Engine(
    ruleset(
        alone(choice("where", ["x", "y"], alone=["nowhere"], type=ItemType.MANY)),
        group("now", yes_no("a"), yes_no("b")),
        alone(choice("kind", ["p", "q"])),
        rules=[rule("r_a", call=is_("a", YES)), rule("r_b", call=is_("b", YES))],
    )
)


def card(assessment: Assessment) -> tuple[str, Sequence[str]]:
    return "Act now", ["You said: it hurts"]


class Drawn(io.StringIO):
    """A terminal that draws what is written, and notes each screen that it showed."""

    def __init__(self, columns: int, rows: int) -> None:
        super().__init__()
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.Stream(self.screen)
        self.raw = ""
        self.seen: list[str] = []

    def write(self, data: str) -> int:
        self.raw += data
        self._stream.feed(data)
        return len(data)

    def flush(self) -> None:
        self.seen.append(self.text())

    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip()


#: Something to type, or to do, once what came before has been drawn.
Part = str | Callable[[PipeInput], None]


def run(
    typed: Sequence[Part],
    *,
    columns: int = 80,
    rows: int = 24,
    colour: bool = True,
    drawn: Drawn | None = None,
) -> tuple[Outcome, Drawn]:
    """Ask with each part typed once what came before it has been drawn."""
    drawn = drawn or Drawn(columns, rows)
    output = Vt100_Output(
        drawn, lambda: Size(rows=rows, columns=columns), term="xterm", enable_bell=False
    )
    with create_pipe_input() as pipe, feeding(pipe, typed):
        hand = Hand(ENGINE, Session(started=True), Viewer(ENGINE.ruleset, card))
        outcome = screen.run(hand, colour=colour, input=pipe, output=output)
    return outcome, drawn


@contextlib.contextmanager
def feeding(pipe: PipeInput, typed: Sequence[Part]) -> Iterator[None]:
    """Do each part when the application has drawn and waits for the next."""
    parts = iter(typed)
    create = screen._create

    def creates(**options: object) -> Application[Any]:
        application = create(**options)

        def feed(_: object) -> None:
            assert application.loop is not None
            # On the next turn of the loop: what is sent while drawing is typed ahead.
            match next(parts, None):
                case None:
                    return
                case str(keys):
                    application.loop.call_soon(pipe.send_text, keys)
                case act:
                    application.loop.call_soon(act, pipe)

        application.after_render += feed
        return application

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(screen, "_create", creates)
        yield


QUIET = ["0", ENTER, "n", ENTER, "1", ENTER]


def test_a_whole_interview() -> None:
    outcome, _ = run([*QUIET, "y"])
    assert isinstance(outcome, Finished)
    assert outcome.answers == {
        "where": ("nowhere",),
        "a": (NO,),
        "b": (NO,),
        "kind": ("p",),
    }


def test_letters_arrows_tab_and_space() -> None:
    outcome, drawn = run([DOWN, " ", TAB, " ", ENTER, "N", ENTER, DOWN, DOWN, ENTER, "Y"])
    assert isinstance(outcome, Finished)
    assert outcome.answers["where"] == ("x", "y")
    assert outcome.answers["kind"] == ("q",)
    assert any("> 2  [ ] option y" in seen for seen in drawn.seen)


@pytest.mark.parametrize("key", ["p", LEFT, BACKSPACE, ESCAPE])
def test_previous(key: str) -> None:
    outcome, drawn = run(["1", ENTER, key, "2", CTRL_D, "y"])
    assert isinstance(outcome, Stopped)
    assert any("[x] option x\n> 2  [x] option y" in seen for seen in drawn.seen)


def test_keys_typed_ahead_never_answer_a_warning() -> None:
    # All in one go: the tick and Enter count; what follows was typed before the signs were shown.
    outcome, drawn = run([f"0{ENTER}n{ENTER}1{ENTER}y", CTRL_D, "y"])
    assert isinstance(outcome, Stopped)
    assert outcome.answers == {"where": ("nowhere",)}
    assert any("the sign a" in seen and "> N" not in seen for seen in drawn.seen)


def test_keys_typed_ahead_never_dismiss_a_card() -> None:
    outcome, drawn = run(["0", ENTER, "y", ENTER, f"y{ENTER}yyyy", CTRL_D, "y"])
    assert isinstance(outcome, Stopped)
    assert any("Act now" in seen for seen in drawn.seen)


def test_keys_typed_ahead_count_where_nothing_is_at_stake() -> None:
    outcome, _ = run(["0", ENTER, "n", f"{ENTER}2{ENTER}y"])
    assert isinstance(outcome, Finished)
    assert outcome.answers["kind"] == ("q",)


def test_a_paste_is_no_answer() -> None:
    outcome, drawn = run(["\x1b[200~1\n2\n\x1b[201~", CTRL_D, "y"])
    assert isinstance(outcome, Stopped)
    assert outcome.answers == {}
    assert any("[error.paste]" in seen for seen in drawn.seen)


def test_ctrl_c_stops_at_once() -> None:
    with pytest.raises(KeyboardInterrupt):
        run(["1", CTRL_C])


@pytest.mark.parametrize(
    "typed", [[], ["n", ENTER], [*QUIET], ["0", ENTER, "y", ENTER, "y", ENTER]]
)
def test_ctrl_c_stops_on_every_screen(typed: list[str]) -> None:
    with pytest.raises(KeyboardInterrupt):
        run([*typed, CTRL_C])


def test_the_end_of_input_is_a_stop() -> None:
    outcome, _ = run(["0", ENTER, close])
    assert isinstance(outcome, Stopped)
    assert outcome.answers == {"where": ("nowhere",)}


def close(pipe: PipeInput) -> None:
    pipe.close()


def terminate(_: PipeInput) -> None:
    signal.raise_signal(signal.SIGTERM)


def test_a_signal_handler_that_leaves_is_obeyed_and_the_terminal_restored() -> None:
    def leave(number: int, _: object) -> None:
        raise SystemExit(128 + number)

    drawn = Drawn(80, 24)
    before = signal.signal(signal.SIGTERM, leave)
    try:
        with pytest.raises(SystemExit) as error:
            run(["0", ENTER, terminate], drawn=drawn)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert error.value.code == 128 + signal.SIGTERM
    assert drawn.text() == ""
    for on, off in (("?1049h", "?1049l"), ("?25l", "?25h"), ("?2004h", "?2004l")):
        assert drawn.raw.rindex(f"\x1b[{off}") > drawn.raw.rindex(f"\x1b[{on}")


def test_answers_are_erased_at_the_end() -> None:
    _, drawn = run([*QUIET, "y"])
    assert drawn.text() == ""


def test_the_cursor_is_visible_on_the_line_that_is_pointed_at() -> None:
    cursors: list[tuple[bool, str]] = []

    def look(drawn: Drawn) -> None:
        row = drawn.screen.display[drawn.screen.cursor.y]
        cursors.append((drawn.screen.cursor.hidden, row))

    watch_flush(look, ["2", CTRL_D, "y"])
    assert any(not hidden and row.startswith("> 2") for hidden, row in cursors)


def watch_flush(look: Callable[[Drawn], None], typed: Sequence[str]) -> None:
    """Run, and look at the terminal each time that something was drawn."""
    flush = Drawn.flush

    def flushes(self: Drawn) -> None:
        flush(self)
        look(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Drawn, "flush", flushes)
        run(typed)


@pytest.mark.parametrize("columns", [40, 60, 80, 132])
def test_no_answer_is_cut_at_any_width(columns: int) -> None:
    _, drawn = run([CTRL_D, "y"], columns=columns)
    assert any("option nowhere" in seen for seen in drawn.seen)


@pytest.mark.parametrize("colour", [True, False])
def test_no_foreground_colour_stands_alone(colour: bool) -> None:
    typed = ["0", ENTER, "y", ENTER, "y", ENTER, "y"]
    _, drawn = run(typed, colour=colour)
    assert any("Act now" in seen for seen in drawn.seen)
    for code in re.findall(r"\x1b\[([0-9;]*)m", drawn.raw):
        parts = {int(part) for part in code.split(";") if part}
        foreground = parts & {*range(30, 39), *range(90, 98)}
        background = parts & {*range(40, 49), *range(100, 108)}
        assert not (foreground or background) or colour, code
        assert bool(foreground) <= bool(background), code


def test_nothing_of_the_platform_is_needed_at_import() -> None:
    code = (
        "import sys; sys.modules['termios'] = None\n"
        "import tpcheck.asking.typed, tpcheck.asking.plain, tpcheck.asking.hand\n"
        "assert 'prompt_toolkit' not in sys.modules and 'questionary' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_what_comes_with_a_key_is_no_answer_to_what_follows() -> None:
    with (
        create_pipe_input() as pipe,
        create_app_session(input=pipe, output=DummyOutput()),
        feeding(pipe, ["cnn"]),
    ):
        assert screen.ask_key("Next?", "ncq") == "c"
        assert get_typeahead(pipe) == []
