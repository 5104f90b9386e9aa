"""A copy is saved whole or not at all, for its owner only, and over nothing by accident."""

import errno
import os
import random
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from conftest import small_text
from term import Terminal
from test_approval import TEXT as APPROVABLE
from test_terminal import COMMAND
from test_terminal import Person as Questioned

from tpcheck.calls import CallLog, CallRecord
from tpcheck.cli import app, copies, rulesets, saving, streams
from tpcheck.cli.copies import Format
from tpcheck.engine import Engine
from tpcheck.errors import DeliveryError, ExitCode, InputError, OutputError, UsageError
from tpcheck.model import RuleSet, Summary
from tpcheck.summary import summarize

OLD = b"what was there before\n"
NEW = b"the new result, all of it\n" * 40


def _save(path: Path, content: bytes) -> None:
    saving.save(str(path), content)


def _replace(path: Path, content: bytes) -> None:
    saving.save(str(path), content, force=True)


def _rewrite(path: Path, content: bytes) -> None:
    saving.rewrite(str(path), OLD, content)


#: The ways to write a file, and whether there is one already.
WRITES = {"save": (_save, False), "replace": (_replace, True), "rewrite": (_rewrite, True)}
writes = pytest.mark.parametrize(("write", "old"), WRITES.values(), ids=WRITES)

posix = pytest.mark.skipif(os.name != "posix", reason="modes, links and signals of POSIX")


