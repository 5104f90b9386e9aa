"""The whole rule set as a page to read, print and sign: what a clinician approves.

It follows the rule file from top to bottom, after what is still to be decided and before the lines
to sign. Conditions stand in the words of the questions, with a link to each, so that nobody has to
look a code up; the codes stand beside them for whoever edits the file.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from tpcheck.model import (
    NO,
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
from tpcheck.render.page import bullets, element, escape, page

_Parts = Iterator[str]

#: What is told of one thing: a label, and what it says as HTML.
_Fact = tuple[str, str]

_TYPES = {
    ItemType.SIGN: "(warning sign)",
    ItemType.FACT: "(fact)",
    ItemType.ONE: "(choose one)",
    ItemType.MANY: "(choose all that fit)",
    ItemType.SCALE: "(scale)",
}
_CHECKED = {
    "verified": "read on the publisher's own page",
    "copy": "read in a copy of the publisher's page",
    "part": "only a part of it was found in a source",
    "unverified": "not found in a source",
    "decision": "a decision of the clinic",
}
_LIMITS = {"at_least": "At least", "at_most": "At most", "never": "Never"}
# What stands under the titles of the chapters.
_ADVICE = "The least urgent first. The most urgent that is met counts."
_QUESTIONS = (
    "In the order in which they are asked. A warning sign or a fact is answered yes, no or not"
    " sure, and its usual answer is no."
)
_RULES = (
    "The most urgent level that is met counts. A not sure never meets a level: it makes it"
    " possible, and the advice is then a step less urgent."
)
_PRECAUTIONS = "Told before treatment. They never change the advice."
_KINDS = "The first that is met counts."
_NOTES = "What else can be alike, and where to find support."
_TEXTS = "What the screens and the result say besides. What stands in braces is filled in."
_PROPERTIES = "Proved over every possible answer by the command: tpcheck rules prove"
_SIGNED = ("Name", "Registration number", "Signature", "Date")


class _Chapter(NamedTuple):
    name: str
    title: str
    intro: str
    write: Callable[[], _Parts]


class _Decision(NamedTuple):
    """What a clinician has still to decide, and where it belongs."""

    link: str
    title: str
    question: str


def render(ruleset: RuleSet) -> str:
    """The rule set as one HTML document."""
    return page(f"Rule book: {ruleset.about.title}", "book", "\n".join(_Book(ruleset).body()))


class _Book:
    """Writes the chapters of the book."""

    def __init__(self, ruleset: RuleSet) -> None:
        self._ruleset = ruleset
        self._patterns = ruleset.patterns
        self._items = {item.link_id: item for item in ruleset.questionnaire.items}
        self._names = {d.code: d.name for d in ruleset.dispositions}
        self._places = {
            option.code: option.text
            for link_id in (
                *self._patterns.spread_items,
                *self._patterns.sore_items,
                *self._patterns.pain_items,
            )
            for option in self._items[link_id].options
        }
        self._precaution_names = {p.precaution_id: p.text for p in ruleset.precautions}
        self._area_names = {area.area_id: area.name for area in self._patterns.areas}

    def body(self) -> _Parts:
        """Everything between the body tags."""
        chapters = (
            _Chapter("decisions", "To be decided", "", self._decisions),
            _Chapter("advice", "Advice", _ADVICE, self._dispositions),
            _Chapter("questions", "Questions", _QUESTIONS, self._questions),
            _Chapter("rules", "Rules", _RULES, self._rules),
            _Chapter("precautions", "Precautions", _PRECAUTIONS, self._precautions),
            _Chapter("areas", "Areas", "", self._areas),
            _Chapter("conditions", "Conditions", "", self._conditions),
            _Chapter("kinds", "Kinds of sore spot", _KINDS, self._kinds),
            _Chapter("notes", "Notes", _NOTES, self._notes),
            _Chapter("leaflet", "Leaflet", "", self._leaflet),
            _Chapter("texts", "Other texts", _TEXTS, self._texts),
            _Chapter("properties", "What must always hold", _PROPERTIES, self._properties),
            _Chapter("approval", "Approval", "", self._approval),
        )
        yield "<header>"
        yield from self._title()
        yield "</header>"
        yield '<nav aria-labelledby="contents"><h2 id="contents">Contents</h2><ol>'
        for chapter in chapters:
            inner = self._sections() if chapter.name == "questions" else ""
            yield f'<li><a href="#{chapter.name}">{escape(chapter.title)}</a>{inner}</li>'
        yield "</ol></nav>\n<main>"
        for number, chapter in enumerate(chapters, 1):
            yield '<section class="chapter">'
            yield element("h2", f"{number}. {chapter.title}", f'id="{chapter.name}"')
            if chapter.intro:
                yield element("p", chapter.intro)
            yield from chapter.write()
            yield "</section>"
        yield "</main>"
        yield f"<footer>{element('p', self._mark())}</footer>"

    def _sections(self) -> str:
        sections = self._ruleset.questionnaire.sections
        links = (
            f'<li><a href="#s-{escape(section.section_id)}">{escape(section.title)}</a>'
            f" <code>{escape(section.section_id)}</code></li>"
            for section in sections
        )
        return f"<ol>{''.join(links)}</ol>"

    def _mark(self) -> str:
        about = self._ruleset.about
        return (
            f"{about.title}, version {about.version}, status {about.status},"
            f" fingerprint {self._ruleset.fingerprint}"
        )

    # --- what it is ---------------------------------------------------------------------------

    def _title(self) -> _Parts:
        ruleset, about, approval = self._ruleset, self._ruleset.about, self._ruleset.about.approval
        yield element("p", "Rule book", 'class="kicker"')
        yield element("h1", about.title)
        yield element("p", about.intended_purpose, 'class="purpose"')
        approved = (
            f"{approval.by} ({approval.registration}) on {approval.on}" if approval.by else ""
        )
        if approved and not ruleset.is_approved:
            approved += "; changed since, so it no longer holds"
        branches = (f"{branch.name}: {branch.phone}" for branch in ruleset.clinic.branches)
        questionnaire = ruleset.questionnaire
        yield _facts(
            _fact("Clinic", "; ".join((ruleset.clinic.name, *branches))),
            _fact("Version", f"{about.version} ({about.ruleset_id})"),
            _fact("Status", about.status),
            _fact("Approved by", approved or "nobody yet"),
            _fact("To be reviewed by", about.review_by),
            _fact(
                "It holds",
                f"{len(questionnaire.items)} questions on {len(questionnaire.screens)} screens,"
                f" {len(ruleset.rules)} rules, {len(ruleset.precautions)} precautions",
            ),
            ("Fingerprint", f"<code>{escape(ruleset.fingerprint)}</code>"),
        )
        yield from self._sources()

    def _sources(self) -> _Parts:
        """How far what stands here has been checked."""
        marks = [rule.verified for rule in self._ruleset.rules]
        marks += [precaution.verified for precaution in self._ruleset.precautions]
        rows = "".join(
            f"<tr><td>{_checked(mark)}</td><td>{escape(meaning)}</td><td>{marks.count(mark)}</td></tr>"
            for mark, meaning in _CHECKED.items()
            if mark in marks
        )
        yield (
            "<table><caption>How far the rules and precautions have been checked</caption>"
            '<thead><tr><th scope="col">Mark</th><th scope="col">Its source was</th>'
            f'<th scope="col">How many</th></tr></thead><tbody>{rows}</tbody></table>'
        )

    def _open(self) -> Iterator[_Decision]:
        for rule in self._ruleset.rules:
            if rule.decision:
                yield _Decision(f"r-{rule.rule_id}", rule.text, rule.decision)
        for area in self._patterns.areas:
            if area.decision:
                yield _Decision(f"a-{area.area_id}", area.name, area.decision)

    def _decisions(self) -> _Parts:
        found = tuple(self._open())
        if not found:
            yield element("p", "Nothing.")
            return
        yield element("p", "Until it is decided, the rules stand as they are printed here.")
        for number, decision in enumerate(found, 1):
            link = f'<a href="#{escape(decision.link)}">{escape(decision.title)}</a>'
            yield (
                f'<div class="decide"><h3>{number}. {link}</h3>'
                f"{element('p', decision.question)}"
                '<p class="choice">Stays as it is <span class="box"></span>'
                ' Change <span class="box"></span> Initials <span class="line short"></span></p>'
                '<p class="line"></p></div>'
            )

    # --- advice -------------------------------------------------------------------------------

    def _dispositions(self) -> _Parts:
        for disposition in self._ruleset.dispositions:
            yield f'<article id="d-{escape(disposition.code)}">'
            yield _heading("h3", disposition.name, disposition.code)
            yield from self._disposition(disposition)
            yield "</article>"

    def _disposition(self, disposition: Disposition) -> _Parts:
        traits = {
            "shows the clinic": disposition.shows_clinic,
            "shows patterns": disposition.shows_patterns,
            "ends the questions": disposition.ends_questions,
            "is an emergency": disposition.emergency,
            "lists when to get help sooner": disposition.safety_net,
        }
        yield _facts(
            _fact("Heading", disposition.heading),
            _fact("What to do", disposition.action),
            ("What to say", bullets(disposition.when_calling)),
            _fact("If it gets worse", disposition.step_up),
            _fact("Staff say", disposition.say),
            _fact("Where only a not sure led here", disposition.unsure),
            _fact("Where a not sure is in the way", self._names[disposition.if_unsure]),
            _fact("It", ", ".join(trait for trait, holds in traits.items() if holds)),
            _fact("Exit code", str(disposition.exit_code)),
        )

    # --- questions ----------------------------------------------------------------------------

    def _questions(self) -> _Parts:
        for section in self._ruleset.questionnaire.sections:
            yield f'<section id="s-{escape(section.section_id)}">'
            yield _heading("h3", section.title, section.section_id)
            yield _facts(*self._asked(section))
            for screen in section.screens:
                yield from self._screen(screen)
            yield "</section>"

    def _asked(self, part: Section | Screen | Item) -> Iterator[_Fact]:
        yield self._when("Asked when", part.ask_when)
        if isinstance(part, Section | Screen) and part.until:
            yield _fact("Asked until the advice is at least", self._names[part.until])

    def _screen(self, screen: Screen) -> _Parts:
        if not screen.is_group:
            yield from self._item("h4", screen.items[0], screen)
            return
        yield '<div class="group">'
        yield _heading("h4", screen.text, screen.screen_id)
        yield _facts(
            *self._asked(screen),
            _fact("In short", screen.short),
            _fact("Hint", screen.hint),
            _fact("Why", screen.why),
            _fact("Staff say", screen.say),
            _fact("Asked", "each line on its own, without 'none of these'" if screen.each else ""),
        )
        for item in screen.items:
            yield from self._item("h5", item, None, screen.why)
        yield "</div>"

    def _item(self, tag: str, item: Item, screen: Screen | None, why: str = "") -> _Parts:
        """A question; `why` is what its group says already."""
        yield f'<article class="item" id="q-{escape(item.link_id)}">'
        private = " (private: in no result and no file)" if item.private else ""
        yield _heading(tag, item.text, item.link_id, f" {_TYPES[item.type]}{private}")
        asked = dict.fromkeys([*(self._asked(screen) if screen else ()), *self._asked(item)])
        options = (
            f"{option.text} [{option.code}]{' (stands alone)' if option.exclusive else ''}"
            for option in item.options
        )
        usual = "" if item.usual == (NO,) else " and ".join(item.option(c).text for c in item.usual)
        yield _facts(
            *asked,
            ("Answers", "" if item.is_yes_no else bullets(options, 'class="options"')),
            _fact("At most", str(item.at_most or "")),
            _fact("In short", item.short),
            _fact("Hint", item.hint),
            _fact("Why", "" if item.why == why else item.why),
            _fact("After a not sure", item.reword),
            _fact("Staff say", item.say),
            _fact("If they ask", item.if_asked),
            _fact("Yes alone is at least", self._names.get(item.floor, "")),
            _fact("Usual answer", usual),
        )
        yield "</article>"

    # --- rules --------------------------------------------------------------------------------

    def _rules(self) -> _Parts:
        for rule in self._ruleset.rules:
            yield f'<article class="rule" id="r-{escape(rule.rule_id)}">'
            yield _heading("h3", rule.text, rule.rule_id)
            yield from self._rule(rule)
            yield "</article>"
        for pointer in self._ruleset.pointers:
            links = ", ".join(self._rule_link(name) for name in pointer.points_to)
            yield f'<article class="rule" id="r-{escape(pointer.rule_id)}">'
            yield _heading("h3", pointer.reason, pointer.rule_id)
            yield f"<p>See {links}.</p></article>"

    def _rule(self, rule: Rule) -> _Parts:
        levels = []
        for level in rule.levels:
            name, when = self._when(self._names[level.disposition], level.when)
            own = element("p", f"What to do: {level.action}") if level.action else ""
            levels.append((name, when + own))
        yield _facts(
            *levels,
            ("Tell the clinician", bullets(self._precaution_names[name] for name in rule.tell)),
            _source(rule.source, rule.verified),
            _fact("Note", rule.note),
            ("To be decided", f"<strong>{escape(rule.decision)}</strong>" if rule.decision else ""),
        )

    def _precautions(self) -> _Parts:
        for precaution in self._ruleset.precautions:
            name = precaution.precaution_id
            tellers = (rule.rule_id for rule in self._ruleset.rules if name in rule.tell)
            yield f'<article id="r-{escape(name)}">'
            yield _heading("h3", precaution.text, name)
            yield _facts(
                self._when("Told when", precaution.when),
                ("Told with the rules", ", ".join(map(self._rule_link, tellers))),
                _fact("For the clinician", precaution.clinician),
                _source(precaution.source, precaution.verified),
            )
            yield "</article>"

    def _rule_link(self, name: str) -> str:
        return f'<a href="#r-{escape(name)}">{escape(name)}</a>'

    # --- patterns -----------------------------------------------------------------------------

    def _areas(self) -> _Parts:
        yield _facts(self._when("A place reached by pressing counts", self._patterns.spread_counts))
        for area in self._patterns.areas:
            yield f'<article id="a-{escape(area.area_id)}">'
            yield _heading("h3", area.name, area.area_id)
            yield element("p", area.text)
            yield from self._area(area)
            yield "</article>"

    def _area(self, area: Area) -> _Parts:
        rows = []
        for row in area.rows:
            second = ", ".join(self._area_names[name] for name in row.second)
            more = f"; may be named second: {second}" if second else ""
            more += "" if row.own else "; these lead here and are not part of it"
            rows.append(self._named(row.zones) + more)
        yield _facts(
            ("From pain or a sore spot", bullets(rows)),
            self._when("Always named when", area.always_when),
            _fact("On the leaflet", "yes" if area.on_leaflet else "no"),
            _fact("In use", "yes" if area.use else "no"),
            _fact("If it is not used, named instead", self._area_names.get(area.if_off, "")),
            ("To be decided", f"<strong>{escape(area.decision)}</strong>" if area.decision else ""),
        )

    def _named(self, zones: Iterable[str]) -> str:
        return ", ".join(self._places.get(zone, zone) for zone in zones)

    def _conditions(self) -> _Parts:
        for condition in self._patterns.conditions:
            yield "<article>"
            yield _heading("h3", condition.name, condition.condition_id)
            yield element("p", condition.text)
            yield _facts(
                *(_fact("Pain in any of", self._named(zones)) for zones in condition.pain_in),
                self._when("Left out when", condition.unless),
            )
            yield "</article>"

    def _kinds(self) -> _Parts:
        for kind in self._patterns.kinds:
            yield "<article>"
            yield _heading("h3", kind.name, kind.kind_id)
            yield element("p", kind.text)
            yield _facts(
                _fact("Softened", kind.soft_text),
                *(
                    self._when("Softened when" if row.softened else "When", row.when)
                    for row in kind.rows
                ),
            )
            yield "</article>"

    def _notes(self) -> _Parts:
        for note in self._patterns.notes:
            yield "<article>"
            yield _heading("h3", note.text, note.note_id)
            support = "shown with any result that leaves time for it" if note.support else ""
            yield _facts(
                _fact("Pain or a sore spot in any of", self._named(note.zones)),
                self._when("Shown when", note.when),
                _fact("Support", support),
                _fact("Source", note.source),
            )
            yield "</article>"

    # --- the rest -----------------------------------------------------------------------------

    def _leaflet(self) -> _Parts:
        for topic in self._ruleset.topics:
            yield _heading("h3", topic.title, topic.topic_id)
            yield from (element("p", paragraph) for paragraph in topic.paragraphs)

    def _texts(self) -> _Parts:
        yield _facts(
            *(_fact(key, text) for key, text in self._ruleset.texts.items()),
            *((key, bullets(lines)) for key, lines in self._ruleset.lists.items()),
        )

    def _properties(self) -> _Parts:
        for known in self._ruleset.properties:
            yield "<article>"
            yield _heading("h3", known.text, known.property_id)
            limit = self._names.get(known.disposition, "")
            label = f"{_LIMITS.get(known.kind, known.kind)} {limit}".strip()
            asked = (self._question_link(link_id) for link_id in known.items)
            yield _facts(self._when(f"{label} when", known.when), ("Asks", ", ".join(asked)))
            yield "</article>"

    def _approval(self) -> _Parts:
        count = sum(1 for _ in self._open())
        left = f" {count} decisions are open: see chapter 1." if count else ""
        yield '<div class="approval">'
        yield element(
            "p", f"I have read this rule book and approve it for use in the clinic.{left}"
        )
        yield element("p", self._mark())
        yield _facts(*((label, '<span class="line"></span>') for label in _SIGNED))
        yield element(
            "p",
            "Then run: tpcheck rules approve. It writes the fingerprint into the file. Any later"
            " change makes the approval void.",
        )
        yield "</div>"

    # --- conditions in words ------------------------------------------------------------------

    def _when(self, label: str, criterion: Criterion | None) -> _Fact:
        return label, self._in_words(criterion) if criterion else ""

    def _in_words(self, criterion: Criterion) -> str:
        match criterion:
            case AnswerIs(link_id, options):
                item = self._items[link_id]
                chosen = " or ".join(escape(item.option(code).text) for code in options)
                return f"<p>{self._question_link(link_id)} <b>{chosen}</b></p>"
            case Answered(link_id):
                return f"<p>{self._question_link(link_id)} <b>was asked</b></p>"
            case RuleMet(rule):
                return f"<p>The rule {self._rule_link(rule)} <b>is met</b></p>"
            case AllOf(of):
                return self._parts("All of these:", of)
            case AnyOf(of):
                return self._parts("Any of these:", of)
            case NoneOf(of):
                return self._parts("None of these:", of)
            case AtLeast(count, of):
                return self._parts(f"At least {count} of these:", of)

    def _parts(self, label: str, parts: Iterable[Criterion]) -> str:
        items = "".join(f"<li>{self._in_words(part)}</li>" for part in parts)
        return f"<p>{escape(label)}</p><ul>{items}</ul>"

    def _question_link(self, link_id: str) -> str:
        item = self._items[link_id]
        label = (item.short or item.text).rstrip(":")
        label += "" if label.endswith(("?", ".")) else ":"
        return f'<a href="#q-{escape(link_id)}">{escape(label)}</a>'


# --- small parts ------------------------------------------------------------------------------


def _heading(tag: str, text: str, code: str, kind: str = "") -> str:
    """A heading with the code that the rule file knows it by."""
    return f"<{tag}>{escape(text)} <code>{escape(code)}{escape(kind)}</code></{tag}>"


def _fact(label: str, text: str) -> _Fact:
    return label, element("p", text) if text else ""


def _facts(*facts: _Fact) -> str:
    """A list of labels with what they say; nothing of those that say nothing."""
    told = (f"<div><dt>{escape(label)}</dt><dd>{said}</dd></div>" for label, said in facts if said)
    inner = "\n".join(told)
    return f"<dl>{inner}</dl>" if inner else ""


def _checked(mark: str) -> str:
    return f'<span class="mark {escape(mark)}">{escape(mark)}</span>'


def _source(source: str, mark: str) -> _Fact:
    return "Source", f"<p>{escape(source)} {_checked(mark)}</p>" if source else ""
