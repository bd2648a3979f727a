"""What to know about a project and the GPU, one sentence each: its recipe against the host."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from packaging.version import Version

from buildfix.catalog.cuda import CudaRecipe
from buildfix.catalog.projects import ProjectRecipe
from buildfix.core import Host


def gpu_notes(
    recipe: ProjectRecipe,
    host: Host,
    cuda: CudaRecipe | None,
    *,
    built: bool,
    environ: Mapping[str, str],
) -> Iterator[str]:
    """Yield what of a project does not fit the host's GPU, or that there is none."""
    driver = host.cuda.driver
    if recipe.needs_gpu and not driver:
        other = f": request {recipe.without_gpu} for the CPU" if recipe.without_gpu else ""
        yield f"There is no NVIDIA GPU here, and {recipe.name} only runs with CUDA{other}."
    newest = cuda.newest_cuda(driver) if cuda else ""
    if built and recipe.instead and host.system != "darwin":
        name = _fitting(recipe, newest)
        yield f"{name} is the same project as a wheel: request it to avoid the build."
    elif driver and recipe.instead and _is_wrong(recipe.built_for, newest):
        yield _instead(recipe, driver, newest)
    if host.cuda.torch and recipe.torch:
        yield from _for_torch(recipe, Version(host.cuda.torch.version))
    if recipe.compiles_when_used and (driver or host.cuda.torch):
        yield _compiles(recipe, host)
    if driver and "CMAKE_ARGS" in recipe.switches and not recipe.chosen_in(environ):
        yield f"{recipe.name} is built for the CPU: CMAKE_ARGS {recipe.switches['CMAKE_ARGS']}."


def _fitting(recipe: ProjectRecipe, newest: str) -> str:
    """Return the name for the newest CUDA that the driver supports; the oldest if none fits."""
    fitting = (one for one in recipe.instead if not newest or Version(one.cuda) <= Version(newest))
    return next(fitting, recipe.instead[-1]).name


def _is_wrong(built_for: str, newest: str) -> bool:
    """Return whether a project's own wheels do not use this GPU."""
    if built_for in ("", "cpu"):
        return bool(built_for)
    return bool(newest) and Version(built_for) > Version(newest)


def _instead(recipe: ProjectRecipe, driver: str, newest: str) -> str:
    limit = f" (driver {driver}, CUDA ≤ {newest})" if newest else f" (driver {driver})"
    made = "only use the CPU" if recipe.built_for == "cpu" else f"need CUDA {recipe.built_for}"
    name = _fitting(recipe, newest)
    return f"The wheels of {recipe.name} {made}: for this GPU{limit}, request '{name}'."


def _for_torch(recipe: ProjectRecipe, torch: Version) -> Iterator[str]:
    """Yield the last release for the torch in the target, unless it is the newest one known."""
    newest = max(recipe.torch, key=Version)
    same = [
        one for one, its in recipe.torch.items() if Version(its).release[:2] == torch.release[:2]
    ]
    if newest in same:
        return
    short = f"torch {torch.major}.{torch.minor}"
    last = (
        f"The last known {recipe.name} for {short} is {max(same, key=Version)}"
        if same
        else f"No known {recipe.name} is for {short}"
    )
    yield f"{last}: {newest} is for torch {recipe.torch[newest]}."


def _compiles(recipe: ProjectRecipe, host: Host) -> str:
    """Return what a project that compiles its kernels later needs then."""
    torch = host.cuda.torch
    later = f"{recipe.name} compiles its kernels with nvcc when it is first used"
    if torch and not torch.cuda:
        return f"{later}, which torch {torch.version} cannot do: install a build with CUDA first."
    wanted = torch.cuda if torch else ""
    same = [
        one
        for one in host.cuda.toolkits
        if not wanted or one.version.partition(".")[0] == wanted.partition(".")[0]
    ]
    same.sort(key=lambda one: one.version != wanted)
    if same:
        return f"{later}: set CUDA_HOME={same[0].home} then."
    return f"{later}: it needs the CUDA toolkit {wanted}".rstrip() + ", which is not installed."
