"""The exact law of a generator from three latent dimensions to three."""
