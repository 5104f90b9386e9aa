"""Lines of answers are judged as single files are, in order, whatever stands on the others."""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import Sampler
from test_cli import Command, Ran

from tpcheck import responses
from tpcheck.batch import LINES, Batch
from tpcheck.cli import app, files
from tpcheck.engine import Engine
from tpcheck.errors import InputError
from tpcheck.model import Answer, RuleSet
from tpcheck.reader import MAX_BYTES
from tpcheck.render import data
from tpcheck.summary import summarize

ROOT = Path(__file__).parent.parent


@pytest.fixture
def tpcheck(capsys: pytest.CaptureFixture[str]) -> Command:
    """Run a command in this process, with the rules that ship."""

    def run(*arguments: str) -> Ran:
        code = app.run(arguments)
        return Ran(code, *capsys.readouterr())

    return run


def line(answers: Mapping[str, Answer], **more: str) -> bytes:
    """An answer set as one line: a list only where there are several, as people write it."""
    plain = {item: codes[0] if len(codes) == 1 else [*codes] for item, codes in answers.items()}
    return json.dumps({**more, "answers": plain}).encode() + b"\n"


def results(engine: Engine, lines: Iterable[bytes]) -> list[dict[str, Any]]:
    """The result of each line."""
    output = b"".join(part.output for part in Batch(engine).parts(lines))
    assert output.isascii()
    assert output.endswith(b"\n")
    return [json.loads(result) for result in output.splitlines()]


def by_itself(engine: Engine, text: bytes, number: int = 1) -> dict[str, Any]:
    """What the full reading and the walk make of a line, in the shape of a result line."""
    response, problems = responses.read(text, "", engine, json=True)
    if response is not None:
        problems = responses.refuse_off_path(response, engine)
    told: dict[str, Any] = {"schema": "tpcheck.line/1"}
    if response is None or problems:
        told |= {"disposition": None, "complete": False, "exit_code": 65, "findings": []}
        return told | {
            "line": number,
            "problems": [
                {"column": p.where.column, "check": p.check, "message": p.message} for p in problems
            ],
        }
    whole = data.as_data(summarize(engine, engine.assess(response.answers)))
    told |= {key: whole[key] for key in ("disposition", "complete", "exit_code")}
    keys = ("rule", "level", "disposition", "certain")
    return told | {"findings": [{key: found[key] for key in keys} for found in whole["findings"]]}


# --- equal to one at a time -------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_a_line_is_told_as_a_file_is(shipped: RuleSet, seed: int) -> None:
    engine = Engine(shipped)
    sampler = Sampler(engine, seed)
    lines: list[bytes] = []
    for _, answers in zip(range(60), sampler.complete(), strict=False):
        lists = json.dumps({"answers": answers}).encode()
        kept = line(sampler.partial(answers))
        lines += [line(answers), lists, kept, line(sampler.off_path(answers))]

    assert results(engine, lines) == [
        by_itself(engine, one, number) for number, one in enumerate(lines, 1)
    ]


@settings(max_examples=200)
@given(text=st.data())
def test_a_line_with_something_odd_is_told_as_a_file_is(
    small: RuleSet, text: st.DataObject
) -> None:
    engine = Engine(small)
    answers = next(Sampler(engine, text.draw(st.integers(0, 50))).complete())
    whole = line(answers)[:-1]
    start = text.draw(st.integers(0, len(whole)))
    end = start + text.draw(st.integers(0, 3))
    odd = st.sampled_from([*'{}[]:,"\\ \r\t7eE.-\u200b\u00e9', "true", "null", "NaN", '"no"', "{}"])
    changed = whole[:start] + "".join(text.draw(st.lists(odd, max_size=3))).encode() + whole[end:]
    if changed.strip() and b"\n" not in changed:
        assert results(engine, [changed]) == [by_itself(engine, changed)]


