"""Each form of an export, carried out in a fresh bare root that knows nothing of the first.

`BUILDFIX_LONG=1` runs all of them, four run otherwise.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable

import pytest

from tests.bed import BUILDFIX, TARGET_PYTHON, BareRoot, Stack, base_root
from tests.real.exported import run_dockerfile, run_playbook, run_script, with_ansible

pytestmark = [pytest.mark.bed, pytest.mark.slow]

PSYCOPG2 = ("--from-source", "psycopg2")
LXML = ("--from-source", "lxml")
PYYAML = ("PyYAML==5.4.1",)
INTO_V = ("--python", TARGET_PYTHON)
WORKED, PLANNED, STOCK = ("--yes",), ("--dry-run",), ("--dry-run", "--os", "debian:13")
LONG = pytest.mark.skipif("BUILDFIX_LONG" not in os.environ, reason="long; BUILDFIX_LONG=1 runs it")
MODULES = {PSYCOPG2: "psycopg2._psycopg", LXML: "lxml.etree", PYYAML: "yaml"}


@pytest.mark.parametrize(
    ("form", "words", "way", "target"),
    [
        ("sh", PSYCOPG2, WORKED, TARGET_PYTHON),
        ("dockerfile", PYYAML, WORKED, "/.venv/bin/python"),
        pytest.param("ansible", LXML, WORKED, TARGET_PYTHON, marks=LONG),
        pytest.param("sh", PYYAML, PLANNED, TARGET_PYTHON, marks=LONG),
        ("ansible", PSYCOPG2, PLANNED, "/.venv/bin/python"),
        pytest.param("dockerfile", PSYCOPG2, STOCK, "/.venv/bin/python", marks=LONG),
        pytest.param("ansible", PYYAML, STOCK, "/root/.venv/bin/python", marks=LONG),
        ("sh", PSYCOPG2, STOCK, "/.venv/bin/python"),
    ],
    ids=lambda one: "-".join(one) if isinstance(one, tuple) else None,
)
def test_an_export_gives_the_same_in_a_fresh_root(
    bed_layer: Callable[[str], Stack],
    form: str,
    words: tuple[str, ...],
    way: tuple[str, ...],
    target: str,
) -> None:
    text = exported(bed_layer("trixie"), form, *way, *(INTO_V if target[1] == "v" else ()), *words)
    head = text.partition("\n\n")[0]
    assert re.search(r"buildfix \d+\.\d+\.\d+\w* on \d{4}-\d\d-\d\d", head), head
    assert words[-1] in head
    stack = with_ansible() if form == "ansible" else base_root("trixie")
    with BareRoot(stack) as root:
        carry_out(root, form, text)
        done = root.run([target, "-c", f"import {MODULES[words]}"])
        assert done.returncode == 0, done.stderr


def exported(stack: Stack, form: str, *words: str) -> str:
    with BareRoot(stack) as root:
        done = root.run([BUILDFIX, *words, "--export", form], timeout=900)
    assert done.returncode in (0, 3), done.stdout + done.stderr
    return done.stdout


def carry_out(root: BareRoot, form: str, text: str) -> None:
    run = {"sh": run_script, "dockerfile": run_dockerfile, "ansible": run_playbook}[form]
    done = run(root, text)
    assert done.returncode == 0, f"{text}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    if form == "ansible":
        again = run_playbook(root, text)
        assert again.returncode == 0, again.stdout
        assert re.search(r"changed=0\b.*failed=0\b", again.stdout), again.stdout
