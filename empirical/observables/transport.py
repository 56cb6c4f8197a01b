r"""The first Wasserstein distance of two laws of the plane, between a potential and a coupling.

A transport plan between cells of both laws, with its dual potential, is found by linear programming on their
exact probabilities. It is only a guess, and both ends hold whatever it is:

- from below, :math:`W_1 \ge E_p f - E_q f` for :math:`f(x) = \min_j (|Px - y_j| - v_j)` with any numbers
  :math:`v_j`, since f is 1-Lipschitz; P is the projection onto a window, where f is bounded;
- from above, :math:`W_1 \le E|X - Y|` for any coupling: X is drawn from p, the cell of Y by the plan, and Y
  from q in that cell. Where the plan's cells do not have q's probabilities exactly, the difference pays the
  window's diameter.

Both are means of bounded functions of independent draws. Mass outside the window is moved to its edge, which
costs at most :math:`\sqrt{E|X - c|^2\, P(\text{outside})}`, with c in the window (Cauchy-Schwarz).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import hypot, sqrt

import numpy as np
from jaxtyping import Float, Int
from scipy.optimize import linprog
from scipy.sparse import csr_array

from empirical.densities.latents import Normal
from empirical.densities.plane.plane_law import PlaneLaw
from empirical.measurement import Measurement
from empirical.observables.bin_bounds import RoadsDisagree, quantile_edges
from empirical.observables.bounded_means import Mean, bounded_mean
from empirical.observables.shares import Effort
from empirical.observables.sides import Side, side
from empirical.targets import GaussianMixture

Points = Float[np.ndarray, "n 2"]

PILOT = 20_000  # draws that place the cells and the window: other draws than those that are averaged
MARGIN = 0.5  # of the pilot's extent, by which the window reaches beyond it on each side
# Batches of draws of q, until each cell has as many as the plan asks of it. Twelve have 24 times as many on
# average; cells that are asked for less than once on average are left out of the plan.
BATCHES = 12
CHUNK = 1 << 10  # points whose distances from all cells are held at once


@dataclass(frozen=True, eq=False)
class Window:
    """A rectangle that holds nearly all of two laws' mass."""

    low: Float[np.ndarray, " 2"]
    high: Float[np.ndarray, " 2"]

    @property
    def diameter(self) -> float:
        """The largest distance of two of its points."""
        return hypot(*(self.high - self.low))

    def project(self, points: Points) -> Float[np.ndarray, "n 2"]:
        """The nearest point of the window to each point."""
        return points.clip(self.low, self.high)

    def cost_outside(self, law: PlaneLaw | GaussianMixture) -> float:
        """A bound on what it costs to move a law's mass outside the window to its edge."""
        x, y = (np.array([-np.inf, self.low[k], self.high[k], np.inf]) for k in (0, 1))
        cells = law.cell_probability(x, y)
        cells[1, 1] = 0.0
        return sqrt(second_moment(law, (self.low + self.high) / 2) * max(0.0, float(cells.sum())))


def second_moment(law: PlaneLaw | GaussianMixture, centre: Float[np.ndarray, " 2"]) -> float:
    r"""An upper bound of :math:`E|X - c|^2`; the exact value of a mixture.

    A generator stretches by at most the largest spectral norm L of its derivatives, so that
    :math:`|X - c| \le |G(0) - c| + L|Z|`, and the norm in L2 of a sum is at most the sum of the norms.
    """
    if isinstance(law, GaussianMixture):
        squares = ((law.modes.numpy() - centre) ** 2).sum(axis=1) + 2 * law.sigma**2
        return float(law.probabilities.numpy() @ squares)
    nearest = int(np.argmin((law.mesh.vertices**2).sum(axis=1)))
    largest = float(np.linalg.norm(law.mesh.linear, ord=2, axis=(1, 2)).max())
    of_latent = sqrt(2.0 if isinstance(law.latent, Normal) else 2 / 3)
    away = np.linalg.norm(law.mesh.images[nearest] - centre) + largest * np.linalg.norm(
        law.mesh.vertices[nearest]
    )
    return float(away + largest * of_latent) ** 2


