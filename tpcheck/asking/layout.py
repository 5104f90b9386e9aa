"""Lay a view out in a window: wrap to its width, scroll to its height. Pure.

Nothing is ever cut: what does not fit is scrolled, and a line says so.
"""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from tpcheck.asking import Heading
from tpcheck.asking.options import Option
from tpcheck.asking.view import Kind, Row, View
from tpcheck.render import bodymap
from tpcheck.session import Marks

#: A line of the screen: runs of a style name and text. An empty style is plain text.
Runs = tuple[tuple[str, str], ...]

#: How each style looks. No foreground colour of the 16 is readable on both black and white, so only
#: a pair is used; that of a card is chosen where the screen is made.
STYLES = {
    "heading": "bold",
    "alert": "bold",
    "reminder": "bold",
    "pointer": "bold reverse",
    "chosen": "bold",
    "error": "bold",
    "more": "bold",
    "caption": "bold",
    "key": "bold",
    "marked": "bold reverse",
}
#: The same for a terminal (ECMA-48, SGR).
_CODES = {"bold": "1", "bold reverse": "1;7"}

_WIDEST = 80
_NARROWEST = 20
_LOWEST = 4
#: Columns between options on one line, and what stands where the next character is typed.
_INLINE_GAP = 3
_CURSOR = "_"


class Page(NamedTuple):
    """What the window shows: its lines, and where the cursor stands (column, row).

    `top` to `bottom` are the lines of the body that are shown, out of `total`; `spans` tells which
    of them each option or row takes.
    """

    lines: tuple[Runs, ...]
    cursor: tuple[int, int]
    top: int
    bottom: int
    total: int
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Look:
    """How a view stands at a moment: what is marked, what is pointed at, what is opened.

    `follow` keeps the pointed line in sight; otherwise the body is shown from line `top`. `entry`
    is what has been typed and not sent; none where nothing can be typed.
    """

    marked: Marks
    pointer: int | None = None
    error: str = ""
    why: bool = False
    map: bool = False
    top: int = 0
    follow: bool = False
    entry: str | None = None


@dataclass(slots=True)
class _Body:
    """Lines as they are put together."""

    width: int
    lines: list[Runs] = field(default_factory=list)
    spans: list[tuple[int, int]] = field(default_factory=list)

    def add(self, text: str, style: str = "", first: str = "", rest: str | None = None) -> None:
        """A paragraph; `first` and `rest` are what its lines begin with, in plain style."""
        for index, line in enumerate(_wrap(text, self.width, first, rest)):
            indent = first if index == 0 else (" " * len(first) if rest is None else rest)
            self.lines.append((("", indent), (style, line)) if indent else ((style, line),))

    def gap(self) -> None:
        """An empty line, unless there is one."""
        if self.lines and self.lines[-1]:
            self.lines.append(())


def _wrap(text: str, width: int, first: str = "", rest: str | None = None) -> list[str]:
    room = width - max(len(first), len(rest or ""))
    # A URL or a long word is broken rather than cut.
    return textwrap.wrap(text, max(room, 8), break_on_hyphens=False) or [""]


def _row_of(items: Iterable[str], width: int, gap: str = "   ") -> list[str]:
    """Short items beside each other; none is broken where it fits on a line of its own."""
    lines: list[str] = []
    for item in items:
        if lines and len(lines[-1]) + len(gap) + len(item) <= width:
            lines[-1] += gap + item
        else:
            lines.extend(_wrap(item, width))
    return lines


def draw(view: View, look: Look, texts: Mapping[str, str], width: int, height: int) -> Page:
    """`view` in a window of `width` columns and `height` rows."""
    columns = max(_NARROWEST, min(width, _WIDEST) - 1)
    if look.map:
        body, footer = _map(view, look, texts, columns), [texts["keys.map"]]
    else:
        body, footer = _body(view, look, texts, columns), [view.how]
    foot = _Body(columns)
    if look.entry is not None:
        foot.add(look.entry, "entry", "> ")
        foot.lines[-1] = (*foot.lines[-1], ("entry", _CURSOR))
    if look.error:
        foot.add(look.error, "error", "! ")
    for text in footer:
        foot.add(text, "keys")
    if not look.map:
        foot.lines.extend((("keys", line),) for line in _row_of(view.commands.values(), columns))
    head = _Body(columns)
    for text in view.header:
        head.add(text, "reminder")
    spare = height - len(head.lines) - len(body.lines) - len(foot.lines)
    if spare > 0:
        foot.lines.insert(0, ())
    return _fit(head.lines, body, look, texts, foot.lines, max(height, _LOWEST))


