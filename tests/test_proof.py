"""Every property is refuted by a small rule set that breaks it, with the smallest witness."""

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from conftest import ruleset_text

from tpcheck import cases
from tpcheck.cli import app
from tpcheck.engine import Engine
from tpcheck.model import RuleSet
from tpcheck.rulework import proof
from tpcheck.rulework.circuit import Circuit
from tpcheck.rulework.encoding import Encoding
from tpcheck.rulework.prover import Prover

Make = Callable[[str], RuleSet]

DISPOSITIONS = """\
dispositions:
  - {id: clinic, name: c, heading: c, action: c, exit_code: 0, if_unsure: clinic, shows_clinic: yes,
     shows_patterns: yes, ends_questions: no, emergency: no, safety_net: yes}
  - {id: today, name: t, heading: t, action: t, exit_code: 11, if_unsure: today, shows_clinic: no,
     shows_patterns: no, ends_questions: no, emergency: no, safety_net: no, step_up: more}
  - {id: now, name: n, heading: n, action: act, exit_code: 13, if_unsure: today, shows_clinic: no,
     shows_patterns: no, ends_questions: yes, emergency: yes, safety_net: no}
"""

GOOD = (
    DISPOSITIONS
    + """\
questions:
  - section: one
    title: One
    screens:
      - one: age
        ordered: yes
        text: How old?
        options: [{young: Young}, {middle: Middle}, {old: Old}]
        usual: young
      - sign: swollen
        text: Swollen?
        floor: today
      - sign: crushed
        text: Crushed?
        reword: Really?
        floor: now
warning_signs:
  - {id: leg, text: a leg, levels: {today: {swollen: "yes"}}, source: s, verified: copy}
  - {id: heavy, text: a weight, levels: {now: {crushed: "yes"}}, source: s, verified: copy}
"""
)

EXTRA_RULE = "  - {{id: extra, text: {text}, levels: {levels}, source: s, verified: copy}}\n"


def changed(old: str, new: str) -> str:
    assert GOOD.count(old) == 1, old
    return GOOD.replace(old, new)


def with_rule(levels: str, text: str = "extra") -> str:
    return GOOD + EXTRA_RULE.format(levels=levels, text=text)


def with_property(kind: str, when: str, rest: str) -> str:
    return GOOD + (f"properties:\n  - {{id: own, text: t, kind: {kind}, when: {when}, {rest}}}\n")


BAD = [
    # property, rule set, the answers of the witness that are not the usual ones
    pytest.param(
        "floor",
        changed("{now: {crushed", "{today: {crushed"),
        {"crushed": ("yes",)},
        id="a rule leads to less than its sign's floor",
    ),
    pytest.param(
        "floor",
        changed('{today: {swollen: "yes"}}', '{today: {all: [{swollen: "yes"}, {age: old}]}}'),
        {"swollen": ("yes",)},
        id="a side condition opens a gap under the floor",
    ),
    pytest.param(
        "not-sure",
        GOOD.replace("if_unsure: today", "if_unsure: clinic"),
        None,
        id="a not sure at an emergency may end at the clinic",
    ),
    pytest.param(
        "not-sure",
        changed('{now: {crushed: "yes"}}', '{now: {all: [{crushed: "yes"}, {age: old}]}}'),
        {"crushed": ("not_sure",)},
        id="a not sure counts only with a side condition",
    ),
    pytest.param(
        "monotone",
        changed(
            "        text: Crushed?\n",
            '        text: Crushed?\n        ask_when: {swollen: "no"}\n',
        ),
        {"crushed": ("yes",)},
        id="a raised sign hides another",
    ),
    pytest.param(
        "one-result", changed(", step_up: more", ""), None, id="no safety net, no emergency"
    ),
    pytest.param(
        "clinic-last",
        changed("exit_code: 11, if_unsure: today", "exit_code: 11, if_unsure: clinic"),
        {"swollen": ("not_sure",)},
        id="a not sure still ends at the clinic",
    ),
    pytest.param(
        "clinic-hidden",
        changed("action: act", "action: Phone The Clinic"),
        None,
        id="urgent words name the clinic",
    ),
    pytest.param(
        "clinic-hidden",
        changed(
            "if_unsure: today, shows_clinic: no,\n     shows_patterns: no, ends_questions: yes",
            "if_unsure: today, shows_clinic: yes,\n     shows_patterns: no, ends_questions: yes",
        ),
        None,
        id="an urgent result shows the clinic",
    ),
    pytest.param(
        "dead-level",
        with_rule("{today: {all: [{age: young}, {age: old}]}}"),
        None,
        id="a level that nobody can meet",
    ),
    pytest.param(
        "dead-level",
        with_rule('{now: {crushed: "yes"}, today: {all: [{crushed: "yes"}, {age: old}]}}'),
        None,
        id="a level that the one above always covers",
    ),
    pytest.param(
        "unreachable",
        changed(
            "        text: Crushed?\n",
            "        text: Crushed?\n        ask_when: {all: [{age: young}, {age: old}]}\n",
        ),
        None,
        id="an item that is never asked",
    ),
    pytest.param(
        "shadowed",
        with_rule('{today: {all: [{swollen: "yes"}, {age: old}]}}', text="a leg"),
        None,
        id="a rule that says and does nothing of its own",
    ),
    pytest.param(
        "constant",
        with_rule('{today: {all: [{swollen: "yes"}, {age: [young, middle, old]}]}}'),
        None,
        id="a part that is always true",
    ),
    pytest.param(
        "own",
        with_property("at_least", "{age: old}", "disposition: today"),
        {"age": ("old",)},
        id="declared: at least",
    ),
    pytest.param(
        "own",
        with_property("at_most", "{age: old}", "disposition: today"),
        {"age": ("old",), "crushed": ("yes",)},
        id="declared: at most",
    ),
    pytest.param(
        "own",
        with_property("never", '{all: [{age: middle}, {swollen: "yes"}]}', "disposition: today"),
        {"age": ("middle",), "swollen": ("yes",)},
        id="declared: never",
    ),
]


