"""The signals that end a process, turned into an orderly way out."""

import signal
from typing import Any, NoReturn

from tpcheck.errors import ExitCode

#: What has come, by the exit code that it asks for.
_came: list[ExitCode] = []


class EndedError(SystemExit):
    """A signal's way out, after what is known was shown: there may have been a result."""

    code: int


def ended(stop: KeyboardInterrupt | SystemExit) -> EndedError:
    """What to raise in the place of `stop` where that is so."""
    code = stop.code if isinstance(stop, SystemExit) else ExitCode.INTERRUPTED
    return EndedError(int(code or 0))


def on_signals() -> None:
    """Let Ctrl-C raise KeyboardInterrupt, and what else ends a process SystemExit with its code."""
    for name, code in (("SIGTERM", ExitCode.TERMINATED), ("SIGHUP", ExitCode.HANGUP)):
        # Not every system has all of them.
        number = getattr(signal, name, None)
        # Whoever starts a program may have it ignored, as nohup does.
        if number and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _leave(code))
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _leave(ExitCode.INTERRUPTED))


def leave_if_asked() -> None:
    """Raise SystemExit where a signal has come and what it raised was lost.

    Python drops what is raised in some places, such as callbacks while a module is loaded.
    """
    if _came:
        raise SystemExit(int(_came[0]))


def _leave(code: ExitCode) -> Any:
    def handler(_signal: int, _frame: object) -> NoReturn:
        _came.append(code)
        raise KeyboardInterrupt if code is ExitCode.INTERRUPTED else SystemExit(int(code))

    return handler
