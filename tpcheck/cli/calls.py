"""`tpcheck calls`: start the call log, read it, count it, hand it on, and take old calls out."""

import os
import sys
from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tpcheck.cli import files, rulesets, streams
from tpcheck.cli.options import RulesOption
from tpcheck.errors import ExitCode, InputError, UsageError, reason
from tpcheck.render.characters import columns, visible

if TYPE_CHECKING:
    from tpcheck.calls import CallLog, CallRecord
    from tpcheck.engine import Engine

#: The environment variable that names the file of the call log.
VARIABLE = "TPCHECK_CALLS"

CallsOption = Annotated[
    str,
    typer.Option(
        "--calls",
        metavar="FILE",
        help=f"Use this call log, not that in {VARIABLE} and not the one in your own folder.",
        show_default=False,
    ),
]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask again.")]

#: What somebody has to know before anything is kept.
_ABOUT = """\
The call log keeps one row for each call that is taken with tpcheck triage.

A row holds: the reference of the call, when it began and ended, the answers, what was advised,
whether you raised that and why, what came of the call, and which rules were used.
It holds no name, no date of birth, no phone number, and no answer that the rules keep private.
Do not type such things into a reason or an outcome. It is still health data.

The file: {path}
Only your own user on this computer can read it. It is not encrypted, and it is sent nowhere.
To take old calls out: tpcheck calls purge --before DATE. To end the log: delete the file.
"""


class Format(StrEnum):
    """How the log is handed on."""

    CSV = "csv"
    JSON = "json"


app = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="Keep a log of phone calls.")


def find(option: str) -> Path:
    """Where the call log is: named, or in the user's data folder. It need not exist.

    Raises InputError where a name cannot be one.
    """
    if named := option or os.environ.get(VARIABLE, ""):
        if named.splitlines() != [named]:
            raise InputError(f"{visible(named)}: a name of more than one line is not taken")
        path = Path(named)
        try:
            path.absolute()
        except OSError as error:  # the working folder is gone
            raise InputError(f"{named}: {reason(error)}") from error
        return path
    import platformdirs

    return platformdirs.user_data_path("tpcheck", appauthor=False) / "calls.db"


@app.command("start")
def start(calls: CallsOption = "", yes: YesOption = False) -> None:
    """Say what would be kept and where, and begin to keep it if that is wanted."""
    from tpcheck.calls import CallLog

    path = find(calls)
    if CallLog.open(path).is_on:
        streams.deliver_lines([f"the call log is on: {path}"])
        return
    streams.deliver_lines([*_ABOUT.format(path=visible(str(path.absolute()))).splitlines(), ""])
    if not yes:
        _confirm("Type yes to start the call log: ", "the call log stays off; nothing was written")
    streams.deliver_lines([f"the call log is on: {CallLog.start(path).path}"])


@app.command("list")
def list_calls(calls: CallsOption = "", rules: RulesOption = "") -> None:
    """List the calls, the oldest first."""
    found = _open(calls).list()
    streams.deliver_lines([*_lines(found, _Words(rules)), _count(len(found))])


@app.command("show")
def show(
    reference: Annotated[str, typer.Argument(metavar="REF", help="The reference of a call.")],
    calls: CallsOption = "",
    rules: RulesOption = "",
) -> None:
    """Show one call with its answers."""
    record = _open(calls).show(reference)
    if record is None:
        known = visible(reference)
        raise UsageError(f"there is no call '{known}'; they are listed by: tpcheck calls list")
    words = _Words(rules)
    told = (
        ("Reference", record.reference),
        ("Began", record.started),
        ("Ended", record.ended or "unfinished"),
        ("Result", words.advice(record.result)),
        ("Raised to", words.advice(record.raised)),
        ("Why", record.reason),
        ("Outcome", record.outcome),
        ("Rules", " ".join([record.ruleset_id, record.version, record.fingerprint[:12]])),
    )
    streams.deliver_lines(
        [*(f"{name}: {value}" for name, value in told if value), "", *words.answers(record)]
    )


@app.command("stats")
def stats(calls: CallsOption = "", rules: RulesOption = "") -> None:
    """Count the calls by week, advice and place, and how often the advice was raised."""
    from tpcheck.calls import report

    found = _open(calls).list()
    words = _Words(rules)
    rows = report.stats(found, words.place_item)
    table = [("Week", "Calls", "Raised", "Advice", "Place")]
    table += (
        (
            row.week,
            str(row.calls),
            str(row.raised),
            words.advice(row.advice),
            words.place(row.place),
        )
        for row in rows
    )
    finished, raised = sum(row.calls for row in rows), sum(row.raised for row in rows)
    share = f" ({100 * raised / finished:.0f} %)" if finished else ""
    streams.deliver_lines(
        [
            *_table(table),
            f"{_count(len(found))}, {len(found) - finished} of them unfinished and not counted",
            f"advice raised by staff: in {raised} of {finished}{share}",
        ]
    )


