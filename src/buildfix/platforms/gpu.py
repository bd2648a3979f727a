"""What prevents building for GPUs or using them on this machine."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import InvalidVersion, Version

from buildfix.catalog.cuda import CudaRecipe
from buildfix.core import Cuda, GpuLibrary


def amiss(cuda: Cuda, recipe: CudaRecipe) -> Iterator[str]:
    """Yield the problems, one sentence each; nothing if the machine has no GPU software."""
    if cuda.driver and not cuda.toolkits:
        yield (
            f"A GPU driver ({cuda.driver}) is installed but no toolkit: existing GPU programs "
            "run, but nothing can be built for the GPU until a toolkit is installed."
        )
    for library in cuda.libraries:
        yield from _amiss_with(library, cuda, recipe)


def _amiss_with(library: GpuLibrary, cuda: Cuda, recipe: CudaRecipe) -> Iterator[str]:
    name, major = library.name, library.cuda.partition(".")[0]
    if not library.cuda:
        if cuda.driver:
            yield (
                f"{name} {library.version} is a build without CUDA (CPU-only) although a GPU "
                "driver is installed: it will never use the GPU; install a build with CUDA "
                "instead."
            )
        return
    if not cuda.driver:
        yield (
            f"{name} is built with CUDA {library.cuda} but finds no GPU, because no NVIDIA driver "
            "is installed: extensions can still be built here and run on another machine."
        )
    elif _older(cuda.driver, recipe.drivers.get(major)):
        yield (
            f"{name} finds no GPU: CUDA {major} needs driver {recipe.drivers[major]} or later, "
            f"but {cuda.driver} is installed."
        )
    others = [one.version for one in cuda.toolkits]
    if others and all(one.partition(".")[0] != major for one in others):
        yield (
            f"{name} is built with CUDA {library.cuda}, but no toolkit of that major version is "
            f"installed (found {', '.join(others)}); its extensions need one."
        )


def _older(version: str, than: str | None) -> bool:
    try:
        return than is not None and Version(version) < Version(than)
    except InvalidVersion:
        return False
