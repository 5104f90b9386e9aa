"""Measure tpcheck beside its peers: `python tests/bench/run.py`, with the `dev` extra installed.

It builds the wheel, installs it with the peers into an environment of its own, and prints a table
of medians. Each figure stands beside its peer or floor from the same rounds, in which every side
runs once, in turn; a ratio is the median of the ratios of the rounds. Times are those of this
machine as busy as it is: only the ratios can be compared with those of another run.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import venv
from itertools import islice
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
_PARTS = ("start", "evaluate", "growth")


def main() -> None:
    """Make the environment, and run the parts in it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--sets", type=int, default=20_000, help="distinct answer sets")
    parser.add_argument("--only", choices=_PARTS, help="one part of the table")
    parser.add_argument("--inside", metavar="FOLDER", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        _measure(Path(options.inside), options)
        return
    with tempfile.TemporaryDirectory(prefix="tpcheck-bench-") as name:
        folder = Path(name)
        python = _install(folder)
        if options.only in (None, "start"):
            _install_wizards(folder)
        _write_sets(folder / "sets.jsonl", options.sets)
        arguments = [word for word in sys.argv[1:] if word]
        command = [str(python), str(HERE / "run.py"), *arguments, "--inside", name]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
        # Not from the working copy: what is measured is what the wheel has.
        subprocess.run(command, cwd=folder, env=environment, check=True)


def _install(folder: Path) -> Path:
    """An environment with the wheel and the peers; its Python."""
    venv.create(folder / "venv", with_pip=True)
    binaries = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
    python = binaries / "python"
    wheels = folder / "wheels"
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(wheels)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = wheels.glob("*.whl")
    wanted = [f"{wheel}[rules]", "zen-engine", "pexpect"]
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*install, *wanted], check=True)
    (packages,) = (folder / "venv").glob("lib/*/site-packages")
    for peer in (HERE / "peers").glob("*.py"):
        shutil.copy(peer, packages)
    compile_all = [str(python), "-m", "compileall", "-q", str(packages)]
    subprocess.run(compile_all, check=False, stdout=subprocess.DEVNULL)
    return python


def _install_wizards(folder: Path) -> None:
    """Whole programs that ask: in an environment of their own, for what they need is their own."""
    venv.create(folder / "wizards", with_pip=True)
    python = folder / "wizards" / ("Scripts" if os.name == "nt" else "bin") / "python"
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*install, "copier", "commitizen"], check=True)
    packages = [str(path) for path in (folder / "wizards").glob("lib/*/site-packages")]
    compile_all = [str(python), "-m", "compileall", "-q", *packages]
    subprocess.run(compile_all, check=False, stdout=subprocess.DEVNULL)


def _write_sets(path: Path, count: int) -> None:
    """Distinct complete answer sets of the rule set that ships, as people write them."""
    sys.path.insert(0, str(ROOT / "tests"))
    from strategies import Sampler

    from tpcheck import loader
    from tpcheck.engine import Engine

    source = (ROOT / "questions.yaml").read_bytes()
    engine = Engine(loader.load(source, "questions.yaml"))
    with path.open("w", encoding="ascii") as file:
        for answers in islice(Sampler(engine, 1).complete(), count):
            plain = {k: v[0] if len(v) == 1 else [*v] for k, v in answers.items()}
            file.write(json.dumps({"answers": plain}) + "\n")


def _measure(folder: Path, options: argparse.Namespace) -> None:
    """Run in the environment that was made."""
    import re
    from importlib.metadata import version

    import evaluate
    import growth
    import start

    from tpcheck.cli import rulesets

    names = ("typer", "questionary", "zen-engine", "python-sat")
    peers = ", ".join(f"{name} {version(name)}" for name in names)
    print(f"Python {platform.python_version()}, {peers}, {os.cpu_count()} cores, load"
          f" {os.getloadavg()[0]:.1f}, {options.rounds} rounds")  # fmt: skip
    if hasattr(os, "sched_setaffinity") and options.only == "evaluate":
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    binaries = Path(sys.executable).parent
    if options.only in (None, "start"):
        words = rulesets.load("").questionnaire.screens[0].text.split()[:3]
        start.measure(folder, r"\s+".join(map(re.escape, words)), options.rounds)
    if options.only in (None, "evaluate"):
        evaluate.measure(binaries, folder / "sets.jsonl", options.rounds)
    if options.only in (None, "growth"):
        growth.measure(binaries, ROOT, folder)


if __name__ == "__main__":
    main()
