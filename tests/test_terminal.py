"""The installed command at a terminal, as a person meets it: keys in, a drawn screen out."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pyte
import pytest
from conftest import small_text

from tpcheck import interview
from tpcheck.asking.options import Option
from tpcheck.asking.view import Kind, View, Viewer
from tpcheck.cli.rulesets import VARIABLE
from tpcheck.engine import Engine
from tpcheck.model import NO, YES, Answer, RuleSet
from tpcheck.session import (
    NONE_OF_THESE,
    ONESELF,
    SOME_OF_THESE,
    START,
    Ask,
    Group,
    Marks,
    Rows,
    Session,
)

pytest.importorskip("termios", reason="a pseudo-terminal is needed")

from term import BACKSPACE, CTRL_C, CTRL_D, DOWN, ENTER, PAGE_DOWN, UP, Terminal

COMMAND = shutil.which("tpcheck", path=str(Path(sys.executable).parent)) or ""

#: Ways to be asked in plain lines: arguments, environment, columns and rows.
Way = tuple[list[str], dict[str, str], tuple[int, int]]
PLAIN: dict[str, Way] = {
    "option": (["--plain"], {}, (80, 24)),
    "accessible": ([], {"ACCESSIBLE": "1"}, (80, 24)),
    "dumb": ([], {"TERM": "dumb"}, (80, 24)),
    "tiny": ([], {}, (39, 20)),
}

#: What sets a colour of the text or behind it.
_COLOURS = re.compile(rb"\x1b\[(?:\d+;)*(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:;\d+)*m")


def flat(text: str) -> str:
    """`text` without its line breaks."""
    return " ".join(text.split())


# --- a person ---------------------------------------------------------------------------------


class Person:
    """Somebody who answers: what is `wanted`, and what is usual to everything else.

    An interview of their own tells which screen has to come; they go on when it is there, and press
    the keys that stand on it.
    """

    def __init__(
        self,
        terminal: Terminal,
        ruleset: RuleSet,
        wanted: Mapping[str, str] | None = None,
        *,
        plain: bool = False,
    ) -> None:
        self.terminal = terminal
        self.plain = plain
        self.engine = Engine(ruleset)
        self.viewer = Viewer(ruleset, lambda assessment: ("", ()))
        self.texts = ruleset.texts
        self.wanted = wanted or {}
        self.session = Session()
        self.screens = 0
        self._heard = 0
        self._said: tuple[Session, str] | None = None

    @property
    def view(self) -> View:
        """What should be on the screen."""
        shown = interview.screen(self.engine, self.session)
        return self.viewer.view(shown, for_other=self.session.for_other)

    def seen(self) -> str:
        """What is on the screen; in plain lines, what was said since the last answer."""
        if self.plain:
            return flat(self.terminal.raw[self._heard :].decode())
        return flat(self.terminal.text())

    def sees(self) -> bool:
        """Whether the screen that has to come is there."""
        view, seen = self.view, self.seen()
        if view.kind is Kind.READ:
            sign = re.escape(flat(view.how_typed if self.plain else view.how))
        else:
            sign = re.escape(flat(view.progress[-1] if view.progress else view.heading))
        if not re.search(rf"{sign}(?!\d)", seen):
            return False
        return seen.endswith(flat(view.how_typed)) if self.plain else flat(view.how) in seen

    def read(self) -> str:
        """Read the screen to its end, scrolling where there is more; all that it says."""
        if self._said and self._said[0] is self.session:
            return self._said[1]
        self.terminal.until(self.sees, f"{self.view.step_id} ({flat(self.view.heading)})")
        self.screens += 1
        said = self.seen() if self.plain else self._read_pages()
        self._said = (self.session, said)
        return said

    def _read_pages(self) -> str:
        lines = self._body()
        while self.texts["keys.more_below"] in self.terminal.text():
            self.terminal.send(PAGE_DOWN)
            lines = _joined(lines, self._body())
        return flat("\n".join(lines))

    def _body(self) -> list[str]:
        """The lines of the screen without those about keys."""
        how = self.view.how.split()[:3]
        lines = self.terminal.text().splitlines()
        ends = [n for n, line in enumerate(lines) if line.split()[:3] == how]
        about = (self.texts["keys.more_above"], self.texts["keys.more_below"])
        body = lines[: ends[-1]] if ends else lines
        return [line for line in body if line not in about and not line.startswith("! ")]

    def marks(self) -> dict[str, Answer]:
        """What the person means to answer here."""
        match interview.screen(self.engine, self.session):
            case Ask(item=item):
                wanted = self.wanted.get(item.link_id)
                return {item.link_id: (wanted,) if wanted else item.usual}
            case Rows(items=items):
                return {i.link_id: (self.wanted.get(i.link_id, NO),) for i in items}
            case Group(step_id=group, items=items):
                some = any(self.wanted.get(i.link_id, NO) != NO for i in items)
                return {group: (SOME_OF_THESE if some else NONE_OF_THESE,)}
            case _:
                return {START: (self.wanted.get(START, ONESELF),)} if self.view.name else {}

    def keys(self, marks: Marks) -> list[str]:
        """The keys for `marks`, one for each press."""
        view = self.view
        by_code: dict[str, Option] = {option.code: option for option in view.options}
        if view.kind is Kind.ROWS:
            return [by_code[marks[row.name][0]].key.lower() for row in view.rows]
        chosen = marks[view.name] if view.name else ()
        return [by_code[code].key for code in chosen] or ["y"]

    def answer(self) -> str:
        """Read the screen and answer it; what it said."""
        said = self.read()
        marks, view = self.marks(), self.view
        keys = self.keys(marks)
        if not self.plain:
            end = "" if view.kind in (Kind.READ, Kind.REVIEW) else ENTER
            self.terminal.type("".join(keys) + end)
        elif view.kind is Kind.ROWS:
            self._answer_rows(keys, marks)
        else:
            self._say(" ".join(keys))
        self.session = interview.reply(self.engine, self.session, marks)
        return said

    def _answer_rows(self, keys: list[str], marks: Marks) -> None:
        """In plain lines a row is asked after the other, until one ends the questions."""
        given: dict[str, Answer] = {}
        for row, key in zip(self.view.rows, keys, strict=True):
            if given:
                if interview.accepts(self.engine, self.session, given):
                    return
                self.terminal.until(self._asks_for_row, row.text)
            self._say(key)
            given[row.name] = marks[row.name]

    def previous(self) -> None:
        """One screen earlier, in plain lines."""
        self._say("p")
        self.session = interview.previous(self.engine, self.session)

    def _say(self, line: str) -> None:
        self._heard = len(self.terminal.raw)
        self.terminal.type(f"{line}\r")

    def _asks_for_row(self) -> bool:
        return self.seen().endswith(flat(self.view.how_typed))

    def go_to(self, step_id: str) -> str:
        """Answer until that step is on the screen; what all screens before it said."""
        said: list[str] = []
        while not self.session.finished and self.view.step_id != step_id:
            said.append(self.answer())
        self.terminal.until(self.sees, step_id)
        return "\n".join(said)

    def finish(self) -> tuple[str, int | None]:
        """Answer everything: all that the screens said, and the exit status."""
        said: list[str] = []
        while not self.session.finished:
            said.append(self.answer())
        self._decline()
        status, _ = self.terminal.end()
        return "\n".join(said), status

    def _decline(self) -> None:
        """Say no to all that is offered below the result."""
        child, offer = self.terminal.child, flat(self.texts["save.yes_no_typed"])

        def is_offered() -> bool:
            return flat(self.terminal.text()).endswith(offer)

        while child.isalive():
            self.terminal.until(lambda: not child.isalive() or is_offered(), "the end")
            if is_offered():
                self.terminal.type("n\r")


def _joined(lines: list[str], more: list[str]) -> list[str]:
    """Lines, and those of the page below without what both show."""
    for size in range(min(len(lines), len(more)), 0, -1):
        if lines[-size:] == more[:size]:
            return lines + more[size:]
    return lines + more


Start = Callable[..., Terminal]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start the command in an empty folder with an empty home; nothing may be written there."""
    assert COMMAND, "the command is not installed beside the Python that runs the tests"
    folders = [tmp_path / "here", tmp_path / "home"]
    opened: list[Terminal] = []
    for folder in folders:
        folder.mkdir()

    def run(
        *arguments: str, columns: int = 80, rows: int = 24, rules: str = "", **environment: str
    ) -> Terminal:
        if rules:
            path = tmp_path / "rules.yaml"
            path.write_text(rules, encoding="utf-8")
            environment[VARIABLE] = str(path)
        terminal = Terminal(
            COMMAND,
            arguments,
            columns=columns,
            rows=rows,
            folder=folders[0],
            environment={"HOME": str(folders[1]), **environment},
        )
        opened.append(terminal)
        return terminal

    yield run
    for terminal in opened:
        terminal.__exit__(None, None, None)
    assert [path.name for folder in folders for path in folder.iterdir()] == []


