"""The engine, one rule of it at a time: what is an answer, what is asked, what it comes to."""

from dataclasses import replace
from types import MappingProxyType

import pytest
from build import alone, choice, group, is_, rule, ruleset, scale, yes_no

from tpcheck.engine import Engine, all_no, fault, in_order
from tpcheck.model import (
    NO,
    NOT_SURE,
    YES,
    AllOf,
    Answer,
    Answered,
    AnyOf,
    Area,
    AreaRow,
    Condition,
    Criterion,
    Item,
    ItemType,
    Kind,
    KindRow,
    NoneOf,
    Note,
    Patterns,
    Precaution,
    RuleMet,
    RuleSet,
    Section,
)

Given = dict[str, Answer]

MANY = choice("many", "xyz", alone=["none"], type=ItemType.MANY, at_most=2)
ONE = choice("one", "xy")


def engine(*screens: object, **more: object) -> Engine:
    return Engine(ruleset(*screens, **more))  # type: ignore[arg-type]


def signs(names: str, *rules: object) -> Engine:
    """A screen for each sign, one after the other."""
    return engine(*(alone(yes_no(name)) for name in names), rules=rules)


# --- an answer --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "answer", "expected"),
    [
        (ONE, ("x",), ""),
        (ONE, (), "an answer is empty"),
        (ONE, ("z",), "'z' is not one of its answers"),
        (ONE, ("x", "z", "w"), "'z' is not one of its answers"),
        (ONE, ("x", "x"), "an answer stands twice"),
        (ONE, ("x", "y"), "it takes one answer only"),
        (yes_no("a"), (YES, NO), "it takes one answer only"),
        (scale("a"), ("11",), "'11' is not one of its answers"),
        (MANY, ("x", "z"), ""),
        (MANY, ("none",), ""),
        (MANY, ("x", "x"), "an answer stands twice"),
        (MANY, ("x", "none"), "an answer that stands alone stands with another"),
        (MANY, ("none", "x"), "an answer that stands alone stands with another"),
        (MANY, ("x", "y", "z"), "it takes at most 2 answers"),
        (replace(MANY, at_most=0), ("x", "y", "z"), ""),
    ],
)
def test_what_is_wrong_with_an_answer(item: Item, answer: Answer, expected: str) -> None:
    assert fault(item, answer) == expected


def test_answers_stand_in_the_order_of_the_options() -> None:
    assert in_order(MANY, ["z", "none", "x", "unknown"]) == ("x", "z", "none")


def test_none_of_these_is_no_to_each() -> None:
    assert all_no(group("g", yes_no("a"), yes_no("b"))) == {"a": (NO,), "b": (NO,)}


# --- what is asked ----------------------------------------------------------------------------


def test_a_path_tells_what_is_asked_and_what_is_missing() -> None:
    built = engine(alone(ONE), alone(yes_no("a", ask_when=is_("one", "x"))), alone(yes_no("b")))

    path = built.path({"one": ("x",), "b": (NO,), "unknown": ("z",)})

    assert [screen.screen_id for screen in path.screens] == ["one", "a", "b"]
    assert path.items == ("one", "a", "b")
    assert path.answers == {"one": ("x",), "b": (NO,)}
    assert path.missing == ("a",)
    assert path.off_path == ("unknown",)
    assert (path.urgency, path.ended) == (0, False)
    assert built.next_item({"one": ("x",)}) == built.items["a"]
    assert built.next_item({"one": ("y",), "b": (NO,)}) is None


def test_an_answer_off_the_path_is_told_and_not_read() -> None:
    built = engine(
        alone(ONE),
        alone(yes_no("a", ask_when=is_("one", "x"))),
        rules=[rule("r", call=is_("a", YES))],
    )

    path = built.path({"one": ("y",), "a": (YES,)})

    assert (path.items, path.answers, path.off_path) == (("one",), {"one": ("y",)}, ("a",))
    assert built.assess({"one": ("y",), "a": (YES,)}).disposition == "clinic"


