"""The long cases: projects whose builds take minutes, put through buildfix in bare Debian roots."""
