"""Which wheels there are of a project, why none serves a target, and what would avoid the build."""
