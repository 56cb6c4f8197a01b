"""Estimates of the log marginal likelihood of a decoder with Gaussian noise, and its exact value."""

from empirical.observables.evidence.annealed import annealed_importance_sampling, sigmoid_schedule
from empirical.observables.evidence.exact import exact_log_likelihood
from empirical.observables.evidence.lower_bounds import evidence_lower_bound, importance_weighted_bound
from empirical.observables.evidence.model import LatentModel
from empirical.observables.evidence.parzen import best_bandwidth, parzen

__all__ = [
    "LatentModel",
    "annealed_importance_sampling",
    "best_bandwidth",
    "evidence_lower_bound",
    "exact_log_likelihood",
    "importance_weighted_bound",
    "parzen",
    "sigmoid_schedule",
]
