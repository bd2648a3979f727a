"""Scripts that run on another machine, under its own Python, with the standard library only."""
