"""A phone call in plain lines: the desk as it is, told line by line and fed with what is typed."""

import textwrap
from collections.abc import Callable

from tpcheck.asking.desk import Desk
from tpcheck.asking.view import Kind, Row, View
from tpcheck.render import bodymap


def take(
    desk: Desk,
    *,
    read: Callable[[str], str],
    write: Callable[[str], object],
    drain: Callable[[], None],
    width: int = 72,
) -> None:
    """Ask until the call is over, or the input ends.

    `read` shows its argument and returns the line that is typed; it raises EOFError at the end of
    the input. `drain` drops what was typed before a warning.
    """
    lines = _Lines(desk, read, write, drain, width)
    try:
        while desk.outcome is None:
            lines.turn()
    except EOFError:
        return


class _Lines:
    """What has been told, and what a line does."""

    def __init__(
        self,
        desk: Desk,
        read: Callable[[str], str],
        write: Callable[[str], object],
        drain: Callable[[], None],
        width: int,
    ) -> None:
        self._desk = desk
        self._read = read
        self._write = write
        self._drain = drain
        self._width = width
        self._told: View | None = None

    def turn(self) -> None:
        """Tell what is new, and do what the next line says."""
        view = self._desk.view
        if self._desk.error:
            self._say(self._desk.error)
        if view != self._told:
            self._tell(view)
            if view.is_warning:
                self._drain()
        self._told = view
        *above, last = textwrap.wrap(view.how, max(self._width - 8, 1)) or [""]
        for line in above:
            self._write(line)
        self._feed(self._read(f"{last} ").strip())

    def _say(self, text: str, first: str = "") -> None:
        rest = " " * len(first)
        for line in textwrap.wrap(
            text,
            self._width,
            initial_indent=first,
            subsequent_indent=rest,
            break_on_hyphens=False,
        ):
            self._write(line)

    def _tell(self, view: View) -> None:
        self._write("")
        for text in (*view.header, ". ".join(view.progress), view.reminder, view.heading):
            self._say(text)
        self._say(view.hint)
        for text in view.lines:
            bullet = "- " if text.startswith("- ") else ""
            self._say(text.removeprefix(bullet), bullet)
        for sign in view.signs:
            self._say(sign, "- ")
        for number, row in enumerate(view.rows, 1):
            tag = view.tags.get("".join(self._desk.marks.get(row.name, ())), "")
            self._say(f"{row.text} [{tag}]" if tag else row.text, f"{row.key or number}. ")
            for detail in row.details:
                self._say(detail, "   ")
        for option in view.options:
            if option.label:
                self._say(f"{option.key}. {option.label}")
        for remark in view.remarks:
            self._say(remark)
        self._say(". ".join(text for name, text in view.commands.items() if name != "body"))

    # --- what a line does ---------------------------------------------------------------------

    def _feed(self, line: str) -> None:
        view, desk = self._desk.view, self._desk
        if view.kind is Kind.TEXT:
            self._write_text(line)
            return
        keys = line.replace(" ", "").replace(",", "").casefold()
        if view.kind is Kind.TICK and keys and desk.commands.get(keys[0]) not in view.commands:
            # A line says the whole answer; it does not tick and untick.
            desk.marks.clear()
        for at, key in enumerate(keys):
            desk.press(key)
            if self._is_told(view, key):
                return
            if desk.view.step_id != view.step_id or desk.view.options != view.options:
                # Only what has just come up over the question takes the rest of the line.
                if desk.view.kind in (Kind.TEXT, Kind.REVIEW) and keys[at + 1 :]:
                    self._feed(keys[at + 1 :])
                return
            if desk.error or desk.commands.get(key) in view.commands:
                return
        open_rows = [row for row in view.rows if row.name not in desk.marks]
        if view.kind is Kind.ROWS and keys and open_rows:
            self._tell_rows(view, open_rows[0])
        else:
            desk.press("enter")

    def _tell_rows(self, view: View, following: Row) -> None:
        """The lines that have an answer, and the one that is asked next."""
        for number, row in enumerate(view.rows, 1):
            if row.name in self._desk.marks:
                tag = view.tags["".join(self._desk.marks[row.name])]
                self._say(f"{row.text} [{tag}]", f"{number}. ")
            elif row is following:
                self._say(row.text, f"{number}. ")

    def _is_told(self, view: View, key: str) -> bool:
        """Whether the key asked for something to be read out here."""
        match self._desk.commands.get(key):
            case "why" if "why" in view.commands:
                self._say(view.asked)
                self._say(view.why)
            case "body" if view.map_keys:
                names = {option.code: option.text for option in view.options}
                for line in bodymap.in_words(view.map_keys, names):
                    self._say(line)
            case _:
                return False
        self._desk.press(key)
        return True

    def _write_text(self, line: str) -> None:
        """The whole text; an empty line leaves it as it was."""
        if not line:
            self._desk.press("escape")
            return
        self._desk.retype(line)
        self._desk.press("enter")
