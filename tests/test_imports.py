"""What a command loads, what it touches, and which way the arrows point."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

#: Run a command as a user does, then say what was loaded.
_LOADED = """
import json, sys
from tpcheck.cli.app import run
code = run(sys.argv[1:])
print(json.dumps([code, sorted(sys.modules)]), file=sys.stderr)
"""

#: The same on a system without what only Unix has, and with every write and socket refused.
_WATCHED = """
import os, signal, sys
for name in ("termios", "fcntl", "pwd", "resource", "tty"):
    sys.modules[name] = None
for name in ("SIGHUP", "SIGTSTP", "SIGWINCH"):
    if hasattr(signal, name):
        delattr(signal, name)
def watch(event, arguments):
    if event.startswith(("socket.", "subprocess.", "os.remove", "os.rename", "os.mkdir", "shutil")):
        raise RuntimeError(event)
    if event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        raise RuntimeError(f"{arguments[0]} opened to be written")
sys.dont_write_bytecode = True
import tpcheck.cli.app
sys.addaudithook(watch)
sys.exit(tpcheck.cli.app.run(sys.argv[1:]))
"""


def _python(code: str, *arguments: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd=folder,
        check=False,
    )


#: What is there before anything is imported: what an environment adds to every run of Python.
_BEFORE = {name.split(".")[0] for name in _python("import sys; print(*sys.modules)").stdout.split()}


#: What reads a command line. Where there is nothing to read it is not waited for.
_COMMANDS = {"typer", "annotated_doc", "shellingham"}
#: Parts of Python that cost a person time, and that few commands need.
_HEAVY = {"asyncio", "sqlite3", "ssl", "socket", "email", "http", "xml", "logging", "unittest"}
#: Ours, by what needs them: the nouns, and everything that reads and decides.
_OURS = {"tpcheck.model", "tpcheck.engine", "tpcheck.reader", "tpcheck.loader", "tpcheck.generated"}
_READS = {"yaml", "tpcheck.model", "tpcheck.reader", "tpcheck.loader"}


@pytest.mark.parametrize(
    ("arguments", "code", "allowed"),
    [
        # Typer 0.29 would load pydantic, which doubles the time to start.
        (["--version"], 0, set()),
        (["--help"], 0, set()),
        (["assess", "--help"], 0, set()),
        (["calls", "--help"], 0, set()),
        (["export", "schema"], 0, {"tpcheck.model"}),
        # There is no terminal: nothing is loaded to find that out.
        ([], 2, set()),
        (["--plain"], 2, set()),
        (["triage"], 2, set()),
        # Nobody is asked and nothing is drawn.
        (["learn"], 0, {*_READS, "tpcheck.engine"}),
        (["assess", "answers.json"], 3, {*_READS, "tpcheck.engine"}),
        (["assess", "answers.yaml"], 3, {*_READS, "tpcheck.engine"}),
        (["assess", "answers.jsonl"], 3, {*_READS, "tpcheck.engine", "tpcheck.generated"}),
        (["rules", "show"], 0, {*_READS, "tpcheck.engine"}),
        (["rules", "check"], 0, {*_READS, "tpcheck.engine"}),
        (["export", "questionnaire"], 0, {*_READS, "tpcheck.engine"}),
        (["calls", "list", "--calls", "none.sqlite"], 2, {"tpcheck.model", "sqlite3"}),
    ],
)
def test_a_command_loads_what_it_needs_and_no_more(
    tmp_path: Path, arguments: list[str], code: int, allowed: set[str]
) -> None:
    for name in ("answers.json", "answers.yaml", "answers.jsonl"):
        (tmp_path / name).write_text('{"answers": {}}\n', encoding="utf-8")

    done = _python(_LOADED, *arguments, folder=tmp_path)

    returned, loaded = json.loads(done.stderr.splitlines()[-1])
    assert returned == code, done.stderr
    # PyYAML's parser in C brings the last.
    at_top = {name.split(".")[0] for name in loaded if "cython" not in name}
    foreign = at_top - _BEFORE - sys.stdlib_module_names - {"tpcheck"}
    counted = foreign | (_HEAVY & at_top) | (_OURS & set(loaded))
    assert counted - allowed == (_COMMANDS if arguments else set())


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["learn"], ["rules", "show"]])
def test_a_command_needs_no_unix_and_writes_nothing(arguments: list[str]) -> None:
    done = _python(_WATCHED, *arguments)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout
