"""What is asked, what comes next, and what the answers come to.

The state of an interview is its answers and nothing else: every question here is a replay from the
start. Answers to items that are not on the path are remembered by the caller and never read.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from tpcheck import criteria
from tpcheck.model import (
    NO,
    NOT_SURE,
    AllOf,
    Answer,
    Answered,
    AnswerIs,
    Answers,
    AnyOf,
    Area,
    Assessment,
    Criterion,
    Disposition,
    Finding,
    Item,
    ItemType,
    PatternResult,
    Rule,
    RuleSet,
    Screen,
)


@dataclass(frozen=True, slots=True)
class Path:
    """What the answers so far ask for.

    `screens` are those on the path, as far as it is known; `answers` the answers on it; `missing`
    the items on it without an answer; `off_path` the answers that were handed in and do not count.
    `urgency` is the least that the result can now be. `ended` says that no more questions follow.
    """

    screens: tuple[Screen, ...]
    items: tuple[str, ...]
    answers: dict[str, Answer]
    missing: tuple[str, ...]
    off_path: tuple[str, ...]
    urgency: int
    ended: bool


def fault(item: Item, answer: Answer) -> str:
    """What is wrong with `answer` as an answer to `item`, in words; empty where nothing is."""
    if not answer:
        return "an answer is empty"
    known = item.codes
    unknown = [code for code in answer if code not in known]
    if unknown:
        return f"'{unknown[0]}' is not one of its answers"
    if len(set(answer)) < len(answer):
        return "an answer stands twice"
    if len(answer) > 1:
        if item.type is not ItemType.MANY:
            return "it takes one answer only"
        alone = [code for code in answer if item.option(code).exclusive]
        if alone:
            return "an answer that stands alone stands with another"
        if item.at_most and len(answer) > item.at_most:
            return f"it takes at most {item.at_most} answers"
    return ""


def in_order(item: Item, codes: Iterable[str]) -> Answer:
    """`codes` in the order of the item's options."""
    chosen = set(codes)
    return tuple(code for code in item.codes if code in chosen)


def _no_answer(_: Item) -> None:
    return None


def usual(item: Item) -> Answer:
    """The usual answer: what fills in the rest of a worked case."""
    return item.usual


