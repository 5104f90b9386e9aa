"""Turn a summary, or the body, into what is read or drawn."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tpcheck.model import Summary

#: Columns where nothing better is known; longer lines are hard to read.
WIDTH = 79


def render(summary: "Summary", format: str = "text", *, width: int = WIDTH) -> str:
    """`summary` as "text", "html" or "json", with a line end at its end. `width` is for text.

    Raises ValueError for another format.
    """
    # A run needs one format only, and each costs time to load.
    if format == "text":
        from tpcheck.render import text

        return text.render(summary, width=width)
    if format == "html":
        from tpcheck.render import html

        return html.render(summary)
    if format == "json":
        from tpcheck.render import data

        return data.render(summary)
    raise ValueError(f"not a format: {format}")