# --- whole runs -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("coping", "heading"),
    [("fine", "You can contact the clinic"), ("low", "See a GP first")],
)
def test_a_routine_run_ends_at_the_clinic_and_keeps_what_is_private(
    start: Start, shipped: RuleSet, coping: str, heading: str
) -> None:
    with start() as terminal:
        person = Person(terminal, shipped, {"coping": coping})
        person.go_to("coping")
        asked = person.answer()
        review = person.read()
        since = len(terminal.raw)
        _, status = person.finish()

        assert status == 0
        assert terminal.is_as_before
        # The start and the review are not counted.
        assert person.screens - 2 <= 25
        result = flat(terminal.everything())
        assert heading in result
        assert heading in flat(terminal.text())
        assert "When to get help sooner" in result
        for branch in shipped.clinic.branches:
            assert f"{branch.name}: {branch.phone}" in result
        assert "This is not a diagnosis." in result
        assert "These rules are a draft." in result
        # What was told in private comes back nowhere, and neither does the question.
        item = person.engine.items["coping"]
        answer = item.option(coping).text
        assert answer in asked
        assert "Main place Low back" in review
        shown_since = flat(terminal.raw[since:].decode())
        for text in (item.short, item.text, answer):
            assert text not in review
            assert text not in shown_since


@pytest.mark.parametrize(
    ("wanted", "heading"),
    [
        ({"fever": YES}, "URGENT: get help today"),
        # An accident, and no doctor has looked at it.
        ({"how_started": "accident"}, "EMERGENCY: go to A&E now"),
        ({"chest_now": YES}, "EMERGENCY: call 999 now"),
    ],
)
def test_advice_that_cannot_wait(
    start: Start, shipped: RuleSet, wanted: dict[str, str], heading: str
) -> None:
    with start() as terminal:
        person = Person(terminal, shipped, wanted)
        _, status = person.finish()
        result = flat(terminal.everything())

        assert status == 0
        assert "You said" in result
        # What to do comes first, and it is the last thing in sight too.
        assert result.count(heading) >= 2
        assert heading in flat(terminal.text())
        # Who cannot wait is not sent to the clinic.
        for branch in shipped.clinic.branches:
            assert branch.phone not in result
        assert f"phone {shipped.clinic.name}" not in result


