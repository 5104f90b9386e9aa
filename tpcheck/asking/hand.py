"""What each key does: the interview as it stands on a screen, without the screen.

A key is named by its character, or by a word: enter, up, down, tab, s-tab, left, escape,
backspace, pageup, pagedown, home, end, f1, c-d, paste.
"""

from collections.abc import Mapping
from typing import ClassVar

from tpcheck import interview
from tpcheck.asking import Finished, Outcome, Stopped
from tpcheck.asking.layout import Look, Page, draw
from tpcheck.asking.options import Option
from tpcheck.asking.view import Kind, View, Viewer
from tpcheck.engine import Engine
from tpcheck.model import Answer
from tpcheck.session import Done, Session

COMMANDS = {
    "p": "previous",
    "left": "previous",
    "escape": "previous",
    "backspace": "previous",
    "r": "check",
    "?": "why",
    "h": "why",
    "f1": "why",
    "m": "body",
    "q": "quit",
    "c-d": "quit",
}
_SCROLL = {"pageup": -1, "pagedown": 1}
_EDGES = {"home": 0, "end": 1 << 20}
_MOVES = {"up": -1, "s-tab": -1, "down": 1, "tab": 1}


class Hand:
    """One person at one interview. `outcome` is set when it is over.

    `fresh` says that a warning has just appeared, so that keys typed before it must be dropped;
    whoever drops them sets it to false.
    """

    #: What each key does besides answering.
    commands: ClassVar[Mapping[str, str]] = COMMANDS

    def __init__(self, engine: Engine, session: Session, viewer: Viewer) -> None:
        self._engine = engine
        self._viewer = viewer
        self.session = session
        self.outcome: Outcome | None = None
        self.fresh = False
        self._over: View | None = None
        self._page: Page | None = None
        self._width = 0
        self._pointer: int | None = None
        self._turn()

    # --- the screen ---------------------------------------------------------------------------

    @property
    def view(self) -> View:
        """What is shown now."""
        return self._over or self._view

    @property
    def error(self) -> str:
        """What the last key did not do, and what would."""
        return self._error

    def page(self, width: int, height: int) -> Page:
        """Lay out what is shown now, and note how far it was shown."""
        page = draw(self.view, self._look(), self._viewer.texts, width, height)
        if width != self._width:
            self._width, self._seen = width, 0
        if page.top <= self._seen:
            self._seen = max(self._seen, page.bottom)
        self._page = page
        return page

    def stopped(self) -> Stopped:
        """The outcome if the person stops now."""
        answers = interview.given(self._engine, self.session, self.marks)
        return Stopped(answers, self.session.for_other)

    def _look(self) -> Look:
        if self._over:
            return Look(marked={}, error=self._error)
        return Look(
            marked=self.marks,
            pointer=self._pointer,
            error=self._error,
            why=self._why,
            map=self._map,
            top=self._top,
            follow=self._follow,
        )

    def _turn(self) -> None:
        """Show the screen that the session is at."""
        shown = interview.screen(self._engine, self.session)
        if isinstance(shown, Done):
            self.outcome = Finished(shown.assessment, shown.answers, shown.for_other)
            return
        self._show(self._viewer.view(shown, for_other=self.session.for_other))

    def _show(self, view: View) -> None:
        """Show a view that has just come up."""
        self._over = None
        self._view = view
        self._error, self._typed = "", ""
        self._why = self._map = self._follow = False
        self._top = self._seen = 0
        self._width = 0
        self._page = None
        self._pointer = None
        self.marks: dict[str, Answer] = dict(view.marked)
        self.fresh = view.is_warning
        if view.kind is Kind.ROWS:
            self._pointer = self._next_open(0)
        elif chosen := self.marks.get(view.name):
            codes = [option.code for option in view.options]
            self._pointer = codes.index(chosen[0])
            self._follow = True

    # --- keys ---------------------------------------------------------------------------------

    def press(self, key: str, data: str = "") -> None:
        """Do what `key` does here. A key that does nothing here says what would.

        `data` is what was pasted, where the key is paste.
        """
        if self.outcome is not None:
            return
        self._error = ""
        if self._over:
            self._press_over(key, data)
            return
        if len(key) == 1:
            key = key.lower()
        typed, self._typed = self._typed, ""
        if key == "backspace" and typed and self._view.kind is Kind.REVIEW:
            self._typed = typed[:-1]
            self._pointer = int(self._typed) - 1 if self._typed else None
        elif (command := self.commands.get(key)) and self._does(command):
            return
        elif key == "enter":
            self._enter(typed)
        elif key in _MOVES:
            self._move(_MOVES[key])
        elif self._scroll_by(key):
            return
        elif key == "paste":
            self._say("paste")
        elif key == " " and self.view.kind is Kind.TICK and self._pointer is not None:
            self._choose(self._pointer)
        elif len(key) == 1:
            self._answer(key, typed)

    def _say(self, name: str, /, **values: str | int) -> None:
        self._error = self._viewer.error(name, **values)

    def _refuse(self, key: str, keys: str = "") -> None:
        """Say that a key is none of `keys`, which are those of the screen if none are given."""
        shown = key.upper() if len(key) == 1 and key.isprintable() and key.strip() else "?"
        self._say("not_a_choice", key=shown, keys=keys or self._keys())

    def _keys(self) -> str:
        return ", ".join(option.key for option in self.view.options)

    def _press_over(self, key: str, data: str) -> None:
        """Do what `key` does while the question whether to stop lies over the screen."""
        if key in ("y", "Y"):
            self.outcome = self.stopped()
        elif key in ("n", "N") or self.commands.get(key.lower()) == "previous":
            self._close()

    def _close(self) -> None:
        """Take away what lies over the screen."""
        self._over = None
        self.fresh = self._view.is_warning

    # --- commands -----------------------------------------------------------------------------

    def _does(self, command: str) -> bool:
        """Do a command that this screen has; false where it has not."""
        if self._map and command in ("previous", "body"):
            self._map = False
            return True
        if command not in self._view.commands:
            return False
        match command:
            case "previous":
                self.session = interview.previous(self._engine, self.session, self.marks)
                self._turn()
            case "check":
                self.session = interview.review(self._engine, self.session, self.marks)
                self._turn()
                if self._view.kind not in (Kind.REVIEW, Kind.READ):
                    self._say("not_yet")
            case "why":
                self._why = not self._why
                self._map, self._follow = False, True
            case "body":
                self._map, self._top, self._follow = True, 0, False
            case "quit":
                self._over = self._viewer.stop()
        return True

    # --- answers ------------------------------------------------------------------------------

    def _answer(self, key: str, typed: str) -> None:
        if self._view.kind is Kind.REVIEW and key.isdecimal():
            self._type_entry(typed + key, key)
            return
        for keys in (typed + key, key):
            found = self._option(keys)
            if found is not None:
                self._typed = keys
                self._take(found)
                return
            if self._is_begun(keys):
                self._typed = keys
                return
        self._refuse(key)

    def _is_begun(self, keys: str) -> bool:
        """Whether more keys can follow these."""
        every = (key for option in self._view.options for key in option.keys)
        return any(key.startswith(keys) and key != keys for key in every)

    def _option(self, key: str) -> int | None:
        for index, option in enumerate(self._view.options):
            if key in option.keys:
                return index
        return None

    def _take(self, index: int) -> None:
        match self._view.kind:
            case Kind.ROWS:
                self._mark_row(self._view.options[index])
                self._answered()
            case Kind.READ | Kind.REVIEW:
                if not self._has_more():
                    self._go_on()
            case _:
                self._choose(index)
                self._answered(self._view.options[index])

    def _answered(self, option: Option | None = None) -> None:
        """A key has answered, with `option` or in a row; patients go on with Enter."""

    def _choose(self, index: int) -> None:
        """Choose or tick an option. One that stands alone unticks the rest, and the reverse."""
        view, option = self._view, self._view.options[index]
        self._pointer, self._follow = index, not self._map
        if view.kind is not Kind.TICK:
            self.marks[view.name] = (option.code,)
            return
        chosen = set(self.marks.get(view.name, ()))
        if option.code in chosen:
            chosen.discard(option.code)
        elif option.exclusive:
            chosen = {option.code}
        else:
            chosen -= {other.code for other in view.options if other.exclusive}
            if view.at_most and len(chosen) >= view.at_most:
                self._say("at_most", count=view.at_most)
                return
            chosen.add(option.code)
        ticked = tuple(other.code for other in view.options if other.code in chosen)
        self.marks.pop(view.name, None)
        if ticked:
            self.marks[view.name] = ticked

    def _mark_row(self, option: Option) -> None:
        at = self._pointer or 0
        self.marks[self._view.rows[at].name] = (option.code,)
        self._pointer, self._follow = self._next_open(at), True

    def _next_open(self, at: int) -> int:
        """The first row from `at` on that has no answer, going round; `at` if all have one."""
        rows = self._view.rows
        order = [*range(at, len(rows)), *range(at)]
        return next((index for index in order if rows[index].name not in self.marks), at)

    def _type_entry(self, number: str, digit: str) -> None:
        count = len(self._view.rows)
        for text in (number, digit):
            if 1 <= int(text) <= count:
                self._typed, self._pointer, self._follow = text, int(text) - 1, True
                return
        self._say("no_entry", count=count)

    # --- going on -----------------------------------------------------------------------------

    def _enter(self, typed: str) -> None:
        view = self._view
        if self._map:
            self._map = False
        elif view.kind is Kind.REVIEW and self._pointer is not None:
            step = view.rows[self._pointer].name
            self.session = interview.change(self.session, step)
            self._turn()
        elif view.kind is Kind.ROWS:
            self._enter_rows()
        elif self._has_more():
            return
        elif view.kind in (Kind.READ, Kind.REVIEW):
            self._say("nothing", keys=self._keys())
        elif not self.marks:
            self._ask_to_choose()
        else:
            self._typed = typed
            self._go_on()

    def _enter_rows(self) -> None:
        missing = any(row.name not in self.marks for row in self._view.rows)
        if missing and not interview.accepts(self._engine, self.session, self.marks):
            self._say("rows")
            self._pointer, self._follow = self._next_open(self._pointer or 0), True
        else:
            self._go_on()

    def _ask_to_choose(self) -> None:
        alone = self._view.exclusive
        if self._view.kind is Kind.TICK and alone:
            self._say("nothing_many", key=alone.key, text=alone.text)
        else:
            self._say("nothing", keys=self._keys())

    def _go_on(self) -> None:
        self.session = interview.reply(self._engine, self.session, self.marks)
        self._turn()

    def _has_more(self) -> bool:
        """Whether a warning has lines that were never in sight; if so, show the next of them."""
        page = self._page
        if not self._view.is_warning or page is None or self._seen >= page.total:
            return False
        self._top, self._follow = max(self._seen - 1, 0), False
        self._say("more")
        return True

    # --- moving -------------------------------------------------------------------------------

    def _move(self, step: int) -> None:
        view = self._view
        count = len(view.rows or view.options)
        page = self._page
        if view.kind is Kind.READ or self._map:
            self._top, self._follow = (page.top if page else 0) + step, False
            return
        start = -1 if step > 0 else count
        target = (start if self._pointer is None else self._pointer) + step
        if page and page.total > page.bottom - page.top and self._scrolls_first(page, target, step):
            return
        if not count:
            return
        self._pointer, self._follow = target % count, True
        if view.kind is Kind.CHOOSE:
            self.marks[view.name] = (view.options[self._pointer].code,)

    def _scrolls_first(self, page: Page, target: int, step: int) -> bool:
        """Scroll rather than jump over lines that are out of sight."""
        count = len(self._view.rows or self._view.options)
        below = not 0 <= target < count or page.spans[target][1] > page.bottom
        above = not 0 <= target < count or page.spans[target][0] < page.top
        if step > 0 and below and page.bottom < page.total:
            near = 0 <= target < count and page.spans[target][0] <= page.bottom
            if not near:
                self._scroll(1)
            return not near
        if step < 0 and above and page.top > 0:
            if target < 0:
                self._scroll(-1)
            return target < 0
        return not 0 <= target < count

    def _scroll_by(self, key: str) -> bool:
        """Scroll with a key that does so; false for any other."""
        if key in _SCROLL:
            self._scroll(_SCROLL[key])
        elif key in _EDGES:
            self._top, self._follow = _EDGES[key], False
        else:
            return False
        return True

    def _scroll(self, step: int) -> None:
        page = self._page
        if page is None:
            return
        size = max(page.bottom - page.top - 1, 1)
        self._top, self._follow = page.top + step * size, False
