"""The result and the rule book as pages: sound HTML, every word, nothing run or fetched."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from importlib import resources
from itertools import pairwise

import pytest
from conftest import small_text

from tpcheck import loader
from tpcheck.engine import Engine
from tpcheck.model import (
    LEFT,
    MAP_BLOCK,
    RIGHT,
    AnswerIs,
    Block,
    BlockKind,
    BodyMap,
    Criterion,
    Mark,
    MarkKind,
    Record,
    RuleMet,
    RuleSet,
    Summary,
)
from tpcheck.places import body_map
from tpcheck.render import book_html, html, page, svg
from tpcheck.summary import summarize

_VOID = frozenset({"meta", "rect", "br"})
_HEADINGS = ("h1", "h2", "h3", "h4", "h5")
NASTY = "\"quoted\" 'too' <script>alert(1)</script> &amp; | [left] {x} \u202e caf\u00e9 \x1b[2J"


class Page(HTMLParser):
    """A page as a browser takes it apart; refuses tags that are not closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(attrs) == len({name for name, _ in attrs}), f"{tag}: an attribute twice"
        self.elements.append((tag, dict(attrs)))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def values(self, *names: str) -> list[str]:
        return [
            value
            for _, attributes in self.elements
            for name, value in attributes.items()
            if name in names and value
        ]


def _require_sound(text: str) -> Page:
    """What holds for every page."""
    found = Page(text)
    tags = [tag for tag, _ in found.elements]
    assert text.startswith('<!doctype html>\n<html lang="en-GB">\n')
    # Nothing runs and nothing is fetched.
    assert not {"script", "link", "img", "iframe", "object", "form", "base"}.intersection(tags)
    assert found.values("src", "srcset", "style", "onload", "onclick") == []
    assert all(value.startswith(("#", "tel:")) for value in found.values("href", "xlink:href"))
    assert not re.search(r"@import|url\((?!#)|https?:", text)
    policy = next(m["content"] for m in found.all("meta") if "http-equiv" in m)
    assert policy
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    # A screen reader can walk it.
    for tag in ("main", "header", "footer", "h1", "title"):
        assert tags.count(tag) >= 1, tag
    assert tags.count("main") == tags.count("h1") == 1
    levels = [_HEADINGS.index(tag) for tag in tags if tag in _HEADINGS]
    assert levels[0] == 0
    assert all(b - a <= 1 for a, b in pairwise(levels)), "a heading is skipped"
    ids = found.values("id")
    assert len(ids) == len(set(ids))
    named = [
        v for value in found.values("aria-labelledby", "aria-describedby") for v in value.split()
    ]
    named += [value[1:] for value in found.values("href") if value.startswith("#")]
    named += re.findall(r"url\(#([^)]+)\)", text)
    assert set(named) <= set(ids)
    return found


@pytest.fixture(scope="module")
def engine(shipped: RuleSet) -> Engine:
    return Engine(shipped)


def _result(engine: Engine, **answers: str | tuple[str, ...]) -> Summary:
    given = {k: v if isinstance(v, tuple) else (v,) for k, v in answers.items()}
    return summarize(engine, engine.assess(engine.fill_usual(given)), today="2026-01-31")


#: One answer set for each disposition, the least urgent first.
ANSWERS: tuple[dict[str, str | tuple[str, ...]], ...] = (
    {
        "main_place": "low_back", "side": "left", "zone_low_back": ("low_back_side", "belt_line"),
        "sore_low_back": "low_back_side", "spread_back": ("thigh_back", "calf"),
        "familiar": "yes", "how_long": "weeks_3_6",
    },
    {"how_started": "accident", "how_long": "over_3_months"},
    {"fever": "yes"},
    {"how_started": "accident"},
    {"chest_now": "yes"},
)  # fmt: skip


@pytest.fixture(scope="module", params=range(5))
def summary(engine: Engine, request: pytest.FixtureRequest) -> Summary:
    """A result of each disposition."""
    found = _result(engine, **ANSWERS[request.param])
    assert found.disposition == engine.by_urgency[request.param].code
    return found


# --- the report -------------------------------------------------------------------------------


def test_the_report_is_sound_and_says_everything(summary: Summary) -> None:
    found = _require_sound(html.render(summary))

    assert found.text.startswith(f"{summary.title} {summary.title}")  # the title, then the heading
    assert summary.dated in found.text
    for block in summary.whole:
        lines = () if block.block_id == MAP_BLOCK else block.bullets
        for text in (block.heading, *block.paragraphs, *lines):
            assert " ".join(text.split()) in found.text


