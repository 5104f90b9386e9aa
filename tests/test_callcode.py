"""The call code: what it holds, how long it is, and every mistake of a listener that it notices."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from itertools import islice, pairwise, product
from pathlib import Path as FilePath
from random import Random

import pytest
from build import alone, choice, group, is_, rule, ruleset, scale, yes_no
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import Sampler, some_answer, some_ruleset

from tpcheck import callcode, cases
from tpcheck.asking import Finished
from tpcheck.callcode import INCOMPLETE, MISHEARD, OTHER_VERSION, CodeError, decode, encode
from tpcheck.cli import patient
from tpcheck.engine import Engine, Path
from tpcheck.generated import generate
from tpcheck.model import NO, NOT_SURE, YES, Answer, Item, ItemType, Questionnaire, RuleSet

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CASES = sorted((FilePath(__file__).parent / "cases").glob("*.yaml"))


class Quick(Engine):
    """Walks a path with the generated function, which other tests hold equal to the engine's."""

    def __init__(self, ruleset: RuleSet) -> None:
        super().__init__(ruleset)
        self._assess = generate(self)
        self._screens = {screen.screen_id: screen for screen in ruleset.questionnaire.screens}

    def path(
        self,
        answers: Mapping[str, Answer],
        fill: Callable[[Item], Answer | None] = lambda item: None,
    ) -> Path:
        asked: dict[str, Answer | None] = {}

        class Ask(dict[str, Answer]):
            def get(_, link_id: str) -> Answer | None:  # type: ignore[override]  # noqa: N805
                asked[link_id] = answers.get(link_id) or fill(self.items[link_id])
                return asked[link_id]

        self._assess.asked(Ask())
        screens = dict.fromkeys(self.screen_of[link_id].screen_id for link_id in asked)
        return Path(
            screens=tuple(self._screens[screen] for screen in screens),
            items=tuple(asked),
            answers={link_id: answer for link_id, answer in asked.items() if answer},
            # Unless the questions have ended; here every question is answered, or private.
            missing=tuple(link_id for link_id, answer in asked.items() if not answer),
            off_path=(),
            urgency=0,
            ended=False,
        )


@pytest.fixture(scope="module")
def engine(shipped: RuleSet) -> Engine:
    return Engine(shipped)


@pytest.fixture(scope="module")
def quick(shipped: RuleSet) -> Quick:
    return Quick(shipped)


def told(engine: Engine, answers: Mapping[str, Answer]) -> dict[str, Answer]:
    """The answers without private ones."""
    return {k: answer for k, answer in answers.items() if not engine.items[k].private}


def _said(engine: Engine, code: str) -> str:
    """What is said of a code; nothing of one that is taken."""
    try:
        decode(engine, code)
    except CodeError as error:
        return str(error)
    return ""


def bare(code: str) -> str:
    return code.replace("-", "")


# --- answers there and back -------------------------------------------------------------------


def test_twenty_thousand_answer_sets_come_back(quick: Quick) -> None:
    longest = _longest(quick)
    sets = [longest, *islice(Sampler(quick, 2611).complete(), 20_000)]
    unseen = {(i.link_id, code) for i in quick.items.values() for code in i.codes}

    for answers in sets:
        assert decode(quick, encode(quick, answers)) == told(quick, answers)
        unseen -= {(link_id, code) for link_id, answer in answers.items() for code in answer}

    assert unseen == set()
    assert max(map(len, sets)) == len(longest)


def _longest(engine: Engine) -> dict[str, Answer]:
    """Answers to as many questions as can be: each the one that brings the most questions."""
    answers: dict[str, Answer] = {}
    for _ in range(2):
        for item in engine.items.values():
            ways = [*((code,) for code in item.codes), tuple(item.codes[: item.at_most or 1])]
            answers[item.link_id] = max(
                [answers.get(item.link_id, item.usual), *ways],
                key=lambda way: len(engine.fill_usual({**answers, item.link_id: way})),
            )
    return dict(engine.path(answers, lambda item: item.usual).answers)


def test_the_engine_itself_reads_the_same_codes(engine: Engine, quick: Quick) -> None:
    for answers in islice(Sampler(engine, 7).complete(), 500):
        code = encode(engine, answers)

        assert code == encode(quick, answers)
        assert decode(engine, code) == told(engine, answers)


@settings(max_examples=25)
@given(st.data())
def test_any_rule_set_and_any_answers(data: st.DataObject) -> None:
    engine = Engine(data.draw(some_ruleset()))
    answers = engine.path({}, lambda item: data.draw(some_answer(item))).answers

    assert decode(engine, encode(engine, answers)) == answers


