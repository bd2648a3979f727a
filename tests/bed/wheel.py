"""The project itself in the bed: its wheel, and roots in which it is installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.bed.bare import BareRoot, install_file
from tests.bed.errors import BedError
from tests.bed.roots import base_root, command_layer, digest, forget_old_layers, layer
from tests.bed.stack import Stack

PROJECT = Path(__file__).resolve().parents[2]
BUILDFIX = "/opt/buildfix/bin/buildfix"
TARGET_PYTHON = "/v/bin/python"
_VENV = (("python3", "-m", "venv", "/v"),)
_SECONDS = 600.0


def build_wheel(into: Path, project: Path = PROJECT) -> Path:
    """Build the project's wheel into a folder and return it."""
    argv = [
        *(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"),
        *("--wheel-dir", str(into), str(project)),
    ]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=_SECONDS, check=False)
    wheels = sorted(into.glob("buildfix-*.whl"))
    if done.returncode or len(wheels) != 1:
        raise BedError(f"the project's wheel does not build:\n{done.stdout}{done.stderr}")
    return wheels[0]


def with_venv(lower: Stack) -> Stack:
    """Return a root with an empty virtual environment /v to install into."""
    return command_layer("venv", lower, _VENV)


def with_buildfix(suite: str, wheel: Path) -> Stack:
    """Return a bare root with /v and, in an environment of its own, buildfix from the wheel."""

    def make(root: BareRoot) -> None:
        inside = f"/tmp/{wheel.name}"
        install_file(root, wheel, inside)
        root.check(["python3", "-m", "venv", "/opt/buildfix"])
        root.check(["/opt/buildfix/bin/python", "-m", "pip", "install", "--no-cache-dir", inside])
        root.path(inside).unlink()

    lower = with_venv(base_root(suite))
    made = layer(f"buildfix-{digest(wheel.read_bytes())}", lower, make)
    forget_old_layers(made, f"{lower.name}-buildfix-")
    return made
