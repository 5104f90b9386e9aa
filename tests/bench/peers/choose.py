"""The same app with two questions by questionary, each asked in the usual way."""

import typer

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.callback(invoke_without_command=True)
def main() -> None:
    """Ask twice."""
    import questionary

    questionary.select("What is first?", choices=["One", "Two", "Three"]).ask()
    questionary.select("What is next?", choices=["One", "Two", "Three"]).ask()