def test_what_ends_the_questions_may_leave_rows_open() -> None:
    sign, other = yes_no("sign"), yes_no("other")
    last = yes_no("last")
    engine = Engine(
        ruleset(group("both", sign, other), alone(last), rules=[rule("bad", call=is_("sign", YES))])
    )

    assert decode(engine, encode(engine, {"sign": (YES,)})) == {"sign": (YES,)}
    with pytest.raises(CodeError, match="not complete"):
        encode(engine, {"sign": (NO,), "other": (NO,)})


def test_answers_that_stand_in_another_order_have_the_same_code(engine: Engine) -> None:
    answers = engine.fill_usual({"more_places": ("few",), "other_places": ("head", "arm")})
    turned = {**dict(reversed(answers.items())), "other_places": ("arm", "head")}

    assert encode(engine, turned) == encode(engine, answers)


# --- how long it is ---------------------------------------------------------------------------


def test_every_routine_case_fits_in_24_characters(engine: Engine) -> None:
    lengths: list[int] = []
    for path in CASES:
        for case in cases.read(path.read_bytes(), path.name, engine)[0]:
            answers = engine.fill_usual(case.answers) if case.usual else case.answers
            found = engine.assess(answers)
            if found.complete and found.disposition == "contact_clinic":
                code = encode(engine, answers)
                assert decode(engine, code) == told(engine, found.answers)
                lengths.append(len(bare(code)))

    assert len(lengths) > 200
    assert max(lengths) <= 24


def test_only_usual_answers_make_the_shortest_code(engine: Engine) -> None:
    code = encode(engine, engine.fill_usual({}))

    assert [len(part) for part in code.split("-")] == [4, 4]


def test_an_unusual_answer_costs_little(engine: Engine) -> None:
    answers = engine.fill_usual(
        {"age_band": ("a50_59",), "main_place": ("neck",), "pain_now": ("7",), "cancer": (YES,)}
    )

    assert len(bare(encode(engine, answers))) <= 16


# --- mistakes ---------------------------------------------------------------------------------


def test_every_wrong_character_and_every_swap_is_noticed(engine: Engine, quick: Quick) -> None:
    codes = [bare(encode(quick, a)) for a in islice(Sampler(quick, 99).complete(), 1_000)]

    for code in codes:
        wrong = (*_one_character_wrong(code), *_neighbours_swapped(code))
        assert {_said(engine, text) for text in wrong} == {MISHEARD}


def _one_character_wrong(code: str) -> Iterator[str]:
    for at, right in enumerate(code):
        for character in ALPHABET:
            if character != right:
                yield code[:at] + character + code[at + 1 :]


def _neighbours_swapped(code: str) -> Iterator[str]:
    for at, (one, other) in enumerate(pairwise(code)):
        if one != other:
            yield code[:at] + other + one + code[at + 2 :]


def test_a_character_more_or_less_is_noticed(engine: Engine) -> None:
    code = bare(encode(engine, engine.fill_usual({"main_place": ("neck",)})))

    for at in range(len(code)):
        for wrong in (code[:at] + code[at + 1 :], code[:at] + "0" + code[at:]):
            with pytest.raises(CodeError, match="misheard"):
                decode(engine, wrong)


def test_a_code_of_other_rules_says_so(engine: Engine, shipped: RuleSet) -> None:
    other = Engine(replace(shipped, fingerprint="0123456789abcdef"))
    code = encode(other, other.fill_usual({}))

    assert _said(engine, code) == OTHER_VERSION


@pytest.mark.parametrize("seed", range(3))
def test_what_was_made_of_no_answers_says_so(engine: Engine, seed: int) -> None:
    version = bare(encode(engine, engine.fill_usual({})))[:4]
    body = version + "".join(Random(seed).choices(ALPHABET, k=18))
    said = [_said(engine, body + "".join(end)) for end in product(ALPHABET, repeat=2)]

    # One ending in 1,024 fits.
    assert sorted(said) == sorted([INCOMPLETE, *[MISHEARD] * 1023])


def test_a_code_that_says_the_usual_in_another_way_is_refused(engine: Engine) -> None:
    code = bare(encode(engine, engine.fill_usual({})))
    longer = code[:4] + "0000" + code[4:6]

    said = {_said(engine, longer + "".join(end)) for end in product(ALPHABET, repeat=2)}

    assert said == {MISHEARD, INCOMPLETE}


def test_how_a_code_is_typed_does_not_matter(engine: Engine) -> None:
    sets = islice(Sampler(engine, 3).complete(), 200)
    code = next(c for c in (encode(engine, a) for a in sets) if "0" in c and "1" in c)
    answers = decode(engine, code)

    for typed in (
        code.lower(),
        bare(code),
        code.replace("-", " "),
        code.replace("-", " \u2013 "),
        code.replace("0", "O").replace("1", "I"),
        code.replace("0", "o").replace("1", "l"),
        f"  {code}\n",
    ):
        assert decode(engine, typed) == answers


