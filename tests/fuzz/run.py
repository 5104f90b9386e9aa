"""Read very many broken files, and see that nothing escapes.

    python tests/fuzz/run.py --inputs 1000000

For each reader it says how many inputs were tried, how many of them are changes of valid ones, what
share reached evaluation, and what escaped: an exception that the reader does not declare, or one
input that takes longer than a person would wait. The same seed gives the same inputs, and an escape
is printed with what brings it back. It ends with 1 if there is any.
"""

import argparse
import multiprocessing
import os
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple

# As a script it finds only what lies beside it.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from fuzz.mutate import mutated, soup
from fuzz.readers import Reader, readers

#: Seconds for one input. Readers take milliseconds; this is for what hangs, on any machine.
PATIENCE = 20
#: How many bytes of an input that escaped are shown.
SHOWN = 500
#: How many inputs are handed out at a time.
CHUNK = 250


class Task(NamedTuple):
    """Some inputs of one reader."""

    seed: int
    reader: str
    first: int
    count: int


class Escape(NamedTuple):
    """An input that should not have come out as it did."""

    task: Task
    data: bytes
    trace: str


class Done(NamedTuple):
    """What came of a task."""

    reader: str
    counts: Counter[str]
    escapes: list[Escape]


class SlowError(Exception):
    """An input takes too long."""


def _too_slow(_signal: int, _frame: object) -> None:
    raise SlowError


_READERS: dict[str, Reader] = {}


def _of_this_process() -> dict[str, Reader]:
    if not _READERS:
        _READERS.update((reader.name, reader) for reader in readers())
        if hasattr(signal, "SIGALRM"):
            signal.signal(signal.SIGALRM, _too_slow)
    return _READERS


def run(task: Task) -> Done:
    """Try the inputs of a task. Every other one is a change of a valid input."""
    reader = _of_this_process()[task.reader]
    counts: Counter[str] = Counter()
    escapes = []
    for number in range(task.first, task.first + task.count):
        data = make(reader, task.seed, number)
        counts["tried"] += 1
        counts["mutated"] += _is_mutation(number)
        try:
            _alarm(PATIENCE)
            counts["reached"] += reader.read(data)
        except BaseException:
            one = Task(task.seed, task.reader, number, 1)
            escapes.append(Escape(one, data, traceback.format_exc()))
        finally:
            _alarm(0)
    return Done(task.reader, counts, escapes)


def make(reader: Reader, seed: int, number: int) -> bytes:
    """The input with this number."""
    random = Random(f"{seed} {reader.name} {number}")
    if _is_mutation(number):
        valid = random.choice(reader.valid)
        return mutated(random, valid, reader.valid, reader.words, is_text=reader.is_text)
    return soup(random, reader.words)


def _is_mutation(number: int) -> bool:
    return number % 2 == 0


def _alarm(seconds: float) -> None:
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)


# --- many -------------------------------------------------------------------------------------


def tasks(seed: int, inputs: int, only: str = "", first: int = 0) -> Iterator[Task]:
    """All inputs, shared out among the readers; the readers take turns."""
    known = [reader for reader in _of_this_process().values() if only in ("", reader.name)]
    whole = sum(reader.share for reader in known)
    for reader in known:
        count = max(1, round(inputs * reader.share / whole))
        for start in range(first, first + count, CHUNK):
            yield Task(seed, reader.name, start, min(CHUNK, first + count - start))


def fuzz(work: Sequence[Task], processes: int) -> Iterator[Done]:
    """What comes of all tasks, in any order."""
    if processes == 1:
        yield from map(run, work)
        return
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        yield from pool.imap_unordered(run, work)


def main() -> int:
    """Run it from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--inputs", type=int, default=20_000, help="how many, of all readers")
    parser.add_argument("--seed", type=int, default=1, help="another gives other inputs")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", default="", metavar="READER", help="only this reader")
    parser.add_argument("--first", type=int, default=0, help="the number of the first input")
    asked = parser.parse_args()

    started = time.monotonic()
    work = [*tasks(asked.seed, asked.inputs, asked.only, asked.first)]
    counts: dict[str, Counter[str]] = {task.reader: Counter() for task in work}
    escapes: list[Escape] = []
    for done in fuzz(work, asked.processes):
        counts[done.reader] += done.counts
        counts[done.reader]["escaped"] += len(done.escapes)
        escapes += done.escapes
    for escape in escapes[:10]:
        _say(f"--- {escape.data[:SHOWN]!r}\n{escape.trace}")
        again = f"--seed {escape.task.seed} --first {escape.task.first}"
        _say(f"again: --only {escape.task.reader!r} {again} --inputs 1 --processes 1\n")
    _report(counts, time.monotonic() - started)
    return 1 if escapes else 0


def _report(counts: dict[str, Counter[str]], seconds: float) -> None:
    _say(f"{'reader':20} {'tried':>9} {'mutated':>9} {'reached evaluation':>19} {'escaped':>8}")
    counts = {**counts, "all": sum(counts.values(), Counter())}
    for name, count in counts.items():
        tried = count["tried"]
        share = f"{count['reached'] / tried:.1%}"
        _say(f"{name:20} {tried:9,} {count['mutated']:9,} {share:>19} {count['escaped']:8,}")
    _say(f"{seconds:.0f} seconds")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
