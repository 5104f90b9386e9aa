"""What a rule file may not say, with the place and the check of each problem."""

from itertools import pairwise

import pytest
from conftest import SHIPPED, ruleset_text, small_text
from hypothesis import given, settings
from hypothesis import strategies as st

from tpcheck import loader, wording
from tpcheck.errors import DataError, ExitCode
from tpcheck.model import AllOf, Answered, AnswerIs, AnyOf, AtLeast, Item, NoneOf, RuleMet, RuleSet

HERE = "¦"  # stands in the changed text where the problem has to be


def edited(old: str, new: str) -> tuple[str, tuple[int, int]]:
    """The small rule set with `old` made `new`, and the line and column of the mark in it."""
    text = small_text()
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in small.yaml"
    before, _, after = text.replace(old, new).partition(HERE)
    return before + after, (before.count("\n") + 1, len(before) - before.rfind("\n"))


def problems(text: str) -> list[tuple[int, int, str]]:
    """Line, column and check of every problem in a rule file."""
    _, found = loader.read(text.encode(), "test.yaml")
    return [(p.where.line, p.where.column, p.check) for p in found]


# --- what is read -----------------------------------------------------------------------------


def item(ruleset: RuleSet, link_id: str) -> Item:
    """The item with this id."""
    return next(i for i in ruleset.questionnaire.items if i.link_id == link_id)


def test_small_rule_set_is_read_whole(small: RuleSet) -> None:
    assert [d.urgency for d in small.dispositions] == [0, 1, 2]
    assert small.disposition("today").when_calling == ("Say what you answered here.",)
    assert [s.section_id for s in small.questionnaire.sections] == [
        "first", "who", "where", "spots", "last",
    ]  # fmt: skip
    assert [r.rule_id for r in small.rules] == ["heavy", "fainting", "leg", "strong"]
    assert small.pointers[0].points_to == ("leg", "blood")
    assert small.patterns.main == {"arm": "pain", "leg": "pain"}
    assert small.patterns.areas[1].rows[0].own is False
    assert small.patterns.kinds[0].rows[1].softened is True
    assert small.topics[0].paragraphs == ("A sore spot.", "It can spread.")
    assert small.texts["answer.yes"] == "Yes"
    assert set(small.lists) == {*wording.ASKING_LISTS, *wording.RESULT_LISTS}
    assert not small.is_approved


def test_screens_hold_what_is_asked(small: RuleSet) -> None:
    group, age, *_ = small.questionnaire.screens

    assert group.is_group
    assert not group.each
    assert group.none_text == small.texts["ask.none"]
    assert group.some_text == small.texts["ask.some"]
    assert group.items[0].why == group.why  # an item without its own takes the group's
    assert (age.screen_id, age.text, age.is_group) == ("age", "How old are you?", False)
    assert small.questionnaire.sections[3].until == "today"


def test_items_have_finite_answers(small: RuleSet) -> None:
    crushed, pain, bad = (item(small, name) for name in ("crushed", "pain", "bad"))

    assert [(o.code, o.text) for o in crushed.options] == [
        ("yes", "Yes"), ("no", "No"), ("not_sure", "I am not sure"),
    ]  # fmt: skip
    assert crushed.usual == ("no",)
    assert pain.codes == ("arm_upper", "arm_lower", "leg_upper", "leg_lower", "none")
    assert [o.exclusive for o in pain.options] == [False] * 4 + [True]
    assert (pain.at_most, pain.body_map) == (2, True)
    assert bad.codes == (*map(str, range(11)), "not_sure")
    assert bad.option("0").text == "0 (no pain)"
    assert bad.option("5").text == "5"
    assert bad.ordered
    assert item(small, "mood").private


def test_criteria_are_read_as_trees(small: RuleSet) -> None:
    when = {r.rule_id: [level.when for level in r.levels] for r in small.rules}

    assert when["fainting"][0] == AllOf((AnswerIs("faint", ("yes",)), RuleMet("heavy")))
    assert when["leg"][0] == AllOf(
        (AnswerIs("swollen", ("yes",)), NoneOf((AnswerIs("injury", ("yes",)),)))
    )
    assert when["strong"] == [
        AtLeast(
            2,
            (
                AnswerIs("bad", ("8", "9", "10")),  # a range, written out
                AnswerIs("age", ("middle", "old")),
                AnswerIs("mood", ("low",)),
            ),
        )
    ]
    assert item(small, "familiar").ask_when == Answered("spread")
    assert isinstance(item(small, "swollen").ask_when, AnyOf)


def test_action_stands_at_its_level_only(small: RuleSet) -> None:
    fainting = small.rules[1]

    assert [level.action for level in fainting.levels] == ["Lie down and call for help now.", ""]


def test_places_are_kept(small: RuleSet) -> None:
    text = small_text().splitlines()

    where = item(small, "swollen").where
    assert text[where.line - 1][where.column - 1 :] == "sign: swollen"
    level = small.rules[0].levels[0].where
    assert text[level.line - 1][level.column - 1 :] == 'now: {crushed: "yes"}'


