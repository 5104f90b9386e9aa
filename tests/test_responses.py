"""What an answers file may not say, where each problem is, and that no answer is repeated."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tpcheck import responses
from tpcheck.engine import Engine
from tpcheck.model import Problem, RuleSet

HERE = "¦"  # stands where the problem has to be


@pytest.fixture(scope="module")
def engine(small: RuleSet) -> Engine:
    return Engine(small)


def refused(text: str, engine: Engine, *, as_json: bool = False) -> tuple[Problem, ...]:
    """Every problem of an answers file; there is a response or a problem."""
    response, found = responses.read(text.encode(), "answers", engine, json=as_json)
    assert (response is None) == bool(found)
    return found


# --- what is read -----------------------------------------------------------------------------


def test_yaml_answers_are_read(engine: Engine) -> None:
    text = "answers:\n  crushed: no\n  pain: [leg_upper, arm_upper]\n  bad: 7\n  sore: none\n"

    response, found = responses.read(text.encode(), "a.yaml", engine)

    assert found == ()
    assert response
    assert response.answers == {
        "crushed": ("no",),
        "pain": ("arm_upper", "leg_upper"),  # in the order of the options
        "bad": ("7",),
        "sore": ("none",),
    }
    assert str(response.where["bad"]) == "a.yaml:4:3"
    assert (response.ruleset_id, response.version, response.fingerprint) == ("", "", "")


def test_json_answers_are_read(engine: Engine) -> None:
    ruleset = engine.ruleset
    text = json.dumps(
        {
            "ruleset": "small",
            "version": "2026-01-31",
            "fingerprint": ruleset.fingerprint,
            "answers": {"crushed": "not_sure", "pain": ["none"], "bad": 7, "mood": "low"},
        }
    )

    response, found = responses.read(text.encode(), "a.json", engine, json=True)

    assert found == ()
    assert response
    assert response.answers["bad"] == ("7",)
    assert response.answers["pain"] == ("none",)
    assert response.fingerprint == ruleset.fingerprint


def test_missing_answers_are_no_problem(engine: Engine) -> None:
    assert refused("answers: {}\n", engine) == ()


# --- what is refused --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "check", "words"),
    [
        # the file
        ("", "empty-file", "the file is empty"),
        ("¦[]", "wrong-type", "an answers file"),
        ("¦ruleset: small", "missing-field", "needs 'answers'"),
        ("answers: {}\n¦answer: {}", "unknown-field", "did you mean 'answers'?"),
        ("answers: ¦[crushed]", "wrong-type", "a map of items to answers"),
        # for another rule set; then nothing is said of the answers
        ("ruleset: ¦smal\nanswers: {x: y}", "other-ruleset", "answer its questions again"),
        ("version: ¦2026-01-30\nanswers: {x: y}", "other-version", "'2026-01-31'"),
        ("fingerprint: ¦abc\nanswers: {x: y}", "other-fingerprint", "'abc'"),
        # items
        ("answers: {¦crushd: yes}", "unknown-item", "did you mean 'crushed'?"),
        ("answers:\n  crushed: no\n  ¦crushed: yes", "duplicate-key", "already on line 2"),
        # answers
        ("answers: {crushed: ¦maybe}", "unknown-option", "its options are: yes, no, not_sure"),
        ("answers: {crushed: ¦true}", "unknown-option", "'crushed'"),
        ("answers: {crushed: ¦null}", "unknown-option", "leave it out if it was not answered"),
        ("answers: {crushed: ¦~}", "unknown-option", "leave it out if it was not answered"),
        ("answers:\n  crushed:¦", "empty-value", "has no value"),
        ("answers: {crushed: ¦[yes, no]}", "wrong-answer", "one answer only"),
        ("answers: {crushed: ¦{yes: no}}", "wrong-type", "not a map"),
        ("answers: {pain: ¦[]}", "wrong-answer", "empty"),
        ("answers: {pain: [arm_upper, ¦[none]]}", "unknown-option", "its options are"),
        ("answers: {pain: ¦[arm_upper, none]}", "wrong-answer", "'pain'"),
        ("answers: {pain: ¦[arm_upper, arm_upper]}", "wrong-answer", "twice"),
        ("answers: {pain: ¦[arm_upper, arm_lower, leg_upper]}", "wrong-answer", "at most 2"),
        ("answers: {bad: ¦11}", "unknown-option", "0, 1, 2"),
        ("answers: {bad: ¦-1}", "unknown-option", "0, 1, 2"),
        ("answers: {bad: ¦3.0}", "unknown-option", "0, 1, 2"),
        ("answers: {bad: ¦\N{FULLWIDTH DIGIT THREE}}", "unknown-option", "0, 1, 2"),
    ],
)
def test_one_wrong_thing_is_one_problem(text: str, check: str, words: str, engine: Engine) -> None:
    before, mark, after = text.partition(HERE)

    (problem,) = refused(before + after, engine)

    assert problem.check == check
    assert words in problem.message
    if mark:
        place = (before.count("\n") + 1, len(before) - before.rfind("\n"))
        assert (problem.where.line, problem.where.column) == place


@pytest.mark.parametrize(
    ("text", "check"),
    [
        ('{"answers": {"crushed": null}}', "null-value"),
        ('{"answers": {"bad": NaN}}', "not-finite"),
        ('{"answers": {"bad": 1e999}}', "not-finite"),
        ('{"answers": {"crushed": true}}', "unknown-option"),
        ('{"answers": {"crushed": "no", "crushed": "yes"}}', "duplicate-key"),
        ('{"answers": {}} x', "extra-text"),
        ('{"answers": {}, "name": "x"}', "unknown-field"),
    ],
)
def test_json_is_as_strict(text: str, check: str, engine: Engine) -> None:
    assert [p.check for p in refused(text, engine, as_json=True)] == [check]


def test_all_problems_come_at_once(engine: Engine) -> None:
    text = "answers:\n  crushed: maybe\n  fant: no\n  bad: 12\nextra: x\n"

    assert [(p.where.line, p.check) for p in refused(text, engine)] == [
        (2, "unknown-option"),
        (3, "unknown-item"),
        (4, "unknown-option"),
        (5, "unknown-field"),
    ]


def test_messages_never_repeat_an_answer(engine: Engine) -> None:
    secret = "xyzzy"
    for answer in (
        secret,
        f"[{secret}]",
        f"[low, {secret}]",
        f"{{{secret}: low}}",
        f"[[{secret}]]",
    ):
        for problem in refused(f"answers: {{mood: {answer}}}", engine):
            assert secret not in str(problem)


# --- off the path -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ("{crushed: no, faint: no, pain: none, main: arm}", "certain answers to 'pain'"),
        ("{crushed: yes, faint: no, age: old}", "urgent enough"),
        ("{crushed: no, faint: yes, sore: none}", "urgent enough"),  # the section's `until`
        ("{crushed: no, faint: no}", ""),
    ],
)
def test_an_answer_that_does_not_count_is_named_with_the_reason(
    answers: str, words: str, engine: Engine
) -> None:
    response, _ = responses.read(f"answers: {answers}".encode(), "a.yaml", engine)
    assert response

    found = responses.refuse_off_path(response, engine)

    assert [p.check for p in found] == (["off-path"] if words else [])
    for problem in found:
        name = answers.rpartition(", ")[2].partition(":")[0]
        assert problem.message.startswith(f"'{name}' ")
        assert problem.where.column == len("answers: ") + answers.index(f" {name}:") + 2
        assert words in problem.message


# --- anything at all --------------------------------------------------------------------------

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["answers", "bad"]), inner),
)


@settings(max_examples=60)
@given(value=ANYTHING, text=st.text())
def test_read_never_raises(value: object, text: str, engine: Engine) -> None:
    refused(json.dumps({"answers": value}), engine, as_json=True)
    refused(json.dumps({"answers": {"pain": value}}), engine)
    response, found = responses.read(text.encode("utf-8", "surrogatepass"), "a", engine)
    assert (response is None) == bool(found)