def for_terminal(lines: Iterable[Runs]) -> str:
    """The lines as a terminal takes them, one below the other from where its cursor is."""
    return "\r\n".join(
        "".join(
            f"\x1b[{_CODES[STYLES[style]]}m{text}\x1b[0m" if style in STYLES else text
            for style, text in line
        )
        for line in lines
    )


def _map(view: View, look: Look, texts: Mapping[str, str], columns: int) -> _Body:
    body = _Body(columns)
    names = (texts[f"map.{name}"] for name in ("front", "back", "left", "right"))
    marked = look.marked.get(view.name, ())
    captions = bodymap.Captions(*names)
    styles = {bodymap.Ink.OUTLINE: ""}
    body.add(texts["map.title"], "heading")
    for line in bodymap.picture(view.map_keys, captions, marked, columns=columns):
        body.lines.append(tuple((styles.get(ink, ink.value), text) for ink, text in line))
    return body


def _body(view: View, look: Look, texts: Mapping[str, str], columns: int) -> _Body:
    body = _Body(columns)
    body.lines.extend((("progress", line),) for line in _row_of(view.progress, columns))
    if view.reminder:
        body.add(view.reminder, "reminder")
    body.gap()
    if view.alert:
        body.add(view.heading, "heading")
        body.gap()
        body.add(view.alert, "alert")
        body.gap()
    else:
        for line in _wrap(view.heading, columns - 2 if view.kind is Kind.READ else columns):
            body.lines.append(
                (("card", f" {line} "),) if view.kind is Kind.READ else (("heading", line),)
            )
    if view.hint:
        body.add(view.hint)
    if view.kind is Kind.READ:
        body.gap()
    for line in view.lines:
        bullet = "- " if line.startswith("- ") else ""
        style = "heading" if isinstance(line, Heading) else ""
        body.add(line.removeprefix(bullet), style, bullet)
    if view.signs:
        body.gap()
        for sign in view.signs:
            body.add(sign, "", "- ")
    body.gap()
    if view.prompt:
        body.add(view.prompt, "heading")
    for index, row in enumerate(view.rows):
        _add_row(body, view, look, index, row)
    if view.kind is Kind.REVIEW:
        body.gap()
    if view.kind is not Kind.ROWS and not (view.inline and _add_inline(body, view, look)):
        _add_options(body, view, look, texts)
    for remark in view.remarks:
        body.add(remark, "chosen")
    if look.why:
        body.gap()
        if view.asked:
            body.add(view.asked, "heading")
        body.add(f"{texts['ask.why']}: {view.why}", "why")
        body.spans.append((len(body.lines) - 1, len(body.lines)))
    while body.lines and not body.lines[-1]:
        body.lines.pop()
    return body


def _add_inline(body: _Body, view: View, look: Look) -> bool:
    """The options beside each other; false where they do not fit on one line."""
    chosen = look.marked.get(view.name, ())
    boxes = {True: "[x] ", False: "[ ] "} if view.kind is Kind.TICK else {True: "", False: ""}
    shown = [f"{o.key} {boxes[o.code in chosen]}{o.label}".rstrip() for o in view.options]
    if sum(len(text) + _INLINE_GAP for text in shown) - 1 > body.width:
        return False
    runs: list[tuple[str, str]] = []
    for index, (option, text) in enumerate(zip(view.options, shown, strict=True)):
        pointed = index == look.pointer
        style = "pointer" if pointed else "chosen" if option.code in chosen else ""
        runs += [("", " > " if pointed else "   "), (style, text)]
    runs[0] = ("", runs[0][1][1:])
    at = len(body.lines)
    body.lines.append(tuple(runs))
    body.spans.extend((at, at + 1) for _ in view.options)
    return True


