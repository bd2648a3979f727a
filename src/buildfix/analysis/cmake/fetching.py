"""CMake's commands that fetch: FetchContent and ExternalProject."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from buildfix.analysis.cmake.call import Call
from buildfix.analysis.cmake.conditions import constant
from buildfix.analysis.downloads import download
from buildfix.core import Need

READ_CMAKE_ARGS = frozenset({"scikit-build", "scikit-build-core"})
"""Build requirements that give the variable CMAKE_ARGS to CMake."""
_ALWAYS = "-DFETCHCONTENT_TRY_FIND_PACKAGE_MODE=ALWAYS"
_OF_ARCHIVE = re.compile(r"[/v-](\d{1,4}(?:\.\d{1,6}){1,3})\.(?:tar|tgz|zip)")
_BUILD_FILE = re.compile(r"(?:^|/)CMakeLists\.txt$|\.cmake$")


@dataclass(frozen=True)
class Declared:
    """Content that a build may fetch."""

    name: str = ""
    urls: tuple[str, ...] = ()
    """Where it is fetched from, each of them as good."""
    version: str = ""
    by_git: bool = False
    looks_first: bool = False
    """Whether CMake looks for a package of it before it fetches it."""
    package: str = ""
    """The name that CMake looks for it by."""
    required: str | None = None
    """Which version the package must have."""
    overrides: bool = False
    """Whether find_package() makes it available."""


def _declared(call: Call) -> Declared:
    """Return what a command says of the content that it names first."""
    name = "".join(call.words[:1])
    repository = tuple(call.after("GIT_REPOSITORY")[:1])
    urls = (*repository, *(word for word in call.after("URL") if "://" in word))
    tag = "".join(call.after("GIT_TAG")[:1]).removeprefix("v")
    version = tag if re.fullmatch(r"\d[\w.-]*\.[\w.-]*", tag) else ""
    archive = _OF_ARCHIVE.search("".join(urls[:1]))
    found = call.after("FIND_PACKAGE_ARGS")
    of_package = re.fullmatch(r"[\d.]+", "".join(found[:1]))
    return Declared(
        name,
        urls,
        version or (archive[1] if archive else ""),
        bool(repository),
        "FIND_PACKAGE_ARGS" in call.words,
        "".join(found[found.index("NAMES") + 1 :][:1]) if "NAMES" in found else name,
        f">={of_package[0]}" if of_package else None,
        "OVERRIDE_FIND_PACKAGE" in call.words,
    )


def declare(call: Call) -> None:
    """Remember where content is fetched from."""
    found = _declared(call)
    call.machine.declared.setdefault(found.name.lower(), found)


def external_project(call: Call) -> None:
    """Note what a build of another project fetches, unless it is only built when asked for."""
    found = _declared(call)
    if "DOWNLOAD_COMMAND" in call.words:
        return
    build = constant("".join(call.after("EXCLUDE_FROM_ALL")[:1])) is not True
    fetched = download(_label(found), *found.urls, where=call.where, sure=build)
    call.machine.fetch(fetched)
    if found.by_git and build:
        call.machine.demand(call.probe("tool-missing", "git"))


def _label(one: Declared) -> str:
    return f"{one.name} {one.version}".strip()


def populate(call: Call) -> None:
    """Note what is fetched without a look at packages."""
    if len(call.words) > 1:
        declare(call)  # what it fetches stands in the same command
    for one in _asked(call, call.words[:1]):
        _fetch(call, one)


def make_available(call: Call) -> None:
    """Note what is fetched, and what CMake takes in place of it, or would if it were told."""
    mode = call.machine.variable("FETCHCONTENT_TRY_FIND_PACKAGE_MODE") or ""
    for one in _asked(call, call.words):
        looks_first = one.looks_first or mode == "ALWAYS"
        if not (looks_first and mode != "NEVER" and _is_there(call, one)):
            _fetch(call, one, if_told=not (mode or looks_first))


def overridden(call: Call) -> bool:
    """Make content available that find_package() is told to take; say whether it is."""
    declared = call.machine.declared.get("".join(call.words[:1]).lower(), Declared())
    if declared.overrides:
        make_available(replace(call, words=[declared.name]))
    return declared.overrides


def _asked(call: Call, names: list[str]) -> list[Declared]:
    call.machine.fetched = True
    return [call.machine.declared.get(name.lower(), Declared(name)) for name in names]


def _is_there(call: Call, one: Declared) -> bool:
    """Say whether CMake finds a package in place of content."""
    if one.name.lower() in call.machine.survey.brought.modules:
        return True
    return call.machine.has(call.probe("cmake-package-missing", one.package, one.required))


def _fetch(call: Call, one: Declared, *, if_told: bool = False) -> None:
    """Note what is fetched, and whether CMake would look for a package first if it were told."""
    if not _is_local(call, one):
        found = download(_label(one), *one.urls, where=call.where)
        if found and if_told and _serves(call, one):
            need = Need("cmake-package-missing", one.package, f">={one.version}")
            found = replace(found, instead=(need,), setting=_ALWAYS)
        call.machine.fetch(found)
        if one.by_git:
            call.machine.demand(call.probe("tool-missing", "git"))
    call.set(f"{one.name}_POPULATED", "1")
    call.set(f"{one.name.lower()}_POPULATED", "1")
    call.set(f"{one.name.lower()}_SOURCE_DIR", f"/fetched/{one.name}")


def _is_local(call: Call, one: Declared) -> bool:
    """Say whether the project leads CMake to a copy of the content, or forbids all downloads."""
    known = call.machine.variable
    disconnected = constant(known("FETCHCONTENT_FULLY_DISCONNECTED") or "") is True
    return disconnected or bool(known(f"FETCHCONTENT_SOURCE_DIR_{one.name.upper()}"))


def _serves(call: Call, one: Declared) -> bool:
    """Say whether a package would do: CMake is told, finds it, and nothing uses the sources."""
    survey = call.machine.survey
    known = survey.knowledge.capability("cmake-package-missing", one.package)
    if READ_CMAKE_ARGS.isdisjoint(survey.required_names) or not (one.version and known):
        return False
    if one.package not in known.detectors.get("cmake", ()):
        return False
    folders = (f"${{{one.name.lower()}_SOURCE_DIR}}", f"${{{one.name.lower()}_BINARY_DIR}}")
    files = (survey.tree.text(name) for name in survey.tree.names() if _BUILD_FILE.search(name))
    return not any(folder in text for text in files if text for folder in folders)
