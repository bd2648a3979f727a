"""Builds that are refused before they are tried, on recorded machines with the shipped recipes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from buildfix import engine
from buildfix.catalog import Knowledge
from buildfix.core import Diagnosis, Need, Pin, Plan, Report, Request, events
from buildfix.engine.dry_run import dry_run
from buildfix.engine.outcome import Alternative
from buildfix.engine.session import Session
from tests.unit.archives import sdist_of
from tests.unit.machines import (
    INTERPRETER,
    PYTHON,
    TRIXIE,
    Played,
    Recorded,
    distribution,
    interpreter_facts,
)

BOOKWORM = replace(
    TRIXIE,
    version="12",
    codename="bookworm",
    commands=frozenset({"gcc", "pkg-config"}),
    interpreter=replace(INTERPRETER, has_headers=True),
)
PROJ = {
    "setup.py": "from setuptools import setup, Extension\nPROJ_MIN_VERSION = (9, 4, 0)\n"
    "setup(ext_modules=[Extension('a', ['a.c'], libraries=['proj'])])"
}
ARROW = {
    "pyproject.toml": "[build-system]\nrequires = ['scikit-build-core']\n"
    "build-backend = 'scikit_build_core.build'\n",
    "CMakeLists.txt": "project(p LANGUAGES CXX)\nfind_package(Arrow REQUIRED)\n",
}
KNOWLEDGE = Knowledge()


@pytest.fixture(autouse=True)
def _host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("buildfix.platforms.host_facts.gather", lambda *_: BOOKWORM)


def machine(tmp_path: Path, files: Mapping[str, str], version: str = "2.0") -> Recorded:
    """Return a machine whose index has an sdist of these files under the name of demo."""
    sdist = sdist_of(tmp_path, files, f"demo-{version}")
    row = {"name": "demo", "requirement": "demo", "why": "asked", "version": version}
    return Recorded(
        {
            ".py interpreter": [interpreter_facts(has_headers=True)],
            ".py resolution": [Played(json.dumps({"rows": [{**row, "path": str(sdist)}]}))],
            ".py distributions": [distribution("demo", "_demo")],
            ".py imports": [Played('{"_demo": null}')],
            "pkg-config": [Played("", 1)],
            "apt-cache": [Played()],
            "apt-get": [Played()],
            "pip install": [Played("Successfully installed demo-2.0")],
        }
    )


def planned(recorded: Recorded, tmp_path: Path) -> tuple[Plan, Diagnosis | None]:
    """Return the plan of a dry run, and what it says against the build."""
    request = Request(("demo",), python=PYTHON, from_source=True, unattended=True)
    told = list(dry_run(request, recorded, KNOWLEDGE, tmp_path))
    (plan,) = (one.plan for one in told if isinstance(one, events.PlanProposed))
    found = [one.diagnosis for one in told if isinstance(one, events.CauseFound)]
    return plan, next(iter(found), None)


def played(recorded: Recorded, tmp_path: Path) -> Report:
    """Return how a run ends in which everything is agreed to."""
    request = Request(("demo",), python=PYTHON, from_source=True, unattended=True)
    story = list(engine.repair(request, recorded, KNOWLEDGE, lambda _: True, tmp_path / "logs"))
    last = story[-1]
    assert isinstance(last, events.Finished)
    return last.report


def test_source_that_needs_a_newer_library_is_not_built(tmp_path: Path) -> None:
    recorded = machine(tmp_path, PROJ)
    report = played(recorded, tmp_path)
    assert report.outcome == "unfixed"
    assert report.attempts == ()
    assert report.applied == ()
    assert "Debian 12 has PROJ 9.1.1, but >=9.4.0 is required" in report.reason
    assert not any("pip install" in " ".join(argv) for argv in recorded.ran)


def test_dry_run_with_too_old_library_plans_nothing(tmp_path: Path) -> None:
    plan, told = planned(machine(tmp_path, PROJ), tmp_path)
    assert told is not None and told.cause is not None
    assert (told.cause.kind, told.cause.subject, told.cause.required) == (
        "library-too-old",
        "proj",
        ">=9.4.0",
    )
    assert plan.steps == ()
    assert plan.diagnosis == told


def test_dry_run_names_the_release_that_fits_the_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def older(_session: Session, refused: Diagnosis) -> Alternative:
        assert refused.project == "demo"
        return Alternative(Pin("Use demo==1.0 instead of 2.0", names=("demo==1.0",)))

    monkeypatch.setattr("buildfix.engine.dry_run.last_resort", older)
    _, told = planned(machine(tmp_path, PROJ), tmp_path)
    assert told is not None
    assert told.advice.startswith("Use demo==1.0 instead of 2.0: request 'demo==1.0'")


@pytest.mark.parametrize("how", ["pkg-config", "PROJ_DIR", "CMAKE_PREFIX_PATH"])
def test_a_library_from_elsewhere_may_be_new_enough(tmp_path: Path, how: str) -> None:
    recorded = machine(tmp_path, PROJ)
    if how.isupper():
        recorded.environ = {**recorded.environ, how: "/opt/proj"}
    else:
        recorded.answers = {**recorded.answers, "pkg-config": [Played()]}
    _, told = planned(recorded, tmp_path)
    assert told is None


def test_source_that_needs_an_absent_library_is_not_built(tmp_path: Path) -> None:
    plan, told = planned(machine(tmp_path, ARROW), tmp_path)
    assert told is not None and told.cause is not None
    assert str(told.cause) == "cmake-package-missing: Arrow"
    assert told.says == "demo cannot be built here: Debian 12 does not have Apache Arrow C++."
    assert plan.steps == ()


def test_a_library_that_nobody_knows_refuses_nothing(tmp_path: Path) -> None:
    files = {**ARROW, "CMakeLists.txt": "project(p)\nfind_package(Nonesuch REQUIRED)\n"}
    assert planned(machine(tmp_path, files), tmp_path)[1] is None


@pytest.mark.parametrize(("release", "bound"), [("1.6.5", False), ("1.7.0", True), ("", False)])
def test_a_recipe_bounds_newer_releases_only(release: str, bound: bool) -> None:
    recipe = KNOWLEDGE.project("netCDF4")
    assert recipe is not None
    needs = recipe.build_of(release)
    assert (Need("build", "dep:generic/netcdf", "!=4.9.0") in needs) is bound


def test_source_that_needs_an_older_library_is_diagnosed_as_such(tmp_path: Path) -> None:
    files = {
        "pyproject.toml": "[build-system]\nrequires = ['meson-python']\n"
        "build-backend = 'mesonpy'\n",
        "meson.build": "project('p', 'c')\ndependency('glib-2.0', version: '<2.70')\n",
    }
    _, told = planned(machine(tmp_path, files), tmp_path)
    assert told is not None and told.cause is not None
    assert (told.cause.kind, told.cause.required) == ("library-too-new", "<2.70")


def test_a_removed_module_is_no_reason_where_its_replacement_is_installed(tmp_path: Path) -> None:
    script = "from setuptools import setup\nsetup(name='demo', py_modules=['demo'])\n"
    info = "Metadata-Version: 1.0\nName: demo\nVersion: 2.0\n"
    recorded = machine(
        tmp_path, {"setup.py": script, "PKG-INFO": info, "demo.py": "import audioop\n"}
    )
    recorded.answers = {**recorded.answers, ".py distributions": [Played("{}")]}
    _, told = planned(recorded, tmp_path)
    assert told is not None and told.phase == "import"
    assert told.says.startswith(
        "demo 2.0 cannot be imported with Python 3.13.5: it imports audioop"
    )
    installed = distribution("audioop-lts")
    recorded.answers = {**recorded.answers, ".py distributions": [installed]}
    assert planned(recorded, tmp_path)[1] is None
