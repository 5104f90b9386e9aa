"""The commands as users meet them: what they say, and the exit code of every way out."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import SMALL, small_text

from tpcheck import __version__, errors
from tpcheck.asking import Finished, Stopped
from tpcheck.cli import app, files, patient, rulesets
from tpcheck.engine import Engine
from tpcheck.errors import ExitCode
from tpcheck.model import RuleSet
from tpcheck.summary import UnsoundError

#: Answers to the small rule set in which nothing is unusual.
USUAL = """\
answers:
  crushed: "no"
  faint: "no"
  age: young
  injury: "no"
  pain: [arm_upper]
  main: arm
  sore: [none]
  bad: 4
  mood: well
"""
NOW = 'answers: {crushed: "yes"}\n'
TODAY = USUAL.replace('faint: "no"', 'faint: "yes"').replace("  sore: [none]\n", "")


@dataclass(frozen=True)
class Ran:
    """What a command wrote, and its exit code."""

    code: int
    out: str
    err: str


Command = Callable[..., Ran]


@pytest.fixture
def rule_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small rule set in a file, which every command of the test uses."""
    path = tmp_path / "small.yaml"
    path.write_text(small_text(), encoding="utf-8")
    monkeypatch.setenv(rulesets.VARIABLE, str(path))
    return path


@pytest.fixture
def tpcheck(capsys: pytest.CaptureFixture[str]) -> Command:
    """Run a command in this process."""

    def run(*arguments: str) -> Ran:
        code = app.run(arguments)
        return Ran(code, *capsys.readouterr())

    return run


@pytest.fixture
def answers(tmp_path: Path) -> Callable[..., str]:
    """Write an answers file; its path."""

    def write(text: str, name: str = "answers.yaml") -> str:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


def _one_error(err: str) -> str:
    """The error, which has one line and no trace."""
    (line,) = err.splitlines()
    assert line.startswith("tpcheck: error: ")
    return line.removeprefix("tpcheck: error: ")


# --- assess -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("rule_file")
@pytest.mark.parametrize(
    ("text", "plain", "coded", "heading"),
    [
        (USUAL, 0, 0, "Contact the clinic"),
        (TODAY, 0, 11, "Get help today"),
        (NOW, 0, 13, "Get help now"),
        # An answer is missing: no result, and no code of one.
        (USUAL.replace("  bad: 4\n", ""), 3, 3, "unfinished.title"),
    ],
)
def test_assess_turns_answers_into_a_result(
    tpcheck: Command,
    answers: Callable[..., str],
    text: str,
    plain: int,
    coded: int,
    heading: str,
) -> None:
    path = answers(text)

    assert tpcheck("assess", path).code == plain
    ran = tpcheck("assess", path, "--exit-code")
    assert ran.code == coded
    assert heading in ran.out


@pytest.mark.usefixtures("rule_file")
def test_assess_names_what_is_missing(tpcheck: Command, answers: Callable[..., str]) -> None:
    ran = tpcheck("assess", answers(USUAL.replace("  bad: 4\n", "")))

    assert ran.err == "tpcheck: no answer is given to: bad\n"


@pytest.mark.usefixtures("rule_file")
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", '{"answers": {"crushed": "yes"}}'),
        ("a.JSON", '{"answers": {"crushed": "yes"}}'),
        ("a.yml", '{answers: {crushed: "yes"}}'),
        # Without an extension the first character tells.
        ("a", ' {"answers": {"crushed": "yes"}}'),
        ("a", 'answers: {crushed: "yes"}'),
    ],
)
def test_assess_reads_yaml_and_json(
    tpcheck: Command, answers: Callable[..., str], name: str, text: str
) -> None:
    ran = tpcheck("assess", answers(text, name), "--format", "json")

    assert ran.code == 0
    assert json.loads(ran.out)["disposition"] == "now"


