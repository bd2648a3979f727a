"""The options for a CUDA toolkit: the installed one, wheels, NVIDIA's repository, the system's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

from buildfix.catalog.cuda import CudaRecipe, Repository, Wheels, names_of
from buildfix.catalog.schema import Capability
from buildfix.catalog.systems import HostRecipe
from buildfix.core import GpuLibrary, Host, Need, RunCommand, SetVariables, Step, Toolkit, Variables
from buildfix.core.system import system_of
from buildfix.index.files import version_of
from buildfix.installers.by_name import install_argv, unavailable
from buildfix.machines.scripts import step_script
from buildfix.platforms.cuda import laid_out
from buildfix.providers.list_queries import Index
from buildfix.providers.needs import refuses_host_compiler
from buildfix.providers.nvcc_compiler import another_compiler, compiler_for, told_of
from buildfix.providers.provisioning_options import ProvisioningOption, option_for
from buildfix.providers.torch_choice import choices
from buildfix.providers.versions import as_specifier

_WHOLE = ("CUDA_HOME", "nvcc", "CUDA_TOOLKIT_ROOT_DIR")
"""Subjects by which builds look for the toolkit itself; all others are parts of it."""


def cuda_option(
    capability: Capability,
    need: Need,
    host: Host,
    recipe: HostRecipe,
    cuda: CudaRecipe,
    index: Index,
    *,
    against_torch: bool = False,
) -> ProvisioningOption:
    """Return the first option for a toolkit that can extend what is in the target.

    The one that is there; the wheels, which need no rights; NVIDIA's repository; the system's own
    package where its version fits. `against_torch` says whether the build is one against torch.
    """
    if refuses_host_compiler(need):
        return another_compiler(need, host, cuda)
    if why := _no_toolkit_helps(need, host, cuda, against_torch=against_torch):
        return ProvisioningOption(why_not=why)
    if need.kind == "build" and not against_torch:
        host = replace(host, cuda=replace(host.cuda, libraries=()))  # it is built for the driver
    asked = _asked(need, host, cuda)
    return _of_nvidia(asked, need, host, cuda) or _packaged_toolkit(
        capability, asked, need, host, recipe, cuda, index
    )


def _of_nvidia(
    asked: SpecifierSet, need: Need, host: Host, cuda: CudaRecipe
) -> ProvisioningOption | None:
    """Return the first option that does not use the system's own packages, or None."""
    toolkit = _there(asked, host)
    if toolkit and not _lacks_wheels(toolkit, need, host, cuda):
        return _use(toolkit, need, host, cuda)
    if wheels := _wheels(asked, host, cuda):
        return _from_wheels(wheels, need, host, cuda)
    if found := _repository(asked, host, cuda):
        return _from_nvidia(*found, need, host, cuda)
    return None


def _packaged_toolkit(
    capability: Capability,
    asked: SpecifierSet,
    need: Need,
    host: Host,
    recipe: HostRecipe,
    cuda: CudaRecipe,
    index: Index,
) -> ProvisioningOption:
    """Return the option of the system's own package, where its version fits."""
    option = option_for(capability, replace(need, required=str(asked) or None), host, recipe, index)
    home = cuda.homes.get(host.id)
    if not option.leads or home is None:
        return replace(option, uncharted=False, why_not=_why_not(asked, option.why_not, cuda))
    version = recipe.version_of(capability.id, host.version) or ""
    packaged = _use(Toolkit(home, version), need, host, cuda)
    return replace(option, packages=(*option.packages, *packaged.packages), steps=packaged.steps)


def as_with(host: Host, cuda: CudaRecipe | None, *comings: Mapping[str, str]) -> Host:
    """Return the host as it is once what is coming, versions by name, is in the target.

    Each library is looked for in the first that has it; what its wheels ask for tells its CUDA.
    """
    if cuda is None:
        return host
    there = {one.name for one in host.cuda.libraries}
    for library in cuda.libraries:
        coming = next((one for one in comings if library.name in one), {})
        version = library.runtime_in(coming)
        if version and library.name not in there:
            built = GpuLibrary(library.name, coming[library.name], _major_and_minor(version))
            pinned = (coming[one.distribution] for one in cuda.wheels if one.distribution in coming)
            libraries = (*host.cuda.libraries, built)
            now = replace(host.cuda, libraries=libraries, wheels=next(pinned, ""))
            host = replace(host, cuda=now)
    return host


