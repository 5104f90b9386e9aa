"""A Typer app that does nothing, set up as tpcheck is: the floor of what starting costs."""

from typing import Annotated

import typer

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo("bare 0.1.0")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def main(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True)] = False,
) -> None:
    """Do nothing."""
