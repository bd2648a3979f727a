"""Ways on where a build cannot succeed as it is: each answers for one kind of failure."""
