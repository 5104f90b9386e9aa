"""The copy of the rule file in the wheel is what the file says, and counts for that file only."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from zipfile import ZipFile

import pytest
from conftest import SHIPPED, small_text
from hypothesis import given, settings
from strategies import some_ruleset

from tpcheck import compiled, loader, model
from tpcheck.cli import rulesets
from tpcheck.errors import NotApprovedError
from tpcheck.model import RuleSet

ROOT = Path(__file__).parent.parent


def copied(ruleset: RuleSet, source: bytes = b"") -> RuleSet:
    """A rule set from its copy."""
    found = compiled.read(compiled.write(ruleset, source), source)
    assert found
    assert (found.texts, found.lists) == (ruleset.texts, ruleset.lists)
    assert found.status == ruleset.about.status
    return found.ruleset()


def kinds(value: object) -> Iterator[tuple[object, type]]:
    """The type of every value below: an enum is equal to its text, and is not the same."""
    yield None, type(value)
    if is_dataclass(value):
        for field in fields(value):
            if field.compare:
                yield from kinds(getattr(value, field.name))
    elif isinstance(value, tuple):
        for part in value:
            yield from kinds(part)


@pytest.mark.parametrize("name", ["shipped", "small"])
def test_the_copy_is_what_the_file_says(name: str, request: pytest.FixtureRequest) -> None:
    ruleset: RuleSet = request.getfixturevalue(name)

    copy = copied(ruleset)

    assert copy == ruleset
    assert [*kinds(copy)] == [*kinds(ruleset)]
    assert copy.text_marks == ()


@settings(max_examples=50)
@given(ruleset=some_ruleset())
def test_the_copy_of_any_rule_set_is_equal(ruleset: RuleSet) -> None:
    assert copied(ruleset) == ruleset


def test_what_is_left_out_of_a_record_comes_last() -> None:
    # Values are written by their position.
    for record in filter(is_dataclass, vars(model).values()):
        compared = [field.compare for field in fields(record)]
        assert compared == sorted(compared, reverse=True), record


def test_a_copy_of_another_text_does_not_count(small: RuleSet) -> None:
    source = small_text().encode()
    data = compiled.write(small, source)

    assert compiled.read(data, source)
    assert compiled.read(data, source + b"\n") is None


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b"[]", b"null", b"\xff", b'{"source":"', json.dumps(
        {"source": hashlib.sha256(b"").hexdigest()}).encode()],
)  # fmt: skip
def test_a_damaged_copy_does_not_count(data: bytes) -> None:
    assert compiled.read(data, b"") is None


def test_a_withdrawn_rule_set_is_refused_from_its_copy_too(
    small: RuleSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = small_text().replace("status: draft", "status: withdrawn").encode()
    path = tmp_path / rulesets.SHIPPED
    path.write_bytes(source)
    found = compiled.read(compiled.write(loader.load(source, "x"), source), source)
    monkeypatch.setattr(rulesets, "shipped", lambda: path)
    monkeypatch.setattr(rulesets, "_compiled", lambda *_: found)

    with pytest.raises(NotApprovedError):
        rulesets.load("")


def test_the_wheel_has_the_copy_and_nothing_from_the_workshop(tmp_path: Path) -> None:
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    (path,) = tmp_path.glob("*.whl")
    with ZipFile(path) as wheel:
        names = wheel.namelist()
        source = wheel.read(f"tpcheck/{rulesets.SHIPPED}")
        found = compiled.read(wheel.read(f"tpcheck/{compiled.NAME}"), source)
        wheel.extractall(tmp_path / "installed")

    assert source == SHIPPED.read_bytes()
    assert found
    assert found.ruleset() == loader.load(source, rulesets.SHIPPED)
    assert {name.split("/")[0].split("-")[0] for name in names} == {"tpcheck"}
    assert not [name for name in names if "build_hook" in name or "test" in name]

    # With it, nothing reads YAML.
    code = (
        "import sys; sys.modules['yaml'] = None; from tpcheck.cli.app import run; sys.exit(run())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "learn"],
        cwd=tmp_path / "installed",
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
