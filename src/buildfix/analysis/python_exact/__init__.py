"""Evaluating a setup.py exactly: a small part of Python, and nothing of it is guessed.

The follower in `buildfix.analysis.python` guesses where it must, for it looks for what a build may
need. Whether two builds may run at once must not rest on a guess, so this evaluator stops with
`NotShown` at the first thing whose effect it does not know.
"""
