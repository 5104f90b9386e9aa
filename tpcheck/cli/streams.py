"""The only place that writes to a stream.

stdout is the product and has to arrive; stderr is talk.
"""

import io
import os
import shutil
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

from tpcheck.errors import DeliveryError
from tpcheck.render import WIDTH
from tpcheck.render.characters import encodable, visible

if TYPE_CHECKING:
    from tpcheck.model import Summary

#: Columns of the widest line that is drawn anew; whoever sets COLUMNS may mean no screen at all.
_WIDEST = 200


def prepare() -> None:
    """Make the streams of the process such that nothing is lost by them.

    PYTHONUNBUFFERED takes away what writes on where the system took a part only (write(2)). And a
    byte that is no text in the language of the system is a typing error, not one of ours.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        raw = getattr(stream, "buffer", None)
        if isinstance(raw, io.RawIOBase):
            buffer = io.BufferedWriter(raw)
            setattr(sys, name, io.TextIOWrapper(buffer, stream.encoding, stream.errors))
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="surrogateescape")


def deliver(text: str, *, urgent: str = "") -> None:
    """Write `text` to stdout and make sure that it left.

    Raises DeliveryError where it did not; `urgent` is then tried on stderr, because somebody may
    be waiting for exactly that line.
    """
    stream = sys.stdout
    try:
        if stream is None:
            raise OSError("standard output is closed")
        stream.write(encodable(text, stream.encoding))
        stream.flush()
    except (OSError, ValueError) as error:
        silence(stream)
        if urgent:
            say(urgent)
        reason = error.strerror if isinstance(error, OSError) else ""
        raise DeliveryError(f"the output could not be delivered: {reason or error}") from error


def deliver_lines(lines: Iterable[str]) -> None:
    """Write lines to stdout, as `deliver` does, with nothing in them that a terminal would obey."""
    deliver("".join(f"{visible(line)}\n" for line in lines))


def write(line: str) -> None:
    """A line of an interview in plain text."""
    deliver(visible(line) + "\n")


def ask(prompt: str) -> str:
    """Show `prompt` and return the line that is typed. Raises EOFError at the end of the input."""
    deliver(visible(prompt))
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line.rstrip("\r\n")


def say(text: str) -> None:
    """A line to the person at the screen. Where stderr is gone there is nobody to tell."""
    stream = sys.stderr
    if stream is None:
        return
    try:
        stream.write(encodable(visible(text), stream.encoding) + "\n")
        stream.flush()
    except (OSError, ValueError):
        silence(stream)


def redraw(text: str) -> None:
    """Put `text` in place of what stands on the line of the screen that the last `redraw` began.

    Nothing but spaces and a carriage return is used, which every terminal has.
    """
    stream = sys.stderr
    columns = min(size()[0], _WIDEST) - 1
    with suppress(OSError, ValueError, AttributeError):
        stream.write(f"\r{encodable(visible(text), stream.encoding)[:columns]:<{columns}}\r")
        stream.flush()


def complain(text: str) -> None:
    """An error, each line of it marked as ours."""
    for line in text.splitlines() or [""]:
        say(f"tpcheck: error: {line}")


def urgent_line(summary: "Summary") -> str:
    """What has to be said of an emergency if nothing else can be; empty for other results."""
    if not summary.is_emergency:
        return ""
    card = summary.blocks[0]
    return ". ".join([card.heading, *card.paragraphs])


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person can be at the other end."""
    with suppress(ValueError):
        return stream is not None and stream.isatty()
    return False


def width() -> int:
    """The columns of the screen; those of a page where the output goes elsewhere."""
    if not is_terminal(sys.stdout):
        return WIDTH
    return size()[0]


def size() -> tuple[int, int]:
    """Columns and rows of the screen, 80 and 24 where they are not known."""
    return shutil.get_terminal_size()


def silence(stream: TextIO | None) -> None:
    """Point a stream that failed at nothing, or Python fails on it once more at the end."""
    with suppress(OSError, ValueError, AttributeError):
        descriptor = stream.fileno()  # type: ignore[union-attr]
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, descriptor)
        os.close(nowhere)