@pytest.mark.usefixtures("rule_file")
@pytest.mark.parametrize(
    ("old", "new", "where", "named"),
    [
        ("age: young", "age: child", ":4:", "age"),  # no such option
        ("age: young", "aeg: young", ":4:", "aeg"),  # no such item
        ("main: arm", "main: [arm, leg]", ":7:", "main"),  # takes one answer
        ("sore: [none]", "sore: [none, arm_upper]", ":8:", "sore"),  # stands alone
        ('injury: "no"', 'injury: "no"\n  swollen: "no"', ":6:", "swollen"),  # is not asked
        ("answers:", "version: 2020-01-01\nanswers:", ":1:", "version"),  # for another version
        ("answers:", "ruleset: other\nanswers:", ":1:", "ruleset"),  # for another rule set
        ("mood: well", "mood: well\n  mood: low", ":11:", "mood"),  # is answered twice
    ],
)
def test_assess_refuses_answers_that_do_not_fit(
    tpcheck: Command, answers: Callable[..., str], old: str, new: str, where: str, named: str
) -> None:
    ran = tpcheck("assess", answers(USUAL.replace(old, new)))

    assert (ran.code, ran.out) == (ExitCode.DATA, "")
    error = _one_error(ran.err)
    assert f"answers.yaml{where}" in error
    assert named in error


@pytest.mark.usefixtures("rule_file")
def test_assess_explains(tpcheck: Command, answers: Callable[..., str]) -> None:
    path = answers(NOW)

    assert "explain.met heavy" not in tpcheck("assess", path).out
    assert "explain.met heavy help now A crushed feeling." in tpcheck(
        "assess", path, "--explain"
    ).out.replace("\n  ", " ")


# --- files that cannot be read ----------------------------------------------------------------


def _make(tmp_path: Path, what: str) -> str:
    path = tmp_path / what
    match what:
        case "folder":
            path.mkdir()
        case "fifo":
            os.mkfifo(path)
        case "dangling":
            path.symlink_to(tmp_path / "nothing")
        case "device":
            return "/dev/zero"
        case "nul":
            return "a\0b"
        case "long":
            return "x" * 5000
        case "steering":
            return "\x1b[2J\nsecond line"
    return str(path)


@pytest.mark.parametrize(
    "what", ["missing", "folder", "fifo", "dangling", "device", "nul", "long", "steering"]
)
@pytest.mark.parametrize("used_as", ["answers", "rules"])
def test_what_is_no_file_is_refused_and_never_waited_for(
    tpcheck: Command, tmp_path: Path, rule_file: Path, what: str, used_as: str
) -> None:
    path = _make(tmp_path, what)

    ran = tpcheck("assess", path) if used_as == "answers" else tpcheck("learn", "--rules", path)

    if (what, used_as) == ("fifo", "answers"):
        # A pipe is taken; one that nobody writes to is an empty file.
        assert ran.code == ExitCode.DATA
    else:
        assert (ran.code, ran.out) == (ExitCode.NO_INPUT, "")
    assert "\x1b" not in ran.err
    _one_error(ran.err)


def test_a_file_that_is_too_large_is_refused(
    tpcheck: Command, answers: Callable[..., str], rule_file: Path
) -> None:
    ran = tpcheck("assess", answers("# " + "x" * 1024 * 1024))

    assert ran.code == ExitCode.DATA


