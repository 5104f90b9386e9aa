"""What a change of the rules does: every move is found, none is made up, each has an example."""

import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import SHIPPED, small_text

from tpcheck import cases, loader
from tpcheck.cases import Expectation
from tpcheck.cli import app, rulesets
from tpcheck.engine import Engine
from tpcheck.errors import DataError, ExitCode
from tpcheck.model import Answer, Answers, Item, ItemType, RuleSet
from tpcheck.rulework import impact
from tpcheck.rulework.edits import How
from tpcheck.rulework.impact import AnswerSet, Direction, Impact, Shift, Uncompared
from tpcheck.rulework.witness import case_text

LESS, MORE = Direction.LESS, Direction.MORE

Edits = list[tuple[str, str]]

#: Changes of the small rule set: what is replaced in its text.
WEAKENED: Edits = [('now: {crushed: "yes"}', 'today: {crushed: "yes"}')]
ADDED: Edits = [
    (
        "  - id: leg_again",
        "  - id: injury\n    text: It has to be seen.\n    levels: {today: {injury: yes}}\n"
        "    source: A publisher, 2026\n    verified: copy\n  - id: leg_again",
    )
]
THRESHOLD: Edits = [("from: 8, to: 10", "from: 9, to: 10")]
LIMIT: Edits = [("    title: Last\n", "    title: Last\n    until: today\n")]
SIGN_REMOVED: Edits = [
    (
        "          - sign: faint\n            text: You feel faint\n            short: Faint\n"
        "            reword: Could you fall over?\n            floor: now\n"
        "            if_asked: Faint means nearly passing out.\n",
        "          - sign: ill\n            text: You feel ill\n"
        "            reword: Could you be ill?\n            floor: now\n",
    ),
    ('{faint: "yes"}', '{ill: "yes"}'),
]
OPTION: Edits = [
    ("          - old: 65 or over", "          - old: 65 to 79\n          - oldest: 80 or over"),
]
CONDITION: Edits = [("{pain: [leg_upper, leg_lower]}, {inj", "{pain: [leg_lower]}, {inj")]
REWORDED: Edits = [
    ("text: You feel faint", "text: You are faint"),
    ("- old: 65 or over", "- old: 65 and over"),
    ("text: Strong pain has", "text: A strong pain has"),
    ("action: {now: Lie down and", "action: {now: Lie flat and"),
    ("version: 2026-01-31", "version: 2026-02-28"),
    ("name: Town", "name: City"),
]
UNSURE: Edits = [("    if_unsure: today", "    if_unsure: clinic")]

CHANGES = {
    "weakened": WEAKENED,
    "added": ADDED,
    "threshold": THRESHOLD,
    "limit": LIMIT,
    "sign removed": SIGN_REMOVED,
    "option": OPTION,
    "condition": CONDITION,
    "reworded": REWORDED,
    "unsure": UNSURE,
}


def changed(text: str, edits: Edits) -> str:
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new)
    return text


def engine(edits: Edits = (), text: str = "") -> Engine:  # type: ignore[assignment]
    return Engine(loader.load(changed(text or small_text(), edits).encode(), "rules.yaml"))


def small_impact(edits: Edits) -> Impact:
    return impact.compare(engine(), engine(edits))


def moves(shifts: tuple[Shift, ...]) -> list[tuple[str, str, str, str]]:
    return [(s.direction.name, s.rule_id, s.before, s.after) for s in shifts]


@pytest.fixture(scope="module")
def old() -> Engine:
    return engine()


# --- results and rules ------------------------------------------------------------------------


def test_equal_rule_sets_have_no_impact(old: Engine) -> None:
    assert impact.compare(old, engine()) == Impact((), (), (), ())


def test_the_shipped_rule_set_has_no_impact_on_itself(shipped: RuleSet) -> None:
    assert impact.compare(Engine(shipped), Engine(shipped)) == Impact((), (), (), ())


