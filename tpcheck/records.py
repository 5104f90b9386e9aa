"""`dataclass` for frozen records, in less than half the time that the one in Python takes.

That one writes and compiles the text of six functions for each class, and there are many classes to
make before a person sees a question. Here all classes share those that compare, hash and show; the
rest is Python's own, and so is what the records are: `fields`, `replace` and `match` take them.
"""

from operator import attrgetter
from typing import TYPE_CHECKING

__all__ = ["dataclass"]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from dataclasses import dataclass as _dataclass
    from dataclasses import fields

    def dataclass(*, frozen: bool, slots: bool):
        """Make the decorator. Records here are frozen and have slots."""
        make = _dataclass(frozen=frozen, slots=slots, repr=False, eq=False)

        def decorate(plain: type) -> type:
            record = make(plain)
            # Of one name it is the value, of more a tuple: equal, and hashed, by the same rule.
            record._key = attrgetter(*(f.name for f in fields(record) if f.compare))
            record.__eq__ = _equal
            record.__hash__ = _hash
            record.__repr__ = _shown
            return record

        return decorate

    def _equal(self: object, other: object) -> bool:
        kind = self.__class__
        if other.__class__ is not kind:
            return NotImplemented
        return kind._key(self) == kind._key(other)

    def _hash(self: object) -> int:
        return hash(self._key(self))

    def _shown(self: object) -> str:
        values = (f"{f.name}={getattr(self, f.name)!r}" for f in fields(self) if f.repr)
        return f"{self.__class__.__qualname__}({', '.join(values)})"