def test_no_more_is_read_than_a_reader_takes(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(b"x" * (2 * 1024 * 1024))

    assert len(files.read(str(path))) == 1024 * 1024 + 1


# --- rule sets --------------------------------------------------------------------------------


def test_rules_come_from_the_option_then_the_variable_then_the_package(
    tpcheck: Command, rule_file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "questions.yaml").write_text("a trap", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    other = tmp_path / "other.yaml"
    other.write_text(small_text().replace("title: What is it?", "title: The other?"), "utf-8")

    assert "The other?" in tpcheck("learn", "--rules", str(other)).out
    assert "What is it?" in tpcheck("learn").out
    monkeypatch.delenv(rulesets.VARIABLE)
    assert "What are trigger points?" in tpcheck("learn").out


def test_the_help_says_what_the_shipped_rules_are_for(shipped: RuleSet) -> None:
    assert rulesets.intended_purpose() == shipped.about.intended_purpose


@pytest.mark.parametrize(
    ("old", "new", "arguments", "code"),
    [
        ("status: draft", "status: draft", [], 0),
        ("status: draft", "status: draft", ["--require-approved"], 78),
        ("status: draft", "status: withdrawn", [], 78),
    ],
)
def test_rules_that_may_not_be_used_are_refused(
    tpcheck: Command,
    answers: Callable[..., str],
    rule_file: Path,
    old: str,
    new: str,
    arguments: list[str],
    code: int,
) -> None:
    rule_file.write_text(small_text().replace(old, new), encoding="utf-8")

    ran = tpcheck("assess", answers(NOW), *arguments)

    assert ran.code == code
    assert bool(ran.out) == (code == 0)


def test_approved_rules_may_be_used_until_their_review(
    tpcheck: Command,
    answers: Callable[..., str],
    rule_file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from tpcheck import loader

    approved = small_text().replace("status: draft", "status: approved")
    approval = "  approval: {by: A B, registration: '1', on: 2026-01-01, of: %s}\n\nclinic:"
    draft = approved.replace("\nclinic:", approval % ("0" * 64), 1)
    fingerprint = loader.load(draft.encode(), "small.yaml").fingerprint
    rule_file.write_text(draft.replace("0" * 64, fingerprint), encoding="utf-8")

    monkeypatch.setattr(rulesets, "today", lambda: "2027-01-31")
    assert tpcheck("assess", answers(NOW), "--require-approved").code == 0
    monkeypatch.setattr(rulesets, "today", lambda: "2027-02-01")
    assert tpcheck("assess", answers(NOW), "--require-approved").code == 78
    assert "about.review_passed" in tpcheck("assess", answers(NOW)).out


def test_a_broken_rule_file_says_where(
    tpcheck: Command, answers: Callable[..., str], rule_file: Path
) -> None:
    rule_file.write_text(small_text().replace("rule: heavy", "rule: haevy"), encoding="utf-8")

    ran = tpcheck("assess", answers(NOW))

    assert (ran.code, ran.out) == (ExitCode.DATA, "")
    assert re.search(r"small\.yaml:\d+:\d+: .*haevy.*heavy", _one_error(ran.err))


# --- learn ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("rule_file")
def test_learn_reads_out_the_leaflet(tpcheck: Command) -> None:
    whole = tpcheck("learn")

    assert whole.code == 0
    assert whole.out == (
        "learn.title\n\nWhat is it?\n- A sore spot.\n- It can spread.\n\nlearn.closing\n"
    )
    assert tpcheck("learn", "what").out == whole.out


@pytest.mark.usefixtures("rule_file")
def test_learn_names_the_nearest_topic(tpcheck: Command) -> None:
    ran = tpcheck("learn", "waht")

    assert ran.code == ExitCode.USAGE
    assert "did you mean 'what'?" in _one_error(ran.err)


# --- rules ------------------------------------------------------------------------------------

CASES = """\
cases:
  - case: A heavy feeling is an emergency.
    level: heavy/now
    answers: {crushed: "yes"}
    rest: usual
    expect: {disposition: now}
"""


def test_rules_check_says_everything_that_is_wrong(tpcheck: Command, rule_file: Path) -> None:
    broken = small_text().replace("rule: heavy", "rule: haevy").replace("floor: now", "floor: new")
    rule_file.write_text(broken, encoding="utf-8")

    ran = tpcheck("rules", "check")

    assert ran.code == ExitCode.PROBLEMS
    *problems, last = ran.out.splitlines()
    assert all(re.match(r".*small\.yaml:\d+:\d+: ", line) for line in problems)
    assert len(problems) >= 3
    assert last.endswith(f"{len(problems)} problems")


def test_rules_check_prints_the_budget(tpcheck: Command, rule_file: Path) -> None:
    ran = tpcheck("rules", "check")

    assert "screens of a routine run" in ran.out
    assert "crushed: card on screen 3" in ran.out


@pytest.mark.usefixtures("rule_file")
def test_rules_test_runs_cases_and_lists_what_none_reaches(
    tpcheck: Command, tmp_path: Path
) -> None:
    (tmp_path / "good.yaml").write_text(CASES, encoding="utf-8")

    ran = tpcheck("rules", "test", str(tmp_path / "good.yaml"))

    assert ran.code == 0
    assert "no case reaches heavy/now" not in ran.out
    assert re.search(r"small\.yaml:\d+:\d+: no case reaches fainting/today", ran.out)
    assert ran.out.splitlines()[-1].startswith("1 case, 0 problems, ")


@pytest.mark.usefixtures("rule_file")
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("disposition: now", "disposition: today"),  # fails
        ("disposition: now", "dispositon: now"),  # cannot be read
    ],
)
def test_rules_test_finds_the_case_that_is_wrong(
    tpcheck: Command, tmp_path: Path, old: str, new: str
) -> None:
    folder = tmp_path / "cases" / "more"
    folder.mkdir(parents=True)
    (folder / "bad.yaml").write_text(CASES.replace(old, new), encoding="utf-8")

    ran = tpcheck("rules", "test", str(tmp_path / "cases"))

    assert ran.code == ExitCode.PROBLEMS
    assert "bad.yaml:" in ran.out
    # No rule is blamed for cases that were not run.
    left_out = new.startswith("dispositon")
    assert ("bad.yaml: none of its cases is run before this is mended" in ran.out) == left_out
    assert ("no case reaches" in ran.out) != left_out


def test_rules_test_looks_for_cases_beside_the_rules(
    tpcheck: Command, rule_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    assert "there are no cases" in _one_error(tpcheck("rules", "test").err)

    folder = tmp_path / "tests" / "cases"
    folder.mkdir(parents=True)
    assert "no case files" in _one_error(tpcheck("rules", "test").err)

    (folder / "good.yaml").write_text(CASES, encoding="utf-8")
    assert tpcheck("rules", "test").code == 0


def test_rules_show_reads_a_withdrawn_rule_set_too(tpcheck: Command, rule_file: Path) -> None:
    rule_file.write_text(small_text().replace("status: draft", "status: withdrawn"), "utf-8")

    ran = tpcheck("rules", "show")

    assert ran.code == 0
    assert "Status: withdrawn." in ran.out


# --- wrong use, help, bugs --------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ["unknown"],
        ["assess"],
        ["assess", "a", "--format", "xml"],
        ["--unknown"],
        ["rules", "unknown"],
        ["--plain", "learn"],  # an option of the questions, before another command
    ],
)
def test_wrong_use_is_2(tpcheck: Command, arguments: list[str]) -> None:
    ran = tpcheck(*arguments)

    assert (ran.code, ran.out) == (ExitCode.USAGE, "")
    assert ran.err


