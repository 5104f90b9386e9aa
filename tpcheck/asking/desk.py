"""What each key does on the phone: the questions at the pace of a call, then read-back and advice.

The times come from a clock that is passed in; nothing is read, written or drawn here.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from enum import Enum
from types import MappingProxyType
from typing import ClassVar

from tpcheck import interview
from tpcheck.asking.hand import COMMANDS, Hand
from tpcheck.asking.layout import Look
from tpcheck.asking.options import Option
from tpcheck.asking.staff import ENTER, GO, RAISE, Offer, StaffViewer
from tpcheck.asking.view import Kind, View
from tpcheck.engine import Engine
from tpcheck.freetext import LONGEST, clean
from tpcheck.model import (
    NOT_SURE,
    Answers,
    Assessment,
    Disposition,
    ItemType,
    PatternResult,
    Screen,
)
from tpcheck.session import START, Ask, Card, Group, Review, Rows, Session
from tpcheck.settled import outlook
from tpcheck.triage import Advice, Call, Raise, more_urgent, raise_to, shared, with_result

#: Tells the time of now.
Clock = Callable[[], datetime]
#: Keeps a call as it stands, so that it can be found again if all else is lost.
Keep = Callable[[Call], None]

_NOTHING: Answers = MappingProxyType({})


def _keep_nothing(_: Call) -> None:
    return None


class _Stage(Enum):
    """How far a call is."""

    ASKING = "asking"
    BACK = "back"
    ADVICE = "advice"


class Desk(Hand):
    """One call. `call` is what is kept of it, and `close` ends it.

    `answers` are those that a caller has brought along. `keep` gets the call whenever anything of
    it has changed.
    """

    commands: ClassVar[Mapping[str, str]] = {
        **COMMANDS,
        "c": "comment",
        "g": "goto",
        "v": "volunteered",
        "f": "finish",
        "e": "raise",
        "c-d": "lost",
    }

    def __init__(
        self,
        engine: Engine,
        viewer: StaffViewer,
        call: Call,
        clock: Clock,
        answers: Answers = _NOTHING,
        keep: Keep = _keep_nothing,
    ) -> None:
        self.call = call
        self._keep = keep
        self._kept: Call | None = None
        # It stands for as long as the call lasts, and counts while it is the more urgent.
        self._raised = Raise(call.raised, call.reason) if call.raised else None
        self._staff = viewer
        self._clock = clock
        self._stage = _Stage.ASKING
        # Whether the answers are to be looked at before they are read back.
        self._checks = bool(answers)
        self._screen: Screen | None = None
        self._offer: Offer | None = None
        self._header: tuple[str, ...] = ()
        # What is being typed over the screen, and what it is for.
        self._entry = ""
        self._send: Callable[[str], None] = self._comment
        # A not sure that was brought along has been asked once more where it was given.
        again = frozenset(item for item, answer in answers.items() if answer == (NOT_SURE,))
        brought = Session(answers=answers, asked_again=again)
        super().__init__(engine, brought, viewer)

    def close(self, *, lost: bool = True) -> Call:
        """The call as it stands, ended now. `lost` says that it broke off.

        It is not lost any more once the advice that counts was read out.
        """
        given = interview.given(self._engine, self.session, self.marks)
        call = self._with_result(given)
        read_out = call.final in {advice.disposition for advice in call.advice}
        self.call = replace(
            call,
            ended=self._clock(),
            for_other=self.session.for_other,
            answers=MappingProxyType(dict(shared(self._engine, given))),
            lost=lost and not read_out,
        )
        return self.call

    # --- what holds now -----------------------------------------------------------------------

    @property
    def _given(self) -> Answers:
        return self._engine.path(self.session.answers).answers

    def _is_early(self, given: Answers) -> bool:
        """Whether the questions were left off because the advice is settled."""
        left = self._offer and self._offer.settled and self._stage is not _Stage.ASKING
        return bool(left and self._engine.path(given).missing)

    def _with_result(self, given: Answers) -> Call:
        """The call with what the rules come to: nothing where what is missing can change it."""
        early = self._is_early(given)
        found = self._engine.assess(given, as_is=early).disposition
        so_far = self._engine.path(given).urgency
        call = with_result(self._engine, self.call, found, self._raised, urgency=so_far)
        return replace(call, finished_early=early and not call.raised)

    def _told(self) -> Disposition:
        """The advice that is to be read out."""
        return self._engine.ruleset.disposition(self.call.final)

    def _found(self) -> Assessment:
        """What the rules came to; where staff raised it, with what has been answered."""
        given = self._given
        early = self._is_early(given)
        found = self._engine.assess(given, as_is=early or bool(self.call.raised))
        return replace(found, patterns=PatternResult()) if early else found

    @property
    def _is_card(self) -> bool:
        """Whether a code is waited for, so that nothing but that and P leaves the screen."""
        view = self._view
        return view.kind is Kind.READ and self._option(ENTER) is None

    def _make_offer(self) -> Offer | None:
        """What finishing early comes to; nothing while a warning sign may still be asked.

        In an emergency only those signs count that can still change the advice.
        """
        lines = interview.outline(self._engine, self.session)
        left = [line for line in lines if not line.done]
        if not left or any(line.again for line in left):
            return None
        coming = outlook(self._engine, self._given)
        so_far = self._engine.by_urgency[self._engine.path(self._given).urgency]
        waiting = coming.deciding if so_far.emergency else coming.open
        if any(self._engine.items[link_id].type is ItemType.SIGN for link_id in waiting):
            return None
        if coming.advice:
            return Offer(settled=coming.advice.code)
        for line in left:
            if not coming.deciding.isdisjoint(item.link_id for item in line.items):
                here = line.step_id == self._view.step_id
                return None if here else Offer(lines.index(line) + 1, line.step_id)
        return None

    # --- the screen ---------------------------------------------------------------------------

    @property
    def view(self) -> View:
        """What is shown now, with what is always in sight."""
        view = replace(super().view, header=self._header)
        if self._over:
            return view
        return self._staff.framed(view, self.call, self._screen, self._offer)

    def _look(self) -> Look:
        if self._over:
            typed = self._entry if self._over.kind in (Kind.TEXT, Kind.REVIEW) else None
            return Look(marked={}, error=self._error, top=self._top, entry=typed)
        look = super()._look()
        return replace(look, entry=self._typed) if self._is_card and self._typed else look

    def _turn(self) -> None:
        shown = interview.screen(self._engine, self.session)
        if self._stage is _Stage.ASKING:
            if isinstance(shown, Card):
                self._stage = _Stage.ADVICE
            elif isinstance(shown, Review) and not self._checks:
                self._stage = _Stage.BACK
        given = self._given
        self.call = self._with_result(given)
        now = replace(self.call, answers=MappingProxyType(dict(shared(self._engine, given))))
        if now != self._kept:
            self._kept = now
            self._keep(now)
        self._screen = None
        match self._stage:
            case _Stage.ADVICE:
                self._show(self._staff.advice(self._told(), self._found(), self.call))
            case _Stage.BACK:
                self._show(self._staff.back(given, urgent=self._told().urgency > 0))
            case _:
                self._show(self._staff.view(shown, for_other=self.session.for_other))
                self._offer = self._make_offer()
                if isinstance(shown, Ask | Group | Rows):
                    self._screen = shown.screen
        self._reframe()

    def _reframe(self) -> None:
        """Bring up to date what is always in sight."""
        path = self._engine.path(self.session.answers)
        urgency = path.urgency if self._stage is _Stage.ASKING else 0
        self._header = self._staff.header(self.call, path.answers, urgency)

    # --- keys ---------------------------------------------------------------------------------

    def press(self, key: str, data: str = "") -> None:
        """Do what `key` does here, see `Hand.press`."""
        if self.outcome is None and not self._over and self._is_card:
            if key == "backspace" and self._typed:
                self._typed = self._typed[:-1]
                return
            if key not in ("p", "P") and self.commands.get(key) in ("previous", "lost"):
                return
        super().press(key, data)

    def _does(self, command: str) -> bool:
        match command:
            case "lost":
                self._end(lost=True)
            case "finish" if self._screen:
                self._finish()
            case "previous" if self._stage is not _Stage.ASKING:
                self._leave()
            case "check" if command in self._view.commands:
                self._stage, self._checks = _Stage.ASKING, True
                super()._does(command)
                self._checks = self._view.kind is Kind.REVIEW
            case "comment" | "goto" | "volunteered" | "raise" if command in self._view.commands:
                self._extra(command)
            case _:
                return super()._does(command)
        return True

    def _extra(self, command: str) -> None:
        match command:
            case "goto":
                lines = interview.outline(self._engine, self.session)
                self._lay_over(self._staff.going(lines, self._given))
            case "raise":
                self._lay_over(self._staff.raising(self._choices()))
            case _ if self._screen is None or all(i.private for i in self._screen.items):
                # What is said of a private question goes into no note.
                self._error = self._staff.note_error("no_comment")
            case "comment":
                known = self.call.comments.get(self._screen.screen_id, "")
                self._lay_over(self._staff.comment(), known, self._comment)
            case _:
                volunteered = self.call.volunteered ^ {self._screen.screen_id}
                self.call = replace(self.call, volunteered=volunteered)

    def _answered(self, option: Option | None = None) -> None:
        """Go straight on where one key is the whole answer, but never from a warning."""
        if self._view.is_warning or self._is_begun(self._typed):
            return
        match self._view.kind:
            case Kind.ROWS:
                whole = all(row.name in self.marks for row in self._view.rows)
            case Kind.TICK:
                whole = bool(option and option.exclusive and self.marks)
            case _:
                whole = True
        if whole:
            self._go_on()

    def _enter(self, typed: str) -> None:
        confirms = self._view.kind in (Kind.READ, Kind.REVIEW) and self._pointer is None
        if self._map or not confirms:
            super()._enter(typed)
        elif self._is_card:
            self._say("nothing", keys=self._keys())
        elif not self._has_more():
            self._go_on()

    # --- going on -----------------------------------------------------------------------------

    def _go_on(self) -> None:
        match self._stage:
            case _Stage.BACK:
                self._stage = _Stage.ADVICE
            case _Stage.ADVICE:
                self._read_out()
                return
            case _ if self._view.kind is Kind.REVIEW:
                self._stage, self._checks = _Stage.BACK, False
            case _:
                self._reply()
        self._turn()

    def _reply(self) -> None:
        starts = self._view.step_id == START
        self.session = interview.reply(self._engine, self.session, self.marks)
        if starts:
            self.call = replace(self.call, for_other=self.session.for_other)
        if self._checks and not self.session.changing:
            # What was brought along is not asked once more, wherever it stands.
            self.session = replace(self.session, at="")

    def _leave(self) -> None:
        """From the advice or the read-back to what led there."""
        complete = isinstance(interview.screen(self._engine, self.session), Review)
        is_read_back = complete or self._is_early(self._given)
        if self._stage is _Stage.ADVICE and is_read_back and not self.call.raised:
            self._stage = _Stage.BACK
        else:
            ends = self._engine.path(self.session.answers).ended
            self._stage = _Stage.ASKING
            if complete or ends:
                self.session = interview.previous(self._engine, self.session)
        self._turn()

    def _finish(self) -> None:
        if self._offer is None:
            self._error = self._staff.note_error("no_finish")
        elif self._offer.settled:
            self._stage = _Stage.BACK
            self._turn()
        else:
            self.session = interview.change(self.session, self._offer.step_id)
            self._turn()

    def _read_out(self) -> None:
        """Record that the advice was read out. A card stays until the caller is gone."""
        told = self._told()
        if told.code in {advice.disposition for advice in self.call.advice}:
            self._end(lost=False)
            return
        advice = (*self.call.advice, Advice(told.code, self._clock()))
        self.call = replace(self.call, advice=advice)
        if told.ends_questions:
            self._turn()
        else:
            self._end(lost=False)

    def _end(self, *, lost: bool) -> None:
        self.close(lost=lost)
        self.outcome = self.stopped()

    # --- over the screen ----------------------------------------------------------------------

    def _lay_over(
        self, view: View, entry: str = "", send: Callable[[str], None] | None = None
    ) -> None:
        self._over, self._entry, self._top = view, entry, 0
        self._send = send or self._send

    def _close(self) -> None:
        self._top = 0
        self._reframe()
        super()._close()

    def _press_over(self, key: str, data: str) -> None:
        view = self._over
        assert view is not None
        if self.commands.get(key) == "lost":
            self._end(lost=True)
        elif key == "escape":
            self._close()
        elif view.kind is Kind.TEXT:
            self._type(key, data)
        elif view.step_id == GO:
            self._choose_line(key, len(view.rows))
        elif view.step_id == RAISE:
            self._choose_advice(key)
        elif key in ("y", "Y"):
            self._end(lost=True)
        else:
            super()._press_over(key, data)

    def _type(self, key: str, data: str) -> None:
        if key == "enter":
            self._send(clean(self._entry))
        elif key == "backspace":
            self._entry = self._entry[:-1]
        elif key == "paste":
            self._entry = clean(self._entry + data)
        elif len(key) == 1:
            self._entry = (self._entry + key)[:LONGEST]

    def retype(self, text: str) -> None:
        """Put `text` in the place of what is being typed."""
        self._entry = clean(text)

    def _comment(self, text: str) -> None:
        if self._screen:
            place = self._screen.screen_id
            others = {k: v for k, v in self.call.comments.items() if k != place}
            comments = MappingProxyType({**others, **({place: text} if text else {})})
            self.call = replace(self.call, comments=comments)
        self._close()

    def _choose_line(self, key: str, count: int) -> None:
        if key.isdecimal():
            self._entry = (self._entry + key)[-3:]
        elif key == "backspace":
            self._entry = self._entry[:-1]
        elif key == "enter" and self._entry and 1 <= int(self._entry) <= count:
            lines = interview.outline(self._engine, self.session)
            self._stage = _Stage.ASKING
            self.session = interview.change(self.session, lines[int(self._entry) - 1].step_id)
            self._turn()
        elif key == "enter":
            self._entry = ""
            self._error = self._staff.note_error("no_entry", count=count)
        elif key in ("p", "P"):
            self._close()
        else:
            self._scroll_by(key)

    def _choices(self) -> tuple[Disposition, ...]:
        so_far = self._engine.by_urgency[self._engine.path(self.session.answers).urgency].code
        reached = self.call.disposition or so_far
        return more_urgent(self._engine, replace(self.call, disposition=reached))

    def _choose_advice(self, key: str) -> None:
        choices = {str(number): told for number, told in enumerate(self._choices(), 1)}
        if told := choices.get(key):
            self._lay_over(self._staff.reason(told), send=lambda text: self._raise(told, text))
        elif key in ("p", "P"):
            self._close()
        else:
            self._refuse(key, ", ".join(choices))

    def _raise(self, told: Disposition, reason: str) -> None:
        if not reason:
            self._error = self._staff.note_error("no_reason")
            return
        self._raised = raise_to(self._engine, self.call, told.code, reason)
        self._stage = _Stage.ADVICE
        self._turn()
