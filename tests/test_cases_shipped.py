"""Every worked case of tests/cases comes out as the clinician wrote it down."""

from functools import cache
from pathlib import Path

import pytest

from tpcheck import cases, loader
from tpcheck.engine import Engine

TESTS = Path(__file__).parent
FILES = sorted((TESTS / "cases").glob("*.yaml"))


@cache
def _engine() -> Engine:
    shipped = TESTS.parent / "questions.yaml"
    return Engine(loader.load(shipped.read_bytes(), shipped.name))


def _every_case() -> list[cases.Case]:
    # A file with problems is reported by its own test; none of its cases may be used.
    read = [cases.read(path.read_bytes(), path.name, _engine()) for path in FILES]
    return [case for found, problems in read if not problems for case in found]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_case_file_can_be_read(path: Path) -> None:
    _, problems = cases.read(path.read_bytes(), path.name, _engine())
    assert not problems, "\n".join(map(str, problems))


@pytest.mark.parametrize("case", _every_case(), ids=lambda case: case.sentence)
def test_a_worked_case_comes_out_as_written(case: cases.Case) -> None:
    wrong = cases.run(case, _engine())
    assert not wrong, "\n".join(map(str, wrong))
