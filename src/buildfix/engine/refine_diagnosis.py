"""What a diagnosis really means on this machine, where the log alone cannot tell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from packaging.utils import canonicalize_name

from buildfix.catalog.compilers import Lack
from buildfix.catalog.schema import Capability
from buildfix.core import Diagnosis
from buildfix.engine.origins import in_index
from buildfix.engine.outcome import Shortage
from buildfix.engine.session import Session
from buildfix.engine.strategies.unresolvable import did_you_mean, unreachable
from buildfix.engine.temporary_folders import scratch
from buildfix.forecast.releases import defined_in, fetch_source, headers_in
from buildfix.installers import pip_options
from buildfix.installers.requirements import requirement_of
from buildfix.platforms.headers import header_of, in_libc, installed_like, mentions
from buildfix.providers import needs_of
from buildfix.providers.isolation import distribution_of, pinned_backend

_CANDIDATES = frozenset({"source-error", "unknown"})


def reconsidered(session: Session, diagnosis: Diagnosis, lines: Iterable[str]) -> Diagnosis:
    """Return the diagnosis as this machine's own headers and the build's word put it."""
    cause = diagnosis.cause
    if cause is None or not session.local:
        return diagnosis
    if cause.kind == "no-distribution":
        return _not_in_the_index(session, diagnosis)
    if cause.kind == "backend-missing":
        return _backend_too_old(session, diagnosis)
    if cause.kind == "header-missing":
        return _of_a_newer_library(session, diagnosis)
    if cause.kind in _CANDIDATES and diagnosis.project:
        return _library_too_old(session, diagnosis, lines)
    return diagnosis


def _not_in_the_index(session: Session, diagnosis: Diagnosis) -> Diagnosis:
    """Tell an index that fails, of which pip says nothing, from one that lacks a project.

    Of a misspelled name, say what was probably meant.
    """
    foreseen = session.foreseen()
    if foreseen.troubles and foreseen.refused:
        return unreachable(foreseen.troubles)
    requirement = requirement_of(diagnosis.cause.subject) if diagnosis.cause else None
    near = did_you_mean(requirement.name, session.knowledge) if requirement else ()
    return replace(diagnosis, advice=" ".join(filter(None, (*near, diagnosis.advice))))


def _backend_too_old(session: Session, diagnosis: Diagnosis) -> Diagnosis:
    """Tell a backend that is declared, yet not made for this Python, from a missing one."""
    cause = diagnosis.cause
    needs = needs_of([cause] if cause else [])
    distribution = distribution_of(needs[0], session.knowledge) if needs else None
    held = pinned_backend(distribution, session.builds()) if distribution else None
    if cause is None or held is None:
        return diagnosis
    release = session.interpreter.release
    return replace(
        diagnosis,
        cause=replace(cause, kind="python-unsupported", subject=release, required=None, recipe=""),
        says=f"The build asks for {held}, which does not run on Python {release}.",
        advice="Use a Python that this release was made for, or another release.",
        never=(),
    )


def _of_a_newer_library(session: Session, diagnosis: Diagnosis) -> Diagnosis:
    """Tell a header that a library does not have yet from a library that is not there."""
    host, knowledge = session.host(), session.knowledge
    name = diagnosis.cause.subject if diagnosis.cause else ""
    capability, recipe = knowledge.capability("header-missing", name), knowledge.host(host)
    entry = recipe.packages_for(capability.id, host.version) if capability and recipe else None
    if capability is None or capability.named or entry is None or not entry.build:
        return diagnosis
    if not host.packages.issuperset(entry.build) or installed_like((name,), host):
        return diagnosis
    if not installed_like(capability.detectors.get("headers", ()), host):
        return diagnosis
    return _too_old(
        session, diagnosis, capability, (name,), f"includes {name}, which {{has}} lacks"
    )


def _library_too_old(session: Session, diagnosis: Diagnosis, lines: Iterable[str]) -> Diagnosis:
    words = session.knowledge.compilers
    lacks = tuple(dict.fromkeys(filter(None, map(words.lack_in, lines))))
    found = _owner(session, diagnosis, lacks) if lacks else None
    if found is None:
        return diagnosis
    capability, header, names = found
    listed = ", ".join(names[:4])
    says = f"uses what {{has}} does not have: {listed} (its header is {header})"
    return _too_old(session, diagnosis, capability, names, says)


def _too_old(
    session: Session,
    diagnosis: Diagnosis,
    capability: Capability,
    names: tuple[str, ...],
    says: str,
) -> Diagnosis:
    """Return that the source uses names which the library here, `{has}` in `says`, has not."""
    version = session.version_of(capability)
    session.shortage = Shortage(capability, names)
    subject = (capability.detectors.get("words") or (capability.title,))[0]
    has = f"{capability.title} {version}" if version else f"the {capability.title} here"
    cause = diagnosis.cause and replace(
        diagnosis.cause, kind="library-too-old", subject=subject, recipe=""
    )
    text = f"The source {says.replace('{has}', has)}."
    return replace(diagnosis, cause=cause, says=text, advice="", never=())


def _owner(
    session: Session, diagnosis: Diagnosis, lacks: tuple[Lack, ...]
) -> tuple[Capability, str, tuple[str, ...]] | None:
    """Return the one library that would have the names, a header of it, and the names."""
    host, knowledge = session.host(), session.knowledge
    for lack in (lack for lack in lacks if lack.type):
        header = header_of(lack.type or "", host)
        owner = knowledge.capability("header-missing", header) if header else None
        if header and owner:
            names = tuple(dict.fromkeys(one.name for one in lacks if one.type))
            return owner, header, names
    alone = [lack for lack in lacks if lack.type is None and not in_libc(lack.name)]
    owners: dict[str, tuple[Capability, str]] = {}
    headers, own = _own_words(session, diagnosis, alone) if alone else ((), frozenset())
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


def _own_words(
    session: Session, diagnosis: Diagnosis, lacks: Sequence[Lack]
) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return the headers that the refused files include, and which names are the project's own.

    Both as its sdist says; nothing where that cannot be had.
    """
    project = canonicalize_name(diagnosis.project or "")
    version = session.version_coming(project)
    if version is None or not in_index(session, project):
        return (), frozenset()
    with scratch() as folder:
        python, wanted = session.interpreter.path, f"{project}=={version}"
        options = pip_options(session.request)
        sdist = fetch_source(session.machine, python, wanted, folder, options)
        if sdist is None:
            return (), frozenset()
        files = dict.fromkeys(lack.file for lack in lacks)
        headers = tuple(one for file in files for one in headers_in(sdist, file))
        return headers, defined_in(sdist, [lack.name for lack in lacks])
