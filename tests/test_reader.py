"""The strict reader: what it takes, what it refuses and where, and that it never raises."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from tpcheck import reader
from tpcheck.reader import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_NODES,
    MAX_PROBLEMS,
    MAX_SCALAR,
    ListNode,
    MapNode,
    Mark,
    Node,
    ReadProblem,
    Scalar,
    read_json,
    read_yaml,
)

Result = tuple[Node | None, tuple[ReadProblem, ...]]
Read = Callable[[bytes], Result]
Tree = str | list["Tree"] | dict[str, "Tree"]


def read_yaml_in_python(data: bytes) -> Result:
    """Read as on a machine where PyYAML came without its C parser."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delattr(yaml, "CBaseLoader", raising=False)
        return read_yaml(data)


IN_C = pytest.param(
    read_yaml,
    id="c",
    marks=pytest.mark.skipif(not yaml.__with_libyaml__, reason="PyYAML has no C parser here"),
)
IN_PYTHON = pytest.param(read_yaml_in_python, id="python")
JSON = pytest.param(read_json, id="json")

either_parser = pytest.mark.parametrize("read", [IN_C, IN_PYTHON])
every_reader = pytest.mark.parametrize("read", [IN_C, IN_PYTHON, JSON])

# The result of a test must not depend on how busy the machine is.


def raw(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8")


def found(result: Result) -> list[str]:
    """The problems, as the tables below write them."""
    return [f"{at.mark.line}:{at.mark.column} {at.check}" for at in result[1]]


def tree(node: Node | None) -> Tree:
    """A node as plain text, lists and dicts."""
    assert node is not None
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, ListNode):
        return [tree(item) for item in node.items]
    return {key.text: tree(value) for key, value in node.entries}


def message(result: Result) -> str:
    """The message of the only problem."""
    (problem,) = result[1]
    return problem.message


# --- YAML that is refused -------------------------------------------------------------------------

