"""`tpcheck`: ask the person at this terminal, and show the result."""

import gc
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from tpcheck.cli import copies, leaving, rulesets, streams
from tpcheck.cli.copies import Format
from tpcheck.errors import DeliveryError, ExitCode, UsageError

if TYPE_CHECKING:
    from tpcheck.asking import BrokenOff, DescribeCard, Outcome
    from tpcheck.asking.hand import Hand
    from tpcheck.engine import Engine
    from tpcheck.model import Assessment, Block, Summary

#: The smallest window that a screen is drawn in: columns and rows.
SMALLEST = (40, 14)
#: Stands above the advice where all of it does not fit in the window, and is said again.
_LONG = "There is more above. Scroll up to read all of it."
#: How many groups of a code stand on a line: so many fit on the narrowest one.
_GROUPS = 4
#: To the screen beside the one that scrolls, empty, and back from it (xterm).
_OTHER_SCREEN, _MAIN_SCREEN = "\x1b[?1049h\x1b[H\x1b[2J", "\x1b[?1049l"
#: What switches something off in an environment variable.
_OFF = ("", "0", "false", "no")


def run(
    rules: str = "",
    *,
    plain: bool = False,
    no_color: bool = False,
    explain: bool = False,
    output: str = "",
    format: Format | None = None,
    force: bool = False,
) -> int:
    """Ask, show the result, save a copy if that is wanted, and return the exit code.

    Raises UsageError where there is no terminal to ask on, OutputError and DeliveryError where
    there can be no file `output`, and EndedError where a signal ended it and there is advice.
    """
    if not (streams.is_terminal(sys.stdin) and streams.is_terminal(sys.stdout)):
        raise UsageError(
            "the questions need a terminal to ask on; for a file of answers: tpcheck assess FILE"
        )
    if format and not output:
        raise UsageError("--format is for the copy; name its file with --output")
    copies.refuse_early(output, format, force=force)
    # Hardly anything that loading makes is garbage; to look for it takes a tenth of the time.
    gc.disable()
    opened = rulesets.opened(rules)
    plain = plain or wants_plain(os.environ, streams.size())
    if not plain:
        # What draws screens takes a moment to load: there is something to read meanwhile.
        _show_start(opened)
    from tpcheck.asking import Stopped
    from tpcheck.engine import Engine

    engine = Engine(opened.ruleset())
    colour = not (no_color or os.environ.get("NO_COLOR"))
    broken_off = [Stopped({})]
    try:
        outcome = _ask(engine, broken_off.append, plain=plain, colour=colour)
    except KeyboardInterrupt:
        code = int(ExitCode.INTERRUPTED)
    except SystemExit as stop:
        code = int(stop.code or 0)
    else:
        code, summary = _show(engine, outcome, plain=plain, colour=colour, explain=explain)
        try:
            if output:
                copies.save(summary, output, format, force=force)
            if summary.complete and not summary.is_emergency:
                # Whoever has to act now is asked nothing more.
                texts = engine.ruleset.texts
                if not output:
                    copies.offer(summary, texts)
                copies.offer_to_clear(texts, plain=plain)
        except (KeyboardInterrupt, SystemExit) as stop:
            raise leaving.ended(stop) from stop
        return code
    # The terminal may be gone, and then nobody can be told.
    with suppress(DeliveryError):
        _, summary = _show(engine, broken_off[-1], plain=plain, colour=colour, explain=explain)
        if summary.disposition:
            raise leaving.EndedError(code)
    return code


def wants_plain(environment: Mapping[str, str], size: tuple[int, int]) -> bool:
    """Whether to ask in plain lines: the person asks for it, or nothing can be drawn."""
    asked = any(
        environment.get(name, "").strip().lower() not in _OFF
        for name in ("TPCHECK_PLAIN", "ACCESSIBLE")
    )
    # Windows has terminals without a TERM; elsewhere it is what says that one can draw.
    term = environment.get("TERM", "" if os.name == "nt" else "dumb")
    return asked or term in ("dumb", "unknown") or size[0] < SMALLEST[0] or size[1] < SMALLEST[1]


def _ask(engine: "Engine", broken_off: "BrokenOff", *, plain: bool, colour: bool) -> "Outcome":
    from tpcheck.asking import NoScreenError
    from tpcheck.session import Session

    describe_card = _describe_card(engine)
    if not plain:
        with suppress(NoScreenError):
            return _ask_on_screen(engine, describe_card, broken_off, colour=colour)
    from tpcheck.asking import plain as lines

    _all_is_loaded()
    return lines.ask(
        engine,
        Session(),
        describe_card=describe_card,
        read=streams.ask,
        write=streams.write,
        broken_off=broken_off,
        width=streams.width(),
    )


def _ask_on_screen(
    engine: "Engine", describe_card: "DescribeCard", broken_off: "BrokenOff", *, colour: bool
) -> "Outcome":
    from tpcheck.asking.hand import Hand
    from tpcheck.asking.typed import waiting
    from tpcheck.asking.view import Viewer
    from tpcheck.session import Session

    hand = Hand(engine, Session(), Viewer(engine.ruleset, describe_card))
    try:
        with waiting(sys.stdin.fileno()), _drawn_early(hand) as draws_over_it:
            from tpcheck.asking import screen

            leaving.leave_if_asked()
            _all_is_loaded()
            return screen.run(hand, colour=colour, before_drawing=draws_over_it)
    except (KeyboardInterrupt, SystemExit):
        broken_off(hand.stopped())
        raise


