"""`tpcheck assess`: a file of answers to a result, with nobody at the keyboard."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import PurePath
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from tpcheck.cli import copies, files, lines, rulesets, streams
from tpcheck.cli.copies import Format
from tpcheck.cli.options import ForceOption, OutputOption, RulesOption
from tpcheck.errors import (
    DataError,
    DeliveryError,
    ExitCode,
    InputError,
    TpcheckError,
    UsageError,
)
from tpcheck.render.characters import visible

if TYPE_CHECKING:
    from tpcheck.engine import Engine
    from tpcheck.model import Assessment, Problem, Response


class ResultFormat(StrEnum):
    """How the result is written: that of any copy, or the answers in FHIR."""

    TEXT = "text"
    HTML = "html"
    JSON = "json"
    FHIR = "fhir"


class BrokenBatchError(InputError):
    """The file of many answer sets cannot be read on; there may be results."""


class AnswersError(DataError):
    """Answers cannot be used; its text has a line for each of the `problems`."""

    def __init__(self, problems: "tuple[Problem, ...]") -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def command(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help="Answers in YAML, JSON, JSON lines or FHIR; - reads a pipe."
        ),
    ],
    format: Annotated[
        ResultFormat | None,
        typer.Option(
            "--format",
            help="Text (as it is), a page, JSON, or the answers as a FHIR R4 response.",
            show_default=False,
        ),
    ] = None,
    output: OutputOption = "",
    force: ForceOption = False,
    explain: Annotated[bool, typer.Option("--explain", help="Say which rules counted.")] = False,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit with the code of the advice.")
    ] = False,
    require_approved: Annotated[
        bool, typer.Option("--require-approved", help="Refuse rules that nobody approved.")
    ] = False,
    rules: RulesOption = "",
) -> None:
    """Turn a file of answers into a result.

    With --output the result is shown as text first, and then saved in the format. FHIR holds what
    was answered and no advice. A file of many answer sets, a JSON object on each line, gives a line
    of JSON for each.
    """
    try:
        _assess(file, format, output, force, explain, exit_code, require_approved, rules)
    except TpcheckError as error:
        # What could not be delivered once would not be so now.
        if format is ResultFormat.JSON and not output and not isinstance(error, DeliveryError):
            from tpcheck.render import data

            problems = getattr(error, "problems", ())
            one_line = isinstance(error, BrokenBatchError)
            told = data.render_error(str(error), error.exit_code, problems, one_line=one_line)
            streams.deliver(told)
        raise


def _assess(
    file: str,
    format: ResultFormat | None,
    output: str,
    force: bool,
    explain: bool,
    exit_code: bool,
    require_approved: bool,
    rules: str,
) -> None:
    # A name says nothing of FHIR, so it need not be asked about it.
    of_copy = Format.JSON if format is ResultFormat.FHIR else Format(format) if format else None
    copies.refuse_early(output, of_copy, force=force)
    from tpcheck.engine import Engine
    from tpcheck.render import render
    from tpcheck.summary import summarize

    with _opened(file) as (stream, name):
        data = lines.split(file, stream, name)
        engine = Engine(rulesets.load(rules, require_approved=require_approved))
        if not isinstance(data, bytes):
            if output or explain or format not in (None, ResultFormat.JSON):
                raise UsageError(
                    "many answer sets give a line of JSON each on standard output;"
                    " leave out --output, --explain and any other --format"
                )
            try:
                code = lines.run(data, engine, stream, name, exit_code=exit_code)
            except InputError as error:
                raise BrokenBatchError(str(error)) from error
            raise typer.Exit(code)
    response = _response(data, name, engine, json=_is_json(file, data))
    assessment = engine.assess(response.answers)
    summary = summarize(engine, assessment, today=rulesets.today(), explain=explain)
    fhir = _as_fhir(engine, assessment) if format is ResultFormat.FHIR else ""
    if fhir and not output:
        shown = fhir
    else:
        asked = of_copy if of_copy and not output else Format.TEXT
        shown = render(summary, asked, width=streams.width())
    streams.deliver(shown, urgent=streams.urgent_line(summary))
    if output and fhir:
        copies.save_text(fhir, output, force=force)
    elif output:
        copies.save(summary, output, of_copy, force=force)
    if not assessment.complete:
        missing = ", ".join(assessment.missing)
        streams.say(f"tpcheck: no answer is given to: {missing}")
    # An emergency that is met counts for a script even where other answers are missing.
    if exit_code and summary.disposition:
        raise typer.Exit(summary.exit_code)
    if not assessment.complete:
        raise typer.Exit(ExitCode.INCOMPLETE)


def _response(data: bytes, name: str, engine: "Engine", *, json: bool) -> "Response":
    """The answers. Raises AnswersError where they cannot be used as they stand."""
    from tpcheck import responses
    from tpcheck.exchange import reading

    if json and reading.is_fhir(data):
        response, problems = reading.read(data, name, engine)
    else:
        response, problems = responses.read(data, name, engine, json=json)
    if response is not None:
        problems = responses.refuse_off_path(response, engine)
    if response is None or problems:
        raise AnswersError(problems)
    return response


def _as_fhir(engine: "Engine", assessment: "Assessment") -> str:
    from tpcheck.exchange import response

    return response.render(response.as_resource(engine, assessment, authored=rulesets.today()))


@contextmanager
def _opened(file: str) -> Iterator[tuple[BinaryIO, str]]:
    """The file, and its name for messages."""
    if file == files.STDIN:
        yield files.stdin("name a file of answers: tpcheck assess FILE"), "standard input"
    else:
        with files.opened(file, pipes=True) as stream:
            yield stream, visible(file)


def _is_json(file: str, data: bytes) -> bool:
    match PurePath(file).suffix.lower():
        case ".json":
            return True
        case ".yaml" | ".yml":
            return False
        case _:
            return data.lstrip().startswith(b"{")
