"""Shapes: what every file that people write is read with.

A reader is a plain function `(file, node) -> value`, and bigger ones are put together from smaller
ones. No reader fails: it notes what is wrong on the file and returns a blank value (an empty text,
an empty tuple, no), so that one pass finds every problem. Values count only if the file then has
none.
"""

import datetime
import re
from collections.abc import Callable
from types import TracebackType
from typing import Self, TypeAlias, TypeVar

from tpcheck.loading.file import ABSENT, File, Named, an
from tpcheck.reader import ListNode, MapNode, Node, Scalar, quoted

T = TypeVar("T")
D = TypeVar("D")

MAX_ID = 60  # characters; ids are typed, shown and compared

Read: TypeAlias = Callable[[File, Node], T]


class Record:
    """The fields of one map, each asked for by name.

    Use it in a `with` block: at its end, the fields that nobody asked for are refused. `what` says
    in a message what the map is.
    """

    def __init__(self, file: File, node: Node, what: str) -> None:
        self.file = file
        self.where = file.where(node)
        self._node = node
        self._what = what
        self._asked: list[str] = []
        self._left: dict[str, tuple[Scalar, Node]] = {}
        for key, value in entries(file, node, what):
            self._left[key.text] = key, value
        if not isinstance(node, MapNode):
            self._node = ABSENT

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for name, (key, _) in self._left.items():
            message = f"{quoted(name)} is not a field of {self._what}"
            self.file.refuse(key, "unknown-field", message, name, self._asked)

    def _take(self, name: str) -> Node:
        self._asked.append(name)
        return self._left.pop(name, (ABSENT, ABSENT))[1]

    def need(self, name: str, read: Read[T]) -> T:
        """The value of a field that has to be there."""
        node = self._take(name)
        if node is ABSENT:
            self.refuse("missing-field", f"{self._what} needs {quoted(name)}; add it")
        return read(self.file, node)

    def get(self, name: str, read: Read[T], default: D) -> T | D:
        """The value of a field, or `default` where it is left out."""
        node = self._take(name)
        return default if node is ABSENT else read(self.file, node)

    def form(self, *names: str) -> str:
        """The one of these fields that is there: it says what the map is. Empty if not one is."""
        found = [name for name in names if name in self._left]
        if len(found) == 1:
            return found[0]
        self.refuse("form", f"{self._what} needs exactly one of: {', '.join(names)}")
        self._left.clear()  # nobody can tell which of its other fields are right
        self._node = ABSENT
        return ""

    def refuse(self, check: str, message: str) -> None:
        """Note a problem of the map as a whole."""
        self.file.refuse(self._node, check, message)


# --- readers ----------------------------------------------------------------------------------


def text(file: File, node: Node) -> str:
    """Words to be shown: not empty, without white space at either end."""
    words = _scalar(file, node, "a text").strip()
    if not words and isinstance(node, Scalar):
        file.refuse(node, "empty-text", "this text is empty; write it, or leave the field out")
    file.text_marks.append((words, file.where(node)))
    return words


def word(*words: str) -> Read[str]:
    """Make a reader for one of a few words."""

    def read(file: File, node: Node) -> str:
        found = _scalar(file, node, "a word")
        if found in words:
            return found
        if isinstance(node, Scalar):
            message = f"{quoted(found)} cannot stand here"
            file.refuse(node, "unknown-word", message, found, words)
        return ""

    return read


_yes_or_no = word("yes", "no")


def flag(file: File, node: Node) -> bool:
    """yes or no."""
    return _yes_or_no(file, node) == "yes"


def number(least: int, most: int) -> Read[int]:
    """Make a reader for a whole number, written in digits as people write it."""

    def read(file: File, node: Node) -> int:
        found = _scalar(file, node, "a whole number")
        if re.fullmatch("0|[1-9][0-9]{0,5}", found) and least <= int(found) <= most:
            return int(found)
        if isinstance(node, Scalar):
            file.refuse(node, "number", f"a whole number from {least} to {most} is wanted here")
        return 0

    return read


