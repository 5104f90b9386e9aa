"""What `tpcheck export` writes, and what `assess` writes and reads for other programs."""

import json
import re
import socket
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import islice
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from build import is_
from conftest import small_text
from forms import NASTY, form
from hypothesis import given
from strategies import Sampler, some_ruleset
from test_fhir import ANSWERS, AUTHORED

from tpcheck.cli import app, rulesets
from tpcheck.engine import Engine
from tpcheck.errors import DataError, ExitCode
from tpcheck.exchange import paper, questionnaire, response
from tpcheck.exchange.enabling import CannotExportError
from tpcheck.exchange.skips import Place, Skips
from tpcheck.model import (
    AllOf,
    Answered,
    AnyOf,
    Criterion,
    Location,
    NoneOf,
    Problem,
    RuleSet,
    Summary,
)
from tpcheck.render import data
from tpcheck.summary import summarize, unfinished

ROOT = Path(__file__).parent.parent
GOLDEN = Path(__file__).parent / "exports"

Ran = tuple[int, str, str]
Command = Callable[..., Ran]


@pytest.fixture
def tpcheck(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Command:
    """Run a command in this process, with the small rule set."""
    path = tmp_path / "small.yaml"
    path.write_text(small_text(), encoding="utf-8")
    monkeypatch.setenv(rulesets.VARIABLE, str(path))

    def run(*arguments: str) -> Ran:
        code = app.run(arguments)
        return (code, *capsys.readouterr())

    return run


def write(folder: Path, name: str, content: object) -> str:
    path = folder / name
    path.write_text(json.dumps(content), encoding="utf-8")
    return str(path)


# --- the commands -----------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["questionnaire", "paper", "schema"])
def test_the_same_bytes_every_time_and_in_a_file(
    tpcheck: Command, tmp_path: Path, what: str
) -> None:
    code, out, err = tpcheck("export", what)
    saved = tmp_path / "saved"

    assert (code, err) == (ExitCode.OK, "")
    assert tpcheck("export", what) == (ExitCode.OK, out, "")
    assert tpcheck("export", what, "--output", str(saved))[:2] == (ExitCode.OK, "")
    assert saved.read_text(encoding="utf-8") == out
    assert tpcheck("export", what, "--output", str(saved))[0] == ExitCode.CANNOT_CREATE


@pytest.mark.parametrize("what", ["questionnaire", "paper"])
def test_nothing_of_this_machine_is_told(
    tpcheck: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.setenv("LOGNAME", "a-user-name")
    monkeypatch.setattr(socket, "gethostname", lambda: "a-host-name")
    _, out, _ = tpcheck("export", what)

    assert out.isascii()
    assert not re.search(rf"{tmp_path}|{ROOT}|/home/|a-user-name|a-host-name", out)
    assert not re.search(r"\d\d:\d\d", out)  # no time, so none without a zone


@pytest.mark.parametrize("what", ["questionnaire", "paper"])
def test_only_approved_rules_on_demand(tpcheck: Command, what: str) -> None:
    code, out, _ = tpcheck("export", what, "--require-approved")

    assert (code, out) == (ExitCode.NOT_APPROVED, "")


def test_what_has_no_exact_form_is_refused_and_nothing_is_written(
    tpcheck: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: RuleSet) -> dict[str, Any]:
        raise CannotExportError("'late' cannot be said")

    monkeypatch.setattr(questionnaire, "as_resource", refuse)
    code, out, err = tpcheck("export", "questionnaire", "--output", str(tmp_path / "q.json"))

    assert (code, out) == (ExitCode.DATA, "")
    assert "'late' cannot be said" in err
    assert not (tmp_path / "q.json").exists()


# --- assess -----------------------------------------------------------------------------------

SMALL = {
    "crushed": "no",
    "faint": "no",
    "age": "young",
    "injury": "no",
    "pain": ["arm_upper"],
    "main": "arm",
    "sore": ["none"],
    "bad": "4",
    "mood": "well",
}


def test_answers_go_out_as_fhir_and_come_back(tpcheck: Command, tmp_path: Path) -> None:
    answers = write(tmp_path, "answers.json", {"answers": SMALL})
    code, out, err = tpcheck("assess", "--format", "fhir", answers)

    assert (code, err) == (ExitCode.OK, "")
    (tmp_path / "out.json").write_text(out, encoding="utf-8")
    code, result, err = tpcheck("assess", "--format", "json", str(tmp_path / "out.json"))
    assert json.loads(result)["answers"] == {
        name: [given] if isinstance(given, str) else given
        for name, given in SMALL.items()
        if name != "mood"
    }
    # The one that is private is not in it, and without it there is no result.
    assert code == ExitCode.INCOMPLETE
    assert err == "tpcheck: no answer is given to: mood\n"


def test_a_saved_copy_in_fhir_has_any_name(tpcheck: Command, tmp_path: Path) -> None:
    answers = write(tmp_path, "answers.json", {"answers": SMALL})
    copy = tmp_path / "copy.fhir"
    code, out, _ = tpcheck("assess", "--format", "fhir", "--output", str(copy), answers)

    assert code == ExitCode.OK
    assert "resourceType" not in out  # what is shown is the result
    assert json.loads(copy.read_text(encoding="utf-8"))["resourceType"] == "QuestionnaireResponse"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"resourceType": "Questionnaire"}, "'Questionnaire' cannot stand here"),
        ({"resourceType": "Patient", "status": "completed"}, "'Patient' cannot stand here"),
        ({"resourceType": "QuestionnaireResponse"}, "needs 'questionnaire'"),
    ],
)
def test_another_resource_is_refused(
    tpcheck: Command, tmp_path: Path, content: dict[str, Any], said: str
) -> None:
    code, out, err = tpcheck("assess", write(tmp_path, "in.json", content))

    assert (code, out) == (ExitCode.DATA, "")
    assert said in err


