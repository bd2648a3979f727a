"""Inputs that a machine thinks up, against the diagnosis."""
