"""What the streams of a process may be like: not buffered, not waiting, of another language."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("termios", reason="a pseudo-terminal is needed")

from term import Terminal

COMMAND = shutil.which("tpcheck", path=str(Path(sys.executable).parent)) or ""
EMERGENCY = "answers: {life_threat: yes}"


def after(first: str, *arguments: str) -> list[str]:
    """The command in a shell that does something `first`."""
    return ["sh", "-c", f'{first}; exec "$0" "$@"', COMMAND, *arguments]


def run(
    *arguments: str, typed: str = "", first: str = ":", unbuffered: str = "", out: int
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        after(first, *arguments),
        input=typed.encode(),
        stdout=out,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
        check=False,
    )


# --- output -----------------------------------------------------------------------------------

#: No file may grow beyond one block, or at all.
ONE_BLOCK, NOTHING = "ulimit -f 1", "ulimit -f 0"
CUT = "tpcheck: error: the output could not be delivered: File too large"


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_output_that_is_cut_short_is_told(tmp_path: Path, unbuffered: str) -> None:
    with (tmp_path / "out").open("wb") as out:
        done = run(
            *("assess", "-"),
            typed=EMERGENCY,
            first=ONE_BLOCK,
            unbuffered=unbuffered,
            out=out.fileno(),
        )

    assert done.returncode == 74
    told = done.stderr.decode().splitlines()
    assert told[0].startswith("EMERGENCY: call 999 now")
    assert told[-1] == CUT


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_output_that_a_full_pipe_does_not_take_is_told(unbuffered: str) -> None:
    reads, writes = os.pipe()
    os.set_blocking(writes, False)
    done = run("export", "questionnaire", unbuffered=unbuffered, out=writes)
    os.close(reads)
    os.close(writes)

    assert done.returncode == 74


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("word", ["--help", "--version"])
def test_help_that_does_not_arrive_is_no_bug(tmp_path: Path, unbuffered: str, word: str) -> None:
    with (tmp_path / "out").open("wb") as out:
        done = run(word, first=NOTHING, unbuffered=unbuffered, out=out.fileno())

    assert (done.returncode, done.stderr.decode().splitlines()) == (74, [CUT])


# --- input ------------------------------------------------------------------------------------


def test_what_comes_late_is_waited_for() -> None:
    """Whoever shares a pipe can have said that nobody is to wait on it."""
    reads, writes = os.pipe()
    os.set_blocking(reads, False)
    process = subprocess.Popen(
        [COMMAND, "assess", "-"], stdin=reads, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    os.close(reads)
    one = b'{"answers":{}}\n'
    with process, os.fdopen(writes, "wb", buffering=0) as stream:
        stream.write(one * 3 + one[:5])
        time.sleep(0.5)
        stream.write(one[5:] + one * 2)
        stream.close()
        out, err = process.communicate()

    assert (out.count(b"\n"), err, process.returncode) == (6, b"", 3)


@pytest.fixture
def strict(tmp_path: Path) -> Callable[..., Terminal]:
    """A terminal where a byte that is no UTF-8 is an error, as in en_GB.UTF-8."""

    def open_terminal(*arguments: str) -> Terminal:
        strictly = {"PYTHONIOENCODING": "utf-8:strict", "HOME": str(tmp_path), "TPCHECK_RULES": ""}
        return Terminal(COMMAND, arguments, rows=50, folder=tmp_path, environment=strictly)

    return open_terminal


def test_a_byte_that_is_no_text_is_asked_again(strict: Callable[..., Terminal]) -> None:
    with strict("--plain") as terminal:
        terminal.wait("For myself")
        os.write(terminal.child.child_fd, b"\xa3\r")
        terminal.wait("is not one of the choices")
        terminal.type("q\r").wait("top").type("y\r")
        assert terminal.end() == (3, None)


def test_a_call_survives_a_byte_that_is_no_text(strict: Callable[..., Terminal]) -> None:
    with strict("triage", "--plain") as terminal:
        terminal.wait("The caller is the patient").type("1\r").wait("Question 1")
        os.write(terminal.child.child_fd, b"\xa3\r")
        terminal.wait("is not one of the choices").type("\x04").wait("PHONE TRIAGE NOTE")
        terminal.wait("next call").type("q\r")
        assert terminal.end() == (0, None)


# --- signals ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["SIGHUP", "SIGTERM"])
@pytest.mark.parametrize("ignored", [True, False])
def test_a_signal_that_is_to_be_ignored_is(name: str, ignored: bool) -> None:
    """As nohup asks for."""
    number = signal.Signals[name]
    process = subprocess.Popen(
        after(f"trap '' {number:d}" if ignored else ":", "assess", "-"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
    )
    assert process.stdin
    assert process.stdout
    with process:
        process.stdin.write(b'{"answers":{}}\n' * 600)
        process.stdin.flush()
        # Its first results are there, so it is past its start.
        assert process.stdout.readline()
        process.send_signal(number)
        out, err = process.communicate()

    if ignored:
        assert (out.count(b"\n"), err, process.returncode) == (599, b"", 3)
    else:
        assert process.returncode == 128 + number
        assert err == b"tpcheck: stopped\n"
