"""From the log of a failed build to its cause: one pass, whatever the log's size."""
