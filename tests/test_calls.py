"""The call log: what is kept of a call, for whose eyes, and how it comes out again."""

import csv
import io
import json
import os
import sqlite3
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from conftest import small_text

from tpcheck.calls import CallLog, CallRecord, file, report
from tpcheck.calls.file import LogFile
from tpcheck.calls.record import NUMBER_LEFT_OUT
from tpcheck.cli import app, calls, rulesets, streams
from tpcheck.cli.keeping import Keeper
from tpcheck.engine import Engine
from tpcheck.errors import DataError, DeliveryError, ExitCode, InputError, OutputError, TpcheckError
from tpcheck.model import RuleSet

posix = pytest.mark.skipif(os.name != "posix", reason="rights are those of POSIX")

CALL = CallRecord(
    reference="7K3Q-1432",
    started="2026-11-24T14:32:05+00:00",
    ended="2026-11-24T14:37:00+00:00",
    answers={"main": ("arm",), "pain": ("arm_upper", "thigh")},
    result="clinic",
    ruleset_id="small",
    version="2026-01-01",
    fingerprint="f" * 64,
)
BEGUN = replace(CALL, reference="", ended="", answers={}, result="")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "calls.db"


@pytest.fixture
def log(path: Path) -> CallLog:
    return CallLog.start(path)


def files_of(path: Path) -> dict[str, bytes]:
    """Everything beside the log, with what it holds."""
    return {other.name: other.read_bytes() for other in path.parent.iterdir()}


# --- on and off -------------------------------------------------------------------------------


def test_it_is_off_until_it_is_started(path: Path) -> None:
    log = CallLog.open(path)

    assert not log.is_on
    assert log.save(CALL) == CALL
    assert (log.list(), log.unfinished(), log.show("x"), log.purge("2030-01-01")) == (
        (),
        (),
        None,
        0,
    )
    assert not path.parent.exists()
    assert CallLog.start(path).is_on
    assert CallLog.open(path).is_on


def test_to_start_it_again_keeps_the_calls(log: CallLog, path: Path) -> None:
    log.save(CALL)

    assert CallLog.start(path).list() == (CALL,)


@posix
@pytest.mark.parametrize("umask", [0, 0o777], ids=oct)
def test_only_the_owner_can_read_it(tmp_path: Path, umask: int) -> None:
    path = tmp_path / "a" / "b" / "calls.db"
    before = os.umask(umask)
    try:
        log = CallLog.start(path)
        log.save(CALL)
    finally:
        os.umask(before)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    if umask == 0:
        assert {stat.S_IMODE(folder.stat().st_mode) for folder in path.parents[:2]} == {0o700}


