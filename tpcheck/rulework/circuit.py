"""Boolean formulas as clauses: and, or, not over solver literals, each built once.

The translation is Tseitin's in both directions, so that a literal may be used either way round.
"""

from collections.abc import Iterable


class Circuit:
    """Hands out literals and keeps the clauses that tie them together."""

    def __init__(self) -> None:
        self.clauses: list[list[int]] = []
        self._last = 0
        self._known: dict[frozenset[int], int] = {}
        self.true = self.new()
        self.add(self.true)

    @property
    def false(self) -> int:
        """The literal that never holds."""
        return -self.true

    @property
    def size(self) -> int:
        """How many variables have been handed out."""
        return self._last

    def new(self) -> int:
        """A fresh variable."""
        self._last += 1
        return self._last

    def add(self, *clause: int) -> None:
        """Require that at least one literal of `clause` holds."""
        self.clauses.append(list(clause))

    def constant(self, value: bool) -> int:
        """The literal of a known truth value."""
        return self.true if value else self.false

    def any_of(self, literals: Iterable[int]) -> int:
        """A literal that holds exactly when one of `literals` does."""
        parts = {part for part in literals if part != self.false}
        if self.true in parts or any(-part in parts for part in parts):
            return self.true
        if not parts:
            return self.false
        if len(parts) == 1:
            return parts.pop()
        key = frozenset(parts)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self.new()
            self.add(-known, *sorted(parts, key=abs))
            for part in parts:
                self.add(known, -part)
        return known

    def all_of(self, literals: Iterable[int]) -> int:
        """A literal that holds exactly when all of `literals` do."""
        return -self.any_of(-part for part in literals)

    def at_least(self, count: int, literals: Iterable[int]) -> int:
        """A literal that holds exactly when `count` or more of `literals` do."""
        # Running counts: row[n] holds when n of the literals so far do.
        row = [self.true] + [self.false] * count
        for part in literals:
            row = [self.true] + [
                self.any_of((row[n], self.all_of((row[n - 1], part)))) for n in range(1, count + 1)
            ]
        return row[count]
