"""Verdicts and proofs as JSON, table and page: pure functions of what is stored."""
