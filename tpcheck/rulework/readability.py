"""How hard a text is to read: sentences, words, syllables, and the grade that they come to.

The grade is that of Kincaid, Fishburne, Rogers and Chissom (1975): the school year, in the United
States, in which a text is understood; a British reading age is about 5 years more. It is made for
running text. On one short question it means little, so callers pool.
"""

import re
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

_SENTENCE_END = re.compile(r"(?<=[.!?])[\"')]*\s+")
_WORD = re.compile(r"[^\s/]*[^\W_][^\s/]*")
_VOWELS = re.compile("[aeiouy]+")
# An e that is written and not said: "sore", "aches", "walked"; but "candle", "changes", "rested".
_SILENT = re.compile(
    "(?<![^aeiouy]l)(?<![^aeiour]r)e$"
    "|(?<![cgsxz])(?<![cs]h)(?<![^aeiouy]l)es$"
    "|(?<![dt])(?<![^aeiouyl]l)ed$"
    "|(?<=[^aeiouy])e(?=(?:ly|less|ful|ments?|where|body|one|things?|heads?|times?|works?)$)"
)
# Vowels side by side that are said one after the other: "di-al", "vide-o", "go-ing", "di-et".
_SPLIT = re.compile("(?<![cgst])i[ao](?!us|r$)|[^q]ua|(?<!p)eo|[aeouy]ing$|iet|iu|rea$")


class Grade(NamedTuple):
    """What a grade is worked out from."""

    sentences: int
    words: int
    syllables: int

    @property
    def value(self) -> float:
        """The grade, 0.39 words a sentence and 11.8 syllables a word, less 15.59."""
        if not self.words:
            return 0.0
        return 0.39 * self.words / self.sentences + 11.8 * self.syllables / self.words - 15.59


def grade(texts: Iterable[str]) -> Grade:
    """The grade of texts that are read together."""
    said = [words(sentence) for text in texts for sentence in sentences(text)]
    return Grade(
        sentences=len(said),
        words=sum(map(len, said)),
        syllables=sum(syllables(word) for sentence in said for word in sentence),
    )


def sentences(text: str) -> list[str]:
    """The sentences of a text; a label without a full stop is one too."""
    return [part for part in _SENTENCE_END.split(text) if _WORD.search(part)]


def words(text: str) -> list[str]:
    """The words of a text. A number is a word."""
    return _WORD.findall(text)


@cache
def syllables(word: str) -> int:
    """How many syllables a word has, by its spelling: right for about 9 words of 10.

    A number counts 1: it is quicker to read than its name.
    """
    return sum(_of_part(part) for part in re.findall("[a-z']+", word.lower())) or 1


def _of_part(part: str) -> int:
    letters = part.removesuffix("'s").replace("'", "")
    if _VOWELS.search(shorter := _SILENT.sub("", letters)):
        letters = shorter
    return max(1, len(_VOWELS.findall(letters)) + len(_SPLIT.findall(letters)))