class Os:
    """The module `os`, except for what a test says; the call `fails` fails once, the nth time."""

    def __init__(self, fails: str = "", nth: int = 0, **instead: Any) -> None:
        self._fails, self._nth, self._instead = fails, nth, instead
        self.failed = False

    def __getattr__(self, name: str) -> Any:
        found = self._instead.get(name, getattr(os, name))
        return self._failing(found) if name == self._fails else found

    def _failing(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def attempt(*arguments: Any, **more: Any) -> Any:
            self._nth -= 1
            if self._nth or self.failed:
                return call(*arguments, **more)
            self.failed = True
            if self._fails == "close":
                call(*arguments)  # it is closed all the same
            raise OSError(errno.EIO, os.strerror(errno.EIO))

        return attempt


#: The ways of making a file: under another name, and without a name until it is complete, where
#: the system has that.
WAYS = ["named", "nameless"] if saving._NAMELESS else ["named"]


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each way of making a file."""
    if request.param == "named":
        monkeypatch.setattr(saving, "_NAMELESS", 0)
    return str(request.param)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """An empty folder in which no part of a file may be left."""
    path = tmp_path / "folder"
    path.mkdir()
    yield path
    assert [left.name for left in path.iterdir() if left.name.startswith(".tpcheck")] == []


def _make(path: Path, what: str) -> None:
    match what:
        case "file":
            path.write_bytes(OLD)
        case "link to a file":
            (path.parent / "other").write_bytes(OLD)
            path.symlink_to("other")
        case "link to nothing":
            path.symlink_to("nowhere")
        case "folder":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)


# --- what is saved ----------------------------------------------------------------------------


@posix
@pytest.mark.parametrize("umask", [0, 0o022, 0o077])
def test_only_the_owner_may_read_it(way: str, folder: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        saving.save(str(folder / "copy"), NEW)
    finally:
        os.umask(before)

    assert (folder / "copy").read_bytes() == NEW
    assert stat.S_IMODE((folder / "copy").stat().st_mode) == 0o600


def test_a_name_alone_is_a_file_here(
    way: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)

    saving.save("copy", b"")

    assert (folder / "copy").read_bytes() == b""


@posix
@pytest.mark.parametrize("what", ["file", "link to a file", "link to nothing", "folder", "pipe"])
def test_nothing_is_replaced_or_written_through(way: str, folder: Path, what: str) -> None:
    _make(folder / "copy", what)

    with pytest.raises(saving.TakenError) as caught:
        saving.save(str(folder / "copy"), NEW)

    assert caught.value.exit_code == ExitCode.CANNOT_CREATE
    assert not (folder / "nowhere").exists()
    assert what != "link to a file" or (folder / "other").read_bytes() == OLD


@posix
@pytest.mark.parametrize("what", ["nothing", "file", "link to a file", "link to nothing"])
def test_force_replaces_the_name_and_never_what_a_link_leads_to(
    way: str, folder: Path, what: str
) -> None:
    _make(folder / "copy", what)

    saving.save(str(folder / "copy"), NEW, force=True)

    assert not (folder / "copy").is_symlink()
    assert (folder / "copy").read_bytes() == NEW
    assert not (folder / "nowhere").exists()
    assert what != "link to a file" or (folder / "other").read_bytes() == OLD


@posix
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "not a file name"),
        ("folder/", "not a file name"),
        ("folder/..", "not a file name"),
        ("a\0b", "not a file name"),
        ("none/copy", "no such file or directory"),
        ("old/copy", "not a directory"),  # a file where a folder should be
        ("folder", "not a file that can be replaced"),
        ("pipe", "not a file that can be replaced"),
        ("n" * 300, "file name too long"),
    ],
)
def test_what_cannot_be_a_file_is_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, reason: str
) -> None:
    monkeypatch.chdir(tmp_path)
    _make(tmp_path / "folder", "folder")
    _make(tmp_path / "pipe", "pipe")
    _make(tmp_path / "old", "file")

    with pytest.raises(OutputError, match=reason) as caught:
        saving.save(name, NEW, force=True)

    assert "\n" not in str(caught.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "old", "pipe"]
    if name != "n" * 300:
        with pytest.raises(OutputError, match=reason):
            saving.refuse_early(name, force=True)


def test_who_comes_in_between_keeps_the_name(
    way: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing_there(*_: object, **__: object) -> object:
        raise FileNotFoundError

    (folder / "copy").write_bytes(OLD)
    monkeypatch.setattr(saving, "os", Os(stat=nothing_there))

    with pytest.raises(saving.TakenError):
        saving.save(str(folder / "copy"), NEW)

    assert (folder / "copy").read_bytes() == OLD


# --- systems that cannot do all of it ---------------------------------------------------------


def _rename_as_windows(source: str, name: str) -> None:
    if os.path.lexists(name):
        raise FileExistsError(errno.EEXIST, "File exists")
    os.replace(source, name)


@pytest.mark.parametrize("force", [False, True])
def test_it_works_as_on_windows(folder: Path, monkeypatch: pytest.MonkeyPatch, force: bool) -> None:
    monkeypatch.setattr(saving, "os", Os(name="nt", rename=_rename_as_windows))
    monkeypatch.setattr(saving, "_HOLDS", False)
    monkeypatch.setattr(saving, "_NAMELESS", 0)
    path = folder / "copy"

    saving.save(str(path), OLD)
    if force:
        saving.save(str(path), NEW, force=True)
    else:
        with pytest.raises(saving.TakenError):
            saving.save(str(path), NEW)

    assert path.read_bytes() == (NEW if force else OLD)


def _no_links(*_: object, **__: object) -> None:
    raise PermissionError(errno.EPERM, "Operation not permitted")


def test_a_file_system_without_links_will_do(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saving, "os", Os(link=_no_links))
    monkeypatch.setattr(saving, "_NAMELESS", 0)

    saving.save(str(folder / "copy"), NEW)
    with pytest.raises(saving.TakenError):
        saving.save(str(folder / "copy"), OLD)

    assert (folder / "copy").read_bytes() == NEW


def test_a_file_system_that_cannot_sync_will_do(
    way: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_sync(_: int) -> None:
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(saving, "os", Os(fsync=no_sync))

    saving.save(str(folder / "copy"), NEW)

    assert (folder / "copy").read_bytes() == NEW


# --- what is rewritten ------------------------------------------------------------------------


@posix
def test_what_is_rewritten_keeps_its_mode(way: str, folder: Path) -> None:
    (folder / "rules").write_bytes(OLD)
    (folder / "rules").chmod(0o654)

    saving.rewrite(str(folder / "rules"), OLD, NEW)

    assert (folder / "rules").read_bytes() == NEW
    assert stat.S_IMODE((folder / "rules").stat().st_mode) == 0o654


@posix
def test_what_is_rewritten_runs_as_nobody_else(way: str, folder: Path) -> None:
    (folder / "rules").write_bytes(OLD)
    (folder / "rules").chmod(0o6755)

    saving.rewrite(str(folder / "rules"), OLD, NEW)

    assert stat.S_IMODE((folder / "rules").stat().st_mode) == 0o755


@posix
def test_what_may_not_be_written_to_is_left_alone(
    way: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The superuser may write to every file.
    monkeypatch.setattr(saving, "os", Os(access=lambda *_: False))
    (folder / "rules").write_bytes(OLD)

    with pytest.raises(OutputError, match="it may not be written to"):
        saving.rewrite(str(folder / "rules"), OLD, NEW)

    assert (folder / "rules").read_bytes() == OLD


@posix
def test_force_does_not_replace_a_link_to_a_device(way: str, folder: Path) -> None:
    (folder / "copy").symlink_to(os.devnull)

    with pytest.raises(OutputError, match="not a file that can be replaced"):
        saving.save(str(folder / "copy"), NEW, force=True)

    assert (folder / "copy").is_symlink()


@posix
def test_an_owner_that_cannot_be_kept_is_no_reason_to_stop(
    way: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def only_for_root(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    (folder / "rules").write_bytes(OLD)
    monkeypatch.setattr(saving, "os", Os(fchown=only_for_root))

    saving.rewrite(str(folder / "rules"), OLD, NEW)

    assert (folder / "rules").read_bytes() == NEW


def test_a_file_that_changed_meanwhile_is_left_alone(way: str, folder: Path) -> None:
    (folder / "rules").write_bytes(b"what somebody else wrote")

    with pytest.raises(InputError, match="has changed since it was read; run this again"):
        saving.rewrite(str(folder / "rules"), OLD, NEW)

    assert (folder / "rules").read_bytes() == b"what somebody else wrote"


@posix
@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("nothing", "no such file"),
        ("link to a file", "this is a link; name the file that it leads to"),
        ("link to nothing", "this is a link"),
        ("folder", "not a regular file"),
        ("pipe", "not a regular file"),
    ],
)
def test_only_a_file_is_rewritten(folder: Path, what: str, reason: str) -> None:
    _make(folder / "rules", what)

    with pytest.raises((InputError, OutputError), match=reason):
        saving.rewrite(str(folder / "rules"), OLD, NEW)

    assert what != "link to a file" or (folder / "other").read_bytes() == OLD
    assert not (folder / "nowhere").exists()


def test_a_folder_that_takes_no_file(
    way: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = os.open

    def open_(path: str, flags: int, *more: int, **others: int) -> int:
        if flags & os.O_WRONLY:
            raise PermissionError(errno.EACCES, "Permission denied")
        return opened(path, flags, *more, **others)

    (folder / "rules").write_bytes(OLD)
    monkeypatch.setattr(saving, "os", Os(open=open_))

    with pytest.raises(OutputError, match="permission denied"):
        saving.rewrite(str(folder / "rules"), OLD, NEW)

    assert (folder / "rules").read_bytes() == OLD


# --- faults -----------------------------------------------------------------------------------


CALLS = ("open", "stat", "write", "fsync", "fchmod", "fchown", "close", "link", "replace", "unlink")


@posix
@writes
@pytest.mark.parametrize(
    ("way", "call", "links"),
    [
        *((way, call, True) for way in ("nameless", "named") for call in CALLS),
        # A file without a name is always linked; where there are no links, no link can fail.
        *(("named", call, False) for call in CALLS if call != "link"),
    ],
    indirect=["way"],
)
def test_a_call_that_fails_leaves_the_old_file_or_the_new_one(
    way: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    call: str,
    write: Callable[[Path, bytes], None],
    old: bool,
    links: bool,
) -> None:
    told = []
    for nth in range(1, 20):
        folder = tmp_path / str(nth)
        folder.mkdir()
        path = folder / "copy"
        if old:
            path.write_bytes(OLD)
        system = Os(call, nth, **({} if links else {"link": _no_links}))
        monkeypatch.setattr(saving, "os", system)
        said = ""
        try:
            write(path, NEW)
        except (OutputError, DeliveryError) as error:
            said = str(error)
        assert said in ("", f"{path}: input/output error")
        assert said or path.read_bytes() == NEW
        told.append(bool(said))
        found = {file.name: file.read_bytes() for file in folder.iterdir()}
        assert set(found) <= {"copy"}
        assert found.get("copy", OLD) in (OLD, NEW)
        assert found or not old
        if not system.failed:
            # It has failed once for each time that this way of writing calls it.
            assert (nth > 1) == (call in _called(way, write, old=old, links=links))
            *told, without = told
            assert not without
            if call in ("write", "fsync"):
                # Nothing of the file is lost unsaid, and neither is its name: first the file is
                # written through, then its folder.
                assert told == [True] * (2 if call == "fsync" else 1)
            if call == "close":
                assert told[0]  # that of the file; the folder was only read
            return
    raise AssertionError(f"{call} was called too often")


def _called(
    way: str, write: Callable[[Path, bytes], None], *, old: bool, links: bool
) -> Iterator[str]:
    """The calls that a way of writing makes."""
    yield from ("open", "stat", "write", "fsync", "close", "unlink")
    if write is _rewrite:
        yield from ("fchmod", "fchown")
    if way == "nameless" or not old:
        yield "link"
    if old or not links:
        yield "replace"


@writes
def test_a_disk_that_is_full_at_any_byte_leaves_no_part(
    way: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    write: Callable[[Path, bytes], None],
    old: bool,
) -> None:
    path = folder / "copy"
    content = b"0123456789" * 4
    for room in range(len(content)):
        left = room

        def filling(descriptor: int, data: memoryview) -> int:
            nonlocal left
            if not left:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            # A disk that fills up writes what still fits.
            written = os.write(descriptor, data[: min(left, 7)])
            left -= written
            return written

        if old:
            path.write_bytes(OLD)
        monkeypatch.setattr(saving, "os", Os(write=filling))
        with pytest.raises(DeliveryError, match="no space left on device"):
            write(path, content)
        assert [file.read_bytes() for file in folder.iterdir()] == ([OLD] if old else [])


#: What is written in turn; large enough that a kill can fall within a write.
TURNS = (b"a" * 100_000, b"b" * 100_000)


def _save_on(mode: str, folder: Path, wrote: Callable[[], object]) -> None:
    for number in count():
        before, after = TURNS[(number + 1) % 2], TURNS[number % 2]
        match mode:
            case "save":
                saving.save(f"{folder}/copy{number}", after)
            case "replace":
                saving.save(f"{folder}/copy", after, force=True)
            case "rewrite":
                saving.rewrite(f"{folder}/copy", before, after)
        wrote()


def _kill(
    work: Callable[[Callable[[], None]], None], number: int, writes: int, after: float
) -> int:
    """Do `work` in a process of its own, and end it by a signal; what it ended with.

    The signal is sent so many seconds after the work has said so many times that it wrote.
    """
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            signal.signal(signal.SIGTERM, lambda *_: sys.exit())
            work(lambda: os.write(tell, b"."))
        except SystemExit:
            os._exit(143)
        finally:
            os._exit(1)
    os.close(tell)
    for _ in range(writes):
        os.read(told, 1)
    time.sleep(after)
    os.kill(child, number)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.close(told)
    return ended


@posix
@pytest.mark.parametrize("mode", WRITES)
@pytest.mark.parametrize(
    ("way", "name"),
    # Nothing can run after SIGKILL, so there the file has no name until it is complete.
    [("nameless", "SIGKILL"), ("nameless", "SIGTERM"), ("named", "SIGTERM")],
    indirect=["way"],
)
def test_a_kill_at_200_moments_leaves_whole_files(
    way: str, tmp_path: Path, name: str, mode: str
) -> None:
    moments = random.Random(20261125)
    number = getattr(signal, name)
    held = set()
    for run in range(200):
        folder = tmp_path / str(run)
        folder.mkdir()
        if mode != "save":
            (folder / "copy").write_bytes(TURNS[1])
        ended = _kill(
            partial(_save_on, mode, folder),
            number,
            # However busy the machine is, some are written before the moment comes.
            1 + moments.randrange(2),
            moments.uniform(0, 0.01),
        )
        left = {file.name: file.read_bytes() for file in folder.iterdir()}
        held |= {content for file, content in left.items() if file.startswith("copy")}
        parts = {file: content for file, content in left.items() if not file.startswith("copy")}

        assert ended == (-signal.SIGKILL if name == "SIGKILL" else 143)
        assert len(left) > len(parts)
        assert set(left.values()) <= set(TURNS)
        # Before one file takes the place of another, the new one is there under a name of its own:
        # only what cannot be caught leaves it there, and then it is whole.
        assert not parts or (name == "SIGKILL" and mode != "save" and len(parts) == 1)
        shutil.rmtree(folder)
    assert held == set(TURNS)


# --- the commands -----------------------------------------------------------------------------


@pytest.fixture
def answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A file of answers to the small rule set, which the commands use."""
    rules = tmp_path / "small.yaml"
    rules.write_text(small_text(), encoding="utf-8")
    monkeypatch.setenv(rulesets.VARIABLE, str(rules))
    path = tmp_path / "answers.yaml"
    path.write_text('answers: {crushed: "yes"}\n', encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("name", "asked", "starts"),
    [
        ("copy.txt", [], "result.title\n"),
        ("copy", [], "result.title\n"),
        ("copy.html", [], "<!doctype html>"),
        ("copy.HTM", [], "<!doctype html>"),
        ("copy.json", [], "{\n"),
        ("copy.doc", ["--format", "html"], "<!doctype html>"),
        ("copy.html", ["--format", "text"], "result.title\n"),  # what is asked for counts
    ],
)
def test_assess_shows_the_result_and_saves_it_in_a_format(
    answers: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    asked: list[str],
    starts: str,
) -> None:
    path = tmp_path / name

    code = app.run(["assess", answers, "--output", str(path), *asked])

    assert code == 0
    assert capsys.readouterr().out.startswith("result.title\n")
    assert path.read_text(encoding="utf-8").startswith(starts)


@pytest.mark.parametrize(
    ("name", "more", "code", "reason"),
    [
        ("copy.doc", [], ExitCode.USAGE, "end the name in .txt, .html or .json"),
        ("taken.txt", [], ExitCode.CANNOT_CREATE, "already; choose another, or --force"),
        ("none/copy.txt", ["--force"], ExitCode.CANNOT_CREATE, "no such file"),
    ],
)
def test_what_cannot_be_saved_is_said_before_anything_is_done(
    answers: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    more: list[str],
    code: int,
    reason: str,
) -> None:
    (tmp_path / "taken.txt").write_bytes(OLD)

    assert app.run(["assess", answers, "--output", str(tmp_path / name), *more]) == code

    ran = capsys.readouterr()
    assert ran.out == ""
    assert reason in ran.err
    assert ran.err.count("\n") == 1
    assert (tmp_path / "taken.txt").read_bytes() == OLD


def test_force_replaces_on_the_command_line(answers: str, tmp_path: Path) -> None:
    path = tmp_path / "taken.txt"
    path.write_bytes(OLD)

    assert app.run(["assess", answers, "--output", str(path), "--force"]) == 0

    assert path.read_text(encoding="utf-8").startswith("result.title\n")


def test_nothing_is_saved_that_was_not_shown(
    answers: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_text: str, *, urgent: str = "") -> None:
        raise DeliveryError("the output could not be delivered")

    monkeypatch.setattr(streams, "deliver", fail)

    code = app.run(["assess", answers, "--output", str(tmp_path / "copy.txt")])

    assert code == ExitCode.NOT_DELIVERED
    assert not (tmp_path / "copy.txt").exists()


#: Every command that writes a file, but for the call log: the file, and what it says beforehand.
WRITERS = [
    ("assess answers.yaml --output new", "new", "result.title\n"),
    ("assess answers.yaml --output old --force", "old", "result.title\n"),
    ("assess answers.yaml --output new --format json", "new", "result.title\n"),
    ("assess answers.yaml --output new --format html", "new", "result.title\n"),
    ("export questionnaire --output new", "new", ""),
    ("export paper --output old --force", "old", ""),
    ("export schema --output new", "new", ""),
    ("rules show --format html --output new", "new", ""),
    ("rules prove --write-case new", "new", "proved  "),
    ("rules diff stronger.yaml --write-case new", "new", "old: stronger.yaml\n"),
    ("rules approve --by A --registration 1 --yes --rules approvable.yaml", "approvable.yaml", ""),
    ("calls export --format csv --calls calls.db --output new", "new", ""),
]
_LIMITED = """
import resource, sys
from tpcheck.cli import app
# It is imported while there is room, so that what fails is what is saved.
from tpcheck.cli import saving
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
sys.exit(app.run(sys.argv[2:]))
"""


@posix
@pytest.mark.parametrize("room", [0, 100])
@pytest.mark.parametrize(("line", "name", "shown"), WRITERS, ids=[row[0] for row in WRITERS])
def test_a_command_without_room_is_74_and_has_shown_its_result(
    tmp_path: Path, line: str, name: str, shown: str, room: int
) -> None:
    rules, stronger = small_text(), small_text().replace("today: {at_least:", "now: {at_least:")
    assert rules != stronger
    for file, text in {
        "rules.yaml": rules,
        "stronger.yaml": stronger,
        "approvable.yaml": APPROVABLE,
        "answers.yaml": 'answers: {crushed: "yes"}\n',
        "old": "what was there before\n",
    }.items():
        (tmp_path / file).write_text(text, encoding="utf-8")
    CallLog.start(tmp_path / "calls.db").save(CallRecord("", "2026-11-24T14:00:00+00:00"))
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}

    done = subprocess.run(
        [sys.executable, "-c", _LIMITED, str(room), *line.split()],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", rulesets.VARIABLE: "rules.yaml"},
    )

    assert done.returncode == ExitCode.NOT_DELIVERED, done.stderr
    assert done.stderr == f"tpcheck: error: {name}: file too large\n"
    assert shown in done.stdout
    assert bool(done.stdout) == bool(shown)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


