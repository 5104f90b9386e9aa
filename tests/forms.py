"""A small rule set with every shape that an export meets, and with texts that are hard to print."""

from dataclasses import replace

from build import alone, choice, group, is_, rule, ruleset, scale, yes_no

from tpcheck.model import (
    AllOf,
    Answered,
    AnswerOption,
    AnyOf,
    Branch,
    Clinic,
    ItemType,
    RuleSet,
    Section,
)

#: Quotes, markup, brackets, accents, another reading direction, a table's bar.
NASTY = "\"it\" & <b>'hurts'</b> | [left] caf\u00e9 \u05e9\u05dc\u05d5\u05dd"

_PLACES = (
    AnswerOption("arm", "Arm"),
    AnswerOption("leg", NASTY),
    AnswerOption("back", "Back"),
    AnswerOption("none", "None of these", exclusive=True),
)


def form() -> RuleSet:
    """Sections, groups and items with conditions; a choice of many; a scale; a private item."""
    adult = is_("age", "adult", "old")
    made = ruleset(
        Section(
            "first",
            "First",
            (group("now", yes_no("breath", if_asked="New?"), yes_no("faint"), hint="Read both."),),
        ),
        Section(
            "who",
            "Who",
            (alone(choice("age", ["child", "adult", "old"], ordered=True, text="How old?")),),
        ),
        Section(
            "where",
            "Where",
            (
                alone(
                    replace(
                        choice("place", ["x"], type=ItemType.MANY, at_most=2, text=NASTY),
                        options=_PLACES,
                        usual=("none",),
                    )
                ),
                alone(choice("side", ["l", "r"], ask_when=Answered("place"))),
                alone(scale("pain")),
            ),
            ask_when=adult,
        ),
        Section(
            "more",
            "More",
            (
                group(
                    "signs",
                    yes_no("numb", ask_when=is_("place", "arm", "leg")),
                    yes_no("hot", ask_when=AllOf((is_("side", "l"), is_("breath", "no")))),
                    ask_when=AnyOf((is_("pain", "9", "10"), Answered("side"))),
                ),
                alone(yes_no("work", ItemType.FACT)),
            ),
            ask_when=AllOf((adult, is_("place", "arm", "leg"), is_("faint", "no"))),
            until="today",
        ),
        Section("mood", "Mood", (alone(choice("coping", ["well", "badly"], private=True)),)),
        rules=[rule("breathless", call=is_("breath", "yes")), rule("worn", soon=is_("pain", "10"))],
    )
    return replace(
        made,
        clinic=Clinic("Clinic <One>", (Branch("Here", "01632 960001"),)),
        fingerprint="0123456789abcdef" * 4,
    )
