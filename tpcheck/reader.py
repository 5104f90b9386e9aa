"""Strict YAML or JSON text to nodes that know their line and column.

A rule set or an answers file that is read wrongly is unsafe, so nothing is guessed here: every
scalar stays the text that its author typed, and whatever readers are known to disagree about is
refused. YAML is read as parser events and not with ``yaml.safe_load``, which keeps the last of
two equal keys without a word, turns ``no`` into False and ``1.10`` into 1.1, expands aliases,
forgets where a value stood, and raises more than ``YAMLError`` (all seen with PyYAML 6.0.4).
JSON has its own scanner because ``json.loads`` gives no positions either, and takes equal keys,
``NaN``, ``1e999`` and lone surrogates.

Both readers return ``(node, problems)`` and never raise, whatever the bytes are:

- No problems: the node is the whole file.
- Problems: refuse the file. The node is there only if the file could be read to its end, so that
  further findings can be reported in the same go. A refused value then stands in it as typed,
  under the mark of its problem, and a repeated key stands in it twice.
"""

from __future__ import annotations

import bisect
import codecs
import json
import math
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn, Protocol, TypeAlias

if TYPE_CHECKING:
    import yaml

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 20
MAX_NODES = 50_000
MAX_SCALAR = 10_000  # characters
MAX_PROBLEMS = 50  # a file with more is probably not what its author thinks it is
MAX_QUOTE = 40  # characters of the author's own text in a message


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A place in a file; both numbers start at 1 and columns count characters."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Scalar:
    """Text as typed, with escapes and folded lines undone.

    ``quoted`` is true for quotes and for ``|`` and ``>`` blocks: the author meant it as text.
    """

    text: str
    mark: Mark
    quoted: bool


@dataclass(frozen=True, slots=True)
class ListNode:
    """A YAML sequence or a JSON array."""

    items: tuple[Node, ...]
    mark: Mark


@dataclass(frozen=True, slots=True)
class MapNode:
    """A YAML mapping or a JSON object, its entries in the order of the file."""

    entries: tuple[tuple[Scalar, Node], ...]
    mark: Mark

    def get(self, key: str) -> Node | None:
        """The value of a key, or None where the key is absent: no value is ever empty."""
        return next((value for name, value in self.entries if name.text == key), None)

    def keys(self) -> tuple[str, ...]:
        """The keys in the order of the file."""
        return tuple(name.text for name, _ in self.entries)


Node: TypeAlias = Scalar | ListNode | MapNode


@dataclass(frozen=True, slots=True)
class ReadProblem:
    """One thing to mend: where, which check found it, and a line on why and what to do.

    Messages quote keys and signs such as ``&name``, but no values: they can be someone's answers.
    """

    mark: Mark
    check: str
    message: str


def read_yaml(data: bytes) -> tuple[Node | None, tuple[ReadProblem, ...]]:
    """Read one YAML document; the problems come in the order of the file."""
    return _read(data, _parse_yaml)


def read_json(data: bytes) -> tuple[Node | None, tuple[ReadProblem, ...]]:
    """Read one JSON value; the problems come in the order of the file."""
    return _read(data, _parse_json)


def _read(
    data: bytes, parse: Callable[[str, _Builder], None]
) -> tuple[Node | None, tuple[ReadProblem, ...]]:
    builder = _Builder()
    root = None
    with suppress(_FatalError):
        parse(_decode(data, builder), builder)
        root = builder.root
        if root is None and not builder.problems:
            builder.refuse(_START, "empty-file", "the file is empty; is it the right one?")
    return root, tuple(sorted(builder.problems, key=lambda problem: problem.mark))


# --- Text: what holds for both notations ----------------------------------------------------------

_START = Mark(1, 1)

# Characters that cannot be seen, or that change how the text round them is shown. They could hide
# a warning or split a word ("9<U+200B>99"), and in a terminal they could do worse (CWE-150).
_HIDDEN = re.compile(
    "["
    r"\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 without tab and newline, DEL, C1
    r"\xad\u180e\u200b-\u200d\u2060-\u2065\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"  # no width
    r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f"  # direction
    r"\u2028\u2029"  # line and paragraph separators
    r"\ud800-\udfff"  # surrogates: half a character
    r"\ufdd0-\ufdef"  # noncharacters, with the last two of each of the 17 planes
    + "".join(rf"\U{plane:04x}fffe-\U{plane:04x}ffff" for plane in range(17))
    + "]"
)
_BLANKS = re.compile(r"\s+")
_STAND_IN = "\ufffd"  # for a hidden character, so that reading can go on