@pytest.mark.parametrize(
    ("name", "results", "rules"),
    [
        (
            "weakened",
            [("LESS", "", "now", "today"), ("LESS", "", "today", "clinic")],
            # "fainting" is "now" where "heavy" is met at any level, so it does not move.
            [("LESS", "heavy", "now", "today")],
        ),
        (
            "added",
            [("MORE", "", "clinic", "today")],
            [("MORE", "injury", "", "today")],
        ),
        # 8 with one of age and mood no longer counts.
        (
            "threshold",
            [("LESS", "", "today", "clinic")],
            [("LESS", "strong", "today", "")],
        ),
        # Skipped only once the result is "today", which is all that the section can lead to.
        ("limit", [], [("LESS", "strong", "today", "")]),
        # The new sign is another item: it can be yes where the old one is no, and the other way.
        # At "now" the rule needs another one that is "now" too, so that no result moves there.
        (
            "sign removed",
            [("LESS", "", "today", "clinic"), ("MORE", "", "clinic", "today")],
            [("LESS", "fainting", "now", ""), ("MORE", "fainting", "", "now")],
        ),
        # The range of the criterion now has the new option too, but nobody can give it to both.
        ("option", [], []),
        ("condition", [("LESS", "", "today", "clinic")], [("LESS", "leg", "today", "")]),
        ("reworded", [], []),
        (
            "unsure",
            [("LESS", "", "today", "clinic")],
            [("LESS", "heavy", "today", "clinic"), ("LESS", "fainting", "today", "clinic")],
        ),
    ],
)
def test_what_can_move(
    name: str, results: list[tuple[str, ...]], rules: list[tuple[str, ...]]
) -> None:
    found = small_impact(CHANGES[name])

    assert moves(found.results) == results
    assert moves(found.rules) == rules


def test_an_example_has_as_few_unusual_answers_as_can_be() -> None:
    (result,) = small_impact(THRESHOLD).results

    assert len(result.example.told) == 2
    assert result.example.told["bad"] == ("8",)


def test_only_a_rule_that_says_otherwise_moves_and_not_one_that_is_asked_about_more() -> None:
    # Without the emergency the questions go on, and every later rule can count.
    found = small_impact(WEAKENED)

    assert {shift.rule_id for shift in found.rules} == {"heavy"}


def test_a_rule_whose_own_limit_falls_away_moves() -> None:
    # The mood is asked only now that "today" is not reached, and the rule reads it too.
    both: Edits = [
        *LIMIT,
        ('today: {faint: "yes"}', 'today: {faint: "yes"}\n      clinic: {mood: low}'),
    ]
    lower: Edits = [*both, ('      today: {faint: "yes"}\n', "")]

    found = impact.compare(engine(both), engine(lower))

    assert moves(found.rules) == [("LESS", "fainting", "today", "")]
    assert moves(impact.compare(engine(lower), engine(both)).rules) == [
        ("MORE", "fainting", "", "today")
    ]


def test_other_dispositions_are_refused(old: Engine) -> None:
    renamed = [("  - id: today", "  - id: soon"), ("today", "soon")]

    with pytest.raises(DataError, match=r"dispositions differ \(clinic, today, now; clinic, soon"):
        impact.compare(old, engine(renamed))


@pytest.mark.parametrize(
    ("edits", "uncompared"),
    [
        (OPTION, Uncompared("age", (), ("oldest",), apart=False)),
        # A whole item is answered otherwise.
        (
            [
                ("          - well: Well\n          - low: Low\n", "          - fine: Fine\n"),
                ("          - not_sure: I would", "          - mute: I would"),
                ("usual: well", "usual: fine"),
                ("mood: low", "mood: fine"),
            ],
            Uncompared("mood", ("well", "low", "not_sure"), ("fine", "mute"), apart=True),
        ),
        # The options are the same, and two of them no longer go together.
        ([("at_most: 2", "at_most: 1")], Uncompared("pain", (), (), apart=False)),
    ],
)
def test_answers_that_only_one_takes_are_told(edits: Edits, uncompared: Uncompared) -> None:
    found = small_impact(edits)

    assert found.uncompared == (uncompared,)


# --- against the engine -----------------------------------------------------------------------


def _random(item: Item, dice: random.Random) -> Answer:
    """Most often the usual answer, else one or two others."""
    if dice.random() < 0.5:
        return item.usual
    first = dice.choice(item.codes)
    options = [code for code in item.codes if not item.option(code).exclusive]
    if item.type is ItemType.MANY and first in options and dice.random() < 0.5:
        second = dice.choice(options)
        return tuple(code for code in item.codes if code in (first, second))
    return (first,)