def verdict(engine: Engine, name: str) -> proof.Verdict:
    return next(v for v in proof.prove(engine) if v.property_id == name)


def test_good_rule_set_has_every_property(ruleset: Make) -> None:
    verdicts = proof.prove(Engine(ruleset(GOOD)))

    assert [v.property_id for v in verdicts if not v.proved] == []


@pytest.mark.parametrize(("name", "text", "told"), BAD)
def test_bad_rule_set_is_refuted_by_the_smallest_witness(
    name: str, text: str, told: dict[str, tuple[str, ...]] | None, ruleset: Make
) -> None:
    found = verdict(Engine(ruleset(text)), name)

    assert not found.proved
    witness = found.refutations[0].witness
    if told is not None:
        assert witness is not None
        assert dict(witness.told) == told


def test_limit_that_hides_a_sign_is_refuted(ruleset: Make) -> None:
    good = ruleset(GOOD)
    section = good.questionnaire.sections[0]
    screens = (*section.screens[:2], replace(section.screens[2], until="today"))
    sections = (replace(section, screens=screens),)
    bad = replace(good, questionnaire=replace(good.questionnaire, sections=sections))

    found = verdict(Engine(bad), "until")

    told = [dict(r.witness.told) for r in found.refutations if r.witness]
    assert told in ([{"swollen": ("yes",)}], [{"swollen": ("not_sure",)}])


def test_item_that_must_be_asked_and_is_not_is_refuted(ruleset: Make) -> None:
    text = changed(
        "        text: Crushed?\n", "        text: Crushed?\n        ask_when: {age: old}\n"
    )
    text += "properties:\n"
    text += "  - {id: own, text: t, kind: asked, when: {answered: age}, items: [crushed]}\n"

    found = verdict(Engine(ruleset(text)), "own")

    assert [dict(r.witness.told) for r in found.refutations if r.witness] == [{}]


def test_shipped_rules_have_every_property(shipped: RuleSet) -> None:
    verdicts = proof.prove(Engine(shipped))

    assert [str(r) for v in verdicts for r in v.refutations] == []
    assert len(verdicts) > 25


# --- the encoding against every answer set ----------------------------------------------------


def every_answer_set(engine: Engine) -> list[dict[str, tuple[str, ...]]]:
    """Every complete answer set of a rule set without choose-many items."""
    codes = [[(code,) for code in item.codes] for item in engine.items.values()]
    found = [
        engine.path(dict(zip(engine.items, chosen, strict=True))).answers
        for chosen in product(*codes)
    ]
    return list({tuple(sorted(f.items())): f for f in found}.values())