# --- what is refused --------------------------------------------------------------------------

WHOLE_FILE = [
    ("  id: small\n", "  id: small\n  ¦colour: red\n", "unknown-field", "'colour' is not a field"),
    (
        "  title: A small",
        "  ¦titel: A small",
        "unknown-field missing-field",
        "did you mean 'title'?",
    ),
    (
        "\nclinic:\n  name: The",
        "\n¦clinics:\n  name: The",
        "unknown-field missing-field",
        "'clinic'?",
    ),
    # shapes
    (
        "title: A small rule set",
        "title: ¦[A, small]",
        "wrong-type",
        "a text is wanted here, not a list",
    ),
    ("title: A small rule set", "title: ¦{a: b}", "wrong-type", "not a map"),
    ("- {name: Town, phone: 01632 960 001}", "- ¦Town", "wrong-type", "a branch (a map)"),
    ("when_calling: [Say what you answered here.]", "when_calling: ¦Say", "wrong-type", "a list"),
    (
        "when_calling: [Say what you answered here.]",
        "when_calling: ¦[]",
        "short-list",
        "at least 1",
    ),
    ("title: A small rule set", 'title: ¦"  "', "empty-text", "this text is empty"),
    ("title: A small rule set", "title:¦", "empty-value", "has no value"),
    # about, clinic
    ("  id: small\n", "  id: ¦Small\n", "bad-id", "'Small' cannot stand here"),
    ("version: 2026-01-31", "version: ¦1.10", "date", "a date"),
    ("version: 2026-01-31", "version: ¦2026-02-30", "date", "not a day of the calendar"),
    ("status: draft", "status: ¦aproved", "unknown-word", "did you mean 'approved'?"),
    ("phone: 01632 960 001", "phone: ¦phone us", "phone", "a phone number"),
    # dispositions
    ("exit_code: 13", "exit_code: ¦64", "number", "from 0 to 63"),
    ("exit_code: 13", "exit_code: ¦-1", "number", "a whole number"),
    ("exit_code: 13", "exit_code: ¦013", "number", "a whole number"),
    ("exit_code: 13", "exit_code: ¦13.0", "number", "a whole number"),
    ("exit_code: 13", "exit_code: ¦\N{FULLWIDTH DIGIT ONE}3", "number", "a whole number"),
    ("exit_code: 13", f"exit_code: ¦{'9' * 5000}", "number", "a whole number"),
    ("emergency: yes", "emergency: ¦true", "unknown-word", "it can be: yes, no"),
    ("if_unsure: today", "if_unsure: ¦todya", "unknown-disposition", "did you mean 'today'?"),
    ("    if_unsure: today", "    ¦if_unsur: today", "unknown-field missing-field", "'if_unsure'?"),
]

