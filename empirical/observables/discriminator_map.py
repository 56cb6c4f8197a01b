"""A trained discriminator beside the best one, pixel by pixel."""

from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float
from scipy.special import expit

from empirical.densities.maps.density_map import DiscriminatorMap, Window, rendered
from empirical.targets import GaussianMixture

NATS = 9.0  # below the highest density of the data; where both laws are less dense, D* is left blank


class _Data:
    """A mixture as a law with a log density of numpy arrays."""

    def __init__(self, target: GaussianMixture) -> None:
        self.target = target

    def log_prob(self, x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " n"]:
        """Log density, nats."""
        return self.target.log_density(torch.from_numpy(x)).numpy()


class _Logits:
    """A discriminator's logits in the place of a log density."""

    def __init__(self, discriminator: Callable[[torch.Tensor], torch.Tensor]) -> None:
        self.discriminator = discriminator

    def log_prob(self, x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " n"]:
        """One logit a point."""
        with torch.no_grad():
            return self.discriminator(torch.from_numpy(x)).double().cpu().numpy().reshape(-1)


def discriminator_map(
    discriminator: Callable[[torch.Tensor], torch.Tensor],
    target: GaussianMixture,
    log_density: Float[np.ndarray, "rows columns"],
    window: Window,
) -> DiscriminatorMap:
    r"""D and :math:`D^* = p/(p + q)` at the pixels at which the generator's log density was taken.

    Args:
        discriminator: maps float64 points (n, 2) to logits (n, 1).
        target: p, the data.
        log_density: of the generator, q, as ``rendered`` gives it.
        window: of these pixels.
    """
    columns = log_density.shape[1]
    data = rendered(_Data(target), window, columns)
    negligible = np.logaddexp(data, log_density) < data.max() - NATS
    with np.errstate(invalid="ignore"):  # both densities 0: negligible
        optimal = expit(data - log_density)
    return DiscriminatorMap(
        expit(rendered(_Logits(discriminator), window, columns)), np.where(negligible, np.nan, optimal)
    )