def wasserstein_plane(
    law: PlaneLaw | GaussianMixture, target: PlaneLaw | GaussianMixture, effort: Effort, bins: int = 16
) -> Measurement:
    """W1 in units of x.

    Args:
        law: from ``exact_density``, or a mixture, in the plane.
        target: of the same kind.
        effort: draws, seed and confidence.
        bins: cells a side between which the plan is made.

    Raises:
        ValueError: a law has another dimension.
        RoadsDisagree: a potential proves more than a coupling allows.
    """
    p, q = side(law), side(target)
    seeds = np.random.SeedSequence(effort.seed).generate_state(5).tolist()
    pilots = p.draw(PILOT, seeds[0]).points, q.draw(PILOT, seeds[1]).points
    pilot = np.concatenate(pilots)
    reach = MARGIN * np.ptp(pilot, axis=0)
    window = Window(pilot.min(axis=0) - reach, pilot.max(axis=0) + reach)
    plan = Plan.between(p, q, pilots, quantile_edges(pilot, bins), 1 / effort.samples)
    error = (1 - effort.confidence) / 3  # of the potential's two means and the coupling's
    x, y = p.draw(effort.samples, seeds[2]).points, q.draw(effort.samples, seeds[3]).points
    potential, least = plan.potential(window)
    lower = _mean_potential(potential, x, least, window, error) - _mean_potential(
        potential, y, least, window, error
    )
    outside = window.cost_outside(law) + window.cost_outside(target)
    batches = np.random.SeedSequence(seeds[4]).generate_state(BATCHES + 1).tolist()
    pools = (q.draw(2 * effort.samples, batch).points for batch in batches[1:])
    distances = plan.coupled(x, window, pools, np.random.default_rng(batches[0]))
    coupling = bounded_mean(distances, 0.0, window.diameter, error)
    extra = outside + plan.mismatch * window.diameter
    if lower.lower > coupling.upper + extra:
        raise RoadsDisagree(
            f"wasserstein: a potential proves at least {lower.lower:.6g}, a coupling allows at most "
            f"{coupling.upper + extra:.6g}: draws or cells of one law are wrong."
        )
    low, high = max(0.0, lower.lower), coupling.upper + extra
    return Measurement(
        observable="wasserstein",
        value=(low + high) / 2,
        lower=low,
        upper=high,
        confidence=effort.confidence,
        unit="1",
        seed=effort.seed,
        obtained=(
            f"between a 1-Lipschitz function, {lower.value:.5g}, and a coupling, {coupling.value:.5g}, both "
            f"from the optimal plan of {plan.sizes} cells, at {effort.samples:,} draws, in empirical "
            f"Bernstein intervals"
        ),
    )