QUESTIONS = [
    # ids: one namespace for items, groups and sections
    ("section: last", "section: ¦danger", "duplicate-id", "the name of a group, on line "),
    ("section: last", "section: ¦who", "duplicate-id", "already the name of a section"),
    ("section: last", "section: ¦injury", "duplicate-id", "already the name of an item"),
    (
        "fact: injury\n",
        "fact: injury\n        ¦floor: now\n",
        "unknown-field",
        "'floor' is not a field",
    ),
    ("section: last", "section: ¦Last", "bad-id", "'Last'"),  # differs by case only
    ("section: last", "section: ¦last\N{SUPERSCRIPT TWO}", "bad-id", "cannot stand here"),  # NFKC
    ("section: last", "section: ¦l\N{CYRILLIC SMALL LETTER A}st", "bad-id", "a to z"),
    ("section: last", 'section: ¦" last"', "bad-id", "' last'"),
    ("section: last", f"section: ¦{'a' * 61}", "bad-id", "at most 60"),
    ("section: last", "section: ¦2last", "bad-id", "a letter first"),
    # screens
    ("- scale: bad", "- ¦scales: bad", "form unknown-item", "exactly one of: group, sign, fact"),
    ("- scale: bad", "- ¦scale: bad\n        fact: hurt", "form unknown-item", "exactly one of"),
    ("    until: today\n", "    until: ¦tody\n", "unknown-disposition", "did you mean 'today'?"),
    ("        hint: Read both lines.", "        ¦until_now: x", "unknown-field", "'until_now'"),
    # items
    ("        text: How old are you?\n", "", "missing-field", "needs 'text'"),
    (
        "        floor: today\n",
        "        floor: ¦same_day\n",
        "unknown-disposition",
        "it can be: clinic, today, now",
    ),
    ("        floor: today\n", "", "missing-field", "needs 'floor'"),
    ("usual: young", "usual: ¦yuong", "unknown-option", "its options are: young, middle, old"),
    ("usual: young", "usual: ¦[young, old]", "wrong-answer", "one answer only"),
    (
        "usual: [arm_upper]",
        "usual: ¦[arm_upper, none]",
        "wrong-answer",
        "stands alone stands with another",
    ),
    (
        "usual: [arm_upper]",
        "usual: ¦[arm_upper, arm_lower, leg_upper]",
        "wrong-answer",
        "at most 2",
    ),
    ("usual: [arm_upper]", "usual: ¦[arm_upper, arm_upper]", "wrong-answer", "twice"),
    ("usual: [arm_upper]", "usual: ¦[]", "wrong-answer", "empty"),
    ("usual: [arm_upper]", "usual: ¦{arm_upper: yes}", "wrong-type", "the code of an option"),
    ("usual: [arm_upper]", "usual: [¦[arm_upper]]", "unknown-option", "its options are"),
    ("        usual: well\n", "", "missing-field", "needs 'usual'"),
    # options
    (
        "          - young: Under 40\n",
        "          - ¦young: Under 40\n            x: y\n",
        "one-key",
        "exactly one key",
    ),
    ("          - young: Under 40", "          - ¦young", "wrong-type", "an option (a map)"),
    ("          - middle: 40 to 64", "          - ¦Middle: 40 to 64", "bad-code", "'Middle'"),
    ("- middle: 40 to 64", "- middle: Under 40", "repeated-option", "the text 'Under 40'"),
    (
        "          - well: Well\n          - low: Low\n",
        "          - low: Well\n          - low: Low\n",
        "repeated-option",
        "the code 'low'",
    ),
    (
        "          - nowhere: Nowhere\n        usual",
        "          - nowhere: Nowhere\n        ¦exclusiv: x\n        usual",
        "unknown-field",
        "did you mean 'exclusive'?",
    ),
    # scales
    ("        to: 10\n", "        to: ¦11\n", "number", "from 1 to 10"),
    (
        "words: {0: no pain, 10: the worst}",
        "words: {0: no pain, ¦12: worst}",
        "unknown-option",
        "'12' is not an option",
    ),
    ("        unsure: I cannot say\n", "", "missing-field", "needs 'unsure'"),
    # when they are asked
    (
        "ask_when: {answered: spread}",
        "ask_when: {¦none: [{injury: yes}]}",
        "ask-when-form",
        "'none' cannot stand here",
    ),
    (
        "ask_when: {answered: spread}",
        "ask_when: {¦rule: heavy}",
        "ask-when-form",
        "'rule' cannot stand here",
    ),
    (
        "ask_when: {answered: spread}",
        "ask_when: {all: [{¦any: [{injury: yes}]}]}",
        "ask-when-form",
        "one all or any",
    ),
    (
        "ask_when: {answered: spread}",
        "ask_when: {¦bad: '4'}",
        "ask-when-later",
        "'bad' is not answered yet",
    ),
    (
        "ask_when: {answered: spread}",
        "ask_when: {answered: ¦bad}",
        "ask-when-later",
        "an earlier screen",
    ),
    (
        "ask_when: {answered: spread}",
        "ask_when: {¦familiar: yes}",
        "ask-when-later",
        "'familiar'",
    ),  # itself
    (
        "            short: Faint\n",
        "            ask_when: {¦crushed: yes}\n",
        "ask-when-later",
        "'crushed'",
    ),  # same screen
    (
        "ask_when: {answered: spread}",
        "ask_when: {answered: ¦spraed}",
        "unknown-item",
        "did you mean 'spread'?",
    ),
    (
        "ask_when: {answered: spread}",
        "ask_when: {¦danger: yes}",
        "unknown-item",
        "'danger' is a group",
    ),
]

CRITERION = "when: {mood: low}\n    support: yes"
CRITERIA = [
    ("{¦mod: low}", "unknown-item", "did you mean 'mood'?"),
    ("{mood: ¦lo}", "unknown-option", "did you mean 'low'?"),
    ("{mood: ¦[]}", "short-list", "at least 1"),
    ("{mood: ¦[low, low]}", "repeated-option", "twice"),
    ("{mood: [¦[low]]}", "wrong-type", "the code of an option"),
    ("{mood: ¦{from: well, to: low}}", "range", "not 'ordered: yes'"),
    ("{bad: ¦{from: '8', to: '2'}}", "range", "put the lower option under 'from'"),
    ("{bad: {from: ¦'11', to: '2'}}", "unknown-option", "'11' is not an option of 'bad'"),
    ("{bad: ¦{from: '8'}}", "missing-field", "needs 'to'"),
    ("¦{}", "one-key", "has exactly one key; this has 0"),
    ("¦{mood: low, bad: '4'}", "one-key", "this has 2"),
    ("¦mood", "wrong-type", "a criterion (a map)"),
    ("{all: ¦{mood: low}}", "wrong-type", "a list is wanted"),
    ("{any: ¦[]}", "short-list", "at least 1"),
    ("{rule: ¦hevy}", "unknown-rule", "did you mean 'heavy'?"),
    ("{rule: ¦blood}", "unknown-rule", "'blood' is a precaution"),
    ("{rule: ¦leg_again}", "unknown-rule", "'leg_again' is a pointer"),
    ("{answered: ¦moo}", "unknown-item", "did you mean 'mood'?"),
    ("{at_least: {count: ¦3, of: [{mood: low}, {bad: '4'}]}}", "number", "from 1 to 2"),
    ("{at_least: {count: ¦0, of: [{mood: low}, {bad: '4'}]}}", "number", "from 1 to 2"),
    ("{at_least: {count: 1, of: ¦[{mood: low}]}}", "short-list", "at least 2"),
    ("{at_least: ¦{count: 1}}", "missing-field", "needs 'of'"),
]

