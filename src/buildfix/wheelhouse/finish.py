"""Lays out what was built for a target, and proves it by an install from these files alone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from buildfix.core.errors import BuildfixError
from buildfix.platforms.search_paths import is_always_there
from buildfix.wheelhouse.lock_file import lock_text
from buildfix.wheelhouse.order import Order
from buildfix.wheelhouse.simple_index import write_index
from buildfix.wheelhouse.store import (
    UNIT,
    Store,
    check_sha256,
    place,
    read_json,
    sha256_of,
    write_json,
    write_text,
)
from buildfix.wheelhouse.target import Distribution, ResolvedTarget
from buildfix.wheels.built import read_record, record_path

SCHEMA = "buildfix.wheelhouse-target/1"
Carry = Callable[[Order, Path], Any]
"""Carries out an order on the target and returns its document; files come to the path."""


def finish(
    store: Store, target: ResolvedTarget, new: frozenset[str], carry: Carry, results: Path
) -> Mapping[str, Any]:
    """Download what is missing, lay out everything, and prove it; return the target's report.

    `new` are the projects that were to be built in this run.
    """
    folder = store.target(target.name)
    wheels = folder / "wheels"
    wheels.mkdir(parents=True, exist_ok=True)
    fetched = _fetch(target, carry, wheels, results)
    found = dict(_wheels(store, target, wheels))
    mine = _laid_out(folder, found.values())
    missing = [one.pin for one in target.distributions if one.name not in found]
    known = read_json(folder / "target.json") or {}
    proof = {} if missing else _proof(target, carry, wheels, mine, known.get("proof", {}), results)
    packages = _packages(wheels, mine, proof)
    if not missing:
        paths = [(f"{target.name}/wheels/{name}", sha256) for name, sha256 in mine.items()]
        write_text(store.lock_file(target.name), lock_text(paths, target.facts))
        write_text(folder / "requirements.txt", _requirements(found, target, mine))
        write_json(folder / "target.json", _described(target, mine, packages, proof))
    new |= fetched
    report = {
        "target": target.name,
        "machine": str(target.target),
        "outcome": "built" if proof.get("outcome") == "installed" else "unfixed",
        "missing": missing,
        "reason": proof.get("reason", ""),
        "packages": packages,
        "projects": [_row(store, target, one, found, new) for one in target.distributions],
    }
    write_json(folder / "report.json", report)
    return report


def _requirements(
    found: Mapping[str, Path], target: ResolvedTarget, mine: Mapping[str, str]
) -> str:
    """Return everything as a requirements file with hashes."""
    hashes = {name: mine[path.name] for name, path in found.items()}
    lines = (f"{one.pin} --hash=sha256:{hashes[one.name]}\n" for one in target.distributions)
    return "".join(sorted(lines))


def _laid_out(folder: Path, found: Collection[Path]) -> dict[str, str]:
    """Put wheels into the index of a target's folder; return their SHA-256 by name."""
    for path in found:
        if path.parent != folder / "wheels":
            place(record_path(path), folder / "wheels")
            place(path, folder / "wheels")
    hashes = write_index(folder)
    return {path.name: hashes[path.name] for path in found}


def _described(
    target: ResolvedTarget,
    mine: Mapping[str, str],
    packages: Mapping[str, list[str]],
    proof: Mapping[str, Any],
) -> dict[str, Any]:
    """Return what later runs and exports need to know about a target."""
    return {
        "schema": SCHEMA,
        "name": target.name,
        "target": str(target.target),
        "facts": dict(target.facts),
        "pins": list(target.pins),
        "wheels": dict(mine),
        "packages": dict(packages),
        "proof": dict(proof),
    }