@pytest.mark.parametrize(
    ("when", "answers", "asked"),
    [
        (is_("many", "x", "y"), {"many": ("y", "z")}, True),
        (is_("many", "x", "y"), {"many": ("z",)}, False),
        (is_("many", "x"), {"many": (NOT_SURE,)}, False),  # word for word, as FHIR reads it
        (is_("one", "x"), {"many": ("x",)}, False),
        (Answered("many"), {"many": ("z",)}, True),
        (Answered("many"), {}, False),
        (AllOf((Answered("one"), is_("many", "x"))), {"one": ("y",), "many": ("x",)}, True),
        (AllOf((Answered("one"), is_("many", "x"))), {"one": ("y",), "many": ("z",)}, False),
        (AnyOf((is_("one", "x"), is_("many", "x"))), {"one": ("x",), "many": ("z",)}, True),
        (AnyOf((is_("one", "x"), is_("many", "x"))), {"one": ("y",), "many": ("z",)}, False),
    ],
)
def test_when_it_is_asked(when: Criterion, answers: Given, asked: bool) -> None:
    # For the item, for its screen, and for its section.
    for built in (
        engine(alone(ONE), alone(MANY), group("g", yes_no("always"), yes_no("a", ask_when=when))),
        engine(alone(ONE), alone(MANY), alone(yes_no("a"), ask_when=when)),
        engine(alone(ONE), alone(MANY), Section("s", "", (alone(yes_no("a")),), ask_when=when)),
    ):
        assert ("a" in built.path(answers).items) is asked


def test_other_criteria_cannot_say_when_it_is_asked() -> None:
    built = engine(alone(ONE), alone(yes_no("a"), ask_when=NoneOf((is_("one", "x"),))))

    with pytest.raises(ValueError, match="not a form that ask_when may have: NoneOf"):
        built.path({"one": ("x",)})


def test_a_group_of_which_nothing_is_asked_is_no_screen() -> None:
    some = group("g", *(yes_no(name, ask_when=is_("one", "x")) for name in "ab"))

    assert [s.screen_id for s in engine(alone(ONE), some).path({"one": ("y",)}).screens] == ["one"]


def test_what_ends_the_questions_ends_them_within_its_screen() -> None:
    built = engine(
        group("g", yes_no("a"), yes_no("b")),
        alone(yes_no("c")),
        rules=[rule("r", call=is_("a", YES))],
    )

    path = built.path({"a": (YES,)})

    assert [screen.screen_id for screen in path.screens] == ["g"]
    assert path.items == ("a", "b")
    assert (path.missing, path.urgency, path.ended) == ((), 3, True)
    assert built.assess({"a": (YES,)}).complete


def test_a_rule_that_hangs_on_what_is_open_ends_nothing() -> None:
    built = signs("abc", rule("r", call=AllOf((is_("a", YES), NoneOf((is_("c", YES),))))))

    assert built.path({"a": (YES,)}).urgency == 0
    assert built.path({"a": (YES,)}).missing == ("b", "c")
    assert built.path({"a": (YES,), "b": (NO,), "c": (NO,)}).ended


def test_a_rule_that_hangs_on_what_is_not_asked_counts_once_that_is_known() -> None:
    open_ = alone(yes_no("c", ask_when=is_("b", YES)))
    built = engine(
        *(alone(yes_no(name)) for name in "ab"),
        open_,
        alone(yes_no("d")),
        rules=[rule("r", call=AllOf((is_("a", YES), NoneOf((is_("c", YES),)))))],
    )

    # c is not asked, so it cannot stand in the way, and d is not needed any more.
    assert built.path({"a": (YES,), "b": (NO,)}).items == ("a", "b")
    assert built.path({"a": (YES,), "b": (YES,)}).items == ("a", "b", "c", "d")
    # The same where c is left out of a group.
    grouped = engine(
        *(alone(yes_no(name)) for name in "ab"),
        group("g", yes_no("c", ask_when=is_("b", YES)), yes_no("e")),
        alone(yes_no("d")),
        rules=[rule("r", call=AllOf((is_("a", YES), NoneOf((is_("c", YES),)))))],
    )
    assert grouped.path({"a": (YES,), "b": (NO,)}).items == ("a", "b", "e")


@pytest.mark.parametrize(
    ("where", "until", "asked"),
    [
        ("screen", "today", False),
        ("section", "today", False),
        ("screen", "call", True),
        ("section", "call", True),
        ("screen", "soon", False),
        ("", "", True),
    ],
)
def test_a_limit_leaves_out_what_cannot_matter(where: str, until: str, asked: bool) -> None:
    screen = alone(yes_no("b"), until=until if where == "screen" else "")
    built = engine(
        alone(yes_no("a")),
        Section("s", "", (screen,), until=until if where == "section" else ""),
        rules=[rule("r", today=is_("a", YES))],
    )

    assert ("b" in built.path({"a": (YES,)}).items) is asked
    assert built.path({"a": (NO,)}).items == ("a", "b")


def test_the_lower_of_two_limits_counts() -> None:
    built = signs("a")

    assert built.stop_at("today", "soon") == 1
    assert built.stop_at("", "today") == 2
    assert built.stop_at("", "") == built.stop_at() == 3


