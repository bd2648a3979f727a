"""The command lines of pip and uv for a request."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from buildfix.core import Command, Interpreter, Request, Variables
from buildfix.installers.configuration import uv_variables
from buildfix.installers.index_options import as_pip_says, without_places, words_of
from buildfix.installers.requirements import parse, projects_asked, wants_hashes

_CREDENTIALS = re.compile(r"(?P<scheme>[a-zA-Z][a-zA-Z0-9+.-]{0,30}://)[^/\s'\"]+@")
"""Up to the last @ before the path: pip takes passwords that have one of their own."""
_OF_PROXIES = re.compile(r"(?<![^\s='\"])[^\s/:@'\"=]+:[^\s/@'\"]+@(?=[\w.-]+:\d)")
"""pip takes a proxy as `user:password@host:port`, too."""

_PLAIN_ENGLISH = (
    ("LC_ALL", "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"),
    ("LANGUAGE", "en"),
    ("NO_COLOR", "1"),
    ("FORCE_COLOR", ""),
    ("CLICOLOR_FORCE", ""),
    ("CARGO_TERM_COLOR", "never"),
    ("PYTHONUNBUFFERED", "1"),
    ("PYTHONIOENCODING", "utf-8"),
)
_FLAGS = frozenset({"CFLAGS", "CPPFLAGS", "CXXFLAGS", "LDFLAGS"})
_BUILD_CONSTRAINT = Version("25.3")
_CONFIG_SETTINGS = Version("22.1")
"""pip's change log, 22.1: `--config-settings`."""
_ALWAYS_A_WHEEL = Version("23.1")
"""pip's change log, 23.1: `--no-binary` does not imply `setup.py install` any more."""
_PIP = (
    ("PIP_DISABLE_PIP_VERSION_CHECK", "1"),
    ("PIP_NO_INPUT", "1"),
    ("PIP_PROGRESS_BAR", "off"),
    ("PIP_ROOT_USER_ACTION", "ignore"),
)


@dataclass(frozen=True)
class InstallOptions:
    """How an install is done, beside what the request says of it."""

    variables: Variables = ()
    """For the installer, beside those that make its messages English and plain."""
    arguments: tuple[str, ...] = ()
    """Of the installer, beside those that the request means."""
    rebuild: tuple[str, ...] = ()
    """Projects that are built from source though they are installed."""
    again: tuple[str, ...] = ()
    """The words that ask for those again, from where they were asked for."""
    complete: bool = False
    """Whether all else that was asked is there, so that those alone are touched."""
    constraints: str | None = None
    """A file that holds for what builds require."""
    unisolated: tuple[str, ...] = ()
    """Projects that are built in the target environment itself (pip cannot tell them apart: then
    all are)."""
    fresh: bool = False
    """Whether the target has nothing of it yet, so that nothing has to be reinstalled."""
    cache: Path | None = None
    """A folder in which the installer keeps what it builds; without one it keeps nothing."""

    @property
    def alone(self) -> bool:
        """Whether nothing is touched but what is built anew."""
        return self.complete and bool(self.rebuild)


_PLAIN_MANNER = InstallOptions()


def install_command(
    request: Request, interpreter: Interpreter, manner: InstallOptions = _PLAIN_MANNER
) -> Command:
    """Return the command that installs what was asked."""
    head = _uv_head if request.installer == "uv" else _pip_head
    words, more = _constrained(request, interpreter, manner.constraints)
    argv = (
        *head(interpreter, manner.cache),
        *_from_source(request, manner),
        *words,
        *_in_the_open(request, manner.unisolated),
        *manner.arguments,
        *request.installer_args,
        *_what(request, manner),
    )
    pip = _PIP if request.installer == "pip" else ()
    kept = _cache_variables(request, manner.cache)
    return Command(argv, (*_PLAIN_ENGLISH, *pip, *manner.variables, *more, *kept))


def redacted(text: str) -> str:
    """Return a text without the credentials of the URLs, and of the proxies, in it."""
    if "@" not in text:
        return text
    return _OF_PROXIES.sub("****@", _CREDENTIALS.sub(r"\g<scheme>****@", text))


def replace_credentials(text: str, put: Callable[[str], str]) -> str:
    """Return a text with `put` of each URL's credentials in their place.

    The user's name that git's addresses have for ssh is none.
    """

    def swapped(match: re.Match[str]) -> str:
        scheme, found = match["scheme"], match[0].removeprefix(match["scheme"]).removesuffix("@")
        return match[0] if "ssh" in scheme and ":" not in found else f"{scheme}{put(found)}@"

    return _CREDENTIALS.sub(swapped, text)


def separator(name: str) -> str:
    """Return what stands between the values of a variable that adds up; nothing for any other."""
    if name in _FLAGS:
        return " "
    return os.pathsep if name.endswith("PATH") else ""


def settings_of(command: Command) -> Variables:
    """Return what an install's variables mean beside making its messages plain."""
    plain = dict((*_PLAIN_ENGLISH, *_PIP))
    return tuple((name, value) for name, value in command.env if plain.get(name) != value)


