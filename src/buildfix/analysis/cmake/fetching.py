"""CMake's commands that fetch: FetchContent and ExternalProject, and those of CPM.cmake."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from buildfix.analysis.cmake.call import Call
from buildfix.analysis.cmake.conditions import constant
from buildfix.analysis.downloads import download
from buildfix.core import Need

READ_CMAKE_ARGS = frozenset({"scikit-build", "scikit-build-core"})
"""Build requirements that give the variable CMAKE_ARGS to CMake."""
OF_CPM = frozenset({"cpmaddpackage", "cpmfindpackage"})
"""Commands that CPM.cmake defines, which a tree may have and may download."""
_CPM_LOOKS = "-DCPM_USE_LOCAL_PACKAGES=ON"
_FORGES = {"gh": "https://github.com", "gl": "https://gitlab.com", "bb": "https://bitbucket.org"}
_OF_FORGE = {"GITHUB_REPOSITORY": "gh", "GITLAB_REPOSITORY": "gl", "BITBUCKET_REPOSITORY": "bb"}
_SHORT = re.compile(r"(?:(gh|gl|bb):|(?=https?://))([^#@\s]+)(?:@([^#\s]+))?(?:#(\S+))?$")
"""How CPM.cmake names a package in one word: `gh:owner/name@version#tag`."""
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
    version = _version("".join(call.after("GIT_TAG")[:1]))
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


def _version(tag: str) -> str:
    """Return the version that a tag is of, empty if it is none."""
    found = re.fullmatch(r"v?(\d[\w.-]*\.[\w.-]*)", tag)
    return found[1] if found else ""


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
            _fetch(call, one, setting="" if mode or looks_first else _ALWAYS)


def overridden(call: Call) -> bool:
    """Make content available that find_package() is told to take; say whether it is."""
    declared = call.machine.declared.get("".join(call.words[:1]).lower(), Declared())
    if declared.overrides:
        make_available(replace(call, words=[declared.name]))
    return declared.overrides


def cpm_package(call: Call) -> None:
    """Note what CPM.cmake fetches, and whether it looks for a package first or would if told."""
    call.machine.fetched = True
    one = _of_cpm(call)
    local = constant(call.machine.variable("CPM_USE_LOCAL_PACKAGES") or "") is True
    looks_first = local or call.name == "cpmfindpackage"
    if one.name and not (looks_first and _is_there(call, one)):
        _fetch(call, one, setting="" if looks_first else _CPM_LOOKS)


def _of_cpm(call: Call) -> Declared:
    """Return what a command of CPM.cmake names, by keywords or in one word."""
    one, short = _declared(call), _SHORT.match("".join((call.after("URI") or call.words)[:1]))
    version, tag = "".join(call.after("VERSION")[:1]), "".join(call.after("GIT_TAG")[:1])
    urls, name = one.urls, "".join(call.after("NAME")[:1])
    if short:
        urls = (f"{_FORGES[short[1]]}/{short[2]}" if short[1] else short[2],)
        version, tag = short[3] or version, short[4] or tag
    for key, forge in _OF_FORGE.items():
        urls += tuple(f"{_FORGES[forge]}/{place}" for place in call.after(key)[:1])
    name = name or re.sub(r"\.git$", "", "".join(urls[:1]).rpartition("/")[2])
    by_git = bool(urls) and not call.after("URL")
    return Declared(name, urls, _version(version or tag), by_git, package=name)


def _asked(call: Call, names: list[str]) -> list[Declared]:
    call.machine.fetched = True
    return [call.machine.declared.get(name.lower(), Declared(name)) for name in names]


def _is_there(call: Call, one: Declared) -> bool:
    """Say whether CMake finds a package in place of content."""
    if one.name.lower() in call.machine.survey.brought.modules:
        return True
    return call.machine.has(call.probe("cmake-package-missing", one.package, one.required))


def _fetch(call: Call, one: Declared, *, setting: str = "") -> None:
    """Note what is fetched, and with which setting CMake would look for a package first."""
    if not _is_local(call, one):
        found = download(_label(one), *one.urls, where=call.where)
        if found and setting and _serves(call, one):
            need = Need("cmake-package-missing", one.package, f">={one.version}")
            found = replace(found, instead=(need,), setting=setting)
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
    led = (f"FETCHCONTENT_SOURCE_DIR_{one.name.upper()}", f"CPM_{one.name}_SOURCE")
    return disconnected or any(map(known, led))


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
