"""217 hostile inputs, each with the exit code and the words that the installed command answers.

The rows stand in hostile/*.yaml. A row has an `id`, `what` it is, and how it is tried: the fields
of `hostile.run.Try`, here or in each of `tries`. `defaults` hold for a file of rows, and a row for
its tries. `decided_otherwise` says why something else is expected than first proposed,
`not_applicable` why there is nothing to try.
"""

import multiprocessing
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml

pytest.importorskip("termios", reason="the rows are lines for bash, on Linux")

from hostile.run import SECRET, Ran, Try, lacking, run

FOLDER = Path(__file__).parent / "hostile"
#: How many of each letter there are.
COUNTS = {"A": 22, "B": 36, "C": 22, "D": 35, "E": 24, "F": 16, "G": 30, "H": 18, "I": 14}
#: The exit codes with which a run complains, each time in a line of its own.
COMPLAINING = {2, 65, 66, 73, 74, 78}

Row = Mapping[str, Any]
_ABOUT = {"id", "what", "tries", "decided_otherwise", "not_applicable"}


def _rows() -> Iterator[Row]:
    for path in sorted(FOLDER.glob("*.yaml")):
        table = yaml.safe_load(path.read_text(encoding="utf-8"))
        yield from ({**table.get("defaults", {}), **row} for row in table["rows"])


def _tries(row: Row) -> Iterator[Try]:
    shared = {name: value for name, value in row.items() if name not in _ABOUT}
    for number, told in enumerate(row.get("tries", [{}]), 1):
        own = {name: value for name, value in told.items() if name not in _ABOUT}
        yield Try(f"{row['id']}-{number}", **{**shared, **own})


ROWS = list(_rows())
TRIES = [a for row in ROWS if "not_applicable" not in row for a in _tries(row)]


@pytest.fixture(scope="session")
def ran(request: pytest.FixtureRequest) -> dict[str, Ran]:
    """What came of every try that a selected test is about."""
    callspecs = (getattr(item, "callspec", None) for item in request.session.items)
    params = (spec.params.get("wanted") for spec in callspecs if spec)
    wanted = [a for a in params if isinstance(a, Try) and not lacking(a)]
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(4, fresh) as pool:
        return dict(zip((a.name for a in wanted), pool.map(run, wanted), strict=True))


def test_the_table_has_every_input_once_and_each_is_tried_or_says_why_not() -> None:
    ids = [f"{letter}{n:02}" for letter, count in COUNTS.items() for n in range(1, count + 1)]

    assert Counter(row["id"] for row in ROWS) == Counter(ids)
    assert len(ids) == 217
    for row in ROWS:
        assert row["what"], row["id"]
        reasons = [row[name] for name in ("decided_otherwise", "not_applicable") if name in row]
        assert all(len(reason.split()) > 3 for reason in reasons), row["id"]
        assert "not_applicable" not in row or "tries" not in row, row["id"]


def _parameter(wanted: Try) -> Any:
    missing = lacking(wanted)
    skipped = pytest.mark.skipif(bool(missing), reason=f"{missing} does not work here")
    return pytest.param(wanted, id=wanted.name, marks=skipped)


@pytest.mark.parametrize("wanted", [_parameter(wanted) for wanted in TRIES])
def test_a_hostile_input(wanted: Try, ran: dict[str, Ran]) -> None:
    found = ran[wanted.name]
    told = f"{wanted.run}\n--- {found.code} ---\n{found.out}\n---\n{found.err}\n{found.screen}"

    assert found.code == wanted.exit, told
    for text in (found.out, found.err, found.screen, found.raw):
        assert "Traceback" not in text, told
        assert SECRET not in text, told
        assert not (wanted.never and re.search(wanted.never, text)), told
    _check_words(wanted, found, told)
    assert found.changed.keys() == {f"here/{name}" for name in wanted.makes}, found.changed
    for name, pattern in wanted.makes.items():
        assert re.search(pattern, found.changed[f"here/{name}"]), found.changed


def _check_words(wanted: Try, found: Ran, told: str) -> None:
    assert re.search(wanted.screen, " ".join(found.screen.split())), told
    assert re.search(wanted.out, found.out, re.MULTILINE) if wanted.out else not found.out, told
    assert re.search(wanted.err, found.err, re.MULTILINE) if wanted.err else not found.err, told
    lines = found.err.removeprefix(f"{wanted.first}\n").splitlines()
    if wanted.exit in COMPLAINING and not wanted.type:
        assert len(lines) == wanted.errors or (lines and not wanted.errors), told
        assert all(line.startswith("tpcheck: error: ") for line in lines), told
    if found.at:
        # The place stands first in the line that the pattern is about.
        place = f"tpcheck: error: {found.at}: "
        said, pattern = (lines, wanted.err) if lines else (found.out.splitlines(), wanted.out)
        (line,) = [line for line in said if re.search(pattern, line)][:1]
        assert line.startswith(place if lines else f"{found.at}: "), told