def test_the_999_card_comes_by_the_third_screen_and_previous_changes_the_answer(
    start: Start, shipped: RuleSet
) -> None:
    group = shipped.questionnaire.screens[0]
    at = [item.link_id for item in group.items].index("chest_now")
    with start() as terminal:
        terminal.wait("For myself").send("1\r", "Question 1\n")
        terminal.send("y\r", "Question 2\n").wait("U I am not sure")
        terminal.send("n" * at + "y" + "n" * (len(group.items) - at - 1))
        terminal.send(ENTER, "EMERGENCY: call 999 now")
        card = flat(terminal.text())
        assert "You said" in card
        lines = [line.rstrip() for line in terminal.screen.display]
        assert terminal.screen.buffer[lines.index("You said")][0].bold
        assert flat(group.items[at].text) in card
        assert "You can contact" not in card

        terminal.send("p", r"Question 2\n").wait(r"\[ +Yes +\] Chest pain")
        terminal.send(DOWN * at + "n").wait(r"\[ +No +\] Chest pain")
        terminal.send(ENTER, r"Question 3\n")
        assert "EMERGENCY" not in terminal.text()


def test_for_someone_else_every_question_says_so(start: Start, shipped: RuleSet) -> None:
    with start() as terminal:
        person = Person(terminal, shipped, {START: "other"})
        person.answer()
        for _ in range(4):
            assert "You are answering for someone else." in person.answer()