def shaped(pattern: str, check: str, wanted: str) -> Read[str]:
    """Make a reader for a text of a certain shape; `wanted` says in a message what fits."""
    shape = re.compile(pattern)

    def read(file: File, node: Node) -> str:
        found = _scalar(file, node, wanted)
        if shape.fullmatch(found):
            return found
        if isinstance(node, Scalar):
            file.refuse(node, check, f"{quoted(found)} cannot stand here; {wanted} is wanted")
        return ""

    return read


_iso = shaped("[0-9]{4}-[0-9]{2}-[0-9]{2}", "date", "a date as year-month-day")


def date(file: File, node: Node) -> str:
    """A day of the calendar, as ISO 8601 writes it."""
    found = _iso(file, node)
    try:
        return found and datetime.date.fromisoformat(found).isoformat()
    except ValueError:
        file.refuse(node, "date", f"{quoted(found)} is not a day of the calendar; correct it")
        return ""


#: The code of an option. It may start with a digit.
code = shaped(f"[a-z0-9][a-z0-9_]{{0,{MAX_ID - 1}}}", "bad-code", "a code of a to z, 0 to 9 and _")

_id = shaped(
    f"[a-z][a-z0-9_]{{0,{MAX_ID - 1}}}",
    "bad-id",
    f"an id of a to z, 0 to 9 and _, with a letter first and at most {MAX_ID} characters,",
)


def new(kind: Named) -> Read[str]:
    """Make a reader for the id of a new thing."""

    def read(file: File, node: Node) -> str:
        name = _id(file, node)
        if name and isinstance(node, Scalar):
            file.define(kind, node)
        return name

    return read


def ref(*kinds: Named) -> Read[str]:
    """Make a reader for the id of something that is defined in the file, before or after."""
    wanted = f"the id of {an(' or '.join(kinds))}"

    def read(file: File, node: Node) -> str:
        name = _scalar(file, node, wanted)
        if isinstance(node, Scalar):
            file.refer(node, *kinds)
        return name

    return read


def each(read: Read[T], least: int = 0) -> Read[tuple[T, ...]]:
    """Make a reader for a list of what `read` reads."""

    def read_list(file: File, node: Node) -> tuple[T, ...]:
        if not isinstance(node, ListNode):
            _wrong_type(file, node, "a list")
            return ()
        if len(node.items) < least:
            file.refuse(node, "short-list", f"at least {least} must stand in this list")
        return tuple(read(file, part) for part in node.items)

    return read_list


def entries(file: File, node: Node, what: str) -> tuple[tuple[Scalar, Node], ...]:
    """The keys and values of a map; of a key that stands twice, the first."""
    if not isinstance(node, MapNode):
        _wrong_type(file, node, f"{what} (a map)")
        return ()
    first: dict[str, tuple[Scalar, Node]] = {}
    for key, value in node.entries:
        first.setdefault(key.text, (key, value))
    return tuple(first.values())


def only(file: File, node: Node, what: str) -> tuple[Scalar, Node]:
    """The key and value of a map that has one entry; absent ones where it has not."""
    found = entries(file, node, what)
    if len(found) == 1:
        return found[0]
    if isinstance(node, MapNode):
        file.refuse(node, "one-key", f"{what} has exactly one key; this has {len(found)}")
    return ABSENT, ABSENT


def _scalar(file: File, node: Node, wanted: str) -> str:
    if isinstance(node, Scalar):
        return node.text
    _wrong_type(file, node, wanted)
    return ""


def _wrong_type(file: File, node: Node, wanted: str) -> None:
    match node:
        case Scalar():
            found = "a text"
        case ListNode():
            found = "a list"
        case MapNode():
            found = "a map"
    file.refuse(node, "wrong-type", f"{wanted} is wanted here, not {found}")
