"""Draw the body for a terminal: front and back, with the keys of the places that can be chosen.

The figures, and which place is where, are data in `bodymap.json`; this file only puts them
together. The picture is a help, never the only way: the choices beside it say the same in words.
"""

import json
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import NamedTuple


class Ink(StrEnum):
    """What a run of characters is, so that a screen can set it apart."""

    OUTLINE = "outline"
    CAPTION = "caption"
    KEY = "key"
    MARKED = "marked"


#: One line of the picture: runs of characters with the same ink.
Line = tuple[tuple[Ink, str], ...]

#: What fills a marked place, so that it never depends on colour.
FILL = "#"

_Cells = dict[tuple[int, int], str]


class Captions(NamedTuple):
    """The words over the figures."""

    front: str
    back: str
    left: str
    right: str


class _Figure(NamedTuple):
    name: str
    rows: tuple[str, ...]
    cells: _Cells
    spots: dict[str, tuple[tuple[int, int], ...]]
    viewer_left: str


@cache
def _figures() -> dict[str, _Figure]:
    source = resources.files(__package__).joinpath("bodymap.json").read_text(encoding="utf-8")
    data = json.loads(source)
    figures: dict[str, _Figure] = {}
    for name, rows in data["figures"].items():
        last = len(rows[0]) - 1
        cells: _Cells = {}
        for place, runs in data["cells"].items():
            for row, start, end in runs.get(name, ()):
                for column in range(start, end + 1):
                    cells[row, column] = cells[row, last - column] = place
        spots = {
            place: tuple(
                dict.fromkeys(spot for r, c in where[name] for spot in ((r, c), (r, last - c)))
            )
            for place, where in data["spots"].items()
            if name in where
        }
        figures[name] = _Figure(name, tuple(rows), cells, spots, data["viewer_left"][name])
    return figures


def known(codes: Iterable[str]) -> frozenset[str]:
    """Those of `codes` that the map can show."""
    figures = _figures().values()
    return frozenset(code for code in codes if any(code in figure.spots for figure in figures))


def views(place: str) -> tuple[str, ...]:
    """The figures that can show a place."""
    return tuple(name for name, figure in _figures().items() if place in figure.spots)


#: The columns that both figures need side by side.
WIDTH = 55


def picture(
    keys: Mapping[str, str],
    captions: Captions,
    marked: Iterable[str] | Mapping[str, str] = (),
    *,
    columns: int = WIDTH,
) -> tuple[Line, ...]:
    """Both figures side by side, 55 columns by 22 rows of ASCII; one below the other if narrower.

    `keys` holds the key of each place; `marked` the places that are filled, as CODE for the whole
    place or CODE:SIDE for one side of the person (left or right), with FIGURE/ before it to fill it
    in one figure only. As a mapping it also says what with.
    """
    marks = dict(marked) if isinstance(marked, Mapping) else dict.fromkeys(marked, FILL)
    drawn = []
    for name, figure in _figures().items():
        width = len(figure.rows[0])
        sides = ("right", "left") if figure.viewer_left == "right" else ("left", "right")
        words = captions._asdict()
        caption = (
            "   " + f"{words[sides[0]]:<7}{words[name]:^{width - 20}}{words[sides[1]]:>7}" + "   "
        )
        drawn.append([[(Ink.CAPTION, char) for char in caption], *_draw(figure, keys, marks)])
    if columns < WIDTH:
        return tuple(_runs(line) for figure in drawn for line in figure)
    return tuple(
        _runs(char for part in parts for char in part) for parts in zip(*drawn, strict=True)
    )


def _draw(
    figure: _Figure, keys: Mapping[str, str], marks: Mapping[str, str]
) -> list[list[tuple[Ink, str]]]:
    labels = {spot: (place, keys[place]) for place in keys for spot in figure.spots.get(place, ())}
    lines = []
    for y, row in enumerate(figure.rows):
        line = []
        for x, char in enumerate(row):
            if (y, x) in labels:
                place, key = labels[y, x]
                chosen = _fill(figure, marks, place, x)
                line.append((Ink.MARKED if chosen else Ink.KEY, key))
            elif fill := _fill(figure, marks, figure.cells.get((y, x), ""), x):
                line.append((Ink.MARKED, fill))
            else:
                line.append((Ink.OUTLINE, char))
        lines.append(line)
    return lines


def _fill(figure: _Figure, marks: Mapping[str, str], place: str, column: int) -> str:
    """What a place is filled with in that column; empty where it is not marked."""
    middle = len(figure.rows[0]) // 2
    right = {"left": "right", "right": "left"}[figure.viewer_left]
    side = figure.viewer_left if column < middle else right
    sides = (figure.viewer_left, right) if column == middle else (side,)
    names = [*(f"{place}:{side}" for side in sides), place]
    return next(
        (marks[name] for name in (*(f"{figure.name}/{n}" for n in names), *names) if name in marks),
        "",
    )


def _runs(characters: Iterable[tuple[Ink, str]]) -> Line:
    runs: list[tuple[Ink, str]] = []
    for ink, char in characters:
        if runs and runs[-1][0] is ink:
            runs[-1] = (ink, runs[-1][1] + char)
        else:
            runs.append((ink, char))
    ink, text = runs[-1]
    runs[-1] = (ink, text.rstrip())
    return tuple(runs)


def in_words(keys: Mapping[str, str], names: Mapping[str, str]) -> tuple[str, ...]:
    """What the picture says, for who cannot see it: each key with the name of its place."""
    return tuple(f"{key}: {names[place]}" for place, key in keys.items())
