"""A summary as plain text: lines that only ever follow each other, for any screen or reader.

No line is drawn and nothing rests on colour or place, so a screen reader can read it from top to
bottom. What stands in the data is shown as it is: characters that could steer a terminal or hide
text are made visible.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from tpcheck.model import Block, BlockKind, Summary
from tpcheck.render.wrapping import MAX_WIDTH, fit, wrap

# --- blocks to lines --------------------------------------------------------------------------


class Role(StrEnum):
    """What a line is, so that a screen can set it apart."""

    TITLE = "title"
    HEADING = "heading"
    TEXT = "text"
    SMALL = "small"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the output, already as wide as it may be."""

    text: str
    role: Role


def lines_of(block: Block, width: int) -> tuple[Line, ...]:
    """A block in lines of at most `width` columns."""
    role = Role.SMALL if block.kind is BlockKind.SMALL else Role.TEXT
    found: list[Line] = []
    if block.heading:
        found += (Line(text, Role.HEADING) for text in wrap(block.heading, width))
    for paragraph in block.paragraphs:
        found += (Line(text, role) for text in wrap(paragraph, width))
    for bullet in block.bullets:
        found += (Line(text, role) for text in wrap(bullet, width, first="- ", rest="  "))
    return tuple(found)


def render(summary: Summary, *, width: int = MAX_WIDTH) -> str:
    """The summary as it is shown: without the list of all answers."""
    return render_blocks(summary.title, _dated(summary, summary.blocks), width=width)


def render_whole(summary: Summary, *, width: int = MAX_WIDTH) -> str:
    """The summary for a copy to take away: the answers are among it."""
    return render_blocks(summary.title, _dated(summary, summary.whole), width=width)


def _dated(summary: Summary, blocks: Iterable[Block]) -> Iterable[Block]:
    if summary.dated:
        yield Block("dated", BlockKind.SMALL, "", (summary.dated,))
    yield from blocks


def render_blocks(title: str, blocks: Iterable[Block], *, width: int = MAX_WIDTH) -> str:
    """A title and blocks with a blank line between them."""
    width = fit(width)
    parts = ["\n".join(wrap(title, width))] if title else []
    parts += ("\n".join(line.text for line in lines_of(block, width)) for block in blocks)
    return "\n\n".join(part for part in parts if part) + "\n"
