"""The choices of an item and the keys that choose them."""

from collections.abc import Mapping
from dataclasses import dataclass

from tpcheck.model import NO, NOT_SURE, YES, Item, ItemType

# The keys of yes, no and not sure. No command may be on one of the letters.
_YES_NO_KEYS = {YES: ("y", "1"), NO: ("n", "2"), NOT_SURE: ("u", "3")}

# The keys of the tenth option and on, where there are so many: none that is a command or an answer.
_MORE_KEYS = "abcdefgijklostvwxz"


@dataclass(frozen=True, slots=True)
class Option:
    """Something to choose. The first key is shown; the others do the same.

    `beside` is what stands beside the key: the text, without a number that the key shows already.
    """

    keys: tuple[str, ...]
    text: str
    code: str
    exclusive: bool = False
    beside: str | None = None

    @property
    def key(self) -> str:
        """The key, as it is shown."""
        return self.keys[0].upper()

    @property
    def label(self) -> str:
        """What stands beside the key."""
        return self.text if self.beside is None else self.beside


def options_of(item: Item) -> tuple[Option, ...]:
    """The options of `item` with their keys."""
    keys: Mapping[str, tuple[str, ...]] = _YES_NO_KEYS if item.is_yes_no else _keys(item)
    return tuple(
        Option(keys[o.code], o.text, o.code, o.exclusive, _beside(keys[o.code][0], o.text))
        for o in item.options
    )


def _beside(key: str, text: str) -> str:
    """`text` without the number that is its key: of "0 (no pain)", the words."""
    if text != key and not text.startswith(f"{key} ("):
        return text
    return text.removeprefix(key).strip(" ()")


def _keys(item: Item) -> dict[str, tuple[str, ...]]:
    """The keys of each option: its number; 0 for the tenth or the one that stands alone."""
    keys: dict[str, tuple[str, ...]] = {}
    alone = [o.code for o in item.options if o.exclusive]
    zero = alone[-1] if alone else item.codes[9] if len(item.codes) > 9 else ""
    digits, more = iter("123456789"), iter(_MORE_KEYS)
    for code in item.codes:
        unsure = ("u",) if code == NOT_SURE else ()
        if item.type is ItemType.SCALE:
            keys[code] = unsure or (code,)
        elif code == zero:
            keys[code] = ("0", *unsure)
        elif digit := next(digits, ""):
            keys[code] = (digit, *unsure)
        else:
            keys[code] = unsure or (next(more),)
    return keys
