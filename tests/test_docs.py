"""The README names every command, option, exit code and module."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main

from tpcheck.cli.commands import app
from tpcheck.errors import ExitCode
from tpcheck.model import RuleSet

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
GROUP = typer.main.get_command(app)


def commands(
    group: object, words: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], object]]:
    """Every command with the words that call it."""
    for name, command in getattr(group, "commands", {}).items():
        inner = getattr(command, "commands", None)
        if inner:
            yield from commands(command, (*words, name))
        else:
            yield (*words, name), command


COMMANDS = [*commands(GROUP)]
OPTIONS = sorted(
    {
        option
        for command in [GROUP, *(command for _, command in COMMANDS)]
        for parameter in command.params  # type: ignore[attr-defined]
        for option in parameter.opts
        if option.startswith("--") and option != "--help"
    }
)


@pytest.mark.parametrize("words", [words for words, _ in COMMANDS], ids=" ".join)
def test_readme_names_every_command(words: tuple[str, ...]) -> None:
    assert f"tpcheck {' '.join(words)}" in README


@pytest.mark.parametrize("option", OPTIONS)
def test_readme_names_every_option(option: str) -> None:
    assert re.search(rf"{option}\b", README)


@pytest.mark.parametrize("command", [command for _, command in COMMANDS], ids=lambda c: c.name)
def test_every_command_says_what_it_is_for(command: object) -> None:
    assert command.help  # type: ignore[attr-defined]
    for parameter in command.params:  # type: ignore[attr-defined]
        assert getattr(parameter, "help", None) or parameter.param_type_name == "argument"


def test_readme_has_every_exit_code_in_its_table(shipped: RuleSet) -> None:
    section = README.split("## Exit codes", 1)[1].split("\n## ", 1)[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("|")]
    codes = [int(number) for row in rows for number in re.findall(r"\d+", row)]
    advice = {told.exit_code for told in shipped.dispositions}

    assert sorted(codes) == sorted({*map(int, ExitCode), *advice})


def test_readme_and_help_say_the_intended_purpose(
    shipped: RuleSet, capsys: pytest.CaptureFixture[str]
) -> None:
    from tpcheck.cli.app import run

    purpose = shipped.about.intended_purpose
    quoted = " ".join(line.lstrip("> ") for line in README.splitlines() if line.startswith(">"))

    run(["--help"])

    assert purpose == quoted
    assert purpose in " ".join(capsys.readouterr().out.split())


def test_readme_says_how_far_the_rules_may_be_relied_on(shipped: RuleSet) -> None:
    assert shipped.about.status == "draft"
    assert "has not been assessed or registered as a medical device" in " ".join(README.split())
    assert "not a medical device" not in README


def test_readme_names_every_package_and_module_of_the_house() -> None:
    house = README.split("## For developers", 1)[1]
    parts = {
        path.stem if path.suffix else path.name
        for path in (ROOT / "tpcheck").iterdir()
        if path.name not in ("__init__.py", "__main__.py", "__pycache__")
    }

    assert {part for part in parts if part not in house} == set()


def test_nothing_in_the_repository_speaks_of_the_place_it_was_written_in() -> None:
    tracked = [p for p in ROOT.rglob("*") if p.suffix in (".py", ".yaml", ".md", ".toml", ".json")]
    skipped = {".venv", ".git", "node_modules", "hostile", "build"}
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in tracked
        if not skipped & set(path.relative_to(ROOT).parts)
        for match in re.finditer(
            r"/(?:work|root|tmp/venv)/|issue #?\d+\b", path.read_text(encoding="utf-8")
        )
        if path != Path(__file__)
    ]

    assert found == []