RULES = [
    ("  - id: leg_again\n", "  - id: ¦leg\n", "duplicate-id", "already the name of a rule"),
    ("  - id: injured\n", "  - id: ¦strong\n", "duplicate-id", "the name of a rule, on line"),
    (
        'now: {crushed: "yes"}\n    tell',
        '¦soon: {crushed: "yes"}\n    tell',
        "unknown-disposition",
        "it can be: clinic",
    ),
    (
        '    levels:\n      now: {crushed: "yes"}\n',
        "    levels: ¦{}\n",
        "short-list",
        "at least one level",
    ),
    (
        'clinic: {swollen: "yes"}',
        '¦now: {swollen: "yes"}',
        "level-order",
        "the most urgent level first",
    ),
    ("tell: [blood]", "tell: [¦blod]", "unknown-precaution", "did you mean 'blood'?"),
    ("tell: [blood]", "tell: [¦leg]", "unknown-precaution", "'leg' is a rule"),
    ("action: {now: Lie", "action: {¦clinic: Lie", "unknown-level", "no level 'clinic'"),
    ("verified: part", "verified: ¦partly", "unknown-word", "did you mean 'part'?"),
    ("points_to: [leg, blood]", "points_to: [¦log, blood]", "unknown-rule", "did you mean 'leg'?"),
    (
        '    kind: at_least\n    when: {crushed: "yes"}\n    disposition: now\n',
        '    kind: at_least\n    when: {crushed: "yes"}\n',
        "missing-field",
        "'disposition'",
    ),
    ("    kind: never\n", "    kind: ¦nevr\n", "unknown-word", "did you mean 'never'?"),
    (
        "    disposition: now\n",
        "    disposition: ¦nwo\n",
        "unknown-disposition",
        "did you mean 'now'?",
    ),
]

PATTERNS = [
    ("main_item: main", "main_item: ¦mian", "unknown-item", "did you mean 'main'?"),
    ("sore: [sore]\n", "sore: [¦injury]\n", "no-places", "name an item with options"),
    (
        "main: {arm: pain, leg: pain}",
        "main: {arm: pain, ¦legs: pain}",
        "unknown-option",
        "did you mean 'leg'?",
    ),
    (
        "main: {arm: pain, leg: pain}",
        "main: {arm: pain, leg: ¦pian}",
        "unknown-item",
        "did you mean 'pain'?",
    ),
    ("sore: [sore]\n", "sore: [¦soar]\n", "unknown-item", "did you mean 'sore'?"),
    (
        "zones: [arm_upper, arm_lower]",
        "zones: [¦arm_uper, arm_lower]",
        "unknown-zone",
        "'arm_upper'?",
    ),
    (
        "zones: [arm_upper, arm_lower]",
        "zones: [¦none, arm_lower]",
        "unknown-zone",
        "no zone 'none'",
    ),
    ("second: [leg]", "second: [¦legs]", "unknown-area", "did you mean 'leg'?"),
    ("if_off: arm", "if_off: ¦arms", "unknown-area", "did you mean 'arm'?"),
    (
        "pain_in: [[leg_upper, leg_lower]]",
        "pain_in: [[leg_upper, ¦leg]]",
        "unknown-zone",
        "it can be: arm_upper",
    ),
    ("pain_in: [[leg_upper, leg_lower]]", "pain_in: [¦leg_upper]", "wrong-type", "a list"),
    ("    soft_text: It may spread.\n", "", "missing-field", "add the 'soft_text'"),
    ("    zones: [leg_lower]\n", "", "note-never", "'zones' or a 'when'"),
    (
        "    when: {mood: low}\n    support",
        "    zones: [leg_lower]\n    support",
        "note-never",
        "add a 'when'",
    ),
    (
        "    zones: [leg_lower]\n",
        "    zones: [¦leg_lowr]\n",
        "unknown-zone",
        "did you mean 'leg_lower'?",
    ),
]


@pytest.mark.parametrize(
    ("old", "new", "check", "words"),
    [*WHOLE_FILE, *QUESTIONS, *RULES, *PATTERNS]
    + [
        (CRITERION, f"when: {new}\n    support: yes", check, words)
        for new, check, words in CRITERIA
    ],
)
def test_one_wrong_thing_is_one_problem(old: str, new: str, check: str, words: str) -> None:
    text, (line, column) = edited(old, new)

    ruleset, found = loader.read(text.encode(), "test.yaml")

    assert ruleset is None
    assert sorted(p.check for p in found) == sorted(check.split())
    marked = next(p for p in found if p.check == check.split(maxsplit=1)[0])
    assert words in marked.message
    if HERE in new:
        assert (marked.where.path, marked.where.line, marked.where.column) == (
            "test.yaml", line, column,
        )  # fmt: skip


