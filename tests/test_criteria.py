"""What a criterion means: its two readings, its evidence, and what it reads."""

import pytest
from build import is_, rule

from tpcheck.criteria import Reading, evidence, items_read, leaves, parts, read, rule_levels
from tpcheck.model import (
    NO,
    NOT_SURE,
    YES,
    AllOf,
    Answer,
    Answered,
    AnyOf,
    AtLeast,
    Criterion,
    NoneOf,
    RuleMet,
)

BOTH, POSSIBLE, NEITHER = Reading(True, True), Reading(False, True), Reading(False, False)

A, B, C = is_("a", YES), is_("b", YES), is_("c", YES)
#: It is met by a, or by b and c.
RULE = rule("r", call=A, today=AllOf((B, C)))
#: It is met by the first.
ABOVE = rule("s", call=RuleMet("r"))
RULES = {"r": RULE, "s": ABOVE, "either": rule("either", call=AnyOf((A, B)))}


def answers(**given: str) -> dict[str, Answer]:
    """`a="?"` is not sure, `a="yy no"` two options; what is not named has no answer."""
    return {item: tuple(codes.replace("?", NOT_SURE).split()) for item, codes in given.items()}


# --- the two readings -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("criterion", "given", "expected"),
    [
        # One test: yes, no, not sure, no answer.
        (A, {"a": YES}, BOTH),
        (A, {"a": NO}, NEITHER),
        (A, {"a": "?"}, POSSIBLE),
        (A, {}, NEITHER),
        (is_("a", "x", "y"), {"a": "z y"}, BOTH),
        (is_("a", "x", "y"), {"a": "z w"}, NEITHER),
        (is_("a", "x"), {"a": "z ?"}, POSSIBLE),
        (is_("a", NOT_SURE), {"a": "?"}, BOTH),
        (Answered("a"), {"a": NO}, BOTH),
        (Answered("a"), {}, NEITHER),
        # Any.
        (AnyOf((A, B)), {"a": NO, "b": YES}, BOTH),
        (AnyOf((A, B)), {"a": "?", "b": NO}, POSSIBLE),
        (AnyOf((A, B)), {"a": NO, "b": "?"}, POSSIBLE),
        (AnyOf((A, B)), {"a": "?", "b": YES}, BOTH),
        (AnyOf((A, B)), {"a": NO, "b": NO}, NEITHER),
        (AnyOf(()), {}, NEITHER),
        # All.
        (AllOf((A, B)), {"a": YES, "b": YES}, BOTH),
        (AllOf((A, B)), {"a": YES, "b": "?"}, POSSIBLE),
        (AllOf((A, B)), {"a": "?", "b": YES}, POSSIBLE),
        (AllOf((A, B)), {"a": YES, "b": NO}, NEITHER),
        (AllOf((A, B)), {"a": "?", "b": NO}, NEITHER),
        (AllOf(()), {}, BOTH),
        # None: a not sure does not make it met, and does not make it impossible.
        (NoneOf((A, B)), {"a": NO, "b": NO}, BOTH),
        (NoneOf((A, B)), {"a": NO, "b": "?"}, POSSIBLE),
        (NoneOf((A, B)), {"a": NO, "b": YES}, NEITHER),
        (NoneOf((NoneOf((A,)),)), {"a": "?"}, POSSIBLE),
        # At least.
        (AtLeast(2, (A, B, C)), {"a": YES, "b": NO, "c": YES}, BOTH),
        (AtLeast(2, (A, B, C)), {"a": YES, "b": "?", "c": NO}, POSSIBLE),
        (AtLeast(2, (A, B, C)), {"a": YES, "b": NO, "c": NO}, NEITHER),
        (AtLeast(2, (A, B, C)), {"a": YES, "b": YES, "c": YES}, BOTH),
        # A rule: any of its levels.
        (RuleMet("r"), {"b": YES, "c": YES}, BOTH),
        (RuleMet("r"), {"a": "?", "b": NO}, POSSIBLE),
        (RuleMet("r"), {"b": YES, "c": NO}, NEITHER),
        (RuleMet("s"), {"a": "?"}, POSSIBLE),
        (NoneOf((RuleMet("s"),)), {"a": NO}, BOTH),
        (AtLeast(1, (RuleMet("s"),)), {"a": YES}, BOTH),
    ],
)
def test_it_is_read_twice(criterion: Criterion, given: dict[str, str], expected: Reading) -> None:
    assert read(criterion, answers(**given), RULES) == expected


@pytest.mark.parametrize(
    ("criterion", "given", "helping", "expected"),
    [
        (A, {}, True, BOTH),
        (A, {}, False, NEITHER),
        (A, {"a": NO}, True, NEITHER),  # what is answered is not open, whatever is said of it
        (B, {}, True, NEITHER),
        (Answered("a"), {}, True, BOTH),
        (Answered("a"), {}, False, NEITHER),
        (Answered("b"), {}, True, NEITHER),
        (AnyOf((B, A)), {}, True, BOTH),
        (AllOf((A, B)), {"b": YES}, True, BOTH),
        (AllOf((A, B)), {"b": YES}, False, NEITHER),
        (AtLeast(2, (A, B)), {"b": "?"}, True, POSSIBLE),
        (RuleMet("r"), {}, True, BOTH),
        # Below "none" an open item counts the other way.
        (NoneOf((A,)), {}, True, BOTH),
        (NoneOf((A,)), {}, False, NEITHER),
        (AllOf((NoneOf((A,)), B)), {"b": YES}, False, NEITHER),
        (AtLeast(1, (NoneOf((A,)),)), {}, False, NEITHER),
        (NoneOf((NoneOf((A,)),)), {}, True, BOTH),
        (NoneOf((NoneOf((A,)),)), {}, False, NEITHER),
    ],
)
def test_what_is_open_helps_or_hinders(
    criterion: Criterion, given: dict[str, str], helping: bool, expected: Reading
) -> None:
    found = read(
        criterion, answers(**given), RULES, is_open=lambda item: item == "a", helping=helping
    )

    assert found == expected


