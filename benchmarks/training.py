"""GAN-steps per second over B, a careful PyTorch loop, side by side on the same two cores.

Three contestants, each as two processes of one thread, take turns: B, the default engine, and the torch
engine. A turn is a window of time in which both processes work; a ratio is the median over the rounds of one
contestant's rate over B's in the same round.

    python benchmarks/training.py [--quick] [--json]
"""

import argparse
import json
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from side_by_side.contestants import PEAK
from side_by_side.duel import Match, Pair, pair
from side_by_side.workloads import WORKLOADS

ENGINES = ("default", "torch")
LEAST_ROUNDS = 3


@dataclass(frozen=True)
class Effort:
    """How much is measured: all of it, or the ratios within 50 seconds.

    Args:
        rounds: turns of every contestant at every workload, at most.
        seconds: of each turn.
        budget: seconds within which the last round ends; three there are always.
    """

    rounds: int
    seconds: float
    budget: float


QUICK = Effort(rounds=7, seconds=0.2, budget=38.0)
FULL = Effort(rounds=9, seconds=2.0, budget=math.inf)

Rates = dict[str, dict[str, list[float]]]


def measured(processes: Pair, effort: Effort, shares: bool) -> Rates:
    """Rates of each round by workload and contestant; with shares, the peak's operations beside them."""
    start = time.monotonic()
    names = ("B", *ENGINES, *((PEAK,) if shares else ()))
    rates: Rates = {workload: {name: [] for name in names} for workload in WORKLOADS}
    for workload in WORKLOADS:
        for name in names:
            processes.prepare(Match(name, workload))
    longest = 0.0
    for turn in range(effort.rounds):
        begun = time.monotonic()
        if turn >= LEAST_ROUNDS and begun + longest - start > effort.budget:
            break
        for workload in WORKLOADS:
            # Each round begins with another, so that nobody always works behind the same neighbour.
            for name in (*names[turn % len(names) :], *names[: turn % len(names)]):
                rates[workload][name].append(processes.rate(Match(name, workload), effort.seconds))
        longest = max(longest, time.monotonic() - begun)
    return rates


def over(first: Sequence[float], second: Sequence[float]) -> list[float]:
    """The ratio in each round."""
    return [a / b for a, b in zip(first, second, strict=True)]


def ratios(rates: Rates, engine: str) -> dict[str, float]:
    """The median ratio over B for each workload."""
    return {name: round(median(over(of[engine], of["B"])), 3) for name, of in rates.items()}


def show(rates: Rates) -> None:
    """Prints the table."""
    print("GAN-steps per second of two single-threaded processes; [least, greatest ratio of a round]")
    print(
        f"{'workload':<10}{'B':>10}" + "".join(f"{name:>10}{'over B':>24}" for name in ENGINES) + "  FMA peak"
    )
    for workload, of in rates.items():
        line = f"{workload:<10}{median(of['B']):>10.4g}"
        for engine in ENGINES:
            each = over(of[engine], of["B"])
            line += f"{median(of[engine]):>10.4g}{median(each):>8.2f} [{min(each):6.2f}, {max(each):6.2f}]"
        if PEAK in of:
            work = WORKLOADS[workload].operations
            share = median(over(of["default"], of[PEAK])) * work
            line += f"{share:>10.0%}"
        print(line)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="the ratios only, within 50 seconds")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    options = parser.parse_args()
    with pair() as processes:
        rates = measured(processes, QUICK if options.quick else FULL, shares=not options.quick)
    if options.json:
        print(json.dumps({**ratios(rates, "default"), "torch": ratios(rates, "torch")}))
    else:
        show(rates)


if __name__ == "__main__":
    main()
