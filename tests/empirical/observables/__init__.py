"""Tests of what is measured on laws and samples."""
