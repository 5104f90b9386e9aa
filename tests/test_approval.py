"""Approving a rule set: what is written, what is left alone, and when it is refused."""

import io
import re
import stat
import sys
from pathlib import Path

import pytest
from conftest import SHIPPED, SMALL, TESTS
from test_wording_checks import HERE, SCREENS, complete

from tpcheck import loader, summary
from tpcheck.cli import app, rulesets, streams
from tpcheck.engine import Engine
from tpcheck.errors import DataError, ExitCode, UsageError
from tpcheck.model import Approval, RuleSet
from tpcheck.rulework import approval

TODAY = "2026-06-01"
SIGNED = Approval(by="Ada Able", registration="01234", on=TODAY)

#: The small rule set, with words that a person can read.
TEXT = SMALL.read_text("utf-8").replace("\nquestions:\n", f"\n{SCREENS}\nquestions:\n")
# Its rules are good for many tests, and break a promise for two signs. Here they may.
TEXT = re.sub(r"(sign: (?:faint|swollen)\n(?:.*\n)*?\s+floor: )(?:now|today)", r"\1clinic", TEXT)
STATUS = "  status: draft\n"
BLOCK = """\
  status: approved
  approval:
    by: "Ada Able"
    registration: "01234"
    on: 2026-06-01
    of: {of}
"""


def approve(text: str, signed: Approval = SIGNED) -> str:
    return approval.approve(text.encode(), "test.yaml", signed).decode()


def load(text: str) -> RuleSet:
    return loader.load(text.encode(), "test.yaml")


# --- the text ---------------------------------------------------------------------------------


def test_only_the_status_and_the_approval_are_written() -> None:
    approved = approve(TEXT)

    of = load(approved).fingerprint
    assert approved == TEXT.replace(STATUS, BLOCK.format(of=of))
    assert load(approved).is_approved


def test_the_shipped_rule_set_can_be_approved(shipped: RuleSet) -> None:
    text = SHIPPED.read_bytes()
    signed = Approval("Ada Able", "01234", on=shipped.about.version)

    approved = loader.load(approval.approve(text, SHIPPED.name, signed), SHIPPED.name)

    assert approved.is_approved


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (STATUS, "  status: draft  # until the clinic says so\n"),
        (STATUS, '  "status":   "draft"\n'),
        (STATUS, "  status: 'draft'\n"),
        ("about:\n", "about:  # what it is\n\n  # a comment\n"),
        (TEXT, TEXT.replace("\n", "\r\n")),
        (TEXT, "\N{ZERO WIDTH NO-BREAK SPACE}" + TEXT),
        (TEXT, TEXT.rstrip("\n")),
        ("To test the program.", "To tést the prógram \N{EM DASH} \N{GRINNING FACE}."),
    ],
    ids=["comment", "double quotes", "single quotes", "comments", "CRLF", "BOM", "no end", "wide"],
)
def test_every_other_byte_stays(old: str, new: str) -> None:
    text = TEXT.replace(old, new)

    approved = approve(text)

    was, now = (t.splitlines(keepends=True) for t in (text, approved))
    status = next(n for n, line in enumerate(was) if "status" in line)
    assert now[status] == re.sub("['\"]?draft['\"]?", "approved", was[status])
    block = now[status + 1 : status + 6]
    assert now[:status] + now[status + 6 :] == was[:status] + was[status + 1 :]
    assert "".join(block).replace("\r", "") == BLOCK.partition("\n")[2].format(
        of=load(approved).fingerprint
    )
    assert all(line.endswith("\r\n") == ("\r\n" in text) for line in block)
    assert load(approved).is_approved


def test_a_map_in_braces_stays_in_braces() -> None:
    start, end = TEXT.index("about:"), TEXT.index("\nclinic:")
    about = (
        "about: {id: small, title: A, version: 2026-01-31, status: draft, review_by: 2027-01-31,\n"
        "  intended_purpose: To test.}  # short\n"
    )

    approved = approve(TEXT[:start] + about + TEXT[end:])

    of = load(approved).fingerprint
    block = f'{{by: "Ada Able", registration: "01234", on: 2026-06-01, of: {of}}}'
    written = about.replace("draft", f"approved, approval: {block}")
    assert approved == TEXT[:start] + written + TEXT[end:]
    assert load(approved).is_approved


