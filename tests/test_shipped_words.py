"""What the shipped rules say to a person names no disease: one action, one reason."""

import re

import pytest

from tpcheck.model import RuleSet

DISEASES = re.compile(
    r"\b(stroke|heart attack|angina|clot|thrombosis|embolism|sepsis|infection|meningitis|tumour"
    r"|fractur\w*|broken|bleed(?:ing)?|aneurysm|cauda equina|arthritis|shingles|migraine"
    r"|torn|dislocat\w*|appendicitis|gallstone|kidney stone|pre-eclampsia|ectopic|glaucoma)\b",
    re.IGNORECASE,
)


def test_no_reason_names_a_disease(shipped: RuleSet) -> None:
    named = {rule.rule_id: m[0] for rule in shipped.rules if (m := DISEASES.search(rule.text))}

    assert named == {}


def test_no_way_to_act_names_a_disease(shipped: RuleSet) -> None:
    said = [level.action for rule in shipped.rules for level in rule.levels]
    for told in shipped.dispositions:
        said += [told.heading, told.action, told.unsure, told.step_up, *told.when_calling]

    assert [m[0] for text in said if (m := DISEASES.search(text))] == []


@pytest.mark.parametrize("rule_id", ["chest_heart", "back_cauda_seat", "leg_clot"])
def test_reason_is_there_all_the_same(rule_id: str, shipped: RuleSet) -> None:
    [rule] = [rule for rule in shipped.rules if rule.rule_id == rule_id]

    assert len(rule.text.split()) > 5
