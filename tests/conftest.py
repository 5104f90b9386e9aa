"""What tests share: the shipped rule set, a small one, and rule sets written in the test itself."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tpcheck import loader, wording
from tpcheck.model import RuleSet

# A busy machine is no fault.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

TESTS = Path(__file__).parent
SHIPPED = TESTS.parent / "questions.yaml"
SMALL = TESTS / "rulesets" / "small.yaml"


def screens() -> str:
    """A section `screens` with exactly what the program asks for, each text naming itself."""
    words = {"answer.yes": "Yes", "answer.no": "No", "answer.not_sure": "I am not sure"}
    texts = {**wording.ASKING_TEXTS, **wording.RESULT_TEXTS}
    entries: dict[str, list[str]] = {}
    for key, placeholders in texts.items():
        words.setdefault(key, " ".join((key, *(f"{{{name}}}" for name in placeholders))))
        group, name = key.split(".")
        entries.setdefault(group, []).append(f"    {name}: '{words[key]}'")
    for key in (*wording.ASKING_LISTS, *wording.RESULT_LISTS):
        group, name = key.split(".")
        entries.setdefault(group, []).append(f"    {name}: [{key} 1, {key} 2]")
    lines = (f"  {group}:\n" + "\n".join(names) for group, names in entries.items())
    return "screens:\n" + "\n".join(lines) + "\n"


def _sections(text: str) -> dict[str, str]:
    """The text of each top-level section by its name, comments above it left out."""
    starts = [*re.finditer(r"^(\w+):", text, re.MULTILINE)]
    ends = [match.start() for match in starts[1:]] + [len(text)]
    return {m[1]: text[m.start() : end] for m, end in zip(starts, ends, strict=True)}


def small_text() -> str:
    """The whole text of the small rule set."""
    text = SMALL.read_text(encoding="utf-8")
    return text.replace("\nquestions:\n", f"\n{screens()}\nquestions:\n")


def ruleset_text(text: str) -> str:
    """A whole rule file from some of its sections; the others are as small as they can be.

    `text` has to have `questions` and `warning_signs`. About, clinic and dispositions (clinic,
    today, now) are those of the small rule set if it does not bring its own.
    """
    given = _sections(text)
    item = re.search(r"\b(?:sign|fact|one|many|scale): (\w+)", given["questions"])
    assert item, "a rule set needs an item"
    place = f"main_item: {item[1]}, main: {{}}, pain: [], sore: [], spread: []"
    least = {
        **{name: f"{name}: []\n" for name in loader.SECTIONS},
        **{name: part for name, part in _sections(SMALL.read_text(encoding="utf-8")).items()
           if name in ("about", "clinic", "dispositions")},
        "screens": screens(),
        "areas": f"areas: {{{place}, spread_counts: {{answered: {item[1]}}}, list: []}}\n",
    }  # fmt: skip
    return "".join(given.get(name, least[name]).rstrip() + "\n" for name in loader.SECTIONS)


@pytest.fixture(scope="session")
def shipped() -> RuleSet:
    """The rule set that ships."""
    return loader.load(SHIPPED.read_bytes(), SHIPPED.name)


@pytest.fixture(scope="session")
def small() -> RuleSet:
    """The small rule set of rulesets/small.yaml."""
    return loader.load(small_text().encode(), SMALL.name)


@pytest.fixture(scope="session")
def ruleset() -> Callable[[str], RuleSet]:
    """Make a rule set from a few sections, as `ruleset_text` completes them."""
    return lambda text: loader.load(ruleset_text(text).encode(), "test.yaml")
