"""Every hazard has a control, and tests that hold it, which are there and do run."""

import inspect
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

TESTS = Path(__file__).parent
LOG: list[dict[str, Any]] = yaml.safe_load((TESTS / "hazards.yaml").read_text("utf-8"))["hazards"]
FIELDS = {"id", "hazard", "effect", "controls", "verified_by", "severity", "likelihood"}
OPTIONS = ("-p", "no:cacheprovider", "--continue-on-collection-errors")
OPEN = "to be set by the clinic's safety officer"


class _Look:
    """Notes every test that is collected, and why it might not run."""

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        sys.stdout.write(json.dumps({i.nodeid: _why_not(i) for i in session.items}) + "\n")


def _why_not(item: pytest.Item) -> str:
    """Why a test might not run, or not count; empty for one that does both."""
    for mark in item.iter_markers():
        if mark.name in ("skip", "xfail") or (mark.name == "skipif" and any(mark.args)):
            return f"it is marked {mark.name}"
    if not isinstance(item, pytest.Function):
        return ""
    fixtures = [made.func for each in item._fixtureinfo.name2fixturedefs.values() for made in each]
    sources = map(inspect.getsource, [item.function, *fixtures])
    return "it can skip itself" if any("pytest.skip(" in source for source in sources) else ""


@pytest.fixture(scope="session")
def collected() -> dict[str, str]:
    """Every test in the files that the log names, as pytest collects it."""
    named = {name.partition("::")[0] for hazard in LOG for name in hazard["verified_by"]}
    files = sorted(name for name in named if (TESTS.parent / name).is_file())
    code = "import sys, pytest, test_hazards; pytest.main(sys.argv[1:], [test_hazards._Look()])"
    done = subprocess.run(
        [sys.executable, "-c", code, "--collect-only", "-qq", *OPTIONS, *files],
        cwd=TESTS.parent,
        env={"PYTHONPATH": str(TESTS)},
        capture_output=True,
        text=True,
        check=False,
    )
    line = next((line for line in done.stdout.splitlines() if line.startswith("{")), "")
    assert line, done.stdout + done.stderr
    found: dict[str, str] = json.loads(line)
    return found


def test_the_log_has_every_hazard_once_with_all_that_belongs_to_it() -> None:
    assert [hazard["id"] for hazard in LOG] == [f"HZ{number:02}" for number in range(1, 25)]
    for hazard in LOG:
        assert hazard.keys() == FIELDS, hazard["id"]
        assert all(hazard[name] for name in FIELDS), hazard["id"]
        # Nobody but the safety officer scores; whoever does changes this line as well.
        assert hazard["severity"] == hazard["likelihood"] == OPEN


@pytest.mark.parametrize("hazard", LOG, ids=lambda hazard: hazard["id"])
def test_what_verifies_a_control_is_there_and_runs(
    hazard: dict[str, Any], collected: dict[str, str]
) -> None:
    for name in hazard["verified_by"]:
        tests = [t for t in collected if t == name or t.startswith(f"{name}[")]
        assert tests, f"{name} is no test"
        assert {collected[test] for test in tests} == {""}, name


@pytest.fixture
def skips(request: pytest.FixtureRequest) -> None:
    """What could call pytest.skip(): here it stands in words alone."""


def test_a_test_that_runs_is_known(request: pytest.FixtureRequest) -> None:
    assert _why_not(request.node) == ""


def test_a_test_with_a_fixture_that_may_skip_is_noticed(
    request: pytest.FixtureRequest, skips: None
) -> None:
    assert _why_not(request.node) == "it can skip itself"


def test_a_test_that_does_not_run_is_noticed(request: pytest.FixtureRequest) -> None:
    item = request.node
    assert _why_not(item) == "it can skip itself"  # because "pytest.skip(" stands in it
    item.add_marker(pytest.mark.skip(reason="never: the test has started already"))
    assert _why_not(item) == "it is marked skip"
