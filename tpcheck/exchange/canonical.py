"""The names that FHIR resources go by, and the small shapes that they share.

FHIR is R4, 4.0.1: https://hl7.org/fhir/R4/questionnaire.html and questionnaireresponse.html. Codes
are the rule set's own, in code systems of its own; example.org stands until the owner of the rules
has an address to publish them at.
"""

import json
from collections.abc import Mapping
from typing import Any, TypeAlias

from tpcheck.model import About, Item

#: A FHIR resource, or a part of one, as JSON has it.
Resource: TypeAlias = dict[str, Any]

OURS = "https://example.org/fhir"
HL7 = "http://hl7.org/fhir"
LANGUAGE = "en-GB"

#: Holds the SHA-256 (hex) of the rule set that a resource was made from.
FINGERPRINT = f"{OURS}/StructureDefinition/ruleset-fingerprint"


def url(about: About) -> str:
    """The canonical address of the questionnaire, without its version."""
    return f"{OURS}/Questionnaire/{about.ruleset_id}"


def versioned(about: About) -> str:
    """The canonical address of exactly this version, as a response names it."""
    return f"{url(about)}|{about.version}"


def code_system(about: About, item: Item) -> str:
    """Where the codes of an item's options are at home.

    One system serves all that are answered yes, no or not sure. Any other item has its own, because
    the words of one code differ between items, and in a code system a code has one display.
    """
    name = "yes-no" if item.is_yes_no else item.link_id.replace("_", "-")
    return f"{OURS}/CodeSystem/{about.ruleset_id}/{name}"


def codings(about: About, item: Item) -> dict[str, Resource]:
    """The Coding of each of the item's options, by its code."""
    system = code_system(about, item)
    return {
        option.code: {"system": system, "code": option.code, "display": option.text}
        for option in item.options
    }


def extension(address: str, **value: object) -> Resource:
    """An Extension; `value` is its one `valueType=...`."""
    return {"url": address, **value}


def render(resource: Mapping[str, object]) -> str:
    """The resource as indented JSON, in ASCII so that no text can steer a terminal."""
    return json.dumps(resource, indent=2) + "\n"