def test_a_not_sure_reaches_what_it_leads_to() -> None:
    built = signs("ab", rule("r", call=is_("a", YES)))

    assert built.path({"a": (NOT_SURE,)}).urgency == built.urgency["today"]
    assert built.path({"a": (YES,)}).urgency == built.urgency["call"]


def test_without_an_end_nothing_ends() -> None:
    made = ruleset(*(alone(yes_no(name)) for name in "ab"), rules=[rule("r", call=is_("a", YES))])
    endless = [replace(d, ends_questions=False) for d in made.dispositions]

    path = Engine(replace(made, dispositions=tuple(endless))).path({"a": (YES,)})

    assert (path.items, path.urgency, path.ended) == (("a", "b"), 3, False)


def test_the_rest_is_filled_with_what_is_usual() -> None:
    built = engine(alone(ONE), alone(yes_no("a", ask_when=is_("one", "y"))), alone(MANY))

    assert built.fill_usual({}) == {"one": ("y",), "a": (NO,), "many": ("none",)}
    assert built.fill_usual({"one": ("x",), "old": ("z",)}) == {
        "one": ("x",),
        "old": ("z",),
        "many": ("none",),
    }


# --- what it comes to -------------------------------------------------------------------------


def finding(built: Engine, **given: str) -> tuple[str, str, bool] | None:
    """The level, the disposition and the certainty of the only finding."""
    found = built.assess({item: (code,) for item, code in given.items()}).findings
    if not found:
        return None
    (one,) = found
    return one.level, one.disposition, one.certain


def test_a_rule_gives_its_most_urgent_advice() -> None:
    built = signs("ab", rule("r", call=is_("a", YES), soon=is_("b", YES)))

    assert finding(built, a=YES, b=YES) == ("call", "call", True)
    assert finding(built, a=NO, b=YES) == ("soon", "soon", True)
    assert finding(built, a=NO, b=NO) is None
    # Perhaps call is "today": more urgent than surely soon.
    assert finding(built, a=NOT_SURE, b=YES) == ("call", "today", False)
    # Perhaps soon is "clinic", as is the result: it is told all the same.
    assert finding(built, a=NO, b=NOT_SURE) == ("soon", "clinic", False)


def test_what_is_sure_counts_where_the_doubt_is_no_worse() -> None:
    built = signs("ab", rule("r", call=is_("a", YES), today=is_("b", YES)))

    assert finding(built, a=NOT_SURE, b=YES) == ("today", "today", True)


def test_the_most_urgent_rule_counts() -> None:
    built = signs(
        "ab",
        rule("r", soon=is_("a", YES)),
        rule("s", today=is_("b", YES)),
        rule("t", call=AnyOf(())),
    )

    assessed = built.assess({"a": (YES,), "b": (YES,)})
    assert assessed.disposition == "today"
    assert [found.rule_id for found in assessed.findings] == ["r", "s"]
    assert built.assess({"a": (NO,), "b": (NO,)}).disposition == "clinic"


def test_incomplete_answers_give_nothing_but_an_emergency_that_is_met() -> None:
    built = engine(
        group("g", *map(yes_no, "abc")),
        alone(yes_no("d")),
        rules=[rule("r", today=is_("b", YES)), rule("s", call=is_("c", YES))],
    )

    assessed = built.assess({"b": (YES,)})
    assert (assessed.disposition, assessed.complete, assessed.findings) == ("", False, ())
    assert assessed.missing == ("a", "c", "d")
    assert built.assess({"b": (NO,), "c": (NOT_SURE,)}).findings == ()
    # Settled without the rest: as if that were not asked.
    settled = built.assess({"b": (YES,)}, as_is=True)
    assert (settled.disposition, settled.complete, settled.missing) == ("today", True, ())


def test_an_emergency_that_ends_nothing_is_told_before_the_end() -> None:
    made = ruleset(
        *(alone(yes_no(name)) for name in "ab"),
        rules=[
            replace(rule("r", today=is_("a", YES)), tell=("told",)),
            rule("s", soon=is_("a", YES)),
        ],
    )
    made = replace(made, precautions=(Precaution("told", ""),))
    urgent = tuple(replace(d, emergency=d.urgency >= 2) for d in made.dispositions)

    assessed = Engine(replace(made, dispositions=urgent)).assess({"a": (YES,)})

    assert (assessed.disposition, assessed.complete) == ("today", False)
    assert [found.rule_id for found in assessed.findings] == ["r"]
    assert (assessed.precautions, assessed.support) == ((), ())


