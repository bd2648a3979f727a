"""buildfix: pip install for projects that must be compiled."""

__version__ = "0.2.0"
