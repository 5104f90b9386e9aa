"""The checks of `rules check`: each finds what it is for, at its place, and nothing else."""

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import SHIPPED, SMALL, TESTS, ruleset_text, small_text

from tpcheck import loader
from tpcheck.engine import Engine
from tpcheck.model import Problem, RuleSet
from tpcheck.rulework import checks, readability, words
from tpcheck.rulework.passages import Kind, Passage, passages

HERE = "¦"  # stands where the problem has to be

#: What an example has besides the sections that it brings.
QUESTIONS = """
questions:
  - section: first
    title: First
    screens:
      - sign: crushed
        text: Do you feel crushed?
        reword: Does it feel as if something heavy lies on you?
        floor: now
      - many: pain
        text: Where does it hurt?
        options:
          - leg: Leg
        exclusive:
          - none: Nowhere
        usual: [none]
"""
WARNING_SIGNS = """
warning_signs:
  - id: heavy
    text: That can be dangerous.
    levels:
      now: {crushed: yes}
    source: A publisher, a document, 2026
    verified: verified
"""
#: Areas that make places of the options of an item, so that notes and conditions can name one.
AREAS = """
areas:
  main_item: pain
  main: {leg: pain}
  pain: [pain]
  sore: []
  spread: []
  spread_counts: {answered: pain}
  list: []
"""

#: The words of the screens that ship: those that other tests make up are no words.
SCREENS = re.search(r"^screens:\n(?:[ #\n].*\n?)*", SHIPPED.read_text("utf-8"), re.MULTILINE)[0]  # type: ignore[index]

EXAMPLES = sorted((TESTS / "checks").rglob("*.yaml"))


def complete(text: str) -> str:
    """A whole rule file from an example."""
    if "\nquestions:" not in text:
        text += QUESTIONS
        if "\nareas:" not in text:
            text += AREAS
    if "\nwarning_signs:" not in text:
        text += WARNING_SIGNS
    return ruleset_text(text + "\n" + SCREENS)


def problems(text: str) -> tuple[Problem, ...]:
    return checks.check(Engine(loader.load(text.encode(), "test.yaml")))


# --- the examples -----------------------------------------------------------------------------


def test_every_check_has_good_and_bad_examples() -> None:
    have = Counter((path.parent.name, re.split("[_.]", path.name)[0]) for path in EXAMPLES)

    assert set(have) == {(c.check_id, kind) for c in checks.CHECKS for kind in ("good", "bad")}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_an_example(path: Path) -> None:
    check = path.parent.name
    marked = complete("\n" + path.read_text(encoding="utf-8"))
    places = [
        (number, match.start() + 1 - before)
        for number, line in enumerate(marked.splitlines(), 1)
        for before, match in enumerate(re.finditer(HERE, line))
    ]
    assert bool(places) == path.name.startswith("bad")

    found = problems(marked.replace(HERE, ""))

    at = {(p.where.line, p.where.column) for p in found if p.check == check}
    assert sorted(at) == places


def test_the_small_rule_set_has_nothing_wrong() -> None:
    text = SMALL.read_text(encoding="utf-8")

    assert problems(text.replace("\nquestions:\n", f"\n{SCREENS}\nquestions:\n")) == ()


def test_the_shipped_rule_set_has_nothing_wrong(shipped: RuleSet) -> None:
    assert checks.check(Engine(shipped)) == ()


# --- what is checked --------------------------------------------------------------------------


@pytest.mark.parametrize("path", [SHIPPED, SMALL], ids=lambda path: path.stem)
def test_no_text_escapes(path: Path, shipped: RuleSet, small: RuleSet) -> None:
    """Every text that the loader read is looked at, at the place where it was read."""
    ruleset = shipped if path == SHIPPED else small

    looked_at = Counter((p.text, p.where) for p in passages(Engine(ruleset)))

    assert looked_at == Counter(ruleset.text_marks)


def test_equal_texts_have_their_own_places(small: RuleSet) -> None:
    nowhere = [p.where.line for p in passages(Engine(small)) if p.text == "Nowhere"]

    lines = small_text().splitlines()
    assert nowhere == [n for n, line in enumerate(lines, 1) if line.endswith(": Nowhere")]


def test_without_places_a_problem_is_at_its_record(small: RuleSet) -> None:
    rule = replace(small.rules[0], text="It is a cure.")
    bare = replace(small, rules=(rule, *small.rules[1:]), text_marks=())

    found = [p.where for p in checks.check(Engine(bare)) if p.check == "claim"]

    assert found == [rule.where]


