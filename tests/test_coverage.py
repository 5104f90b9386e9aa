"""What worked cases exercise: options, tests both ways, and levels."""

import re
from pathlib import Path

import pytest
from conftest import SMALL, ruleset_text, small_text

from tpcheck import cases, loader
from tpcheck.cli import app
from tpcheck.engine import Engine
from tpcheck.model import RuleSet
from tpcheck.rulework.coverage import Count, Coverage, coverage

#: A sign and a choice, and one rule that reads them in every way.
RULES = """
questions:
  - section: first
    title: First
    screens:
      - sign: heavy
        text: A heavy feeling
        floor: today
      - fact: old
        text: You are old
      - one: place
        text: Where is it?
        options:
          - arm: Arm
          - leg: Leg
        usual: arm
warning_signs:
  - id: first
    text: That has to be seen.
    levels:
      today: {heavy: yes}
    source: A publisher, a document, 2026
    verified: verified
  - id: second
    text: That has to be seen too.
    levels:
      today: {all: [{rule: first}, {any: [{place: [leg]}, {answered: old}]}]}
      clinic: {at_least: {count: 2, of: [{heavy: not_sure}, {old: yes}]}}
    source: A publisher, a document, 2026
    verified: verified
"""


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(loader.load(ruleset_text(RULES).encode(), "test.yaml"))


def covered(engine: Engine, *written: str) -> Coverage:
    """What these cases exercise."""
    text = "cases:\n" + "\n".join(
        f"  - case: Case {number}\n    rest: usual\n    expect: {{at_least: clinic}}\n    {case}"
        for number, case in enumerate(written)
    )
    found, problems = cases.read(text.encode(), "cases.yaml", engine) if written else ((), ())
    assert problems == ()
    return coverage(found, engine)


def messages(found: Coverage) -> list[str]:
    return [gap.message for gap in found.gaps]


def test_without_cases_nothing_is_covered(engine: Engine) -> None:
    found = covered(engine)

    assert (found.options, found.criteria, found.levels) == (Count(0, 8), Count(0, 9), Count(0, 3))
    # Each option, each level, and each test twice.
    assert len(found.gaps) == 8 + 3 + 2 * 9


def test_a_test_counts_when_it_came_out_both_ways(engine: Engine) -> None:
    one = covered(engine, "answers: {heavy: yes}")

    assert "no case fails to meet {heavy: yes} in first/today" in messages(one)
    assert "no case meets {heavy: yes} in first/today" not in messages(one)

    both = covered(engine, "answers: {heavy: yes}", "answers: {heavy: no}")

    assert not [m for m in messages(both) if "first/today" in m]


def test_an_option_counts_when_a_case_chooses_it(engine: Engine) -> None:
    found = covered(engine, "answers: {heavy: yes, place: leg}")

    gaps = [m for m in messages(found) if "chooses" in m]
    assert "no case chooses 'arm' of 'place'" in gaps
    assert "no case chooses 'leg' of 'place'" not in gaps
    # The usual answer to the rest is chosen too.
    assert "no case chooses 'no' of 'old'" not in gaps
    assert found.options == Count(8 - len(gaps), 8)


def test_a_near_miss_counts_like_a_case(engine: Engine) -> None:
    near = "near_miss: {change: {heavy: no}, expect: {at_least: clinic}}"
    found = covered(engine, f"answers: {{heavy: yes}}\n    {near}")

    assert "no case chooses 'no' of 'heavy'" not in messages(found)
    assert "no case fails to meet {heavy: yes} in first/today" not in messages(found)


def test_a_level_counts_when_it_decides(engine: Engine) -> None:
    levels = covered(engine, "answers: {heavy: yes}").levels
    assert levels == Count(2, 3)

    # A not sure makes the first rule possible and no more; the second it meets.
    unsure = covered(engine, "answers: {heavy: not_sure, old: yes}")
    assert "no case reaches first/today" in messages(unsure)
    assert "no case reaches second/clinic" not in messages(unsure)


def test_a_gap_says_where_and_what_in_the_words_of_the_file(engine: Engine) -> None:
    lines = ruleset_text(RULES).splitlines()
    gaps = covered(engine).gaps
    places = [(gap.where.line, gap.where.column) for gap in gaps]

    assert places == sorted(places)
    by_message = {gap.message: gap for gap in gaps}
    for message, line, at in (
        ("no case meets {rule: first} in second/today", "today: {all", "first}"),
        ("no case meets {place: leg} in second/today", "today: {all", "place"),
        ("no case meets {answered: old} in second/today", "today: {all", "old}"),
        ("no case meets all of 2 in second/today", "today: {all", "first}"),
        ("no case meets any of 2 in second/today", "today: {all", "place"),
        ("no case meets at least 2 of 2 in second/clinic", "at_least", "heavy"),
        ("no case chooses 'leg' of 'place'", "one: place", "one"),
        ("no case reaches first/today", "today: {heavy", "today"),
    ):
        (number,) = (n for n, text in enumerate(lines, 1) if line in text)
        where = by_message[message].where
        assert (where.line, where.column) == (number, lines[number - 1].index(at) + 1), message
        assert str(by_message[message]) == f"{where}: {message}"


def test_none_is_said_in_its_own_words(small: RuleSet) -> None:
    found = covered(Engine(small))

    assert "no case meets none of 1 in leg/today" in messages(found)
    assert SMALL.name in {gap.where.path for gap in found.gaps}


def test_the_command_lists_the_gaps_and_counts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "small.yaml").write_text(small_text(), encoding="utf-8")
    (tmp_path / "cases.yaml").write_text(
        "cases: [{case: One, answers: {crushed: yes}, rest: usual, expect: {disposition: now}}]\n",
        encoding="utf-8",
    )
    arguments = [
        "rules",
        "test",
        str(tmp_path / "cases.yaml"),
        "--rules",
        str(tmp_path / "small.yaml"),
    ]

    assert app.run([*arguments, "--coverage"]) == 0
    more = capsys.readouterr().out
    assert app.run(arguments) == 0
    less = capsys.readouterr().out

    assert "no case chooses 'not_sure' of 'crushed'" in more
    assert re.search(r"^options that a case chooses: \d+ of \d+$", more, re.MULTILINE)
    assert re.search(r"^rule levels that a case reaches: 1 of 6$", more, re.MULTILINE)
    assert "chooses" not in less
    assert more.splitlines()[-1] == less.splitlines()[-1]
