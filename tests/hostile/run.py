"""Run one try of a hostile input against the installed command, and say everything it did.

A try is a line for bash, started in an empty folder with an empty home. Its address space is
limited to what the command may use of memory, so one that takes more fails. With `type` it runs at
a terminal, and keys are typed when the screen holds what they wait for.
"""

import hashlib
import os
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import pexpect
from conftest import small_text
from hostile import make
from term import Terminal

#: Stands in a text where the problem has to be found. It is taken out before the text is used.
HERE = "¦"
#: Stands for what a patient typed. It must come back nowhere.
SECRET = "xyzzy"
#: What a command may use of memory, in KiB. Its address space is never smaller than what it uses.
MEMORY = 200 * 1024
#: What a command may use of the processor. Unlike time, this does not hang on what else is running.
SECONDS = 10
#: Only what hangs is stopped by this, in seconds.
PATIENCE = 60

_PRELUDE = f"""
ulimit -c 0; ulimit -v {MEMORY}; ulimit -t {SECONDS}
# As somebody for whom a file can be closed; to root every file is open.
unprivileged() {{
  if [ "$(id -u)" != 0 ]; then "$@"
  else setpriv --bounding-set -dac_override,-dac_read_search --inh-caps -all "$@"; fi
}}
# In namespaces of its own.
apart() {{
  if [ "$(id -u)" = 0 ]; then unshare "$@"; else unshare --map-root-user "$@"; fi
}}
"""

Steps = Sequence[tuple[str, str | Mapping[str, str]]]


class RowError(Exception):
    """A row cannot be tried."""


@dataclass(frozen=True)
class Try:
    """One line to run, what lies in the folder, and what has to come of it.

    `at` is the place that has to be named, PATH:LINE:COL. `err` and `out` are patterns for what is
    written, `screen` for what a terminal shows; without one the stream has to be empty. `never` is
    nowhere. `makes` are the files that may be there afterwards, with a pattern for each. `errors`
    counts the lines; 0 is any number of them, where one mistake leads to many. `first` is a line
    above them.
    """

    name: str
    run: str
    exit: int
    rules: str | tuple[str, str] = ""
    answers: str = ""
    files: Mapping[str, str | Mapping[str, str]] = field(default_factory=dict)
    make: str = ""
    type: Steps = ()
    at: str = ""
    err: str = ""
    out: str = ""
    screen: str = ""
    never: str = ""
    makes: Mapping[str, str] = field(default_factory=dict)
    errors: int = 1
    first: str = ""


@dataclass(frozen=True)
class Ran:
    """What a try did: exit code, words, files that are new or not as before, and a whole screen."""

    code: int | str
    out: str = ""
    err: str = ""
    screen: str = ""
    raw: str = ""
    at: str = ""
    changed: Mapping[str, str] = field(default_factory=dict)


#: Helpers that not every machine lets a line use, with what they are tried with.
_HELPERS = {
    "apart": "apart --net --mount --uts true",
    "unprivileged": "unprivileged true",
    "prlimit": "prlimit --fsize=1000000 true",
}


def lacking(wanted: Try) -> str:
    """The helper that a try needs and that cannot be used here, as in a container; or empty."""
    return next((name for name in _HELPERS if name in wanted.run and not _works(name)), "")


@cache
def _works(helper: str) -> bool:
    line = _PRELUDE + _HELPERS[helper]
    return subprocess.run(["bash", "-c", line], capture_output=True, check=False).returncode == 0


