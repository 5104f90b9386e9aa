"""One file while it is read: its problems, each with its place, and the names it has given."""

from collections.abc import Collection, Iterable
from enum import StrEnum

from tpcheck.model import Disposition, Item, Location, Problem
from tpcheck.reader import MAX_PROBLEMS, Mark, Node, ReadProblem, Scalar, quoted

MAX_LISTED = 12  # a longer list of known names in a message helps nobody

#: Stands for the value of a field that is not there. Nothing that is said about it is noted.
ABSENT = Scalar("", Mark(0, 0), quoted=False)


class Named(StrEnum):
    """What an id can be the id of, in the word that messages use."""

    ITEM = "item"
    GROUP = "group"
    SECTION = "section"
    DISPOSITION = "disposition"
    RULE = "rule"
    PRECAUTION = "precaution"
    POINTER = "pointer"
    AREA = "area"
    CONDITION = "condition"
    KIND = "kind"
    NOTE = "note"
    TOPIC = "topic"
    PROPERTY = "property"
    ZONE = "zone"
    CASE = "case"


#: Kinds whose ids may not be equal, because they stand side by side in a trace or an export.
_SHARED = {
    Named.GROUP: Named.ITEM,
    Named.SECTION: Named.ITEM,
    Named.PRECAUTION: Named.RULE,
    Named.POINTER: Named.RULE,
}


class File:
    """One file while it is read: what is wrong with it, and what it has named so far.

    `items`, `dispositions` and `texts` hold what later sections ask about earlier ones. Within the
    questions, `items` are those of the screens before the one that is read. `text_marks` are all
    words to be shown, with their places.
    """

    def __init__(self, path: str, faults: Iterable[ReadProblem] = ()) -> None:
        self.path = path
        self.items: dict[str, Item] = {}
        self.dispositions: dict[str, Disposition] = {}
        self.texts: dict[str, str] = {}
        self.text_marks: list[tuple[str, Location]] = []
        self._problems = [Problem(self._at(f.mark), f.check, f.message) for f in faults]
        self._spoilt = {fault.mark for fault in faults}
        self._room = MAX_PROBLEMS
        self._ids: dict[Named, dict[str, tuple[Named, int]]] = {}
        self._uses: list[tuple[Scalar, tuple[Named, ...]]] = []

    def _at(self, mark: Mark) -> Location:
        return Location(self.path, mark.line, mark.column)

    def where(self, node: Node) -> Location:
        """The place of a node in the file."""
        return self._at(node.mark)

    # --- problems -----------------------------------------------------------------------------

    def refuse(
        self, node: Node, check: str, message: str, name: str = "", known: Collection[str] = ()
    ) -> None:
        """Note a problem, with the nearest of the `known` names to `name`, or all of a few.

        Nothing is said of a value that is absent or that the reader has refused already.
        """
        if self._room and node is not ABSENT and node.mark not in self._spoilt:
            self.add(Problem(self.where(node), check, message + _hint(name, known)))

    def add(self, problem: Problem) -> None:
        """Note a problem as it is, unless there are too many already."""
        if not self._room:
            return
        self._room -= 1
        self._problems.append(problem)
        if not self._room:
            message = "there are more problems; mend these first"
            self._problems.append(Problem(problem.where, "too-many-problems", message))

    def problems(self) -> tuple[Problem, ...]:
        """Every problem noted, in the order of the file."""
        return tuple(sorted(self._problems, key=lambda p: (p.where.line, p.where.column)))

    # --- names --------------------------------------------------------------------------------

    def know(self, kind: Named, names: Iterable[str]) -> None:
        """Take over names that are defined elsewhere, or that may be named more than once."""
        ids = self._ids.setdefault(_SHARED.get(kind, kind), {})
        ids.update((name, (kind, 0)) for name in names)

    def define(self, kind: Named, name: Scalar) -> None:
        """Note that `name` is the id of a new thing."""
        ids = self._ids.setdefault(_SHARED.get(kind, kind), {})
        if name.text not in ids:
            ids[name.text] = kind, name.mark.line
            return
        first, line = ids[name.text]
        self.refuse(
            name,
            "duplicate-id",
            f"{quoted(name.text)} is already the name of {an(first)}, on line {line};"
            " rename one of the two",
        )

    def refer(self, name: Scalar, *kinds: Named) -> None:
        """Note that `name` has to be the id of something of one of `kinds`, above or below."""
        if not (kinds == (Named.ITEM,) and name.text in self.items):
            self._uses.append((name, kinds))

    def check_names(self) -> None:
        """Refuse every reference to something that is not there. Call it when all is read."""
        for name, kinds in self._uses:
            ids = self._ids.get(_SHARED.get(kinds[0], kinds[0]), {})
            found = ids[name.text][0] if name.text in ids else None
            if found is None:
                known = [known for known, (kind, _) in ids.items() if kind in kinds]
                what = f"there is no {' or '.join(kinds)} {quoted(name.text)}"
                self.refuse(name, f"unknown-{kinds[0]}", what, name.text, known)
            elif found not in kinds:
                what = (
                    f"{quoted(name.text)} is {an(found)}; {an(' or '.join(kinds))} is wanted here"
                )
                self.refuse(name, f"unknown-{kinds[0]}", what)
            elif found is Named.ITEM:  # refer() lets one that has been read already pass
                self.refuse(
                    name,
                    "ask-when-later",
                    f"{quoted(name.text)} is not answered yet when this is decided;"
                    " name an item of an earlier screen",
                )


# --- words of messages ------------------------------------------------------------------------


def listed(names: Iterable[str]) -> str:
    """Names for a message."""
    return ", ".join(names)


def an(noun: str) -> str:
    """A noun with its article."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def _hint(name: str, known: Collection[str]) -> str:
    if not known:
        return ""
    from difflib import get_close_matches  # here, because most files have nothing wrong

    near = get_close_matches(name, known, n=1) if name else []
    if near:
        return f"; did you mean {quoted(near[0])}?"
    if len(known) <= MAX_LISTED:
        return f"; it can be: {listed(known)}"
    return "; check its spelling"
