"""What a request names: projects, paths, URLs and requirement files."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from buildfix.core import Request
from buildfix.core.errors import UsageError
from buildfix.installers.requirement_files import Listed, listed_in, requires_hashes

_URL = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:(?://)?\S+")
_NAMED_URL = re.compile(r"[\w.-]+\s*(?:\[[^\]]*\]\s*)?@")
_FILE = re.compile(r"(?:https?|file):", re.IGNORECASE)
_REPOSITORY = re.compile(r"(?:^|@\s*)(?P<vcs>git|hg|svn|bzr)\+\w+:")
_EGG = re.compile(r"[#&]egg=(?P<name>[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)")
_BEFORE_URL = re.compile(r"^(?:git|hg|svn|bzr)\+")
_USER = re.compile(r"(?<=://)(?!git@)[^/@\s]+@")
_REVISION = re.compile(r"@[^@/]+(?:/[^@:]*)?$")
"""A revision may be a branch with slashes; the user of an address has a colon or a slash after."""
_ARCHIVE = re.compile(r"\.(?:whl|zip|tar\.\w+|tgz|tbz)$")
_EXTRAS = re.compile(r"\[[^\]]*\]$")

_ELSEWHERE = ("--target", "--prefix", "--root", "--dry-run")
"""Options of pip and uv."""

LEGACY_REQUIRES = ("setuptools", "wheel")
"""What a build requires that declares nothing, as front ends take it (PEP 518)."""


def check(request: Request) -> None:
    """Raise UsageError for the first thing asked that is no requirement, path or URL."""
    if not request.words:
        raise UsageError("Nothing was asked for.", do="Name a project: buildfix lxml.")
    for path in request.requirement_files:
        if not Path(path).is_file() and not _URL.fullmatch(path):
            raise UsageError(f"There is no requirements file {path}.", do="Check the path.")
    for word in (*request.editables, *filter(_is_path, request.requirements)):
        if not _URL.fullmatch(word) and not Path(_EXTRAS.sub("", word)).exists():
            raise UsageError(f"There is no file or folder {word}.", do="Check the path.")
    for word in request.requirements:
        _check_requirement(word)
    for one in _listed(request):
        if not one.editable:
            _check_requirement(one.word, f"{one.place}: ")


def words_asked(request: Request) -> tuple[Listed, ...]:
    """Return all that is asked for in the order in which pip takes it."""
    named = (Listed(word, False, "") for word in request.requirements)
    editable = (Listed(word, True, "") for word in request.editables)
    return (*named, *editable, *_listed(request))


def local_path(word: str) -> tuple[Path, str] | None:
    """Return the path that a word names, with its extras as written; None where it names none."""
    bare = _EXTRAS.sub("", word)
    if bare.lower().startswith("file:"):
        bare = url2pathname(urlsplit(bare).path)
    elif not (_is_path(word) or (Path(bare).is_dir() and project_of(word) is None)):
        return None
    return (Path(bare), word[len(_EXTRAS.sub("", word)) :]) if Path(bare).exists() else None


def named_projects(request: Request) -> tuple[str, ...]:
    """Return the normalised names of the requirements that name a project."""
    words = (word for word in request.requirements if not _is_path(word))
    return tuple(dict.fromkeys(name for name in map(project_of, words) if name))


def projects_asked(request: Request) -> tuple[str, ...]:
    """Return the normalised names of all projects named, those of requirement files among them."""
    names = map(project_of, requirements_asked(request))
    return tuple(dict.fromkeys(name for name in names if name))


def tools_asked(request: Request) -> tuple[str, ...]:
    """Return the commands by which pip fetches what is asked for by a URL of its repository.

    Source: pip's documentation, "VCS Support".
    """
    found = map(_REPOSITORY.search, repositories_asked(request))
    return tuple(dict.fromkeys(match["vcs"] for match in found if match))


def repositories_asked(request: Request) -> tuple[str, ...]:
    """Return what is asked for by a URL of its repository, as it was written."""
    words = (*request.requirements, *_editables(request), *_all_listed(request))
    return tuple(dict.fromkeys(filter(_REPOSITORY.search, words)))


def requirements_asked(request: Request) -> tuple[str, ...]:
    """Return the requirements that name a project, those of requirement files among them."""
    words = (word for word in request.requirements if not _is_path(word))
    return tuple(word for word in (*words, *_all_listed(request)) if project_of(word))


def requirements_by_url(request: Request) -> tuple[Requirement, ...]:
    """Return what was asked for by the URL of a file; one without a name has that of its file."""
    words = (*request.requirements, *_editables(request), *_all_listed(request))
    return tuple(dict.fromkeys(one for one in map(by_url, words) if one))


def pinned(request: Request, pins: Sequence[str]) -> Request:
    """Return the request with these requirements in the place of those of the same projects.

    A requirement keeps its extras and marker; what was not named is asked for besides.
    """
    wanted: dict[str, Requirement] = {
        canonicalize_name(Requirement(pin).name): Requirement(pin) for pin in pins
    }
    words = [_pinned(word, wanted.get(project_of(word) or "")) for word in request.requirements]
    named = named_projects(request)
    more = (str(pin) for name, pin in wanted.items() if name not in named)
    return replace(request, requirements=(*words, *more))


def local_projects(request: Request) -> tuple[Path, ...]:
    """Return the folders and sdists that were asked for by their path."""
    named = (*request.requirements, *_all_listed(request))
    words = (*_editables(request), *filter(_is_path, named))
    paths = (Path(_EXTRAS.sub("", word)) for word in words)
    return tuple(path for path in paths if path.exists() and path.suffix != ".whl")


def distributions_asked(request: Request) -> tuple[str, ...]:
    """Return what was asked as an installed distribution knows it: by its name or its URL."""
    editables = _editables(request)
    words = (*request.requirements, *_all_listed(request))
    places = (*_paths(editables), *filter(_is_path, words))
    urls = (word for word in words if _URL.match(word) and not project_of(word))
    urls = (_written_down(word) for word in (*filter(_URL.match, editables), *urls))
    listed = filter(None, map(project_of, _all_listed(request)))
    paths = [Path(_EXTRAS.sub("", word)) for word in places]
    local = (uri for path in paths for uri in (path.resolve().as_uri(), _unresolved(path)))
    return tuple(dict.fromkeys((*named_projects(request), *listed, *local, *urls)))


def _paths(words: Sequence[str]) -> Iterator[str]:
    return (word for word in words if not _URL.match(word))


def _written_down(url: str) -> str:
    """Return the URL of a file or repository as pip writes it down (PEP 610), or its `egg` name.

    That is without what came before `+`, credentials, the revision and the fragment.
    """
    egg = _EGG.search(url)
    if egg:
        return canonicalize_name(egg["name"])
    bare = _BEFORE_URL.sub("", url.partition("#")[0])
    bare = _USER.sub("", bare)
    return _REVISION.sub("", bare) if _REPOSITORY.search(url) else bare


def _unresolved(path: Path) -> str:
    """Return a path's URL as pip writes it down, which follows no symbolic link."""
    return Path(os.path.abspath(path)).as_uri()  # noqa: PTH100 - `..` goes, links stay


