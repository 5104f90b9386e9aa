"""What a run leaves behind: no socket, no file that was not asked for, no answer anywhere."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import small_text
from test_docs import COMMANDS

pytest.importorskip("termios", reason="the installed command is run at a pseudo-terminal")

from term import Terminal

from tpcheck.errors import BUG_NOTICE, ExitCode

TRACES = Path(__file__).parent / "traces"
COMMAND = shutil.which("tpcheck", path=str(Path(sys.executable).parent)) or ""

#: An answer that can be told from everything else that is ever written.
CODE, WORDS = "zebra", "Zebras everywhere"
RULES = small_text().replace("- low: Low", f"- {CODE}: {WORDS}").replace("mood: low", "mood: zebra")
ANSWERS = f"""\
answers:
  crushed: "no"
  faint: "no"
  age: young
  injury: "no"
  pain: none
  sore: none
  bad: 4
  mood: {CODE}
"""
CASES = (
    "cases:\n  - {case: Heavy., answers: {crushed: yes}, rest: usual, expect: {disposition: now}}\n"
)

#: A command, the files that it is asked to write, and what else it does to files.
QUIET: frozenset[str] = frozenset()
SAVES = frozenset({"open", "os.link", "os.rename", "os.remove"})
LOGS = frozenset({"sqlite3.connect", "sqlite3.connect/handle", "os.chmod"})
#: The family of sockets that reach no further than this computer (AF_UNIX).
_LOCAL = str(int(socket.AF_UNIX))
Row = tuple[str, set[str], frozenset[str]]
ROWS: list[Row] = [
    ("--version", set(), QUIET),
    ("--help", set(), QUIET),
    ("", set(), QUIET),
    ("assess answers.yaml", set(), QUIET),
    ("assess answers.yaml --explain --format json", set(), QUIET),
    ("assess answers.yaml --format html", set(), QUIET),
    ("assess answers.yaml --format fhir", set(), QUIET),
    ("assess answers.jsonl", set(), QUIET),
    ("assess broken.yaml", set(), QUIET),
    ("assess answers.yaml --output saved.txt", {"saved.txt"}, SAVES),
    ("triage", set(), QUIET),
    ("learn", set(), QUIET),
    ("rules check", set(), QUIET),
    ("rules test cases.yaml --mutate", set(), QUIET),
    ("rules prove", set(), QUIET),
    ("rules prove --write-case case.yaml", {"case.yaml"}, SAVES),
    ("rules show", set(), QUIET),
    ("rules diff rules.yaml", set(), QUIET),
    ("rules approve --by A --registration 1 --yes --rules rules.yaml", set(), QUIET),
    ("export questionnaire", set(), QUIET),
    ("export paper --output paper.html", {"paper.html"}, SAVES),
    ("export schema", set(), QUIET),
    ("calls list", set(), QUIET),  # nobody has started a log
    ("calls start --yes --calls new.db", {"new.db"}, LOGS | {"open"}),
    ("calls list --calls calls.db", set(), LOGS),
    ("calls show R1 --calls calls.db", set(), LOGS),
    ("calls stats --calls calls.db", set(), LOGS),
    ("calls export --format csv --calls calls.db", set(), LOGS),
    ("calls export --format json --calls calls.db --output out.json", {"out.json"}, SAVES | LOGS),
    ("calls purge --before 1970-01-01 --yes --calls calls.db", {"calls.db"}, LOGS),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty home, and a folder with a file of each kind."""
    from hostile import make

    for name in ("home", "temporary", "here"):
        (tmp_path / name).mkdir()
    here = tmp_path / "here"
    (tmp_path / "traces.jsonl").touch()
    (here / "rules.yaml").write_text(RULES, encoding="utf-8")
    (here / "answers.yaml").write_text(ANSWERS, encoding="utf-8")
    (here / "answers.jsonl").write_text('{"answers": {"crushed": "yes"}}\n' * 2, encoding="utf-8")
    (here / "broken.yaml").write_text(ANSWERS.replace(CODE, "giraffe"), encoding="utf-8")
    (here / "cases.yaml").write_text(CASES, encoding="utf-8")
    make.call_log(here)
    return here


def _environment(folder: Path) -> dict[str, str]:
    top = folder.parent
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(top / "home"),
        "TMPDIR": str(top / "temporary"),
        "LC_ALL": "C.UTF-8",
        "PYTHONPATH": str(TRACES),
        "PYTHONDONTWRITEBYTECODE": "1",
        "TRACES": str(top / "traces.jsonl"),
        "TPCHECK_RULES": "rules.yaml",
    }


def _run(folder: Path, line: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, *line.split()],
        cwd=folder,
        env={**_environment(folder), **more},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
        timeout=60,
    )


def _events(folder: Path) -> list[list[str]]:
    """What the run did, but for what stays inside the process.

    The loop that waits for keys wakes itself by a pair of sockets without an address, and what is
    opened as /dev/null or a terminal is no file.
    """
    text = (folder.parent / "traces.jsonl").read_text(encoding="utf-8")
    events = [json.loads(line) for line in text.splitlines()]
    return [
        [name, *about]
        for name, *about in events
        if not (name == "socket.__new__" and about[1] == _LOCAL)
        and not (name == "open" and re.match(r"'/dev/(null|tty|pts/\d+)'", about[0]))
    ]


def _files(folder: Path) -> dict[str, bytes]:
    top = folder.parent
    return {
        str(path.relative_to(folder) if path.is_relative_to(folder) else path): path.read_bytes()
        for path in top.rglob("*")
        if path.is_file() and path.name != "traces.jsonl"
    }