class _Lines:
    """Turns an offset in a text into a mark."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(match.end() for match in re.finditer("\r\n?|\n", text))]

    def mark(self, offset: int) -> Mark:
        line = bisect.bisect_right(self._starts, offset)
        return Mark(line, offset - self._starts[line - 1] + 1)


def _decode(data: bytes, builder: _Builder) -> str:
    """The text of a file, its lines ended by newlines and its hidden characters replaced."""
    if len(data) > MAX_BYTES:
        builder.stop(
            _START, "too-big", f"the file has more than {MAX_BYTES:,} bytes; make it shorter"
        )
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        builder.stop(_START, "not-utf8", "the file is saved as UTF-16; save it as UTF-8")
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        builder.stop(
            _Lines(before).mark(len(before)),
            "not-utf8",
            f"byte 0x{data[error.start]:02X} is not UTF-8 text; save the file as UTF-8",
        )
    text = text.replace("\r\n", "\n")
    if (offset := text.find("\r")) >= 0:
        builder.refuse(
            _Lines(text).mark(offset),
            "line-end",
            "a line ends in a lone carriage return; save the file with LF or CRLF line ends",
        )
        text = text.replace("\r", "\n")
    if _HIDDEN.search(text):
        lines = _Lines(text)
        for match in _HIDDEN.finditer(text):
            builder.refuse_character(lines.mark(match.start()), match[0])
        text = _HIDDEN.sub(_STAND_IN, text)
    return text


def quoted(text: str) -> str:
    """The author's own words for a message: on one line, short, and safe to show."""
    text = _BLANKS.sub(" ", text)
    if len(text) > MAX_QUOTE:
        text = text[: MAX_QUOTE - 3] + "..."
    shown = "".join(sign if sign.isprintable() else _STAND_IN for sign in text)
    return f"'{shown}'"


# --- Nodes: built from the inside out, with an explicit stack and the limits ----------------------

_TOO_DEEP = (
    f"lists and maps are nested more than {MAX_DEPTH} deep; check the indentation and the brackets"
)


class _FatalError(Exception):
    """Reading cannot go on; the reason is the last problem."""


@dataclass(slots=True)
class _Open:
    """A list or map whose end has not been reached."""

    mark: Mark
    is_map: bool
    children: list[Node] = field(default_factory=list)  # of a map: key, value, key, value ...
    keys: dict[str, Mark] = field(default_factory=dict)

    @property
    def wants_key(self) -> bool:
        return self.is_map and len(self.children) % 2 == 0

    def node(self) -> ListNode | MapNode:
        if not self.is_map:
            return ListNode(tuple(self.children), self.mark)
        keys = [key for key in self.children[::2] if isinstance(key, Scalar)]  # all are: _key()
        return MapNode(tuple(zip(keys, self.children[1::2], strict=True)), self.mark)


class _Builder:
    """Takes what a parser finds, keeps the rules both notations share, and makes the nodes."""

    def __init__(self) -> None:
        self.problems: list[ReadProblem] = []
        self.root: Node | None = None
        self._open: list[_Open] = []
        self._count = 0

    def refuse(self, mark: Mark, check: str, message: str) -> None:
        """Note a problem after which reading goes on."""
        self.problems.append(ReadProblem(mark, check, message))
        if len(self.problems) == MAX_PROBLEMS:
            self.stop(mark, "too-many-problems", "reading stopped here; mend these problems first")

    def refuse_character(self, mark: Mark, character: str) -> None:
        """Note a character that cannot be seen."""
        self.refuse(
            mark,
            "hidden-character",
            f"U+{ord(character):04X} is a character that cannot be seen; delete it",
        )

    def stop(self, mark: Mark, check: str, message: str) -> NoReturn:
        """Note a problem after which reading cannot go on."""
        self.problems.append(ReadProblem(mark, check, message))
        raise _FatalError

    def scalar(self, text: str, mark: Mark, *, quoted: bool) -> None:
        self._count_node(mark)
        if len(text) > MAX_SCALAR:
            self.refuse(
                mark,
                "long-text",
                f"the text has more than {MAX_SCALAR:,} characters; make it shorter",
            )
        # Hidden characters in the file itself are replaced by now: one found here was escaped.
        if quoted and (match := _HIDDEN.search(text)):
            self.refuse_character(mark, match[0])
        self._add(Scalar(text, mark, quoted))

    def open(self, mark: Mark, *, is_map: bool) -> None:
        self._count_node(mark)
        if len(self._open) == MAX_DEPTH:
            self.stop(mark, "too-deep", _TOO_DEEP)
        self._open.append(_Open(mark, is_map))

    def close(self) -> None:
        self._add(self._open.pop().node())

    @property
    def wants_key(self) -> bool:
        """Whether the next node is a key."""
        return bool(self._open) and self._open[-1].wants_key

    @property
    def place(self) -> str:
        """What the next node is the value of, in words for a message."""
        top = self._open[-1] if self._open else None
        if top and top.is_map and isinstance(key := top.children[-1], Scalar):
            return quoted(key.text)
        return "this item"

    def _count_node(self, mark: Mark) -> None:
        self._count += 1
        if self._count > MAX_NODES:
            self.stop(
                mark,
                "too-many-values",
                f"the file has more than {MAX_NODES:,} keys and values; make it shorter",
            )

    def _add(self, node: Node) -> None:
        if not self._open:
            self.root = node
            return
        top = self._open[-1]
        if top.wants_key:
            node = self._key(node, top.keys)
        top.children.append(node)

    def _key(self, node: Node, seen: dict[str, Mark]) -> Scalar:
        if not isinstance(node, Scalar):
            self.refuse(node.mark, "key-not-text", "a list or map cannot be a key; use a word")
            return Scalar("", node.mark, quoted=False)
        first = seen.setdefault(node.text, node.mark)
        if first is not node.mark:
            self.refuse(
                node.mark,
                "duplicate-key",
                f"key {quoted(node.text)} is already on line {first.line};"
                " rename or delete one of the two",
            )
        return node


