"""What every part of the benchmark shares: rounds in which all sides run once, and the table."""

import random
import statistics
from collections.abc import Callable, Mapping, Sequence


def rounds(cases: Mapping[str, Callable[[], float]], count: int) -> dict[str, list[float]]:
    """The figure of each case in each of `count` rounds, shuffled within the round.

    A round before them warms the disk and is thrown away.
    """
    order = random.Random(1)
    found: dict[str, list[float]] = {name: [] for name in cases}
    for number in range(count + 1):
        names = [*cases]
        order.shuffle(names)
        for name in names:
            figure = cases[name]()
            if number:
                found[name].append(figure)
    return found


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the ratios of each round."""
    return statistics.median(a / b for a, b in zip(ours, theirs, strict=True))


def row(what: str, ours: float, theirs: str, times: float | None, goal: str, unit: str) -> None:
    """Print a line of the table: our median, what stands beside it, the ratio, the goal."""
    shown = "" if times is None else f"{times:.2f} x"
    print(f"{what:<34} {ours:>10,.1f} {unit:<7} {theirs:<44} {shown:>10}  {goal}", flush=True)