def _answer_sets(one: Engine, other: Engine) -> Iterator[Answers]:
    dice = random.Random(7)
    items = {**one.items, **other.items}
    for _ in range(300):
        yield {link_id: _random(item, dice) for link_id, item in items.items()}


@pytest.mark.parametrize("name", CHANGES)
def test_no_answer_set_moves_otherwise_than_was_found(name: str, old: Engine) -> None:
    new = engine(CHANGES[name])
    found = impact.compare(old, new)
    seen: set[tuple[Direction, str]] = set()
    rules: set[tuple[Direction, str]] = set()
    for answers in _answer_sets(old, new):
        if name == "option" and answers["age"] == ("oldest",):
            continue  # not an answer to both
        before, after = old.assess(answers), new.assess(answers)
        if before.disposition != after.disposition:
            is_less = old.urgency[before.disposition] > old.urgency[after.disposition]
            higher = before if is_less else after
            seen.add((LESS if is_less else MORE, higher.disposition))
        if set(before.answers) == set(after.answers):
            advice = [{f.rule_id: f.disposition for f in a.findings} for a in (before, after)]
            for rule in {**advice[0], **advice[1]}:
                was, is_ = (old.urgency.get(told.get(rule, ""), -1) for told in advice)
                if was != is_:
                    rules.add((LESS if was > is_ else MORE, rule))

    claimed = {(s.direction, s.before if s.direction is LESS else s.after) for s in found.results}
    assert seen <= claimed
    assert rules <= {(shift.direction, shift.rule_id) for shift in found.rules}


@pytest.mark.parametrize("name", CHANGES)
def test_each_example_shows_what_it_is_for(name: str, old: Engine) -> None:
    new = engine(CHANGES[name])
    found = impact.compare(old, new)

    for shift in (*found.results, *found.rules):
        before, after = (
            e.assess(e.fill_usual({i: a for i, a in shift.example.told.items() if i in e.items}))
            for e in (old, new)
        )
        assert (before, after) == (shift.example.before, shift.example.after)
        assert before.complete
        assert after.complete
        higher, lower = (before, after) if shift.direction is LESS else (after, before)
        if shift.rule_id:
            counts = [
                next(
                    (old.urgency[f.disposition] for f in a.findings if f.rule_id == shift.rule_id),
                    -1,
                )
                for a in (higher, lower)
            ]
        else:
            counts = [old.urgency[a.disposition] for a in (higher, lower)]
        assert counts[0] > counts[1]


# --- what is written differently --------------------------------------------------------------


def written(edits: Edits) -> dict[str, tuple[How, list[str]]]:
    found = small_impact(edits).edits
    return {f"{e.kind} {e.name}".strip(): (e.how, [d.aspect for d in e.differences]) for e in found}


@pytest.mark.parametrize(
    ("edits", "told"),
    [
        (
            REWORDED,
            {
                "item faint": (How.REWORDED, ["text"]),
                "item age": (How.REWORDED, ["option_texts"]),
                "rule fainting": (How.REWORDED, ["actions"]),
                "rule strong": (How.REWORDED, ["text"]),
                "about": (How.REWORDED, ["version"]),
                "clinic": (How.REWORDED, ["branches"]),
            },
        ),
        (WEAKENED, {"rule heavy": (How.CHANGED, ["levels"])}),
        (ADDED, {"rule injury": (How.ADDED, [])}),
        (
            SIGN_REMOVED,
            {
                "item faint": (How.REMOVED, []),
                "item ill": (How.ADDED, []),
                "rule fainting": (How.CHANGED, ["levels"]),
            },
        ),
        (OPTION, {"item age": (How.CHANGED, ["options", "option_texts"])}),
        (CONDITION, {"item swollen": (How.CHANGED, ["ask_when"])}),
        (
            LIMIT,
            {"item bad": (How.CHANGED, ["until"]), "item mood": (How.CHANGED, ["until"])},
        ),
        (UNSURE, {"disposition now": (How.CHANGED, ["if_unsure"])}),
        ([("floor: today", "floor: clinic")], {"item swollen": (How.CHANGED, ["floor"])}),
        (
            [('    when: {injury: "yes"}', "    when: {injury: not_sure}")],
            {"precaution injured": (How.CHANGED, ["when"])},
        ),
        (
            [("leg_upper, leg_lower]]", "leg_lower]]")],
            {"condition leg_pain": (How.CHANGED, ["pain_in"])},
        ),
        ([("second: [leg]", "own: yes")], {"area arm": (How.CHANGED, ["rows"])}),
        ([("softened: yes", "softened: no")], {"kind active": (How.CHANGED, ["rows"])}),
        (
            [("zones: [leg_lower]\n", "zones: [leg_upper]\n")],
            {"note muscle": (How.CHANGED, ["zones"])},
        ),
        ([("It can spread.", "It may spread.")], {"topic what": (How.REWORDED, ["paragraphs"])}),
        # The reason of a group is that of its items.
        (
            [("why: They need", "why: You need")],
            {
                "item crushed": (How.REWORDED, ["why"]),
                "item faint": (How.REWORDED, ["why"]),
                "group danger": (How.REWORDED, ["why"]),
            },
        ),
        ([("spread: [spread]", "spread: []")], {"patterns": (How.CHANGED, ["spread_items"])}),
        (
            [("not_sure: 'I am not sure'", "not_sure: 'Not sure'")],
            {"text answer.not_sure": (How.REWORDED, ["text"])},
        ),
    ],
)
def test_what_is_written_differently(edits: Edits, told: dict[str, tuple[How, list[str]]]) -> None:
    assert written(edits) == told


