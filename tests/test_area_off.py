"""The area that the clinic may refuse can be switched off; the notes keep step with the areas."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tpcheck import cases, loader
from tpcheck.engine import Engine
from tpcheck.model import Answer, Area, Assessment, RuleSet

TESTS = Path(__file__).parent
PATTERNS = TESTS / "cases" / "patterns.yaml"
OFF = "buttock_hip"
INSTEAD = "low_back"


def _load() -> RuleSet:
    shipped = TESTS.parent / "questions.yaml"
    return loader.load(shipped.read_bytes(), shipped.name)


def _without(ruleset: RuleSet, area_id: str) -> RuleSet:
    areas = tuple(
        replace(area, use=False) if area.area_id == area_id else area
        for area in ruleset.patterns.areas
    )
    return replace(ruleset, patterns=replace(ruleset.patterns, areas=areas))


ON = Engine(_load())
WITHOUT = Engine(_without(ON.ruleset, OFF))


def _assess(engine: Engine, answers: Mapping[str, Answer]) -> Assessment:
    return engine.assess(engine.fill_usual(answers))


def _area(area_id: str) -> Area:
    return next(area for area in ON.ruleset.patterns.areas if area.area_id == area_id)


def _pattern_cases() -> tuple[cases.Case, ...]:
    found, problems = cases.read(PATTERNS.read_bytes(), PATTERNS.name, ON)
    return () if problems else found


def _case(case_id: str) -> cases.Case:
    return next(case for case in _pattern_cases() if case.case_id == case_id)


# --- the area switched off ------------------------------------------------------------------------


def test_the_shipped_rules_name_the_area_until_the_clinic_decides() -> None:
    area = _area(OFF)
    assert (area.use, area.on_leaflet, area.if_off) == (True, False, INSTEAD)
    assert area.decision


def test_the_outer_hip_with_the_outer_thigh_drops_the_area_and_names_nothing_instead() -> None:
    answers = _case("pc19").answers
    assert _assess(ON, answers).patterns.areas == ("iliotibial_band", OFF)
    assert _assess(WITHOUT, answers).patterns.areas == ("iliotibial_band",)


@pytest.mark.parametrize("zone", [zone for row in _area(OFF).rows for zone in row.zones])
def test_pain_in_that_area_alone_falls_back(zone: str) -> None:
    answers = {"main_place": ("buttock_hip",), "zone_buttock": (zone,)}
    before, after = _assess(ON, answers), _assess(WITHOUT, answers)
    assert before.patterns.areas == (OFF,)
    assert after.patterns == replace(before.patterns, areas=(INSTEAD,))


@pytest.mark.parametrize(
    ("place", "item", "zone", "named"),
    [
        ("low_back", "zone_low_back", "low_back_centre", "low_back"),
        ("thigh_knee", "zone_thigh", "thigh_back", "hamstrings"),
        ("thigh_knee", "zone_thigh", "thigh_outer", "iliotibial_band"),
        ("lower_leg", "zone_lower", "calf", "calves"),
    ],
)
def test_in_second_place_the_area_is_left_out(place: str, item: str, zone: str, named: str) -> None:
    answers = {
        "main_place": (place,),
        "more_places": ("few",),
        "other_places": ("buttock_hip",),
        item: (zone,),
        "zone_buttock": ("buttock_upper",),
    }
    assert _assess(ON, answers).patterns.areas == (named, OFF)
    assert _assess(WITHOUT, answers).patterns.areas == (named,)


def test_there_are_pattern_cases_to_compare() -> None:
    assert len(_pattern_cases()) > 100


@pytest.mark.parametrize("case", _pattern_cases(), ids=lambda case: case.sentence)
def test_everything_else_stays_as_it_is(case: cases.Case) -> None:
    before, after = _assess(ON, case.answers), _assess(WITHOUT, case.answers)
    named = before.patterns.areas
    left = tuple(area for area in named if area != OFF) or (INSTEAD,) * len(named)
    assert after == replace(before, patterns=replace(before.patterns, areas=left))


# --- what keeps step with the areas ---------------------------------------------------------------


def _places() -> list[tuple[str, str, str]]:
    """Every place of pain: the option of the main place, the item that asks, and the place."""
    return [
        (place, item, option.code)
        for place, item in ON.ruleset.patterns.main.items()
        for option in ON.items[item].options
        if not option.exclusive
    ]


def _mapped() -> frozenset[str]:
    areas = ON.ruleset.patterns.areas
    return frozenset(zone for area in areas for row in area.rows for zone in row.zones)


@pytest.mark.parametrize(("place", "item", "zone"), _places())
def test_a_place_names_an_area_or_the_note_says_why_not(place: str, item: str, zone: str) -> None:
    # Long enough for pain in the chest to show more than the advice.
    answers = {"main_place": (place,), item: (zone,), "how_long": ("over_3_months",)}
    patterns = _assess(ON, answers).patterns
    assert bool(patterns.areas) == (zone in _mapped())
    assert ("no_area" in patterns.notes) == (not patterns.areas)


@pytest.mark.parametrize(("place", "item", "zone"), _places())
def test_beside_a_place_without_an_area_another_place_still_leads_to_one(
    place: str, item: str, zone: str
) -> None:
    main, main_item, without = (
        ("chest_tummy", "zone_front", "side_waist")
        if place == "buttock_hip"
        else ("buttock_hip", "zone_buttock", "groin")
    )
    answers = {
        "main_place": (main,),
        main_item: (without,),
        "more_places": ("few",),
        "other_places": (place,),
        item: (zone,),
        "how_long": ("over_3_months",),
    }
    patterns = _assess(ON, answers).patterns
    assert bool(patterns.areas) == (zone in _mapped())
    assert ("no_area" in patterns.notes) == (not patterns.areas)


@pytest.mark.parametrize("item", ON.ruleset.patterns.sore_items)
def test_a_sore_spot_names_an_area_although_the_pain_has_none(item: str) -> None:
    sore = [option.code for option in ON.items[item].options if not option.exclusive]
    for zone in sore:
        if zone not in _mapped():
            continue
        patterns = _assess(ON, {**_asks(item), item: (zone,)}).patterns
        assert patterns.areas, zone
        assert "no_area" not in patterns.notes, zone


def _asks(sore_item: str) -> dict[str, Answer]:
    """Answers with a main place without an area, and the other place for which it is asked."""
    for place, item in ON.ruleset.patterns.main.items():
        answers: dict[str, Answer] = {
            "main_place": ("chest_tummy",),
            "zone_front": ("side_waist",),
            "more_places": ("few",),
            "other_places": (place,),
            item: ("only_spot",),
        }
        if place != "chest_tummy" and sore_item in ON.path(ON.fill_usual(answers)).items:
            return answers
    raise AssertionError(sore_item)


@pytest.mark.parametrize(("place", "item", "zone"), _places())
def test_the_note_on_a_spot_without_pain_never_plays_down_a_pain(
    place: str, item: str, zone: str
) -> None:
    # A sore spot that is not the pain, found where there is no pain, beside a pain elsewhere.
    spot = (
        {"sore_shoulder": ("shoulder_top",), "spread_upper": ("only_there",)}
        if place != "shoulder_upper_back"
        else {"sore_low_back": ("low_back_side",), "spread_back": ("only_there",)}
    )
    other = "low_back" if place == "shoulder_upper_back" else "shoulder_upper_back"
    answers: dict[str, Answer] = {
        "main_place": (other,),
        ON.ruleset.patterns.main[other]: ("only_spot",),
        "more_places": ("few",),
        "other_places": (place,),
        item: (zone,),
        "how_long": ("over_3_months",),
        "familiar": ("no",),
        **spot,
    }
    assert "sore_without_pain" not in _assess(ON, answers).patterns.notes
    assert "sore_without_pain" in _assess(ON, {**answers, item: ("only_spot",)}).patterns.notes


def _sciatica() -> list[tuple[str, str]]:
    condition = next(c for c in ON.ruleset.patterns.conditions if c.condition_id == "sciatica")
    back, leg = condition.pain_in
    return [(first, second) for first in back for second in leg]


@pytest.mark.parametrize(("first", "second"), _sciatica())
def test_sciatica_is_never_named_without_the_nerve(first: str, second: str) -> None:
    where = {zone: (place, item) for place, item, zone in _places()}
    (place, item), (other, other_item) = where[first], where[second]
    answers = {
        "main_place": (place,),
        item: (first,),
        "more_places": ("few",),
        "other_places": (other,),
        other_item: (second,),
    }
    patterns = _assess(ON, answers).patterns
    assert "sciatica" in patterns.conditions
    assert "la_lumbar_nerve" in patterns.notes
