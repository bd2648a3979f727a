"""Which wheels a project has, why none is compatible with a target, and how to avoid the build."""
