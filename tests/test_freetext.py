"""Free text is kept on one line, and nothing in it can steer a terminal or hide."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tpcheck.freetext import LONGEST, clean


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("told to ring again", "told to ring again"),
        ("  two\tlines\r\nand\u2028more  ", "two lines and more"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x9b31mred in 8 bits", "red in 8 bits"),
        ("\x1b]0;a title\x07after", "after"),
        ("\x1b]52;c;ZXZpbA==\x1b\\after", "after"),  # writes to the clipboard
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bPnever ended", ""),
        ("\x1bcreset", "reset"),
        ("\x1b", ""),
        ("\x1b\x1b[31m[31m", "[31m"),  # what is left is no sequence
        ("a\x00b\x07c\x7fd\x85e", "abcd e"),
        ("abc\u202edef\u2066ghi", "abcdefghi"),  # turned round, isolated
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("a" + "\u0300" * 50, "\u00e0" + "\u0300" * 4),  # piled over the lines around
        ("e\u0301", "\u00e9"),  # one letter in two characters
        ("e\u200d\u0301", "\u00e9"),  # with something unseen between
        ("\ud800\ue000\uffff", ""),
        ("<b>&amp;=1+1", "<b>&amp;=1+1"),  # harmless here; whoever writes it out sees to it
        ("x" * 600, "x" * LONGEST),
        ("x" * 499 + " y", "x" * 499),
    ],
)
def test_text_is_cleaned(text: str, kept: str) -> None:
    assert clean(text) == kept


@given(st.text())
def test_whatever_is_typed_is_one_harmless_line(text: str) -> None:
    kept = clean(text)

    assert clean(kept) == kept
    assert len(kept) <= LONGEST
    assert unicodedata.is_normalized("NFC", kept)
    assert not {unicodedata.category(c) for c in kept} & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