def wanted_by_markers(request: Request, environment: Mapping[str, str]) -> frozenset[str]:
    """Return what was asked for, as `distributions_asked` has it, unless a marker rules it out."""
    words = map(requirement_of, (*request.requirements, *_all_listed(request)))
    found = [one for one in words if one]
    named = {canonicalize_name(one.name) for one in found}
    held = {
        canonicalize_name(one.name)
        for one in found
        if one.marker is None or one.marker.evaluate(dict(environment))
    }
    asked = distributions_asked(request)
    return frozenset(one for one in asked if one in held or one not in named)


def goes_elsewhere(request: Request, environ: Mapping[str, str]) -> str:
    """Return the option that has the installer install elsewhere or nothing, empty if none does.

    What such an install brings is not in the target, where it would be verified.
    """
    for word in request.installer_args:
        name = word.partition("=")[0]
        if name in _ELSEWHERE or (word.startswith("-t") and not word.startswith("--")):
            return name
    own = request.installer == "pip"
    variables = (f"PIP_{name[2:].upper().replace('-', '_')}" for name in _ELSEWHERE if own)
    return next((name for name in variables if environ.get(name)), "")


def wants_hashes(request: Request) -> bool:
    """Say whether pip checks each file against a hash: then none may come from elsewhere."""
    if "--require-hashes" in request.installer_args or os.environ.get("PIP_REQUIRE_HASHES"):
        return True
    return any(requires_hashes(Path(path)) for path in request.requirement_files)


