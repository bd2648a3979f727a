"""Which torch a host gets: the driver decides, an installed one stays, wheels are named for it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from packaging.version import Version

from buildfix.catalog import Knowledge
from buildfix.catalog.cuda import CudaRecipe
from buildfix.core import Cuda, GpuLibrary, Host, Need, Pin, Toolkit
from buildfix.engine.outcome import ChooseTorch
from buildfix.engine.strategies.choose_torch import handle
from buildfix.engine.strategies.preflight import PreflightContext, refusal
from buildfix.engine.strategies.unresolvable import unresolvable
from buildfix.forecast.resolution import ResolvedDistribution
from buildfix.index.wanted import Refused
from buildfix.platforms.stock_host import stock_host
from buildfix.providers import draft_plan
from buildfix.providers.torch_choice import chain, choices, chosen
from buildfix.wheels.recipe_index import Place, place_in, whereabouts
from tests.golden.ml_machines import MACHINES

SHIPPED = Knowledge()
assert SHIPPED.cuda
CUDA: CudaRecipe = SHIPPED.cuda
TORCH = Need("python-module-missing", "torch")
NVCC = Need("compiler-missing", "cuda")
NEWEST = {"torch": "2.15.0", "cuda-toolkit": "13.2.2"}


def coming(versions: dict[str, str], why: str = "asked") -> list[ResolvedDistribution]:
    return [
        ResolvedDistribution(name, name, why, version, wheel=True)  # type: ignore[arg-type]
        for name, version in versions.items()
    ]


def choose(
    machine: str,
    versions: dict[str, str] = NEWEST,
    *needs: Need,
    unattended: bool = False,
    without: str = "",
) -> ChooseTorch | None:
    return handle(
        coming(versions),
        needs,
        MACHINES[machine],
        CUDA,
        lambda release: release != without,
        unattended=unattended,
    )


def on_gpu(driver: str, *capabilities: str) -> Host:
    return replace(MACHINES["bare"], cuda=Cuda(driver=driver, architectures=capabilities))


@pytest.mark.parametrize(
    ("driver", "newest"),
    [
        ("550.54.15", "12.4"),
        ("550.40", "12.3"),
        ("570.86.10", "12.8"),
        ("580.65.06", "13.0"),
        ("600.1", ""),
        ("400.1", ""),
        ("", ""),
    ],
)
def test_a_driver_supports_cuda_up_to_a_version(driver: str, newest: str) -> None:
    assert CUDA.newest_cuda(driver) == newest


@pytest.mark.parametrize(
    ("driver", "capability", "version"),
    [
        ("550.54.15", "8.9", "2.6.0+cu124"),
        ("535.54.03", "8.0", "2.5.1+cu121"),
        ("560.28.03", "9.0", "2.13.0+cu126"),
        ("570.86.10", "12.0", "2.11.0+cu128"),
        ("580.65.06", "7.0", "2.13.0+cu126"),
    ],
)
def test_the_driver_and_the_gpu_decide_which_torch_comes(
    driver: str, capability: str, version: str
) -> None:
    first = next(choices(on_gpu(driver, capability), CUDA, "2.15.0"))
    assert first.library.version == version
    assert first.index.endswith(version.partition("+")[2])


def test_a_gpu_that_no_build_for_the_driver_knows_gets_none() -> None:
    assert list(choices(on_gpu("550.54.15", "12.0"), CUDA, "2.15.0")) == []


def test_a_build_without_a_wheel_for_the_python_is_passed_over() -> None:
    found = chosen(on_gpu("550.54.15", "8.9"), CUDA, "2.15.0", lambda one: one != "2.6.0+cu124")
    assert found
    assert found.library.version == "2.6.0+cu124"  # the index is asked for the public version
    found = chosen(on_gpu("550.54.15", "8.9"), CUDA, "2.15.0", lambda one: one != "2.6.0")
    assert found
    assert found.library.version == "2.5.1+cu121"


def test_torch_for_the_driver_is_installed_first_from_its_own_index() -> None:
    found = choose("no-torch")
    assert found
    install, keep = found.steps
    assert install.argv[-3:] == (
        "--index-url",
        "https://download.pytorch.org/whl/cu124",
        "torch==2.6.0+cu124",
    )
    assert "driver 550.54.15 → CUDA ≤ 12.4 → torch 2.6.0+cu124" in install.summary
    assert isinstance(keep, Pin)
    assert keep.names == ("torch==2.6.0+cu124",)


def test_torch_that_the_driver_supports_is_left_to_pip() -> None:
    assert choose("no-torch", {"torch": "2.6.0", "nvidia-cuda-runtime-cu12": "12.4.127"}) is None
    assert choose("no-torch", {"numpy": "2.4.0"}) is None


def test_a_torch_whose_cuda_is_unknown_is_not_left_to_pip_on_a_host_with_a_driver() -> None:
    found = choose("no-torch", {"sglang": "0.5.23", "torch": "2.14.1"})
    assert found
    assert found.library.version == "2.6.0+cu124"
    assert choose("mac", {"torch": "2.14.1"}) is None


def test_installed_torch_is_kept_instead_of_being_replaced() -> None:
    found = choose("torch124", {"vllm": "0.33.0", "torch": "2.14.0"})
    assert found
    (keep,) = found.steps
    assert isinstance(keep, Pin)
    assert keep.names == ("torch==2.5.1+cu124",)
    assert "replacing it with 2.14.0" in keep.summary
    assert choose("torch124", {"torch": "2.5.1"}) is None
    assert choose("torch124", {"numpy": "2.4.0"}) is None


def test_without_a_gpu_a_person_is_offered_the_build_for_the_cpu() -> None:
    found = choose("bare")
    assert found
    assert found.library == GpuLibrary("torch", "2.15.0+cpu", "")
    assert choose("bare", unattended=True) is None
    assert choose("bare", NEWEST, NVCC) is None  # what is built with CUDA needs a torch with it
    assert choose("mac", {"torch": "2.15.0"}) is None


def test_a_build_that_imports_torch_gets_the_one_for_the_driver() -> None:
    found = handle(
        coming(NEWEST, "build"), (TORCH,), MACHINES["no-torch"], CUDA, bool, unattended=True
    )
    assert found
    assert found.library.version == "2.6.0+cu124"


def test_the_chain_is_one_line() -> None:
    host = MACHINES["torch124"]
    assert chain(host, CUDA, "12.4") == (
        "driver 550.54.15 → CUDA ≤ 12.4 → torch 2.5.1+cu124 → toolkit 12.4"
    )
    assert chain(MACHINES["bare"], CUDA) == "no NVIDIA GPU"


def plan(machine: str, *needs: Need) -> str:
    found = draft_plan(needs, MACHINES[machine], SHIPPED)
    steps = (" ".join((step.summary, *step.argv)) for step in found.steps)
    return "\n".join((*steps, *(why for _, why in found.unmet)))


@pytest.mark.parametrize(
    ("machine", "said"),
    [
        ("torch124", "the CUDA toolkit 12.4 in /usr/local/cuda-12.4"),
        ("no-torch", "the CUDA toolkit 12.4 in /usr/local/cuda-12.4"),
        ("blackwell", "the CUDA toolkit 12.8 in /usr/local/cuda-12.8"),
        ("no-toolkit", "cuda-toolkit-12-4"),
        ("driver-only", "cuda-toolkit-12-4"),
        ("toolkit13", "cuda-toolkit-12-4"),
        ("torch-cpu", "--index-url https://download.pytorch.org/whl/cu124 torch==2.5.1+cu124"),
    ],
)
def test_the_toolkit_goes_with_torch_or_else_with_the_driver(machine: str, said: str) -> None:
    assert said in plan(machine, NVCC, TORCH)


def test_a_toolkit_for_what_is_not_built_against_torch_ignores_a_torch_for_the_cpu() -> None:
    assert "/usr/local/cuda-12.4" in plan("torch-cpu", NVCC)


def test_an_extension_of_cuda_is_refused_before_it_is_built_against_a_torch_without() -> None:
    host = MACHINES["torch-cpu"]
    found = draft_plan((NVCC, TORCH), host, SHIPPED)
    here = PreflightContext(host, None, SHIPPED, lambda _: None)
    refused = refusal({NVCC: "flash-attn"}, found, here)
    assert refused
    assert "flash-attn cannot be built here" in refused.says
    assert refused.cause
    assert (refused.cause.kind, refused.cause.subject) == ("compiler-missing", "cuda")


def place(project: str, machine: str, version: str = "2.8.3") -> Place | None:
    recipe = SHIPPED.project(project)
    assert recipe
    host = MACHINES[machine]
    found = (place_in(one, Version(version), host, CUDA) for one in recipe.indexes)
    return next(filter(None, found), None)


@pytest.mark.parametrize(
    ("project", "machine", "url", "version"),
    [
        ("flash-attn", "torch124", "/v2.8.3", "2.8.3+cu12torch2.5cxx11abiFALSE"),
        ("flash-attn", "blackwell", "/v2.8.3", "2.8.3+cu12torch2.7cxx11abiTRUE"),
        ("torch-scatter", "torch124", "/torch-2.5.1+cu124.html", "2.8.3"),
        ("torch-scatter", "torch-cpu", "/torch-2.5.1+cpu.html", "2.8.3"),
        ("natten", "torch124", "natten.org", "2.8.3+torch251cu124"),
        ("llama-cpp-python", "torch124", "/whl/cu124", "2.8.3"),
        ("llama-cpp-python", "blackwell", "/whl/cu125", "2.8.3"),
        ("llama-cpp-python", "bare", "/whl/cpu", "2.8.3"),
        ("llama-cpp-python", "mac", "/whl/metal", "2.8.3"),
    ],
)
def test_wheels_are_looked_for_that_fit_torch_cuda_and_abi(
    project: str, machine: str, url: str, version: str
) -> None:
    found = place(project, machine)
    assert found
    assert found.url.endswith(url)
    assert found.version == version


def test_without_torch_no_wheel_for_a_torch_is_looked_for() -> None:
    assert place("flash-attn", "no-torch") is None


def test_what_is_not_built_against_torch_takes_the_toolkit_of_the_driver() -> None:
    assert "/usr/local/cuda-13.0" in plan("toolkit13", Need("build", "dep:virtual/compiler/cuda"))


def test_a_page_of_wheels_is_not_named_for_a_torch_that_it_has_none_for() -> None:
    assert place("mmcv", "torch124") is None
    host = MACHINES["torch124"]
    older = replace(host.cuda, libraries=(GpuLibrary("torch", "2.4.1+cu121", "12.1"),))
    recipe = SHIPPED.project("mmcv")
    assert recipe
    found = place_in(recipe.indexes[0], Version("2.2.0"), replace(host, cuda=older), CUDA)
    assert found
    assert found.url.endswith("/mmcv/dist/cu121/torch2.4/index.html")


def test_a_toolkit_newer_than_the_driver_is_not_used() -> None:
    host = MACHINES["driver-only"]
    both = (
        Toolkit("/usr/local/cuda-13.0", "13.0", 15),
        Toolkit("/usr/local/cuda-12.4", "12.4", 13),
    )
    found = draft_plan((NVCC,), replace(host, cuda=replace(host.cuda, toolkits=both)), SHIPPED)
    assert any(("CUDA_HOME", "/usr/local/cuda-12.4") in step.variables for step in found.steps)


def test_a_build_that_imports_an_undeclared_torch_gets_one_for_the_driver() -> None:
    found = handle((), (TORCH,), MACHINES["no-torch"], CUDA, bool, unattended=True)
    assert found
    assert found.library.version == "2.6.0+cu124"
    assert handle((), (TORCH,), MACHINES["bare"], CUDA, bool, unattended=False) is None


def test_a_project_without_a_source_is_said_to_be_published_as_wheels_only() -> None:
    refused = Refused("missing", (("triton", ""),), certain=True)
    found = unresolvable(refused, (), SHIPPED, "3.12", ("triton",))
    assert found
    assert "source distribution" in found.says
    assert "wheels only: drop --from-source" in found.advice


def test_a_project_with_wheels_for_other_systems_only_is_said_to_be_one() -> None:
    refused = Refused("missing", (("cupy-cuda12x", ""),), certain=True)
    found = unresolvable(refused, (), SHIPPED, "3.12", (), lambda _: True)
    assert found
    assert found.says == (
        "No index has a distribution that matches cupy-cuda12x: its wheels are for other systems "
        "or Pythons, and it has no source."
    )
    assert "`buildfix wheels cupy-cuda12x`" in found.advice


def test_a_wheel_that_cannot_be_asked_for_is_named_with_its_address() -> None:
    recipe = SHIPPED.project("flash-attn")
    assert recipe
    assert whereabouts(recipe, "2.8.3", MACHINES["torch124"], CUDA) == (
        "https://github.com/Dao-AILab/flash-attention/releases/download/v2.8.3/"
        "flash_attn-2.8.3+cu12torch2.5cxx11abiFALSE-cp312-cp312-linux_x86_64.whl"
    )


def test_release_wheels_are_known_to_be_for_other_torches_or_pythons() -> None:
    """As mamba-ssm 2.3.2 has none for torch 2.5, and flash-attn 2.8.3 none for Python 3.14."""
    here = MACHINES["torch124"]
    recipe = SHIPPED.project("mamba-ssm")
    assert recipe
    assert whereabouts(recipe, "2.3.2.post1", here, CUDA) == (
        "https://github.com/state-spaces/mamba/releases has none of 2.3.2.post1 for torch 2.5; "
        "2.2.6.post3 has"
    )
    flash = SHIPPED.project("flash-attn")
    assert flash
    assert here.interpreter
    newest = here.with_interpreter(replace(here.interpreter, version="3.14.0"))
    (last,) = flash.released[-1:]
    assert (last.lacking(here), last.lacking(newest)) == ("", "Python 3.14")
    assert last.lacking(MACHINES["bare"]) == ""


@pytest.mark.parametrize("system", ["windows:11", "macos:15"])
def test_release_wheels_are_not_for_systems_that_their_projects_do_not_build_on(
    system: str,
) -> None:
    host = stock_host(system, SHIPPED)
    flash = SHIPPED.project("flash-attn")
    assert flash
    assert {one.lacking(host) for one in flash.released} == {host.title}
    assert whereabouts(flash, "2.8.3", host, CUDA) == (
        f"{flash.wheels} has none of 2.8.3 for {host.title}"
    )
