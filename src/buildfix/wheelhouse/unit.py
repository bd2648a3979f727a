"""The unit of work: one project built for one target, kept when it is complete."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from buildfix.catalog.evidence import EVIDENCE, append_records
from buildfix.core.errors import BuildfixError
from buildfix.machines.interrupts import Interrupts
from buildfix.machines.state_folders import objects_folder
from buildfix.render.remedy_records import remedy_records
from buildfix.wheelhouse.learned import RECIPES, keep_learned
from buildfix.wheelhouse.order import Order, Ship
from buildfix.wheelhouse.sbom import Sources, add_bill
from buildfix.wheelhouse.store import UNIT, Store, read_json, sha256_of, write_json
from buildfix.wheelhouse.target import Distribution, ResolvedTarget
from buildfix.wheelhouse.trip import carry_out, opened
from buildfix.wheels.built import read_record, record_path, wheel_facts, write_record

AUTO = "auto"
"""The cache in the user's own folder, wherever that is."""
_SHARED = ".buildfix-objects"
"""The name of a copy's cache in its root; it is a folder of the machine that copies."""


@dataclass(frozen=True)
class Unit:
    """One build that is to be done."""

    target: ResolvedTarget
    distribution: Distribution
    jobs: int = 1
    copied: bool = False
    """Whether it is built in a throw-away copy of the machine."""
    cache: str | None = None
    """The folder for compiled objects: on the machine, or here for copies. None: no cache."""

    @property
    def key(self) -> str:
        """The key that the result is found by."""
        return self.target.key(self.distribution)


@dataclass(frozen=True)
class Around:
    """What a build is given besides."""

    ship: Ship
    wheels: tuple[Path, ...] = ()
    """What was built for that target before, and may be required."""
    layers: tuple[Path, ...] = ()
    """What the copy lies over, besides the machine's own root."""
    interrupts: Interrupts | None = None


def make(unit: Unit, around: Around, home: Path, results: Path) -> Path | None:
    """Build a unit; everything about it, also a failure, comes to the folder `results`.

    Returns the folder with the changes to the copy that it was built in, if there was one.
    """
    one, changes = unit.distribution, None
    cache, shared = _cache_of(unit)
    order = Order(
        "build",
        (one.hashed,),
        unit.target.target.python,
        unit.jobs,
        unit.target.pins,
        around.wheels,
        cache=cache,
        portable=unit.target.portable,
    )
    try:
        with opened(unit.target.target, home, around.layers, copied=unit.copied, shared=shared) as (
            machine,
            changes,
        ):
            answer = carry_out(machine, order, around.ship, results, around.interrupts)
        facts = _facts(answer.document)
    except BuildfixError as error:
        facts = {"outcome": "unfixed", "attempts": 0, "cause": str(error)}
    wheel = _wheel(one, results)
    if facts["outcome"] == "installed" and wheel is None:
        facts |= {"outcome": "unfixed", "cause": f"the build left no wheel of {one.pin}"}
    if wheel and facts["outcome"] == "installed":
        facts |= _finished(unit, wheel)
    write_json(results / UNIT, {"project": one.name, "version": one.version, **facts})
    return changes


def _cache_of(unit: Unit) -> tuple[str | None, tuple[Path, str] | None]:
    """Return what the order says of the cache, and what the copy shares for it.

    Each project has its own folder: what its build does to it can affect no other project.
    """
    name = unit.distribution.name
    if unit.cache is None or not unit.copied:
        return (f"{unit.cache}/{name}" if unit.cache not in (None, AUTO) else unit.cache), None
    folder = (objects_folder() if unit.cache == AUTO else Path(unit.cache)) / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None, None
    return f"/{_SHARED}", (folder, _SHARED)


def keep(unit: Unit, store: Store, results: Path) -> Mapping[str, Any]:
    """Move what was made to the wheelhouse, if it is a wheel, and its logs; return its facts."""
    facts: Mapping[str, Any] = read_json(results / UNIT)
    logs = store.logs(unit.target.name, unit.distribution.name, unit.key)
    shutil.rmtree(logs, ignore_errors=True)
    logs.mkdir(parents=True)
    shutil.copyfile(results / UNIT, logs / UNIT)
    for log in results.glob("*.log"):
        shutil.move(log, logs / log.name)
    if facts["outcome"] == "installed":
        with tempfile.TemporaryDirectory(dir=store.target(unit.target.name)) as folder:
            made = Path(folder, unit.key)
            made.mkdir()
            for name in (facts["wheel"], f"{facts['wheel']}.json", UNIT):
                shutil.copyfile(results / name, made / name)
            store.finish(unit.target.name, unit.key, made)
        _learn(unit, store, facts.get("learned", ()))
    records = remedy_records([(facts.get("began", 0.0), facts.get("evidence", ()))])
    with contextlib.suppress(OSError):  # another user's file loses no wheel
        if records:
            append_records(store.folder / EVIDENCE, records)
    return facts


def _learn(unit: Unit, store: Store, needs: Sequence[str]) -> None:
    if needs:
        one = unit.distribution
        with store.locked(RECIPES):
            keep_learned(store.folder, one.name, needs, f"{one.pin} for {unit.target.name}")


def _finished(unit: Unit, wheel: Path) -> dict[str, Any]:
    """Add the bill of materials to a wheel, and the source to its record; return its facts."""
    one, record = unit.distribution, read_record(wheel)
    if record:
        record = replace(record, requirement=one.pin, sdist=one.url or one.file)
        write_record(record, wheel)
        add_bill(wheel, record, Sources(one.file, one.url, one.sha256, unit.target.facts))
    return {
        "wheel": wheel.name,
        "sha256": sha256_of(wheel),
        "sdist": {"file": one.file, "url": one.url, "sha256": one.sha256},
        "needs": list(one.needs),
    }


def _wheel(one: Distribution, results: Path) -> Path | None:
    for path in sorted(results.glob("*.whl")):
        facts = wheel_facts(path.name)
        if facts and facts[0] == one.name and str(facts[1]) == one.version:
            return path if record_path(path).exists() else None
    return None


def _facts(report: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the report of a build says in short."""
    attempts: Sequence[Mapping[str, Any]] = report["attempts"]
    failed = [one["diagnosis"] for one in attempts if one["diagnosis"]]
    last = failed[-1]["cause"] if failed else None
    peaks = [one["peak_rss"] for one in attempts if one["peak_rss"]]
    return {
        "outcome": report["outcome"],
        "seconds": report["seconds"]["total"],
        "peak_memory": max(peaks, default=None),
        "attempts": len(attempts),
        "cause": {"kind": last["kind"], "subject": last["subject"]} if last else None,
        "reason": report["reason"],
        "packages": [name for step in report["applied"] for name in step.get("packages", ())],
        "modules": (report["verified"] or {}).get("modules", []),
        "learned": report["learned"],
        "began": report["journal"][0]["at"],
        "evidence": report["evidence"],
    }
