"""The rows of the call log: written one at a time, each whole or not at all."""

import sqlite3
from dataclasses import replace
from itertools import count
from pathlib import Path

from tpcheck.calls.file import LogFile
from tpcheck.calls.record import NAMES, CallRecord, as_texts, cleaned, from_texts
from tpcheck.errors import DeliveryError

# The columns are the fields of a record. A revision counts how often a row was written.
_TABLE = f"""CREATE TABLE calls (
    {" TEXT NOT NULL, ".join(NAMES)} TEXT NOT NULL,
    revision INTEGER NOT NULL,
    PRIMARY KEY (reference)
)"""
_SELECT = f"SELECT {', '.join(NAMES)}, revision FROM calls"
_INSERT = f"INSERT INTO calls VALUES ({', '.join('?' * len(NAMES))}, 1)"
_UPDATE = (
    f"UPDATE calls SET {', '.join(f'{name} = ?' for name in NAMES)}, revision = revision + 1"
    " WHERE reference = ? AND revision = ?"
)
#: Where in a row the reference and the revision stand.
_REFERENCE, _REVISION = NAMES.index("reference"), len(NAMES)


class CallLog:
    """The log in one file, or one that is off where nobody has started it.

    While it is off, nothing is kept and nothing is found. The methods raise what `LogFile` raises:
    InputError, DataError, and DeliveryError where a row was not written.
    """

    def __init__(self, path: Path) -> None:
        self._file = LogFile(path, _TABLE)
        self._is_on = False
        #: The reference that a caller uses, to the one in the file and its revision.
        self._held: dict[str, tuple[str, int]] = {}

    @classmethod
    def open(cls, path: Path) -> "CallLog":
        """The log in this file, looked through for damage."""
        log = cls(path)
        log._is_on = log._file.open()
        return log

    @classmethod
    def start(cls, path: Path) -> "CallLog":
        """Make the log in this file, for its owner only, or open the one that is there.

        Raises OutputError where the file cannot be made.
        """
        log = cls.open(path)
        if not log.is_on:
            log._file.make()
            log._is_on = True
        return log

    @property
    def path(self) -> Path:
        """The file."""
        return self._file.path

    @property
    def is_on(self) -> bool:
        """Whether calls are kept."""
        return self._is_on

    def enter(self) -> bool:
        """Take calls here from now on; whether no other process does, and unfinished is lost."""
        return self._file.enter()

    # --- writing ------------------------------------------------------------------------------

    def save(self, record: CallRecord) -> CallRecord:
        """Write a call as it is now, and return it as it is kept.

        The row is replaced if it is as this log left it, or found it unfinished. If another window
        has changed it since, the call gets a row and a reference of its own: nothing is lost.
        Raises ValueError where a time is none.
        """
        kept = cleaned(record)
        if not self.is_on:
            return kept
        asked = kept.reference
        reference, revision = self._held.get(asked, ("", 0))
        with self._file.writing() as db:
            kept = replace(kept, reference=reference)
            done = db.execute(_UPDATE, (*as_texts(kept).values(), reference, revision))
            if not done.rowcount:
                kept = replace(kept, reference=_free_reference(db, asked, kept.day))
                db.execute(_INSERT, tuple(as_texts(kept).values()))
                revision = 0
        for name in (asked or kept.reference, kept.reference):
            self._held[name] = (kept.reference, revision + 1)
        return kept

    def finish(self, record: CallRecord) -> CallRecord:
        """Write a call that has ended. Raises ValueError where it does not say when."""
        if record.unfinished:
            raise ValueError("a finished call has an end")
        return self.save(record)

    def purge(self, before: str) -> int:
        """Take out every call of the days before `before` (YYYY-MM-DD); how many they were.

        Their rows are overwritten, and the file is packed, so that nothing of them is left in it.
        """
        if not self.is_on:
            return 0
        with self._file.writing() as db:
            gone = db.execute("DELETE FROM calls WHERE substr(started, 1, 10) < ?", (before,))
        try:
            self._file.pack()
        except DeliveryError as error:
            raise DeliveryError(f"{error}; the calls are taken out; run this again") from error
        return gone.rowcount

    # --- reading ------------------------------------------------------------------------------

    def list(self) -> tuple[CallRecord, ...]:
        """All calls, the oldest first."""
        return self._find("ORDER BY started, reference")

    def show(self, reference: str) -> CallRecord | None:
        """The call with this reference, if there is one."""
        found = self._find("WHERE reference = ?", reference)
        return found[0] if found else None

    def unfinished(self) -> tuple[CallRecord, ...]:
        """The calls that broke off, the oldest first; `save` goes on with any of them."""
        return self._find("WHERE ended = '' ORDER BY started, reference", hold=True)

    def _find(self, which: str, *values: str, hold: bool = False) -> tuple[CallRecord, ...]:
        if not self.is_on:
            return ()
        with self._file.reading() as db:
            rows = db.execute(f"{_SELECT} {which}", values).fetchall()
        try:
            found = tuple(from_texts(dict(zip(NAMES, row, strict=False))) for row in rows)
        except ValueError as error:
            raise self._file.damaged() from error
        if hold:
            for record, row in zip(found, rows, strict=True):
                self._held[record.reference] = (row[_REFERENCE], row[_REVISION])
        return found


def _free_reference(db: sqlite3.Connection, asked: str, day: str) -> str:
    """A reference that no row has: the one that is asked for, else one with a number to it."""
    base, first = (asked, 2) if asked else (day, 1)
    names = (f"{base}-{number}" for number in count(first))
    name = asked or next(names)
    while db.execute("SELECT 1 FROM calls WHERE reference = ?", (name,)).fetchone():
        name = next(names)
    return name
