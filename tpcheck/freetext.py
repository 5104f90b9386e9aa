"""What people type, made fit to be kept and shown anywhere, and signs that they can read out."""

import re
import unicodedata
from string import ascii_uppercase, digits

#: Crockford's base 32: no letter that is taken for a digit or another letter when read out.
CROCKFORD = "".join(sign for sign in digits + ascii_uppercase if sign not in "ILOU")

#: The longest text that is kept.
LONGEST = 500

#: Sequences that a terminal obeys (ECMA-48), in 7 bits and in 8: those with parameters, those that
#: hold a text up to their end, and the short ones.
_SEQUENCES = re.compile(
    r"""
    (?:\x1b\[|\x9b) [0-?]* [\ -/]* [@-~]
    | (?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f]) .*? (?:\x07|\x1b\\|\x9c|\Z)
    | \x1b [\ -/]* [0-~]
    """,
    re.VERBOSE | re.DOTALL,
)
#: Categories that steer a terminal, hide text, turn it round, or are no characters at all.
_DROPPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
#: Marks that stack on one letter; a pile of them covers the lines around.
_MOST_MARKS = 4


def clean(text: str) -> str:
    """`text` on one line of at most 500 characters, in the normal form C.

    Sequences for terminals, control characters and those that turn the direction are taken out; the
    ends of lines become spaces.
    """
    spaced = re.sub(r"\s", " ", _SEQUENCES.sub("", text))
    kept: list[str] = []
    marks = 0
    for character in unicodedata.normalize("NFC", spaced):
        category = unicodedata.category(character)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if category not in _DROPPED and marks <= _MOST_MARKS:
            kept.append(character)
    # What was taken out may have kept apart what now makes one character.
    line = unicodedata.normalize("NFC", "".join(kept))
    return re.sub(" {2,}", " ", line).strip()[:LONGEST].rstrip()
