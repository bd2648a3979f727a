"""What is built against torch, for real, in bare Debian roots, with the torch of the package index.

Long, and large: `BUILDFIX_LONG=1 python -m pytest tests/real/test_torch.py`. torch 2.15 with
NVIDIA's wheels is some 2 GB to fetch and takes 5 GB of disk; an older torch, 0.5 and 1.5 GB, comes
to it. No GPU is needed, nor a driver. The tests of this file share one root and go on from each
other, in their order. `PROJECTS`, which compile much (a file that includes all of torch takes
minutes and 1.8 GB of memory), have roots of their own.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.runner import run_buildfix
from tests.acceptance.table import Package
from tests.bed import BUILDFIX, TARGET_PYTHON, BareRoot, Stack
from tests.real.projects import KERNEL, TORCH_SETUP
from tests.real.users import put

pytestmark = [
    pytest.mark.bed,
    pytest.mark.slow,
    pytest.mark.skipif("BUILDFIX_LONG" not in os.environ, reason="long; BUILDFIX_LONG=1 runs it"),
]

FIRST = "deepspeed"
"""Its setup.py imports torch and says so nowhere; it compiles nothing before it is used."""
PROJECTS = {"torch-scatter": "torch_scatter", "torch-spline-conv": "torch_spline_conv"}
OLDER = "2.11.0"
"""Of CUDA 13 like the newest torch, whose libraries serve it but for curand, and `c10::ValueError`
has no constructor of its own in it."""
SYMBOL = "_ZN3c1010ValueErrorC1ENS_14SourceLocationE"
OPS = {
    "pyproject.toml": '[build-system]\nrequires = ["setuptools"]\n',
    "PKG-INFO": "Metadata-Version: 2.1\nName: buildfix-ops\nVersion: 1\n",
    "setup.py": TORCH_SETUP.format(
        extension="CppExtension", name="buildfix-ops", module="buildfix_ops", sources=["ops.cpp"]
    ),
    "ops.cpp": """
#include <Python.h>
#include <c10/util/Exception.h>
static PyObject *half(PyObject *, PyObject *number) {
    long value = PyLong_AsLong(number);
    try {
        TORCH_CHECK_VALUE(value % 2 == 0, "odd: ", value);
    } catch (const c10::ValueError &error) {
        PyErr_SetString(PyExc_ValueError, error.what_without_backtrace());
        return nullptr;
    }
    return PyLong_FromLong(value / 2);
}
static PyMethodDef methods[] = {{"half", half, METH_O, ""}, {}};
static PyModuleDef module = {PyModuleDef_HEAD_INIT, "buildfix_ops", "", -1, methods};
PyMODINIT_FUNC PyInit_buildfix_ops(void) { return PyModule_Create(&module); }
""",
}
SMI = "#!/bin/sh\necho 580.65.06, 9.0\n"
"""Stands for the driver's nvidia-smi, as it answers what buildfix asks."""


@dataclass(frozen=True)
class Torched:
    """A root with torch in its virtual environment, and buildfix's report of how it came there."""

    root: BareRoot
    report: dict[str, Any]


@pytest.fixture(scope="module")
def torched(bed_layer: Callable[[str], Stack]) -> Iterator[Torched]:
    """Give a bare trixie in which buildfix has installed what needs torch for its build."""
    with BareRoot(bed_layer("trixie")) as root:
        yield Torched(root, built(root, "--from-source", FIRST))


def built(root: BareRoot, *words: str, **env: str) -> dict[str, Any]:
    """Return the report of buildfix."""
    argv = [BUILDFIX, "fix", "--yes", "--json", "--python", TARGET_PYTHON, *words]
    done = root.run(argv, env={"PIP_NO_CACHE_DIR": "1", **env}, timeout=2400)
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def said(root: BareRoot, code: str) -> str:
    return root.check([TARGET_PYTHON, "-W", "ignore", "-c", code]).strip().splitlines()[-1]


def doctor(root: BareRoot) -> str:
    return root.check([BUILDFIX, "doctor", "--python", TARGET_PYTHON])