def test_what_to_do_stands_first_and_the_small_print_last(summary: Summary) -> None:
    text = Page(html.render(summary)).text

    places = [text.index(block.heading) for block in summary.whole if block.heading]
    assert places == sorted(places)
    assert summary.blocks[0].kind is BlockKind.CARD
    assert text.endswith(summary.blocks[-1].paragraphs[-1])


def test_advice_that_cannot_wait_has_no_clinic_and_no_drawing(
    engine: Engine, summary: Summary
) -> None:
    shown = engine.ruleset.disposition(summary.disposition)
    found = Page(html.render(summary))

    phones = [branch.phone for branch in engine.ruleset.clinic.branches]
    assert all((phone in found.text) == shown.shows_clinic for phone in phones)
    assert bool(found.all("svg")) == shown.shows_patterns
    assert len([v for v in found.values("href") if v.startswith("tel:")]) == (
        len(phones) if shown.shows_clinic else 0
    )


def test_the_answers_are_listed_and_private_ones_are_not(engine: Engine) -> None:
    told = _result(engine, **ANSWERS[0], coping="low")

    text = Page(html.render(told)).text

    item = engine.items["coping"]
    assert item.private
    assert (item.short or item.text) not in text
    assert item.option("low").text not in text
    assert told.answers
    assert told.denied
    assert "Side: Left" in told.answers.bullets
    assert engine.items["fever"].text in text  # answered with no
    assert len(told.answers.bullets) + len(told.denied.bullets) == len(told.record.answers)


def test_no_result_is_a_page_too(engine: Engine) -> None:
    found = _require_sound(html.render(summarize(engine, engine.assess({}))))

    assert engine.ruleset.texts["unfinished.title"] in found.text
    assert engine.ruleset.lists["unfinished.points"][0] in found.text


def test_nothing_in_the_data_becomes_markup() -> None:
    places = (Mark(MarkKind.MAIN, "calf", "lower_leg", NASTY, LEFT),)
    drawn = BodyMap(places, dict.fromkeys(MarkKind, NASTY), dict.fromkeys(
        ("front", "back", "left", "right"), NASTY), NASTY)  # fmt: skip
    blocks = (
        Block("action", BlockKind.CARD, NASTY, (NASTY,), (NASTY,)),
        Block(MAP_BLOCK, BlockKind.SECTION, NASTY, (), (NASTY,)),
        Block("about", BlockKind.SMALL, "", (NASTY,)),
    )
    record = Record("id", "2026-01-31", "f" * 64, "draft")
    nasty = Summary("now", 13, True, NASTY, blocks, record, body_map=drawn, dated=NASTY)

    found = _require_sound(html.render(nasty))

    assert found.text.count("<script>alert(1)</script> &amp; | [left] {x} \\u{202e}") >= 9
    assert "\x1b" not in found.text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a < b & 'c' \"d\"", "<p>a &lt; b &amp; &#x27;c&#x27; &quot;d&quot;</p>"),
        ("\u05e9\u05dc\u05d5\u05dd", '<p dir="auto">\u05e9\u05dc\u05d5\u05dd</p>'),  # Hebrew
        ("a\u202eb", "<p>a\\u{202e}b</p>"),
        ("Town: 01632 960 001.", '<p>Town: <a href="tel:01632960001">01632 960 001</a>.</p>'),
        ("020 7946 0018", '<p><a href="tel:02079460018">020 7946 0018</a></p>'),
        ("fingerprint 001234567890", "<p>fingerprint 001234567890</p>"),  # no phone number
        ("weeks 3 to 6, 2026-01-31", "<p>weeks 3 to 6, 2026-01-31</p>"),
    ],
)
def test_a_text_is_escaped_and_a_phone_number_can_be_tapped(text: str, written: str) -> None:
    assert page.element("p", text) == written


# --- the body ---------------------------------------------------------------------------------


def _marks(engine: Engine, **answers: str | tuple[str, ...]) -> list[tuple[str, str, str]]:
    given = {k: v if isinstance(v, tuple) else (v,) for k, v in answers.items()}
    drawn = body_map(engine, given)
    return [(m.kind, m.place, m.side) for m in drawn.marks] if drawn else []


