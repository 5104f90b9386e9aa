"""Worked cases: what a case file may not say, and when a case passes."""

from pathlib import Path

import pytest
from conftest import TESTS
from hypothesis import given, settings
from hypothesis import strategies as st

from tpcheck import cases
from tpcheck.cases import Case
from tpcheck.engine import Engine
from tpcheck.model import RuleSet

HERE = "¦"  # stands where the problem has to be

GOOD = """
cases:
  - case: A heavy feeling needs help now
    id: heavy_now
    rows: [heavy, leg_again, blood]
    level: heavy/now
    answers: {crushed: yes}
    rest: usual
    expect:
      disposition: now
      at_least: today
      at_most: now
      findings: {heavy: now}
      not_findings: [leg]
      areas: []
      precautions: [blood]
    near_miss:
      change: {crushed: no}
      expect: {disposition: clinic, areas: [arm], conditions: [], not_findings: [heavy]}
  - case: A familiar pain in the leg is active
    answers: {pain: [leg_lower], main: leg, swollen: no, sore: [leg_lower], mood: low}
    rest: usual
    expect:
      at_most: clinic
      areas: [leg]
      conditions: [leg_pain]
      kind: active
      softened: no
      notes: [muscle, talk]
"""


@pytest.fixture(scope="module")
def engine(small: RuleSet) -> Engine:
    return Engine(small)


def read(text: str, engine: Engine) -> tuple[Case, ...]:
    """The cases of a file without problems."""
    found, problems = cases.read(text.encode(), "cases.yaml", engine)
    assert problems == ()
    return found


# --- reading ----------------------------------------------------------------------------------


def test_a_case_is_read_whole(engine: Engine) -> None:
    heavy, leg = read(GOOD, engine)

    assert heavy.sentence == "A heavy feeling needs help now"
    assert heavy.case_id == "heavy_now"
    assert heavy.rows == ("heavy", "leg_again", "blood")
    assert heavy.level == ("heavy", "now")
    assert heavy.answers == {"crushed": ("yes",)}
    assert heavy.usual
    assert str(heavy.where) == "cases.yaml:3:5"
    assert heavy.expect.findings == (("heavy", "now"),)
    assert heavy.expect.areas == ()
    assert heavy.expect.conditions is None
    assert heavy.near_miss
    assert (heavy.near_miss.item, heavy.near_miss.answer) == ("crushed", ("no",))
    assert leg.near_miss is None
    assert leg.expect.softened is False


