"""Which projects were requested by path or URL, as far as it is known."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from buildfix.catalog import Knowledge
from buildfix.core import Host, Interpreter, Request
from buildfix.core.errors import BuildfixError
from buildfix.core.light_dataclass import dataclass
from buildfix.engine.verify import installed_from_places
from buildfix.installers.direct_references import (
    DirectRequest,
    direct_requests,
    is_same_place,
    words_for_installed,
)
from buildfix.installers.request_items import project_of
from buildfix.installers.requirements import projects_asked, requirements_asked
from buildfix.machines.local import Machine

if TYPE_CHECKING:
    from buildfix.engine.session import Session


@dataclass(frozen=True)
class Origins:
    """The projects that come from a path or URL."""

    named: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The words that request it again, by normalized name."""
    paths: Mapping[str, Path] = field(default_factory=dict)
    """The folder or file on this machine, by normalized name."""
    nameless: bool = False
    """Whether something was requested whose project name is unknown."""

    def may_be_direct(self, project: str, request: Request) -> bool:
        """Return whether a project may have been requested by path or URL.

        An index must not be asked for such a project. `request` tells which were requested by name.
        """
        name = canonicalize_name(project)
        if name in self.named or not self.nameless:
            return name in self.named
        return name not in {project_of(word) for word in request.requirements}


def known_origins(session: Session) -> Origins:
    """Return which projects were requested by path or URL, as far as known."""
    done = session.state.installs
    find = partial(
        origins_of,
        session.request,
        session.machine,
        session.interpreter,
        session.host,
        session.knowledge,
        installed=bool(done) and session.local,
    )
    return session.answers.to("origins", done, find)


def in_index(session: Session, project: str) -> bool:
    """Return whether a failed project comes from the index, so that other releases may be used.

    A name that only appears in a log does not count.
    """
    if known_origins(session).may_be_direct(project, session.request):
        return False
    name = canonicalize_name(project)
    return name in projects_asked(session.request) or session.version_coming(name) is not None


def asked_again(session: Session, rebuild: Iterable[str]) -> tuple[str, ...]:
    """Return the words that request projects again, from where they came from."""
    texts = tuple(rebuild)
    direct = known_origins(session).named if texts else {}
    asked = {one.name: one.word for one in requirements_asked(session.request)}
    groups: dict[tuple[str, ...], None] = {}
    for text in texts:
        name = project_of(text) or ""
        exact = text if Requirement(text).specifier else asked.get(name, text)
        groups[direct.get(name, (exact,))] = None
    return tuple(word for group in groups for word in group)


def origins_of(
    request: Request,
    machine: Machine,
    interpreter: Interpreter,
    host: Callable[[], Host],
    knowledge: Knowledge,
    *,
    installed: bool,
) -> Origins:
    """Return where requested projects come from, and with `installed` all that are in the target.

    A folder's own files contain its name; after the install, the installer's records do.
    """
    there = _installed(machine, interpreter) if installed else {}
    asked = direct_requests(request)
    names = [
        one.name or _name_there(one, there) or _own_name(one, host, knowledge) for one in asked
    ]
    known = {name: one for name, one in zip(names, asked, strict=True) if name}
    named = {name: one.words for name, one in known.items()}
    paths = {name: one.path for name, one in known.items() if one.path}
    return Origins({**named, **_written_down(there, but=named)}, paths, None in names)


def _written_down(
    there: Mapping[str, Mapping[str, Any]], but: Container[str]
) -> dict[str, tuple[str, ...]]:
    """Return the words for what came from a path or URL into the target, as that was recorded."""
    words = {name: words_for_installed(name, origin) for name, origin in there.items()}
    return {name: found for name, found in words.items() if found and name not in but}


def _installed(machine: Machine, interpreter: Interpreter) -> dict[str, dict[str, Any]]:
    try:
        return installed_from_places(machine, interpreter)
    except BuildfixError:  # what was asked for is known all the same
        return {}


def _name_there(one: DirectRequest, there: Mapping[str, Mapping[str, Any]]) -> str | None:
    """Return the name under which a request was installed."""
    places = tuple(_urls(one)) or (one.words[-1],)
    found = (name for name, origin in there.items() for place in places if _is(place, origin))
    return next(found, None)


def _urls(one: DirectRequest) -> Iterator[str]:
    if one.path:
        yield from dict.fromkeys((one.path.absolute().as_uri(), one.path.resolve().as_uri()))


def _is(place: str, origin: Mapping[str, Any]) -> bool:
    if place.startswith("file:"):
        return str(origin.get("url") or "").rstrip("/") == place.rstrip("/")
    return is_same_place(place, origin)


def _own_name(one: DirectRequest, host: Callable[[], Host], knowledge: Knowledge) -> str | None:
    """Return the name in a source's own metadata."""
    if one.path is None:
        return None
    from buildfix.forecast.builds import read_build  # slow to load

    reading = read_build(one.path, host(), knowledge)
    return canonicalize_name(reading.name) if reading and reading.name else None