YAML_REFUSED: list[tuple[str, str | bytes, list[str]]] = [
    # (why, text, problems)
    ("A07 no bytes", "", ["1:1 empty-file"]),
    ("A07 only white space", " \n\n", ["1:1 empty-file"]),
    ("A08 only comments", "# a\n\n  # b\n", ["1:1 empty-file"]),
    ("A08 only a byte order mark", b"\xef\xbb\xbf", ["1:1 empty-file"]),
    ("A08 a document without content", "---\n", ["2:1 empty-value"]),
    ("A11 UTF-16, little end first", "a: 1\n".encode("utf-16"), ["1:1 not-utf8"]),
    ("A11 UTF-16, big end first", b"\xfe\xff\x00a\x00:", ["1:1 not-utf8"]),
    ("A12 Latin-1", b"a: 1\nb: caf\xe9\n", ["2:7 not-utf8"]),
    ("A12 Latin-1: columns count characters", "é: é".encode() + b"\xe9\n", ["1:5 not-utf8"]),
    ("A12 Latin-1: a byte order mark has no column", b"\xef\xbb\xbfa\xe9", ["1:2 not-utf8"]),
    ("A12 Latin-1: CRLF is one line end", b"a: 1\r\nb: \xe9\r\n", ["2:4 not-utf8"]),
    ("A13 cut off inside a character", b"a: \xe2\x82", ["1:4 not-utf8"]),
    ("A13 an encoded surrogate", b"a: \xed\xa0\x80", ["1:4 not-utf8"]),
    ("A15 lone CR", b"a: 1\rb: 2\rb: 3\r", ["1:5 line-end", "3:1 duplicate-key"]),
    ("A15 lone CR in front", b"\ra: 1\n", ["1:1 line-end"]),
    ("A15 lone CR among CRLF", b"a: 1\r\nb: 2\r\r\nc: 3\r\n", ["2:5 line-end"]),
    ("B01 duplicate key", "a: 1\nb: 2\na: 3\n", ["3:1 duplicate-key"]),
    ("B01 three of a key", "a: 1\na: 2\na: 3\n", ["2:1 duplicate-key", "3:1 duplicate-key"]),
    ("B02 duplicate key deep inside", "- r:\n    x: 1\n    x: 2\n", ["3:5 duplicate-key"]),
    ("B02 duplicate key in braces", "a: {b: 1, b: 2}\n", ["1:11 duplicate-key"]),
    ("B03 duplicate key, quoted once", 'a: 1\n"a": 2\n', ["2:1 duplicate-key"]),
    ("B03 duplicate key, escaped once", 'a: 1\n"\\x61": 2\n', ["2:1 duplicate-key"]),
    (
        "B05 alias bomb",
        "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b]\n",
        ["1:4 anchor", "2:4 anchor", "2:8 alias", "2:12 alias", "3:5 alias"],
    ),
    ("B06 alias without an anchor", "a: *b\n", ["1:4 alias"]),
    ("B06 alias as a key", "*a : 1\n", ["1:1 alias"]),
    ("B06 Markdown in bold is no alias", "a: **now**\n", ["1:4 alias"]),
    ("B07 anchor without an alias", "a: &b c\n", ["1:4 anchor"]),
    ("B07 anchor on a map", "a: &b\n  c: 1\n", ["1:4 anchor"]),
    ("B07 anchor on nothing", "a: &b\n", ["1:4 anchor"]),
    ("B07 a lone ampersand", "a: & b\n", ["1:4 anchor"]),
    ("B08 recursive alias", "&a [*a]\n", ["1:1 anchor", "1:5 alias"]),
    ("B09 merge key", "a:\n  <<: {b: 1}\n", ["2:3 merge-key"]),
    ("B10 Python object tag", "a: !!python/object/apply:os.system [ls]\n", ["1:4 tag"]),
    ("B11 timestamp tag", "a: !!timestamp foo\n", ["1:4 tag"]),
    ("B12 bool tag", "a: !!bool foo\n", ["1:4 tag"]),
    ("B13 binary tag", 'a: !!binary "###"\n', ["1:4 tag"]),
    ("B14 own tag", "a: !tag b\n", ["1:4 tag"]),
    ("B14 tag on nothing", "a: !important\n", ["1:4 tag"]),
    ("B14 tag without a name", "a: ! b\n", ["1:4 tag"]),
    ("B14 tag with an unknown handle", "a: !e!tag b\n", ["1:4 tag"]),
    ("B15 YAML directive", "%YAML 1.2\n---\na: 1\n", ["1:1 directive"]),
    ("B15 unknown YAML version", "%YAML 9.9\n---\na: 1\n", ["1:1 directive"]),
    ("B15 TAG directive after a comment", "# a\n%TAG ! x:\n---\na: 1\n", ["2:1 directive"]),
    ("B15 directive after an indented comment", "  # a\n%A\n---\na: 1\n", ["2:1 directive"]),
    ("B15 unknown directives", "%A\n%B\n---\na: 1\n", ["1:1 directive", "2:1 directive"]),
    ("B16 two documents", "---\na: 1\n---\nb: 1\n", ["3:1 second-document"]),
    ("B16 an empty second document", "a: 1\n---\n", ["2:1 second-document"]),
    ("B17 text after the end", "a: 1\n...\nfoo\n", ["3:1 second-document"]),
    ("B17 text after the last bracket", "[a] b\n", ["1:5 second-document"]),
    ("B19 deep nesting in one line", "- " * 50_000, ["1:41 too-deep"]),
    (
        "B19 deep nesting by indentation",
        "".join(" " * depth + "a:\n" for depth in range(1000)),
        ["21:21 too-deep"],
    ),
    ("B21 tab as indentation", "a:\n\tb: 1\n", ["2:1 tab"]),
    ("B21 tabs, each line of them", "a:\t1\nb:\n \t- c\t\n", ["1:3 tab", "3:2 tab"]),
    ("B21 tab inside a block of text", "a: |\n  b\tc\n", ["2:4 tab"]),
    ("B22 item left of its list", "a:\n   b: 1\n  c: 2\n", ["3:3 invalid"]),
    ("B22 item under a value", "a: 1\n  b: 2\n", ["2:4 invalid"]),
    ("B22 list after a map", "a: 1\n- b\n", ["2:1 invalid"]),
    ("B22 list on the line of its key", "a: - b\n", ["1:4 invalid"]),
    ("B22 key without its colon", "a: 1\nfoo\nb: 2\n", ["2:1 invalid"]),
    ("B23 double quote never closed", 'a: 1\nb: "abc\nc: 2\n', ["2:4 invalid"]),
    ("B23 single quote never closed", "a: 'abc\nb: 2\n", ["1:4 invalid"]),
    ("B23 quote round a document mark", 'a: "x\n---\ny"\n', ["1:4 invalid"]),
    ("B23 quote closed too early", "a: 'it's'\n", ["1:8 invalid"]),
    ("B24 bracket never closed", "a: [1, 2\nb: 3\n", ["1:4 invalid"]),
    ("B24 brace never closed", "a: {b: 1\n", ["1:4 invalid"]),
    ("B24 bracket never opened", "a: ]\n", ["1:4 invalid"]),
    ("B25 list as a key", "? [a]\n: b\n", ["1:3 key-not-text"]),
    ("B25 map as a key", "{a: 1}: b\n", ["1:1 key-not-text"]),
    ("B25 no key", "? \n: b\n", ["1:2 empty-key"]),
    ("B29 key over 1024 characters", "k" * 1025 + ": 1\n", ["1:1026 invalid"]),
    ("B32 colon in plain text", "a: b: c\n", ["1:5 invalid"]),
    ("B33 value starts with @", "a: @b\n", ["1:4 invalid"]),
    ("B33 value starts with `", "a: `b`\n", ["1:4 invalid"]),
    ("B33 value starts with %", "a: %b\n", ["1:4 invalid"]),
    ("B33 item starts with a comma", "a: [,]\n", ["1:5 invalid"]),
    ("B35 broken escape in a tag", "a: !<%ff> b\n", ["1:4 tag"]),
    ("B36 two indentation digits", "a: |99\n  b\n", ["1:4 invalid"]),
    ("B36 text beside the block mark", "a: | b\n  c\n", ["1:4 invalid"]),
    ("C04 empty value", "a:\nb: 1\n", ["1:3 empty-value"]),
    ("C04 empty value and a comment", "a:   # none\n", ["1:3 empty-value"]),
    ("C04 empty items", "-\n- a\n-\n", ["1:2 empty-value", "3:2 empty-value"]),
    ("C04 braces hold a bare word", "{a: 1, b}\n", ["1:9 empty-value"]),
    ("C16 text that a comment cuts", "a: room #1\n", ["1:9 cut-text"]),
    ("C16 cut in a list in brackets", "a: [b, c  #d\n]\n", ["1:11 cut-text"]),
    ("C16 cut on its last line", "a: b\n  é #1\n", ["2:5 cut-text"]),
    ("an escape that is none", 'a: "\\q"\n', ["1:4 invalid"]),
    ("an escape with too few digits", 'a: "\\xZZ"\n', ["1:4 invalid"]),
    (
        "all at once, in the order of the file",
        b"a: !x 1\nb: \x1b\na: &y 2\nc:\n",
        ["1:4 tag", "2:4 hidden-character", "3:1 duplicate-key", "3:4 anchor", "4:3 empty-value"],
    ),
]


