"""CUDA: what is found of it, the roads to a toolkit in their order, what is amiss told apart."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from buildfix.catalog import Knowledge, shipped_folder
from buildfix.catalog.cuda import CudaRecipe
from buildfix.catalog.structure import read_file, structure
from buildfix.core import Cuda, GpuLibrary, Host, Interpreter, Need, PlanDraft, Step, Toolkit
from buildfix.core.errors import RecipeError
from buildfix.diagnosis.logs.rank import diagnose
from buildfix.machines.local import LocalMachine
from buildfix.platforms.cuda import find_cuda
from buildfix.platforms.gpu import amiss
from buildfix.platforms.host_file import read_host
from buildfix.platforms.stock_host import stock_host
from buildfix.providers import draft_plan
from buildfix.render.documents import host_document
from tests.unit.machines import INTERPRETER, TRIXIE, Played, Recorded

LAY_OUT = Path(__file__).parents[2] / "src/buildfix/target_scripts/steps/cuda_home.py"
SHIPPED = Knowledge()
RECIPE = read_file(shipped_folder() / "cuda.toml", CudaRecipe)
WHOLE = {
    "source": "-",
    "variables": {"host-compiler": "NVCC_CCBIN", "host-compiler-since": "12.2"},
}

MISSING = Need("cuda-missing", "CUDA_HOME")
HEADER = Need("cuda-missing", "cuda_runtime.h")
REFUSED = Need("compiler-too-new", "cxx", "<=13")
NVCC_12 = """\
nvcc: NVIDIA (R) Cuda compiler driver
Copyright (c) 2005-2024 NVIDIA Corporation
Built on Thu_Mar_28_02:18:24_PDT_2024
Cuda compilation tools, release {version}, V{version}.131
Build cuda_12.4.r12.4/compiler.34097967_0
"""
"""Seen: nvcc --version of the wheels (13.5), of the same form."""
TORCH = """\
from typing import Optional

__all__ = ['__version__', 'debug', 'cuda', 'git_version', 'hip', 'xpu']
__version__ = '{version}'
debug = False
cuda: Optional[str] = {cuda}
git_version = '0000'
hip: Optional[str] = None
"""
"""As torch 2's setup.py writes torch/version.py."""

on_posix = pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands in for nvcc")


def with_torch(cuda: str) -> GpuLibrary:
    return GpuLibrary("torch", "2.9.0", cuda)


def host(system: str = "debian:13", **cuda: object) -> Host:
    """Return a stock machine with a virtual environment and some of CUDA."""
    stock = stock_host(system, SHIPPED)
    interpreter = replace(INTERPRETER, has_headers=True)
    return replace(stock, interpreter=interpreter, cuda=replace(Cuda(), **cuda))  # type: ignore[arg-type]


def plan(need: Need, machine: Host) -> PlanDraft:
    return draft_plan([need], machine, SHIPPED)


def told(steps: tuple[Step, ...]) -> dict[str, str]:
    return dict(one for step in steps for one in step.variables)


def words(steps: tuple[Step, ...]) -> str:
    return "\n".join(" ".join(step.argv) for step in steps)


# --- what is there


def toolkit(home: Path, version: str, newest_gcc: int) -> Path:
    """Make a folder that looks like a CUDA toolkit, with a script for nvcc."""
    nvcc = home / "bin" / "nvcc"
    nvcc.parent.mkdir(parents=True)
    nvcc.write_text(f"#!/bin/sh\ncat <<'E'\n{NVCC_12.format(version=version)}E\n")
    nvcc.chmod(0o755)
    config = home / "include" / "crt" / "host_config.h"
    config.parent.mkdir(parents=True)
    config.write_text(
        f"#if __GNUC__ > {newest_gcc}\n\n#error -- unsupported GNU version!\n#endif\n"
    )
    return home


def site(folder: Path, *distributions: str, torch: str = "") -> Interpreter:
    folder.mkdir()
    for name in distributions:
        (folder / f"{name}.dist-info").mkdir()
    if torch:
        (folder / "torch").mkdir()
        (folder / "torch" / "version.py").write_text(torch)
    return replace(INTERPRETER, site=(str(folder),))


