"""Tests of exact laws of generators."""