class Engine:
    """A rule set, with what is worked out once: which rules an answer can touch.

    Pure: no method changes anything that can be seen.
    """

    def __init__(self, ruleset: RuleSet) -> None:
        self.ruleset = ruleset
        self.rules: dict[str, Rule] = {rule.rule_id: rule for rule in ruleset.rules}
        self.items: dict[str, Item] = {i.link_id: i for i in ruleset.questionnaire.items}
        self.screen_of: dict[str, Screen] = {
            item.link_id: screen
            for screen in ruleset.questionnaire.screens
            for item in screen.items
        }
        self.urgency: dict[str, int] = {d.code: d.urgency for d in ruleset.dispositions}
        self.by_urgency: tuple[Disposition, ...] = tuple(
            sorted(ruleset.dispositions, key=lambda d: d.urgency)
        )
        self.unsure_urgency: dict[str, int] = {
            d.code: self.urgency[d.if_unsure] for d in ruleset.dispositions
        }
        self.end_urgency = min(
            (d.urgency for d in ruleset.dispositions if d.ends_questions), default=1 << 30
        )
        self._most: dict[str, int] = {
            rule.rule_id: max(self.urgency[level.disposition] for level in rule.levels)
            for rule in ruleset.rules
            if rule.levels
        }
        self._raised_by: dict[tuple[str, str], set[str]] = {}
        self._raised_by_absence: dict[str, set[str]] = {}
        for rule in ruleset.rules:
            for level in rule.levels:
                for leaf in criteria.leaves(level.when, self.rules):
                    self._note_reader(rule.rule_id, leaf)

    def _note_reader(self, rule_id: str, leaf: criteria.Leaf) -> None:
        test = leaf.test
        if leaf.negated:
            self._raised_by_absence.setdefault(test.item, set()).add(rule_id)
        if isinstance(test, AnswerIs) and not leaf.negated:
            codes: Iterable[str] = (*test.options, NOT_SURE)
        else:
            codes = self.items[test.item].codes
        for code in codes:
            self._raised_by.setdefault((test.item, code), set()).add(rule_id)

    # --- the path -----------------------------------------------------------------------------

    def path(
        self,
        answers: Mapping[str, Answer],
        fill: Callable[[Item], Answer | None] = _no_answer,
    ) -> Path:
        """Replay `answers` from the start: what is on the path, what is missing, what is urgent.

        `fill` may give an answer to an item on the path that has none.
        """
        kept: dict[str, Answer] = {}
        closed: set[str] = set()
        asked: list[str] = []
        missing: list[str] = []
        screens: list[Screen] = []
        stale: set[str] = set()
        reached = 0

        def is_open(link_id: str) -> bool:
            return link_id not in closed

        def close_unasked(items: Iterable[Item]) -> None:
            for item in items:
                closed.add(item.link_id)
                stale.update(self._raised_by_absence.get(item.link_id, ()))

        def reach() -> int:
            nonlocal reached
            while stale:
                rule = self.rules[stale.pop()]
                if self._most[rule.rule_id] > reached:
                    reached = max(reached, self._least_urgency(rule, kept, is_open))
            return reached

        for section in self.ruleset.questionnaire.sections:
            wanted = _asked_when(section.ask_when, kept)
            for screen in section.screens:
                if not (
                    wanted
                    and _asked_when(screen.ask_when, kept)
                    and reach() < self.stop_at(section.until, screen.until)
                ):
                    close_unasked(screen.items)
                    continue
                on_screen = [
                    i for i in screen.items if not i.ask_when or _asked_when(i.ask_when, kept)
                ]
                if len(on_screen) < len(screen.items):
                    close_unasked(i for i in screen.items if i not in on_screen)
                if not on_screen:
                    continue
                screens.append(screen)
                unanswered: list[str] = []
                for item in on_screen:
                    asked.append(item.link_id)
                    answer = answers.get(item.link_id) or fill(item)
                    if not answer:
                        unanswered.append(item.link_id)
                        continue
                    kept[item.link_id] = answer
                    for code in answer:
                        stale.update(self._raised_by.get((item.link_id, code), ()))
                missing.extend(unanswered)
        ended = reach() >= self.end_urgency
        return Path(
            screens=tuple(screens),
            items=tuple(asked),
            answers=kept,
            missing=() if ended else tuple(missing),
            off_path=tuple(link_id for link_id in answers if link_id not in kept),
            urgency=reached,
            ended=ended,
        )

    def stop_at(self, *untils: str) -> int:
        """The urgency from which a screen with these limits is not asked."""
        return min((self.urgency[u] for u in untils if u), default=self.end_urgency)

    def _least_urgency(self, rule: Rule, answers: Answers, is_open: Callable[[str], bool]) -> int:
        met, possible = criteria.rule_levels(rule, answers, self.rules, is_open=is_open)
        return max(
            self.urgency[met.disposition] if met else 0,
            self.unsure_urgency[possible.disposition] if possible else 0,
        )

    def next_item(self, answers: Mapping[str, Answer]) -> Item | None:
        """The first item on the path that has no answer yet; none when all are answered."""
        missing = self.path(answers).missing
        return self.items[missing[0]] if missing else None

    def fill_usual(self, answers: Mapping[str, Answer]) -> dict[str, Answer]:
        """`answers`, with the usual answer for every other item that comes on the path."""
        return dict(answers) | self.path(answers, usual).answers

    # --- the result ---------------------------------------------------------------------------

    def assess(
        self,
        answers: Mapping[str, Answer],
        fill: Callable[[Item], Answer | None] = _no_answer,
        *,
        as_is: bool = False,
    ) -> Assessment:
        """What the answers come to, with the trace of every rule that counts.

        Incomplete answers give no disposition, except that an emergency that is met already is
        given: nothing that is still to be asked can lower it. `fill` is that of `path`. `as_is`
        takes what is missing as not asked: only for answers whose advice is settled without it.
        """
        path = self.path(answers, fill)
        if as_is:
            path = replace(path, missing=())
        complete = not path.missing
        unanswered = frozenset(path.missing)
        findings = tuple(
            found
            for rule in self._touched(path.answers)
            if (found := self._finding(rule, path.answers, unanswered.__contains__))
        )
        if not complete:
            findings = tuple(
                f
                for f in findings
                if f.certain and self.ruleset.disposition(f.disposition).emergency
            )
        code = self._most_urgent(findings, complete)
        shown = self.ruleset.disposition(code) if code else None
        return Assessment(
            disposition=code,
            complete=complete,
            answers=path.answers,
            missing=path.missing,
            findings=findings,
            precautions=self._precautions(path.answers, findings) if complete else (),
            patterns=(
                self._patterns(path.answers)
                if complete and shown and shown.shows_patterns
                else PatternResult()
            ),
            support=(
                tuple(
                    note.note_id
                    for note in self.ruleset.patterns.notes
                    if note.support and note.when and self._possible(note.when, path.answers)
                )
                if shown and not shown.ends_questions
                else ()
            ),
        )

    def _most_urgent(self, findings: tuple[Finding, ...], complete: bool) -> str:
        if findings:
            return max((f.disposition for f in findings), key=self.urgency.__getitem__)
        return self.by_urgency[0].code if complete else ""

    def _touched(self, answers: Answers) -> Iterable[Rule]:
        """The rules that some answer, or the absence of one, can make possible; in file order."""
        touched = {
            rule
            for link_id, answer in answers.items()
            for code in answer
            for rule in self._raised_by.get((link_id, code), ())
        }
        for link_id, readers in self._raised_by_absence.items():
            if link_id not in answers:
                touched |= readers
        return (rule for rule in self.ruleset.rules if rule.rule_id in touched)

    def _finding(
        self, rule: Rule, answers: Answers, is_open: Callable[[str], bool]
    ) -> Finding | None:
        met, possible = criteria.rule_levels(rule, answers, self.rules, is_open=is_open)
        sure = self.urgency[met.disposition] if met else -1
        unsure = self.unsure_urgency[possible.disposition] if possible else -1
        if met and sure >= unsure:
            level, certain, code = met, True, met.disposition
        elif possible:
            level, certain = possible, False
            code = self.ruleset.disposition(possible.disposition).if_unsure
        else:
            return None
        return Finding(
            rule_id=rule.rule_id,
            level=level.disposition,
            disposition=code,
            certain=certain,
            evidence=criteria.evidence(level.when, answers, self.rules, certain=certain),
        )

    def _met(self, criterion: Criterion, answers: Answers) -> bool:
        return criteria.read(criterion, answers, self.rules).met

    def _possible(self, criterion: Criterion, answers: Answers) -> bool:
        return criteria.read(criterion, answers, self.rules).possible

    def _precautions(self, answers: Answers, findings: tuple[Finding, ...]) -> tuple[str, ...]:
        # A not sure is told as well: a clinician can ask again, an untold risk cannot be undone.
        told = {t for f in findings for t in self.rules[f.rule_id].tell}
        return tuple(
            p.precaution_id
            for p in self.ruleset.precautions
            if p.precaution_id in told or (p.when and self._possible(p.when, answers))
        )

    # --- patterns -----------------------------------------------------------------------------

    def _patterns(self, answers: Answers) -> PatternResult:
        patterns = self.ruleset.patterns
        sore = self._zones(answers, patterns.sore_items)
        pain = self._zones(answers, patterns.pain_items)
        if self._met(patterns.spread_counts, answers):
            pain |= self._zones(answers, patterns.spread_items)
        kind, softened = self._kind(answers)
        return PatternResult(
            areas=self._areas(answers, pain, sore),
            conditions=tuple(
                c.condition_id
                for c in patterns.conditions
                if all(pain.intersection(zones) for zones in c.pain_in)
                and not (c.unless and self._possible(c.unless, answers))
            ),
            kind=kind,
            softened=softened,
            notes=tuple(
                n.note_id
                for n in patterns.notes
                if not n.support
                and (
                    (pain | sore).intersection(n.zones)
                    or (n.when and self._possible(n.when, answers))
                )
            ),
        )

    def _kind(self, answers: Answers) -> tuple[str, bool]:
        for kind in self.ruleset.patterns.kinds:
            for row in kind.rows:
                if self._met(row.when, answers):
                    return kind.kind_id, row.softened
        return "", False

    def _areas(self, answers: Answers, pain: set[str], sore: set[str]) -> tuple[str, ...]:
        patterns = self.ruleset.patterns
        mapped = {zone for area in patterns.areas for row in area.rows for zone in row.zones}
        main = [patterns.main[c] for c in answers.get(patterns.main_item, ()) if c in patterns.main]
        decided_by = sore & mapped or self._zones(answers, main) & mapped or pain
        first: dict[str, Area] = {}
        second: set[str] = set()
        for area in patterns.areas:
            for row in area.rows:
                if decided_by.intersection(row.zones):
                    first[area.area_id] = area
                    second.update(row.second)
        places = pain | sore
        named = list(first.values())
        for area in patterns.areas:
            own = {zone for row in area.rows if row.own for zone in row.zones}
            near = area.area_id in second and places.intersection(own)
            always = area.always_when and self._met(area.always_when, answers)
            if area.area_id not in first and (near or always):
                named.append(area)
        used = [a.area_id for a in named if a.use]
        if not used:
            used = [a.if_off for a in named if a.if_off]
        if len(sore) > 1:
            on_leaflet = {a.area_id: a.on_leaflet for a in patterns.areas}
            used.sort(key=lambda area_id: not on_leaflet[area_id])
        return tuple(dict.fromkeys(used))

    def _zones(self, answers: Answers, items: Iterable[str]) -> set[str]:
        """The places chosen in `items`; what stands alone ("no spot is sore") is no place."""
        return {
            code
            for link_id in items
            for code in answers.get(link_id, ())
            if not self.items[link_id].option(code).exclusive
        }


def _asked_when(criterion: Criterion | None, answers: Answers) -> bool:
    """Whether the option tests of an `ask_when` hold, word for word, as FHIR reads them."""
    match criterion:
        case None:
            return True
        case AnswerIs(item, options):
            answer = answers.get(item)
            return answer is not None and any(code in options for code in answer)
        case Answered(item):
            return item in answers
        case AllOf(of):
            return all(_asked_when(part, answers) for part in of)
        case AnyOf(of):
            return any(_asked_when(part, answers) for part in of)
        case _:
            raise ValueError(f"not a form that ask_when may have: {criterion!r}")


def all_no(screen: Screen) -> dict[str, Answer]:
    """The answers that "none of these" stands for."""
    return {item.link_id: (NO,) for item in screen.items}