def test_an_item_that_moves_is_told_once() -> None:
    first = "          - fact: injury\n            text: Did it start with an injury?\n"
    second = "          - fact: medicine\n            text: Do you take any?\n"
    group = "      - group: facts\n        text: Facts\n        why: To know.\n        items:\n"
    alone = "      - fact: injury\n        text: Did it start with an injury?\n"
    before = engine([(alone, group + first + second)])
    after = engine([(alone, group + second + first)])

    (told,) = impact.compare(before, after).edits

    assert (told.name, told.how) in {("injury", How.CHANGED), ("medicine", How.CHANGED)}
    assert [difference.aspect for difference in told.differences] == ["order"]


# --- cases ------------------------------------------------------------------------------------


def _passes(text: str, engine: Engine) -> bool:
    found, problems = cases.read(text.encode(), "written.yaml", engine)
    return not problems and not any(cases.run(case, engine) for case in found)


@pytest.mark.parametrize("name", [n for n in CHANGES if n not in ("added", "option", "reworded")])
def test_a_downgrade_as_a_case_passes_before_and_fails_after(name: str, old: Engine) -> None:
    new = engine(CHANGES[name])
    found = impact.compare(old, new)

    less = [shift for shift in (*found.results, *found.rules) if shift.direction is LESS]
    assert less
    assert found.smallest_downgrade() in less
    # That a mere not sure leads to less is nothing that a case can say of a rule.
    for shift in less if name != "unsure" else found.results:
        text = impact.as_case(shift)
        assert _passes(text, old)
        assert not _passes(text, new)


def test_nothing_less_urgent_makes_no_case() -> None:
    assert small_impact(ADDED).smallest_downgrade() is None


def test_a_case_is_read_as_it_was_meant(old: Engine) -> None:
    expect = Expectation(
        at_least="today",
        findings=(("fainting", "today"), ("strong", "today")),
        not_findings=("heavy",),
        areas=(),
        softened=False,
        notes=("muscle",),
    )
    told = {"faint": ("yes",), "pain": ("arm_upper", "leg_lower"), "bad": ("10",)}

    text = case_text('A "quoted": {sentence}\n # on lines', told, expect, level=("strong", "today"))

    (case,), problems = cases.read(text.encode(), "written.yaml", old)
    assert problems == ()
    assert case.sentence == 'A "quoted": {sentence} # on lines'
    assert (case.answers, case.expect, case.usual) == (told, expect, True)
    assert case.level == ("strong", "today")


def test_a_case_of_a_usual_person_tells_no_answer(old: Engine) -> None:
    assert _passes(case_text("A usual person", {}, Expectation(at_most="clinic")), old)


# --- answers at hand --------------------------------------------------------------------------

NOBODY: dict[str, Answer] = {
    "crushed": ("no",), "faint": ("no",), "age": ("young",), "injury": ("no",),
    "pain": ("arm_upper",), "main": ("arm",), "sore": ("none",), "bad": ("4",), "mood": ("well",),
}  # fmt: skip


