"""Worked cases: answers that a clinician writes down, and what has to come of them.

A case says in one sentence whom it is about. Its near miss is the same person with one answer
changed, and shows that the case hangs on that answer.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from tpcheck.engine import Engine, usual
from tpcheck.loading.answers import answers
from tpcheck.loading.fields import Record, each, entries, flag, new, only, ref, text, word
from tpcheck.loading.file import ABSENT, File, Named, listed
from tpcheck.model import Answer, Assessment, Location, Problem, RuleSet
from tpcheck.reader import Node, Scalar, quoted, read_yaml
from tpcheck.responses import why_off_path

RuleLevel = tuple[str, str]  # the ids of a rule and of the disposition of one of its levels


@dataclass(frozen=True, slots=True)
class Expectation:
    """What has to come of the answers. What is None is not looked at.

    `areas` and `conditions` are all that may be named (areas in order); of `notes` and
    `precautions`, others may be there too, but for those under `not_notes` and
    `not_precautions`. `findings` are rules with the level that counts.
    """

    disposition: str | None = None
    at_least: str | None = None
    at_most: str | None = None
    findings: tuple[RuleLevel, ...] = ()
    not_findings: tuple[str, ...] = ()
    areas: tuple[str, ...] | None = None
    conditions: tuple[str, ...] | None = None
    kind: str | None = None
    softened: bool | None = None
    notes: tuple[str, ...] = ()
    precautions: tuple[str, ...] = ()
    not_notes: tuple[str, ...] = ()
    not_precautions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NearMiss:
    """The one answer that is changed, and what has to come of it then."""

    item: str
    answer: Answer
    expect: Expectation
    where: Location


@dataclass(frozen=True, slots=True)
class Case:
    """One person. `level` is the rule and the disposition that the case is written for.

    `usual` says that everything else that is asked gets its usual answer; `rows` are the rows of
    the evidence that the case covers; `places` say where in the file each answer stands.
    """

    sentence: str
    answers: Mapping[str, Answer]
    expect: Expectation
    where: Location
    places: Mapping[str, Location]
    case_id: str = ""
    rows: tuple[str, ...] = ()
    level: RuleLevel | None = None
    usual: bool = False
    near_miss: NearMiss | None = None


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One thing that came out other than a case says."""

    case: Case
    where: Location
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message} ({self.case.sentence})"


# --- reading ----------------------------------------------------------------------------------


def read(data: bytes, path: str, engine: Engine) -> tuple[tuple[Case, ...], tuple[Problem, ...]]:
    """The cases in `data`, and every problem. Never raises; use no case of a file with problems."""
    root, faults = read_yaml(data)
    file = File(path, faults)
    cases: tuple[Case, ...] = ()
    if root is not None:
        _know(file, engine)
        with Record(file, root, "a case file") as r:
            cases = r.need("cases", each(partial(_case, engine=engine), least=1))
        file.check_names()
    return cases, file.problems()


def _know(file: File, engine: Engine) -> None:
    """Give the file the names of the rule set."""
    ruleset = engine.ruleset
    file.items = engine.items
    file.know(Named.DISPOSITION, engine.urgency)
    file.know(Named.RULE, engine.rules)
    file.know(Named.POINTER, (p.rule_id for p in ruleset.pointers))
    file.know(Named.PRECAUTION, (p.precaution_id for p in ruleset.precautions))
    file.know(Named.AREA, (area.area_id for area in ruleset.patterns.areas))
    file.know(Named.CONDITION, (c.condition_id for c in ruleset.patterns.conditions))
    file.know(Named.KIND, (kind.kind_id for kind in ruleset.patterns.kinds))
    file.know(Named.NOTE, (note.note_id for note in ruleset.patterns.notes))


def _case(file: File, node: Node, engine: Engine) -> Case:
    with Record(file, node, "a case") as r:
        given, places = r.need("answers", answers)
        return Case(
            sentence=r.need("case", _sentence),
            answers=given,
            expect=r.need("expect", partial(_expectation, engine=engine)),
            where=r.where,
            places=places,
            case_id=r.get("id", new(Named.CASE), ""),
            rows=r.get("rows", each(ref(Named.RULE, Named.POINTER, Named.PRECAUTION), least=1), ()),
            level=r.get("level", partial(_level, engine=engine), None),
            usual=r.get("rest", word("usual"), "") == "usual",
            near_miss=r.get("near_miss", partial(_near_miss, engine=engine), None),
        )


