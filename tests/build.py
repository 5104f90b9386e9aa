"""Small rule sets built in Python, for tests that need no file."""

from collections.abc import Iterable, Sequence
from types import MappingProxyType

from tpcheck.model import (
    NO,
    NOT_SURE,
    YES,
    About,
    AnswerIs,
    AnswerOption,
    Clinic,
    Criterion,
    Disposition,
    Item,
    ItemType,
    Level,
    Patterns,
    Questionnaire,
    Rule,
    RuleSet,
    Screen,
    Section,
    Status,
)
from tpcheck.wording import ASKING_LISTS, ASKING_TEXTS, RESULT_LISTS, RESULT_TEXTS

#: Words that tests read; every other text is its key and its placeholders.
WORDS = {
    "answer.yes": "Yes",
    "answer.no": "No",
    "answer.not_sure": "I am not sure",
    "ask.none": "No, none of these",
    "ask.some": "Yes, or I am not sure",
    "row.yes": "Yes",
    "row.no": "No",
    "row.not_sure": "Not sure",
    "row.open": "?",
    "start.self": "For myself",
    "start.other": "For someone else",
    "card.read": "I have read this",
    "stop.title": "Stop now?",
    "stop.confirm": "Yes, stop now",
    "keys.previous": "P previous",
    "keys.check": "R check answers",
    "keys.why": "? why we ask",
    "keys.body": "M body map",
    "keys.quit": "Q stop",
    "keys.more_above": "-- more above --",
    "keys.more_below": "-- more below --",
    "map.front": "FRONT",
    "map.back": "BACK",
    "map.left": "left",
    "map.right": "right",
}


def texts() -> dict[str, str]:
    """All texts that a rule set must bring."""
    return {
        key: WORDS.get(key) or " ".join([f"[{key}]", *(f"{{{name}}}" for name in names)])
        for key, names in {**ASKING_TEXTS, **RESULT_TEXTS}.items()
    }


def yes_no(link_id: str, type: ItemType = ItemType.SIGN, **more: object) -> Item:
    """A sign (or a fact), answered yes, no or not sure."""
    options = (
        AnswerOption(YES, WORDS["answer.yes"]),
        AnswerOption(NO, WORDS["answer.no"]),
        AnswerOption(NOT_SURE, WORDS["answer.not_sure"]),
    )
    fields: dict[str, object] = {"text": f"the sign {link_id}", "floor": "call", "usual": (NO,)}
    if type is ItemType.SIGN:
        fields["reword"] = f"{link_id} in other words"
    else:
        fields["floor"] = ""
    return Item(link_id=link_id, type=type, options=options, **{**fields, **more})  # type: ignore[arg-type]


def choice(
    link_id: str,
    codes: Iterable[str],
    *,
    alone: Sequence[str] = (),
    type: ItemType = ItemType.ONE,
    **more: object,
) -> Item:
    """An item with the options `codes`, each "option CODE", then those that stand alone."""
    options = (
        *(AnswerOption(code, f"option {code}") for code in codes),
        *(AnswerOption(code, f"option {code}", exclusive=True) for code in alone),
    )
    usual = (options[-1].code,)
    fields: dict[str, object] = {"text": f"the question {link_id}", "usual": usual, **more}
    return Item(link_id=link_id, type=type, options=options, **fields)  # type: ignore[arg-type]


def scale(link_id: str) -> Item:
    """0 to 10, or not sure."""
    codes = [*map(str, range(11)), NOT_SURE]
    return choice(link_id, codes, type=ItemType.SCALE, ordered=True)


def alone(item: Item, **more: object) -> Screen:
    """A screen with one item."""
    fields: dict[str, object] = {"text": item.text, "ask_when": item.ask_when, **more}
    return Screen(screen_id=item.link_id, items=(item,), **fields)  # type: ignore[arg-type]


def group(screen_id: str, *items: Item, **more: object) -> Screen:
    """A group of signs."""
    fields: dict[str, object] = {"text": f"the group {screen_id}", **more}
    return Screen(screen_id=screen_id, items=items, is_group=True, **fields)  # type: ignore[arg-type]


def is_(item: str, *options: str) -> AnswerIs:
    """The test that an item has one of the options."""
    return AnswerIs(item, options)


def rule(rule_id: str, **levels: Criterion) -> Rule:
    """A rule; its levels by disposition, the most urgent first."""
    made = tuple(Level(code, when) for code, when in levels.items())
    return Rule(rule_id, f"the reason {rule_id}", made)


def dispositions() -> tuple[Disposition, ...]:
    """Four: clinic < soon < today < call. `call` ends the questions; `today` is no emergency."""
    made = []
    for urgency, code in enumerate(("clinic", "soon", "today", "call")):
        made.append(
            Disposition(
                code=code,
                urgency=urgency,
                name=code,
                heading=f"Heading {code}",
                action=f"Action {code}",
                exit_code=10 * (urgency > 0) + urgency,
                if_unsure="today" if code == "call" else "soon" if code == "today" else "clinic",
                shows_clinic=urgency < 2,
                shows_patterns=urgency < 2,
                ends_questions=code == "call",
                emergency=code == "call",
                safety_net=urgency < 2,
            )
        )
    return tuple(made)


def ruleset(
    *sections: Section | Screen, rules: Iterable[Rule] = (), words: dict[str, str] | None = None
) -> RuleSet:
    """A rule set; a screen that is given alone is a section of its own."""
    made = tuple(
        part
        if isinstance(part, Section)
        else Section(f"s_{part.screen_id}", f"About {part.screen_id}", (part,))
        for part in sections
    )
    return RuleSet(
        about=About("small", "Small", "2026-01-01", Status.DRAFT, "2027-01-01", "To test."),
        clinic=Clinic("Clinic", ()),
        dispositions=dispositions(),
        texts=MappingProxyType({**texts(), **(words or {})}),
        lists=MappingProxyType(
            {key: (f"[{key}] one", f"[{key}] two") for key in (*ASKING_LISTS, *RESULT_LISTS)}
        ),
        questionnaire=Questionnaire(made),
        rules=tuple(rules),
        pointers=(),
        precautions=(),
        patterns=Patterns("", MappingProxyType({}), (), (), (), is_("", ""), (), (), (), ()),
        topics=(),
        properties=(),
    )
