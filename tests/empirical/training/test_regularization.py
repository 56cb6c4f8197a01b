"""Each term that may be added to a game, against one run computed slowly, and on the Dirac-GAN's theorem."""

import math
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import pytest
import torch

from empirical.networks import MLP, Atoms, fully_connected, single
from empirical.streams import uniforms
from empirical.targets import RING, FiniteTarget
from empirical.targets.finite import equal_weights
from empirical.training import SGD, Regularization, Setting, torch_engine
from empirical.training.batches import DISCRIMINATOR, GENERATOR, Purposes, latents, normal_points, real_side
from empirical.training.state import State, first_state
from theory import local_convergence
from theory.theorems import dirac_gan

SMALL = Setting(
    target=RING,
    generator=MLP((2, 5, 2)),
    discriminator=MLP((2, 6, 1)),
    game="minimax",
    batch=7,
    discriminator_optimizer=SGD(0.5),
    generator_optimizer=SGD(0.5),
    dtype="float64",
)
TERMS = {
    "r1": Regularization(r1=3.0),
    "gradient penalty": Regularization(gradient_penalty=2.0),
    "noise": Regularization(instance_noise=0.7),
    "clip": Regularization(clip=0.2),
    "consensus": Regularization(consensus=5.0),
    "all": Regularization(r1=3.0, gradient_penalty=2.0, clip=0.2, instance_noise=0.7, consensus=5.0),
}


def points(setting: Setting, g: torch.nn.Module, seed: int, update: int, of: Purposes) -> list[torch.Tensor]:
    """One run's real and fake batch, drawn by name; the noise added by hand."""
    plain = replace(setting, regularization=Regularization())
    real = real_side(plain, (seed,), update, of)[0][0]
    fake = g(latents("normal", (seed,), of.latents, update, setting.batch, 2)[0])
    noise = [normal_points((seed,), of.real_instance, update, setting.batch, 2)[0]]
    noise += [normal_points((seed,), of.fake_instance, update, setting.batch, 2)[0]]
    scale = setting.regularization.instance_noise
    return [real + scale * noise[0], fake + scale * noise[1]]


def slope_norms(d: torch.nn.Module, x: torch.Tensor) -> list[torch.Tensor]:
    """The squared norm of the logit's gradient, one point after another."""
    norms = []
    for point in x:
        leaf = point if point.requires_grad else point.clone().requires_grad_()
        (slope,) = torch.autograd.grad(d(leaf[None])[0, 0], leaf, create_graph=True)
        norms.append((slope**2).sum())
    return norms


def losses(
    setting: Setting, g: torch.nn.Module, d: torch.nn.Module, seed: int, update: int, of: Purposes
) -> tuple[torch.Tensor, torch.Tensor]:
    """Both players' losses as the papers write them, from probabilities, for one run."""
    real, fake = points(setting, g, seed, update, of)
    asked = setting.regularization
    p, q = torch.sigmoid(d(real)[:, 0]), torch.sigmoid(d(fake)[:, 0])
    of_d = -(p.log().mean() + (1 - q).log().mean())
    of_g = (1 - q).log().mean()
    if asked.r1:
        of_d = of_d + asked.r1 / 2 * sum(slope_norms(d, real)) / len(real)
    if asked.gradient_penalty:
        share = torch.from_numpy(uniforms((seed,), of.interpolation, update, 3 * setting.batch))
        share = share[0, : setting.batch, None]
        norms = slope_norms(d, share * real + (1 - share) * fake)
        of_d = of_d + asked.gradient_penalty * sum((norm.sqrt() - 1) ** 2 for norm in norms) / len(norms)
    if asked.consensus:
        gradients = (
            *torch.autograd.grad(of_d, list(d.parameters()), create_graph=True),
            *torch.autograd.grad(of_g, list(g.parameters()), create_graph=True),
        )
        term = asked.consensus / 2 * sum((part**2).sum() for part in gradients)
        of_d, of_g = of_d + term, of_g + term
    return of_d, of_g


