"""How far a discriminator's output moves when its parameters do."""

from math import sqrt


def parameter_lipschitz(radius: float, input_norm: float) -> float:
    r"""A Lipschitz constant of D in its parameters, for one hidden layer and parameters in a ball.

    With :math:`D = \sigma(a^\top h + c)` and :math:`h = \phi(W x + b)`, where :math:`\phi(0) = 0` and its
    slope is at most 1, :math:`|h| \le \|(W, b)\| \sqrt{1 + |x|^2}`. The gradient of the logit in (a, c) is
    (h, 1) and that in (W, b) has at most the norm :math:`|a| \sqrt{1 + |x|^2}`, so

    .. math:: \Lambda \le \tfrac14 \sqrt{1 + R^2 (1 + |x|^2)},

    since the logistic function's slope is at most 1/4.

    Args:
        radius: R, the largest norm of all parameters together.
        input_norm: the largest norm of an input.
    """
    return sqrt(1 + radius**2 * (1 + input_norm**2)) / 4
