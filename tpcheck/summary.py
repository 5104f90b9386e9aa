"""Put an assessment into words: what to do first, why, and what it rests on.

The words come from the rule set. What stands here is their order, and what may never stand
together: advice that cannot wait names no clinic and no pattern, a private answer is never told,
and no advice is shown that does not follow from the findings. A summary that would break one of
these is a bug, and the run stops.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from tpcheck.engine import Engine, in_order
from tpcheck.errors import ExitCode
from tpcheck.model import (
    MAP_BLOCK,
    NO,
    NOT_SURE,
    YES,
    Answer,
    Assessment,
    Block,
    BlockKind,
    BodyMap,
    Disposition,
    Finding,
    Item,
    Record,
    RuleSet,
    Status,
    Summary,
    TraceLine,
)
from tpcheck.places import body_map
from tpcheck.wording import fill

#: How many digits of the fingerprint are shown to people; records hold it whole.
SHORT_FINGERPRINT = 12

#: Blocks that may only stand where the disposition shows the clinic, or shows patterns.
CLINIC_BLOCKS = frozenset({"clinic", "precautions"})
PATTERN_BLOCKS = frozenset({MAP_BLOCK, "areas", "kind", "conditions", "notes"})

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


class UnsoundError(Exception):
    """A summary would say what its assessment does not carry. Always a bug."""


def summarize(
    engine: Engine, assessment: Assessment, *, today: str = "", explain: bool = False
) -> Summary:
    """The result in words, in reading order.

    `today` (YYYY-MM-DD) dates the result and tells whether the rule set should have been reviewed
    by now; without it nothing is said about either. `explain` adds which rules counted.

    Raises UnsoundError where the assessment contradicts itself or the words break a rule of safety.
    """
    _require_sound(engine, assessment)
    ruleset = engine.ruleset
    shown = ruleset.disposition(assessment.disposition) if assessment.disposition else None
    drawn = body_map(engine, assessment.answers) if shown and shown.shows_patterns else None
    writer = _Writer(engine, assessment, drawn)
    answers, denied = writer.answers() if shown else (None, None)
    blocks = [
        *(writer.advice(shown) if shown else ()),
        *(() if assessment.complete else _unfinished(ruleset, below_card=bool(shown))),
        *(writer.explanation() if explain else ()),
        _about(ruleset, today),
    ]
    if shown:
        _require_apart(ruleset, shown, [*blocks, *filter(None, (answers, denied))])
    return Summary(
        disposition=assessment.disposition,
        exit_code=shown.exit_code if shown else ExitCode.INCOMPLETE,
        complete=assessment.complete,
        title=ruleset.texts["result.title" if shown else "unfinished.title"],
        blocks=tuple(blocks),
        record=_record(engine, assessment),
        trace=tuple(writer.trace()),
        is_emergency=bool(shown and shown.emergency),
        body_map=drawn,
        answers=answers,
        denied=denied,
        dated=_dated(ruleset, today) if shown else "",
    )


def raised(engine: Engine, assessment: Assessment, told: Disposition) -> tuple[Block, ...]:
    """The advice `told`, where staff raised it above what the assessment comes to.

    No rule led to it, so no reason is given; all else is said as if one had. Raises UnsoundError
    where the words break a rule of safety.
    """
    blocks = tuple(_Writer(engine, replace(assessment, disposition=told.code)).advice(told))
    _require_apart(engine.ruleset, told, blocks)
    return blocks


def unfinished(ruleset: RuleSet, *, today: str = "") -> Summary:
    """What to say when the questions were stopped: no result, and when to call for help."""
    return Summary(
        disposition="",
        exit_code=ExitCode.INCOMPLETE,
        complete=False,
        title=ruleset.texts["unfinished.title"],
        blocks=(*_unfinished(ruleset, below_card=False), _about(ruleset, today)),
        record=_mark(ruleset),
    )


def said(item: Item, answer: Answer) -> str:
    """An answer in the person's words: the sign itself, or the question with what was chosen."""
    chosen = "; ".join(item.option(code).text for code in answer)
    if not item.is_yes_no:
        label = item.short or item.text
    else:
        # A sign on its own is a question, and its short form says it as a statement.
        label = item.short if item.short and item.text.endswith("?") else item.text
        if answer == (YES,) and not label.endswith("?"):
            return label
    return f"{label} {chosen}" if label.endswith(("?", ":")) else f"{label.rstrip('.')}: {chosen}"


# --- what must hold ---------------------------------------------------------------------------


