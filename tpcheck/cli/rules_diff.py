"""`tpcheck rules diff`: what a change of the rules does."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from tpcheck.cli import files, revisions, rulesets, saving, streams
from tpcheck.cli.options import RulesOption
from tpcheck.errors import DataError, ExitCode, InputError, UsageError

if TYPE_CHECKING:
    from tpcheck.engine import Engine
    from tpcheck.model import Assessment, Problem, RuleSet
    from tpcheck.rulework.edits import Difference, How
    from tpcheck.rulework.impact import AnswerSet, Direction, Example, Impact, Replayed, Shift


def command(
    old: Annotated[
        str, typer.Argument(metavar="OLD", help="A rule file, or a git revision of NEW.")
    ],
    new: Annotated[
        str,
        typer.Argument(
            metavar="[NEW]", help="A rule file, else the one in use.", show_default=False
        ),
    ] = "",
    recorded: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FILE]...", help="Answers, cases or a call log to compare the results of."
        ),
    ] = None,
    cases: Annotated[
        list[str] | None,
        typer.Option("--cases", metavar="DIR", help="The same, where NEW is left out."),
    ] = None,
    fail_on_downgrade: Annotated[
        bool,
        typer.Option("--fail-on-downgrade", help="Exit with 1 if anything can be less urgent."),
    ] = False,
    write_case: Annotated[
        str,
        typer.Option(
            "--write-case",
            metavar="FILE",
            help="Keep the smallest example of less urgent advice as a case.",
            show_default=False,
        ),
    ] = "",
    rules: RulesOption = "",
) -> None:
    """Say what a change of the rules does to the result of every possible answer set."""
    from tpcheck.engine import Engine
    from tpcheck.rulework import impact

    if new and rules:
        raise UsageError("name the new rules once: as NEW, or with --rules")
    path, new_name = rulesets.find(new or rules)
    old_data, old_name = _old(old, path)
    before, after = (
        Engine(_ruleset(data, name))
        for data, name in ((old_data, old_name), (files.read(path, pipes=True), new_name))
    )
    found = impact.compare(before, after)
    answer_sets = _answer_sets([*(recorded or ()), *(cases or ())], before, after)
    replayed = impact.replay(before, after, answer_sets)
    report = _Report(before, after, found, replayed)
    streams.deliver_lines([f"old: {old_name}", f"new: {new_name}", *report.lines()])

    worst = found.smallest_downgrade()
    if write_case and worst:
        saving.save(write_case, impact.as_case(worst).encode())
    elif write_case:
        streams.say(f"tpcheck: no advice can be less urgent; {write_case} is not written")
    less = worst is not None or any(r.direction is impact.Direction.LESS for r in replayed)
    if fail_on_downgrade and less:
        raise typer.Exit(ExitCode.PROBLEMS)


# --- what is compared -------------------------------------------------------------------------


def _old(old: str, path: str) -> tuple[bytes, str]:
    """The old rule file: a file, or the new one's as it stood in a git revision."""
    file = Path(old)
    if file.exists() and not file.is_dir():
        return files.read(old, pipes=True), old
    return revisions.read(old, path)


def _ruleset(data: bytes, name: str) -> "RuleSet":
    from tpcheck import loader

    return loader.load(data, name)


def _answer_sets(paths: Iterable[str], old: "Engine", new: "Engine") -> "list[AnswerSet]":
    return [
        answers
        for path in map(Path, paths)
        for file in _inside(path)
        for answers in _read(files.read(str(file), pipes=True), file, old, new)
    ]


def _inside(path: Path) -> list[Path]:
    """The file, or the files in a folder."""
    if not path.is_dir():
        return [path]
    if found := sorted(file for file in path.rglob("*") if file.suffix in (".yaml", ".json")):
        return found
    raise InputError(f"{path}: no files with cases or answers (*.yaml, *.json) in this folder")


def _read(data: bytes, file: Path, old: "Engine", new: "Engine") -> "list[AnswerSet]":
    """The answer sets in a file. Raises DataError where it fits neither rule set."""
    from tpcheck import reader

    if (recorded := _logged(data, file)) is not None:
        return recorded
    is_json = file.suffix.lower() == ".json"
    root, _ = (reader.read_json if is_json else reader.read_yaml)(data)
    has_cases = isinstance(root, reader.MapNode) and any(k.text == "cases" for k, _ in root.entries)
    wrong: list[tuple[Problem, ...]] = []
    # Cases are kept up with the new rules; answers were recorded under the old ones.
    for engine in (new, old) if has_cases else (old, new):
        if has_cases:
            found, problems = _cases(data, str(file), engine)
        else:
            found, problems = _answers(data, str(file), engine, json=is_json)
        if not problems:
            return found
        wrong.append(problems)
    raise DataError("\n".join(map(str, wrong[0])))


def _logged(data: bytes, file: Path) -> "list[AnswerSet] | None":
    """The calls in a call log or an export of one; none where it is something else."""
    from tpcheck.calls import CallLog, report
    from tpcheck.calls.file import MAGIC
    from tpcheck.rulework.impact import AnswerSet

    if data.startswith(MAGIC):
        calls = CallLog.open(file).list()
    elif report.JSON_MARK.match(data):
        # A log grows beyond what is read of any other file.
        calls = report.from_json(file.read_bytes() if file.is_file() else data, str(file))
    else:
        return None
    return [AnswerSet(f"{file}: call {call.reference}", call.answers) for call in calls]


