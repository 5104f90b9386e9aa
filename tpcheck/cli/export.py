"""`tpcheck export`: the questions for other programs and for paper, and the shape of results."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from tpcheck.cli import copies, rulesets, streams
from tpcheck.cli.copies import Format
from tpcheck.cli.options import ForceOption, OutputOption, RulesOption

if TYPE_CHECKING:
    from tpcheck.model import RuleSet

app = typer.Typer(
    rich_markup_mode=None, no_args_is_help=True, help="Write the questions for other uses."
)

ApprovedOption = Annotated[
    bool, typer.Option("--require-approved", help="Refuse rules that nobody approved.")
]


class QuestionnaireFormat(StrEnum):
    """How the questionnaire is written."""

    FHIR = "fhir"


@app.command("questionnaire")
def questionnaire(
    format: Annotated[
        QuestionnaireFormat, typer.Option("--format", help="FHIR R4 (4.0.1), the one there is.")
    ] = QuestionnaireFormat.FHIR,
    output: OutputOption = "",
    force: ForceOption = False,
    require_approved: ApprovedOption = False,
    rules: RulesOption = "",
) -> None:
    """Write the questions, and when each is asked, as a FHIR R4 Questionnaire."""
    from tpcheck.exchange import questionnaire as fhir

    ruleset = _ruleset(rules, output, force=force, require_approved=require_approved)
    _write(fhir.render(fhir.as_resource(ruleset)), output, force=force)


@app.command("paper")
def paper(
    output: OutputOption = "",
    force: ForceOption = False,
    require_approved: ApprovedOption = False,
    rules: RulesOption = "",
) -> None:
    """Write a form to print (HTML, A4), for people who will not use a screen."""
    from tpcheck.exchange import paper as form

    ruleset = _ruleset(rules, output, force=force, require_approved=require_approved)
    _write(form.render(ruleset), output, force=force)


@app.command("schema")
def schema(output: OutputOption = "", force: ForceOption = False) -> None:
    """Write the JSON Schema of what `--format json` writes."""
    from tpcheck.render import data

    _write(data.schema(), output, force=force)


def _ruleset(rules: str, output: str, *, force: bool, require_approved: bool) -> "RuleSet":
    # The format is known, so the name of the file says nothing of it.
    copies.refuse_early(output, Format.JSON, force=force)
    return rulesets.load(rules, require_approved=require_approved)


def _write(text: str, output: str, *, force: bool) -> None:
    if output:
        copies.save_text(text, output, force=force)
    else:
        streams.deliver(text)