def _major_and_minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


def libraries_with_cuda(host: Host) -> Iterator[GpuLibrary]:
    """Yield what in the target was built with CUDA."""
    return (library for library in host.cuda.libraries if library.cuda)


def _no_toolkit_helps(need: Need, host: Host, cuda: CudaRecipe, *, against_torch: bool) -> str:
    """Return why no toolkit helps: torch's CUDA, or nvcc dropped the GPU asked for."""
    if need.kind == "cuda-mismatch" and "torch " not in need.subject:
        return _dropped_by_nvcc(need, host, cuda)
    torch = host.cuda.torch
    if torch is None or not (against_torch or need.subject == "CUDA_HOME"):
        return ""
    lacks = _lacks_kernels(torch, host, cuda) if torch.cuda else "without CUDA (the CPU-only build)"
    if not lacks:
        return ""
    why = (
        f"torch {torch.version} in the target is built {lacks}, so CUDA extensions cannot be built "
        "against it: install another build of torch first"
    )
    release = Version(torch.version).base_version
    other = next((one for one in choices(host, cuda, release) if one.library.cuda), None)
    if other is None:
        return why
    return (
        f"{why} (`pip install --index-url {other.index} {other.requirement}`), or use another "
        "environment"
    )


def _lacks_kernels(torch: GpuLibrary, host: Host, cuda: CudaRecipe) -> str:
    """Return with which CUDA torch is built, if no toolkit of its major version serves the GPUs."""
    major, kernels = torch.cuda.partition(".")[0], SpecifierSet(_kernels(host, cuda))
    if any(kernels.contains(f"{major}.{minor}") for minor in (0, 99)):
        return ""
    there = ", ".join(host.cuda.architectures)
    return f"with CUDA {major}, which does not support GPUs of compute capability {there}"


def _dropped_by_nvcc(need: Need, host: Host, cuda: CudaRecipe) -> str:
    there = ", ".join(host.cuda.architectures) or "not visible"
    return (
        f"the installed nvcc does not support {need.subject}, which the build requests; the "
        f"GPUs here are {there}. Set {' or '.join(cuda.architectures)} to the architectures "
        "it should run on"
    )


def _asked(need: Need, host: Host, cuda: CudaRecipe) -> SpecifierSet:
    """Return which versions serve: the major one that torch, cupy or jax was built with.

    Its nvcc must also know the GPUs here, unless the user names those to build for.

    Within a major version any minor one does (CUDA Compatibility Guide, "Minor Version
    Compatibility"); torch's builds refuse another major one and only warn of another minor one
    (torch/utils/cpp_extension.py, _check_cuda_version). Without any of them the driver decides.
    """
    told = need.subject.partition("torch ")[2] if need.kind == "cuda-mismatch" else ""
    built = told or next((one.cuda for one in libraries_with_cuda(host)), "")
    major = built.partition(".")[0]
    newest = cuda.newest_cuda(host.cuda.driver)
    limit = f"<={newest}" if newest else ""
    within = f">={major},<{int(major) + 1}" if major.isdigit() else limit
    needed = as_specifier(need.required or "")
    if need.kind == "compiler-too-old" and not needed and host.cuda.toolkits:
        needed = f">{host.cuda.toolkits[0].version}"
    try:
        return SpecifierSet(",".join(filter(None, (within, _kernels(host, cuda), needed))))
    except InvalidSpecifier:
        return SpecifierSet(within)


def _kernels(host: Host, cuda: CudaRecipe) -> str:
    """Return which versions compile for the GPUs to build for; empty if the user names those."""
    named = any(name in cuda.architectures for name, _ in host.cuda.told)
    return "" if named else cuda.compiling_for(host.cuda.architectures)


def _there(asked: SpecifierSet, host: Host) -> Toolkit | None:
    """Return the toolkit to use: of those that serve, the one nearest to what torch was built with.

    Where nothing was, the first that builds would find themselves.
    """
    serving = [one for one in host.cuda.toolkits if asked.contains(one.version)]
    built = next((one.cuda for one in libraries_with_cuda(host) if "." in one.cuda), None)
    if built:
        serving.sort(key=lambda one: abs(_minor(one.version) - _minor(built)))
    return next(iter(serving), None)


def _minor(version: str) -> int:
    known = version_of(version)
    return known.minor if known else 0


