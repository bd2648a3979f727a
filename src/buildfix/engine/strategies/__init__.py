"""Ways on where a build cannot succeed as it is: each answers for one kind of failure.

Each module has a `handle` whose parameters are all that it reads. `order` gives them that, and has
the tuples that the loop and the planner walk: `TO_BEGIN_WITH` and `BEFORE_BUILDS` before the first
build, `AFTER_A_FAILURE`, and `LAST_RESORTS` where none of those knows a way on.
"""
