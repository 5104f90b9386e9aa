"""The lists of words in `words.json`: what texts must not say, why, and what to say instead.

A list is data, because what it bans is about health and advertising. `source` says what it rests
on. In the words of a term a space is any white space or a hyphen, `*` any ending, `a/b` either
word, `{name}` any of the words in `names`. A match that starts inside one of `unless` is let pass;
with `with`, the same sentence must hold one of those words too.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from tpcheck.rulework.passages import Kind, Passage
from tpcheck.rulework.readability import sentences


@dataclass(frozen=True, slots=True)
class Term:
    """Some words that must not stand in texts of these kinds, and what to do."""

    words: re.Pattern[str]
    kinds: frozenset[Kind]
    instead: str
    unless: re.Pattern[str] | None = None
    together: re.Pattern[str] | None = None

    def found(self, sentence: str) -> Iterator[str]:
        """What stands in a sentence of these words."""
        if self.together and not self.together.search(sentence):
            return
        let_pass = [*self.unless.finditer(sentence)] if self.unless else []
        for match in self.words.finditer(sentence):
            if not any(around.start() <= match.start() < around.end() for around in let_pass):
                yield match[0]


@dataclass(frozen=True, slots=True)
class WordList:
    """The terms that one check looks for. `only` narrows it to urgent texts or to options."""

    why: str
    source: str
    terms: tuple[Term, ...]
    only: str
    any_words: re.Pattern[str]

    def found(self, passage: Passage) -> Iterator[tuple[str, str]]:
        """What stands in a text of these words, and what to do about each."""
        text = passage.text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
        if not self._covers(passage) or not self.any_words.search(text):
            return
        terms = [term for term in self.terms if passage.kind in term.kinds]
        for sentence in sentences(text):
            for term in terms:
                for words in term.found(sentence):
                    yield words, term.instead

    def _covers(self, passage: Passage) -> bool:
        match self.only:
            case "urgent":
                return passage.urgent
            case "option":
                return passage.option
            case _:
                return True


@dataclass(frozen=True, slots=True)
class PhoneNumbers:
    """Which phone numbers can be called, and the words that a number follows."""

    why: str
    source: str
    verbs: re.Pattern[str]
    known: frozenset[str]
    shape: re.Pattern[str]


@cache
def word_list(check: str) -> WordList:
    """The list for a check."""
    told = _data()[check]
    names = told.get("names", {})
    return WordList(
        why=told["why"],
        source=told["source"],
        terms=tuple(_term(term, told, names) for term in told["terms"]),
        only=told.get("only", ""),
        # Nearly no text has any of them, and one search says so.
        any_words=_pattern([words for term in told["terms"] for words in term["words"]], names),
    )


@cache
def phone_numbers() -> PhoneNumbers:
    """What is known about phone numbers."""
    told = _data()["phone-number"]
    return PhoneNumbers(
        why=told["why"],
        source=told["source"],
        verbs=_pattern(told["verbs"], {}, end=r"\s*$"),
        known=frozenset(number.replace(" ", "") for number in told["known"]),
        shape=re.compile("|".join(told["shapes"])),
    )


@cache
def _data() -> Any:
    source = resources.files(__package__).joinpath("words.json").read_text(encoding="utf-8")
    return json.loads(source)


def _term(told: Any, of: Any, names: Mapping[str, list[str]]) -> Term:
    return Term(
        # What makes an option hard to tell from a key is the whole of its label.
        words=_pattern(told["words"], names, *(("^", "$") if of.get("only") == "option" else ())),
        kinds=frozenset(map(Kind, told.get("in", of["in"]))),
        instead=told["instead"],
        unless=_pattern(told["unless"], names) if "unless" in told else None,
        together=_pattern(told["with"], names) if "with" in told else None,
    )


def _pattern(
    phrases: list[str], names: Mapping[str, list[str]], start: str = "", end: str = ""
) -> re.Pattern[str]:
    """One pattern for all phrases; longer ones first, so that they are found whole."""
    ordered = sorted(phrases, key=len, reverse=True)
    words = "|".join(_phrase(phrase, names) for phrase in ordered if _is_word(phrase[0]))
    # A sign such as the one for percent may follow a digit.
    signs = "|".join(_phrase(phrase, names) for phrase in ordered if not _is_word(phrase[0]))
    both = [rf"\b(?:{words})"] * bool(words) + [signs] * bool(signs)
    return re.compile(f"{start}(?:{'|'.join(both)}){end}", re.IGNORECASE)


def _is_word(sign: str) -> bool:
    return sign.isalnum() or sign in "{}*"


def _phrase(phrase: str, names: Mapping[str, list[str]]) -> str:
    words = r"[\s-]+".join(_slot(slot, names) for slot in phrase.split())
    return words + r"\b" * _is_word(phrase[-1])


def _slot(slot: str, names: Mapping[str, list[str]]) -> str:
    if slot.startswith("{"):
        return f"(?:{'|'.join(_phrase(name, names) for name in names[slot[1:-1]])})"
    either = (re.escape(word).replace(r"\*", r"\w*") for word in slot.split("/"))
    return f"(?:{'|'.join(either)})"
