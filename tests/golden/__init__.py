"""Golden files: what is planned for every system and family of capabilities, read by a person.

`python -m tests.golden` writes them anew; what changed shows in the diff, to be judged there.
"""
