"""What may be added to any game: penalties, noise and clipping, all off unless asked for."""

import math
from dataclasses import dataclass, fields


@dataclass(frozen=True, kw_only=True)
class Regularization:
    r"""Terms that a setting adds to its game; each is off at its default.

    Args:
        r1: :math:`\gamma` in the discriminator's extra loss :math:`\frac{\gamma}{2} E_p |\nabla_x l(x)|^2`.
        gradient_penalty: :math:`\lambda` in its extra loss :math:`\lambda E (|\nabla_x l(\hat x)| - 1)^2`,
            with :math:`\hat x` uniform between a real and a fake point.
        clip: after each of its updates every weight of the discriminator is clipped to [-clip, clip].
        instance_noise: standard deviation of the normal noise added to real and fake points alike.
        consensus: :math:`\gamma` in both players' extra loss :math:`\frac{\gamma}{2}(|g_D|^2 + |g_G|^2)`, the
            squared gradients of both losses.

    Raises:
        ValueError: a number that is negative or not finite, or a clip of 0.

    Source:
        mescheder2018convergence, equation 9; gulrajani2017improved, equation 3; arjovsky2017wgan,
        algorithm 1; sonderby2017amortised, section 4; mescheder2017numerics, algorithm 2.
    """

    r1: float = 0.0
    gradient_penalty: float = 0.0
    clip: float | None = None
    instance_noise: float = 0.0
    consensus: float = 0.0

    def __post_init__(self) -> None:
        for part in fields(self):
            value = getattr(self, part.name)
            if value is not None and not (math.isfinite(value) and value >= 0):
                raise ValueError(
                    f"{part.name} must be a finite number from 0 up (got {value}): 0 leaves it out."
                )
        if self.clip == 0:
            raise ValueError("clip must be positive (got 0): pass clip=0.01, say, or None to clip nothing.")
