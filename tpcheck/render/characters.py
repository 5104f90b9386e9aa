"""What a character does to a terminal: what to make visible, what it lacks, how wide it is.

Everything that is written goes through here, so this loads nothing that costs time.
"""

import unicodedata

#: What typesetting adds to ASCII, for streams that cannot say it.
_TYPEWRITER = str.maketrans(
    {
        "\u2018": "'",
        "\u2019": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u2013": "-",
        "\u2014": "-",
        "\u2026": "...",
        "\u2022": "-",
        "\u00a0": " ",
    }
)

#: Unicode categories that a terminal obeys, hides or cannot show: control, format, surrogate,
#: private use, unassigned, and the separators of lines and paragraphs.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})

#: Marks that stack on one letter; a word needs few, and a pile of them covers the lines around.
_MAX_MARKS = 4


def visible(text: str) -> str:
    r"""`text` on one line, with each character that could steer a terminal written as \u{1b}.

    The reference class is CWE-150, improper neutralisation of escape sequences.
    """
    shown: list[str] = []
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if category in _UNSEEN or marks > _MAX_MARKS:
            shown.append(f"\\u{{{ord(character):x}}}")
        else:
            shown.append(character)
    return "".join(shown)


def encodable(text: str, encoding: str | None) -> str:
    """`text` in characters that `encoding` has, so that writing it cannot fail."""
    codec = encoding or "ascii"
    try:
        text.encode(codec)
    except UnicodeEncodeError:
        return text.translate(_TYPEWRITER).encode(codec, "backslashreplace").decode(codec)
    return text


def columns(text: str) -> int:
    """How many columns a terminal needs for `text`: two for a wide letter, none for an accent."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )
