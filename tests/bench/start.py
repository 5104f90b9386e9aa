"""Starting: processes, and what a person sees and does in a real pseudo-terminal."""

import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pexpect
from table import ratio, rounds, row

#: What the environment of this run may add that costs time or hides something.
_SHED = (
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONUNBUFFERED",
    "TPCHECK_RULES",
    "TPCHECK_PLAIN",
    "NO_COLOR",
)
#: Nobody answers what a program asks of the terminal; prompt_toolkit would wait a second for it.
_SAID = {"TERM": "xterm-256color", "PROMPT_TOOLKIT_NO_CPR": "1"}
ENVIRONMENT = {k: v for k, v in os.environ.items() if k not in _SHED} | _SAID

_FIRST = "Who are you answering for"


def measure(folder: Path, second: str, count: int) -> None:
    """Print the rows, in the folder that run.py made. `second` are words of the second screen."""
    bin_folder = Path(sys.executable).parent
    script = bin_folder / "tpcheck"
    python = [str(bin_folder / "python"), "-c"]
    bare = [*python, "from bare import app; app()"]
    choose = [*python, "from choose import app; app()"]

    timed = rounds(
        {
            "pass": lambda: _whole([*python, "pass"]),
            "bare --version": lambda: _whole([*bare, "--version"]),
            "--version": lambda: _whole([str(script), "--version"]),
            "bare --help": lambda: _whole([*bare, "--help"]),
            "--help": lambda: _whole([str(script), "--help"]),
        },
        count,
    )
    for name in ("--version", "--help"):
        theirs = timed[f"bare {name}"]
        beside = f"bare Typer app {_ms(theirs)} (python -c pass {_ms(timed['pass'])})"
        goal = "at most 1.15"
        row(f"tpcheck {name}", _median(timed[name]), beside, ratio(timed[name], theirs), goal, "ms")

    ours: list[list[float]] = []
    theirs_asked: list[list[float]] = []

    def our_words() -> float:
        ours.append(_interview([str(script)], "Your pain", _FIRST, "1", second))
        return ours[-1][0]

    def their_question() -> float:
        theirs_asked.append(_interview(choose, "What is first", "", "", "What is next"))
        return theirs_asked[-1][0]

    wizards = _wizards(folder)
    seen = rounds(
        {
            **wizards,
            "bare": lambda: _interview([*bare, "--version"], "bare 0", "", "", "")[0],
            "words": our_words,
            "question": their_question,
            "at once": lambda: _answered([str(script)], _FIRST, "1", second),
            "theirs at once": lambda: _answered(choose, "What is first", "", "What is next"),
        },
        count,
    )
    beside = f"bare Typer app on the same terminal {_ms(seen['bare'])}"
    words = ratio(seen["words"], seen["bare"])
    row("first words", _median(seen["words"]), beside, words, "at most 1.5", "ms")
    # The first round was thrown away.
    first = [one[1] for one in ours[1:]]
    beside = f"Typer and a questionary select {_ms(seen['question'])}"
    row(
        "first question",
        _median(first),
        beside,
        ratio(first, seen["question"]),
        "at most 1.2",
        "ms",
    )
    for name in wizards:
        row("", _median(first), f"{name} {_ms(seen[name])}", ratio(first, seen[name]),
            "at most 0.5", "ms")  # fmt: skip
    beside = f"Typer and questionary selects {_ms(seen['theirs at once'])}"
    times = ratio(seen["at once"], seen["theirs at once"])
    row("second, where a key comes at once", _median(seen["at once"]), beside, times, "", "ms")
    key = [one[2] for one in ours[1:]]
    their_key = [one[2] for one in theirs_asked[1:]]
    beside = f"questionary, to its next question {_ms(their_key)}"
    row("key to next screen", _median(key), beside, ratio(key, their_key), "at most 10 ms", "ms")


def _wizards(folder: Path) -> dict[str, Callable[[], float]]:
    """Two well-known programs that ask with questionary: milliseconds to their first question."""
    bin_folder = folder / "wizards" / "bin"
    template = folder / "template"
    template.mkdir()
    (template / "copier.yml").write_text(
        "one:\n  type: str\n  help: What is first\ntwo:\n  type: str\n", encoding="utf-8"
    )
    repository = folder / "repository"
    for command in (["init", "-q"], ["add", "-A"]):
        repository.mkdir(exist_ok=True)
        (repository / "file").touch()
        subprocess.run(["git", *command], cwd=repository, check=True)
    copy = [str(bin_folder / "copier"), "copy", str(template), str(folder / "copied")]
    commit = [str(bin_folder / "cz"), "commit"]
    return {
        "copier copy": lambda: _interview(copy, "What is first", "", "", "")[0],
        "cz commit": lambda: _interview(commit, "Select the type", "", "", "", repository)[0],
    }


def _whole(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, env=ENVIRONMENT, stdout=subprocess.DEVNULL, check=True)
    return 1000 * (time.perf_counter() - start)


def _interview(
    command: list[str],
    words: str,
    question: str,
    key: str,
    second: str,
    folder: Path | None = None,
) -> list[float]:
    """Milliseconds to the first words and the first question, and from Enter to the next screen."""
    start = time.perf_counter()
    with _started(command, folder) as child:
        child.expect(re.escape(words))
        found = [1000 * (time.perf_counter() - start)] * 2
        if question:
            child.expect(re.escape(question))
            found[1] = 1000 * (time.perf_counter() - start)
        if second:
            time.sleep(0.3)  # a person has not pressed anything yet
            child.send(key)
            time.sleep(0.1)
            pressed = time.perf_counter()
            child.send("\r")
            child.expect(second)
            found.append(1000 * (time.perf_counter() - pressed))
        return found


def _answered(command: list[str], question: str, key: str, second: str) -> float:
    """Milliseconds to the second screen where the first is answered as soon as it can be seen."""
    start = time.perf_counter()
    with _started(command) as child:
        child.expect(re.escape(question))
        child.send(f"{key}\r")
        child.expect(second)
        return 1000 * (time.perf_counter() - start)


@contextmanager
def _started(command: list[str], folder: Path | None = None) -> Iterator[pexpect.spawn]:
    """The command in a pseudo-terminal of its own."""
    child = pexpect.spawn(
        command[0],
        command[1:],
        env=ENVIRONMENT,
        cwd=folder,
        dimensions=(40, 100),
        encoding="utf-8",
        timeout=20,
    )
    child.delaybeforesend = None
    try:
        yield child
    finally:
        child.close(force=True)


def _median(figures: list[float]) -> float:
    return statistics.median(figures)


def _ms(figures: list[float]) -> str:
    return f"{statistics.median(figures):.1f} ms"