@posix
def test_a_copy_that_others_could_read_is_closed_again(log: CallLog, path: Path) -> None:
    path.chmod(0o644)

    CallLog.open(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@posix
def test_the_journal_of_a_write_is_as_private_as_the_log(path: Path) -> None:
    log = CallLog.start(path)
    seen: list[int] = []
    before = os.umask(0)
    try:
        with log._file.writing() as db:
            db.execute("DELETE FROM calls")
            db.execute("CREATE TABLE more (x)")
            seen = [stat.S_IMODE(other.stat().st_mode) for other in path.parent.iterdir()]
            raise RuntimeError
    except RuntimeError:
        pass
    finally:
        os.umask(before)

    assert seen == [0o600, 0o600]


# --- writing ----------------------------------------------------------------------------------


def test_a_call_is_one_row_from_its_beginning_to_its_end(log: CallLog) -> None:
    call = log.save(BEGUN)
    assert log.unfinished() == (call,)

    call = log.save(replace(call, answers={"main": ("arm",)}))
    call = log.finish(replace(call, ended=CALL.ended, result="clinic", raised="now", reason="pale"))

    assert log.unfinished() == ()
    assert log.list() == (call,)
    assert log.show(call.reference) == call
    assert log.show("another") is None
    assert (call.unfinished, call.advice, call.day) == (False, "now", "2026-11-24")


def test_a_finished_call_has_an_end(log: CallLog) -> None:
    with pytest.raises(ValueError, match="end"):
        log.finish(BEGUN)


@pytest.mark.parametrize("time", ["", "yesterday", "2026-13-01"])
def test_a_time_is_a_time(log: CallLog, time: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        log.save(replace(CALL, started=time))


def test_references_are_unique(log: CallLog, path: Path) -> None:
    named = [CallLog.open(path).save(replace(BEGUN, reference="7K3Q")) for _ in range(3)]
    numbered = [CallLog.open(path).save(BEGUN) for _ in range(3)]

    assert [call.reference for call in named] == ["7K3Q", "7K3Q-2", "7K3Q-3"]
    assert [call.reference for call in numbered] == [f"2026-11-24-{n}" for n in (1, 2, 3)]


def test_a_caller_may_go_on_with_the_reference_that_it_asked_for(log: CallLog, path: Path) -> None:
    CallLog.open(path).save(replace(BEGUN, reference="7K3Q"))
    mine = replace(BEGUN, reference="7K3Q", outcome="mine")

    for _ in range(3):
        assert log.save(mine).reference == "7K3Q-2"

    assert [call.outcome for call in log.list()] == ["", "mine"]


def test_a_call_that_broke_off_is_taken_up(log: CallLog, path: Path) -> None:
    log.save(BEGUN)

    other = CallLog.open(path)
    [found] = other.unfinished()
    other.finish(replace(found, ended=CALL.ended))

    assert [call.reference for call in log.list()] == [found.reference]


def test_two_windows_on_one_call_lose_nothing(log: CallLog, path: Path) -> None:
    mine = log.save(BEGUN)
    other = CallLog.open(path)
    [theirs] = other.unfinished()

    other.save(replace(theirs, outcome="theirs"))
    mine = log.save(replace(mine, outcome="mine"))
    log.save(replace(mine, outcome="mine again"))
    other.save(replace(theirs, outcome="theirs again"))

    assert {call.outcome for call in log.list()} == {"mine again", "theirs again"}
    assert len({call.reference for call in log.list()}) == 2


def test_a_call_that_was_purged_meanwhile_is_written_anew(log: CallLog, path: Path) -> None:
    call = log.save(BEGUN)
    CallLog.open(path).purge("2030-01-01")

    assert log.save(call) == call
    assert log.list() == (call,)


# --- what is kept -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("\x1b[2J\x1b]0;x\x07looked pale\r\n=1+1", "looked pale =1+1"),
        ("abc\u202edef", "abcdef"),
        ("y" * 600, "y" * 500),
        ("ring 01462 420077 back", f"ring {NUMBER_LEFT_OUT} back"),
        ("+44 (0)1462-420077", NUMBER_LEFT_OUT),
        ("born 3/4/1950", "born 3/4/1950"),  # too short to tell from a time or a dose
        ("born 03/04/1950", f"born {NUMBER_LEFT_OUT}"),
        ("call 999 or 111, 10:30 on 24/11", "call 999 or 111, 10:30 on 24/11"),
    ],
)
def test_what_is_typed_is_cleaned_on_the_way_in(
    log: CallLog, path: Path, text: str, kept: str
) -> None:
    call = log.save(replace(CALL, reason=text, outcome=text))

    assert (call.reason, call.outcome) == (kept, kept)
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT reason, outcome FROM calls").fetchall() == [(kept, kept)]


def test_a_row_that_somebody_else_wrote_is_cleaned_on_the_way_out(log: CallLog, path: Path) -> None:
    log.save(CALL)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE calls SET outcome = 'x' || char(27) || '[31my'")

    assert [call.outcome for call in log.list()] == ["xy"]


@pytest.mark.parametrize(
    "change",
    [
        "answers = 'no json'",
        "answers = '[1]'",
        "answers = '{\"a\": 1}'",
        "answers = '{\"a\": [1]}'",
        "answers = x'ff'",
        f"answers = '{'[' * 20_000}'",
        "started = 'never'",
        "ended = 1",
        "outcome = x'ff'",
        "outcome = cast(x'ff' AS TEXT)",  # no UTF-8
    ],
)
def test_a_row_that_is_no_call_is_damage(log: CallLog, path: Path, change: str) -> None:
    log.save(CALL)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(f"UPDATE calls SET {change}")

    if change == "ended = 1":  # a column of text turns it into one
        change = "ended = '1'"
    with pytest.raises(DataError, match="damaged"):
        log.list()


