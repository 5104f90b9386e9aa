"""The call log, for clinics that want one: a row for each phone call, kept on this computer."""

from tpcheck.calls.log import CallLog
from tpcheck.calls.record import CallRecord

__all__ = ["CallLog", "CallRecord"]