@pytest.mark.parametrize(
    ("edits", "given", "usual", "moved"),
    [
        (WEAKENED, {"crushed": ("yes",)}, True, (LESS, "now", "today")),
        # A recorded emergency ended the questions, and the rest was never answered.
        (WEAKENED, {"crushed": ("yes",)}, False, (LESS, "now", "")),
        (WEAKENED, NOBODY, False, None),
        (
            ADDED,
            NOBODY | {"injury": ("yes",), "swollen": ("no",)},
            False,
            (MORE, "clinic", "today"),
        ),
        # Incomplete under both.
        (ADDED, {"crushed": ("no",), "injury": ("yes",)}, False, (MORE, "", "")),
        # The removed sign is not an answer for the new rules; the new one has its usual answer.
        (SIGN_REMOVED, {"faint": ("yes",)}, True, (LESS, "today", "clinic")),
        # The new item is not answered, and the result can still be any.
        (SIGN_REMOVED, NOBODY, False, (None, "clinic", "")),
        (REWORDED, NOBODY, False, None),
    ],
)
def test_replay(
    edits: Edits,
    given: Answers,
    usual: bool,
    moved: tuple[Direction | None, str, str] | None,
    old: Engine,
) -> None:
    found = impact.replay(old, engine(edits), [AnswerSet("given", given, usual)])

    told = [(r.direction, r.before.disposition, r.after.disposition) for r in found]
    assert told == ([moved] if moved else [])


def test_replay_tells_what_else_differs(old: Engine) -> None:
    new = engine([('    when: {injury: "yes"}', '    when: {injury: "no"}')])

    (found,) = impact.replay(old, new, [AnswerSet("given", NOBODY)])

    assert (found.direction, found.parts) == (None, ("precautions",))


# --- the command ------------------------------------------------------------------------------

Diff = Callable[..., tuple[int, str, str]]