# --- moving about -----------------------------------------------------------------------------


def test_previous_why_map_and_review_before_the_end(start: Start, shipped: RuleSet) -> None:
    with start() as terminal:
        person = Person(terminal, shipped)
        person.go_to("main_place")
        # Why, and the question still stands.
        terminal.send("?", "Why we ask: Other questions follow")
        assert "6  Low back" in terminal.text()
        terminal.send("?")
        assert "Why we ask" not in terminal.text()
        # The map, and its numbers work.
        terminal.send("m", "Which number is where").wait(r"FRONT .* BACK")
        terminal.send("6m", "> 6  Low back")
        # To the answers, which are not complete.
        terminal.send("r", "This question comes first")
        terminal.send(ENTER, "Which side is it")
        # Previous, with the answer kept.
        terminal.send("p", "> 6  Low back")
        terminal.send("p").wait("> N  No, none of these")


def test_an_answer_is_changed_in_the_review_and_only_what_is_new_is_asked(
    start: Start, small: RuleSet
) -> None:
    with start(rules=small_text()) as terminal:
        person = Person(terminal, small)
        person.go_to(":review")
        entries = [row.name for row in person.view.rows]
        terminal.send(f"{entries.index('age') + 1}{ENTER}", "> 1  Under 40")
        terminal.send(f"3{ENTER}", "review.title")
        assert "65 or over" in terminal.text()
        # A leg that hurts brings its own question, and then the review comes back.
        terminal.send(f"{entries.index('pain') + 1}{ENTER}", r"1  \[x\] Upper arm")
        terminal.send(f"3{ENTER}", "Is one leg swollen")
        terminal.send(f"n{ENTER}", "review.title")
        review = flat(terminal.text())
        assert "Upper arm; Thigh" in review
        assert "Is one leg swollen?" in review
        # Previous from an answer that is looked at leads back to the review.
        terminal.send(f"1{ENTER}", "Is any of these happening now").send("p", "review.title")


def test_stop_is_asked_and_can_be_taken_back(start: Start, shipped: RuleSet) -> None:
    with start(columns=40, rows=20) as terminal:
        terminal.wait("Q stop").send(PAGE_DOWN, "For myself").send("1\r", "Question 1\n")
        terminal.send("q", "Stop now?").wait(r"Your answers\s+will not be kept")
        terminal.send("p", "Question 1\n")
        terminal.send("q", "Stop now?").send("y")

        assert terminal.end() == (3, None)
        assert terminal.is_as_before
        assert "No result was reached" in terminal.everything()
        assert "EMERGENCY:" not in terminal.everything()
        # What to do is the last thing in sight, also in a window that is too low for all of it.
        in_sight = flat(terminal.text())
        assert "there is no result" in in_sight
        for point in shipped.lists["unfinished.points"]:
            assert point in in_sight