def test_an_approval_that_is_there_is_renewed_in_its_place() -> None:
    text = approve(TEXT).replace("    by:", "    # who\n    by:").replace("A small", "The small")
    assert not load(text).is_approved

    again = approve(text, Approval("Ben O'Hara", 'B "2"', on="2026-06-02"))

    was, now = load(text).about.approval, load(again).about.approval
    assert now == Approval("Ben O'Hara", 'B "2"', "2026-06-02", load(again).fingerprint)
    back = again.replace('"Ben O\'Hara"', '"Ada Able"').replace('"B \\"2\\""', '"01234"')
    assert back.replace("2026-06-02", "2026-06-01").replace(now.of, was.of) == text


def test_an_approval_in_single_quotes_is_renewed_too() -> None:
    text = approve(TEXT).replace('"Ada Able"', "'Ada O''Able'").replace('"01234"', "01234")

    assert load(approve(text)).about.approval.by == "Ada Able"


def test_a_value_whose_end_cannot_be_told_is_not_guessed() -> None:
    text = TEXT.replace(STATUS, "  status: >-\n    draft\n")

    with pytest.raises(DataError, match=r"^test\.yaml:7:11: .* on one line"):
        approve(text)


def test_names_are_put_on_one_line() -> None:
    approved = load(approve(TEXT, Approval("  Ada \n Able\t", " 0 1 ", on=TODAY)))

    assert (approved.about.approval.by, approved.about.approval.registration) == ("Ada Able", "0 1")


@pytest.mark.parametrize(
    ("by", "registration", "message"),
    [
        ("", "1", "are needed"),
        ("Ada", " \n", "are needed"),
        ("Ada\N{RIGHT-TO-LEFT OVERRIDE}", "1", "U\\+202E"),
        ("Ada\x1b[31m", "1", "U\\+001B"),
    ],
)
def test_a_name_that_cannot_stand_there(by: str, registration: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        approve(TEXT, Approval(by, registration, on=TODAY))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("A crushed feeling", "A heavy feeling"),
        ("floor: now", "floor: today"),
        ("version: 2026-01-31", "version: 2026-02-01"),
        ("status: approved", "status: draft"),
        ("review_by: 2027", "review_by: 2028"),
    ],
)
def test_any_edit_makes_it_void(old: str, new: str) -> None:
    edited = load(approve(TEXT).replace(old, new))

    assert not edited.is_approved


def test_a_comment_or_a_line_break_does_not() -> None:
    edited = (
        approve(TEXT)
        .replace("\nclinic:", "\n\n# whose\nclinic:")
        .replace("id: small", 'id: "small"')
    )

    assert load(edited).is_approved


def test_every_result_says_so() -> None:
    def last_lines(text: str) -> tuple[str, ...]:
        engine = Engine(load(text))
        assessment = engine.assess(engine.fill_usual({}))
        return summary.summarize(engine, assessment).blocks[-1].paragraphs

    approved = approve(TEXT)

    assert "These rules were approved by Ada Able (01234) on 2026-06-01." in last_lines(approved)
    changed = last_lines(approved.replace("A crushed", "A heavy"))
    assert any("changed after they were approved" in line for line in changed)


# --- when it may be -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "on", "reason"),
    [
        ("", "", TODAY, ""),
        ("", "", "2026-01-31", ""),  # on the day of the version
        ("2027-01-31", TODAY, TODAY, ""),  # on the day of the review
        ("status: draft", "status: withdrawn", TODAY, "withdrawn"),
        ("2027-01-31", "2026-05-31", TODAY, "review was due on 2026-05-31"),
        ("", "", "2026-06-02", "in the future"),
        ("", "", "2026-01-30", "version is of 2026-01-31"),
    ],
)
def test_why_not(old: str, new: str, on: str, reason: str) -> None:
    ruleset = load(TEXT.replace(old, new))

    found = approval.why_not(ruleset, Approval("Ada", "1", on=on), TODAY)

    assert reason in found
    assert bool(found) == bool(reason)


# --- the command --------------------------------------------------------------------------------

ASKED = ("rules", "approve", "--by", "Ada Able", "--registration", "01234")


@pytest.fixture
def rule_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(rulesets, "today", lambda: TODAY)
    monkeypatch.delenv(rulesets.VARIABLE, raising=False)
    path = tmp_path / "small.yaml"
    path.write_text(TEXT, encoding="utf-8", newline="\n")
    path.chmod(0o640)
    return path


def run(path: Path, *more: str) -> int:
    return app.run([*ASKED, "--rules", str(path), *more])


