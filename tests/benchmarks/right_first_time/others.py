"""The ways of other tools: pyproject-external and ognibuild, each in a root made ready for it."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from pathlib import Path

from tests.acceptance.runner import timed
from tests.bed import (
    BareRoot,
    BedError,
    base_root,
    command_layer,
    digest,
    install_file,
    layer,
    with_venv,
)
from tests.benchmarks.foresee import fetch
from tests.benchmarks.right_first_time.measure import Column, Command, Course, pip, run_commands
from tests.benchmarks.right_first_time.projects import Project

SYSTEM_PYTHON = "/usr/bin/python3"
PYPROJECT_EXTERNAL = "pyproject-external==0.1.17"
METADATA = "external-deps-build/external_metadata"
MAPPINGS = "external-metadata-mappings"
_TOOL = "/opt/pyproject-external"
_DRIVER = Path(__file__).with_name("external_commands.py")
# What it does not start without; sudo, which it calls even as root; what it asks which package has
# a file; the lists of sources, by which it chooses among packages. Not all that it recommends: gcc
# would be among that.
_OGNIBUILD = (
    ("apt-get", "update"),
    (
        *("apt-get", "install", "--no-install-recommends", "-y"),
        *("ognibuild", "brz-debian", "python3-debmutate", "python3-setuptools", "apt-file", "sudo"),
    ),
    ("sed", "-i", "p; s/^deb /deb-src /", "/etc/apt/sources.list"),
    ("apt-get", "update"),
)
_RESOLVE = {"bookworm": ("--resolve=apt",), "trixie": ("--installer=apt",)}
_SOURCE = "/src/unpacked"
_fetching = threading.Lock()
_UPDATE = Command("update", ("apt-get", "update"))


def external_column(suite: str, folder: Path) -> Column:
    """Return the column of pyproject-external.

    `folder` holds checkouts of rgommers/external-deps-build, whose metadata say what a project
    needs, and of jaimergp/external-metadata-mappings, which say what that is called.
    """
    files = {path.relative_to(folder): path for path in _metadata_files(folder)}
    if not files:
        raise BedError(f"{folder}: neither {METADATA} nor {MAPPINGS}")
    names = {path.stem for inside, path in files.items() if inside.suffix == ".toml"}
    files[Path(_DRIVER.name)] = _DRIVER
    content = digest(b"".join(path.read_bytes() for path in files.values()))

    def make(root: BareRoot) -> None:
        root.check(["python3", "-m", "venv", _TOOL])
        root.check([f"{_TOOL}/bin/pip", "install", "--no-cache-dir", PYPROJECT_EXTERNAL])
        for inside, path in files.items():
            install_file(root, path, f"{_TOOL}/{inside}")

    stack = layer(f"external-{content}", with_venv(base_root(suite)), make)
    return Column("external", stack, by_external, lambda project: project.name in names)


def by_external(root: BareRoot, project: Project, logs: Path, limit: float) -> Course:
    """Install what pyproject-external says to, then by pip."""
    asked = timed(
        root,
        [
            *(f"{_TOOL}/bin/python", f"{_TOOL}/{_DRIVER.name}"),
            *(f"{_TOOL}/{METADATA}/{project.name}.toml", f"{_TOOL}/{MAPPINGS}/data"),
        ],
        logs,
        "pyproject-external",
    )
    if asked.returncode:
        said = asked.stderr.strip().splitlines() or ["no word"]
        return Course(False, 0, {}, asked.seconds, f"pyproject-external: {said[-1]}")
    argvs: list[list[str]] = json.loads(asked.stdout)
    installs = [Command(f"apt-{number}", _as_root(argv)) for number, argv in enumerate(argvs, 1)]
    update = [_UPDATE] if installs else []
    course = run_commands(root, [*update, *installs, pip(project)], logs, limit)
    parts = {"pyproject-external": asked.seconds, **course.parts}
    return Course(
        course.works, course.failed_builds, parts, course.seconds + asked.seconds, course.detail
    )


def _metadata_files(folder: Path) -> list[Path]:
    return sorted(
        [*(folder / METADATA).glob("*.toml"), *(folder / MAPPINGS / "data").glob("*.json")]
    )


def _as_root(argv: Sequence[str]) -> list[str]:
    """Return a command without sudo, which a bare root has not and root needs not."""
    return list(argv[1:] if argv[0] == "sudo" else argv)


def ognibuild_column(suite: str) -> Column:
    """Return the column of ognibuild, as Debian packages it, with the lists that it searches."""
    stack = command_layer("ognibuild", with_venv(base_root(suite)), _OGNIBUILD)
    return Column("ognibuild", stack, by_ognibuild, lambda _: True, python=SYSTEM_PYTHON)


def by_ognibuild(root: BareRoot, project: Project, logs: Path, limit: float) -> Course:
    """Let ognibuild install what an sdist, fetched beforehand, holds; it repeats failed builds.

    It installs for Debian's own Python. How many of its builds failed it does not tell: the one
    that it ends with is counted. Its own packages, make and binutils among them, are not.
    """
    with _fetching:
        sdist = fetch([project.name]).get(project.name)
    if sdist is None:
        raise BedError(f"{project.name}: no sdist that ognibuild could be given")
    install_file(root, sdist, f"/src/{sdist.name}")
    root.check(["mkdir", _SOURCE])
    root.check(
        ["tar", "--extract", "--strip-components=1", "-C", _SOURCE, "-f", f"/src/{sdist.name}"]
    )
    argv = ("ogni", *_RESOLVE[root.stack.suite], "--directory", _SOURCE, "install")
    env = {"PIP_BREAK_SYSTEM_PACKAGES": "1"}
    return run_commands(root, [Command("ogni", argv, env, installs=True)], logs, limit)