@on_posix
def test_toolkits_are_found_in_the_order_in_which_builds_look(tmp_path: Path) -> None:
    named = toolkit(tmp_path / "named", "12.4", 13)
    on_path = toolkit(tmp_path / "on-path", "11.8", 11)
    places = toolkit(tmp_path / "cuda-13.0", "13.0", 15)
    (tmp_path / "cuda").symlink_to(places)
    environ = {"CUDA_HOME": str(named), "PATH": f"{on_path / 'bin'}{os.pathsep}/usr/bin:/bin"}
    recipe = replace(RECIPE, places={"linux": (str(tmp_path / "cuda"), str(tmp_path / "cuda-*"))})
    found = find_cuda(LocalMachine(environ), recipe, replace(TRIXIE, commands=frozenset()))
    assert found.toolkits == (
        Toolkit(str(named), "12.4", 13),
        Toolkit(str(on_path), "11.8", 11),
        Toolkit(str(tmp_path / "cuda"), "13.0", 15),
    )
    assert found.told == (("CUDA_HOME", str(named)),)


@on_posix
def test_folder_without_working_nvcc_is_no_toolkit(tmp_path: Path) -> None:
    broken = toolkit(tmp_path / "broken", "12.4", 13)
    (broken / "bin" / "nvcc").write_text("#!/bin/sh\nexit 1\n")
    recipe = replace(RECIPE, places={})
    environ = {"CUDA_HOME": str(broken), "CUDA_PATH": str(tmp_path / "absent"), "PATH": "/bin"}
    assert find_cuda(LocalMachine(environ), recipe, TRIXIE).toolkits == ()


@pytest.mark.parametrize(
    ("version", "cuda", "library"),
    [
        ("2.9.0+cu128", "'12.8'", GpuLibrary("torch", "2.9.0+cu128", "12.8")),
        ("2.9.0+cpu", "None", GpuLibrary("torch", "2.9.0+cpu", "")),
    ],
)
def test_torch_tells_its_cuda_without_being_imported(
    tmp_path: Path, version: str, cuda: str, library: GpuLibrary
) -> None:
    target = site(tmp_path / "site-packages", torch=TORCH.format(version=version, cuda=cuda))
    machine = Recorded({}, environ={}, on_path={})
    found = find_cuda(machine, RECIPE, replace(TRIXIE, interpreter=target))
    assert found.libraries == (library,)
    assert machine.ran == [("nvidia-smi", *machine.ran[0][1:])]


def test_cupy_jax_and_the_wheels_tell_their_cuda_by_name(tmp_path: Path) -> None:
    names = ("cupy_cuda12x-13.6.0", "jax_cuda13_plugin-0.8.0", "cuda_toolkit-13.0.2")
    target = site(tmp_path / "site-packages", *names)
    found = find_cuda(Recorded({}, on_path={}), RECIPE, replace(TRIXIE, interpreter=target))
    assert found.libraries == (GpuLibrary("cupy", "13.6.0", "12"), GpuLibrary("jax", "0.8.0", "13"))
    assert found.wheels == "13.0.2"


def test_the_driver_its_gpus_and_the_compilers_are_seen() -> None:
    machine = Recorded(
        {
            # as nvidia-smi documents --format=csv,noheader
            "nvidia-smi": [Played("580.95.05, 9.0\n580.95.05, 8.9\n")],
            "gcc -dumpversion": [Played("14\n")],
        },
        environ={"TORCH_CUDA_ARCH_LIST": "8.0"},
        on_path={name: f"/usr/bin/{name}" for name in ("gcc", "g++-13", "g++-14", "g++-x")},
    )
    there = replace(TRIXIE, commands=machine.commands())
    found = find_cuda(machine, RECIPE, there)
    assert (found.driver, found.architectures) == ("580.95.05", ("8.9", "9.0"))
    assert found.compilers == (
        (14, "/usr/bin/gcc"),
        (13, "/usr/bin/g++-13"),
        (14, "/usr/bin/g++-14"),
    )
    assert found.told == (("TORCH_CUDA_ARCH_LIST", "8.0"),)