@app.command("export")
def export(
    format: Annotated[Format, typer.Option("--format", help="A table, or JSON.")],
    output: Annotated[
        str,
        typer.Option(
            "--output", metavar="FILE", help="A new file, for your eyes only.", show_default=False
        ),
    ] = "",
    calls: CallsOption = "",
) -> None:
    """Hand the whole log to other programs; `rules diff` reads the JSON."""
    from tpcheck.calls import report
    from tpcheck.cli import saving

    found = _open(calls).list()
    text = report.to_csv(found) if format is Format.CSV else report.to_json(found)
    if not output:
        # What writes the lines of a terminal ends them as its system does.
        streams.deliver(text if os.linesep == "\n" else text.replace("\r\n", "\n"))
        return
    saving.save(output, text.encode())
    streams.say(f"tpcheck: {_count(len(found))} written to {output}; they are health data")


@app.command("purge")
def purge(
    before: Annotated[
        str, typer.Option("--before", metavar="DATE", help="Calls of the days before YYYY-MM-DD.")
    ],
    yes: YesOption = False,
    calls: CallsOption = "",
    rules: RulesOption = "",
) -> None:
    """List the calls before a day, and take them out of the file for good."""
    day = _day(before)
    log = _open(calls)
    old = [record for record in log.list() if record.day < day]
    streams.deliver_lines([*_lines(old, _Words(rules)), f"{_count(len(old))} before {day}"])
    if old and not yes:
        _confirm("Type yes to take these calls out for good: ", "no call was taken out")
    # Also with none: an earlier purge can have been broken off before the file was packed.
    streams.deliver_lines(
        [f"{_count(log.purge(day))} taken out; nothing of them is left in the file"]
    )


# --- the log and its words --------------------------------------------------------------------


def _open(option: str) -> "CallLog":
    """The log. Raises UsageError where there is none."""
    from tpcheck.calls import CallLog

    log = CallLog.open(find(option))
    if not log.is_on:
        raise UsageError(f"{log.path}: there is no call log; to start one: tpcheck calls start")
    return log


class _Words:
    """What the codes in a row mean, in the words of the rule set in use, where it has them."""

    def __init__(self, rules: str) -> None:
        self._engine = _engine(rules)
        self.place_item = self._engine.ruleset.patterns.main_item

    def advice(self, code: str) -> str:
        """The name of a disposition."""
        known = {d.code: d.name for d in self._engine.ruleset.dispositions}
        return known.get(code, code)

    def place(self, code: str) -> str:
        """A place, or that none was named."""
        return self._option(self.place_item, code) if code else "-"

    def answers(self, record: "CallRecord") -> Iterable[str]:
        """The answers of a call, each on a line."""
        if record.fingerprint != self._engine.ruleset.fingerprint:
            yield "(given under other rules: these words may not be those that were asked)"
        for link_id, answer in record.answers.items():
            item = self._engine.items.get(link_id)
            said = "; ".join(self._option(link_id, code) for code in answer)
            yield f"{(item.short or item.text) if item else link_id}: {said}"

    def _option(self, link_id: str, code: str) -> str:
        item = self._engine.items.get(link_id)
        known = {option.code: option.text for option in item.options} if item else {}
        return known.get(code, code)


def _engine(rules: str) -> "Engine":
    """The rule set in use, also one that is withdrawn: what was recorded can be read."""
    from tpcheck import loader
    from tpcheck.engine import Engine

    path, name = rulesets.find(rules)
    return Engine(loader.load(files.read(path), name))


def _lines(records: "Iterable[CallRecord]", words: _Words) -> list[str]:
    """The calls, one on a line."""
    return _table(
        [
            (
                record.reference,
                record.started[:16].replace("T", " "),
                "unfinished" if record.unfinished else words.advice(record.advice) or "no result",
                f"raised from: {words.advice(record.result)}" if record.raised else "",
            )
            for record in records
        ]
    )


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows in columns."""
    shown = [[visible(cell) for cell in row] for row in rows]
    widths = [max(map(columns, column)) for column in zip(*shown, strict=True)]
    return [
        "  ".join(
            cell + " " * (width - columns(cell)) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in shown
    ]


def _day(given: str) -> str:
    """A day of the calendar. Raises UsageError where it is none."""
    from datetime import date

    try:
        return date.fromisoformat(given).isoformat()
    except ValueError as error:
        raise UsageError("--before takes a day of the calendar, as YYYY-MM-DD") from error


def _confirm(question: str, otherwise: str) -> None:
    """Have "yes" typed, or end the command."""
    if not (streams.is_terminal(sys.stdin) and streams.is_terminal(sys.stdout)):
        raise UsageError("without a terminal to ask on, say --yes")
    try:
        answer = streams.ask(question)
    except EOFError:
        answer = ""
    if answer.strip().lower() != "yes":
        streams.say(f"tpcheck: {otherwise}")
        raise typer.Exit(ExitCode.INCOMPLETE)


def _count(number: int) -> str:
    return f"{number} call{'' if number == 1 else 's'}"
