"""What a setup.py says, with setup.cfg, once it has been followed."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from buildfix.analysis.autoconf import read_configure
from buildfix.analysis.cargo import read_cargo
from buildfix.analysis.cmake import defined_by, read_cmake
from buildfix.analysis.findings import Grade
from buildfix.analysis.includes import note_includes
from buildfix.analysis.makefiles import note_makefile
from buildfix.analysis.probe_environment import Settled
from buildfix.analysis.python import (
    follow_backend,
    follow_helpers,
    follow_script,
    follow_setup,
)
from buildfix.analysis.python.building import extension_instances
from buildfix.analysis.python.config import read_config
from buildfix.analysis.python.values import (
    ANY_KEYWORD,
    Extension,
    Followed,
    Instance,
    UserClass,
)
from buildfix.analysis.survey import Survey
from buildfix.analysis.symbolic_values import ROOT, Doubtful, External, Unknown, Value, truth
from buildfix.index.metadata import with_extra

_MODULES = (".py", "/__init__.py")


@dataclass(frozen=True)
class _Extension:
    """One extension, as far as it says what it needs."""

    sources: tuple[str, ...]
    libraries: tuple[str, ...]
    macros: frozenset[str]
    language: str
    code: str
    where: str
    optional: bool
    crate: str = ""
    cmake: str | None = None
    """The folder of the tree that cmake configures for it, if that builds it."""


def read_setup(survey: Survey, distributions: Collection[str]) -> tuple[str, ...]:
    """Note what setup.py needs, and return what it requires from PyPI beside pyproject.toml."""
    return _note_all(survey, follow_setup(survey, "setup.py", distributions), distributions)


def read_script(survey: Survey, file: str, distributions: Collection[str]) -> None:
    """Note what a build script needs that poetry runs in place of a setup.py."""
    _note_all(survey, follow_script(survey, file, distributions), distributions)


def read_helpers(survey: Survey, distributions: Collection[str]) -> None:
    """Note what the extensions need that extension-helpers finds without a setup.py."""
    _note_all(survey, follow_helpers(survey, distributions), distributions)


def read_backend(
    survey: Survey, backend: str, folders: Collection[str], distributions: Collection[str]
) -> None:
    """Note what a backend of the tree's own needs, which lies in one of these folders."""
    path = backend.partition(":")[0].replace(".", "/")
    folders = [posixpath.normpath(folder).removeprefix(".") for folder in folders]
    files = [posixpath.join(one, f"{path}{end}") for one in folders for end in _MODULES]
    found = next((file for file in files if file in survey.tree.names()), None)
    if found:
        _note_all(survey, follow_backend(survey, found, folders, distributions), distributions)


def _note_all(
    survey: Survey, settled: Settled[Followed], distributions: Collection[str]
) -> tuple[str, ...]:
    """Note what a script that was followed needs, and return what it requires from PyPI."""
    _note_probes(survey, settled)
    needed = list(_extensions(settled.needed))
    survey.understood = _is_understood(settled)
    survey.hands_on = bool(settled.needed.handed_on)
    survey.refusals = settled.passed_over
    survey.outside = settled.needed.outside
    survey.keywords = frozenset(
        name
        for one in settled.needed.setups
        for name, value in one.keywords.items()
        if value is True
    )
    own = _own_libraries(settled.needed)
    for extension in needed:
        _note(survey, extension, own)
    for extension in _extensions(settled.rich):
        _note_libraries(survey, extension, own, "optional")
    for module in _cffi_builders(settled):
        _follow_cffi(survey, module, distributions, own)
    survey.binary = not needed and any(
        _is_binary(setup.keywords) for setup in settled.needed.setups
    )
    _note_config(survey, bool(needed))
    certain = (one for one, grade in settled.needed.probes.items() if grade == "sure")
    note_makefile(survey, (*settled.granted, *certain))
    for folder, defined in sorted(settled.needed.configured.items()):
        read_configure(survey, folder)
        _follow_cmake(survey, folder, defined)
    for setup in settled.needed.setups:
        if setup.builder == "skbuild":
            survey.tool("cmake", setup.where, "sure")
            defined = defined_by(survey.surroundings.told("CMAKE_ARGS"))
            read_cmake(survey, str(setup.keywords.get("cmake_source_dir") or ""), defined)
    survey.runs_with += tuple(_install_requires(settled.needed))
    return tuple(_setup_requires(settled.needed))