# --- ways to leave ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step_id", "wanted"),
    [
        (START, {}),
        ("danger", {}),
        ("danger:rows", {"crushed": YES}),
        ("age", {}),  # choose one
        ("pain", {}),  # choose many
        ("bad", {}),  # the scale
        (":review", {}),
        (":card", {"crushed": YES}),
    ],
)
def test_ctrl_c_stops_at_every_question(
    start: Start, small: RuleSet, step_id: str, wanted: dict[str, str]
) -> None:
    with start(rules=small_text()) as terminal:
        Person(terminal, small, wanted).go_to(step_id)
        terminal.send(CTRL_C)

        assert terminal.end() == (130, None)
        assert terminal.is_as_before
        text = terminal.everything()
        if step_id == ":card":
            # The questions had ended, and what they had come to is still said.
            assert "Get help now" in text
            assert text.endswith("tpcheck: stopped")
        else:
            assert "unfinished.title" in text
            assert "unfinished.points 1" in text
            assert text.endswith("tpcheck: stopped; no result was reached")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_who_is_stopped_after_the_result_is_not_told_that_there_is_none(
    start: Start, small: RuleSet, number: int
) -> None:
    with start(rules=small_text()) as terminal:
        Person(terminal, small).go_to(":review")
        terminal.send("y", "save.offer").kill(number)

        assert terminal.end() == (128 + number, None)
        assert terminal.everything().endswith("tpcheck: stopped")


#: A word of the start, and one of the first question: both come before what answers keys is loaded.
@pytest.mark.parametrize("word", ["start.title", "start.self"])
def test_ctrl_c_stops_before_anything_can_be_answered(start: Start, word: str) -> None:
    with start(rules=small_text()) as terminal:
        terminal.wait_early(word)
        terminal.child.send(CTRL_C)

        assert terminal.end() == (130, None)
        assert terminal.is_as_before
        assert "no result was reached" in terminal.everything()
        assert "Traceback" not in terminal.everything()


@pytest.mark.parametrize(
    ("keys", "then"),
    [
        (f"1{ENTER}", "danger"),
        (f"1{BACKSPACE}{ENTER}", "danger"),  # there is nothing before the first question
        (f"2\x1c\x1a{ENTER}", "danger"),  # what else ends or halts a program does nothing
        (CTRL_D, "stop.title"),
    ],
)
def test_a_key_counts_as_soon_as_the_first_question_is_there(
    start: Start, small: RuleSet, keys: str, then: str
) -> None:
    danger = small.questionnaire.screens[0].text
    with start(rules=small_text()) as terminal:
        terminal.wait_early("start.self")
        terminal.child.send(keys)  # at once: to wait until it waits would be too late
        terminal.wait(danger if then == "danger" else then)


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (40, 14), (120, 50)])
def test_the_first_question_stays_as_it_was_drawn_first(
    start: Start, columns: int, rows: int
) -> None:
    other_screen = b"\x1b[?1049h"
    with start(columns=columns, rows=rows) as terminal:
        terminal.until(lambda: terminal.raw.count(other_screen) == 2, "it drawn twice")
        start_text, drawn_early, _ = terminal.raw.split(other_screen)
        early = pyte.Screen(columns, rows)
        pyte.ByteStream(early).feed(drawn_early)

        terminal.until(lambda: terminal.screen.display == early.display, "the same")
        assert start_text


def _leave_by_key(*keys: str) -> Callable[[Terminal], object]:
    def leave(terminal: Terminal) -> None:
        for key in keys:
            terminal.send(key)

    return leave


def _leave_by_signal(number: int) -> Callable[[Terminal], object]:
    return lambda terminal: terminal.kill(number)