@either_parser
@pytest.mark.parametrize(
    ("text", "problems"), [row[1:] for row in YAML_REFUSED], ids=[row[0] for row in YAML_REFUSED]
)
def test_yaml_is_refused_where_it_is_wrong(
    read: Read, text: str | bytes, problems: list[str]
) -> None:
    assert found(read(raw(text))) == problems


PARSERS_DIFFER: list[tuple[str, str, str, str]] = [
    # (why, text, problem in C, problem in Python): both refuse, but not at the same place
    ("B18 deep brackets", "[" * 100_000, "1:1001 too-deep", "1:21 too-deep"),
    ("B34 escape too large", r'a: "\U00110000"', "1:4 hidden-character", "1:1 invalid"),
    ("B34 escape far too large", r'a: "\UFFFFFFFF"', "1:4 hidden-character", "1:1 invalid"),
]


@pytest.mark.parametrize(
    ("text", "in_c", "in_python"),
    [row[1:] for row in PARSERS_DIFFER],
    ids=[row[0] for row in PARSERS_DIFFER],
)
def test_both_parsers_refuse_what_they_see_differently(
    text: str, in_c: str, in_python: str
) -> None:
    if yaml.__with_libyaml__:
        assert found(read_yaml(raw(text))) == [in_c]
    assert found(read_yaml_in_python(raw(text))) == [in_python]


