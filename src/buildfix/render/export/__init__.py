"""A plan, or what worked, as other tools take it: a shell script, a Dockerfile, a playbook.

Each begins on a machine that has nothing but its system, and ends with an import of what was
asked for. Every form quotes each word, so that nothing in a name is ever read as syntax.
"""