Leave = Callable[[Terminal], object]
LEAVING = [
    pytest.param(_leave_by_key("q", "y"), _leave_by_key("q\r", "y\r"), 3, id="q"),
    pytest.param(_leave_by_key(CTRL_D, "y"), _leave_by_key(CTRL_D), 3, id="ctrl-d"),
    pytest.param(_leave_by_key(CTRL_C), _leave_by_key(CTRL_C), 130, id="ctrl-c"),
    pytest.param(
        _leave_by_signal(signal.SIGTERM), _leave_by_signal(signal.SIGTERM), 143, id="sigterm"
    ),
    pytest.param(
        _leave_by_signal(signal.SIGHUP), _leave_by_signal(signal.SIGHUP), 129, id="sighup"
    ),
]


@pytest.mark.parametrize("plain", [False, True], ids=["screen", "plain"])
@pytest.mark.parametrize(("leave", "leave_plain", "code"), LEAVING)
def test_who_leaves_gets_no_result_and_still_the_emergency_that_is_met(
    start: Start, shipped: RuleSet, leave: Leave, leave_plain: Leave, code: int, plain: bool
) -> None:
    with start(*(["--plain"] if plain else [])) as terminal:
        person = Person(
            terminal, shipped, {"age_band": "under_16", "child_limp_fever": YES}, plain=plain
        )
        person.go_to("child_signs:rows")
        # One row is answered, and the others are left open.
        row = [item.name for item in person.view.rows].index("child_limp_fever")
        assert 0 < row < len(person.view.rows) - 1
        if plain:
            for number in range(1, row + 2):
                terminal.send("y\r" if number > row else "n\r", f"Line {number + 1} of")
            leave_plain(terminal)
        else:
            terminal.send(DOWN * row + "y", r"\[ +Yes +\]")
            leave(terminal)

        assert terminal.end() == (code, None)
        assert terminal.is_as_before
        text = flat(terminal.everything())
        assert "EMERGENCY: go to A&E now" in flat(terminal.text())
        assert "A limp and a high temperature" in text
        assert "No result was reached" in text
        assert "Call 999 now for any of these" in text
        assert plain == (b"\x1b" not in terminal.raw)


@pytest.mark.parametrize("arguments", [[], ["--plain"]])
def test_a_terminal_that_goes_away_ends_it(start: Start, arguments: list[str]) -> None:
    terminal = start(*arguments)
    terminal.wait("For myself")
    assert terminal.hang_up() == 129


@pytest.mark.parametrize("arguments", ["", "--plain"])
def test_a_terminal_that_goes_away_is_told_in_one_line(tmp_path: Path, arguments: str) -> None:
    told = tmp_path / "told"
    line = f'exec "{COMMAND}" {arguments} 2>"{told}"'
    with Terminal("/bin/sh", ["-c", line], environment={"HOME": str(tmp_path)}) as terminal:
        terminal.wait("For myself").pump(0.5)

        assert terminal.hang_up() == 129
    assert told.read_text("utf-8").strip() == "tpcheck: stopped; no result was reached"


# --- windows ----------------------------------------------------------------------------------


def test_a_window_that_changes_keeps_the_question_and_the_choice(
    start: Start, shipped: RuleSet
) -> None:
    with start() as terminal:
        person = Person(terminal, shipped)
        person.go_to("main_place")
        terminal.send("6", "> 6  Low back")
        for columns, rows in ((40, 20), (100, 30), (40, 14), (80, 24)):
            terminal.resize(columns, rows)
            terminal.wait("> 6  Low back")
            assert all(len(line) <= columns for line in terminal.text().splitlines())
        assert "Where is your main pain" in terminal.text()
        terminal.send(ENTER, "Which side is it")


def test_every_word_can_be_read_in_a_narrow_window(start: Start, shipped: RuleSet) -> None:
    with start(columns=40, rows=20) as terminal:
        person = Person(terminal, shipped, {"treated": YES})
        while person.view.kind is not Kind.REVIEW:
            view = person.view
            said = person.answer()
            for text in (view.heading, view.hint, view.alert, *view.lines, *view.signs):
                assert flat(text) in said
            for row in view.rows:
                assert flat(row.text) in said
            for option in view.options:
                assert option.label in said
        assert person.screens > 15


