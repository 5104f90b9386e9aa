"""The function of one rule set: the quick way from answers to advice, for batches and comparisons.

One Python source text is written from the same criterion trees that the engine walks, and compiled
once. `Engine.assess` is the definition; tests hold this equal to it on every kind of answers. It
pays from about a hundred answer sets on: for one person the walk is enough.

How it is quick: the answers on a screen become one integer, its *word*, with a bit for each thing
that some criterion asks of them, so that a criterion is a few bit tests and a "no" is mostly no bit
at all. What the advice has *reached* is raised right after a screen, and only where the word has a
bit that can raise it. Rules are read at the end, and only those of the *hot* sections: where an
answer was given without which the rule cannot count.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial, reduce
from itertools import groupby
from operator import or_
from typing import NamedTuple, cast

from tpcheck import criteria
from tpcheck.engine import Engine
from tpcheck.model import (
    NOT_SURE,
    AllOf,
    Answer,
    Answered,
    AnswerIs,
    AnyOf,
    AtLeast,
    Criterion,
    Item,
    ItemType,
    Level,
    NoneOf,
    Rule,
    RuleMet,
    Screen,
    Section,
)


class Outcome(NamedTuple):
    """A finding without its evidence; the fields are those of `model.Finding`."""

    rule_id: str
    level: str
    disposition: str
    certain: bool


class Fast(NamedTuple):
    """What `Engine.assess` says about the same answers, as far as urgency goes."""

    disposition: str
    complete: bool
    findings: tuple[Outcome, ...]


#: From what gives an item its answer to whether nothing is missing, and findings by their number.
_Run = Callable[[Callable[[str], Answer | None]], tuple[bool, list[int]]]


class Assess:
    """Answers to advice. `source` is the text that was compiled.

    Answers are taken to be valid, as `engine.fault` judges them: on the path, one that has an
    unknown option, or too many, raises KeyError where it would be read.
    """

    def __init__(self, engine: Engine, source: str, outcomes: tuple[Outcome, ...]) -> None:
        self.source = source
        self._outcomes = outcomes
        self._urgency = [engine.urgency[outcome.disposition] for outcome in outcomes]
        self._codes = [disposition.code for disposition in engine.by_urgency]
        self._stands_alone = [
            outcome.certain and engine.ruleset.disposition(outcome.disposition).emergency
            for outcome in outcomes
        ]
        self._nothing = Fast(self._codes[0], True, ())
        self._unfinished = Fast("", False, ())
        names: dict[str, object] = {}
        exec(compile(source, "<the function of a rule set>", "exec"), names)
        self._run = cast("_Run", names["run"])

    def __call__(self, answers: Mapping[str, Answer]) -> Fast:
        """What the answers come to. They may be incomplete, and hold some that are off the path."""
        return self._told(*self._run(answers.get))

    def counting_all(self, answers: Mapping[str, Answer]) -> Fast | None:
        """The same where every one of `answers` is on their path; None where one is not."""
        # Each item is asked once, so what is not taken out is off the path.
        left = dict(answers)
        try:
            told = self._run(left.pop)
        except KeyError:
            # An answer is missing, as few are. To look before each would cost more.
            left = dict(answers)
            told = self._run(lambda link_id: left.pop(link_id, None))
        return None if left else self._told(*told)

    def _told(self, complete: bool, found: list[int]) -> Fast:
        if not complete:
            found = [number for number in found if self._stands_alone[number]]
        if not found:
            return self._nothing if complete else self._unfinished
        found.sort()
        urgency, outcomes = self._urgency, self._outcomes
        return Fast(
            self._codes[max([urgency[number] for number in found])],
            complete,
            tuple([outcomes[number] for number in found]),
        )

    def asked(self, answers: Mapping[str, Answer]) -> tuple[str, ...]:
        """The items on the path of these answers, in order, answered or not."""
        items: list[str] = []

        def get(link_id: str) -> Answer | None:
            items.append(link_id)
            return answers.get(link_id)

        self._run(get)
        return tuple(items)


def generate(engine: Engine) -> Assess:
    """Write and compile the function of the engine's rule set.

    As for the walk, `if_unsure` must not fall as urgency rises, or nothing could be known early.
    """
    writer = _Writer(engine)
    return Assess(engine, writer.source(), tuple(writer.outcomes))


# --- truth as bit tests -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Bits:
    """True when the word of a screen has one of the bits of `mask`."""

    word: int
    mask: int


@dataclass(frozen=True, slots=True)
class _All:
    of: tuple["_Truth", ...]


@dataclass(frozen=True, slots=True)
class _Any:
    of: tuple["_Truth", ...]


@dataclass(frozen=True, slots=True)
class _Not:
    of: "_Truth"


@dataclass(frozen=True, slots=True)
class _Count:
    at_least: int
    of: tuple["_Truth", ...]


#: A formula over words. True and False stand only for themselves, never inside another.
_Truth = bool | _Bits | _All | _Any | _Not | _Count


def _any(parts: Iterable[_Truth]) -> _Truth:
    masks: dict[int, int] = {}
    others: list[_Truth] = []
    for part in parts:
        if part is True:
            return True
        for one in part.of if isinstance(part, _Any) else (part,):
            if isinstance(one, _Bits):
                masks[one.word] = masks.get(one.word, 0) | one.mask
            elif one is not False and one not in others:
                others.append(one)
    tests = (*(_Bits(word, mask) for word, mask in masks.items()), *others)
    return _Any(tests) if len(tests) > 1 else tests[0] if tests else False


def _all(parts: Iterable[_Truth]) -> _Truth:
    tests: list[_Truth] = []
    for part in parts:
        if part is False:
            return False
        tests.extend(part.of if isinstance(part, _All) else () if part is True else (part,))
    tests = list(dict.fromkeys(tests))
    return _All(tuple(tests)) if len(tests) > 1 else tests[0] if tests else True


def _not(part: _Truth) -> _Truth:
    return not part if isinstance(part, bool) else _Not(part)


def _count(at_least: int, parts: Iterable[_Truth]) -> _Truth:
    tests = [part for part in parts if part is not False]
    at_least -= sum(part is True for part in tests)
    tests = [part for part in tests if part is not True]
    if at_least <= 0:
        return True
    if at_least > len(tests):
        return False
    if at_least == 1:
        return _any(tests)
    return _all(tests) if at_least == len(tests) else _Count(at_least, tuple(tests))


def _text(truth: _Truth) -> str:
    match truth:
        case bool():
            return str(truth)
        case _Bits(word, mask):
            return f"w{word} & {mask:#b}"
        case _All(of):
            return " and ".join(f"({_text(p)})" if isinstance(p, _Any) else _text(p) for p in of)
        case _Any(of):
            return " or ".join(map(_text, of))
        case _Not(of):
            return f"not ({_text(of)})"
        case _Count(at_least, of):
            return " + ".join(f"(1 if {_text(p)} else 0)" for p in of) + f" >= {at_least}"


def _and(truth: _Truth) -> str:
    """`truth` as it stands after another test."""
    if truth is True:
        return ""
    return f" and ({_text(truth)})" if isinstance(truth, _Any) else f" and {_text(truth)}"


def _tests(truth: _Truth, word: int, *, negated: bool = False) -> Iterator[tuple[int, bool]]:
    """Every mask with which `truth` tests `word`, and whether that is below a "not"."""
    match truth:
        case _Bits(of, mask) if of == word:
            yield mask, negated
        case _Not(part):
            yield from _tests(part, word, negated=True)
        case _All(parts) | _Any(parts) | _Count(_, parts):
            for part in parts:
                yield from _tests(part, word, negated=negated)


def _union(masks: Iterable[int]) -> int:
    return reduce(or_, masks, 0)


# --- answers as bits --------------------------------------------------------------------------


@dataclass(slots=True)
class _Place:
    """The bits of one item in the word of its screen; 0 for what nothing asks about.

    `open` is set where the item is asked and has no answer. Most items of a screen share the first
    bit for it: only below a "none" does it matter which of them is open.
    """

    word: int
    options: dict[str, int]
    answered: int
    open: int

    def mask(self, codes: Iterable[str]) -> int:
        """The bits of these options."""
        return _union(self.options.get(code, 0) for code in codes)


_ANY_OPEN = 0b1


@dataclass(slots=True)
class _Asks:
    """What all criteria together ask about one item."""

    codes: set[str] = field(default_factory=set)
    answered: bool = False
    negated: bool = False


class _Layout:
    """Where each item's bits are."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.screens = engine.ruleset.questionnaire.screens
        self._asks = {link_id: _Asks() for link_id in engine.items}
        for rule in engine.ruleset.rules:
            for level in rule.levels:
                self._note(level.when, (NOT_SURE,))
        questionnaire = engine.ruleset.questionnaire
        for ask_when in (
            *(section.ask_when for section in questionnaire.sections),
            *(screen.ask_when for screen in questionnaire.screens),
            *(item.ask_when for item in questionnaire.items),
        ):
            if ask_when:
                self._note(ask_when, ())
        self.places: dict[str, _Place] = {}
        for word, screen in enumerate(self.screens):
            self._place(word, screen)

    def _note(self, criterion: Criterion, also: tuple[str, ...]) -> None:
        for test, negated in criteria.leaves(criterion, self.engine.rules):
            asks = self._asks[test.item]
            asks.negated |= negated
            if isinstance(test, AnswerIs):
                asks.codes.update(test.options, also)
            else:
                asks.answered = True

    def _place(self, word: int, screen: Screen) -> None:
        free = _ANY_OPEN << 1

        def take(wanted: bool) -> int:
            nonlocal free
            bit = free if wanted else 0
            free <<= wanted
            return bit

        for item in screen.items:
            asks = self._asks[item.link_id]
            self.places[item.link_id] = _Place(
                word,
                options={code: take(code in asks.codes) for code in item.codes},
                answered=take(asks.answered),
                open=take(asks.negated) or _ANY_OPEN,
            )

    def opens(self, word: int) -> int:
        """The bits that tell of an item without an answer."""
        return _union(self.places[item.link_id].open for item in self.screens[word].items)

    def usual(self, word: int) -> int:
        """The bits that the usual answers set."""
        places = ((self.places[item.link_id], item) for item in self.screens[word].items)
        return _union(place.mask(item.usual) | place.answered for place, item in places)

    def table(self, item: Item) -> dict[object, int]:
        """The bits of each answer, or of each code where there may be several; None is open."""
        place = self.places[item.link_id]
        table: dict[object, int] = {None: place.open}
        if item.type is not ItemType.MANY:
            table[()] = place.open
        for code, bit in place.options.items():
            table[code if item.type is ItemType.MANY else (code,)] = bit | place.answered
        return table

    def read(
        self, criterion: Criterion, *, certain: bool, upto: int, negated: bool = False
    ) -> _Truth:
        """One reading of `criterion` once the screens up to `upto` are done, as `criteria.read`.

        What is open or comes later never helps; below a "none" it always hurts.
        """
        each = partial(self.read, certain=certain, upto=upto, negated=negated)
        match criterion:
            case AnswerIs(item) | Answered(item):
                place = self.places[item]
                if place.word > upto:
                    return negated
                if isinstance(criterion, Answered):
                    mask = place.answered
                else:
                    mask = place.mask({*criterion.options, *(() if certain else (NOT_SURE,))})
                if negated:
                    mask |= place.open
                return _Bits(place.word, mask) if mask else False
            case RuleMet(rule):
                return _any(each(level.when) for level in self.engine.rules[rule].levels)
            case AllOf(of):
                return _all(map(each, of))
            case AnyOf(of):
                return _any(map(each, of))
            case NoneOf(of):
                other = partial(self.read, certain=not certain, upto=upto, negated=not negated)
                return _not(_any(map(other, of)))
            case AtLeast(count, of):
                return _count(count, map(each, of))

    def guard(self, truth: _Truth) -> dict[int, int] | None:
        """Bits by word, one of which is set whenever `truth` holds; none where it can do without.

        Of the parts that must all hold, the one whose bits are the least usual is taken.
        """
        match truth:
            case bool() | _Not():
                return {} if truth is False else None
            case _Bits(word, mask):
                return {word: mask}
            case _All(of):
                guards = [guard for part in of if (guard := self.guard(part)) is not None]
                return min(guards, key=self._how_usual, default=None)
            case _Any(of) | _Count(_, of):
                union: dict[int, int] = {}
                for part in of:
                    guard = self.guard(part)
                    if guard is None:
                        return None
                    for word, mask in guard.items():
                        union[word] = union.get(word, 0) | mask
                return union

    def _how_usual(self, guard: Mapping[int, int]) -> tuple[int, int]:
        usual = sum((mask & self.usual(word)).bit_count() for word, mask in guard.items())
        return usual, sum(mask.bit_count() for mask in guard.values())


