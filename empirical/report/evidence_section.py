"""The page's section on estimates of a log likelihood beside the exact one."""

from empirical.report.evidence_figure import evidence_figure
from empirical.report.numbers import number
from empirical.report.pictures import picture
from empirical.report.results import Record


def evidence_section(parts: Record, preset: str) -> str:
    """The figure with what it shows, as HTML."""
    panel = parts["two-latents"]
    shown = picture(
        evidence_figure(parts),
        "Mean log likelihoods of held-out data under two trained autoencoders, by each estimator, less the "
        "exact value; 99.9 % intervals for the estimators' own draws. Diamonds: the exact value with the "
        "bandwidth added to the noise, to which a Parzen window tends.",
        f"ganproof check evidence-lower-bound --preset {preset}",
    )
    points = number(panel["exact"]["parameters"]["points"])
    regions = number(panel["exact"]["parameters"]["regions"])
    return (
        '<section id="evidence"><h2>Estimates of a likelihood, beside the likelihood</h2>'
        "<p>A decoder of affine layers and leaky ReLUs with Gaussian noise has its marginal likelihood in "
        f"closed form: here a sum over the {regions} regions of a decoder of two latents, for {points} "
        "points. The expectation of a bound does not exceed it. Nor does that of annealed importance "
        "sampling, which is unbiased for the likelihood and not for its logarithm. A Parzen window estimates "
        "another law, with more noise, and may err to either side.</p>"
        f"{shown}</section>"
    )
