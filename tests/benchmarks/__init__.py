"""Measurements, run by hand; their figures go into the README with date and machine."""