def test_the_evidence_is_of_what_is_told() -> None:
    built = signs("ab", rule("r", call=AnyOf((is_("a", YES), is_("b", YES)))))

    def evidence(a: str, b: str) -> dict[str, Answer]:
        (found,) = built.assess({"a": (a,), "b": (b,)}).findings
        return dict(found.evidence)

    assert evidence(NOT_SURE, YES) == {"b": (YES,)}
    assert evidence(NOT_SURE, NO) == {"a": (NOT_SURE,)}


def test_precautions_come_from_findings_and_from_answers() -> None:
    made = ruleset(
        *(alone(yes_no(name)) for name in "abc"),
        rules=[replace(rule("r", soon=is_("a", YES)), tell=("told",))],
    )
    built = Engine(
        replace(
            made,
            precautions=(
                Precaution("told", ""),
                Precaution("own", "", when=is_("b", YES)),
                Precaution("other", "", when=is_("c", YES)),
            ),
        )
    )

    def precautions(a: str, b: str) -> tuple[str, ...]:
        return built.assess({"a": (a,), "b": (b,), "c": (NO,)}).precautions

    assert precautions(YES, YES) == ("told", "own")
    assert precautions(NO, NOT_SURE) == ("own",)
    assert precautions(NO, NO) == ()


# --- patterns ---------------------------------------------------------------------------------

ZONES = ("neck", "back", "arm", "hand", "leg")


def places(**patterns: object) -> Engine:
    """Where it is worst, where it hurts, what is sore, where that spreads, if that counts."""
    made: RuleSet = ruleset(
        alone(choice("main", ["upper", "lower"])),
        alone(choice("upper", ZONES, type=ItemType.MANY)),
        alone(choice("lower", ZONES, type=ItemType.MANY)),
        alone(choice("sore", ZONES, alone=["no_spot"], type=ItemType.MANY)),
        alone(choice("spread", ZONES, alone=["nowhere"], type=ItemType.MANY)),
        alone(yes_no("counts", ItemType.FACT)),
    )
    fields: dict[str, object] = {
        "main_item": "main",
        "main": MappingProxyType({"upper": "upper", "lower": "lower"}),
        "pain_items": ("upper", "lower"),
        "sore_items": ("sore",),
        "spread_items": ("spread",),
        "spread_counts": is_("counts", YES),
        "areas": (),
        "conditions": (),
        "kinds": (),
        "notes": (),
        **patterns,
    }
    return Engine(replace(made, patterns=Patterns(**fields)))  # type: ignore[arg-type]


def given(**answers: str) -> Given:
    usual = {"main": "upper", "upper": "neck", "lower": "leg", "sore": "no_spot",
             "spread": "nowhere", "counts": NO}  # fmt: skip
    return {item: tuple(codes.split()) for item, codes in {**usual, **answers}.items()}


def area(name: str, *rows: AreaRow, **more: object) -> Area:
    return Area(name, name, name, rows, **more)  # type: ignore[arg-type]


AREAS = (
    area("a_neck", AreaRow(("neck",), second=("a_back", "a_arm"))),
    area("a_back", AreaRow(("back",))),
    area("a_arm", AreaRow(("arm",)), AreaRow(("hand",), own=False), on_leaflet=False),
)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        # Sore places decide, then the main place, then every place.
        ({"sore": "back"}, "a_back"),
        ({"sore": "back arm"}, "a_back a_arm"),
        ({"sore": "leg", "upper": "neck"}, "a_neck"),  # no area knows the leg
        ({"upper": "neck", "lower": "back"}, "a_neck a_back"),
        ({"main": "lower", "upper": "neck", "lower": "arm"}, "a_arm"),
        ({"main": "lower", "upper": "neck", "lower": "leg"}, "a_neck"),
        ({"upper": "leg", "lower": "leg"}, ""),
        # Second only where it hurts or is sore in a place of its own.
        ({"upper": "neck arm"}, "a_neck a_arm"),
        ({"upper": "neck hand", "sore": "neck"}, "a_neck"),
        ({"upper": "neck", "sore": "neck", "lower": "arm"}, "a_neck a_arm"),
        ({"upper": "back", "lower": "arm", "sore": "back"}, "a_back"),
        # A place that pressing reaches is pain only if that is the pain they know.
        ({"upper": "neck", "spread": "arm", "counts": YES}, "a_neck a_arm"),
        ({"upper": "neck", "spread": "arm"}, "a_neck"),
        ({"upper": "neck", "spread": "arm", "counts": NOT_SURE}, "a_neck"),
        # Those of the leaflet come first where several spots are sore.
        ({"sore": "arm back"}, "a_back a_arm"),
    ],
)
def test_places_name_areas(answers: dict[str, str], expected: str) -> None:
    found = places(areas=AREAS).assess(given(**answers)).patterns

    assert found.areas == tuple(expected.split())