@pytest.mark.parametrize(
    ("answers", "marks"),
    [
        # Nothing is said of a place.
        ({}, []),
        ({"main_place": "no_place"}, []),
        # The main place alone, then the places in it, on the side that was said.
        ({"main_place": "neck"}, [("main", "neck", "")]),
        (
            {"main_place": "neck", "side": "right", "zone_neck": ("neck_back", "throat")},
            [("main", "neck_back", "right"), ("main", "throat", "right")],
        ),
        ({"main_place": "neck", "side": "both", "zone_neck": "throat"}, [("main", "throat", "")]),
        # Another place, and where it spreads: of these nobody asked the side.
        (
            {
                "main_place": "neck", "side": "left", "zone_neck": "neck_side",
                "zone_arm": "elbow_outer", "sore_neck": "shoulder_top",
                "spread_upper": ("neck_side", "forehead_brow"),
            },
            [
                ("main", "neck_side", "left"), ("also", "elbow_outer", ""),
                ("also", "forehead_brow", ""), ("sore", "shoulder_top", ""),
            ],
        ),
        # A sore spot and no pain: the spot shows where.
        (
            {"main_place": "neck", "zone_neck": "only_spot", "sore_neck": "neck_back"},
            [("sore", "neck_back", "")],
        ),
        # What stands alone is no place.
        (
            {"main_place": "neck", "zone_neck": "throat", "sore_neck": "none_sore"},
            [("main", "throat", "")],
        ),
    ],
)  # fmt: skip
def test_marks_are_what_the_person_named(
    engine: Engine, answers: dict[str, str], marks: list[tuple[str, str, str]]
) -> None:
    assert _marks(engine, **answers) == marks


def test_the_item_for_the_side_has_to_ask_for_one() -> None:
    text = small_text().replace("  main_item: main\n", "  main_item: main\n  side: main\n")

    _, problems = loader.read(text.encode(), "small.yaml")

    assert [problem.check for problem in problems] == ["no-sides"]


def test_words_say_what_the_drawing_shows(engine: Engine) -> None:
    told = _result(engine, **ANSWERS[0])
    assert told.body_map

    words = told.body_map.in_words

    assert words[0] == (
        "Main pain or sore spot:"
        " To one side, between ribs and hip (left); Along the belt line (left)"
    )
    assert next(b for b in told.blocks if b.block_id == MAP_BLOCK).bullets == words
    found = Page(html.render(told))
    assert ". ".join(words) in found.text
    drawn = next(a for a in found.all("svg") if a.get("role") == "img")
    assert drawn["aria-describedby"] == "back-words"


def _map_of(*marks: Mark) -> BodyMap:
    captions = {name: name.upper() for name in ("front", "back", "left", "right")}
    return BodyMap(marks, {kind: kind.value for kind in MarkKind}, captions)


def _drawn(*marks: Mark) -> list[str]:
    return list(svg.drawings(_map_of(*marks), "Title"))


def test_the_shapes_hold_every_place_of_the_rule_set_and_of_the_terminal(engine: Engine) -> None:
    def places() -> Iterator[str]:
        patterns = engine.ruleset.patterns
        zones = (*patterns.pain_items, *patterns.sore_items, patterns.main_item)
        for link_id in zones:
            options = engine.items[link_id].options
            yield from (o.code for o in options if not o.exclusive and o.code != "no_place")

    text = resources.files("tpcheck.render").joinpath("bodymap.json").read_text("utf-8")
    terminal = json.loads(text)["spots"]

    shapes = {place for view in svg._body().views.values() for place in view.shapes}
    assert set(places()) <= shapes
    for name, view in svg._body().views.items():
        assert set(view.shapes) >= {place for place, where in terminal.items() if name in where}


@pytest.mark.parametrize(
    ("view", "side", "is_mirrored"),
    # One looks at a back, and into a face: the sides are swapped.
    [
        ("calf", LEFT, True),
        ("calf", RIGHT, False),
        ("throat", LEFT, False),
        ("throat", RIGHT, True),
    ],
)
def test_a_side_is_the_one_of_the_person(view: str, side: str, is_mirrored: bool) -> None:
    (drawing,) = _drawn(Mark(MarkKind.MAIN, view, "", "there", side))

    assert ('<g transform="scale(-1 1)"' in drawing) == is_mirrored
    assert drawing.count('class="main"') == 1


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        (MarkKind.MAIN, r'<path class="main" clip-path'),
        (MarkKind.ALSO, r'<path class="also" fill="url\(#back-hatch\)"'),
        (MarkKind.SORE, r'<circle class="sore"'),
    ],
)
def test_kinds_differ_in_more_than_colour(kind: MarkKind, shown: str) -> None:
    (drawing,) = _drawn(Mark(kind, "calf", "", "there"))

    assert len(re.findall(shown, drawing)) == 2  # both sides
    assert re.findall(r'class="number"[^>]*>(\d+)', drawing) == ["1"]


def test_only_the_views_that_are_needed_are_drawn() -> None:
    def views(*places: str) -> list[str]:
        marks = (Mark(MarkKind.MAIN, place, "", place) for place in places)
        return re.findall(r'id="(\w+)-title"', "".join(_drawn(*marks)))

    assert views("calf") == ["back"]
    assert views("throat") == ["front"]
    assert views("shoulder_top", "throat") == ["front"]  # both views can show the first
    assert views("throat", "calf") == ["front", "back"]
    assert views("elsewhere") == []


