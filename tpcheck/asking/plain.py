"""Ask in plain lines: for screen readers, simple terminals and tiny windows.

Lines are only ever added: nothing is drawn, moved, coloured or redrawn, and everything that can be
done on the screen can be done here.
"""

import re
import sys
import textwrap
from collections.abc import Callable
from enum import StrEnum

from tpcheck import interview
from tpcheck.asking import BrokenOff, DescribeCard, Finished, Outcome, Stopped
from tpcheck.asking.options import Option
from tpcheck.asking.typed import drop_typed
from tpcheck.asking.view import Kind, Row, View, Viewer
from tpcheck.engine import Engine
from tpcheck.model import Answer
from tpcheck.render import bodymap
from tpcheck.session import Ask, Done, Group, Marks, Rows, Session
from tpcheck.wording import fill

#: How many lines in a row may be of no use before it stops: a person has long given up.
PATIENCE = 50

_LONGEST_ECHO = 20
# Columns that are kept free for what is typed.
_ROOM = 8


class _Go(StrEnum):
    """Where to go instead of answering."""

    PREVIOUS = "previous"
    CHECK = "check"


_COMMANDS = {
    "p": "previous",
    "previous": "previous",
    "r": "check",
    "?": "why",
    "h": "why",
    "why": "why",
    "m": "body",
    "q": "quit",
    "stop": "quit",
}


class _StopError(Exception):
    """The person stops, the input ends, or nothing that is typed is of use."""


def ask(
    engine: Engine,
    session: Session,
    *,
    describe_card: DescribeCard,
    read: Callable[[str], str] = input,
    write: Callable[[str], object] = print,
    drain: Callable[[], None] | None = None,
    broken_off: BrokenOff | None = None,
    width: int = 72,
) -> Outcome:
    """Ask until the person is finished, stops, or the input ends.

    `read` shows its argument and returns the line that is typed; it raises EOFError at the end of
    the input. `drain` drops what was typed before a warning; by default the terminal's.
    `broken_off` is told what had been answered before KeyboardInterrupt or SystemExit goes on.
    """
    viewer = Viewer(engine.ruleset, describe_card)
    lines = _Lines(engine, session, viewer, read, write, drain or drop_waiting, width)
    try:
        return lines.run()
    except (KeyboardInterrupt, SystemExit):
        if broken_off:
            broken_off(lines.stopped())
        raise


def drop_waiting() -> None:
    """Drop what was typed at the terminal and not read yet."""
    if sys.stdin is not None and sys.stdin.isatty():
        drop_typed(sys.stdin.fileno())