def _is_understood(settled: Settled[Followed]) -> bool:
    """Say whether a script was followed to its end, and what it hands to setup() is known."""
    followed = settled.needed
    said = [one for setup in followed.setups for one in _builds(setup.keywords)]
    for command in followed.commands:
        said += _builds(command.attributes["distribution"].attributes)
    ended = not settled.passed_over and not followed.cut_short and bool(followed.setups)
    return ended and not any(isinstance(one, Unknown) for one in said)


def _builds(keywords: dict[str, Value]) -> Iterator[Value]:
    """Yield the arguments of setup() that say what is built."""
    given = keywords.get("ext_modules")
    yield from (given, *(given if isinstance(given, list | tuple) else ()))
    yield from (keywords.get(name) for name in ("cmdclass", "cffi_modules", ANY_KEYWORD))


def _install_requires(followed: Followed) -> Iterator[str]:
    for setup in followed.setups:
        yield from _words(setup.keywords.get("install_requires"))
        extras = setup.keywords.get("extras_require")
        for name, value in extras.items() if isinstance(extras, dict) else ():
            extra, _, marker = str(name).partition(":")
            yield from (with_extra(one, extra, marker) for one in _words(value))


def _note_probes(survey: Survey, settled: Settled[Followed]) -> None:
    for one in settled.needed.downloads:
        anyway = one in settled.rich.downloads or bool(one.instead)
        survey.downloads[one if anyway else replace(one, sure=False)] = None
    for probe in settled.granted:
        survey.probe(probe, "sure")
    for probe in settled.wished:
        survey.probe(probe, "optional")


def _extensions(followed: Followed) -> Iterator[_Extension]:
    """Yield every extension that setup() or a command gets to build, each once."""
    seen: set[int] = set()
    lists = [
        setup.keywords.get(key)
        for setup in followed.setups
        for key in ("ext_modules", "rust_extensions")
    ]
    lists += [command.attributes.get("extensions") for command in followed.commands]
    lists += [
        command.attributes["distribution"].attributes.get("ext_modules")
        for command in followed.commands
    ]
    shared = [
        word
        for command in followed.commands
        for word in _words(command.attributes.get("libraries"))
    ]
    for instance in extension_instances(lists):
        if id(instance) not in seen:
            seen.add(id(instance))
            yield _extension(instance, shared)


def _extension(instance: Instance, shared: list[str]) -> _Extension:
    given = instance.attributes
    linked = _flagged(given.get("extra_link_args"), "-l")
    defined = (one.partition("=")[0] for one in _flagged(given.get("extra_compile_args"), "-D"))
    bases = (
        [instance.cls.name]
        if isinstance(instance.cls, External)
        else [*instance.cls.external_bases()]
    )
    made = instance if isinstance(instance, Extension) else Extension(instance.cls)
    return _Extension(
        sources=tuple(_words(given.get("sources"))),
        libraries=(*_words(given.get("libraries")), *linked, *shared),
        macros=frozenset((*_macros(given.get("define_macros")), *defined)),
        language=str(given.get("language") or ""),
        code=made.code if isinstance(made.code, str) else "",
        where=made.where,
        optional=truth(given.get("optional")) is True,
        crate=_crate_path(given) if "Rust" in "".join(bases) else "",
        cmake=_cmake_folder(given) if "cmake" in "".join(bases).lower() else None,
    )


def _cmake_folder(given: dict[str, Value]) -> str:
    named = (given.get("source_dir"), given.get("sourcedir"), given.get("root"))
    return next((_plain(one) for one in named if isinstance(one, str)), "").removeprefix(ROOT)


def _follow_cmake(survey: Survey, folder: str, defined: dict[str, str]) -> None:
    """Note what cmake needs in a folder, and the make that it runs if nothing names ninja."""
    if posixpath.join(folder, "CMakeLists.txt") not in survey.tree.names():
        return
    read_cmake(survey, folder, defined)
    by_ninja = "ninja" in (survey.tree.text("setup.py") or "").lower()
    if not (by_ninja or "ninja" in survey.brought.commands or survey.surroundings.is_windows):
        survey.tool("make", "setup.py", "sure")


