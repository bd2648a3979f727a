"""The only command lines that install or remove a distribution by its name.

Whatever a plan installs into the target in addition to the request (a tool, a compiler's wheel, an
undeclared build requirement, a newer pip) is installed by one of these, so that the user's index,
constraints, hashes, proxies and certificates apply. A project that was requested by path or URL is
never replaced by a project of the same name in an index.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from packaging.utils import canonicalize_name

from buildfix.core import FetchOptions, Host, Request
from buildfix.core.file_urls import path_of
from buildfix.installers.index_options import read_options, without_places
from buildfix.installers.option import Option, words_of
from buildfix.installers.registry import INSTALLERS, installer_of
from buildfix.installers.request_items import project_of
from buildfix.installers.requirements import parse, wants_hashes

Direct = Mapping[str, tuple[str, ...]]
"""Projects that were requested by path or URL, each with the words that request it again."""

_FILE = re.compile(r"file:", re.IGNORECASE)


def fetch_options(
    request: Request, environ: Mapping[str, str], prefix: str, direct: Direct
) -> FetchOptions:
    """Return how to install distributions by name into the target at `prefix` in this run."""
    options = parse(request).shared_options
    installer = installer_of(request.installer)
    configured = installer.configured(environ, prefix)
    effective = (*configured, *options)
    names = {one.name for one in effective}
    closed = ""
    if "--require-hashes" in names or wants_hashes(request):
        closed = "hashes are required, and there is none for it"
    folders = tuple(_folders(effective)) if "--no-index" in names else None
    if folders is not None and any(_is_remote(one) for one in effective):
        folders = None  # a page of links may contain it
    elif folders == ():
        closed = closed or "index access is disabled (--no-index)"
    return FetchOptions(
        request.installer,
        words_of(options),
        closed,
        folders,
        () if installer.uses_pip else words_of(configured),
        tuple(direct.items()),
    )


def unavailable(requirement: str, fetch: FetchOptions) -> str:
    """Return why a distribution cannot be installed by name in this run; empty if it can.

    What was requested by path or URL is always available from there.
    """
    name = project_of(requirement) or ""
    if name in dict(fetch.direct):
        return ""
    if fetch.closed:
        return f"{name} cannot be installed: {fetch.closed}"
    if fetch.folders is not None and not any(_holds(folder, name) for folder in fetch.folders):
        return (
            f"{name} cannot be installed: index access is disabled, and --find-links does not "
            "have it"
        )
    return ""


def install_argv(host: Host, requirements: Iterable[str], *more: str) -> tuple[str, ...]:
    """Return the command that installs these into the target, with `more` options.

    What was requested by path or URL is installed from there.
    """
    direct = dict(host.fetch.direct)
    words = dict.fromkeys(direct.get(project_of(one) or "", (one,)) for one in requirements)
    named = (word for group in words for word in group)
    return (*_head(host), *more, *host.fetch.arguments, *named)


def install_from(host: Host, where: Sequence[str], requirement: str) -> tuple[str, ...]:
    """Return the command that installs one file, and only from the place that `where` names.

    `where` are pip options; the user's proxies, certificates and constraints apply.
    """
    return (*_head(host), "--no-deps", *_placeless(host.fetch), *where, requirement)


def install_there(host: Host, index: str, requirement: str) -> tuple[str, ...]:
    """Return the command that installs a distribution and its dependencies from one index."""
    return (*_head(host), *_placeless(host.fetch), "--index-url", index, requirement)


def by_pip(host: Host) -> Host:
    """Return the host with pip as its installer, and the user's settings in pip's words."""
    fetch = host.fetch
    words = (*fetch.settings, *fetch.arguments)
    options = installer_of(fetch.installer).as_pip(read_options(words, fetch.installer))
    told = replace(fetch, installer="pip", arguments=words_of(options), settings=())
    return replace(host, fetch=told)


def uninstall_argv(host: Host, names: Iterable[str]) -> tuple[str, ...]:
    """Return the command that removes these from the target."""
    return (*installer_of(host.fetch.installer).uninstall(host.python), *names)


def names_uninstalled(argv: Sequence[str]) -> tuple[str, ...]:
    """Return the normalized names that such a command removes; empty for other commands."""
    heads = (one.uninstall(word) for one in INSTALLERS.values() for word in argv[:5])
    found = next((head for head in heads if tuple(argv[: len(head)]) == head), None)
    return tuple(map(canonicalize_name, argv[len(found) :])) if found else ()


def _placeless(fetch: FetchOptions) -> tuple[str, ...]:
    """Return the user's options except those that say where to get files."""
    return words_of(without_places(read_options(fetch.arguments, fetch.installer)))


def _head(host: Host) -> tuple[str, ...]:
    return installer_of(host.fetch.installer).install(host.python)


def _folders(options: Iterable[Option]) -> Iterator[str]:
    places = (one.value for one in options if one.name == "--find-links" and one.value)
    local = (path_of(one) if _FILE.match(one) else one for one in places)
    return (place for place in local if Path(place).is_dir())


def _is_remote(option: Option) -> bool:
    place = option.value or ""
    return option.name == "--find-links" and "://" in place and not _FILE.match(place)


def _holds(folder: str, name: str) -> bool:
    """Return whether a folder has a wheel or an sdist of a project."""
    mine = re.compile(rf"{re.escape(name)}-\d")
    return any(mine.match(canonicalize_name(path.name)) for path in Path(folder).iterdir())
