"""The questions of a rule set as a FHIR R4 Questionnaire.

Only what is asked, and when, is in it. A rule is no part of a Questionnaire, and to write advice as
another resource would claim a clinical finding. What else is left out stands in LEFT_OUT and in the
resource itself.
"""

from collections.abc import Iterator

from tpcheck.exchange.canonical import (
    FINGERPRINT,
    HL7,
    LANGUAGE,
    Resource,
    codings,
    extension,
    render,
    url,
)
from tpcheck.exchange.enabling import Layer, Term, layers
from tpcheck.model import Item, ItemType, Questionnaire, RuleSet, Screen, Section, Status
from tpcheck.summary import unfinished

__all__ = ["LEFT_OUT", "as_resource", "items", "render"]

#: What an export cannot say, in the words that it says so.
LEFT_OUT = (
    "Left out of this form: the rules and what they advise; stopping early once the advice is"
    " urgent, which is why no question is marked as required; asking again in other words after"
    " a not sure; the one answer that stands for a no to a whole group; the words for staff, and"
    " why each question is asked. A result takes the program that the rules were written for."
)

_STATUS = {Status.DRAFT: "draft", Status.APPROVED: "active", Status.WITHDRAWN: "retired"}


def as_resource(ruleset: RuleSet) -> Resource:
    """The Questionnaire. Raises CannotExportError, naming what has no exact form in FHIR R4."""
    about = ruleset.about
    # An approval holds for what was approved only; an edit makes a draft of it again.
    lapsed = about.status is Status.APPROVED and not ruleset.is_approved
    approved = {"approvalDate": about.approval.on} if ruleset.is_approved else {}
    return {
        "resourceType": "Questionnaire",
        "language": LANGUAGE,
        "extension": [extension(FINGERPRINT, valueString=ruleset.fingerprint)],
        "url": url(about),
        "version": about.version,
        "name": "".join(
            part.capitalize() for part in about.ruleset_id.replace("_", "-").split("-")
        ),
        "title": about.title,
        "status": "draft" if lapsed else _STATUS[about.status],
        "experimental": not ruleset.is_approved,
        "subjectType": ["Patient"],
        "date": about.version,
        "publisher": ruleset.clinic.name,
        "description": "\n\n".join([" ".join(_about(ruleset)), LEFT_OUT]),
        "purpose": about.intended_purpose,
        **approved,
        "effectivePeriod": {"end": about.review_by},
        "item": items(ruleset),
    }


def items(ruleset: RuleSet) -> list[Resource]:
    """The items of the Questionnaire: a notice, then a group for each section."""
    return _Writer(ruleset).items()


def _about(ruleset: RuleSet) -> tuple[str, ...]:
    """What every result says of the rule set, whatever it advises."""
    return next(b.paragraphs for b in unfinished(ruleset).blocks if b.block_id == "about")


class _Writer:
    """Writes the items of one rule set. Ids of what it adds have a dot, which no id of ours has."""

    def __init__(self, ruleset: RuleSet) -> None:
        self._about = ruleset.about
        self._notice = ruleset.texts["start.emergency"]
        self._asked: Questionnaire = ruleset.questionnaire
        self._codings = {
            item.link_id: codings(ruleset.about, item) for item in ruleset.questionnaire.items
        }

    def items(self) -> list[Resource]:
        sections = [self._section(section) for section in self._asked.sections]
        return [_display("start.notice", self._notice), *sections]

    def _section(self, section: Section) -> Resource:
        group = _group(section.section_id, section.title)
        group["item"] = [self._screen(screen) for screen in section.screens]
        return self._enabled(group, layers(section.section_id, section.ask_when))

    def _screen(self, screen: Screen) -> Resource:
        if not screen.is_group:
            (item,) = screen.items
            return self._enabled(
                self._question(item), layers(item.link_id, screen.ask_when, item.ask_when)
            )
        group = _group(screen.screen_id, screen.text)
        group["item"] = [
            *_hint(screen.screen_id, screen.hint),
            *(
                self._enabled(self._question(item), layers(item.link_id, item.ask_when))
                for item in screen.items
            ),
        ]
        return self._enabled(group, layers(screen.screen_id, screen.ask_when))

    def _question(self, item: Item) -> Resource:
        several = item.type is ItemType.MANY
        control = {
            "system": f"{HL7}/questionnaire-item-control",
            "code": "check-box" if several else "radio-button",
        }
        extensions = [
            extension(
                f"{HL7}/StructureDefinition/questionnaire-itemControl",
                valueCodeableConcept={"coding": [control]},
            )
        ]
        if item.at_most:
            address = f"{HL7}/StructureDefinition/questionnaire-maxOccurs"
            extensions.append(extension(address, valueInteger=item.at_most))
        question: Resource = {
            "extension": extensions,
            "linkId": item.link_id,
            "text": item.text,
            "type": "choice",
            "repeats": several,
            "answerOption": [
                self._option(item, option.code, alone=option.exclusive and several)
                for option in item.options
            ],
        }
        notes = [*_hint(item.link_id, item.hint), *_hint(item.link_id, item.if_asked, "help")]
        if notes:
            question["item"] = notes
        return question

    def _option(self, item: Item, code: str, *, alone: bool) -> Resource:
        coding = {"valueCoding": self._codings[item.link_id][code]}
        if not alone:
            return coding
        address = f"{HL7}/StructureDefinition/questionnaire-optionExclusive"
        return {"extension": [extension(address, valueBoolean=True)], **coding}

    def _enabled(self, item: Resource, needed: tuple[Layer, ...]) -> Resource:
        """`item` with its condition, within a group for each further layer of it."""
        *outer, last = needed or (None,)
        made = self._under(item, last)
        for number, layer in reversed([*enumerate(outer, start=1)]):
            group = _group(f"{item['linkId']}.when{number}")
            group["item"] = [made]
            made = self._under(group, layer)
        return made

    def _under(self, item: Resource, layer: Layer | None) -> Resource:
        """`item` with the layer, which stands before what it holds."""
        if layer is None:
            return item
        enabling: Resource = {"enableWhen": [self._test(test) for test in layer.tests]}
        # R4 asks for it with two tests and more, though its invariant only sees three.
        if len(layer.tests) > 1:
            enabling["enableBehavior"] = layer.behavior
        held = {key: item[key] for key in ("answerOption", "item", "repeats") if key in item}
        head = {key: value for key, value in item.items() if key not in held}
        return {**head, **enabling, **{key: item[key] for key in item if key in held}}

    def _test(self, test: Term) -> Resource:
        if not test.option:
            return {"question": test.item, "operator": "exists", "answerBoolean": True}
        coding = self._codings[test.item][test.option]
        return {"question": test.item, "operator": "=", "answerCoding": coding}


def _group(link_id: str, text: str = "") -> Resource:
    named = {"text": text} if text else {}
    return {"linkId": link_id, **named, "type": "group"}


def _display(link_id: str, text: str) -> Resource:
    return {"linkId": link_id, "text": text, "type": "display"}


def _hint(link_id: str, text: str, kind: str = "hint") -> Iterator[Resource]:
    if text:
        yield _display(f"{link_id}.{kind}", text)
