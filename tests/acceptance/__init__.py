"""The packages of the first issue, put through buildfix in bare Debian roots, and measured."""
