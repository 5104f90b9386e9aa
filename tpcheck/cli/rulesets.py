"""Which rule set a command uses, and whether it may be used."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tpcheck.cli import files
from tpcheck.errors import NotApprovedError
from tpcheck.render.characters import visible

if TYPE_CHECKING:
    from tpcheck.compiled import Compiled
    from tpcheck.model import RuleSet

#: The environment variable that names a rule file.
VARIABLE = "TPCHECK_RULES"
#: The name of the rule file that ships.
SHIPPED = "questions.yaml"


def shipped() -> Path:
    """The rule file that ships: in the package or, in a working copy, one folder up."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package, package.parent):
        if (path := folder / SHIPPED).is_file():
            return path
    raise RuntimeError(f"{SHIPPED} is missing from the installation")


def find(option: str) -> tuple[str, str]:
    """The path of the rule file to use, and its name for messages.

    What lies in the working directory is never taken just because it is there.
    """
    if named := option or os.environ.get(VARIABLE, ""):
        return named, visible(named)
    return str(shipped()), SHIPPED


class Opened(NamedTuple):
    """A rule set that may be used: the words of the first screen, and the way to all of it."""

    texts: Mapping[str, str]
    lists: Mapping[str, tuple[str, ...]]
    ruleset: Callable[[], "RuleSet"]


def opened(option: str) -> Opened:
    """The rule set to use. Of the one that ships, only what a first screen needs is made at once.

    Raises InputError where its file cannot be read, RuleSetError where it is not valid, and
    NotApprovedError where it is withdrawn.
    """
    path, name = find(option)
    source = files.read(path)
    if found := _compiled(path, source):
        status, whole = found.status, Opened(found.texts, found.lists, found.ruleset)
    else:
        # The reader of rule files is needed only now.
        from tpcheck import loader

        ruleset = loader.load(source, name)
        status, whole = ruleset.about.status, Opened(ruleset.texts, ruleset.lists, lambda: ruleset)
    if status == "withdrawn":
        raise NotApprovedError(f"{name}: this rule set is withdrawn; use the one that replaces it")
    return whole


def _compiled(path: str, source: bytes) -> "Compiled | None":
    """The copy of the rule file that ships, if it was made of exactly this `source`."""
    if path != str(shipped()):
        return None
    from tpcheck import compiled

    copy = Path(__file__).parent.parent / compiled.NAME
    return compiled.read(copy.read_bytes(), source) if copy.is_file() else None


def load(option: str, *, require_approved: bool = False) -> "RuleSet":
    """All of the rule set to use.

    Raises what `opened` does, and NotApprovedError where it is, on demand, not approved or due for
    review.
    """
    ruleset = opened(option).ruleset()
    approved = ruleset.is_approved and not ruleset.about.is_review_due(today())
    if require_approved and not approved:
        raise NotApprovedError(
            f"{find(option)[1]}: this rule set is not approved as it stands, or its review is due"
        )
    return ruleset


def today() -> str:
    """The date, YYYY-MM-DD. It is only compared with the day of the next review."""
    from datetime import date

    return date.today().isoformat()


def intended_purpose() -> str:
    """What the rule set that ships is for, as its file says.

    Only this one text is looked for: reading the whole file would take longer than all else that
    `--help` does. A test holds it equal to what the loader reads.
    """
    with shipped().open(encoding="utf-8") as lines:
        for line in lines:
            key, _, rest = line.strip().partition(": ")
            if key == "intended_purpose":
                indent = len(line) - len(line.lstrip())
                text = [] if rest in (">", ">-") else [rest.strip("'\"")]
                for more in lines:
                    if len(more) - len(more.lstrip()) <= indent:
                        break
                    text.append(more.strip())
                return " ".join(text)
    return ""