def test_a_long_list_scrolls_with_the_arrows(start: Start, shipped: RuleSet) -> None:
    with start(columns=40, rows=14) as terminal:
        person = Person(terminal, shipped)
        person.go_to("main_place")
        last = person.view.options[-1]
        assert last.label not in terminal.text()
        assert "More below" in terminal.text()
        for option in person.view.options:
            terminal.send(DOWN, f"> {option.key}  {option.label[:20]}")
        assert "More above" in terminal.text()
        terminal.send(UP, f"> {person.view.options[-2].key}  ")


# --- keys that answer nothing -----------------------------------------------------------------


def test_keys_typed_ahead_never_answer_a_warning(start: Start, shipped: RuleSet) -> None:
    with start() as terminal:
        # Before anything is drawn, and then more than a screen's worth at once.
        terminal.send("1\rn\rn\r", "Question 1\n")
        assert "> N" not in terminal.text()
        terminal.send(ENTER, "Choose an answer first")
        terminal.send("y\ryyyyy\ry", "Question 2\n")
        assert "[  Yes   ]" not in terminal.text()
        assert terminal.text().count(f"[{shipped.texts['row.open']:^8}]") == 5


def test_keys_typed_ahead_never_dismiss_the_card(start: Start, shipped: RuleSet) -> None:
    with start() as terminal:
        person = Person(terminal, shipped, {"chest_now": YES})
        person.go_to("emergency_now:rows")
        rows = "".join(person.keys(person.marks()))
        terminal.send(f"{rows}{ENTER}yyyy{ENTER}y", "EMERGENCY: call 999 now")
        terminal.send("x", '"X" is not one of the choices. Press one of: Y')
        terminal.send(ENTER, "Choose an answer first. Press one of: Y")
        terminal.send("y")

        # It stays on the screen, in the colours of an alarm.
        assert terminal.end() == (0, None)
        text = flat(terminal.everything())
        assert "EMERGENCY: call 999 now" in text
        assert person.engine.items["chest_now"].text[:40] in text
        assert _COLOURS.search(terminal.raw)


def test_what_is_no_answer_is_said(start: Start, shipped: RuleSet) -> None:
    with start() as terminal:
        person = Person(terminal, shipped)
        person.go_to("emergency_now")
        terminal.send("x", '"X" is not one of the choices. Press one of: Y, N.')
        terminal.paste("n\r", "Pasting does not work here")
        assert "> N" not in terminal.text()
        terminal.send(ENTER, "Choose an answer first. Press one of: Y, N.")
        person.go_to("zone_low_back")
        terminal.send(ENTER, "Choose at least 1 answer, or press 0")
        terminal.paste("1\r", "Pasting does not work here")
        assert "[x]" not in terminal.text()
        # What stands alone takes the others back.
        terminal.send("1").wait(r"1  \[x\]")
        terminal.send("0").wait(r"0  \[x\]")
        assert terminal.text().count("[x]") == 1


# --- plain lines ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("way", "rules", "sign"),
    [
        ("option", "shipped", "chest_now"),
        ("tiny", "shipped", "chest_now"),
        ("accessible", "small", "crushed"),
        ("dumb", "small", "crushed"),
    ],
)
def test_plain_lines_for_an_emergency_that_is_taken_back_and_then_a_routine_run(
    start: Start, request: pytest.FixtureRequest, way: str, rules: str, sign: str
) -> None:
    arguments, environment, (columns, rows) = PLAIN[way]
    ruleset: RuleSet = request.getfixturevalue(rules)
    least, *_, most = (disposition.heading for disposition in ruleset.dispositions)
    text = small_text() if rules == "small" else ""
    with start(*arguments, columns=columns, rows=rows, rules=text, **environment) as terminal:
        person = Person(terminal, ruleset, {sign: YES}, plain=True)
        start_screen = person.answer()
        assert ruleset.texts["start.emergency"] in start_screen
        person.go_to(":card")
        assert most in person.read()
        assert person.engine.items[sign].text in person.read()

        person.previous()
        person.wanted = {}
        _, status = person.finish()

        assert status == 0
        assert b"\x1b" not in terminal.raw
        answered = ruleset.texts["plain.answer"].partition("{")[0]
        result = flat(terminal.raw.decode().rpartition(answered)[2])
        assert least in result
        assert most not in result
        written = terminal.raw.decode().replace("\r", "").split("\n")
        assert max(map(len, written)) <= columns


