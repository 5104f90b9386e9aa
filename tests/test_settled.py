"""What open questions can still do to the advice, held against every completion."""

from collections.abc import Iterator
from random import Random

from build import alone, choice, group, is_, rule, ruleset, yes_no
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import Sampler, answers_to, some_answers, some_ruleset

from tpcheck.engine import Engine
from tpcheck.model import NO, YES, Answer, RuleSet
from tpcheck.settled import outlook, settled


def deciding(engine: Engine, answers: dict[str, Answer]) -> list[str]:
    found = outlook(engine, answers).deciding
    return [link_id for link_id in engine.items if link_id in found]


def completions(engine: Engine, answers: dict[str, Answer]) -> Iterator[str]:
    """The advice of every way to go on from `answers`, which stay as they are."""
    path = engine.path(answers)
    if not path.missing:
        yield engine.assess(answers).disposition
        return
    item = engine.items[path.missing[0]]
    for answer in answers_to(item, Random(0), most=4):
        yield from completions(engine, {**answers, item.link_id: answer})


@settings(max_examples=200)
@given(st.data())
def test_settled_advice_is_that_of_every_completion(data: st.DataObject) -> None:
    engine = Engine(data.draw(some_ruleset()))
    answers = data.draw(some_answers(engine))
    found = settled(engine, answers)
    if found is None:
        return
    # Answers that are off the path for now may come on it, and then they count as given.
    for number, came in enumerate(completions(engine, answers)):
        assert came == found.code
        if number > 300:
            break
    assert engine.assess(answers, as_is=True).disposition == found.code


def test_settled_advice_is_that_of_sampled_completions_of_what_ships(shipped: RuleSet) -> None:
    engine = Engine(shipped)
    sampler = Sampler(engine, 4)
    claims = 0
    for answers, _ in zip(sampler.complete(), range(250), strict=False):
        late = [*answers][-8:]
        for share in (0.4, 0.8):
            dropped = {link_id for link_id in late if sampler.random.random() < share}
            partial = {link_id: a for link_id, a in answers.items() if link_id not in dropped}
            found = settled(engine, partial)
            if found is None:
                continue
            claims += bool(engine.path(partial).missing)
            assert engine.assess(answers).disposition == found.code
            assert engine.assess(partial, as_is=True).disposition == found.code
            for _ in range(3):
                fill = {**sampler.raw(), **partial}
                other = engine.assess(partial, lambda item, fill=fill: fill[item.link_id])  # type: ignore[misc]
                assert other.disposition == found.code
    assert claims >= 30


def test_complete_answers_are_settled(shipped: RuleSet) -> None:
    engine = Engine(shipped)
    for answers, _ in zip(Sampler(engine, 5).complete(), range(60), strict=False):
        found = settled(engine, answers)
        assert found is not None
        assert found.code == engine.assess(answers).disposition
        assert deciding(engine, answers) == []


# --- what it is good for ----------------------------------------------------------------------

ENGINE = Engine(
    ruleset(
        group("now", yes_no("a"), yes_no("b")),
        alone(choice("kind", ["p", "q"])),
        alone(choice("more", ["x", "y"], ask_when=is_("kind", "q"))),
        alone(choice("other", ["p", "q"])),
        rules=[
            rule("r_a", call=is_("a", YES), soon=is_("b", YES)),
            rule("r_more", today=is_("more", "x")),
            rule("r_other", soon=is_("other", "q")),
        ],
    )
)
QUIET: dict[str, Answer] = {"a": (NO,), "b": (NO,)}


def test_what_can_still_change_the_advice_is_named_with_what_leads_to_it() -> None:
    assert deciding(ENGINE, QUIET) == ["kind", "more", "other"]
    assert settled(ENGINE, QUIET) is None
    # What raises it to no more than it is, does not count.
    assert deciding(ENGINE, {**QUIET, "b": (YES,)}) == ["kind", "more"]
    assert deciding(ENGINE, {**QUIET, "kind": ("q",), "more": ("x",)}) == []
    found = settled(ENGINE, {**QUIET, "b": (YES,), "kind": ("p",)})
    assert found is not None
    assert found.code == "soon"


def test_what_may_still_be_asked_is_known() -> None:
    assert outlook(ENGINE, QUIET).open == {"kind", "more", "other"}
    assert outlook(ENGINE, {**QUIET, "kind": ("p",)}).open == {"other"}


def test_an_emergency_settles_everything() -> None:
    found = settled(ENGINE, {"a": (YES,)})
    assert found is not None
    assert found.code == "call"


def test_all_items_that_decide_are_enough(shipped: RuleSet) -> None:
    """Who answers only what can change the advice, comes to settled advice."""
    engine = Engine(shipped)
    sampler = Sampler(engine, 6)
    for raw in (sampler.raw() for _ in range(25)):
        answers: dict[str, Answer] = {}
        while (found := settled(engine, answers)) is None:
            missing = engine.path(answers).missing
            link_id = next(i for i in missing if i in outlook(engine, answers).deciding)
            answers[link_id] = raw[link_id]
        full = engine.assess({}, lambda item, raw=raw: raw[item.link_id])  # type: ignore[misc]
        assert engine.urgency[full.disposition] <= found.urgency
