"""What an index has of a project, and what an install takes of it: one selection, one resolution.

The probes load this package under the target's own Python, from 3.8 on, with `packaging` and
`resolvelib` beside it. It may import nothing else of buildfix.
"""