def test_an_answer_that_is_not_asked_for_is_refused_in_fhir_too(
    tpcheck: Command, tmp_path: Path
) -> None:
    engine = Engine(form())
    filled = response.as_resource(engine, engine.assess(ANSWERS), authored=AUTHORED)
    code, _, err = tpcheck("assess", write(tmp_path, "in.json", filled))

    assert code == ExitCode.DATA
    assert "these answers are for '2026-01-01'" in err


@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        (["bad.json"], ExitCode.DATA, 1),
        (["gone.json"], ExitCode.NO_INPUT, None),
        (["bad.json", "--rules", "bad.json"], ExitCode.DATA, 1),
        (["bad.json", "--require-approved"], ExitCode.NOT_APPROVED, None),
    ],
)
def test_an_error_is_json_too(
    tpcheck: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    code: int,
    line: int | None,
) -> None:
    write(tmp_path, "bad.json", {"answers": {"agee": "young"}})
    monkeypatch.chdir(tmp_path)
    exit_code, out, err = tpcheck("assess", "--format", "json", *arguments)
    told = json.loads(out)

    _schema().validate(told)
    assert (exit_code, told["exit_code"], told["schema"]) == (code, code, "tpcheck.error/1")
    assert [problem["line"] for problem in told["problems"]][:1] == ([line] if line else [])
    assert told["message"].splitlines()[0] in err


# --- the schema -------------------------------------------------------------------------------


def _schema() -> Any:
    schema = json.loads(data.schema())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def _results(ruleset: RuleSet) -> list[Summary]:
    engine = Engine(ruleset)
    sampler = Sampler(engine, seed=8)
    some = [
        summarize(engine, engine.assess(sampler.partial(answers) if number % 4 == 0 else answers))
        for number, answers in enumerate(islice(sampler.complete(), 120))
    ]
    return [*some, unfinished(ruleset)]


def test_every_result_fits_the_schema(shipped: RuleSet) -> None:
    results = _results(shipped)
    schema = _schema()
    for result in results[:-1]:
        schema.validate(data.as_data(result))
    seen = {result.disposition for result in results}
    assert seen == {"", *(d.code for d in shipped.dispositions)}


def _complete(ruleset: RuleSet) -> dict[str, Any]:
    return next(
        data.as_data(result) for result in _results(ruleset) if result.trace and result.complete
    )


@pytest.mark.parametrize(
    "change",
    [
        lambda r: r.update(schema="tpcheck.result/2"),
        lambda r: r.pop("findings"),
        lambda r: r.update(score=1),
        lambda r: r.update(disposition=None),  # and yet complete
        lambda r: r.update(missing=["item"]),
        lambda r: r.update(complete=False),  # and yet nothing is missing
        lambda r: r.update(exit_code="13"),
        lambda r: r["ruleset"].update(fingerprint="F" * 64),
        lambda r: r["findings"][0].pop("source"),
        lambda r: r["findings"][0].update(answers={"item": "yes"}),
        lambda r: r["blocks"][0].update(kind="note"),
    ],
)
def test_what_is_no_result_does_not_fit(
    shipped: RuleSet, change: Callable[[dict[str, Any]], object]
) -> None:
    result = _complete(shipped)
    change(result)

    assert not _schema().is_valid(result)