@pytest.mark.parametrize(
    "text",
    [
        "",
        "----",
        "U",  # no code has it
        "0000-000U",
        "0000-0000",
        "\u0661\u0662\u0663\u0664",  # digits of another script
        "stra\u00dfe00",  # grows in capitals
        "\x1b[31m",
        "0" * 4_000,
        "Z" * 1_000_000,
    ],
)
def test_no_text_breaks_it(engine: Engine, text: str) -> None:
    said = _said(engine, text)

    assert said
    assert len(text) < 5 or text not in said


@given(st.one_of(st.text(), st.text(ALPHABET + "ilo- ", max_size=80)))
def test_any_text_is_a_code_or_a_code_error(small: RuleSet, text: str) -> None:
    with suppress(CodeError):
        decode(Engine(small), text)


@given(st.text(ALPHABET, min_size=2, max_size=70))
def test_any_number_is_a_set_of_answers_or_a_code_error(small: RuleSet, digits: str) -> None:
    # As if a program had made it: the version and the check are right.
    engine = Engine(small)
    body = (*callcode._version(engine), *map(ALPHABET.index, digits))
    code = "".join(ALPHABET[value] for value in (*body, *callcode._check(body)))
    try:
        answers = decode(engine, code)
    except CodeError:
        return
    assert bare(encode(engine, answers)) == code


# --- private answers --------------------------------------------------------------------------


def test_a_private_answer_is_in_no_code_and_has_to_be_asked(engine: Engine) -> None:
    private = [item for item in engine.items.values() if item.private]
    answers = engine.fill_usual({})
    assert private

    for item in private:
        codes = {encode(engine, {**answers, item.link_id: (code,)}) for code in item.codes}
        decoded = decode(engine, codes.pop())

        assert codes == set()
        assert engine.path(decoded).missing == (item.link_id,)
        # Nothing is made up: there is no result until it is asked.
        assert engine.assess(decoded).disposition == ""


def _private_rules() -> Engine:
    """Something private in the middle, that brings a question and can end others."""
    return Engine(
        ruleset(
            alone(yes_no("first", ItemType.FACT)),
            alone(choice("secret", ["fine", "low", "danger"], private=True)),
            alone(yes_no("more", ItemType.FACT), ask_when=is_("secret", "low")),
            alone(yes_no("last", ItemType.FACT), until="today"),
            rules=[rule("care", today=is_("secret", "danger"))],
        )
    )


def test_what_is_only_asked_because_of_a_private_answer_is_left_out() -> None:
    engine = _private_rules()
    answers = {"first": (YES,), "secret": ("low",), "more": (NOT_SURE,), "last": (NO,)}

    assert decode(engine, encode(engine, answers)) == {"first": (YES,), "last": (NO,)}


def test_there_is_no_code_where_a_private_answer_ended_questions() -> None:
    engine = _private_rules()
    answers = {"first": (YES,), "secret": ("danger",)}
    assert engine.assess(answers).complete

    with pytest.raises(CodeError):
        encode(engine, answers)


def test_the_order_of_the_questions_is_part_of_the_version(shipped: RuleSet) -> None:
    first, *others = shipped.questionnaire.sections
    turned = replace(shipped, questionnaire=Questionnaire((*others, first)), fingerprint="f" * 64)

    assert _said(Engine(turned), encode(Engine(shipped), Engine(shipped).fill_usual({}))) == (
        OTHER_VERSION
    )


# --- at the end of a patient's run ------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "disposition", "offered"),
    [
        ({}, "contact_clinic", True),
        ({"how_started": ("accident",), "how_long": ("over_3_months",)}, "see_gp", True),
        # Where the clinic is not named, nobody is led to phone it.
        ({"fever": (YES,)}, "same_day", False),
        ({"how_started": ("accident",)}, "go_to_ae", False),
        ({"chest_now": (YES,)}, "call_999", False),
        # What was told in private leads here, and the code does not say so.
        ({"coping": ("low",)}, "see_gp", True),
    ],
)
def test_a_patient_is_offered_the_code(
    engine: Engine,
    capsys: pytest.CaptureFixture[str],
    answers: dict[str, Answer],
    disposition: str,
    offered: bool,
) -> None:
    answers = engine.fill_usual(answers)
    assessment = engine.assess(answers)
    assert assessment.disposition == disposition

    patient._show(engine, Finished(assessment, answers), plain=True, colour=False, explain=False)

    said = capsys.readouterr().out
    code = encode(engine, answers)
    assert (engine.ruleset.texts["code.text"] in " ".join(said.split())) == offered
    assert (code in said.splitlines()) == offered