def test_what_no_view_can_show_is_said_without_a_number() -> None:
    marks = (
        Mark(MarkKind.ALSO, "elsewhere", "", "Elsewhere"),
        Mark(MarkKind.ALSO, "calf", "", "Calf"),
    )

    assert {mark.text: number for mark, number in svg.numbered(_map_of(*marks)).items()} == {
        "Calf": 1
    }


def test_numbers_never_cover_each_other(engine: Engine) -> None:
    places = [place for place, shape in svg._body().views["back"].shapes.items()]
    (drawing,) = (
        d for d in _drawn(*(Mark(MarkKind.SORE, place, "", place) for place in places))
        if 'id="back-title"' in d
    )  # fmt: skip

    found = re.findall(r'class="dot" cx="(-?[\d.]+)" cy="(-?[\d.]+)"', drawing)
    assert len(set(found)) == len(found) == len(places)


# --- the rule book ----------------------------------------------------------------------------


def test_the_book_is_sound_and_says_everything(shipped: RuleSet) -> None:
    found = _require_sound(book_html.render(shipped))
    text = found.text

    def says(*texts: str) -> None:
        for said in texts:
            assert " ".join(said.split()) in text, said

    for section in shipped.questionnaire.sections:
        says(section.title)
        for screen in section.screens:
            says(screen.text, screen.hint, screen.why, screen.say)
    for item in shipped.questionnaire.items:
        says(item.text, item.short, item.hint, item.why, item.reword, item.say, item.if_asked)
        if not item.is_yes_no:
            says(*(f"{option.text} [{option.code}]" for option in item.options))
    for rule in shipped.rules:
        says(rule.text, rule.source, rule.note, rule.decision, *(lv.action for lv in rule.levels))
    for pointer in shipped.pointers:
        says(pointer.reason)
    for precaution in shipped.precautions:
        says(precaution.text, precaution.clinician, precaution.source)
    for area in shipped.patterns.areas:
        says(area.name, area.text, area.decision)
    for kind in shipped.patterns.kinds:
        says(kind.name, kind.text, kind.soft_text)
    for thing in (*shipped.patterns.conditions, *shipped.patterns.notes, *shipped.properties):
        says(thing.text)
    for disposition in shipped.dispositions:
        says(disposition.heading, disposition.action, disposition.step_up, disposition.say)
        says(*disposition.when_calling)
    for topic in shipped.topics:
        says(topic.title, *topic.paragraphs)
    says(*shipped.texts.values())
    says(shipped.fingerprint, "Name", "Registration number", "Signature", "Date")


def test_the_book_counts_what_is_open_and_how_far_it_is_checked(shipped: RuleSet) -> None:
    text = Page(book_html.render(shipped)).text

    decisions = [rule for rule in shipped.rules if rule.decision]
    decisions_of_areas = [area for area in shipped.patterns.areas if area.decision]
    count = len(decisions) + len(decisions_of_areas)
    assert f"{count} decisions are open" in text
    assert text.count("Stays as it is") == count
    marks = [rule.verified for rule in shipped.rules]
    marks += [precaution.verified for precaution in shipped.precautions]
    assert f"publisher's page{marks.count('copy')}" in text


def _leaves(criterion: Criterion | None) -> Iterator[AnswerIs | RuleMet]:
    if isinstance(criterion, AnswerIs | RuleMet):
        yield criterion
    for part in getattr(criterion, "of", ()):
        yield from _leaves(part)


def test_conditions_stand_in_the_words_of_the_questions(shipped: RuleSet) -> None:
    text = book_html.render(shipped)
    items = {item.link_id: item for item in shipped.questionnaire.items}

    for rule in shipped.rules:
        start = text.index(f'id="r-{rule.rule_id}"')
        article = text[start : text.index("</article>", start)]
        for level in rule.levels:
            for leaf in _leaves(level.when):
                if isinstance(leaf, RuleMet):
                    assert f'href="#r-{leaf.rule}"' in article
                else:
                    chosen = (items[leaf.item].option(code).text for code in leaf.options)
                    assert f'href="#q-{leaf.item}"' in article
                    assert f"<b>{' or '.join(map(page.escape, chosen))}</b>" in article


def test_the_book_of_the_small_rules_is_sound_too(small: RuleSet) -> None:
    found = _require_sound(book_html.render(small))

    assert "At least 2 of these:" in found.text
    assert "None of these:" in found.text
    assert "The rule heavy is met" in found.text
