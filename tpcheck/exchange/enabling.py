"""A criterion of what is asked, in the flat form that FHIR R4 has for it.

R4 tests one answer at a time and joins the tests of an item with "all" or with "any", so a
criterion becomes layers: each is one such list, and all layers have to hold. A group around a group
around an item holds a layer each, since whatever is below a disabled group is disabled. Only "="
and "exists" are used: "!=" is true of a question without an answer, and R4 defines ">" and its kin
in words that contradict themselves.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from tpcheck.errors import DataError
from tpcheck.model import AllOf, Answered, AnswerIs, AnyOf, Criterion


class CannotExportError(DataError):
    """Something in the rule set has no exact form in the format that was asked for."""


@dataclass(frozen=True, slots=True)
class Term:
    """True when `item` has the answer `option`; without an option, when it has any answer."""

    item: str
    option: str = ""


@dataclass(frozen=True, slots=True)
class Layer:
    """Tests of which all, or any, have to hold."""

    behavior: Literal["all", "any"]
    tests: tuple[Term, ...]


def layers(name: str, *criteria: Criterion | None) -> tuple[Layer, ...]:
    """The layers that together say that all of `criteria` hold; none where nothing is said.

    Raises CannotExportError, which calls what is asked `name`, where there is no exact form.
    """
    alternatives = [
        part for criterion in criteria if criterion for part in _conjuncts(name, criterion)
    ]
    certain = tuple(dict.fromkeys(part[0] for part in alternatives if len(part) == 1))
    open_ = dict.fromkeys(part for part in alternatives if len(part) > 1)
    found = [Layer("any", part) for part in open_]
    return (Layer("all", certain), *found) if certain else tuple(found)


def _conjuncts(name: str, criterion: Criterion) -> list[tuple[Term, ...]]:
    """Lists of tests: of each, at least one has to hold."""
    match criterion:
        case AnswerIs(item, options):
            return [tuple(Term(item, option) for option in options)]
        case Answered(item):
            return [(Term(item),)]
        case AllOf(of):
            return [tests for part in of for tests in _conjuncts(name, part)]
        case AnyOf(of):
            return [_flat(name, (_conjuncts(name, part) for part in of))]
        case _:
            message = f"'{name}' is asked under a condition that FHIR R4 cannot say exactly"
            raise CannotExportError(f"{message}; use option tests and 'answered', 'all' and 'any'")


def _flat(name: str, parts: Iterable[list[tuple[Term, ...]]]) -> tuple[Term, ...]:
    tests: dict[Term, None] = {}
    for part in parts:
        if len(part) != 1:
            message = f"'{name}' is asked under an 'all' below an 'any', which FHIR R4 cannot say"
            raise CannotExportError(f"{message}; ask it in two items, or join other answers")
        tests.update(dict.fromkeys(part[0]))
    return tuple(tests)
