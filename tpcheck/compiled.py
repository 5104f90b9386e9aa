"""A rule set in plain JSON, made when the package is built, so that starting need not read YAML.

It stands for one text of the rule file and names it by its SHA-256: whoever changes the file gets
what the file says. It holds words and lists only, so reading it can run nothing. Left out is what
only work on rules needs: the places in the file, and the list of all texts.

A record is a list of its class and its values, in the order of its fields, without those at the end
that are as usual; a tuple is such a list without a class.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from tpcheck.model import RuleSet

#: The name of the file, in the package.
NAME = "questions.json"


class Compiled(NamedTuple):
    """A rule set of which the words of the first screen are at hand before the rest."""

    status: str
    texts: Mapping[str, str]
    lists: Mapping[str, tuple[str, ...]]
    rest: Any

    def ruleset(self) -> "RuleSet":
        """All of it."""
        from tpcheck import model

        makers = vars(model)

        def read(value: Any) -> Any:
            if isinstance(value, list):
                maker, *values = value
                found = [v if v.__class__ is str else read(v) for v in values]
                return makers[maker](*found) if maker else tuple(found)
            if isinstance(value, dict):
                return {key: read(part) for key, part in value.items()}
            return value

        found: RuleSet = read(self.rest)
        return found


def write(ruleset: "RuleSet", source: bytes) -> bytes:
    """`ruleset`, which is what `source` says."""
    data = {
        "source": hashlib.sha256(source).hexdigest(),
        "status": ruleset.about.status,
        "texts": dict(ruleset.texts),
        "lists": dict(ruleset.lists),
        "ruleset": _plain(ruleset),
    }
    return json.dumps(data, separators=(",", ":")).encode("ascii")


def read(data: bytes, source: bytes) -> Compiled | None:
    """What `write` made of `source`; None where it was made of something else, or is damaged."""
    try:
        found = json.loads(data)
        if found["source"] == hashlib.sha256(source).hexdigest():
            lists = {key: tuple(words) for key, words in found["lists"].items()}
            return Compiled(found["status"], found["texts"], lists, found["ruleset"])
    except (ValueError, LookupError, TypeError):
        pass
    return None


def _plain(value: Any) -> Any:
    """A value of the model in lists, mappings, texts and numbers."""
    from dataclasses import fields, is_dataclass
    from enum import Enum

    if is_dataclass(value):
        compared = [field for field in fields(value) if field.compare]
        values = [getattr(value, field.name) for field in compared]
        while values and values[-1] == compared[len(values) - 1].default:
            values.pop()
        return [type(value).__name__, *map(_plain, values)]
    if isinstance(value, Enum):
        return [type(value).__name__, value.value]
    if isinstance(value, tuple):
        return [None, *map(_plain, value)]
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    return value
