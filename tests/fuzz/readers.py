"""Everything that reads what others wrote, each with valid inputs to start from.

A reader takes bytes and says whether they reached evaluation: a result, a rule set that can be
used, a call. It raises only what it declares; anything else that comes out of it is an escape.
"""

import json
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import yaml
from conftest import SHIPPED, ruleset_text, small_text
from strategies import Sampler

from tpcheck import callcode, cases, loader, responses
from tpcheck.batch import Batch
from tpcheck.calls import CallLog, CallRecord, report
from tpcheck.engine import Engine
from tpcheck.errors import DataError, DeliveryError, InputError
from tpcheck.exchange import reading, response
from tpcheck.model import Answer, Problem, Response
from tpcheck.summary import summarize

#: How many valid inputs of a kind there are to change.
_EXAMPLES = 60
_DAY = "2026-01-31"

_TINY = """
questions:
  - section: all
    title: All
    screens:
      - {sign: s, text: Is it so?, floor: today}
      - {fact: f, text: Is it that?, ask_when: {s: "no"}}
      - one: o
        text: Which?
        options: [{a: A}, {b: B}, {not_sure: Not sure}]
        usual: a
warning_signs:
  - id: r
    text: It has to be seen.
    levels: {today: {all: [{s: "yes"}, {any: [{o: [a, b]}, {answered: o}]}]}, clinic: {f: "yes"}}
    source: Own judgement, 2026
    verified: decision
"""
_CASES = b"""\
cases:
  - case: A heavy feeling is an emergency.
    level: heavy/now
    answers: {crushed: "yes"}
    rest: usual
    expect: {disposition: now, findings: {heavy: now}}
    near_miss: {change: {crushed: "no"}, expect: {at_most: clinic}}
  - {case: A person, id: sc01, answers: {pain: [leg_upper]}, rest: usual, expect: {areas: [leg]}}
"""


@dataclass(frozen=True)
class Reader:
    """One reader. `share` is its part of all inputs, in thousandths: slow ones get fewer."""

    name: str
    share: int
    valid: Sequence[bytes]
    words: Sequence[bytes]
    read: Callable[[bytes], bool]
    is_text: bool = True


def readers() -> tuple[Reader, ...]:
    """Every reader, set up for this process."""
    engine = Engine(loader.load(small_text().encode(), "small.yaml"))
    answers = [*_answer_sets(engine)]
    shipped = Engine(loader.load(SHIPPED.read_bytes(), SHIPPED.name))
    words = _words(engine)
    rules = [small_text().encode(), ruleset_text(_TINY).encode()]
    return (
        Reader("rules", 20, rules, words, _read_rules),
        Reader("cases", 80, [_CASES], words, _cases(engine)),
        Reader("answers, YAML", 150, [*map(_as_yaml, answers)], words, _answers(engine)),
        Reader("answers, JSON", 250, [*map(_as_json, answers)], words, _answers(engine, json=True)),
        Reader("answers, JSON lines", 150, [*_as_lines(answers)], words, _lines(engine)),
        Reader("answers, FHIR", 80, [*_as_fhir(engine, answers)], words, _fhir(engine)),
        Reader("call codes", 215, [*_codes(shipped)], _CODE_WORDS, _code(shipped)),
        Reader("call log", 15, [*_logs()], words, _read_log, is_text=False),
        Reader("call log, JSON", 40, [*_log_exports()], words, _read_log_export),
    )


def _words(engine: Engine) -> list[bytes]:
    """What stands in files that are about this rule set."""
    items = engine.ruleset.questionnaire.items
    words = {code for item in items for code in (item.link_id, *item.codes)}
    words |= {"answers", "ruleset", "version", "fingerprint", "small", _DAY, "cases", "case"}
    words |= {"expect", "rest", "usual", "near_miss", "change", "disposition", "clinic", "now"}
    words |= {"item", "linkId", "answer", "valueCoding", "code", "sign", "fact", "all", "any"}
    return [word.encode() for word in sorted(words | set(engine.rules))]


# --- rules and cases --------------------------------------------------------------------------


def _read_rules(data: bytes) -> bool:
    ruleset, problems = loader.read(data, "rules.yaml")
    assert (ruleset is None) == bool(problems)
    if ruleset is None:
        return False
    engine = Engine(ruleset)
    summarize(engine, engine.assess(engine.fill_usual({})), today=_DAY)
    return True


def _cases(engine: Engine) -> Callable[[bytes], bool]:
    def read(data: bytes) -> bool:
        found, problems = cases.read(data, "cases.yaml", engine)
        if problems:
            return False
        for case in found:
            list(map(str, cases.run(case, engine)))
        return True

    return read


# --- answers ----------------------------------------------------------------------------------