def _add_options(body: _Body, view: View, look: Look, texts: Mapping[str, str]) -> None:
    chosen = look.marked.get(view.name, ())
    points = view.kind is not Kind.REVIEW
    widest = max((len(option.key) for option in view.options), default=1)
    for index, option in enumerate(view.options):
        if option.exclusive and index and not view.options[index - 1].exclusive:
            body.add(texts["ask.or"], "", "  ")
        pointed = points and index == look.pointer
        box = ("[x] " if option.code in chosen else "[ ] ") if view.kind is Kind.TICK else ""
        first = f"{'>' if pointed else ' '} {option.key:>{widest}}  {box}"
        start = len(body.lines)
        style = "pointer" if pointed else "chosen" if option.code in chosen else ""
        body.add(option.label, style, first)
        if points:
            body.spans.append((start, len(body.lines)))


def _add_row(body: _Body, view: View, look: Look, index: int, row: Row) -> None:
    pointed = index == look.pointer
    mark = "> " if pointed else "  "
    style = "pointer" if pointed else ""
    start = len(body.lines)
    if view.kind is Kind.REVIEW:
        number = f"{row.key:>{len(str(len(view.rows)))}}. "
        body.add(row.text, style, mark + number)
        for detail in row.details:
            body.add(detail, "chosen", " " * len(mark + number))
    else:
        widest = max(len(tag) for tag in view.tags.values())
        code = "".join(look.marked.get(row.name, ()))
        body.add(row.text, style, f"{mark}[{view.tags[code]:^{widest}}] ")
        if pointed:
            keys = _row_of((_key_and_text(option) for option in view.options), body.width - 4)
            body.lines.extend((("", "    "), ("chosen", line)) for line in keys)
    body.spans.append((start, len(body.lines)))


def _key_and_text(option: Option) -> str:
    return f"{option.key} {option.text}"


# --- scrolling --------------------------------------------------------------------------------


def _shown(top: int, room: int, total: int) -> int:
    """The line after the last that is shown from `top`, with a line for each "more"."""
    bottom = top + room - (1 if top else 0)
    return bottom if bottom >= total else max(bottom - 1, top + 1)


def _top_for(span: tuple[int, int], room: int, total: int) -> int:
    """The highest place to scroll to from which `span` is in sight."""
    for top in range(span[0]):
        if _shown(top, room, total) >= span[1]:
            return top
    return span[0]


def _fit(
    head: Sequence[Runs],
    body: _Body,
    look: Look,
    texts: Mapping[str, str],
    foot: Sequence[Runs],
    height: int,
) -> Page:
    total = len(body.lines)
    # In a window too low for all, the last lines of the header and of the key help give way, never
    # the body.
    head = head[: max(height - 6, 0)]
    foot = foot[: max(height - len(head) - 3, 0)]
    room = max(height - len(head) - len(foot), 1)
    pointed = look.pointer if look.pointer is not None else 0
    span = body.spans[pointed] if pointed < len(body.spans) else (0, 1)
    if total <= room:
        top, bottom = 0, total
    else:
        lowest = _top_for((total - 1, total), room, total)
        focus = body.spans[-1] if look.why else span
        wanted = _top_for(focus, room, total) if look.follow else look.top
        top = min(max(wanted, 0), lowest)
        bottom = min(_shown(top, room, total), total)
    lines: list[Runs] = []
    if top:
        lines.append((("more", texts["keys.more_above"]),))
    offset = len(lines) - top
    lines.extend(body.lines[top:bottom])
    if bottom < total:
        lines.append((("more", texts["keys.more_below"]),))
    cursor = (0, len(head) + span[0] + offset if top <= span[0] < bottom else 0)
    shown = (*head, *lines, *foot)
    if look.entry is not None:
        cursor = _end_of_entry(shown)
    return Page(shown, cursor, top, bottom, total, tuple(body.spans))


def _end_of_entry(lines: Sequence[Runs]) -> tuple[int, int]:
    """The column and row at which the next character is typed."""
    row = max((n for n, line in enumerate(lines) if ("entry", _CURSOR) in line), default=0)
    return sum(len(text) for _, text in lines[row]) - len(_CURSOR), row
