"""The result in words: its order, and what may never stand in it."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tpcheck.engine import Engine
from tpcheck.model import (
    Answer,
    AnswerOption,
    Approval,
    Assessment,
    Item,
    ItemType,
    RuleSet,
    Status,
    Summary,
)
from tpcheck.render import render
from tpcheck.summary import UnsoundError, said, summarize, unfinished

TOWN = "01632 960 001"


@pytest.fixture(scope="module")
def engine(small: RuleSet) -> Engine:
    return Engine(small)


def _result(engine: Engine, **answers: str) -> Summary:
    """The summary for these answers, with the usual answer to everything else."""
    given = {link_id: tuple(code.split()) for link_id, code in answers.items()}
    return summarize(engine, engine.assess(engine.fill_usual(given)))


def _ids(summary: Summary) -> list[str]:
    return [block.block_id for block in summary.blocks]


def _block(summary: Summary, block_id: str) -> tuple[str, ...]:
    block = next(block for block in summary.blocks if block.block_id == block_id)
    return (*block.paragraphs, *block.bullets)


# --- the order --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "disposition", "blocks"),
    [
        # Nothing unusual: the clinic, and when to get help sooner.
        ({}, "clinic", "action map areas clinic safety_net about"),
        # A sore spot that spreads, a condition and a look-alike.
        (
            {"pain": "leg_lower", "main": "leg", "sore": "leg_lower", "spread": "arm_lower"},
            "clinic",
            "action map areas kind conditions notes clinic safety_net about",
        ),
        # A precaution is told before the clinic is named.
        ({"injury": "yes"}, "clinic", "action map areas precautions clinic safety_net about"),
        # Help today: no clinic, no pattern, no precaution.
        ({"faint": "yes"}, "today", "action said reason calling step_up about"),
        # It cannot wait: the questions have ended.
        ({"crushed": "yes"}, "now", "action said reason about"),
        # Support comes with what a private answer calls for, and the answer is not told.
        ({"mood": "low"}, "clinic", "action map areas clinic support safety_net about"),
        ({"mood": "low", "bad": "9"}, "today", "action calling step_up support about"),
    ],
)
def test_blocks_come_in_this_order(
    engine: Engine, answers: Mapping[str, str], disposition: str, blocks: str
) -> None:
    summary = _result(engine, **answers)

    assert summary.disposition == disposition
    assert _ids(summary) == blocks.split()


def test_the_card_has_the_rule_s_own_way_to_act_and_then_the_usual_one(engine: Engine) -> None:
    # "fainting" has its own action at this level, "heavy" has not.
    summary = _result(engine, crushed="yes", faint="yes")

    assert _block(summary, "action") == ("Lie down and call for help now.", "Call for help now.")


def test_only_a_not_sure_says_so(engine: Engine) -> None:
    summary = _result(engine, crushed="not_sure")

    assert summary.disposition == "today"
    assert _block(summary, "said") == (
        "You were not sure about one answer.",
        "result.not_sure A crushed feeling",
    )


def test_less_urgent_answers_are_to_be_told_as_well(engine: Engine) -> None:
    raised = engine.ruleset.dispositions[0]
    ruleset = replace(
        engine.ruleset,
        dispositions=(
            replace(raised, code="least", urgency=0),
            replace(raised, urgency=1),
            *(replace(d, urgency=d.urgency + 1) for d in engine.ruleset.dispositions[1:]),
        ),
    )
    other = Engine(ruleset)

    answers = {"faint": ("yes",), "pain": ("leg_lower",), "injury": ("yes",), "swollen": ("yes",)}
    summary = summarize(other, other.assess(other.fill_usual(answers)))

    assert summary.disposition == "today"
    assert _block(summary, "also") == ("Is one leg swollen? Yes",)


def test_both_branches_are_named_with_their_phones(engine: Engine) -> None:
    assert _block(_result(engine), "clinic")[1:] == (
        "Town: 01632 960 001",
        "Village: 01632 960 002",
    )


def test_a_kind_is_softened_where_it_is_not_sure(engine: Engine) -> None:
    spot = {"sore": "arm_upper", "spread": "arm_lower"}

    assert _block(_result(engine, **spot), "kind") == ("It spreads.",)
    assert _block(_result(engine, **spot, familiar="not_sure"), "kind") == ("It may spread.",)


# --- answers in words -------------------------------------------------------------------------

_YES_NO = (AnswerOption("yes", "Yes"), AnswerOption("no", "No"), AnswerOption("not_sure", "Unsure"))


@pytest.mark.parametrize(
    ("text", "short", "answer", "words"),
    [
        # A statement speaks for itself.
        ("It is worse at night", "", "yes", "It is worse at night"),
        ("It is worse at night", "Night", "yes", "It is worse at night"),
        ("It is worse at night.", "", "no", "It is worse at night: No"),
        # A question does not; its short form does.
        ("Is it worse at night?", "", "yes", "Is it worse at night? Yes"),
        ("Is it worse at night?", "Worse at night", "yes", "Worse at night"),
        ("Is it worse at night?", "Worse at night", "no", "Worse at night: No"),
    ],
)
def test_a_sign_is_said_as_a_statement(text: str, short: str, answer: str, words: str) -> None:
    item = Item("item", ItemType.SIGN, text, _YES_NO, ("no",), short=short)

    assert said(item, (answer,)) == words


def test_a_choice_is_said_with_what_was_chosen() -> None:
    options = (AnswerOption("a", "Town"), AnswerOption("b", "Sea"))
    item = Item("item", ItemType.MANY, "Where?", options, ("a",))

    assert said(item, ("a", "b")) == "Where? Town; Sea"
    assert said(replace(item, short="The place"), ("b",)) == "The place: Sea"


# --- private ----------------------------------------------------------------------------------


def test_a_private_answer_is_told_nowhere(engine: Engine) -> None:
    answers = {"mood": ("low",), "bad": ("9",)}
    assessment = engine.assess(engine.fill_usual(answers))
    assert assessment.disposition == "today"

    summary = summarize(engine, assessment, explain=True)

    for format in ("text", "json"):
        text = render(summary, format)
        assert "How are you?" not in text
        assert '"mood"' not in text
        # Neither is the rule that it met, nor why that rule is there.
        assert "strong" not in text
        assert "Strong pain" not in text
    assert "mood" not in summary.record.answers
    assert _block(summary, "explain") == ("explain.private",)


# --- incomplete -------------------------------------------------------------------------------


def test_gaps_give_no_result(engine: Engine) -> None:
    summary = summarize(engine, engine.assess({"faint": ("yes",)}))

    assert (summary.disposition, summary.exit_code, summary.complete) == ("", 3, False)
    assert summary.title == "unfinished.title"
    assert _ids(summary) == ["unfinished", "emergency", "about"]
    assert summary.trace == ()


def test_an_emergency_is_shown_although_answers_are_missing(
    ruleset: Callable[[str], RuleSet],
) -> None:
    other = Engine(
        ruleset(
            """