def test_without_a_terminal_nobody_is_asked(tpcheck: Command) -> None:
    for arguments in ([], ["--plain"]):
        ran = tpcheck(*arguments)

        assert (ran.code, ran.out) == (ExitCode.USAGE, "")
        assert "tpcheck assess FILE" in _one_error(ran.err)


def test_the_version_is_said(tpcheck: Command) -> None:
    assert tpcheck("--version") == Ran(0, f"tpcheck {__version__}\n", "")


def test_the_help_names_every_exit_code(tpcheck: Command) -> None:
    out = tpcheck("--help").out

    table = out[out.index("Exit codes:") :]
    named = {int(number) for line in table.splitlines() for number in _codes(line)}
    assert named == {*(int(code) for code in ExitCode), 10, 11, 12, 13}


def _codes(line: str) -> Iterator[str]:
    for word in line.split():
        if not word.isdecimal():
            return
        yield word


def test_a_bug_is_said_in_one_line(
    tpcheck: Command,
    answers: Callable[..., str],
    rule_file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise UnsoundError("nobody should see this")

    monkeypatch.setattr("tpcheck.summary.summarize", broken)
    path = answers(NOW)

    ran = tpcheck("assess", path)
    assert (ran.code, ran.out) == (ExitCode.BUG, "")
    assert ran.err.splitlines()[0] == errors.BUG_NOTICE
    assert "Traceback" not in ran.err

    monkeypatch.setenv(app.DEBUG_VARIABLE, "1")
    assert "nobody should see this" in tpcheck("assess", path).err


# --- whether to ask in plain lines ------------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "size", "plain"),
    [
        ({"TERM": "xterm"}, (80, 24), False),
        ({"TERM": "xterm"}, (40, 14), False),
        ({"TERM": "xterm"}, (39, 24), True),  # too narrow to draw in
        ({"TERM": "xterm"}, (80, 13), True),  # too low
        ({"TERM": "dumb"}, (80, 24), True),
        ({"TERM": "unknown"}, (80, 24), True),
        ({"TERM": "xterm", "ACCESSIBLE": "1"}, (80, 24), True),
        ({"TERM": "xterm", "ACCESSIBLE": "No"}, (80, 24), False),
        ({"TERM": "xterm", "ACCESSIBLE": ""}, (80, 24), False),
        ({"TERM": "xterm", "TPCHECK_PLAIN": "yes"}, (80, 24), True),
        ({"TERM": "xterm", "TPCHECK_PLAIN": "0"}, (80, 24), False),
        ({"TERM": "xterm", "TPCHECK_PLAIN": "false", "ACCESSIBLE": "true"}, (80, 24), True),
    ],
)
def test_plain_lines_are_for_those_who_want_or_need_them(
    environment: dict[str, str], size: tuple[int, int], plain: bool
) -> None:
    assert patient.wants_plain(environment, size) is plain