def test_a_description_of_a_host_keeps_all_of_it(tmp_path: Path) -> None:
    whole = Cuda(
        toolkits=(Toolkit("/usr/local/cuda", "12.8", 14),),
        driver="580.95.05",
        architectures=("9.0",),
        libraries=(with_torch("12.8"),),
        wheels="13.0.2",
        compilers=((14, "/usr/bin/gcc"),),
        told=(("CUDA_HOME", "/usr/local/cuda"),),
    )
    target = replace(INTERPRETER, site=("/v/lib/python3.13/site-packages",))
    path = tmp_path / "host.json"
    path.write_text(json.dumps(host_document(replace(TRIXIE, cuda=whole, interpreter=target))))
    again = read_host(path)
    assert (again.cuda, again.interpreter) == (whole, target)


# --- the roads


TWELVE = Toolkit("/usr/local/cuda-12.4", "12.4", 13)
NEWER = Toolkit("/usr/local/cuda-12.9", "12.9", 14)
THIRTEEN = Toolkit("/usr/local/cuda-13.0", "13.0", 15)


def test_a_toolkit_that_torch_was_built_with_is_used() -> None:
    all_there = (THIRTEEN, NEWER, TWELVE)
    machine = host(toolkits=all_there, libraries=(with_torch("12.4"),), compilers=((13, "/g++"),))
    found = plan(Need("cuda-mismatch", "toolkit 13.0, torch 12.4"), machine)
    assert told(found.steps) == {
        "CUDA_HOME": TWELVE.home,
        "CUDA_PATH": TWELVE.home,
        "PATH": f"{TWELVE.home}/bin",
        "CUDACXX": f"{TWELVE.home}/bin/nvcc",
    }


def test_another_minor_version_serves_and_another_major_one_does_not() -> None:
    near = host(toolkits=(THIRTEEN, NEWER), libraries=(with_torch("12.4"),))
    assert told(plan(MISSING, near).steps)["CUDA_HOME"] == NEWER.home
    other = host(toolkits=(THIRTEEN,), libraries=(with_torch("12.4"),))
    assert THIRTEEN.home not in told(plan(MISSING, other).steps).values()


def test_without_torch_the_first_toolkit_found_serves() -> None:
    assert told(plan(MISSING, host(toolkits=(TWELVE, THIRTEEN))).steps)["CUDA_HOME"] == TWELVE.home


def test_what_asks_for_a_newer_toolkit_does_not_get_the_one_that_failed() -> None:
    machine = host(toolkits=(TWELVE, THIRTEEN))
    newer = plan(Need("compiler-too-old", "cuda"), machine)
    assert told(newer.steps)["CUDA_HOME"] == THIRTEEN.home
    asked = plan(Need("compiler-too-old", "cuda", ">=12.8"), machine)
    assert told(asked.steps)["CUDA_HOME"] == THIRTEEN.home


def test_a_missing_header_is_told_to_the_compilers_too() -> None:
    variables = told(plan(HEADER, host(toolkits=(TWELVE,))).steps)
    assert variables["CPATH"].split(":")[0] == f"{TWELVE.home}/include"
    assert variables["LIBRARY_PATH"] == f"{TWELVE.home}/lib64"


def test_architectures_are_those_of_the_gpus_unless_the_user_says() -> None:
    seen = host(toolkits=(TWELVE,), architectures=("8.9", "9.0"))
    variables = told(plan(MISSING, seen).steps)
    assert (variables["TORCH_CUDA_ARCH_LIST"], variables["CUDAARCHS"]) == ("8.9;9.0", "89;90")
    mine = host(
        toolkits=(TWELVE,),
        architectures=("8.9",),
        told=(("TORCH_CUDA_ARCH_LIST", "7.5"), ("CUDAARCHS", "75")),
    )
    assert not {"TORCH_CUDA_ARCH_LIST", "CUDAARCHS"} & told(plan(MISSING, mine).steps).keys()