@pytest.fixture
def diff(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Diff:
    """Run `tpcheck rules diff` in a folder with old.yaml, the small rule set."""
    monkeypatch.delenv(rulesets.VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    Path("old.yaml").write_text(small_text(), encoding="utf-8")

    def run(*arguments: str) -> tuple[int, str, str]:
        code = app.run(["rules", "diff", *arguments])
        return code, *capsys.readouterr()

    return run


def write(edits: Edits, name: str = "new.yaml") -> str:
    Path(name).write_text(changed(small_text(), edits), encoding="utf-8")
    return name


def sections(out: str) -> list[str]:
    return [line for line in out.splitlines() if line.endswith(":") and not line.startswith(" ")]


def test_a_weakened_warning_sign_of_the_shipped_rules(diff: Diff, shipped: RuleSet) -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    rule = shipped.rules[0]
    highest, code = rule.levels[0].disposition, Engine(shipped).by_urgency[2].code
    head, name, tail = text.partition(f"  - id: {rule.rule_id}\n")
    weak = head + name + tail.replace(f"      {highest}:", f"      {code}:", 1)
    Path("weak.yaml").write_text(weak, encoding="utf-8")

    ran = diff(str(SHIPPED), "weak.yaml", "--fail-on-downgrade", "--write-case", "case.yaml")

    assert ran[0] == ExitCode.PROBLEMS
    assert ran[2] == ""
    found = impact.compare(Engine(shipped), engine(text=weak))
    assert [(s.direction, s.rule_id) for s in found.rules] == [(LESS, rule.rule_id)]
    assert {shift.direction for shift in found.results} == {LESS}
    assert f"  {highest} -> {code}; for example:\n" in ran[1]
    assert f"  {rule.rule_id}: {highest} -> {code}; the result: {highest} -> {code};" in ran[1]
    written = Path("case.yaml").read_text(encoding="utf-8")
    assert _passes(written, Engine(shipped))
    assert not _passes(written, engine(text=weak))


def test_equal_files(diff: Diff) -> None:
    ran = diff("old.yaml", write([]), "--fail-on-downgrade")

    assert ran == (ExitCode.OK, "old: old.yaml\nnew: new.yaml\n\nnothing differs\n", "")


def test_the_most_important_comes_first(diff: Diff) -> None:
    code, out, err = diff("old.yaml", write([*WEAKENED, *ADDED, *OPTION, *REWORDED[:1]]))

    assert (code, err) == (ExitCode.OK, "")
    assert sections(out) == [
        "Results that can be less urgent:",
        "Rules whose advice can be less urgent:",
        "Answers that only one of the two takes: not compared:",
        "Results that can be more urgent:",
        "Rules whose advice can be more urgent:",
        "Changed:",
        "Only worded differently:",
    ]
    assert "  now -> today; for example:\n    A crushed feeling: Yes\n" in out
    assert "  injury: does not count -> today;" in out
    assert "  age: +oldest\n" in out
    assert "  item faint: text\n" in out


def test_a_rule_that_is_written_otherwise_and_means_the_same(diff: Diff) -> None:
    code, out, _ = diff(
        "old.yaml", write([('now: {crushed: "yes"}', 'now: {all: [{crushed: "yes"}]}')])
    )

    assert code == ExitCode.OK
    assert sections(out) == ["Changed:"]
    assert "  rule heavy: levels (to the same advice)\n" in out


@pytest.mark.parametrize(
    ("edits", "code"),
    [
        (WEAKENED, ExitCode.PROBLEMS),
        (LIMIT, ExitCode.PROBLEMS),  # a rule, and no result
        (ADDED, ExitCode.OK),
        (REWORDED, ExitCode.OK),
    ],
)
def test_fail_on_downgrade(edits: Edits, code: ExitCode, diff: Diff) -> None:
    assert diff("old.yaml", write(edits), "--fail-on-downgrade")[0] == code
    assert diff("old.yaml", "new.yaml")[0] == ExitCode.OK


def test_cases_and_recorded_answers(diff: Diff) -> None:
    Path("cases").mkdir()
    Path("cases", "some.yaml").write_text(
        "cases:\n  - case: Crushed\n    answers: {crushed: yes}\n    rest: usual\n"
        "    expect: {disposition: today}\n",
        encoding="utf-8",
    )
    Path("one.json").write_text('{"version": "2026-01-31", "answers": {"crushed": "yes"}}')
    new = write([*WEAKENED, *REWORDED])

    code, out, err = diff("old.yaml", new, "one.json", "--cases", "cases")

    assert (code, err) == (ExitCode.OK, "")
    rows = out.split("Given answers whose result is less urgent:\n")[1].splitlines()[:2]
    assert rows[0] == "  one.json: now -> no result yet"
    assert rows[1] == f"  {Path('cases', 'some.yaml')}:2:5: Crushed: now -> today"


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("answers: {nothing: yes}\n", ExitCode.DATA, "given.yaml:1:11: there is no item 'nothing'"),
        ("cases: []\n", ExitCode.DATA, "given.yaml:1:"),
        (None, ExitCode.NO_INPUT, "given.yaml: no such file"),
    ],
)
def test_files_that_cannot_be_used(
    text: str | None, code: ExitCode, message: str, diff: Diff
) -> None:
    if text is not None:
        Path("given.yaml").write_text(text, encoding="utf-8")

    ran = diff("old.yaml", write([]), "given.yaml")

    assert ran[0] == code
    assert f"tpcheck: error: {message}" in ran[2]


def test_a_case_file_is_never_written_over(diff: Diff) -> None:
    Path("case.yaml").write_text("mine", encoding="utf-8")

    code, _, err = diff("old.yaml", write(WEAKENED), "--write-case", "case.yaml")

    assert (code, err) == (
        ExitCode.CANNOT_CREATE,
        "tpcheck: error: case.yaml: there is a file of that name already\n",
    )
    assert Path("case.yaml").read_text(encoding="utf-8") == "mine"


def test_no_case_is_written_where_nothing_is_less_urgent(diff: Diff) -> None:
    code, _, err = diff("old.yaml", write(ADDED), "--write-case", "case.yaml")

    assert code == ExitCode.OK
    assert err == "tpcheck: no advice can be less urgent; case.yaml is not written\n"
    assert not Path("case.yaml").exists()


def test_the_new_rules_are_named_once(diff: Diff) -> None:
    code, _, err = diff("old.yaml", write([]), "--rules", "old.yaml")

    assert code == ExitCode.USAGE
    assert err == "tpcheck: error: name the new rules once: as NEW, or with --rules\n"


