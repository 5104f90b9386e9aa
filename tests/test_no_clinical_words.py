"""No region, sign, service or phone number stands in the program: a clinician owns all of them."""

import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from tpcheck import errors
from tpcheck.model import RuleSet

PACKAGE = Path(errors.__file__).parent

#: Words that belong to the rule file. "back", "head" and "foot" are left out:
#: a list and a page have them too.
_WORDS = """
    neck jaw shoulder shoulders arm arms elbow wrist chest ribs tummy abdomen groin buttock buttocks
    thigh thighs hamstring hamstrings iliotibial calf calves knee knees ankle heel feet spine
    muscle muscles tendon nerve nerves headache headaches migraine sciatica
    fever numb numbness tingling swollen swelling bleeding cancer tumour pregnant pregnancy stroke
    clot fracture infection weakness breathless dizzy faint rash lump bladder bowel
    ambulance hospital nhs gp samaritans pharmacist midwife paracetamol aspirin
"""
WORDS = frozenset(_WORDS.split())
PHONE = re.compile(r"(?<![\w.])0\d{2,4}[ \d]{5,}\d|\b(?:999|111|116 ?123|18000|18001)\b")


def _tokens() -> Iterator[tuple[str, int, str]]:
    """Every name, text and comment of the program, with the file and the line."""
    for path in sorted(PACKAGE.rglob("*.py")):
        with path.open("rb") as file:
            for token in tokenize.tokenize(file.readline):
                yield str(path.relative_to(PACKAGE)), token.start[0], token.string


def _is_exempt(path: str, line: int) -> bool:
    """The fixed line for a bug is the one exception: it must be said without any rule set."""
    text = (PACKAGE / path).read_text(encoding="utf-8").splitlines()
    return path == "errors.py" and any(text[line - 1].strip(' "') in part for part in _BUG_LINES)


_BUG_LINES = (errors.BUG_NOTICE,)


def test_no_clinical_word_stands_in_the_program() -> None:
    found = [
        f"{path}:{line}: {word}"
        for path, line, text in _tokens()
        for word in re.findall(r"[a-z&]+", text.lower().replace("_", " "))
        if word in WORDS or word == "a&e"
    ]

    assert found == []


def test_no_phone_number_stands_in_the_program() -> None:
    found = [
        f"{path}:{line}: {match[0]}"
        for path, line, text in _tokens()
        for match in PHONE.finditer(text)
        if not _is_exempt(path, line)
    ]

    assert found == []


def test_no_code_of_the_rule_set_stands_in_the_program(shipped: RuleSet) -> None:
    codes = {
        *(item.link_id for item in shipped.questionnaire.items),
        *(rule.rule_id for rule in shipped.rules),
        *(disposition.code for disposition in shipped.dispositions),
        *(area.area_id for area in shipped.patterns.areas),
        *(condition.condition_id for condition in shipped.patterns.conditions),
        *(note.note_id for note in shipped.patterns.notes),
    }
    # A code of one plain word can be anything; with an underscore it is only itself.
    telling = {code for code in codes if "_" in code}
    found = [
        f"{path}:{line}: {word}"
        for path, line, text in _tokens()
        for word in re.findall(r"\w+", text)
        if word in telling
    ]

    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        "01462 420077",  # the clinic
        "Call 999",
        "111.nhs.uk",
        "116 123",
    ],
)
def test_the_pattern_knows_a_phone_number(text: str) -> None:
    assert PHONE.search(text)
