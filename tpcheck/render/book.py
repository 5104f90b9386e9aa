"""The whole rule set as a book to read, print and sign: what is asked, and what follows from it.

It is plain text in the order of the rule file. Conditions are written out in the words of the
questions, so that nobody has to look a code up.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tpcheck.model import (
    AllOf,
    Answered,
    AnswerIs,
    AnyOf,
    Area,
    AtLeast,
    Criterion,
    Disposition,
    Item,
    ItemType,
    NoneOf,
    Rule,
    RuleMet,
    RuleSet,
    Screen,
    Section,
)
from tpcheck.render.wrapping import MAX_WIDTH, fit, wrap


class _Entry(NamedTuple):
    """A paragraph and how deep it stands; one at the margin has a blank line above it."""

    depth: int
    text: str


_Entries = Iterator[_Entry]


def render(ruleset: RuleSet, *, width: int = MAX_WIDTH) -> str:
    """The rule set as a book, in lines of at most `width` columns."""
    width = fit(width)
    lines: list[str] = []
    for depth, text in _Book(ruleset).entries():
        if depth == 0 and lines:
            lines.append("")
        indent = "  " * min(depth, 8)
        lines += wrap(text, width, first=indent, rest=f"{indent}  ")
    return "\n".join(lines) + "\n"


class _Book:
    """Writes the parts of the book."""

    def __init__(self, ruleset: RuleSet) -> None:
        self._ruleset = ruleset
        self._items = {item.link_id: item for item in ruleset.questionnaire.items}
        self._names = {d.code: d.name for d in ruleset.dispositions}

    def entries(self) -> _Entries:
        """Everything, in the order of the rule file."""
        parts = (
            ("", self._about()),
            ("What a person may be told to do, the least urgent first", self._dispositions()),
            ("Questions", self._questions()),
            ("Rules", self._rules()),
            ("Precautions", self._precautions()),
            ("Areas", self._areas()),
            ("Conditions", self._conditions()),
            ("Kinds; the first that is met counts", self._kinds()),
            ("Notes", self._notes()),
            ("Leaflet", self._leaflet()),
            ("What must always hold", self._properties()),
        )
        for title, part in parts:
            if title:
                yield _Entry(0, f"=== {title} ===")
            yield from part

    def _about(self) -> _Entries:
        about, approval = self._ruleset.about, self._ruleset.about.approval
        yield _Entry(0, about.title)
        yield _Entry(1, about.intended_purpose)
        yield _Entry(1, f"Id: {about.ruleset_id}. Version: {about.version}.")
        yield _Entry(1, f"Fingerprint: {self._ruleset.fingerprint}")
        yield _Entry(1, f"Status: {about.status}. To be reviewed by: {about.review_by}.")
        if approval.by:
            who = f"{approval.by} ({approval.registration})"
            yield _Entry(1, f"Approved by {who} on {approval.on}; fingerprint {approval.of}")
        clinic = self._ruleset.clinic
        yield _Entry(0, clinic.name)
        yield from (_Entry(1, f"{branch.name}: {branch.phone}") for branch in clinic.branches)

    def _dispositions(self) -> _Entries:
        for disposition in self._ruleset.dispositions:
            yield _Entry(0, f"{disposition.name} [{disposition.code}]")
            yield from self._disposition(disposition)

    def _disposition(self, disposition: Disposition) -> _Entries:
        yield _Entry(1, f"Heading: {disposition.heading}")
        yield _Entry(1, f"Action: {disposition.action}")
        yield from (_Entry(2, f"- {line}") for line in disposition.when_calling)
        yield from _told(
            1,
            ("If it gets worse", disposition.step_up),
            ("Staff say", disposition.say),
            ("Where only a not sure led here", disposition.unsure),
            ("Where a not sure is in the way", self._names[disposition.if_unsure]),
        )
        traits = {
            "shows the clinic": disposition.shows_clinic,
            "shows patterns": disposition.shows_patterns,
            "ends the questions": disposition.ends_questions,
            "is an emergency": disposition.emergency,
            "lists when to get help sooner": disposition.safety_net,
        }
        does = [trait for trait, holds in traits.items() if holds]
        yield from _told(1, ("It", ", ".join(does)), ("Exit code", str(disposition.exit_code)))

    # --- questions ----------------------------------------------------------------------------

    def _questions(self) -> _Entries:
        for section in self._ruleset.questionnaire.sections:
            yield _Entry(0, f"Section: {section.title} [{section.section_id}]")
            yield from self._asked(1, section)
            for screen in section.screens:
                yield from self._screen(screen)

    def _asked(self, depth: int, part: Section | Screen) -> _Entries:
        yield from self._when(depth, "Asked when", part.ask_when)
        if part.until:
            yield from self._until(depth, part.until)

    def _until(self, depth: int, code: str) -> _Entries:
        yield _Entry(depth, f"Asked until the advice is at least: {self._names[code]}")

    def _screen(self, screen: Screen) -> _Entries:
        if not screen.is_group:
            yield from self._item(0, screen.items[0], screen)
            return
        yield _Entry(0, f"{screen.text} [{screen.screen_id}]")
        yield from self._asked(1, screen)
        yield from _told(1, ("Hint", screen.hint), ("Why", screen.why), ("Staff say", screen.say))
        if screen.each:
            yield _Entry(1, "Each line is asked on its own: there is no 'none of these'.")
        for item in screen.items:
            yield from self._item(1, item, None)

    def _item(self, depth: int, item: Item, screen: Screen | None) -> _Entries:
        private = ", private" if item.private else ""
        yield _Entry(depth, f"{item.text} [{item.link_id}, {item.type}{private}]")
        depth += 1
        conditions = dict.fromkeys([screen.ask_when if screen else None, item.ask_when])
        for condition in conditions:
            yield from self._when(depth, "Asked when", condition)
        if screen and screen.until:
            yield from self._until(depth, screen.until)
        if not item.is_yes_no:
            for option in item.options:
                alone = " (stands alone)" if option.exclusive else ""
                yield _Entry(depth, f"- {option.text} [{option.code}]{alone}")
        at_most = str(item.at_most) if item.at_most and item.type is ItemType.MANY else ""
        floor = self._names[item.floor] if item.floor else ""
        yield from _told(
            depth,
            ("At most", at_most),
            ("In short", item.short),
            ("Hint", item.hint),
            ("Why", item.why),
            ("In other words, after a not sure", item.reword),
            ("Staff say", item.say),
            ("If they ask", item.if_asked),
            ("If this alone is yes, at least", floor),
            ("Usual answer", " and ".join(item.option(code).text for code in item.usual)),
        )

    # --- rules --------------------------------------------------------------------------------

    def _rules(self) -> _Entries:
        for rule in self._ruleset.rules:
            yield _Entry(0, f"{rule.text} [{rule.rule_id}]")
            yield from self._rule(rule)
        for pointer in self._ruleset.pointers:
            yield _Entry(0, f"[{pointer.rule_id}] See {', '.join(pointer.points_to)}.")
            yield _Entry(1, pointer.reason)

    def _rule(self, rule: Rule) -> _Entries:
        for level in rule.levels:
            yield from self._when(1, self._names[level.disposition], level.when)
            yield from _told(2, ("What to do instead of the usual", level.action))
        yield from _told(
            1,
            ("Tell the clinician", ", ".join(rule.tell)),
            ("Source", f"{rule.source} ({rule.verified})"),
            ("Note", rule.note),
            ("DECISION NEEDED", rule.decision),
        )

    def _precautions(self) -> _Entries:
        for precaution in self._ruleset.precautions:
            yield _Entry(0, f"{precaution.text} [{precaution.precaution_id}]")
            yield from self._when(1, "Told when", precaution.when)
            tellers = [r.rule_id for r in self._ruleset.rules if precaution.precaution_id in r.tell]
            yield from _told(
                1,
                ("Told with the rules", ", ".join(tellers)),
                ("For the clinician", precaution.clinician),
                ("Source", f"{precaution.source} ({precaution.verified})"),
            )

    # --- patterns -----------------------------------------------------------------------------

    def _areas(self) -> _Entries:
        patterns = self._ruleset.patterns
        yield from self._when(0, "A place reached by pressing counts", patterns.spread_counts)
        for area in patterns.areas:
            yield _Entry(0, f"{area.name} [{area.area_id}]")
            yield from self._area(area)

    def _area(self, area: Area) -> _Entries:
        yield _Entry(1, area.text)
        for row in area.rows:
            yield _Entry(1, f"From: {', '.join(row.zones)}")
            yield from _told(
                2,
                ("May be named second", ", ".join(row.second)),
                ("These places", "" if row.own else "lead here and are not part of it"),
            )
        yield from self._when(1, "Always named when", area.always_when)
        yield from _told(
            1,
            ("On the leaflet", "yes" if area.on_leaflet else "no"),
            ("In use", "yes" if area.use else "no"),
            ("If it is not used, named instead", area.if_off),
            ("DECISION NEEDED", area.decision),
        )

    def _conditions(self) -> _Entries:
        for condition in self._ruleset.patterns.conditions:
            yield _Entry(0, f"{condition.name} [{condition.condition_id}]")
            yield _Entry(1, condition.text)
            for zones in condition.pain_in:
                yield _Entry(1, f"Pain in any of: {', '.join(zones)}")
            yield from self._when(1, "Left out when", condition.unless)

    def _kinds(self) -> _Entries:
        for kind in self._ruleset.patterns.kinds:
            yield _Entry(0, f"{kind.name} [{kind.kind_id}]")
            yield _Entry(1, kind.text)
            yield from _told(1, ("Softened", kind.soft_text))
            for row in kind.rows:
                yield from self._when(1, "Softened when" if row.softened else "When", row.when)

    def _notes(self) -> _Entries:
        for note in self._ruleset.patterns.notes:
            yield _Entry(0, f"{note.text} [{note.note_id}]")
            yield from _told(1, ("Pain or a sore spot in any of", ", ".join(note.zones)))
            yield from self._when(1, "Shown when", note.when)
            support = "shown with any result that leaves time for it" if note.support else ""
            yield from _told(1, ("Support", support), ("Source", note.source))

    def _leaflet(self) -> _Entries:
        for topic in self._ruleset.topics:
            yield _Entry(0, f"{topic.title} [{topic.topic_id}]")
            yield from (_Entry(1, paragraph) for paragraph in topic.paragraphs)

    def _properties(self) -> _Entries:
        for known in self._ruleset.properties:
            yield _Entry(0, f"{known.text} [{known.property_id}]")
            limit = self._names.get(known.disposition, "")
            must = {"at_least": "At least", "at_most": "At most", "never": "Never"}
            label = f"{must.get(known.kind, known.kind)} {limit}".strip()
            yield from self._when(1, f"{label} when", known.when)

    # --- conditions in words ------------------------------------------------------------------

    def _when(self, depth: int, label: str, criterion: Criterion | None) -> _Entries:
        """A condition under a label: on its line where it is one test, else below it."""
        if criterion is None:
            return
        first, *rest = self._in_words(depth, criterion)
        yield _Entry(depth, f"{label}: {first.text}")
        yield from rest

    def _in_words(self, depth: int, criterion: Criterion) -> _Entries:
        match criterion:
            case AnswerIs(link_id, options):
                item = self._items[link_id]
                chosen = " or ".join(item.option(code).text for code in options)
                yield _Entry(depth, f"{item.short or item.text} [{link_id}] - {chosen}")
            case Answered(link_id):
                item = self._items[link_id]
                yield _Entry(depth, f"{item.short or item.text} [{link_id}] - was asked")
            case RuleMet(rule):
                yield _Entry(depth, f"the rule [{rule}] is met")
            case AllOf(of):
                yield from self._parts(depth, "all of", of)
            case AnyOf(of):
                yield from self._parts(depth, "any of", of)
            case NoneOf(of):
                yield from self._parts(depth, "none of", of)
            case AtLeast(count, of):
                yield from self._parts(depth, f"at least {count} of", of)

    def _parts(self, depth: int, label: str, parts: Iterable[Criterion]) -> _Entries:
        yield _Entry(depth, f"{label}:")
        for part in parts:
            first, *rest = self._in_words(depth + 1, part)
            yield _Entry(first.depth, f"- {first.text}")
            yield from rest


def _told(depth: int, *pairs: tuple[str, str]) -> _Entries:
    """Labels with what they say; none for those that say nothing."""
    yield from (_Entry(depth, f"{label}: {text}") for label, text in pairs if text)
