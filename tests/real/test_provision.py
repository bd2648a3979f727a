"""The provisioner of vagrant/, for real: on a bare trixie, which stands for a fresh machine."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.bed import BareRoot, base_root
from tests.tree import ROOT, project_files
from vagrant.matrix import read_machine, render

NAMES = ("psutil", "python-magic")


def carry(root: BareRoot, inside: str) -> None:
    """Copy the project's files into a root, as a synced folder does."""
    for source in project_files():
        target = root.path(inside) / source.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)


@pytest.mark.bed
@pytest.mark.slow
def test_a_fresh_machine_reports_on_two_packages(tmp_path: Path) -> None:
    with BareRoot(base_root("trixie")) as root:
        carry(root, "/vagrant")
        argv = ["sh", "/vagrant/vagrant/provision.sh", "/vagrant", "/tmp/buildfix.json", *NAMES]
        done = root.run(argv, timeout=1500)
        assert done.returncode == 0, done.stderr[-3000:]
        written = root.path("/tmp/buildfix.json").read_text(encoding="utf-8")
    reports = json.loads(written)["reports"]
    assert {name: one["outcome"] for name, one in reports.items()} == dict.fromkeys(
        NAMES, "installed"
    )
    assert reports["psutil"]["verified"]["modules"]
    gathered = tmp_path / "debian-13.json"
    gathered.write_text(written, encoding="utf-8")
    head, _, *rows = render([read_machine(gathered)]).splitlines()
    assert head.startswith("| package | Debian GNU/Linux 13")
    assert rows[-1] == "| **installed** | 2 of 2 |"
