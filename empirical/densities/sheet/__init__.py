"""Generators with more outputs than latents: laws on curves and surfaces."""