# --- files that it is not ---------------------------------------------------------------------


def _link(path: Path) -> None:
    other = path.with_name("other.db")
    CallLog.start(other)
    path.symlink_to(other)


def _foreign(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE calls (name TEXT)")


def _newer(path: Path) -> None:
    CallLog.start(path)
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {file.SCHEMA_VERSION + 1}")


def _changed(path: Path) -> None:
    CallLog.start(path)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TRIGGER spy AFTER INSERT ON calls BEGIN DELETE FROM calls; END")


def _full(path: Path) -> None:
    log = CallLog.start(path)
    for number in range(60):
        log.save(replace(CALL, reference=f"R{number}", outcome="z" * 400))


def _flipped(path: Path) -> None:
    _full(path)
    data = bytearray(path.read_bytes())
    data[2 * 4096 : 2 * 4096 + 400] = b"\xa5" * 400
    path.write_bytes(data)


def _cut(path: Path) -> None:
    _full(path)
    path.write_bytes(path.read_bytes()[:-5000])


@pytest.mark.parametrize(
    ("make", "kind", "told"),
    [
        (_link, InputError, "link"),
        (lambda path: path.symlink_to("nowhere"), InputError, "link"),
        (Path.mkdir, InputError, "not a regular file"),
        (os.mkfifo, InputError, "not a regular file"),
        (lambda path: path.write_text("my shopping\n"), DataError, "not a call log"),
        (lambda path: path.write_bytes(file.MAGIC), DataError, "not a call log"),
        (_foreign, DataError, "not a call log"),
        (_newer, DataError, "newer tpcheck"),
        (_changed, DataError, "changed by another program"),
        (_flipped, DataError, "damaged"),
        (_cut, DataError, "damaged"),
    ],
)
@posix
def test_another_file_is_refused_and_left_as_it_is(
    tmp_path: Path, make: Callable[[Path], object], kind: type[TpcheckError], told: str
) -> None:
    path = tmp_path / "calls.db"
    make(path)
    before = path.read_bytes() if path.is_file() else b""

    for way in (CallLog.open, CallLog.start):
        with pytest.raises(kind, match=told) as caught:
            way(path)
        assert str(caught.value).count("\n") == 0

    assert (path.read_bytes() if path.is_file() else b"") == before


@pytest.mark.parametrize("name", ["a\0b", "x" * 300])
def test_a_name_that_no_file_can_have(tmp_path: Path, name: str) -> None:
    with pytest.raises((InputError, OutputError)):
        CallLog.start(tmp_path / name)


@posix
def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises((InputError, OutputError)):
        CallLog.start(tmp_path / "file" / "calls.db")


def test_the_name_may_have_any_character(tmp_path: Path) -> None:
    path = tmp_path / "50% of #1? caf\u00e9 'x' \\ y.db"

    CallLog.start(path).save(CALL)

    assert CallLog.open(path).list() == (CALL,)
    assert [other.name for other in tmp_path.iterdir()] == [path.name]


# --- a log that cannot be written -------------------------------------------------------------


def _as_somebody_else(step: Callable[[], object]) -> str:
    """What `step` raises for a user whose rights are checked: root may do everything."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        told = "nothing"
        try:
            if os.geteuid() == 0:
                os.setuid(65534)
            step()
        except BaseException as error:
            told = f"{type(error).__name__}: {error}"
        os.write(write, told.encode())
        os._exit(0)
    os.close(write)
    with open(read, encoding="utf-8") as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    return told


@posix
def test_a_log_that_can_only_be_read(tmp_path: Path) -> None:
    folder = Path(tempfile.mkdtemp())
    path = folder / "calls.db"
    CallLog.start(path).save(CALL)
    path.chmod(0o444)
    folder.chmod(0o555)
    try:
        before = path.read_bytes()
        told = [
            _as_somebody_else(lambda: CallLog.open(path).list()),
            _as_somebody_else(lambda: CallLog.open(path).save(CALL)),
            _as_somebody_else(lambda: CallLog.open(path).purge("2030-01-01")),
        ]
        assert path.read_bytes() == before
    finally:
        folder.chmod(0o700)
        path.unlink()
        folder.rmdir()

    only_read = f"DeliveryError: {path}: the call log can only be read; nothing was written"
    assert told == ["nothing", only_read, only_read]


@posix
def test_a_log_of_somebody_else(tmp_path: Path) -> None:
    folder = Path(tempfile.mkdtemp())
    path = folder / "calls.db"
    CallLog.start(path)
    path.chmod(0)
    folder.chmod(0o755)
    try:
        assert "permission denied" in _as_somebody_else(lambda: CallLog.open(path))
    finally:
        path.unlink()
        folder.rmdir()


def test_a_log_that_is_busy(log: CallLog, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file, "PATIENCE", 0.05)
    call = log.save(CALL)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")

        with pytest.raises(DeliveryError, match="busy; try again; nothing was written"):
            log.save(replace(call, outcome="later"))
        with pytest.raises(InputError, match=r"busy; try again$"):
            CallLog.open(path)

    log.save(replace(call, outcome="later"))
    assert [call.outcome for call in log.list()] == ["later"]


def test_a_log_that_is_taken_away_is_not_made_anew(log: CallLog, path: Path) -> None:
    call = log.save(CALL)
    path.unlink()

    with pytest.raises(DeliveryError, match="cannot be opened; nothing was written"):
        log.save(call)

    assert not path.exists()


def test_a_log_that_another_program_left_in_another_mode(log: CallLog, path: Path) -> None:
    log.save(CALL)
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = WAL")

    log.save(replace(CALL, reference="second"))

    assert sorted(files_of(path)) == ["calls.db"]


# --- purge ------------------------------------------------------------------------------------


def test_purge_takes_out_the_days_before(log: CallLog) -> None:
    days = ("2025-12-31", "2026-01-01", "2026-01-02")
    for day in days:
        log.save(replace(BEGUN, started=f"{day}T23:59:59+00:00"))

    assert log.purge("2026-01-01") == 1
    assert [call.day for call in log.list()] == ["2026-01-01", "2026-01-02"]


@pytest.mark.parametrize("count", [1, 60])
def test_purge_leaves_nothing_in_the_file(log: CallLog, path: Path, count: int) -> None:
    """Nor does a change: what stood in a row before is gone as well."""
    later = "2026-12-01T10:00:00+00:00"
    kept = log.save(replace(CALL, reference="KEPT", started=later, ended=later))
    many = {f"item{n}": (f"secretive{n}",) for n in range(300)}  # fills more than a page
    for number in range(count):
        first = log.save(
            replace(CALL, reference=f"GONE{number}", outcome="secret before", answers=many)
        )
        log.save(replace(first, outcome="secret", reason="hidden reason"))
    assert b"secretive" in path.read_bytes()
    assert b"secret before" not in path.read_bytes()

    assert log.purge("2026-12-01") == count

    assert log.list() == (kept,)
    left = files_of(path)
    assert list(left) == ["calls.db"]
    for trace in (b"GONE", b"secret", b"hidden", b"2026-11-24"):
        assert trace not in left["calls.db"]


def test_the_rows_are_gone_even_where_the_file_cannot_be_packed(
    log: CallLog, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.save(replace(CALL, outcome="secret"))

    def fail(_: object) -> None:
        raise DeliveryError("no room")

    monkeypatch.setattr(file.LogFile, "pack", fail)
    with pytest.raises(DeliveryError, match="no room; the calls are taken out; run this again"):
        log.purge("2030-01-01")

    assert b"secret" not in path.read_bytes()


# --- many calls -------------------------------------------------------------------------------


def test_stats_count_by_week_advice_and_place() -> None:
    def call(
        day: str, result: str, place: str = "", raised: str = "", ended: str = "T"
    ) -> CallRecord:
        answers = {"main": (place,)} if place else {}
        started = f"{day}T10:00:00+00:00"
        return CallRecord("r", started, ended and started, answers, result, raised)

    found = report.stats(
        [
            call("2026-11-24", "clinic", "arm"),
            call("2026-11-29", "clinic", "arm"),
            call("2026-11-24", "clinic", "arm", raised="now"),
            call("2026-11-24", "now", "arm"),
            call("2026-11-30", "clinic", "leg"),
            call("2027-01-01", "", ""),  # of the last week of 2026; no result
            call("2026-11-24", "clinic", "arm", ended=""),  # unfinished
        ],
        "main",
    )

    assert [(r.week, r.advice, r.place, r.calls, r.raised) for r in found] == [
        ("2026-W48", "clinic", "arm", 2, 0),
        ("2026-W48", "now", "arm", 2, 1),
        ("2026-W49", "clinic", "leg", 1, 0),
        ("2026-W53", "", "", 1, 0),
    ]


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("plain", "plain"),
        ("", ""),
        ("1-2", "1-2"),
        ("=HYPERLINK(0)", "'=HYPERLINK(0)"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(0)", "'@SUM(0)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("  =1", "'  =1"),
        ("\uff1d1", "'\uff1d1"),  # full width
        ("\uff0b1", "'\uff0b1"),
        ("\uff0d1", "'\uff0d1"),
        ("\uff20x", "'\uff20x"),
        ("\ufe661", "'\ufe661"),  # small
        ("\u22121", "'\u22121"),  # the sign for minus
    ],
)
def test_no_cell_is_a_formula(cell: str, shown: str) -> None:
    assert report.harmless(cell) == shown


def test_csv_is_read_back_as_a_spreadsheet_does() -> None:
    call = replace(CALL, reason='=cmd|" /C calc"!A0', outcome='said "no", then, yes')

    text = report.to_csv([call])

    assert text.count("\r\n") == text.count("\n") == 2
    [row] = csv.DictReader(io.StringIO(text, newline=""))
    assert row["reason"] == '\'=cmd|" /C calc"!A0'
    assert row["outcome"] == 'said "no", then, yes'
    assert json.loads(row["answers"]) == {"main": ["arm"], "pain": ["arm_upper", "thigh"]}
    assert row["unfinished"] == "no"


def test_json_is_read_back_as_it_was() -> None:
    found = (CALL, replace(BEGUN, reference="B", outcome="caf\u00e9"))
    text = report.to_json(found)

    assert text.isascii()
    assert report.JSON_MARK.match(text.encode())
    assert report.from_json(text.encode(), "x") == found


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b'{"calls": 1}',
        b'{"calls": [1]}',
        b'{"calls": [{}]}',
        b"[" * 100_000,
        report.to_json([CALL]).replace("main", "x\\ud800").replace("2026-11-24T", "").encode(),
        report.to_json([CALL]).replace('"7K3Q-1432"', "7").encode(),
    ],
)
def test_what_is_no_export_is_refused(data: bytes) -> None:
    with pytest.raises(DataError, match=r"^x: this is not an export"):
        report.from_json(data, "x")


# --- the commands -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Ran:
    """What a command wrote, and its exit code."""

    code: int
    out: str
    err: str


Command = Callable[..., Ran]


@pytest.fixture
def tpcheck(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Run a command with the small rule set and a log of its own."""
    rules = tmp_path / "small.yaml"
    rules.write_text(small_text(), encoding="utf-8")
    monkeypatch.setenv(rulesets.VARIABLE, str(rules))
    monkeypatch.setenv(calls.VARIABLE, str(path))
    return lambda *arguments: Ran(app.run([*arguments]), *capsys.readouterr())


def _at_a_terminal(monkeypatch: pytest.MonkeyPatch, typed: str | None) -> None:
    def ask(_: str) -> str:
        if typed is None:
            raise EOFError
        return typed

    monkeypatch.setattr(streams, "is_terminal", lambda _: True)
    monkeypatch.setattr(streams, "ask", ask)


def test_the_log_is_in_the_users_own_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv(calls.VARIABLE, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))

    assert calls.find("").name == "calls.db"
    assert tmp_path in calls.find("").parents
    assert calls.find("named.db") == Path("named.db")
    monkeypatch.setenv(calls.VARIABLE, "other.db")
    assert calls.find("") == Path("other.db")


