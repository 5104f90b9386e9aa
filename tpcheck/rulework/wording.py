"""Checks of the words: what texts claim, how they name what is wrong, how hard they are to read.

Each check is a plain function from the passages of a rule set to problems. What the words are, and
what each list rests on, stands in `words.json`. The limits of reading follow the guidance of the
country's health service for its own pages: a reading age of 9 to 11, at worst 11 to 14, sentences
of up to 20 words.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from operator import attrgetter

from tpcheck.model import Clinic, Problem, Severity
from tpcheck.reader import quoted
from tpcheck.rulework import readability
from tpcheck.rulework.passages import READ, REGISTRATION, Kind, Passage
from tpcheck.rulework.words import phone_numbers, word_list

#: The most that the grade of all that a patient reads may be: a reading age of about 11.
ALL_GRADE = 6.0
#: The most that the grade of what is read together may be: a reading age of about 14.
UNIT_GRADE = 9.0
#: With fewer words than this, the grade of a text says little about it.
LEAST_WORDS = 25
#: The most words that a sentence may have.
SENTENCE_WORDS = 20

Found = Iterator[Problem]

_NUMBER = re.compile(r"(?<![\w.+:/-])\+?\d(?:[ ()]{0,2}\d)+(?![\w/-]|\.\w)")
_LONG_NUMBER = 5  # digits; a shorter one is a phone number only where the word before it says so


def listed(check: str, severity: Severity) -> Callable[[Iterable[Passage]], Found]:
    """Make the check that looks for the words of a list."""

    def run(passages: Iterable[Passage]) -> Found:
        words = word_list(check)
        for passage in passages:
            for found, instead in words.found(passage):
                message = f"{quoted(found)} {words.why}; {instead}"
                yield Problem(passage.where, check, message, severity)

    return run


def clinic_named(clinic: Clinic, passages: Iterable[Passage]) -> Found:
    """Advice to go elsewhere now names neither the clinic, its branches' phones, nor its words."""
    check = "clinic-in-urgent"
    yield from listed(check, Severity.ERROR)(passages)
    names = [clinic.name, *(branch.phone for branch in clinic.branches)]
    for passage in passages:
        for name in names if passage.urgent else ():
            if name and name in passage.text:
                message = f"{quoted(name)} {word_list(check).why}; leave it out here"
                yield Problem(passage.where, check, message)


def phone_number(passages: Iterable[Passage]) -> Found:
    """Every phone number that a person may call is one that can be called."""
    numbers = phone_numbers()
    for passage in passages:
        if passage.kind is Kind.STAFF or passage.unit == REGISTRATION:
            continue
        for match in _NUMBER.finditer(passage.text):
            digits = re.sub("[ ()]", "", match[0])
            called = numbers.verbs.search(passage.text[: match.start()])
            if len(digits) < _LONG_NUMBER and not (called and len(digits) > 2):
                continue
            national = re.sub(r"^\+440?", "0", digits)
            if national not in numbers.known and not numbers.shape.fullmatch(national):
                message = f"{quoted(match[0])} {numbers.why}; correct it"
                yield Problem(passage.where, "phone-number", message)


# --- reading ----------------------------------------------------------------------------------


def long_sentence(passages: Iterable[Passage]) -> Found:
    """No sentence that a patient reads has more than 20 words."""
    for passage in _read(passages):
        for sentence in readability.sentences(passage.text):
            count = len(readability.words(sentence))
            if count > SENTENCE_WORDS:
                message = f"the sentence {quoted(sentence)} has {count} words"
                yield _hard(passage, "long-sentence", f"{message}; use at most {SENTENCE_WORDS}")


def hard_screen(passages: Iterable[Passage]) -> Found:
    """What is read together can be understood at a reading age of about 14."""
    for parts in _units(passages):
        grade = _grade(parts)
        if grade.words >= LEAST_WORDS and grade.value > UNIT_GRADE:
            unit = quoted(parts[0].unit)
            message = f"what is read with {unit} has the reading grade {grade.value:.1f}"
            what = f"use shorter words and sentences, for at most {UNIT_GRADE:.0f}"
            yield _hard(parts[0], "hard-screen", f"{message}; {what}")


def reading_age(passages: Iterable[Passage]) -> Found:
    """All that a patient reads can be understood at a reading age of about 11."""
    read = list(_read(passages))
    grade = _grade(read)
    if grade.value <= ALL_GRADE:
        return
    long = (parts for parts in _units(read) if _grade(parts).words >= LEAST_WORDS)
    hardest = sorted(long, key=lambda parts: _grade(parts).value, reverse=True) or [read]
    names = ", ".join(quoted(parts[0].unit) for parts in hardest[:3])
    message = f"all texts for patients together have the reading grade {grade.value:.1f}"
    what = f"use shorter words and sentences, for at most {ALL_GRADE:.0f}"
    yield _hard(hardest[0][0], "reading-age", f"{message}; {what}; the hardest are {names}")


def _read(passages: Iterable[Passage]) -> Iterator[Passage]:
    return (passage for passage in passages if passage.kind in READ)


def _units(passages: Iterable[Passage]) -> list[list[Passage]]:
    return [[*parts] for _, parts in groupby(_read(passages), key=attrgetter("unit"))]


def _grade(passages: Iterable[Passage]) -> readability.Grade:
    return readability.grade(passage.text for passage in passages)


def _hard(passage: Passage, check: str, message: str) -> Problem:
    return Problem(passage.where, check, message, Severity.WARNING)
