"""The call log when things go wrong: killed at any moment, two at once, no room left.

Whatever happens, the log is whole and holds the old row or the new one.
"""

import os
import random
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from tpcheck.calls import CallLog, CallRecord
from tpcheck.errors import DeliveryError, OutputError

resource = pytest.importorskip("resource", reason="needs POSIX")

OLD = CallRecord("OLD", "2026-11-24T14:00:00+00:00", outcome="old", answers={"a": ("yes",)})
KEPT = replace(OLD, reference="KEPT", started="2026-12-01T10:00:00+00:00", outcome="x" * 500)
#: Answers that fill more than a page, so that a write touches several.
MANY = {f"item{number}": ("some_option", "another_option") for number in range(120)}
NEW = replace(OLD, outcome="new", ended="2026-11-24T14:10:00+00:00", answers=MANY)
FURTHER = replace(NEW, reference="FURTHER")

State = frozenset[CallRecord]
Step = Callable[[Path], object]


def _update(path: Path) -> None:
    log = CallLog.open(path)
    log.unfinished()
    log.save(NEW)


def _insert(path: Path) -> None:
    CallLog.open(path).save(FURTHER)


def _purge(path: Path) -> None:
    CallLog.open(path).purge("2026-12-01")


#: What is done, and what the log may hold if it is broken off: all as before, or all as after.
STEPS: dict[str, tuple[Step, list[list[CallRecord]]]] = {
    "update": (_update, [[OLD, KEPT], [NEW, KEPT]]),
    "insert": (_insert, [[OLD, KEPT], [FURTHER, OLD, KEPT]]),
    "purge": (_purge, [[OLD, KEPT], [KEPT]]),
}
steps = pytest.mark.parametrize(("step", "allowed"), STEPS.values(), ids=STEPS)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "calls.db"


def begin(path: Path) -> None:
    """A log with two calls, the same each time."""
    for left in path.parent.iterdir():
        left.unlink()
    log = CallLog.start(path)
    log.save(OLD)
    log.save(KEPT)


def check(path: Path, allowed: list[list[CallRecord]]) -> int:
    """The log is whole, holds what it may, and takes the next call; which of it it holds."""
    log = CallLog.open(path)
    held = allowed.index(list(log.list()))
    log.save(replace(OLD, reference="AFTER"))
    assert [other.name for other in path.parent.iterdir()] == [path.name]
    return held