@pytest.mark.parametrize(
    ("old", "new", "check", "words"),
    [
        ("  - case: A heavy feeling needs help now\n    id", "  - ¦id", "missing-field", "'case'"),
        ("A familiar pain in the leg is active", "¦A heavy feeling needs help now",
         "duplicate-id", "already the name of a case, on line 3"),
        ("id: heavy_now", "id: ¦Heavy", "bad-id", "'Heavy'"),
        ("rows: [heavy, leg_again,", "rows: [¦hevy, leg_again,", "unknown-rule", "'heavy'?"),
        ("level: heavy/now", "level: ¦heavy", "unknown-level", "it can be: now"),
        ("level: heavy/now", "level: ¦heavy/today", "unknown-level", "no level 'today'"),
        ("level: heavy/now", "level: ¦hevy/now", "unknown-rule", "did you mean 'heavy'?"),
        ("answers: {crushed: yes}", "answers: {¦crush: yes}", "unknown-item", "'crushed'?"),
        ("answers: {crushed: yes}", "answers: {crushed: ¦yess}", "unknown-option", "yes, no"),
        ("    answers: {crushed: yes}\n", "", "missing-field", "needs 'answers'"),
        ("level: heavy/now", "level: heavy/now\n    ¦exp: {}", "unknown-field", "'exp'"),
        ("    rest: usual\n    expect:\n      disposition", "    rest: ¦all\n    expect:\n"
         "      disposition", "unknown-word", "it can be: usual"),
        ("disposition: now", "disposition: ¦noww", "unknown-disposition", "did you mean 'now'?"),
        ("at_least: today", "at_least: ¦soon", "unknown-disposition", "it can be: clinic"),
        ("findings: {heavy: now}", "findings: {¦hevy: now}", "unknown-rule", "'heavy'?"),
        ("findings: {heavy: now}", "findings: {heavy: ¦today}", "unknown-level", "it can be: now"),
        ("findings: {heavy: now}", "findings: {heavy: ¦[now]}", "wrong-type", "a text"),
        ("not_findings: [leg]", "not_findings: [¦blood]", "unknown-rule", "is a precaution"),
        ("precautions: [blood]", "precautions: [¦bloody]", "unknown-precaution", "'blood'?"),
        ("areas: [leg]", "areas: [¦lag]", "unknown-area", "did you mean 'leg'?"),
        ("conditions: [leg_pain]", "conditions: [¦leg]", "unknown-condition", "leg_pain"),
        ("kind: active", "kind: ¦actve", "unknown-kind", "did you mean 'active'?"),
        ("softened: no", "softened: ¦false", "unknown-word", "it can be: yes, no"),
        ("notes: [muscle, talk]", "notes: [muscle, ¦talks]", "unknown-note", "'talk'?"),
        ("change: {crushed: no}", "change: ¦{crushed: no, faint: no}", "one-key", "this has 2"),
        ("change: {crushed: no}", "change: ¦{}", "one-key", "this has 0"),
        ("change: {crushed: no}", "change: ¦crushed", "wrong-type", "'change' (a map)"),
        ("change: {crushed: no}", "change: {crushed: ¦non}", "unknown-option", "yes, no"),
        ("{disposition: clinic, areas: [arm], conditions: [], not_findings: [heavy]}", "¦{}",
         "no-expectation", "nothing is expected"),
    ],
)  # fmt: skip
def test_one_wrong_thing_is_one_problem(
    old: str, new: str, check: str, words: str, engine: Engine
) -> None:
    assert GOOD.count(old) == 1
    before, mark, after = GOOD.replace(old, new).partition(HERE)

    _, (problem,) = cases.read((before + after).encode(), "cases.yaml", engine)

    assert problem.check == check
    assert words in problem.message
    if mark:
        place = (before.count("\n") + 1, len(before) - before.rfind("\n"))
        assert (problem.where.line, problem.where.column) == place


# --- running ----------------------------------------------------------------------------------


def test_a_case_that_holds_has_no_mismatch(engine: Engine) -> None:
    assert [cases.run(case, engine) for case in read(GOOD, engine)] == [(), ()]


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("disposition: now", "disposition: today", 3, "the result is 'now', not 'today'"),
        ("at_most: now", "at_most: today", 3, "the result is 'now', more urgent than 'today'"),
        (
            "at_most: clinic",
            "at_least: today",
            20,
            "the result is 'clinic', less urgent than 'today'",
        ),
        ("findings: {heavy: now}", "findings: {strong: today}", 3, "rule 'strong' does not count"),
        (
            "not_findings: [leg]",
            "not_findings: [heavy]",
            3,
            "rule 'heavy' counts at 'now', and should not",
        ),
        ("areas: []", "areas: [arm]", 3, "areas: none came out, not 'arm'"),
        ("areas: [leg]", "areas: [leg, arm]", 20, "areas: 'leg' came out, not 'leg', 'arm'"),
        (
            "conditions: [leg_pain]",
            "conditions: []",
            20,
            "conditions: 'leg_pain' came out, not none",
        ),
        ("softened: no", "softened: yes", 20, "softened: no came out, not yes"),
        (
            "answers: {crushed: yes}",
            "answers: {crushed: yes, age: old}",
            7,
            "the answer to 'age' does not count: the answers before it are urgent enough that it is"
            " not asked",
        ),
        # the level that it is written for
        ("level: heavy/now", "level: strong/today", 3, "strong/today is not reached"),
        # the near miss
        (
            "{disposition: clinic, areas",
            "{disposition: today, areas",
            18,
            "near miss: the result is 'clinic', not 'today'",
        ),
        (
            "areas: [arm], conditions: []",
            "areas: []",
            18,
            "near miss: areas: 'arm' came out, not none",
        ),
    ],
)
def test_what_comes_out_other_than_expected_is_said(
    old: str, new: str, line: int, message: str, engine: Engine
) -> None:
    assert GOOD.count(old) == 1

    found = [m for case in read(GOOD.replace(old, new), engine) for m in cases.run(case, engine)]

    assert [(m.where.line, m.message) for m in found] == [(line, message)]


