"""The manual page says what the help pages say."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from tests.man_page import FILE, page


def test_the_manual_page_is_current() -> None:
    assert FILE.read_text(encoding="utf-8") == page(), "run `python -m tests.man_page`"


def test_the_manual_page_is_understood_by_mandoc() -> None:
    program = shutil.which("mandoc")
    if program is None:
        pytest.skip("mandoc is not installed")
    argv = [program, "-T", "lint", "-W", "error", str(FILE)]
    done = subprocess.run(argv, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    shown = subprocess.run([program, "-T", "ascii", str(FILE)], capture_output=True, text=True)
    assert "buildfix fix [OPTIONS] [REQUIREMENT|PATH]..." in re.sub(r".\x08", "", shown.stdout)
