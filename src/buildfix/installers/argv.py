"""The command lines of pip and uv for a request."""

from __future__ import annotations

import os
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from buildfix.core import Command, Interpreter, Request, Variables
from buildfix.core.light_dataclass import dataclass
from buildfix.core.system import HERE
from buildfix.installers.base import Installer
from buildfix.installers.index_options import without_places
from buildfix.installers.option import words_of
from buildfix.installers.registry import INSTALLERS, PIP, installer_of
from buildfix.installers.requirements import parse, projects_asked, wants_hashes

_PLAIN_ENGLISH = (
    ("LC_ALL", HERE.plain_locale),
    ("LANGUAGE", "en"),
    ("NO_COLOR", "1"),
    ("FORCE_COLOR", ""),
    ("CLICOLOR_FORCE", ""),
    ("CARGO_TERM_COLOR", "never"),
    ("PYTHONUNBUFFERED", "1"),
    ("PYTHONIOENCODING", "utf-8"),
)
_FLAGS = frozenset({"CFLAGS", "CPPFLAGS", "CXXFLAGS", "LDFLAGS"})


@dataclass(frozen=True)
class InstallOptions:
    """How to install, in addition to what the request says."""

    variables: Variables = ()
    """Environment variables, in addition to those for plain English messages."""
    arguments: tuple[str, ...] = ()
    """Arguments for the installer, in addition to those from the request."""
    rebuild: tuple[str, ...] = ()
    """Projects to build from source even if they are installed."""
    again: tuple[str, ...] = ()
    """The words that request those projects again, from the same place."""
    complete: bool = False
    """Whether everything else is installed, so that only those are touched."""
    constraints: str | None = None
    """A file with constraints on build requirements."""
    unisolated: tuple[str, ...] = ()
    """Projects to build in the target environment itself; with pip, that means all projects."""
    fresh: bool = False
    """Whether none of it is in the target yet, so nothing has to be reinstalled."""
    cache: Path | None = None
    """A folder in which the installer keeps what it builds; None keeps nothing."""

    @property
    def alone(self) -> bool:
        """Whether only the projects to rebuild are touched."""
        return self.complete and bool(self.rebuild)


_DEFAULT = InstallOptions()


def install_command(
    request: Request, interpreter: Interpreter, manner: InstallOptions = _DEFAULT
) -> Command:
    """Return the command that installs what was requested."""
    installer = installer_of(request.installer)
    cache, file = manner.cache, manner.constraints
    kept = installer.caching(interpreter, cache) if cache else ((), ())
    held = installer.constrained(interpreter, file) if file else ((), ())
    asked = projects_asked(request) if request.from_source else ()
    built = tuple(dict.fromkeys((*asked, *map(_project, manner.rebuild))))
    argv = (
        *installer.install(interpreter.path),
        *(("--cache-dir", str(cache)) if cache else (installer.no_cache,)),
        "-v",
        *kept[0],
        *((installer.reinstall,) if manner.rebuild and not manner.fresh else ()),
        *(("--no-deps",) if manner.alone else ()),
        *installer.no_binary(built),
        *held[0],
        *installer.unisolated(manner.unisolated),
        *manner.arguments,
        *request.installer_args,
        *_what(request, manner),
    )
    return Command(argv, (*variables_of(installer, manner), *held[1], *kept[1]))


def variables_of(installer: Installer, manner: InstallOptions) -> Variables:
    """Return the variables of every command that installs or builds."""
    return (*_PLAIN_ENGLISH, *installer.variables, *manner.variables)


def separator(name: str) -> str:
    """Return what separates the values of a variable that adds up; empty for others."""
    if name in _FLAGS:
        return " "
    return os.pathsep if name.endswith("PATH") else ""


def settings_of(command: Command) -> Variables:
    """Return the variables of an install except those for plain messages."""
    quiet = (pair for one in INSTALLERS.values() for pair in one.variables)
    plain = dict((*_PLAIN_ENGLISH, *quiet))
    return tuple((name, value) for name, value in command.env if plain.get(name) != value)


def repeatable(command: Command) -> Command:
    """Return an install without the cache folder that only existed for one run."""
    words = list(command.argv)
    if "--cache-dir" not in words:
        return command
    program = words[0]
    mine = next((one for one in INSTALLERS.values() if one.program == program), PIP)
    place = words.index("--cache-dir")
    words[place : place + 2] = [mine.no_cache]
    own = ("PIP_CACHE_DIR", "PIP_NO_CACHE_DIR")
    return Command(tuple(words), tuple(pair for pair in command.env if pair[0] not in own))


def pip_options(request: Request) -> tuple[str, ...]:
    """Return the request's index settings as options for pip's own parser.

    As in pip, options in requirements files come before those of the command line.
    """
    installer = installer_of(request.installer)
    asked = PIP.no_binary(projects_asked(request) if request.from_source else ())
    if not installer.uses_pip:
        options = (*installer.configured(os.environ, ""), *parse(request).shared_options)
        return (*asked, *words_of(installer.as_pip(options)))
    return (*asked, *request.installer_args, *parse(request).file_options)


def network_options(request: Request) -> tuple[str, ...]:
    """Return the pip options for reaching places other than the user's own indexes."""
    options = installer_of(request.installer).as_pip(parse(request).shared_options)
    return words_of(without_places(options))


def _what(request: Request, manner: InstallOptions) -> tuple[str, ...]:
    """Return what to install: everything requested, or only what is rebuilt.

    Indexes and constraints in requirements files apply to rebuilds too. Hashes are in those files,
    so if hashes are required, the files are read again.
    """
    if not manner.alone or wants_hashes(request):
        return request.words
    return (*parse(request).file_options, *(manner.again or manner.rebuild))


def _project(requirement: str) -> str:
    return canonicalize_name(Requirement(requirement).name)
