"""`tpcheck rules prove`: what the rules can and cannot do, over every possible answer."""

from typing import TYPE_CHECKING, Annotated

import typer

from tpcheck.cli import files, rulesets, saving, streams
from tpcheck.cli.options import RulesOption
from tpcheck.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tpcheck.engine import Engine
    from tpcheck.rulework.proof import PathLengths, Refutation, Verdict

#: The longest path that is aimed at, in screens.
PATH_AIM = 60


def command(
    write_case: Annotated[
        str,
        typer.Option(
            "--write-case",
            metavar="FILE",
            help="Keep the first counterexample as a worked case.",
            show_default=False,
        ),
    ] = "",
    rules: RulesOption = "",
) -> None:
    """Prove what must always hold, or show the smallest answer set that breaks it."""
    from tpcheck import loader
    from tpcheck.engine import Engine
    from tpcheck.rulework import proof

    path, name = rulesets.find(rules)
    engine = Engine(loader.load(files.read(path), name))
    verdicts = proof.prove(engine)
    lines = [line for verdict in verdicts for line in _verdict(verdict, engine)]
    lines += _lengths(proof.path_lengths(engine))
    refuted = [verdict for verdict in verdicts if not verdict.proved]
    lines.append(f"{name}: {len(verdicts) - len(refuted)} proved, {len(refuted)} refuted")
    streams.deliver_lines(lines)
    if write_case:
        _write_case(write_case, refuted)
    if refuted:
        raise typer.Exit(ExitCode.PROBLEMS)


def _verdict(verdict: "Verdict", engine: "Engine") -> "Iterator[str]":
    word = "proved " if verdict.proved else "refuted"
    yield f"{word}  {verdict.property_id}: {verdict.text.rstrip('.')} ({verdict.detail})"
    for refutation in verdict.refutations:
        yield f"    {refutation.message}"
        yield from (f"        {line}" for line in _told(refutation, engine))


def _told(refutation: "Refutation", engine: "Engine") -> "Iterator[str]":
    if refutation.witness is None:
        return
    found = engine.assess(refutation.witness.answers)
    for link_id, answer in refutation.witness.told.items():
        item = engine.items[link_id]
        words = ", ".join(item.option(code).text for code in answer)
        yield f"{link_id}: {item.short or item.text}: {words}"
    yield f"everything else as usual: {found.disposition}"
    if refutation.raised:
        link_id, answer = refutation.raised
        raised = engine.assess(engine.fill_usual({**refutation.witness.answers, link_id: answer}))
        yield f"with {link_id}: {', '.join(answer)}: {raised.disposition}"


def _lengths(lengths: "PathLengths") -> "Iterator[str]":
    over = f", over the aim of {PATH_AIM}" if lengths.longest > PATH_AIM else ""
    yield (
        f"screens on a path: {lengths.shortest} on the shortest, {lengths.longest} on the"
        f" longest{over}, {lengths.longest_without_sign} on the longest with no warning sign"
    )


def _write_case(path: str, refuted: "list[Verdict]") -> None:
    from tpcheck.cases import Expectation
    from tpcheck.rulework.witness import case_text

    for verdict in refuted:
        for refutation in verdict.refutations:
            if refutation.witness and (refutation.least or refutation.most):
                told = dict(refutation.witness.told)
                if refutation.raised:
                    told[refutation.raised[0]] = refutation.raised[1]
                expect = Expectation(
                    at_least=refutation.least or None, at_most=refutation.most or None
                )
                name = f"{verdict.text.rstrip('.')}: {refutation.message}"
                saving.save(path, case_text(name, told, expect).encode())
                return
    streams.say(f"tpcheck: no counterexample that a case can hold; {path} is not written")
