"""Draw the body with its marks as SVG: one drawing for each view that has something to show.

The shapes are data in `bodyshapes.json`, an own drawing. What a mark means never rests on colour:
the main place is solid, where it is felt too is hatched, a sore spot is a ring, and each has a
number that a list beside the drawing explains. Colours come from the style sheet of the page.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from importlib import resources
from typing import NamedTuple

from tpcheck.model import LEFT, RIGHT, BodyMap, Mark, MarkKind
from tpcheck.render.page import escape

#: The part of the drawing that is shown: left, top and width.
_LEFT, _TOP, _WIDTH = -140, -36, 280
#: Where it ends: below all of the body, or in the middle if no mark is lower than that.
_END, _MIDDLE = 558, 344
#: Where the numbers stand, how far apart at the least, and their size.
_MARGIN = 121
_APART = 35
_RADIUS = 16.5
_OTHER = {LEFT: RIGHT, RIGHT: LEFT}

#: The number of each mark that is drawn; a mark that no view can show has none.
Numbers = dict[Mark, int]


class _Shape(NamedTuple):
    path: str
    x: float
    y: float


class _View(NamedTuple):
    """What one view can show, and which side of the person is on the left of it."""

    viewer_left: str
    detail: tuple[str, ...]
    shapes: dict[str, _Shape]


class _Body(NamedTuple):
    outline: str
    line: str
    head: str
    views: dict[str, _View]


@cache
def _body() -> _Body:
    source = resources.files(__package__).joinpath("bodyshapes.json").read_text(encoding="utf-8")
    data = json.loads(source)
    views = {
        name: _View(
            viewer_left,
            tuple(data["detail"][name]),
            {
                place: _Shape(*found[name])
                for place, found in data["places"].items()
                if name in found
            },
        )
        for name, viewer_left in data["viewer_left"].items()
    }
    return _Body(data["outline"], data["line"], data["head"], views)


def numbered(body_map: BodyMap) -> Numbers:
    """A number for each mark that can be drawn, in the order of the marks."""
    views = _body().views.values()
    drawn = (mark for mark in body_map.marks if any(mark.place in view.shapes for view in views))
    return {mark: number for number, mark in enumerate(drawn, 1)}


def drawings(body_map: BodyMap, title: str) -> Iterator[str]:
    """As few views as show every mark, each as an `svg` element; `title` says what they are of."""
    shown = {
        name: {mark: n for mark, n in numbered(body_map).items() if mark.place in view.shapes}
        for name, view in _body().views.items()
    }
    wanted: set[Mark] = set()
    needed: set[str] = set()
    for name in sorted(shown, key=lambda name: -len(shown[name])):
        if not wanted.issuperset(shown[name]):
            wanted.update(shown[name])
            needed.add(name)
    for name, view in _body().views.items():
        if name in needed:
            yield _Drawing(name, view, body_map, shown[name]).svg(title)


def swatch(kind: MarkKind) -> str:
    """A small sample of a kind of mark, for the list beside the drawing. It says nothing itself."""
    inner = {
        MarkKind.MAIN: '<rect class="main" x="1" y="1" width="22" height="16"/>',
        MarkKind.ALSO: (
            '<rect class="also" x="1" y="1" width="22" height="16"/>'
            '<path class="stripe" d="M3 17L13 1M9 17L19 1M15 17L23 4M1 10L7 1"/>'
        ),
        MarkKind.SORE: _ring(12, 9, 6.5),
    }[kind]
    return (
        '<svg class="swatch" viewBox="0 0 24 18" width="24" height="18"'
        f' aria-hidden="true" focusable="false">{inner}</svg>'
    )


class _Drawing:
    """One view of the body. Ids start with the name of the view: a page holds both."""

    def __init__(self, name: str, view: _View, body_map: BodyMap, numbers: Numbers) -> None:
        self._name = name
        self._view = view
        self._map = body_map
        self._numbers = numbers
        lowest = max(view.shapes[mark.place].y for mark in numbers)
        self._bottom = _MIDDLE if lowest < _MIDDLE - 60 else _END

    def svg(self, title: str) -> str:
        name, body = self._name, _body()
        caption = self._map.captions[name]
        words = ". ".join(replace(self._map, marks=tuple(self._numbers)).in_words)
        parts = [
            f'<title id="{name}-title">{escape(f"{title}: {caption.lower()}")}</title>',
            f'<desc id="{name}-words">{escape(words)}.</desc>',
            self._definitions(),
            f'<path class="body" d="{body.outline}"/><path class="body" d="{body.head}"/>',
            *(f'<path class="detail" d="{path}"/>' for path in self._view.detail),
            *(part for kind in MarkKind for part in self._marks(kind)),
            f'<path class="line" d="{body.line}"/><path class="line" d="{body.head}"/>',
            *self._labels(),
            *self._captions(),
        ]
        height = self._bottom - _TOP
        return (
            f'<svg class="view" viewBox="{_LEFT} {_TOP} {_WIDTH} {height}"'
            f' width="{_WIDTH}" height="{height}"'
            f' role="img" aria-labelledby="{name}-title" aria-describedby="{name}-words">'
            + "\n".join(parts)
            + "</svg>"
        )

    def _definitions(self) -> str:
        name, body = self._name, _body()
        return (
            f'<defs><clipPath id="{name}-body"><path d="{body.outline}"/><path d="{body.head}"/>'
            f'</clipPath><clipPath id="{name}-half"><rect x="0" y="-10" width="140" height="600"/>'
            f'</clipPath><pattern id="{name}-hatch" width="8" height="8"'
            ' patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
            '<rect class="paper" width="8" height="8"/><rect class="ink" width="3.5" height="8"/>'
            "</pattern></defs>"
        )

    def _captions(self) -> Iterator[str]:
        words, viewer_left = self._map.captions, self._view.viewer_left
        above = (
            ("side", 0, self._name),
            ("hand", -100, viewer_left),
            ("hand", 100, _OTHER[viewer_left]),
        )
        for style, x, caption in above:
            text = escape(words[caption].capitalize())
            yield f'<text class="{style}" x="{x}" y="{_TOP + 22}">{text}</text>'

    # --- marks --------------------------------------------------------------------------------

    def _is_mirrored(self, side: str) -> bool:
        """Whether that side of the person is the half that is a mirror image."""
        return side == self._view.viewer_left

    def _marks(self, kind: MarkKind) -> Iterator[str]:
        for mark in self._numbers:
            if mark.kind is kind:
                shape = self._view.shapes[mark.place]
                for side in (mark.side,) if mark.side else (LEFT, RIGHT):
                    yield self._mark(mark, shape, side)

    def _mark(self, mark: Mark, shape: _Shape, side: str) -> str:
        turn = ' transform="scale(-1 1)"' if self._is_mirrored(side) else ""
        if mark.kind is MarkKind.SORE:
            return f"<g{turn}>{_ring(shape.x, shape.y, 7)}</g>"
        half = f' clip-path="url(#{self._name}-half)"' if mark.side else ""
        fill = f' fill="url(#{self._name}-hatch)"' if mark.kind is MarkKind.ALSO else ""
        return (
            f'<g{turn}{half}><path class="{mark.kind}"{fill} clip-path="url(#{self._name}-body)"'
            f' d="{shape.path}"/></g>'
        )

    # --- numbers ------------------------------------------------------------------------------

    def _labels(self) -> Iterator[str]:
        """The numbers in the margins, each with a line to its place."""
        margins: dict[int, list[tuple[float, float, int]]] = {-1: [], 1: []}
        for mark, number in self._numbers.items():
            shape = self._view.shapes[mark.place]
            if mark.side:
                sign = -1 if self._is_mirrored(mark.side) else 1
            else:
                sign = 1 if len(margins[1]) <= len(margins[-1]) else -1
            margins[sign].append((shape.y, sign * shape.x, number))
        for sign, labels in margins.items():
            labels.sort()
            heights = _spread([y for y, _, _ in labels], self._bottom)
            for (y, x, number), height in zip(labels, heights, strict=True):
                yield _label(number, sign * _MARGIN, height, x, y)


def _label(number: int, x: float, y: float, to_x: float, to_y: float) -> str:
    return (
        f'<path class="lead" d="M{x:g} {y:g}L{to_x:g} {to_y:g}"/>'
        f'<circle class="end" cx="{to_x:g}" cy="{to_y:g}" r="2.6"/>'
        f'<circle class="dot" cx="{x:g}" cy="{y:g}" r="{_RADIUS}"/>'
        f'<text class="number" x="{x:g}" y="{y + 7:g}">{number}</text>'
    )


def _ring(x: float, y: float, radius: float) -> str:
    return (
        f'<circle class="sore" cx="{x:g}" cy="{y:g}" r="{radius:g}"/>'
        f'<circle class="core" cx="{x:g}" cy="{y:g}" r="2"/>'
    )


def _spread(heights: Sequence[float], end: float) -> list[float]:
    """Heights from top to bottom, moved as little as it takes to keep numbers apart."""
    top, bottom = _TOP + 50, end - _RADIUS - 2
    apart = min(_APART, (bottom - top) / max(1, len(heights)))
    placed: list[float] = []
    for height in heights:
        placed.append(max(height, placed[-1] + apart if placed else top))
    for n in reversed(range(len(placed))):
        below = placed[n + 1] - apart if n + 1 < len(placed) else bottom
        placed[n] = min(placed[n], below)
    return placed
