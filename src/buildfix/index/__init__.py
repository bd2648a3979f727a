"""What an index has for a project, and what an install would choose: selection and resolution.

Scripts load this package under the target's own Python, 3.8 and later, with `packaging` and
`resolvelib` beside it. It must not import anything else of buildfix.
"""
