"""A summary for a terminal: the card in a frame, headings in bold, the body where it fits.

The wording carries the urgency and colour only adds to it: an emergency is white on red, always
both together, because a lone foreground colour can vanish on somebody's background. Data never
goes through markup, and every line has been made safe and as wide as it may be before it is styled.
"""

from io import StringIO

from rich.box import ASCII, ROUNDED
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.style import Style
from rich.text import Text

from tpcheck.model import MAP_BLOCK, Block, BlockKind, BodyMap, MarkKind, Summary
from tpcheck.render import bodymap
from tpcheck.render.characters import encodable
from tpcheck.render.text import Line, Role, lines_of
from tpcheck.render.wrapping import fit, wrap

_STYLES = {
    Role.TITLE: Style(bold=True, underline=True),
    Role.HEADING: Style(bold=True),
    Role.TEXT: Style(),
    Role.SMALL: Style(),
}
_ALARM = Style(color="white", bgcolor="red", bold=True)
#: Columns that the frame and its padding take.
_FRAME = 4
#: What a mark on the body is drawn with; the words beside it start with the same.
_MARKS = {MarkKind.MAIN: "#", MarkKind.ALSO: "+", MarkKind.SORE: "o"}
_INKS = {bodymap.Ink.OUTLINE: Style()}


def render(
    summary: Summary, *, width: int, colour: bool = True, encoding: str | None = "utf-8"
) -> str:
    """The whole summary as text with styles, ready to be written to a terminal.

    Without `colour` there is bold and no colour. `encoding` is that of the stream: where it has no
    lines to draw with, the frame is made of ASCII.
    """
    stream = StringIO()
    console = Console(
        file=stream,
        width=fit(width),
        force_terminal=True,
        color_system="standard",
        no_color=not colour,
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
        _environ={},
    )
    console.print(_document(summary, fit(width), encoding))
    return stream.getvalue()


def _document(summary: Summary, width: int, encoding: str | None) -> Group:
    def styled(lines: tuple[Line, ...]) -> Text:
        text = Text(no_wrap=True)
        for number, line in enumerate(lines):
            text.append("\n" if number else "")
            text.append(encodable(line.text, encoding), _STYLES[line.role])
        return text

    def framed(block: Block) -> Panel:
        alarming = summary.is_emergency
        return Panel(
            styled(lines_of(block, width - _FRAME)),
            box=ROUNDED if encodable("\u256d", encoding) == "\u256d" else ASCII,
            style=_ALARM if alarming else "",
            width=width,
        )

    def shown(block: Block) -> RenderableType:
        if block.kind is BlockKind.CARD:
            return framed(block)
        if block.block_id == MAP_BLOCK and summary.body_map and width >= bodymap.WIDTH:
            heading = tuple(Line(text, Role.HEADING) for text in wrap(block.heading, width))
            drawn = _picture(summary.body_map)
            return Group(styled(heading), drawn, styled(_legend(summary.body_map, width)))
        return styled(lines_of(block, width))

    head = [Line(text, Role.TITLE) for text in wrap(summary.title, width)]
    if summary.dated:
        head += (Line(text, Role.SMALL) for text in wrap(summary.dated, width))
    parts: list[RenderableType] = [styled(tuple(head))]
    for block in summary.blocks:
        parts += (Text(), shown(block))
    return Group(*parts)


def _picture(body_map: BodyMap) -> Text:
    """The larger places filled, and a letter on each sore spot."""
    fills: dict[str, str] = {}
    spots: dict[str, str] = {}
    for mark in body_map.marks:
        if mark.kind is MarkKind.SORE:
            spots[mark.place] = _MARKS[mark.kind]
        else:
            side = f":{mark.side}" if mark.side else ""
            for view in bodymap.views(mark.place):
                fills.setdefault(f"{view}/{mark.region}{side}", _MARKS[mark.kind])
    text = Text(no_wrap=True)
    captions = bodymap.Captions(**body_map.captions)
    for number, line in enumerate(bodymap.picture(spots, captions, fills)):
        text.append("\n" if number else "")
        for ink, run in line:
            text.append(run, _INKS.get(ink, Style(bold=True)))
    return text


def _legend(body_map: BodyMap, width: int) -> tuple[Line, ...]:
    """What the picture says in words, each line with what it is drawn with."""
    kinds = [kind for kind in body_map.legend if any(m.kind is kind for m in body_map.marks)]
    lines = [
        Line(text, Role.TEXT)
        for kind, words in zip(kinds, body_map.in_words, strict=True)
        for text in wrap(words, width, first=f"{_MARKS[kind]} ", rest="  ")
    ]
    note = wrap(body_map.note, width) if body_map.note else []
    return (*lines, *(Line(text, Role.SMALL) for text in note))
