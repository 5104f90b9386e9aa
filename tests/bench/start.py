"""Starting: processes, and what a person sees and does in a real pseudo-terminal."""

import os
import re
import statistics
import subprocess
import time
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


def measure(bin_folder: Path, second: str, count: int) -> None:
    """Print the rows. `second` are words of the screen after the first."""
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

    seen = rounds(
        {
            "bare": lambda: _interview([*bare, "--version"], "bare 0", "", "", "")[0],
            "words": our_words,
            "question": their_question,
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
    key = [one[2] for one in ours[1:]]
    their_key = [one[2] for one in theirs_asked[1:]]
    beside = f"questionary, to its next question {_ms(their_key)}"
    row("key to next screen", _median(key), beside, ratio(key, their_key), "at most 10 ms", "ms")


def _whole(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, env=ENVIRONMENT, stdout=subprocess.DEVNULL, check=True)
    return 1000 * (time.perf_counter() - start)


def _interview(command: list[str], words: str, question: str, key: str, second: str) -> list[float]:
    """Milliseconds to the first words and the first question, and from Enter to the next screen."""
    start = time.perf_counter()
    child = pexpect.spawn(
        command[0], command[1:], env=ENVIRONMENT, dimensions=(40, 100), encoding="utf-8", timeout=20
    )
    child.delaybeforesend = None
    try:
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
    finally:
        child.close(force=True)


def _median(figures: list[float]) -> float:
    return statistics.median(figures)


def _ms(figures: list[float]) -> str:
    return f"{statistics.median(figures):.1f} ms"
