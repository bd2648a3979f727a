"""What a plan says of projects and the GPU, before anything is installed."""

from __future__ import annotations

import pytest

from buildfix.catalog import Knowledge
from buildfix.catalog.cuda import CudaRecipe
from buildfix.catalog.projects import ProjectRecipe
from buildfix.core import Need
from buildfix.engine.gpu_notes import gpu_notes
from tests.golden.ml_machines import MACHINES

SHIPPED = Knowledge()
assert SHIPPED.cuda
CUDA: CudaRecipe = SHIPPED.cuda


def said(project: str, machine: str, *, built: bool = False, cmake: str = "") -> str:
    recipe = SHIPPED.project(project)
    assert recipe
    environ = {"CMAKE_ARGS": cmake}
    return "\n".join(gpu_notes(recipe, MACHINES[machine], CUDA, built=built, environ=environ))


@pytest.mark.parametrize(
    ("project", "machine", "name"),
    [
        ("jax", "torch124", "'jax[cuda12]'"),
        ("jax", "toolkit13", "'jax[cuda13]'"),
        ("tensorflow", "driver-only", "'tensorflow[and-cuda]'"),
        ("spconv", "torch124", "'spconv-cu124'"),
        ("spconv", "blackwell", "'spconv-cu126'"),
        ("onnxruntime-gpu", "torch124", "'onnxruntime-gpu<1.27'"),
        ("tensorrt", "blackwell", "'tensorrt-cu12'"),
    ],
)
def test_wheels_that_do_not_use_this_gpu_are_said_to_have_another_name(
    project: str, machine: str, name: str
) -> None:
    assert f"request {name}" in said(project, machine)


@pytest.mark.parametrize(
    ("project", "machine"),
    [("jax", "bare"), ("jax", "mac"), ("onnxruntime-gpu", "toolkit13"), ("tensorrt", "toolkit13")],
)
def test_nothing_is_said_of_wheels_that_fit(project: str, machine: str) -> None:
    assert "request" not in said(project, machine).partition(": request onnxruntime ")[0]


def test_a_project_for_gpus_is_said_to_be_of_no_use_without_one() -> None:
    assert "no NVIDIA GPU here, and faiss-gpu only runs with CUDA: request faiss-cpu" in said(
        "faiss-gpu", "bare"
    )
    assert "gsplat only runs with CUDA." in said("gsplat", "mac")
    assert said("faiss-gpu", "torch124") == ""


@pytest.mark.parametrize(
    ("machine", "words"),
    [
        ("torch124", "set CUDA_HOME=/usr/local/cuda-12.4 then"),
        ("blackwell", "set CUDA_HOME=/usr/local/cuda-12.8 then"),
        ("no-toolkit", "it needs the CUDA toolkit 12.4, which is not installed"),
        ("toolkit13", "it needs the CUDA toolkit 12.4, which is not installed"),
        ("driver-only", "it needs the CUDA toolkit, which is not installed"),
        ("torch-cpu", "which torch 2.5.1+cpu cannot do"),
    ],
)
def test_kernels_compiled_later_need_the_toolkit_of_torch_then(machine: str, words: str) -> None:
    assert words in said("gsplat", machine)


def test_a_build_for_the_cpu_is_said_to_have_a_switch_for_the_gpu() -> None:
    assert "-DGGML_CUDA=on" in said("llama-cpp-python", "torch124")
    assert said("llama-cpp-python", "bare") == ""
    assert said("llama-cpp-python", "torch124", cmake="-DGGML_CUDA=on") == ""


@pytest.mark.parametrize(
    ("project", "value", "needed"),
    [
        ("llama-cpp-python", "-DGGML_CUDA=on", ("dep:virtual/compiler/cuda",)),
        ("llama-cpp-python", "-D GGML_CUDA:BOOL=TRUE", ("dep:virtual/compiler/cuda",)),
        ("llama-cpp-python", "-DGGML_CUDA=off", ()),
        (
            "llama-cpp-python",
            "-DLLAMA_CURL=OFF -DGGML_VULKAN:BOOL=1",
            ("dep:generic/vulkan", "dep:generic/shaderc"),
        ),
        ("llama-cpp-python", "-DGGML_HIP=ON -DAMDGPU_TARGETS=gfx1100", ("dep:generic/hip",)),
        (
            "llama-cpp-python",
            "-DGGML_BLAS=ON -DGGML_BLAS_VENDOR=OpenBLAS",
            ("dep:virtual/interface/blas", "dep:generic/pkg-config"),
        ),
        ("stable-diffusion-cpp-python", "-DSD_CUDA=ON", ("dep:virtual/compiler/cuda",)),
    ],
)
def test_settings_of_the_user_bring_what_they_switch_on(
    project: str, value: str, needed: tuple[str, ...]
) -> None:
    recipe = SHIPPED.project(project)
    assert recipe
    assert recipe.chosen_in({"CMAKE_ARGS": value}) == tuple(Need("build", one) for one in needed)
    assert recipe.chosen_in({}) == ()


def test_the_last_release_for_the_torch_in_the_target_is_named() -> None:
    told = said("vllm", "torch124")
    assert told.startswith("The last known vllm for torch 2.5 is 0.7.3: ")
    assert "for torch 2.5" not in said("vllm", "no-torch")


def test_a_torch_that_no_known_release_is_for_is_named() -> None:
    recipe = ProjectRecipe("frobnicate", source="a test", torch={"2.0": "2.9.0"})
    notes = gpu_notes(recipe, MACHINES["torch124"], CUDA, built=False, environ={})
    assert list(notes) == ["No known frobnicate is for torch 2.5: 2.0 is for torch 2.9.0."]