def test_it_writes_and_says_what(rule_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(rule_file, "--yes") == ExitCode.OK

    text = rule_file.read_text("utf-8")
    of = load(text).fingerprint
    assert text == TEXT.replace(STATUS, BLOCK.format(of=of))
    assert stat.S_IMODE(rule_file.stat().st_mode) == 0o640
    assert [p.name for p in rule_file.parent.iterdir()] == [rule_file.name]
    out = capsys.readouterr().out
    assert "approved by Ada Able (01234) on 2026-06-01" in out
    assert of in out


@pytest.mark.parametrize("number", ["01234", "1234567", "GCC 01234"])
def test_what_is_approved_passes_its_checks_and_can_be_approved_again(
    rule_file: Path, number: str
) -> None:
    again = ["rules", "approve", "--by", "Ada", "--registration", number, "--yes"]

    for _ in range(2):
        assert app.run([*again, "--rules", str(rule_file)]) == ExitCode.OK
        assert app.run(["rules", "check", "--rules", str(rule_file)]) == ExitCode.OK


def test_it_can_be_dated(rule_file: Path) -> None:
    assert run(rule_file, "--yes", "--on", "2026-05-01") == ExitCode.OK

    assert load(rule_file.read_text("utf-8")).about.approval.on == "2026-05-01"


def test_the_variable_names_the_file_too(rule_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(rulesets.VARIABLE, str(rule_file))

    assert app.run([*ASKED, "--yes"]) == ExitCode.OK
    assert load(rule_file.read_text("utf-8")).is_approved


def refused(path: Path, code: ExitCode, *more: str) -> None:
    before = path.read_bytes()
    assert run(path, *more) == code
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]


@pytest.mark.usefixtures("rule_file")
def test_the_file_has_to_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    before = SHIPPED.read_bytes()

    assert app.run([*ASKED, "--yes"]) == ExitCode.USAGE
    assert "--rules FILE" in capsys.readouterr().err
    assert SHIPPED.read_bytes() == before


def test_without_a_terminal_it_has_to_be_said(rule_file: Path) -> None:
    refused(rule_file, ExitCode.USAGE)


@pytest.mark.parametrize("day", ["2026-6-1", "20260601", "1.6.2026", "2026-02-30", "2026-06-02"])
def test_a_day_that_it_cannot_be(rule_file: Path, day: str) -> None:
    refused(rule_file, ExitCode.USAGE, "--yes", "--on", day)


def test_problems_are_mended_first(rule_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rule_file.write_text(TEXT.replace("It can spread.", "It is a cure."), encoding="utf-8")

    refused(rule_file, ExitCode.PROBLEMS, "--yes")
    assert "[claim]" in capsys.readouterr().out


def test_what_a_proof_refutes_is_not_approved(
    rule_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 'now: {crushed: "yes"}' in TEXT
    weaker = TEXT.replace('now: {crushed: "yes"}', 'today: {crushed: "yes"}')
    weaker = weaker.replace("action: {now: Lie down and call for help now.}", "action: Lie down.")
    rule_file.write_text(weaker, "utf-8")

    refused(rule_file, ExitCode.PROBLEMS, "--yes")
    out = capsys.readouterr().out
    assert "refuted  floor: " in out
    assert "tpcheck rules prove" in out


def test_a_file_that_cannot_be_used_is_refused(rule_file: Path) -> None:
    rule_file.write_text(TEXT.replace("floor: now", "floor: never"), encoding="utf-8")

    refused(rule_file, ExitCode.DATA, "--yes")


def test_words_that_need_approval_are_shown_and_approved(
    rule_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    example = TESTS / "checks" / "needs-approval" / "bad.yaml"
    text = complete("\n" + example.read_text("utf-8").replace(HERE, ""))
    rule_file.write_text(text, encoding="utf-8")

    assert run(rule_file, "--yes") == ExitCode.OK
    assert "approves these words too" in capsys.readouterr().out
    assert load(rule_file.read_text("utf-8")).is_approved


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("yes\n", ExitCode.OK),
        (" YES \n", ExitCode.OK),
        ("y\n", ExitCode.INCOMPLETE),
        ("\n", ExitCode.INCOMPLETE),
        ("", ExitCode.INCOMPLETE),  # the end of the input
    ],
)
def test_at_a_terminal_it_asks(
    typed: str, code: ExitCode, rule_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "is_terminal", lambda _: True)
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))

    assert run(rule_file) == code
    assert load(rule_file.read_text("utf-8")).is_approved == (code == ExitCode.OK)


# --- writing it -----------------------------------------------------------------------------------


def test_a_link_is_not_written_through(rule_file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.yaml"
    link.symlink_to(rule_file)

    assert run(link, "--yes") == ExitCode.CANNOT_CREATE
    assert link.is_symlink()
    assert rule_file.read_text("utf-8") == TEXT
