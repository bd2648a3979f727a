"""What to do if a build cannot succeed as it is: each strategy answers one kind of failure.

Each module has a `handle` whose parameters are everything that it reads. `order` supplies them, and
has the tuples that the loop and the planner iterate over: `TO_BEGIN_WITH`, `BEFORE_BUILDS` and
`REFUSALS` before the first build, `AFTER_A_FAILURE`, and `LAST_RESORTS` if none of those has an
answer.
"""
