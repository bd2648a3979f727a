"""The CUDA facts of this machine: toolkits, driver, GPUs, and what torch was built with."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from buildfix.catalog.cuda import CudaRecipe, Library
from buildfix.core import Cuda, GpuLibrary, Host, Interpreter, Toolkit
from buildfix.core.errors import CommandNotFound
from buildfix.machines.local import Machine

_HOMES = ("CUDA_HOME", "CUDA_PATH")
_COMPILERS = ("CUDAHOSTCXX", "CC", "CXX")
_RELEASE = re.compile(r"release (?P<version>\d+\.\d+)")
_NEWEST_GCC = re.compile(r"^#if __GNUC__ > (?P<version>\d+)", re.MULTILINE)
_GXX = re.compile(r"g\+\+-(?P<version>\d+)")
_INSTALLED = re.compile(r"(?P<name>[^-]+)-(?P<version>[^-]+)\.dist-info")
_KERNEL_MODULE = Path("/proc/driver/nvidia/version")
_MODULE_VERSION = re.compile(r"Kernel Module\D+(?P<version>\d+(?:\.\d+)+)")


def find_cuda(machine: Machine, recipe: CudaRecipe, host: Host) -> Cuda:
    """Return the CUDA facts, without importing anything."""
    driver, architectures = _driver(machine)
    names = (*_HOMES, *recipe.architectures, recipe.host_compiler, *_COMPILERS)
    told = ((name, machine.environ.get(name, "")) for name in names)
    return Cuda(
        toolkits=tuple(_toolkits(machine, recipe, host)),
        driver=driver,
        architectures=architectures,
        libraries=tuple(_libraries(host.interpreter, recipe)) if host.interpreter else (),
        wheels=_metapackage(host.interpreter, recipe) if host.interpreter else "",
        compilers=_compilers(machine, host),
        told=tuple((name, value) for name, value in told if value),
    )


def laid_out(host: Host, major: str) -> str:
    """Return where wheels of a major version are arranged as a CUDA_HOME for the target.

    It is in the virtual environment, so that it is deleted with it; for other interpreters, it is
    in buildfix's own folder.
    """
    own = host.interpreter
    virtual = own is not None and own.prefix != own.base_prefix
    folder = own.prefix if own and virtual else host.data_folder or "~"
    return host.joined(folder, "share" if virtual else "", f"cuda-{major}")


def _toolkits(machine: Machine, recipe: CudaRecipe, host: Host) -> Iterator[Toolkit]:
    seen: set[Path] = set()
    for home in _homes(machine, recipe, host):
        nvcc = machine.which(str(Path(home, "bin", "nvcc")))
        if nvcc is None or Path(home).resolve() in seen:
            continue
        seen.add(Path(home).resolve())
        if version := _matched(_RELEASE, _said(machine, nvcc, "--version")):
            yield Toolkit(str(home), version, _newest_gcc(home))


def _homes(machine: Machine, recipe: CudaRecipe, host: Host) -> Iterator[Path]:
    """Yield where a toolkit may be: first where torch's builds look, then elsewhere."""
    for name in _HOMES:
        if home := machine.environ.get(name):
            yield Path(home)
    if nvcc := machine.which("nvcc"):
        yield Path(nvcc).resolve().parent.parent
        yield Path(nvcc).parent.parent
    for wheels in recipe.wheels:
        yield Path(laid_out(host, wheels.major))
    if host.interpreter and host.interpreter.conda:
        yield from (Path(host.interpreter.prefix), Path(host.interpreter.prefix, "Library"))
    for place in recipe.places.get(host.system, ()):
        whole = Path(place)
        yield from sorted(whole.parent.glob(whole.name), reverse=True)


def _newest_gcc(home: Path) -> int:
    try:
        text = Path(home, "include", "crt", "host_config.h").read_text("utf-8", "replace")
    except OSError:
        return 0
    return int(_matched(_NEWEST_GCC, text) or 0)


def _driver(machine: Machine) -> tuple[str, tuple[str, ...]]:
    """Return the driver's version and the GPUs' compute capabilities, from nvidia-smi."""
    asked = ("--query-gpu=driver_version,compute_cap", "--format=csv,noheader")
    rows = [row.split(", ") for row in _said(machine, "nvidia-smi", *asked).splitlines()]
    told = [row for row in rows if len(row) == 2 and row[0][:1].isdigit()]
    if told:
        return told[0][0], tuple(sorted({capability for _, capability in told}))
    try:
        return _matched(_MODULE_VERSION, _KERNEL_MODULE.read_text("utf-8")), ()
    except OSError:
        return "", ()


def _compilers(machine: Machine, host: Host) -> tuple[tuple[int, str], ...]:
    """Return the installed compilers; by default nvcc uses the gcc on PATH."""
    usual = machine.which("gcc")
    version = _said(machine, "gcc", "-dumpversion").partition(".")[0].strip() if usual else ""
    first = ((int(version), usual),) if usual and version.isdigit() else ()
    named = filter(None, map(_GXX.fullmatch, host.commands))
    others = ((int(found["version"]), machine.which(found[0])) for found in named)
    return (*first, *sorted((number, path) for number, path in others if path))


def _libraries(interpreter: Interpreter, recipe: CudaRecipe) -> Iterator[GpuLibrary]:
    """Yield the libraries in the target that use GPUs, read from their files."""
    for site in map(Path, interpreter.site):
        installed = dict(_installed(site))
        for library in recipe.libraries:
            yield from _by_file(library, site) if library.file else _by_wheel(library, installed)


def _by_file(library: Library, site: Path) -> Iterator[GpuLibrary]:
    try:
        text = (site / library.file).read_text("utf-8")
    except OSError:
        return
    if version := library.version and _matched(library.version, text):
        yield GpuLibrary(
            library.name, version, _matched(library.cuda, text) if library.cuda else ""
        )


def _by_wheel(library: Library, installed: Mapping[str, str]) -> Iterator[GpuLibrary]:
    for name, version in installed.items():
        if found := library.distribution and library.distribution.fullmatch(name):
            yield GpuLibrary(library.name, version, found["cuda"])


def _metapackage(interpreter: Interpreter, recipe: CudaRecipe) -> str:
    """Return the target's version of the distribution whose extras form a toolkit."""
    names = {wheels.distribution.replace("-", "_") for wheels in recipe.wheels}
    found = (one for site in interpreter.site for one in _installed(Path(site)))
    return next((version for name, version in found if name in names), "")


def _installed(site: Path) -> Iterator[tuple[str, str]]:
    """Yield what is installed in a folder, from its dist-info: names and versions."""
    matches = (_INSTALLED.fullmatch(folder.name) for folder in sorted(site.glob("*.dist-info")))
    return ((found["name"], found["version"]) for found in matches if found)


def _said(machine: Machine, *argv: str) -> str:
    try:
        done = machine.run(argv)
    except (CommandNotFound, OSError):
        return ""
    return done.stdout if done.returncode == 0 else ""


def _matched(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return (found["version"] or "") if found else ""
