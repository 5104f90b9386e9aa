"""Phone calls at a terminal, as staff take them: keys in, a drawn screen and a note out."""

import re
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tpcheck.callcode import encode
from tpcheck.cli.rulesets import VARIABLE
from tpcheck.engine import Engine, usual
from tpcheck.model import YES, RuleSet

pytest.importorskip("termios", reason="a pseudo-terminal is needed")

from term import BACKSPACE, CTRL_C, CTRL_D, ENTER, ESCAPE, Terminal

COMMAND = shutil.which("tpcheck", path=str(Path(sys.executable).parent)) or ""
REFERENCE = r"Call [0-9A-HJKMNP-TV-Z]{4}-\d{4}"
NOTE = "PHONE TRIAGE NOTE"
NEXT = "Press N for the next call"


def flat(text: str) -> str:
    return " ".join(text.split())


class Staff:
    """Somebody on the phone, whose key presses are counted."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self.presses = 0
        terminal.wait(REFERENCE)

    def press(self, keys: str, then: str = "") -> "Staff":
        """Press each of `keys`, and wait for `then`."""
        for key in keys:
            self.presses += 1
            self.terminal.send(key)
        if then:
            self.terminal.until(lambda: bool(re.search(then, self.sees())), repr(then))
        return self

    def sees(self) -> str:
        return flat(self.terminal.text())

    def question(self, number: int, keys: str, then: str = "") -> "Staff":
        """Answer the question with this number once it is there."""
        self.terminal.wait(rf"Question {number}\n")
        return self.press(keys, then)

    def note(self) -> str:
        """All that stands on the terminal, once the note of the last call does."""
        self.terminal.wait(NEXT)
        return flat(self.terminal.everything())


Start = Callable[..., Terminal]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start `tpcheck triage` in an empty folder with an empty home; nothing is written there."""
    assert COMMAND, "the command is not installed beside the Python that runs the tests"
    folders = [tmp_path / "here", tmp_path / "home"]
    opened: list[Terminal] = []
    for folder in folders:
        folder.mkdir()

    def run(*arguments: str, columns: int = 80, rows: int = 24, **environment: str) -> Terminal:
        terminal = Terminal(
            COMMAND,
            ["triage", *arguments],
            columns=columns,
            rows=rows,
            folder=folders[0],
            environment={"HOME": str(folders[1]), VARIABLE: "", **environment},
        )
        opened.append(terminal)
        return terminal

    yield run
    for terminal in opened:
        terminal.__exit__(None, None, None)
    assert [path.name for folder in folders for path in folder.iterdir()] == []


#: Low back pain with nothing unusual: for each question its keys.
ROUTINE = [
    "n\r",  # emergencies
    "n\r",
    "2",  # age
    "n",  # facts
    "6",  # main place
    "4",  # side
    "1",  # other places
    "1\r",  # exact place
    "2",  # how long
    "8",  # how it began
]


def routine(staff: Staff) -> None:
    """Answer a routine call up to the read-back, whatever its warning screens are."""
    staff.press("1")
    for number, keys in enumerate(ROUTINE, 1):
        staff.question(number, keys)
    number = len(ROUTINE)
    while "Read back" not in staff.sees():
        number += 1
        staff.terminal.wait(rf"Question {number}\n|Read back")
        seen = staff.sees()
        if "Warning signs: press" in seen:
            staff.press("n" * seen.count("[ ... ]") + ENTER)
        elif "Warning sign: press" in seen:
            staff.press("n" + ENTER)
        elif "How are you coping" in seen:
            staff.press("1")
        elif "Press the numbers" in seen:
            staff.press("0")
        elif "Read back" not in seen:
            staff.press("4")  # how bad it is


def test_a_routine_call_takes_at_most_45_key_presses(start: Start) -> None:
    with start() as terminal:
        staff = Staff(terminal)
        routine(staff)
        assert "You told me you have none of these:" in staff.sees()
        assert "The part you sit on feels numb" in staff.sees()
        staff.press(ENTER, "You can contact the clinic")
        assert "When to get help sooner" in staff.sees()
        note = staff.press(ENTER).note()

        assert staff.presses <= 45
        assert "Result by the rules: Contact the clinic" in note
        assert re.search(r"Contact the clinic, read out at \d\d:\d\d", note)
        assert "Main place: Low back" in note
        assert "DENIED" in note
        assert "coping" not in note[note.index(NOTE) :].lower()
        assert "Decided by: ______" in note
        terminal.send("q")
        assert terminal.end() == (0, None)
        assert terminal.is_as_before


