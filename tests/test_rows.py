"""Every row of the clinical evidence is in the shipped rules, and every level has worked cases."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from tpcheck import cases, criteria
from tpcheck.engine import Engine
from tpcheck.model import RuleSet

TESTS = Path(__file__).parent
TABLE: dict[str, Any] = yaml.safe_load((TESTS / "rows.yaml").read_text(encoding="utf-8"))
ROWS: list[dict[str, Any]] = TABLE["rows"]
ADDITIONS: dict[str, dict[str, str]] = TABLE["additions"]

RULE_ROWS = [row for row in ROWS if "rule" in row]
PRECAUTION_ROWS = [row for row in ROWS if "precaution" in row]
POINTER_ROWS = [row for row in ROWS if "points_to" in row]


def _named(row: dict[str, Any]) -> str:
    return str(row["row"])


def _listed_levels() -> set[tuple[str, str]]:
    listed = {(row["rule"], level) for row in RULE_ROWS for level in row["levels"]}
    return listed | {(rule, level) for rule, level in map(_split, ADDITIONS["levels"])}


def _split(named: str) -> tuple[str, str]:
    rule, _, level = named.partition("/")
    return rule, level


# --- the table against the rules --------------------------------------------------------------


def test_the_table_has_every_row_once_and_each_is_one_thing() -> None:
    twice = [name for name, count in Counter(map(_named, ROWS)).items() if count > 1]
    assert not twice
    # Sections 1 to 9 of the evidence: 18 + 7 + 18 + 9 + 19 + 17 + 12 + 16 + 4 rows.
    assert len(ROWS) == 120
    assert len(RULE_ROWS) + len(PRECAUTION_ROWS) + len(POINTER_ROWS) == len(ROWS)


@pytest.mark.parametrize("row", RULE_ROWS, ids=_named)
def test_a_row_has_its_rule_with_its_levels(row: dict[str, Any], shipped: RuleSet) -> None:
    rule = {r.rule_id: r for r in shipped.rules}[row["rule"]]
    own = [level for name, level in map(_split, ADDITIONS["levels"]) if name == rule.rule_id]
    wanted = sorted((*row["levels"], *own), key=_urgency(shipped), reverse=True)
    assert [level.disposition for level in rule.levels] == wanted
    assert not set(row.get("left_out", {})) & set(row["levels"])


@pytest.mark.parametrize("row", RULE_ROWS, ids=_named)
def test_a_row_tells_the_clinician_what_it_says(row: dict[str, Any], shipped: RuleSet) -> None:
    """By the rule itself, or by a precaution that reads an answer of the rule."""
    rules = {r.rule_id: r for r in shipped.rules}
    rule = rules[row["rule"]]
    read = {i for level in rule.levels for i in criteria.items_read(level.when, rules)}
    when = {p.precaution_id: p.when for p in shipped.precautions}
    for told in row.get("tell", ()):
        condition = when[told]
        assert told in rule.tell or (condition and criteria.items_read(condition, rules) & read)


@pytest.mark.parametrize("row", PRECAUTION_ROWS, ids=_named)
def test_a_row_that_only_tells_is_a_precaution(row: dict[str, Any], shipped: RuleSet) -> None:
    found = {p.precaution_id: p for p in shipped.precautions}
    told = {told for rule in shipped.rules for told in rule.tell}
    precaution = found[row["precaution"]]
    assert precaution.when or precaution.precaution_id in told


@pytest.mark.parametrize("row", POINTER_ROWS, ids=_named)
def test_a_row_that_points_points_at_the_same_rows(row: dict[str, Any], shipped: RuleSet) -> None:
    pointer = {p.rule_id: p for p in shipped.pointers}[row["row"]]
    assert list(pointer.points_to) == row["points_to"]
    assert pointer.reason
    assert row["why"]


def test_nothing_stands_in_the_rules_beyond_the_table() -> None:
    """Each addition has a reason; what the rules themselves hold is compared below."""
    reasons = [why for kind in ADDITIONS.values() for why in kind.values()]
    left_out = [why for row in ROWS for why in row.get("left_out", {}).values()]
    assert all(reasons + left_out)
    assert len(reasons) <= 12


def test_every_rule_precaution_and_pointer_has_a_row_or_a_reason(shipped: RuleSet) -> None:
    rules = {row["rule"] for row in RULE_ROWS} | set(ADDITIONS["rules"])
    assert {rule.rule_id for rule in shipped.rules} == rules
    precautions = {row["precaution"] for row in PRECAUTION_ROWS} | set(ADDITIONS["precautions"])
    assert {p.precaution_id for p in shipped.precautions} == precautions
    assert {p.rule_id for p in shipped.pointers} == set(map(_named, POINTER_ROWS))


def test_every_level_has_a_row_or_a_reason(shipped: RuleSet) -> None:
    levels = {(r.rule_id, level.disposition) for r in shipped.rules for level in r.levels}
    own = {name for name, _ in levels if name in ADDITIONS["rules"]}
    assert {level for level in levels if level[0] not in own} == _listed_levels()


def _urgency(ruleset: RuleSet) -> Any:
    return {d.code: d.urgency for d in ruleset.dispositions}.__getitem__


# --- the cases against the rules --------------------------------------------------------------


@pytest.fixture(scope="module")
def worked(shipped: RuleSet) -> list[cases.Case]:
    """Every worked case."""
    engine = Engine(shipped)
    found: list[cases.Case] = []
    for path in sorted((TESTS / "cases").glob("*.yaml")):
        read, problems = cases.read(path.read_bytes(), path.name, engine)
        assert not problems, "\n".join(map(str, problems))
        found.extend(read)
    return found


def test_every_level_has_a_case_with_a_near_miss(
    worked: list[cases.Case], shipped: RuleSet
) -> None:
    written_for = {case.level for case in worked if case.near_miss}
    every = [(r.rule_id, level.disposition) for r in shipped.rules for level in r.levels]
    assert ["/".join(level) for level in every if level not in written_for] == []


def test_every_row_has_a_case_that_names_it(worked: list[cases.Case]) -> None:
    named = {row for case in worked for row in case.rows}
    assert [_named(row) for row in ROWS if _named(row) not in named] == []


def test_no_two_cases_are_told_in_the_same_words(worked: list[cases.Case]) -> None:
    told = Counter(case.sentence for case in worked)
    assert [sentence for sentence, count in told.items() if count > 1] == []
