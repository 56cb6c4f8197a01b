"""Peak memory of each contestant, and how the cost of a step grows with the runs of a stack."""

import os
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from side_by_side.duel import Match, Pair

STACKS = (1, 4, 16, 64, 256)
MIB = 1 << 10  # of the kilobytes in which Linux counts


def peak_memory(match: Match) -> tuple[float, float]:
    """MiB of one process after its imports, and at most while it trains; a fresh process for each."""
    context = get_context("spawn")
    near, far = context.Pipe()
    process = context.Process(target=_train, args=(match, far))
    process.start()
    far.close()
    try:
        return near.recv()
    finally:
        process.join()


def stack_rates(
    processes: Pair, name: str, workload: str, rounds: int, seconds: float
) -> dict[int, list[float]]:
    """GAN-steps per second of both processes for each height of the stacks, in turns."""
    matches = {runs: Match(name, workload, runs) for runs in STACKS}
    for match in matches.values():
        processes.prepare(match)
    rates: dict[int, list[float]] = {runs: [] for runs in STACKS}
    for _ in range(rounds):
        for runs, match in matches.items():
            rates[runs].append(processes.rate(match, seconds))
    return rates


def _train(match: Match, connection: Connection) -> None:
    os.environ["OMP_NUM_THREADS"] = "1"
    import torch

    from side_by_side.contestants import contestant

    torch.set_num_threads(1)
    before = _peak()
    unit = contestant(match.name, match.workload, 0, match.runs)
    for _ in range(3):
        unit()
    connection.send((before, _peak()))


def _peak() -> float:
    """The most that this process has had in memory, MiB: Linux counts it for the program since its start."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / MIB for line in lines if line.startswith("VmHWM:"))
