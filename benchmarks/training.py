"""GAN-steps per second over B, a careful PyTorch loop, side by side on the same two cores.

Three contestants, each as two processes of one thread, take turns: B, the default engine, and the torch
engine. A turn is a window of time in which both processes work; a ratio is the median over the rounds of one
contestant's rate over B's in the same round.

Without --quick also: the share of the processor's peak, peak memory, how the cost grows with the height of a
stack, what a sweep's bookkeeping costs to 100,000 cells, and 1,000 cells on a Dask cluster against the pool.

    python benchmarks/training.py [--quick] [--json]
"""

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from side_by_side.contestants import PEAK
from side_by_side.duel import Match, Pair, pair
from side_by_side.growth import peak_memory, stack_rates
from side_by_side.sweeping import SIZES, bookkeeping, overhead
from side_by_side.workloads import WORKLOADS

ENGINES = ("default", "torch")
STACKED = "batch64"  # the workload whose stacks grow
SWEEPS = 3  # rounds of 1,000 cells
STACK_ROUNDS = 3
MEASURED = ("reference", "sweep500", "width512")  # workloads whose memory is measured


@dataclass(frozen=True)
class Effort:
    """How much is measured: all of it, or the ratios within 50 seconds.

    Args:
        rounds: turns of every contestant at every workload, at most.
        seconds: of each turn.
        budget: seconds after which nothing is begun that would end later; every ratio has one round at least.
    """

    rounds: int
    seconds: float
    budget: float


QUICK = Effort(rounds=7, seconds=0.2, budget=36.0)
FULL = Effort(rounds=7, seconds=0.5, budget=110.0)

Rates = dict[str, dict[str, list[float]]]


def measured(processes: Pair, effort: Effort, shares: bool) -> Rates:
    """Rates of each round by workload and contestant; with shares, the peak's operations beside them."""
    start = time.monotonic()
    names = ("B", *ENGINES, *((PEAK,) if shares else ()))
    rates: Rates = {workload: {name: [] for name in names} for workload in WORKLOADS}
    for workload in WORKLOADS:
        for name in names:
            processes.prepare(Match(name, workload))
    longest = dict.fromkeys(WORKLOADS, 0.0)
    for turn in range(effort.rounds):
        for workload in WORKLOADS:
            begun = time.monotonic()
            if turn and begun + longest[workload] - start > effort.budget:
                continue
            # Each round begins with another, so that nobody always works behind the same neighbour.
            for name in (*names[turn % len(names) :], *names[: turn % len(names)]):
                rates[workload][name].append(processes.rate(Match(name, workload), effort.seconds))
            longest[workload] = max(longest[workload], time.monotonic() - begun)
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


def the_rest(processes: Pair, effort: Effort) -> dict[str, Any]:
    """What only the full run measures, as plain numbers."""
    stacks = {
        engine: {
            runs: median(rates)
            for runs, rates in stack_rates(processes, engine, STACKED, STACK_ROUNDS, effort.seconds).items()
        }
        for engine in ENGINES
    }
    processes.forget()
    return {
        "memory": {
            workload: {name: peak_memory(Match(name, workload)) for name in ("B", *ENGINES)}
            for workload in MEASURED
        },
        "stacks": stacks,
        "bookkeeping": [asdict(bookkeeping(size)) for size in SIZES],
        "dask": asdict(overhead(SWEEPS)),
    }


def show_the_rest(found: dict[str, Any]) -> None:
    """Prints it."""
    print("\nPeak memory of one process, MiB above what it has after its imports")
    for workload, of in found["memory"].items():
        told = "".join(f"{name:>10}{most - before:8.0f}" for name, (before, most) in of.items())
        print(f"{workload:<10}{told}")
    print(f"\nGAN-steps per second of {STACKED} by runs of a stack")
    for engine, rates in found["stacks"].items():
        print(f"{engine:<10}" + "".join(f"{runs:>6}: {rate:<10.4g}" for runs, rate in rates.items()))
    print("\nA sweep of cells that cost nothing, microseconds a cell")
    for size in found["bookkeeping"]:
        print(
            f"{size['cells']:>8} cells: plan {size['plan']:.1f}, run {size['run']:.0f}, "
            f"reopen {size['reopen']:.0f}; status {size['status'] * 1e3:.0f} ms; "
            f"{size['mebibytes']:.1f} MiB"
        )
    print("\n1,000 cells on two workers, seconds (from the first chunk on; busy share)")
    for name in ("local", "dask"):
        one = found["dask"][name]
        print(f"{name:<10}{one['seconds']:8.1f} ({one['steady']:.1f}; {one['busy']:.1%})")
    print(f"overhead of dask: {found['dask']['wall']:+.1%}, by idle workers {found['dask']['idle']:+.1%}")


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="the ratios only, within 50 seconds")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    options = parser.parse_args()
    effort = QUICK if options.quick else FULL
    with pair() as processes:
        rates = measured(processes, effort, shares=not options.quick)
        if not options.json:
            show(rates)
        found = {} if options.quick else the_rest(processes, effort)
    if options.json:
        print(json.dumps({**ratios(rates, "default"), "torch": ratios(rates, "torch"), **found}))
    elif found:
        show_the_rest(found)


if __name__ == "__main__":
    main()