def slowly(setting: Setting, seed: int, steps: int) -> tuple[torch.nn.Module, torch.nn.Module]:
    """One run alone, of ordinary modules and plain gradient descent."""
    start = first_state(setting, (seed,))
    g = single(setting.generator, start.generator.parameters(), 0)  # pyright: ignore[reportArgumentType]
    d = single(setting.discriminator, start.discriminator.parameters(), 0)
    for step in range(steps):
        for player, of, side in ((d, DISCRIMINATOR, 0), (g, GENERATOR, 1)):
            loss = losses(setting, g, d, seed, step, of)[side]
            moves = torch.autograd.grad(loss, list(player.parameters()))
            with torch.no_grad():
                for parameter, move in zip(player.parameters(), moves, strict=True):
                    parameter -= 0.5 * move
                    if side == 0 and setting.regularization.clip is not None:
                        parameter.clamp_(-setting.regularization.clip, setting.regularization.clip)
    return g, d


def distance(setting: Setting, reference: Setting) -> float:
    """Between three stacked runs of the first setting and those alone in the second, after 4 steps."""
    state = first_state(setting, (3, 4, 5))
    torch_engine.advance(setting, state, 4)
    found = 0.0
    for run, seed in enumerate((3, 4, 5)):
        for player, module in zip(
            (state.generator, state.discriminator), slowly(reference, seed, 4), strict=True
        ):
            rows = torch.cat([value.detach().flatten() for value in module.parameters()])
            found = max(found, float((player.values[run] - rows).abs().max()))
    return found


@pytest.mark.parametrize("term", TERMS)
def test_each_term_is_what_its_paper_says(term: str) -> None:
    """Stacked runs with the term move as a single run whose losses are written point by point.

    Tolerance: eight steps of descent by gradients that differ by a few hundred roundings of 1e-16.
    The control: the reference without the term ends elsewhere, by far more.
    """
    setting = replace(SMALL, regularization=TERMS[term])
    assert distance(setting, setting) < 1e-12
    assert distance(setting, SMALL) > 1e-4


def test_a_term_of_strength_zero_is_the_plain_game_to_the_bit() -> None:
    """Zero strengths, and a clip wider than all weights, leave automatic differentiation's bits alone."""
    plain = replace(SMALL, discriminator=fully_connected((2, 6, 1)))
    zero = Regularization(r1=0.0, gradient_penalty=0.0, clip=1e6, instance_noise=0.0, consensus=0.0)
    ends = []
    for setting in (plain, replace(plain, regularization=zero)):
        state = first_state(setting, (1, 2))
        torch_engine.advance(setting, state, 5)
        ends.append(state)
    assert torch.equal(ends[0].generator.values, ends[1].generator.values)
    assert torch.equal(ends[0].discriminator.values, ends[1].discriminator.values)
    assert ends[0].payoffs == ends[1].payoffs


def test_a_flat_discriminator_has_a_penalty_without_nan() -> None:
    """Where the logit is constant the norm's derivative does not exist; 0 is taken, and the run goes on."""
    setting = replace(SMALL, regularization=Regularization(gradient_penalty=10.0))
    state = first_state(setting, (0,))
    state.discriminator.values.zero_()
    torch_engine.advance(setting, state, 1)
    assert state.alive == [0]


DIRAC = Setting(
    target=FiniteTarget("origin", ((0.0,),), equal_weights(1)),
    generator=Atoms(1, 1),
    discriminator=MLP((1, 1)),
    game="minimax",
    exact=True,
    dtype="float64",
)


def radius(setting: Setting, h: Fraction, steps: int = 150) -> float:
    """The mean growth of the distance (theta, psi) to the equilibrium in one step, starting 1e-4 away.

    A pair of conjugate eigenvalues turns the distance on an ellipse, whose axes differ by a factor below 2
    here: over n steps that moves the mean growth by at most log(2)/n.
    """
    setting = replace(setting, discriminator_optimizer=SGD(float(h)), generator_optimizer=SGD(float(h)))
    state = first_state(setting, (0,))
    state.generator.values[:] = torch.tensor([[1e-4, 0.0]])  # the point, and the logit of its weight 1
    state.discriminator.values[:] = torch.tensor([[1e-4, 0.0]])  # slope and bias
    torch_engine.advance(setting, state, steps)
    end = math.hypot(float(state.generator.values[0, 0]), float(state.discriminator.values[0, 0]))
    return (end / math.hypot(1e-4, 1e-4)) ** (1 / steps)


H, GAMMA, HALF = Fraction(1, 5), Fraction(1, 2), Fraction(1, 2)


