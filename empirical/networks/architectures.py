"""The architectures that the experiments name."""

from empirical.networks.mlp import MLP

# The essay on experiments in the plane that the project started from: Gaussian noise of dimension 15, four
# hidden layers of 50; a discriminator with hidden layers of 100, 50 and 50. It names no leaky slope.
PLANE_GENERATOR = MLP((15, 50, 50, 50, 50, 2))
PLANE_DISCRIMINATOR = MLP((2, 100, 50, 50, 1))

# For images of 64 pixels: small enough that a run on the digits takes seconds.
DIGITS_GENERATOR = MLP((16, 64, 64, 64))
DIGITS_DISCRIMINATOR = MLP((64, 64, 32, 1))