def test_who_stops_gets_no_result_and_an_emergency_is_shown_all_the_same(small: RuleSet) -> None:
    engine = Engine(small)
    usual = engine.fill_usual({})
    gaps = {"faint": ("yes",)}

    assert patient._outcome(engine, Stopped(usual)) == (None, False)
    assert patient._outcome(engine, Stopped(gaps)) == (None, False)
    shown, complete = patient._outcome(engine, Stopped({"crushed": ("yes",)}))
    assert (shown.disposition if shown else "", complete) == ("now", False)
    finished = Finished(engine.assess(usual), usual)
    assert patient._outcome(engine, finished) == (finished.assessment, True)


# --- streams, in a process of their own -------------------------------------------------------


def _shell(command: str, rule_file: Path, **environment: str) -> Ran:
    """A command line with `tpcheck` in it."""
    done = subprocess.run(
        ["bash", "-c", command.replace("tpcheck", f"{sys.executable} -m tpcheck")],
        capture_output=True,
        text=True,
        cwd=SMALL.parent.parent.parent,
        env={**os.environ, rulesets.VARIABLE: str(rule_file), **environment},
        check=False,
        timeout=20,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize(
    "command",
    [
        "tpcheck assess {} >&-",  # closed
        "tpcheck assess {} > /dev/full",  # no room
        "set -o pipefail; tpcheck assess {} | (exec 0<&-; sleep 1)",  # nobody reads on
    ],
)
def test_output_that_does_not_arrive_is_an_error_and_the_emergency_is_still_said(
    rule_file: Path, answers: Callable[..., str], command: str
) -> None:
    ran = _shell(command.format(answers(NOW)), rule_file)

    assert ran.code == ExitCode.NOT_DELIVERED
    assert "Get help now. Call for help now." in ran.err
    assert "tpcheck: error: the output could not be delivered" in ran.err
    assert "Traceback" not in ran.err
    assert "Exception" not in ran.err


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("tpcheck --version > /dev/full", 74),
        ("tpcheck --help > /dev/full", 74),
        ("tpcheck --help >&-", 74),
        ("tpcheck learn >&-", 74),
        ("tpcheck learn nothing 2>&-", 2),  # nobody to tell, and the code is right
        ("tpcheck assess - <&-", 66),
        ("tpcheck assess - < /dev/null", 65),
        ("tpcheck assess /dev/null", 66),
        ("echo 'answers: {crushed: \"yes\"}' | tpcheck assess -", 0),
        ("tpcheck assess <(echo 'answers: {crushed: \"yes\"}')", 0),
        ("tpcheck < /dev/null", 2),
        ("tpcheck <&-", 2),
    ],
)
def test_streams_that_are_not_there(rule_file: Path, command: str, code: int) -> None:
    ran = _shell(command, rule_file)

    assert ran.code == code
    assert "Traceback" not in ran.err
    assert "Exception" not in ran.err


