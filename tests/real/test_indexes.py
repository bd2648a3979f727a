"""A private index is the only one that is asked, whatever buildfix installs beside what was asked.

The default index's stand-in has a newer version of every project, so that to ask it is to take it.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from buildfix.catalog import Knowledge
from buildfix.catalog.schema import Remedy
from buildfix.core import Host, InstallerName, Need, Request, Step
from buildfix.forecast.resolution import Asked, walk
from buildfix.installers import pip_options
from buildfix.installers.by_name import fetch_options
from buildfix.machines.local import LocalMachine
from buildfix.platforms.interpreter import describe
from buildfix.providers import Builds, draft_plan
from buildfix.providers.remedies import remedy_step, step_at_run_time
from buildfix.wheels.listing import ask
from tests.real.indexes import (
    KEPT,
    Index,
    make_venv,
    module_of,
    project,
    run_buildfix,
    serving,
)
from tests.unit.machines import TRIXIE

pytestmark = pytest.mark.slow

SHIPPED = Knowledge()
VERSIONS = ("0.1", "13.5", "50.0")
"""Whatever is asked for, one of them serves; none is newer than the target's own pip."""


@dataclass(frozen=True)
class Two:
    """The private index, and what stands in for the default one."""

    private: Index
    stand_in: Index

    @property
    def environ(self) -> dict[str, str]:
        return {"PIP_INDEX_URL": self.stand_in.url, "UV_DEFAULT_INDEX": self.stand_in.url}


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    with (
        serving(Index(tmp_path / "private", VERSIONS)) as private,
        serving(Index(tmp_path / "stand-in", ("99.0",))) as stand_in,
    ):
        yield Two(private, stand_in)


@pytest.fixture(params=["pip", "uv"])
def installer(request: pytest.FixtureRequest) -> str:
    if request.param == "uv" and shutil.which("uv") is None:
        pytest.skip("uv is not on PATH")
    return str(request.param)


@pytest.fixture
def python(tmp_path: Path) -> str:
    return make_venv(tmp_path / "v")


def request_for(installer: InstallerName, two: Two, where: str, tmp_path: Path) -> Request:
    """Return a request that names the private index on the command line or in a file."""
    if installer == "uv" and where == "file":
        pytest.skip("uv itself puts its variables before what a requirements file says")
    if where == "line":
        args = ("--default-index" if installer == "uv" else "--index-url", two.private.url)
        return Request(("demo",), installer=installer, installer_args=args)
    file = tmp_path / "r.txt"
    file.write_text(f"--index-url {two.private.url}\ndemo\n", encoding="utf-8")
    return Request(requirement_files=(str(file),), installer=installer)


def every_step(host: Host) -> list[Step]:
    """Return a step of each kind that installs by name: modules, tools, compilers, CUDA, pip."""
    module, old = Need("python-module-missing", "numpy"), replace(host, version="12")
    rootless = replace(host, privilege="none")
    several = [
        *draft_plan([module], host, SHIPPED, builds=Builds({"x": ("hatchling",)})).steps,
        *draft_plan([Need("tool-missing", "cmake", ">=3.31")], old, SHIPPED).steps,
        *draft_plan([Need("compiler-missing", "c")], rootless, SHIPPED).steps,
        *draft_plan([Need("cuda-missing", "CUDA_HOME")], host, SHIPPED).steps,
        *draft_plan(
            [Need("abi-mismatch", "numpy")], host, SHIPPED, builds=Builds(broken="x==1", pair="y<2")
        ).steps,
        remedy_step(Remedy("upgrade", ("setuptools", "wheel")), module, host),
        step_at_run_time(Remedy("constrain", ("setuptools<81",)), module, host),
    ]
    return [one for one in several if "install" in one.argv and not one.privileged]


@pytest.mark.parametrize("where", ["line", "file"])
def test_no_step_fetches_anything_from_another_index(
    where: str, installer: InstallerName, two: Two, python: str, tmp_path: Path
) -> None:
    environ = {name: value for name, value in LocalMachine().environ.items() if name in KEPT}
    machine = LocalMachine({**environ, **two.environ, "HOME": str(tmp_path)})
    request = request_for(installer, two, where, tmp_path)
    target = replace(describe(machine, python), has_headers=True)
    fetch = fetch_options(request, machine.environ, target.prefix, {})
    steps = every_step(replace(TRIXIE, interpreter=target, fetch=fetch))
    assert len(steps) >= 7, [step.summary for step in steps]
    for step in steps:
        done = machine.run(step.argv, step.env)
        assert done.returncode == 0, (step.argv, done.stdout, done.stderr)
    options = pip_options(request)
    asked = walk(machine, python, request, [Asked("demo")], tmp_path / "sdists")
    assert asked is not None
    assert [one.version for one in asked.coming] == ["50.0"]
    assert ask(machine, python, "demo", options) is not None
    assert two.stand_in.asked == []
    assert two.private.asked


@pytest.mark.parametrize("where", ["line", "file"])
def test_an_undeclared_import_installs_nothing_from_another_index(
    where: str, installer: InstallerName, two: Two, python: str, tmp_path: Path
) -> None:
    """The build imports pybind11, which it does not declare, and requires a private project."""
    files = project("demo", "import pybind11\n", imports="import pybind11, privatething")
    text = files["pyproject.toml"].replace("requires = []", 'requires = ["privatething"]')
    two.private.add("demo", {**files, "pyproject.toml": text})
    words = ["--yes", "--json", "--python", python, "--installer", installer]
    request = request_for(installer, two, where, tmp_path)
    asked = [*request.words, *(["--", *request.installer_args] if where == "line" else [])]
    done = run_buildfix([*words, *asked], tmp_path, two.environ)
    report = json.loads(done.stdout)
    assert two.stand_in.asked == [], done.stderr
    assert (done.returncode, report["outcome"]) == (0, "installed"), done.stderr
    assert any("pybind11" in step.get("argv", ()) for step in report["applied"])
    assert "'50.0'" in module_of(python, "privatething")