def run(wanted: Try) -> Ran:
    """Run a try in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="hostile-") as name:
        top = Path(name)
        here = top / "here"
        for folder in (here, top / "home", top / "temporary"):
            folder.mkdir()
        try:
            at = _fill(here, wanted)
        except RowError as error:
            return Ran(f"the row is wrong: {error}")
        before = _snapshot(top)
        ran = _at_terminal(wanted, here) if wanted.type else _in_shell(wanted, here)
        after = _snapshot(top)
        changed = {
            path: _content(top / path) if path in after else "(gone)"
            for path in before.keys() | after.keys()
            if before.get(path) != after.get(path)
        }
        return replace(ran, changed=changed, at=at)


# --- the folder -------------------------------------------------------------------------------


def _fill(here: Path, wanted: Try) -> str:
    """Write the files of a try; the place that has to be named."""
    texts: dict[str, str | Mapping[str, str]] = {"small.yaml": small_text(), **wanted.files}
    if wanted.rules:
        texts["rules.yaml"] = wanted.rules if isinstance(wanted.rules, str) else _changed(wanted)
    if wanted.answers:
        texts["answers.yaml"] = wanted.answers
    at = wanted.at
    for name, text in texts.items():
        if not isinstance(text, str):
            (here / name).write_bytes(getattr(make, text["make"])())
            continue
        before, mark, after = text.partition(HERE)
        if mark:
            at = f"{name}:{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"
        (here / name).write_text(before + after, encoding="utf-8", newline="")
    for name in wanted.make.split():
        getattr(make, name)(here)
    return at


def _changed(wanted: Try) -> str:
    """The small rule set with one thing changed."""
    old, new = wanted.rules
    text = small_text()
    if text.count(old) != 1:
        raise RowError(f"{old!r} stands {text.count(old)} times in the small rule set")
    return text.replace(old, new)


def _snapshot(top: Path) -> dict[str, str]:
    """Everything below a folder: what it is, its mode, and what it holds."""
    return {
        str(path.relative_to(top)): _describe(path)
        for path in sorted(top.rglob("*"))
        if path != top / "here"
    }


def _describe(path: Path) -> str:
    found = path.lstat()
    said = stat.filemode(found.st_mode)
    if stat.S_ISLNK(found.st_mode):
        return f"{said} {os.readlink(path)}"
    if not stat.S_ISREG(found.st_mode):
        return said
    return f"{said} {found.st_mtime_ns} {hashlib.sha256(_bytes(path)).hexdigest()}"


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _content(path: Path) -> str:
    mode = stat.filemode(path.lstat().st_mode)
    return mode + "\n" + (_bytes(path).decode("utf-8", "replace") if path.is_file() else "")


# --- the process ------------------------------------------------------------------------------


def _environment(here: Path) -> dict[str, str]:
    folder = str(Path(sys.executable).parent)
    return {
        "PATH": os.pathsep.join([folder, os.environ.get("PATH", os.defpath)]),
        "HOME": str(here.parent / "home"),
        "TMPDIR": str(here.parent / "temporary"),
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "PYTHON": sys.executable,
    }


def _in_shell(wanted: Try, here: Path) -> Ran:
    with subprocess.Popen(
        ["bash", "-c", _PRELUDE + wanted.run],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=here,
        env=_environment(here),
        start_new_session=True,
    ) as process:
        try:
            out, err = process.communicate(timeout=PATIENCE)
            code: int | str = process.returncode
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            code = "it hangs"
    return Ran(code, _decoded(out), _decoded(err))


def _decoded(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")


def _at_terminal(wanted: Try, here: Path) -> Ran:
    with Terminal(
        "bash",
        ["-c", _PRELUDE + wanted.run],
        environment=_environment(here),
        folder=here,
        patience=PATIENCE,
    ) as terminal:
        try:
            for pattern, keys in wanted.type:
                terminal.wait(pattern)
                if isinstance(keys, str):
                    terminal.type(keys)
                for act, what in () if isinstance(keys, str) else keys.items():
                    _ACTS[act](terminal, what)
            code, number = terminal.end()
        except (AssertionError, pexpect.ExceptionPexpect) as error:
            return Ran(f"it hangs: {error}")
        ended: int | str = (code or 0) if number is None else -number
        if not terminal.is_as_before:
            ended = f"{ended}, and the terminal is not as before"
        raw = terminal.raw.decode("utf-8", "replace")
        return Ran(ended, screen=terminal.everything(), raw=raw)


_ACTS: dict[str, Callable[[Terminal, str], object]] = {
    "paste": lambda terminal, text: terminal.paste(text),
    "paste_of": lambda terminal, size: terminal.paste("x" * int(size)),
    "signal": lambda terminal, name: terminal.kill(signal.Signals[f"SIG{name}"]),
    "line": lambda terminal, size: terminal.type("x" * int(size) + "\r"),
    "lines": lambda terminal, count: terminal.type("x\r" * int(count)),
}