def test_nvcc_is_told_of_a_compiler_that_it_takes() -> None:
    compilers = ((14, "/usr/bin/gcc"), (12, "/usr/bin/g++-12"), (13, "/usr/bin/g++-13"))
    variables = told(plan(MISSING, host(toolkits=(TWELVE,), compilers=compilers)).steps)
    assert variables["NVCC_CCBIN"] == variables["CUDAHOSTCXX"] == "/usr/bin/g++-13"
    old = Toolkit("/usr/local/cuda-11.8", "11.8", 0)
    eleven = ((14, "/usr/bin/gcc"), (11, "/usr/bin/g++-11"))
    variables = told(plan(MISSING, host(toolkits=(old,), compilers=eleven)).steps)
    assert variables["NVCC_PREPEND_FLAGS"] == "-ccbin /usr/bin/g++-11"


def test_a_compiler_that_nvcc_takes_is_installed_where_none_is_there() -> None:
    machine = host(toolkits=(TWELVE,), compilers=((14, "/usr/bin/gcc"),))
    found = plan(REFUSED, machine)
    packages = next(step for step in found.steps if step.kind == "packages")
    assert "g++-13" in packages.packages
    assert told(found.steps) == {
        "NVCC_CCBIN": "/usr/bin/g++-13",
        "CUDAHOSTCXX": "/usr/bin/g++-13",
        "CC": "/usr/bin/gcc-13",
        "CXX": "/usr/bin/g++-13",
    }


def test_torchs_build_tools_get_the_same_compiler() -> None:
    """They judge CXX, whatever nvcc is told; and what the user says of it stays."""
    compilers = ((14, "/usr/bin/gcc"), (13, "/usr/bin/g++-13"))
    machine = host(toolkits=(TWELVE,), compilers=compilers, libraries=(with_torch("12.4"),))
    assert told(plan(MISSING, machine).steps)["CXX"] == "/usr/bin/g++-13"
    line = (
        "RuntimeError: The current installed version of c++ (14.2.0) is greater than the maximum "
        "required version by CUDA 12.4. Please make sure to use an adequate version of c++ "
        "(>=6.0.0, <14.0)."
    )
    (cause,) = diagnose(["Building wheel for x", line, "error: subprocess"], SHIPPED).causes
    need = Need(cause.kind, cause.subject, cause.required)
    mine = replace(machine, cuda=replace(machine.cuda, told=(("CXX", "/opt/g++"),)))
    variables = told(plan(need, mine).steps)
    assert (variables["NVCC_CCBIN"], "CXX" in variables) == ("/usr/bin/g++-13", False)


def test_missing_host_compiler_for_nvcc_is_reported() -> None:
    machine = host("alpine:3.22", toolkits=(TWELVE,), compilers=((14, "/usr/bin/gcc"),))
    ((_, why),) = plan(REFUSED, machine).unmet
    assert "<=13" in why


def test_the_users_own_host_compiler_stays() -> None:
    compilers = ((14, "/usr/bin/gcc"), (13, "/usr/bin/g++-13"))
    mine = (("NVCC_CCBIN", "/opt/g++"),)
    variables = told(plan(MISSING, host(toolkits=(TWELVE,), compilers=compilers, told=mine)).steps)
    assert "NVCC_CCBIN" not in variables


def test_wheels_are_laid_out_in_the_virtual_environment() -> None:
    found = plan(MISSING, host())
    install, lay_out, use = found.steps[-3:]
    assert install.argv[-1] == "cuda-toolkit[nvcc,cudart,cccl]==13.*"
    assert lay_out.argv[-2:] == ("/v/share/cuda-13", "nvidia/cu13")
    assert told((use,))["CUDA_HOME"] == "/v/share/cuda-13"
    assert told((use,))["LD_RUN_PATH"] == "/v/share/cuda-13/lib64"
    assert not any(step.privileged for step in (install, lay_out, use))


