"""Prints the table `[torch]` of projects' recipes: `python -m tests.torch_pins PROJECT...`.

It asks the package index for the last release of each minor version, and which torch it requires.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence

from packaging.requirements import Requirement
from packaging.version import Version

_LINUX = {"platform_system": "Linux", "sys_platform": "linux", "platform_machine": "x86_64"}
_GLIBC = tuple(f"manylinux_2_{minor}_x86_64" for minor in range(17, 40))
_PLATFORMS = (*_GLIBC, "manylinux2014_x86_64", "manylinux1_x86_64", "linux_x86_64")
_PYTHONS = ("3.12", "3.10")


def _pip(*argv: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "pip", *argv], capture_output=True, text=True, check=False
    )
    return done.stdout


def _releases(project: str) -> Iterator[Version]:
    """Yield the last release of each minor version, the oldest first."""
    listed = _pip("index", "versions", project).splitlines()
    found = next((line for line in listed if line.startswith("Available")), "").partition(":")[2]
    last = {one.release[:2]: one for one in sorted(map(Version, found.replace(" ", "").split(",")))}
    yield from last.values()


def _requirements(project: str, release: Version, python: str) -> Sequence[str]:
    platforms = (word for name in _PLATFORMS for word in ("--platform", name))
    report = _pip(
        *("install", "--dry-run", "--no-deps", "--ignore-installed", "--quiet"),
        *("--target", "nowhere", "--only-binary=:all:", "--python-version", python),
        *(*platforms, "--report", "-", f"{project}=={release}"),
    )
    metadata = json.loads(report)["install"][0]["metadata"] if report else {}
    found: Sequence[str] = metadata.get("requires_dist", ())
    return found


def _torch(project: str, release: Version) -> str:
    """Return the torch that a release requires exactly; empty if it does not."""
    for python in _PYTHONS:
        for one in map(Requirement, _requirements(project, release, python)):
            here = one.marker is None or one.marker.evaluate({**_LINUX, "extra": ""})
            pinned = next((it.version for it in one.specifier if it.operator == "=="), "")
            if one.name == "torch" and here and pinned:
                return pinned
    return ""


def main(projects: Sequence[str]) -> None:
    """Print the table of each project."""
    for project in projects:
        print(f"# {project}\n[torch]")
        for release in _releases(project):
            if torch := _torch(project, release):
                print(f'"{release}" = "{torch}"', flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
