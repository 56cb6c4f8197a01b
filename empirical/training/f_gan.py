r"""The two functions of a logit that a row of the catalogue plays with: its activation and its conjugate.

For an f-divergence the discriminator raises :math:`E_p g(v) - E_q f^*(g(v))`, where the activation g maps the
logit v into the domain of the conjugate f*; over all discriminators the supremum is :math:`D_f(p \| q)`. Both
terms are compiled from the catalogue's own expressions, after the rewriting that floating point needs.
"""

from collections.abc import Callable
from functools import cache

import sympy as sp
import torch
from torch.nn.functional import softplus

from theory.divergences import Divergence, v

_w = sp.Symbol("w", positive=True)  # exp(-v): in it the catalogue's terms are rational, but for logarithms
_softplus, _logistic = sp.Function("softplus"), sp.Function("logistic")
_TORCH = {
    "exp": torch.exp,
    "softplus": lambda x: softplus(x, threshold=40.0),  # beyond, log(1 + e^x) is x in float64 too
    "logistic": torch.sigmoid,
}


@cache
def activation(divergence: Divergence) -> Callable[[torch.Tensor], torch.Tensor]:
    """The row's g as a function of tensors of logits."""
    return _compiled(divergence.activation)


@cache
def conjugate(divergence: Divergence) -> Callable[[torch.Tensor], torch.Tensor]:
    """The row's f*(g) as a function of tensors of logits."""
    return _compiled(divergence.conjugate.xreplace({divergence.output: divergence.activation}))


def stable(term: sp.Expr) -> sp.Expr:
    r"""A term in v, rewritten so that it overflows only where its value does.

    With :math:`w = e^{-v}`: quotients are expanded, :math:`\log(1 + w) - \log w = \log(1 + e^v)`, and
    :math:`1/(1 + w^2)` becomes the logistic function of 2v.
    """
    term = term.subs(v, -sp.log(_w)).replace(sp.log, lambda inside: sp.log(sp.factor(inside)))
    term = sp.apart(term, _w) if term.is_rational_function(_w) else sp.expand(sp.expand_log(term))
    near, far = sp.log(1 + _w), sp.log(_w)
    if term.coeff(near) and term.coeff(near) == -term.coeff(far):
        term += term.coeff(near) * (_softplus(v) - near + far)
    term = term.subs({near: _softplus(-v), 1 / (1 + _w**2): _logistic(2 * v)})
    return term.subs(_w, sp.exp(-v))


def _compiled(term: sp.Expr) -> Callable[[torch.Tensor], torch.Tensor]:
    # The catalogue's variables print as the kernel wants them, not as Python; constants are rounded once.
    logit, term = sp.Symbol("v"), stable(term)
    constants = {part: part.evalf(17) for part in term.atoms(sp.Function) if part.is_number}
    return sp.lambdify(logit, term.xreplace({v: logit, **constants}), modules=[_TORCH])