@pytest.mark.parametrize(
    ("cuda", "version"),
    [
        (Cuda(libraries=(with_torch("13.0"),)), "13.0.*"),
        (Cuda(libraries=(with_torch("13.0"),), wheels="13.0.2"), "13.0.2"),
        (Cuda(libraries=(GpuLibrary("jax", "0.8", "13"),)), "13.*"),
    ],
)
def test_wheels_are_those_that_torch_goes_with(cuda: Cuda, version: str) -> None:
    assert f"cccl]=={version}" in words(plan(MISSING, replace(host(), cuda=cuda)).steps)


def test_wheels_bring_the_part_that_a_source_includes() -> None:
    found = plan(Need("cuda-missing", "cublas_v2.h"), host())
    assert "cuda-toolkit[nvcc,cudart,cccl,cublas]==13.*" in words(found.steps)


def test_a_part_that_was_not_needed_before_is_added_to_the_wheels() -> None:
    machine = host(toolkits=(Toolkit("/v/share/cuda-13", "13.5", 16),), wheels="13.5.0")
    found = plan(Need("cuda-missing", "cublas_v2.h"), machine)
    assert "cuda-toolkit[nvcc,cudart,cccl,cublas]==13.5.0" in words(found.steps)
    assert "cuda-toolkit" not in words(plan(HEADER, machine).steps)


def test_for_cuda_12_nvidias_repository_comes_before_the_systems_package() -> None:
    """Wheels of CUDA 12 have no nvcc; and never is a driver among the packages."""
    found = plan(MISSING, host("debian:12", libraries=(with_torch("12.8"),)))
    said = words(found.steps)
    assert "cuda-toolkit[" not in said
    assert "debian12/x86_64/cuda-keyring_1.1-1_all.deb e7f219ea" in said
    assert "apt-get install -y --no-install-recommends cuda-toolkit-12" in said
    assert told(found.steps)["CUDA_HOME"] == "/usr/local/cuda-12.8"
    assert "driver" not in said


@pytest.mark.parametrize(
    ("system", "command"),
    [
        ("fedora:41", "dnf install -y cuda-toolkit-12"),
        ("rhel:9", "dnf install -y cuda-toolkit-12"),
        ("opensuse-leap:15.6", "zypper --non-interactive install cuda-toolkit-12"),
        ("ubuntu:24.04", "apt-get install -y --no-install-recommends cuda-toolkit-12"),
    ],
)
def test_nvidia_repositories_are_known_for_each_family(system: str, command: str) -> None:
    assert command in words(plan(MISSING, host(system, libraries=(with_torch("12.8"),))).steps)


def test_the_systems_package_serves_where_its_version_fits() -> None:
    found = plan(MISSING, host("debian:13", libraries=(with_torch("12.8"),)))
    packages = next(step for step in found.steps if step.kind == "packages")
    assert "nvidia-cuda-toolkit" in packages.packages
    assert told(found.steps)["CUDA_HOME"] == "/usr"
    (unmet,) = plan(MISSING, host("debian:13", libraries=(with_torch("11.8"),))).unmet
    assert "11" in unmet[1]
    assert "no wheel provides nvcc" in unmet[1]


@pytest.mark.parametrize("system", ["alpine:3.22", "macos:15"])
def test_unavailable_cuda_toolkit_is_reported(system: str) -> None:
    found = plan(MISSING, host(system))
    assert not found.steps
    assert found.unmet


def test_no_toolkit_helps_a_torch_without_cuda() -> None:
    machine = host(toolkits=(TWELVE,), libraries=(with_torch(""),))
    found = plan(MISSING, machine)
    assert not found.steps
    assert "CPU-only" in found.unmet[0][1]
    assert plan(HEADER, machine).steps  # what does not go through torch's own build tools


