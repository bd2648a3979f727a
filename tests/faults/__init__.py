"""Faults injected into a run of buildfix, and what must be seen of it: one table, run for real."""
