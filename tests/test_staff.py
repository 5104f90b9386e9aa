"""What staff read out at the end of a call, over every worked case."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path

from tpcheck import cases, loader
from tpcheck.asking.staff import StaffViewer
from tpcheck.engine import Engine, usual
from tpcheck.model import Assessment, Block, Finding
from tpcheck.summary import summarize
from tpcheck.triage import Call, more_urgent

TESTS = Path(__file__).parent
CALL = Call("K7QD-1430", datetime(2026, 11, 25, 14, 30))


@cache
def _engine() -> Engine:
    shipped = TESTS.parent / "questions.yaml"
    return Engine(loader.load(shipped.read_bytes(), shipped.name))


@cache
def _assessments() -> tuple[Assessment, ...]:
    """What every worked case comes to in which all is answered."""
    files = sorted((TESTS / "cases").glob("*.yaml"))
    read = [cases.read(path.read_bytes(), path.name, _engine())[0] for path in files]
    told = (case for each in read for case in each if case.usual)
    return tuple(_engine().assess(case.answers, usual) for case in told)


@cache
def _viewer() -> StaffViewer:
    return StaffViewer(_engine())


def _told(found: Assessment, raised: str = "") -> str:
    """All that staff have on the screen to read out."""
    call = replace(CALL, disposition=found.disposition, raised=raised)
    told = _engine().ruleset.disposition(call.final)
    return "\n".join(_viewer().advice(told, found, call).lines)


def _own_action(finding: Finding) -> str:
    levels = _engine().rules[finding.rule_id].levels
    return next(level.action for level in levels if level.disposition == finding.level)


def _blocks(found: Assessment) -> dict[str, Block]:
    return {block.block_id: block for block in summarize(_engine(), found).blocks}


def test_the_way_to_act_of_a_rule_is_read_out() -> None:
    """ "Get out into fresh air first" is of no use on the patient's screen alone."""
    seen = set()
    for found in _assessments():
        for finding in found.findings:
            action = _own_action(finding)
            if action and finding.certain and finding.disposition == found.disposition:
                assert f"SAY: {action}" in _told(found), finding
                seen.add((finding.rule_id, finding.level))
    assert seen == {
        (rule.rule_id, level.disposition)
        for rule in _engine().ruleset.rules
        for level in rule.levels
        if level.action
    }


def test_in_an_emergency_the_usual_words_are_read_out_as_well() -> None:
    """Staff can call 999 for a caller who cannot."""
    emergencies = [f for f in _assessments() if summarize(_engine(), f).is_emergency]
    assert len(emergencies) > 100
    for found in emergencies:
        assert _engine().ruleset.disposition(found.disposition).say in _told(found)


def test_advice_that_is_read_out_is_never_called_a_diagnosis() -> None:
    for found in _assessments():
        words = _told(found)
        assert "This is not a diagnosis" in words or "you need 999 now" in words


def _raises() -> Iterator[tuple[Assessment, str]]:
    for found in _assessments():
        call = replace(CALL, disposition=found.disposition)
        for told in more_urgent(_engine(), call):
            yield found, told.code


def test_a_raise_leaves_out_nothing_that_any_advice_comes_with() -> None:
    """Lines to ring in a crisis, when to get help sooner, what to say and when to do more."""
    supported = netted = 0
    for found, code in _raises():
        told = _engine().ruleset.disposition(code)
        before, words = _blocks(found), _told(found, raised=code)
        assert f"SAY: {told.say}" in words
        if told.ends_questions:
            continue
        assert all(part in words for part in (*told.when_calling, told.step_up))
        if "support" in before:
            block = before["support"]
            assert all(part in words for part in (*block.paragraphs, *block.bullets))
            supported += 1
        private = [
            _own_action(finding)
            for finding in found.findings
            if any(_engine().items[item].private for item, _ in finding.evidence)
        ]
        assert all(action in words for action in private)
        if told.safety_net:
            assert all(point in words for point in before["safety_net"].bullets)
            netted += 1
    assert supported > 10
    assert netted > 100


def test_a_raise_names_no_clinic_and_no_pattern_where_its_advice_does_not() -> None:
    clinic = _engine().ruleset.clinic
    for found, code in _raises():
        if not _engine().ruleset.disposition(code).shows_clinic:
            words = _told(found, raised=code)
            assert not any(branch.phone in words for branch in clinic.branches)
            assert clinic.name not in words
