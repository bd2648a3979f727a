"""CUDA for real, without a GPU: nvcc from wheels compiles, in bare Debian roots, as a plain user.

Long: `BUILDFIX_LONG=1 python -m pytest tests/real/test_cuda.py`. The wheels (some 130 MB) come from
the package index. What torch's own build tools say is said by a small setup.py, for torch with CUDA
is 540 MB and more.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.bed import BUILDFIX, BareRoot, Stack
from tests.bed.roots import TOOLCHAIN, command_layer

pytestmark = [
    pytest.mark.bed,
    pytest.mark.slow,
    pytest.mark.skipif("BUILDFIX_LONG" not in os.environ, reason="long; BUILDFIX_LONG=1 runs it"),
]

USER = "me"
PYTHON = f"/home/{USER}/v/bin/python"
PROJECT = f"/home/{USER}/mine"
HOME = f"/home/{USER}/v/share/cuda-13"
FILES = {
    "pyproject.toml": '[build-system]\nrequires = ["setuptools"]\n',
    "setup.py": '''
import os, shutil, subprocess
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

def cuda_home():
    """Look as torch.utils.cpp_extension does."""
    nvcc = shutil.which("nvcc")
    home = os.environ.get("CUDA_HOME") or (nvcc and os.path.dirname(os.path.dirname(nvcc)))
    if home is None:
        raise EnvironmentError("CUDA_HOME environment variable is not set. "
                               "Please set it to your CUDA install root.")
    return home

class with_nvcc(build_ext):
    def build_extension(self, ext):
        os.makedirs(self.build_temp, exist_ok=True)
        made = os.path.join(self.build_temp, "kernel.o")
        subprocess.check_call([os.path.join(cuda_home(), "bin", "nvcc"), "-c", "kernel.cu",
                               "-Xcompiler", "-fPIC", "-o", made])
        ext.extra_objects = [made]
        super().build_extension(ext)

home = cuda_home()
setup(
    name="mine", version="1", cmdclass={"build_ext": with_nvcc},
    ext_modules=[Extension("mine", ["mine.cpp"], language="c++", libraries=["cudart"],
                           include_dirs=[home + "/include"], library_dirs=[home + "/lib64"])],
)
''',
    "kernel.cu": """
#include <thrust/device_vector.h>
#include <thrust/reduce.h>
__global__ void twice(int n, float *x) { int i = blockIdx.x * blockDim.x + threadIdx.x; if (i < n) x[i] *= 2; }
extern "C" int run(float *x, int n) { twice<<<(n + 255) / 256, 256>>>(n, x); return (int)cudaGetLastError(); }
extern "C" float total(float *x, int n) { return thrust::reduce(thrust::device, x, x + n); }
""",
    "mine.cpp": """
#include <Python.h>
#include <cuda_runtime.h>
extern "C" int run(float *, int);
static PyObject *runtime(PyObject *, PyObject *) {
    int version = 0;
    cudaRuntimeGetVersion(&version);
    return PyLong_FromLong(version);
}
static PyObject *kernel(PyObject *, PyObject *) { return PyLong_FromLong(run(nullptr, 1)); }
static PyMethodDef methods[] = {{"runtime", runtime, METH_NOARGS, ""},
                                {"kernel", kernel, METH_NOARGS, ""}, {}};
static PyModuleDef module = {PyModuleDef_HEAD_INIT, "mine", "", -1, methods};
PyMODINIT_FUNC PyInit_mine(void) { return PyModule_Create(&module); }
""",
}
ALTERED = """#!/bin/sh
case "$*" in -dumpversion) echo {said}; exit;; esac
exec /usr/bin/g++-14 -U__GNUC__ -D__GNUC__=99 "$@"
"""
"""A g++ that is too new for any nvcc, in what it defines; what it says of itself is another thing."""


@pytest.fixture
def home(bed_layer: Callable[[str], Stack]) -> Iterator[BareRoot]:
    """Give a trixie with g++ 14 and a user without root, who has a project in CUDA."""
    commands = (
        *TOOLCHAIN,
        ("useradd", "--create-home", USER),
        ("su", USER, "-c", f"python3 -m venv /home/{USER}/v"),
    )
    with BareRoot(command_layer("cuda-user", bed_layer("trixie"), commands)) as root:
        for name, text in FILES.items():
            path = root.path(PROJECT) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        root.check(["chown", "-R", USER, PROJECT])
        yield root


def built(root: BareRoot, **env: str) -> dict[str, Any]:
    """Return the report of buildfix, run by the user on the project."""
    words = ("--yes", "--json", "--python", PYTHON, PROJECT)
    done = root.run([BUILDFIX, "fix", *words], env=env, user=USER, timeout=1200)
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def variables(report: dict[str, Any]) -> dict[str, str]:
    """Return all that steps told the builds."""
    steps = [step for step in report["applied"] if step["kind"] == "environment"]
    return {name: value for step in steps for name, value in step["variables"].items()}


def replace_compiler(root: BareRoot, said: str) -> None:
    """Put a g++ before the system's own that claims to be of GCC 99."""
    path = root.path("/usr/local/bin/g++")
    path.write_text(ALTERED.format(said=said), encoding="utf-8")
    path.chmod(0o755)


def test_wheels_bring_a_toolkit_without_root(home: BareRoot) -> None:
    report = built(home)
    assert report["outcome"] == "installed", report["reason"]
    assert [step["privileged"] for step in report["applied"]] == [False] * len(report["applied"])
    assert variables(report)["CUDA_HOME"] == HOME
    said = home.check(
        [PYTHON, "-c", "import mine; print(mine.runtime(), mine.kernel())"], user=USER
    )
    runtime, error = said.stdout.split()
    assert int(runtime) // 1000 == 13
    assert int(error) != 0  # there is no GPU to run it on
    again = built(home)
    assert [step["kind"] for step in again["applied"]] == ["environment"]


def test_nvcc_of_the_wheels_compiles_alone(home: BareRoot) -> None:
    built(home)
    for words in (("-c", "-o", "k.o"), ("-shared", "-o", "k.so", "-Xcompiler", "-fPIC")):
        nvcc = [f"{HOME}/bin/nvcc", *words, f"{PROJECT}/kernel.cu"]
        home.check(["su", USER, "-c", f"cd; {' '.join(nvcc)}"])
    magic = home.path(f"/home/{USER}/k.so").read_bytes()[:4]
    assert magic == b"\x7fELF"


@pytest.mark.parametrize(("said", "attempts"), [("99", 2), ("14", 3)])
def test_a_host_compiler_that_nvcc_refuses(home: BareRoot, said: str, attempts: int) -> None:
    """Seen beforehand where it says its version; else nvcc's refusal is heard."""
    replace_compiler(home, said)
    report = built(home)
    assert report["outcome"] == "installed", report["reason"]
    assert len(report["attempts"]) == attempts
    assert variables(report)["NVCC_CCBIN"] == "/usr/bin/g++-14"
