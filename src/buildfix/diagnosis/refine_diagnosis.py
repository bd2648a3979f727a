"""What a diagnosis really means on this machine, where the log alone cannot tell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from buildfix.catalog import Knowledge
from buildfix.catalog.compilers import Lack
from buildfix.catalog.schema import Capability
from buildfix.core import Diagnosis, Host
from buildfix.forecast.releases import defined_in, headers_in
from buildfix.platforms.headers import header_of, in_libc, installed_like, mentions
from buildfix.providers import Builds, needs_of
from buildfix.providers.isolation import distribution_of, pinned_backend

Source = Callable[[], AbstractContextManager[Path | None]]
"""Gives the sdist of the project that failed; None where that cannot be had."""


@dataclass(frozen=True)
class RefineContext:
    """The machine that a build failed on."""

    host: Host
    knowledge: Knowledge
    version_of: Callable[[Capability], str | None]
    """The upstream version in which the system has a capability, None if unknown."""


@dataclass(frozen=True)
class Refined:
    """What a diagnosis means here."""

    diagnosis: Diagnosis
    capability: Capability | None = None
    """The library that is older than the source wants."""
    names: tuple[str, ...] = ()
    """What the source uses of it and it does not have."""


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
    """Tell a header that a library does not have yet from a library that is not there."""
    host, knowledge, same = here.host, here.knowledge, Refined(diagnosis)
    name = diagnosis.cause.subject if diagnosis.cause else ""
    capability, recipe = knowledge.capability("header-missing", name), knowledge.host(host)
    entry = recipe.packages_for(capability.id, host.version) if capability and recipe else None
    if capability is None or capability.named or entry is None or not entry.build:
        return same
    if not host.packages.issuperset(entry.build) or installed_like((name,), host):
        return same
    if not installed_like(capability.detectors.get("headers", ()), host):
        return same
    return _too_old(
        diagnosis, here, capability, (name,), f"includes {name}, which {{has}} does not provide"
    )


def library_too_old(
    diagnosis: Diagnosis, lines: Iterable[str], here: RefineContext, source: Source
) -> Refined:
    """Tell an error of the source from names that only a newer library has."""
    lacks = tuple(dict.fromkeys(filter(None, map(here.knowledge.compilers.lack_in, lines))))
    found = _owner(here, lacks, source) if lacks else None
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
    """Return that the source uses names which the library here, `{has}` in `says`, has not."""
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


def _owner(
    here: RefineContext, lacks: tuple[Lack, ...], source: Source
) -> tuple[Capability, str, tuple[str, ...]] | None:
    """Return the one library that would have the names, a header of it, and the names."""
    host, knowledge = here.host, here.knowledge
    for lack in (lack for lack in lacks if lack.type):
        header = header_of(lack.type or "", host)
        owner = knowledge.capability("header-missing", header) if header else None
        if header and owner:
            names = tuple(dict.fromkeys(one.name for one in lacks if one.type))
            return owner, header, names
    alone = [lack for lack in lacks if lack.type is None and not in_libc(lack.name)]
    owners: dict[str, tuple[Capability, str]] = {}
    headers, own = _own_words(source, alone) if alone else ((), frozenset())
    alone = [lack for lack in alone if lack.name not in own]
    for header in headers:
        owner = knowledge.capability("header-missing", header)
        if owner and owner.named is None:
            owners.setdefault(owner.id, (owner, header))
    if len(owners) != 1:
        return None
    owner, header = next(iter(owners.values()))
    known = (header, *owner.detectors.get("headers", ()))
    there = {one.name for one in alone if any(mentions(file, one.name, host) for file in known)}
    names = tuple(dict.fromkeys(one.name for one in alone if one.name not in there))
    return (owner, header, names) if names else None


def _own_words(source: Source, lacks: Sequence[Lack]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return the headers that the refused files include, and which names are the project's own.

    Both as its sdist says; nothing where that cannot be had.
    """
    with source() as sdist:
        if sdist is None:
            return (), frozenset()
        files = dict.fromkeys(lack.file for lack in lacks)
        headers = tuple(one for file in files for one in headers_in(sdist, file))
        return headers, defined_in(sdist, [lack.name for lack in lacks])