def _use(
    toolkit: Toolkit, need: Need, host: Host, cuda: CudaRecipe, *, beside: Variables = ()
) -> ProvisioningOption:
    """Return the option that lets builds find a toolkit, and a compiler that its nvcc accepts."""
    newest = toolkit.newest_gcc or cuda.newest_gcc(toolkit.version or "0")
    compiler = compiler_for(f"<={newest}", host, cuda) if newest else None
    binaries = host.joined(toolkit.home, "bin")
    nvcc = host.joined(binaries, f"nvcc{system_of(host.system).program_ending}")
    variables = (
        ("CUDA_HOME", toolkit.home),
        ("CUDA_PATH", toolkit.home),
        ("PATH", binaries),
        ("CUDACXX", nvcc),
        *_architectures(host, cuda),
        *(_folders(toolkit, host, cuda) if _is_part(need) else ()),
        *(told_of(compiler, toolkit.version, host, cuda) if compiler else ()),
        *beside,
    )
    version = f" {toolkit.version}" if toolkit in host.cuda.toolkits else ""
    summary = f"Build with the CUDA toolkit{version} in {toolkit.home}"
    if compiler:
        summary += f" and {compiler.program}, the newest compiler its nvcc supports"
    step = SetVariables(summary, (need,), variables=variables)
    return ProvisioningOption(packages=compiler.packages if compiler else (), steps=(step,))


def _is_part(need: Need) -> bool:
    """Say whether a header or library of the toolkit is missed, not the toolkit itself."""
    return need.kind == "cuda-missing" and need.subject not in _WHOLE


def _architectures(host: Host, cuda: CudaRecipe) -> Iterator[tuple[str, str]]:
    """Yield for which GPUs to build: those that are there, unless the user says otherwise."""
    pairs = [one.partition(".")[::2] for one in host.cuda.architectures]
    for name, form in cuda.architectures.items() if pairs else ():
        if name not in dict(host.cuda.told):
            yield name, ";".join(form.format(major=major, minor=minor) for major, minor in pairs)


def _folders(toolkit: Toolkit, host: Host, cuda: CudaRecipe) -> Iterator[tuple[str, str]]:
    """Yield what tells the C and C++ compilers where the toolkit's parts are."""
    libraries = host.joined(toolkit.home, "lib64")
    if host.system == "win32":
        yield "LIB", host.joined(toolkit.home, "lib", "x64")
        yield "INCLUDE", host.joined(toolkit.home, "include")
        return
    if toolkit.home != "/usr":
        yield "CPATH", ":".join(host.joined(toolkit.home, one) for one in cuda.include)
        yield "LIBRARY_PATH", libraries


def _wheels(asked: SpecifierSet, host: Host, cuda: CudaRecipe) -> Wheels | None:
    """Return the wheels that serve here: some version of their major one is among those asked."""
    if host.interpreter is None:
        return None
    for wheels in cuda.wheels:
        fetched = not unavailable(wheels.distribution, host.fetch)
        if fetched and wheels.are_for(host) and _are_among(wheels, asked):
            return wheels
    return None


def _are_among(wheels: Wheels, asked: SpecifierSet) -> bool:
    return asked.contains(wheels.newest) or asked.contains(f"{wheels.major}.0")


def _lacks_wheels(toolkit: Toolkit, need: Need, host: Host, cuda: CudaRecipe) -> bool:
    """Say whether a toolkit is of wheels, and what is missed is in one that may not be there."""
    for wheels in cuda.wheels:
        if toolkit.home == laid_out(host, wheels.major):
            return _is_part(need) and wheels.parts_for(need.subject) != wheels.parts
    return False


def _from_wheels(wheels: Wheels, need: Need, host: Host, cuda: CudaRecipe) -> ProvisioningOption:
    """Return the option of wheels: into the target, laid out as a CUDA_HOME, and used."""
    home, pinned = laid_out(host, wheels.major), _pinned(wheels, host)
    parts = ",".join(wheels.parts_for(need.subject))
    wanted = f"{wheels.distribution}[{parts}]=={pinned or f'{wheels.major}.*'}"
    version = _major_and_minor(pinned) if pinned else wheels.newest
    libraries = host.joined(home, "lib64")
    used = _use(Toolkit(home, version), need, host, cuda, beside=(("LD_RUN_PATH", libraries),))
    steps = (
        RunCommand(
            f"Install the CUDA toolkit {version} from wheels into the target environment",
            (need,),
            argv=install_argv(host, (wanted,)),
        ),
        RunCommand(
            f"Create a CUDA_HOME folder for the toolkit: {home}",
            (need,),
            argv=(host.python, step_script("cuda_home"), home, wheels.folder),
        ),
    )
    return replace(used, steps=(*steps, *used.steps))


