"""Measurements, run by hand; their figures go into RESULTS.md with date and machine."""
