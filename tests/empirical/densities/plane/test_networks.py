"""216 random networks: certificates, densities against exact masses, masses and regions against samples."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy.stats import chi2

from empirical.densities.affine_layers import AffineLayer, affine_layers
from empirical.densities.latents import Normal, Uniform
from empirical.densities.plane.plane_law import PlaneLaw
from empirical.densities.plane.subdivision import subdivide
from tests.empirical.densities.plane.test_bins import BOX

SEEDS = 6
SAMPLES, FEW = 100_000, 5_000  # of the first network of each family, and of the others
FALSE_ALARM = 1e-6  # over all families, were their seeds drawn anew
CELLS, LEAST = 5, 25.0  # an axis; and the expected count below which cells are joined
SHIFT = 0.05  # of the interquartile range: what the comparison with samples resolves


@dataclass(frozen=True)
class Family:
    """Networks of one shape, with normal weights and torch's biases."""

    hidden: tuple[int, ...]
    slope: float
    bias: bool
    latent: Normal | Uniform

    def __str__(self) -> str:
        units = "x".join(map(str, self.hidden))
        return f"{units} {self.slope} {type(self.latent).__name__}{'' if self.bias else ' without bias'}"

    def law(self, seed: int) -> PlaneLaw:
        """The exact law of the network of one seed."""
        layers: list[torch.nn.Module] = []
        widths = (2, *self.hidden, 2)
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            for inputs, outputs in pairwise(widths):
                linear = torch.nn.Linear(inputs, outputs, self.bias, dtype=torch.float64)
                torch.nn.init.normal_(linear.weight, std=(2 / inputs) ** 0.5)
                layers += [linear, torch.nn.LeakyReLU(self.slope)]
        written = affine_layers(torch.nn.Sequential(*layers[:-1]))
        end = BOX[type(self.latent)]
        return PlaneLaw(written, subdivide(written, -end, end), self.latent)


FAMILIES = [
    Family(hidden, slope, bias, latent)
    for latent in (Normal(2), Uniform(2))
    for hidden, slopes, bias in (
        ((4,), (0.2, 0.01, 0.0, -0.5), True),
        ((8, 8), (0.2, 0.01, 0.0, -0.5), True),
        ((8, 8, 8), (0.2, 0.01, 0.0, -0.5), True),
        ((16, 16), (0.2, 0.01, 0.0, -0.5), True),
        ((8, 8), (0.2, 0.0), False),
    )
    for slope in slopes
]


def traced(layers: tuple[AffineLayer, ...], latents: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The outputs, and which units are positive."""
    values, positive = latents, []
    for layer in layers:
        values = values @ layer.weight.T + layer.bias
        positive.append((values > 0)[:, layer.negative_slope != 1])
        values = np.where(values > 0, values, layer.negative_slope * values)
    return values, np.concatenate(positive, axis=1)


def distinct(patterns: np.ndarray) -> set[bytes]:
    """Each pattern once."""
    return {row.tobytes() for row in np.unique(np.packbits(patterns, axis=1), axis=0)}


def misfit(law: PlaneLaw, outputs: np.ndarray, reference: np.ndarray) -> tuple[float, int]:
    """Pearson's statistic of the counts in cells against their exact masses, and its degrees of freedom."""
    # Off the quantiles by a number that no sum of weights hits: an atom on an edge falls to either side.
    inner = np.quantile(reference, np.arange(1, CELLS) / CELLS, axis=0) + 1e-3 * np.pi
    x_edges, y_edges = (np.concatenate([[-np.inf], np.unique(axis), [np.inf]]) for axis in inner.T)
    expected = len(outputs) * law.cell_probability(x_edges, y_edges).ravel()
    counts = np.histogram2d(outputs[:, 0], outputs[:, 1], [x_edges, y_edges])[0].ravel()
    joined = expected < LEAST
    joined[expected.argmax()] = True
    expected, counts = (np.append(x[~joined], x[joined].sum()) for x in (expected, counts))
    return float(((counts - expected) ** 2 / expected).sum()), len(expected) - 1


def rejected(misfits: list[tuple[float, int]]) -> bool:
    """Whether a family's counts are too far from the masses; sums of Pearson's statistics are one of them.

    The chi-square law holds for expected counts of 25 and more up to a few percent of its variance.
    """
    statistic, freedom = np.sum(misfits, axis=0)
    return bool(chi2.sf(statistic, freedom) < FALSE_ALARM / len(FAMILIES))


@pytest.mark.parametrize("family", FAMILIES, ids=str)
def test_networks(family: Family) -> None:
    """Every network's certificate holds, its regions are those of its samples, its masses their frequencies.

    The certificate integrates the density around a draw and holds it against the exact mass, among other
    things. A region left out is missed by the samples, and samples moved by a twentieth of the interquartile
    range are rejected.
    """
    right, moved = [], []
    for seed in range(SEEDS):
        law = family.law(seed)
        certificate = law.certify(seed, draws=1)
        assert certificate.holds, certificate.failed

        random = np.random.default_rng([seed, 1])
        latents = family.latent.sample(FEW if seed else SAMPLES, random)
        outputs, positive = traced(law.layers, latents)
        sampled, regions = distinct(positive), distinct(law.subdivision.patterns)
        assert len(regions) == len(law.mesh)
        assert sampled <= regions
        assert not sampled <= regions - distinct(positive[:1])

        reference, _ = traced(law.layers, family.latent.sample(FEW, random))
        step = SHIFT * np.subtract(*np.quantile(reference, [0.75, 0.25], axis=0))
        right.append(misfit(law, outputs[:FEW], reference))
        moved.append(misfit(law, outputs[:FEW] + step, reference))
    assert not rejected(right)
    assert rejected(moved)