def _sentence(file: File, node: Node) -> str:
    """What the case is about; it names the case, so no two may be the same."""
    words = text(file, node)
    if words and isinstance(node, Scalar):
        file.define(Named.CASE, node)
    return words


def _near_miss(file: File, node: Node, engine: Engine) -> NearMiss:
    with Record(file, node, "a near miss") as r:
        item, answer = r.need("change", _change)
        expect = r.need("expect", partial(_expectation, engine=engine))
        return NearMiss(item, answer, expect, r.where)


def _change(file: File, node: Node) -> tuple[str, Answer]:
    key, _ = only(file, node, "'change'")
    given, _ = answers(file, node if key is not ABSENT else ABSENT)
    return next(iter(given.items()), ("", ()))


def _expectation(file: File, node: Node, engine: Engine) -> Expectation:
    disposition = ref(Named.DISPOSITION)
    with Record(file, node, "'expect'") as r:
        found = Expectation(
            disposition=r.get("disposition", disposition, None),
            at_least=r.get("at_least", disposition, None),
            at_most=r.get("at_most", disposition, None),
            findings=r.get("findings", partial(_findings, engine=engine), ()),
            not_findings=r.get("not_findings", each(ref(Named.RULE), least=1), ()),
            areas=r.get("areas", each(ref(Named.AREA)), None),
            conditions=r.get("conditions", each(ref(Named.CONDITION)), None),
            kind=r.get("kind", ref(Named.KIND), None),
            softened=r.get("softened", flag, None),
            notes=r.get("notes", each(ref(Named.NOTE), least=1), ()),
            precautions=r.get("precautions", each(ref(Named.PRECAUTION), least=1), ()),
            not_notes=r.get("not_notes", each(ref(Named.NOTE), least=1), ()),
            not_precautions=r.get("not_precautions", each(ref(Named.PRECAUTION), least=1), ()),
        )
        if found == Expectation():
            r.refuse("no-expectation", "nothing is expected here; say what has to come of it")
    return found


def _findings(file: File, node: Node, engine: Engine) -> tuple[RuleLevel, ...]:
    found = entries(file, node, "a map of rules to levels")
    for rule, level in found:
        if isinstance(level, Scalar):
            _check_level(file, (rule, level), (rule.text, level.text), engine)
    return tuple((rule.text, text(file, level)) for rule, level in found)


def _level(file: File, node: Node, engine: Engine) -> RuleLevel:
    rule, _, level = text(file, node).partition("/")
    _check_level(file, (node, node), (rule, level), engine)
    return rule, level


def _check_level(file: File, nodes: tuple[Node, Node], named: RuleLevel, engine: Engine) -> None:
    rule, level = named
    if rule not in engine.rules:
        message = f"there is no rule {quoted(rule)}"
        file.refuse(nodes[0], "unknown-rule", message, rule, engine.rules)
        return
    levels = [level.disposition for level in engine.rules[rule].levels]
    if level not in levels:
        message = f"rule {quoted(rule)} has no level {quoted(level)}"
        file.refuse(nodes[1], "unknown-level", message, level, levels)


# --- running ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a case: what differs from what it says, and the rule levels that it reaches."""

    mismatches: tuple[Mismatch, ...]
    reached: frozenset[RuleLevel]


def examine(case: Case, engine: Engine) -> Outcome:
    """Run a case and its near miss. Only what the case itself reaches for certain counts."""
    found = _assess(case, case.answers, engine)
    reached = _reached(found)
    wrong = [(case.where, message) for message in _compare(case.expect, found, engine)]
    wrong += _off_path(case, found, engine)
    if case.level and case.level not in reached:
        wrong.append((case.where, f"{'/'.join(case.level)} is not reached"))
    if near := case.near_miss:
        messages = _run_near_miss(case, near, found, engine)
        wrong += ((near.where, f"near miss: {message}") for message in messages)
    mismatches = tuple(Mismatch(case, where, message) for where, message in wrong)
    return Outcome(mismatches, frozenset(reached))


def run(case: Case, engine: Engine) -> tuple[Mismatch, ...]:
    """What comes out other than the case and its near miss say; nothing where it passes."""
    return examine(case, engine).mismatches


