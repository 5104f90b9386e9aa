"""Options that several commands take."""

from typing import Annotated

import typer

from tpcheck.cli.rulesets import VARIABLE

RulesOption = Annotated[
    str,
    typer.Option(
        "--rules",
        metavar="FILE",
        help=f"Use this rule file, not that in {VARIABLE} and not the one that ships.",
        show_default=False,
    ),
]
OutputOption = Annotated[
    str,
    typer.Option(
        "--output", metavar="FILE", help="Save a copy for its owner only.", show_default=False
    ),
]
ForceOption = Annotated[bool, typer.Option("--force", help="Let --output replace a file.")]