def _crate_path(given: dict[str, Value]) -> str:
    told = (given.get("path"), given.get("sources"))
    return next((one for one in told if isinstance(one, str)), "Cargo.toml")


def _words(value: Value) -> list[str]:
    items: Iterable[Value] = value if isinstance(value, list | tuple | set) else [value]
    return [item for item in items if isinstance(item, str)]


def _flagged(value: Value, flag: str) -> list[str]:
    """Return what stands behind a flag among a compiler's arguments."""
    return [word.removeprefix(flag) for word in _words(value) if word.startswith(flag)]


def _macros(value: Value) -> Iterator[str]:
    for item in value if isinstance(value, list | tuple) else []:
        named = isinstance(item, tuple | list) and item and isinstance(item[0], str)
        if named and not isinstance(item[0], Doubtful):
            yield item[0]


def _own_libraries(followed: Followed) -> frozenset[str]:
    """Return the names of the libraries that setup() builds itself."""
    listed = [setup.keywords.get("libraries") for setup in followed.setups]
    items = [item for one in listed if isinstance(one, list) for item in one]
    return frozenset(
        item[0]
        for item in items
        if isinstance(item, tuple | list) and item and isinstance(item[0], str)
    )


def _note(survey: Survey, extension: _Extension, own: frozenset[str]) -> None:
    grade: Grade = "optional" if extension.optional else "sure"
    _note_libraries(survey, extension, own, grade)
    if extension.crate:
        read_cargo(survey, _plain(extension.crate))
        return
    if extension.cmake is not None:
        survey.tool("cmake", extension.where, grade)
        _follow_cmake(survey, extension.cmake, {})
        return
    if extension.language:
        survey.compiles(
            {"c++": "cxx", "objc": "c", "cuda": "cuda"}.get(extension.language, "c"),
            extension.where,
        )
    if not any(map(survey.facts.language_of, extension.sources)):
        survey.compiles("c", extension.where)
    for source in extension.sources:
        survey.compiled(_plain(source), extension.macros, extension.where, grade)
        if source.endswith(".i"):
            survey.tool("swig", extension.where, grade)
    if extension.code:
        survey.compiles("c", extension.where)
        note_includes(survey, extension.code, extension.where, extension.macros, grade)


def _note_libraries(
    survey: Survey, extension: _Extension, own: frozenset[str], grade: Grade
) -> None:
    for library in extension.libraries:
        if library not in own:
            doubtful = isinstance(library, Doubtful) and grade == "sure"
            survey.library(library, extension.where, "likely" if doubtful else grade)


def _plain(path: str) -> str:
    return posixpath.normpath(path.removeprefix(ROOT + "/"))


def _cffi_builders(settled: Settled[Followed]) -> Iterator[str]:
    """Yield the files that make cffi modules, as `cffi_modules` names them."""
    for setup in settled.needed.setups:
        for word in _words(setup.keywords.get("cffi_modules")):
            yield word.partition(":")[0]


def _follow_cffi(
    survey: Survey, file: str, distributions: Collection[str], own: frozenset[str]
) -> None:
    file = _plain(file)
    if file not in survey.tree.names():
        return
    settled = follow_setup(survey, file, distributions)
    _note_probes(survey, settled)
    for extension in _extensions(settled.needed):
        _note(survey, extension, own)


def _note_config(survey: Survey, builds: bool) -> None:
    """Note the libraries of setup.cfg's [build_ext], which every extension is linked with."""
    options = read_config(survey.tree.text("setup.cfg")).get("build_ext", {})
    for library in re.split(r"[\s,]+", options.get("libraries", "")) if builds else []:
        survey.library(library, "setup.cfg", "sure")


def _is_binary(setup: dict[str, Value]) -> bool:
    """Say whether setup() makes a wheel for one platform by means that are not followed."""
    distribution = setup.get("distclass")
    told = isinstance(distribution, UserClass) and any(
        name in distribution.members for name in ("is_pure", "has_ext_modules")
    )
    return told or isinstance(setup.get("ext_modules"), Unknown)


def _setup_requires(followed: Followed) -> Iterator[str]:
    for setup in followed.setups:
        yield from _words(setup.keywords.get("setup_requires"))
        if setup.keywords.get("cffi_modules"):
            yield "cffi"
