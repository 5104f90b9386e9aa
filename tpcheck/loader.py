"""A rule file to a `RuleSet`, or to every problem that stops it from being one.

A rule set that exists is well-formed: every name leads somewhere, every criterion can be read, no
circle, no sign that is hidden or unread. Whoever holds one need not check again.
"""

import hashlib
import json
from dataclasses import replace
from itertools import pairwise

from tpcheck.errors import DataError
from tpcheck.loading import meaning
from tpcheck.loading.about import about, clinic, dispositions
from tpcheck.loading.fields import Record, each
from tpcheck.loading.file import File
from tpcheck.loading.patterns import areas, condition, kind, note
from tpcheck.loading.questions import questionnaire
from tpcheck.loading.rules import must_hold, precaution, warning_sign
from tpcheck.loading.words import leaflet, screens
from tpcheck.model import Pointer, Problem, Rule, RuleSet
from tpcheck.reader import ListNode, MapNode, Node, Scalar, quoted, read_yaml

#: The sections of the file, in the order in which they have to stand.
SECTIONS = (
    "about",
    "clinic",
    "dispositions",
    "screens",
    "questions",
    "warning_signs",
    "precautions",
    "areas",
    "conditions",
    "kinds",
    "notes",
    "leaflet",
    "properties",
)


class RuleSetError(DataError):
    """A rule file cannot be used; its text has a line for each of the `problems`."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def load(data: bytes, path: str) -> RuleSet:
    """The rule set in `data`. `path` names the file in messages and is not opened.

    Raises RuleSetError with every problem.
    """
    ruleset, problems = read(data, path)
    if ruleset is None:
        raise RuleSetError(problems)
    return ruleset


def read(data: bytes, path: str) -> tuple[RuleSet | None, tuple[Problem, ...]]:
    """The rule set in `data`, or every problem in the order of the file. Never raises."""
    root, faults = read_yaml(data)
    file = File(path, faults)
    if root is None:
        return None, file.problems()
    ruleset = _ruleset(file, root)
    file.check_names()
    for problem in meaning.problems(ruleset, whole=not file.problems()):
        file.add(problem)
    found = file.problems()
    return (None if found else ruleset), found


def _ruleset(file: File, root: Node) -> RuleSet:
    _check_order(file, root)
    with Record(file, root, "a rule file") as r:
        # In the order of SECTIONS, because later ones ask about what earlier ones name.
        found_about = r.need("about", about)
        found_clinic = r.need("clinic", clinic)
        urgencies = r.need("dispositions", dispositions)
        texts, lists = r.need("screens", screens)
        asked = r.need("questions", questionnaire)
        signs = r.need("warning_signs", each(warning_sign, least=1))
        precautions = r.need("precautions", each(precaution))
        patterns = replace(
            r.need("areas", areas),
            conditions=r.need("conditions", each(condition)),
            kinds=r.need("kinds", each(kind)),
            notes=r.need("notes", each(note)),
        )
        return RuleSet(
            about=found_about,
            clinic=found_clinic,
            dispositions=urgencies,
            texts=texts,
            lists=lists,
            questionnaire=asked,
            rules=tuple(sign for sign in signs if isinstance(sign, Rule)),
            pointers=tuple(sign for sign in signs if isinstance(sign, Pointer)),
            precautions=precautions,
            patterns=patterns,
            topics=r.need("leaflet", leaflet),
            properties=r.need("properties", each(must_hold)),
            fingerprint=_fingerprint(root),
            text_marks=tuple(file.text_marks),
        )


def _check_order(file: File, root: Node) -> None:
    keys = [key for key, _ in root.entries] if isinstance(root, MapNode) else []
    known = [key for key in keys if key.text in SECTIONS]
    for above, below in pairwise(known):
        if SECTIONS.index(above.text) > SECTIONS.index(below.text):
            message = f"{quoted(below.text)} has to stand above {quoted(above.text)}; move it"
            file.refuse(below, "section-order", message)


def _fingerprint(root: Node) -> str:
    """The SHA-256 of everything that counts: not comments, quotes, layout, nor the approval."""
    content = _plain(root)
    match content:
        case {"about": {"approval": _} as told}:
            del told["approval"]
    canonical = json.dumps(content, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


def _plain(node: Node) -> object:
    match node:
        case Scalar(text):
            return text
        case ListNode(items):
            return [_plain(item) for item in items]
        case MapNode(entries):
            return {key.text: _plain(value) for key, value in entries}
