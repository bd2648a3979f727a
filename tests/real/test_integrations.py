"""The Dockerfile and the dev container feature, in bare Debian roots instead of containers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import build_pyz
from tests.bed import BareRoot, base_root, command_layer, install_file
from tests.real.test_pyz import PYTHON, without
from tests.tree import ROOT

pytestmark = [pytest.mark.bed, pytest.mark.slow]


def put(root: BareRoot, file: Path, inside: str) -> None:
    root.path(inside).parent.mkdir(parents=True, exist_ok=True)
    install_file(root, file, inside)
    root.path(inside).chmod(0o755)


def test_the_dockerfile_makes_an_image_without_what_only_builds_need(
    clean_bed: None,  # noqa: ARG001
    tmp_path: Path,
) -> None:
    text = (ROOT / ".github/snippets/Dockerfile").read_text(encoding="utf-8")
    (command,) = re.findall(r"(?m)^RUN (.+)$", text)
    build_pyz.build(tmp_path / "buildfix.pyz")
    (tmp_path / "requirements.txt").write_text("psutil --no-binary psutil\n", encoding="utf-8")
    with without(PYTHON, "python") as root:
        put(root, tmp_path / "buildfix.pyz", "/opt/buildfix/buildfix.pyz")
        put(root, ROOT / "src/bootstrap.sh", "/opt/buildfix/bootstrap.sh")
        put(root, tmp_path / "requirements.txt", "/app/requirements.txt")
        done = root.run(["sh", "-c", f"cd /app && {command}"])
        assert done.returncode == 0, done.stdout + done.stderr
        assert root.run(["/app/.venv/bin/python", "-c", "import psutil"]).returncode == 0
        assert root.run(["sh", "-c", "command -v gcc"]).returncode != 0


def test_the_feature_installs_the_command(
    clean_bed: None,  # noqa: ARG001
    buildfix_wheel: Path,
) -> None:
    purge = ("apt-get", "purge", "-y", "--auto-remove", "python3-venv", "python3.13-venv")
    with BareRoot(command_layer("without-venv", base_root("trixie"), (purge,))) as root:
        put(root, ROOT / ".github/devcontainer/buildfix/install.sh", "/tmp/install.sh")
        put(root, buildfix_wheel, f"/tmp/{buildfix_wheel.name}")
        done = root.run(["/tmp/install.sh"], env={"SOURCE": f"/tmp/{buildfix_wheel.name}"})
        assert done.returncode == 0, done.stdout + done.stderr
        assert root.run(["buildfix", "--version"]).stdout.startswith("buildfix ")
