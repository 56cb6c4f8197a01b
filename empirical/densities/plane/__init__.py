"""Generators from the plane to any space: the mesh of their affine pieces, and the law that follows."""
