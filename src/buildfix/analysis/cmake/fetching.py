"""CMake's commands that fetch: FetchContent and ExternalProject."""

from __future__ import annotations

import re
from dataclasses import replace

from buildfix.analysis.cmake.call import Call
from buildfix.analysis.downloads import download
from buildfix.core import Need

READ_CMAKE_ARGS = frozenset({"scikit-build", "scikit-build-core"})
"""Build requirements that give the variable CMAKE_ARGS to CMake."""


def declare(call: Call) -> None:
    """Remember where content is fetched from."""
    name = "".join(call.words[:1])
    url, version = _place(call)
    archive = _OF_ARCHIVE.search(url)
    looks_first = "FIND_PACKAGE_ARGS" in call.words
    declared = (url, version or (archive[1] if archive else ""), looks_first, name)
    call.machine.declared.setdefault(name.lower(), declared)


_UNDECLARED = ("", "", False, "")


def _is_packaged(call: Call, package: str) -> bool:
    """Say whether systems have a package of exactly that name, as CMake would look for it."""
    known = call.machine.survey.knowledge.capability("cmake-package-missing", package)
    return known is not None and package in known.detectors.get("cmake", ())


def _place(call: Call) -> tuple[str, str]:
    """Return the URL that a command fetches, and the version, empty if that is none.

    Of several URLs of the same none must answer.
    """
    mirrors = [word for word in call.after("URL") if "://" in word]
    urls = (*call.after("GIT_REPOSITORY")[:1], *(mirrors if len(mirrors) == 1 else ()))
    version = "".join(call.after("GIT_TAG")[:1]).removeprefix("v")
    return "".join(urls[:1]), version if re.fullmatch(r"\d[\w.-]*\.[\w.-]*", version) else ""


_OF_ARCHIVE = re.compile(r"[/v-](\d{1,4}(?:\.\d{1,6}){1,3})\.(?:tar|tgz|zip)")


def external_project(call: Call) -> None:
    """Note what a build of another project fetches."""
    url, version = _place(call)
    name = "".join(call.words[:1])
    call.machine.fetch(download(f"{name} {version}".strip(), url, call.where))


def populate(call: Call) -> None:
    """Note what is fetched without a look at packages."""
    if len(call.words) > 1:
        declare(call)  # what it fetches stands in the same command
    _fetch(call, call.words[:1])


def make_available(call: Call) -> None:
    """Note what is fetched, and what CMake would take in place of it if it were told."""
    if not READ_CMAKE_ARGS.isdisjoint(call.machine.survey.required_names):
        _fetch(call, call.words, setting="-DFETCHCONTENT_TRY_FIND_PACKAGE_MODE=ALWAYS")
    else:
        _fetch(call, call.words)


def _fetch(call: Call, names: list[str], *, setting: str = "") -> None:
    """Note what is fetched, and with which setting CMake would look for a package first."""
    call.machine.fetched = True
    for name in names:
        url, version, looks_first, package = call.machine.declared.get(name.lower(), _UNDECLARED)
        if not (looks_first and name.lower() in call.machine.survey.brought.modules):
            found = download(f"{name} {version}".strip(), url, call.where)
            if found and setting and version and _is_packaged(call, package):
                need = Need("cmake-package-missing", package, f">={version}")
                found = replace(found, instead=(need,), setting=setting)
            call.machine.fetch(found)
            if url.endswith(".git"):
                call.machine.demand(call.probe("tool-missing", "git"))
        call.set(f"{name}_POPULATED", "1")
        call.set(f"{name.lower()}_POPULATED", "1")
        call.set(f"{name.lower()}_SOURCE_DIR", f"/fetched/{name}")