def test_what_is_open_does_not_help_unless_that_is_said() -> None:
    assert read(A, {}, RULES, is_open=lambda _: True) == NEITHER
    assert read(NoneOf((A,)), {}, RULES, is_open=lambda _: True) == NEITHER


@pytest.mark.parametrize(
    ("given", "met", "possible"),
    [
        ({}, None, None),
        ({"a": YES, "b": YES, "c": YES}, "call", "call"),
        ({"a": NO, "b": YES, "c": YES}, "today", "today"),
        ({"a": "?", "b": YES, "c": YES}, "today", "call"),
        ({"a": "?", "b": YES, "c": "?"}, None, "call"),
        ({"a": NO, "b": YES, "c": "?"}, None, "today"),
    ],
)
def test_the_most_urgent_level_counts(
    given: dict[str, str], met: str | None, possible: str | None
) -> None:
    found = rule_levels(RULE, answers(**given), RULES)

    assert tuple(level and level.disposition for level in found) == (met, possible)


def test_a_level_can_hang_on_what_is_open() -> None:
    found = rule_levels(RULE, {}, RULES, is_open=lambda item: item == "a", helping=True)
    assert [level and level.disposition for level in found] == ["call", "call"]

    found = rule_levels(RULE, {}, RULES, is_open=lambda item: item == "a")
    assert found == (None, None)


# --- evidence ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("criterion", "given", "certain", "expected"),
    [
        (A, {"a": YES}, True, {"a": [YES]}),
        (A, {"a": "?"}, False, {"a": [NOT_SURE]}),
        (is_("a", "x", "y"), {"a": "z y x"}, True, {"a": ["y", "x"]}),
        (Answered("a"), {"a": "z y"}, True, {"a": ["z", "y"]}),
        # Only what is so is evidence.
        (AnyOf((A, B, C)), {"a": NO, "b": YES, "c": YES}, True, {"b": [YES], "c": [YES]}),
        (AnyOf((A, B)), {"a": "?", "b": YES}, True, {"b": [YES]}),
        (AnyOf((A, B)), {"a": "?", "b": YES}, False, {"a": [NOT_SURE], "b": [YES]}),
        (AtLeast(1, (A, B)), {"a": YES, "b": "?"}, True, {"a": [YES]}),
        (AllOf((A, NoneOf((B,)))), {"a": YES, "b": NO}, True, {"a": [YES]}),
        # Each item once, each of its answers once.
        (AllOf((is_("a", "x"), is_("a", "x", "y"))), {"a": "x y"}, True, {"a": ["x", "y"]}),
        (AllOf((A, AnyOf((A, B)))), {"a": YES, "b": YES}, True, {"a": [YES], "b": [YES]}),
        # Of a rule, the most urgent level that is so, and no other.
        (RuleMet("r"), {"a": YES, "b": YES, "c": YES}, True, {"a": [YES]}),
        (RuleMet("r"), {"a": "?", "b": YES, "c": YES}, True, {"b": [YES], "c": [YES]}),
        (RuleMet("r"), {"a": "?", "b": YES, "c": YES}, False, {"a": [NOT_SURE]}),
        (RuleMet("s"), {"a": YES, "b": YES}, True, {"a": [YES]}),
        (RuleMet("either"), {"a": "?", "b": YES}, True, {"b": [YES]}),
    ],
)
def test_evidence_is_what_makes_it_so(
    criterion: Criterion, given: dict[str, str], certain: bool, expected: dict[str, list[str]]
) -> None:
    found = evidence(criterion, answers(**given), RULES, certain=certain)

    assert found == tuple((item, tuple(codes)) for item, codes in expected.items())


# --- what it reads ----------------------------------------------------------------------------

E = is_("e", YES)
EVERY = AllOf((A, AnyOf((B, NoneOf((C, Answered("d"))))), AtLeast(1, (RuleMet("r"), E))))


def test_parts_come_from_the_top_and_no_rule_is_followed() -> None:
    any_of, at_least = EVERY.of[1], EVERY.of[2]
    assert isinstance(any_of, AnyOf)
    assert isinstance(at_least, AtLeast)

    assert list(parts(EVERY)) == [
        EVERY, A, any_of, B, any_of.of[1], C, Answered("d"), at_least, RuleMet("r"), E,
    ]  # fmt: skip


def test_leaves_tell_what_a_none_turns_round() -> None:
    plain = [(test, False) for test in (A, B)]
    turned: list[tuple[Criterion, bool]] = [(C, True), (Answered("d"), True)]
    followed = [(test, False) for test in (A, B, C)]

    assert list(leaves(EVERY, RULES)) == [*plain, *turned, *followed, (E, False)]
    assert list(leaves(EVERY, RULES, negated=True)) == [
        (test, not negated) for test, negated in leaves(EVERY, RULES)
    ]
    assert list(leaves(NoneOf((RuleMet("r"),)), RULES)) == [(test, True) for test in (A, B, C)]
    assert list(leaves(NoneOf((NoneOf((A,)),)), RULES)) == [(A, False)]
    assert list(leaves(RuleMet("s"), RULES)) == [(test, False) for test in (A, B, C)]


def test_items_read_are_those_of_every_leaf() -> None:
    assert items_read(EVERY, RULES) == frozenset("abcde")
