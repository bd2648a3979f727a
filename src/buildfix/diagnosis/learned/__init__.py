"""A linear model that has learned which line of a log tells the cause, and of what kind."""