def test_every_command_is_run() -> None:
    lines = [line for line, *_ in ROWS]
    for words, _ in COMMANDS:
        assert any(line.startswith(" ".join(words)) for line in lines), words


@pytest.mark.parametrize(("line", "written", "does"), ROWS, ids=[row[0] or "-" for row in ROWS])
def test_no_command_opens_a_socket_or_writes_what_was_not_asked_for(
    folder: Path, line: str, written: set[str], does: frozenset[str]
) -> None:
    before = _files(folder)

    done = _run(folder, line)

    assert "Traceback" not in done.stderr
    after = _files(folder)
    assert before.keys() <= after.keys()
    assert {name for name, data in after.items() if before.get(name) != data} <= written
    assert written <= after.keys()
    events = _events(folder)
    assert {name for name, *_ in events} <= does, events
    # Nothing is taken away but the part of a file that was not finished.
    assert all(about[0].startswith("'.tpcheck-") for name, *about in events if name == "os.remove")
    # On stderr there is talk, and never an answer.
    for answer in (WORDS, "giraffe", "arm_upper"):
        assert answer not in done.stderr


#: What a person types, once the screen holds the words before it, up to the end.
PLAIN = [
    ("start.self", "1\r"),
    ("Is any of these", "y\r"),
    ("plain.row 1", "y\r"),
    ("Get help now", "y\r"),
]
SCREEN = [
    ("start.self", "1\r"),
    ("Is any of these", "y\r"),
    ("row.open", "yn\r"),
    ("help now", "y"),
]
CALL = [
    ("triage.start_self", "1"),
    ("staff.say Tell me", "q"),
    ("triage.stop_stay", "y"),
    ("triage.next", "q"),
]


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="here it is in no folder")
@pytest.mark.parametrize(
    ("arguments", "steps"), [(["--plain"], PLAIN), ([], SCREEN), (["triage"], CALL)]
)
def test_no_answer_is_in_a_process_list(
    folder: Path, arguments: list[str], steps: list[tuple[str, str]]
) -> None:
    before = _files(folder)
    with Terminal(COMMAND, arguments, folder=folder, environment=_environment(folder)) as terminal:
        process = Path(f"/proc/{terminal.child.pid}")
        shown = set()
        for words, keys in steps:
            terminal.wait(words)
            shown.add(process.joinpath("cmdline").read_bytes())
            shown.add(process.joinpath("comm").read_bytes())
            assert process.joinpath(f"task/{process.name}/children").read_text() == ""
            terminal.send(keys)
        terminal.end()

    # The interpreter, the command and its options, from the first screen to the last.
    commands = [line.split(b"\0") for line in shown if b"\0" in line]
    assert len(commands) == 1
    assert commands[0][1:-1] == [COMMAND.encode(), *(word.encode() for word in arguments)]
    assert len(shown) == 2
    assert _events(folder) == []
    assert _files(folder) == before


# --- bugs -------------------------------------------------------------------------------------

#: Python runs this when it starts: make a function fail, with all that it was given in the words of
#: two exceptions.
BREAK = """
import importlib, os
module, _, name = os.environ["BREAK"].partition(":")
holder = importlib.import_module(module)
*above, name = name.split(".")
for part in above:
    holder = getattr(holder, part)
def broken(*given, **named):
    try:
        raise ValueError(f"planted {given} {named}")
    except ValueError:
        raise KeyError(f"planted {given} {named}", *given)
setattr(holder, name, broken)
"""


@pytest.fixture
def break_folder(tmp_path: Path) -> str:
    """A folder whose sitecustomize.py breaks what the variable BREAK names."""
    made = tmp_path / "break"
    made.mkdir()
    (made / "sitecustomize.py").write_text(BREAK, encoding="utf-8")
    return str(made)


@pytest.mark.parametrize("debug", ["", "1"])
@pytest.mark.parametrize(
    "broken",
    [
        "tpcheck.responses:read",
        "tpcheck.engine:Engine.path",
        "tpcheck.engine:Engine.assess",
        "tpcheck.summary:summarize",
        "tpcheck.cli.streams:deliver",
    ],
)
def test_a_bug_shows_no_answer(folder: Path, break_folder: str, broken: str, debug: str) -> None:
    answers = folder.joinpath("answers.yaml")
    answers.write_text(answers.read_text("utf-8").replace("pain: none", "pain: arm_upper"), "utf-8")

    done = _run(
        folder, "assess answers.yaml", PYTHONPATH=break_folder, BREAK=broken, TPCHECK_DEBUG=debug
    )

    assert (done.returncode, done.stdout) == (ExitCode.BUG, "")
    assert done.stderr.startswith(BUG_NOTICE)
    assert ("Traceback" in done.stderr) == bool(debug)
    assert ("builtins.KeyError: (left out" in done.stderr) == bool(debug)
    for words in (CODE, WORDS, "arm_upper", "planted ", "zebra"):
        assert words not in done.stderr.replace('f"planted {', "")


def test_a_bug_at_a_terminal_shows_no_answer(folder: Path, break_folder: str) -> None:
    environment = {
        **_environment(folder),
        "PYTHONPATH": break_folder,
        "BREAK": "tpcheck.summary:summarize",
        "TPCHECK_DEBUG": "1",
    }
    with Terminal(COMMAND, ["--plain"], folder=folder, environment=environment) as terminal:
        for words, keys in PLAIN[:-1]:
            terminal.wait(words).send(keys)
        assert terminal.end() == (ExitCode.BUG, None)
        said = terminal.raw.decode().partition(BUG_NOTICE)[2]

    assert "Traceback" in said
    assert "crushed" not in said
    assert terminal.is_sane
