"""A copy of a result to take away: its format, where it goes, and what is asked about it."""

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from enum import StrEnum
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from tpcheck.cli import saving, streams
from tpcheck.errors import DeliveryError, OutputError, UsageError
from tpcheck.render.characters import visible

if TYPE_CHECKING:
    from tpcheck.model import Summary


class Format(StrEnum):
    """How a result is written."""

    TEXT = "text"
    HTML = "html"
    JSON = "json"


#: The formats by how the name of a file ends.
_ENDINGS = {
    "": Format.TEXT,
    ".txt": Format.TEXT,
    ".html": Format.HTML,
    ".htm": Format.HTML,
    ".json": Format.JSON,
}

#: How often a question is put before it counts as a no.
_TRIES = 3
#: To the top, nothing on the screen, and nothing that has scrolled off it (xterm).
_CLEAR = "\x1b[H\x1b[2J\x1b[3J"


def format_for(path: str, asked: Format | None) -> Format:
    """The format that is asked for, else that of the name. Raises UsageError where neither says."""
    found = asked or _ENDINGS.get(PurePath(path).suffix.lower())
    if found is None:
        raise UsageError(
            f"{visible(path)}: end the name in .txt, .html or .json, or choose with --format"
        )
    return found


def refuse_early(path: str, asked: Format | None, *, force: bool) -> None:
    """Say what is wrong with `--output` before anything else is done.

    Raises UsageError or OutputError.
    """
    if path:
        format_for(path, asked)
        with _HintAtForce():
            saving.refuse_early(path, force=force)


def save(summary: "Summary", path: str, asked: Format | None, *, force: bool = False) -> None:
    """Save what has been shown. Raises OutputError or DeliveryError where that fails."""
    save_text(written(summary, format_for(path, asked)), path, force=force)


def save_text(text: str, path: str, *, force: bool = False) -> None:
    """Save a text. Raises OutputError or DeliveryError where that fails."""
    with _HintAtForce():
        saving.save(path, text.encode(), force=force)


def written(summary: "Summary", format: Format) -> str:
    """The summary as it stands in a file: with all the answers that are not private.

    Lines to ring are left out: some hang on a private answer alone, and would tell it to whoever
    opens the file.
    """
    blocks = tuple(block for block in summary.blocks if block.block_id != "support")
    summary = replace(summary, blocks=blocks, record=replace(summary.record, support=()))
    if format is Format.TEXT:
        from tpcheck.render import text

        return text.render_whole(summary)
    from tpcheck.render import render

    return render(summary, format)


class _HintAtForce:
    """Adds to the error for a name that is taken what to do about it on the command line."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if isinstance(error, saving.TakenError):
            raise OutputError(f"{error}; choose another, or --force to replace it") from error


# --- at the end of the questions --------------------------------------------------------------


def offer(summary: "Summary", texts: Mapping[str, str]) -> None:
    """Ask whether to save a copy, and where. A copy that cannot be saved costs nothing else."""
    try:
        if _agrees(texts, "save.offer", "save.private"):
            for _ in range(_TRIES):
                if _save_as(summary, texts):
                    return
    except (EOFError, KeyboardInterrupt):
        streams.deliver("\n")
    _tell(texts["save.none"])


def offer_to_clear(texts: Mapping[str, str], *, plain: bool) -> None:
    """Let the screen be cleared where others will see it; in plain lines, say what to do."""
    if plain or os.name == "nt":
        _tell(texts["save.close"])
        return
    with suppress(EOFError, KeyboardInterrupt):
        if _agrees(texts, "save.clear"):
            streams.deliver(_CLEAR)
            _tell(texts["save.cleared"])


def _save_as(summary: "Summary", texts: Mapping[str, str]) -> bool:
    from tpcheck.wording import fill

    default = _free_name()
    typed = _put(fill(texts["save.name_typed"], name=default)).strip()
    path = os.path.expanduser(typed or default)
    if not PurePath(path).suffix:
        path += PurePath(default).suffix
    try:
        saving.save(path, written(summary, format_for(path, None)).encode())
    except (OutputError, DeliveryError, UsageError) as error:
        _tell(fill(texts["save.failed"], reason=str(error)))
        return False
    _tell(fill(texts["save.done"], name=visible(str(Path(path).absolute()))))
    return True


def _free_name() -> str:
    names = (f"my-result{number}.html" for number in ("", *(f"-{n}" for n in range(2, 100))))
    return next((name for name in names if not os.path.lexists(name)), "my-result.html")


def _agrees(texts: Mapping[str, str], *keys: str) -> bool:
    streams.deliver("\n")
    for key in keys:
        _tell(texts[key])
    for _ in range(_TRIES):
        answer = _put(texts["save.yes_no_typed"]).strip().lower()
        if answer[:1] in ("y", "n"):
            return answer[0] == "y"
        _tell(texts["save.no_entry"])
    return False


def _put(prompt: str) -> str:
    """Put a question on lines that fit, and take the line that is typed. Raises EOFError."""
    *lines, last = _lines(prompt)
    for line in lines:
        streams.write(line)
    return streams.ask(f"{last} ")


def _tell(text: str) -> None:
    for line in _lines(text):
        streams.write(line)


def _lines(text: str) -> list[str]:
    from tpcheck.render.wrapping import fit, wrap

    return wrap(text, fit(streams.width()))
