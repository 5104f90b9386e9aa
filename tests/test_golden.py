"""Results as they are delivered, byte for byte.

The files in `golden` are what a person or a program gets. After a change that is meant, write them
anew with TPCHECK_GOLDEN=write and look at the difference:

    TPCHECK_GOLDEN=write pytest tests/test_golden.py
"""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import SHIPPED, TESTS
from test_html import ANSWERS

from tpcheck import loader
from tpcheck.engine import Engine
from tpcheck.exchange import response
from tpcheck.model import (
    LEFT,
    MAP_BLOCK,
    Answer,
    Block,
    BlockKind,
    BodyMap,
    Mark,
    MarkKind,
    Record,
    RuleSet,
    Summary,
    TraceLine,
)
from tpcheck.render import render, terminal, text
from tpcheck.summary import summarize

GOLDEN = TESTS / "golden"
WRITES = os.environ.get("TPCHECK_GOLDEN") == "write"
TODAY = "2026-01-31"

#: What each file is made with, by how its name ends. `.ansi` is what a terminal is sent.
FORMATS: dict[str, Callable[[Summary], str]] = {
    "txt": text.render_whole,
    "html": lambda summary: render(summary, "html"),
    "json": lambda summary: render(summary, "json"),
    "ansi": lambda summary: terminal.render(summary, width=72),
}

#: Quotes, tags, table bars, markup, accents, a script from right to left, and a long word.
NASTY = (
    "\"Quoted\" 'too' <b>&lt;</b> | [left] [/] :smile: {x} %s caf\u00e9 na\u00efve e\u0301"
    " \u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627 \u202eesrever\u202c \x1b[2J "
    + "long"
    * 25
)


def nasty(findings: int) -> Summary:
    """A summary that no text in it may break, with this many findings."""
    marks = (
        Mark(MarkKind.MAIN, "low_back_side", "low_back", f"{NASTY} (left)", LEFT),
        Mark(MarkKind.ALSO, "elsewhere", "low_back", NASTY),
        Mark(MarkKind.SORE, "calf", "lower_leg", NASTY),
    )
    captions = {name: f"<{name}>"[:7] for name in ("front", "back", "left", "right")}
    drawn = BodyMap(marks, {kind: f"{kind} | {NASTY}" for kind in MarkKind}, captions, NASTY)
    said = tuple(f"{number}. {NASTY}" for number in range(1, findings + 1))
    answer: Answer = ("yes", "<no>")
    trace = tuple(
        TraceLine(f"rule_{number}", "now", "now", True, (line,), NASTY, "part", (("item", answer),))
        for number, line in enumerate(said, 1)
    )
    blocks = (
        Block("action", BlockKind.CARD, NASTY, (NASTY, NASTY)),
        Block("said", BlockKind.SECTION, NASTY, bullets=said),
        Block(MAP_BLOCK, BlockKind.SECTION, NASTY, bullets=drawn.in_words),
        Block("clinic", BlockKind.SECTION, NASTY, (NASTY,), ("|", "<", "[left]", '"')),
        Block("about", BlockKind.SMALL, "", (NASTY,)),
    )
    return Summary(
        disposition="now",
        exit_code=13,
        complete=True,
        title=NASTY,
        blocks=blocks,
        record=Record("<id>", "1.10", "f" * 64, "draft", answers={"item": answer}),
        trace=trace,
        is_emergency=bool(findings),
        body_map=drawn,
        answers=Block("answers", BlockKind.SECTION, NASTY, bullets=(NASTY, "| a | b |")),
        denied=Block("denied", BlockKind.SECTION, NASTY, bullets=(NASTY,)),
        dated=NASTY,
    )


def _shipped() -> RuleSet:
    """The rules that ship, under a fixed version: only what a person sees makes a difference."""
    found = loader.load(SHIPPED.read_bytes(), SHIPPED.name)
    return replace(
        found, fingerprint="0" * 64, about=replace(found.about, version="1.0", review_by="")
    )


def summaries() -> dict[str, Summary]:
    """Every summary that has golden files, by its name."""
    engine = Engine(_shipped())
    found = {"nasty_0": nasty(0), "nasty_40": nasty(40)}
    for answers in ANSWERS:
        given = {k: v if isinstance(v, tuple) else (v,) for k, v in answers.items()}
        assessment = engine.assess(engine.fill_usual(given))
        found[assessment.disposition] = summarize(engine, assessment, today=TODAY)
    found["unfinished"] = summarize(engine, engine.assess({}), today=TODAY)
    return found


SUMMARIES = summaries()


def responses() -> dict[str, str]:
    """The same answers as FHIR responses, by the name of the disposition. They tell no advice."""
    engine = Engine(_shipped())
    found = {}
    for answers in ANSWERS:
        given = {k: v if isinstance(v, tuple) else (v,) for k, v in answers.items()}
        assessment = engine.assess(engine.fill_usual(given))
        resource = response.as_resource(engine, assessment, authored=TODAY)
        found[f"{assessment.disposition}.fhir.json"] = response.render(resource)
    return found