@pytest.mark.parametrize("row", range(5))
def test_an_emergency_is_read_out_within_12_key_presses(start: Start, row: int) -> None:
    with start() as terminal:
        staff = Staff(terminal)
        staff.press("1").question(1, "y" + ENTER).question(2, "n" * row + "y" + ENTER)
        terminal.wait("EMERGENCY: call 999 now")
        card = staff.sees()
        assert "SAY: From what you told me, you need 999 now." in card
        assert "SAY: Where are you now, and which number can I call you back on?" in card
        assert "WARNING SIGN:" in card
        staff.press("999", r"Call 999 now: read out \d\d:\d\d")
        assert staff.presses <= 12
        note = staff.press(ENTER).note()
        assert re.search(r"Advice given: Call 999 now, read out at \d\d:\d\d", note)
        terminal.send("q")
        assert terminal.end() == (0, None)


def test_keys_that_were_typed_ahead_never_reach_a_card(start: Start) -> None:
    with start() as terminal:
        staff = Staff(terminal)
        staff.press("1").question(1, "y" + ENTER).question(2, "y")
        # All at once: what follows Enter was typed before the card could be seen.
        terminal.send(ENTER + "999" + ENTER, "EMERGENCY: call 999 now")
        assert "read out" not in staff.sees().replace("Read it out", "")
        staff.press("99p", "Question 2 ")


def test_keys_that_were_typed_ahead_never_reach_a_warning(start: Start) -> None:
    with start() as terminal:
        terminal.wait(REFERENCE).send("1n\rn\r2", "Question 1\n")
        assert "Question 1\n" in terminal.text()
        terminal.send("n", "> N")
        terminal.send("\rn\rn\r", "Question 2\n")
        # Between ordinary questions they are wanted.
        terminal.send("n").send(ENTER, "Question 3\n").send("2n64", "Question 7\n")


def test_a_typed_ahead_enter_reads_nothing_back(start: Start) -> None:
    with start() as terminal:
        staff = Staff(terminal)
        routine(staff)
        staff.press("p", "How are you coping")
        terminal.send("1\r\r\r", "Read back")
        assert "You can contact the clinic" not in staff.sees()


def test_the_next_call_starts_without_restarting(start: Start) -> None:
    with start() as terminal:
        staff = Staff(terminal)
        first = re.search(REFERENCE, staff.sees())
        staff.press("1").question(1, "q").press("y")
        assert "The call ended before it was finished." in staff.note()
        terminal.send("n", "New call")
        second = re.search(REFERENCE, staff.sees())
        assert first
        assert second
        assert first[0] != second[0]
        # Nothing of the first call is left.
        staff.press("1").question(1, "n")
        terminal.send(CTRL_D)
        terminal.wait(NEXT)
        assert terminal.raw.decode().count(NOTE) == 2
        terminal.send("q")
        assert terminal.end() == (0, None)


@pytest.mark.parametrize(
    ("number", "status"),
    [(signal.SIGHUP, 129), (signal.SIGTERM, 143), (None, 130)],
    ids=["hang-up", "terminated", "Ctrl-C"],
)
@pytest.mark.parametrize("where", ["question", "rows", "comment", "card"])
def test_a_lost_call_yields_its_note(
    start: Start, number: signal.Signals | None, status: int, where: str
) -> None:
    with start() as terminal:
        staff = Staff(terminal)
        staff.press("2").question(1, "y" + ENTER)
        match where:
            case "rows":
                staff.question(2, "nn")
            case "card":
                staff.question(2, "y" + ENTER, "EMERGENCY: call 999 now")
            case _:
                staff.question(2, "nnnnn" + ENTER).question(3, "c" if where == "comment" else "y")
        if number is None:
            terminal.send(CTRL_C)
        else:
            terminal.kill(number)
        assert terminal.end() == (status, None)
        assert terminal.is_as_before
        note = flat(terminal.everything())
        assert NOTE in note
        assert "Caller: someone who spoke for the patient" in note
        if where == "card":
            assert "Result by the rules: Call 999 now" in note
            assert "none was recorded" in note
        else:
            assert "Result by the rules: none was reached" in note
            assert "DENIED" in note


