"""Tests of what is observed."""
