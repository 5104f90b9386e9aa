"""Run tpcheck: its way in, and the exit code of every way out."""

import errno
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from tpcheck.cli import leaving, streams
from tpcheck.errors import BUG_NOTICE, ExitCode, TpcheckError

#: Set to 1 to see where a bug is.
DEBUG_VARIABLE = "TPCHECK_DEBUG"

_STOPPED = "tpcheck: stopped"
_NO_RESULT = "; no result was reached"
#: What writing fails with: nobody reads, no room, a broken device, a closed stream, a limit.
_UNDELIVERED = (
    *(errno.EPIPE, errno.ENOSPC, errno.EIO, errno.EBADF),
    *(errno.EFBIG, errno.EDQUOT, errno.EAGAIN),
)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command and end the process with its exit code. Nothing else catches every error."""
    leaving.on_signals()
    streams.prepare()
    try:
        code = run(arguments)
    except KeyboardInterrupt:
        # One more, on the way out.
        code = ExitCode.INTERRUPTED
    sys.exit(code)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit code."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    try:
        _run(words)
    except SystemExit as stop:
        code = _code(stop)
        if code in (ExitCode.HANGUP, ExitCode.INTERRUPTED, ExitCode.TERMINATED):
            streams.say(_STOPPED if isinstance(stop, leaving.EndedError) else _STOPPED + _NO_RESULT)
        # Help to a closed stdout is dropped by Typer without a word.
        if code == ExitCode.OK and sys.stdout is None:
            streams.complain("standard output is closed")
            return ExitCode.NOT_DELIVERED
        return code
    except KeyboardInterrupt:
        streams.say(_STOPPED + _NO_RESULT)
        return ExitCode.INTERRUPTED
    except TpcheckError as error:
        streams.complain(str(error))
        return error.exit_code
    except Exception as error:
        # Help is written by Typer, and what we write ourselves raises DeliveryError.
        if isinstance(error, OSError) and error.errno in _UNDELIVERED:
            streams.silence(sys.stdout)
            streams.complain(f"the output could not be delivered: {error.strerror}")
            return ExitCode.NOT_DELIVERED
        streams.say(BUG_NOTICE)
        if os.environ.get(DEBUG_VARIABLE) == "1":
            from tpcheck.cli import bugs

            bugs.show(error)
        else:
            streams.say(f"To see where it is, set {DEBUG_VARIABLE}=1 and run the command again.")
        return ExitCode.BUG
    return ExitCode.OK


def _run(words: list[str]) -> None:
    if words:
        from tpcheck.cli.commands import app

        app(args=words, prog_name="tpcheck")
    else:
        # Nothing is chosen, so nothing is read from the command line: to load what would read it
        # takes a quarter of the time until the first question.
        from tpcheck.cli import patient

        sys.exit(patient.run())


def _code(stop: SystemExit) -> int:
    return stop.code if isinstance(stop.code, int) else ExitCode.OK
