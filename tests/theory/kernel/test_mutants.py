"""Negative controls find planted mistakes, prove harmless changes harmless, and report what survives."""

import sympy as sp

from theory.kernel import (
    ConvexMinimum,
    Fact,
    Functional,
    Integrated,
    Step,
    WeightedLog,
    above_zero,
    at_least,
    at_least_zero,
    at_most,
    certificate,
    control,
    equal,
    log_gap,
    nonnegative,
    normal_form,
    positive,
    real,
    square,
)
from theory.kernel.mutants import mutants

x, y, a, b, p = real("x"), real("y"), positive("a"), positive("b"), nonnegative("p")
EXPANSION = Step("expansion", equal((a + b) ** 2, a**2 + 2 * a * b + b**2), normal_form)


def changes(step: Step) -> list[str]:
    """What the mutants of a step change."""
    return [mutant.change for mutant in mutants(step)]


def test_an_equality_is_attacked_at_every_place() -> None:
    """Constants, signs, summands and factors change on both sides; letters of one domain are exchanged."""
    found = "\n".join(changes(EXPANSION))

    for change in ("2 becomes 3", "2 becomes -2", "is dropped", "changes sign", "left side"):
        assert change in found
    assert "a and b are exchanged" not in found  # the identity is symmetric: that is no change
    assert "a and b are exchanged" in "\n".join(changes(Step("s", equal(a - b, a - b), normal_form)))


def test_heads_are_dropped() -> None:
    """A logarithm, a weighted logarithm and an exponent are left out."""
    step = Step("s", equal(sp.log(a) + WeightedLog(p, a) + sp.exp(x), a), normal_form)

    found = "\n".join(changes(step))

    assert "log(a) loses its logarithm" in found
    assert "WeightedLog(p, a) loses its logarithm" in found
    assert "exp(x) loses its exponent" in found


def test_mutants_of_a_true_step_are_rejected() -> None:
    """Every change of a sharp identity is refuted with a witness; the counts add up."""
    found = control(EXPANSION)

    assert found.survived == ()
    assert found.mutants == found.rejected + found.proved_equal >= 20
    assert len(found.witnesses) == found.rejected


def test_an_equivalent_mutant_is_proved_equal() -> None:
    """A change that changes nothing is shown to be one, and does not count as a survivor."""
    symmetric = control(Step("s", equal((a - b) ** 2, (a - b) ** 2), normal_form))
    tight = control(Step("tight", at_least(a, a), certificate((1, 0))))

    assert symmetric.survived == tight.survived == ()
    assert symmetric.proved_equal >= 2  # a and b exchanged, on either side
    assert tight.proved_equal >= 1  # the flipped inequality holds with equality


def test_what_no_point_rejects_survives() -> None:
    """Where no exact law has the facts, nothing is refuted: each changed constant is named, not hidden."""
    E = Functional("E", (x,), (Fact(1, sp.log(2)),), finite=True)
    found = control(Step("s", equal(E(3 * x), 3 * E(x)), Integrated({E: normal_form})))

    assert found.rejected == 0
    assert any("3 becomes 4" in survivor for survivor in found.survived)


def test_an_unused_hypothesis_survives_its_removal() -> None:
    """What can be dropped without harm is reported; what is needed is not."""
    idle = Step("idle", at_least(x**2, 0, at_least_zero(y)), certificate((1, square(x))))
    needed = Step("needed", at_least(x, y, at_least_zero(x - y)), certificate((1, x - y)))

    assert any("y >= 0 is dropped" in survivor for survivor in control(idle).survived)
    assert control(needed).survived == ()


def test_a_hypothesis_that_only_the_proof_needs_is_reported() -> None:
    """Without it the claim is unproved but no point refutes it: a survivor of its own kind."""
    step = Step("s", at_least(x**2 + a, 0, above_zero(a)), certificate((1, square(x)), (1, a)))
    weak = Step("weak", at_least(x**2 * y**2, 0, at_least_zero(x**2)), certificate((y**2, x**2)))

    assert any("a > 0 is dropped" in survivor for survivor in control(step).survived)
    assert control(weak).survived != ()


def test_certificates_are_tampered_with() -> None:
    """Each term is dropped, doubled and negated, and each change is rejected."""
    step = Step("s", at_most(sp.log(a * b), a + b - 2), certificate((1, log_gap(a)), (1, log_gap(b))))
    found = "\n".join(changes(step))

    for number in (1, 2):
        for change in ("dropped", "doubled", "negated"):
            assert f"term {number} of the certificate is {change}" in found
    assert control(step).survived == ()


def test_the_identity_inside_a_rule_is_attacked() -> None:
    """Under a curvature and under a functional stands an identity, which the mutants change."""
    curved = Step(
        "curved", at_least(sp.exp(x), 1 + x), ConvexMinimum(x, sp.S.Zero, certificate((sp.exp(x), 1)))
    )
    E = Functional("E", (x,), (Fact(1, 1), Fact(x, y)), integrable=(x**2,))
    jensen = Step(
        "jensen",
        at_least(E(x**2), y**2),
        Integrated({E: certificate((1, square(x - y)))}, {E: (y**2, -2 * y)}),
    )

    assert len(changes(curved)) >= 3
    assert len(changes(jensen)) > 10
    assert control(curved).survived == control(jensen).survived == ()