@dataclass(frozen=True, eq=False)
class Plan:
    """How mass moves between the cells of a grid, as linear programming found it.

    Args:
        edges: of the grid, from -inf to inf.
        cells: which cell of the grid each column of the plan is, of q.
        rows: for each cell of the grid its row of the plan, of p, or -1.
        shares: where each row goes, cumulative.
        places: (m, 2), a point in each column's cell.
        prices: v, one for each column.
        mismatch: total variation distance of the plan's columns from q.
    """

    edges: tuple[np.ndarray, np.ndarray]
    cells: Int[np.ndarray, " m"]
    rows: Int[np.ndarray, " grid"]
    shares: Float[np.ndarray, "n m"]
    places: Float[np.ndarray, "m 2"]
    prices: Float[np.ndarray, " m"]
    mismatch: float

    @property
    def sizes(self) -> str:
        """Numbers of cells of p and of q, in words."""
        return f"{self.shares.shape[0]} and {self.shares.shape[1]}"

    @staticmethod
    def between(
        p: Side,
        q: Side,
        pilots: tuple[np.ndarray, np.ndarray],
        edges: tuple[np.ndarray, np.ndarray],
        least: float,
    ) -> "Plan":
        """The optimal plan for the distances between the pilots' means in each cell of at least this mass."""
        masses = [np.maximum(law.cell_probability(*edges).ravel(), 0.0) for law in (p, q)]
        numbers = [_cell(points, edges) for points in pilots]
        # A cell in which a pilot has no point is left out; the rest of the mass is accounted for below.
        used = [
            np.unique(number[mass[number] >= least]) for number, mass in zip(numbers, masses, strict=True)
        ]
        centres = [
            np.stack([np.bincount(number, c, len(mass))[kept] for c in points.T], axis=1)
            / np.bincount(number, minlength=len(mass))[kept, None]
            for number, points, mass, kept in zip(numbers, pilots, masses, used, strict=True)
        ]
        a, b = (mass[kept] / mass[kept].sum() for mass, kept in zip(masses, used, strict=True))
        flow, prices = _optimal(a, b, np.linalg.norm(centres[0][:, None] - centres[1][None], axis=2))
        shares = flow / flow.sum(axis=1, keepdims=True)
        rows = np.full(len(masses[0]), -1)
        rows[used[0]] = np.arange(len(used[0]))
        reached = np.zeros(len(masses[1]))
        reached[used[1]] = masses[0][used[0]] @ shares
        # What p has in cells without a row is coupled with nothing in particular: it counts as missing.
        mismatch = float(np.abs(reached - masses[1]).sum() + masses[0].sum() - masses[0][used[0]].sum()) / 2
        return Plan(edges, used[1], rows, shares.cumsum(axis=1), centres[1], prices, mismatch)

    def potential(self, window: Window) -> tuple[Callable[[Points], Float[np.ndarray, " n"]], float]:
        """The function f, and its least possible value."""
        places, prices = window.project(self.places), self.prices

        def function(points: Points) -> Float[np.ndarray, " n"]:
            inside = window.project(points)
            values = np.empty(len(points))
            for start in range(0, len(points), CHUNK):
                x, y = inside[start : start + CHUNK].T
                squares = (x[:, None] - places[:, 0]) ** 2 + (y[:, None] - places[:, 1]) ** 2
                values[start : start + CHUNK] = (np.sqrt(squares) - prices).min(axis=1)
            return values

        return function, -float(prices.max())

    def coupled(
        self, x: Points, window: Window, pools: Iterator[Points], random: np.random.Generator
    ) -> Float[np.ndarray, " n"]:
        """|X - Y| in the window for each x; the window's diameter where x has no row."""
        row = self.rows[_cell(x, self.edges)]
        known = np.flatnonzero(row >= 0)
        # One increasing list: row 0's cumulative shares, then 1 + those of row 1, and so on.
        steps = (np.minimum(self.shares, 1.0) + np.arange(len(self.shares))[:, None]).ravel()
        place = np.searchsorted(steps, row[known] + random.random(len(known)))
        wanted = self.cells[np.minimum(place - row[known] * len(self.cells), len(self.cells) - 1)]
        distances = np.full(len(x), window.diameter)
        while len(known) and (y := next(pools, None)) is not None:
            cell = _cell(y, self.edges)
            # The k-th asker of a cell meets its k-th draw; those that come too late ask the next batch.
            by_cell, by_wanted = np.argsort(cell, kind="stable"), np.argsort(wanted, kind="stable")
            rank = np.arange(len(known)) - np.searchsorted(wanted[by_wanted], wanted[by_wanted])
            first = np.searchsorted(cell[by_cell], wanted[by_wanted])
            there = first + rank < np.searchsorted(cell[by_cell], wanted[by_wanted], side="right")
            askers = known[by_wanted]
            found = y[by_cell[(first + rank)[there]]]
            step = window.project(x[askers[there]]) - window.project(found)
            distances[askers[there]] = np.hypot(*step.T)
            known, wanted = askers[~there], wanted[by_wanted][~there]
        if len(known):
            raise RoadsDisagree(
                f"wasserstein: {len(known)} draws are due in cells where the second law has mass, but it was "
                f"not drawn there often enough: its cells or its draws are wrong."
            )
        return distances


def _mean_potential(
    potential: Callable[[Points], Float[np.ndarray, " n"]],
    points: Points,
    least: float,
    window: Window,
    error: float,
) -> Mean:
    # |Px - y_j| is at most the diameter, for that j too at which -v_j is least.
    return bounded_mean(potential(points), least, least + window.diameter, error)


def _cell(points: Points, edges: tuple[np.ndarray, np.ndarray]) -> Int[np.ndarray, " n"]:
    column, row = (np.searchsorted(e[1:-1], c, side="right") for e, c in zip(edges, points.T, strict=True))
    return column * (len(edges[1]) - 1) + row


def _optimal(
    a: Float[np.ndarray, " n"], b: Float[np.ndarray, " m"], cost: Float[np.ndarray, "n m"]
) -> tuple[Float[np.ndarray, "n m"], Float[np.ndarray, " m"]]:
    """A cheapest plan with these marginals, and the price of each column."""
    n, m = cost.shape
    variable = np.arange(n * m)
    marginals = csr_array(
        (np.ones(2 * n * m), (np.concatenate([variable // m, n + variable % m]), np.tile(variable, 2)))
    )
    solved = linprog(cost.ravel(), A_eq=marginals, b_eq=np.concatenate([a, b]), method="highs-ds")
    flow = np.maximum(solved.x, 0.0).reshape(n, m) + np.outer(a, b) * 1e-12  # no row is empty
    return flow, solved.eqlin.marginals[n:]
