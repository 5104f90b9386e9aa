"""Read a file, or a pipe, without ever hanging on it or filling the memory."""

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import BinaryIO

from tpcheck.errors import InputError, UsageError, reason
from tpcheck.render.characters import visible

#: One byte more than the reader of rules and answers takes; it then says that this is too much.
_MOST = 1024 * 1024 + 1

#: The name that stands for standard input.
STDIN = "-"

# Without these a FIFO that nobody writes to would block, a terminal could become ours, and
# Windows would change line ends. Some systems have not all of them.
_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_BINARY", 0)
)


def read(path: str, *, pipes: bool = False) -> bytes:
    """What stands in the file: at most one byte more than any reader takes.

    Only a regular file is read, with `pipes` also a pipe such as `<(command)`.
    Raises InputError where it cannot be read.
    """
    with opened(path, pipes=pipes) as stream:
        return read_rest(stream, visible(path))


@contextmanager
def opened(path: str, *, pipes: bool = False) -> Iterator[BinaryIO]:
    """The file, to be read bit by bit. Raises InputError where it cannot be, as `read` does."""
    name = visible(path)
    with ExitStack() as closing:
        try:
            descriptor = os.open(path, _FLAGS)
            closing.callback(os.close, descriptor)
            mode = os.fstat(descriptor).st_mode
            if stat.S_ISFIFO(mode) and pipes:
                # With nobody writing this ends at once; a writer is waited for, as in any pipe.
                os.set_blocking(descriptor, True)
            elif not stat.S_ISREG(mode):
                raise InputError(f"{name}: not a regular file")
            stream = closing.enter_context(open(descriptor, "rb", closefd=False))
        except (OSError, ValueError) as error:
            raise InputError(f"{name}: {reason(error)}") from error
        yield stream


def stdin(instead: str) -> BinaryIO:
    """Standard input. `instead` says what to do where it is a person at a terminal.

    Raises UsageError at a terminal, InputError where standard input is closed.
    """
    if sys.stdin is None:
        raise InputError("standard input is closed")
    if sys.stdin.isatty():
        raise UsageError(f"standard input is a terminal; {instead}")
    # Whoever shares it may not want to wait; then what comes late would be taken for the end.
    with suppress(OSError, AttributeError):
        os.set_blocking(sys.stdin.fileno(), True)
    return sys.stdin.buffer


def read_rest(stream: BinaryIO, name: str) -> bytes:
    """What is left in `stream`: at most one byte more than any reader takes.

    Raises InputError where reading fails.
    """
    try:
        return stream.read(_MOST)
    except OSError as error:
        raise InputError(f"{name}: {reason(error)}") from error


def lines(stream: BinaryIO, name: str) -> Iterator[bytes]:
    """Each line with its end; of one that is too long for any reader, just enough to show that.

    Raises InputError where reading fails.
    """
    most = _MOST + 1
    try:
        while line := stream.readline(most):
            yield line
            while len(line) == most and not line.endswith(b"\n"):
                line = stream.readline(most)
    except OSError as error:
        raise InputError(f"{name}: {reason(error)}") from error