def test_an_area_of_the_leaflet_comes_first_only_where_several_spots_are_sore() -> None:
    built = places(areas=AREAS[::-1])

    assert built.assess(given(sore="arm back")).patterns.areas == ("a_back", "a_arm")
    assert built.assess(given(upper="arm back")).patterns.areas == ("a_arm", "a_back")


def test_an_area_that_is_off_is_left_out_or_replaced_where_nothing_is_left() -> None:
    off = area("off", AreaRow(("leg",)), use=False, if_off="a_back")
    built = places(areas=(*AREAS, off))

    assert built.assess(given(sore="leg")).patterns.areas == ("a_back",)
    assert built.assess(given(sore="leg arm")).patterns.areas == ("a_arm",)
    gone = places(areas=(*AREAS, replace(off, if_off="")))
    assert gone.assess(given(sore="leg")).patterns.areas == ()


def test_an_area_can_be_named_always() -> None:
    always = area("always", AreaRow(("leg",)), always_when=is_("counts", YES))
    built = places(areas=(*AREAS, always))

    assert built.assess(given(sore="neck", counts=YES)).patterns.areas == ("a_neck", "always")
    assert built.assess(given(sore="neck", counts=NOT_SURE)).patterns.areas == ("a_neck",)
    assert built.assess(given(sore="leg", counts=YES)).patterns.areas == ("always",)


def test_a_condition_needs_pain_in_each_of_its_sets() -> None:
    built = places(
        conditions=(
            Condition("both", "", "", (("neck", "arm"), ("leg",))),
            Condition("unless", "", "", (("neck",),), unless=is_("counts", YES)),
        )
    )

    assert built.assess(given()).patterns.conditions == ("both", "unless")
    assert built.assess(given(lower="back")).patterns.conditions == ("unless",)
    assert built.assess(given(counts=NOT_SURE)).patterns.conditions == ("both",)
    assert built.assess(given(lower="back", sore="leg")).patterns.conditions == ("unless",)


def test_the_first_row_that_is_met_gives_the_kind() -> None:
    kinds = (
        Kind("active", "", "", "", (KindRow(is_("counts", YES)),)),
        Kind("soft", "", "", "", (KindRow(is_("counts", NOT_SURE), softened=True),)),
    )
    built = places(kinds=kinds)

    def kind(counts: str) -> tuple[str, bool]:
        found = built.assess(given(counts=counts)).patterns
        return found.kind, found.softened

    assert kind(YES) == ("active", False)
    assert kind(NOT_SURE) == ("soft", True)
    assert kind(NO) == ("", False)


def test_a_kind_can_hang_on_a_rule() -> None:
    built = places(kinds=(Kind("ruled", "", "", "", (KindRow(RuleMet("r")),)),))
    built = Engine(replace(built.ruleset, rules=(rule("r", clinic=is_("counts", YES)),)))

    assert built.assess(given(counts=YES)).patterns.kind == "ruled"
    assert built.assess(given(counts=NO)).patterns.kind == ""


def test_notes_come_with_their_places_and_support_with_any_result() -> None:
    built = places(
        notes=(
            Note("sore", "", zones=("hand",)),
            Note("pain", "", zones=("neck", "back")),
            Note("when", "", when=is_("counts", YES)),
            Note("support", "", when=is_("counts", YES), support=True),
            Note("no support", "", zones=("neck",), support=True),
        )
    )

    quiet = built.assess(given())
    assert (quiet.patterns.notes, quiet.support) == (("pain",), ())
    loud = built.assess(given(sore="hand", counts=NOT_SURE))
    assert (loud.patterns.notes, loud.support) == (("sore", "pain", "when"), ("support",))


def test_urgent_advice_comes_without_patterns_and_an_emergency_without_support() -> None:
    built = places(
        areas=AREAS, notes=(Note("support", "", when=is_("upper", "neck"), support=True),)
    )
    urgent = [rule("r", today=is_("sore", "back")), rule("s", call=is_("sore", "hand"))]
    built = Engine(replace(built.ruleset, rules=tuple(urgent)))

    today = built.assess(given(sore="back"))
    assert (today.disposition, today.patterns.areas, today.support) == ("today", (), ("support",))
    call = built.assess(given(sore="hand"))
    assert (call.disposition, call.patterns.areas, call.support) == ("call", (), ())