@pytest.mark.parametrize(
    "text",
    [
        b'{"answers":{"crushed":"no","crushed":"yes"}}',  # a key twice
        b'{"answers":{"crushed":"no"},"answers":{}}',
        b'{"answers":{"crushed":"no","cr\\u0075shed":"yes"}}',  # the second one in disguise
        b'{"answers":{"bad":7}}',
        b'{"answers":{"bad":"7"}}',
        b'{"answers":{"bad":7.0}}',  # equal to 7 for Python, and not what was to be typed
        b'{"answers":{"bad":true}}',
        b'{"answers":{"bad":1e999}}',
        b'{"answers":{"bad":-0}}',
        b'{"answers":{"bad":NaN}}',
        b'{"answers":{"bad":null}}',
        b'{"answers":{"bad":[]}}',
        b'{"answers":{"bad":["7","7"]}}',
        b'{"answers":{"bad":["7",8]}}',
        b'{"answers":{"bad":[["7"]]}}',
        b'{"answers":{"bad":{"7":1}}}',
        b'{"answers":{"sore":["none","arm_upper"]}}',  # what stands alone, with another
        b'{"answers":{"pain":["leg_upper","arm_upper"]}}',
        b'{"answers":{"pain":["leg_upper","leg_upper"]}}',
        b'{"answers":{"pain":"leg_upper"}}',
        b'{"answers":{"nobody":"no"}}',
        b'{"answers":{"crushed":"perhaps"}}',
        b'{"answers":[]}',
        b'{"answers":"crushed"}',
        b'{"answers":{}}',
        b"{}",
        b"[]",
        b'"answers"',
        b'{"answers":{}} {"answers":{}}',
        b'{"answers":{}},{"answers":{}}',
        b'{"answers":\r{}}',
        b'{"answers":{}}\r',
        b'{"answers":{}}\r\n',
        b' {"answers":{}} ',
        b'\xef\xbb\xbf{"answers":{}}',
        b'{"answers":{"crushed":"\xff"}}',
        b'{"answers":{"crushed":"\xed\xa0\x80"}}',  # half a character
        b'{"ruleset":"small","answers":{}}',
        b'{"ruleset":" small ","answers":{}}',
        b'{"ruleset":"other","answers":{}}',
        b'{"version":"1999-01-01","answers":{}}',
        b'{"fingerprint":0,"answers":{}}',
        b'{"who":"me","answers":{}}',
        b"[" * 100_000,
        b'{"answers":{"crushed":' + b"[" * 100_000,
        b'{"answers":{}' + b" " * 1024 * 1024 + b"}",
    ],
)  # fmt: skip
def test_an_odd_line_is_told_as_a_file_is(small: RuleSet, text: bytes) -> None:
    engine = Engine(small)

    assert results(engine, [text]) == [by_itself(engine, text)]


def test_private_answers_are_not_told(shipped: RuleSet) -> None:
    engine = Engine(shipped)
    private = [item.link_id for item in shipped.questionnaire.items if item.private]
    assert private
    seen = 0
    for _, answers in zip(range(400), Sampler(engine, 7).complete(), strict=False):
        (told,) = results(engine, [line(answers)]) if seen < 20 else [{}]
        hidden = [
            found.rule_id
            for found in engine.assess(answers).findings
            if any(item in private for item, _ in found.evidence)
        ]
        if hidden and told:
            seen += 1
            assert not {found["rule"] for found in told["findings"]}.intersection(hidden)
    assert seen


# --- bad lines, order, the command ------------------------------------------------------------


def _mixed(engine: Engine, count: int) -> tuple[list[bytes], list[int]]:
    """Lines, some of them bad, and the numbers of those."""
    random = Random(3)
    sampler = Sampler(engine, 3)
    lines: list[bytes] = []
    bad: list[int] = []
    for number, answers in zip(range(1, count + 1), sampler.complete(), strict=False):
        lines.append(line(answers))
        if random.random() < 0.05:
            lines[-1] = random.choice([b"\n", b"{\n", b'{"answers":{"nobody":"no"}}\n', b"\xff\n"])
            bad.append(number)
    return lines, bad


