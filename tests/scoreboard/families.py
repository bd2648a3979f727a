"""`python -m tests.scoreboard --families`: how many cases there are of each kind, tool and system.

Counted over the corpus and the blind batches. The tool is the one whose words the decisive line
has, or those around it. An empty cell is a family without a case yet, or one that does not exist.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from buildfix.core import CAUSE_KINDS
from tests.scoreboard.blind import cases_of, folders
from tests.scoreboard.cases import Case, load_cases
from tests.scoreboard.speed import text_of

SCRIPT = "build script"
SYSTEMS: Mapping[str, str] = {
    "debian": "linux",
    "linux": "linux",
    "musl": "musl",
    "macos": "macos",
    "windows": "windows",
    "ml": "ml",
}
"""The columns: a folder of the corpus, or the system that a batch names."""
TOOLS: Mapping[str, re.Pattern[str]] = {
    "loader, import": re.compile(
        r"ImportError|DLL load|dlopen|cannot open shared object|OSError: .*lib"
    ),
    "nvcc": re.compile(r"nvcc|ptxas|cudafe|cicc|\.cu[h(:]|CUDA", re.IGNORECASE),
    "msvc": re.compile(
        r"\b(?:error|warning) (?:C|LNK|D)\d{4}|cl\.exe|link\.exe|Visual (?:C\+\+|Studio)|vcvars"
    ),
    "rustc, cargo": re.compile(r"rustc|cargo|crate|error\[E\d+\]|maturin", re.IGNORECASE),
    "cmake": re.compile(r"CMake|Could NOT find|CMAKE_"),
    "meson, ninja": re.compile(r"meson|ninja", re.IGNORECASE),
    "autoconf": re.compile(r"configure: error|^checking |config\.(?:guess|sub|log)"),
    "gfortran": re.compile(r"fortran|f951|\.[fF]\d*:\d", re.IGNORECASE),
    "cython": re.compile(r"\.pyx|cython", re.IGNORECASE),
    "swig": re.compile(r"swig", re.IGNORECASE),
    "conda": re.compile(r"conda|libmamba|Solving environment"),
    "uv": re.compile(r"\buv\b|No solution found|╰─▶"),
    "poetry, pdm, pipenv": re.compile(r"poetry|pdm|pipenv|ChefBuildError", re.IGNORECASE),
    "linker": re.compile(r"\bld(?:\.\w+)?: |collect2|undefined (?:reference|symbol)|_ld\b"),
    "clang": re.compile(r"clang|'[\w/.]+' file not found|xcrun|xcode", re.IGNORECASE),
    "gcc": re.compile(r"\bg?cc\b|g\+\+|fatal error: |: error: |cc1"),
    "pip": re.compile(r"^(?:ERROR|WARNING): |\bpip\b|No matching distribution|Retrying \("),
    "setuptools": re.compile(r"setuptools|distutils|pkg_resources|error in .* setup command"),
    SCRIPT: re.compile(""),
}
"""The rows: the first tool whose words the lines have."""
_AROUND = 1


def families() -> Iterator[str]:
    """Yield the lines of the table, in Markdown."""
    counts = Counter(family_of(case) for case in _cases())
    systems = tuple(dict.fromkeys(SYSTEMS.values()))
    yield f"| kind | tool | {' | '.join(systems)} |"
    yield f"| --- | --- |{' ---: |' * len(systems)}"
    for kind in sorted({*CAUSE_KINDS, "none"}):
        tools = [one for one in TOOLS if any(counts[kind, one, system] for system in systems)]
        for tool in tools or ["-"]:
            cells = (str(counts[kind, tool, system] or "") for system in systems)
            yield f"| {kind} | {tool} | {' | '.join(cells)} |"


def family_of(case: Case) -> tuple[str, str, str]:
    """Return the kind, the tool and the system of a case."""
    lines = text_of(case).splitlines()
    shown = [line for number in case.lines[:1] for line in _near_first(lines, number - 1)]
    told = (tool for line in shown for tool, words in TOOLS.items() if words.search(line))
    named = next((tool for tool in told if tool != SCRIPT), SCRIPT)
    return case.kind, named if shown else "-", SYSTEMS[case.system]


def _near_first(lines: list[str], at: int) -> Iterable[str]:
    """Yield the line at an index, then its neighbors."""
    near = sorted(
        range(max(0, at - _AROUND), min(len(lines), at + _AROUND + 1)), key=lambda i: abs(i - at)
    )
    return (lines[one].strip() for one in near)


def _cases() -> Iterator[Case]:
    yield from load_cases()
    for folder in folders():
        yield from cases_of(folder)
