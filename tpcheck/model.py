"""The nouns of the project: what a rule set holds, what a person answers, and what comes of it.

Every record is frozen. Names follow FHIR R4 where it has the thing (item, link id, answer option,
questionnaire, response). The codes of regions, signs and advice are data, never known here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

YES = "yes"
NO = "no"
NOT_SURE = "not_sure"

#: The codes of the sides of the body, as the person has them.
LEFT = "left"
RIGHT = "right"

#: The option codes chosen for one item, in the order of the item's options.
Answer = tuple[str, ...]
#: Link id to answer. An item that was not asked is absent: absent is never "no".
Answers = Mapping[str, Answer]


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a file: 1-based line and column."""

    path: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


NOWHERE = Location()


# --- criteria ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AnswerIs:
    """True when the answer to `item` has at least one of `options`."""

    item: str
    options: tuple[str, ...]
    where: Location = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Answered:
    """True when `item` was asked and has any answer (the FHIR operator "exists")."""

    item: str
    where: Location = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class RuleMet:
    """True when the rule is met at any of its levels."""

    rule: str
    where: Location = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class AllOf:
    """True when every part is true."""

    of: tuple["Criterion", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True when at least one part is true."""

    of: tuple["Criterion", ...]


@dataclass(frozen=True, slots=True)
class NoneOf:
    """True when no part is true. Warning signs never stand below it; the loader sees to that."""

    of: tuple["Criterion", ...]


@dataclass(frozen=True, slots=True)
class AtLeast:
    """True when at least `count` parts are true."""

    count: int
    of: tuple["Criterion", ...]


Criterion = AnswerIs | Answered | RuleMet | AllOf | AnyOf | NoneOf | AtLeast


# --- the questionnaire ------------------------------------------------------------------------


class ItemType(StrEnum):
    """How an item is answered. A sign and a fact are both answered yes, no or not sure."""

    SIGN = "sign"
    FACT = "fact"
    ONE = "one"
    MANY = "many"
    SCALE = "scale"


YES_NO_TYPES = (ItemType.SIGN, ItemType.FACT)


@dataclass(frozen=True, slots=True)
class AnswerOption:
    """One answer that can be chosen. An exclusive one cannot stand with another."""

    code: str
    text: str
    exclusive: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that is asked, with a finite set of answers.

    `text` is the patient's wording and `say` what staff read out; `short` labels it under "check
    your answers". `reword` asks a not sure once more. `floor` is the least urgent advice that is
    still safe when this sign alone is yes: rules never read it, checks and proofs do. `usual` is
    the answer of a person with nothing unusual; cases and budgets share it.
    """

    link_id: str
    type: ItemType
    text: str
    options: tuple[AnswerOption, ...]
    usual: Answer
    short: str = ""
    hint: str = ""
    why: str = ""
    say: str = ""
    if_asked: str = ""
    reword: str = ""
    floor: str = ""
    ordered: bool = False
    at_most: int = 0
    private: bool = False
    body_map: bool = False
    ask_when: Criterion | None = None
    where: Location = field(default=NOWHERE, compare=False)

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the options, in order."""
        return tuple(option.code for option in self.options)

    @property
    def is_yes_no(self) -> bool:
        """Whether it is answered yes, no or not sure."""
        return self.type in YES_NO_TYPES

    def option(self, code: str) -> AnswerOption:
        """The option with this code. Raises KeyError where there is none."""
        for option in self.options:
            if option.code == code:
                return option
        raise KeyError(code)


@dataclass(frozen=True, slots=True)
class Screen:
    """What is asked together: one item, or a group of up to five that are answered yes or no.

    A group first offers "none of these"; `each` removes that shortcut. Grouping is presentation
    only: the answers are those of the items. `short` labels it under "check your answers".
    """

    screen_id: str
    items: tuple[Item, ...]
    text: str
    is_group: bool = False
    each: bool = False
    short: str = ""
    hint: str = ""
    why: str = ""
    say: str = ""
    none_text: str = ""
    some_text: str = ""
    ask_when: Criterion | None = None
    until: str = ""
    where: Location = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Section:
    """A run of screens that share a heading and, if any, a condition."""

    section_id: str
    title: str
    screens: tuple[Screen, ...]
    ask_when: Criterion | None = None
    until: str = ""
    where: Location = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """All sections in the order in which they are asked."""

    sections: tuple[Section, ...]

    @property
    def screens(self) -> tuple[Screen, ...]:
        """Every screen, in order."""
        return tuple(screen for section in self.sections for screen in section.screens)

    @property
    def items(self) -> tuple[Item, ...]:
        """Every item, in order."""
        return tuple(item for screen in self.screens for item in screen.items)


# --- rules and what they say ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Disposition:
    """One urgency of advice. `urgency` orders them: a higher number is more urgent.

    `if_unsure` is the advice when a rule at this urgency is possible and not met. An `emergency`
    is shown even when the answers are incomplete, and a not sure on a sign with this floor is
    asked once more.
    """

    code: str
    urgency: int
    name: str
    heading: str
    action: str
    exit_code: int
    if_unsure: str
    shows_clinic: bool
    shows_patterns: bool
    ends_questions: bool
    emergency: bool
    safety_net: bool
    when_calling: tuple[str, ...] = ()
    step_up: str = ""
    say: str = ""
    unsure: str = ""
    where: Location = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Level:
    """One urgency at which a rule is met. `action` replaces the way to act where it differs."""

    disposition: str
    when: Criterion
    action: str = ""
    where: Location = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the clinical evidence; its levels run from the most to the least urgent."""

    rule_id: str
    text: str
    levels: tuple[Level, ...]
    tell: tuple[str, ...] = ()
    source: str = ""
    verified: str = ""
    note: str = ""
    decision: str = ""
    where: Location = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Pointer:
    """A row of the evidence that only points at other rows, and why."""

    rule_id: str
    points_to: tuple[str, ...]
    reason: str
    where: Location = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Precaution:
    """Something the clinician must hear before any treatment. It never changes the urgency."""

    precaution_id: str
    text: str
    when: Criterion | None = None
    clinician: str = ""
    source: str = ""
    verified: str = ""
    where: Location = field(default=NOWHERE, compare=False)


# --- patterns ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AreaRow:
    """Zones that point at an area, and the areas that may be named second."""

    zones: tuple[str, ...]
    second: tuple[str, ...] = ()
    own: bool = True


@dataclass(frozen=True, slots=True)
class Area:
    """An area of the body that the clinic names in a result.

    `use` switches it off as a whole; `always_when` names it second whatever the zones say.
    """

    area_id: str
    name: str
    text: str
    rows: tuple[AreaRow, ...]
    on_leaflet: bool = True
    use: bool = True
    if_off: str = ""
    always_when: Criterion | None = None
    decision: str = ""
    where: Location = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition of the clinic's leaflet, named because of where the person says it hurts.

    Each set of zones in `pain_in` must share a zone with the reported pain.
    """

    condition_id: str
    name: str
    text: str
    pain_in: tuple[tuple[str, ...], ...]
    unless: Criterion | None = None
    where: Location = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class KindRow:
    """One row of the decision table of kinds; the first that is met decides."""

    when: Criterion
    softened: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """What a sore spot is like in the leaflet's words (active, passive, mixed, ...)."""

    kind_id: str
    name: str
    text: str
    soft_text: str
    rows: tuple[KindRow, ...]
    where: Location = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Note:
    """A look-alike to mention: other things that can feel the same.

    Named when the person reports pain or a sore spot in one of `zones`, or when `when` is met.
    A `support` note is shown with any result that is not an emergency.
    """

    note_id: str
    text: str
    zones: tuple[str, ...] = ()
    when: Criterion | None = None
    support: bool = False
    source: str = ""
    where: Location = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Patterns:
    """Areas, conditions, kinds and notes, and which items say where it hurts.

    `main` maps each option of the item `main_item` to the pain item with its zones; `side_item`
    asks on which side the main place is.
    `spread_counts` is the criterion that makes a place reached by pressing count as pain.
    """

    main_item: str
    main: Mapping[str, str]
    pain_items: tuple[str, ...]
    sore_items: tuple[str, ...]
    spread_items: tuple[str, ...]
    spread_counts: Criterion
    areas: tuple[Area, ...]
    conditions: tuple[Condition, ...]
    kinds: tuple[Kind, ...]
    notes: tuple[Note, ...]
    side_item: str = ""


# --- the rule set -----------------------------------------------------------------------------


class Status(StrEnum):
    """How far a rule set is fit for use."""

    DRAFT = "draft"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Approval:
    """Who approved the rule set, and the fingerprint of what they approved."""

    by: str = ""
    registration: str = ""
    on: str = ""
    of: str = ""


@dataclass(frozen=True, slots=True)
class About:
    """What the rule set is and how far it may be relied on."""

    ruleset_id: str
    title: str
    version: str
    status: Status
    review_by: str
    intended_purpose: str
    approval: Approval = Approval()

    def is_review_due(self, today: str) -> bool:
        """Whether it should have been reviewed by now. Without `today` (YYYY-MM-DD) it is not."""
        # Dates are written YYYY-MM-DD, so their order is that of the text.
        return bool(today and self.review_by and today > self.review_by)


@dataclass(frozen=True, slots=True)
class Branch:
    """One place of the clinic and its phone number."""

    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class Clinic:
    """The clinic that the rule set belongs to."""

    name: str
    branches: tuple[Branch, ...]


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic of the clinic's leaflet in own words."""

    topic_id: str
    title: str
    paragraphs: tuple[str, ...]
    where: Location = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Property:
    """Something that must hold for this content over every possible answer; proofs test it.

    `kind` says what: the result is at_least or at_most the disposition whenever `when` is met, it
    is never met, or each of `items` is asked (unless the result is already as urgent as any of
    them could make it).
    """

    property_id: str
    text: str
    kind: str
    when: Criterion | None = None
    disposition: str = ""
    items: tuple[str, ...] = ()
    where: Location = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Everything that the clinic's rule file says, well-formed.

    `fingerprint` is the SHA-256 (hex) of the content without its approval block.
    `texts` holds the words of screens and results by dotted key, `lists` those that are lists.
    `text_marks` says where each text stands, for checks of the words; whoever only asks or assesses
    can do without.
    """

    about: About
    clinic: Clinic
    dispositions: tuple[Disposition, ...]
    texts: Mapping[str, str]
    lists: Mapping[str, tuple[str, ...]]
    questionnaire: Questionnaire
    rules: tuple[Rule, ...]
    pointers: tuple[Pointer, ...]
    precautions: tuple[Precaution, ...]
    patterns: Patterns
    topics: tuple[Topic, ...]
    properties: tuple[Property, ...]
    fingerprint: str = ""
    text_marks: tuple[tuple[str, Location], ...] = field(default=(), compare=False)

    def disposition(self, code: str) -> Disposition:
        """The disposition with this code. Raises KeyError where there is none."""
        for disposition in self.dispositions:
            if disposition.code == code:
                return disposition
        raise KeyError(code)

    @property
    def is_approved(self) -> bool:
        """Whether a clinician approved exactly this content."""
        about = self.about
        return about.status is Status.APPROVED and about.approval.of == self.fingerprint


# --- what a person answers, and what comes of it ----------------------------------------------


@dataclass(frozen=True, slots=True)
class Response:
    """A set of answers as it was handed in, with the rule set that it was given for, if named."""

    answers: Mapping[str, Answer]
    ruleset_id: str = ""
    version: str = ""
    fingerprint: str = ""
    where: Mapping[str, Location] = field(
        default_factory=lambda: MappingProxyType({}), compare=False
    )


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that counts for a person, and the answers that made it count.

    `certain` is false where only a not sure makes it possible; `disposition` is what it leads to,
    `level` the urgency of the level that is met or possible.
    """

    rule_id: str
    level: str
    disposition: str
    certain: bool
    evidence: tuple[tuple[str, Answer], ...]


@dataclass(frozen=True, slots=True)
class PatternResult:
    """What the answers resemble: codes only, in the order to be shown."""

    areas: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    kind: str = ""
    softened: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Assessment:
    """What comes of a set of answers.

    `disposition` is empty when the answers are incomplete and no emergency is met. `answers` holds
    only what is on the path; `missing` the items that still have to be asked.
    """

    disposition: str
    complete: bool
    answers: Answers
    missing: tuple[str, ...]
    findings: tuple[Finding, ...]
    precautions: tuple[str, ...]
    patterns: PatternResult
    support: tuple[str, ...] = ()


# --- the summary that renderers see -----------------------------------------------------------


class BlockKind(StrEnum):
    """What a block of the summary is, so that each renderer can set it apart."""

    CARD = "card"
    SECTION = "section"
    SMALL = "small"


#: The block that says in words what the body map shows.
MAP_BLOCK = "map"
#: The blocks that say what to do and why, which nothing may stand above.
ADVICE_BLOCKS = frozenset(
    {"action", "said", "reason", "calling", "also", "step_up", "unfinished", "emergency", MAP_BLOCK}
)


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, paragraphs and bullets that belong together."""

    block_id: str
    kind: BlockKind
    heading: str
    paragraphs: tuple[str, ...] = ()
    bullets: tuple[str, ...] = ()


class MarkKind(StrEnum):
    """Why a place is marked on the body: the main pain, felt there too, or sore when pressed."""

    MAIN = "main"
    ALSO = "also"
    SORE = "sore"


@dataclass(frozen=True, slots=True)
class Mark:
    """A place on the body that the person named.

    `place` is its code and `region` that of the larger place which it is part of. `side` is LEFT
    or RIGHT where the person said so; a place without one is shown on both sides. `text` names it
    with its side.
    """

    kind: MarkKind
    place: str
    region: str
    text: str
    side: str = ""


@dataclass(frozen=True, slots=True)
class BodyMap:
    """The places that the person named, the main ones first, with the words of a drawing.

    `legend` says what each kind of mark means; `captions` holds front, back, left and right.
    """

    marks: tuple[Mark, ...]
    legend: Mapping[MarkKind, str]
    captions: Mapping[str, str]
    note: str = ""

    @property
    def in_words(self) -> tuple[str, ...]:
        """What the drawing says, for who cannot see it: a line for each kind of mark."""
        return tuple(
            f"{words}: {'; '.join(mark.text for mark in self.marks if mark.kind is kind)}"
            for kind, words in self.legend.items()
            if any(mark.kind is kind for mark in self.marks)
        )


@dataclass(frozen=True, slots=True)
class TraceLine:
    """Why one rule counted, for staff and for `--explain`."""

    rule_id: str
    level: str
    disposition: str
    certain: bool
    evidence: tuple[str, ...]
    source: str
    verified: str
    answers: tuple[tuple[str, Answer], ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """The result in codes, for machines and for the file. It holds nothing private."""

    ruleset_id: str
    version: str
    fingerprint: str
    status: str
    answers: Answers = field(default_factory=lambda: MappingProxyType({}))
    missing: tuple[str, ...] = ()
    precautions: tuple[str, ...] = ()
    patterns: PatternResult = PatternResult()
    support: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """The result in words, in reading order. Renderers add no words of their own.

    `exit_code` is that of the disposition, also where the answers are incomplete and an emergency
    is met all the same. `body_map` is what the block MAP_BLOCK says in words. `answers` and
    `denied` are for a copy to take away: what the person said of themselves, and what they said no
    to. `dated` is the line with the day.
    """

    disposition: str
    exit_code: int
    complete: bool
    title: str
    blocks: tuple[Block, ...]
    record: Record
    trace: tuple[TraceLine, ...] = ()
    is_emergency: bool = False
    body_map: BodyMap | None = None
    answers: Block | None = None
    denied: Block | None = None
    dated: str = ""

    @property
    def whole(self) -> tuple[Block, ...]:
        """The blocks with the answers among them.

        They follow the advice; what was answered with no comes last, above the small print.
        """
        advice = [n for n, block in enumerate(self.blocks) if block.block_id in ADVICE_BLOCKS]
        after = max(advice, default=-1) + 1
        small = next(
            (n for n, block in enumerate(self.blocks) if block.kind is BlockKind.SMALL),
            len(self.blocks),
        )
        return (
            *self.blocks[:after],
            *filter(None, [self.answers]),
            *self.blocks[after:small],
            *filter(None, [self.denied]),
            *self.blocks[small:],
        )


# --- the linter -------------------------------------------------------------------------------


class Severity(StrEnum):
    """An error stops the rule set from being used; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a file: where, and in one line what, why and what to do."""

    where: Location
    check: str
    message: str
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        return f"{self.where}: {self.message} [{self.check}]"
