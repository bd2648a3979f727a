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
    newest = recipe.newest_cuda(cuda.driver)
    of_libraries = {_major(one.cuda) for one in cuda.libraries}  # they have their own sentence
    for toolkit in cuda.toolkits:
        major = _major(toolkit.version)
        if newest and major not in of_libraries and _older(_major(newest), major):
            yield (
                f"The toolkit {toolkit.version} in {toolkit.home} is newer than the driver "
                f"{cuda.driver} supports (CUDA ≤ {newest}): what it builds does not run here."
            )
    for library in cuda.libraries:
        yield from _amiss_with(library, cuda, recipe)
        yield from _without_kernels(library, cuda, recipe)


def _amiss_with(library: GpuLibrary, cuda: Cuda, recipe: CudaRecipe) -> Iterator[str]:
    name, major = library.name, _major(library.cuda)
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
    if others and all(_major(one) != major for one in others):
        yield (
            f"{name} is built with CUDA {library.cuda}, but no toolkit of that major version is "
            f"installed (found {', '.join(others)}); its extensions need one."
        )


def _without_kernels(library: GpuLibrary, cuda: Cuda, recipe: CudaRecipe) -> Iterator[str]:
    """Yield that the build of a library that is installed has no kernels for the GPUs here."""
    builds = {build.cuda: build for one in recipe.libraries for build in one.builds if build.cuda}
    build = builds.get(library.cuda) if library.name == "torch" else None
    if build is None or build.runs_on(cuda.architectures):
        return
    others = [one.name for one in builds.values() if one.runs_on(cuda.architectures)]
    better = f"; the builds {' and '.join(others)} have them" if others else ""
    yield (
        f"{library.name} {library.version} has no kernels for GPUs of compute capability "
        f"{', '.join(cuda.architectures)} (only {build.gpus}){better}."
    )


def _major(version: str) -> str:
    return version.partition(".")[0]


def _older(version: str, than: str | None) -> bool:
    try:
        return than is not None and Version(version) < Version(than)
    except InvalidVersion:
        return False