# --- the source text --------------------------------------------------------------------------


class _Text:
    """Lines of Python, indented."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._depth = 0

    def line(self, text: str) -> None:
        """Add a line."""
        self.lines.append("    " * self._depth + text)

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """Add a line, and indent what follows."""
        self.line(head)
        self._depth += 1
        yield
        self._depth -= 1

    def __str__(self) -> str:
        return "\n".join(self.lines) + "\n"


class _Rises(NamedTuple):
    """What can raise the advice right after a screen: a formula by urgency, most urgent first.

    `bits` are those of the screen's word that the formulas test.
    """

    by_urgency: Mapping[int, _Truth]
    bits: int


@dataclass(frozen=True, slots=True)
class _Found:
    """A finding, by its number."""

    number: int


@dataclass(frozen=True, slots=True)
class _Branch:
    test: _Truth
    then: "_Tree"
    other: "_Tree"


_Tree = _Branch | _Found | None


class _Writer:
    """Writes the function of one rule set. `outcomes` are the findings by their number."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.outcomes: list[Outcome] = []
        self._layout = _Layout(engine)
        self._sections = engine.ruleset.questionnaire.sections
        self._section_of = [n for n, section in enumerate(self._sections) for _ in section.screens]
        self._end = len(self._section_of)
        self._stops = {engine.end_urgency}
        for section in self._sections:
            self._stops.update(engine.stop_at(section.until, s.until) for s in section.screens)
        self._levels_at = self._levels_by_screen()
        # By the answers on a screen, and by there being none.
        self._rises = [self._rises_after(word, negated=False) for word in range(self._end)]
        self._lapses = [self._rises_after(word, negated=True) for word in range(self._end)]
        self._trees = {r.rule_id: self._tree(r, r.levels, None) for r in engine.ruleset.rules}
        self._guards = {r.rule_id: self._guard(r) for r in engine.ruleset.rules}
        self._tables: dict[tuple[tuple[object, int], ...], str] = {}
        self._out = _Text()

    def source(self) -> str:
        """The whole text."""
        out, word = self._out, 0
        with out.block("def run(get):"):
            out.line("complete, found, reached, hot = True, [], 0, 0")
            for section in self._sections:
                self._section(section, word)
                word += len(section.screens)
            self._close()
            self._findings()
            out.line("return complete, found")
        return "\n".join((*self._head(), "", "", str(out)))

    def _head(self) -> Iterator[str]:
        yield f"# The rule set {self.engine.ruleset.about.ruleset_id!r}"
        yield "NOTHING = (None,)"
        for rows, name in self._tables.items():
            yield f"{name} = {{{', '.join(f'{answer!r}: {bits:#b}' for answer, bits in rows)}}}"

    # --- the path -----------------------------------------------------------------------------

    def _section(self, section: Section, first: int) -> None:
        out, words = self._out, range(first, first + len(section.screens))
        stops = [self.engine.stop_at(section.until, screen.until) for screen in section.screens]
        out.line(f"# section {section.section_id!r}")
        out.line(" = ".join(f"w{word}" for word in words) + " = 0")
        with out.block(f"if {self._wanted(section.ask_when, max(stops), first)}:"):
            for word, screen, stop in zip(words, section.screens, stops, strict=True):
                self._screen(screen, stop, word)
        self._passed_over(words)

    def _screen(self, screen: Screen, stop: int, word: int) -> None:
        self._out.line(f"# screen {screen.screen_id!r}")
        with self._out.block(f"if {self._wanted(screen.ask_when, stop, word)}:"):
            self._ask(screen, word)
            self._raise(self._lapses[word])
            self._after(word)
        self._passed_over((word,))

    def _wanted(self, ask_when: Criterion | None, stop: int, word: int) -> str:
        return f"reached < {stop}" + _and(self._asked_when(ask_when, word))

    def _asked_when(self, criterion: Criterion | None, word: int) -> _Truth:
        return criterion is None or self._layout.read(criterion, certain=True, upto=word - 1)

    def _passed_over(self, words: Iterable[int]) -> None:
        """What it comes to that these screens are not shown: mostly nothing."""
        lapses = [self._lapses[word] for word in words if self._lapses[word].by_urgency]
        if lapses:
            with self._out.block("else:"):
                for one in lapses:
                    self._raise(one)

    def _ask(self, screen: Screen, word: int) -> None:
        """Set the bits of a screen's answers, its items in order."""

        def is_simple(item: Item) -> bool:
            return item.ask_when is None and item.type is not ItemType.MANY

        for simple, items in groupby(screen.items, is_simple):
            if simple:
                self._out.line(f"w{word} |= {' | '.join(map(self._bits_of, items))}")
                continue
            for item in items:
                asked = self._asked_when(item.ask_when, word)
                if asked is True:
                    self._ask_item(item, word)
                elif asked is not False:
                    with self._out.block(f"if {_text(asked)}:"):
                        self._ask_item(item, word)

    def _ask_item(self, item: Item, word: int) -> None:
        if item.type is not ItemType.MANY:
            self._out.line(f"w{word} |= {self._bits_of(item)}")
            return
        with self._out.block(f"for code in get({item.link_id!r}) or NOTHING:"):
            self._out.line(f"w{word} |= {self._table(item)}[code]")

    def _bits_of(self, item: Item) -> str:
        return f"{self._table(item)}[get({item.link_id!r})]"

    def _table(self, item: Item) -> str:
        rows = tuple(self._layout.table(item).items())
        return self._tables.setdefault(rows, f"t{len(self._tables)}")

    def _after(self, word: int) -> None:
        """After a screen: what has to be read at the end, what is reached, what is missing."""
        out, rises, opens = self._out, self._rises[word], self._layout.opens(word)
        hot = _union(guard.get(word, 0) for guard in self._guards.values() if guard)
        with out.block(f"if w{word} & {rises.bits | hot | opens:#b}:"):
            if hot:
                out.line(f"hot |= {1 << self._section_of[word]:#b}")
            self._raise(rises)
            with out.block(f"if w{word} & {opens:#b}:"):
                out.line("complete = False")

    def _close(self) -> None:
        """Where the questions have ended, nothing is missing, and nothing is open."""
        out = self._out
        with out.block(f"if reached >= {self.engine.end_urgency}:"):
            out.line("complete = True")
            for word in range(self._end):
                if own := self._layout.opens(word) & ~_ANY_OPEN:
                    out.line(f"w{word} &= ~{own:#b}")

    # --- what is reached ----------------------------------------------------------------------

    def _levels_by_screen(self) -> Mapping[int, list[Level]]:
        """The levels that read some answer on a screen."""
        levels_at: dict[int, list[Level]] = {}
        for rule in self.engine.ruleset.rules:
            for level in rule.levels:
                read = criteria.items_read(level.when, self.engine.rules)
                for word in {self._layout.places[item].word for item in read}:
                    levels_at.setdefault(word, []).append(level)
        return levels_at

    def _rises_after(self, word: int, *, negated: bool) -> _Rises:
        """What the answers on a screen can raise, or (`negated`) that they are not there.

        Parts that do not read this screen are left out: they were in after the last that they read.
        """
        terms: dict[int, list[_Truth]] = {}
        for urgency, truth in self._raising(word):
            for term in truth.of if isinstance(truth, _Any) else (truth,):
                below_not = [below for _, below in _tests(term, word)]
                if below_not and any(below_not) is negated:
                    terms.setdefault(urgency, []).append(term)
        by_urgency = {urgency: _any(terms[urgency]) for urgency in sorted(terms, reverse=True)}
        return _Rises(
            by_urgency, _union(mask for t in by_urgency.values() for mask, _ in _tests(t, word))
        )

    def _raising(self, word: int) -> Iterator[tuple[int, _Truth]]:
        """Each reading of each level after a screen, and the highest stop that it leads to."""
        engine = self.engine
        for level in self._levels_at.get(word, ()):
            for urgency, certain in (
                (engine.urgency[level.disposition], True),
                (engine.unsure_urgency[level.disposition], False),
            ):
                stop = max((stop for stop in self._stops if stop <= urgency), default=0)
                if stop:
                    yield stop, self._layout.read(level.when, certain=certain, upto=word)

    def _raise(self, rises: _Rises) -> None:
        start = "if"
        for urgency, truth in rises.by_urgency.items():
            with self._out.block(f"{start} reached < {urgency}{_and(truth)}:"):
                self._out.line(f"reached = {urgency}")
            start = "elif"

    # --- findings -----------------------------------------------------------------------------

    def _at_end(self, level: Level, *, certain: bool) -> _Truth:
        return self._layout.read(level.when, certain=certain, upto=self._end)

    def _tree(self, rule: Rule, levels: Sequence[Level], possible: Level | None) -> _Tree:
        """How to find the first level that is met and the first that is possible, as the walk does.

        `possible` is the latter where it is known by now; `levels` are still to be read.
        """
        if possible and not any(self._outweighs(level, possible) for level in levels):
            return self._found(rule, possible, certain=False)
        if not levels:
            return None
        level, others = levels[0], levels[1:]
        met = self._at_end(level, certain=True)
        maybe = met if possible else self._at_end(level, certain=False)
        if met == maybe:
            then: _Tree = self._best(rule, level, possible or level)
        else:
            then = self._tree_of(
                met, self._best(rule, level, level), self._tree(rule, others, level)
            )
        return self._tree_of(maybe, then, self._tree(rule, others, possible))

    def _tree_of(self, test: _Truth, then: _Tree, other: _Tree) -> _Tree:
        if isinstance(test, bool):
            return then if test else other
        return _Branch(test, then, other)

    def _outweighs(self, met: Level, possible: Level) -> bool:
        engine = self.engine
        return engine.urgency[met.disposition] >= engine.unsure_urgency[possible.disposition]

    def _best(self, rule: Rule, met: Level, possible: Level) -> _Found:
        certain = self._outweighs(met, possible)
        return self._found(rule, met if certain else possible, certain=certain)

    def _found(self, rule: Rule, level: Level, *, certain: bool) -> _Found:
        code = level.disposition
        if not certain:
            code = self.engine.ruleset.disposition(code).if_unsure
        outcome = Outcome(rule.rule_id, level.disposition, code, certain)
        if outcome not in self.outcomes:
            self.outcomes.append(outcome)
        return _Found(self.outcomes.index(outcome))

    def _guard(self, rule: Rule) -> Mapping[int, int] | None:
        return self._layout.guard(_any(self._at_end(x, certain=False) for x in rule.levels))

    def _findings(self) -> None:
        """Read the rules that can count, those with the same hot sections together."""
        clusters: dict[int | None, list[Rule]] = {}
        for rule in self.engine.ruleset.rules:
            if self._trees[rule.rule_id] is None:
                continue
            guard = self._guards[rule.rule_id]
            hot = None
            if guard is not None:
                hot = _union(1 << self._section_of[word] for word in guard)
            clusters.setdefault(hot, []).append(rule)
        for hot, rules in clusters.items():
            with nullcontext() if hot is None else self._out.block(f"if hot & {hot:#b}:"):
                for rule in rules:
                    self._out.line(f"# rule {rule.rule_id!r}")
                    self._write(self._trees[rule.rule_id])

    def _write(self, tree: _Tree, start: str = "if") -> None:
        match tree:
            case _Found(number):
                self._out.line(f"found.append({number})")
            case _Branch(test, then, other):
                with self._out.block(f"{start} {_text(test)}:"):
                    self._write(then)
                if isinstance(other, _Branch):
                    self._write(other, "elif")
                elif other:
                    with self._out.block("else:"):
                        self._write(other)
