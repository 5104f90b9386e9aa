"""A person at a terminal: a command in a pseudo-terminal, and the screen that it draws."""

import os
import re
import signal
import struct
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import pexpect
import pyte

UP, DOWN, LEFT, RIGHT = "\x1b[A", "\x1b[B", "\x1b[D", "\x1b[C"
PAGE_UP, PAGE_DOWN = "\x1b[5~", "\x1b[6~"
ENTER, ESCAPE, TAB, BACKSPACE = "\r", "\x1b", "\t", "\x7f"
CTRL_C, CTRL_D = "\x03", "\x04"

_KEPT = ("PATH", "HOME", "VIRTUAL_ENV", "PYTHONPATH")


def _hold(descriptor: int) -> int | None:
    """Open the other end of a pseudo-terminal too.

    Linux sets one up anew once nobody has it open, and forgets how the command left it.
    """
    if sys.platform != "linux":
        return None
    import fcntl

    get_number = 0x80045430  # TIOCGPTN, see ioctl_tty(2)
    number = struct.unpack("i", fcntl.ioctl(descriptor, get_number, bytes(4)))[0]
    return os.open(f"/dev/pts/{number}", os.O_RDWR | os.O_NOCTTY)


def _is_sane(descriptor: int) -> bool:
    """Whether what is typed is shown and comes in lines, as a shell needs it."""
    import termios

    flags = termios.tcgetattr(descriptor)[3]
    return bool(flags & termios.ECHO) and bool(flags & termios.ICANON)


class Terminal:
    """Spawn a command and look at its screen; waits for text, never for time.

    `environment` is added to a small fixed one, so that a test does not depend on who runs it.
    `folder` is where the command runs. Everything that the command has sent is in `raw`.
    """

    def __init__(
        self,
        command: str,
        arguments: Sequence[str] = (),
        *,
        columns: int = 80,
        rows: int = 24,
        environment: dict[str, str] | None = None,
        folder: Path | None = None,
        patience: float = 20.0,
    ) -> None:
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        fixed = {"TERM": "xterm-256color", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
        self._patience = patience
        self.child = pexpect.spawn(
            command,
            list(arguments),
            dimensions=(rows, columns),
            env={**kept, **fixed, **(environment or {})},
            timeout=patience,
            cwd=folder,
        )
        self.child.delaybeforesend = None
        self.child.ptyproc.delayafterclose = 0.02
        self._line = _hold(self.child.child_fd)
        self.screen = pyte.HistoryScreen(columns, rows, history=5000)
        # A terminal answers when it is asked where the cursor is.
        self.screen.write_process_input = self._write_back  # type: ignore[method-assign]
        self._stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.is_sane = False

    @property
    def is_as_before(self) -> bool:
        """Once it has ended: what is typed is seen, the cursor too, and no other screen is left."""
        other = self.raw.rfind(b"\x1b[?1049h") > self.raw.rfind(b"\x1b[?1049l")
        return self.is_sane and not self.screen.cursor.hidden and not other

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.child.isalive():
            self.child.kill(signal.SIGKILL)
            self.child.wait()
        self._leave_line()
        self.child.close()

    def _leave_line(self) -> None:
        if self._line is not None:
            os.close(self._line)
            self._line = None

    def _write_back(self, data: str) -> None:
        self.child.send(data)

    def pump(self, quiet: float = 0.03) -> Self:
        """Take in what the command has sent, until it is silent for `quiet` seconds."""
        while True:
            try:
                data = self.child.read_nonblocking(65536, timeout=quiet)
            except (pexpect.TIMEOUT, pexpect.EOF):
                return self
            self.raw += data
            self._stream.feed(data)

    def wait(self, pattern: str) -> Self:
        """Until the screen holds `pattern`. Raises AssertionError with the screen otherwise."""
        return self.until(lambda: bool(re.search(pattern, self.text())), f"{pattern!r}")

    def until(self, holds: Callable[[], bool], what: str) -> Self:
        """Until `holds`. Raises AssertionError with `what` and the screen otherwise."""
        start = time.monotonic()
        while True:
            ended = not self.child.isalive()
            self.pump()
            if holds():
                return self
            if ended:
                raise AssertionError(f"ended before {what} came:\n{self.text()}")
            if time.monotonic() - start > self._patience:
                raise AssertionError(f"never saw {what} on:\n{self.text()}")

    def _waits(self) -> bool:
        """Whether the command, and all that it runs, have nothing left to do but wait for a key.

        Known on Linux; elsewhere it is taken for granted.
        """
        for path in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                # After the name in brackets: state, parent, group, session (proc(5)).
                state, *others = path.read_text("utf-8", "replace").rpartition(")")[2].split()
                if state in "RD" and int(others[2]) == self.child.pid:
                    return False
        return True

    def wait_early(self, word: str) -> Self:
        """Until `word` has been sent, and not a moment longer."""
        while word.encode() not in self.raw:
            data = self.child.read_nonblocking(65536, timeout=self._patience)
            self.raw += data
            self._stream.feed(data)
        return self

    def type(self, keys: str) -> Self:
        """Type `keys` once the command waits for them, and look at nothing yet.

        A warning drops what is typed in the moment in which it is drawn.
        """
        self.pump()
        self.until(self._waits, "a command that waits")
        self.child.send(keys)
        return self

    def send(self, keys: str, then: str = "") -> Self:
        """Type `keys`, and wait for `then` if it is given."""
        self.type(keys)
        return self.wait(then) if then else self.pump()

    def paste(self, text: str, then: str = "") -> Self:
        """Paste `text` as a terminal with bracketed paste does."""
        return self.send(f"\x1b[200~{text}\x1b[201~", then)

    def resize(self, columns: int, rows: int) -> Self:
        """Change the size of the window, and let the command draw again."""
        self.screen.resize(rows, columns)
        self.child.setwinsize(rows, columns)
        return self.pump(0.3)

    def hang_up(self) -> int:
        """Take the terminal away, as when its window is closed; the exit status."""
        self._leave_line()
        self.child.ptyproc.fileobj.close()
        self.child.ptyproc.fd = self.child.child_fd = -1
        end = time.monotonic() + self._patience
        while (found := os.waitpid(self.child.pid, os.WNOHANG)) == (0, 0):
            if time.monotonic() > end:
                raise AssertionError("did not end")
            time.sleep(0.02)
        self.child.ptyproc.terminated = self.child.ptyproc.closed = True
        self.child.terminated = self.child.closed = True
        return os.waitstatus_to_exitcode(found[1])

    def kill(self, number: int) -> Self:
        """Send a signal."""
        self.child.kill(number)
        return self

    def text(self) -> str:
        """What is on the screen now, without the blanks at the right and below."""
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip()

    def everything(self) -> str:
        """The screen with all that has scrolled off it."""
        width = range(self.screen.columns)
        above = ["".join(line[x].data for x in width).rstrip() for line in self.screen.history.top]
        return "\n".join([*above, self.text()]).rstrip()

    def end(self) -> tuple[int | None, int | None]:
        """Wait for the command to end: its exit status, or the signal that killed it."""
        end = time.monotonic() + self._patience
        while self.child.isalive():
            self.pump()
            if time.monotonic() > end:
                raise AssertionError(f"did not end; screen:\n{self.text()}")
        self.pump()
        self.is_sane = _is_sane(self.child.child_fd)
        self._leave_line()
        self.child.close()
        return self.child.exitstatus, self.child.signalstatus