# --- what needs a rule set of its own ---------------------------------------------------------

SIGN = "{sign: %s, text: Is it so?, floor: today}"
RULE = """
  - id: %s
    text: It has to be seen.
    levels: %s
    source: Own judgement, 2026
    verified: decision
"""


def signs(*rules: tuple[str, str]) -> str:
    """A section `warning_signs` from ids and levels."""
    return "warning_signs:" + "".join(RULE % rule for rule in rules)


def asked(*screens: str, section: str = "") -> str:
    """A section `questions` with one section, and fields of it."""
    lines = "".join(f"      - {screen}\n" for screen in screens)
    return f"questions:\n  - section: all\n    title: All\n{section}    screens:\n{lines}"


def found_in(text: str) -> list[tuple[str, str]]:
    """Each problem in a rule file of a few sections: the check, and the marked words it is at."""
    whole = ruleset_text(text)
    lines = whole.splitlines()
    _, found = loader.read(whole.encode(), "test.yaml")
    for p in found:
        assert p.where.line, p
    return [(p.check, lines[p.where.line - 1][p.where.column - 1 :]) for p in found]


FACT = "{fact: x, text: Is it so?}"
MANY = "{many: x, text: Which?, usual: none, exclusive: [{none: None}], options: [%s]}"
ONE = "{one: x, text: Which?, usual: a0, options: [%s]}"
GROUP = "{group: g, text: Which?, why: To know., items: [%s]}"


def options(count: int) -> str:
    """That many options."""
    return ", ".join(f"{{a{n}: Option {n}}}" for n in range(count))


def facts(count: int) -> str:
    """That many facts for a group."""
    return ", ".join(f"{{fact: f{n}, text: Fact {n}}}" for n in range(count))


@pytest.mark.parametrize(
    ("screen", "check"),
    [
        (ONE % options(1), "short-list"),
        (ONE % options(2), ""),
        (ONE % options(10), ""),  # keys 1 to 9 and 0
        (ONE % options(11), "option-count"),
        (MANY % options(9), ""),  # the exclusive option has the tenth key
        (MANY % options(10), "option-count"),
        (GROUP % facts(1), "group-size"),
        (GROUP % facts(2), ""),
        (GROUP % facts(5), ""),
        (GROUP % facts(6), "group-size"),
        (GROUP % f"{facts(1)}, {ONE % options(2)}", "group-item"),
        ("{fact: none, text: Is it so?}", "reserved-id"),
        ("{fact: at_least, text: Is it so?}", "reserved-id"),
        ("{fact: x, text: Is it so?, usual: yes}", ""),
        ("{fact: x, text: Is it so?, usual: maybe}", "unknown-option"),
        ("{scale: x, text: How?, from: 1, to: 3, unsure: Unsure, usual: 2}", ""),
        ("{scale: x, text: How?, from: 1, to: 1, unsure: Unsure, usual: 1}", "number"),
        ((ONE % options(2)).replace("usual", "exclusive: [], usual"), "unknown-field"),
        ((ONE % options(2)).replace("one", "many"), "missing-field"),
        ("{sign: s2, text: Is it so?, floor: now}", "missing-reword"),
        (
            "{fact: x, text: Is it so?, reword: Sure?}",
            "unknown-field",
        ),  # only signs are asked again
    ],
)
def test_screens_have_limits(screen: str, check: str) -> None:
    reading = "{any: [{s: 'yes'}, {s2: 'yes'}]}" if "s2" in screen else "{s: 'yes'}"
    text = asked(SIGN % "s", screen) + signs(("r", f"{{today: {reading}}}"))

    assert [c for c, _ in found_in(text)] == ([check] if check else [])


def test_rules_in_a_circle_are_refused() -> None:
    text = asked(SIGN % "s") + signs(
        ("a", "{today: {any: [{s: 'yes'}, {rule: b}]}}"),
        ("b", "{today: {rule: c}}"),
        ("c", "{today: {rule: a}}"),
        ("d", "{today: {rule: d}}"),
        ("e", "{today: {rule: a}}"),  # leads into a circle and is in none
    )

    _, found = loader.read(ruleset_text(text).encode(), "test.yaml")

    assert {p.check for p in found} == {"rule-cycle"}
    circles = {p.message.split(": ")[1].split(";")[0] for p in found}
    assert "'d' names 'd'" in circles
    assert len(circles) == 2


def test_rules_that_name_rules_without_end_are_refused() -> None:
    deep = signs(("r0", "{today: {s: 'yes'}}"), *(
        (f"r{n}", f"{{today: {{rule: r{n - 1}}}}}") for n in range(1, 12)
    ))  # fmt: skip
    wide = signs(("r0", "{today: {s: 'yes'}}"), *(
        (f"r{n}", f"{{today: {{any: [{', '.join([f'{{rule: r{n - 1}}}'] * 9)}]}}}}")
        for n in range(1, 7)
    ))  # fmt: skip

    assert found_in(asked(SIGN % "s") + deep) == [("too-many-tests", "id: r8")]
    assert found_in(asked(SIGN % "s") + wide) == [("too-many-tests", "id: r5")]


