"""`buildfix.pyz` and `bootstrap.sh` on a Debian that has next to nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

import build_pyz
from tests.bed import BareRoot, base_root, command_layer, install_file
from tests.tree import ROOT

pytestmark = [pytest.mark.bed, pytest.mark.slow]

PIP_AND_VENV = ("python3-pip", "python3.13-venv", "python3-pip-whl")
PYTHON = ("python3.13-minimal", "libpython3.13-minimal", "python3-minimal")


@pytest.fixture(scope="module")
def pyz(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the archive."""
    archive = tmp_path_factory.mktemp("pyz") / "buildfix.pyz"
    build_pyz.build(archive)
    return archive


def without(packages: Sequence[str], name: str) -> BareRoot:
    """Return a bare trixie from which these are removed, and its package lists."""
    purge = ("apt-get", "purge", "-y", "--auto-remove", *packages)
    lists = ("sh", "-c", "rm -rf /var/lib/apt/lists/*")
    return BareRoot(command_layer(f"without-{name}", base_root("trixie"), (purge, lists)))


def put(root: BareRoot, *files: Path) -> None:
    for file in files:
        install_file(root, file, f"/root/{file.name}")
        root.path(f"/root/{file.name}").chmod(0o755)


def in_home(root: BareRoot, *argv: str) -> tuple[int, str]:
    done = root.run(["sh", "-c", 'cd && exec "$@"', "sh", *argv])
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("words", [("psutil",), ("--from-source", "psutil")])
def test_python_alone_is_enough_to_end_with_a_proven_import(
    clean_bed: None,  # noqa: ARG001
    pyz: Path,
    words: tuple[str, ...],
) -> None:
    with without(PIP_AND_VENV, "pip-and-venv") as root:
        put(root, pyz)
        for module in ("pip", "ensurepip"):
            assert in_home(root, "python3", "-c", f"import {module}")[0] == 1
        code, told = in_home(root, "./buildfix.pyz", "--dry-run", *words)
        assert (code, "python3-venv" in told) == (3, True), told
        code, told = in_home(root, "./buildfix.pyz", "--yes", *words)
        assert code == 0, told
        assert in_home(root, ".venv/bin/python", "-c", "import psutil") == (0, "")


def test_a_machine_without_python_gets_it_from_its_package_manager(
    clean_bed: None,  # noqa: ARG001
    pyz: Path,
) -> None:
    with without(PYTHON, "python") as root:
        put(root, pyz, ROOT / "src/bootstrap.sh")
        assert in_home(root, "sh", "-c", "command -v python3")[0] == 127
        assert in_home(root, "./bootstrap.sh", "psutil")[0] == 4
        code, told = in_home(root, "./bootstrap.sh", "--yes", "psutil")
        assert code == 0, told
        assert in_home(root, ".venv/bin/python", "-c", "import psutil") == (0, "")
