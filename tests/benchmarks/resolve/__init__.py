"""Whether a dry run takes the files that pip takes."""