def _require_sound(engine: Engine, assessment: Assessment) -> None:
    """Advice follows from findings, the most urgent one counts, and gaps give no result."""
    for finding in assessment.findings:
        level = engine.ruleset.disposition(finding.level)
        expected = level.code if finding.certain else level.if_unsure
        if finding.disposition != expected:
            raise UnsoundError(f"{finding.rule_id}: {finding.disposition} is not {expected}")
        if not assessment.complete and not (finding.certain and level.emergency):
            raise UnsoundError(f"{finding.rule_id}: counts although answers are missing")
    if assessment.complete == bool(assessment.missing):
        raise UnsoundError("the answers are called complete and are not, or the other way round")
    default = engine.by_urgency[0].code if assessment.complete else ""
    due = max(
        (finding.disposition for finding in assessment.findings),
        key=engine.urgency.__getitem__,
        default=default,
    )
    if assessment.disposition != due:
        raise UnsoundError(f"the advice is {assessment.disposition!r}, the findings say {due!r}")


def _require_apart(ruleset: RuleSet, shown: Disposition, blocks: Iterable[Block]) -> None:
    """Advice that shows no clinic names none, and advice that shows no patterns has none."""
    barred_blocks: frozenset[str] = frozenset()
    barred_words: list[str] = []
    if not shown.shows_clinic:
        barred_blocks |= CLINIC_BLOCKS
        barred_words += [ruleset.clinic.name, *(b.phone for b in ruleset.clinic.branches)]
    if not shown.shows_patterns:
        barred_blocks |= PATTERN_BLOCKS
    for block in blocks:
        if block.block_id in barred_blocks:
            raise UnsoundError(f"{shown.code}: the block '{block.block_id}' may not stand here")
        # The line that names the rule set may hold the clinic's name in its title.
        if block.block_id != "about":
            for text in (block.heading, *block.paragraphs, *block.bullets):
                if named := [word for word in barred_words if word and word in text]:
                    raise UnsoundError(f"{shown.code}: '{named[0]}' may not be named here")


# --- the words --------------------------------------------------------------------------------