def test_start_says_what_is_kept_and_where(
    tpcheck: Command, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _at_a_terminal(monkeypatch, " YES ")

    ran = tpcheck("calls", "start")

    assert ran.code == 0
    said = " ".join(ran.out.split())
    for word in ("the answers", "no name", "date of birth", "phone number", "health data"):
        assert word in said
    assert f"The file: {path}" in said
    assert CallLog.open(path).is_on
    assert tpcheck("calls", "start").out == f"the call log is on: {path}\n"


@pytest.mark.parametrize("typed", ["", "y", "no", None])
def test_nothing_is_kept_without_a_yes(
    tpcheck: Command, path: Path, monkeypatch: pytest.MonkeyPatch, typed: str | None
) -> None:
    _at_a_terminal(monkeypatch, typed)

    ran = tpcheck("calls", "start")

    assert ran.code == ExitCode.INCOMPLETE
    assert "the call log stays off" in ran.err
    assert not path.exists()


def test_without_a_terminal_yes_has_to_be_said(tpcheck: Command, path: Path) -> None:
    assert tpcheck("calls", "start").code == ExitCode.USAGE
    assert not path.exists()
    assert tpcheck("calls", "start", "--yes").code == 0
    assert CallLog.open(path).is_on


@pytest.mark.parametrize(
    "arguments",
    [
        ["list"],
        ["show", "x"],
        ["stats"],
        ["export", "--format", "csv"],
        ["purge", "--before", "2026-01-01", "--yes"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_without_a_log_every_command_says_how_to_start_one(
    tpcheck: Command, path: Path, arguments: list[str]
) -> None:
    ran = tpcheck("calls", *arguments)

    assert (ran.code, ran.out) == (ExitCode.USAGE, "")
    assert "to start one: tpcheck calls start" in ran.err
    assert not path.exists()


@pytest.mark.parametrize("command", ["start", "list"])
def test_a_name_of_two_lines_is_no_way_to_forge_a_message(tpcheck: Command, command: str) -> None:
    ran = tpcheck("calls", command, "--calls", "no\nEMERGENCY: all clear")

    assert (ran.code, ran.out) == (ExitCode.NO_INPUT, "")
    assert len(ran.err.splitlines()) == 1


def test_a_call_of_two_lines_is_named_on_one(tpcheck: Command, log: CallLog) -> None:
    assert len(tpcheck("calls", "show", "a\nb").err.splitlines()) == 1


def test_a_working_folder_that_is_gone_is_said(
    tpcheck: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()

    ran = tpcheck("calls", "start", "--yes", "--calls", "calls.db")

    assert (ran.code, ran.out) == (ExitCode.NO_INPUT, "")
    assert ran.err == "tpcheck: error: calls.db: no such file or directory\n"


def test_a_name_that_is_too_long_is_said(shipped: RuleSet) -> None:
    with pytest.raises(InputError, match="file name too long"):
        Keeper.open("x" * 5000, Engine(shipped))


def test_a_folder_of_ones_own_that_cannot_be_looked_into_stops_no_call(
    shipped: RuleSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(calls.VARIABLE, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", "/" + "x" * 5000)

    assert [*Keeper.open("", Engine(shipped)).unfinished()] == []


@pytest.mark.parametrize("is_there", [False, True])
def test_a_log_that_cannot_be_started_leaves_no_file_and_takes_none_away(
    path: Path, monkeypatch: pytest.MonkeyPatch, is_there: bool
) -> None:
    path.parent.mkdir()
    if is_there:
        path.touch()

    @contextmanager
    def full(_: LogFile) -> Iterator[None]:
        raise DeliveryError("no room is left")
        yield

    monkeypatch.setattr(LogFile, "writing", full)
    with pytest.raises(DeliveryError, match="no room"):
        CallLog.start(path)

    assert path.exists() == is_there


def test_list_and_show_say_it_in_words(tpcheck: Command, log: CallLog) -> None:
    log.save(replace(CALL, raised="now", reason="\x1b[31mlooked pale", outcome="sent on"))
    log.save(BEGUN)

    listed, shown = tpcheck("calls", "list"), tpcheck("calls", "show", CALL.reference)

    assert listed.code == shown.code == 0
    assert listed.out.splitlines() == [
        "2026-11-24-1  2026-11-24 14:32  unfinished",
        "7K3Q-1432     2026-11-24 14:32  help now    raised from: the clinic",
        "2 calls",
    ]
    assert "Why: looked pale\nOutcome: sent on\n" in shown.out
    assert "given under other rules" in shown.out
    assert "upper arm; thigh" in shown.out.lower()


def test_a_call_that_is_not_there(tpcheck: Command, log: CallLog) -> None:
    ran = tpcheck("calls", "show", "none\x1b[31m")

    assert ran.code == ExitCode.USAGE
    assert "there is no call" in ran.err
    assert "\x1b" not in ran.err


def test_stats_are_a_table(tpcheck: Command, log: CallLog) -> None:
    log.save(CALL)
    log.save(replace(CALL, reference="2", raised="now", reason="pale"))
    log.save(BEGUN)

    lines = tpcheck("calls", "stats").out.splitlines()

    assert lines[0].split() == ["Week", "Calls", "Raised", "Advice", "Place"]
    assert [line.split()[:3] for line in lines[1:3]] == [
        ["2026-W48", "1", "0"],
        ["2026-W48", "1", "1"],
    ]
    assert lines[3:] == [
        "3 calls, 1 of them unfinished and not counted",
        "advice raised by staff: in 1 of 2 (50 %)",
    ]


@posix
def test_export_writes_a_private_file_over_nothing(
    tpcheck: Command, log: CallLog, tmp_path: Path
) -> None:
    log.save(CALL)
    to = tmp_path / "out.csv"

    first = tpcheck("calls", "export", "--format", "csv", "--output", str(to))
    again = tpcheck("calls", "export", "--format", "json", "--output", str(to))

    assert (first.code, first.out) == (0, "")
    assert "health data" in first.err
    assert stat.S_IMODE(to.stat().st_mode) == 0o600
    assert to.read_bytes().decode() == tpcheck("calls", "export", "--format", "csv").out
    assert again.code == ExitCode.CANNOT_CREATE


def test_purge_lists_and_asks_first(
    tpcheck: Command, log: CallLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.save(CALL)
    assert tpcheck("calls", "purge", "--before", "2027-01-01").code == ExitCode.USAGE

    _at_a_terminal(monkeypatch, "no")
    refused = tpcheck("calls", "purge", "--before", "2027-01-01")
    assert refused.code == ExitCode.INCOMPLETE
    assert CALL.reference in refused.out
    assert log.list() == (CALL,)

    _at_a_terminal(monkeypatch, "yes")
    done = tpcheck("calls", "purge", "--before", "2027-01-01")
    assert done.code == 0
    assert done.out.endswith("1 call taken out; nothing of them is left in the file\n")
    assert log.list() == ()


@pytest.mark.parametrize("day", ["", "2026", "01/02/2026", "2026-02-30", "tomorrow"])
def test_purge_takes_a_day(tpcheck: Command, log: CallLog, day: str) -> None:
    log.save(CALL)

    assert tpcheck("calls", "purge", "--yes", "--before", day).code == ExitCode.USAGE
    assert log.list() == (CALL,)


@pytest.mark.parametrize("make", [_foreign, _newer, _flipped, _cut])
def test_a_log_that_cannot_be_used_is_one_line(
    tpcheck: Command, path: Path, make: Callable[[Path], object]
) -> None:
    path.parent.mkdir()
    make(path)

    for arguments in (["list"], ["start", "--yes"], ["purge", "--before", "2027-01-01", "--yes"]):
        ran = tpcheck("calls", *arguments)
        assert (ran.code, ran.out) == (ExitCode.DATA, "")
        assert ran.err.startswith("tpcheck: error: ")
        assert ran.err.count("\n") == 1


@pytest.mark.parametrize("form", ["log", "json"])
def test_rules_diff_replays_the_log(
    tpcheck: Command, log: CallLog, path: Path, tmp_path: Path, form: str
) -> None:
    pytest.importorskip("pysat")
    answers = {"crushed": ("no",), "faint": ("yes",), "age": ("young",), "injury": ("no",)}
    for number in range(400):  # more than is read of any other file
        log.save(replace(CALL, reference=f"R{number}", outcome="x" * 400))
    log.save(replace(CALL, reference="FAINT", answers=answers))
    if form == "json":
        export = tmp_path / "calls.json"
        tpcheck("calls", "export", "--format", "json", "--output", str(export))
        path = export
    changed = tmp_path / "changed.yaml"
    changed.write_text(small_text().replace('today: {faint: "yes"}', 'clinic: {faint: "yes"}'))

    ran = tpcheck("rules", "diff", str(tmp_path / "small.yaml"), str(changed), str(path))

    assert ran.code == 0, ran.err
    assert f"{path}: call FAINT: " in ran.out
