"""Lines that fit: what a first screen needs, which is painted before the rest is loaded."""

import re
from collections.abc import Iterator

from tpcheck.render.characters import columns, visible

MIN_WIDTH = 20
MAX_WIDTH = 79


def wrap(text: str, width: int, *, first: str = "", rest: str = "") -> list[str]:
    """`text` in lines of at most `width` columns; a phone number stays on one line.

    `first` stands before the first line and `rest` before the others.
    """
    # A space before a digit belongs to a number, as in a phone number, or to the name of a service.
    words = re.sub(r"(?<=[0-9A-Z]) (?=\d)", "\0", visible(text)).split(" ")
    lines: list[str] = []
    line, used = first, columns(first)
    empty = True
    for word in (w.replace("\0", " ") for w in words if w):
        for piece in _pieces(word, max(1, width - columns(rest))):
            size = columns(piece)
            if not empty and used + 1 + size > width:
                lines.append(line)
                line, used, empty = rest, columns(rest), True
            line, used = (
                (line + piece, used + size) if empty else (f"{line} {piece}", used + 1 + size)
            )
            empty = False
    return [*lines, line]


def _pieces(word: str, width: int) -> Iterator[str]:
    """A word that is wider than a line, in parts."""
    piece, used = "", 0
    for character in word:
        size = columns(character)
        if piece and used + size > width:
            yield piece
            piece, used = "", 0
        piece, used = piece + character, used + size
    yield piece


def fit(width: int) -> int:
    """`width` within what can be read."""
    return max(MIN_WIDTH, min(width, MAX_WIDTH))
