"""`tpcheck rules`: check, test and read a rule set."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tpcheck.cli import copies, files, rules_approve, rules_diff, rules_prove, rulesets, streams
from tpcheck.cli.options import ForceOption, OutputOption, RulesOption
from tpcheck.errors import ExitCode, InputError, UsageError
from tpcheck.render import WIDTH
from tpcheck.render.characters import visible

if TYPE_CHECKING:
    from tpcheck.cases import Case, RuleLevel
    from tpcheck.engine import Engine
    from tpcheck.model import Problem, RuleSet

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="Work on the rules.")

#: Where cases are looked for when none are named: beside the rule file, else below here.
CASES = Path("tests", "cases")


@app.command("check")
def check(rules: RulesOption = "") -> None:
    """Say everything that is wrong with a rule file, and how many screens a person sees."""
    from tpcheck import loader
    from tpcheck.engine import Engine

    path, name = rulesets.find(rules)
    ruleset, problems = loader.read(files.read(path), name)
    budget: list[str] = []
    if ruleset is not None:
        from tpcheck.rulework import checks

        engine = Engine(ruleset)
        problems = (*problems, *checks.check(engine))
        budget = _budget(engine)
    found = _lines(problems)
    streams.deliver_lines([*found, *budget, f"{name}: {_count(len(found), 'problem')}"])
    if found:
        raise typer.Exit(ExitCode.PROBLEMS)


@app.command("test")
def run_cases(
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FILE]...", help=f"Case files or folders, else {CASES}."),
    ] = None,
    rules: RulesOption = "",
    coverage: Annotated[
        bool,
        typer.Option(
            "--coverage", help="List also the options and tests that no case exercises both ways."
        ),
    ] = False,
    mutate: Annotated[
        bool,
        typer.Option("--mutate", help="Plant faults in the rules, and list those nothing catches."),
    ] = False,
) -> None:
    """Run the worked cases, and list the rule levels that no case reaches."""
    from tpcheck import cases
    from tpcheck.engine import Engine

    ruleset = _load(rules)
    engine = Engine(ruleset)
    all_cases: list[Case] = []
    failures: list[str] = []
    reached: set[RuleLevel] = set()
    left_out: list[str] = []
    for path in _case_files(paths or [], rules):
        name = visible(str(path))
        found, problems = cases.read(files.read(str(path)), name, engine)
        failures += _lines(problems)
        if problems:
            left_out.append(f"{name}: none of its cases is run before this is mended")
            continue
        all_cases += found
        for outcome in (cases.examine(case, engine) for case in found):
            failures += map(str, outcome.mismatches)
            reached |= outcome.reached
    # What a case reaches is only known where all of them are run.
    unreached = [] if left_out else _unreached(reached, engine)
    covered = _covered(all_cases, engine) if coverage and not left_out else unreached
    summary = f"{_count(len(all_cases), 'case')}, {_count(len(failures), 'problem')}"
    if not left_out:
        summary += f", {_count(len(unreached), 'rule level')} that no case reaches"
    streams.deliver_lines([*failures, *left_out, *covered, summary])
    if mutate and not failures:
        failures = _mutate(all_cases, engine)
    if failures:
        raise typer.Exit(ExitCode.PROBLEMS)


class BookFormat(StrEnum):
    """How the rule book is written."""

    TEXT = "text"
    HTML = "html"


@app.command("show")
def show(
    rules: RulesOption = "",
    format: Annotated[
        BookFormat, typer.Option("--format", help="Text, or a page to print and to sign.")
    ] = BookFormat.TEXT,
    output: OutputOption = "",
    force: ForceOption = False,
) -> None:
    """Print the whole rule set to read: questions, rules, decisions, patterns and notes."""
    ruleset = _load(rules)
    if format is BookFormat.HTML:
        from tpcheck.render import book_html

        text = book_html.render(ruleset)
    else:
        from tpcheck.render import book

        text = book.render(ruleset, width=WIDTH if output else streams.width())
    if output:
        copies.save_text(text, output, force=force)
    else:
        streams.deliver(text)


app.command("diff")(rules_diff.command)
app.command("approve")(rules_approve.command)
app.command("prove")(rules_prove.command)


def _load(rules: str) -> "RuleSet":
    """A rule set to work on, also one that is withdrawn."""
    from tpcheck import loader

    path, name = rulesets.find(rules)
    return loader.load(files.read(path), name)


def _budget(engine: "Engine") -> list[str]:
    """How many screens a person sees, against what was aimed at."""
    from tpcheck.rulework import budget

    lines = ["screens of a routine run, one place that hurts (usual, longest):"]
    for run in budget.routine_runs(engine):
        over = f"  over {budget.ROUTINE_LIMIT}" if run.longest > budget.ROUTINE_LIMIT else ""
        lines.append(f"  {run.usual:3} {run.longest:3}  {run.name}{over}")
    for chance in budget.first_chances(engine):
        late = f"  after {budget.CARD_LIMIT}" if chance.card_on_screen > budget.CARD_LIMIT else ""
        lines.append(f"  {chance.sign}: card on screen {chance.card_on_screen}{late}")
    return lines


def _lines(problems: "tuple[Problem, ...]") -> list[str]:
    return [visible(str(problem)) for problem in problems]


def _case_files(paths: list[str], rules: str) -> list[Path]:
    """The case files that are named, or are in the folders that are."""
    if not paths:
        beside = Path(rulesets.find(rules)[0]).parent / CASES
        folder = next((folder for folder in (beside, CASES) if folder.is_dir()), None)
        if folder is None:
            raise UsageError(f"there are no cases in {CASES}; name a file or a folder of cases")
        paths = [str(folder)]
    found: list[Path] = []
    for path in map(Path, paths):
        inside = sorted(path.rglob("*.yaml")) if path.is_dir() else [path]
        if not inside:
            raise InputError(f"{visible(str(path))}: no case files (*.yaml) in this folder")
        found += inside
    return found


def _unreached(reached: "set[RuleLevel]", engine: "Engine") -> list[str]:
    from tpcheck import cases

    where = {
        (rule.rule_id, level.disposition): level.where
        for rule in engine.ruleset.rules
        for level in rule.levels
    }
    return [
        f"{where[level]}: no case reaches {'/'.join(level)}"
        for level in cases.unreached(reached, engine.ruleset)
    ]


def _covered(all_cases: "list[Case]", engine: "Engine") -> list[str]:
    """Everything that no case exercises, and how much of each sort they do."""
    from tpcheck.rulework import coverage

    found = coverage.coverage(all_cases, engine)
    counts = (
        ("options that a case chooses", found.options),
        ("tests that a case meets and another does not", found.criteria),
        ("rule levels that a case reaches", found.levels),
    )
    lines = [f"{what}: {count.covered} of {count.total}" for what, count in counts]
    return [*map(str, found.gaps), *lines]


def _mutate(all_cases: "list[Case]", engine: "Engine") -> list[str]:
    """Print what becomes of every planted fault; the survivors."""
    from tpcheck.rulework import mutants

    score = mutants.score(engine, all_cases)
    survivors = [
        f"{survivor.where}: {survivor.rule_id}: {survivor.what}: nothing catches this"
        for survivor in score.survivors
    ]
    caught = f"{score.by_case} caught by a case, {score.by_property} by a property"
    same = f"{score.equivalent} cannot be told from the original"
    streams.deliver_lines(
        [
            *survivors,
            f"{_count(score.total, 'fault')}: {caught}, {len(survivors)} by nothing"
            f" ({score.percent} %); {same}",
        ]
    )
    return survivors


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
