"""Proving package names: that what a host recipe names can be had on that system."""