def _pinned(word: str, pin: Requirement | None) -> str:
    if pin is None or _is_path(word):
        return word
    requirement = Requirement(word)
    if requirement.url:  # what lies there is what was asked for
        return word
    requirement.specifier = pin.specifier
    return str(requirement)


def _all_listed(request: Request) -> Iterator[str]:
    return (one.word for one in _listed(request) if not one.editable)


def _editables(request: Request) -> tuple[str, ...]:
    listed = (one.word for one in _listed(request) if one.editable)
    return (*request.editables, *listed)


def _listed(request: Request) -> Iterator[Listed]:
    return (one for path in request.requirement_files for one in listed_in(Path(path)))


def listed_of(request: Request) -> Iterator[Listed]:
    """Yield what the request's requirements files ask for."""
    return _listed(request)


def is_by_place(word: str) -> bool:
    """Say whether a word asks for a project by a path or URL, with a name before it or without."""
    found = requirement_of(word)
    return bool(found.url) if found else _is_path(word) or bool(_URL.match(word))


def path_without_extras(word: str) -> str:
    """Return a path without the extras that may follow it: `./demo[fast]` is `./demo`."""
    return _EXTRAS.sub("", word)


def _is_path(word: str) -> bool:
    if _URL.match(word) or _NAMED_URL.match(word):
        return False
    return bool(word.startswith(".") or "/" in word or "\\" in word or _ARCHIVE.search(word))


def project_of(word: str) -> str | None:
    """Return the normalised name of the project that a requirement names, None where it is none."""
    found = requirement_of(word)
    return canonicalize_name(found.name) if found else None


def requirement_of(word: str) -> Requirement | None:
    """Return what a word requires (PEP 508), None where it is no requirement."""
    try:
        return Requirement(word)
    except InvalidRequirement:
        return None


def by_url(word: str) -> Requirement | None:
    """Return what a word names by the URL of a file; without a name it has that of its file."""
    found = requirement_of(f"url @ {word}" if _URL.match(word) else word)
    if found is None or found.url is None or not _FILE.match(found.url):
        return None
    if _URL.match(word):
        found.name = _stem(found.url)
    return found


def _stem(url: str) -> str:
    """Return the name of a URL's file without its version and suffix."""
    file = url.partition("#")[0].rstrip("/").rpartition("/")[2]
    return re.split(r"-\d", _ARCHIVE.sub("", file))[0]


def _check_requirement(word: str, where: str = "") -> None:
    if _is_path(word) or _URL.match(word):
        return
    try:
        url = Requirement(word).url
        problem = "" if url is None or _URL.fullmatch(url) else f"{url!r} is no URL"
    except InvalidRequirement as error:
        problem = str(error).splitlines()[0]
    if problem:
        raise UsageError(
            f"{where}{word!r} is not a requirement: {problem}.",
            do="Write it as pip takes it, for example 'lxml>=5'.",
        )
