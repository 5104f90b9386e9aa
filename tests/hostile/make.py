"""Makes the inputs that cannot stand in a text file: bytes, long texts, and what is no file.

A function without a parameter gives the bytes of a file; one with a folder puts things into it.
"""

import codecs
import os
import re
import sqlite3
from contextlib import closing
from pathlib import Path

from conftest import SHIPPED, small_text

from tpcheck.calls import CallLog, CallRecord

_MIB = 1024 * 1024


def _small() -> bytes:
    return small_text().encode()


# --- bytes ------------------------------------------------------------------------------------


def a_byte_too_long() -> bytes:
    return _small() + b"#" * (_MIB + 1 - len(_small()))


def with_byte_order_mark() -> bytes:
    return codecs.BOM_UTF8 + _small()


def utf16_little() -> bytes:
    return codecs.BOM_UTF16_LE + small_text().encode("utf-16-le")


def utf16_big() -> bytes:
    return codecs.BOM_UTF16_BE + small_text().encode("utf-16-be")


def latin1() -> bytes:
    return _small().replace(b"title: A small", b"title: A caf\xe9", 1)


def cut_off() -> bytes:
    return b"answers: {}\n# \xe2\x82"


def crlf() -> bytes:
    return _small().replace(b"\n", b"\r\n")


def without_last_newline() -> bytes:
    return _small().rstrip()


def deep_brackets() -> bytes:
    return b"[" * 100_000


def deep_lists() -> bytes:
    return b"- " * 50_000


def _without(section: str, instead: str) -> bytes:
    """The small rule set with something else in the place of a section."""
    return re.sub(rf"^{section}:\n(?: .*\n|\n)*", instead, small_text(), flags=re.M).encode()


def without_warning_signs() -> bytes:
    return _without("warning_signs", "")


def with_no_warning_sign() -> bytes:
    return _without("warning_signs", "warning_signs: []\n")


def with_no_question() -> bytes:
    return _without("questions", "questions: []\n")


def many_items() -> bytes:
    return b"- x\n" * 200_000


def long_key() -> bytes:
    return b"k" * 1100 + b": x\n" + _small()


def long_number() -> bytes:
    return _small().replace(b"exit_code: 13", b"exit_code: " + b"9" * 5000, 1)


def long_version() -> bytes:
    return _small().replace(b"version: 2026-01-31", b"version: " + b"9" * 5000, 1)


def long_text() -> bytes:
    return _small().replace(b"young: Under 40", b"young: " + b"x" * 10_001, 1)


def deep_json() -> bytes:
    return b'{"a":' * 100_000


def long_answer() -> bytes:
    return b"answers: {mood: " + b"xyzzy " * 2000 + b"}"


def long_answer_in_json() -> bytes:
    return b'{"answers": {"mood": "' + b"xyzzy " * 2000 + b'"}}'


def many_accents() -> bytes:
    return _small().replace(b"    title: What is it?", b"    title: a" + "\u0301".encode() * 500, 1)


# --- what is no plain file --------------------------------------------------------------------


def fifo(folder: Path) -> None:
    os.mkfifo(folder / "pipe")


def links(folder: Path) -> None:
    (folder / "link.yaml").symlink_to("small.yaml")
    (folder / "dangling.yaml").symlink_to("nothing.yaml")


def shipped(folder: Path) -> None:
    (folder / "shipped.yaml").write_bytes(SHIPPED.read_bytes())


def clock(folder: Path) -> None:
    """Let the day be that of the variable TODAY, where PYTHONPATH names the folder."""
    (folder / "sitecustomize.py").write_text(
        "import datetime, os\n"
        "class Day(datetime.date):\n"
        "    @classmethod\n"
        "    def today(cls):\n"
        "        return cls.fromisoformat(os.environ['TODAY'])\n"
        "datetime.date = Day\n",
        encoding="utf-8",
    )


# --- call logs --------------------------------------------------------------------------------

#: Reasons that a spreadsheet, or a reader of tables, would take for something else than a text.
_REASONS = (
    '=HYPERLINK("http://example.org")',
    "@SUM(1)",
    "+44 is how it began",
    "-1",
    "\t=1",
    "\uff1d1+1",
    'He said "yes", twice; then\nno',
)


def call_log(folder: Path) -> None:
    """A log of calls with a hostile reason each."""
    log = CallLog.start(folder / "calls.db")
    for number, reason in enumerate(_REASONS, 1):
        day = f"2026-01-{number:02}T10:00:00+00:00"
        log.finish(
            CallRecord(
                reference=f"R{number}",
                started=day,
                ended=day,
                answers={"crushed": ("no",)},
                result="clinic",
                raised="today",
                reason=reason,
                ruleset_id="small",
            )
        )


def _patched(folder: Path, at: int, value: bytes) -> None:
    """A log in which some bytes are others."""
    call_log(folder)
    path = folder / "calls.db"
    data = bytearray(path.read_bytes())
    data[at : at + len(value)] = value
    path.write_bytes(data)


def newer_call_log(folder: Path) -> None:
    _patched(folder, 60, (99).to_bytes(4, "big"))


def damaged_call_log(folder: Path) -> None:
    _patched(folder, 4096, b"\xff" * 4096)


def garbled_call_log(folder: Path) -> None:
    """What SQLite says of this quotes it, and is no UTF-8 either."""
    call_log(folder)
    path = folder / "calls.db"
    path.write_bytes(path.read_bytes().replace(b"CREATE TABLE calls (", b"CREATE T\xf6BLE calls ("))


def database_of_others(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "calls.db")) as db:
        db.execute("CREATE TABLE calls (secret TEXT)")
        db.commit()