# --- YAML -----------------------------------------------------------------------------------------

# A tab in a comment does no harm. Elsewhere PyYAML's C and Python parsers disagree about tabs.
_TAB = re.compile(r"^[^#\n]*?(\t)", re.MULTILINE)

# Who writes a comment writes a space after its sign. Who does not means a number: "room #1".
_CUT = re.compile(" #[^ \n#]")
_SPACES = re.compile(" *(?= #)")


def _parse_yaml(text: str, builder: _Builder) -> None:
    import yaml  # here, so that a run on JSON alone does not wait for it

    if not text.endswith("\n"):
        text += "\n"  # or the last block of text and the marks at the end would depend on it
    text = _without_directives(text, builder)
    _stop_at_tabs(text, builder)
    lines = text.split("\n") if _CUT.search(text) else []
    documents = 0
    for event, mark in _events(text, builder):
        if isinstance(event, yaml.ScalarEvent):
            _refuse_extras(event, mark, builder)
            _scalar(event, mark, builder)
            if lines and not event.style:
                _refuse_cut(_mark_of(event.end_mark), lines, builder)
        elif isinstance(event, yaml.CollectionStartEvent):
            _refuse_extras(event, mark, builder)
            builder.open(mark, is_map=isinstance(event, yaml.MappingStartEvent))
        elif isinstance(event, yaml.CollectionEndEvent):
            builder.close()
        elif isinstance(event, yaml.AliasEvent):
            alias = f"*{event.anchor}"
            builder.refuse(
                mark,
                "alias",
                f"aliases such as {quoted(alias)} are not used here; write the value out,"
                " or put it in quotes if it is text",
            )
            builder.scalar(alias, mark, quoted=False)
        elif isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                builder.stop(mark, "second-document", _SECOND_DOCUMENT)


def _without_directives(text: str, builder: _Builder) -> str:
    """Turn directives into comments: the two parsers disagree about the ones they do not know.

    Only those before the document are looked for. One further down would start a second document.
    """
    lines = text.split("\n")
    for index, line in enumerate(lines):
        if line.startswith("%"):
            builder.refuse(Mark(index + 1, 1), "directive", _DIRECTIVE)
            lines[index] = "#" + line[1:]
        elif not line.lstrip().startswith("#") and line.strip():
            break
    return "\n".join(lines)


def _stop_at_tabs(text: str, builder: _Builder) -> None:
    if _TAB.search(text):
        lines = _Lines(text)
        for match in _TAB.finditer(text):
            builder.refuse(
                lines.mark(match.start(1)), "tab", "this is a tab character; use spaces instead"
            )
        raise _FatalError  # without its indentation, the rest of the file would be misread


def _events(text: str, builder: _Builder) -> Iterator[tuple[yaml.Event, Mark]]:
    """The parser's events and where they start, with whatever it raises made into a problem.

    PyYAML 6.0.4 raises ValueError or OverflowError for escapes such as "\\UFFFFFFFF", and its
    loaders AttributeError, KeyError and RecursionError: none of them a YAMLError.
    """
    import yaml

    mark = _START
    try:
        # BaseLoader is the parser in Python: many times slower, with the same events.
        for event in yaml.parse(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader)):
            mark = _mark_of(event.start_mark)
            yield event, mark
    except yaml.MarkedYAMLError as error:
        builder.stop(*_explain(error, mark))
    except (
        yaml.YAMLError,
        ValueError,
        ArithmeticError,
        LookupError,
        AttributeError,
        TypeError,
        RecursionError,
    ):
        builder.stop(
            mark, "invalid", "what follows cannot be read as YAML; check its quotes and escapes"
        )


