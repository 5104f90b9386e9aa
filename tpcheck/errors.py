"""What stops a run, and the exit code that each kind of stop has."""

from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """The codes a caller can rely on; the 64 to 78 range follows BSD sysexits."""

    OK = 0
    PROBLEMS = 1
    USAGE = 2
    INCOMPLETE = 3
    DATA = 65
    NO_INPUT = 66
    BUG = 70
    CANNOT_CREATE = 73
    NOT_DELIVERED = 74
    NOT_APPROVED = 78
    HANGUP = 129
    INTERRUPTED = 130
    TERMINATED = 143


# The one sentence about health that stands in code: it must be said when the rule set cannot be.
BUG_NOTICE = (
    "This is a bug in tpcheck. Do not rely on this run. If it may be an emergency, call 999."
)


class TpcheckError(Exception):
    """Stop, and tell the user why in one line. Any other exception is a bug."""

    exit_code: ClassVar[ExitCode] = ExitCode.USAGE


class UsageError(TpcheckError):
    """The command was used in a way that cannot work."""


class InputError(TpcheckError):
    """A file that was named cannot be read."""

    exit_code = ExitCode.NO_INPUT


class DataError(TpcheckError):
    """A file was read, and what it says is not valid, or is for another version."""

    exit_code = ExitCode.DATA


class OutputError(TpcheckError):
    """A file that was to be written cannot be created."""

    exit_code = ExitCode.CANNOT_CREATE


class DeliveryError(TpcheckError):
    """The output was made and could not be delivered whole."""

    exit_code = ExitCode.NOT_DELIVERED


class NotApprovedError(TpcheckError):
    """The rule set is withdrawn, or is not approved where approval was asked for."""

    exit_code = ExitCode.NOT_APPROVED


def reason(error: OSError | ValueError) -> str:
    """Why a file could not be used, as the system says it, to go on a sentence with."""
    if isinstance(error, OSError):
        told = error.strerror or "it fails"
        return told[0].lower() + told[1:]
    return "not a file name"
