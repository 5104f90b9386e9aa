"""Ask on a screen: one prompt_toolkit application for the whole interview.

A key goes to the hand, the hand shows another view, the application draws it. Import this module
only when a screen is needed: it is what makes starting slow.
"""

import logging
import sys
from collections.abc import Callable
from typing import Any

from prompt_toolkit.application import Application, get_app
from prompt_toolkit.data_structures import Point
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.input import Input
from prompt_toolkit.input.typeahead import clear_typeahead
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import FormattedTextControl, Layout, Window
from prompt_toolkit.output import ColorDepth, Output
from prompt_toolkit.styles import Style
from questionary import Question

from tpcheck.asking import NoScreenError, Outcome
from tpcheck.asking.hand import Hand
from tpcheck.asking.layout import STYLES
from tpcheck.asking.typed import drop_typed

# A lone Esc acts after this many seconds; until then it could be the start of an arrow key.
_ESCAPE_SECONDS = 0.1

_CARD = "bold reverse"
_CARD_IN_COLOUR = "bold fg:ansiwhite bg:ansired"

_KEYS = {
    "enter": "enter",
    "c-j": "enter",
    "up": "up",
    "down": "down",
    "tab": "tab",
    "s-tab": "s-tab",
    "left": "left",
    "backspace": "backspace",
    "pageup": "pageup",
    "pagedown": "pagedown",
    "home": "home",
    "end": "end",
    "f1": "f1",
    "c-d": "c-d",
}


def run(
    hand: Hand,
    *,
    colour: bool = True,
    input: Input | None = None,
    output: Output | None = None,
    before_drawing: Callable[[], None] = lambda: None,
) -> Outcome:
    """Show what is in the hand until it is over, or the person stops.

    `before_drawing` is called each time before the screen is drawn. The terminal is as it was
    before, whatever is raised: KeyboardInterrupt on Ctrl-C, whatever a signal's handler raises, and
    NoScreenError where the terminal cannot be drawn on.
    """
    application = _application(hand, colour=colour, input=input, output=output)
    application.before_render += lambda _: before_drawing()
    try:
        outcome: Outcome = _shown(application)
    except EOFError:
        # The terminal went away: as if the person had stopped.
        return hand.stopped()
    return outcome


def ask_key(text: str, keys: str) -> str:
    """Show `text` on a line and wait for one of `keys`; the end of the input is the last of them.

    Raises KeyboardInterrupt on Ctrl-C. What was typed before does not count, nor what came with it.
    """
    bindings = KeyBindings()
    for key in keys:
        for each in {key, key.upper()}:
            bindings.add(each)(lambda event, key=key: event.app.exit(result=key))
    bindings.add("c-d")(lambda event: event.app.exit(result=keys[-1]))

    @bindings.add("c-c")
    @bindings.add("<sigint>")
    def _interrupt(event: KeyPressEvent) -> None:
        event.app.exit(exception=KeyboardInterrupt)

    line = FormattedTextControl([("bold", text)], focusable=True)
    application: Application[str] = _create(
        layout=Layout(Window(line, wrap_lines=True, dont_extend_height=True)),
        key_bindings=bindings,
    )
    _drop_waiting(application)
    try:
        return str(_shown(application))
    except EOFError:
        return keys[-1]
    finally:
        # What came with the key, as in a paste, was meant for nothing that follows.
        _drop_waiting(application)


def _application(
    hand: Hand, *, colour: bool, input: Input | None, output: Output | None
) -> Application[Any]:
    screen = _Screen(hand)
    style = {**STYLES, "card": _CARD_IN_COLOUR if colour else _CARD}
    application: Application[Any] = _create(
        layout=Layout(Window(screen.control, always_hide_cursor=False)),
        key_bindings=screen.bindings(),
        style=Style.from_dict(style),
        color_depth=ColorDepth.DEPTH_4_BIT if colour else ColorDepth.DEPTH_1_BIT,
        full_screen=True,
        erase_when_done=True,
        mouse_support=False,
        input=input,
        output=output,
    )
    application.ttimeoutlen = _ESCAPE_SECONDS
    application.after_render += screen.drop_typed_ahead
    return application


def _shown(application: Application[Any]) -> Any:
    """Run it, and return what it ends with."""
    # Of a terminal that went away asyncio would tell its log, and with a traceback. So are we told.
    log = logging.getLogger("asyncio")
    log.disabled = True
    try:
        return Question(application).unsafe_ask()
    finally:
        log.disabled = False


def _create(**options: Any) -> Application[Any]:
    if sys.platform == "win32":
        from prompt_toolkit.output.win32 import NoConsoleScreenBufferError

        try:
            return Application(**options)
        except NoConsoleScreenBufferError as error:
            raise NoScreenError from error
    return Application(**options)


class _Screen:
    """The hand's view in a window, and the window's keys to the hand."""

    def __init__(self, hand: Hand) -> None:
        self._hand = hand
        self._cursor = Point(0, 0)
        self._drop = hand.fresh
        self.control = FormattedTextControl(
            self._text, focusable=True, show_cursor=True, get_cursor_position=lambda: self._cursor
        )

    def _text(self) -> StyleAndTextTuples:
        size = get_app().output.get_size()
        page = self._hand.page(size.columns, size.rows)
        self._cursor = Point(*page.cursor)
        fragments: StyleAndTextTuples = []
        for index, line in enumerate(page.lines):
            if index:
                fragments.append(("", "\n"))
            fragments.extend((f"class:{style}" if style else "", text) for style, text in line)
        return fragments

    def bindings(self) -> KeyBindings:
        """Every key that does something; any other character is answered with what would."""
        bindings = KeyBindings()
        for key, name in _KEYS.items():
            bindings.add(key)(self._presses(name))
        bindings.add("escape", eager=True)(self._presses("escape"))

        @bindings.add(Keys.BracketedPaste)
        def _paste(event: KeyPressEvent) -> None:
            self._press(event, "paste", event.data)

        @bindings.add(Keys.Any)
        def _any(event: KeyPressEvent) -> None:
            data = event.key_sequence[0].data
            self._press(event, data if len(data) == 1 and data.isprintable() else "other")

        @bindings.add("c-c", eager=True)
        @bindings.add("<sigint>")
        def _interrupt(event: KeyPressEvent) -> None:
            event.app.exit(exception=KeyboardInterrupt)

        return bindings

    def _presses(self, name: str) -> Callable[[KeyPressEvent], None]:
        return lambda event: self._press(event, name)

    def _press(self, event: KeyPressEvent, key: str, data: str = "") -> None:
        self._hand.press(key, data)
        if self._hand.outcome is not None:
            event.app.exit(result=self._hand.outcome)
        elif self._hand.fresh:
            self._hand.fresh = False
            # Now for what is waiting, and once more when the warning can be seen.
            self._drop = True
            _drop_waiting(event.app)

    def drop_typed_ahead(self, app: Application[Any]) -> None:
        """Forget what was typed before the warning that has just been drawn."""
        if self._drop:
            self._drop = False
            _drop_waiting(app)


def _drop_waiting(app: Application[Any]) -> None:
    """Drop every key that was typed and not yet acted on, here and in the terminal."""
    app.key_processor.input_queue.clear()
    app.input.flush_keys()
    clear_typeahead(app.input)
    drop_typed(app.input.fileno())
