"""The file of the call log: who may read it, whose it is, and what goes wrong with it, in words."""

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from tpcheck.errors import DataError, DeliveryError, InputError, OutputError, TpcheckError, reason

#: How every SQLite file begins.
MAGIC = b"SQLite format 3\0"
#: What marks a file as ours, at byte 68 (https://www.sqlite.org/fileformat.html): "tpcl".
APPLICATION_ID = 0x7470636C
#: The version of the table, at byte 60.
SCHEMA_VERSION = 1
#: Seconds to wait while another window writes.
PATIENCE = 5.0

#: Set for every connection. "delete" survives a kill at any moment, and leaves no second file.
_PRAGMAS = (
    "journal_mode = DELETE",
    "synchronous = FULL",
    "secure_delete = ON",  # overwrite what is deleted with zeros
    "temp_store = MEMORY",  # packing leaves no copy elsewhere
    "trusted_schema = OFF",
    "cell_size_check = ON",
)

#: What SQLite fails with although the file may be sound.
_REASONS = {
    sqlite3.SQLITE_BUSY: "another program keeps the call log busy; try again",
    sqlite3.SQLITE_LOCKED: "another program keeps the call log busy; try again",
    sqlite3.SQLITE_PERM: "the call log may not be opened",
    sqlite3.SQLITE_AUTH: "the call log may not be opened",
    sqlite3.SQLITE_CANTOPEN: "the call log cannot be opened",
    sqlite3.SQLITE_READONLY: "the call log can only be read",
    sqlite3.SQLITE_FULL: "no room is left for the call log",
    sqlite3.SQLITE_IOERR: "the disk of the call log fails, or is full",
    sqlite3.SQLITE_NOMEM: "no memory is left for the call log",
}

_LOOK = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)  # a pipe would be waited for
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


class LogFile:
    """An SQLite file that is ours alone, with one table.

    Every step opens it anew: windows share it, and nothing is written to a file that was moved
    away. A step raises InputError where the file cannot be read, DataError where it is damaged or
    another's, and DeliveryError where nothing was written; what stood in it is then still there.
    """

    def __init__(self, path: Path, table: str) -> None:
        self.path = path
        self._table = table

    def open(self) -> bool:
        """Look the file through for damage; whether the table is there. No file is none."""
        if not self._is_ours():
            return False
        # It can have been copied or restored with other rights.
        with suppress(OSError):
            os.chmod(self.path, 0o600)
        with self.reading() as db:
            if db.execute("PRAGMA quick_check").fetchone() != ("ok",):
                raise self.damaged()
            # One whose very first write broke off is empty again.
            return self._has_table(db)

    def make(self) -> None:
        """Make it, and the folders above that are missing, for their owner only.

        Raises OutputError where that cannot be.
        """
        made = done = False
        try:
            missing = [folder for folder in self.path.absolute().parents if not folder.exists()]
            for folder in reversed(missing):
                folder.mkdir(mode=0o700, exist_ok=True)
            with suppress(FileExistsError):
                os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
                made = True
            os.chmod(self.path, 0o600)
            with self.writing() as db:
                # Another window may have been quicker.
                if not self._has_table(db):
                    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                    db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
                    db.execute(self._table)
            done = True
        except (OSError, ValueError) as error:
            raise OutputError(f"{self.path}: {reason(error)}") from error
        finally:
            # What is ours and empty is left to nobody.
            if made and not done:
                with suppress(OSError):
                    if not os.path.getsize(self.path):
                        os.unlink(self.path)

    def enter(self) -> bool:
        """Take calls here from now on, until the process ends; whether no other process does.

        What is locked is the folder, because SQLite has its own locks on the file. Where it cannot
        be locked, as on Windows, nobody else is seen.
        """
        try:
            import fcntl
        except ImportError:
            return True
        try:
            # Never closed: the lock ends with the process.
            folder = os.open(self.path.absolute().parent, os.O_RDONLY | os.O_CLOEXEC)
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_alone = True
        except BlockingIOError:
            is_alone = False
        except OSError:
            return True
        # It waits for nobody: others lock it alone for no longer than this.
        with suppress(OSError):
            fcntl.flock(folder, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return is_alone

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction; on the disk, or not at all. It waits for other windows first."""
        with self._connected(DeliveryError, "; nothing was written") as db:
            db.execute("BEGIN IMMEDIATE")
            yield db
            db.execute("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that only reads."""
        with self._connected(InputError) as db:
            yield db

    def pack(self) -> None:
        """Write the file anew without its free pages."""
        with self._connected(DeliveryError, "; the file was not packed") as db:
            db.execute("VACUUM")

    def damaged(self) -> DataError:
        """What to raise where the content makes no sense."""
        return DataError(f"{self.path}: the call log is damaged; nothing was changed in it")

    def _is_ours(self) -> bool:
        """Whether a log that we can read is there. Nothing else is ever opened with SQLite.

        Raises InputError or DataError where something else is there; an empty file is nothing.
        """
        head = _head(self.path)
        if not head:
            return False
        if not head.startswith(MAGIC) or int.from_bytes(head[68:72], "big") != APPLICATION_ID:
            raise DataError(
                f"{self.path}: this is not a call log; name another file, or move this one"
            )
        if int.from_bytes(head[60:64], "big") > SCHEMA_VERSION:
            raise DataError(f"{self.path}: this call log needs a newer tpcheck; use that one")
        return True

    @contextmanager
    def _connected(
        self, failure: type[TpcheckError], then: str = ""
    ) -> Iterator[sqlite3.Connection]:
        """A connection for one step. What goes wrong in it is raised as `failure`, in words."""
        try:
            # Without "rwc" a file that is gone is not made anew.
            uri = f"{self.path.absolute().as_uri()}?mode=rw"
            connection = sqlite3.connect(uri, uri=True, timeout=PATIENCE, isolation_level=None)
            with closing(connection) as db:
                for pragma in _PRAGMAS:
                    db.execute(f"PRAGMA {pragma}")
                yield db
        except (sqlite3.Error, UnicodeError) as error:
            # A text that is no UTF-8 has no code, and neither has an error that quotes one.
            code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
            if (reason := _REASONS.get(code)) is None:
                raise self.damaged() from error
            raise failure(f"{self.path}: {reason}{then}") from error

    def _has_table(self, db: sqlite3.Connection) -> bool:
        """Whether the table is there. Raises DataError where anything else is."""
        found = db.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
        if found not in ([], [(self._table,)]):
            raise DataError(f"{self.path}: this call log was changed by another program")
        return bool(found)


def _head(path: Path) -> bytes:
    """How the file begins; nothing where there is no file. Raises InputError."""
    try:
        if path.is_symlink():
            raise InputError(f"{path}: this is a link; name the file that it leads to")
        descriptor = os.open(path, _LOOK)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise InputError(f"{path}: not a regular file")
            return os.read(descriptor, 100)
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        return b""
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: {reason(error)}") from error
