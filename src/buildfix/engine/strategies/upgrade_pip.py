"""Upgrades pip first if a wheel exists that only a newer pip supports."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING

from packaging.tags import Tag
from packaging.version import Version

from buildfix.catalog.wheels import WheelKind
from buildfix.core import CreateEnvironment, Host, Interpreter, Need, Step
from buildfix.engine.strategies.alternatives import ASKED_AT_MOST
from buildfix.installers import installer_of
from buildfix.installers.by_name import install_argv, unavailable
from buildfix.installers.requirements import ParsedRequest, requirements_asked

if TYPE_CHECKING:
    from buildfix.wheels.select import Verdict

_ANY = Version("0")


def handle(
    request: ParsedRequest,
    target: Interpreter,
    kinds: Iterable[WheelKind],
    tags: Callable[[], Iterable[Tag]],
    builds: Callable[[], Iterator[str]],
    verdict: Callable[[str], Verdict | None],
    host: Callable[[], Host],
) -> Step | None:
    """Return the step that upgrades pip if a wheel exists that only a newer pip supports.

    `kinds` are kinds of wheels with the pip that supports each, `tags` the wheel tags of the
    target, `builds` what else this pip would build. `verdict` says which file a requirement leads
    to; the step is for the `host`.
    """
    if not installer_of(request.installer).uses_pip or not _may_be_too_old(target, kinds, tags):
        return None
    asked = (one.word for one in requirements_asked(request))
    for text in chain(asked, islice(builds(), ASKED_AT_MOST)):
        found = verdict(text)
        for reason in found.reasons if found else ():
            if reason.kind == "pip-too-old":
                return _upgrade(host(), target.path, text, reason.subject, reason.required)
    return None


def for_wheels(
    request: ParsedRequest,
    target: Interpreter,
    kinds: Sequence[WheelKind],
    filenames: Iterable[str],
    host: Host,
) -> Step | None:
    """Return the step that upgrades the pip of a described host, which cannot be asked itself.

    It is needed if one of the wheels that a current pip would install is of a newer kind.
    """
    if not installer_of(request.installer).uses_pip or target.pip is None:
        return None
    for filename in filenames:
        required = _pip_for(filename, kinds)
        if required > Version(target.pip):
            return _upgrade(host, target.path, filename, target.pip, str(required))
    return None


def _pip_for(filename: str, kinds: Sequence[WheelKind]) -> Version:
    """Return the oldest pip that supports a wheel: one of its platforms, and one of its ABIs."""
    *_, abis, platforms = filename.removesuffix(".whl").split("-")

    def needed(part: str) -> Version:
        return max((one.pip for one in kinds if one.pattern.fullmatch(part)), default=_ANY)

    return max(min(map(needed, parts.split("."))) for parts in (abis, platforms))


def _upgrade(host: Host, python: str, text: str, old: str, newer: str | None) -> Step | None:
    """Return the step that upgrades pip; None if pip cannot be installed by name."""
    if unavailable("pip", host.fetch):
        return None
    required = f">={newer}" if newer else None
    return CreateEnvironment(
        f"Upgrade pip: there is a wheel for {text}, but pip {old} does not support it",
        (Need("build-requirement-incompatible", "pip", required),),
        argv=install_argv(host, ("pip",), "--upgrade"),
        target=python,
    )


def _may_be_too_old(
    target: Interpreter, kinds: Iterable[WheelKind], tags: Callable[[], Iterable[Tag]]
) -> bool:
    """Return whether wheels can be for this interpreter of which its pip knows nothing yet."""
    pip = Version(target.pip or "0")
    later = [kind for kind in kinds if kind.pip > pip]
    if not later:
        return False
    parts = {part for tag in tags() for part in (tag.abi, tag.platform)}
    return any(kind.pattern.fullmatch(part) for kind in later for part in parts)
