"""The note of a call: what it holds, and what it never holds."""

from dataclasses import replace
from datetime import datetime

import pytest
from build import alone, choice, group, is_, rule, ruleset, yes_no
from strategies import Sampler

from tpcheck.engine import Engine
from tpcheck.model import NO, NOT_SURE, YES, Answer, ItemType, RuleSet
from tpcheck.note import WIDTH, write
from tpcheck.triage import Advice, Call, shared

#: Only the words that tests read are words; the rest name themselves.
WORDS = {
    "note.title": "NOTE",
    "note.said": "SAID",
    "note.not_sure": "UNSURE",
    "note.denied": "DENIED",
    "note.not_asked": "NOT ASKED",
    "note.comments": "COMMENTS",
    "note.volunteered": "(V)",
    "note.decided": "Decided by: ______",
}
ENGINE = Engine(
    ruleset(
        group("now", yes_no("a", short="short a"), yes_no("b"), yes_no("c")),
        alone(choice("place", ["arm", "leg"], short="Place")),
        alone(yes_no("fact", ItemType.FACT, text="Is it so?", short="So")),
        alone(choice("mood", ["bad", "good"], private=True, text="How are you?")),
        alone(yes_no("last", text="The last.")),
        rules=[rule("r_a", call=is_("a", YES), soon=is_("b", YES))],
        words=WORDS,
    )
)
FULL: dict[str, Answer] = {
    "a": (NO,),
    "b": (YES,),
    "c": (NOT_SURE,),
    "place": ("leg",),
    "fact": (NO,),
    "mood": ("bad",),
    "last": (NO,),
}


def at(minute: int) -> datetime:
    return datetime(2026, 11, 25, 14, minute)


CALL = Call("K7QD-1430", at(30), at(41), answers=FULL, disposition="soon")


def sections(call: Call) -> dict[str, list[str]]:
    """The lines of each part by its heading."""
    text = write(ENGINE, call).replace("\n  ", " ")
    return {lines[0]: lines[1:] for part in text.split("\n\n") if (lines := part.splitlines())}


def test_it_has_positives_and_denials_by_screen() -> None:
    parts = sections(CALL)
    assert parts["SAID"] == ["- the group now: the sign b", "- Place: option leg"]
    assert parts["DENIED"] == ["- the group now: short a", "- So", "- The last"]
    assert parts["UNSURE"] == ["- the group now: the sign c"]
    assert "NOT ASKED" not in parts


def test_it_says_who_called_and_when() -> None:
    head = sections(CALL)["NOTE"]
    assert head[:2] == ["[note.call] K7QD-1430 2026-11-25 14:30 14:41", "[note.self]"]
    assert sections(replace(CALL, for_other=True))["NOTE"][1] == "[note.other]"
    assert sections(replace(CALL, from_code=True))["NOTE"][2] == "[note.code]"
    assert "[note.code]" not in head


@pytest.mark.parametrize(
    ("change", "lines"),
    [
        ({}, ["[note.result] soon", "[note.not_read_out]"]),
        (
            {"advice": (Advice("soon", at(40)),)},
            ["[note.result] soon", "[note.read_out] soon 14:40"],
        ),
        (
            {"raised": "call", "reason": "grey", "advice": (Advice("call", at(33)),)},
            ["[note.result] soon", "[note.raised] call grey", "[note.read_out] call 14:33"],
        ),
        # What was read out before the answers changed stays, and is not what counts now.
        (
            {"advice": (Advice("call", at(33)),)},
            ["[note.result] soon", "[note.read_out] call 14:33", "[note.not_read_out]"],
        ),
        (
            {"disposition": "", "lost": True},
            ["[note.no_result]", "[note.so_far] soon", "[note.not_read_out]", "[note.lost]"],
        ),
        (
            {"disposition": "", "lost": True, "answers": {"a": (NO,)}},
            ["[note.no_result]", "[note.not_read_out]", "[note.lost]"],
        ),
        (
            {"finished_early": True, "advice": (Advice("soon", at(40)),)},
            ["[note.result] soon", "[note.read_out] soon 14:40", "[note.early]"],
        ),
    ],
)
def test_it_says_what_came_of_it_and_what_was_told(
    change: dict[str, object], lines: list[str]
) -> None:
    assert sections(replace(CALL, **change))["NOTE"][2:] == lines  # type: ignore[arg-type]


def test_it_lists_what_was_not_asked() -> None:
    answers: dict[str, Answer] = {"a": (NO,), "b": (YES,), "place": ("leg",)}
    assert sections(replace(CALL, answers=answers))["NOT ASKED"] == [
        "- the group now: the sign c",
        "- So",
        "- The last",
    ]
    assert sections(replace(CALL, answers={}))["NOT ASKED"][0] == "- the group now"


def test_comments_and_what_was_volunteered_stand_by_their_question() -> None:
    call = replace(
        CALL,
        comments={"now": "since Monday", "place": "left"},
        volunteered=frozenset({"now", "place"}),
    )
    parts = sections(call)
    assert parts["COMMENTS"] == ["- the group now: since Monday", "- Place: left"]
    assert parts["SAID"] == ["- the group now: the sign b (V)", "- Place: option leg (V)"]


def test_a_private_answer_is_in_no_note() -> None:
    quiet = replace(CALL, answers=shared(ENGINE, FULL))
    assert write(ENGINE, quiet) == write(ENGINE, CALL)
    for text in ("mood", "How are you?", "option bad"):
        assert text not in write(ENGINE, CALL)
        assert text not in write(ENGINE, replace(CALL, answers={}))


def test_it_names_the_rules_and_leaves_the_decision_to_a_person() -> None:
    text = write(ENGINE, CALL)
    about = ENGINE.ruleset.about
    assert f"[note.rules] {about.ruleset_id} {about.version} {about.status}" in text
    assert "[about.not_diagnosis]" in text
    assert text.endswith("Decided by: ______\n")


def test_it_is_narrow_and_tells_no_private_answer_of_what_ships(shipped: RuleSet) -> None:
    engine = Engine(shipped)
    private = [item for item in engine.items.values() if item.private]
    assert private
    for answers, _ in zip(Sampler(engine, 3).complete(), range(40), strict=False):
        found = engine.assess(answers)
        text = write(engine, replace(CALL, answers=answers, disposition=found.disposition))
        assert max(map(len, text.splitlines())) <= WIDTH
        flat = " ".join(text.split())
        for item in private:
            assert item.text not in flat
            assert not any(option.text in flat for option in item.options)