class _Lines:
    """One interview, line by line."""

    def __init__(
        self,
        engine: Engine,
        session: Session,
        viewer: Viewer,
        read: Callable[[str], str],
        write: Callable[[str], object],
        drain: Callable[[], None],
        width: int,
    ) -> None:
        self._engine = engine
        self._session = session
        self._viewer = viewer
        self._read = read
        self._write = write
        self._drain = drain
        self._width = width
        self._bad = 0
        self._marks: Marks = {}

    def stopped(self) -> Stopped:
        """The outcome if the person stops now."""
        answers = interview.given(self._engine, self._session, self._marks)
        return Stopped(answers, self._session.for_other)

    def run(self) -> Outcome:
        """Screen after screen."""
        try:
            while True:
                shown = interview.screen(self._engine, self._session)
                if isinstance(shown, Done):
                    return Finished(shown.assessment, shown.answers, shown.for_other)
                view = self._viewer.view(shown, for_other=self._session.for_other)
                self._say_view(view)
                if view.is_warning:
                    self._drain()
                self._answer(view)
        except (_StopError, EOFError):
            return self.stopped()

    # --- reading out --------------------------------------------------------------------------

    def _say(self, text: str, first: str = "") -> None:
        lines = textwrap.wrap(
            text,
            self._width,
            initial_indent=first,
            subsequent_indent=" " * len(first),
            break_on_hyphens=False,
        )
        for line in lines:
            self._write(line)

    def _say_view(self, view: View) -> None:
        self._write("")
        self._say(". ".join(view.progress))
        for text in (view.reminder, view.heading, view.alert, view.hint, *view.lines):
            bullet = "- " if text.startswith("- ") else ""
            self._say(text.removeprefix(bullet), bullet)
        for sign in view.signs:
            self._say(sign, "- ")
        self._say(view.prompt)
        if view.kind is Kind.REVIEW:
            for row in view.rows:
                self._say(f"{row.key}. {row.text}")
                for detail in row.details:
                    self._say(detail, "   ")
        for option in view.options:
            if option is view.exclusive:
                self._say(self._viewer.texts["ask.or"])
            if option.label:
                self._say(f"{option.key}. {option.label}")
        self._say(". ".join(text for name, text in view.commands.items() if name != "body"))

    def _error(self, name: str, /, **values: str | int) -> None:
        self._bad += 1
        if self._bad >= PATIENCE:
            self._say(self._viewer.texts["plain.too_often"])
            raise _StopError
        self._say(self._viewer.error(name, **values))

    # --- one line -----------------------------------------------------------------------------

    def _typed(self, view: View) -> str:
        """The line that is typed at the prompt of `view`."""
        *above, last = textwrap.wrap(view.how_typed, max(self._width - _ROOM, 1)) or [""]
        for line in above:
            self._write(line)
        return self._read(f"{last} ").strip().casefold()

    def _line(self, view: View) -> str | _Go:
        """What is typed, unless it is a command that stays on this screen."""
        while True:
            typed = self._typed(view)
            command = _COMMANDS.get(typed, "")
            if command not in view.commands:
                return typed
            match command:
                case "why":
                    self._say(view.asked)
                    self._say(f"{self._viewer.texts['ask.why']}: {view.why}")
                case "body":
                    names = {option.code: option.text for option in view.options}
                    for line in bodymap.in_words(view.map_keys, names):
                        self._say(line)
                case "quit":
                    self._confirm_stop()
                    self._say_view(view)
                case _:
                    return _Go(command)

    def _confirm_stop(self) -> None:
        view = self._viewer.stop()
        self._say_view(view)
        while True:
            option = self._find(view, self._typed(view))
            if option is None:
                continue
            if option is view.options[0]:
                raise _StopError
            return

    def _find(self, view: View, typed: str) -> Option | None:
        """The option with this key or these words; says so where there is none."""
        for option in view.options:
            if typed and (typed in option.keys or typed == option.text.casefold()):
                self._bad = 0
                return option
        keys = ", ".join(option.key for option in view.options)
        if typed:
            self._error("not_a_choice", key=_echo(typed), keys=keys)
        else:
            self._error("nothing", keys=keys)
        return None

    # --- one screen ---------------------------------------------------------------------------

    def _answer(self, view: View) -> None:
        self._marks = {}
        match view.kind:
            case Kind.ROWS:
                result = self._answer_rows(view)
            case Kind.REVIEW:
                result = self._answer_review(view)
            case _:
                result = self._answer_one(view)
        if isinstance(result, _Go):
            self._go(result, view.marked)

    def _go(self, to: _Go, draft: Marks) -> None:
        if to is _Go.PREVIOUS:
            self._session = interview.previous(self._engine, self._session, draft)
            return
        self._session = interview.review(self._engine, self._session, draft)
        if isinstance(
            interview.screen(self._engine, self._session),
            Ask | Group | Rows,
        ):
            self._say(self._viewer.error("not_yet"))

    def _reply(self, marks: Marks) -> None:
        self._session = interview.reply(self._engine, self._session, marks)

    def _echo(self, options: list[Option]) -> None:
        answer = "; ".join(option.text for option in options)
        self._say(fill(self._viewer.texts["plain.answer"], answer=answer))

    def _last(self, view: View, answer: Answer) -> None:
        words = "; ".join(option.text for option in view.options if option.code in answer)
        self._say(fill(self._viewer.texts["plain.last"], answer=words))

    def _answer_one(self, view: View) -> _Go | None:
        before = view.marked.get(view.name, ())
        if before:
            self._last(view, before)
        while True:
            typed = self._line(view)
            if isinstance(typed, _Go):
                return typed
            if not typed and before:
                self._reply(view.marked)
                return None
            chosen = self._tick(view, typed) if view.kind is Kind.TICK else self._one(view, typed)
            if chosen:
                self._echo(chosen)
                codes = [option.code for option in chosen]
                self._reply({view.name: tuple(codes)} if view.name else {})
                return None

    def _one(self, view: View, typed: str) -> list[Option]:
        option = self._find(view, typed)
        return [option] if option else []

    def _tick(self, view: View, typed: str) -> list[Option]:
        """The options that a line names, in their order; none where the line will not do."""
        keys = re.findall(r"[^\s,;.]+", typed)
        alone = view.exclusive
        if not keys and alone:
            self._error("nothing_many", key=alone.key, text=alone.text)
            return []
        if not keys:
            self._find(view, "")
            return []
        found = []
        for key in keys:
            option = self._find(view, key)
            if option is None:
                return []
            found.append(option)
        chosen = [option for option in view.options if option in found]
        if len(chosen) > 1 and any(option.exclusive for option in chosen):
            words = next(option.text for option in chosen if option.exclusive)
            self._error("alone", text=words)
            return []
        if view.at_most and len(chosen) > view.at_most:
            self._error("at_most", count=view.at_most)
            return []
        return chosen

    def _answer_rows(self, view: View) -> _Go | None:
        marks = dict(view.marked)
        self._marks = marks
        at = 0
        while at < len(view.rows):
            row = view.rows[at]
            typed = self._row(view, row, at, marks.get(row.name, ()))
            if typed is _Go.PREVIOUS and at:
                at -= 1
                continue
            if isinstance(typed, _Go):
                self._go(typed, marks)
                return None
            marks[row.name] = typed
            at += 1
            so_far = {r.name: marks[r.name] for r in view.rows[:at]}
            if interview.accepts(self._engine, self._session, so_far):
                break
        self._reply(marks)
        return None

    def _row(self, view: View, row: Row, at: int, before: Answer) -> Answer | _Go:
        counted = fill(self._viewer.texts["plain.row"], number=at + 1, count=len(view.rows))
        self._write("")
        self._say(f"{counted}: {row.text}")
        if before:
            self._last(view, before)
        while True:
            typed = self._line(view)
            if isinstance(typed, _Go):
                return typed
            if not typed and before:
                return before
            option = self._find(view, typed)
            if option is not None:
                self._echo([option])
                return (option.code,)

    def _answer_review(self, view: View) -> _Go | None:
        steps = {row.key: row.name for row in view.rows}
        while True:
            typed = self._line(view)
            if isinstance(typed, _Go):
                return typed
            if typed in steps:
                self._bad = 0
                self._session = interview.change(self._session, steps[typed])
                return None
            if typed.isdecimal():
                self._error("no_entry", count=len(steps))
            elif self._find(view, typed):
                self._reply({})
                return None


def _echo(typed: str) -> str:
    """What was typed, fit to be shown: no control character, and not long."""
    shown = "".join(char for char in typed if char.isprintable())
    return shown[:_LONGEST_ECHO] or "?"