@pytest.mark.parametrize(
    ("asked", "predicted"),
    [
        (Regularization(), dirac_gan.alternating_radius(HALF, H, 1, 1)),
        (Regularization(r1=float(GAMMA)), local_convergence.alternating_radius(HALF, GAMMA, H)),
        (Regularization(r1=3.0), local_convergence.alternating_radius(HALF, Fraction(3), H)),
    ],
    ids=["plain", "R1", "R1 beyond the critical strength"],
)
def test_the_dirac_gan_contracts_at_the_rate_of_its_theorem(asked: Regularization, predicted: object) -> None:
    """Alternating steps multiply the distance by the predicted radius: 1 without R1, less with it.

    Tolerance: log(2)/150 for the turn of the ellipse; the linearisation at 1e-4 is exact to 1e-8.
    """
    assert math.isclose(radius(replace(DIRAC, regularization=asked), H), float(predicted), abs_tol=5e-3)  # pyright: ignore[reportArgumentType]


def test_r1_is_what_makes_it_contract() -> None:
    """The control: the plain rate is off the regularised one by eight tolerances."""
    plain, held = radius(DIRAC, H), radius(replace(DIRAC, regularization=Regularization(r1=0.5)), H)
    assert plain > 1 - 5e-3
    assert held < plain - 0.04


def test_consensus_contracts_the_dirac_gan() -> None:
    """Alternating steps of v - gamma grad |v|^2 / 2, linearised at the equilibrium.

    The theorem speaks of simultaneous steps; for alternating ones the same Jacobian, -gamma f1^2 on the
    diagonal and f1 off it, gives the product of the two players' steps, whose spectral radius is computed
    here. Tolerance as above.
    """
    h, gamma, f1 = float(H), 2.0, 0.5
    d = torch.tensor([[1.0, 0.0], [h * f1, 1 - h * gamma * f1**2]], dtype=torch.float64)
    g = torch.tensor([[1 - h * gamma * f1**2, -h * f1], [0.0, 1.0]], dtype=torch.float64)
    predicted = float(torch.linalg.eigvals(g @ d).abs().max())
    assert predicted < 0.99
    found = radius(replace(DIRAC, regularization=Regularization(consensus=gamma)), H)
    assert math.isclose(found, predicted, abs_tol=5e-3)


def atoms_with_penalty(strength: float) -> State:
    setting = replace(
        DIRAC,
        target=FiniteTarget("two", ((0.0,), (1.0,)), equal_weights(2)),
        generator=Atoms(3, 1),
        game="wasserstein",
        batch=64,
        regularization=Regularization(gradient_penalty=strength),
        discriminator_optimizer=SGD(0.025),
        generator_optimizer=SGD(1e-9),
    )
    state = first_state(setting, (0,))
    torch_engine.advance(setting, state, 60)
    return state


def test_the_gradient_penalty_holds_an_affine_critic_near_slope_one() -> None:
    """Against fixed atoms -a m + lambda (|a| - 1)^2 is least at |a| = 1 + |m| / (2 lambda).

    Here l(x) = a x + b, and m is the difference of the laws' means; the slope is the same at every point, so
    that the weighted choice of atoms does not matter. Tolerance: 60 steps contract by (1 - 2 lambda h)^60 =
    10^-18; the generator's learning rate of 1e-9 moves its mean by less than 1e-7.
    """
    strength = 10.0
    state = atoms_with_penalty(strength)
    weights = state.generator.parameters()["logits"].softmax(dim=1)
    fake = float((weights * state.generator.parameters()["points"][..., 0]).sum())
    slope = float(state.discriminator.values[0, 0])
    expected = math.copysign(1 + abs(0.5 - fake) / (2 * strength), 0.5 - fake)
    assert math.isclose(slope, expected, rel_tol=1e-6)


def changed(**fields: float) -> Callable[[], Regularization]:
    return lambda: Regularization(**fields)


@pytest.mark.parametrize(
    ("faulty", "message"),
    [
        (changed(r1=-1.0), "r1 must be a finite number"),
        (changed(gradient_penalty=math.inf), "gradient_penalty must be a finite number"),
        (changed(clip=0.0), "clip must be positive"),
        (changed(instance_noise=math.nan), "instance_noise must be"),
        (changed(consensus=-0.1), "consensus must be"),
    ],
)
def test_faulty_strengths_are_refused(faulty: Callable[[], object], message: str) -> None:
    """Each fault gets one sentence that names it."""
    with pytest.raises(ValueError, match=message):
        faulty()
