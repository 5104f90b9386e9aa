"""Every kind of planted fault is made, and is caught by a case, a property, or by nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest
from test_proof import GOOD

from tpcheck import cases
from tpcheck.cases import Case
from tpcheck.cli import app
from tpcheck.engine import Engine
from tpcheck.model import RuleSet
from tpcheck.rulework import mutants

Make = Callable[[str], RuleSet]

RICH = (
    GOOD
    + """\
  - id: rich
    text: many things
    levels:
      now: {all: [{crushed: "yes"}, {swollen: "yes"}]}
      today:
        any:
          - {age: [middle, old]}
          - {at_least: {count: 2, of: [{age: old}, {swollen: "yes"}, {crushed: "yes"}]}}
    source: s
    verified: copy
"""
)

CASES = """\
cases:
  - case: Swollen and nothing else
    answers: {swollen: yes}
    rest: usual
    expect: {disposition: today, findings: {leg: today}}
    near_miss: {change: {swollen: no}, expect: {disposition: clinic, not_findings: [leg]}}
  - case: Crushed and nothing else
    answers: {crushed: yes}
    rest: usual
    expect: {disposition: now, findings: {heavy: now}}
    near_miss: {change: {crushed: no}, expect: {disposition: clinic, not_findings: [heavy]}}
"""


def read(engine: Engine, text: str = CASES) -> tuple[Case, ...]:
    found, problems = cases.read(text.encode(), "cases.yaml", engine)
    assert problems == ()
    return found


def test_every_kind_of_fault_is_planted(ruleset: Make) -> None:
    engine = Engine(ruleset(RICH))

    planted = {m.what for m in mutants.mutants(engine) if m.rule_id == "rich"}

    assert planted >= {
        "the rule is dropped",
        "level now: it is dropped",
        "level now: it leads to today",
        "level now: 'crushed: yes' is dropped",
        "level now: 'crushed: yes' is turned round",
        "level today: 'middle' of 'age' is dropped",
        "level today: 'young' of 'age' is let in",
        "level today: at least 1, not 2",
        "level today: at least 3, not 2",
    }


def test_cases_catch_every_fault_of_the_rules_that_they_pin(ruleset: Make) -> None:
    engine = Engine(ruleset(GOOD))

    score = mutants.score(engine, read(engine))

    assert score.survivors == ()
    assert score.by_case > 0
    assert score.percent == 100


def test_properties_catch_what_no_case_does(ruleset: Make) -> None:
    engine = Engine(ruleset(GOOD))

    score = mutants.score(engine, [])

    # Each sign's floor catches a rule that is gone; nothing but a case sees an urgency too high.
    assert score.by_case == 0
    assert score.by_property > 0
    assert {m.rule_id for m in score.survivors} <= {"leg", "heavy"}


def test_fault_that_nothing_catches_survives(ruleset: Make) -> None:
    engine = Engine(ruleset(RICH))

    score = mutants.score(engine, read(engine))

    assert "level today: 'middle' of 'age' is dropped" in {m.what for m in score.survivors}
    assert score.percent < 100


def test_fault_that_cannot_be_told_from_the_original_does_not_count(ruleset: Make) -> None:
    twice = GOOD.replace(
        '{today: {swollen: "yes"}}',
        '{today: {any: [{swollen: "yes"}, {all: [{swollen: "yes"}, {age: old}]}]}}',
    )
    engine = Engine(ruleset(twice))

    score = mutants.score(engine, read(engine))

    assert score.equivalent > 0
    assert "level today: 'age: old' is dropped" not in {m.what for m in score.survivors}


def test_command_lists_survivors_and_the_score(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from conftest import ruleset_text

    rules, kept = tmp_path / "rules.yaml", tmp_path / "cases.yaml"
    rules.write_text(ruleset_text(RICH), encoding="utf-8")
    kept.write_text(CASES, encoding="utf-8")

    code = app.run(["rules", "test", str(kept), "--rules", str(rules), "--mutate"])

    said = capsys.readouterr().out
    assert code == 1
    assert "rich: level today: 'middle' of 'age' is dropped: nothing catches this" in said
    assert "by nothing" in said.splitlines()[-1]


def test_a_sample_of_the_faults_of_the_shipped_rules_is_caught(shipped: RuleSet) -> None:
    engine = Engine(shipped)
    folder = Path(__file__).parent / "cases"
    written = [c for f in sorted(folder.glob("*.yaml")) for c in read(engine, f.read_text("utf-8"))]

    # Every fault is planted by `tpcheck rules test --mutate`; here every fortieth.
    score = mutants.score(engine, written, every=40)

    assert [(m.rule_id, m.what) for m in score.survivors] == []
    assert score.total > 25
