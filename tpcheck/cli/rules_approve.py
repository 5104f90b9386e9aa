"""`tpcheck rules approve`: a clinician puts their name to a rule set."""

import os
import sys
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from tpcheck.cli import files, rulesets, saving, streams
from tpcheck.cli.options import RulesOption
from tpcheck.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from tpcheck.model import Approval, Problem, RuleSet


def command(
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who approves.")],
    registration: Annotated[
        str, typer.Option("--registration", metavar="NUMBER", help="Their registration number.")
    ],
    on: Annotated[
        str,
        typer.Option(
            "--on", metavar="DATE", help="The day, as YYYY-MM-DD; else today.", show_default=False
        ),
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
    rules: RulesOption = "",
) -> None:
    """Write an approval into a rule file. Any later change of the file makes it void.

    Rules that `rules check` or `rules prove` finds fault with are not approved. Test them first.
    Nothing else in the file is touched.
    """
    from tpcheck import loader
    from tpcheck.model import Approval
    from tpcheck.rulework import approval

    path = _named(rules)
    data = files.read(path)
    ruleset = loader.load(data, path)
    signed = Approval(by, registration, on=_day(on) or rulesets.today())
    if reason := approval.why_not(ruleset, signed, rulesets.today()):
        raise UsageError(f"{path}: not approved: {reason}")
    settled, in_the_way = _problems(ruleset)
    if in_the_way:
        count = f"{len(in_the_way)} problem{'s' if len(in_the_way) > 1 else ''}"
        streams.deliver_lines(
            [*map(str, in_the_way), f"{path}: not approved; {count} to mend first"]
        )
        raise typer.Exit(ExitCode.PROBLEMS)
    if refuted := _refuted(ruleset):
        streams.deliver_lines(
            [*refuted, f"{path}: not approved; to see why it does not hold: tpcheck rules prove"]
        )
        raise typer.Exit(ExitCode.PROBLEMS)
    approved = approval.approve(data, path, signed)
    signed = loader.load(approved, path).about.approval
    if settled:
        streams.deliver_lines(["This approves these words too:", *map(str, settled)])
    if not yes:
        _confirm(path, signed)
    saving.rewrite(path, data, approved)
    streams.deliver_lines(
        [
            f"{path}: approved by {signed.by} ({signed.registration}) on {signed.on}",
            f"fingerprint {signed.of}; any change of the file makes the approval void",
        ]
    )


def _named(option: str) -> str:
    """The file to write into. It has to be named: nobody approves a file by leaving it out."""
    if not (option or os.environ.get(rulesets.VARIABLE)):
        raise UsageError("say which file is approved, with --rules FILE")
    return rulesets.find(option)[0]


def _day(given: str) -> str:
    """The day in the one form that a rule file takes. Raises UsageError where it is none."""
    try:
        if given and date.fromisoformat(given).isoformat() != given:
            raise ValueError
    except ValueError as error:
        raise UsageError("--on takes a day of the calendar, as YYYY-MM-DD") from error
    return given


def _problems(ruleset: "RuleSet") -> "tuple[list[Problem], list[Problem]]":
    """What `rules check` finds: what the approval settles, and what is in its way."""
    from tpcheck.engine import Engine
    from tpcheck.rulework import approval, checks

    found = checks.check(Engine(ruleset))
    return [p for p in found if approval.settles(p)], [p for p in found if not approval.settles(p)]


def _refuted(ruleset: "RuleSet") -> list[str]:
    """What must always hold for safety, and does not."""
    from tpcheck.engine import Engine
    from tpcheck.rulework import proof

    return [
        f"refuted  {verdict.property_id}: {verdict.text}"
        for verdict in proof.prove(Engine(ruleset), safety_only=True)
        if not verdict.proved
    ]


def _confirm(path: str, signed: "Approval") -> None:
    if not (streams.is_terminal(sys.stdin) and streams.is_terminal(sys.stdout)):
        raise UsageError("without a terminal to ask on, say --yes")
    who = f"{signed.by} ({signed.registration})"
    streams.deliver_lines(
        [f"{who} approves {path} as of {signed.on}.", "Every result will say so."]
    )
    try:
        answer = streams.ask("Type yes to approve: ")
    except EOFError:
        answer = ""
    if answer.strip().lower() != "yes":
        streams.say("tpcheck: nothing was changed")
        raise typer.Exit(ExitCode.INCOMPLETE)
