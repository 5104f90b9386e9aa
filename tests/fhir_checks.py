"""What is wrong with a FHIR R4 Questionnaire or QuestionnaireResponse, by four independent checks.

No single tool sees everything, see each function. The rules below are HL7's, from the definitions
of the two resources in 4.0.1; the schema is the part of HL7's own that these two use.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import fhirkit
import jsonschema
from fhirpathpy import compile as compile_path
from fhirpathpy.models import models

FHIR = Path(__file__).parent / "fhir"
SCHEMA = FHIR / "r4.schema.json"

#: Invariants by resource type and key; "item" ones are for every item, "enableWhen" for each test.
_INVARIANTS = {
    "Questionnaire": {
        "que-0": "name.matches('^[A-Z]([A-Za-z0-9_]){0,254}$')",
        "que-2": "descendants().linkId.isDistinct()",
    },
    "Questionnaire.item": {
        "que-1": "(type='group' implies item.empty().not())"
        " and (type='display' implies item.empty())",
        "que-3": "type!='display' or code.empty()",
        "que-4": "answerOption.empty() or answerValueSet.empty()",
        "que-5": "(type='choice' or type='open-choice' or type='decimal' or type='integer'"
        " or type='date' or type='dateTime' or type='time' or type='string' or type='quantity')"
        " or (answerValueSet.empty() and answerOption.empty())",
        "que-6": "type!='display' or (required.empty() and repeats.empty())",
        "que-8": "(type!='group' and type!='display') or initial.empty()",
        "que-9": "type!='display' or readOnly.empty()",
        "que-11": "answerOption.empty() or initial.empty()",
        "que-13": "repeats=true or initial.count() <= 1",
    },
    "QuestionnaireResponse.item": {"qrs-1": "(answer.exists() and item.exists()).not()"},
}


def complaints(
    resource: Mapping[str, Any], questionnaire: Mapping[str, Any] | None = None
) -> dict[str, list[str]]:
    """What each check says, by its name; checks that find nothing are left out."""
    found = {
        "fhirkit": by_fhirkit(resource),
        "schema": by_schema(resource),
        "invariants": by_invariants(resource),
        "names": by_names(resource, questionnaire),
    }
    return {name: said for name, said in found.items() if said}


def by_fhirkit(resource: Mapping[str, Any]) -> list[str]:
    """Structure: missing and unknown elements, empty values, nulls. It passes over most codes."""
    try:
        return [str(issue) for issue in fhirkit.validate(dict(resource))]
    except fhirkit.ParseError as error:
        return [str(error)]


def by_schema(resource: Mapping[str, Any]) -> list[str]:
    """Codes, unknown elements, dates. It does not know which simple elements are required."""
    return [error.message for error in _validator().iter_errors(resource)]


def by_invariants(resource: Mapping[str, Any]) -> list[str]:
    """The rules that HL7 writes in FHIRPath."""
    kind = str(resource.get("resourceType"))
    found = _broken(kind, resource)
    for item in below(resource):
        found += _broken(f"{kind}.item", item)
    return found


def by_names(
    resource: Mapping[str, Any], questionnaire: Mapping[str, Any] | None = None
) -> list[str]:
    """Whatever needs a look at two places at once: tests and answers against the questions."""
    if resource.get("resourceType") == "Questionnaire":
        return [*_tests(resource)]
    return [*_answers(resource, questionnaire)] if questionnaire else []


# --- how --------------------------------------------------------------------------------------


@cache
def _validator() -> Any:
    return jsonschema.Draft6Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


@cache
def _path(expression: str) -> Any:
    return compile_path(expression, models["r4"])


def _broken(kind: str, element: Mapping[str, Any]) -> list[str]:
    rules = _INVARIANTS.get(kind, {})
    return [key for key, rule in rules.items() if _path(rule)(dict(element)) not in ([True], [])]


def below(element: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every item below, those in answers included."""
    for item in _list(element, "item"):
        yield item
        yield from below(item)
    for answer in _list(element, "answer"):
        yield from below(answer)


