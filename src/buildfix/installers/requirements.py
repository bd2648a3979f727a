"""What a request asks for, parsed once: projects, paths, URLs and requirements files."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from functools import cached_property
from itertools import chain
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from buildfix.core import Request
from buildfix.core.errors import UsageError
from buildfix.core.light_dataclass import dataclass
from buildfix.core.program import own_command
from buildfix.installers.index_options import files_named, merged_options
from buildfix.installers.option import Option
from buildfix.installers.registry import installer_of
from buildfix.installers.request_items import URL, RequestItem
from buildfix.installers.requirement_files import RequirementsFile, read_requirements

_EGG = re.compile(r"[#&]egg=(?P<name>[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)")
_BEFORE_URL = re.compile(r"^(?:git|hg|svn|bzr)\+")
_USER = re.compile(r"(?<=://)(?!git@)[^/@\s]+@")
_REVISION = re.compile(r"@[^@/]+(?:/[^@:]*)?$")
"""A revision may be a branch name with slashes; the user part of an address has a colon or a slash
after it."""

_ELSEWHERE = ("--target", "--prefix", "--root", "--dry-run")
"""Options of pip and uv that install elsewhere, or nothing."""

LEGACY_REQUIRES = ("setuptools", "wheel")
"""The build requirements of a project that does not declare any (PEP 518)."""


@dataclass(frozen=True)
class ParsedRequest(Request):
    """A request with its requirements files read."""

    files: tuple[RequirementsFile, ...] = ()
    """The requirements files of the request."""
    argument_files: tuple[RequirementsFile, ...] = ()
    """The requirements files named in the installer's own arguments."""

    @cached_property
    def named(self) -> tuple[RequestItem, ...]:
        """What the command line requests."""
        return tuple(map(RequestItem, self.requirements))

    @cached_property
    def items(self) -> tuple[RequestItem, ...]:
        """Everything requested, in the order that pip uses."""
        editable = (RequestItem(word, editable=True) for word in self.editables)
        return (*self.named, *editable, *(item for file in self.files for item in file.items))

    @property
    def plain_items(self) -> tuple[RequestItem, ...]:
        """Everything requested, except editable projects."""
        return tuple(item for item in self.items if not item.editable)

    @cached_property
    def shared_options(self) -> tuple[Option, ...]:
        """The user's options that apply to every install of this run."""
        files = [file.options for file in (*self.files, *self.argument_files)]
        return merged_options(self.installer_args, files, self.installer)

    @property
    def file_options(self) -> tuple[str, ...]:
        """The options in requirements files, as words."""
        return tuple(word for file in self.files for word in file.options)


def parse(request: Request) -> ParsedRequest:
    """Return a request with its files read; a parsed one is returned unchanged."""
    if isinstance(request, ParsedRequest):
        return request
    files = (read_requirements(Path(path)) for path in request.requirement_files)
    named = files_named(request.installer_args, request.installer)
    more = (read_requirements(Path(path)) for path in named)
    return ParsedRequest(**vars(request), files=tuple(files), argument_files=tuple(more))


def check(request: Request) -> None:
    """Raise UsageError for the first item that is not a requirement, path or URL."""
    if not request.words:
        raise UsageError("Nothing to install.", do=f"Name a project: {own_command('lxml')}")
    for path in request.requirement_files:
        if not Path(path).is_file() and not URL.fullmatch(path):
            raise UsageError(f"Requirements file {path} does not exist.", do="Check the path.")
    for one in parse(request).items:
        if one.editable or one.is_path:
            _check_path(one)
        elif not one.is_url:
            _check_requirement(one)


def named_projects(request: Request) -> tuple[str, ...]:
    """Return the normalized names of the requirements on the command line."""
    found = (one.name for one in parse(request).named if not one.is_path)
    return tuple(dict.fromkeys(filter(None, found)))


def projects_asked(request: Request) -> tuple[str, ...]:
    """Return the normalized names of all requested projects, also in requirements files."""
    return tuple(dict.fromkeys(one.name for one in requirements_asked(request) if one.name))


def requirements_asked(request: Request) -> tuple[RequestItem, ...]:
    """Return the requirements that name a project, also in requirements files."""
    items = parse(request).plain_items
    return tuple(one for one in items if one.name and (one.place or not one.is_path))


def repositories_asked(request: Request) -> tuple[RequestItem, ...]:
    """Return what was requested by the URL of a repository."""
    return tuple(one for one in parse(request).items if one.repository_tool)


def tools_asked(request: Request) -> tuple[str, ...]:
    """Return the commands that pip uses to fetch the requested repositories."""
    found = (one.repository_tool for one in repositories_asked(request))
    return tuple(dict.fromkeys(filter(None, found)))


