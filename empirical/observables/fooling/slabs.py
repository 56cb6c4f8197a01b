r"""What a network can tell apart by shutting atoms in: a lower bound on the support that fools it.

Between two parallel hyperplanes close together lies a slab. Through any d points of :math:`R^d` goes a
hyperplane, and a slab around it that is thin enough holds no other atom of either law. With the data in
general position at most d of the N data points, each of mass 1/N, lie on one hyperplane.

Leaky ReLUs of slope s make a function that differs from a constant in one slab only: the second difference

.. math:: \phi(u + \delta) - 2 \phi(u) + \phi(u - \delta) = (1 - s) \max(\delta - |u|, 0),

because the linear part of :math:`\phi(u) = s u + (1 - s) \max(u, 0)` has none. So
:math:`\lfloor w/3 \rfloor` slabs fit into a first hidden layer of w neurons. Two neurons do for a single
slab, :math:`\phi(u) + \phi(-u) = (1 - s) |u|`. Later layers of any width can hand one number on, since the
leaky ReLU increases.

With k slabs a steep output is near 0 on kd atoms of the law and near 1 elsewhere. Of m atoms the kd heaviest
weigh at least :math:`\min(1, kd/m)`, so the supremum of :math:`E_\mu D - E_\nu D` over the class is at least
:math:`\min(1, kd/m) - kd/N`, and no law of fewer than :math:`kd / (\epsilon + kd/N)` atoms fools it up to
:math:`\epsilon < 1 - kd/N`. With one neuron D increases along a line, and thresholds on that line remain,
which ask for :math:`1/(2\epsilon + 1/N)` atoms.

This bounds the class. A discriminator that training finds may be weaker, and a law that fools all those that
training found may have fewer atoms.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import ceil

import numpy as np
import torch
from jaxtyping import Float

from empirical.networks import MLP, Parameters

NEURONS = 3  # of a slab among several


def slabs(hidden: Sequence[int]) -> int:
    """How many slabs a network with these hidden widths certainly has room for."""
    return 0 if not hidden else max(hidden[0] // NEURONS, int(hidden[0] >= 2))


def slab_support_at_least(hidden: Sequence[int], dim: int, points: int, epsilon: Fraction) -> int:
    r"""The fewest atoms with which a law can fool the class up to epsilon, as far as slabs tell.

    Args:
        hidden: hidden widths of the class of networks, with sigmoid output and weights of any size.
        dim: d, of the space.
        points: N, of the data: equal weights, general position, projections to a line all different.
        epsilon: the largest advantage that counts as fooled, in (0, 1/2).

    Raises:
        ValueError: an epsilon outside (0, 1/2).
    """
    if not 0 < epsilon < Fraction(1, 2):
        raise ValueError(f"epsilon must lie in (0, 1/2) (got {epsilon}): pass Fraction(3, 10), say.")
    least = ceil(1 / (2 * epsilon + Fraction(1, points)))
    # Fewer slabs may say more where many of them hold much of the data too.
    for count in range(1, slabs(hidden) + 1):
        held = Fraction(count * dim, points)
        if epsilon < 1 - held:
            least = max(least, ceil(count * dim / (epsilon + held)))
    return least


def slab_advantage(
    hidden: Sequence[int],
    real: Float[np.ndarray, "n d"],
    real_weights: Float[np.ndarray, " n"],
    fake: Float[np.ndarray, "m d"],
    fake_weights: Float[np.ndarray, " m"],
) -> float:
    """What slabs around the heaviest atoms of a law attain: their weight, less that of the data inside.

    A slab is as thin as one likes, so it holds the data points on its middle plane and no others; those
    within 1e-9 of the plane are counted as on it, which only lowers the value. It is a lower end for the
    supremum over the class.

    Args:
        hidden: hidden widths of the class.
        real: atoms of the data.
        real_weights: their weights.
        fake: atoms of the law.
        fake_weights: their weights.
    """
    dim, best, held = fake.shape[1], 0.0, 0.0
    order = np.argsort(-fake_weights, kind="stable")
    inside = np.zeros(len(real), dtype=bool)
    for slab in range(min(slabs(hidden), -(-len(order) // dim))):
        group = order[slab * dim : (slab + 1) * dim]
        rows = np.concatenate([fake[group], -np.ones((len(group), 1))], axis=1)
        plane = np.linalg.svd(rows)[2][-1]
        inside |= np.abs(real @ plane[:-1] - plane[-1]) <= 1e-9 * np.linalg.norm(plane[:-1])
        held += float(fake_weights[group].sum())
        best = max(best, held - float(real_weights[inside].sum()))
    return best


def slab_network(
    atoms: Float[torch.Tensor, "held d"], hidden: int, *, thickness: float = 1e-4, steepness: float = 60.0
) -> tuple[MLP, Parameters]:
    """A network of one hidden layer that is near 0 on these atoms and near 1 outside of its slabs.

    The witness of the bound: each d atoms, in their order, share a slab.

    Args:
        atoms: at most d for each slab that the hidden layer has room for.
        hidden: neurons, at least 3 for each slab.
        thickness: half the width of a slab.
        steepness: the logit is minus this on the atoms and plus this outside.

    Raises:
        ValueError: more atoms than the slabs hold.
    """
    dim = atoms.shape[1]
    groups = atoms.split(dim)
    if NEURONS * len(groups) > hidden:
        raise ValueError(
            f"{len(atoms)} atoms in {dim} dimensions need {len(groups)} slabs of {NEURONS} neurons (got "
            f"{hidden} neurons): pass more neurons."
        )
    network = MLP((dim, hidden, 1))
    weight = torch.zeros(1, hidden, dim, dtype=torch.float64)
    bias, last = (
        torch.zeros(1, hidden, dtype=torch.float64),
        torch.zeros(1, 1, hidden, dtype=torch.float64),
    )
    for slab, group in enumerate(groups):
        # The hyperplane's normal and offset: orthogonal to every (atom, -1).
        rows = torch.cat([group.double(), -torch.ones(len(group), 1, dtype=torch.float64)], dim=1)
        plane = torch.linalg.svd(rows, full_matrices=True).Vh[-1]
        plane = plane / plane[:dim].norm()
        first = NEURONS * slab
        weight[0, first : first + NEURONS] = plane[:dim]
        shifts = thickness * torch.tensor([1.0, 0.0, -1.0], dtype=torch.float64)
        bias[0, first : first + NEURONS] = shifts - plane[dim]
        height = (1 - network.negative_slope) * thickness
        last[0, 0, first : first + NEURONS] = (
            -2 * steepness / height * torch.tensor([1.0, -2.0, 1.0], dtype=torch.float64)
        )
    offset = torch.full((1, 1), steepness, dtype=torch.float64)
    return network, {"0.weight": weight, "0.bias": bias, "2.weight": last, "2.bias": offset}
