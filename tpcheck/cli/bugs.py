"""Where a bug is, for those who mend it, and nothing of what somebody answered."""

import traceback
from collections.abc import Iterator

from tpcheck.cli import streams

_OURS = "tpcheck."


def show(error: BaseException) -> None:
    """Write the trace of `error` to stderr, after those of what led to it.

    A trace has lines of the program and no values. What an exception says is left out where it is
    not one of ours: a KeyError, for instance, quotes the key, and that can be an answer.
    """
    for line in _lines(error):
        streams.say(line)


def _lines(error: BaseException) -> Iterator[str]:
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before:
        yield from _lines(before)
        yield "Then:"
    yield "Traceback (most recent call last):"
    for entry in traceback.format_tb(error.__traceback__):
        yield from entry.splitlines()
    kind = type(error)
    said = str(error) if kind.__module__.startswith(_OURS) else "(left out: it can quote an answer)"
    yield f"{kind.__module__}.{kind.__qualname__}: {said}"
