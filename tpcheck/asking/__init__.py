"""Ask a person: the words of each screen, and the two ways of showing them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tpcheck.model import Answers, Assessment


class Heading(str):
    """A line of a card that heads those below it."""

    __slots__ = ()


#: The heading and the lines of the card that ends the questions.
DescribeCard = Callable[[Assessment], tuple[str, Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Finished:
    """The person came to the end. `answers` are those on the path."""

    assessment: Assessment
    answers: Answers
    for_other: bool = False


@dataclass(frozen=True, slots=True)
class Stopped:
    """The person stopped, or the input ended. `answers` are those given so far on the path."""

    answers: Answers
    for_other: bool = False


Outcome = Finished | Stopped


#: Is told where the person was when a key or a signal broke off the questions.
BrokenOff = Callable[[Stopped], object]


class NoScreenError(Exception):
    """The terminal cannot be drawn on; asking in plain lines still works there."""
