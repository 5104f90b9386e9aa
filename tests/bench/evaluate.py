"""Evaluation and batches beside zen-engine, and how much memory a batch takes."""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import zen_form
from start import ENVIRONMENT
from table import ratio, rounds, row

from tpcheck.batch import Batch
from tpcheck.cli import rulesets
from tpcheck.engine import Engine
from tpcheck.generated import generate
from tpcheck.model import ItemType

#: How many answer sets each side gets in a round, other ones in every round.
_SLICE = 2_000


def measure(bin_folder: Path, sets: Path, count: int) -> None:
    """Print the rows. `sets` has distinct answer sets, one a line."""
    engine = Engine(rulesets.load(""))
    lines = sets.read_bytes().splitlines(keepends=True)
    many = {link_id for link_id, item in engine.items.items() if item.type is ItemType.MANY}
    given: list[dict[str, Any]] = [json.loads(line)["answers"] for line in lines]
    theirs = [_for_zen(answers, many) for answers in given]
    ours = [{k: (v,) if isinstance(v, str) else tuple(v) for k, v in a.items()} for a in given]
    their_lines = [json.dumps({"answers": answers}).encode() + b"\n" for answers in theirs]

    generated, batch = generate(engine), Batch(engine)
    rules, whole = zen_form.Rules(engine), zen_form.Whole(engine)
    for mine, his in zip(ours, theirs, strict=True):
        told = generated(mine)
        assert told.complete
        assert (told.disposition, told.findings) == rules(his) == whole(his)
    print(f"{len(lines):,} distinct answer sets: tpcheck and both forms for zen-engine agree")

    def each(what: Callable[[Any], object], all_of: Sequence[Any]) -> Callable[[], float]:
        return _timed(lambda some: [what(one) for one in some], all_of)

    timed = rounds(
        {
            "ours": each(generated, ours),
            "rules": each(rules, theirs),
            "whole": each(whole, theirs),
            "our lines": _timed(lambda some: [part.output for part in batch.parts(some)], lines),
            "their lines": each(_Lines(whole), their_lines),
        },
        count,
    )
    median = {name: statistics.median(figures) for name, figures in timed.items()}
    beside = f"zen-engine, all that is asked too {median['whole']:.1f} us"
    times = ratio(timed["whole"], timed["ours"])
    row("evaluation", median["ours"], beside, times, "at least 5", "us")
    beside = f"zen-engine, rules alone {median['rules']:.1f} us"
    row("", median["ours"], beside, ratio(timed["rules"], timed["ours"]), "", "us")
    beside = f"json and zen-engine {median['their lines']:.1f} us"
    times = ratio(timed["their lines"], timed["our lines"])
    row("JSONL to JSONL, a line", median["our lines"], beside, times, "at least 3", "us")
    _memory(bin_folder, lines)


def _for_zen(answers: dict[str, Any], many: set[str]) -> dict[str, Any]:
    """An answer of several options as a list, as its expressions read it."""
    return {k: [v] if k in many and isinstance(v, str) else v for k, v in answers.items()}


class _Lines:
    """What anybody would write round zen-engine. It checks no answer."""

    def __init__(self, whole: zen_form.Whole) -> None:
        self._whole = whole

    def __call__(self, line: bytes) -> str:
        disposition, findings = self._whole(json.loads(line)["answers"])
        told = [
            {"rule": f.rule_id, "level": f.level, "disposition": f.disposition,
             "certain": f.certain}
            for f in findings
        ]  # fmt: skip
        return json.dumps({"disposition": disposition, "complete": True, "findings": told}) + "\n"


def _timed(what: Callable[[Sequence[Any]], object], all_of: Sequence[Any]) -> Callable[[], float]:
    """Microseconds for each of the next slice."""
    at = 0

    def run() -> float:
        nonlocal at
        some = all_of[at : at + _SLICE]
        at = (at + _SLICE) % len(all_of)
        start = time.perf_counter()
        what(some)
        return 1e6 * (time.perf_counter() - start) / len(some)

    return run


def _memory(bin_folder: Path, lines: Sequence[bytes]) -> None:
    """The most memory that the command takes, beyond what it takes for one line."""
    peaks = {}
    with tempfile.TemporaryDirectory() as folder:
        for count in (1, 1_000, 10_000, 100_000):
            path = Path(folder, "answers.jsonl")
            with path.open("wb") as file:
                file.writelines(_repeated(lines, count))
            peaks[count] = _peak([str(bin_folder / "tpcheck"), "assess", str(path)])
    for count, peak in peaks.items():
        if count > 1:
            beside = f"one line {peaks[1] / 1024:.1f} MiB in all"
            more = (peak - peaks[1]) / 1024
            row(f"memory for {count:,} lines", more, beside, None, "at most 24 more", "MiB more")


def _repeated(lines: Sequence[bytes], count: int) -> Iterable[bytes]:
    return (lines[number % len(lines)] for number in range(count))


#: Run a command and say its peak resident set. Linux counts what a process was before it became
#: another program, so the one that starts it has to be small.
_SMALL = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
assert code in (0, 3), code
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def _peak(command: list[str]) -> int:
    """Peak resident set of a run, in KiB."""
    small = [sys.executable, "-I", "-S", "-c", _SMALL, *command]
    return int(subprocess.run(small, env=ENVIRONMENT, stdout=subprocess.PIPE, check=True).stdout)
