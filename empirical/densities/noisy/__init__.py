"""Decoders with Gaussian noise: the marginal likelihood in closed form."""
