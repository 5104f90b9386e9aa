"""Write a clinician's approval into the text of a rule file, and leave every other byte as it is.

The approval names who gave it and holds the fingerprint of what was approved: all but itself. So
any later edit makes it void, and every result says so.
"""

import codecs
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from tpcheck import loader
from tpcheck.errors import DataError, UsageError
from tpcheck.model import Approval, Problem, RuleSet, Status
from tpcheck.reader import MapNode, Mark, Node, Scalar, read_yaml
from tpcheck.rulework.checks import NEEDS_APPROVAL

#: Stands for the fingerprint until it is known. It is no part of what it is made of.
_NO_FINGERPRINT = "0" * 64


def settles(problem: Problem) -> bool:
    """Whether an approval settles this problem of `rules check`, and need not wait for it."""
    return problem.check == NEEDS_APPROVAL


def why_not(ruleset: RuleSet, signed: Approval, today: str) -> str:
    """Why this rule set cannot be approved like this, in words; empty where it can.

    `today` and all dates are written YYYY-MM-DD, so their order is that of the text.
    """
    about = ruleset.about
    if about.status is Status.WITHDRAWN:
        return "it is withdrawn; set the status to 'draft' first"
    if about.review_by < today:
        return f"its review was due on {about.review_by}; set a new 'review_by' first"
    if signed.on > today:
        return f"{signed.on} is in the future; give the day of the approval"
    if signed.on < about.version:
        return f"its version is of {about.version}, after {signed.on}; approve what it says now"
    return ""


def approve(data: bytes, path: str, signed: Approval) -> bytes:
    """`data` with the status "approved" and the approval block. `signed.of` is not looked at.

    `path` names the file in messages. Raises RuleSetError where the file cannot be used, UsageError
    where a name or number cannot stand in it, DataError where it is not laid out plainly enough.
    """
    before = loader.load(data, path)
    signed = replace(signed, by=_one_line(signed.by), registration=_one_line(signed.registration))
    draft, problems = loader.read(_written(data, path, replace(signed, of=_NO_FINGERPRINT)), path)
    if draft is None:
        raise UsageError(f"this cannot stand in a rule file: {problems[0].message}")
    approved = _written(data, path, replace(signed, of=draft.fingerprint))
    after = loader.load(approved, path)
    as_before = replace(after, about=before.about, fingerprint=before.fingerprint)
    if not after.is_approved or as_before != before:
        raise RuntimeError("the approval changed more than itself")
    return approved


def _one_line(words: str) -> str:
    if not (words := " ".join(words.split())):
        raise UsageError("the name and the registration number of who approves are needed")
    return words


# --- the text ---------------------------------------------------------------------------------


class _Edit(NamedTuple):
    """Put `text` in the place of what stands from `start` to `end`, in characters."""

    start: int
    end: int
    text: str


def _written(data: bytes, path: str, signed: Approval) -> bytes:
    bom = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    source = _Source(data.removeprefix(bom).decode("utf-8"), path)
    text = source.text
    for edit in sorted(_edits(source, _about(data), signed), reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return bom + text.encode("utf-8")


def _about(data: bytes) -> MapNode:
    root, _ = read_yaml(data)
    about = root.get("about") if isinstance(root, MapNode) else None
    if not isinstance(about, MapNode):
        raise ValueError("not a rule file")
    return about


def _edits(source: "_Source", about: MapNode, signed: Approval) -> Iterator[_Edit]:
    values = {
        "by": _in_quotes(signed.by),
        "registration": _in_quotes(signed.registration),
        "on": signed.on,
        "of": signed.of,
    }
    status = source.scalar(about.get("status"))
    old = about.get("approval")
    if isinstance(old, MapNode):
        yield status._replace(text=Status.APPROVED)
        for field, value in values.items():
            yield source.scalar(old.get(field))._replace(text=value)
    elif source.is_flow(about):
        inside = ", ".join(f"{field}: {value}" for field, value in values.items())
        yield status._replace(text=f"{Status.APPROVED}, approval: {{{inside}}}")
    else:
        yield status._replace(text=Status.APPROVED)
        key = next(name for name, _ in about.entries if name.text == "status")
        indent = " " * (key.mark.column - 1)
        lines = [f"{indent}approval:", *(f"{indent}  {f}: {v}" for f, v in values.items())]
        yield source.lines_below(status, lines)


def _in_quotes(words: str) -> str:
    # What JSON writes in quotes, YAML reads the same.
    return json.dumps(words, ensure_ascii=False)


class _Source:
    """The text of a rule file, and where in it the nodes of the reader stand."""

    def __init__(self, text: str, path: str) -> None:
        self.text = text
        self._path = path
        self._starts = [0]
        for line in text.split("\n"):
            self._starts.append(self._starts[-1] + len(line) + 1)

    def scalar(self, node: Node | None) -> _Edit:
        """An edit that leaves a value as it is. Raises DataError where its end cannot be told."""
        if not isinstance(node, Scalar):
            raise ValueError("not a rule file")
        start = self._offset(node.mark)
        single = "'" + node.text.replace("'", "''") + "'"
        double = (json.dumps(node.text, ensure_ascii=ascii_only) for ascii_only in (False, True))
        for written in (single, *double) if node.quoted else (node.text,):
            if self.text.startswith(written, start):
                return _Edit(start, start + len(written), written)
        place = f"{self._path}:{node.mark.line}:{node.mark.column}"
        raise DataError(
            f"{place}: it cannot be told where this value ends; write it on one line, as a plain"
            " word or in quotes"
        )

    def is_flow(self, node: MapNode) -> bool:
        """Whether a map stands in braces."""
        return self.text.startswith("{", self._offset(node.mark))

    def lines_below(self, edit: _Edit, lines: list[str]) -> _Edit:
        """An edit that adds lines below the line that another edit is on."""
        end = self.text.find("\n", edit.end)
        if end < 0:
            return _Edit(len(self.text), len(self.text), "".join(f"\n{line}" for line in lines))
        newline = "\r\n" if self.text[end - 1] == "\r" else "\n"
        return _Edit(end + 1, end + 1, "".join(f"{line}{newline}" for line in lines))

    def _offset(self, mark: Mark) -> int:
        return self._starts[mark.line - 1] + mark.column - 1
