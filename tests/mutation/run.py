"""Mutate the code that decides: `python tests/mutation/run.py`, with the extra `mutation`.

mutmut plants small faults, one at a time, in the modules that read, decide and make call codes, and
runs the tests that reach them. It works on a copy, so nothing is left behind. Printed are the score
of each module and every fault that no test noticed; survivors.yaml says of each why it may live.
Ends with 1 where the score is too low or that list is not true any more.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import yaml

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
#: Percent of all mutants that have to be noticed.
LEAST = 95
MODULES = ("criteria", "engine", "reader", "callcode")
TESTS = (
    *("criteria", "engine", "reader", "callcode", "loader", "responses", "interview"),
    *("generated", "cases", "cases_shipped"),
)
#: They go through thousands of answer sets, and every mutant that lives would wait for them.
SLOW = ("twenty_thousand", "many_sets", "the_sets", "any_rule_set", "every_wrong", "every_routine",
        "engine_itself")  # fmt: skip
_NEEDED = ("tpcheck", "tests", "pyproject.toml", "questions.yaml", "README.md")
#: What mutmut says of a mutant that some test noticed; one that ran on and on was noticed too.
_KILLED = ("killed", "timeout")


class Mutant(NamedTuple):
    """A fault: the function it is in, what stood there, and what stands there instead."""

    function: str
    was: str
    becomes: str


def main() -> int:
    """Run mutmut and judge what it found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=MODULES, help="one module")
    options = parser.parse_args()
    modules = (options.only,) if options.only else MODULES
    with tempfile.TemporaryDirectory(prefix="tpcheck-mutation-") as name:
        folder = Path(name)
        _copy(folder, modules)
        _mutmut(folder, "run", "--max-children", str(os.cpu_count() or 1))
        found = dict(_results(folder))
        lived = {n: _mutant(folder, n) for n, status in found.items() if status not in _KILLED}
    return _judge(found, lived, modules)


def _copy(folder: Path, modules: tuple[str, ...]) -> None:
    """The project with mutmut's settings."""
    left_out = shutil.ignore_patterns("__pycache__", ".hypothesis")
    for name in _NEEDED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=left_out)
        else:
            shutil.copy(source, folder / name)
    settings = {
        "source_paths": ["tpcheck"],
        "only_mutate": [f"tpcheck/{module}.py" for module in modules],
        "also_copy": ["questions.yaml", "README.md"],
        "pytest_add_cli_args_test_selection": [f"tests/test_{name}.py" for name in TESTS],
        "pytest_add_cli_args": [
            *("-p", "no:cacheprovider", "-W", "ignore"),
            *("-k", " and ".join(f"not {name}" for name in SLOW)),
        ],
    }
    with (folder / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write("\n[tool.mutmut]\n")
        file.writelines(f"{key} = {value!r}\n" for key, value in settings.items())


def _mutmut(folder: Path, *arguments: str, quiet: bool = False) -> str:
    command = [sys.executable, "-m", "mutmut", *arguments]
    output = subprocess.PIPE if quiet else None
    done = subprocess.run(command, cwd=folder, stdout=output, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"mutmut {arguments[0]} ended with {done.returncode}")
    return done.stdout or ""


def _results(folder: Path) -> Iterator[tuple[str, str]]:
    for line in _mutmut(folder, "results", "--all", "true", quiet=True).splitlines():
        name, found, status = line.strip().partition(": ")
        if found:
            yield name, status


def _mutant(folder: Path, name: str) -> Mutant:
    """The fault by its name, such as tpcheck.engine.xǁEngineǁpath__mutmut_17."""
    module, _, function = name.rpartition("__mutmut_")[0].rpartition(".x")
    function = function.removeprefix("_").replace("ǁ", ".").removeprefix(".")
    diff = _mutmut(folder, "show", name, quiet=True).splitlines()
    sides = (
        "\n".join(line[1:].strip() for line in diff if re.match(rf"{sign}(?!{sign})", line))
        for sign in (r"-", r"\+")
    )
    return Mutant(f"{module.removeprefix('tpcheck.')}.{function}", *sides)


def _listed() -> dict[Mutant, str]:
    """The survivors that are known, and why each may live."""
    text = (HERE / "survivors.yaml").read_text(encoding="utf-8")
    return {
        Mutant(entry["in"], entry["was"].strip(), becomes.strip()): entry["why"]
        for entry in yaml.safe_load(text)
        for becomes in entry["becomes"]
    }


def _judge(found: dict[str, str], lived: dict[str, Mutant], modules: tuple[str, ...]) -> int:
    listed = {m: why for m, why in _listed().items() if m.function.split(".")[0] in modules}
    planted = Counter(name.split(".")[1] for name in found)
    survivors = Counter(name.split(".")[1] for name in lived)
    for module in modules:
        score = 100 * (1 - survivors[module] / planted[module])
        print(
            f"{module:<9} {planted[module]:>5} planted, {survivors[module]:>3} lived, {score:.1f} %"
        )
    score = 100 * (1 - len(lived) / len(found))
    print(f"{'all':<9} {len(found):>5} planted, {len(lived):>3} lived, {score:.1f} % noticed")
    unknown = sorted(set(lived.values()) - listed.keys())
    gone = sorted(listed.keys() - set(lived.values()))
    for title, mutants in (("no reason is listed for", unknown), ("listed, and noticed", gone)):
        for mutant in mutants:
            print(f"{title}: in {mutant.function}\n  - {mutant.was}\n  + {mutant.becomes}")
    print(f"{len(lived) - len(unknown)} of {len(lived)} that lived have a reason in survivors.yaml")
    return int(score < LEAST or bool(unknown or gone))


if __name__ == "__main__":
    sys.exit(main())
