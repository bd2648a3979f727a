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
from tests.real.projects import CUDA
from tests.real.users import PROJECT, PYTHON, USER, put, with_user

pytestmark = [
    pytest.mark.bed,
    pytest.mark.slow,
    pytest.mark.skipif("BUILDFIX_LONG" not in os.environ, reason="long; BUILDFIX_LONG=1 runs it"),
]

HOME = f"/home/{USER}/v/share/cuda-13"
ALTERED = """#!/bin/sh
case "$*" in -dumpversion) echo {said}; exit;; esac
exec /usr/bin/gcc-14 -U__GNUC__ -D__GNUC__=99 "$@"
"""
"""A gcc that defines itself as too new for any nvcc; its answer to -dumpversion may differ."""


TORCH = """\
__version__ = '2.99.0+cu133'
cuda: Optional[str] = '13.3'
"""
"""What torch's version.py says; nothing else of torch is asked."""
UNSTABLE = (
    ("sed", "-i", "p;s/trixie/sid/", "/etc/apt/sources.list"),
    ("apt-get", "-o", "Acquire::Check-Valid-Until=false", "update"),
    ("apt-get", "install", "--no-install-recommends", "-y", "g++-16"),
    ("ln", "-s", "/usr/bin/gcc-16", "/usr/local/bin/gcc"),
)
"""GCC 16 as the usual compiler, beside trixie's 14; nvcc of CUDA 13.0 to 13.3 takes 15 at most."""


@pytest.fixture
def home(bed_layer: Callable[[str], Stack]) -> Iterator[BareRoot]:
    """Give a trixie with g++ 14 and a user without root, who has a project in CUDA."""
    with BareRoot(with_user("cuda-user", bed_layer("trixie"))) as root:
        put(root, PROJECT, CUDA, USER)
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
    """Put a gcc before the system's own that claims to be of GCC 99."""
    path = root.path("/usr/local/bin/gcc")
    path.write_text(ALTERED.format(said=said), encoding="utf-8")
    path.chmod(0o755)


def test_wheels_bring_a_toolkit_without_root(home: BareRoot) -> None:
    report = built(home)
    assert report["outcome"] == "installed", report["reason"]
    assert [step["privileged"] for step in report["applied"]] == [False] * len(report["applied"])
    assert variables(report)["CUDA_HOME"] == HOME
    code = "import mine; print(mine.runtime(), mine.kernel())"
    runtime, error = home.run([PYTHON, "-c", code], user=USER).stdout.split()
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


@pytest.mark.parametrize(("said", "attempts"), [("99", 1), ("14", 2)])
def test_a_host_compiler_that_nvcc_refuses(home: BareRoot, said: str, attempts: int) -> None:
    """Seen beforehand where it says its version; else nvcc's refusal is heard."""
    replace_compiler(home, said)
    report = built(home)
    assert report["outcome"] == "installed", report["reason"]
    assert len(report["attempts"]) == attempts
    assert variables(report)["NVCC_CCBIN"] == "/usr/bin/g++-14"


def test_a_gcc_newer_than_nvcc_takes(home: BareRoot) -> None:
    """The real GCC 16 of Debian's unstable, and nvcc 13.3 for a torch that was built with that."""
    for command in UNSTABLE:
        home.check(command, timeout=900)
    torch = f"/home/{USER}/v/lib/python3.13/site-packages/torch"
    put(home, torch, {"version.py": TORCH}, USER)
    report = built(home)
    assert report["outcome"] == "installed", report["reason"]
    assert len(report["attempts"]) == 1
    assert variables(report)["NVCC_CCBIN"] == variables(report)["CXX"] == "/usr/bin/g++-14"
    said = home.run([f"{HOME}/bin/nvcc", "--version"], user=USER).stdout
    assert "release 13.3" in said
    plain = home.run(
        [PYTHON, "-m", "pip", "install", "--force-reinstall", "-v", PROJECT],
        env={"CUDA_HOME": HOME, "PATH": f"{HOME}/bin:/usr/local/bin:/usr/sbin:/usr/bin:/bin"},
        user=USER,
        timeout=900,
    )
    assert plain.returncode != 0
    assert "unsupported GNU version! gcc versions later than 15" in plain.stdout + plain.stderr
