"""A summary as a page to keep, to print, or to show to a clinician.

What to do stands first, as on a screen; the answers stand below the drawing. The words are those of
the summary: nothing is said here.
"""

from collections.abc import Iterator

from tpcheck.model import MAP_BLOCK, Block, BlockKind, BodyMap, Mark, MarkKind, Summary
from tpcheck.render import svg
from tpcheck.render.page import bullets, element, escape, page

#: The blocks that are long and not urgent: they stand in columns where there is room.
_LONG = ("answers", "denied")


def render(summary: Summary) -> str:
    """The whole summary as one HTML document."""
    blocks = [block for block in summary.whole if block.kind is not BlockKind.SMALL]
    small = [_content(block) for block in summary.whole if block.kind is BlockKind.SMALL]
    dated = element("p", summary.dated, 'class="dated"') if summary.dated else ""
    parts = [
        f"<header>\n{element('h1', summary.title)}\n{dated}\n</header>",
        "<main>",
        *(_block(block, summary) for block in blocks),
        "</main>",
        "<footer>",
        *small,
        "</footer>",
    ]
    return page(summary.title, "report", "\n".join(parts))


def _block(block: Block, summary: Summary) -> str:
    name = f"b-{escape(block.block_id)}"
    heading = element("h2", block.heading, f'id="{name}"') if block.heading else ""
    if block.kind is BlockKind.CARD:
        # The first thing to read is a landmark too.
        label = f' aria-labelledby="{name}"' if heading else ""
        return (
            f'<section class="card {_urgency(summary)}"{label}>\n{heading}\n'
            f'<div class="act">\n{_content(block)}\n</div>\n</section>'
        )
    if block.block_id == MAP_BLOCK and summary.body_map:
        return f'<section class="where">\n{heading}\n{_body(summary.body_map, block)}\n</section>'
    style = "long" if block.block_id in _LONG else str(block.kind)
    return f'<section class="{style} {name}">\n{heading}\n{_content(block)}\n</section>'


def _urgency(summary: Summary) -> str:
    """Which colours the card has; its words say the same."""
    if summary.is_emergency:
        return "emergency"
    return "calm" if any(block.block_id == "clinic" for block in summary.blocks) else "urgent"


def _content(block: Block) -> str:
    paragraphs = (element("p", paragraph) for paragraph in block.paragraphs)
    return "\n".join(filter(None, (*paragraphs, bullets(block.bullets))))


# --- the body ---------------------------------------------------------------------------------


def _body(body_map: BodyMap, block: Block) -> str:
    """The drawings, and a list that says what each number and each kind of mark is."""
    drawings = "\n".join(svg.drawings(body_map, block.heading))
    lists = "\n".join(_legend(body_map))
    note = element("p", body_map.note, 'class="note"') if body_map.note else ""
    figures = f'<div class="views">\n{drawings}\n</div>\n' if drawings else ""
    return f'<div class="map">\n{figures}<div class="legend">\n{lists}\n{note}\n</div>\n</div>'


def _legend(body_map: BodyMap) -> Iterator[str]:
    numbers = svg.numbered(body_map)
    for kind, words in body_map.legend.items():
        items = "\n".join(
            _named(mark, numbers.get(mark)) for mark in body_map.marks if mark.kind is kind
        )
        yield f"<h3>{svg.swatch(MarkKind(kind))} {escape(words)}</h3>\n<ul>\n{items}\n</ul>"


def _named(mark: Mark, number: int | None) -> str:
    shown = f'<span class="key">{number}</span> ' if number else ""
    return f"<li>{shown}{element('span', mark.text)}</li>"
