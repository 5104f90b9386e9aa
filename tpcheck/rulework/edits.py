"""What two rule files say differently, thing by thing: a comparison of what is written.

It tells what was edited and not what comes of it. Things are matched by their ids, so one with
another id is one that is gone and one that is new.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any

from tpcheck.engine import Engine
from tpcheck.loading.file import Named
from tpcheck.model import Criterion, Item, Rule, Screen, Section

#: What a thing says, by the name that it has in the file.
Aspects = dict[str, object]

#: Aspects that a person reads. Nothing that is asked or concluded hangs on them.
_WORDS = frozenset(
    (
        *("text", "short", "hint", "why", "say", "if_asked", "reword", "option_texts"),
        *("title", "none", "some", "heading", "name", "action", "actions", "when_calling"),
        *("step_up", "unsure", "soft_text", "reason", "points_to", "clinician", "paragraphs"),
        *("source", "verified", "note", "decision", "branches", "ruleset_id", "version"),
        *("status", "review_by", "intended_purpose", "approval"),
    )
)

#: The place of a thing among its like.
_ORDER = "order"


class How(StrEnum):
    """What became of a thing. One that is reworded says the same in other words."""

    REMOVED = "removed"
    ADDED = "added"
    CHANGED = "changed"
    REWORDED = "reworded"


@dataclass(frozen=True, slots=True)
class Difference:
    """One aspect of a thing, as it was and as it is."""

    aspect: str
    before: object = None
    after: object = None

    @property
    def is_words(self) -> bool:
        """Whether it is only for people to read."""
        return self.aspect in _WORDS


@dataclass(frozen=True, slots=True)
class Edit:
    """A thing that is not as it was. `kind` is what it is, in the word that messages use."""

    kind: str
    name: str
    how: How
    differences: tuple[Difference, ...] = ()


def edits(old: Engine, new: Engine) -> tuple[Edit, ...]:
    """Everything that is written differently: items first, then in the order of the file."""
    return tuple(
        edit
        for kind, things in _KINDS.items()
        for edit in _edits(kind, dict(things(old)), dict(things(new)))
    )


def _edits(kind: str, old: Mapping[str, Aspects], new: Mapping[str, Aspects]) -> Iterator[Edit]:
    yield from (Edit(kind, name, How.REMOVED) for name in old if name not in new)
    yield from (Edit(kind, name, How.ADDED) for name in new if name not in old)
    moved = _moved([name for name in old if name in new], [name for name in new if name in old])
    for name, after in new.items():
        before = old.get(name, after)
        found = [
            Difference(aspect, before[aspect], value)
            for aspect, value in after.items()
            if before[aspect] != value
        ]
        if name in moved:
            found.append(Difference(_ORDER))
        if found:
            how = How.REWORDED if all(d.is_words for d in found) else How.CHANGED
            yield Edit(kind, name, how, tuple(found))


def _moved(old: list[str], new: list[str]) -> set[str]:
    """The names that have another place in `new`, as few as will explain it."""
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    return set(new).difference(*(new[b : b + size] for _, b, size in blocks))


# --- the things of a rule set -----------------------------------------------------------------

_Things = Iterable[tuple[str, Aspects]]


def _items(engine: Engine) -> _Things:
    return (
        (item.link_id, _item(item, screen, section, engine))
        for section in engine.ruleset.questionnaire.sections
        for screen in section.screens
        for item in screen.items
    )


def _item(item: Item, screen: Screen, section: Section, engine: Engine) -> Aspects:
    found = _plain(item, but=("options",))
    # The words of yes, no and not sure stand once in the file, among the texts.
    texts = () if item.is_yes_no else tuple(option.text for option in item.options)
    found["options"] = tuple((option.code, option.exclusive) for option in item.options)
    found["option_texts"] = texts
    found["ask_when"] = conditions(item, engine)
    found["until"] = limit(item, engine)
    found["screen"] = screen.screen_id
    found["section"] = section.section_id
    return found


def conditions(item: Item, engine: Engine) -> tuple[Criterion, ...]:
    """All that has to hold for `item` to be asked: of its section, of its screen, its own."""
    screen = engine.screen_of[item.link_id]
    found = (_section(screen, engine).ask_when, screen.ask_when, item.ask_when)
    return tuple(criterion for criterion in found if criterion)


def limit(item: Item, engine: Engine) -> str:
    """The disposition from which on `item` is skipped, as its section or its screen says."""
    screen = engine.screen_of[item.link_id]
    stops = (code for code in (_section(screen, engine).until, screen.until) if code)
    return min(stops, key=engine.urgency.__getitem__, default="")


def _section(screen: Screen, engine: Engine) -> Section:
    return next(s for s in engine.ruleset.questionnaire.sections if screen in s.screens)


def _groups(engine: Engine) -> _Things:
    for screen in engine.ruleset.questionnaire.screens:
        if screen.is_group:
            # Conditions and limits are told of the items. What is not the default is the group's.
            found = _plain(screen, but=("items", "ask_when", "until", "none_text", "some_text"))
            for word, text in (("none", screen.none_text), ("some", screen.some_text)):
                found[word] = "" if text == engine.ruleset.texts.get(f"ask.{word}") else text
            yield screen.screen_id, found


def _sections(engine: Engine) -> _Things:
    return (
        (section.section_id, _plain(section, but=("screens", "ask_when", "until")))
        for section in engine.ruleset.questionnaire.sections
    )


def _rules(engine: Engine) -> _Things:
    return ((rule.rule_id, _rule(rule)) for rule in engine.ruleset.rules)


def _rule(rule: Rule) -> Aspects:
    found = _plain(rule, but=("levels",))
    found["levels"] = tuple((level.disposition, level.when) for level in rule.levels)
    found["actions"] = tuple(level.action for level in rule.levels)
    return found


def _texts(engine: Engine) -> _Things:
    """The words of the screens, sorted: they have keys, and no order that counts."""
    every = {**engine.ruleset.texts, **engine.ruleset.lists}
    return ((key, {"text": every[key]}) for key in sorted(every))


def _single(thing: Any, *, but: Iterable[str] = ()) -> _Things:
    """A thing that a rule set has once, so that it needs no name."""
    return [("", _plain(thing, but=but))]


def _many(things: Iterable[Any], id_field: str) -> _Things:
    return ((getattr(thing, id_field), _plain(thing)) for thing in things)


def _plain(thing: Any, *, but: Iterable[str] = ()) -> Aspects:
    """The fields of a record, without its place in the file."""
    return {
        f.name: getattr(thing, f.name) for f in fields(thing) if f.compare and f.name not in but
    }


_LISTS = ("areas", "conditions", "kinds", "notes")

_KINDS: Mapping[str, Callable[[Engine], _Things]] = {
    Named.ITEM: _items,
    Named.GROUP: _groups,
    Named.SECTION: _sections,
    Named.DISPOSITION: lambda e: _many(e.ruleset.dispositions, "code"),
    Named.RULE: _rules,
    Named.POINTER: lambda e: _many(e.ruleset.pointers, "rule_id"),
    Named.PRECAUTION: lambda e: _many(e.ruleset.precautions, "precaution_id"),
    "patterns": lambda e: _single(e.ruleset.patterns, but=_LISTS),
    Named.AREA: lambda e: _many(e.ruleset.patterns.areas, "area_id"),
    Named.CONDITION: lambda e: _many(e.ruleset.patterns.conditions, "condition_id"),
    Named.KIND: lambda e: _many(e.ruleset.patterns.kinds, "kind_id"),
    Named.NOTE: lambda e: _many(e.ruleset.patterns.notes, "note_id"),
    Named.PROPERTY: lambda e: _many(e.ruleset.properties, "property_id"),
    Named.TOPIC: lambda e: _many(e.ruleset.topics, "topic_id"),
    "text": _texts,
    "about": lambda e: _single(e.ruleset.about),
    "clinic": lambda e: _single(e.ruleset.clinic),
}