@pytest.mark.parametrize(
    ("when", "at"),
    [
        ("{all: [{s: 'yes'}, {none: [{s: 'no'}]}]}", "s: 'no'}"),
        ("{any: [{s: 'yes'}, {none: [{all: [{f: 'no'}, {answered: s}]}]}]}", "s}"),
        ("{any: [{s: 'yes'}, {none: [{none: [{s: 'yes'}]}]}]}", "s: 'yes'}]}]}"),
        ("{any: [{s: 'yes'}, {none: [{rule: other}]}]}", "other}]}]}"),  # through a rule
        ("{any: [{s: 'yes'}, {none: [{f: 'yes'}]}]}", ""),  # a fact may stand there
    ],
)
def test_a_sign_under_none_is_refused(when: str, at: str) -> None:
    text = asked(SIGN % "s", "{fact: f, text: Is it so?}") + signs(
        ("other", "{today: {s: 'yes'}}"), ("r", f"{{today: {when}}}")
    )

    found = found_in(text)

    assert [check for check, _ in found] == (["sign-under-none"] if at else [])
    assert all(words.startswith(at) for _, words in found)


def test_a_sign_that_no_rule_reads_is_refused() -> None:
    text = asked(SIGN % "s", SIGN % "t") + signs(("r", "{today: {s: 'yes'}}"))

    assert found_in(text) == [("unread-sign", SIGN % "t")]


UNTIL = "    until: %s\n"


@pytest.mark.parametrize(
    ("screens", "section", "levels", "hidden"),
    [
        # a sign may be skipped where the advice is as urgent as it could make it
        (["{sign: s, text: S, floor: today}"], UNTIL % "today", "{today: {s: 'yes'}}", ""),
        (["{sign: s, text: S, floor: today}"], UNTIL % "today", "{now: {s: 'yes'}}", "s"),
        (["{sign: s, text: S, floor: today, until: today}"], "", "{now: {s: 'yes'}}", "s"),
        (["{sign: s, text: S, floor: today}"], "", "{now: {s: 'yes'}}", ""),
        # the most urgent level counts, and a rule that names the rule
        (
            ["{sign: s, text: S, floor: today}"],
            UNTIL % "clinic",
            "{today: {all: [{s: 'yes'}, {s: 'no'}]}, clinic: {s: 'yes'}}",
            "s",
        ),
        # so does a fact that decides whether the sign is asked, also through another item
        (
            [
                "{fact: f, text: F, until: today}",
                "{sign: s, text: S, floor: now, reword: S?, ask_when: {f: 'yes'}}",
            ],
            "",
            "{now: {s: 'yes'}}",
            "f",
        ),
        (
            [
                "{fact: f, text: F, until: today}",
                "{fact: g, text: G, ask_when: {f: 'yes'}}",
                "{sign: s, text: S, floor: now, reword: S?, ask_when: {g: 'yes'}}",
            ],
            "",
            "{now: {s: 'yes'}}",
            "f",
        ),
        (
            [
                "{fact: f, text: F, until: today}",
                "{group: g, text: G, why: G, ask_when: {f: 'yes'}, items: [{fact: h, text: H},"
                " {sign: s, text: S, floor: now, reword: S?}]}",
            ],
            "",
            "{now: {s: 'yes'}}",
            "f",
        ),
        # a fact that a rule reads beside a sign
        (
            ["{sign: s, text: S, floor: today}", "{fact: f, text: F, until: today}"],
            "",
            "{now: {all: [{s: 'yes'}, {f: 'yes'}]}, today: {s: 'yes'}}",
            "f",
        ),
    ],
)
def test_an_until_must_not_hide_what_is_more_urgent(
    screens: list[str], section: str, levels: str, hidden: str
) -> None:
    found = found_in(asked(*screens, section=section) + signs(("r", levels)))

    assert [check for check, _ in found] == (["until-hides"] if hidden else [])
    assert all(f": {hidden}," in words for _, words in found)


def test_questions_that_end_too_early_hide_what_is_more_urgent() -> None:
    text = small_text().replace(
        "ends_questions: no\n    emergency: no\n    safety_net: no",
        "ends_questions: yes\n    emergency: no\n    safety_net: no",
    )

    assert {check for _, _, check in problems(text)} == {"until-hides"}


def test_a_section_condition_counts_for_what_it_reads() -> None:
    text = (
        asked("{fact: f, text: F, until: today}")
        + "  - section: more\n    title: More\n    ask_when: {f: 'yes'}\n    screens:\n"
        + "      - {sign: s, text: S, floor: now, reword: S?}\n"
        + signs(("r", "{now: {s: 'yes'}}"))
    )

    assert [check for check, _ in found_in(text)] == ["until-hides"]


