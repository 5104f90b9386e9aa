"""`tpcheck triage`: phone calls, one after the other, each with its note."""

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from tpcheck.cli import leaving, rulesets, streams
from tpcheck.cli.calls import CallsOption
from tpcheck.cli.options import RulesOption
from tpcheck.cli.patient import wants_plain
from tpcheck.errors import DeliveryError, ExitCode, UsageError

if TYPE_CHECKING:
    from datetime import datetime

    from tpcheck.asking.desk import Desk
    from tpcheck.cli.keeping import Keeper
    from tpcheck.engine import Engine
    from tpcheck.model import Answer
    from tpcheck.triage import Call

#: Stands for a code that is asked for instead.
_ASK = "-"


def command(
    code: Annotated[
        str,
        typer.Option(
            "--code",
            metavar="CODE",
            help="Open a patient's answers; with -, ask for the code.",
            show_default=False,
        ),
    ] = "",
    plain: Annotated[bool, typer.Option("--plain", help="Ask in plain lines of text.")] = False,
    no_color: Annotated[bool, typer.Option("--no-color", help="Use no colours.")] = False,
    calls: CallsOption = "",
    rules: RulesOption = "",
) -> None:
    """Take phone calls: what to read out, the advice, and a note to paste."""
    if not (streams.is_terminal(sys.stdin) and streams.is_terminal(sys.stdout)):
        raise UsageError("phone calls need a terminal; for a file of answers: tpcheck assess FILE")
    from tpcheck.engine import Engine

    engine = Engine(rulesets.load(rules))
    plain = plain or wants_plain(os.environ, streams.size())
    colour = not (no_color or os.environ.get("NO_COLOR"))
    from tpcheck.cli.keeping import Keeper

    answers = _typed(engine) if code == _ASK else _brought(engine, code)
    keeper = Keeper.open(calls, engine)
    for call in keeper.unfinished():
        if not _goes_on(engine, call, plain=plain):
            keeper.give_up(call, _now())
            continue
        _take(engine, call, call.answers, keeper, plain=plain, colour=colour)
        if (brought := _next(engine, plain=plain)) is None:
            return
        answers = brought or answers
    while True:
        call = replace(_new_call(), from_code=bool(answers))
        _take(engine, call, answers, keeper, plain=plain, colour=colour)
        if (brought := _next(engine, plain=plain)) is None:
            return
        answers = brought


def _next(engine: "Engine", *, plain: bool) -> "Mapping[str, Answer] | None":
    """Wait for the next call: the answers that it brings along; None where there is none."""
    match _key(engine.ruleset.texts["triage.next"], "ncq", plain=plain):
        case "n":
            return {}
        case "c":
            return _typed(engine)
        case _:
            return None


def _brought(engine: "Engine", code: str) -> "Mapping[str, Answer]":
    """The answers that a code stands for. Raises CodeError where it is not one."""
    if not code:
        return {}
    from tpcheck.callcode import decode
    from tpcheck.triage import opened

    return opened(engine, decode(engine, code))


def _typed(engine: "Engine") -> "Mapping[str, Answer]":
    """The answers of a code that is typed in here, which leaves it out of every list of processes.

    There are no answers for an empty line, or at the end of the input.
    """
    from tpcheck.callcode import CodeError

    while True:
        try:
            return _brought(
                engine, streams.ask(f"{engine.ruleset.texts['triage.code_typed']} ").strip()
            )
        except CodeError as error:
            streams.complain(str(error))
        except EOFError:
            return {}
        except KeyboardInterrupt as stop:
            raise typer.Exit(ExitCode.INTERRUPTED) from stop


def _new_call() -> "Call":
    """A call that begins now, with a reference drawn at random."""
    # It costs time at every start, and only a call needs it.
    import secrets

    from tpcheck.triage import REFERENCES, Call, reference

    began = _now()
    return Call(reference(secrets.randbelow(REFERENCES), began), began)


def _take(
    engine: "Engine",
    call: "Call",
    answers: "Mapping[str, Answer]",
    keeper: "Keeper",
    *,
    plain: bool,
    colour: bool,
) -> None:
    """Take one call and deliver its note, however the call ends."""
    from tpcheck.asking.desk import Desk
    from tpcheck.asking.staff import StaffViewer

    desk = Desk(engine, StaffViewer(engine), call, _now, answers, keeper.keep)
    try:
        _ask(desk, plain=plain, colour=colour)
    except (KeyboardInterrupt, SystemExit) as stop:
        # The terminal may be gone, and then nobody can be told.
        with suppress(DeliveryError):
            _deliver(engine, desk, keeper)
        ended = leaving.ended(stop)
        raise (ended if desk.call.final else typer.Exit(ended.code)) from stop
    _deliver(engine, desk, keeper)


def _ask(desk: "Desk", *, plain: bool, colour: bool) -> None:
    """Ask on a screen, or in plain lines where that is wanted or nothing can be drawn."""
    from tpcheck.asking import NoScreenError

    if not plain:
        from tpcheck.asking import screen

        with suppress(NoScreenError):
            screen.run(desk, colour=colour)
            return
    from tpcheck.asking import spoken
    from tpcheck.asking.plain import drop_waiting

    spoken.take(
        desk, read=streams.ask, write=streams.write, drain=drop_waiting, width=streams.width()
    )


def _deliver(engine: "Engine", desk: "Desk", keeper: "Keeper") -> None:
    """Write the note of a call to stdout, and keep the call where that is wanted."""
    from tpcheck.note import write

    call = desk.call if desk.call.ended else desk.close()
    keeper.keep(call)
    streams.deliver("\n" + write(engine, call) + "\n")
    # The note is there first: it matters more than why the log has no row.
    if keeper.trouble:
        streams.complain(keeper.trouble)
        keeper.trouble = ""


def _goes_on(engine: "Engine", call: "Call", *, plain: bool) -> bool:
    """Ask whether to go on with a call that broke off."""
    from tpcheck.wording import fill

    values = {"reference": call.reference, "time": f"{call.started:%Y-%m-%d %H:%M}"}
    return _key(fill(engine.ruleset.texts["triage.unfinished"], **values), "yn", plain=plain) == "y"


def _key(text: str, keys: str, *, plain: bool) -> str:
    """One of `keys`, pressed or typed; empty where the person stops instead."""
    try:
        if not plain:
            from tpcheck.asking import screen

            return screen.ask_key(text, keys)
        key = ""
        while key not in tuple(keys):
            key = streams.ask(f"{text} ").strip().casefold()
    except (KeyboardInterrupt, EOFError):
        return ""
    return key


def _now() -> "datetime":
    """The time by the clock of this machine, with its offset."""
    from datetime import datetime

    return datetime.now().astimezone()
