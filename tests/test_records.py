"""Records made by the quick decorator are what Python's own makes them."""

import copy
import dataclasses
from collections.abc import Callable
from dataclasses import FrozenInstanceError, field, fields, replace

import pytest

from tpcheck import model, records


def _pair(dataclass: Callable[..., Callable[[type], type]]) -> type:
    @dataclass(frozen=True, slots=True)
    class Pair:
        one: str
        two: tuple[int, ...] = ()
        where: int = field(default=0, compare=False)
        hidden: int = field(default=0, repr=False)

    return Pair


Quick = _pair(records.dataclass)
Own = _pair(dataclasses.dataclass)

#: What is done with a class, as values to compare.
DEEDS: dict[str, Callable[[type], object]] = {
    "equal": lambda pair: (pair("a") == pair("a", ()), pair("a") == pair("b")),
    "places do not count": lambda pair: (
        pair("a", where=1) == pair("a"),
        hash(pair("a", where=1)) == hash(pair("a")),
    ),
    "another class": lambda pair: pair("a") == ("a", (), 0),
    "as a key": lambda pair: len({pair("a"), pair("a", where=2), pair("b")}),
    "hash": lambda pair: hash(pair("a", (1, 2))),
    "shown": lambda pair: repr(pair("a", (1,), 2, 3)),
    "replaced": lambda pair: repr(replace(pair("a"), two=(1,))),
    "copied": lambda pair: copy.deepcopy(pair("a")) == pair("a"),
    "fields": lambda pair: [f.name for f in fields(pair)],
    "no other": lambda pair: hasattr(pair("a"), "__dict__"),
    "matched": lambda pair: pair.__match_args__,
}


@pytest.mark.parametrize("deed", DEEDS)
def test_a_record_is_what_pythons_own_is(deed: str) -> None:
    assert DEEDS[deed](Quick) == DEEDS[deed](Own)


def test_a_record_cannot_be_changed() -> None:
    record = Quick("a")

    with pytest.raises(FrozenInstanceError):
        record.one = "b"
    with pytest.raises(FrozenInstanceError):
        del record.one


def test_what_holds_something_that_changes_is_no_key() -> None:
    with pytest.raises(TypeError):
        hash(Quick("a", []))


def test_the_nouns_are_such_records() -> None:
    classes = [noun for noun in vars(model).values() if isinstance(noun, type)]
    nouns = [noun for noun in classes if dataclasses.is_dataclass(noun)]

    assert len(nouns) > 30
    assert all(noun.__eq__ is records._equal for noun in nouns)