@pytest.mark.parametrize(
    ("old", "new", "check"),
    [
        # `now` would leave a not sure with less than `today` does.
        ("if_unsure: today", "if_unsure: clinic", None),
        ("exit_code: 11\n    if_unsure: clinic", "exit_code: 11\n    if_unsure: today", None),
        (
            "exit_code: 11\n    if_unsure: clinic",
            "exit_code: 11\n    if_unsure: now",
            "unsure-rises",
        ),
    ],
)
def test_a_not_sure_follows_the_order_of_urgency(old: str, new: str, check: str | None) -> None:
    found = [slug for _, _, slug in problems(small_text().replace(old, new))]

    assert ([check] if check else []) == [slug for slug in found if slug == "unsure-rises"]


def test_a_not_sure_never_falls_as_urgency_rises() -> None:
    text = small_text().replace(
        "exit_code: 11\n    if_unsure: clinic", "exit_code: 11\n    if_unsure: today"
    )

    found = problems(
        text.replace("exit_code: 13\n    if_unsure: today", "exit_code: 13\n    if_unsure: clinic")
    )

    assert [slug for _, _, slug in found] == ["unsure-falls"]


# --- sections and words -----------------------------------------------------------------------


def test_every_section_has_to_be_there_and_in_order() -> None:
    text = ruleset_text(asked(SIGN % "s") + signs(("r", "{today: {s: 'yes'}}")))
    assert problems(text) == []
    lines = text.splitlines(keepends=True)
    starts = [n for n, line in enumerate(lines) if line[0].isalpha()] + [len(lines)]
    parts = ["".join(lines[a:b]) for a, b in pairwise(starts)]

    for n, name in enumerate(loader.SECTIONS):
        without = "".join(parts[:n] + parts[n + 1 :])
        _, found = loader.read(without.encode(), "test.yaml")
        assert f"a rule file needs '{name}'; add it" in [p.message for p in found]
    for n in range(len(parts) - 1):
        swapped = [*parts[:n], parts[n + 1], parts[n], *parts[n + 2 :]]
        line = "".join(swapped[: n + 1]).count("\n") + 1
        assert problems("".join(swapped)) == [(line, 1, "section-order")]


def test_texts_are_those_that_the_program_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    text = small_text()
    key, holds = next((k, p) for k, p in wording.ASKING_TEXTS.items() if p)
    name = key.split(".")[1]
    placeholder = f"{{{holds[0]}}}"
    words = f"'{key} {' '.join(f'{{{p}}}' for p in holds)}'"
    line = next(n for n, at in enumerate(text.splitlines(), 1) if at == f"    {name}: {words}")
    value = len(f"    {name}: ") + 1
    rest = f"    {name}: {words}\n"
    start = text.splitlines().index("screens:") + 2

    def with_words(new: str) -> list[tuple[int, int, str]]:
        return problems(text.replace(rest, f"    {name}: {new}\n"))

    assert with_words(words.replace(placeholder, "")) == [(line, value, "placeholder")]
    assert with_words(words.replace(placeholder, placeholder.upper())) == [
        (line, value, "placeholder")
    ]
    assert with_words(words.replace(placeholder, placeholder + " {other}")) == [
        (line, value, "placeholder")
    ]
    assert with_words(words.replace(placeholder, placeholder + " }")) == [
        (line, value, "placeholder")
    ]
    assert with_words("[a, b]") == [(line, value, "wrong-type")]
    assert problems(text.replace(rest, "")) == [(start, 3, "missing-text")]
    assert problems(text.replace(rest, rest + "    extra: x\n")) == [(line + 1, 5, "unknown-text")]
    assert problems(text.replace("\nscreens:\n", "\nscreens:\n  extra: x\n")) == [
        (start, 3, "unknown-text")
    ]


# --- the whole --------------------------------------------------------------------------------


def test_all_problems_come_at_once_in_the_order_of_the_file() -> None:
    text = small_text()
    for old, new in [
        ("title: A small rule set", "title: []"),
        ("exit_code: 13", "exit_code: x"),
        ("{rule: heavy}", "{rule: hevy}"),
        ("second: [leg]", "second: [lge]"),
        ("    disposition: now\n", "    disposition: now\n    disposition: now\n"),
    ]:
        text = text.replace(old, new)

    _, found = loader.read(text.encode(), "rules.yaml")

    assert [p.check for p in found] == [
        "wrong-type", "number", "unknown-rule", "unknown-area", "duplicate-key",
    ]  # fmt: skip
    assert [p.where for p in found] == sorted(
        (p.where for p in found), key=lambda w: (w.line, w.column)
    )
    with pytest.raises(loader.RuleSetError) as stopped:
        loader.load(text.encode(), "rules.yaml")
    assert stopped.value.problems == found
    assert str(stopped.value).splitlines() == [str(p) for p in found]
    assert isinstance(stopped.value, DataError)
    assert stopped.value.exit_code is ExitCode.DATA


