"""Builds many requirements for many machines once, and lays the wheels out for installing."""