def test_the_toolkit_knows_the_gpus_here_unless_the_user_names_those_to_build_for() -> None:
    toolkits = (TWELVE, NEWER)
    blackwell = host(toolkits=toolkits, architectures=("12.0",), driver="575.51.03")
    assert told(plan(MISSING, blackwell).steps)["CUDA_HOME"] == NEWER.home
    named = (("TORCH_CUDA_ARCH_LIST", "9.0"),)
    other = replace(blackwell, cuda=replace(blackwell.cuda, told=named))
    assert told(plan(MISSING, other).steps)["CUDA_HOME"] == TWELVE.home
    pascal = host(toolkits=(THIRTEEN, TWELVE), architectures=("6.1",), driver="580.65.06")
    assert told(plan(MISSING, pascal).steps)["CUDA_HOME"] == TWELVE.home


def test_no_toolkit_helps_a_torch_whose_cuda_does_not_support_the_gpu() -> None:
    eleven = GpuLibrary("torch", "2.7.1+cu118", "11.8")
    machine = host(libraries=(eleven,), architectures=("12.0",), driver="570.86.10")
    found = plan(MISSING, machine)
    assert not found.steps
    assert "does not support GPUs of compute capability 12.0" in found.unmet[0][1]
    assert "torch==2.7.1+cu128" in found.unmet[0][1]


def test_a_gpu_that_nvcc_does_not_know_is_for_the_user_to_settle() -> None:
    found = plan(Need("cuda-mismatch", "compute_61"), host(toolkits=(THIRTEEN,)))
    assert "TORCH_CUDA_ARCH_LIST" in found.unmet[0][1]


# --- laying wheels out


def wheels(folder: Path, *, nvcc: bool = True) -> Path:
    """Make what the wheels put into site-packages, each file empty."""
    names = ["bin/ptxas", "include/cuda_runtime.h", "nvvm/bin/cicc", "lib/libcudart.so.13"]
    for name in (*names, *(["bin/nvcc"] if nvcc else [])):
        path = folder / "nvidia" / "cu13" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder


def lay_out(site_packages: Path, home: Path) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, str(LAY_OUT), str(home), "nvidia/cu13"]
    environ = {**os.environ, "PYTHONPATH": str(site_packages)}
    return subprocess.run(argv, env=environ, capture_output=True, text=True)


@on_posix
def test_cuda_home_layout_is_what_builds_expect(tmp_path: Path) -> None:
    home = tmp_path / "v" / "share" / "cuda-13"
    for _ in range(2):
        assert lay_out(wheels(tmp_path / "site"), home).returncode == 0
    for name in ("bin/nvcc", "include/cuda_runtime.h", "nvvm/bin/cicc", "lib64/libcudart.so.13"):
        assert (home / name).is_file(), name
    assert (home / "lib64" / "libcudart.so").resolve().name == "libcudart.so.13"
    assert (home / "lib" / "libcudart.so").is_file()
    assert [one.name for one in home.parent.iterdir()] == ["cuda-13"]


@on_posix
def test_cuda_home_layout_keeps_other_files(tmp_path: Path) -> None:
    home = tmp_path / "cuda-13"
    home.mkdir()
    (home / "mine").touch()
    done = lay_out(wheels(tmp_path / "site"), home)
    assert done.returncode == 1
    assert "was not created by buildfix" in done.stderr
    assert [one.name for one in home.iterdir()] == ["mine"]


@on_posix
def test_wheels_without_nvcc_make_no_toolkit(tmp_path: Path) -> None:
    """As nvidia-cuda-nvcc-cu12 12.9.86 has it: ptxas and no nvcc."""
    done = lay_out(wheels(tmp_path / "site", nvcc=False), tmp_path / "home")
    assert done.returncode == 1
    assert "no nvcc" in done.stderr
    assert not (tmp_path / "home").exists()


# --- what is amiss, told apart


