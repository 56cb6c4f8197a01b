"""What is observed: targets, networks, exact densities, training, observables, verdicts and reports."""
