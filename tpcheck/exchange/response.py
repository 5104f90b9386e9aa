"""The answers of a run as a FHIR R4 QuestionnaireResponse.

It holds what was answered and no result: advice is for the person who asked, not for a record that
others take for a finding. Who answered is not in it either.
"""

from collections.abc import Iterable, Mapping

from tpcheck.engine import Engine
from tpcheck.exchange import questionnaire
from tpcheck.exchange.canonical import (
    FINGERPRINT,
    LANGUAGE,
    Resource,
    extension,
    render,
    versioned,
)
from tpcheck.model import Answer, Answers, Assessment

__all__ = ["as_resource", "render"]


def as_resource(engine: Engine, assessment: Assessment, *, authored: str) -> Resource:
    """The QuestionnaireResponse: what counts and is not private, in the order of the questions.

    `authored` is when it was answered: a date, or a time with its zone, as FHIR writes them.
    """
    ruleset = engine.ruleset
    told = {
        link_id: answer
        for link_id, answer in assessment.answers.items()
        if not engine.items[link_id].private
    }
    resource: Resource = {
        "resourceType": "QuestionnaireResponse",
        "language": LANGUAGE,
        "extension": [extension(FINGERPRINT, valueString=ruleset.fingerprint)],
        "questionnaire": versioned(ruleset.about),
        "status": "completed" if assessment.complete else "in-progress",
        "authored": authored,
    }
    # FHIR has no empty lists.
    if answered := _answered(questionnaire.items(ruleset), told):
        resource["item"] = answered
    return resource


def _answered(items: Iterable[Resource], answers: Answers) -> list[Resource]:
    """The same tree with what is answered only."""
    found: list[Resource] = []
    for item in items:
        head: Resource = {key: item[key] for key in ("linkId", "text") if key in item}
        if item["type"] == "group":
            if below := _answered(item["item"], answers):
                found.append({**head, "item": below})
        elif answer := answers.get(item["linkId"]):
            found.append({**head, "answer": _codings(item, answer)})
    return found


def _codings(item: Mapping[str, list[Resource]], answer: Answer) -> list[Resource]:
    codings = [option["valueCoding"] for option in item["answerOption"]]
    return [{"valueCoding": coding} for coding in codings if coding["code"] in answer]
