"""Ordinary logs, as long as one likes: what real builds that went well printed, again and again.

Each `logs/KIND.log.gz` was recorded on Debian 12 with CPython 3.13, gcc 12, pip 24.2 and cargo;
the index and the folders are renamed:

- `setuptools-c`: `pip wheel -v --no-deps --no-cache-dir --no-binary PROJECT PROJECT` of cffi,
  markupsafe, msgpack, psutil, pyyaml, regex, simplejson, wrapt and zstandard
- `setuptools-cxx`: the same of kiwisolver and greenlet
- `cmake`: the same of rapidfuzz, by ninja
- `meson`: the same of contourpy, and the beginning of numpy's
- `cargo`: `cargo build -v` in the source distributions of orjson and rpds-py
- `pip-runs`: `pip install --force-reinstall --no-cache-dir PROJECT` of requests, flask, rich,
  click, httpx, attrs, jinja2, pytest and others in turn; `pip-verbose`: the same with `-v`

They are repeated each time with other names of files and folders, and other numbers: so sentences
come up again, as they do in any log, and paths do not.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path

_LOGS = Path(__file__).parent / "logs"
_NAMES = re.compile(
    r"\b(?P<file>[A-Za-z_]\w*)(?=\.(?:c|cc|cpp|cxx|h|hpp|o|so|a|py|pyx|pxd|rs|rlib|rmeta|whl|dist-info)\b)"
    r"|(?<=[-_])(?P<folder>(?=[a-z]*[0-9_])[a-z0-9_]{8}|[0-9a-f]{16,})(?=[/'\s.])"
    r"|(?P<number>\d{4,})"
)


def ordinary_logs(size: int) -> Iterator[tuple[str, str]]:
    """Yield kinds of logs, each with about `size` characters of such a log."""
    for path in sorted(_LOGS.glob("*.log.gz")):
        kind = path.name.removesuffix(".log.gz")
        log = told_again(gzip.decompress(path.read_bytes()).decode(), size)
        yield kind, log
        if kind in ("setuptools-c", "pip-runs"):
            yield f"{kind} in docker build", "\n".join(_of_docker(log.split("\n")))
            yield f"{kind} in a CI service", "\n".join(_of_ci(log.split("\n")))


def told_again(log: str, size: int) -> str:
    """Return a log told of one project after another, about `size` characters."""
    told: list[str] = []
    length = 0
    for turn in count():
        told.append(_of_another(log, turn))
        length += len(told[-1])
        if length >= size:
            return "".join(told)
    return ""


def _of_another(log: str, turn: int) -> str:
    def other(match: re.Match[str]) -> str:
        if match["file"]:
            return f"{match['file']}_{turn}"
        if match["folder"]:
            return f"{match['folder'][:-3]}{turn * 7919 % 46656:03x}"
        return str(int(match["number"]) + turn)

    return _NAMES.sub(other, log)


def _of_docker(lines: list[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        yield f"#12 {number / 37:.3f} {line}"


def _of_ci(lines: list[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        seconds, rest = divmod(number * 1_234_567, 10_000_000)
        minutes, seconds = divmod(seconds, 60)
        yield f"2026-05-01T{minutes // 60 % 24:02}:{minutes % 60:02}:{seconds:02}.{rest:07}Z {line}"
