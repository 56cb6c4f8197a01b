"""Classic falsehoods, each beside its nearest true twin: what every rule must tell apart.

A falsehood is given with the proof that a careless author would write, so that the kernel meets both the
wrong claim and the wrong reason. The outcome says how it must fail: a false claim is refuted by a point, a
claim without meaning is ill-defined, and a true claim with a wrong proof is undecided.
"""

from tests.theory.kernel.falsehoods.absolute import ABSOLUTE
from tests.theory.kernel.falsehoods.algebra import ALGEBRA
from tests.theory.kernel.falsehoods.counting import COUNTING
from tests.theory.kernel.falsehoods.derivatives import DERIVATIVES
from tests.theory.kernel.falsehoods.integers import INTEGERS
from tests.theory.kernel.falsehoods.integrals import INTEGRALS
from tests.theory.kernel.falsehoods.matrices import MATRICES
from tests.theory.kernel.falsehoods.order import ORDER
from tests.theory.kernel.falsehoods.pair import Pair
from tests.theory.kernel.falsehoods.programs import PROGRAMS
from tests.theory.kernel.falsehoods.totals import TOTALS

CORPUS = (
    *ABSOLUTE,
    *ALGEBRA,
    *COUNTING,
    *DERIVATIVES,
    *MATRICES,
    *ORDER,
    *TOTALS,
    *PROGRAMS,
    *INTEGERS,
    *INTEGRALS,
)

__all__ = ["CORPUS", "Pair"]
