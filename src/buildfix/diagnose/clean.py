"""Taking a log line out of its margin: colours, boxes, and what CI services put before it."""

from __future__ import annotations

import re

_ESCAPES = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_PREFIXES = re.compile(
    r"""^(?:
        \#\d+\ \d+\.\d+\ |                                      # docker buildx: #12 34.56
        \[?\d{4}-\d\d-\d\d[T\ ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?\]?\s |  # timestamps
        \[\d\d:\d\d:\d\d\]\s |
        [│|┃]\s? |                                              # pip's and uv's boxes
        \s+
    )+""",
    re.VERBOSE,
)


def clean(line: str) -> str:
    """Return a line without escapes, margin and what a carriage return has overwritten."""
    if "\x1b" in line:
        line = _ESCAPES.sub("", line)
    line = line.rstrip()
    if "\r" in line:
        line = line.rpartition("\r")[2]
    match = _PREFIXES.match(line)
    return line[match.end() :] if match else line
