"""What many calls come to, and the whole log for other programs."""

import csv
import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from io import StringIO

from tpcheck.calls.record import NAMES, CallRecord, as_texts, from_texts
from tpcheck.errors import DataError

#: How an export in JSON begins.
JSON_MARK = re.compile(rb'\s*\{\s*"calls"\s*:')


@dataclass(frozen=True, slots=True)
class StatsRow:
    """How many calls of one week (ISO 8601, such as 2026-W48) were alike, and how many raised."""

    week: str
    advice: str
    place: str
    calls: int
    raised: int


def stats(records: Iterable[CallRecord], place_item: str) -> tuple[StatsRow, ...]:
    """The finished calls by week, by the advice that was given and by the answer to `place_item`.

    Empty stands for a call without a result, or one in which it was not asked.
    """
    found: dict[tuple[str, str, str], list[bool]] = defaultdict(list)
    for record in records:
        if not record.unfinished:
            year, week, _ = date.fromisoformat(record.day).isocalendar()
            place = " ".join(record.answers.get(place_item, ()))
            found[f"{year}-W{week:02}", record.advice, place].append(bool(record.raised))
    return tuple(StatsRow(*key, len(raised), sum(raised)) for key, raised in sorted(found.items()))


# --- for other programs -----------------------------------------------------------------------


def to_json(records: Iterable[CallRecord]) -> str:
    """All calls as one JSON document in ASCII."""
    calls = [
        {**as_texts(record), "unfinished": record.unfinished, "answers": _lists(record)}
        for record in records
    ]
    return json.dumps({"calls": calls}, indent=1) + "\n"


def from_json(data: bytes, name: str) -> tuple[CallRecord, ...]:
    """The calls of such a document. Raises DataError; `name` names the file in it."""
    try:
        calls = json.loads(data.decode("utf-8"))["calls"]
        return tuple(_from_json(call) for call in calls)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DataError(f"{name}: this is not an export of the call log") from error


def _from_json(call: Mapping[str, object]) -> CallRecord:
    texts = {name: call[name] for name in NAMES if name != "answers"}
    if not all(isinstance(text, str) for text in texts.values()):
        raise ValueError("not a text")
    return from_texts({**texts, "answers": json.dumps(call["answers"])})  # type: ignore[dict-item]


def to_csv(records: Iterable[CallRecord]) -> str:
    """All calls as a table (RFC 4180); the answers stand in one cell as JSON.

    No cell is a formula to a spreadsheet (CWE-1236): a text that could be one has a ' before it.
    """
    text = StringIO()
    table = csv.writer(text, lineterminator="\r\n")
    table.writerow([*NAMES, "unfinished"])
    for record in records:
        cells = [*as_texts(record).values(), "yes" if record.unfinished else "no"]
        table.writerow(map(harmless, cells))
    return text.getvalue()


def harmless(cell: str) -> str:
    """`cell`, marked as text if a spreadsheet could take it for a formula."""
    first = unicodedata.normalize("NFKC", cell.lstrip(" ")[:1])
    # Full-width and small forms come to the same; the last one is the sign for minus.
    is_formula = first in ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "\u2212")
    return f"'{cell}" if is_formula else cell


def _lists(record: CallRecord) -> dict[str, list[str]]:
    return {link_id: list(answer) for link_id, answer in record.answers.items()}