def _pinned(wheels: Wheels, host: Host) -> str:
    """Return which release of the wheels to take: what torch has pinned, or was built with."""
    if host.cuda.wheels.startswith(f"{wheels.major}."):
        return host.cuda.wheels
    built = next((one.cuda for one in libraries_with_cuda(host) if "." in one.cuda), "")
    return f"{built}.*" if built.startswith(f"{wheels.major}.") else ""


def _repository(
    asked: SpecifierSet, host: Host, cuda: CudaRecipe
) -> tuple[Repository, str, str] | None:
    """Return NVIDIA's repository for a host, its name, and the version of the toolkit to install.

    That is the minor version nearest to torch's or the driver's, else the newest major one.
    """
    for repository in cuda.repositories:
        name = next(filter(None, map(repository.names.get, names_of(host))), None)
        if name is None or host.arch not in repository.architectures:
            continue
        minor = _nearest(repository.releases.get(name, ()), asked, _wanted(host, cuda))
        majors = sorted(repository.majors.get(name, ()), key=int, reverse=True)
        serving = (one for one in majors if asked.contains(f"{one}.99"))
        version = minor or next(serving, "")
        if version:
            return repository, name, version
    return None


def _wanted(host: Host, cuda: CudaRecipe) -> str:
    """Return the version that torch was built with, else the newest of the driver."""
    built = next((one.cuda for one in libraries_with_cuda(host) if "." in one.cuda), "")
    return built or cuda.newest_cuda(host.cuda.driver)


def _nearest(releases: Iterable[str], asked: SpecifierSet, wanted: str) -> str:
    """Return the newest of these up to the wanted version, else the oldest above it."""
    serving = sorted((one for one in releases if asked.contains(one)), key=Version)
    if not wanted:
        return ""
    older = [one for one in serving if Version(one) <= Version(wanted)]
    return next(iter((*older[::-1], *serving)), "")


def _from_nvidia(
    repository: Repository, name: str, version: str, need: Need, host: Host, cuda: CudaRecipe
) -> ProvisioningOption:
    """Return the option of NVIDIA's packages: the repository made known, then the toolkit alone."""
    places = {
        "name": name,
        "arch": repository.architectures[host.arch],
        "release": version.replace(".", "-"),
    }
    file = host.joined(host.data_folder or "~", f"{name}-keyring.deb")
    steps: list[Step] = []
    if repository.url:
        url, checksum = repository.url.format(**places), repository.sha256[name]
        fetch = (host.python, step_script("fetch"), url, checksum, file)
        summary = f"Fetch the key of NVIDIA's repository {name} and verify its checksum"
        steps.append(RunCommand(summary, (need,), argv=fetch))
    summary = f"Enable NVIDIA's repository {name}"
    steps += [
        _privileged(summary, command, need, repository, {**places, "file": file})
        for command in repository.commands
    ]
    summary = f"Install the CUDA toolkit {version} from NVIDIA's repository, without a driver"
    steps.append(_privileged(summary, repository.install, need, repository, places))
    home = repository.home.format(version=version)
    known = version if "." in version else _known(version, host, cuda)
    used = _use(Toolkit(home, known), need, host, cuda)
    return replace(used, steps=(*steps, *used.steps))


def _privileged(
    summary: str,
    command: tuple[str, ...],
    need: Need,
    repository: Repository,
    places: dict[str, str],
) -> Step:
    argv = tuple(word.format(**places) for word in command)
    return RunCommand(summary, (need,), argv=argv, privileged=True, manager=repository.manager)


def _known(major: str, host: Host, cuda: CudaRecipe) -> str:
    """Return the newest version of a major one that is known."""
    mine = [one for one in cuda.gcc if one.partition(".")[0] == major]
    newest = [one.newest for one in cuda.wheels if one.major == major and host.arch]
    return max((*mine, *newest), key=Version, default=major)


def _why_not(asked: SpecifierSet, why: str, cuda: CudaRecipe) -> str:
    """Return why there is no option, with what the wheels of that version lack."""
    if not why or any(_are_among(wheels, asked) for wheels in cuda.wheels):
        return why
    return f"{why}; no wheel provides nvcc for CUDA {asked}"
