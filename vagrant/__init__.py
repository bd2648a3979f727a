"""The acceptance table on whole machines of many systems."""
