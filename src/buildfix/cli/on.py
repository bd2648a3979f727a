"""`--on MACHINE`: runs the same command with a copy of buildfix on another machine."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Any

from buildfix.catalog import shipped_folder
from buildfix.cli.local_files import LocalFiles
from buildfix.cli.options import LOCAL
from buildfix.core.errors import UsageError
from buildfix.core.program import STARTED_AS, own_command
from buildfix.machines.address import machine_at
from buildfix.machines.remote_run import Job, Streams, run_on
from buildfix.machines.streams import hide_status

_STAYS = {
    "host": "--host plans for a described machine",
    "system": "--os plans for a stock machine",
    "wheelhouse": "--wheelhouse is a folder on this machine",
    "evidence": "--evidence is a file on this machine",
}
"""Options that make no sense on another machine, each with the reason."""
_SETTINGS = ("PIP_", "UV_")
_FILES = ("_CERT", "_CONSTRAINT", "_FIND_LINKS", "_REQUIREMENT")
"""Suffixes of settings whose values are files to copy; other paths are not copied."""
_SHOWN = ("NO_COLOR", "FORCE_COLOR", "CI", "BUILDFIX_DEBUG")
_NETWORK = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def on_task(context: Any, *, quiet: bool = False) -> int:
    """Run the command of a click context on the machine that `--on` names; return its exit code.

    The arguments, and the files that they name, are copied there. Raises BuildfixError.
    """
    address = context.params["on"]
    if context.command.name != "explain":  # which names remedies for any system
        _refuse_what_stays(context.params)
    hide_status()  # from here on, the other machine's buildfix writes to the terminal
    streams = _streams()
    sys.stdout.flush()
    with contextlib.closing(machine_at(address, asks=streams.terminal)) as machine:

        def job_for(run: str) -> Job:
            files = LocalFiles(f"{run}/files")
            words = tuple(_words(context, files))
            there = variables_there(os.environ, files, same_network=machine.same_network)
            own = {STARTED_AS: own_command("--on", address)}
            variables = {**there, **files.variables, **own}
            return Job(words, variables, files.copies)

        code, document = run_on(machine, job_for, shipped_folder(), streams, _tell)
    sys.stdout.write(document.decode("utf-8", "replace"))
    if not quiet:
        _tell(f"This ran on {machine.title}; the paths above are on that machine.")
    return code


def _streams() -> Streams:
    """Return how to use this process's streams: as a terminal if a person can see and answer."""
    out, err = sys.stdout.isatty(), sys.stderr.isatty()
    return Streams(terminal=sys.stdin.isatty() and (out or err), stdout_apart=not out)


def _tell(text: str) -> None:
    sys.stderr.write(f"buildfix: {text}\n")
    sys.stderr.flush()


def _refuse_what_stays(params: Mapping[str, Any]) -> None:
    for name, why in _STAYS.items():
        if params.get(name):
            raise UsageError(f"{why}; it cannot be combined with --on.", do="Use only one of them.")


def _words(context: Any, files: LocalFiles) -> Iterator[str]:
    """Yield the words of the command for the other machine: options first, then arguments."""
    yield context.command.name
    yield f"--on={LOCAL}"  # whatever the configuration there says
    arguments: list[str] = []
    for parameter in context.command.params:
        value = context.params.get(parameter.name)
        if parameter.name == "on" or value in (None, False, 0):
            continue
        if getattr(parameter, "count", False):
            yield from [parameter.opts[0]] * value
            continue
        words = [_word(parameter.name, one, files) for one in _each(value)]
        if parameter.param_type_name == "argument":
            arguments += words
        else:
            option = parameter.opts[0]
            yield from (option if value is True else f"{option}={word}" for word in words)
    yield from arguments
    if context.obj:
        yield "--"
        yield from files.installer_words(context.obj)


def _each(value: Any) -> Sequence[Any]:
    return value if isinstance(value, (list, tuple)) else (value,)


def _word(name: str, value: Any, files: LocalFiles) -> str:
    """Return a parameter's value as a word; local files are copied."""
    word = value.value if isinstance(value, Enum) else str(value)
    return _NAMING_FILES[name](files, word) if name in _NAMING_FILES else word


def _log(files: LocalFiles, word: str) -> str:
    if word != "-":
        return files.file(Path(word))
    return files.content("stdin.log", sys.stdin.buffer.read())


_NAMING_FILES = {
    "requirements": LocalFiles.requirement,
    "requirement": LocalFiles.requirement,
    "files": LocalFiles.requirements_file,
    "editables": LocalFiles.editable,
    "recipes": lambda files, word: files.file(Path(word)),
    "evidence": lambda files, word: files.file(Path(word)),
    "host": lambda files, word: files.file(Path(word)),
    "logs": _log,
}
"""Parameters whose values may be local files, each with the function that copies them."""


def variables_there(
    environ: Mapping[str, str], files: LocalFiles, *, same_network: bool
) -> dict[str, str]:
    """Return the variables to set on the other machine.

    Settings of pip and uv are passed on, with copies of the files that they name, but not folders
    such as caches; those of buildfix are options there. Proxies and certificates are passed on if
    the network is the same.
    """
    there: dict[str, str] = {}
    for name, value in environ.items():
        network = same_network and is_of_network(name)
        if network or name in _SHOWN or name.startswith(_SETTINGS):
            if name.endswith(_FILES) or name in _NETWORK:
                there[name] = " ".join(map(files.if_local, value.split()))
            elif not _is_path(value):
                there[name] = value
    return there


def is_of_network(name: str) -> bool:
    """Return whether a variable is about the network, and not a setting of pip or uv."""
    of_network = name in _NETWORK or name.lower().endswith("_proxy")
    return of_network and not name.startswith(_SETTINGS)


def _is_path(value: str) -> bool:
    return value.startswith(("~", ".")) or Path(value).is_absolute()