def test_too_many_problems_end_the_list() -> None:
    text = small_text() + "".join(f"extra{n}: x\n" for n in range(500))

    _, found = loader.read(text.encode(), "test.yaml")

    assert len(found) == 51
    assert found[-1].check == "too-many-problems"


@pytest.mark.parametrize(
    ("data", "check"),
    [
        (b"", "empty-file"),
        (b"[]", "wrong-type"),
        (b"rules", "wrong-type"),
        (b"\xff", "not-utf8"),
        (b"about: &a x", "anchor"),
    ],
)
def test_what_is_no_rule_file_is_refused(data: bytes, check: str) -> None:
    ruleset, found = loader.read(data, "test.yaml")

    assert ruleset is None
    assert check in [p.check for p in found]


def test_text_of_the_file_is_short_and_plain_in_messages() -> None:
    text, _ = edited("status: draft", 'status: "\\e[2J' + "x" * 200 + '"')

    _, found = loader.read(text.encode(), "test.yaml")

    assert all("\x1b" not in p.message and len(p.message) < 200 for p in found)


# --- approval and fingerprint -----------------------------------------------------------------

APPROVED = """  status: approved
  approval: {by: A Clinician, registration: "12345", on: 2026-02-01, of: %s}
"""


def test_fingerprint_is_of_the_content_and_not_of_its_form(small: RuleSet) -> None:
    text = small_text()
    same = [
        text.replace("title: A small rule set", 'title: "A small rule set"  # quoted'),
        text.replace("- {name: Town, phone: 01632 960 001}",
                     "- name: Town\n      phone: 01632 960 001"),
        text.replace("\n\n", "\n\n\n"),
    ]  # fmt: skip
    other = [
        text.replace("title: A small rule set", "title: A small rule  set"),
        text.replace("Faint means nearly", "Faint means  nearly"),
        text.replace("exit_code: 11", "exit_code: 12"),
        text.replace("zones: [leg_lower]\n", "zones: [leg_lower, leg_upper]\n"),
        text.replace("  - {name: Town", "  - {name: Other", 1),
        text.replace("    name: Arm\n    ", "    ", 1),
    ]

    def fingerprint(text: str) -> str:
        ruleset, _ = loader.read(text.encode(), "other-name.yaml")
        return ruleset.fingerprint if ruleset else ""

    assert len(small.fingerprint) == 64
    assert {fingerprint(text) for text in same} == {small.fingerprint}
    assert small.fingerprint not in {fingerprint(text) for text in other}


def test_an_approval_holds_for_exactly_the_content_it_names() -> None:
    text = small_text().replace("  status: draft\n", APPROVED % ("0" * 64))
    fingerprint = loader.load(text.encode(), "test.yaml").fingerprint

    approved = loader.load(text.replace("0" * 64, fingerprint).encode(), "test.yaml")
    edited_after = text.replace("0" * 64, fingerprint).replace("A small rule set", "A rule set")

    assert approved.fingerprint == fingerprint
    assert approved.is_approved
    assert not loader.load(edited_after.encode(), "test.yaml").is_approved


@pytest.mark.parametrize(
    ("about", "check"),
    [
        ("  status: approved\n", "approved-by-nobody"),
        (APPROVED % "abc", "fingerprint"),
        ((APPROVED % ("0" * 64)).replace('registration: "12345", ', ""), "missing-field"),
        ((APPROVED % ("0" * 64)).replace("2026-02-01", "2026-02-31"), "date"),
    ],
)
def test_an_approval_says_by_whom_and_of_what(about: str, check: str) -> None:
    found = problems(small_text().replace("  status: draft\n", about))

    assert [c for _, _, c in found] == [check]


# --- anything at all --------------------------------------------------------------------------

WORDS = sorted(set(small_text().replace(":", " : ").split()))


@settings(max_examples=60)
@given(st.one_of(st.text(), st.lists(st.sampled_from([*WORDS, "\n", "  "])).map(" ".join)))
def test_read_never_raises_on_any_text(text: str) -> None:
    ruleset, found = loader.read(text.encode("utf-8", "surrogatepass"), "test.yaml")

    assert (ruleset is None) == bool(found)


@settings(max_examples=80)
@given(st.data())
def test_read_never_raises_on_a_changed_rule_set(data: st.DataObject) -> None:
    lines = small_text().splitlines()
    for _ in range(data.draw(st.integers(1, 3))):
        n = data.draw(st.integers(0, len(lines) - 1))
        words = lines[n].split(" ")
        words[data.draw(st.integers(0, len(words) - 1))] = data.draw(
            st.sampled_from(["", "x", "x:", "[]", "{}", "- x", "yes", "'", *WORDS])
        )
        lines[n] = data.draw(st.sampled_from([" ".join(words), "", lines[n] + "\n" + lines[n]]))

    ruleset, found = loader.read("\n".join(lines).encode(), "test.yaml")

    assert (ruleset is None) == bool(found)


def test_shipped_rule_set_is_read(shipped: RuleSet) -> None:
    assert SHIPPED.name == "questions.yaml"
    assert shipped.rules
