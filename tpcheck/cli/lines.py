"""`tpcheck assess` on many answer sets, one a line: results while it reads, in flat memory."""

import os
import stat
import sys
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import PurePath
from typing import TYPE_CHECKING, BinaryIO

from tpcheck.cli import files, leaving, streams
from tpcheck.errors import ExitCode

if TYPE_CHECKING:
    from tpcheck.engine import Engine

#: How the name of such a file ends.
_ENDINGS = (".jsonl", ".ndjson")
#: Names that say that a file holds one answer set.
_OTHER_ENDINGS = (".json", ".yaml", ".yml")
#: How many empty lines may follow the first before it counts as the only one.
_EMPTY = 8
#: How a first line begins that only YAML has: a comment, a directive, a mark.
_OF_YAML = (b"#", b"%", b"---")
#: How many characters the bar has.
_BAR = 20


def split(file: str, stream: BinaryIO, name: str) -> Iterator[bytes] | bytes:
    """The lines of `file`, where it is one of many answer sets; else all that stands in it.

    Where the name does not say, it is one if another line follows, and one of the first two is an
    object. Empty lines between them do not count here. Raises InputError where reading fails.
    """
    ending = PurePath(file).suffix.lower()
    lines = files.lines(stream, name)
    if ending in _ENDINGS:
        return lines
    head: list[bytes] = []
    if ending not in _OTHER_ENDINGS:
        head.append(next(lines, b""))
        # One without an end is too long to be any, and what follows it may never come.
        follow = islice(lines, _EMPTY + 1) if head[0].endswith(b"\n") else ()
        for line in follow:
            head.append(line)
            if line.strip() or not line.endswith(b"\n"):
                break
        first, *others = head
        second = others[-1] if others else b""
        is_one = _is_object(first) or (_is_object(second) and not first.startswith(_OF_YAML))
        if second.strip() and is_one:
            return chain(head, lines)
    return b"".join(head) + files.read_rest(stream, name)


def _is_object(line: bytes) -> bool:
    import json

    try:
        return line.lstrip().startswith(b"{") and isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def run(
    lines: Iterable[bytes], engine: "Engine", stream: BinaryIO, name: str, *, exit_code: bool
) -> int:
    """Write a result for each line, say what is wrong with which, and return the exit code.

    It is the highest of any line with `exit_code`; else it tells of lines that were refused, then
    of those where answers are missing.
    """
    from tpcheck.batch import Batch

    progress = _Progress(stream)
    highest = int(ExitCode.OK)
    refused = incomplete = False
    try:
        for part in Batch(engine).parts(lines):
            progress.erase()
            streams.deliver(part.output.decode("ascii"))
            for complaint in part.complaints:
                streams.complain(f"{name}:{complaint}")
            highest = max(highest, part.exit_code)
            refused |= bool(part.complaints)
            incomplete |= part.incomplete
            progress.add(part.lines, part.size)
    except (KeyboardInterrupt, SystemExit) as stop:
        # There may be results by now.
        raise leaving.ended(stop) from stop
    finally:
        progress.erase()
    if exit_code:
        return highest
    return ExitCode.DATA if refused else ExitCode.INCOMPLETE if incomplete else ExitCode.OK


class _Progress:
    """How far it is, on stderr: for who watches, and does not have the results before them."""

    def __init__(self, stream: BinaryIO) -> None:
        at_screen = streams.is_terminal(sys.stdin) and streams.is_terminal(sys.stdout)
        self._watched = streams.is_terminal(sys.stderr) and not at_screen
        self._whole = _size(stream) if self._watched else 0
        self._lines = 0
        self._bytes = 0

    def add(self, lines: int, size: int) -> None:
        """So much more is done."""
        self._lines += lines
        self._bytes += size
        if self._watched:
            share = min(1, self._bytes / self._whole) if self._whole else 0
            bar = f"[{'#' * int(share * _BAR):.<{_BAR}}] {share:4.0%}, " if self._whole else ""
            streams.redraw(f"tpcheck: {bar}{self._lines:,} lines")

    def erase(self) -> None:
        """Leave the line to others."""
        if self._watched and self._lines:
            streams.redraw("")


def _size(stream: BinaryIO) -> int:
    """How many bytes are in the file; 0 where nobody knows, as of a pipe."""
    try:
        status = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return 0
    return status.st_size if stat.S_ISREG(status.st_mode) else 0
