"""A stack of runs as several smaller stacks that are trained one after another."""

import math
from collections.abc import Sequence

import torch

from empirical.training.optimizers import Moments
from empirical.training.state import Player, State


def parts(state: State, runs: int) -> list[State]:
    """The runs that go on, at most so many in a part: views of the state's rows, until they are joined."""
    count = -(-len(state.alive) // runs)
    size = -(-len(state.alive) // max(count, 1))  # parts of one size share an engine's memory
    return [_part(state, slice(first, first + size)) for first in range(0, len(state.alive), size or 1)]


def join(state: State, trained: Sequence[State]) -> None:
    """Takes back into the state what became of all its parts, in their order."""
    if not trained:
        return
    began, alive = state.step, state.alive
    state.step = max(part.step for part in trained)
    state.alive = []
    rows = [[math.nan] * len(state.seeds) for _ in range(state.step - began)]
    first = 0
    for part in trained:
        runs = alive[first : first + len(part.seeds)]
        first += len(part.seeds)
        state.alive += [runs[place] for place in part.alive]
        state.endings |= {runs[place]: ending for place, ending in part.endings.items()}
        for row, payoffs in zip(rows, part.payoffs, strict=False):  # a part may end before the others
            for run, payoff in zip(runs, payoffs, strict=True):
                row[run] = payoff
    state.payoffs += rows
    _rejoin(state.generator, [part.generator for part in trained], whole=len(state.alive) == len(alive))
    _rejoin(state.discriminator, [part.discriminator for part in trained], len(state.alive) == len(alive))


def _part(state: State, rows: slice) -> State:
    seeds = state.seeds_alive[rows]
    return State(
        seeds=seeds,
        generator=_rows(state.generator, rows),
        discriminator=_rows(state.discriminator, rows),
        alive=list(range(len(seeds))),
        step=state.step,
        room=state.room,
    )


def _rows(player: Player, rows: slice) -> Player:
    moments = Moments(player.moments.first[rows], player.moments.second[rows], player.moments.updates)
    return Player(player.architecture, player.optimizer, player.values[rows], moments)


def _rejoin(player: Player, pieces: Sequence[Player], whole: bool) -> None:
    player.moments.updates = max(piece.moments.updates for piece in pieces)
    if whole:  # the pieces are still views of the player's rows
        return
    player.values = torch.cat([piece.values for piece in pieces])
    player.moments.first = torch.cat([piece.moments.first for piece in pieces])
    player.moments.second = torch.cat([piece.moments.second for piece in pieces])
