"""Built against torch: torch first, in a version that stays; the toolkit that it goes with."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from buildfix.analysis import Reading, open_tree, read_source
from buildfix.catalog import Knowledge
from buildfix.core import (
    DisableIsolation,
    GpuLibrary,
    Host,
    Need,
    Rebuild,
    Request,
    learned,
    names_of,
    needs_of,
)
from buildfix.diagnosis.logs.rank import diagnose
from buildfix.engine.local_diagnosis import explain_import
from buildfix.engine.session import RunContext, Session
from buildfix.engine.strategies.alternative_index import places_elsewhere
from buildfix.engine.verify import verify
from buildfix.forecast.builds import Forecast, forecast_builds, surroundings_of
from buildfix.forecast.requested import Build
from buildfix.forecast.resolution import ResolvedDistribution
from buildfix.installers.requirements import parse
from buildfix.platforms.linked import Binary
from buildfix.providers import Builds, draft_plan
from buildfix.providers.cuda import as_with
from buildfix.providers.isolation import distribution_of
from tests.unit.machines import INTERPRETER, TRIXIE, Played, Recorded

SHIPPED = Knowledge()
TORCH = Need("python-module-missing", "torch")
TOOLKIT = Need("compiler-missing", "cuda")
COMING = {"torch": "2.15.0", "cuda-toolkit": "13.2.2", "nvidia-cudnn-cu13": "9.26.0.51"}
"""Seen: what the index brings for torch in November 2026."""
COMING_12 = {"torch": "2.9.1", "nvidia-cuda-runtime-cu12": "12.8.90"}
"""Seen: Requires-Dist of torch 2.9.1."""


def reading(name: str, *requires: str) -> Reading:
    backend = "setuptools.build_meta:__legacy__"
    return Reading(name, "", backend, ("setuptools",), None, requires, (), ())


def steps_with(host: Host) -> list[str]:
    steps = draft_plan([TOOLKIT, TORCH], host, SHIPPED, builds=Builds({"flash-attn": ()})).steps
    return [" ".join(step.argv) or step.summary for step in steps]


@pytest.mark.parametrize("name", ["torch_scatter", "Torch.Scatter", "torch-scatter"])
def test_a_project_has_its_recipe_however_its_source_writes_its_name(name: str) -> None:
    needs = Forecast(builds=(Build(name, reading(name)),)).needs(SHIPPED)
    assert TORCH in needs
    assert Need("build", "dep:virtual/compiler/cxx") in needs


def test_a_wheel_that_compiles_when_it_is_imported_needs_the_toolkit() -> None:
    def askers(name: str) -> dict[Need, str]:
        return Forecast((ResolvedDistribution(name, name, "asked", "1", wheel=True),)).askers(
            SHIPPED
        )

    assert askers("exllamav2") == {Need("cuda-missing", "CUDA_HOME"): "exllamav2"}
    assert askers("gsplat") == {}


def test_what_is_imported_undeclared_comes_in_a_version_that_the_project_runs_with() -> None:
    """Else pip would put another torch in the place of that which it was built with."""
    built = Build("auto_gptq", reading("auto_gptq", "numpy", "Torch>=1.13.0", "not a requirement"))
    needs = Forecast(builds=(built,)).needs(SHIPPED)
    assert Need("python-module-missing", "torch", ">=1.13.0") in needs
    assert Need("python-module-missing", "numpy") in needs


def test_what_is_imported_undeclared_is_walked_like_what_is_declared(tmp_path: Path) -> None:
    machine = Recorded({"__main__.py": [Played('{"rows": []}')]})
    request = Request(("flash-attn",))
    forecast_builds(request, lambda: TRIXIE, machine, "python3", SHIPPED, tmp_path)
    assert '"builds": [["torch"]' in machine.ran[0][-1]


def once(*comings: Mapping[str, str]) -> Host:
    """The host once that is there."""
    return as_with(TRIXIE, SHIPPED.cuda, *comings)


@pytest.mark.parametrize(
    ("coming", "library", "wheels"),
    [
        (COMING, GpuLibrary("torch", "2.15.0", "13.2"), "13.2.2"),
        (COMING_12, GpuLibrary("torch", "2.9.1", "12.8"), ""),
    ],
)
def test_the_cuda_of_a_torch_that_is_to_come_is_that_of_its_wheels(
    coming: dict[str, str], library: GpuLibrary, wheels: str
) -> None:
    cuda = once(coming).cuda
    assert (cuda.libraries, cuda.wheels) == ((library,), wheels)


def test_installed_torch_is_not_replaced_by_the_coming_one() -> None:
    there = once(COMING_12)
    assert as_with(there, SHIPPED.cuda, COMING) == there
    assert once({"torch": "2.15.0"}) == TRIXIE  # a build without CUDA, as for macOS
    assert once({"numpy": "2.4.0", "cuda-toolkit": "13.5.0"}) == TRIXIE


def test_the_toolkit_comes_after_torch_and_in_the_release_that_torch_asks_for() -> None:
    """Before it, torch's own install would exchange half of the toolkit's wheels."""
    said = steps_with(once(COMING))
    torch = next(place for place, text in enumerate(said) if text.endswith(" torch"))
    toolkit = next(place for place, text in enumerate(said) if "cccl]==13.2.2" in text)
    assert torch < toolkit


def test_the_torch_that_is_asked_for_is_there_for_the_build_too() -> None:
    """Pip builds first and installs all that was asked for afterwards."""
    builds = Builds({"flash-attn": ("torch",)}, asked=("flash-attn", "Torch==2.9.1", "numpy<3"))
    steps = draft_plan([TORCH], TRIXIE, SHIPPED, builds=builds).steps
    assert steps[0].argv[4:] == ("setuptools", "wheel", "torch", "Torch==2.9.1")
    assert once(COMING_12, COMING) == as_with(TRIXIE, SHIPPED.cuda, COMING_12)


def test_a_torch_of_cuda_12_gets_no_toolkit_of_13() -> None:
    said = " ".join(steps_with(once(COMING_12)))
    assert "cuda-toolkit[" not in said
    assert "nvidia-cuda-toolkit" in said


@pytest.mark.parametrize(
    ("script", "requires", "found"),
    [
        ("import os\nfrom torch.utils.cpp_extension import CppExtension\n", (), {"torch": 2}),
        ("import numpy as np, torch\n", ("setuptools", "wheel"), {"numpy": 1, "torch": 1}),
        ("try:\n    import torch\nexcept ImportError:\n    torch = None\n", (), {}),
        ("import setuptools, unheard_of, mine\n", (), {}),
        ("import numpy\n", ("oldest-supported-numpy",), {}),
        ("print 'old'\nimport torch\n", (), {}),
    ],
)
def test_what_a_setup_py_imports_and_nobody_declares_is_foreseen(
    tmp_path: Path, script: str, requires: tuple[str, ...], found: dict[str, int]
) -> None:
    (tmp_path / "setup.py").write_text(script, encoding="utf-8")
    (tmp_path / "mine.py").touch()
    if requires:
        declared = f"[build-system]\nrequires = {list(requires)}\n"
        (tmp_path / "pyproject.toml").write_text(declared, encoding="utf-8")
    read = read_source(open_tree(tmp_path), surroundings_of(TRIXIE), SHIPPED)
    modules = [one for one in read.needs if one.need.kind == "python-module-missing"]
    assert {one.need.subject: int(one.where.rpartition(":")[2]) for one in modules} == found
    assert all(one.sure for one in modules)


def test_markers_are_evaluated_for_the_implementation_of_the_target() -> None:
    assert TRIXIE.interpreter
    pypy = replace(TRIXIE, interpreter=replace(TRIXIE.interpreter, implementation="PyPy"))
    found = surroundings_of(pypy).markers()
    assert found["platform_python_implementation"] == "PyPy"
    assert found["implementation_name"] == "pypy"


def test_a_recipe_may_name_a_distribution_whose_module_is_called_otherwise() -> None:
    steps = draft_plan([Need("python-module-missing", "py-cpuinfo")], TRIXIE, SHIPPED).steps
    assert "py-cpuinfo" in steps[0].argv


def test_every_undeclared_requirement_of_a_recipe_can_be_brought() -> None:
    undeclared = {
        f"{recipe.name}: {text}": Need("python-module-missing", Requirement(text).name)
        for recipe in SHIPPED.projects.values()
        for text in recipe.undeclared
    }
    assert "flash-attn: torch" in undeclared
    assert [label for label, need in undeclared.items() if not distribution_of(need, SHIPPED)] == []


NO_LIBC10 = "ImportError: libc10.so: cannot open shared object file: No such file or directory"
"""Seen: a C++ extension imported before torch, torch 2.15.0 on Debian 13."""


@pytest.mark.parametrize(
    "said",
    [
        NO_LIBC10,
        "Library not loaded: @rpath/libc10.dylib\n  Referenced from: /v/ops.so",
    ],
)
def test_an_extension_of_torch_is_imported_after_torch(tmp_path: Path, said: str) -> None:
    for name in ("__init__.py", "lib/libc10.so", "lib/libc10.dylib"):
        path = tmp_path / "torch" / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.touch()
    facts: dict[str, object] = {"name": "ops", "version": "1", "wheel": None, "binary": True}
    facts |= {"compiled": ["ops"], "packages": [], "programs": []}
    machine = Recorded(
        {
            ".py distributions": [Played(json.dumps({"ops": facts}))],
            '["torch ops"]': [Played('{"torch ops": null}')],
            '["ops"]': [Played(json.dumps({"ops": said}))],
        }
    )
    target = replace(INTERPRETER, site=(str(tmp_path),))
    assert verify(machine, target, ["ops"], SHIPPED).proofs[0].modules == ("ops",)
    elsewhere = replace(INTERPRETER, site=(str(tmp_path / "torch"),))
    assert verify(machine, elsewhere, ["ops"], SHIPPED).failures[0].message == said


def test_project_absent_from_the_index_names_its_own_sources() -> None:
    said = " ".join(places_elsewhere("detectron2", SHIPPED))
    assert "detectron2 @ git+https://github.com/facebookresearch/detectron2" in said
    assert "torch" not in " ".join(SHIPPED.projects["apex"].undeclared)  # a namesake needs none
    assert not list(places_elsewhere("numpy", SHIPPED))


UNDEFINED = (
    "ImportError: /v/lib/python3.13/site-packages/buildfix_ops.so: undefined symbol: "
    "_ZN3c1010ValueErrorC1ENS_14SourceLocationENSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE"
)
"""Seen: an extension built with torch 2.15.0, imported beside torch 2.11.0."""


def test_a_module_of_another_torch_is_told_of_the_one_that_is_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = tmp_path / "torch/lib/libc10.so"
    library.parent.mkdir(parents=True)
    library.touch()
    module = Binary(needed=("libc10.so", "libc.so.6"), search=(str(library.parent),))
    monkeypatch.setattr("buildfix.diagnosis.binary_inspection.read_binary", lambda *_: module)
    source = tmp_path / "buildfix_ops-1"
    source.mkdir()
    (source / "setup.py").write_text("import torch\n", encoding="utf-8")
    declared = '[build-system]\nrequires = ["setuptools", "ninja", "torch"]\n'
    (source / "pyproject.toml").write_text(declared, encoding="utf-8")
    sdist = tmp_path / "buildfix_ops-1.tar.gz"
    with tarfile.open(sdist, "w:gz") as archive:
        archive.add(source, source.name)
    row = {"name": "buildfix-ops", "requirement": "", "why": "asked", "path": str(sdist)}
    torch = {"torch": {"name": "torch", "version": "2.11.0"}}
    machine = Recorded(
        {
            ".py distributions": [Played(json.dumps(torch))],
            ".py resolution": [Played(json.dumps({"rows": [row]}))],
        }
    )
    target = replace(INTERPRETER, site=(str(tmp_path),))
    request = parse(Request(("buildfix-ops",)))
    session = Session(RunContext(request, machine, SHIPPED, tmp_path, target, host=TRIXIE))
    session.journal.add(learned.ImportExplained("buildfix-ops==1"))
    told = explain_import(session, diagnose([UNDEFINED], SHIPPED), UNDEFINED)
    assert told.cause is not None
    assert told.cause.kind == "abi-mismatch"
    assert told.says.endswith(f"found {library.resolve()}. libc10.so belongs to torch 2.11.0.")
    steps = session.draft_plan(needs_of(told.causes), told.causes).steps
    assert steps[0].argv[-3:] == ("setuptools", "wheel", "ninja")
    assert names_of(steps[1:2], DisableIsolation) == ("buildfix-ops",)
    assert names_of(steps[2:], Rebuild) == ("buildfix-ops==1",)
