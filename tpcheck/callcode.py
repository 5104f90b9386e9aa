"""The call code: a complete set of answers, short enough to be read out on the phone.

It is written in Crockford's base 32 (no I, L, O or U), in groups of four: four characters for the
version of the rules, then the answers, then two for the check. Whoever has the code and the rules
has the answers, so it is health data. A private answer is never in it, nor is anything that is only
asked because of one.

The answers are one large number, made by going through what was asked from the end to the start. A
likely answer takes a large share of the numbers and so makes it hardly larger (asymmetric numeral
systems, Duda 2009, on integers of any size); nothing but usual answers is the number 0.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import accumulate, combinations
from math import comb

from tpcheck.engine import Engine, Path, in_order
from tpcheck.errors import DataError
from tpcheck.freetext import CROCKFORD
from tpcheck.model import NO, Answer, Item, ItemType

MISHEARD = (
    "the check of this code fails: a character was misheard or left out;"
    " ask for it once more, group by group"
)
OTHER_VERSION = (
    "this code is of another version of the rules, and nobody can tell what it means here;"
    " ask the questions again"
)
INCOMPLETE = "this code is not a complete set of answers; ask the questions again"


class CodeError(DataError):
    """A code cannot be used; the text says why and what to do, and repeats nothing of it."""


def encode(engine: Engine, answers: Mapping[str, Answer]) -> str:
    """The code of a complete set of answers; private ones are left out.

    Raises CodeError where the answers are not complete without the private ones.
    """
    path = engine.path(dict(_told(engine, answers)))
    if _lacks(engine, path):
        raise CodeError("these answers are not complete, so there is no code for them")
    symbols = _symbols(engine, path)
    text = "".join(CROCKFORD[symbol] for symbol in symbols)
    return "-".join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP))


def decode(engine: Engine, text: str) -> dict[str, Answer]:
    """The answers that a code stands for, all of them on the path.

    What is private is missing and so has to be asked. Case, spaces and dashes do not matter, and I
    or L is read as 1, O as 0. Raises CodeError, and nothing else whatever the text is.
    """
    symbols = _read(text)
    if len(symbols) % _GROUP or not _LEAST <= len(symbols) <= _MOST:
        raise CodeError(MISHEARD)
    if symbols[-2:] != _check(symbols[:-2]):
        raise CodeError(MISHEARD)
    if symbols[:_GROUP] != _version(engine):
        raise CodeError(OTHER_VERSION)
    number = 0
    for symbol in symbols[_GROUP:-2]:
        number = number * 32 + symbol
    path = engine.path({}, _Unpack(engine, number))
    # Only what comes back to the very same code was made from a set of answers.
    if _lacks(engine, path) or _symbols(engine, path) != symbols:
        raise CodeError(INCOMPLETE)
    return path.answers


def _told(engine: Engine, answers: Mapping[str, Answer]) -> Iterator[tuple[str, Answer]]:
    """The answers that may be told, each in the order of its options."""
    for link_id, answer in answers.items():
        item = engine.items[link_id]
        if not item.private:
            yield link_id, in_order(item, answer)


def _lacks(engine: Engine, path: Path) -> bool:
    """Whether more than private answers is missing."""
    return any(not engine.items[link_id].private for link_id in path.missing)


# --- characters -------------------------------------------------------------------------------

_VALUES = {character: value for value, character in enumerate(CROCKFORD)}
_VALUES |= {"O": 0, "I": 1, "L": 1}
_VALUES |= {character.lower(): value for character, value in _VALUES.items()}
#: What may stand between groups: spaces, and the dashes that keyboards and programs make of one.
_BETWEEN = frozenset(" \t\n\r\u00a0-\u2010\u2011\u2012\u2013\u2014\u2212")

_GROUP = 4
#: The shortest and the longest code that is read at all. No set of answers comes near the longest.
_LEAST, _MOST = 8, 4_000


def _read(text: str) -> tuple[int, ...]:
    """The values of the characters."""
    told = [character for character in text if character not in _BETWEEN]
    if any(character not in _VALUES for character in told):
        raise CodeError(
            "a code has only digits and letters, and no U; ask for it once more, group by group"
        )
    return tuple(_VALUES[character] for character in told)


def _symbols(engine: Engine, path: Path) -> tuple[int, ...]:
    """The whole code as values of characters, in full groups."""
    number = _pack(engine, path)
    told: list[int] = []
    while number or (len(told) + 2) % _GROUP:
        number, symbol = divmod(number, 32)
        told.append(symbol)
    symbols = (*_version(engine), *reversed(told))
    return symbols + _check(symbols)


def _version(engine: Engine) -> tuple[int, ...]:
    """20 bits of the fingerprint of the rules."""
    bits = int(engine.ruleset.fingerprint[:5] or "0", 16)
    return tuple(bits >> shift & 31 for shift in (15, 10, 5, 0))


# --- the check --------------------------------------------------------------------------------


def _times(a: int, b: int) -> int:
    """The product in GF(32), the field of 32 elements, by x^5 + x^2 + 1."""
    product = 0
    for bit in range(5):
        product ^= (a << bit) * (b >> bit & 1)
    for bit in range(8, 4, -1):
        product ^= (0b100101 << bit - 5) * (product >> bit & 1)
    return product


# The generator polynomial is (x - 2)(x - 4).
_BY_SUM = tuple(_times(value, 2 ^ 4) for value in range(32))
_BY_PRODUCT = tuple(_times(value, _times(2, 4)) for value in range(32))


def _check(symbols: Iterable[int]) -> tuple[int, int]:
    """The two values that make the code a word of a Reed-Solomon code.

    Such a word is 0 at 2, so no single error goes unnoticed, as powers of 2 are not 0, and no swap
    of neighbours, as neighbouring powers differ. It is also 0 at 4: of anything else, one in 1,024
    goes unnoticed, and up to 31 characters no two errors do.
    """
    # It starts with 1s, or zeros at the front would not count.
    high, low = 1, 1
    for symbol in symbols:
        lead = symbol ^ high
        high, low = low ^ _BY_SUM[lead], _BY_PRODUCT[lead]
    return high, low


# --- answers as a number ----------------------------------------------------------------------

#: No answer: what ends the questions leaves other rows of its screen open.
_OPEN: Answer = ()


class _Choices:
    """The ways to answer, each with its share of the numbers."""

    def __init__(self, shares: Mapping[Answer, int]) -> None:
        self._answers = tuple(shares)
        self._ends = tuple(accumulate(shares.values()))
        self._place = {answer: place for place, answer in enumerate(self._answers)}

    def _range(self, place: int) -> tuple[int, int]:
        start = self._ends[place - 1] if place else 0
        return start, self._ends[place] - start

    def put(self, answer: Answer, number: int) -> int:
        """The number that says `answer`, and then what `number` says."""
        start, share = self._range(self._place[answer])
        rounds, rest = divmod(number, share)
        return rounds * self._ends[-1] + start + rest

    def take(self, number: int) -> tuple[Answer, int]:
        """What `put` put together."""
        rounds, at = divmod(number, self._ends[-1])
        place = bisect_right(self._ends, at)
        start, share = self._range(place)
        return self._answers[place], rounds * share + at - start


_NONE_OF_THESE: Answer = (NO,)
#: Whether a group is answered with "none of these".
_WHOLE = _Choices({_NONE_OF_THESE: 31, _OPEN: 1})


def _choices(item: Item, *, in_group: bool) -> _Choices:
    """The ways to answer an item: the usual answer is as likely as all others together.

    A sign that is asked on its own is mostly "no"; in a group that is not, any answer is likely.
    """
    others = dict(_others(item))
    others.pop(item.usual)
    size = sum(others.values())
    usual = size if not item.is_yes_no else size // 2 if in_group else 31 * size
    return _Choices({item.usual: usual, **others, _OPEN: 1})


def _others(item: Item) -> Iterator[tuple[Answer, int]]:
    """Every answer with how likely it is beside the others."""
    alike = 1 << 12
    for option in item.options:
        if item.type is not ItemType.MANY or option.exclusive:
            yield (option.code,), alike
    if item.type is ItemType.MANY:
        ordinary = [option.code for option in item.options if not option.exclusive]
        for count in range(1, (item.at_most or len(ordinary)) + 1):
            # One more is half as likely, and which ones they are is all the same.
            share = max(1, (alike << 4 >> count) // comb(len(ordinary), count))
            yield from ((chosen, share) for chosen in combinations(ordinary, count))


class _Table(dict[str, _Choices]):
    """The ways to answer each item of a rule set, made when they are first needed."""

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self._engine = engine

    def __missing__(self, link_id: str) -> _Choices:
        engine = self._engine
        in_group = engine.screen_of[link_id].is_group
        self[link_id] = made = _choices(engine.items[link_id], in_group=in_group)
        return made


_table = lru_cache(maxsize=1)(_Table)


def _pack(engine: Engine, path: Path) -> int:
    """Everything that was asked, and is not private, as one number."""
    table = _table(engine)
    asked = frozenset(path.items)
    steps: list[tuple[_Choices, Answer]] = []
    for screen in path.screens:
        items = [i.link_id for i in screen.items if i.link_id in asked and not i.private]
        answers = [path.answers.get(link_id, _OPEN) for link_id in items]
        whole = screen.is_group and all(answer == _NONE_OF_THESE for answer in answers)
        if screen.is_group and items:
            steps.append((_WHOLE, _NONE_OF_THESE if whole else _OPEN))
        if not whole:
            steps += zip((table[link_id] for link_id in items), answers, strict=True)
    number = 0
    for choices, answer in reversed(steps):
        number = choices.put(answer, number)
    return number


class _Unpack:
    """Gives the answers one by one, in the order in which the path asks for them."""

    def __init__(self, engine: Engine, number: int) -> None:
        self._engine = engine
        self._table = _table(engine)
        self._number = number
        self._group = ""
        self._whole = False

    def __call__(self, item: Item) -> Answer | None:
        """The answer to the item that is asked next."""
        if item.private:
            return None
        screen = self._engine.screen_of[item.link_id]
        if screen.is_group:
            if self._group != screen.screen_id:
                self._group = screen.screen_id
                self._whole = self._take(_WHOLE) == _NONE_OF_THESE
            if self._whole:
                return _NONE_OF_THESE
        return self._take(self._table[item.link_id]) or None

    def _take(self, choices: _Choices) -> Answer:
        answer, self._number = choices.take(self._number)
        return answer
