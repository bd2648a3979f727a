"""The ten machines of `ml_expert.toml`, as `buildfix doctor --json` describes such machines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from buildfix.core import Cuda, GpuLibrary, Host, Interpreter, Toolkit

_GIB = 2**30
_TOOLS = frozenset(("gcc", "g++", "cc", "c++", "make", "git", "python3", "ar", "ld", "apt-get"))
_PACKAGES = frozenset(
    ("build-essential", "gcc", "g++", "make", "libc6-dev", "python3-dev", "python3-venv", "git")
)


def _python(release: str, prefix: str, *, headers: bool = True) -> Interpreter:
    site = f"{prefix}/lib/python{release}/site-packages"
    return Interpreter(
        path=f"{prefix}/bin/python",
        version=f"{release}.3",
        implementation="CPython",
        prefix=prefix,
        base_prefix="/usr",
        include=f"/usr/include/python{release}",
        has_headers=headers,
        externally_managed=False,
        pip="25.1",
        can_make_venv=True,
        platlib=site,
        site=(site,),
    )


_GCC = ((11, "/usr/bin/gcc"),)
_TOOLKIT_124 = Toolkit("/usr/local/cuda-12.4", "12.4", 13)

_GPU = Host(
    system="linux",
    id="ubuntu",
    id_like=("debian",),
    version="22.04",
    codename="jammy",
    title="Ubuntu 22.04.5 LTS",
    arch="x86_64",
    libc="glibc 2.35",
    privilege="sudo",
    cores=16,
    memory_total=64 * _GIB,
    memory_available=60 * _GIB,
    commands=_TOOLS,
    packages=_PACKAGES,
    data_folder="/home/ml/.local/share/buildfix",
    interpreter=_python("3.12", "/home/ml/venv"),
    cuda=Cuda(
        toolkits=(_TOOLKIT_124,),
        driver="550.54.15",
        architectures=("8.9",),
        libraries=(GpuLibrary("torch", "2.5.1+cu124", "12.4"),),
        compilers=_GCC,
    ),
)
_BARE = replace(
    _GPU,
    id="debian",
    id_like=(),
    version="13",
    codename="trixie",
    title="Debian GNU/Linux 13 (trixie)",
    libc="glibc 2.41",
    cores=4,
    memory_total=16 * _GIB,
    memory_available=15 * _GIB,
    commands=frozenset(("python3", "apt-get")),
    packages=frozenset(("python3", "python3-venv")),
    interpreter=_python("3.13", "/home/ml/venv", headers=False),
    cuda=Cuda(),
)
_MAC = replace(
    _BARE,
    system="darwin",
    id="macos",
    version="15",
    codename="",
    title="macOS 15.5",
    arch="arm64",
    libc="",
    privilege="sudo-password",
    cores=10,
    memory_total=32 * _GIB,
    memory_available=24 * _GIB,
    commands=frozenset(("brew", "cc", "c++", "clang", "clang++", "make", "git")),
    packages=frozenset(),
    setups=frozenset(("xcode", "homebrew")),
    interpreter=_python("3.12", "/Users/ml/venv"),
)


def _with(**changes: object) -> Host:
    return replace(_GPU, cuda=replace(_GPU.cuda, **changes))  # type: ignore[arg-type]


MACHINES: Mapping[str, Host] = {
    "bare": _BARE,
    "torch124": _GPU,
    "no-torch": _with(libraries=()),
    "no-toolkit": _with(toolkits=()),
    "small": replace(_GPU, memory_total=6 * _GIB, memory_available=5 * _GIB),
    "torch-cpu": _with(libraries=(GpuLibrary("torch", "2.5.1+cpu", ""),)),
    "toolkit13": _with(driver="580.65.06", toolkits=(Toolkit("/usr/local/cuda-13.0", "13.0", 15),)),
    "blackwell": _with(
        driver="570.86.10",
        architectures=("12.0",),
        toolkits=(_TOOLKIT_124, Toolkit("/usr/local/cuda-12.8", "12.8", 14)),
        libraries=(GpuLibrary("torch", "2.7.1+cu128", "12.8"),),
    ),
    "driver-only": _with(toolkits=(), libraries=()),
    "mac": _MAC,
}
