"""Every text of a rule set, with who reads it, what it is read with, and where it stands.

The walk is written out, because who sees a text follows from what it is and not from its place in
the file. A test holds it to what the loader has read, so that no text escapes the checks.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from operator import itemgetter

from tpcheck import criteria
from tpcheck.engine import Engine
from tpcheck.model import NOWHERE, Disposition, Item, Level, Location, Rule, RuleSet, Screen
from tpcheck.summary import CLINIC_BLOCKS, PATTERN_BLOCKS


class Kind(StrEnum):
    """Who a text is for."""

    ASKED = "asked"  # a patient, while being asked or told back what was answered
    SHOWN = "shown"  # a patient, around the questions and in the result
    SAID = "said"  # a patient, from the mouth of staff
    STAFF = "staff"  # staff and the clinician only


#: What a patient reads with their own eyes.
READ = (Kind.ASKED, Kind.SHOWN)
#: The unit of a number in a register of clinicians, which looks like one to call and is none.
REGISTRATION = "registration"


@dataclass(frozen=True, slots=True)
class Passage:
    """One text. Those with the same `unit` are read together.

    An `urgent` one can stand in a result that shows no clinic; an `option` is a label to choose.
    """

    text: str
    kind: Kind
    unit: str
    where: Location = NOWHERE
    urgent: bool = False
    option: bool = False


def passages(engine: Engine) -> tuple[Passage, ...]:
    """Every text, section by section."""
    places = _Places(engine.ruleset)
    return tuple(
        Passage(p.text, p.kind, p.unit, places.of(p.text, p.where), p.urgent, p.option)
        for section in (_front, _screen_texts, _questions, _rules, _patterns, _back)
        for p in section(engine)
        if p.text
    )


class _Places:
    """Where each text stands: the first such text at or below its record that nobody has taken."""

    def __init__(self, ruleset: RuleSet) -> None:
        self._left: dict[str, list[Location]] = {}
        for text, where in sorted(ruleset.text_marks, key=lambda mark: _order(mark[1])):
            self._left.setdefault(text, []).append(where)

    def of(self, text: str, record: Location) -> Location:
        left = self._left.get(text, [])
        for where in left:
            if _order(where) >= _order(record):
                left.remove(where)
                return where
        return record


def _order(where: Location) -> tuple[int, int]:
    return where.line, where.column


# --- the sections of the file -----------------------------------------------------------------


def _front(engine: Engine) -> Iterator[Passage]:
    about, clinic = engine.ruleset.about, engine.ruleset.clinic
    shown = partial(Passage, kind=Kind.SHOWN)
    yield shown(about.title, unit="about")
    yield shown(about.intended_purpose, unit="about")
    yield shown(about.approval.by, unit="about")
    yield shown(about.approval.registration, unit=REGISTRATION)
    yield shown(clinic.name, unit="clinic")
    for branch in clinic.branches:
        yield shown(branch.name, unit="clinic")
        yield shown(branch.phone, unit="clinic")
    for disposition in engine.ruleset.dispositions:
        yield from _disposition(disposition)


def _disposition(told: Disposition) -> Iterator[Passage]:
    about = partial(Passage, unit=told.code, where=told.where, urgent=not told.shows_clinic)
    words = (told.name, told.heading, told.action, *told.when_calling, told.step_up, told.unsure)
    for text in words:
        yield about(text, Kind.SHOWN)
    yield about(told.say, Kind.SAID)


def _screen_texts(engine: Engine) -> Iterator[Passage]:
    ruleset = engine.ruleset
    found = [*ruleset.texts.items()]
    found += ((key, text) for key, texts in ruleset.lists.items() for text in texts)
    named = [(*key.split("."), text) for key, text in found]
    for group, name, text in sorted(named, key=itemgetter(0)):
        yield Passage(text, Kind.SHOWN, group, urgent=_stands_in_any_result(group, name))


def _stands_in_any_result(group: str, name: str) -> bool:
    block = name.partition("_")[0]
    return group == "about" or (
        group == "result" and block not in CLINIC_BLOCKS and block not in PATTERN_BLOCKS
    )


def _questions(engine: Engine) -> Iterator[Passage]:
    for section in engine.ruleset.questionnaire.sections:
        yield Passage(section.title, Kind.ASKED, section.section_id, section.where)
        for screen in section.screens:
            why = ""
            if screen.is_group:
                why = screen.why
                yield from _group(screen, engine.ruleset)
            for item in screen.items:
                yield from _item(item, screen.screen_id, why)


def _group(screen: Screen, ruleset: RuleSet) -> Iterator[Passage]:
    about = partial(Passage, unit=screen.screen_id, where=screen.where)
    for text in (screen.text, screen.short, screen.hint, screen.why):
        yield about(text, Kind.ASKED)
    for text, usual in ((screen.none_text, "ask.none"), (screen.some_text, "ask.some")):
        if text != ruleset.texts[usual]:
            yield about(text, Kind.ASKED, option=True)
    yield about(screen.say, Kind.SAID)


def _item(item: Item, unit: str, why: str) -> Iterator[Passage]:
    about = partial(Passage, unit=unit, where=item.where)
    own_why = "" if item.why == why else item.why
    for text in (item.text, item.short, item.hint, own_why, item.reword):
        yield about(text, Kind.ASKED)
    if not item.is_yes_no:  # their options are texts of the screens
        for option in item.options:
            yield about(_label(option.code, option.text), Kind.ASKED, option=True)
    yield about(item.say, Kind.SAID)
    yield about(item.if_asked, Kind.SAID)


def _label(code: str, text: str) -> str:
    """The words of an option; of "10 (the worst)" on a scale, those in brackets."""
    if text == code:
        return ""
    return text.removeprefix(f"{code} (").removesuffix(")") if text.startswith(code) else text


def _rules(engine: Engine) -> Iterator[Passage]:
    ruleset = engine.ruleset
    for rule in ruleset.rules:
        about = partial(Passage, unit=rule.rule_id, where=rule.where)
        urgent = {level: _is_urgent(engine, rule, level) for level in rule.levels}
        yield about(rule.text, Kind.SHOWN, urgent=any(urgent.values()))
        actions: dict[str, bool] = {}  # one that is written for all levels is one text
        for level in rule.levels:
            actions[level.action] = urgent[level] or actions.get(level.action, False)
        for action, is_urgent in actions.items():
            yield about(action, Kind.SHOWN, urgent=is_urgent)
        for text in (rule.source, rule.note, rule.decision):
            yield about(text, Kind.STAFF)
    for pointer in ruleset.pointers:
        yield Passage(pointer.reason, Kind.STAFF, pointer.rule_id, pointer.where)
    for precaution in ruleset.precautions:
        about = partial(Passage, unit=precaution.precaution_id, where=precaution.where)
        yield about(precaution.text, Kind.ASKED)
        yield about(precaution.clinician, Kind.STAFF)
        yield about(precaution.source, Kind.STAFF)


def _is_urgent(engine: Engine, rule: Rule, level: Level) -> bool:
    """Whether what a level says can stand in a result that shows no clinic.

    What a private answer calls for can stand in any.
    """
    disposition = engine.ruleset.disposition(level.disposition)
    unsure = engine.ruleset.disposition(disposition.if_unsure)
    return (
        not disposition.shows_clinic
        or not unsure.shows_clinic
        or any(engine.items[i].private for i in criteria.items_read(level.when, engine.rules))
    )


def _patterns(engine: Engine) -> Iterator[Passage]:
    patterns = engine.ruleset.patterns
    for area in patterns.areas:
        yield from _shown(area.area_id, area.where, (area.name, area.text))
        yield Passage(area.decision, Kind.STAFF, area.area_id, area.where)
    for condition in patterns.conditions:
        yield from _shown(condition.condition_id, condition.where, (condition.name, condition.text))
    for kind in patterns.kinds:
        yield from _shown(kind.kind_id, kind.where, (kind.name, kind.text, kind.soft_text))
    for note in patterns.notes:
        yield Passage(note.text, Kind.SHOWN, note.note_id, note.where, urgent=note.support)
        yield Passage(note.source, Kind.STAFF, note.note_id, note.where)


def _back(engine: Engine) -> Iterator[Passage]:
    for topic in engine.ruleset.topics:
        yield from _shown(topic.topic_id, topic.where, (topic.title, *topic.paragraphs))
    for declared in engine.ruleset.properties:
        yield Passage(declared.text, Kind.STAFF, declared.property_id, declared.where)


def _shown(unit: str, where: Location, texts: Iterable[str]) -> Iterator[Passage]:
    for text in texts:
        yield Passage(text, Kind.SHOWN, unit, where)