def test_a_long_code_is_shown_in_lines_that_fit_the_narrowest_screen(
    engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = next(
        answers
        for answers in Sampler(engine, 5).complete()
        if engine.assess(answers).disposition == "see_gp" and len(encode(engine, answers)) > 40
    )

    finished = Finished(engine.assess(answers), answers)
    patient._show(engine, finished, plain=True, colour=False, explain=False)

    lines = capsys.readouterr().out.splitlines()
    text = engine.ruleset.texts["code.text"].split()[-1]
    start = next(n for n, line in enumerate(lines) if line.endswith(text)) + 1
    shown = lines[start : lines.index("", start)]
    assert max(map(len, shown)) <= 20
    assert decode(engine, " ".join(shown)) == told(engine, answers)


# --- the field of the check -------------------------------------------------------------------


def test_products_are_those_of_the_field_of_32() -> None:
    powers = [1]
    while len(powers) < 31:
        doubled = powers[-1] << 1
        powers.append(doubled ^ 0b100101 if doubled & 32 else doubled)
    place = {power: at for at, power in enumerate(powers)}

    assert sorted(place) == list(range(1, 32))  # 2 makes every element but 0
    for a, b in product(range(32), repeat=2):
        expected = powers[(place[a] + place[b]) % 31] if a and b else 0
        assert callcode._times(a, b) == expected


# --- the same from one release to the next ----------------------------------------------------

#: Every kind of question, alone and in a group, and answers far from what is usual.
PINNED = replace(
    ruleset(
        group("now", *map(yes_no, "abc")),
        alone(yes_no("alone")),
        alone(yes_no("fact", ItemType.FACT)),
        alone(choice("one", "uvwxyz")),
        alone(choice("two", "uvwxyz", alone=["none"], type=ItemType.MANY, at_most=2)),
        alone(choice("many", "uvwxyz", alone=["none", "other"], type=ItemType.MANY)),
        alone(scale("bad")),
        alone(choice("wide", "abcdefghijkl", alone=["none"], type=ItemType.MANY)),
    ),
    fingerprint="1b2c3d4e5f" + "0" * 54,
)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({}, "3CP3-00NE"),
        ({"a": YES}, "3CP3-0040-0ZNR"),
        ({"alone": YES}, "3CP3-0080-00GR"),
        ({"fact": NOT_SURE}, "3CP3-008C-CD0X"),
        ({"one": "u"}, "3CP3-000M-MMTD"),
        ({"two": "v y"}, "3CP3-005C-VK8F"),
        ({"many": "u"}, "3CP3-0072-1CD9"),
        ({"many": "u w z"}, "3CP3-00DZ-B8GR"),
        ({"many": "u v w x y z"}, "3CP3-00EZ-YQ2W"),
        ({"many": "none", "bad": "7"}, "3CP3-0AJ0-ASGT"),
        ({"wide": "a b c d e f g"}, "3CP3-01P1-1FF1"),
        (
            {
                "a": NOT_SURE,
                "b": YES,
                "alone": NOT_SURE,
                "fact": YES,
                "one": "y",
                "two": "w z",
                "many": "v x",
                "bad": "10",
            },
            "3CP3-000Y-K7MF-4ETC-GZQ9",
        ),
    ],
)
def test_a_code_is_read_by_every_release(given: dict[str, str], code: str) -> None:
    engine = Engine(PINNED)
    answers = engine.fill_usual({item: tuple(codes.split()) for item, codes in given.items()})

    assert encode(engine, answers) == code
    assert decode(engine, code) == answers


def _made(body: str) -> str:
    """A code with the right version and the right check, as if a program had made it."""
    values = (*callcode._version(Engine(PINNED)), *map(ALPHABET.index, body))
    return "".join(ALPHABET[value] for value in (*values, *callcode._check(values)))


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (_made("00"), ""),
        (_made("0"), MISHEARD),  # no full groups
        (_made("000"), MISHEARD),
        (_made("")[:4], MISHEARD),
        (_made("0" * 3_994), INCOMPLETE),
        (_made("0" * 3_998), MISHEARD),
        ("U", "a code has only digits and letters, and no U; ask for it once more, group by group"),
    ],
)
def test_what_is_said_of_a_code(code: str, said: str) -> None:
    assert _said(Engine(PINNED), code) == said


def test_there_is_no_code_of_half_the_answers() -> None:
    with pytest.raises(CodeError) as caught:
        encode(Engine(PINNED), {"alone": (NO,)})

    assert str(caught.value) == "these answers are not complete, so there is no code for them"