def test_without_the_solver_one_line_says_how_to_get_it(diff: Diff) -> None:
    code = (
        "import sys; sys.modules['pysat'] = None; from tpcheck.cli.app import run; sys.exit(run())"
    )

    done = subprocess.run(
        [sys.executable, "-c", code, "rules", "diff", "old.yaml", "old.yaml"],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(SHIPPED.parent)},
    )

    assert (done.returncode, done.stdout) == (ExitCode.USAGE, "")
    (line,) = done.stderr.splitlines()
    assert "pip install 'tpcheck[rules]'" in line


# --- git --------------------------------------------------------------------------------------


def git(*arguments: str) -> None:
    settings = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *settings, *arguments], check=True, capture_output=True)


@pytest.fixture
def repository(diff: Diff) -> None:
    """A repository with the small rule set, then changed in the working copy."""
    if not shutil.which("git"):
        pytest.skip("git is not installed")
    git("init", "--quiet")
    Path("sub").mkdir()
    write([], "questions.yaml")
    write([], "sub/rules.yaml")
    git("add", "questions.yaml", "sub/rules.yaml")
    git("commit", "--quiet", "-m", "first")
    git("tag", "v1")
    write(WEAKENED, "questions.yaml")
    write(WEAKENED, "sub/rules.yaml")
    write(WEAKENED, "sub/draft.yaml")


@pytest.mark.parametrize(
    ("revision", "new", "name"),
    [
        ("HEAD", "questions.yaml", "HEAD:questions.yaml"),
        ("v1", "sub/rules.yaml", "v1:rules.yaml"),
        # A draft that the revision does not have is compared with the rule file at the top.
        ("HEAD", "sub/draft.yaml", "HEAD:questions.yaml"),
    ],
)
@pytest.mark.usefixtures("repository")
def test_a_revision_is_the_old_rule_set(revision: str, new: str, name: str, diff: Diff) -> None:
    code, out, err = diff(revision, new, "--fail-on-downgrade")

    assert (code, err) == (ExitCode.PROBLEMS, "")
    assert out.startswith(f"old: {name}\nnew: {new}\n\nResults that can be less urgent:\n")


@pytest.mark.usefixtures("repository")
def test_the_new_rules_are_those_in_use_where_none_are_named(
    diff: Diff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(rulesets.VARIABLE, "questions.yaml")

    assert diff("HEAD", "--fail-on-downgrade")[0] == ExitCode.PROBLEMS
    assert diff("HEAD", "--rules", "old.yaml", "--fail-on-downgrade")[0] == ExitCode.OK


@pytest.mark.usefixtures("repository")
def test_a_variable_does_not_lead_to_another_repository(
    diff: Diff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", "nowhere")

    assert diff("HEAD", "questions.yaml")[0] == ExitCode.OK


@pytest.mark.parametrize(
    ("revision", "reason"),
    [
        ("nope", "git: invalid object name 'nope'."),
        ("HEAD:", "git: "),  # nothing but a file is taken
        ("sub", "git: invalid object name 'sub'."),  # a folder
    ],
)
@pytest.mark.usefixtures("repository")
def test_a_revision_that_is_none(revision: str, reason: str, diff: Diff) -> None:
    code, out, err = diff(revision, "questions.yaml")

    assert (code, out) == (ExitCode.NO_INPUT, "")
    (line,) = err.splitlines()
    assert line.startswith(
        f"tpcheck: error: {revision}: neither a file nor a git revision of questions.yaml ({reason}"
    )


@pytest.mark.usefixtures("repository")
def test_a_revision_is_never_an_option_of_git(diff: Diff) -> None:
    code, out, err = diff("--", "--output=stolen", "questions.yaml")

    assert (code, out) == (ExitCode.NO_INPUT, "")
    assert "(it looks like an option)" in err
    assert not Path("stolen").exists()


def test_no_repository(diff: Diff) -> None:
    code, _, err = diff("HEAD", write([]))

    assert code == ExitCode.NO_INPUT
    assert "git: not a git repository" in err


@pytest.mark.usefixtures("repository")
def test_no_git(diff: Diff, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")

    code, _, err = diff("HEAD", "questions.yaml")

    assert code == ExitCode.NO_INPUT
    assert "git cannot be run" in err