RESPONSES = responses()


@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize("name", SUMMARIES)
def test_the_bytes_are_those_of_the_golden_file(name: str, ending: str) -> None:
    path = GOLDEN / f"{name}.{ending}"
    made = FORMATS[ending](SUMMARIES[name]).encode()
    if WRITES:
        GOLDEN.mkdir(exist_ok=True)
        path.write_bytes(made)

    assert path.is_file(), f"write it: TPCHECK_GOLDEN=write pytest {Path(__file__).name}"
    assert made == path.read_bytes()


@pytest.mark.parametrize("name", RESPONSES)
def test_the_bytes_of_a_response_are_those_of_the_golden_file(name: str) -> None:
    path = GOLDEN / name
    if WRITES:
        path.write_bytes(RESPONSES[name].encode())

    assert RESPONSES[name].encode() == path.read_bytes()


def test_there_is_a_file_for_each_and_no_other() -> None:
    expected = {f"{name}.{ending}" for name in SUMMARIES for ending in FORMATS} | set(RESPONSES)

    assert {path.name for path in GOLDEN.iterdir()} == expected
    dispositions = {disposition.code for disposition in _shipped().dispositions}
    assert dispositions < set(SUMMARIES)


_AGAIN = """
import hashlib, sys
sys.path.insert(0, sys.argv[1])
import test_golden as golden
for name, summary in golden.SUMMARIES.items():
    for ending, make in golden.FORMATS.items():
        print(name, ending, hashlib.sha256(make(summary).encode()).hexdigest())
for name, text in golden.RESPONSES.items():
    print(name, hashlib.sha256(text.encode()).hexdigest())
"""


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONHASHSEED": "1", "TZ": "Pacific/Kiritimati", "LC_ALL": "C"},
        {
            "PYTHONHASHSEED": "2",
            "TZ": "Pacific/Pago_Pago",
            "LC_ALL": "tr_TR.UTF-8",
            "NO_COLOR": "1",
        },
    ],
)
def test_the_bytes_are_the_same_on_every_run(environment: dict[str, str], tmp_path: Path) -> None:
    def run(**more: str) -> str:
        return subprocess.run(
            [sys.executable, "-c", _AGAIN, str(TESTS)],
            capture_output=True,
            text=True,
            check=True,
            cwd=tmp_path,
            env={**os.environ, **more},
        ).stdout

    assert run(**environment) == run(PYTHONHASHSEED="0")


# --- what no file may hold --------------------------------------------------------------------

#: A time of day, or a moment of a clock without a zone.
_CLOCK = re.compile(r"\b\d{1,2}:\d{2}(:\d{2})?\b|\d{4}-\d\d-\d\dT")


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*")), ids=lambda path: path.name)
def test_no_file_holds_a_clock_a_path_or_a_private_answer(path: Path) -> None:
    written = path.read_text(encoding="utf-8")
    private = [item for item in _shipped().questionnaire.items if item.private]

    assert private
    # Numbers of a drawing and of a style sheet are no times.
    assert not _CLOCK.search(re.sub(r"<style>.*?</style>|<svg.*?</svg>", "", written, flags=re.S))
    for word in (str(TESTS.parent), "/tmp/", "/home/", "C:\\", "file:"):
        assert word not in written
    for item in private:
        for said in (item.link_id, item.short, item.text):
            assert not said or f'"{said}"' not in written
            assert len(said) < 12 or said not in written


@pytest.mark.parametrize("ending", ["txt", "html", "json"])
def test_a_copy_tells_nothing_of_the_computer(ending: str, tmp_path: Path) -> None:
    here = tmp_path / "zq-folder"
    here.mkdir()
    answers = here / "zq-answers.yaml"
    engine = Engine(_shipped())
    given = engine.fill_usual({"coping": ("low",)})
    lines = (
        f"  {item}: [{', '.join(repr(code) for code in found)}]" for item, found in given.items()
    )
    answers.write_text("answers:\n" + "\n".join(lines) + "\n", encoding="utf-8")
    names = {name: f"zq-{name.lower()}" for name in ("USER", "LOGNAME", "HOSTNAME", "HOME")}

    done = subprocess.run(
        [sys.executable, "-m", "tpcheck", "assess", answers.name, "--output", f"copy.{ending}"],
        capture_output=True,
        text=True,
        check=False,
        cwd=here,
        env={**os.environ, **names, "PYTHONPATH": str(TESTS.parent)},
    )

    assert done.returncode == 0, done.stderr
    written = (here / f"copy.{ending}").read_text(encoding="utf-8")
    assert "zq-" not in done.stdout + written
    host = socket.gethostname()
    assert len(host) < 6 or host not in done.stdout + written
    item = engine.items["coping"]
    assert item.option("low").text not in done.stdout + written
    assert '"coping"' not in written
