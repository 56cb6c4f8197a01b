"""How far a discriminator's output moves when its parameters do."""

from math import sqrt


def parameter_lipschitz(radius: float, input_norm: float, layers: int = 2) -> float:
    r"""A Lipschitz constant of D in its parameters, for L affine layers and parameters in a ball.

    With :math:`D = \sigma(f_L)`, :math:`f_l = W_l h_{l-1} + b_l`, :math:`h_l = \phi(f_l)`, :math:`h_0 = x`,
    where :math:`\phi(0) = 0` and its slope is at most 1, and :math:`r_l = \|(W_l, b_l)\|`:
    :math:`|h_l|^2 \le r_l^2 (1 + |h_{l-1}|^2)`, and the gradient of the logit in layer l has at most the norm
    :math:`\prod_{j > l} r_j \sqrt{1 + |h_{l-1}|^2}`. The sum of their squares over l consists, for each
    s < L - 1, of the products of s of the s + 1 last :math:`r_j^2`, and of :math:`1 + |x|^2` times those of
    L - 1 of all L. With :math:`\sum r_l^2 \le R^2` Maclaurin's inequality gives

    .. math:: 16 \Lambda^2 \le \sum_{s=0}^{L-2} (s+1) \Big(\frac{R^2}{s+1}\Big)^s
              + (1 + |x|^2)\, L \Big(\frac{R^2}{L}\Big)^{L-1},

    since the logistic function's slope is at most 1/4. For L = 2 that is :math:`1 + R^2 (1 + |x|^2)`.

    Args:
        radius: R, the largest norm of all parameters together.
        input_norm: the largest norm of an input.
        layers: L, one more than there are hidden layers.

    Raises:
        ValueError: no layer.
    """
    if layers < 1:
        raise ValueError(f"a network has at least one layer (got {layers}): pass 2 for one hidden layer.")
    square = radius**2
    inner = sum((s + 1) * (square / (s + 1)) ** s for s in range(layers - 1))
    return sqrt(inner + (1 + input_norm**2) * layers * (square / layers) ** (layers - 1)) / 4
