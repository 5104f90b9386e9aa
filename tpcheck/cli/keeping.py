"""Calls of `tpcheck triage` in the call log, if a clinic keeps one. Trouble never stops a call."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tpcheck.cli import calls
from tpcheck.errors import InputError, TpcheckError, reason
from tpcheck.triage import Advice, Call

if TYPE_CHECKING:
    from tpcheck.calls import CallLog, CallRecord
    from tpcheck.engine import Engine

#: Parts of an outcome, as they are written and read again.
_READ_OUT, _EARLY, _LOST = "read out", "finished early", "broke off"
_ADVICE = re.compile(rf"(\S+) {_READ_OUT} (\d\d):(\d\d)")


class Keeper:
    """Keeps each call as it goes. `trouble` says why one could not be kept, for when it is over."""

    def __init__(self, engine: "Engine", log: "CallLog | None" = None) -> None:
        self._engine = engine
        self._log = log
        # What is unfinished may be a call that another window is in.
        self._is_alone = log is None or log.enter()
        self.trouble = ""

    @classmethod
    def open(cls, option: str, engine: "Engine") -> "Keeper":
        """The log that is named, or the one in the user's folder; off where there is none.

        Raises what opening a damaged, foreign or newer log raises, before any call is taken.
        """
        path = calls.find(option)
        try:
            is_there = path.exists()
        except OSError as error:
            if path == calls.find(""):
                # Nobody named it, and there may never have been one.
                return cls(engine)
            raise InputError(f"{path}: {reason(error)}") from error
        if not is_there:
            return cls(engine)
        from tpcheck.calls import CallLog

        log = CallLog.open(path)
        return cls(engine, log if log.is_on else None)

    def keep(self, call: Call) -> None:
        """Write the call as it stands."""
        if self._log is None:
            return
        try:
            self._log.save(self._record(call))
        except TpcheckError as error:
            self.trouble = f"{error}; call {call.reference} is not in the log as it ended"

    def unfinished(self) -> Iterator[Call]:
        """The calls that broke off and were taken with the rules that are in use."""
        if self._log is None or not self._is_alone:
            return
        for record in self._log.unfinished():
            if record.fingerprint == self._engine.ruleset.fingerprint:
                began = datetime.fromisoformat(record.started)
                yield Call(
                    record.reference,
                    began,
                    answers=record.answers,
                    advice=tuple(
                        advice
                        for advice in _advice(record.outcome, began)
                        if advice.disposition in self._engine.urgency
                    ),
                    disposition=record.result,
                    raised=record.raised,
                    reason=record.reason,
                    finished_early=_EARLY in record.outcome,
                )

    def give_up(self, call: Call, now: datetime) -> None:
        """End a call that nobody goes on with."""
        self.keep(replace(call, ended=now, lost=True))

    def _record(self, call: Call) -> "CallRecord":
        from tpcheck.calls import CallRecord

        about = self._engine.ruleset.about
        outcome = [f"{a.disposition} {_READ_OUT} {a.at:%H:%M}" for a in call.advice]
        outcome += [_EARLY] if call.finished_early else []
        outcome += [_LOST] if call.lost else []
        return CallRecord(
            reference=call.reference,
            started=call.started.isoformat(timespec="seconds"),
            ended=call.ended.isoformat(timespec="seconds") if call.ended else "",
            answers=call.answers,
            result=call.disposition,
            raised=call.raised,
            reason=call.reason,
            outcome="; ".join(outcome),
            ruleset_id=about.ruleset_id,
            version=about.version,
            fingerprint=self._engine.ruleset.fingerprint,
        )


def _advice(outcome: str, began: datetime) -> Iterator[Advice]:
    """What had been read out in a call that `began` then."""
    for code, hour, minute in _ADVICE.findall(outcome):
        with suppress(ValueError):
            at = began.replace(hour=int(hour), minute=int(minute), second=0)
            # Only the time of day is kept, and a call can go on past midnight.
            yield Advice(code, at if at >= began.replace(second=0) else at + timedelta(days=1))
