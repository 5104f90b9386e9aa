"""The long run over every reader works, in a short one: fuzz/run.py is the command for the long."""

from collections import Counter

import pytest
from fuzz import run
from fuzz.readers import Reader


@pytest.fixture(scope="module")
def done() -> list[run.Done]:
    """A few hundred inputs, in this process."""
    return [*run.fuzz([*run.tasks(seed=1, inputs=1200)], processes=1)]


def test_nothing_escapes(done: list[run.Done]) -> None:
    assert [escape for one in done for escape in one.escapes] == []


def test_half_are_changes_of_valid_inputs_and_some_of_every_reader_get_through(
    done: list[run.Done],
) -> None:
    counts = sum((one.counts for one in done), Counter())

    assert counts["tried"] == pytest.approx(1200, abs=10)
    assert counts["mutated"] == pytest.approx(600, abs=10)
    assert counts["reached"] > 60
    assert {one.reader for one in done} == run._of_this_process().keys()
    for reader in run._of_this_process().values():
        assert any(map(reader.read, reader.valid)), reader.name


def test_an_escape_is_told_with_what_brings_it_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(data: bytes) -> bool:
        if len(data) % 2:
            raise RuntimeError("planted")
        return True

    broken = Reader("broken", 1, [b"valid"], [b"word"], read)
    monkeypatch.setitem(run._READERS, "broken", broken)

    found = run.run(run.Task(7, "broken", 0, 100))

    assert 0 < len(found.escapes) < 100
    for escape in found.escapes:
        assert "planted" in escape.trace
        again = run.run(escape.task)
        assert [one.data for one in again.escapes] == [escape.data]
        assert again.counts["tried"] == 1