def test_a_problem_is_said_once() -> None:
    text = "\nleaflet:\n  - {id: a, title: A, paragraphs: ['A cure, and a cure']}\n"

    assert [p.check for p in problems(complete(text))] == ["claim"]


def test_an_approved_rule_set_needs_no_more_approval() -> None:
    path = TESTS / "checks" / "needs-approval" / "bad.yaml"
    text = complete("\n" + path.read_text(encoding="utf-8").replace(HERE, ""))
    text = text.replace("status: draft", "status: approved\n  approval: {by: A, registration: 1,"
                        " on: 2026-02-01, of: " + "0" * 64 + "}")  # fmt: skip
    fingerprint = loader.load(text.encode(), "test.yaml").fingerprint

    assert {p.check for p in problems(text)} == {"needs-approval"}
    assert problems(text.replace("0" * 64, fingerprint)) == ()


# --- the lists --------------------------------------------------------------------------------


@pytest.mark.parametrize("check", [c.check_id for c in checks.CHECKS])
def test_a_list_says_why_and_on_what_it_rests(check: str) -> None:
    if check in ("long-sentence", "hard-screen", "reading-age"):
        return
    told = words.phone_numbers() if check == "phone-number" else words.word_list(check)

    assert told.why
    assert told.source


@pytest.mark.parametrize(
    ("check", "text", "found"),
    [
        # An ending, and the border of a word.
        ("claim", "Detoxing, toxins, not intoxicated", ["Detoxing", "toxins"]),
        # White space and hyphens are one.
        ("claim", "pain-free, pain  free, painfree", ["pain-free", "pain  free"]),
        ("device", "NHS-approved", ["NHS-approved"]),
        # A sign stands at the end of a number.
        ("claim", "90% and 90 %", ["%", "%"]),
        # What is let pass, and what only looks like it.
        ("claim", "It cannot cure you. A cure!", ["cure"]),
        ("reassurance", "It is not safe to drive. It is safe to walk.", ["safe to"]),
        # The apostrophe of a typesetter.
        ("reassurance", "Don\u2019t worry", ["Don't worry"]),
        # A name that is data.
        ("diagnosis", "You may have a slipped disc", ["You may have a slipped disc"]),
        ("diagnosis", "Do you have a slipped disc?", []),
        ("diagnosis", "You have come a long way with sciatica", []),
        # Both in one sentence, or not.
        ("needs-approval", "Massage can improve migraine.", ["improve"]),
        ("needs-approval", "Migraine is common. Rest can improve things.", []),
    ],
)
def test_what_a_list_finds(check: str, text: str, found: list[str]) -> None:
    passage = Passage(text, Kind.SHOWN, "unit")

    assert [words_found for words_found, _ in words.word_list(check).found(passage)] == found


# --- reading ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("a", 1), ("back", 1), ("sore", 1), ("spread", 1), ("aches", 2),  # of ache: 1, and is rare
        ("walked", 1), ("rested", 2), ("called", 1), ("muddled", 2),
        ("muscle", 2), ("muscles", 2), ("centre", 2), ("changes", 2), ("times", 1),
        ("someone", 2), ("headache", 2), ("movement", 2), ("safely", 2), ("where", 1),
        ("area", 3), ("diary", 3), ("medium", 3), ("video", 3), ("people", 2), ("quiet", 2),
        ("going", 2), ("staying", 2), ("lung", 1), ("pregnancy", 3), ("examination", 5),
        ("clinic's", 2), ("don't", 1), ("X-ray", 2), ("999", 1), ("A&E", 2), ("the", 1),
    ],
)  # fmt: skip
def test_syllables(word: str, count: int) -> None:
    assert readability.syllables(word) == count


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Call 999. Do not wait.", ["Call 999.", "Do not wait."]),
        ("Go to 111.nhs.uk now", ["Go to 111.nhs.uk now"]),
        ('It says "stop." Then stop!', ['It says "stop.', "Then stop!"]),
        ("Really? -- Yes", ["Really?", "-- Yes"]),
        ("...", []),
    ],
)
def test_sentences(text: str, sentences: list[str]) -> None:
    assert readability.sentences(text) == sentences


def test_a_grade_is_that_of_the_formula() -> None:
    grade = readability.grade(["Go to bed.", "Take a tablet"])

    assert grade == (2, 6, 7)
    assert grade.value == pytest.approx(0.39 * 3 + 11.8 * 7 / 6 - 15.59)


def test_nothing_has_no_grade() -> None:
    assert readability.grade([]).value == 0
