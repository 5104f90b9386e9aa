"""A summary as text, on a terminal and as JSON: each shows all of it, and obeys none of it."""

import json
import re

import pytest

from tpcheck.engine import Engine
from tpcheck.model import Block, BlockKind, Record, RuleSet, Summary, TraceLine
from tpcheck.render import book, render, terminal
from tpcheck.render.characters import columns, encodable, visible
from tpcheck.render.wrapping import wrap
from tpcheck.summary import summarize

#: Everything that data can hold and a screen must survive.
NASTY = (
    "[red]mark[/] [link=https://a.example]up[/link] :smile: \x1b[2J\x1b]52;c;AAAA\x07 \x9b31m "
    "real\rfake \x08\x08 \u202edetrevni\u202c 9\u200b99 {0.__class__} %s $(id) `id` <script> "
    "| # h --- \u4e16\u754c\u4e16\u754c e" + "\u0301" * 500 + " \ud800 caf\u00e9 \u2018q\u2019"
)
SGR = re.compile(r"\x1b\[[0-9;]*m")


def _summary(text: str, *, is_emergency: bool = False) -> Summary:
    blocks = (
        Block("action", BlockKind.CARD, text, (text,), (text,)),
        Block("said", BlockKind.SECTION, text, (), (text, text)),
        Block("empty", BlockKind.SECTION, "", (), ()),
        Block("about", BlockKind.SMALL, "", (text, text)),
    )
    line = TraceLine("rule", "now", "now", True, (text,), text, "part", (("item", ("yes",)),))
    record = Record("id", "2026-01-01", "f" * 64, "draft", answers={"item": ("yes",)})
    return Summary("now", 13, True, text, blocks, record, trace=(line,), is_emergency=is_emergency)


# --- characters -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, caf\u00e9, \u4e16", "plain, caf\u00e9, \u4e16"),
        ("\x1b[2J", "\\u{1b}[2J"),  # steers the terminal
        ("\x9b31m", "\\u{9b}31m"),  # the same in one byte of C1
        ("a\rb\nc\td", "a\\u{d}b\\u{a}c\\u{9}d"),  # leaves the line
        ("\u202eabc", "\\u{202e}abc"),  # turns the reading direction
        ("9\u200b99", "9\\u{200b}99"),  # is not seen
        ("\u2028", "\\u{2028}"),  # ends a line for some
        ("\ud800", "\\u{d800}"),  # half a character, as in a file name
        ("\ue000", "\\u{e000}"),  # private use
        ("e" + "\u0301" * 6, "e" + "\u0301" * 4 + "\\u{301}" * 2),  # covers the lines around
    ],
)
def test_what_could_steer_a_terminal_is_made_visible(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize(
    ("text", "encoding", "written"),
    [
        ("caf\u00e9", "utf-8", "caf\u00e9"),
        ("\u2018a\u2019 \u2013 b\u2026", "ascii", "'a' - b..."),  # has a typewriter's form
        ("caf\u00e9", "ascii", "caf\\xe9"),  # has none
        ("caf\u00e9", "cp1252", "caf\u00e9"),
        ("caf\u00e9", None, "caf\\xe9"),  # a stream that does not say
    ],
)
def test_a_stream_is_sent_only_what_it_can_say(
    text: str, encoding: str | None, written: str
) -> None:
    assert encodable(text, encoding) == written


# --- lines ------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [20, 40, 79])
def test_no_line_is_wider_than_the_screen(width: int) -> None:
    lines = render(_summary(NASTY), width=width).splitlines()

    assert max(map(columns, lines)) <= width


@pytest.mark.parametrize("width", [-1, 0, 1, 19, 10_000])
def test_a_width_that_nobody_can_read_is_not_taken(width: int) -> None:
    longest = max(map(columns, render(_summary("word " * 60), width=width).splitlines()))

    assert 15 <= longest <= 79


@pytest.mark.parametrize("width", range(20, 60))
def test_a_phone_number_stays_on_one_line(width: int) -> None:
    lines = wrap("Phone us on 01632 960 001 or on 01632 960 002 today", width)

    assert sum("01632 960 001" in line for line in lines) == 1
    assert sum("01632 960 002" in line for line in lines) == 1


def test_wrapping_loses_no_word() -> None:
    text = "one two three\u00a0four " + "x" * 50 + " \u4e16\u754c" * 9

    for width in range(20, 50):
        joined = "".join(wrap(text, width, first="- ", rest="  "))
        assert joined.replace("- ", "", 1).replace(" ", "") == text.replace(" ", "")


def test_bullets_hang() -> None:
    assert wrap("one two three four", 11, first="- ", rest="  ") == [
        "- one two",
        "  three",
        "  four",
    ]


# --- text -------------------------------------------------------------------------------------


def test_text_reads_from_top_to_bottom() -> None:
    summary = _summary("Words.")

    assert render(summary) == (
        "Words.\n\nWords.\nWords.\n- Words.\n\nWords.\n- Words.\n- Words.\n\nWords.\nWords.\n"
    )


def test_text_obeys_nothing_that_stands_in_the_data() -> None:
    text = render(_summary(NASTY))

    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u202e]", text)
    assert "[red]mark[/]" in text
    assert ":smile:" in text


