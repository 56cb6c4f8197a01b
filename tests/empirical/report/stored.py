"""Stored results of an invented run, for the tests of the report."""

from typing import Any

import sympy as sp

from empirical.judge import judge
from empirical.measurement import Measurement
from empirical.report.proofs import Proofs
from empirical.report.results import Results
from theory.kernel import Controls, check
from theory.prediction import PredictedValue
from theory.relation import Relation
from theory.theorems.optimal_discriminator import THEOREM


def verdict(
    relation: Relation, exact: sp.Expr, lower: float | int, value: float | int, upper: float | int
) -> dict[str, Any]:
    """A verdict as it is stored, made by the judge."""
    predicted = PredictedValue("discriminator_output", relation, exact, "1")
    measured = Measurement(
        observable="discriminator_output",
        value=float(value),
        lower=float(lower),
        upper=float(upper),
        confidence=0.95,
        unit="1",
        obtained="invented <for> the test",
        parameters={"seeds": 5},
    )
    return {"theorem": THEOREM.id, "part": "invented"} | judge(predicted, measured, resolution=0.1).as_dict()


def results(*verdicts: dict[str, Any]) -> Results:
    """A run of one theorem."""
    evidence = check(THEOREM.id, THEOREM.statement, THEOREM.derivation)
    return Results(
        version="0.1.0",
        preset="quick",
        theorems=(THEOREM,),
        proofs=Proofs((evidence,), Controls(mutants=31, rejected=30, proved_equal=1), ()).record(),
        verdicts=verdicts,
        capacity={},
        digits=None,
        density=None,
        density_maps={},
        flows=None,
        evidence=None,
        published=None,
    )
