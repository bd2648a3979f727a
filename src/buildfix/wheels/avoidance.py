"""Ways to avoid a build, the cheapest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from packaging.requirements import Requirement
from packaging.version import Version

from buildfix.core.redaction import redacted
from buildfix.index.files import File
from buildfix.index.selection import Rules, select
from buildfix.platforms.pythons import Installed
from buildfix.wheels.reasons import releases_of
from buildfix.wheels.recipe_index import Offer
from buildfix.wheels.select import Verdict, choose
from buildfix.wheels.target import Target

_TOLD = 2
"""How many installed interpreters to suggest, those nearest to the target's version first."""

RoadKind = Literal["upgrade-pip", "allow-binary", "index", "version", "python"]


@dataclass(frozen=True)
class BuildAvoidance:
    """One way to get a wheel instead of a build."""

    kind: RoadKind
    summary: str
    requirement: str | None = None
    """The requirement to ask for instead (kind `version`)."""
    python: str | None = None
    """A Python version, or the path of an installed interpreter (kind `python`)."""


def ways_to_avoid(
    verdict: Verdict,
    installed: Sequence[Installed] = (),
    offer: Offer | None = None,
    elsewhere: str = "",
) -> tuple[BuildAvoidance, ...]:
    """Return the ways to get a wheel, the cheapest first; none if a wheel is chosen already.

    `installed` are other interpreters on this machine, `offer` is a wheel from a recipe's index,
    `elsewhere` is where the project has wheels if none was found there.
    """
    if verdict.served:
        return ()
    published = BuildAvoidance("index", f"The project publishes wheels itself: {elsewhere}")
    return (*_roads(verdict, installed, offer), *((published,) if elsewhere else ()))


def near_version(verdict: Verdict) -> Version | None:
    """Return the version with a compatible wheel that is nearest to the one to be built.

    Versions that the requirement allows are preferred, then older ones.
    """
    for requirement in (verdict.requirement, Requirement(verdict.requirement.name)):
        found = _nearest(_served_versions(verdict, requirement), verdict.version)
        if found is not None:
            return found
    return None


def pythons_served(verdict: Verdict) -> tuple[tuple[int, int], ...]:
    """Return the CPython versions for which that version has a wheel on this platform."""
    files = [file for file in verdict.files if file.version == verdict.version and file.is_wheel]
    named = {release for file in files for release in releases_of(file.tags)}
    return tuple(one for one in sorted(named) if _serves(files, verdict.target.with_python(one)))


def _roads(
    verdict: Verdict, installed: Sequence[Installed], offer: Offer | None
) -> Iterator[BuildAvoidance]:
    for reason in verdict.reasons:
        if reason.kind == "pip-too-old":
            newer = f"to {reason.required} or later" if reason.required else "to the latest version"
            yield BuildAvoidance("upgrade-pip", f"Upgrade pip {newer}")
        if reason.kind == "binary-forbidden" and verdict.has_wheel:
            yield BuildAvoidance("allow-binary", f"Allow the wheel: remove {reason.subject}")
    if offer is not None:
        option, where = redacted(" ".join(offer.besides)), redacted(offer.url)
        summary = f"{where} has {offer.filename}, which is compatible: use pip's {option}"
        yield BuildAvoidance("index", summary)
    near = near_version(verdict)
    name = verdict.requirement.name
    if near is not None and near != verdict.version:
        yield BuildAvoidance(
            "version", f"{name} {near} has a compatible wheel", requirement=f"{name}=={near}"
        )
    if not verdict.has_wheel:
        yield from _other_pythons(verdict, installed)


def _other_pythons(verdict: Verdict, installed: Sequence[Installed]) -> Iterator[BuildAvoidance]:
    served = pythons_served(verdict)
    here = [one for one in installed if one.release in served]
    wanted = verdict.target.release
    for one in sorted(here, key=lambda one: abs(one.release[1] - wanted[1]))[:_TOLD]:
        version = ".".join(map(str, one.release))
        summary = f"Python {version} is installed ({one.path}) and has a wheel of {verdict.version}"
        yield BuildAvoidance("python", summary, python=one.path)
    if served and not here:
        version = ".".join(map(str, served[-1]))
        yield BuildAvoidance(
            "python", f"Python {version} has a wheel of {verdict.version}", python=version
        )


def _served_versions(verdict: Verdict, requirement: Requirement) -> list[Version]:
    """Return the versions that have a compatible wheel, the oldest first."""
    rules = Rules(verdict.target.python, verdict.target.taken, source=False)
    found = select(verdict.files, requirement.specifier, rules)
    return sorted(file.version for file in found)


def _nearest(versions: Sequence[Version], wanted: Version | None) -> Version | None:
    if wanted is None or not versions:
        return versions[-1] if versions else None
    older = [version for version in versions if version <= wanted]
    return older[-1] if older else versions[0]


def _serves(files: Sequence[File], target: Target) -> bool:
    exact = Requirement(f"any=={files[0].version}") if files else Requirement("any")
    chosen = choose(exact, files, target)
    return chosen is not None and chosen.is_wheel