# --- terminal ---------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [40, 80])
@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_the_terminal_shows_the_same_words(width: int, encoding: str) -> None:
    summary = _summary("Some words that [b]take[/b] a line or :two: to say in a narrow window.")

    drawn = terminal.render(summary, width=width, encoding=encoding)

    drawn.encode(encoding)
    plain = SGR.sub("", drawn)
    assert max(map(columns, plain.splitlines())) <= width
    words = re.sub(r"[|+\-\u2500-\u257f]", " ", plain).split()
    assert words == render(summary, width=width).replace("- ", " ").split()


def test_the_terminal_obeys_nothing_that_stands_in_the_data() -> None:
    drawn = terminal.render(_summary(NASTY), width=60)

    rest = SGR.sub("", drawn)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u202e]", rest)


@pytest.mark.parametrize(
    ("is_emergency", "colour", "codes"),
    [
        # White on red, always both: a lone foreground can vanish on somebody's background.
        (True, True, {"1;4", "1", "0", "1;37;41"}),
        (False, True, {"1;4", "1", "0"}),
        (True, False, {"1;4", "1", "0"}),
    ],
)
def test_colour_is_only_ever_a_pair(is_emergency: bool, colour: bool, codes: set[str]) -> None:
    drawn = terminal.render(_summary("Words.", is_emergency=is_emergency), width=60, colour=colour)

    assert set(re.findall(r"\x1b\[([0-9;]*)m", drawn)) == codes


# --- json -------------------------------------------------------------------------------------


def test_json_holds_what_its_page_says(small: RuleSet) -> None:
    engine = Engine(small)
    answers = engine.fill_usual({"pain": ("leg_lower",), "main": ("leg",), "injury": ("yes",)})

    data = json.loads(render(summarize(engine, engine.assess(answers)), "json"))

    assert list(data) == [
        "schema", "disposition", "exit_code", "complete", "emergency", "ruleset", "findings",
        "precautions", "areas", "conditions", "kind", "softened", "notes", "support", "answers",
        "missing", "title", "blocks",
    ]  # fmt: skip
    assert data["schema"] == "tpcheck.result/1"
    assert data["disposition"] == "clinic"
    assert data["areas"] == ["leg"]
    assert data["precautions"] == ["injured"]
    assert data["notes"] == ["muscle"]
    assert data["answers"]["pain"] == ["leg_lower"]
    assert "mood" not in data["answers"]
    assert data["ruleset"]["fingerprint"] == small.fingerprint


def test_json_says_that_there_is_no_result(small: RuleSet) -> None:
    engine = Engine(small)

    data = json.loads(render(summarize(engine, engine.assess({})), "json"))

    assert (data["disposition"], data["complete"], data["exit_code"]) == (None, False, 3)
    assert data["missing"] == ["crushed", "faint", "age", "injury", "pain", "sore", "bad", "mood"]


def test_json_is_safe_to_show_and_keeps_every_character() -> None:
    written = render(_summary(NASTY), "json")

    assert written.isascii()
    assert "\x1b" not in written
    assert json.loads(written)["title"] == NASTY


# --- formats ----------------------------------------------------------------------------------


def test_there_is_no_other_format() -> None:
    for format in ("text", "html", "json"):
        assert render(_summary("Words."), format).endswith("\n")
    with pytest.raises(ValueError, match="not a format"):
        render(_summary("Words."), "doc")


# --- the book ---------------------------------------------------------------------------------


def test_the_book_says_everything(small: RuleSet) -> None:
    text = " ".join(book.render(small, width=79).split())

    for words in (
        "To test the program.",
        "A crushed feeling [crushed, sign]",
        "In other words, after a not sure: Does it feel as if something heavy lies on you?",
        "If this alone is yes, at least: help now",
        "- Under 40 [young]",
        "Usual answer: Under 40",
        "How are you? [mood, one, private]",
        "Asked when: any of: - Where does it hurt? [pain] - Thigh or Calf",
        "Asked until the advice is at least: help today",
        "What to do instead of the usual: Lie down and call for help now.",
        "none of: - Did it start with an injury? [injury] - Yes",
        "at least 2 of: - How bad is it? [bad] - 8 or 9 or 10",
        "the rule [heavy] is met",
        "Tell the clinician: blood",
        "DECISION NEEDED: Is 8 the right number?",
        "[leg_again] See leg, blood.",
        "Told with the rules: heavy",
        "From: leg_upper, leg_lower",
        "Left out when: Did it start with an injury? [injury] - Yes",
        "Softened: It may spread.",
        "At least help now when: A crushed feeling [crushed] - Yes",
    ):
        assert words in text


def test_the_book_of_the_shipped_rules_fits_the_page(shipped: RuleSet) -> None:
    lines = book.render(shipped, width=72).splitlines()

    assert max(map(columns, lines)) <= 72