def in_a_child(step: Callable[[], object]) -> int:
    """Do `step` in a process of its own: what ended it, a signal below zero, or its exit code."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        step()
    except (DeliveryError, OutputError):
        os._exit(74)
    except BaseException:
        os._exit(1)
    os._exit(0)


# --- killed -----------------------------------------------------------------------------------


def _kill_after(instructions: int) -> None:
    """Have this process killed when SQLite has done so many instructions of its machine."""
    ticks = count(1)
    real = sqlite3.connect

    def tick() -> None:
        if next(ticks) == instructions:
            os.kill(os.getpid(), signal.SIGKILL)

    def connect(*arguments: object, **more: object) -> sqlite3.Connection:
        db: sqlite3.Connection = real(*arguments, **more)  # type: ignore[call-overload]
        db.set_progress_handler(tick, 1)
        return db

    sqlite3.connect = connect  # type: ignore[assignment]


@steps
def test_killed_at_any_instruction(path: Path, step: Step, allowed: list[list[CallRecord]]) -> None:
    held = set()
    for instructions in count(1, 5):
        begin(path)
        ended = in_a_child(lambda n=instructions: (_kill_after(n), step(path)))
        held.add(check(path, allowed))
        if ended == 0:
            break
        assert ended == -signal.SIGKILL

    assert instructions > 100
    assert held == {0, 1}


def _limited(limit: int, *, kill: bool) -> None:
    """Let no file grow beyond `limit` bytes: the write that would fails, or ends the process."""
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL if kill else signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))


def _limits(path: Path) -> Iterator[int]:
    """Limits in front of and within each page of the file and each record of its journal."""
    return iter(range(0, 2 * path.stat().st_size + 8192, 512))


@steps
def test_killed_at_every_write_to_the_disk(
    path: Path, step: Step, allowed: list[list[CallRecord]]
) -> None:
    begin(path)
    ended = []
    for limit in _limits(path):
        begin(path)
        ended.append(in_a_child(lambda n=limit: (_limited(n, kill=True), step(path))))
        check(path, allowed)

    assert set(ended) == {-signal.SIGXFSZ, 0}
    assert ended.count(-signal.SIGXFSZ) > 5


@pytest.mark.parametrize("limit", [0, 500, 4096, 4097, 8192])
@pytest.mark.parametrize("kill", [False, True], ids=["full", "killed"])
def test_a_start_that_broke_off_is_started_again(path: Path, limit: int, kill: bool) -> None:
    in_a_child(lambda: (_limited(limit, kill=kill), CallLog.start(path)))

    log = CallLog.start(path)

    assert log.is_on
    assert log.save(OLD) == OLD
    assert CallLog.open(path).list() == (OLD,)


def test_killed_at_200_random_moments(path: Path) -> None:
    begin(path)
    moments = random.Random(1432)
    confirmed = 0

    def write_on(pipe: int, first: int) -> None:
        log = CallLog.open(path)
        [call, *_] = log.unfinished()
        for number in count(first):
            text = f"call {number}, " * 30
            log.save(replace(call, outcome=text, reason=text, result=str(number)))
            os.write(pipe, b".")

    for _ in range(200):
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                write_on(write, confirmed + 1)
            finally:
                os._exit(1)
        os.close(write)
        with open(read, "rb", buffering=0) as pipe:
            # However busy the machine is, some writes are through before the moment comes.
            for _ in range(moments.randrange(3)):
                confirmed += len(pipe.read(1))
            time.sleep(moments.uniform(0, 0.016))
            os.kill(child, signal.SIGKILL)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
            confirmed += len(pipe.readall())
        [call, kept] = CallLog.open(path).list()

        # What was confirmed is there, and at most the one write after it.
        held = int(call.result or "0")
        assert held in (confirmed, confirmed + 1)
        assert kept == KEPT
        if held:
            assert call.outcome == call.reason == (f"call {held}, " * 30).strip()
        confirmed = held

    assert confirmed > 100


# --- two at once ------------------------------------------------------------------------------


def test_windows_that_write_at_once_lose_nothing(path: Path) -> None:
    windows, calls = 3, 25

    def work(name: str) -> None:
        # They also start the log at once.
        log = CallLog.start(path)
        for number in range(calls):
            begun = CallRecord("", "2026-11-24T14:00:00+00:00", outcome=f"{name} {number}")
            call = log.save(begun)
            call = log.save(replace(call, answers={"a": ("yes",)}))
            log.finish(replace(call, ended="2026-11-24T14:10:00+00:00"))

    children = []
    for window in range(windows):
        child = os.fork()
        if child == 0:
            try:
                work(str(window))
                os._exit(0)
            finally:
                os._exit(1)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * windows

    found = CallLog.open(path).list()
    assert {call.outcome for call in found} == {
        f"{window} {number}" for window in range(windows) for number in range(calls)
    }
    assert len({call.reference for call in found}) == len(found) == windows * calls
    assert not any(call.unfinished for call in found)
    assert {call.answers["a"] for call in found} == {("yes",)}


# --- no room ----------------------------------------------------------------------------------


@steps
def test_a_full_disk_changes_nothing(
    path: Path, step: Step, allowed: list[list[CallRecord]]
) -> None:
    begin(path)
    ended = []
    for limit in _limits(path):
        begin(path)
        ended.append(in_a_child(lambda n=limit: (_limited(n, kill=False), step(path))))
        held = check(path, allowed)
        # A purge has taken the rows out even where the file could then not be packed.
        assert held == (ended[-1] == 0) or (step is _purge and held)

    assert set(ended) == {74, 0}
