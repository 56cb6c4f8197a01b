"""What is claimed: theorems, the kernel that checks them, and what they predict.

>>> import theory
>>> theory.prove(theory.theorem("optimal-discriminator")).outcome.name
'HOLDS'
"""

from theory.catalog import catalog, controls, near_misses, prove, theorem
from theory.kernel import Controls, Evidence, Grade, Outcome
from theory.prediction import Prediction
from theory.relation import Relation
from theory.source import Source
from theory.statement import Hypothesis, NearMiss, Theorem

__all__ = [
    "Controls",
    "Evidence",
    "Grade",
    "Hypothesis",
    "NearMiss",
    "Outcome",
    "Prediction",
    "Relation",
    "Source",
    "Theorem",
    "catalog",
    "controls",
    "near_misses",
    "prove",
    "theorem",
]
