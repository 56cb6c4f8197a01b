"""Invertible generators: flows of zuko, and networks of square layers."""
