"""Variational autoencoders: encoder and decoder raise the evidence lower bound, many runs at once."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from jaxtyping import Float

from empirical.networks import MLP, Parameters, apply, flatten, initial, parameter_count, single, unflatten
from empirical.targets import Target
from empirical.training.optimizers import Adam, update, zero_moments
from empirical.training.streams import stream, stream_seed

Points = Float[torch.Tensor, "runs batch d"]


@dataclass(frozen=True)
class VariationalSetting:
    """One training of an autoencoder.

    Args:
        target: the data law.
        encoder: takes a point to the mean and then the log variance of each latent coordinate.
        decoder: takes a latent to the mean of its point.
        noise: the standard deviation of each coordinate around that mean; its first value if it is learned.
        learns_noise: whether the noise is trained too.
        batch: points in a batch.
        adam: the optimiser; its rate falls linearly to 0 over the training.

    Raises:
        ValueError: the widths do not fit each other or the target, or the noise or the batch is not positive.
    """

    target: Target
    encoder: MLP
    decoder: MLP
    noise: float
    learns_noise: bool = False
    batch: int = 256
    adam: Adam = field(default_factory=lambda: Adam(5e-3))

    def __post_init__(self) -> None:
        latents, dim = self.decoder.widths[0], self.decoder.widths[-1]
        if (self.encoder.widths[0], self.encoder.widths[-1], dim) != (dim, 2 * latents, self.target.dim):
            raise ValueError(
                f"for data of dimension {self.target.dim} and {latents} latent coordinates the encoder needs "
                f"widths ({self.target.dim}, ..., {2 * latents}) and the decoder ({latents}, ..., "
                f"{self.target.dim}) (got {self.encoder.widths} and {self.decoder.widths})."
            )
        if not (math.isfinite(self.noise) and self.noise > 0) or self.batch < 1:
            raise ValueError(
                f"the noise must be positive and a batch hold a point (got {self.noise} and {self.batch}): "
                f"pass noise=0.1 and batch=256, say."
            )


@dataclass(frozen=True, eq=False)
class Autoencoders:
    """Trained autoencoders, one for each seed.

    Args:
        setting: how they were trained.
        encoders: their encoders' parameters, stacked.
        decoders: their decoders', likewise.
        noises: (runs,), their standard deviations of the noise.
        bounds: (steps, runs), the estimate of the evidence lower bound on each step's batch, nats.
    """

    setting: VariationalSetting
    encoders: Parameters
    decoders: Parameters
    noises: Float[torch.Tensor, " runs"]
    bounds: Float[torch.Tensor, "steps runs"]

    def encoder(self, run: int) -> torch.nn.Sequential:
        """One run's encoder as an ordinary module."""
        return single(self.setting.encoder, self.encoders, run)

    def decoder(self, run: int) -> torch.nn.Sequential:
        """One run's decoder as an ordinary module."""
        return single(self.setting.decoder, self.decoders, run)

    def noise(self, run: int) -> float:
        """One run's standard deviation of the noise."""
        return float(self.noises[run])


def train_autoencoders(
    setting: VariationalSetting,
    seeds: Sequence[int],
    *,
    steps: int,
    progress: Callable[[float], None] | None = None,
) -> Autoencoders:
    r"""Raises the bound :math:`E_q \log p(x \mid z) - KL(q \,\|\, N(0, I))` by Adam, one run for each seed.

    The divergence is exact; the expectation is that of one reparametrised latent for each point of a batch.
    The same seeds give the same numbers, and a run in a stack draws what it would draw alone.

    Args:
        setting: data law, networks and optimiser.
        seeds: one whole number per run.
        steps: updates.
        progress: called with the share of the steps done.

    Raises:
        ValueError: no seed, no step, or a bound that stops being finite.

    Source:
        kingma2014vae, equation 10.
    """
    if steps < 1:
        raise ValueError(f"training needs at least one step (got {steps}): pass steps=1000, say.")
    encoders = initial(setting.encoder, [stream_seed(seed, "encoder") for seed in seeds])
    decoders = initial(setting.decoder, [stream_seed(seed, "generator") for seed in seeds])
    log_noise = torch.full((len(seeds), 1), math.log(setting.noise), dtype=torch.float64)
    values = torch.cat(
        [flatten(setting.encoder, encoders), flatten(setting.decoder, decoders), log_noise], dim=1
    )
    moments, streams, bounds = zero_moments(values), [stream(seed, "training") for seed in seeds], []
    latents = setting.decoder.widths[0]
    for step in range(steps):
        points = torch.stack([setting.target.sample(setting.batch, draws) for draws in streams])
        noise = torch.stack(
            [torch.randn(setting.batch, latents, dtype=torch.float64, generator=draws) for draws in streams]
        )
        leaf = values.detach().requires_grad_()
        bound = lower_bounds(setting, leaf, points, noise)
        # A run's bound depends on its own row alone: the gradient of the sum holds every run's gradient.
        (gradient,) = torch.autograd.grad(-bound.sum(), leaf)
        if not torch.isfinite(bound.detach() + gradient.sum(dim=1)).all():
            raise ValueError(
                f"the evidence lower bound stopped being finite at step {step + 1}: train with a smaller "
                f"learning rate than {setting.adam.learning_rate:g}."
            )
        if not setting.learns_noise:
            gradient[:, -1] = 0
        update(setting.adam, values, gradient, moments, rate=1 - step / steps)
        bounds.append(bound.detach())
        if progress is not None:
            progress((step + 1) / steps)
    encoders, decoders, log_noise = _split(setting, values)
    return Autoencoders(setting, encoders, decoders, log_noise[:, 0].exp(), torch.stack(bounds))


def lower_bounds(
    setting: VariationalSetting,
    values: Float[torch.Tensor, "runs parameters"],
    points: Points,
    noise: Float[torch.Tensor, "runs batch k"],
) -> Float[torch.Tensor, " runs"]:
    """The bound of every run on its batch, nats a point, the latents drawn by these normal numbers."""
    encoders, decoders, log_noise = _split(setting, values)
    mean, log_variance = apply(setting.encoder, encoders, points).chunk(2, dim=-1)
    outputs = apply(setting.decoder, decoders, mean + (log_variance / 2).exp() * noise)
    squares = (points - outputs).square().sum(dim=-1) / (2 * (2 * log_noise).exp())
    likelihood = -squares - points.shape[-1] * (log_noise + math.log(2 * math.pi) / 2)
    divergence = (mean.square() + log_variance.exp() - 1 - log_variance).sum(dim=-1) / 2
    return (likelihood - divergence).mean(dim=1)


def _split(
    setting: VariationalSetting, values: Float[torch.Tensor, "runs parameters"]
) -> tuple[Parameters, Parameters, Float[torch.Tensor, "runs 1"]]:
    """The rows as encoders, decoders and logarithms of the noise."""
    sizes = [parameter_count(setting.encoder), parameter_count(setting.decoder), 1]
    encoders, decoders, log_noise = values.split(sizes, dim=1)
    return unflatten(setting.encoder, encoders), unflatten(setting.decoder, decoders), log_noise
