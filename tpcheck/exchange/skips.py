"""When a question is asked, in words for paper: "Only if you ticked ... at question 4"."""

from collections.abc import Iterable, Mapping
from string import ascii_lowercase
from typing import NamedTuple

from tpcheck.exchange.enabling import CannotExportError
from tpcheck.model import AllOf, Answered, AnswerIs, AnyOf, Criterion, Item, ItemType

#: More options than this are easier to read as "anything but" the few that are left.
_MOST = 3
_ANSWERED = "you answered"


class Place(NamedTuple):
    """Where an item stands on the paper: the number of its question, and its letter in a group."""

    number: int
    letter: str = ""

    def __str__(self) -> str:
        return f"{self.number}{self.letter}"


class _Clause(NamedTuple):
    """What was done, and at which question."""

    done: str
    place: Place


class Skips:
    """Says conditions in words. `places` tells where each item stands."""

    def __init__(self, items: Mapping[str, Item], places: Mapping[str, Place]) -> None:
        self._items = items
        self._places = places

    def words(self, criterion: Criterion) -> str:
        """The condition, to follow "only if".

        Raises CannotExportError for a form that paper has no words for.
        """
        match criterion:
            case AnswerIs() | Answered():
                return _said([self._clause(criterion)])
            case AllOf(of):
                return ", and ".join(self.words(part) for part in of)
            case AnyOf(of) if all(isinstance(part, AnswerIs | Answered) for part in of):
                return _said(self._clause(part) for part in of)
            case _:
                message = "a condition that paper has no words for; use option tests and"
                raise CannotExportError(f"{message} 'answered' under one 'all' or 'any'")

    def _clause(self, test: Criterion) -> _Clause:
        match test:
            case AnswerIs(link_id, options):
                return _Clause(self._ticked(self._items[link_id], options), self._places[link_id])
            case Answered(link_id):
                return _Clause(_ANSWERED, self._places[link_id])
            case _:
                raise TypeError(test)

    def _ticked(self, item: Item, options: tuple[str, ...]) -> str:
        others = tuple(code for code in item.codes if code not in options)
        # Of one answer only: among many, "anything but" could be read in two ways.
        if item.type is not ItemType.MANY and others and len(options) > max(_MOST, len(others)):
            return f"you ticked anything but {_named(item, others)}"
        return f"you ticked {_named(item, options)}"


def letter(item: Item, code: str) -> str:
    """The letter of an option on the paper; none where the options are short words or numbers."""
    if item.is_yes_no or item.type is ItemType.SCALE:
        return ""
    return ascii_lowercase[item.codes.index(code)]


def quoted(text: str) -> str:
    """Words as they stand in the form."""
    return f"\N{LEFT DOUBLE QUOTATION MARK}{text}\N{RIGHT DOUBLE QUOTATION MARK}"


def _named(item: Item, codes: tuple[str, ...]) -> str:
    """Options in their own words; several of a list by their letters."""
    texts = [option.text for option in item.options if option.code in codes]
    if len(texts) == 1 or not letter(item, codes[0]):
        return _or(map(quoted, texts))
    return _or(letter(item, code) for code in item.codes if code in codes)


def _said(clauses: Iterable[_Clause]) -> str:
    """Alternatives, with what was done said once for all its questions."""
    by_what: dict[str, list[Place]] = {}
    for clause in clauses:
        by_what.setdefault(clause.done, []).append(clause.place)
    parts = []
    for done, places in by_what.items():
        at = "question" if done == _ANSWERED else "at question"
        parts.append(f"{done} {at} {_or(map(str, sorted(places)))}")
    return ", or ".join(parts)


def _or(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last
