"""The output of `buildfix wheels`: a JSON document, and tables for people."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from packaging.tags import Tag

from buildfix.core.program import own_command
from buildfix.index.files import File
from buildfix.render.view import View
from buildfix.wheels.avoidance import BuildAvoidance
from buildfix.wheels.platforms import Platform, platform_of
from buildfix.wheels.reasons import releases_of, spans
from buildfix.wheels.select import Verdict, matching

if TYPE_CHECKING:
    from buildfix.render.document_types.lists import VersionDocument, WheelsDocument

_ABIS = (re.compile(r"cp\d+m?"), re.compile("abi3"), re.compile("cp.*t"))
"""Of an ordinary CPython, with an `m` behind it up to 3.7 (PEP 3149); stable; free-threaded."""
_SHOWN = 3
"""How many versions the tables show; the document has all."""


def wheels_document(verdict: Verdict, ways_to_avoid: Sequence[BuildAvoidance]) -> WheelsDocument:
    """Return `buildfix.wheels/1`."""
    target = verdict.target
    return {
        "schema": "buildfix.wheels/1",
        "requirement": str(verdict.requirement),
        "version": str(verdict.version) if verdict.version else None,
        "target": {
            "python": target.python,
            "platform": str(target.platform),
            "tag": target.tags[0] if target.tags else None,
            "pip": target.pip or None,
        },
        "served": verdict.served,
        "taken": verdict.taken.filename if verdict.taken else None,
        "best": verdict.best.filename if verdict.best else None,
        "reasons": [
            {
                "kind": reason.kind,
                "subject": reason.subject,
                "required": reason.required,
                "says": reason.says,
            }
            for reason in verdict.reasons
        ],
        "roads": [
            {
                "kind": way.kind,
                "summary": way.summary,
                "requirement": way.requirement,
                "python": way.python,
            }
            for way in ways_to_avoid
        ],
        "versions": [_version(files, verdict) for files in _by_version(verdict)],
    }


def show_wheels(view: View, verdict: Verdict, ways_to_avoid: Sequence[BuildAvoidance]) -> None:
    """Show the wheels of the newest versions, and which file the requirement leads to."""
    for files in _shown(verdict):
        version = files[0].version
        mark = " (matches the requirement)" if version == verdict.version else ""
        view.rows(f"{verdict.requirement.name} {version}{mark}", _rows(files, verdict))
    view.say(_conclusion(verdict))
    for reason in verdict.reasons:
        view.say(f"  {reason.says}")
    if newer := verdict.newer:
        view.say(f"  {newer.version} is newer, but requires Python {newer.requires_python}.")
    for way in ways_to_avoid:
        again = f": {own_command(shlex.quote(way.requirement))}" if way.requirement else ""
        view.say(f"  to avoid the build: {way.summary}{again}")


def _conclusion(verdict: Verdict) -> str:
    target = verdict.target
    where = f"Python {target.python} on {target.platform}"
    if verdict.taken is None:
        return f"{verdict.requirement}: no file in the index is compatible with {where}."
    if verdict.served:
        return f"{verdict.taken.filename} is compatible with {where}: nothing needs to be built."
    return f"{verdict.taken.filename} would be built for {where}."


def _shown(verdict: Verdict) -> list[Sequence[File]]:
    """Return the newest versions that meet the requirement, and the one in question."""
    allowed = {
        file.version for file in matching(verdict.files, verdict.requirement, verdict.target)
    }
    versions = _by_version(verdict)
    newest = [files for files in versions if files[0].version in allowed][:_SHOWN]
    asked = [files for files in versions if files[0].version == verdict.version]
    return newest if not asked or asked[0] in newest else [*newest, *asked]


def _by_version(verdict: Verdict) -> list[Sequence[File]]:
    """Return the files that are not yanked, grouped by version, the newest first."""
    found: dict[Any, list[File]] = {}
    for file in verdict.files:
        if not file.yanked:
            found.setdefault(file.version, []).append(file)
    return [found[version] for version in sorted(found, reverse=True)]


def _version(files: Sequence[File], verdict: Verdict) -> VersionDocument:
    return {
        "version": str(files[0].version),
        "sdist": next((file.filename for file in files if not file.is_wheel), None),
        "requires_python": files[0].requires_python or None,
        "wheels": [
            {
                "filename": file.filename,
                "pythons": sorted({tag.interpreter for tag in file.tags}),
                "abis": sorted({tag.abi for tag in file.tags}),
                "platforms": sorted({tag.platform for tag in file.tags}),
                "serves": _serves(file, verdict),
            }
            for file in files
            if file.is_wheel
        ],
    }


def _serves(file: File, verdict: Verdict) -> bool:
    taken = verdict.target.taken
    return any(tag in taken for tag in file.tags) and file.runs_on(verdict.target.python)


def _rows(files: Sequence[File], verdict: Verdict) -> list[tuple[str, str]]:
    """Return a row for each platform with the Pythons that have a wheel; the target is marked."""
    rows: dict[str, list[File]] = {}
    for file in files:
        for platform in _widest(file) if file.is_wheel else ():
            rows.setdefault(str(platform), []).append(file)
    wheels = [
        ("* " if any(_serves(file, verdict) for file in row) else "  ", platform, _pythons(row))
        for platform, row in sorted(rows.items())
    ]
    sdists = [("  ", "source", file.filename) for file in files if not file.is_wheel]
    return [(mark + name, text) for mark, name, text in [*wheels, *sdists]]


def _widest(file: File) -> Iterable[Platform]:
    """Return the platforms of a wheel, of each kind only the least demanding one."""
    least: dict[tuple[str, tuple[str, ...], str], Platform] = {}
    for platform in (platform_of(tag.platform) for tag in file.tags):
        key = (platform.system, platform.archs, platform.libc)
        least[key] = min(least.get(key, platform), platform, key=lambda one: one.version)
    return least.values()


def _pythons(files: Sequence[File]) -> str:
    """Return which Pythons have wheels: `3.9 to 3.13, 3.13t, PyPy 3.10`."""
    tags = {tag for file in files for tag in file.tags}
    names = sorted({tag.interpreter for tag in tags})
    pypy = (f"PyPy {name[2]}.{name[3:]}" for name in names if name.startswith("pp"))
    pure = ("any" if name == "py3" else name for name in names if name.startswith("py"))
    words = dict.fromkeys((*_cpythons(tags), *pypy, *pure))
    return ", ".join(words or names)


def _cpythons(tags: Collection[Tag]) -> Iterator[str]:
    """Yield the versions of CPython in words: ordinary ones, of the stable ABI, free-threaded."""
    ordinary, stable, threaded = (
        sorted(set(releases_of(tag for tag in tags if abi.fullmatch(tag.abi)))) for abi in _ABIS
    )
    if ordinary:
        yield spans(ordinary)
    yield from (f"{major}.{minor} and later" for major, minor in stable[:1])
    yield from (f"{major}.{minor}t" for major, minor in threaded)
