"""A solver over one encoding: is there an answer set like this, and which is the smallest?

The only module that loads the solver (python-sat, extra `rules`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tpcheck.engine import Engine
from tpcheck.errors import UsageError
from tpcheck.model import Answer
from tpcheck.rulework.circuit import Circuit
from tpcheck.rulework.encoding import Encoding

try:
    from pysat.card import ITotalizer
    from pysat.solvers import Solver
except ImportError as error:  # pragma: no cover - depends on what is installed
    raise UsageError(
        "this needs the solver: install it with  pip install 'tpcheck[rules]'  and run it again"
    ) from error


@dataclass(frozen=True, slots=True)
class Witness:
    """A complete answer set that shows something, with as few unusual answers as can be.

    `answers` are all on the path; `told` only those that are not the usual ones.
    """

    answers: Mapping[str, Answer]
    told: Mapping[str, Answer]


class Prover:
    """Asks an incremental solver about the models of a circuit."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.circuit = Circuit()
        self.encoding = Encoding(engine, self.circuit)
        self._solver = Solver("cadical153")
        self._loaded = 0
        self._unusual: ITotalizer | None = None

    def possible(self, *literals: int) -> bool:
        """Whether some answer set has all of `literals`."""
        self._load()
        return bool(self._solver.solve(assumptions=list(literals)))

    def smallest(self, *literals: int) -> dict[int, bool] | None:
        """A model with all of `literals` and the fewest unusual answers; none where none is."""
        # First, or a model could come without the literals that are counted.
        unusual = self._count_unusual()
        if not self.possible(*literals):
            return None
        model = self._model()
        count = sum(_true(model, lit) for lit in unusual.lits)
        while count and self._solver.solve(assumptions=[*literals, -unusual.rhs[count - 1]]):
            model = self._model()
            count = sum(_true(model, lit) for lit in unusual.lits)
        return model

    def most(self, counted: Iterable[int], *literals: int) -> tuple[int, dict[int, bool]] | None:
        """The most of `counted` that can hold at once with `literals`, and a model of that."""
        self._load()
        counted = list(counted)
        # A totalizer bounds from above only: so bound how many do not hold.
        total = ITotalizer([-c for c in counted], ubound=len(counted) - 1, top_id=self._top())
        for clause in total.cnf.clauses:
            self._solver.add_clause(clause)
        self._skip(total.top_id)
        best: tuple[int, dict[int, bool]] | None = None
        bound: list[int] = []
        while self._solver.solve(assumptions=[*literals, *bound]):
            model = self._model()
            missed = sum(not _true(model, lit) for lit in counted)
            best = len(counted) - missed, model
            if not missed:
                break
            bound = [-total.rhs[missed - 1]]
        return best

    def witness(self, model: Mapping[int, bool], encoding: Encoding | None = None) -> Witness:
        """The answer set that a model stands for."""
        answers = (encoding or self.encoding).answers(model)
        items = self.engine.items
        return Witness(answers, {i: a for i, a in answers.items() if a != items[i].usual})

    def _load(self) -> None:
        for clause in self.circuit.clauses[self._loaded :]:
            self._solver.add_clause(clause)
        self._loaded = len(self.circuit.clauses)

    def _model(self) -> dict[int, bool]:
        return {abs(lit): lit > 0 for lit in self._solver.get_model()}

    def _count_unusual(self) -> "ITotalizer":
        if self._unusual is None:
            literals = self.encoding.unusual()
            self._load()
            total = ITotalizer(literals, ubound=len(literals) - 1, top_id=self._top())
            for clause in total.cnf.clauses:
                self._solver.add_clause(clause)
            self._skip(total.top_id)
            self._unusual = total
        return self._unusual

    def _top(self) -> int:
        return self.circuit.size

    def _skip(self, top: int) -> None:
        """Keep the circuit from handing out variables that a totalizer took."""
        while self.circuit.size < top:
            self.circuit.new()


def _true(model: Mapping[int, bool], literal: int) -> bool:
    value = model.get(abs(literal), False)
    return value if literal > 0 else not value