def test_a_comment_with_hostile_text_is_harmless(start: Start) -> None:
    with start() as terminal:
        staff = Staff(terminal)
        staff.press("1").question(1, "c", "Comment on this question")
        terminal.paste(
            "\x1b]0;title\x07worse \x1b[31mat\x1b[0m night\u202e [/red]\nnow", "\\[/red] now"
        )
        terminal.send("x" + BACKSPACE + ENTER, "Comment: worse at night")
        staff.press("qy")
        note = staff.note()
        assert "worse at night [/red] now" in note
        after = terminal.raw.decode()
        for bad in ("\x1b]0;", "\x1b[31m", "\u202e"):
            assert bad not in after


def test_comment_go_volunteered_finish_and_raise(start: Start) -> None:
    with start() as terminal:
        staff = Staff(terminal)
        staff.press("1").question(1, "n" + ENTER).question(2, "n" + ENTER)
        # C: a comment, with letters that are commands elsewhere.
        staff.question(3, "c", "Comment on this question")
        terminal.send("quite vague, pgq" + ENTER, "Comment: quite vague, pgq")
        # V: volunteered.
        staff.press("v", "The caller volunteered this")
        # ?: what to say if asked.
        staff.press("2").question(4, "?", "IF ASKED: For example a transplant")
        staff.press("n").question(5, "6").question(6, "4").question(7, "1")
        staff.question(8, "1" + ENTER).question(9, "2").question(10, "8")
        # G: to a question, and back.
        staff.question(11, "g", "Go to a question")
        terminal.send("3" + ESCAPE, "Question 11\n")
        staff.press("g3" + ENTER).question(3, "7", "Question 11 ")
        number = 11
        while "Press F to go there" not in staff.sees():
            assert "Press F" not in staff.sees()
            rows = staff.sees().count("[ ... ]")
            staff.press("n" * max(rows, 1))
            if "Warning sign" in staff.sees():
                staff.press(ENTER)
            number += 1
            terminal.wait(rf"Question {number}\n")
        # F: to what can still change the advice, then to the end.
        while "Press F to finish" not in staff.sees():
            staff.press("f")
            staff.press("1" if "How are you coping" in staff.sees() else "0")
        staff.press("f", "Read back").press(ENTER, "You can contact the clinic")
        # E: more urgent, with a reason.
        staff.press("e", "Give more urgent advice").press("1", "Why See a GP first")
        terminal.send(ENTER, "Say why in a few words")
        terminal.send("sounds very tired" + ENTER, "Raised by staff to: See a GP first")
        assert "SAY: From what you told me, a GP should see you before we do." in staff.sees()
        note = staff.press(ENTER).note()
        assert "Raised by staff to: See a GP first. Reason: sounds very tired" in note
        assert "See a GP first, read out at" in note
        assert "Age: 65 or over (volunteered)" in note
        assert "Age: quite vague, pgq" in note
        assert "NOT ASKED" in note


def test_a_small_window_keeps_the_reference_in_sight_and_cuts_nothing(start: Start) -> None:
    with start(columns=44, rows=14) as terminal:
        staff = Staff(terminal)
        staff.press("1").question(1, "y")
        # Enter shows the rest first, and only then goes on.
        for _ in range(10):
            if "Warning signs" not in staff.sees():
                assert re.match(REFERENCE, terminal.text())
                staff.press(ENTER)
        staff.press("y" + ENTER, "SAY: From what you told me")
        # So does the code of the card.
        for _ in range(10):
            if not re.search(r"999 now: read out", staff.sees()):
                assert re.match(REFERENCE, terminal.text())
                staff.press("999")
        assert re.search(r"999 now: read out \d\d:\d\d", staff.sees())


@pytest.mark.parametrize("code", ["0000", "not a code", "zzzz-zzzz-zzzz"])
def test_a_code_that_is_none_is_refused(start: Start, code: str) -> None:
    with start("--code", code) as terminal:
        assert terminal.end() == (65, None)
        assert "tpcheck: error:" in terminal.text()