def test_results_come_in_order_and_bad_lines_are_named(small: RuleSet) -> None:
    engine = Engine(small)
    # More than one part, and a bad line among the first and the last of each.
    lines, bad = _mixed(engine, 60)
    lines = (lines * (2 * LINES // 60 + 2))[: 2 * LINES + 3]
    bad = [n for n in range(1, len(lines) + 1) if (n - 1) % 60 + 1 in bad]
    parts = [*Batch(engine).parts(iter(lines))]

    assert [part.lines for part in parts] == [LINES, LINES, 3]
    assert sum(part.size for part in parts) == sum(map(len, lines))
    told = [json.loads(one) for part in parts for one in part.output.splitlines()]
    assert len(told) == len(lines)
    assert [result["line"] for result in told if "line" in result] == bad
    complaints = [words for part in parts for words in part.complaints]
    assert {int(words.split(":")[0]) for words in complaints} == set(bad)
    for number in range(1, 200):
        if number not in bad:
            assert told[number - 1] == by_itself(engine, lines[number - 1], number)


def test_the_command_writes_a_line_for_a_line(
    tpcheck: Command, shipped: RuleSet, tmp_path: Path
) -> None:
    engine = Engine(shipped)
    lines, bad = _mixed(engine, 80)
    path = tmp_path / "many.jsonl"
    path.write_bytes(b"".join(lines))

    ran = tpcheck("assess", str(path))

    assert ran.code == 65
    told = [json.loads(one) for one in ran.out.splitlines()]
    assert told == results(engine, lines)
    places = [words.split(":")[:4] for words in ran.err.splitlines()]
    assert len({number for *_, number in places}) == len(bad)
    assert all(above == ["tpcheck", " error", f" {path}"] for *above, _ in places)


@pytest.mark.parametrize(
    ("lines", "plain", "coded"),
    [
        # Each line by what it comes to: whole answer sets by their code, 3 for one broken off.
        ([0, 10], 0, 10),
        ([10, 11, 0], 0, 11),
        ([3, 0], 3, 3),
        ([3, 13], 3, 13),
        ([13, 65, 3], 65, 65),
        ([], 0, 0),
    ],
)
def test_the_exit_code_is_the_highest(
    tpcheck: Command,
    shipped: RuleSet,
    tmp_path: Path,
    lines: list[int],
    plain: int,
    coded: int,
) -> None:
    engine = Engine(shipped)
    usual = engine.fill_usual({})
    found = {0: line(usual), 3: b'{"answers":{}}\n', 65: b"?\n"}
    codes = {d.code: d.exit_code for d in shipped.dispositions}
    for answers in Sampler(engine, 5).complete():
        found.setdefault(codes[engine.assess(answers).disposition], line(answers))
        if found.keys() >= set(lines):
            break
    path = tmp_path / "many.jsonl"
    path.write_bytes(b"".join(found[code] for code in lines))

    assert tpcheck("assess", str(path)).code == plain
    assert tpcheck("assess", str(path), "--exit-code").code == coded


@pytest.mark.parametrize(
    ("name", "text", "lines"),
    [
        # What a file is, by its name or else by how it begins; 0 is one answer set.
        ("a.jsonl", '{"answers": {}}\n', 1),
        ("a.NDJSON", '{"answers": {}}', 1),
        ("a", '{"answers": {}}\n{"answers": {}}\n', 2),
        ("a", '{"answers": {}}\nwhat is this\n', 2),
        ("a", '{"answers": {}}\n\n{"answers": {}}\n', 3),
        ("a", 'what is this\n{"answers": {}}\n', 2),
        ("a", '# many\n{"answers": {}}\n', 0),
        ("a", '---\n{"answers": {}}\n', 0),
        ("a", '{"answers": {}}\n', 0),
        ("a", '{"answers": {}}\n\n', 0),
        ("a", '\n{"answers": {}}\n', 2),
        ("a", '{\n"answers": {}}\n', 0),
        ("a", "answers: {}\n", 0),
        ("a.json", '{"answers": {}}\n{"answers": {}}\n', 0),
    ],
)
def test_a_batch_is_known_by_its_name_or_how_it_begins(
    tpcheck: Command, tmp_path: Path, name: str, text: str, lines: int
) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")

    out = tpcheck("assess", str(path)).out

    assert out.count('"schema":"tpcheck.line/1"') == lines


@pytest.mark.parametrize(
    "options", [("--explain",), ("--format", "text"), ("--output", "x.html"), ("--format", "fhir")]
)
def test_a_batch_is_written_in_one_way_only(
    tpcheck: Command, tmp_path: Path, options: tuple[str, ...]
) -> None:
    path = tmp_path / "many.jsonl"
    path.write_bytes(b'{"answers":{}}\n')
    options = tuple(str(tmp_path / part) if "." in part else part for part in options)

    ran = tpcheck("assess", str(path), *options)

    assert (ran.code, ran.out) == (2, "")


# --- flat memory ------------------------------------------------------------------------------

#: Assess a line so many times, and say how much more memory that took at its peak, in KiB.
_LONG_RUN = """
import resource, sys, tracemalloc
from tpcheck import loader
from tpcheck.batch import Batch
from tpcheck.engine import Engine
batch = Batch(Engine(loader.load(open("questions.yaml", "rb").read(), "questions.yaml")))
line, count = sys.stdin.buffer.read(), int(sys.argv[1])
tracemalloc.start()
written = sum(len(part.output) for part in batch.parts(line for _ in range(count)))
print(tracemalloc.get_traced_memory()[1] // 1024, written)
"""

#: Run a command, and say how many bytes Python had at its peak.
_TRACED = """
import sys, tracemalloc
from tpcheck.cli import app
tracemalloc.start()
app.run(sys.argv[1:])
print(tracemalloc.get_traced_memory()[1], file=sys.stderr)
"""


def traced(path: Path) -> subprocess.CompletedProcess[str]:
    """Assess a file; the last line of stderr says how many bytes that took at its peak."""
    return subprocess.run(
        [sys.executable, "-c", _TRACED, "assess", str(path)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )


def test_memory_does_not_grow_with_the_batch(shipped: RuleSet) -> None:
    engine = Engine(shipped)
    one = line(engine.fill_usual({}))

    def peak(count: int) -> int:
        done = subprocess.run(
            [sys.executable, "-c", _LONG_RUN, str(count)],
            input=one,
            capture_output=True,
            cwd=ROOT,
            check=True,
        )
        return int(done.stdout.split()[0])

    few, many = peak(2_000), peak(50_000)
    assert many < few + 256
    assert many < 4 * 1024


def test_memory_does_not_grow_with_long_lines(tmp_path: Path) -> None:
    """The whole command, with valid lines of a mebibyte each, as long as any may be."""
    peaks = {}
    for count in (4, 100):
        path = tmp_path / f"{count}.jsonl"
        one = b'{"answers":{}}'
        with path.open("wb") as file:
            for _ in range(count):
                file.write(one + b" " * (MAX_BYTES - len(one) - 1) + b"\n")
        done = traced(path)
        assert len(done.stdout.splitlines()) == count
        peaks[count] = int(done.stderr)

    assert peaks[100] < peaks[4] + 256 * 1024
    assert peaks[100] < 24 * 1024 * 1024


def test_what_came_before_a_fault_has_its_result(shipped: RuleSet) -> None:
    def lines() -> Iterator[bytes]:
        yield from [line({})] * (LINES + 3)
        raise InputError("the disk fails")

    done: list[int] = []
    with pytest.raises(InputError, match="the disk fails"):
        done.extend(part.lines for part in Batch(Engine(shipped)).parts(lines()))
    assert done == [LINES, 3]


def test_a_fault_in_a_batch_is_told_on_one_line(
    tpcheck: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "many.jsonl"
    path.write_bytes(line({}))

    def lines(_: object, name: str) -> Iterator[bytes]:
        yield line({})
        raise InputError(f"{name}: the disk fails")

    monkeypatch.setattr(files, "lines", lines)
    ran = tpcheck("assess", str(path), "--format", "json")

    schemas = [json.loads(one)["schema"] for one in ran.out.splitlines()]
    assert schemas == ["tpcheck.line/1", "tpcheck.error/1"]
    assert (ran.code, ran.err) == (66, f"tpcheck: error: {path}: the disk fails\n")


def test_a_line_without_end_is_refused_and_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "many.jsonl"
    with path.open("wb") as file:
        file.truncate(64 * 1024 * 1024)
        file.seek(0, 2)
        file.write(b'\n{"answers":{}}\n')
    done = traced(path)

    assert [json.loads(one)["exit_code"] for one in done.stdout.splitlines()] == [65, 3]
    error, peak = done.stderr.splitlines()
    assert error.startswith(f"tpcheck: error: {path}:1:1: the file has more than")
    assert int(peak) < 32 * 1024 * 1024
