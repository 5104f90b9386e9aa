"""The command `tpcheck` and those below it: their options and their help."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

from tpcheck import __version__
from tpcheck.cli import rulesets, streams
from tpcheck.cli.copies import Format
from tpcheck.cli.options import ForceOption, OutputOption, RulesOption
from tpcheck.errors import UsageError

#: The commands, each in the module of its name, with what the help says of it. They are loaded one
#: at a time, when they are run: to load all of them takes longer than to say the version.
COMMANDS = {
    "triage": "Take phone calls: what to read out, the advice, and a note to paste.",
    "assess": "Turn a file of answers into a result.",
    "learn": "Read the leaflet.",
    "rules": "Work on the rules.",
    "export": "Write the questions for other uses.",
    "calls": "Keep a log of phone calls.",
}

#: What every exit code means; README has the same table.
EXIT_CODES = (
    ("0", "done and delivered"),
    ("1", "'rules' found problems"),
    ("2", "wrong use, or no terminal to ask on"),
    ("3", "incomplete or stopped: no result"),
    ("10 11 12 13", "with 'assess --exit-code': how urgent the advice is"),
    ("65", "a file is not valid, or is for another version"),
    ("66", "a file cannot be read"),
    ("70", "a bug"),
    ("73", "a file cannot be written"),
    ("74", "the output was not delivered"),
    ("78", "the rule set is withdrawn, or not approved and that is required"),
    ("129 130 143", "hang-up, Ctrl-C, terminated: no result"),
)


class _Commands(Mapping[str, Any]):
    """The commands by name, each made when it is asked for."""

    def __getitem__(self, name: str) -> Any:
        if name not in COMMANDS:
            raise KeyError(name)
        module = import_module(f"tpcheck.cli.{name}")
        holder = typer.Typer(rich_markup_mode=None)
        if hasattr(module, "app"):
            holder.add_typer(module.app, name=name)
        else:
            holder.command(name)(module.command)
        return get_group(holder).commands[name]

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class _Command(TyperGroup):
    """The help also says what the program is for, in the words of the rule set."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.commands: Any = _Commands()

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the table of commands without loading any."""
        with formatter.section("Commands"):
            formatter.write_dl([*COMMANDS.items()])

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write what the program is for and its exit codes below the options."""
        with formatter.section("Intended purpose"):
            formatter.write_text(rulesets.intended_purpose())
        with formatter.section("Exit codes"):
            formatter.write_dl(EXIT_CODES)


app = typer.Typer(
    cls=_Command,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        streams.deliver(f"tpcheck {__version__}\n")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _tpcheck(
    context: typer.Context,
    rules: RulesOption = "",
    plain: Annotated[bool, typer.Option("--plain", help="Ask in plain lines of text.")] = False,
    no_color: Annotated[bool, typer.Option("--no-color", help="Use no colours.")] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Say which rules counted.")] = False,
    output: OutputOption = "",
    format: Annotated[
        Format | None,
        typer.Option("--format", help="The format of that copy.", show_default=False),
    ] = None,
    force: ForceOption = False,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Say the version and stop."
        ),
    ] = False,
) -> None:
    """Answer questions about pain, and see whom to contact.

    Without a command it asks the questions in this terminal. Nothing is kept and nothing is sent.
    """
    if context.invoked_subcommand is None:
        from tpcheck.cli import patient

        code = patient.run(
            rules,
            plain=plain,
            no_color=no_color,
            explain=explain,
            output=output,
            format=format,
            force=force,
        )
        raise typer.Exit(code)
    if any((rules, plain, no_color, explain, output, format, force)):
        raise UsageError(f"write the options after '{context.invoked_subcommand}'")
