"""The linter, the types and the import contracts are part of the tests."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        ["mypy"],
        ["lint-imports", "--no-cache"],
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_house_rule_holds(command: list[str]) -> None:
    program = Path(sys.executable).parent / command[0]

    done = subprocess.run(
        [str(program), *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_top_level_stays_clean() -> None:
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split()
    if not tracked:
        pytest.skip("not a git checkout")

    top = {path.split("/")[0] for path in tracked}

    assert top == {
        ".ci",
        ".gitignore",
        "README.md",
        "pyproject.toml",
        "questions.yaml",
        "tests",
        "tpcheck",
    }