@contextmanager
def _drawn_early(hand: "Hand") -> Iterator[Callable[[], None]]:
    """Show the first question while what draws and changes screens is loading.

    That takes longer than all before it. Keys that are pressed meanwhile wait, and count. Whoever
    draws over it, and so leaves the screen at the end, calls what is given.
    """
    # The terminals of Windows take no codes before they are told to.
    is_ours = os.name != "nt"

    def draws_over_it() -> None:
        nonlocal is_ours
        is_ours = False

    try:
        if is_ours:
            from tpcheck.asking.layout import for_terminal

            page = hand.page(*streams.size())
            streams.deliver(_OTHER_SCREEN + for_terminal(page.lines))
        yield draws_over_it
    finally:
        if is_ours:
            with suppress(DeliveryError):
                streams.deliver(_MAIN_SCREEN)


def _all_is_loaded() -> None:
    """Look for garbage again, and no more at what is there by now."""
    gc.freeze()
    gc.enable()


def _show_start(opened: rulesets.Opened) -> None:
    from tpcheck.render.wrapping import fit, wrap

    width = fit(streams.width())
    lines = [
        *wrap(opened.texts["start.title"], width),
        "",
        *wrap(opened.texts["start.emergency"], width),
    ]
    for point in opened.lists["start.points"]:
        lines += wrap(point, width, first="- ", rest="  ")
    streams.deliver("\n".join(lines) + "\n\n")


def _describe_card(engine: "Engine") -> "DescribeCard":
    """What the card says that ends the questions: the advice, without the small print."""
    from tpcheck.asking import Heading

    def describe(assessment: "Assessment") -> tuple[str, Sequence[str]]:
        from tpcheck.model import BlockKind
        from tpcheck.summary import summarize

        card, *others = summarize(engine, assessment).blocks
        lines: list[str] = [*card.paragraphs, *card.bullets]
        for block in others:
            if block.kind is not BlockKind.SMALL:
                bullets = (f"- {bullet}" for bullet in block.bullets)
                lines += [Heading(block.heading), *block.paragraphs, *bullets]
        return card.heading, lines

    return describe


def _show(
    engine: "Engine", outcome: "Outcome", *, plain: bool, colour: bool, explain: bool
) -> "tuple[int, Summary]":
    """Say what came of it; how the process is to end, and what was said."""
    from tpcheck.model import BlockKind
    from tpcheck.summary import summarize, unfinished

    assessment, complete = _outcome(engine, outcome)
    today = rulesets.today()
    if assessment is None:
        summary = unfinished(engine.ruleset, today=today)
    else:
        summary = summarize(engine, assessment, today=today, explain=explain)
        summary = replace(summary, blocks=(*summary.blocks, *_code(engine, assessment)))
    shown = summary
    text = _drawn(summary, plain=plain, colour=colour)
    if text.count("\n") >= streams.size()[1]:
        # Not everybody knows how to scroll back: what to do must be the last thing in sight.
        first, *others = summary.blocks
        if first.kind is BlockKind.CARD:
            card = replace(summary, title=_LONG, dated="", blocks=(first,))
            text += "\n" * (not plain) + _drawn(card, plain=plain, colour=colour)
        else:
            *others, small = others
            summary = replace(summary, blocks=(small, first, *others))
            text = _drawn(summary, plain=plain, colour=colour)
    streams.deliver(text, urgent=streams.urgent_line(summary))
    return int(ExitCode.OK if complete else ExitCode.INCOMPLETE), shown


def _code(engine: "Engine", assessment: "Assessment") -> "Iterator[Block]":
    """The code of the answers, for a person who is told that they can phone the clinic."""
    from tpcheck.callcode import CodeError, encode
    from tpcheck.model import Block, BlockKind

    code = assessment.disposition
    if not (assessment.complete and engine.ruleset.disposition(code).shows_clinic):
        return
    # What hangs on a private answer may have no code: that answer is never in one.
    with suppress(CodeError):
        groups = encode(engine, assessment.answers).split("-")
        lines = ("-".join(groups[at : at + _GROUPS]) for at in range(0, len(groups), _GROUPS))
        texts = engine.ruleset.texts
        yield Block("code", BlockKind.SECTION, texts["code.title"], (texts["code.text"], *lines))


def _outcome(engine: "Engine", outcome: "Outcome") -> tuple["Assessment | None", bool]:
    """What there is to show, and whether the person came to the end.

    Who stops gets no result, not even if all is answered. An emergency is shown all the same.
    """
    from tpcheck.asking import Finished

    if isinstance(outcome, Finished):
        return outcome.assessment, True
    so_far = engine.assess(outcome.answers)
    code = so_far.disposition
    is_emergency = bool(code) and engine.ruleset.disposition(code).emergency
    return (so_far if is_emergency else None), False


def _drawn(summary: "Summary", *, plain: bool, colour: bool) -> str:
    width = streams.width()
    if plain:
        from tpcheck.render import render

        return "\n" + render(summary, width=width)
    from tpcheck.render import terminal

    return terminal.render(summary, width=width, colour=colour, encoding=sys.stdout.encoding)