def _answer_sets(engine: Engine) -> Iterator[dict[str, Answer]]:
    sampler = Sampler(engine, seed=1)
    for number, answers in zip(range(_EXAMPLES), sampler.complete(), strict=False):
        yield answers if number % 4 else sampler.partial(answers)


def _plain(answers: dict[str, Answer]) -> dict[str, object]:
    return {item: answer[0] if len(answer) == 1 else [*answer] for item, answer in answers.items()}


def _as_yaml(answers: dict[str, Answer]) -> bytes:
    return yaml.safe_dump({"answers": _plain(answers)}, sort_keys=False).encode()


def _as_json(answers: dict[str, Answer]) -> bytes:
    return json.dumps({"version": _DAY, "answers": _plain(answers)}, indent=1).encode()


def _as_lines(answers: list[dict[str, Answer]]) -> Iterator[bytes]:
    for number in range(0, len(answers), 3):
        some = answers[number : number + 3]
        yield b"".join(json.dumps({"answers": _plain(a)}).encode() + b"\n" for a in some)


def _as_fhir(engine: Engine, answers: list[dict[str, Answer]]) -> Iterator[bytes]:
    for one in answers:
        resource = response.as_resource(engine, engine.assess(one), authored=_DAY)
        yield response.render(resource).encode()


def _evaluate(engine: Engine, found: Response | None, problems: tuple[Problem, ...]) -> bool:
    assert (found is None) == bool(problems)
    if found is None or responses.refuse_off_path(found, engine):
        return False
    summarize(engine, engine.assess(found.answers), today=_DAY, explain=True)
    return True


def _answers(engine: Engine, *, json: bool = False) -> Callable[[bytes], bool]:
    return lambda data: _evaluate(engine, *responses.read(data, "answers", engine, json=json))


def _fhir(engine: Engine) -> Callable[[bytes], bool]:
    return lambda data: _evaluate(engine, *reading.read(data, "answers", engine))


def _lines(engine: Engine) -> Callable[[bytes], bool]:
    batch = Batch(engine)

    def read(data: bytes) -> bool:
        lines = data.splitlines(keepends=True)
        parts = [*batch.parts(lines)]
        told = [json.loads(one) for part in parts for one in part.output.splitlines()]
        assert len(told) == len(lines)
        return any("problems" not in one for one in told)

    return read


# --- call codes -------------------------------------------------------------------------------

_CODE_WORDS = [*(bytes([sign]) for sign in b"0123456789ABCDEFGHJKMNPQRSTVWXYZilou-"), b" ", b"----"]


def _codes(engine: Engine) -> Iterator[bytes]:
    for one in _answer_sets(engine):
        with suppress(callcode.CodeError):
            yield callcode.encode(engine, one).encode()


def _code(engine: Engine) -> Callable[[bytes], bool]:
    def read(data: bytes) -> bool:
        try:
            answers = callcode.decode(engine, data.decode("utf-8", "surrogateescape"))
        except callcode.CodeError:
            return False
        engine.assess(answers)
        return True

    return read


# --- the call log -----------------------------------------------------------------------------


def _records() -> list[CallRecord]:
    return [
        CallRecord(
            reference=f"R{day}",
            started=f"2026-01-{day:02}T10:00:00+00:00",
            ended=f"2026-01-{day:02}T10:05:00+00:00" if day % 2 else "",
            answers={"crushed": ("no",), "pain": ("arm_upper", "leg_upper")},
            result="clinic",
            raised="today" if day == 3 else "",
            reason="sounds unwell" if day == 3 else "",
            ruleset_id="small",
            version=_DAY,
        )
        for day in range(1, 8)
    ]


#: A folder in memory where there is one: SQLite writes through to the disk.
_MEMORY = Path("/dev/shm")


def _folder() -> Path:
    where = _MEMORY if os.access(_MEMORY, os.W_OK) else None
    return Path(tempfile.mkdtemp(prefix="fuzz-", dir=where))


def _logs() -> Iterator[bytes]:
    path = _folder() / "calls.db"
    log = CallLog.start(path)
    yield path.read_bytes()
    for record in _records():
        log.save(record)
    yield path.read_bytes()
    path.unlink()
    path.parent.rmdir()


def _read_log(data: bytes) -> bool:
    folder = _folder()
    path = folder / "calls.db"
    path.write_bytes(data)
    try:
        log = CallLog.open(path)
        found = log.list()
        report.to_csv(found)
        report.stats(found, "main")
        log.save(_records()[0])
        log.purge("2026-01-03")
        return bool(found)
    except (DataError, InputError, DeliveryError):
        return False
    finally:
        for left in folder.iterdir():
            left.unlink()
        folder.rmdir()


def _log_exports() -> Iterator[bytes]:
    yield report.to_json(_records()).encode()
    yield report.to_json([]).encode()


def _read_log_export(data: bytes) -> bool:
    try:
        report.to_csv(report.from_json(data, "calls.json"))
    except DataError:
        return False
    return True