def test_a_stream_gets_only_what_it_can_say(rule_file: Path, answers: Callable[..., str]) -> None:
    text = rule_file.read_text(encoding="utf-8").replace(
        "Call for help now.", "Call \u2013 caf\u00e9."
    )
    rule_file.write_text(text, encoding="utf-8")

    ran = _shell(f"tpcheck assess {answers(NOW)}", rule_file, PYTHONIOENCODING="ascii")

    assert ran.code == 0
    assert "Call - caf\\xe9." in ran.out


def test_no_escape_goes_to_a_file(rule_file: Path, answers: Callable[..., str]) -> None:
    ran = _shell(f"tpcheck assess {answers(NOW)} --explain", rule_file, FORCE_COLOR="1")

    assert "\x1b" not in ran.out


def test_a_terminal_is_no_file_of_answers(rule_file: Path) -> None:
    with _terminal("assess", "-") as terminal:
        assert terminal.end() == (ExitCode.USAGE, None)
        assert "standard input is a terminal" in terminal.everything()


# --- at a terminal ----------------------------------------------------------------------------


def _terminal(*arguments: str, **environment: str):  # type: ignore[no-untyped-def]
    pytest.importorskip("pexpect")
    from term import Terminal

    root = str(SMALL.parent.parent.parent)
    return Terminal(
        sys.executable,
        ["-m", "tpcheck", *arguments],
        columns=72,
        rows=40,
        environment={
            rulesets.VARIABLE: os.environ.get(rulesets.VARIABLE, ""),
            "PYTHONPATH": root,
            **environment,
        },
    )


EXTRA = ("", "--plain")


@pytest.mark.usefixtures("rule_file")
@pytest.mark.parametrize("plain", EXTRA)
@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)],
)
def test_a_signal_leaves_the_terminal_as_it_was(plain: str, number: int, code: int) -> None:
    with _terminal(*filter(None, [plain])) as terminal:
        terminal.wait("start.self")
        terminal.kill(number)

        assert terminal.end() == (code, None)
        assert "unfinished.title" in terminal.text()
        assert "unfinished.points 1" in terminal.text()
        if not plain:
            # The other screen is left, and the cursor is shown.
            assert terminal.raw.rindex(b"\x1b[?1049l") > terminal.raw.rindex(b"\x1b[?1049h")
        else:
            assert b"\x1b" not in terminal.raw


@pytest.mark.usefixtures("rule_file")
@pytest.mark.parametrize("keys", [["\r\x04"], ["q\r", "y\r"]])
def test_stopping_in_plain_lines_gives_no_result(keys: list[str]) -> None:
    with _terminal("--plain") as terminal:
        terminal.wait("start.self")
        for key in keys:
            terminal.send(key)

        assert terminal.end() == (ExitCode.INCOMPLETE, None)
        assert "unfinished.points 1" in terminal.text()
        assert b"\x1b" not in terminal.raw


@pytest.mark.usefixtures("rule_file")
@pytest.mark.parametrize("no_color", ["", "1"])
def test_the_card_stays_on_the_screen(no_color: str) -> None:
    with _terminal(NO_COLOR=no_color) as terminal:
        terminal.wait("start.self")
        terminal.send("1\r", "Is any of these happening now")
        terminal.send("y\r", "A crushed feeling")
        terminal.send("y", "Y")
        terminal.send("n\r", "Get help now")
        terminal.send("y")

        assert terminal.end() == (0, None)
        text = terminal.text()
        assert "Get help now" in text
        assert "- A crushed feeling" in text
        assert (b"\x1b[1;37;41m" in terminal.raw) == (not no_color)


_LOST = """
import os, signal, sys, weakref
from tpcheck.cli import leaving
class Thing:
    pass
leaving.on_signals()
thing = Thing()
reference = weakref.ref(thing, lambda _: os.kill(os.getpid(), getattr(signal, sys.argv[1])))
del thing  # what is raised in the callback is dropped
leaving.leave_if_asked()
"""


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_a_signal_is_not_lost(name: str, code: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _LOST, name], capture_output=True, text=True, check=False
    )

    assert "Exception ignored" in done.stderr
    assert done.returncode == code