ONE_CASE = """
cases:
  - case: A case
    level: %s
    answers: %s
    rest: usual
    expect: {at_least: clinic}
    near_miss:
      change: %s
      expect: {at_least: clinic}
"""


@pytest.mark.parametrize(
    ("level", "answers", "change", "messages"),
    [
        ("leg/today", "{pain: leg_upper, swollen: yes}", "{swollen: no}", []),
        # the same level has to go, and another level of the rule may be reached then
        ("leg/today", "{pain: leg_upper, swollen: yes}", "{injury: yes}", []),
        ("leg/today", "{pain: leg_upper, swollen: yes}", "{age: old}",
         ["near miss: leg/today is still reached"]),
        # a not sure reaches no level
        ("leg/today", "{pain: leg_upper, swollen: not_sure}", "{swollen: no}",
         ["leg/today is not reached"]),
        ("leg/today", "{pain: leg_upper, swollen: yes}", "{swollen: yes}",
         ["near miss: 'swollen' is changed to the answer that it has",
          "near miss: leg/today is still reached"]),
        ("heavy/now", "{crushed: yes}", "{age: old}",
         ["near miss: 'age' is changed and is not asked", "near miss: heavy/now is still reached"]),
        # the changed answer may push another one of the case off the path
        ("leg/today", "{pain: leg_upper, swollen: yes}", "{pain: none}", []),
    ],
)  # fmt: skip
def test_the_near_miss_shows_that_the_level_hangs_on_one_answer(
    level: str, answers: str, change: str, messages: list[str], engine: Engine
) -> None:
    (case,) = read(ONE_CASE % (level, answers, change), engine)

    assert [m.message for m in cases.run(case, engine)] == messages


def test_without_the_rest_there_may_be_no_result(engine: Engine) -> None:
    text = "cases: [{case: Little is said, answers: {crushed: no}, expect: {at_most: now}}]"

    (mismatch,) = cases.run(read(text, engine)[0], engine)

    assert mismatch.message == "no result is reached, because 'faint' has no answer"
    assert str(mismatch) == f"cases.yaml:1:9: {mismatch.message} (Little is said)"


def test_coverage_names_every_level_without_a_case(engine: Engine, small: RuleSet) -> None:
    assert cases.unreached((), small) == (
        ("heavy", "now"), ("fainting", "now"), ("fainting", "today"),
        ("leg", "today"), ("leg", "clinic"), ("strong", "today"),
    )  # fmt: skip
    reached = {
        level for case in read(GOOD, engine) for level in cases.examine(case, engine).reached
    }
    assert cases.unreached(reached, small) == (
        ("fainting", "now"), ("fainting", "today"),
        ("leg", "today"), ("leg", "clinic"), ("strong", "today"),
    )  # fmt: skip


# --- anything at all --------------------------------------------------------------------------

WORDS = sorted({*GOOD.split(), "[]", "{}", "x:", "- x", "\n"})


@settings(max_examples=60)
@given(data=st.data(), text=st.text())
def test_read_never_raises(data: st.DataObject, text: str, engine: Engine) -> None:
    lines = GOOD.splitlines()
    for _ in range(data.draw(st.integers(1, 3))):
        n = data.draw(st.integers(0, len(lines) - 1))
        words = lines[n].split(" ")
        words[data.draw(st.integers(0, len(words) - 1))] = data.draw(st.sampled_from(WORDS))
        lines[n] = " ".join(words)

    cases.read("\n".join(lines).encode(), "cases.yaml", engine)
    cases.read(text.encode("utf-8", "surrogatepass"), "cases.yaml", engine)


# --- the cases that ship ----------------------------------------------------------------------

FILES = sorted((TESTS / "cases").glob("*.yaml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_shipped_cases_hold(file: Path, shipped: RuleSet) -> None:
    engine = Engine(shipped)

    found, problems = cases.read(file.read_bytes(), file.name, engine)

    assert "\n".join(map(str, problems)) == ""
    assert "\n".join(str(m) for case in found for m in cases.run(case, engine)) == ""
