"""Makes inputs at random: changes of valid ones, and what was never valid."""

import re
from collections.abc import Sequence
from random import Random

_WORD = re.compile(rb"[\w.+-]+")

#: What means something to one of the readers, or has broken one somewhere.
_PIECES = (
    *(b"\n", b"\n  ", b" ", b": ", b"- ", b"? ", b", ", b"[", b"]", b"{", b"}", b"'", b'"', b"#"),
    *(b"&x ", b"*x", b"!t ", b"!!", b"<<: ", b"|", b">-", b"%", b"@", b"`", b"---\n", b"...\n"),
    *(b"\\", b"\\x1b", b"\\ud800", b"\\U00110000", b"\\u0000", b"\x00", b"\x1b[2J", b"\r", b"\t"),
    *(b"\xff", b"\xc3", b"\xef\xbb\xbf", "\u202e".encode(), "\u200b".encode(), "\uff13".encode()),
    *(
        b"null",
        b"~",
        b"true",
        b"NaN",
        b"1e999",
        b"-1",
        b"0x1f",
        b"9" * 400,
        b"yes",
        b"no",
        b"[" * 40,
    ),
)


def mutated(
    random: Random,
    valid: bytes,
    others: Sequence[bytes],
    words: Sequence[bytes],
    *,
    is_text: bool = True,
) -> bytes:
    """`valid` with a few changes; `others` are valid too, and `words` stand in such files.

    What is no text is nearly always changed in place, or nothing in it would be found any more.
    """
    changes = _CHANGES if is_text or random.random() < 0.1 else _IN_PLACE
    for _ in range(random.choice((1, 1, 2, 3))):
        valid = random.choice(changes)(random, valid, others, words)
    return valid


def soup(random: Random, words: Sequence[bytes]) -> bytes:
    """Bytes, or words and signs in any order."""
    if random.random() < 0.2:
        return random.randbytes(random.randrange(200))
    return b"".join(
        random.choice(words if random.random() < 0.5 else _PIECES)
        for _ in range(random.randrange(40))
    )


# --- changes ----------------------------------------------------------------------------------


def _slice(random: Random, data: bytes, most: int = 40) -> tuple[int, int]:
    start = random.randrange(len(data) + 1)
    return start, min(len(data), start + random.randrange(most))


def _flip(random: Random, data: bytes, *_: object) -> bytes:
    """One bit is the other."""
    if not data:
        return data
    at = random.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << random.randrange(8)]) + data[at + 1 :]


def _delete(random: Random, data: bytes, *_: object) -> bytes:
    start, end = _slice(random, data)
    return data[:start] + data[end:]


def _repeat(random: Random, data: bytes, *_: object) -> bytes:
    start, end = _slice(random, data)
    return data[:end] + data[start:end] * random.choice((1, 1, 50)) + data[end:]


def _insert(random: Random, data: bytes, others: object, words: Sequence[bytes]) -> bytes:
    at = random.randrange(len(data) + 1)
    piece = random.choice(words if random.random() < 0.5 else _PIECES)
    return data[:at] + piece + data[at:]


def _splice(random: Random, data: bytes, others: Sequence[bytes], words: object) -> bytes:
    """The beginning of one, the end of another."""
    other = random.choice(others)
    return data[: random.randrange(len(data) + 1)] + other[random.randrange(len(other) + 1) :]


def _cut(random: Random, data: bytes, *_: object) -> bytes:
    return data[: random.randrange(len(data) + 1)]


def _word(random: Random, data: bytes, others: object, words: Sequence[bytes]) -> bytes:
    """A word is another: the change that most often leaves it valid."""
    found = [*_WORD.finditer(data)]
    if not found:
        return data
    old = random.choice(found)
    return data[: old.start()] + random.choice(words) + data[old.end() :]


def _swap(random: Random, data: bytes, *_: object) -> bytes:
    """Two words change places."""
    found = [*_WORD.finditer(data)]
    if len(found) < 2:
        return data
    one, two = sorted(random.sample(found, 2), key=lambda match: match.start())
    return b"".join(
        (data[: one.start()], two[0], data[one.end() : two.start()], one[0], data[two.end() :])
    )


def _line(random: Random, data: bytes, *_: object) -> bytes:
    """Two lines change places, or one is gone."""
    lines = data.splitlines(keepends=True)
    if len(lines) < 2:
        return data
    one, two = random.sample(range(len(lines)), 2)
    if random.random() < 0.5:
        lines[one], lines[two] = lines[two], lines[one]
    else:
        del lines[one]
    return b"".join(lines)


def _overwrite(random: Random, data: bytes, *_: object) -> bytes:
    """Other bytes stand in the place of some."""
    start, end = _slice(random, data, 12)
    return data[:start] + random.randbytes(end - start) + data[end:]


def _space(random: Random, data: bytes, *_: object) -> bytes:
    """A space or a line end between two words: mostly nothing has changed."""
    ends = [match.end() for match in re.finditer(rb"[,:{}\[\]\n-]", data)]
    at = random.choice(ends) if ends else 0
    return data[:at] + random.choice((b" ", b" ", b"\n", b"\r\n", b"  \n")) + data[at:]


#: Those that often leave it valid come more than once, so that enough goes all the way.
_CHANGES = (
    *(_flip, _delete, _repeat, _insert, _splice, _cut, _swap),
    *(_word, _word, _line, _line, _space, _space),
)
_IN_PLACE = (_flip, _flip, _overwrite)