def test_torch_comes_before_what_imports_it_undeclared(torched: Torched) -> None:
    report = torched.report
    assert report["outcome"] == "installed", report["reason"]
    assert [one["returncode"] for one in report["attempts"]] == [0]
    assert "--no-build-isolation" in report["attempts"][0]["argv"]
    assert said(torched.root, "import torch; print(torch.version.cuda)").startswith("13.")


def test_doctor_tells_apart_what_is_amiss(torched: Torched) -> None:
    root = torched.root
    assert "finds no GPU, because no NVIDIA driver is installed" in doctor(root)
    put(root, "/usr/local/bin", {"nvidia-smi": SMI})
    root.path("/usr/local/bin/nvidia-smi").chmod(0o755)
    assert "A GPU driver (580.65.06) is installed but no toolkit" in doctor(root)
    version = f"{said(root, 'import torch; print(torch.__path__[0])')}/version.py"
    with_cuda = root.path(version).read_text(encoding="utf-8")
    cuda = said(root, "import torch; print(torch.version.cuda)")
    without = with_cuda.replace(f"= '{cuda}'", "= None")
    root.path(version).write_text(without, encoding="utf-8")
    assert "is a build without CUDA (CPU-only)" in doctor(root)
    root.path(version).write_text(with_cuda, encoding="utf-8")
    root.path("/usr/local/bin/nvidia-smi").unlink()


def test_a_kernel_is_compiled_by_the_toolkit_that_torch_goes_with(torched: Torched) -> None:
    root = torched.root
    root.check(["apt-get", "install", "-y", "--no-install-recommends", "g++", "python3-dev"])
    put(root, "/kernel", KERNEL)
    report = built(root, "/kernel", TORCH_CUDA_ARCH_LIST="9.0", FORCE_CUDA="1")
    assert report["outcome"] == "installed", report["reason"]
    assert [one["returncode"] for one in report["attempts"]] == [0]
    assert not any(step["privileged"] for step in report["applied"])
    cuda = said(root, "import torch; print(torch.version.cuda)")
    nvcc = root.check(["/v/share/cuda-13/bin/nvcc", "--version"])
    assert f"release {cuda}," in nvcc
    error = said(root, "import torch, buildfix_kernel as k; print(k.kernel())")
    assert int(error) != 0  # there is no GPU to run it on


def test_a_module_of_another_torch_is_built_anew_against_the_one_here(torched: Torched) -> None:
    root, pip = torched.root, [TARGET_PYTHON, "-m", "pip"]
    put(root, "/s/buildfix_ops-1", OPS)
    packed = ["-czf", "/s/buildfix_ops-1.tar.gz", "-C", "/s", "buildfix_ops-1"]
    root.check(["tar", *packed])
    root.check(
        [*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", "/s", "/s/buildfix_ops-1"]
    )
    root.check([*pip, "install", "--no-cache-dir", "--no-deps", f"torch=={OLDER}"])
    root.check([*pip, "install", "--no-cache-dir", "cuda-toolkit[curand]"])
    report = built(root, "buildfix-ops", "--", "--find-links", "/s")
    assert report["outcome"] == "installed", report["reason"]
    first, last = report["attempts"]
    cause, says = first["diagnosis"]["cause"], first["diagnosis"]["says"]
    assert cause["kind"] == "abi-mismatch"
    assert cause["subject"].startswith(SYMBOL)
    assert "a version of libc10.so that provides c10::ValueError::ValueError(" in says
    assert f"libc10.so of torch {OLDER}" in says
    assert "--no-build-isolation" in last["argv"]
    assert said(root, "import torch, buildfix_ops as o; print(o.half(4))") == "2"


@pytest.mark.parametrize("name", PROJECTS)
def test_projects_that_import_torch_build_on_a_bare_debian(
    bed_layer: Callable[[str], Stack], tmp_path: Path, name: str
) -> None:
    package = Package(name, compiled=True, modules=("torch", PROJECTS[name]))
    run = run_buildfix(bed_layer("trixie"), package, tmp_path)
    assert run.good, run.detail
