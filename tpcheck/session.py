"""Where a person is in the interview, and everything that the interview can show."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from tpcheck.model import Answer, Answers, Assessment, Item, Screen

#: What is marked on a screen: link id (on a group's first screen its screen id) to the codes.
Marks = Mapping[str, Answer]

#: The first screen, and the codes of its two answers. No link id holds a colon.
START = ":start"
ONESELF = "self"
OTHER = "other"

#: The two answers to a group as a whole.
NONE_OF_THESE = "none"
SOME_OF_THESE = "some"

_NOTHING: Mapping[str, Marks] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Session:
    """Where a person is. Everything that is shown follows from this and the rule set.

    `answers` holds all answers ever given. `opened` are the groups that were answered "some",
    `asked_again` the items whose rewording was answered. `at` is the step that is looked at, or
    empty for the first one that is open; `changing` the step whose answer is being changed, after
    which only what is newly needed is asked. `drafts` keeps half-made marks by step.
    """

    answers: Answers = field(default_factory=lambda: MappingProxyType({}))
    started: bool = False
    for_other: bool = False
    opened: frozenset[str] = frozenset()
    asked_again: frozenset[str] = frozenset()
    drafts: Mapping[str, Marks] = field(default_factory=lambda: _NOTHING)
    at: str = ""
    changing: str = ""
    finished: bool = False


# --- what is shown ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """How far the person is: the part with its title, and the number of the question.

    A part is a section, or several that follow each other under one title. The number of parts is
    that of the rule set; those that do not concern a person are passed over. How many questions
    follow is never said, because an answer can change it.
    """

    part: int
    parts: int
    title: str
    number: int


@dataclass(frozen=True, slots=True)
class Start:
    """The first screen: what this is, and for whom it is answered."""

    marked: Marks
    step_id: str = START


@dataclass(frozen=True, slots=True)
class Ask:
    """One item. `again` asks a not sure once more, in its rewording."""

    step_id: str
    place: Place
    screen: Screen
    item: Item
    marked: Marks
    again: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Several signs, with "none of these" and "yes, or I am not sure"."""

    step_id: str
    place: Place
    screen: Screen
    items: tuple[Item, ...]
    marked: Marks


@dataclass(frozen=True, slots=True)
class Rows:
    """A row for each sign. `again` asks those that were not sure once more."""

    step_id: str
    place: Place
    screen: Screen
    items: tuple[Item, ...]
    marked: Marks
    again: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """The questions have ended. `cause` is the step of the answer that ended them."""

    assessment: Assessment
    cause: str
    step_id: str = ":card"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the review: a step, and the answers that were given there.

    `whole` says that the signs of a group were answered together with "none of these".
    """

    step_id: str
    screen: Screen
    items: tuple[Item, ...]
    answers: Marks
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One step of the way as it stands: what it asks, and whether it is answered.

    `whole` is the first screen of a group, and `again` asks a not sure once more.
    """

    step_id: str
    screen: Screen
    items: tuple[Item, ...]
    done: bool
    whole: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True)
class Review:
    """All questions are answered: check the answers. Private ones are left out."""

    entries: tuple[Entry, ...]
    step_id: str = ":review"


@dataclass(frozen=True, slots=True)
class Done:
    """The end. `answers` are those on the path."""

    assessment: Assessment
    answers: Answers
    for_other: bool = False


Asking = Ask | Group | Rows
Shown = Start | Asking | Card | Review | Done
