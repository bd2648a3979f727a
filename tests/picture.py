"""`python -m tests.picture`: remake the picture in the README from a real run.

Runs `buildfix python-ldap` on a terminal in a bare Debian 13, agrees to its plan, and draws what
the terminal shows at the end. Needs root, `debootstrap` and pyte, a terminal without a window.
"""

from __future__ import annotations

import io
import re
import tempfile
from pathlib import Path
from typing import Any

import pexpect
import pyte
from rich.console import Console
from rich.text import Text

from tests.bed import BUILDFIX, BareRoot, build_wheel, with_buildfix
from tests.bed.bare import ENVIRONMENT, passed_on
from tests.tree import ROOT

PICTURE = ROOT / ".github/run.svg"
PROJECT = "python-ldap"
FOLDER = "/srv/app"
COLUMNS, LINES = 92, 200
SECONDS = 600
QUESTION = r"Proceed\? \[y/N/d/e\] "


def main() -> None:
    """Run, and write the picture."""
    with tempfile.TemporaryDirectory() as folder:
        stack = with_buildfix("trixie", build_wheel(Path(folder)))
        with BareRoot(stack) as root:
            root.path(FOLDER).mkdir(parents=True)
            shown = run(root)
    PICTURE.write_text(picture_of(lines_of(shown)), encoding="utf-8")


def run(root: BareRoot) -> str:
    """Return all that a run writes on its terminal; the plan is agreed to."""
    environment = {**ENVIRONMENT, **passed_on(), "TERM": "xterm-256color", "HOME": "/root"}
    command = ["env", "-C", FOLDER, BUILDFIX, PROJECT]
    written = io.StringIO()
    child: pexpect.spawn[str] = pexpect.spawn(
        "chroot",
        [str(root.path("/")), *command],
        env=environment,
        encoding="utf-8",
        timeout=SECONDS,
        dimensions=(LINES, COLUMNS),
    )
    child.logfile_read = written
    child.expect(QUESTION)
    child.sendline("y")
    child.expect(pexpect.EOF)
    child.close()
    if child.exitstatus:
        raise SystemExit(f"the run ended with {child.exitstatus}:\n{written.getvalue()}")
    return written.getvalue()


def lines_of(written: str) -> list[Text]:
    """Return the lines that a terminal shows after all that was written, with their styles."""
    screen = pyte.Screen(COLUMNS, LINES)
    pyte.Stream(screen).feed(written)
    lines = [_line(screen.buffer[row]) for row in range(LINES)]
    while lines and not lines[-1].plain:
        lines.pop()
    return lines


def _line(cells: Any) -> Text:
    line = Text()
    for column in range(COLUMNS):
        cell = cells[column]
        words = ["bold"] * cell.bold + ["italic"] * cell.italics
        colors = [] if cell.fg == "default" else [_COLORS.get(cell.fg, cell.fg)]
        line.append(cell.data, " ".join(words + colors))
    line.rstrip()
    return line


_REMOTE_FONT = re.compile(r"@font-face \{.*?\}", re.DOTALL)
_COLORS = {"brown": "yellow"}
"""pyte's names of colors that rich calls something else."""


def picture_of(lines: list[Text]) -> str:
    """Return an SVG of a terminal with these lines."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), color_system="standard")
    console.print(Text.assemble(("$ ", "bold green"), f"buildfix {PROJECT}"))
    for line in lines:
        console.print(line, soft_wrap=True)
    drawn = console.export_svg(title=f"buildfix {PROJECT} in a bare Debian 13")
    return _REMOTE_FONT.sub("", drawn)


if __name__ == "__main__":
    main()
