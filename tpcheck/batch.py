"""Many answer sets, a JSON object on each line, to a result on each line, in flat memory.

Every line is judged as `responses` judges a file of its own. What most lines are, valid answers
with nothing odd about them, is recognised here at a small part of the cost and told by the
generated function; any other line gets the full reading, which says what is wrong with it or that
nothing is. So this may fail to recognise a good line, and may never take a bad one for good.

How that is made sure: numbers are kept as they are typed, so that neither 7.0 nor true is 7. JSON
in Python lets a key stand twice (RFC 8259 leaves that open); ids and codes have no colon, so there
is one for each key that was read, or the line is not recognised. Everything else is looked up.

A result line is compact and in ASCII, and has these members in this order:

    schema        "tpcheck.line/1"; a change that could break a reader gets a new name
    disposition   code, or null where there is no result
    complete      whether all questions on the path are answered
    exit_code     that of the disposition; 3 where answers are missing, 65 where the line is refused
    findings      [{rule, level, disposition, certain}]; those that would tell a private answer are
                  left out
    line          only where the line is refused: its number, from 1
    problems      only there: [{column, check, message}]
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from tpcheck import criteria, responses
from tpcheck.engine import Engine
from tpcheck.errors import ExitCode, TpcheckError
from tpcheck.generated import Fast, Outcome, generate
from tpcheck.model import Answer, ItemType, Location, Problem
from tpcheck.reader import MAX_BYTES

#: The shape of a result line; `render.data` has that of others.
SCHEMA = "tpcheck.line/1"

#: How many lines are done at a time, and how many bytes if they are long.
LINES = 512
BYTES = 1024 * 1024

_EMPTY = Problem(Location(line=1, column=1), "empty-line", "the line is empty; take it out")

_Answers = Mapping[str, Answer]


class Part(NamedTuple):
    """The results of some lines, in order.

    `output` holds a line for each, as told above; `complaints` say in words what is
    wrong, each after its line and column. `exit_code` is the highest that any line has.
    """

    output: bytes
    lines: int
    size: int
    complaints: tuple[str, ...]
    exit_code: int
    incomplete: bool


class _Result(NamedTuple):
    text: str
    exit_code: int
    complete: bool
    problems: tuple[Problem, ...] = ()


class Batch:
    """Lines of answers to lines of results, for one rule set."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._assess = generate(engine)
        about = engine.ruleset.about
        # What a line may say of the rule set that it is for.
        self._same = {
            "ruleset": about.ruleset_id,
            "version": about.version,
            "fingerprint": engine.ruleset.fingerprint,
        }
        self._single: dict[str, dict[str, Answer]] = {
            link_id: {code: (code,) for code in item.codes}
            for link_id, item in engine.items.items()
        }
        # What may stand together, and how many.
        self._together = {
            link_id: (
                frozenset(o.code for o in item.options if not o.exclusive),
                item.at_most or many,
            )
            for link_id, item in engine.items.items()
            if item.type is ItemType.MANY and (many := len(item.options))
        }
        decoder = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=lambda word: None)
        self._scan = decoder.raw_decode
        self._exit_codes = {d.code: d.exit_code for d in engine.ruleset.dispositions}
        self._private = {link_id for link_id, item in engine.items.items() if item.private}
        self._may_tell = {
            (rule.rule_id, level.disposition): level.when
            for rule in engine.ruleset.rules
            for level in rule.levels
            if criteria.items_read(level.when, engine.rules) & self._private
        }
        self._written: dict[Outcome, str] = {}

    def parts(self, lines: Iterable[bytes]) -> Iterator[Part]:
        """The results of `lines`, each with or without its line end, some at a time.

        Where `lines` raises, those that came before it have their results first.
        """
        number = 0
        for some in _some(lines):
            yield self._part(some, number + 1)
            number += len(some)

    def _part(self, lines: list[bytes], first: int) -> Part:
        results = [self._result(line, number) for number, line in enumerate(lines, first)]
        return Part(
            output="".join([result.text for result in results]).encode("ascii"),
            lines=len(lines),
            size=sum(map(len, lines)),
            complaints=tuple(
                f"{number}:{p.where.column}: {p.message} [{p.check}]"
                for number, result in enumerate(results, first)
                for p in result.problems
            ),
            exit_code=max(result.exit_code for result in results),
            incomplete=not all(result.complete for result in results),
        )

    def _result(self, line: bytes, number: int) -> _Result:
        line = line.removesuffix(b"\r\n").removesuffix(b"\n")
        answers = self._recognised(line)
        told = None if answers is None else self._assess.counting_all(answers)
        if answers is None or told is None:
            if not line.strip():
                return _refused(number, (_EMPTY,))
            response, problems = responses.read(line, "", self._engine, json=True)
            if response is not None:
                problems = responses.refuse_off_path(response, self._engine)
            if response is None or problems:
                return _refused(number, problems)
            answers = response.answers
            told = self._assess(answers)
        return self._told(answers, told)

    # --- answers ------------------------------------------------------------------------------

    def _recognised(self, line: bytes) -> _Answers | None:
        """The answers on a line that is plainly valid; None where it needs the full reading."""
        if len(line) > MAX_BYTES:
            return None
        try:
            text = line.decode()
            top, end = self._scan(text)
            given = top.pop("answers")
            if (
                text.count(":") != 1 + len(top) + len(given)
                or not top.items() <= self._same.items()
                or end != len(text.rstrip(" \t"))
                or "\r" in text
            ):
                return None
            single = self._single
            return {
                link_id: single[link_id][value]
                if value.__class__ is str
                else self._several(link_id, value)
                for link_id, value in given.items()
            }
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return None

    def _several(self, link_id: str, codes: object) -> Answer:
        """Codes in a list as an answer. Raises LookupError or TypeError where they are none."""
        if not isinstance(codes, list):
            raise TypeError
        if len(codes) == 1:
            return self._single[link_id][codes[0]]
        chosen = frozenset(codes)
        ordinary, most = self._together[link_id]
        if not (1 < len(chosen) == len(codes) <= most and chosen <= ordinary):
            raise LookupError
        return tuple([code for code in self._single[link_id] if code in chosen])

    # --- results ------------------------------------------------------------------------------

    def _told(self, answers: _Answers, told: Fast) -> _Result:
        """`told` in JSON. All `answers` are on the path."""
        findings = ",".join(
            [self._write(found) for found in told.findings if not self._tells(found, answers)]
        )
        code = self._exit_codes[told.disposition] if told.disposition else ExitCode.INCOMPLETE
        shown = f'"{told.disposition}"' if told.disposition else "null"
        complete = "true" if told.complete else "false"
        text = (
            f'{{"schema":"{SCHEMA}","disposition":{shown},"complete":{complete},"exit_code":{code:d},'
            f'"findings":[{findings}]}}\n'
        )
        return _Result(text, code, told.complete)

    def _tells(self, found: Outcome, answers: _Answers) -> bool:
        """Whether a finding would tell a private answer."""
        when = self._may_tell.get((found.rule_id, found.level))
        if when is None:
            return False
        rules = self._engine.rules
        evidence = criteria.evidence(when, answers, rules, certain=found.certain)
        return not self._private.isdisjoint(link_id for link_id, _ in evidence)

    def _write(self, finding: Outcome) -> str:
        text = self._written.get(finding)
        if text is None:
            rule, level, disposition, certain = finding
            text = self._written[finding] = _json(
                {"rule": rule, "level": level, "disposition": disposition, "certain": certain}
            )
        return text


def _some(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    """`lines` in lists that are not too much for the memory."""
    some: list[bytes] = []
    size = 0
    failed = None
    try:
        for line in lines:
            some.append(line)
            size += len(line)
            if len(some) == LINES or size >= BYTES:
                yield some
                some, size = [], 0
    except TpcheckError as error:
        failed = error
    if some:
        yield some
    if failed:
        raise failed


def _refused(number: int, problems: Iterable[Problem]) -> _Result:
    told = [{"column": p.where.column, "check": p.check, "message": p.message} for p in problems]
    nothing = {"disposition": None, "complete": False, "exit_code": int(ExitCode.DATA)}
    data = {"schema": SCHEMA, **nothing, "findings": [], "line": number, "problems": told}
    return _Result(f"{_json(data)}\n", ExitCode.DATA, False, tuple(problems))


def _json(data: Mapping[str, Any]) -> str:
    return json.dumps(data, separators=(",", ":"))