def test_plain_lines_can_do_all_that_the_screen_can(start: Start, small: RuleSet) -> None:
    with start("--plain", rules=small_text()) as terminal:
        person = Person(terminal, small, plain=True)

        def say(line: str, then: str) -> None:
            heard = len(terminal.raw)
            terminal.send(f"{line}\r")
            terminal.until(lambda: then in flat(terminal.raw[heard:].decode()), then)

        person.go_to("age")
        say("?", "ask.why")
        say("9", "error.not_a_choice 9 1, 2, 3")
        say("", "error.nothing 1, 2, 3")
        say("r", "error.not_yet")
        say("2", "Did it start with an injury?")
        say("p", "plain.last 40 to 64")
        say("", "Did it start with an injury?")
        say("p", "plain.last")
        say("1", "Did it start with an injury?")
        person.session = interview.reply(person.engine, person.session, {"age": ("young",)})
        person._heard = terminal.raw.rindex(b"Did it start") - 200
        person.go_to(":review")
        entries = [row.name for row in person.view.rows]
        say(str(entries.index("age") + 1), "plain.last Under 40")
        say("3", "review.title")
        say("q", "stop.title")
        say("p", "review.title")
        say("q", "stop.title")
        say("y", "unfinished.title")
        assert terminal.end() == (3, None)
        assert b"\x1b" not in terminal.raw


# --- colours ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "environment"), [(["--no-color"], {}), ([], {"NO_COLOR": "1"})]
)
def test_colours_can_be_switched_off(
    start: Start, shipped: RuleSet, arguments: list[str], environment: dict[str, str]
) -> None:
    with start(*arguments, **environment) as terminal:
        assert Person(terminal, shipped, {"chest_now": YES}).finish()[1] == 0
        assert not _COLOURS.search(terminal.raw)
        assert "EMERGENCY: call 999 now" in flat(terminal.everything())


# --- without a terminal -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "tpcheck < /dev/null",
        "tpcheck --plain < /dev/null",
        "printf '\\r\\r\\r' | tpcheck",
        "tpcheck <&-",
        "tpcheck > result.txt; code=$?; test ! -s result.txt && rm result.txt; exit $code",
    ],
)
def test_without_a_terminal_nobody_is_asked(tmp_path: Path, line: str) -> None:
    here = tmp_path / "here"
    here.mkdir()
    done = subprocess.run(
        ["bash", "-c", line.replace("tpcheck", COMMAND)],
        capture_output=True,
        text=True,
        cwd=here,
        env={**os.environ, "HOME": str(here)},
        check=False,
        timeout=20,
    )

    assert done.returncode == 2
    assert "tpcheck assess FILE" in done.stderr
    assert done.stdout == ""
    assert [*here.iterdir()] == []


def test_output_to_a_file_from_a_terminal_asks_nobody(start: Start, tmp_path: Path) -> None:
    written = tmp_path / "result.txt"
    with Terminal("bash", ["-c", f"{COMMAND} > {written}"], folder=tmp_path / "here") as terminal:
        assert terminal.end() == (2, None)
        assert "tpcheck assess FILE" in flat(terminal.everything())
    assert written.read_bytes() == b""
