"""The Rust that locked crates declare in the index of crates (`rust_version`).

A Cargo.lock names versions only. Where the index cannot be asked, what the project itself and the
recipes say is all that is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from packaging.version import InvalidVersion, Version

from buildfix.catalog.rust import RustRecipe
from buildfix.core.errors import CommandNotFound, TargetError
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
    """Return builds that need the Rust of all crates that are compiled in these surroundings."""
    locked = [one for build in builds for one in build.reading.crates]
    wanted = sorted({pair for one in locked for pair in _reached(one, {}, place)})
    if rust is None or not wanted:
        return tuple(builds)
    said = _asked(wanted, machine, python, rust)
    return tuple(_raised(build, said, place) for build in builds) if said else tuple(builds)


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
    """Return a build whose need for Rust meets what its crates declare."""
    pairs = {pair for one in build.reading.crates for pair in _reached(one, said, place)}
    declared = max(_versions(said[pair]["rust"] for pair in pairs if pair in said), default=None)
    if declared is None:
        return build
    needs = tuple(_at_least(one, declared) for one in build.reading.needs)
    return replace(build, reading=replace(build.reading, needs=needs))


def _reached(
    locked: LockedCrates, said: Mapping[tuple[str, str], CrateAnswer], place: Surroundings
) -> Iterator[tuple[str, str]]:
    """Yield names and versions of the crates that are compiled, as far as the index answered."""
    pending, seen = list(locked.roots), set(locked.roots)
    while pending:
        name = pending.pop()
        pairs = [(name, version) for version in locked.versions.get(name, ())]
        yield from pairs
        rows = [said[pair] for pair in pairs if pair in said]
        for needed in locked.dependencies.get(name, ()):
            if needed not in seen and _is_for(needed, rows, place):
                seen.add(needed)
                pending.append(needed)


def _is_for(needed: str, rows: Iterable[CrateAnswer], place: Surroundings) -> bool:
    """Return whether a dependency may be compiled here; also if the index says nothing of it."""
    from buildfix.analysis.cargo import holds  # most installs do not compile Rust

    targets = [target for row in rows for name, target in row["needs"] if name == needed]
    return not targets or any(not target or holds(target, place) is not False for target in targets)


def _versions(texts: Iterable[str]) -> Iterator[Version]:
    for text in filter(None, texts):
        try:
            yield Version(text)
        except InvalidVersion:
            continue


def _at_least(finding: Finding, declared: Version) -> Finding:
    """Return a need for Rust in at least this version; another need as it is."""
    need = finding.need
    if (need.kind, need.subject) != ("compiler-missing", "rust"):
        return finding
    known = max(_versions((need.required or "").removeprefix(">=").split(",")), default=declared)
    newer = replace(need, required=f">={max(known, declared)}")
    return replace(finding, need=newer)
