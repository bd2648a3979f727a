"""Settles which torch is in the target before anything is built against it.

An installed torch stays: what would replace it is taken in the release that goes with it. If none
is installed, the GPU's driver decides. Only torch and its dependencies come from its own index.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from packaging.version import Version

from buildfix.catalog.cuda import CudaRecipe
from buildfix.core import GpuLibrary, Host, Need, Pin, RunCommand
from buildfix.engine.outcome import ChooseTorch
from buildfix.forecast.resolution import ResolvedDistribution
from buildfix.installers.by_name import install_there
from buildfix.providers.needs import needs_cuda
from buildfix.providers.torch_choice import Torch, chain, chosen, library_of, too_new

TORCH = "torch"


def handle(
    coming: Iterable[ResolvedDistribution],
    needs: Iterable[Need],
    host: Host,
    cuda: CudaRecipe | None,
    has_wheel: Callable[[str], bool],
    *,
    unattended: bool,
) -> ChooseTorch | None:
    """Return the torch to keep or to install first; None if what pip does anyway is right.

    `coming` is what would be installed, `needs` what builds need; `has_wheel` returns whether
    torch has a wheel of a release for the target. Unattended, a host without a GPU gets the torch
    that the user's index has.
    """
    known = [one for one in coming if one.version]
    rows = {one.name: one for one in known if one.why == "asked"}
    built = {one.name: one for one in known if one.why == "build"}
    imported = any(one.kind == "python-module-missing" and one.subject == TORCH for one in needs)
    row = rows.get(TORCH) or (built.get(TORCH) if imported else None)
    if cuda is None or not (row or imported):
        return None
    if host.cuda.torch:
        return _kept(host.cuda.torch, rows[TORCH]) if TORCH in rows else None
    versions = {name: one.version or "" for name, one in {**built, **rows}.items()}
    if row and not _is_wrong(versions, needs, host, cuda, unattended=unattended):
        return None
    found = chosen(host, cuda, (row and row.version) or "", has_wheel)
    return _installed_first(found, host, cuda) if found else None


def _installed_first(found: Torch, host: Host, cuda: CudaRecipe) -> ChooseTorch:
    after = replace(host, cuda=host.cuda.with_torch(found.library))
    install = RunCommand(
        f"Install {TORCH} {found.library.version} from {found.index}: {chain(after, cuda)}",
        (Need("python-module-missing", TORCH),),
        argv=install_there(host, found.index, found.requirement),
    )
    keep = _pin(found.library, f"Keep {TORCH} {found.library.version}")
    return ChooseTorch(found.library, (install, keep))


def _is_wrong(
    versions: dict[str, str],
    needs: Iterable[Need],
    host: Host,
    cuda: CudaRecipe,
    *,
    unattended: bool,
) -> bool:
    """Return whether the torch that pip would install is not the one for this host."""
    library = library_of(cuda)
    runtime = library.runtime_in(versions) if library else ""
    if host.cuda.driver:  # unknown if the resolution is incomplete, or the wheel holds its own
        return not runtime or too_new(".".join(runtime.split(".")[:2]), host, cuda)
    return bool(runtime) and not unattended and not any(map(needs_cuda, needs))


def _kept(torch: GpuLibrary, row: ResolvedDistribution) -> ChooseTorch | None:
    if row.version is None or Version(row.version).public == Version(torch.version).public:
        return None
    what = (
        f"Keep the installed {TORCH} {torch.version} instead of replacing it with {row.version}; "
        f"to replace it, request {TORCH}=={row.version} too"
    )
    return ChooseTorch(torch, (_pin(torch, what),))


def _pin(torch: GpuLibrary, summary: str) -> Pin:
    exact = f"{torch.name}=={torch.version}"
    return Pin(summary, (Need("abi-mismatch", torch.name),), names=(exact,))
