"""Generators of one latent: exact breakpoints, the law on the line, and curves in space."""
