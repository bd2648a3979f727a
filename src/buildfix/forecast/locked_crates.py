"""What the index of crates says of locked crates: the Rust that they declare, their features.

A Cargo.lock names versions only, those for other systems and features among them. Where the index
cannot be asked, what the project itself and the recipes say is all that is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from packaging.version import InvalidVersion, Version

from buildfix.catalog.rust import NIGHTLY, RustRecipe
from buildfix.core import Need
from buildfix.core.errors import CommandNotFound, TargetError
from buildfix.forecast.crate_features import CompiledCrate, compiled_crates, crate_needs
from buildfix.forecast.requested import Build
from buildfix.machines.local import Machine
from buildfix.platforms.interpreter import ask_interpreter
from buildfix.platforms.surroundings import Surroundings
from buildfix.target_scripts.answers import CrateAnswer, CratesQuestion

if TYPE_CHECKING:
    from buildfix.analysis import Finding, LockedCrates


def with_declared_rust(
    builds: Sequence[Build],
    machine: Machine,
    python: str,
    rust: RustRecipe | None,
    place: Surroundings,
) -> tuple[Build, ...]:
    """Return builds that need what the crates need that are compiled in these surroundings."""
    locked = [one for build in builds for one in build.reading.crates]
    wanted = list(dict.fromkeys(pair for one in locked for pair in _possible(one, place)))
    if rust is None or not wanted:
        return tuple(builds)
    said = _asked(wanted, machine, python, rust)
    return tuple(_raised(build, said, place) for build in builds) if said else tuple(builds)


def _possible(locked: LockedCrates, place: Surroundings) -> Iterator[tuple[str, str]]:
    """Yield names and versions of all that may be compiled, what the project names first."""
    for name in compiled_crates(locked, {}, place):
        yield from ((name, version) for version in locked.versions.get(name, ()))


def _asked(
    wanted: Sequence[tuple[str, str]], machine: Machine, python: str, rust: RustRecipe
) -> Mapping[tuple[str, str], CrateAnswer]:
    question: CratesQuestion = {
        "index": rust.crates_index,
        "crates": wanted,
        "seconds": rust.crates_seconds,
    }
    try:
        rows: list[CrateAnswer] = ask_interpreter(machine, python, "crates", question)
    except (CommandNotFound, TargetError):
        return {}
    return {(row["name"], row["version"]): row for row in rows}


def _raised(
    build: Build, said: Mapping[tuple[str, str], CrateAnswer], place: Surroundings
) -> Build:
    """Return a build whose needs are those of the crates that are compiled, Rust among them."""
    needs = build.reading.needs
    declared: list[Version] = []
    for locked in build.reading.crates:
        compiled = compiled_crates(locked, said, place)
        needs = tuple(_needed(needs, locked, compiled))
        pairs = ((name, one) for name in compiled for one in locked.versions.get(name, ()))
        declared += _versions(said[pair]["rust"] for pair in pairs if pair in said)
    if declared:
        needs = tuple(_at_least(one, max(declared)) for one in needs)
    return replace(build, reading=replace(build.reading, needs=needs))


def _needed(
    needs: Iterable[Finding], locked: LockedCrates, compiled: Mapping[str, CompiledCrate]
) -> Iterator[Finding]:
    """Yield needs without those of crates or features that are not compiled, and what is new."""
    from buildfix.analysis import Finding

    possible = {need for one in locked.needs.values() for need in (*one.needs, *one.tools)}
    wanted = set(crate_needs(locked, compiled))
    for finding in needs:
        key = f"{finding.need.kind}:{finding.need.subject}"
        if finding.where != locked.where or key not in possible or key in wanted:
            yield finding
        wanted.discard(key)
    for kind, _, subject in (one.partition(":") for one in sorted(wanted)):
        yield Finding(Need(kind, subject), locked.where, sure=True)


def _versions(texts: Iterable[str]) -> Iterator[Version]:
    for text in filter(None, texts):
        try:
            yield Version(text)
        except InvalidVersion:
            continue


def _at_least(finding: Finding, declared: Version) -> Finding:
    """Return a need for Rust in at least this version; another need as it is."""
    need = finding.need
    if (need.kind, need.subject) != ("compiler-missing", "rust") or need.required == NIGHTLY:
        return finding
    known = max(_versions((need.required or "").removeprefix(">=").split(",")), default=declared)
    newer = replace(need, required=f">={max(known, declared)}")
    return replace(finding, need=newer)