@pytest.mark.parametrize(
    "error",
    [
        yaml.YAMLError("said\nin two lines"),
        yaml.MarkedYAMLError("said", None, "nowhere", None),
        ValueError(),
        OverflowError(),
        KeyError(),
        AttributeError(),
        TypeError(),
        RecursionError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_whatever_the_yaml_parser_raises_is_a_problem_at_the_last_place(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = list(yaml.parse("a: 1\nb: 2\n"))

    def parse_and_fail(*_: object, **__: object) -> Iterator[yaml.Event]:
        yield from events[:5]
        raise error

    monkeypatch.setattr(yaml, "parse", parse_and_fail)
    node, problems = read_yaml(b"a: 1\nb: 2\n")
    assert node is None
    assert found((node, problems)) == ["1:4 invalid"]


def test_an_error_before_anything_was_read_is_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> Iterator[yaml.Event]:
        raise yaml.YAMLError

    monkeypatch.setattr(yaml, "parse", fail)
    assert found(read_yaml(b"a: 1\n")) == ["1:1 invalid"]


# --- YAML that is taken ---------------------------------------------------------------------------

YAML_TAKEN: list[tuple[str, str | bytes, Tree]] = [
    # (why, text, tree)
    ("A10 UTF-8 byte order mark", b"\xef\xbb\xbfa: 1\n", {"a": "1"}),
    ("A14 CRLF", b"a: 1\r\nb:\r\n- |\r\n  c\r\n  d\r\n", {"a": "1", "b": ["c\nd\n"]}),
    ("A16 no newline at the end", "a: 1", {"a": "1"}),
    ("A16 no newline after a block", "a: |\n  b", {"a": "b\n"}),
    ("B26 null as a key", "null: a\n~: b\n", {"null": "a", "~": "b"}),
    ("B27 number as a key", "1: a\n01: b\n", {"1": "a", "01": "b"}),
    ("B28 true as a key", "true: a\n", {"true": "a"}),
    ("B30 list on top", "- a\n", ["a"]),
    ("B31 text on top", "a\n", "a"),
    ("C01 words for yes and no", "[yes, no, on, off]\n", ["yes", "no", "on", "off"]),
    ("C02 a country", "a: NO\n", {"a": "NO"}),
    ("C03 letters for yes and no", "[y, n]\n", ["y", "n"]),
    ("C04 words for nothing", "[~, null]\n", ["~", "null"]),
    ("C05 version", "a: 1.10\n", {"a": "1.10"}),
    ("C06 numbers in other bases", "[010, 0x1f, 0b1, 1_000]\n", ["010", "0x1f", "0b1", "1_000"]),
    ("C07 time", "a: 12:30\n", {"a": "12:30"}),
    ("C08 dates", "[2026-02-30, 2026-02-28]\n", ["2026-02-30", "2026-02-28"]),
    ("C09 not finite", "[.nan, .inf]\n", [".nan", ".inf"]),
    ("C10 long number", "a: " + "9" * 5000 + "\n", {"a": "9" * 5000}),
    ("C12 negative number", "a: -5\n", {"a": "-5"}),
    ("C17 phone number", "a: 01462 000000\n", {"a": "01462 000000"}),
    ("C18 quoted true", 'a: "true"\n', {"a": "true"}),
    ("C19 empty text", "a: ''\nb: \"\"\n", {"a": "", "b": ""}),
    ("C20 only spaces", 'a: "  "\n', {"a": "  "}),
    ("C22 spaces round text", "a: ' b '\nc:   d  \n", {"a": " b ", "c": "d"}),
    ("comments, and a tab in one", "# a\nb: 1  # c\td\n", {"b": "1"}),
    ("a comment without its space, where nothing can be cut", "#a\nb: 'c' #d\n", {"b": "c"}),
    ("a # inside text, and rows of them", "a: b#1 ##\nc: ' #1'\n", {"a": "b#1", "c": " #1"}),
    ("document marks", "---\na: 1\n...\n", {"a": "1"}),
    ("% inside the document", "a: |\n  %b\n", {"a": "%b\n"}),
    ("quoted merge key", '"<<": 1\n', {"<<": "1"}),
    ("<< as a value", "a: <<\n", {"a": "<<"}),
    ("folded lines", "a: b\n  c\nd: >\n  e\n  f\n", {"a": "b c", "d": "e f\n"}),
    ("escapes", r'a: "\t\"\\\x41\u00e9\U0001f600"', {"a": '\t"\\Aé\U0001f600'}),
    ("a non-breaking space and an emoji", "a: b\xa0\u260e\ufe0f\n", {"a": "b\xa0\u260e\ufe0f"}),
    ("empty list and map", "a: []\nb: {}\n", {"a": [], "b": {}}),
    ("map in a list in a map", "a:\n  - b: 1\n    c: 2\n", {"a": [{"b": "1", "c": "2"}]}),
    ("the same key in two maps", "a: {x: 1}\nb: {x: 1}\n", {"a": {"x": "1"}, "b": {"x": "1"}}),
]


@either_parser
@pytest.mark.parametrize(
    ("text", "expected"), [row[1:] for row in YAML_TAKEN], ids=[row[0] for row in YAML_TAKEN]
)
def test_yaml_is_taken_as_typed(read: Read, text: str | bytes, expected: Tree) -> None:
    node, problems = read(raw(text))
    assert problems == ()
    assert tree(node) == expected


@either_parser
def test_yaml_nodes_know_their_place_and_their_quotes(read: Read) -> None:
    text = "é: 'b'\nlist:\n  - plain\n  - |\n    block\n"
    assert read(raw(text)) == (
        MapNode(
            (
                (Scalar("é", Mark(1, 1), False), Scalar("b", Mark(1, 4), True)),
                (
                    Scalar("list", Mark(2, 1), False),
                    ListNode(
                        (
                            Scalar("plain", Mark(3, 5), False),
                            Scalar("block\n", Mark(4, 5), True),
                        ),
                        Mark(3, 3),
                    ),
                ),
            ),
            Mark(1, 1),
        ),
        (),
    )


@every_reader
def test_line_ends_and_byte_order_mark_change_nothing(read: Read) -> None:
    text = b'{"a": ["1",\n"b"],\n "c": {"d": "e"}}\n'
    expected = read(text)
    assert expected[1] == ()
    assert read(text.replace(b"\n", b"\r\n")) == expected
    assert read(b"\xef\xbb\xbf" + text) == expected


def test_map_node_finds_values_by_key() -> None:
    node, _ = read_yaml(b"b: 1\na: 2\n")
    assert isinstance(node, MapNode)
    assert node.keys() == ("b", "a")
    assert node.get("a") == Scalar("2", Mark(2, 4), False)
    assert node.get("c") is None


# --- JSON -----------------------------------------------------------------------------------------

JSON_REFUSED: list[tuple[str, str | bytes, list[str]]] = [
    # (why, text, problems)
    ("E23 no bytes", "", ["1:1 empty-file"]),
    ("E23 only white space", " \r\n\t", ["1:1 empty-file"]),
    ("A11 UTF-16", '{"a": 1}'.encode("utf-16"), ["1:1 not-utf8"]),
    ("A11 UTF-16, no mark", "1".encode("utf-16-le"), ["1:1 invalid", "1:2 hidden-character"]),
    ("A12 Latin-1", b'{\n"a": "\xe9"}', ["2:7 not-utf8"]),
    ("A15 lone CR", '{"a":\r1}', ["1:6 line-end"]),
    ("E10 duplicate key", '{"a": 1,\n "b": 2, "a": 3}', ["2:10 duplicate-key"]),
    ("E10 duplicate key, escaped once", r'{"a": 1, "\u0061": 2}', ["1:10 duplicate-key"]),
    ("E10 duplicate key deep inside", '[{"a": {"b": 1, "b": 1}}]', ["1:17 duplicate-key"]),
    ("E11 NaN", '{"a": NaN}', ["1:7 not-finite"]),
    ("E11 infinities", "[Infinity, -Infinity]", ["1:2 not-finite", "1:12 not-finite"]),
    ("E11 number too large", "[1e999,\n-1e999]", ["1:2 not-finite", "2:1 not-finite"]),
    ("E12 null", '{"a": null}', ["1:7 null-value"]),
    ("E12 null alone", "null", ["1:1 null-value"]),
    ("E13 lone surrogate", r'{"a": "\ud800"}', ["1:7 hidden-character"]),
    ("E13 lone surrogate in a key", r'{"\udc00b": 1}', ["1:2 hidden-character"]),
    ("E14 deep arrays", "[" * 100_000, ["1:21 too-deep"]),
    ("E14 deep objects", '{"a":' * 100_000, ["1:101 too-deep"]),
    ("E15 second value", '{"a": 1}\n{"a": 1}', ["2:1 extra-text"]),
    ("E15 a bracket too many", "[1]]", ["1:4 extra-text"]),
    ("not closed", '{"a": 1', ["1:8 invalid"]),
    ("closed by another bracket", "[1}", ["1:3 invalid"]),
    ("no value", '{"a": }', ["1:7 invalid"]),
    ("no colon", '{"a" 1}', ["1:6 invalid"]),
    ("no comma", "[1 2]", ["1:4 invalid"]),
    ("a comma too many in an array", "[1,]", ["1:4 invalid"]),
    ("a comma too many in an object", '{"a": 1,}', ["1:9 invalid"]),
    ("key without quotes", "{a: 1}", ["1:2 invalid"]),
    ("number as a key", "{1: 1}", ["1:2 invalid"]),
    ("single quotes", "['a']", ["1:2 invalid"]),
    ("word without quotes", "[yes]", ["1:2 invalid"]),
    ("True as in Python", "[True]", ["1:2 invalid"]),
    ("comment", "[1] // a", ["1:5 extra-text"]),
    ("leading zero", "[01]", ["1:2 invalid"]),
    ("leading plus", "[+1]", ["1:2 invalid"]),
    ("no digit before the point", "[.5]", ["1:2 invalid"]),
    ("no digit after the point", "[1.]", ["1:2 invalid"]),
    ("E18 full-width digit", "[\uff13]", ["1:2 invalid"]),
    ("white space that is not JSON's", "[\xa01]", ["1:2 invalid"]),
    ("text not closed", '["a]', ["1:2 invalid"]),
    ("line break in text", '["a\nb"]', ["1:2 invalid"]),
    ("tab in text", '["a\tb"]', ["1:2 invalid"]),
    ("unknown escape", r'["a\q"]', ["1:4 invalid"]),
    ("escape with too few digits", r'["\u12"]', ["1:3 invalid"]),
    (
        "all at once, in the order of the file",
        b'{"a": null,\n "b": "\x1b",\n "a": 1e999}',
        ["1:7 null-value", "2:8 hidden-character", "3:2 duplicate-key", "3:7 not-finite"],
    ),
]


@pytest.mark.parametrize(
    ("text", "problems"), [row[1:] for row in JSON_REFUSED], ids=[row[0] for row in JSON_REFUSED]
)
def test_json_is_refused_where_it_is_wrong(text: str | bytes, problems: list[str]) -> None:
    assert found(read_json(raw(text))) == problems


JSON_TAKEN: list[tuple[str, str | bytes, Tree]] = [
    # (why, text, tree)
    ("A10 byte order mark", b'\xef\xbb\xbf{"a": "b"}', {"a": "b"}),
    ("every kind of white space", ' {\t"a"\r\n:\n[ ] , "b" : { } } \n', {"a": [], "b": {}}),
    ("numbers as written", "[0, -0, 1.10, 1E+2, 12e-3]", ["0", "-0", "1.10", "1E+2", "12e-3"]),
    ("number too small", "1e-999", "1e-999"),
    ("C10 long number", "1" * 300, "1" * 300),
    ("words as written", "[true, false]", ["true", "false"]),
    ("E17 number as text", '"3"', "3"),
    ("C19 empty text and key", '{"": ""}', {"": ""}),
    ("escapes", r'"\"\\\/\n\t\u00e9"', '"\\/\n\té'),
    ("a pair of surrogates", r'"\ud83d\ude00"', "\U0001f600"),
    ("brackets in text", '["[{", "}]", ","]', ["[{", "}]", ","]),
    ("merge keys are YAML's", '{"<<": 1}', {"<<": "1"}),
]


@pytest.mark.parametrize(
    ("text", "expected"), [row[1:] for row in JSON_TAKEN], ids=[row[0] for row in JSON_TAKEN]
)
def test_json_is_taken_as_typed(text: str | bytes, expected: Tree) -> None:
    node, problems = read_json(raw(text))
    assert problems == ()
    assert tree(node) == expected


def test_json_nodes_know_their_place_and_their_quotes() -> None:
    assert read_json(raw('{"é": 1,\n "b": [true, "2"]}')) == (
        MapNode(
            (
                (Scalar("é", Mark(1, 2), True), Scalar("1", Mark(1, 7), False)),
                (
                    Scalar("b", Mark(2, 2), True),
                    ListNode(
                        (Scalar("true", Mark(2, 8), False), Scalar("2", Mark(2, 14), True)),
                        Mark(2, 7),
                    ),
                ),
            ),
            Mark(1, 1),
        ),
        (),
    )


def test_reading_json_does_not_load_yaml() -> None:
    code = (
        "import sys; from tpcheck.reader import read_json; read_json(b'{}');"
        "sys.exit('yaml' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# --- Characters that cannot be seen ---------------------------------------------------------------

HIDDEN = [
    0x0000,  # NUL
    0x0007,  # bell
    0x0008,  # backspace
    0x000B,  # vertical tab
    0x001B,  # escape
    0x007F,  # delete
    0x0085,  # next line (C1)
    0x009B,  # control sequence introducer (C1)
    0x00AD,  # soft hyphen
    0x061C,  # Arabic letter mark
    0x200B,  # zero-width space
    0x200D,  # zero-width joiner
    0x200E,  # left-to-right mark
    0x2028,  # line separator
    0x2029,  # paragraph separator
    0x202E,  # right-to-left override
    0x2060,  # word joiner
    0x2066,  # left-to-right isolate
    0xFDD0,  # noncharacter
    0xFEFF,  # byte order mark that is not at the start
    0xFFFE,  # noncharacter
    0xE0041,  # tag letter
    0x10FFFF,  # noncharacter, the last code point
]


@every_reader
@pytest.mark.parametrize("code", HIDDEN, ids=lambda code: f"U+{code:04X}")
def test_hidden_characters_are_refused_raw_and_escaped(read: Read, code: int) -> None:
    if code <= 0xFFFF:
        escape = f"\\u{code:04x}"
    elif read is read_json:  # which writes such a character as a pair of surrogates
        escape = json.dumps(chr(code))[1:-1]
    else:
        escape = f"\\U{code:08x}"
    for typed, place in ((chr(code), "2:9"), (escape, "2:7")):
        result = read(raw(f'["ok",\n["9", "9{typed}99"]]'))
        assert found(result) == [f"{place} hidden-character"]
        assert message(result).startswith(f"U+{code:04X} ")


@every_reader
@pytest.mark.parametrize("escape", [r"\r", r"\u000d", r"\b"])
def test_short_escapes_are_looked_at_too(read: Read, escape: str) -> None:
    assert found(read(raw(f'["real{escape}fake"]'))) == ["1:2 hidden-character"]


@either_parser
@pytest.mark.parametrize("escape", [*"0aevNLP", "x9b", "ud800"])
def test_escapes_of_yaml_alone_are_looked_at_too(read: Read, escape: str) -> None:
    assert found(read(raw(f'a: "b\\{escape}"'))) == ["1:4 hidden-character"]


# --- Limits ---------------------------------------------------------------------------------------


@every_reader
def test_size_has_a_limit(read: Read) -> None:
    text = b'["a"]'
    assert read(text.ljust(reader.MAX_BYTES))[1] == ()
    assert found(read(text.ljust(reader.MAX_BYTES + 1))) == ["1:1 too-big"]


@every_reader
def test_depth_has_a_limit(read: Read) -> None:
    deepest = reader.MAX_DEPTH
    assert read(b"[" * deepest + b"]" * deepest)[1] == ()
    deeper = deepest + 1
    assert found(read(b"[" * deeper + b"]" * deeper)) == [f"1:{deeper} too-deep"]


@every_reader
def test_the_number_of_nodes_has_a_limit(read: Read) -> None:
    most = b"[" + b'"a",\n' * (reader.MAX_NODES - 2) + b'"a"'
    assert read(most + b"]")[1] == ()
    assert found(read(most + b',\n"a"]')) == [f"{reader.MAX_NODES}:1 too-many-values"]


@every_reader
def test_keys_count_as_nodes(read: Read) -> None:
    half = reader.MAX_NODES // 2
    text = ",\n".join(f'"k{number}": "a"' for number in range(half))
    # The list and its map come on top, so the last value is the second one too many.
    assert found(read(raw(f"[{{{text}}}]"))) == [f"{half}:1 too-many-values"]


@every_reader
def test_the_length_of_text_has_a_limit(read: Read) -> None:
    longest = "a" * reader.MAX_SCALAR
    assert read(raw(f'["{longest}"]'))[1] == ()
    assert found(read(raw(f'["{longest}a", "b"]'))) == ["1:2 long-text"]


def test_long_numbers_are_long_text() -> None:
    assert found(read_json(b"9" * 500_000)) == ["1:1 long-text"]


@every_reader
def test_the_number_of_problems_has_a_limit(read: Read) -> None:
    text = "{" + ",\n".join('"a": 1' for _ in range(1000)) + "}"
    node, problems = read(raw(text))
    assert node is None
    assert len(problems) == reader.MAX_PROBLEMS + 1
    assert problems[-1].check == "too-many-problems"


# --- What comes back, and what is said ------------------------------------------------------------


@every_reader
def test_a_file_that_could_be_read_to_its_end_comes_back_whole(read: Read) -> None:
    node, problems = read(b'{"a": "1", "b": {"c": "2",\n"c": "3"}}')
    assert found((node, problems)) == ["2:1 duplicate-key"]
    assert isinstance(node, MapNode)
    inner = node.get("b")
    assert isinstance(inner, MapNode)
    assert inner.keys() == ("c", "c")
    assert inner.get("c") == Scalar("2", Mark(1, 23), True)


@every_reader
def test_a_file_that_could_not_be_read_to_its_end_does_not_come_back(read: Read) -> None:
    node, problems = read(b'{"a": "1", "a": "2", "b": [}')
    assert node is None
    assert [problem.check for problem in problems] == ["duplicate-key", "invalid"]


@either_parser
def test_refused_values_stand_as_typed_under_the_mark_of_their_problem(read: Read) -> None:
    node, problems = read(b"a: *b\n? [c]\n: d\n")
    assert node == MapNode(
        (
            (Scalar("a", Mark(1, 1), False), Scalar("*b", Mark(1, 4), False)),
            (Scalar("", Mark(2, 3), False), Scalar("d", Mark(3, 3), False)),
        ),
        Mark(1, 1),
    )
    assert [problem.mark for problem in problems] == [Mark(1, 4), Mark(2, 3)]


MESSAGES: list[tuple[Read, str | bytes, str]] = [
    (
        read_yaml,
        "a: 1\nb: 2\na: 3\n",
        "key 'a' is already on line 1; rename or delete one of the two",
    ),
    (read_yaml, "side:\n", "'side' has no value; write a value, or put \"\" for an empty text"),
    (read_yaml, "- \n", 'this item has no value; write a value, or put "" for an empty text'),
    (read_json, '{"side": null}', "'side' is null; leave the answer out instead"),
    (read_json, "[null]", "this item is null; leave the answer out instead"),
    (read_yaml, b"a: \xe9", "byte 0xE9 is not UTF-8 text; save the file as UTF-8"),
    (
        read_yaml,
        "a: !!str b\n",
        "tags such as '!!str' are not used here; delete it, or put it in quotes if it is text",
    ),
    (read_yaml, b"\xff\xfea\0", "the file is saved as UTF-16; save it as UTF-8"),
    (
        read_json,
        '{"a": 1,}',
        "a key in double quotes is missing here, or there is a comma too many",
    ),
    # Words of more than 40 characters are cut.
    (
        read_yaml,
        f"{'a' * 40}:\n",
        f"'{'a' * 40}' has no value; write a value, or put \"\" for an empty text",
    ),
    (
        read_yaml,
        f"{'a' * 50}:\n",
        f"'{'a' * 37}...' has no value; write a value, or put \"\" for an empty text",
    ),
    # A key cannot smuggle control characters or lines into a message.
    (
        read_json,
        '{"a\\n b\\t": null}',
        "'a b ' is null; leave the answer out instead",
    ),
]


@pytest.mark.parametrize(("read", "text", "expected"), MESSAGES)
def test_messages_say_what_why_and_what_to_do(read: Read, text: str | bytes, expected: str) -> None:
    assert message(read(raw(text))) == expected


#: More of each limit than there may be, and what else no row above says.
BEYOND: list[tuple[str, Read, str | bytes]] = [
    ("too many bytes", read_json, '"' + "a" * MAX_BYTES + '"'),
    ("too many values", read_json, "[" + "1," * MAX_NODES + "1]"),
    ("too many lists", read_json, "[" + "[]," * MAX_NODES + "[]]"),
    ("too large a number", read_json, "9" * MAX_SCALAR),
    ("too long", read_json, '"' + "a" * (MAX_SCALAR + 1) + '"'),
    ("too many problems", read_json, "[" + "null," * MAX_PROBLEMS + "null]"),
    ("too deep", read_json, "[" * (MAX_DEPTH + 1)),
]


def test_every_message_is_that_of_the_file() -> None:
    """Write the file anew with TPCHECK_GOLDEN=write, and look at the difference."""
    rows: list[tuple[str, Read, str | bytes]] = [
        *((f"YAML {why}", read_yaml_in_python, text) for why, text, _ in YAML_REFUSED),
        *((f"JSON {why}", read_json, text) for why, text, _ in JSON_REFUSED),
        *((f"YAML {why}", read_yaml_in_python, text) for why, text, _, _ in PARSERS_DIFFER),
        *((f"JSON {why}", read, text) for why, read, text in BEYOND),
    ]
    told = "".join(
        f"{why}\n"
        + "".join(f"    {at.mark.line}:{at.mark.column} {at.check}: {at.message}\n" for at in said)
        for why, read, text in rows
        for _, said in [read(raw(text))]
    )
    golden = Path(__file__).parent / "messages" / "reader.txt"
    if os.environ.get("TPCHECK_GOLDEN") == "write":
        golden.write_text(told, encoding="utf-8")

    assert told == golden.read_text(encoding="utf-8")


def test_messages_show_no_hidden_character_of_a_key() -> None:
    _, problems = read_json(rb'{"\u001b[2J": null}')
    assert [problem.message for problem in problems] == [
        "U+001B is a character that cannot be seen; delete it",
        "'\ufffd[2J' is null; leave the answer out instead",
    ]
    # U+E000 has no agreed meaning, so terminals may do what they like with it.
    assert "'\ufffd'" in message(read_yaml("\ue000:\n".encode()))


@every_reader
@pytest.mark.parametrize("value", ["secret\u202e", "secret" * 2000, "secret\n", "secret\\q"])
def test_messages_do_not_repeat_values(read: Read, value: str) -> None:
    _, problems = read(raw(f'{{"a": 1, "a": "{value}", "b": ["secret" "secret"]}}'))
    assert problems
    assert not any("secret" in problem.message for problem in problems)


# --- Anything at all ------------------------------------------------------------------------------

SAMPLE = b"""\
about:
  id: demo  # a comment
  version: 1.10
screens: [start, "review", 'net']
questions:
  - id: place
    text: >
      Where is
      the pain?
    options: {no: "No", yes: Yes}
  - {id: "caf\\xe9", usual: no}
notes: |
  one
  two
"""

PIECES = (
    *("a", "b: ", "k: v", "\n", "\n  ", "- ", ": ", "? ", "[", "]", "{", "}", ", ", "'", '"'),
    *("&x ", "*x", "!t ", "!!", "|", ">-", "%", "@", "`", "\\", r"\x1b", r"\ud800", r"\U00110000"),
    *(" # c", "---\n", "...\n", "<<: ", "~", "null", "1e999", "NaN", "true", "1.10"),
    *("\t", "\r\n", "\r", "\0", "\u202e", "\u2028", "é", "\U0001f600"),
)


def check_result(data: bytes, result: Result) -> None:
    """What holds whatever was read."""
    node, problems = result
    assert node is not None or problems
    assert list(problems) == sorted(problems, key=lambda problem: problem.mark)
    lines = data.count(b"\n") + data.count(b"\r") + 2  # the end counts as a line
    for problem in problems:
        assert problem.message.isprintable()
        assert problem.check == problem.check.lower().replace(" ", "-")
        assert 1 <= problem.mark.line <= lines
        assert 1 <= problem.mark.column <= len(data) + 1
    if node is not None:
        tree(node)


@every_reader
@given(data=st.binary(max_size=300))
@example(data=b"\xff\xfe\x00\x00")
def test_no_bytes_raise(read: Read, data: bytes) -> None:
    check_result(data, read(data))


@every_reader
@given(pieces=st.lists(st.sampled_from(PIECES), max_size=30))
def test_no_mix_of_signs_raises(read: Read, pieces: list[str]) -> None:
    data = "".join(pieces).encode()
    check_result(data, read(data))


@every_reader
@pytest.mark.parametrize("sample", [SAMPLE, b'{"a": [1, "b", {"c": true}], "d": "\\u00e9"}'])
@given(at=st.integers(0, len(SAMPLE)), cut=st.integers(0, 5), put=st.binary(max_size=5))
def test_no_change_to_a_valid_file_raises(
    read: Read, sample: bytes, at: int, cut: int, put: bytes
) -> None:
    data = sample[:at] + put + sample[at + cut :]
    check_result(data, read(data))


words = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=8)
trees = st.recursive(
    words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=12,
).filter(lambda value: json.dumps(value).count("[") + json.dumps(value).count("{") < 20)


@given(value=trees, indent=st.none() | st.integers(0, 4), ascii_only=st.booleans())
def test_json_that_was_written_is_read(value: Tree, indent: int | None, ascii_only: bool) -> None:
    node, problems = read_json(json.dumps(value, indent=indent, ensure_ascii=ascii_only).encode())
    assert problems == ()
    assert tree(node) == value


@either_parser
@given(value=trees, flow=st.booleans(), style=st.sampled_from("'\""))
def test_yaml_that_was_written_is_read(read: Read, value: Tree, flow: bool, style: str) -> None:
    text = yaml.safe_dump(
        value, default_style=style, default_flow_style=flow, allow_unicode=True, sort_keys=False
    )
    node, problems = read(text.encode())
    assert problems == ()
    assert tree(node) == value


@given(text=st.text('[]{},:"\\/u0d8 \n\t-+.eE1tf', max_size=20))
def test_json_that_python_refuses_is_refused(text: str) -> None:
    try:
        json.loads(text)
    except ValueError:
        assert read_json(text.encode())[1]


@given(pieces=st.lists(st.sampled_from(PIECES), max_size=20))
def test_what_both_yaml_parsers_take_they_take_alike(pieces: list[str]) -> None:
    data = "".join(pieces).encode()
    one, other = read_yaml(data), read_yaml_in_python(data)
    if not one[1] and not other[1]:
        assert one == other