def test_encoding_has_exactly_the_answer_sets_of_the_engine(ruleset: Make) -> None:
    text = changed(
        "        text: Crushed?\n",
        "        text: Crushed?\n        ask_when: {age: [middle, old]}\n",
    )
    engine = Engine(ruleset(text))
    prover = Prover(engine)
    encoding = prover.encoding

    for answers in every_answer_set(engine):
        literals = [
            literal if code in answers.get(item, ()) else -literal
            for (item, code), literal in encoding.chosen.items()
        ]
        came = engine.assess(answers).disposition
        for disposition in engine.by_urgency[1:]:
            reached = encoding.reached(disposition.urgency)
            is_so = engine.urgency[came] >= disposition.urgency
            assert prover.possible(*literals, reached if is_so else -reached)
            assert not prover.possible(*literals, -reached if is_so else reached)


def test_path_lengths_are_those_of_every_answer_set(ruleset: Make) -> None:
    engine = Engine(ruleset(GOOD))

    # One screen an item, and one more for a not sure on the emergency sign.
    lengths = [
        len(answers) + (answers.get("crushed") == ("not_sure",))
        for answers in every_answer_set(engine)
    ]

    assert proof.path_lengths(engine) == proof.PathLengths(min(lengths), max(lengths), 3)


@pytest.mark.parametrize("count", range(5))
def test_circuit_counts(count: int) -> None:
    for values in product((True, False), repeat=4):
        circuit = Circuit()
        literals = [circuit.constant(value) for value in values]

        holds = circuit.at_least(count, literals)

        assert holds == circuit.constant(sum(values) >= count)


def test_encoding_refuses_a_condition_that_the_engine_refuses(ruleset: Make) -> None:
    good = ruleset(GOOD)
    rule = good.rules[0]
    section = replace(good.questionnaire.sections[0], ask_when=replace_with_rule(rule.rule_id))
    bad = replace(good, questionnaire=replace(good.questionnaire, sections=(section,)))

    with pytest.raises(ValueError, match="ask_when"):
        Encoding(Engine(bad), Circuit())


def replace_with_rule(rule_id: str) -> object:
    from tpcheck.model import RuleMet

    return RuleMet(rule_id)


# --- the command ------------------------------------------------------------------------------


def write(folder: Path, text: str) -> Path:
    path = folder / "rules.yaml"
    path.write_text(ruleset_text(text), encoding="utf-8")
    return path


def test_prove_says_that_all_is_proved(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = app.run(["rules", "prove", "--rules", str(write(tmp_path, GOOD))])

    said = capsys.readouterr()
    assert code == 0
    assert "refuted  " not in said.out
    assert "screens on a path: 3 on the shortest, 4 on the longest" in said.out


def test_counterexample_is_shown_and_kept_as_a_case(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], ruleset: Make
) -> None:
    bad = changed("{now: {crushed", "{today: {crushed")
    kept = tmp_path / "case.yaml"

    code = app.run(
        ["rules", "prove", "--rules", str(write(tmp_path, bad)), "--write-case", str(kept)]
    )

    said = capsys.readouterr()
    assert code == 1
    assert "refuted  floor" in said.out
    assert "crushed: Crushed?: Yes" in said.out
    # The case fails for the bad rules and passes for the good ones.
    for text, passes in ((bad, False), (GOOD, True)):
        engine = Engine(ruleset(text))
        found, problems = cases.read(kept.read_bytes(), "case.yaml", engine)
        assert problems == ()
        assert all(cases.run(case, engine) == () for case in found) is passes


def test_kept_case_never_replaces_a_file(tmp_path: Path) -> None:
    bad = write(tmp_path, changed("{now: {crushed", "{today: {crushed"))
    kept = tmp_path / "case.yaml"
    kept.write_text("mine", encoding="utf-8")

    code = app.run(["rules", "prove", "--rules", str(bad), "--write-case", str(kept)])

    assert code == 73
    assert kept.read_text(encoding="utf-8") == "mine"


def test_prove_without_the_solver_says_how_to_get_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    import tpcheck.rulework

    for name in [n for n in sys.modules if n.startswith(("pysat", "tpcheck.rulework.pro"))]:
        monkeypatch.delitem(sys.modules, name)
    for module in ("proof", "prover"):
        monkeypatch.delattr(tpcheck.rulework, module, raising=False)
    monkeypatch.setitem(sys.modules, "pysat", None)

    code = app.run(["rules", "prove", "--rules", str(write(tmp_path, GOOD))])

    said = capsys.readouterr()
    assert code == 2
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "pip install 'tpcheck[rules]'" in said.err
