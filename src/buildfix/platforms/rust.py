"""This machine's Rust toolchain: on PATH, or in rustup's folder outside of PATH."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from packaging.version import Version

from buildfix.catalog.rust import NIGHTLY, RustRecipe
from buildfix.core import Host, Rust
from buildfix.core.errors import CommandNotFound
from buildfix.machines.local import Machine

_VERSION = re.compile(r"^rustc (?P<version>\d+\.\d+\.\d+)(?P<nightly>-nightly)?", re.MULTILINE)
_HOMES = ("CARGO_HOME", "RUSTUP_HOME")


class _Toolchain(NamedTuple):
    """A rustc: its version, its folder if it is not on PATH, and whether it is a nightly one."""

    version: str = ""
    folder: str = ""
    nightly: bool = False


def find_rust(machine: Machine, environ: Mapping[str, str] | None = None) -> Rust:
    """Return the newest installed toolchain, and the home folders of rustup and Cargo.

    `environ` are the variables that builds get; by default those of the machine.
    """
    environ = machine.environ if environ is None else environ
    cargo_home = environ.get("CARGO_HOME") or _default_home(environ)
    off_path = str(Path(cargo_home, "bin")) if cargo_home else ""
    found = list(_toolchains(machine, ("", off_path) if off_path else ("",)))
    newest = max(found, key=lambda one: Version(one.version), default=_Toolchain())
    rustup = machine.which("rustup") or (off_path and machine.which(str(Path(off_path, "rustup"))))
    return Rust(
        version=newest.version,
        folder=newest.folder,
        rustup=rustup or "",
        cargo_home=cargo_home,
        homes=tuple((name, environ[name]) for name in _HOMES if environ.get(name)),
        nightly=newest.nightly,
        bootstrap=environ.get("RUSTC_BOOTSTRAP") == "1",
    )


def serves(host: Host, recipe: RustRecipe, required: str | None) -> bool:
    """Return whether builds find a Rust toolchain of the required version."""
    return on_path(host) and new_enough(host.rust, recipe, required)


def new_enough(rust: Rust, recipe: RustRecipe, required: str | None) -> bool:
    """Return whether a toolchain of the required version is installed, on PATH or not."""
    if required == NIGHTLY:
        return rust.nightly or (rust.bootstrap and bool(rust.version))
    asked = recipe.asked(required)
    return bool(rust.version) and asked.contains(rust.version, prereleases=True)


def on_path(host: Host) -> bool:
    """Return whether builds find the installed toolchain."""
    return host.rust.folder in ("", *host.build_path)


def _default_home(environ: Mapping[str, str]) -> str:
    """Return Cargo's default home folder (the Cargo book, "Cargo Home")."""
    home = environ.get("HOME") or environ.get("USERPROFILE")
    return str(Path(home, ".cargo")) if home else ""


def _toolchains(machine: Machine, folders: tuple[str, ...]) -> Iterator[_Toolchain]:
    """Yield each rustc with a cargo beside it."""
    seen: set[str] = set()
    for folder in folders:
        rustc, cargo = (machine.which(str(Path(folder, name))) for name in ("rustc", "cargo"))
        if rustc and cargo and rustc not in seen:
            seen.add(rustc)
            if found := _version(machine, rustc):
                yield _Toolchain(found["version"], folder, nightly=bool(found["nightly"]))


def _version(machine: Machine, rustc: str) -> re.Match[str] | None:
    """Return what a rustc says of its version; rustup's must not download one to answer."""
    try:
        said = machine.run([rustc, "--version"], (("RUSTUP_AUTO_INSTALL", "0"),))
    except (CommandNotFound, OSError):
        return None
    return _VERSION.search(said.stdout)
