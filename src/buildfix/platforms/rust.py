"""The Rust toolchain of this machine: on PATH, or where rustup puts it without telling PATH."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from packaging.version import Version

from buildfix.catalog.rust import RustRecipe
from buildfix.core import Host, Rust
from buildfix.core.errors import CommandNotFound
from buildfix.machines.local import Machine

_VERSION = re.compile(r"^rustc (?P<version>\d+\.\d+\.\d+)", re.MULTILINE)
_HOMES = ("CARGO_HOME", "RUSTUP_HOME")


def find_rust(machine: Machine, environ: Mapping[str, str] | None = None) -> Rust:
    """Return the newest toolchain that is there, and where rustup and Cargo are at home.

    `environ` are the variables that builds get, by default the machine's.
    """
    environ = machine.environ if environ is None else environ
    cargo_home = environ.get("CARGO_HOME") or _default_home(environ)
    off_path = str(Path(cargo_home, "bin")) if cargo_home else ""
    found = list(_toolchains(machine, ("", off_path) if off_path else ("",)))
    version, folder = max(found, key=lambda one: Version(one[0]), default=("", ""))
    rustup = machine.which("rustup") or (off_path and machine.which(str(Path(off_path, "rustup"))))
    return Rust(
        version=version,
        folder=folder,
        rustup=rustup or "",
        cargo_home=cargo_home,
        homes=tuple((name, environ[name]) for name in _HOMES if environ.get(name)),
    )


def serves(host: Host, recipe: RustRecipe, required: str | None) -> bool:
    """Return whether builds find a Rust toolchain of the version that is asked for."""
    return on_path(host) and new_enough(host.rust, recipe, required)


def new_enough(rust: Rust, recipe: RustRecipe, required: str | None) -> bool:
    """Return whether there is a toolchain, wherever it is, of the version that is asked for."""
    asked = recipe.asked(required)
    return bool(rust.version) and asked.contains(rust.version, prereleases=True)


def on_path(host: Host) -> bool:
    """Return whether builds find the toolchain that is there."""
    return host.rust.folder in ("", *host.build_path)


def _default_home(environ: Mapping[str, str]) -> str:
    """Return where Cargo is at home unless it is told (the Cargo book, "Cargo Home")."""
    home = environ.get("HOME") or environ.get("USERPROFILE")
    return str(Path(home, ".cargo")) if home else ""


def _toolchains(machine: Machine, folders: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield the version and folder of each rustc that has a cargo beside it; PATH's is in none."""
    seen: set[str] = set()
    for folder in folders:
        rustc, cargo = (machine.which(str(Path(folder, name))) for name in ("rustc", "cargo"))
        if rustc and cargo and rustc not in seen:
            seen.add(rustc)
            if version := _version(machine, rustc):
                yield version, folder


def _version(machine: Machine, rustc: str) -> str:
    """Ask a rustc; where it is rustup's, that must not fetch a toolchain to answer."""
    try:
        said = machine.run([rustc, "--version"], (("RUSTUP_AUTO_INSTALL", "0"),))
    except (CommandNotFound, OSError):
        return ""
    found = _VERSION.search(said.stdout)
    return found["version"] if found else ""