def _run_near_miss(case: Case, near: NearMiss, before: Assessment, engine: Engine) -> Iterator[str]:
    # Other answers of the case may fall off the path by the change, and that is no typo.
    found = _assess(case, {**case.answers, near.item: near.answer}, engine)
    if near.item not in found.answers:
        yield f"{quoted(near.item)} is changed and is not asked"
    elif before.answers.get(near.item) == near.answer:
        yield f"{quoted(near.item)} is changed to the answer that it has"
    yield from _compare(near.expect, found, engine)
    if case.level and case.level in _reached(found):
        yield f"{'/'.join(case.level)} is still reached"


def unreached(reached: Iterable[RuleLevel], ruleset: RuleSet) -> tuple[RuleLevel, ...]:
    """Every level of every rule that is not among `reached`, in the order of the rules."""
    done = set(reached)
    every = ((rule.rule_id, level.disposition) for rule in ruleset.rules for level in rule.levels)
    return tuple(level for level in every if level not in done)


def _assess(case: Case, given: Mapping[str, Answer], engine: Engine) -> Assessment:
    return engine.assess(given, usual) if case.usual else engine.assess(given)


def _reached(found: Assessment) -> set[RuleLevel]:
    return {(f.rule_id, f.level) for f in found.findings if f.certain}


def _off_path(case: Case, found: Assessment, engine: Engine) -> Iterator[tuple[Location, str]]:
    """An answer that does not count is a slip of whoever wrote the case."""
    for item in case.answers:
        if item not in found.answers:
            why = why_off_path(item, found.answers, engine)
            yield case.places[item], f"the answer to {quoted(item)} does not count: {why}"


def _compare(expect: Expectation, found: Assessment, engine: Engine) -> Iterator[str]:
    """What comes out other than expected, in words."""
    if found.disposition:
        yield from _compare_urgency(expect, found.disposition, engine.urgency)
    else:
        yield f"no result is reached, because {quoted(found.missing[0])} has no answer"
    counted = {finding.rule_id: finding.level for finding in found.findings}
    for rule, level in expect.findings:
        if rule not in counted:
            yield f"rule {quoted(rule)} does not count"
        elif counted[rule] != level:
            yield f"rule {quoted(rule)} counts at {quoted(counted[rule])}, not {quoted(level)}"
    for rule in expect.not_findings:
        if rule in counted:
            yield f"rule {quoted(rule)} counts at {quoted(counted[rule])}, and should not"
    patterns = found.patterns
    exact = (
        ("areas", patterns.areas, expect.areas),
        ("conditions", _sorted(patterns.conditions), _sorted(expect.conditions)),
        ("kind", patterns.kind, expect.kind),
        ("softened", patterns.softened, expect.softened),
    )
    for what, came, wanted in exact:
        if wanted is not None and came != wanted:
            yield f"{what}: {_shown(came)} came out, not {_shown(wanted)}"
    notes = (*patterns.notes, *found.support)
    among = (
        ("note", expect.notes, expect.not_notes, notes),
        ("precaution", expect.precautions, expect.not_precautions, found.precautions),
    )
    for what, wanted_names, unwanted, all_names in among:
        for name in wanted_names:
            if name not in all_names:
                yield f"the {what} {quoted(name)} is missing"
        for name in unwanted:
            if name in all_names:
                yield f"the {what} {quoted(name)} is there, and should not be"


def _compare_urgency(expect: Expectation, came: str, urgency: Mapping[str, int]) -> Iterator[str]:
    if expect.disposition not in (None, came):
        yield f"the result is {quoted(came)}, not {quoted(expect.disposition)}"
    if expect.at_least and urgency[came] < urgency[expect.at_least]:
        yield f"the result is {quoted(came)}, less urgent than {quoted(expect.at_least)}"
    if expect.at_most and urgency[came] > urgency[expect.at_most]:
        yield f"the result is {quoted(came)}, more urgent than {quoted(expect.at_most)}"


def _sorted(names: tuple[str, ...] | None) -> tuple[str, ...] | None:
    return None if names is None else tuple(sorted(names))


def _shown(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case tuple():
            return listed(map(quoted, value)) or "none"
        case _:
            return quoted(str(value))
