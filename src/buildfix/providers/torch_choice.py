"""Which torch a host takes: driver, newest CUDA, torch and its index, toolkit, in one chain."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from packaging.version import Version

from buildfix.catalog.cuda import CudaRecipe, Library, LibraryBuild
from buildfix.core import GpuLibrary, Host


@dataclass(frozen=True)
class Torch:
    """A build of torch, and the index that has it."""

    library: GpuLibrary
    index: str

    @property
    def requirement(self) -> str:
        """Its exact requirement."""
        return f"{self.library.name}=={self.library.version}"


def library_of(cuda: CudaRecipe) -> Library | None:
    """Return what is known about torch."""
    return next((one for one in cuda.libraries if one.builds), None)


def too_new(version: str, host: Host, cuda: CudaRecipe) -> bool:
    """Return whether the host's driver does not support a version of CUDA."""
    newest = cuda.newest_cuda(host.cuda.driver)
    return bool(version and newest) and Version(version) > Version(newest)


def choices(host: Host, cuda: CudaRecipe, release: str) -> Iterator[Torch]:
    """Yield the builds of torch that this host can run, the newest first; none above `release`.

    Without a driver that is the build for the CPU. If no `release` is known, each build's last one.
    """
    library, newest = library_of(cuda), cuda.newest_cuda(host.cuda.driver)
    if library is None:
        return
    fitting = [one for one in library.builds if _runs_here(one, host, newest)]
    for one in sorted(fitting, key=lambda one: Version(one.cuda or "0"), reverse=True):
        version = min(filter(None, (one.last, release)), key=Version, default="")
        if not version:
            continue
        there = GpuLibrary(library.name, f"{version}+{one.name}", one.cuda)
        yield Torch(there, library.index.format(build=one.name))


def _runs_here(build: LibraryBuild, host: Host, newest: str) -> bool:
    """Return whether the host's GPU and driver, which supports the `newest` CUDA, run a build."""
    if bool(build.cuda) != bool(host.cuda.driver):
        return False
    too_new = newest and build.cuda and Version(build.cuda) > Version(newest)
    return not too_new and build.runs_on(host.cuda.architectures)


def chosen(
    host: Host, cuda: CudaRecipe, release: str, has_wheel: Callable[[str], bool]
) -> Torch | None:
    """Return the newest torch that this host can run and its Python has a wheel of."""
    found = choices(host, cuda, release)
    return next((one for one in found if has_wheel(_release_of(one))), None)


def chain(host: Host, cuda: CudaRecipe, toolkit: str = "") -> str:
    """Return how driver, CUDA, torch and toolkit follow from each other, as one line."""
    driver, torch = host.cuda.driver, host.cuda.torch
    newest = cuda.newest_cuda(driver)
    links = [f"driver {driver}" if driver else "no NVIDIA GPU"]
    links += [f"CUDA ≤ {newest}"] if newest else []
    links += [f"torch {torch.version}"] if torch else []
    links += [f"toolkit {toolkit}"] if toolkit else []
    return " → ".join(links)


def _release_of(one: Torch) -> str:
    return Version(one.library.version).public
