"""The kernel: the only code that can make evidence. SymPy searches; it never judges."""

from theory.kernel.absolute import Absolute, absolute_gap
from theory.kernel.balls import certified_ceiling
from theory.kernel.binomials import binomial
from theory.kernel.certificates import Proved, certificate
from theory.kernel.claims import Claim, at_least, at_most, equal
from theory.kernel.derivatives import Differentiated
from theory.kernel.domains import integer, interval, nonnegative, open_unit, positive, real, unit
from theory.kernel.earlier import claims_used, earlier, theorems_used
from theory.kernel.eigenvalues import Spectrum, Stable, Unstable, mean_eigenvalue
from theory.kernel.enclosures import Enclosed
from theory.kernel.functionals import Bounds, Integrated
from theory.kernel.induction import induction
from theory.kernel.inequalities import entropy_gap, exponential_gap, log_gap, square
from theory.kernel.integrals import Split, Substituted
from theory.kernel.matrices import SpectralAbscissa, SpectralRadius, characteristic_polynomial
from theory.kernel.mutants import Controls, control
from theory.kernel.named_totals import NamedTotals
from theory.kernel.obligations import Grade, Literature, Rule
from theory.kernel.proof import (
    Calc,
    Derivation,
    Evidence,
    NearMissEvidence,
    Outcome,
    Step,
    StepEvidence,
    calc,
    check,
    check_step,
    refute,
    reject,
)
from theory.kernel.refuter import Witness
from theory.kernel.rules import Citing, ConvexMinimum, cited, enumeration, normal_form
from theory.kernel.slopes import Slope, StopGradient
from theory.kernel.terms import (
    ExactFunction,
    Fact,
    Functional,
    Given,
    IllDefined,
    WeightedLog,
    above_zero,
    at_least_zero,
)

__all__ = [
    "Absolute",
    "Bounds",
    "Calc",
    "Citing",
    "Claim",
    "Controls",
    "ConvexMinimum",
    "Derivation",
    "Differentiated",
    "Enclosed",
    "Evidence",
    "ExactFunction",
    "Fact",
    "Functional",
    "Given",
    "Grade",
    "IllDefined",
    "Integrated",
    "Literature",
    "NamedTotals",
    "NearMissEvidence",
    "Outcome",
    "Proved",
    "Rule",
    "Slope",
    "SpectralAbscissa",
    "SpectralRadius",
    "Spectrum",
    "Split",
    "Stable",
    "Step",
    "StepEvidence",
    "StopGradient",
    "Substituted",
    "Unstable",
    "WeightedLog",
    "Witness",
    "above_zero",
    "absolute_gap",
    "at_least",
    "at_least_zero",
    "at_most",
    "binomial",
    "calc",
    "certificate",
    "certified_ceiling",
    "characteristic_polynomial",
    "check",
    "check_step",
    "cited",
    "claims_used",
    "control",
    "earlier",
    "entropy_gap",
    "enumeration",
    "equal",
    "exponential_gap",
    "induction",
    "integer",
    "interval",
    "log_gap",
    "mean_eigenvalue",
    "nonnegative",
    "normal_form",
    "open_unit",
    "positive",
    "real",
    "refute",
    "reject",
    "square",
    "theorems_used",
    "unit",
]
