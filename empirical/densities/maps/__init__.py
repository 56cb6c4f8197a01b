"""Values of laws on grids of points, for figures."""
