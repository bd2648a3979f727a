"""What stands in the way of building for GPUs here and of using them, told apart."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import InvalidVersion, Version

from buildfix.catalog.cuda import CudaRecipe
from buildfix.core import Cuda, GpuLibrary


def gpu_rows(cuda: Cuda, recipe: CudaRecipe) -> Iterator[tuple[str, str]]:
    """Yield rows for people: each toolkit, the driver, torch and its like, then what is amiss."""
    for toolkit in cuda.toolkits:
        yield "CUDA toolkit", f"{toolkit.version} ({toolkit.home})"
    if not cuda.toolkits:
        yield "CUDA toolkit", "missing"
    capabilities = f", GPUs of {', '.join(cuda.architectures)}" if cuda.architectures else ""
    yield "NVIDIA driver", f"{cuda.driver}{capabilities}" if cuda.driver else "missing"
    for library in cuda.libraries:
        built = f"built with CUDA {library.cuda}" if library.cuda else "built without CUDA"
        yield library.name, f"{library.version} ({built})"
    for sentence in amiss(cuda, recipe):
        yield "GPU", sentence


def amiss(cuda: Cuda, recipe: CudaRecipe) -> Iterator[str]:
    """Yield what is amiss, a sentence each; nothing where the machine has nothing of GPUs."""
    if cuda.driver and not cuda.toolkits:
        yield (
            f"There is a driver ({cuda.driver}) and no toolkit: what is built for GPUs already "
            "runs, and nothing can be built for them until a toolkit is there."
        )
    for library in cuda.libraries:
        yield from _amiss_with(library, cuda, recipe)


def _amiss_with(library: GpuLibrary, cuda: Cuda, recipe: CudaRecipe) -> Iterator[str]:
    name, major = library.name, library.cuda.partition(".")[0]
    if not library.cuda:
        if cuda.driver:
            yield (
                f"{name} {library.version} is a build without CUDA (CPU-only), though there is a "
                "GPU driver: it will never see the GPU; install a build with CUDA over it."
            )
        return
    if not cuda.driver:
        yield (
            f"{name} is built with CUDA {library.cuda} and sees no GPU, for there is no NVIDIA "
            "driver here: extensions can be built for it all the same, and run elsewhere."
        )
    elif _older(cuda.driver, recipe.drivers.get(major)):
        yield (
            f"{name} sees no GPU: CUDA {major} needs a driver of {recipe.drivers[major]} or newer, "
            f"and here is {cuda.driver}."
        )
    others = [one.version for one in cuda.toolkits]
    if others and all(one.partition(".")[0] != major for one in others):
        yield (
            f"{name} is built with CUDA {library.cuda}, and of that major version there is no "
            f"toolkit (there is {', '.join(others)}): extensions of it need one."
        )


def _older(version: str, than: str | None) -> bool:
    try:
        return than is not None and Version(version) < Version(than)
    except InvalidVersion:
        return False