@pytest.mark.parametrize(
    ("cuda", "said"),
    [
        (Cuda(driver="580.95.05"), "A GPU driver (580.95.05) is installed but no toolkit"),
        (
            Cuda(driver="580.95.05", toolkits=(NEWER,), libraries=(with_torch(""),)),
            "torch 2.9.0 is a build without CUDA (CPU-only)",
        ),
        (
            Cuda(toolkits=(NEWER,), libraries=(with_torch("12.8"),)),
            "finds no GPU, because no NVIDIA driver is installed",
        ),
        (
            Cuda(driver="535.104.05", toolkits=(THIRTEEN,), libraries=(with_torch("13.0"),)),
            "CUDA 13 needs driver 580 or later, but 535.104.05 is installed",
        ),
        (
            Cuda(driver="580.95.05", toolkits=(THIRTEEN,), libraries=(with_torch("12.8"),)),
            "no toolkit of that major version is installed (found 13.0)",
        ),
        (
            Cuda(driver="550.54.15", toolkits=(THIRTEEN, NEWER), libraries=(with_torch("12.8"),)),
            "The toolkit 13.0 in",
        ),
        (
            Cuda(
                driver="580.95.05",
                architectures=("12.0",),
                toolkits=(NEWER,),
                libraries=(with_torch("12.4"),),
            ),
            "torch 2.9.0 has no kernels for GPUs of compute capability 12.0 (only <=9.0,>=5.0); "
            "the builds cu128 and cu130 have them.",
        ),
    ],
)
def test_each_cuda_mismatch_has_its_own_message(cuda: Cuda, said: str) -> None:
    sentences = list(amiss(cuda, RECIPE))
    assert len(sentences) == 1
    assert said in sentences[0]


@pytest.mark.parametrize(
    "cuda",
    [
        Cuda(),
        Cuda(libraries=(with_torch(""),)),
        Cuda(driver="580.95.05", toolkits=(NEWER,), libraries=(with_torch("12.8"),)),
    ],
)
def test_matching_cuda_setup_has_no_findings(cuda: Cuda) -> None:
    assert list(amiss(cuda, RECIPE)) == []


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("AssertionError: Torch not compiled with CUDA enabled", "cuda-missing: torch with CUDA"),
        ("RuntimeError: Found no NVIDIA driver on your system.", "cuda-missing: NVIDIA driver"),
        ("RuntimeError: No CUDA GPUs are available", "cuda-missing: GPU"),
    ],
)
def test_cuda_failures_are_diagnosed_apart_and_install_nothing(line: str, cause: str) -> None:
    diagnosis = diagnose(["Building wheel for x", line, "error: subprocess-exited"], SHIPPED)
    assert str(diagnosis.cause) == cause
    found = draft_plan(
        [Need(diagnosis.causes[0].kind, diagnosis.causes[0].subject)],
        host(toolkits=(TWELVE,)),
        SHIPPED,
        diagnosis.causes,
    )
    assert [step.kind for step in found.steps] == ["manual"]


# --- the recipe


def test_newest_gcc_of_an_nvcc_is_read_from_the_table() -> None:
    newest = {one: RECIPE.newest_gcc(one) for one in ("9.0", "11.8", "12.6", "12.9", "13.5")}
    assert newest == {"9.0": None, "11.8": 11, "12.6": 13, "12.9": 14, "13.5": 16}


def test_a_repository_whose_key_has_no_checksum_is_refused() -> None:
    table = {"manager": "apt", "url": "https://x/{name}", "names": {"debian:13": "debian13"}}
    whole = {**WHOLE, "repository": [{**table, "home": "/usr/local/cuda-{major}"}]}
    with pytest.raises(RecipeError, match="64 hexadecimal digits for debian13"):
        structure(whole, CudaRecipe, "cuda.toml")


@pytest.mark.parametrize(
    ("library", "told"),
    [
        ({}, "needs either `file`, `version` and `cuda`, or `distribution`"),
        ({"file": "x.py", "version": "(?P<version>.)"}, "needs either `file`"),
        ({"distribution": "x_cu(?P<major>.)"}, "has no group `cuda`"),
    ],
)
def test_cuda_of_a_library_is_read_from_a_file_or_its_wheels(
    library: dict[str, str], told: str
) -> None:
    whole = {**WHOLE, "library": [{"name": "x", **library}]}
    with pytest.raises(RecipeError, match=told):
        structure(whole, CudaRecipe, "cuda.toml")
