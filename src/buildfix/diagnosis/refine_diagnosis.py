"""What a diagnosis means on this machine, if the log alone cannot tell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from buildfix.catalog import Knowledge
from buildfix.catalog.compilers import Lack
from buildfix.catalog.schema import Capability
from buildfix.core import Diagnosis, Host, needs_of
from buildfix.forecast.releases import defined_in, headers_in
from buildfix.platforms.headers import header_of, in_libc, installed_like, mentions
from buildfix.providers import Builds
from buildfix.providers.isolation import distribution_of, pinned_backend

Source = Callable[[], AbstractContextManager[Path | None]]
"""Provides the sdist of the failed project; None if it is not available."""


_Owner = tuple[Capability, str, tuple[str, ...]]
"""A library, one of its headers, and the names that a newer version would have."""


@dataclass(frozen=True)
class RefineContext:
    """The machine on which a build failed."""

    host: Host
    knowledge: Knowledge
    version_of: Callable[[Capability], str | None]
    """Returns the system's upstream version of a capability; None if unknown."""


@dataclass(frozen=True)
class Refined:
    """What a diagnosis means here."""

    diagnosis: Diagnosis
    capability: Capability | None = None
    """The library that is older than the source requires."""
    names: tuple[str, ...] = ()
    """What the source uses that the library does not have."""


def backend_too_old(
    diagnosis: Diagnosis, knowledge: Knowledge, builds: Builds, release: str
) -> Diagnosis:
    """Tell a backend that is declared, yet not made for this Python, from a missing one."""
    cause = diagnosis.cause
    needs = needs_of([cause] if cause else [])
    distribution = distribution_of(needs[0], knowledge) if needs else None
    held = pinned_backend(distribution, builds) if distribution else None
    if cause is None or held is None:
        return diagnosis
    return replace(
        diagnosis,
        cause=replace(cause, kind="python-unsupported", subject=release, required=None, recipe=""),
        says=f"The build requires {held}, which does not run on Python {release}.",
        advice="Use a Python version that this release supports, or another release.",
        never=(),
    )


def header_of_newer_library(diagnosis: Diagnosis, here: RefineContext) -> Refined:
    """Distinguish a header that only a newer library has from a missing library."""
    host, knowledge, same = here.host, here.knowledge, Refined(diagnosis)
    name = diagnosis.cause.subject if diagnosis.cause else ""
    capability = knowledge.capability("header-missing", name)
    if capability is None or capability.named or not _is_packaged(capability, here):
        return same
    others = capability.detectors.get("headers", ())
    if installed_like((name,), host) or not installed_like(others, host):
        return same
    return _too_old(
        diagnosis, here, capability, (name,), f"includes {name}, which {{has}} does not provide"
    )


def _is_packaged(capability: Capability, here: RefineContext) -> bool:
    """Return whether the packages that provide a capability are installed."""
    recipe = here.knowledge.host(here.host)
    entry = recipe.packages_for(capability.id, here.host.version) if recipe else None
    return bool(entry and entry.build and here.host.packages.issuperset(entry.build))


def library_too_old(
    diagnosis: Diagnosis, lines: Iterable[str], here: RefineContext, source: Source
) -> Refined:
    """Tell an error of the source from names that only a newer library has."""
    lacks = tuple(dict.fromkeys(filter(None, map(here.knowledge.compilers.lack_in, lines))))
    of_types = [lack for lack in lacks if lack.type]
    others = [lack for lack in lacks if lack.type is None and not in_libc(lack.name)]
    found = _owner_of_types(here, of_types) or _owner_of_names(here, others, source)
    if found is None:
        return Refined(diagnosis)
    capability, header, names = found
    listed = ", ".join(names[:4])
    says = f"uses names that {{has}} does not provide: {listed} (declared in {header})"
    return _too_old(diagnosis, here, capability, names, says)


def _too_old(
    diagnosis: Diagnosis,
    here: RefineContext,
    capability: Capability,
    names: tuple[str, ...],
    says: str,
) -> Refined:
    """Return that the source uses names that the installed library, `{has}` in `says`, lacks."""
    version = here.version_of(capability)
    subject = (capability.detectors.get("words") or (capability.title,))[0]
    has = f"{capability.title} {version}" if version else f"the installed {capability.title}"
    cause = diagnosis.cause and replace(
        diagnosis.cause, kind="library-too-old", subject=subject, recipe=""
    )
    text = f"The source {says.replace('{has}', has)}."
    return Refined(
        replace(diagnosis, cause=cause, says=text, advice="", never=()), capability, names
    )


def _owner_of_types(here: RefineContext, lacks: Sequence[Lack]) -> _Owner | None:
    """Return the library that declares a type without the required member."""
    for lack in lacks:
        header = header_of(lack.type or "", here.host)
        owner = here.knowledge.capability("header-missing", header) if header else None
        if header and owner:
            return owner, header, tuple(dict.fromkeys(one.name for one in lacks))
    return None


def _owner_of_names(here: RefineContext, lacks: Sequence[Lack], source: Source) -> _Owner | None:
    """Return the one known library whose headers the failed files include and that lacks names."""
    headers, names = _foreign_words(source, lacks) if lacks else ((), ())
    owners: dict[str, tuple[Capability, str]] = {}
    for header in headers:
        owner = here.knowledge.capability("header-missing", header)
        if owner and owner.named is None:
            owners.setdefault(owner.id, (owner, header))
    if len(owners) != 1:
        return None
    [(owner, header)] = owners.values()
    files = (header, *owner.detectors.get("headers", ()))
    names = tuple(
        name for name in names if not any(mentions(file, name, here.host) for file in files)
    )
    return (owner, header, names) if names else None


def _foreign_words(
    source: Source, lacks: Sequence[Lack]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the headers that the failed files include, and the names that are not their own.

    Both are from the project's sdist; empty if that is not available.
    """
    with source() as sdist:
        if sdist is None:
            return (), ()
        names = dict.fromkeys(lack.name for lack in lacks)
        own = defined_in(sdist, names)
        files = dict.fromkeys(lack.file for lack in lacks)
        headers = chain.from_iterable(headers_in(sdist, file) for file in files)
        return tuple(headers), tuple(name for name in names if name not in own)
