"""How fast a log is read, on the corpus' logs put together to an ordinary one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from io import BytesIO
from itertools import cycle

from buildfix.diagnosis.logs.read import decoded
from tests.scoreboard.cases import Case

SIZE = 20_000_000


def ordinary_log(cases: Iterable[Case], size: int = SIZE) -> str:
    """Return about `size` characters: every log as a section that ends well, the last one badly."""
    logs = [(case, text_of(case)) for case in cases]
    sections: list[str] = []
    length = 0
    for case, text in cycle(logs):
        title = f"Building wheel for {case.path.stem} (pyproject.toml)"
        well = length + len(text) < size
        status = "done" if well else "error"
        sections.append(f"{title}: started\n{text}\n{title}: finished with status '{status}'\n")
        length += len(sections[-1])
        if not well:
            return "".join(sections)
    return ""


def text_of(case: Case) -> str:
    """Return a case's log as text."""
    return "".join(decoded(BytesIO(case.data())))


def megabytes_per_second(text: str, work: Callable[[str], object]) -> float:
    """Return how much of a text, in UTF-8, a piece of work gets through in a second."""
    size = len(text.encode()) / 1e6
    started = time.perf_counter()
    work(text)
    return size / (time.perf_counter() - started)
