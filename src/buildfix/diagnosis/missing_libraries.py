"""Finds all shared libraries at once that the installed modules need and this machine lacks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from buildfix.core import Cause, Diagnosis, Host, Interpreter
from buildfix.core.errors import CommandNotFound, TargetError
from buildfix.machines.local import Machine
from buildfix.platforms.interpreter import ask_interpreter
from buildfix.platforms.operating_systems import operating_system
from buildfix.platforms.shared_libraries import loader_of, missing_libraries

_KIND = "runtime-library-missing"


def with_all_missing(diagnosis: Diagnosis, lacking: Mapping[str, Path]) -> Diagnosis:
    """Return the diagnosis of an import, extended by all other missing libraries.

    The import named one; each of the others would fail another import after the next install.
    """
    first = diagnosis.cause
    if first is None:
        return diagnosis
    known = {cause.subject for cause in diagnosis.causes}
    more = tuple(
        Cause(_KIND, name, first.line, f"{path.name} needs {name}, which is missing.")
        for name, path in lacking.items()
        if name not in known
    )
    return replace(diagnosis, also=(*diagnosis.also, *more))


def missing_here(
    distributions: Iterable[str], machine: Machine, host: Host, interpreter: Interpreter
) -> Mapping[str, Path]:
    """Return the missing libraries of distributions and of their dependencies.

    Each with the first file that needs it; empty if this is not Linux, or if they cannot be
    determined.
    """
    if host.system != "linux":
        return {}
    try:
        rows = ask_interpreter(machine, interpreter.path, "shared-objects", [*distributions])
    except (CommandNotFound, TargetError):
        return {}
    files = [(Path(path), bool(module)) for path, module in rows]
    modules = [path for path, module in files if module]
    folders = operating_system(host.system).library_folders(host.arch, interpreter.prefix)
    loader = loader_of(machine, folders)
    return missing_libraries(modules, (path for path, _ in files), loader)