def test_a_code_opens_a_patients_answers(start: Start, shipped: RuleSet) -> None:
    engine = Engine(shipped)
    told = {**engine.path({}, usual).answers, "fever": (YES,), "coping": ("fine",)}
    with start("--code", encode(engine, engine.fill_usual(told))) as terminal:
        staff = Staff(terminal)
        # What is happening now is asked again, and what is private is in no code.
        staff.press("1", "Question 1").press("n").press(ENTER, "Question 2").press("n")
        staff.press(ENTER, "How are you coping").press("1", "Check your answers")
        staff.press(ENTER, "You told me: A temperature of 38C or more").press(ENTER, "URGENT")
        # What does not fit is shown before it counts as read out.
        staff.press(ENTER, "there was more below")
        note = staff.press(ENTER).note()
        assert "Get help today (NHS 111 or a GP), read out at" in note
        assert "Opened with a code" in note


def test_a_code_can_be_typed_where_no_list_of_processes_shows_it(
    start: Start, shipped: RuleSet
) -> None:
    engine = Engine(shipped)
    asked = flat(shipped.texts["triage.code_typed"])
    code = encode(engine, engine.fill_usual({"fever": (YES,)}))
    with start("--code", "-") as terminal:
        terminal.until(lambda: asked in flat(terminal.text()), asked)
        terminal.send("not a code" + ENTER, "ask for it once more")
        terminal.send(code.lower() + ENTER)
        staff = Staff(terminal)
        staff.press("1", "Question 1").press("n").press(ENTER, "Question 2").press("n")
        staff.press(ENTER, "How are you coping")
        terminal.send("q").send("y", NEXT)
        # The next caller has a code too, and the one after that has none.
        terminal.send("c")
        terminal.until(lambda: asked in flat(terminal.text()), asked)
        terminal.send(code + ENTER, REFERENCE)
        staff.press("1", "Question 1").press("n").press(ENTER, "Question 2").press("n")
        staff.press(ENTER, "How are you coping")
        terminal.send("q").send("y", NEXT)
        terminal.send("c")
        terminal.until(lambda: asked in flat(terminal.text()), asked)
        terminal.send(ENTER, REFERENCE)
        staff.press("1", "Question 1")
        terminal.send("q").send("y", NEXT)
        terminal.send("c")
        terminal.until(lambda: asked in flat(terminal.text()), asked)
        terminal.send(CTRL_C)
        assert terminal.end() == (130, None)


# --- plain lines ------------------------------------------------------------------------------

PLAIN = {
    "option": (["--plain"], {}),
    "accessible": ([], {"ACCESSIBLE": "1"}),
    "dumb": ([], {"TERM": "dumb"}),
}


@pytest.mark.parametrize("way", PLAIN)
def test_a_call_in_plain_lines(start: Start, way: str) -> None:
    arguments, environment = PLAIN[way]
    with start(*arguments, **environment) as terminal:

        def say(line: str, then: str) -> None:
            heard = len(terminal.raw)
            terminal.send(line + ENTER)
            terminal.until(
                lambda: bool(re.search(then, flat(terminal.raw[heard:].decode()))), repr(then)
            )

        terminal.wait(REFERENCE)
        say("1", "Question 1")
        say("c", "Comment on this question")
        say("since \x1f Monday", "Comment: since Monday")
        say("?", "Why we ask|Each of these can need")
        say("y", "Question 2")
        # What was said of the lines is told again, and the line that follows.
        say("nn", r"1\..*\[No\] 2\..*\[No\] 3\. (?!.*\[)")
        say("nny", "EMERGENCY: call 999 now")
        say("", "Press one of: 999")
        say("999", "999 now: read out")
        say("", NOTE)
        say("c", "Only Enter: no code")
        say("", "New call")
        terminal.send(CTRL_D, "Press N for the next call")
        say("q", "")
        assert terminal.end() == (0, None)
        assert b"\x1b" not in terminal.raw
        text = terminal.raw.decode()
        assert text.count(NOTE) == 2
        assert "since Monday" in text
