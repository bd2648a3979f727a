"""The command that builds one wheel as an install would build it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from buildfix.core import Command, Interpreter
from buildfix.installers.argv import InstallOptions, variables_of
from buildfix.installers.index_options import read_options
from buildfix.installers.option import parsed, unread, words_of
from buildfix.installers.pip import Pip
from buildfix.installers.requirements import ParsedRequest, projects_asked

_PIP = Pip()
_OF_BUILDS = ("--no-build-isolation", "--use-pep517", "--check-build-dependencies")
"""Switches that mean the same for `pip wheel`."""
_OF_INSTALLS = (
    *("--upgrade", "-U", "--force-reinstall", "--ignore-installed", "-I", "--no-deps"),
    *("--user", "--break-system-packages", "--compile", "--no-compile"),
    *("--no-warn-script-location", "--no-warn-conflicts", "--verbose", "-v"),
)
"""Switches that have no meaning for a wheel."""
_SWITCHES = tuple(dict.fromkeys((*_PIP.switches, *_OF_BUILDS, *_OF_INSTALLS)))


def can_build_apart(request: ParsedRequest) -> bool:
    """Return whether `pip wheel` can build what the request installs, each with the same result."""
    files = (*request.files, *request.argument_files)
    if any(one.has_settings for one in files):
        return False
    return not unread(request.installer_args, _PIP.values, _SWITCHES)


def wheel_command(
    request: ParsedRequest,
    interpreter: Interpreter,
    manner: InstallOptions,
    words: Sequence[str],
    folder: Path,
) -> Command:
    """Return the command that builds the project that `words` name into the cache of `manner`.

    The user's options apply as in the install. The `folder` gets another copy of the wheel.
    """
    cache = str(manner.cache)
    held = _PIP.constrained(interpreter, manner.constraints) if manner.constraints else ((), ())
    asked = projects_asked(request) if request.from_source else ()
    argv = (
        *_PIP.wheel(interpreter.path),
        *("--cache-dir", cache, "-v", "--no-deps", "--wheel-dir", str(folder)),
        *_PIP.no_binary(asked),
        *held[0],
        *_PIP.unisolated(manner.unisolated),
        *manner.arguments,
        *_options(request),
        *words,
    )
    kept = (("PIP_CACHE_DIR", cache), ("PIP_NO_CACHE_DIR", ""))
    return Command(argv, (*variables_of(_PIP, manner), *held[1], *kept))


def _options(request: ParsedRequest) -> tuple[str, ...]:
    """Return the user's options that concern a build."""
    own = parsed(request.installer_args, _PIP.values, _SWITCHES)[0]
    listed = [
        option
        for file in (*request.files, *request.argument_files)
        for option in read_options(file.options, "pip")
    ]
    return words_of([one for one in (*own, *listed) if one.name not in _OF_INSTALLS])
