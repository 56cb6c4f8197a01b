"""All theorems in reading order, and how to find, prove and attack one."""

from difflib import get_close_matches

from theory.kernel import Controls, Evidence, NearMissEvidence, check, control, reject
from theory.statement import Theorem
from theory.theorems import (
    birthday_collisions,
    caratheodory_support,
    conserved_energy,
    dirac_gan,
    dirac_gan_regularized,
    disjoint_supports,
    effective_support,
    encoder_decoder,
    equilibrium_value,
    evidence_lower_bound,
    exponential_family,
    f_divergence_bound,
    gauss_support,
    generator_incentive,
    invertible_generator,
    likelihood_is_kl,
    maximum_likelihood_game,
    memorization,
    missing_mass,
    mixture_equilibrium,
    non_saturating_gradient,
    optimal_discriminator,
    perfect_discriminator_gradient,
    rkhs_ball_support,
    small_support,
    squared_error_mean,
    support_lower_bound,
    support_not_identifiable,
    threshold_support,
    total_variation_bounds,
)

catalog: tuple[Theorem, ...] = (
    optimal_discriminator.THEOREM,
    equilibrium_value.THEOREM,
    generator_incentive.THEOREM,
    memorization.THEOREM,
    disjoint_supports.THEOREM,
    perfect_discriminator_gradient.THEOREM,
    non_saturating_gradient.THEOREM,
    f_divergence_bound.THEOREM,
    total_variation_bounds.THEOREM,
    likelihood_is_kl.THEOREM,
    maximum_likelihood_game.THEOREM,
    squared_error_mean.THEOREM,
    evidence_lower_bound.THEOREM,
    small_support.THEOREM,
    support_lower_bound.THEOREM,
    caratheodory_support.THEOREM,
    gauss_support.THEOREM,
    rkhs_ball_support.THEOREM,
    threshold_support.THEOREM,
    mixture_equilibrium.THEOREM,
    encoder_decoder.THEOREM,
    birthday_collisions.THEOREM,
    effective_support.THEOREM,
    support_not_identifiable.THEOREM,
    missing_mass.THEOREM,
    dirac_gan.THEOREM,
    dirac_gan_regularized.THEOREM,
    conserved_energy.THEOREM,
    invertible_generator.THEOREM,
    exponential_family.THEOREM,
)


def theorem(identifier: str) -> Theorem:
    """The theorem with this id.

    Raises:
        ValueError: there is none; the message names the nearest id.
    """
    by_id = {t.id: t for t in catalog}
    if identifier in by_id:
        return by_id[identifier]
    near = get_close_matches(identifier, by_id, n=1, cutoff=0)
    raise ValueError(
        f"there is no theorem {identifier!r}: did you mean {near[0]!r}? `ganproof list` shows all."
    )


def prove(theorem: Theorem) -> Evidence:
    """Check the derivation of a theorem from scratch."""
    return check(theorem.id, theorem.statement, theorem.derivation)


def controls(theorem: Theorem) -> Controls:
    """Attack every mutant of every step; ``survived`` must be empty."""
    return sum((control(step) for part in theorem.derivation for step in part.steps), Controls())


def near_misses(theorem: Theorem) -> tuple[NearMissEvidence, ...]:
    """Refute every near miss; each must come with a witness."""
    return tuple(reject(miss.name, miss.claim, miss.at) for miss in theorem.near_misses)