class _YamlMark(Protocol):
    """What the marks of PyYAML's two parsers have in common; both count from 0."""

    line: int
    column: int


def _mark_of(mark: _YamlMark | None) -> Mark:
    return Mark(mark.line + 1, mark.column + 1) if mark else _START


def _refuse_extras(
    event: yaml.ScalarEvent | yaml.CollectionStartEvent, mark: Mark, builder: _Builder
) -> None:
    if event.anchor is not None:
        builder.refuse(
            mark,
            "anchor",
            f"anchors such as {quoted(f'&{event.anchor}')} are not used here; delete it,"
            " or put it in quotes if it is text",
        )
    if event.tag is not None:
        tag = event.tag.replace("tag:yaml.org,2002:", "!!")
        builder.refuse(
            mark,
            "tag",
            f"tags such as {quoted(tag)} are not used here; delete it,"
            " or put it in quotes if it is text",
        )


def _scalar(event: yaml.ScalarEvent, mark: Mark, builder: _Builder) -> None:
    plain = not event.style
    if plain and not event.value and event.anchor is None and event.tag is None:
        if builder.wants_key:
            builder.refuse(mark, "empty-key", "a key is missing here; write one")
        else:
            builder.refuse(
                mark,
                "empty-value",
                f'{builder.place} has no value; write a value, or put "" for an empty text',
            )
    if plain and event.value == "<<" and builder.wants_key:
        builder.refuse(mark, "merge-key", 'merge keys ("<<") are not used here; write the keys out')
    builder.scalar(event.value, mark, quoted=not plain)


def _refuse_cut(end: Mark, lines: list[str], builder: _Builder) -> None:
    """Refuse a text that goes on after its `end`, where YAML sees a comment."""
    line = lines[end.line - 1]
    spaces = _SPACES.match(line, end.column - 1)
    if spaces and (cut := _CUT.match(line, spaces.end())):
        builder.refuse(
            Mark(end.line, cut.end() - 1),
            "cut-text",
            'what follows " #" is a comment and no part of the text; put the text in quotes,'
            ' or a space after the "#"',
        )


_DIRECTIVE = "lines that start with % are not used here; delete this line"
_SECOND_DOCUMENT = (
    "the document has ended above and a file holds only one; delete this, or check the indentation"
)

# What PyYAML says, in part: (a pattern for its words, our check, whether its context mark is the
# better place, our words). Both of its parsers are covered, and the first row that fits counts.
_EXPLANATIONS: tuple[tuple[str, str, bool, str], ...] = (
    ("<document start>", "second-document", False, _SECOND_DOCUMENT),
    ("maximum nesting depth", "too-deep", False, _TOO_DEEP),
    ("a directive", "directive", True, _DIRECTIVE),
    ("a tag|tag handle", "tag", True, 'text that starts with "!" must be in quotes'),
    ("an anchor", "anchor", True, 'text that starts with "&" must be in quotes'),
    ("an alias", "alias", True, 'text that starts with "*" must be in quotes'),
    (
        "invalid Unicode character escape",
        "hidden-character",
        True,
        "this text has an escape for a character that cannot be shown; delete it",
    ),
    (
        "escape|hexdecimal",
        "invalid",
        True,
        r'this text has a "\" that starts no known escape; write "\\" or use single quotes',
    ),
    (
        "quoted scalar found unexpected",
        "invalid",
        True,
        "this quote is never closed; close it (and inside single quotes, write '' for ')",
    ),
    (
        "mapping values are not allowed",
        "invalid",
        False,
        'a ":" cannot stand here; put the text in quotes, or check the indentation',
    ),
    (
        "sequence entries are not allowed",
        "invalid",
        False,
        'a "-" item cannot stand here; start it on a line of its own',
    ),
    (
        "expected ':'",
        "invalid",
        True,
        'a ":" is missing after this; write "key: value", or check the indentation',
    ),
    (
        "block scalar",
        "invalid",
        True,
        'after "|" or ">" the text starts on the next line, indented',
    ),
    (
        "expected ',' or",
        "invalid",
        True,
        "this bracket is never closed, or a comma is missing inside it",
    ),
    (
        "block (mapping|collection)",
        "invalid",
        False,
        "this does not fit the lines above; check the indentation, and the quotes before it",
    ),
    (
        "start any token|node content",
        "invalid",
        False,
        "text cannot start with this character; put the text in quotes",
    ),
    ("", "invalid", False, "this cannot be read as YAML; check the indentation and quotes"),
)