def _list(element: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = element.get(name, [])
    return [part for part in found if isinstance(part, dict)] if isinstance(found, list) else []


def _options(item: Mapping[str, Any]) -> list[tuple[Any, Any]]:
    codings = [option.get("valueCoding", {}) for option in _list(item, "answerOption")]
    return [(coding.get("system"), coding.get("code")) for coding in codings]


def _tests(questionnaire: Mapping[str, Any]) -> Iterator[str]:
    items = {item.get("linkId"): item for item in below(questionnaire)}
    order = [*items]
    for link_id, item in items.items():
        options = _options(item)
        if item.get("type") == "choice" and not options and "answerValueSet" not in item:
            yield f"{link_id}: a choice without options"
        if len(set(options)) < len(options):
            yield f"{link_id}: an option stands twice"
        if item.get("type") != "choice" and options:
            yield f"{link_id}: options of what is no choice"
        tests = _list(item, "enableWhen")
        # R4: "if there are more than one enableWhen, enableBehavior must be specified"; the
        # invariant que-12 only fires from three.
        if len(tests) > 1 and "enableBehavior" not in item:
            yield f"{link_id}: {len(tests)} tests and no enableBehavior"
        inside = {id(one) for one in below(item)}
        for test in tests:
            asked = items.get(test.get("question"))
            if asked is None or asked.get("type") in ("group", "display"):
                yield f"{link_id}: tests what is no question"
                continue
            if asked is item or id(asked) in inside:
                yield f"{link_id}: tests itself"
            elif order.index(asked["linkId"]) > order.index(link_id):
                yield f"{link_id}: tests a later question"
            exists = test.get("operator") == "exists"
            if exists != ("answerBoolean" in test) or test.get("operator") not in ("exists", "="):
                yield f"{link_id}: tests in a way that an export never does"
            coding = test.get("answerCoding")
            if coding and (coding.get("system"), coding.get("code")) not in _options(asked):
                yield f"{link_id}: tests for an answer that is no option"


def _answers(response: Mapping[str, Any], questionnaire: Mapping[str, Any]) -> Iterator[str]:
    canonical = f"{questionnaire['url']}|{questionnaire['version']}"
    if response.get("questionnaire") != canonical:
        yield "for another questionnaire"
    yield from _level(response, questionnaire)
    answers = {
        item.get("linkId"): [
            (coding.get("system"), coding.get("code"))
            for answer in _list(item, "answer")
            if (coding := answer.get("valueCoding", {}))
        ]
        for item in below(response)
    }
    for link_id in disabled(questionnaire, answers):
        if link_id in answers:
            yield f"{link_id}: is not enabled"


def _level(given: Mapping[str, Any], asked: Mapping[str, Any]) -> Iterator[str]:
    expected = {item["linkId"]: item for item in _list(asked, "item")}
    there = [item.get("linkId") for item in _list(given, "item")]
    if [link_id for link_id in expected if link_id in there] != there:
        yield f"{there}: not the items of the questionnaire in their order, each once"
    for item in _list(given, "item"):
        question = expected.get(item.get("linkId"))
        if question is None:
            continue
        yield from _level(item, question)
        answers = _list(item, "answer")
        if question["type"] != "choice":
            if answers:
                yield f"{item['linkId']}: an answer to what is no question"
            continue
        if not answers:
            yield f"{item['linkId']}: no answer"
        codes = [answer.get("valueCoding", {}) for answer in answers]
        chosen = [(coding.get("system"), coding.get("code")) for coding in codes]
        if set(chosen) - set(_options(question)):
            yield f"{item['linkId']}: an answer that is no option"
        if max(Counter(chosen).values(), default=0) > 1:
            yield f"{item['linkId']}: an answer twice"
        if len(chosen) > 1:
            if not question.get("repeats"):
                yield f"{item['linkId']}: more than one answer"
            if set(chosen) & _exclusive(question):
                yield f"{item['linkId']}: an answer that stands alone with another"
            if len(chosen) > _most(question):
                yield f"{item['linkId']}: too many answers"


def _exclusive(question: Mapping[str, Any]) -> set[tuple[Any, Any]]:
    return {
        (option["valueCoding"]["system"], option["valueCoding"]["code"])
        for option in _list(question, "answerOption")
        if any(e["url"].endswith("/questionnaire-optionExclusive")
               for e in _list(option, "extension"))
    }  # fmt: skip


def _most(question: Mapping[str, Any]) -> int:
    limits = [
        int(extension["valueInteger"])
        for extension in _list(question, "extension")
        if extension["url"].endswith("/questionnaire-maxOccurs")
    ]
    return min(limits, default=1000)


def disabled(
    element: Mapping[str, Any],
    answers: Mapping[Any, list[tuple[Any, Any]]],
    under: bool = False,
) -> Iterator[str]:
    """The link ids that the enableWhen of the questionnaire switches off."""
    for item in _list(element, "item"):
        tests = [_passes(test, answers) for test in _list(item, "enableWhen")]
        joined = any if item.get("enableBehavior") == "any" else all
        off = under or not joined(tests or [True])
        if off:
            yield item["linkId"]
        yield from disabled(item, answers, off)


def _passes(test: Mapping[str, Any], answers: Mapping[Any, list[tuple[Any, Any]]]) -> bool:
    given = answers.get(test["question"], [])
    if test["operator"] == "exists":
        return bool(given) == test["answerBoolean"]
    coding = test["answerCoding"]
    return (coding["system"], coding["code"]) in given