questions:
  - section: first
    title: First
    screens:
      - sign: heavy
        text: Heavy?
        reword: Is it heavy?
        floor: now
      - sign: other
        text: Other?
        floor: today
warning_signs:
  - {id: heavy_now, text: Reason., source: S, verified: part, levels: {now: {heavy: "yes"}}}
  - {id: other_today, text: Reason., source: S, verified: part, levels: {today: {other: "yes"}}}
"""
        )
    )
    staying = replace(
        other.ruleset,
        dispositions=tuple(replace(d, ends_questions=False) for d in other.ruleset.dispositions),
    )
    open_engine = Engine(staying)

    summary = summarize(open_engine, open_engine.assess({"heavy": ("yes",)}))

    assert (summary.disposition, summary.complete, summary.is_emergency) == ("now", False, True)
    assert _ids(summary) == ["action", "said", "reason", "unfinished", "emergency", "about"]


def test_stopping_says_when_to_call_for_help(small: RuleSet) -> None:
    summary = unfinished(small)

    assert (summary.disposition, summary.exit_code) == ("", 3)
    assert _block(summary, "emergency") == ("unfinished.points 1", "unfinished.points 2")


# --- what must hold ---------------------------------------------------------------------------


def _unsound(engine: Engine) -> dict[str, Assessment]:
    """Assessments that no engine makes."""
    fine = engine.assess(engine.fill_usual({}))
    today = engine.assess(engine.fill_usual({"faint": ("yes",)}))
    finding = today.findings[0]
    return {
        "advice without a finding": replace(fine, disposition="now"),
        "less than the finding says": replace(today, disposition="clinic"),
        "no advice though complete": replace(fine, disposition=""),
        "a finding lowered": replace(today, findings=(replace(finding, disposition="clinic"),)),
        "a not sure taken as met": replace(today, findings=(replace(finding, certain=False),)),
        "complete with gaps": replace(fine, missing=("bad",)),
        "gaps that are not named": replace(fine, disposition="", complete=False),
        "a result from gaps": replace(today, complete=False, missing=("bad",)),
    }


@pytest.mark.parametrize(
    "name",
    [
        "advice without a finding",
        "less than the finding says",
        "no advice though complete",
        "a finding lowered",
        "a not sure taken as met",
        "complete with gaps",
        "gaps that are not named",
        "a result from gaps",
    ],
)
def test_an_assessment_that_contradicts_itself_is_refused(engine: Engine, name: str) -> None:
    with pytest.raises(UnsoundError):
        summarize(engine, _unsound(engine)[name])


@pytest.mark.parametrize("text", [f"Phone {TOWN}.", "Go to The Clinic."])
def test_urgent_advice_that_names_the_clinic_is_refused(engine: Engine, text: str) -> None:
    ruleset = replace(
        engine.ruleset,
        dispositions=tuple(replace(d, action=text) for d in engine.ruleset.dispositions),
    )
    naming = Engine(ruleset)

    with pytest.raises(UnsoundError, match="may not be named"):
        _result(naming, crushed="yes")
    assert _result(naming).disposition == "clinic"


def test_patterns_may_be_barred_and_the_clinic_shown(engine: Engine) -> None:
    ruleset = replace(
        engine.ruleset,
        dispositions=tuple(replace(d, shows_patterns=False) for d in engine.ruleset.dispositions),
    )

    assert _ids(_result(Engine(ruleset))) == ["action", "clinic", "safety_net", "about"]


# --- the small print --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "approved_of", "today", "last", "approved"),
    [
        (Status.DRAFT, "", "", "about.draft", False),
        (Status.WITHDRAWN, "", "", "about.withdrawn", False),
        (Status.APPROVED, "same", "", "about.approved A B 1 2026-01-01", True),
        # An edit voids the approval.
        (Status.APPROVED, "other", "", "about.changed", False),
        # On its day the review is not late; the day after it is.
        (Status.APPROVED, "same", "2027-01-31", "about.approved A B 1 2026-01-01", True),
        (Status.APPROVED, "same", "2027-02-01", "about.review_passed 2027-01-31", False),
    ],
)
def test_every_result_says_how_far_its_rules_are_approved(
    small: RuleSet, status: Status, approved_of: str, today: str, last: str, approved: bool
) -> None:
    of = small.fingerprint if approved_of == "same" else "0" * 64
    about = replace(small.about, status=status, approval=Approval("A B", "1", "2026-01-01", of))
    ruleset = replace(small, about=about)

    summary = unfinished(ruleset, today=today)

    assert _block(summary, "about")[-1].replace("(", "").replace(")", "") == last
    assert (ruleset.is_approved and not ruleset.about.is_review_due(today)) is approved


def test_every_result_names_its_rules(engine: Engine) -> None:
    short = engine.ruleset.fingerprint[:12]

    for summary in (_result(engine), _result(engine, crushed="yes"), unfinished(engine.ruleset)):
        assert f"A small rule set 2026-01-31 {short}" in _block(summary, "about")[2]
        assert summary.record.fingerprint == engine.ruleset.fingerprint


# --- the trace --------------------------------------------------------------------------------


def test_every_finding_has_its_trace(engine: Engine) -> None:
    summary = _result(engine, crushed="not_sure", faint="yes")

    traced = {line.rule_id: line for line in summary.trace}
    assert list(traced) == ["heavy", "fainting"]
    heavy, fainting = traced.values()
    assert (heavy.level, heavy.disposition, heavy.certain) == ("now", "today", False)
    assert heavy.evidence == ("result.not_sure A crushed feeling",)
    assert (fainting.level, fainting.certain, fainting.verified) == ("today", True, "part")
    assert fainting.answers == (("faint", ("yes",)),)
    assert fainting.source == "A publisher, a document, 2026"


def test_explain_says_what_the_clinician_should_know(engine: Engine) -> None:
    assessment = engine.assess(engine.fill_usual({"injury": ("yes",)}))

    summary = summarize(engine, assessment, explain=True)

    told = "Tell the clinician about the injury. Injury named."
    assert _block(summary, "clinician") == (told,)
    assert _block(summary, "explain") == ("explain.none",)


# --- the rule set that ships ------------------------------------------------------------------

#: What no result may say, and why.
NEVER = {
    "we think": "that would be a diagnosis",
    "your condition": "that would be a diagnosis",
    "nothing serious": "nobody can know",
    "all clear": "nobody can know",
    "not a medical device": "only that it has not been assessed as one",
    "toxin": "there is no evidence for it",
    "cure": "there is no evidence for it",
    "book now": "the clinic is asked, not booked",
    "%": "no likelihood is known",
}


@pytest.fixture(scope="module")
def real(shipped: RuleSet) -> Engine:
    return Engine(shipped)


def _any_answers(engine: Engine, data: st.DataObject) -> dict[str, Answer]:
    """An answer to every item on the path, mostly the usual one."""
    answers: dict[str, Answer] = {}
    while item := engine.next_item(answers):
        unusual = data.draw(st.integers(0, 11), label=item.link_id) == 0
        codes = [(code,) for code in item.codes]
        answers[item.link_id] = data.draw(st.sampled_from(codes)) if unusual else item.usual
    return answers


@settings(max_examples=40)
@given(data=st.data())
def test_the_shipped_words_keep_to_the_rules_of_safety(real: Engine, data: st.DataObject) -> None:
    assessment = real.assess(_any_answers(real, data))

    summary = summarize(real, assessment, today="2026-12-01", explain=True)

    shown = real.ruleset.disposition(summary.disposition)
    text = " ".join(render(summary).split())
    assert "This is not a diagnosis." in text
    assert "has not been assessed or registered as a medical device" in text
    assert "not yet been approved" in text
    assert [bad for bad in NEVER if bad in text.lower()] == []
    if not shown.shows_clinic:
        for branch in real.ruleset.clinic.branches:
            assert branch.phone not in text
    if not shown.emergency:
        assert "111" in text


@pytest.mark.parametrize(
    ("answers", "exit_code", "words"),
    [
        ({"life_threat": "yes"}, 13, ["call 999 now", "Do not drive", "18000"]),
        ({"main_place": "low_back", "numb_seat": "yes"}, 12, ["go to A&E now", "Call 999 if"]),
        ({"main_place": "low_back", "numb_seat": "not_sure"}, 11, ["Ring NHS 111", "18001 111"]),
        ({"main_place": "lower_leg", "weight_loss": "yes"}, 10, ["See a GP first", "01462 420077"]),
        ({"main_place": "neck"}, 0, ["01462 420077", "01582 579687", "Call 999:"]),
    ],
)
def test_the_shipped_words_say_what_to_do(
    real: Engine, answers: Mapping[str, str], exit_code: int, words: list[str]
) -> None:
    summary = _result(real, **answers)

    assert summary.exit_code == exit_code
    text = " ".join(render(summary).split())
    assert [word for word in words if word not in text] == []
