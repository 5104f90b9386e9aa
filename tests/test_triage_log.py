"""Calls that are taken at a terminal and kept in the call log, and one that breaks off."""

import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tpcheck.calls import CallLog, CallRecord

pytest.importorskip("termios", reason="a pseudo-terminal is needed")

from term import CTRL_C, ENTER, Terminal

COMMAND = shutil.which("tpcheck", path=str(Path(sys.executable).parent)) or ""
NEXT = "Press N for the next call"
Take = Callable[[], Terminal]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """The file of a call log that was started."""
    path = tmp_path / "calls.db"
    CallLog.start(path)
    return path


@pytest.fixture
def take(tmp_path: Path, log: Path) -> Iterator[Take]:
    """Start `tpcheck triage` with that log."""
    opened: list[Terminal] = []

    def run() -> Terminal:
        terminal = Terminal(
            COMMAND,
            ["triage", "--calls", str(log)],
            columns=80,
            rows=24,
            folder=tmp_path,
            environment={"HOME": str(tmp_path), "TPCHECK_RULES": ""},
        )
        opened.append(terminal)
        return terminal

    yield run
    for terminal in opened:
        terminal.__exit__(None, None, None)


def kept(log: Path) -> list[CallRecord]:
    return list(CallLog.open(log).list())


def begin(terminal: Terminal) -> None:
    """Take a call as far as "none of these" on the first screen."""
    terminal.wait("The caller is the patient").send("1")
    terminal.wait("Question 1\n").send("n").send(ENTER)
    # One question on, since "none of these" skips the rows.
    terminal.wait("Question 2\n")


def test_a_call_is_kept_with_what_was_read_out(take: Take, log: Path) -> None:
    terminal = take()
    terminal.wait("The caller is the patient").send("1")
    terminal.wait("Question 1\n").send("y").send(ENTER)
    terminal.wait("Question 2\n").send("y").send(ENTER)
    terminal.wait("type 999").send("999").wait(r"999 now: read out \d\d:\d\d").send(ENTER)
    terminal.wait(NEXT).send("q")
    terminal.end()

    [call] = kept(log)
    assert call.result == "call_999"
    assert call.outcome.startswith("call_999 read out ")
    assert dict(call.answers) == {"life_threat": ("yes",)}
    assert call.ended
    assert call.fingerprint


def test_a_call_that_broke_off_is_offered_and_gone_on_with(take: Take, log: Path) -> None:
    terminal = take()
    begin(terminal)
    terminal.child.kill(signal.SIGKILL)
    terminal.end()
    [lost] = kept(log)
    assert lost.unfinished
    assert lost.answers["chest_now"] == ("no",)

    terminal = take()
    terminal.wait(f"Call {lost.reference}").wait("was not finished").send("y")
    terminal.wait("The caller is the patient").send("1")
    terminal.wait("Question 2\n").send("y").send(ENTER)
    terminal.wait("Question 3\n").send("y").send(ENTER)
    terminal.wait("type 999").send("999").wait(r"999 now: read out \d\d:\d\d").send(ENTER)
    # The note stays in sight until the next call is wanted.
    terminal.wait(NEXT).send("q")
    terminal.end()

    first = next(call for call in kept(log) if call.reference == lost.reference)
    assert first.result == "call_999"
    assert first.started == lost.started
    assert not first.unfinished


def test_a_call_that_nobody_goes_on_with_is_ended(take: Take, log: Path) -> None:
    terminal = take()
    begin(terminal)
    terminal.child.kill(signal.SIGKILL)
    terminal.end()

    terminal = take()
    terminal.wait("was not finished").send("n")
    terminal.wait("The caller is the patient").send(CTRL_C)
    terminal.end()

    first = min(kept(log), key=lambda call: call.started)
    assert not first.unfinished
    assert "broke off" in first.outcome


def raise_to_999(terminal: Terminal, reason: str) -> None:
    """Raise the advice as far as it goes."""
    # After "none of these" four kinds of advice are left, and 999 is the last.
    terminal.send("e").wait("Give more urgent advice").send("4").wait("Why ")
    terminal.send(f"{reason}{ENTER}").wait("type 999")


def test_what_staff_raised_and_read_out_is_in_the_log_at_once(take: Take, log: Path) -> None:
    terminal = take()
    begin(terminal)
    raise_to_999(terminal, "grey")
    [call] = kept(log)
    assert (call.raised, call.reason, call.outcome) == ("call_999", "grey", "")
    terminal.send("999").wait(r"999 now: read out \d\d:\d\d")
    [call] = kept(log)
    assert call.outcome.startswith("call_999 read out ")
    terminal.child.kill(signal.SIGKILL)
    terminal.end()


@pytest.mark.parametrize("goes_on", [True, False])
def test_a_call_that_broke_off_keeps_what_staff_raised_and_read_out(
    take: Take, log: Path, goes_on: bool
) -> None:
    terminal = take()
    begin(terminal)
    raise_to_999(terminal, "grey")
    terminal.send("999").wait(r"999 now: read out \d\d:\d\d")
    terminal.child.kill(signal.SIGKILL)
    terminal.end()
    [before] = kept(log)

    terminal = take()
    terminal.wait("was not finished").send("y" if goes_on else "n")
    if goes_on:
        terminal.wait(r"999 now: read out \d\d:\d\d  \|  Raised by staff to: Call\s+999 now")
        terminal.wait("The caller is the patient").send("1").wait("Question 2\n")
    else:
        terminal.wait("New call")
    terminal.send(CTRL_C)
    terminal.end()

    [after] = [call for call in kept(log) if call.reference == before.reference]
    assert (after.raised, after.reason) == ("call_999", "grey")
    assert after.outcome.startswith(before.outcome)
    assert not after.unfinished


def test_a_call_that_another_window_is_in_is_not_offered(take: Take, log: Path) -> None:
    first = take()
    begin(first)

    second = take()
    second.wait("The caller is the patient")
    assert "was not finished" not in second.everything()
    begin(second)
    second.child.kill(signal.SIGKILL)
    second.end()
    first.send(CTRL_C).end()

    # The first ended its own call; that of the second broke off, and nobody is in it.
    third = take()
    third.wait("was not finished").send("n")
    third.wait("The caller is the patient").send(CTRL_C)
    third.end()
    assert len(kept(log)) == 3
    assert not any(call.unfinished for call in kept(log))


def test_a_damaged_log_is_said_before_any_call(take: Take, log: Path) -> None:
    log.write_bytes(log.read_bytes()[:200] + b"\xff" * 400)

    terminal = take()
    status = terminal.end()

    assert status == (65, None)
    assert "The caller is the patient" not in terminal.everything()
