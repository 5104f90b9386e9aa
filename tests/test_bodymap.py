"""The drawing of the body: its size, its sides, and that every place can be seen."""

import json
from importlib import resources

import pytest

from tpcheck.render import bodymap
from tpcheck.render.bodymap import Captions, Ink

CAPTIONS = Captions("FRONT", "BACK", "left", "right")
DATA = json.loads(resources.files("tpcheck.render").joinpath("bodymap.json").read_text("utf-8"))
REGIONS = list(DATA["cells"])


def lines(codes: list[str], *marked: str, columns: int = 80) -> list[str]:
    keys = {code: chr(ord("1") + n) for n, code in enumerate(codes)}
    drawn = bodymap.picture(keys, CAPTIONS, marked, columns=columns)
    return ["".join(text for _, text in line) for line in drawn]


def test_it_fits_a_usual_window_and_is_ascii() -> None:
    drawn = lines(REGIONS)
    assert len(drawn) <= 22
    assert max(map(len, drawn)) == bodymap.WIDTH == 55
    assert all(line.isascii() and line.isprintable() for line in drawn)


def test_a_narrow_window_has_one_figure_below_the_other() -> None:
    drawn = lines(REGIONS, columns=39)
    assert len(drawn) == 44
    assert max(map(len, drawn)) <= 29


def test_every_place_is_drawn_inside_its_figure() -> None:
    for place, where in DATA["spots"].items():
        assert where, place
        for figure, spots in where.items():
            rows = DATA["figures"][figure]
            assert all(0 <= row < len(rows) and 0 <= column <= 14 for row, column in spots), place


@pytest.mark.parametrize("figure", ["front", "back"])
def test_the_figures_are_the_same_on_both_sides(figure: str) -> None:
    mirror = str.maketrans("/\\()", "\\/)(")
    for row in DATA["figures"][figure]:
        assert len(row) == 29
        assert row[::-1].translate(mirror) == row


def test_no_two_places_of_the_main_list_share_a_cell() -> None:
    for figure in DATA["figures"]:
        cells = [
            (row, column)
            for runs in DATA["cells"].values()
            for row, start, end in runs.get(figure, ())
            for column in range(start, end + 1)
        ]
        assert len(cells) == len(set(cells))


def test_every_region_has_its_key_in_its_own_cells() -> None:
    for region in REGIONS:
        for figure, spots in DATA["spots"][region].items():
            for spot_row, column in spots:
                assert any(
                    row == spot_row and start <= column <= end
                    for row, start, end in DATA["cells"][region][figure]
                ), region


def test_left_is_the_persons_own_left() -> None:
    # Seen from the front it is on the right of the picture, seen from the back on the left.
    region = next(r for r in REGIONS if set(DATA["cells"][r]) == {"front", "back"})
    drawn = lines([], f"{REGIONS[-1]}:left")
    marked = [line.index("#") for line in drawn if "#" in line]
    assert region
    assert all(14 < column < 29 for column in marked)
    caption = drawn[0]
    front, back = caption[:29], caption[29:]
    assert front.index("right") < front.index("FRONT") < front.index("left")
    assert back.index("left") < back.index("BACK") < back.index("right")
    ends = [line.rindex("#") for line in drawn if "#" in line]
    assert all(29 < column < 43 for column in ends)


def test_a_place_without_a_side_is_marked_on_both() -> None:
    both = "\n".join(lines([], REGIONS[0])).count("#")
    left = "\n".join(lines([], f"{REGIONS[-1]}:left")).count("#")
    right = "\n".join(lines([], f"{REGIONS[-1]}:right")).count("#")
    assert left == right > 0
    assert "\n".join(lines([], REGIONS[-1])).count("#") == left + right
    assert both > 0


def test_keys_and_marks_are_told_apart_without_colour() -> None:
    code = REGIONS[0]
    drawn = bodymap.picture({code: "1"}, CAPTIONS, [code])
    inks = {ink for line in drawn for ink, text in line if "1" in text}
    assert inks == {Ink.MARKED}
    plain = bodymap.picture({code: "1"}, CAPTIONS)
    assert {ink for line in plain for ink, text in line if "1" in text} == {Ink.KEY}


def test_only_known_places_are_offered() -> None:
    assert bodymap.known([REGIONS[0], "elsewhere"]) == {REGIONS[0]}


def test_in_words_says_the_same() -> None:
    words = bodymap.in_words({"a": "1", "b": "2"}, {"a": "Here", "b": "There"})
    assert words == ("1: Here", "2: There")