class _Writer:
    """Writes the blocks of one assessment."""

    def __init__(
        self, engine: Engine, assessment: Assessment, drawn: BodyMap | None = None
    ) -> None:
        self._engine = engine
        self._drawn = drawn
        self._ruleset = engine.ruleset
        self._texts = engine.ruleset.texts
        self._assessment = assessment
        self._giving = [
            finding
            for finding in assessment.findings
            if finding.disposition == assessment.disposition
        ]

    def advice(self, shown: Disposition) -> Iterator[Block]:
        """From what to do first to when to get help sooner."""
        yield Block("action", BlockKind.CARD, shown.heading, paragraphs=tuple(self._actions(shown)))
        if shown.urgency > 0:
            yield from self._why(shown)
        yield from self._what_to_say(shown)
        yield from self._section("result.step_up", "step_up", paragraphs=(shown.step_up,))
        if shown.shows_patterns:
            yield from self._map()
            yield from self._patterns()
        if shown.shows_clinic:
            yield from self._precautions()
            yield self._clinic(shown)
        yield from self._support(shown)
        if shown.safety_net:
            yield self._safety_net()

    def answers(self) -> tuple[Block | None, Block | None]:
        """What was answered, private answers left out: what says something, and what got a no."""
        told: list[str] = []
        denied: list[str] = []
        for link_id, item in self._engine.items.items():
            answer = self._assessment.answers.get(link_id)
            if answer is None or item.private:
                continue
            if item.is_yes_no and answer == (NO,):
                denied.append(item.short or item.text)
            else:
                told.append(said(item, answer))
        return (
            next(self._section("result.answers", "answers", bullets=tuple(told)), None),
            next(self._section("result.denied", "denied", bullets=tuple(denied)), None),
        )

    def explanation(self) -> Iterator[Block]:
        """Which rules counted, with the answers and the sources."""
        names = {d.code: d.name for d in self._ruleset.dispositions}
        lines: list[str] = []
        for line in self.trace():
            key = "explain.met" if line.certain else "explain.unsure"
            values = {"rule": line.rule_id, "level": names[line.level]}
            if not line.certain:
                values["disposition"] = names[line.disposition]
            source = {"source": line.source, "verified": line.verified}
            lines.append(
                " ".join(
                    [
                        fill(self._texts[key], **values),
                        *(f"{words.rstrip('.')}." for words in line.evidence),
                        fill(self._texts["explain.source"], **source),
                    ]
                )
            )
        private = any(self._is_private(finding) for finding in self._assessment.findings)
        notes = [self._texts["explain.private"]] if private else []
        if not lines and not notes:
            notes = [self._texts["explain.none"]]
        yield from self._section("explain.title", "explain", tuple(notes), tuple(lines))
        told = [
            f"{precaution.text} {precaution.clinician}".strip()
            for precaution in self._ruleset.precautions
            if precaution.precaution_id in self._assessment.precautions
        ]
        # Advice that cannot wait leaves treatment, and so the clinician, out of the picture.
        code = self._assessment.disposition
        if code and self._ruleset.disposition(code).shows_clinic:
            yield from self._section("explain.clinician", "clinician", bullets=tuple(told))

    def trace(self) -> Iterator[TraceLine]:
        """A line for every finding, except those that would tell a private answer."""
        for finding in self._assessment.findings:
            if self._is_private(finding):
                continue
            rule = self._engine.rules[finding.rule_id]
            yield TraceLine(
                rule_id=finding.rule_id,
                level=finding.level,
                disposition=finding.disposition,
                certain=finding.certain,
                evidence=tuple(self._said([finding])),
                source=rule.source,
                verified=rule.verified,
                answers=finding.evidence,
            )

    # --- blocks -------------------------------------------------------------------------------

    def _section(
        self,
        heading: str,
        block_id: str,
        paragraphs: tuple[str, ...] = (),
        bullets: tuple[str, ...] = (),
    ) -> Iterator[Block]:
        """A section with this text as its heading; none where there is nothing to say."""
        paragraphs = tuple(filter(None, paragraphs))
        if paragraphs or bullets:
            heading = self._texts[heading]
            yield Block(block_id, BlockKind.SECTION, heading, paragraphs, bullets)

    def _actions(self, shown: Disposition) -> list[str]:
        """What to do: the ways of acting of the rules that led here, then the usual one.

        The usual one is left out where every rule has its own. What a private answer calls for
        comes last, so that it does not stand out.
        """
        own = {finding: self._own_action(finding) for finding in self._giving}
        open_ = [action for finding, action in own.items() if not self._is_private(finding)]
        private = [action for finding, action in own.items() if self._is_private(finding)]
        usual = [shown.action] if not own or not all(own.values()) else []
        return [*filter(None, dict.fromkeys([*open_, *usual, *private]))]

    def _own_action(self, finding: Finding) -> str:
        if not finding.certain:
            return ""
        levels = self._engine.rules[finding.rule_id].levels
        return next(level.action for level in levels if level.disposition == finding.level)

    def _why(self, shown: Disposition) -> Iterator[Block]:
        told = [finding for finding in self._giving if not self._is_private(finding)]
        unsure = shown.unsure if told and not any(f.certain for f in told) else ""
        yield from self._section("result.said", "said", (unsure,), tuple(self._said(told)))
        reasons = dict.fromkeys(self._engine.rules[finding.rule_id].text for finding in told)
        yield from self._section("result.reason", "reason", paragraphs=tuple(reasons))

    def _what_to_say(self, shown: Disposition) -> Iterator[Block]:
        yield from self._section("result.calling", "calling", bullets=shown.when_calling)
        if shown.ends_questions or shown.urgency == 0:
            return
        lesser = [
            finding
            for finding in self._assessment.findings
            if 0 < self._engine.urgency[finding.disposition] < shown.urgency
            and not self._is_private(finding)
        ]
        known = set(self._said(self._giving))
        more = tuple(words for words in self._said(lesser) if words not in known)
        yield from self._section("result.also", "also", bullets=more)

    def _map(self) -> Iterator[Block]:
        if self._drawn:
            yield from self._section("result.map", MAP_BLOCK, bullets=self._drawn.in_words)

    def _patterns(self) -> Iterator[Block]:
        patterns, found = self._ruleset.patterns, self._assessment.patterns
        areas = {area.area_id: f"{area.name}: {area.text}" for area in patterns.areas}
        kind = next((k for k in patterns.kinds if k.kind_id == found.kind), None)
        kind_text = (kind.soft_text if found.softened else "") or kind.text if kind else ""
        named = tuple(areas[area_id] for area_id in found.areas)
        intro = self._texts["result.areas_text"] if named else ""
        yield from self._section("result.areas", "areas", (intro,), named)
        yield from self._section("result.kind", "kind", (kind_text,))
        conditions = {condition.condition_id: condition.text for condition in patterns.conditions}
        yield from self._section(
            "result.conditions",
            "conditions",
            bullets=tuple(conditions[code] for code in found.conditions),
        )
        notes = {note.note_id: note.text for note in patterns.notes}
        yield from self._section(
            "result.notes", "notes", bullets=tuple(notes[code] for code in found.notes)
        )

    def _precautions(self) -> Iterator[Block]:
        told = tuple(
            precaution.text
            for precaution in self._ruleset.precautions
            if precaution.precaution_id in self._assessment.precautions
        )
        yield from self._section("result.precautions", "precautions", bullets=told)

    def _clinic(self, shown: Disposition) -> Block:
        clinic = self._ruleset.clinic
        key = "result.clinic_first" if shown.urgency == 0 else "result.clinic_later"
        return Block(
            "clinic",
            BlockKind.SECTION,
            self._texts["result.clinic"],
            paragraphs=(fill(self._texts[key], clinic=clinic.name),),
            bullets=tuple(f"{branch.name}: {branch.phone}" for branch in clinic.branches),
        )

    def _support(self, shown: Disposition) -> Iterator[Block]:
        if shown.ends_questions:
            return
        # What a private answer calls for is said even where other advice is more urgent.
        actions = dict.fromkeys(
            self._own_action(finding)
            for finding in self._assessment.findings
            if self._is_private(finding) and finding not in self._giving
        )
        notes = tuple(
            note.text
            for note in self._ruleset.patterns.notes
            if note.note_id in self._assessment.support
        )
        yield from self._section("result.support", "support", tuple(actions), notes)

    def _safety_net(self) -> Block:
        return Block(
            "safety_net",
            BlockKind.SECTION,
            self._texts["safety_net.title"],
            paragraphs=(self._texts["safety_net.worried"], self._texts["safety_net.text"]),
            bullets=self._ruleset.lists["safety_net.points"],
        )

    # --- answers ------------------------------------------------------------------------------

    def _is_private(self, finding: Finding) -> bool:
        return any(self._engine.items[link_id].private for link_id, _ in finding.evidence)

    def _said(self, findings: Iterable[Finding]) -> list[str]:
        """The answers that count, in the order of the questions; what was not sure comes last."""
        codes: dict[str, set[str]] = {}
        for finding in findings:
            for link_id, answer in finding.evidence:
                codes.setdefault(link_id, set()).update(answer)
        sure: list[str] = []
        unsure: list[str] = []
        for link_id, item in self._engine.items.items():
            if link_id not in codes or item.private:
                continue
            definite = in_order(item, codes[link_id] - {NOT_SURE})
            if definite:
                sure.append(said(item, definite))
            if NOT_SURE in codes[link_id]:
                label = item.short or item.text
                unsure.append(fill(self._texts["result.not_sure"], answer=label))
        return sure + unsure


