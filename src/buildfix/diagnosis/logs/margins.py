"""Removes a log line's margin: colors, boxes, and prefixes of CI services."""

from __future__ import annotations

import re

_ESCAPES = re.compile(
    r"\^\[\[[0-9;]*m|\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)|[@-Z\\-_])"
)
_PREFIXES = re.compile(
    r"""^(?:
        (?P<step>\#\d+)\ \d+\.\d+\ |                              # docker buildx: #12 34.56
        \d+\.\d+\ |                                            # and its last lines: 34.56
        (?P<env>py\d+):\ |                                     # tox in parallel: py312:
        \d+\t |                                                # cat -n
        \[?\d{4}-\d\d-\d\d[T\ ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?\]?\s |  # timestamps
        (?:\[\d\d:\d\d:\d\d\]|\d\d:\d\d:\d\d(?:[.,]\d+)?)\s |
        \[\ *\d+s\]\s |                                        # the open build service
        \[[A-Za-z][\w.:/@-]{1,60}(?:\ \d+/\d+)?\]\s |            # [exec] of ant, and its likes
        [A-Z][a-z]{2}\ [\ \d]\d\ \d\d:\d\d:\d\d(?:\ [AP]M)?\s |  # syslog and hosting services
        remote:\s |                                            # git push to a hosting service
        (?:stderr|stdout|STDERR|STDOUT|BUILDSTDERR):\s |
        E\ {3} |                                                # pytest
        -\ (?=\#\d+\ \d) |                                     # docker buildx, as a list
        ::\s |                                                # pacman's helpers
        (?:pdm\.termui|\[pipenv\.exceptions\.\w+\]|\[ResolutionFailure\]):\s |
        [A-Za-z][\w.+-]{1,80}>\s |                             # nix and stack: name>
        [│|┃]\s? |                                              # pip's and uv's boxes
        >\s |                                                   # quoted in an issue
        `{3}(?=[^\s`]) | \*\*(?=[^\s*]) |                         # marked as code, or as bold
        \s+ |
        (?P<service>[\w.-]+[-_]\d+)\ +\|\                          # docker compose: web-1  |
    )+""",
    re.VERBOSE,
)
_STAMPS = re.compile(
    r"\n(?:#\d+ \d+\.\d+ |\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[\d.,]*(?:Z|[+-]\d\d:?\d\d)?\]? )"
)
"""Begins with the end of a line, for which alone a regular expression searches quickly."""
LONGEST = 4096
"""In lines with more characters, the middle is left out."""


def without_escapes(text: str) -> str:
    """Return a text without terminal escape sequences; the number of lines stays the same."""
    return _ESCAPES.sub("", text) if "\x1b" in text or "^[[" in text else text


def without_stamps(text: str) -> str:
    """Return a text without the time stamp of each line, if the first line has one."""
    whole = f"\n{text}"
    return _STAMPS.sub("\n", whole)[1:] if _STAMPS.match(whole) else text


def clean(line: str) -> str:
    """Return a line without its margin and without what a carriage return overwrote.

    In lines longer than any message, the middle is left out: no pattern needs it, and matching
    stays fast.
    """
    return parted(line)[0]


def parted(line: str) -> tuple[str, str]:
    """Return a line as `clean` does, and which of several interleaved outputs it belongs to.

    That is empty if there is only one.
    """
    line = line.rstrip().removesuffix("```")
    match = _PREFIXES.match(line)
    stream = next(filter(None, match.groups())) if match and match.lastindex else ""
    if "\r" in line:
        line = line.rpartition("\r")[2]
        match = _PREFIXES.match(line)
    if len(line) > LONGEST:
        line = line[: LONGEST // 2] + line[-LONGEST // 2 :]
    return (line[match.end() :] if match else line), stream