def repeatable(command: Command) -> Command:
    """Return an install without the cache that was made for one run of it."""
    words = list(command.argv)
    if "--cache-dir" in words:
        place = words.index("--cache-dir")
        words[place : place + 2] = ["--no-cache" if words[0] == "uv" else "--no-cache-dir"]
    own = ("PIP_CACHE_DIR", "PIP_NO_CACHE_DIR") if tuple(words) != command.argv else ()
    return Command(tuple(words), tuple(pair for pair in command.env if pair[0] not in own))


def pip_options(request: Request) -> tuple[str, ...]:
    """Return the options by which pip's own parser understands the request's index settings.

    What requirements files say of the index goes before the command line's words, as with pip.
    """
    asked = _no_binary(projects_asked(request) if request.from_source else ())
    if request.installer == "uv":  # pip takes the last index that it is told
        options = (*uv_variables(os.environ), *parse(request).shared_options)
        told = sorted(options, key=lambda one: one.name == "--default-index")  # it goes before
        return (*asked, *words_of(tuple(as_pip_says(told))))
    return (*asked, *request.installer_args, *parse(request).file_options)


def network_options(request: Request) -> tuple[str, ...]:
    """Return the options by which pip reaches other places than the user's own indexes."""
    options = parse(request).shared_options
    said = tuple(as_pip_says(options)) if request.installer == "uv" else options
    return words_of(without_places(said))


def knows_config_settings(interpreter: Interpreter) -> bool:
    """Say whether the target's pip knows --config-settings."""
    try:
        return Version(interpreter.pip or "0") >= _CONFIG_SETTINGS
    except InvalidVersion:
        return False


def _pip_head(interpreter: Interpreter, cache: Path | None) -> tuple[str, ...]:
    kept = ("--cache-dir", str(cache)) if cache else ("--no-cache-dir",)
    return (interpreter.path, "-m", "pip", "install", *kept, "-v", *_as_wheel(interpreter, cache))


def _uv_head(interpreter: Interpreter, cache: Path | None) -> tuple[str, ...]:
    kept = ("--cache-dir", str(cache)) if cache else ("--no-cache",)
    return ("uv", "pip", "install", "--python", interpreter.path, *kept, "-v")


def _as_wheel(interpreter: Interpreter, cache: Path | None) -> tuple[str, ...]:
    """Make pips before 23.1 build a wheel where they would run `setup.py install`."""
    makes = cache is None or Version(interpreter.pip or "0") >= _ALWAYS_A_WHEEL
    return () if makes else ("--use-pep517",)


def _cache_variables(request: Request, cache: Path | None) -> Variables:
    """Return what tells the installs of build requirements, which pip runs itself, of the cache."""
    if cache is None or request.installer != "pip":
        return ()
    return (("PIP_CACHE_DIR", str(cache)), ("PIP_NO_CACHE_DIR", ""))


def _what(request: Request, manner: InstallOptions) -> tuple[str, ...]:
    """Return what is installed: all that was asked, or only what is built again.

    What requirements files say of indexes and constraints holds for that, too. Hashes stand in
    those files, so that where they are required the files are read again.
    """
    if not manner.alone or wants_hashes(request):
        return request.words
    return (*parse(request).file_options, *(manner.again or manner.rebuild))


def _constrained(
    request: Request, interpreter: Interpreter, constraints: str | None
) -> tuple[tuple[str, ...], Variables]:
    """Return the words and variables by which an installer holds what builds require.

    pip has --build-constraint from 25.3 on; before that its variable PIP_CONSTRAINT reached the
    builds (pip's documentation, "Constraining build dependencies"), and where the target has
    setuptools it ran setup.py there, out of reach of any constraint, unless told otherwise.
    """
    if constraints is None:
        return (), ()
    if request.installer == "uv":
        return ("--build-constraints", constraints), ()
    if Version(interpreter.pip or "0") >= _BUILD_CONSTRAINT:
        return ("--build-constraint", constraints), ()
    own = os.environ.get("PIP_CONSTRAINT", "")
    return ("--use-pep517",), (("PIP_CONSTRAINT", f"{own} {constraints}".strip()),)


def _in_the_open(request: Request, unisolated: Sequence[str]) -> tuple[str, ...]:
    if not unisolated:
        return ()
    if request.installer == "uv" and "*" not in unisolated:
        return tuple(word for name in unisolated for word in ("--no-build-isolation-package", name))
    return ("--no-build-isolation",)


def _from_source(request: Request, manner: InstallOptions) -> tuple[str, ...]:
    """Return what has the installer build, and touch nothing else where that is meant."""
    asked = projects_asked(request) if request.from_source else ()
    names = tuple(dict.fromkeys((*asked, *map(_project, manner.rebuild))))
    deps = ("--no-deps",) if manner.alone else ()
    if request.installer == "uv":
        again = ("--reinstall",) if manner.rebuild and not manner.fresh else ()
        return (*again, *deps, *(word for name in names for word in ("--no-binary", name)))
    again = ("--force-reinstall",) if manner.rebuild and not manner.fresh else ()
    return (*again, *deps, *_no_binary(names))


def _no_binary(names: Sequence[str]) -> tuple[str, ...]:
    return ("--no-binary", ",".join(names)) if names else ()


def _project(requirement: str) -> str:
    return canonicalize_name(Requirement(requirement).name)