def _unfinished(ruleset: RuleSet, *, below_card: bool) -> Iterator[Block]:
    texts = ruleset.texts
    yield Block(
        "unfinished",
        BlockKind.SECTION,
        # Without a card above it, the title of the summary says it already.
        texts["unfinished.title"] if below_card else "",
        paragraphs=(texts["unfinished.text"], texts["unfinished.worried"]),
    )
    yield Block(
        "emergency",
        BlockKind.SECTION,
        texts["unfinished.emergency"],
        bullets=ruleset.lists["unfinished.points"],
    )


def _about(ruleset: RuleSet, today: str) -> Block:
    texts, about = ruleset.texts, ruleset.about
    lines = [
        texts["about.not_diagnosis"],
        texts["about.device"],
        fill(
            texts["about.ruleset"],
            title=about.title,
            version=about.version,
            fingerprint=ruleset.fingerprint[:SHORT_FINGERPRINT],
        ),
        _status(ruleset),
    ]
    if about.is_review_due(today):
        lines.append(fill(texts["about.review_passed"], date=about.review_by))
    return Block("about", BlockKind.SMALL, "", paragraphs=tuple(lines))


def _status(ruleset: RuleSet) -> str:
    texts, approval = ruleset.texts, ruleset.about.approval
    match ruleset.about.status:
        case Status.APPROVED if ruleset.is_approved:
            return fill(
                texts["about.approved"],
                by=approval.by,
                registration=approval.registration,
                on=approval.on,
            )
        case Status.APPROVED:
            return texts["about.changed"]
        case Status.WITHDRAWN:
            return texts["about.withdrawn"]
        case _:
            return texts["about.draft"]


def _dated(ruleset: RuleSet, today: str) -> str:
    """The line with the day, as people write it; without `today` there is none."""
    if not today:
        return ""
    year, month, day = map(int, today.split("-"))
    return fill(ruleset.texts["result.dated"], date=f"{day} {_MONTHS[month - 1]} {year}")


# --- the record -------------------------------------------------------------------------------


def _mark(ruleset: RuleSet) -> Record:
    about = ruleset.about
    return Record(about.ruleset_id, about.version, ruleset.fingerprint, about.status)


def _record(engine: Engine, assessment: Assessment) -> Record:
    mark = _mark(engine.ruleset)
    answers: Mapping[str, Answer] = {
        link_id: assessment.answers[link_id]
        for link_id, item in engine.items.items()
        if link_id in assessment.answers and not item.private
    }
    return Record(
        ruleset_id=mark.ruleset_id,
        version=mark.version,
        fingerprint=mark.fingerprint,
        status=mark.status,
        answers=answers,
        missing=assessment.missing,
        precautions=assessment.precautions,
        patterns=assessment.patterns,
        support=assessment.support,
    )
