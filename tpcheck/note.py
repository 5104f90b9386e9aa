"""The note of a call: plain text to paste into the clinic's record. Pure.

It holds what was said and what was denied, what was not sure and what was not asked. It never
holds a private answer, and who decides signs it by hand.
"""

import textwrap
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from tpcheck.engine import Engine
from tpcheck.model import NO, NOT_SURE, YES, Answer, Item, Screen
from tpcheck.summary import said
from tpcheck.triage import Call, shared
from tpcheck.wording import fill

#: Columns of a note: few enough for any record system.
WIDTH = 78

#: Tells how an item stands in one part of the note; empty where it does not.
_Tell = Callable[[Item, Answer], str]


def write(engine: Engine, call: Call) -> str:
    """The note of `call`, ending with a line end."""
    writer = _Writer(engine, call)
    parts = [[engine.ruleset.texts["note.title"], *writer.head()], *writer.sections()]
    parts.append([*writer.foot()])
    return "\n\n".join("\n".join(_wrapped(part)) for part in parts if part) + "\n"


def clock_time(at: datetime) -> str:
    """A time of day, as it is written in notes and on screens."""
    return f"{at:%H:%M}"


def _wrapped(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        indent = "  " if line.startswith("- ") else ""
        yield from textwrap.wrap(line, WIDTH, subsequent_indent=indent, break_on_hyphens=False)


class _Writer:
    """Writes the parts of one note."""

    def __init__(self, engine: Engine, call: Call) -> None:
        self._engine = engine
        self._texts = engine.ruleset.texts
        self._call = call
        # A call can come from a log; what is private or off the path is not told even then.
        self._answers = shared(engine, call.answers)

    def head(self) -> Iterator[str]:
        """Which call it was, what came of it, and what the caller was told."""
        call, texts = self._call, self._texts
        yield fill(
            texts["note.call"],
            reference=call.reference,
            date=f"{call.started:%Y-%m-%d}",
            start=clock_time(call.started),
            end=clock_time(call.ended) if call.ended else "?",
        )
        yield texts["note.other" if call.for_other else "note.self"]
        if call.from_code:
            yield texts["note.code"]
        if call.disposition:
            yield fill(texts["note.result"], advice=self._name(call.disposition))
        else:
            yield texts["note.no_result"]
            if so_far := self._engine.path(self._answers).urgency:
                advice = self._engine.by_urgency[so_far].name
                yield fill(texts["note.so_far"], advice=advice)
        if call.raised:
            yield fill(texts["note.raised"], advice=self._name(call.raised), reason=call.reason)
        for told in call.advice:
            name, time = self._name(told.disposition), clock_time(told.at)
            yield fill(texts["note.read_out"], advice=name, time=time)
        if call.final not in {advice.disposition for advice in call.advice}:
            yield texts["note.not_read_out"]
        if call.lost:
            yield texts["note.lost"]
        elif call.finished_early:
            yield texts["note.early"]

    def sections(self) -> Iterator[list[str]]:
        """What the caller said, grouped by screen."""
        yield self._section("note.said", self._told(_positive))
        yield self._section("note.not_sure", self._told(_unsure))
        yield self._section("note.denied", self._told(_denied))
        yield self._section("note.not_asked", self._not_asked())
        yield self._section("note.comments", self._comments())

    def foot(self) -> Iterator[str]:
        """Which rules it rests on, and who decides."""
        ruleset = self._engine.ruleset
        yield self._texts["about.not_diagnosis"]
        yield fill(
            self._texts["note.rules"],
            ruleset=ruleset.about.ruleset_id,
            version=ruleset.about.version,
            status=ruleset.about.status,
            fingerprint=ruleset.fingerprint,
        )
        yield self._texts["note.decided"]

    # --- parts --------------------------------------------------------------------------------

    def _name(self, code: str) -> str:
        return self._engine.ruleset.disposition(code).name

    def _section(self, heading: str, lines: Iterator[str]) -> list[str]:
        told = [f"- {line}" for line in lines]
        return [self._texts[heading], *told] if told else []

    def _told(self, tell: _Tell) -> Iterator[str]:
        for screen in self._engine.ruleset.questionnaire.screens:
            answered = [item for item in screen.items if item.link_id in self._answers]
            words = [tell(item, self._answers[item.link_id]) for item in answered]
            if any(words):
                yield self._line(screen, filter(None, words))

    def _not_asked(self) -> Iterator[str]:
        path = self._engine.path(self._call.answers)
        for screen in path.screens:
            missing = [i for i in screen.items if i.link_id in path.missing and not i.private]
            if len(missing) == len(screen.items) and screen.is_group:
                yield _title(screen)
            elif missing:
                yield self._line(screen, map(_label, missing))

    def _comments(self) -> Iterator[str]:
        for screen in self._engine.ruleset.questionnaire.screens:
            if comment := self._call.comments.get(screen.screen_id):
                yield f"{_title(screen)}: {comment}"

    def _line(self, screen: Screen, words: Iterable[str]) -> str:
        told = "; ".join(word.rstrip(".") for word in words)
        line = told
        if screen.is_group:
            title = _title(screen)
            line = f"{title} {told}" if title.endswith("?") else f"{title}: {told}"
        if screen.screen_id in self._call.volunteered:
            line = f"{line} {self._texts['note.volunteered']}"
        return line


def _label(item: Item) -> str:
    return item.short or item.text


def _title(screen: Screen) -> str:
    return (screen.short or screen.text) if screen.is_group else _label(screen.items[0])


def _positive(item: Item, answer: Answer) -> str:
    """What was said to be so: a yes, or what was chosen."""
    if item.is_yes_no:
        return said(item, answer) if answer == (YES,) else ""
    return "" if NOT_SURE in answer else said(item, answer)


def _unsure(item: Item, answer: Answer) -> str:
    return _label(item) if NOT_SURE in answer else ""


def _denied(item: Item, answer: Answer) -> str:
    return _label(item) if item.is_yes_no and answer == (NO,) else ""