def _fetch(target: ResolvedTarget, carry: Carry, wheels: Path, results: Path) -> frozenset[str]:
    """Download the wheels that are not there yet; return the names of their projects."""
    wanted = [one for one in target.distributions if one.wheel and not _is_there(one, wheels)]
    for hashed in (True, False):  # pip takes hashes for all requirements or for none
        lines = tuple(one.hashed for one in wanted if bool(one.sha256) is hashed)
        if lines:
            carry(Order("fetch", lines, target.target.python), results)
    for one in wanted:
        _keep_wheel(one, results / one.file, wheels)
    return frozenset(one.name for one in wanted)


def _keep_wheel(one: Distribution, path: Path, wheels: Path) -> None:
    """Put a wheel into its folder if it was downloaded; raises BuildfixError for a wrong hash."""
    if path.is_file():
        if one.sha256:
            check_sha256(path, one.sha256)
        place(path, wheels)


def _is_there(one: Distribution, wheels: Path) -> bool:
    path = wheels / one.file
    return path.is_file() and (not one.sha256 or sha256_of(path) == one.sha256)


def _wheels(store: Store, target: ResolvedTarget, wheels: Path) -> Iterator[tuple[str, Path]]:
    """Yield the wheel of each project that has one."""
    for one in target.distributions:
        path = wheels / one.file if one.wheel else store.wheel_of(target.name, target.key(one))
        if path and path.is_file():
            yield one.name, path


def _proof(
    target: ResolvedTarget,
    carry: Carry,
    wheels: Path,
    mine: Mapping[str, str],
    known: Mapping[str, Any],
    results: Path,
) -> Mapping[str, Any]:
    """Install the packages and wheels, and import what is in them.

    It is not done again if the `known` proof is of the same wheels.
    """
    digest = hashlib.sha256(json.dumps(sorted(mine.items())).encode()).hexdigest()
    if known.get("digest") == digest and known["outcome"] == "installed":
        return known
    paths = [wheels / name for name in sorted(mine)]
    records = [path for path in map(record_path, paths) if path.is_file()]
    order = Order(
        "install",
        target.pins,
        target.target.python,
        pins=target.pins,
        wheels=(*paths, *records),
        packages=tuple(sorted(_linked(wheels, mine))),
    )
    try:
        report = carry(order, results)
    except BuildfixError as error:
        return {"digest": digest, "outcome": "unfixed", "reason": str(error), "modules": []}
    return {
        "digest": digest,
        "outcome": report["outcome"],
        "reason": report["reason"],
        "modules": (report["verified"] or {}).get("modules", []),
        "packages": report["packages"],
    }


def _linked(wheels: Path, mine: Iterable[str]) -> dict[str, list[str]]:
    """Return the packages that wheels are linked with, each with the wheels."""
    found: dict[str, list[str]] = {}
    for name in sorted(mine):
        record = read_record(wheels / name)
        linked = record.linked if record else {}
        needs = record.needs if record else ()  # the others are in the wheel
        needed = {lib: linked[lib] for lib in needs if lib in linked and not is_always_there(lib)}
        for package in sorted(set(needed.values())):
            found.setdefault(package.partition(" ")[0], []).append(name)
    return found


def _packages(wheels: Path, mine: Iterable[str], proof: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the packages that an install needs at run time, each with the wheels that need it.

    They are those that wheels are linked with, and what the proof installed besides.
    """
    others = {name: list[str]() for name in proof.get("packages", ())}
    return dict(sorted({**others, **_linked(wheels, mine)}.items()))


def _row(
    store: Store,
    target: ResolvedTarget,
    one: Distribution,
    found: Mapping[str, Path],
    new: frozenset[str],
) -> dict[str, Any]:
    row = {"project": one.name, "version": one.version}
    if one.name in found and one.name not in new:
        return {**row, "how": "kept"}
    if one.wheel:
        return {**row, "how": "downloaded" if one.name in found else "failed"}
    unit = read_json(store.logs(target.name, one.name, target.key(one)) / UNIT) or {}
    known = ("seconds", "peak_memory", "attempts", "cause", "reason")
    how = "built" if one.name in found else "failed"
    return {**row, "how": how, **{key: unit[key] for key in known if key in unit}}