def requirements_by_url(request: Request) -> tuple[Requirement, ...]:
    """Return what was requested by the URL of a file; a missing name comes from the file name."""
    found = (one.by_url for one in parse(request).items)
    return tuple(dict.fromkeys(filter(None, found)))


def pinned(request: Request, pins: Sequence[str]) -> ParsedRequest:
    """Return the request with `pins` in place of the requirements on the same projects.

    A requirement keeps its extras and marker; pins of other projects are added.
    """
    parsed = parse(request)
    wanted: dict[str, Requirement] = {}
    wanted.update((canonicalize_name(pin.name), pin) for pin in map(Requirement, pins))
    words = [_pinned(one, wanted.get(one.name or "")) for one in parsed.named]
    named = named_projects(parsed)
    more = (str(pin) for name, pin in wanted.items() if name not in named)
    return replace(parsed, requirements=(*words, *more))


def local_projects(request: Request) -> tuple[Path, ...]:
    """Return the folders and sdists that were requested by path."""
    items = parse(request).items
    found = [one.path for one in items if one.editable or one.is_path]
    return tuple(path for path in found if path.exists() and path.suffix != ".whl")


def distributions_asked(request: Request) -> tuple[str, ...]:
    """Return what was requested, as an installed distribution records it: a name or a URL."""
    parsed = parse(request)
    listed = (one.name for one in parsed.plain_items if one.place and one.name)
    paths_first = sorted(parsed.items, key=lambda one: (one.is_url, not one.editable))
    places = chain.from_iterable(map(_places_recorded, paths_first))
    return tuple(dict.fromkeys((*named_projects(parsed), *listed, *places)))


def _places_recorded(item: RequestItem) -> Iterator[str]:
    """Yield the URLs that pip may record for what was requested by path or URL."""
    if item.is_url and (item.editable or not item.name):
        yield _written_down(item.word)
    elif item.is_path or item.editable:
        yield item.path.resolve().as_uri()
        yield Path(os.path.abspath(item.path)).as_uri()  # noqa: PTH100 - `..` goes, links stay


def _written_down(url: str) -> str:
    """Return a URL as pip records it (PEP 610), or the name in its `egg` fragment.

    That is without the part before `+`, credentials, the revision and the fragment.
    """
    egg = _EGG.search(url)
    if egg:
        return canonicalize_name(egg["name"])
    bare = _BEFORE_URL.sub("", url.partition("#")[0])
    bare = _USER.sub("", bare)
    return _REVISION.sub("", bare) if RequestItem(url).repository_tool else bare


def wanted_by_markers(request: Request, environment: Mapping[str, str]) -> frozenset[str]:
    """Return the requested distributions whose markers hold, as in `distributions_asked`."""
    parsed = parse(request)
    markers = [(one.name, one.requirement.marker) for one in parsed.plain_items if one.requirement]
    held = {name for name, marker in markers if not marker or marker.evaluate(dict(environment))}
    ruled_out = {name for name, _ in markers} - held
    return frozenset(one for one in distributions_asked(parsed) if one not in ruled_out)


def goes_elsewhere(request: Request, environ: Mapping[str, str]) -> str:
    """Return the option that makes the installer install elsewhere, or nothing; empty if none.

    Such an install does not change the target, so there is nothing to verify.
    """
    for word in request.installer_args:
        name = word.partition("=")[0]
        if name in _ELSEWHERE or (word.startswith("-t") and not word.startswith("--")):
            return name
    variables = map(installer_of(request.installer).variable, _ELSEWHERE)
    return next((name for name in variables if environ.get(name)), "")


def wants_hashes(request: Request) -> bool:
    """Return whether pip checks each file against a hash, so no other file is allowed."""
    if "--require-hashes" in request.installer_args or os.environ.get("PIP_REQUIRE_HASHES"):
        return True
    return any(file.requires_hashes for file in parse(request).files)


def _pinned(item: RequestItem, pin: Requirement | None) -> str:
    requirement = copy(item.requirement)
    if pin is None or requirement is None or requirement.url:  # the URL itself was requested
        return item.word
    requirement.specifier = pin.specifier
    return str(requirement)


def _check_path(item: RequestItem) -> None:
    if not (item.place or URL.fullmatch(item.word) or item.path.exists()):
        raise UsageError(f"{item.word} does not exist.", do="Check the path.")


def _check_requirement(item: RequestItem) -> None:
    try:
        url = Requirement(item.word).url
        problem = "" if url is None or URL.fullmatch(url) else f"{url!r} is not a URL"
    except InvalidRequirement as error:
        problem = str(error).splitlines()[0]
    if problem:
        where = f"{item.place}: " if item.place else ""
        raise UsageError(
            f"{where}{item.word!r} is not a requirement: {problem}.",
            do="Write it the way pip expects it, for example 'lxml>=5'.",
        )
