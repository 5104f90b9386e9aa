"""What a rule set can and cannot do, decided over every answer set that a person can give.

Each property is proved (no answer set breaks it) or refuted by the answer set with the fewest
unusual answers that does. What holds for any rule set is built in; what belongs to the content is
declared under `properties` in the file.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tpcheck import criteria
from tpcheck.engine import Engine
from tpcheck.loading.meaning import ceilings
from tpcheck.model import (
    NO,
    NOT_SURE,
    YES,
    Answer,
    Criterion,
    Item,
    ItemType,
    Property,
    Rule,
)
from tpcheck.rulework.encoding import Encoding, Raw
from tpcheck.rulework.prover import Prover, Witness


@dataclass(frozen=True, slots=True)
class Refutation:
    """An answer set that breaks a property: what it shows, and what it should have come to."""

    message: str
    witness: Witness | None = None
    least: str = ""
    most: str = ""
    #: With this one answer raised, where the property is about raising a sign.
    raised: tuple[str, Answer] | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """One property, proved where there is no refutation. `detail` says over how much."""

    property_id: str
    text: str
    detail: str
    refutations: tuple[Refutation, ...]

    @property
    def proved(self) -> bool:
        """Whether no answer set breaks the property."""
        return not self.refutations


def prove(engine: Engine, *, safety_only: bool = False) -> tuple[Verdict, ...]:
    """Decide every built-in property and every one that the content declares.

    `safety_only` leaves out what is untidy and not unsafe: dead, unreachable or constant parts.
    """
    proof = _Proof(engine)
    safety: tuple[tuple[str, str, Callable[[], _Found]], ...] = (
        ("floor", "Every sign that is yes leads to its floor at least", proof.floors),
        (
            "not-sure",
            "Not sure about a sign leads at least to the advice for a not sure at its floor",
            proof.unsure_floors,
        ),
        ("monotone", "Raising one sign never lowers the advice", proof.monotone),
        (
            "one-result",
            "Every answer set gives one result, with a safety net unless it is an emergency",
            proof.one_result,
        ),
        (
            "clinic-last",
            "The least urgent advice is given only when every sign with a higher floor is no",
            proof.clinic_last,
        ),
        (
            "clinic-hidden",
            "An urgent result never shows the clinic, a pattern or its words",
            proof.clinic_hidden,
        ),
        (
            "until",
            "No limit hides an item that could still lead to something more urgent",
            proof.until_hides_nothing,
        ),
    )
    tidiness: tuple[tuple[str, str, Callable[[], _Found]], ...] = (
        ("dead-level", "Every level of every rule can decide its rule", proof.no_dead_level),
        ("unreachable", "Every item can be asked and every option chosen", proof.no_unreachable),
        ("shadowed", "No rule is covered by another in all that it does", proof.no_shadowed),
        ("constant", "No criterion is always true or always false", proof.no_constant),
    )
    built_in = safety if safety_only else (*safety, *tidiness)
    verdicts = [Verdict(name, text, *check()) for name, text, check in built_in]
    verdicts += [
        Verdict(p.property_id, p.text, *proof.declared(p)) for p in engine.ruleset.properties
    ]
    return tuple(verdicts)


_Found = tuple[str, tuple[Refutation, ...]]


class _Proof:
    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.ruleset = engine.ruleset
        self.prover = Prover(engine)
        self.encoding = self.prover.encoding
        self.urgencies = {d.code: d.urgency for d in engine.by_urgency}
        self.signs = [i for i in engine.items.values() if i.type is ItemType.SIGN]
        self.ceilings = ceilings(engine.ruleset)

    def _reached(self, urgency: int) -> int:
        return self.encoding.reached(urgency) if urgency else self.prover.circuit.true

    def _code(self, urgency: int) -> str:
        return self.engine.by_urgency[urgency].code

    def _refute(
        self, message: str, *literals: int, least: str = "", most: str = ""
    ) -> Iterator[Refutation]:
        model = self.prover.smallest(*literals)
        if model is not None:
            yield Refutation(message, self.prover.witness(model), least, most)

    # --- safety -------------------------------------------------------------------------------

    def floors(self) -> _Found:
        found = tuple(
            refutation
            for sign in self.signs
            for refutation in self._refute(
                f"'{sign.link_id}' is yes, and the advice is less urgent than its floor,"
                f" {sign.floor}",
                self.encoding.chosen[sign.link_id, YES],
                -self._reached(self.urgencies[sign.floor]),
                least=sign.floor,
            )
        )
        return f"{len(self.signs)} signs", found

    def unsure_floors(self) -> _Found:
        found = tuple(
            refutation
            for sign in self.signs
            for least in [self.engine.unsure_urgency[sign.floor]]
            for refutation in self._refute(
                f"'{sign.link_id}' is not sure, and the advice is less urgent than"
                f" {self._code(least)}",
                self.encoding.chosen[sign.link_id, NOT_SURE],
                -self._reached(least),
                least=self._code(least),
            )
        )
        # An emergency that may be is never left to whatever shows the clinic.
        found += tuple(
            Refutation(f"a not sure at '{emergency.code}' may lead to '{unsure.code}'")
            for emergency in self.ruleset.dispositions
            if emergency.emergency
            for unsure in [self.ruleset.disposition(emergency.if_unsure)]
            if unsure.shows_clinic
        )
        return f"{len(self.signs)} signs", found

    def monotone(self) -> _Found:
        raised, select = self._raised_encoding()
        found = []
        for urgency in range(1, len(self.urgencies)):
            model = self.prover.smallest(self._reached(urgency), -raised.reached(urgency))
            if model is not None:
                sign = next(s for s in self.signs if model[select[s.link_id]])
                after = next(c for c in (NOT_SURE, YES) if model[raised.raw[sign.link_id, c]])
                found.append(
                    Refutation(
                        f"raising '{sign.link_id}' to {after} lowers the advice"
                        f" from {self._code(urgency)}",
                        self.prover.witness(model),
                        least=self._code(urgency),
                        raised=(sign.link_id, (after,)),
                    )
                )
        return f"{2 * len(self.signs)} steps", tuple(found)

    def _raised_encoding(self) -> tuple[Encoding, dict[str, int]]:
        """A second encoding with the same answers, but for one sign, which is raised."""
        circuit, raw = self.prover.circuit, self.encoding.raw
        other: Raw = dict(raw)
        select = {sign.link_id: circuit.new() for sign in self.signs}
        circuit.add(*select.values())
        for sign in self.signs:
            chosen = select[sign.link_id]
            before = {c: raw[sign.link_id, c] for c in (YES, NO, NOT_SURE)}
            after = {c: circuit.new() for c in before}
            other.update({(sign.link_id, c): lit for c, lit in after.items()})
            circuit.add(*after.values())
            for code, literal in before.items():
                circuit.add(chosen, -after[code], literal)
                circuit.add(chosen, after[code], -literal)
                for second in before:
                    if second != code:
                        circuit.add(-after[code], -after[second])
            circuit.add(-chosen, -before[YES])
            circuit.add(-chosen, -after[NO])
            circuit.add(-chosen, -before[NOT_SURE], after[YES])
            for elsewhere in self.signs:
                if elsewhere.link_id < sign.link_id:
                    circuit.add(-chosen, -select[elsewhere.link_id])
        return Encoding(self.engine, circuit, other), select

    def one_result(self) -> _Found:
        found: list[Refutation] = []
        for urgency in range(2, len(self.urgencies)):
            found += self._refute(
                f"{self._code(urgency)} is reached without {self._code(urgency - 1)}",
                self._reached(urgency),
                -self._reached(urgency - 1),
            )
        found += [
            Refutation(f"'{d.code}' is no emergency and has no safety net")
            for d in self.ruleset.dispositions
            if not (d.emergency or d.safety_net or d.step_up)
        ]
        return f"{len(self.urgencies)} results", tuple(found)

    def clinic_last(self) -> _Found:
        lowest = self.urgencies[self.engine.by_urgency[0].code]
        found = tuple(
            refutation
            for sign in self.signs
            if self.urgencies[sign.floor] > lowest
            for refutation in self._refute(
                f"'{sign.link_id}' is not no, and the advice is the least urgent",
                self.prover.circuit.any_of(
                    (
                        self.encoding.chosen[sign.link_id, YES],
                        self.encoding.chosen[sign.link_id, NOT_SURE],
                    )
                ),
                -self._reached(1),
                least=self._code(1),
            )
        )
        return f"{len(self.signs)} signs", found

    def clinic_hidden(self) -> _Found:
        found: list[Refutation] = []
        clinic = self.ruleset.clinic
        words = [
            clinic.name,
            *(b.name for b in clinic.branches),
            *(b.phone for b in clinic.branches),
        ]
        hidden = False
        for shown in self.engine.by_urgency:
            hidden = hidden or not shown.shows_clinic
            if hidden and (shown.shows_clinic or shown.shows_patterns):
                found.append(
                    Refutation(
                        f"'{shown.code}' shows the clinic or a pattern, and a less urgent result"
                        " does not"
                    )
                )
            if not hidden:
                continue
            said = [shown.heading, shown.action, shown.step_up, shown.unsure, *shown.when_calling]
            for rule in self.ruleset.rules:
                for level in rule.levels:
                    if level.disposition == shown.code:
                        said += [rule.text, level.action]
            found += [
                Refutation(f"the words of '{shown.code}' name the clinic: '{word}'")
                for word in words
                if any(word in text for text in said)
            ]
        return f"{len(self.urgencies)} results", tuple(found)

    # --- the path -----------------------------------------------------------------------------

    def until_hides_nothing(self) -> _Found:
        found = tuple(
            refutation
            for item in self.engine.items.values()
            for refutation in self._refute(
                f"'{item.link_id}' is hidden by a limit, and could lead to something more urgent",
                self.encoding.hidden_by_until[item.link_id],
                -self._reached(self._ceiling(item)),
            )
        )
        return f"{len(self.engine.items)} items", found

    def _ceiling(self, item: Item) -> int:
        return self.ceilings.get(item.link_id, 0)

    def no_unreachable(self) -> _Found:
        found = tuple(
            Refutation(f"'{code}' of '{link_id}' can never be chosen")
            for (link_id, code), literal in self.encoding.chosen.items()
            if not self.prover.possible(literal)
        )
        return f"{len(self.engine.items)} items, {len(self.encoding.chosen)} options", found

    # --- rules --------------------------------------------------------------------------------

    def no_dead_level(self) -> _Found:
        found, count = [], 0
        for rule in self.ruleset.rules:
            above: list[int] = []
            for level in rule.levels:
                count += 1
                met, _ = self.encoding.read(level.when)
                if not self.prover.possible(met, *(-lit for lit in above)):
                    found.append(
                        Refutation(
                            f"{level.where}: level '{level.disposition}' of '{rule.rule_id}' can"
                            " never decide"
                        )
                    )
                above.append(met)
        return f"{len(self.ruleset.rules)} rules, {count} levels", tuple(found)

    def no_shadowed(self) -> _Found:
        found = []
        for rule in self.ruleset.rules:
            for other in self.ruleset.rules:
                if rule is not other and _says_the_same(rule, other) and self._covers(other, rule):
                    found.append(
                        Refutation(
                            f"{rule.where}: '{rule.rule_id}' adds nothing to '{other.rule_id}'"
                        )
                    )
        return f"{len(self.ruleset.rules)} rules", tuple(found)

    def _covers(self, other: Rule, rule: Rule) -> bool:
        for level in rule.levels:
            met, _ = self.encoding.read(level.when)
            as_urgent = self.prover.circuit.any_of(
                self.encoding.read(o.when)[0]
                for o in other.levels
                if self.urgencies[o.disposition] >= self.urgencies[level.disposition]
            )
            if self.prover.possible(met, -as_urgent):
                return False
        return True

    def no_constant(self) -> _Found:
        found, count = [], 0
        for place, criterion in _criteria(self.engine):
            for part in criteria.parts(criterion):
                count += 1
                met, _ = self.encoding.read(part)
                for literal, word in ((met, "false"), (-met, "true")):
                    if not self.prover.possible(literal):
                        where = getattr(part, "where", None)
                        at = f"{where}: " if where else ""
                        found.append(Refutation(f"{at}a criterion of {place} is always {word}"))
        return f"{count} criteria", tuple(found)

    # --- what the content declares ------------------------------------------------------------

    def declared(self, declared: Property) -> _Found:
        if declared.when is None:
            raise ValueError(f"property without a criterion: {declared.property_id}")
        met, _ = self.encoding.read(declared.when)
        match declared.kind:
            case "at_least":
                least = self._reached(self.urgencies[declared.disposition])
                found = self._refute(
                    f"the advice is less urgent than {declared.disposition}",
                    met,
                    -least,
                    least=declared.disposition,
                )
            case "at_most":
                above = self.urgencies[declared.disposition] + 1
                more = (
                    self._reached(above)
                    if above < len(self.urgencies)
                    else self.prover.circuit.false
                )
                found = self._refute(
                    f"the advice is more urgent than {declared.disposition}",
                    met,
                    more,
                    most=declared.disposition,
                )
            case "never":
                found = self._refute("it can be met", met)
            case "asked":
                found = iter(
                    [
                        refutation
                        for link_id in declared.items
                        for refutation in self._refute(
                            f"'{link_id}' is not asked",
                            met,
                            -self.encoding.on[link_id],
                            -self._reached(self._ceiling(self.engine.items[link_id])),
                        )
                    ]
                )
            case other:
                raise ValueError(f"not a kind of property: {other}")
        return "declared", tuple(found)


@dataclass(frozen=True, slots=True)
class PathLengths:
    """Screens on a path: the shortest complete one, the longest, and the longest with no sign."""

    shortest: int
    longest: int
    longest_without_sign: int


def path_lengths(engine: Engine) -> PathLengths:
    """How many screens the shortest and the longest paths have, exactly.

    Start, review and result are not counted; an emergency card is not a screen that asks.
    """
    prover = Prover(engine)
    seen = prover.encoding.screens_seen()
    no_sign = [
        -prover.encoding.chosen[item.link_id, code]
        for item in engine.items.values()
        if item.type is ItemType.SIGN
        for code in (YES, NOT_SURE)
    ]
    most_unseen = prover.most([-lit for lit in seen])
    longest, without = prover.most(seen), prover.most(seen, *no_sign)
    if most_unseen is None or longest is None or without is None:
        raise ValueError("no answer set exists")
    return PathLengths(len(seen) - most_unseen[0], longest[0], without[0])


def _says_the_same(rule: Rule, other: Rule) -> bool:
    return (
        rule.text == other.text
        and set(rule.tell) <= set(other.tell)
        and {level.action for level in rule.levels} <= {level.action for level in other.levels}
    )


def _criteria(engine: Engine) -> Iterator[tuple[str, Criterion]]:
    for section in engine.ruleset.questionnaire.sections:
        if section.ask_when:
            yield f"section '{section.section_id}'", section.ask_when
        for screen in section.screens:
            if screen.ask_when:
                yield f"'{screen.screen_id}'", screen.ask_when
            for item in screen.items:
                if item.ask_when:
                    yield f"'{item.link_id}'", item.ask_when
    for rule in engine.ruleset.rules:
        for level in rule.levels:
            yield f"'{rule.rule_id}' at {level.disposition}", level.when