#: What may make or change a file: each of the first two has its tests of faults.
WRITING = {
    "cli/saving.py",
    "calls/file.py",
    "cli/streams.py",  # opens the null device for what cannot be delivered
    "build_hook.py",  # only when the package is built
}


def test_nothing_else_writes_files() -> None:
    package = Path(saving.__file__).parents[1]
    writes = re.compile(
        r"O_(WRONLY|RDWR|CREAT)|sqlite3\.connect|(?<!formatter)\.write_(text|bytes)\(|tempfile|shutil"
        r"|\bopen\([^)]*[\"'][rwaxb+]*[wax+]"
    )
    found = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if writes.search(path.read_text(encoding="utf-8"))
    }

    assert found == WRITING


def test_the_rule_book_is_saved_as_a_page(
    answers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "book.html"

    assert app.run(["rules", "show", "--format", "html", "--output", str(path)]) == 0

    assert capsys.readouterr().out == ""
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--format", "html"], "name its file with --output"),
        (["--output", "copy.doc"], "end the name in"),
        (["--output", "none/copy.html"], "no such file or directory"),
    ],
)
def test_a_patient_is_told_before_the_questions(
    answers: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    reason: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(streams, "is_terminal", lambda _: True)

    assert app.run(options) in (ExitCode.USAGE, ExitCode.CANNOT_CREATE)

    assert reason in capsys.readouterr().err


# --- what is asked at the end -----------------------------------------------------------------


class Person:
    """Types these lines when asked, then nothing more: the end of the input."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
        self._lines = iter(lines)
        self.seen = ""
        monkeypatch.setattr(streams, "deliver", self._see)
        monkeypatch.setattr(streams, "ask", self._type)

    def _see(self, text: str, *, urgent: str = "") -> None:
        self.seen += text

    def _type(self, prompt: str) -> str:
        self.seen += prompt
        line = next(self._lines, None)
        if line is None:
            raise EOFError
        if line == "^C":
            raise KeyboardInterrupt
        self.seen += f"{line}\n"
        return line


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder with a file in it."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    (tmp_path / "here" / "taken.html").write_bytes(OLD)
    return tmp_path / "here"


@pytest.fixture(scope="module")
def summary(shipped: RuleSet) -> Summary:
    engine = Engine(shipped)
    return summarize(engine, engine.assess(engine.fill_usual({})), today="2026-01-31")


@pytest.mark.parametrize(
    ("lines", "saved", "said"),
    [
        (["y", ""], "my-result.html", "Your copy is saved."),
        (["YES", "mine.html"], "mine.html", "Your copy is saved."),
        (["y", "mine"], "mine.html", "Your copy is saved."),  # a page, where nothing is said
        (["y", " mine.txt "], "mine.txt", "Your copy is saved."),
        (["", "what?", "y", ""], "my-result.html", "Type Y for yes or N for no."),
        (["y", "taken.html", "mine.html"], "mine.html", "there is a file of that name already."),
        (["y", "mine.doc", "mine.json"], "mine.json", "end the name in .txt, .html or .json"),
        (["y", "none/mine.html", ""], "my-result.html", "no such file or directory."),
        (["n"], "", "No copy is saved."),
        (["", "", ""], "", "No copy is saved."),  # Enter is no answer
        (["y", "a/b", "a/b", "a/b", ""], "", "No copy is saved."),
        (["y"], "", "No copy is saved."),  # the end of the input
        (["^C"], "", "No copy is saved."),
        ([], "", "No copy is saved."),
    ],
)
def test_a_copy_is_offered(
    here: Path,
    monkeypatch: pytest.MonkeyPatch,
    shipped: RuleSet,
    summary: Summary,
    lines: list[str],
    saved: str,
    said: str,
) -> None:
    person = Person(monkeypatch, *lines)

    copies.offer(summary, shipped.texts)

    assert said in " ".join(person.seen.split())
    assert "It holds your answers." in person.seen
    found = {path.name for path in here.iterdir()} - {"taken.html"}
    assert found == ({saved} if saved else set())
    assert (here / "taken.html").read_bytes() == OLD
    if saved:
        assert (here / saved).read_text() == copies.written(summary, copies.format_for(saved, None))


def test_a_second_copy_gets_a_name_of_its_own(
    here: Path, monkeypatch: pytest.MonkeyPatch, shipped: RuleSet, summary: Summary
) -> None:
    for _ in range(2):
        Person(monkeypatch, "y", "")
        copies.offer(summary, shipped.texts)

    assert {path.name for path in here.glob("my*")} == {"my-result.html", "my-result-2.html"}


@pytest.mark.parametrize(
    ("plain", "lines", "clears"),
    [
        (False, ["y"], True),
        (False, ["n"], False),
        (False, [], False),
        (True, [], False),  # plain lines are never taken away: words say what to do
    ],
)
def test_a_shared_screen_can_be_cleared(
    monkeypatch: pytest.MonkeyPatch, shipped: RuleSet, plain: bool, lines: list[str], clears: bool
) -> None:
    person = Person(monkeypatch, *lines)

    copies.offer_to_clear(shipped.texts, plain=plain)

    assert ("\x1b[H\x1b[2J\x1b[3J" in person.seen) == clears
    assert ("\x1b" in person.seen) == clears
    assert "Do other people use this computer?" in person.seen


def test_the_format_is_that_of_the_name_or_the_one_asked_for() -> None:
    assert copies.format_for("a.b.HTML", None) is Format.HTML
    assert copies.format_for("a.html", Format.JSON) is Format.JSON
    with pytest.raises(UsageError, match=r"\\u\{1b\}x.pdf"):
        copies.format_for("\x1bx.pdf", None)


@posix
@pytest.mark.parametrize("format", Format)
def test_a_copy_tells_no_private_answer_by_what_follows_from_it(
    format: Format, shipped: RuleSet
) -> None:
    engine = Engine(shipped)
    plain, private = (
        summarize(engine, engine.assess(engine.fill_usual(told)))
        for told in ({}, {"coping": ("unsafe_home",)})
    )

    assert private.blocks != plain.blocks
    assert private.record.support
    assert copies.written(private, format) == copies.written(plain, format)


def test_a_person_saves_a_copy_and_clears_the_screen(tmp_path: Path, shipped: RuleSet) -> None:
    texts = shipped.texts
    with Terminal(str(COMMAND), folder=tmp_path, environment={"HOME": str(tmp_path)}) as terminal:
        person = Questioned(terminal, shipped, {})
        while not person.session.finished:
            person.answer()
        terminal.wait("You can contact the clinic").wait("save a copy of this result")
        terminal.send("y\r", "Type a name for the file").send("\r", "Your copy is saved")
        terminal.wait("Do other people use this computer").send("y\r")

        assert terminal.end() == (0, None)
        assert terminal.is_as_before
        # Nothing of the answers is left on the screen.
        assert texts["result.title"] not in terminal.text()
        assert "This screen is cleared." in terminal.text()
        assert b"\x1b[3J" in terminal.raw
    copy = tmp_path / "my-result.html"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert "You can contact the clinic" in copy.read_text(encoding="utf-8")