def _explain(error: yaml.MarkedYAMLError, mark: Mark) -> tuple[Mark, str, str]:
    """PyYAML's error as a problem: its own messages speak of tokens and nodes."""
    said = f"{error.context} {error.problem}"
    check, at_start, message = next(
        (check, at_start, message)
        for pattern, check, at_start, message in _EXPLANATIONS
        if re.search(pattern, said)
    )
    found = error.context_mark if at_start else error.problem_mark
    return (_mark_of(found) if found else mark), check, message


# --- JSON (RFC 8259) ------------------------------------------------------------------------------

_JSON_SPACE = re.compile(r"[ \t\n]*")
_JSON_TEXT = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*')
_JSON_WORD = re.compile(r'[^ \t\n,:"\[\]{}]*')
_JSON_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[Ee][+-]?[0-9]+)?")


def _parse_json(text: str, builder: _Builder) -> None:
    scanner = _JsonScanner(text, builder)
    if scanner.peek():
        scanner.value()
        if scanner.peek():
            builder.stop(scanner.mark(), "extra-text", "the data has ended above; delete this")


class _JsonScanner:
    """Goes through JSON text once. It recurses, but the builder stops it at MAX_DEPTH."""

    def __init__(self, text: str, builder: _Builder) -> None:
        self._text = text
        self._builder = builder
        self._lines = _Lines(text)
        self._offset = 0

    def mark(self) -> Mark:
        return self._lines.mark(self._offset)

    def peek(self) -> str:
        """The next character that is not white space, or "" at the end."""
        self._match(_JSON_SPACE)
        return self._text[self._offset : self._offset + 1]

    def value(self) -> None:
        match self.peek():
            case "{":
                self._collection("}", self._member)
            case "[":
                self._collection("]", self.value)
            case '"':
                self._string()
            case _:
                self._word()

    def _match(self, pattern: re.Pattern[str]) -> str:
        start = self._offset
        if match := pattern.match(self._text, start):
            self._offset = match.end()
        return self._text[start : self._offset]

    def _stop(self, message: str) -> NoReturn:
        self._builder.stop(self.mark(), "invalid", message)

    def _collection(self, end: str, entry: Callable[[], None]) -> None:
        self._builder.open(self.mark(), is_map=end == "}")
        self._offset += 1
        if self.peek() != end:
            entry()
            while self.peek() == ",":
                self._offset += 1
                entry()
            if self.peek() != end:
                self._stop(f'a "," or "{end}" is missing here')
        self._offset += 1
        self._builder.close()

    def _member(self) -> None:
        if self.peek() != '"':
            self._stop("a key in double quotes is missing here, or there is a comma too many")
        self._string()
        if self.peek() != ":":
            self._stop('a ":" is missing here')
        self._offset += 1
        self.value()

    def _string(self) -> None:
        mark = self.mark()
        body = self._match(_JSON_TEXT)
        after = self._text[self._offset : self._offset + 1]
        if after == "\\":
            self._stop(r'this "\" starts no known escape; write "\\"')
        if after != '"':
            self._builder.stop(
                mark,
                "invalid",
                "this text is not closed on its line; close it, and write a line break as \\n"
                " and a tab as \\t",
            )
        self._offset += 1
        # The pattern is RFC 8259's, so this cannot fail.
        text = json.loads(body + '"') if "\\" in body else body[1:]
        self._builder.scalar(text, mark, quoted=True)

    def _word(self) -> None:
        mark = self.mark()
        word = self._match(_JSON_WORD)
        if word == "null":
            self._builder.refuse(
                mark, "null-value", f"{self._builder.place} is null; leave the answer out instead"
            )
        elif word in ("NaN", "Infinity", "-Infinity"):
            self._builder.refuse(
                mark,
                "not-finite",
                f"{self._builder.place} is not a number that can be used;"
                " leave the answer out instead",
            )
        elif _JSON_NUMBER.fullmatch(word):
            if len(word) <= MAX_SCALAR and math.isinf(float(word)):
                self._builder.refuse(
                    mark, "not-finite", f"{self._builder.place} is too large a number"
                )
        elif word not in ("true", "false"):
            self._builder.stop(
                mark,
                "invalid",
                "this is not a number, true, false or text in double quotes"
                if word
                else "a value is missing here, or there is a comma too many",
            )
        self._builder.scalar(word, mark, quoted=False)
