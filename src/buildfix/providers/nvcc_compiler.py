"""The host compiler of nvcc: one that it takes, found or installed, and how it is told of it."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import Version

from buildfix.catalog.cuda import CudaRecipe, names_of
from buildfix.core import Host, Need, SetVariables
from buildfix.core.light_dataclass import dataclass
from buildfix.providers.provisioning_options import ProvisioningOption
from buildfix.providers.versions import meets


@dataclass(frozen=True)
class HostCompiler:
    """A host compiler that nvcc has to be told of, and the package that brings it."""

    program: str
    packages: tuple[str, ...] = ()


def compiler_for(required: str, host: Host, cuda: CudaRecipe) -> HostCompiler | None:
    """Return the compiler that nvcc has to be told of; None where the usual one serves.

    The newest of those installed that it takes, else of those that the system packages. None too
    where there is none: nvcc itself says so then.
    """
    told, there = dict(host.cuda.told), host.cuda.compilers
    if not there or "NVCC_CCBIN" in told or meets(str(there[0][0]), required):
        return None
    return _installed(required, host) or _packaged(required, host, cuda)


def told_of(
    compiler: HostCompiler, version: str, host: Host, cuda: CudaRecipe
) -> Iterator[tuple[str, str]]:
    """Yield what tells an nvcc of a compiler, and torch's build tools where torch is there."""
    yield from _to_nvcc(compiler, version, cuda)
    if host.cuda.torch:
        yield from _to_all(compiler, host)


def another_compiler(need: Need, host: Host, cuda: CudaRecipe) -> ProvisioningOption:
    """Return the option for a host compiler that nvcc accepts."""
    required = need.required or ""
    compiler = _installed(required, host) or _packaged(required, host, cuda)
    if compiler is None:
        return ProvisioningOption(
            why_not=f"the installed nvcc requires g++ {required}; none is installed, and buildfix "
            f"does not know a package that provides one on {host.title}"
        )
    version = host.cuda.toolkits[0].version if host.cuda.toolkits else ""
    summary = f"Compile with {compiler.program}: nvcc supports g++ {required}"
    variables = (*_to_nvcc(compiler, version, cuda), *_to_all(compiler, host))
    step = SetVariables(summary, (need,), variables=variables)
    return ProvisioningOption(packages=compiler.packages, steps=(step,))


def _to_nvcc(compiler: HostCompiler, version: str, cuda: CudaRecipe) -> Iterator[tuple[str, str]]:
    """Yield what tells nvcc, and CMake, which host compiler to use."""
    if version and Version(version) < Version(cuda.host_compiler_since):
        yield "NVCC_PREPEND_FLAGS", f"-ccbin {compiler.program}"
    else:
        yield cuda.host_compiler, compiler.program
    yield "CUDAHOSTCXX", compiler.program


def _to_all(compiler: HostCompiler, host: Host) -> Iterator[tuple[str, str]]:
    """Yield what has all compiled by it, as far as the user does not say otherwise.

    torch's build tools hand CC to nvcc, and judge CXX, whatever nvcc itself is told
    (torch/utils/cpp_extension.py, _check_cuda_version).
    """
    folder, _, name = compiler.program.rpartition("/")
    own = {"CC": f"{folder}/{name.replace('g++', 'gcc')}", "CXX": compiler.program}
    return (one for one in own.items() if one[0] not in dict(host.cuda.told))


def _installed(required: str, host: Host) -> HostCompiler | None:
    """Return the newest that serves of those beside the usual one, which nvcc does not take."""
    serving = [one for one in host.cuda.compilers[1:] if meets(str(one[0]), required)]
    return HostCompiler(max(serving)[1]) if serving else None


def _packaged(required: str, host: Host, cuda: CudaRecipe) -> HostCompiler | None:
    for compilers in cuda.compilers:
        offered = (compilers.versions.get(name, ()) for name in names_of(host))
        versions = [one for each in offered for one in each if meets(one, required)]
        if versions:
            newest = max(versions, key=int)
            program = compilers.program.format(version=newest)
            return HostCompiler(program, (compilers.package.format(version=newest),))
    return None
