"""Facts about this machine and the target interpreter. Everything here only reads."""
