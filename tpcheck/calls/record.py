"""One call as it is kept, and what is taken out before it is."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from tpcheck.freetext import clean
from tpcheck.model import Answers

#: Seven digits or more, however they are set: a phone number, or a date of birth.
_NUMBER = re.compile(r"\+?\d(?:[ ./()-]{0,2}\d){6,}")
#: What stands in a text instead of one.
NUMBER_LEFT_OUT = "[number left out]"


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call.

    `started` and `ended` are ISO 8601 times; `ended` is empty while the call is unfinished.
    `result` is the disposition that the answers lead to, `raised` the more urgent one that staff
    gave instead, and `reason` why; both are empty where they did not. `answers` hold nothing
    private. An empty `reference` is filled in by the log.
    """

    reference: str
    started: str
    ended: str = ""
    answers: Answers = field(default_factory=lambda: MappingProxyType({}))
    result: str = ""
    raised: str = ""
    reason: str = ""
    outcome: str = ""
    ruleset_id: str = ""
    version: str = ""
    fingerprint: str = ""

    @property
    def unfinished(self) -> bool:
        """Whether the call has no end yet."""
        return not self.ended

    @property
    def advice(self) -> str:
        """The disposition that the caller was given."""
        return self.raised or self.result

    @property
    def day(self) -> str:
        """The day of the call, YYYY-MM-DD."""
        return self.started[:10]


#: The fields in order.
NAMES = tuple(f.name for f in fields(CallRecord))


def cleaned(record: CallRecord) -> CallRecord:
    """The record with each text on one line, and without what looks like a phone number.

    Raises ValueError where a time is none.
    """
    texts: dict[str, Any] = {n: clean(getattr(record, n)) for n in NAMES if n != "answers"}
    for name in ("reason", "outcome"):
        texts[name] = _NUMBER.sub(NUMBER_LEFT_OUT, texts[name])
    kept = replace(record, **texts)
    for time in (kept.started, kept.ended or kept.started):
        datetime.fromisoformat(time)
    return kept


def as_texts(record: CallRecord) -> dict[str, str]:
    """The record with its answers as JSON."""
    answers = json.dumps({link_id: list(answer) for link_id, answer in record.answers.items()})
    return {n: answers if n == "answers" else getattr(record, n) for n in NAMES}


def from_texts(texts: Mapping[str, str]) -> CallRecord:
    """The record that `as_texts` was made of, cleaned: somebody can have changed the file.

    Raises ValueError where it is none.
    """
    try:
        answers = json.loads(texts["answers"])
        kept = {clean(link_id): tuple(map(clean, codes)) for link_id, codes in answers.items()}
        return cleaned(CallRecord(**{**texts, "answers": MappingProxyType(kept)}))  # type: ignore[arg-type]
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError("not a call") from error
