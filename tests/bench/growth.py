"""`rules check`, `test` and `prove` on the rule set that ships, and on larger and larger ones."""

import resource
import statistics
import subprocess
from functools import partial
from pathlib import Path

from start import ENVIRONMENT
from table import ratio, rounds, row

_GOALS = {"check": "under 1,000 ms", "test": "under 2,000 ms", "prove": "under 10,000 ms"}
#: How many times the rules and the cases are there.
_SIZES = (1, 2, 3)


def measure(bin_folder: Path, root: Path, folder: Path) -> None:
    """Print the rows."""
    source = (root / "questions.yaml").read_text(encoding="utf-8")
    cases = root / "tests" / "cases"
    for size in _SIZES:
        path = folder / f"rules-{size}.yaml"
        path.write_text(_grown(source, size), encoding="utf-8")
        for command, goal in _GOALS.items():
            arguments = [str(cases)] if command == "test" else []
            script = [str(bin_folder / "tpcheck"), "rules"]
            measured = [*script, command, *arguments, "--rules", str(path)]
            timed = rounds(
                {
                    "ours": partial(_run, measured),
                    "read": partial(_run, [*script, "show", "--rules", str(path)]),
                },
                3,
            )
            floor = statistics.median(timed["read"])
            beside = f"reading and printing the rules {floor:.0f} ms"
            best = statistics.median(timed["ours"])
            what = f"rules {command}" + (f", warning signs x {size}" if size > 1 else "")
            row(what, best, beside, ratio(timed["ours"], timed["read"]), goal * (size == 1), "ms")


def _run(command: list[str]) -> float:
    """Milliseconds of processor time, which tells more than the clock on a machine that is shared.

    What is found in a rule set that was blown up does not matter here.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, env=ENVIRONMENT, capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def _grown(source: str, size: int) -> str:
    """The rule set with each of its warning signs `size` times, under other names."""
    head, rest = source.split("\nwarning_signs:\n", 1)
    body, tail = rest.split("\nprecautions:\n", 1)
    copies = [body]
    for number in range(2, size + 1):
        renamed = [
            f"{line.rstrip()}_{number}" if line.lstrip().startswith("- id: ") else line
            for line in body.splitlines()
        ]
        copies.append("\n".join(renamed))
    return f"{head}\nwarning_signs:\n" + "\n".join(copies) + f"\nprecautions:\n{tail}"
