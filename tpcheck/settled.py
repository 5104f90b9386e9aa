"""What the questions that are still open can do to the advice. Sound, without a solver.

Every rule is read twice: with all that is open against it, and with all that is open helping it.
Where both readings come to the same advice, no answer that is still to come can change it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tpcheck import criteria
from tpcheck.engine import Engine
from tpcheck.model import Answer, Answers, Criterion, Disposition, Item, Level, Rule


@dataclass(frozen=True, slots=True)
class Outlook:
    """What can still come of answers to which others are added.

    `advice` is settled, or none where an answer can still change it. `open` are all items that may
    still be asked, and `deciding` those of them that can change it, or that lead to the asking of
    one that can.
    """

    advice: Disposition | None
    open: frozenset[str]
    deciding: frozenset[str]


def outlook(engine: Engine, answers: Answers) -> Outlook:
    """What can still come of `answers`."""
    forecast = _Forecaster(engine, answers).forecast()
    advice = engine.by_urgency[forecast.least] if forecast.least == forecast.most else None
    wanted = set(forecast.moving & forecast.open)
    conditions = dict(_conditions(engine))
    fresh = list(wanted)
    while fresh:
        read = (conditions[fresh.pop()] & forecast.open) - wanted
        wanted |= read
        fresh += read
    return Outlook(advice, forecast.open, frozenset(wanted))


def settled(engine: Engine, answers: Answers) -> Disposition | None:
    """The advice, where no answer that is missing can change it; none where one still can."""
    return outlook(engine, answers).advice


@dataclass(frozen=True, slots=True)
class _Forecast:
    """The bounds of the advice, the items that are open, and those that can move the bounds."""

    least: int
    most: int
    open: frozenset[str]
    moving: frozenset[str]


class _Forecaster:
    """Replays the questions with three kinds of items: firmly answered, open, and never asked.

    An answer counts as open where what is still to come can take it off the path.
    """

    def __init__(self, engine: Engine, answers: Answers) -> None:
        self._engine = engine
        self._rules = engine.rules
        self._reads = {
            rule.rule_id: frozenset(
                item
                for level in rule.levels
                for item in criteria.items_read(level.when, engine.rules)
            )
            for rule in engine.ruleset.rules
        }
        self._readers: dict[str, set[str]] = {}
        for rule_id, items in self._reads.items():
            for item in items:
                self._readers.setdefault(item, set()).add(rule_id)
        self._firm: dict[str, Answer] = {}
        self._open: set[str] = set()
        self._closed: set[str] = set()
        # Rules to be read anew, and how low and how high each one can come out.
        self._stale: set[str] = set()
        self._low: dict[str, int] = {}
        self._high: dict[str, int] = {}
        self._replay(answers)

    def forecast(self) -> _Forecast:
        """What holds at the end of the replay."""
        least, most = self._bounds()
        moving = (self._reads[rule] for rule, high in self._high.items() if high > least)
        return _Forecast(least, most, frozenset(self._open), frozenset().union(*moving))

    # --- the replay ---------------------------------------------------------------------------

    def _replay(self, answers: Answers) -> None:
        for section in self._engine.ruleset.questionnaire.sections:
            for screen in section.screens:
                stop = self._engine.stop_at(section.until, screen.until)
                when = (section.ask_when, screen.ask_when)
                least, most = self._bounds()
                if not all(map(self._may_hold, when)) or least >= stop:
                    self._close(screen.items)
                    continue
                sure = all(map(self._must_hold, when)) and most < stop
                self._ask(screen.items, answers, sure=sure)

    def _ask(self, items: Sequence[Item], answers: Answers, *, sure: bool) -> None:
        possible = [item for item in items if self._may_hold(item.ask_when)]
        firm = [item for item in possible if sure and self._must_hold(item.ask_when)]
        self._close(item for item in items if item not in possible)
        for item in possible:
            answer = answers.get(item.link_id)
            if item in firm and answer:
                self._firm[item.link_id] = answer
            else:
                self._open.add(item.link_id)
            self._note(item)

    def _close(self, items: Iterable[Item]) -> None:
        for item in items:
            self._closed.add(item.link_id)
            self._note(item)

    def _note(self, item: Item) -> None:
        self._stale |= self._readers.get(item.link_id, set())

    def _may_hold(self, criterion: Criterion | None) -> bool:
        """Whether the condition of a question can still come to hold."""
        return criterion is None or self._read(criterion, helping=True).met

    def _must_hold(self, criterion: Criterion | None) -> bool:
        return criterion is None or self._read(criterion, helping=False).met

    def _read(self, criterion: Criterion, *, helping: bool) -> criteria.Reading:
        return criteria.read(
            criterion, self._firm, self._rules, is_open=self._open.__contains__, helping=helping
        )

    # --- bounds -------------------------------------------------------------------------------

    def _bounds(self) -> tuple[int, int]:
        """The least and the most that the urgency can be, by what has been replayed so far."""
        for rule_id in self._stale:
            rule = self._rules[rule_id]
            self._low[rule_id] = self._lowest(rule)
            self._high[rule_id] = self._highest(rule)
        self._stale.clear()
        least = max(self._low.values(), default=0)
        # While nothing is open, the urgency is known.
        return max(least, 0), max([least, 0, *(self._high.values() if self._open else ())])

    def _lowest(self, rule: Rule) -> int:
        """How urgent the rule is at least: all that is open, or comes later, is against it."""
        met, possible = criteria.rule_levels(
            rule, self._firm, self._rules, is_open=lambda link_id: link_id not in self._closed
        )
        surely = self._engine.urgency[met.disposition] if met else 0
        if possible is None:
            return surely
        # A more urgent level may become possible, and what it then leads to need not be more.
        upto = rule.levels[: rule.levels.index(possible) + 1]
        unsure = [self._unsure(level) for level in upto if self._can(level).possible]
        return max(surely, min(unsure))

    def _highest(self, rule: Rule) -> int:
        """How urgent the rule is at most: all that is open helps it."""
        levels = [(level, self._can(level)) for level in rule.levels]
        met = [self._engine.urgency[level.disposition] for level, can in levels if can.met]
        unsure = [self._unsure(level) for level, can in levels if can.possible]
        return max([0, *met, *unsure])

    def _can(self, level: Level) -> criteria.Reading:
        return self._read(level.when, helping=True)

    def _unsure(self, level: Level) -> int:
        return self._engine.unsure_urgency[level.disposition]


# --- what the asking of an item hangs on --------------------------------------------------------


def _conditions(engine: Engine) -> Iterator[tuple[str, frozenset[str]]]:
    """Every item with those that the conditions of its asking read."""
    for section in engine.ruleset.questionnaire.sections:
        for screen in section.screens:
            for item in screen.items:
                whens = (section.ask_when, screen.ask_when, item.ask_when)
                read = (criteria.items_read(when, engine.rules) for when in whens if when)
                yield item.link_id, frozenset().union(*read)