def test_an_error_fits_the_schema() -> None:
    problem = Problem(Location("a\x1b.yaml", 3, 4), "unknown-item", NASTY)
    told = data.render_error("no", DataError.exit_code, [problem])

    _schema().validate(json.loads(told))
    assert told.isascii()


# --- paper ------------------------------------------------------------------------------------


class _Page(HTMLParser):
    """The words of a page; its tags have to be closed as they were opened."""

    VOID = ("meta", "hr")

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.words = ""
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words += data


def test_the_form_is_this() -> None:
    assert paper.render(form()) == (GOLDEN / "paper.html").read_text(encoding="utf-8")


def test_the_whole_questionnaire_is_on_paper(shipped: RuleSet) -> None:
    page = _Page(paper.render(shipped))

    for item in shipped.questionnaire.items:
        assert item.text in page.words
        if not item.is_yes_no:
            assert all(option.text in page.words for option in item.options)
    for section in shipped.questionnaire.sections:
        assert section.title in page.words
    for text in ("start.emergency", "safety_net.worried", "about.not_diagnosis", "about.draft"):
        assert shipped.texts[text] in page.words
    asked = [one.group(1) for one in re.finditer(r"<h3>(\d+)\. ", paper.render(shipped))]
    assert asked == [str(number + 1) for number in range(len(shipped.questionnaire.screens))]


def test_it_is_one_file_that_runs_nothing(shipped: RuleSet) -> None:
    text = paper.render(shipped)
    page = _Page(text)

    assert {"script", "link", "img", "iframe", "form", "object"}.isdisjoint(page.tags)
    assert {"src", "href", "style"}.isdisjoint(page.attributes)
    assert not [name for name in page.attributes if name.startswith("on")]
    assert "size: A4" in text


def test_texts_are_shown_and_never_obeyed() -> None:
    assert _Page(paper.render(form())).words.count(NASTY) == 2


def test_every_answer_that_cannot_wait_says_so(shipped: RuleSet) -> None:
    text = paper.render(shipped)
    questions = text.split('<div class="question">')[1:]
    for screen, question in zip(shipped.questionnaire.screens, questions, strict=True):
        frames = " ".join(re.findall(r'<div class="now">.*?</div>', question, re.DOTALL))
        for item in screen.items:
            if item.floor and not shipped.disposition(item.floor).shows_clinic:
                name = shipped.disposition(item.floor).name.replace("&", "&amp;")
                assert name in frames, item.link_id


def test_a_private_answer_is_not_written_down() -> None:
    page = paper.render(form())
    private = page[page.index("the question coping") :].partition("</section>")[0]

    assert "option well" in private
    assert "box" not in private


@given(some_ruleset())
def test_any_rule_set_goes_on_paper(made: RuleSet) -> None:
    _Page(paper.render(made))


PLACES = {
    "breath": Place(1, "a"),
    "faint": Place(1, "b"),
    "age": Place(2),
    "place": Place(3),
    "side": Place(4),
    "pain": Place(12),
}


@pytest.mark.parametrize(
    ("criterion", "words"),
    [
        (is_("breath", "yes"), "you ticked “Yes” at question 1a"),
        (is_("breath", "yes", "not_sure"), "you ticked “Yes” or “I am not sure” at question 1a"),
        (is_("place", "back"), "you ticked “Back” at question 3"),
        (is_("place", "arm", "back"), "you ticked a or c at question 3"),
        (
            is_("pain", *map(str, range(10))),
            "you ticked anything but “option 10” or “option not_sure” at question 12",
        ),
        (Answered("place"), "you answered question 3"),
        (AnyOf((Answered("pain"), Answered("age"))), "you answered question 2 or 12"),
        (AnyOf((is_("breath", "no"), is_("faint", "no"))), "you ticked “No” at question 1a or 1b"),
        (
            AnyOf((is_("breath", "no"), Answered("age"))),
            "you ticked “No” at question 1a, or you answered question 2",
        ),
        (
            AllOf((is_("age", "old"), Answered("side"))),
            "you ticked “option old” at question 2, and you answered question 4",
        ),
    ],
)
def test_a_condition_in_words(criterion: Criterion, words: str) -> None:
    assert Skips(Engine(form()).items, PLACES).words(criterion) == words


@pytest.mark.parametrize(
    "criterion", [NoneOf((is_("age", "old"),)), AnyOf((AllOf((Answered("age"),)),))]
)
def test_a_condition_without_words_is_refused(criterion: Criterion) -> None:
    with pytest.raises(CannotExportError, match="no words"):
        Skips(Engine(form()).items, PLACES).words(criterion)