_Read: TypeAlias = "tuple[list[AnswerSet], tuple[Problem, ...]]"


def _cases(data: bytes, name: str, engine: "Engine") -> _Read:
    from tpcheck import cases
    from tpcheck.rulework.impact import AnswerSet

    found, problems = cases.read(data, name, engine)
    return [AnswerSet(f"{c.where}: {c.sentence}", c.answers, c.usual) for c in found], problems


def _answers(data: bytes, name: str, engine: "Engine", *, json: bool) -> _Read:
    from tpcheck import responses
    from tpcheck.rulework.impact import AnswerSet

    response, problems = responses.read(data, name, engine, json=json)
    return [AnswerSet(name, response.answers)] if response else [], problems


# --- what is said -----------------------------------------------------------------------------


#: What stands for advice that is not there.
_NOT_COUNTED = "does not count"
_NO_RESULT = "no result yet"


class _Report:
    """The lines of a report, what matters most first."""

    def __init__(
        self, old: "Engine", new: "Engine", impact: "Impact", replayed: "tuple[Replayed, ...]"
    ) -> None:
        # What both have is said in the words of the new one.
        self._items = {**old.items, **new.items}
        self._options = {
            (link_id, option.code): option.text
            for engine in (old, new)
            for link_id, item in engine.items.items()
            for option in item.options
        }
        self._impact = impact
        self._replayed = replayed

    def lines(self) -> list[str]:
        """All of it; one line where nothing differs."""
        from tpcheck.rulework.edits import How
        from tpcheck.rulework.impact import Direction

        sections = (
            *self._moves(Direction.LESS),
            ("Answers that only one of the two takes: not compared", self._uncompared()),
            *self._moves(Direction.MORE),
            ("Given answers that come out otherwise, as urgent as before", self._given(None)),
            ("Changed", self._edits(How.REMOVED, How.ADDED, How.CHANGED)),
            ("Only worded differently", self._edits(How.REWORDED)),
        )
        lines: list[str] = []
        for title, entries in sections:
            if told := list(entries):
                lines += ["", f"{title}:", *(f"  {line}" for line in told)]
        return lines or ["", "nothing differs"]

    def _moves(self, direction: "Direction") -> "Iterator[tuple[str, Iterable[str]]]":
        found = self._impact
        yield f"Results that can be {direction}", self._shifts(found.results, direction)
        yield f"Given answers whose result is {direction}", self._given(direction)
        yield f"Rules whose advice can be {direction}", self._shifts(found.rules, direction)

    def _shifts(self, shifts: "Iterable[Shift]", direction: "Direction") -> Iterator[str]:
        for shift in shifts:
            if shift.direction is not direction:
                continue
            moves = _moves(shift.before, shift.after, _NOT_COUNTED)
            example = shift.example
            if shift.rule_id:
                results = _results(example.before, example.after)
                moves = f"{shift.rule_id}: {moves}; the result: {results}"
            yield f"{moves}; for example:"
            yield from (f"  {line}" for line in self._told(example))

    def _told(self, example: "Example") -> Iterator[str]:
        for link_id, answer in example.told.items():
            chosen = ", ".join(self._options[link_id, code] for code in answer)
            yield f"{self._items[link_id].text}: {chosen}"
        rest = "to all else" if example.told else "to all that is asked"
        yield f"({rest}, the usual answer)"

    def _given(self, direction: "Direction | None") -> Iterator[str]:
        for replayed in self._replayed:
            if replayed.direction is direction:
                # Where the urgency moves, what else differs follows from that.
                other = "" if direction else f"; other {', '.join(replayed.parts)}"
                yield f"{replayed.name}: {_results(replayed.before, replayed.after)}{other}"

    def _uncompared(self) -> Iterator[str]:
        for found in self._impact.uncompared:
            if found.apart:
                said = "no option is as before, so it counts as two items"
            elif found.gone or found.added:
                said = _options(found.gone, found.added)
            else:
                said = "its options go together in another way"
            yield f"{found.item}: {said}"

    def _edits(self, *kinds: "How") -> Iterator[str]:
        moved = {shift.rule_id for shift in self._impact.rules}
        for edit in self._impact.edits:
            if edit.how in kinds:
                told = ", ".join(map(_difference, edit.differences)) or edit.how
                levels = any(difference.aspect == "levels" for difference in edit.differences)
                same = " (to the same advice)" if levels and edit.name not in moved else ""
                yield f"{edit.kind} {edit.name}".rstrip() + f": {told}{same}"


def _moves(before: str, after: str, nothing: str) -> str:
    return f"{before or nothing} -> {after or nothing}"


def _results(before: "Assessment", after: "Assessment") -> str:
    return _moves(before.disposition, after.disposition, _NO_RESULT)


def _difference(found: "Difference") -> str:
    """What became of one aspect; the values too where they are codes."""
    name = found.aspect.replace("_", " ") if found.is_words else found.aspect
    match found.before, found.after:
        case (str() | bool() | int() as before, str() | bool() | int() as after) if (
            not found.is_words
        ):
            return f"{name} {_code(before)} -> {_code(after)}"
        case _:
            return name


def _code(value: str | bool | int) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case _:
            return str(value) or "none"


def _options(gone: Iterable[str], added: Iterable[str]) -> str:
    return ", ".join([*(f"-{code}" for code in gone), *(f"+{code}" for code in added)])


# --- files and streams ------------------------------------------------------------------------
