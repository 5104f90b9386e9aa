"""The exported questionnaire in a public form renderer: it asks what tpcheck asks, and only that.

Two things that a Questionnaire cannot say are taken out of the rules first: that questions stop
once the advice is urgent, and that they end at the most urgent.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
from browser import Browser, find_chromium
from forms import form
from renderer import Renderer
from strategies import Sampler

from tpcheck.engine import Engine
from tpcheck.exchange import questionnaire, reading, response
from tpcheck.exchange.canonical import codings
from tpcheck.model import Answers, RuleSet

CASES = 12


def to_the_end(ruleset: RuleSet) -> RuleSet:
    """The same questions, asked to the end whatever is answered."""
    sections = tuple(
        replace(
            section,
            until="",
            screens=tuple(replace(screen, until="") for screen in section.screens),
        )
        for section in ruleset.questionnaire.sections
    )
    return replace(
        ruleset,
        questionnaire=replace(ruleset.questionnaire, sections=sections),
        dispositions=tuple(replace(d, ends_questions=False) for d in ruleset.dispositions),
    )


def told(engine: Engine, answers: Answers) -> dict[str, tuple[str, ...]]:
    """What a response says of the answers: those that count and are not private."""
    kept = engine.path(answers).answers
    return {link_id: a for link_id, a in kept.items() if not engine.items[link_id].private}


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("npm")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(find_chromium(), tmp_path_factory.mktemp("browser")) as browser:
        yield browser


def test_it_shows_and_hides_the_same_questions(
    shipped: RuleSet, browser: Browser, cache: Path
) -> None:
    engine = Engine(to_the_end(shipped))
    renderer = Renderer(browser, questionnaire.as_resource(shipped), cache)
    sampler = Sampler(engine, seed=5)
    # Every third stops on the way, and so shows questions that have no answer yet.
    cases = [
        told(engine, sampler.partial(answers) if number % 3 == 0 else answers)
        for number, answers in enumerate(islice(sampler.complete(), CASES))
    ]

    for answers in cases:
        given = response.as_resource(engine, engine.assess(answers), authored="2026-01-02")
        shown = renderer.show(given)
        asked = list(engine.path(answers).items)
        assert [link_id for link_id in shown if link_id in engine.items] == asked
    assert renderer.noise == []
    assert len({len(engine.path(answers).items) for answers in cases}) > CASES // 2


def test_a_form_that_was_clicked_through_is_read_back(browser: Browser, cache: Path) -> None:
    ruleset = form()
    engine = Engine(to_the_end(ruleset))
    renderer = Renderer(browser, questionnaire.as_resource(ruleset), cache)
    chosen = {
        "breath": ("no",),
        "faint": ("no",),
        "age": ("old",),
        "place": ("arm", "leg"),
        "side": ("l",),
        "pain": ("10",),
        "numb": ("not_sure",),
        "hot": ("yes",),
        "work": ("no",),
        "coping": ("well",),
    }

    renderer.show()
    for number, (link_id, answer) in enumerate(chosen.items()):
        shown = [one for one in renderer.drawn() if one in engine.items]
        assert shown == list(engine.path(dict(islice(chosen.items(), number))).items)
        for code in answer:
            renderer.click(link_id, codings(ruleset.about, engine.items[link_id])[code])
    handed_in = renderer.hand_in()
    read, problems = reading.read(questionnaire.render(handed_in).encode(), "in.json", engine)

    assert renderer.noise == []
    assert problems == ()
    assert read is not None
    assert dict(read.answers) == chosen
