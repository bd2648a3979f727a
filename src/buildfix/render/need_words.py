"""Needs in the words that a person decides on: `C compiler`, `Python.h`, `libxml2`."""

from __future__ import annotations

from collections.abc import Iterable

from buildfix.core import Need

_LANGUAGES = {
    "c": "C compiler",
    "cxx": "C++ compiler",
    "fortran": "Fortran compiler",
    "rust": "Rust",
    "cuda": "CUDA",
    "msvc": "Microsoft's C++ compiler",
    "xcode": "Xcode's command line tools",
}
_FORMS = {
    "library-missing": "library {}",
    "pkgconfig-missing": "{} (pkg-config)",
    "cmake-package-missing": "{} (CMake)",
    "runtime-library-missing": "{} at run time",
    "python-module-missing": "module {}",
    "backend-missing": "module {}",
    "run": "{} at run time",
}
_SHOWN = 4


def need_words(need: Need) -> str:
    """Return what is needed, without saying that it is missing."""
    if need.kind == "externally-managed":
        return "virtual environment"
    if need.kind == "installer":
        return need.subject if need.subject != "-" else "pip"
    if need.subject == "-":
        return need.kind.replace("-", " ")
    name = _name(need.subject)
    if need.kind.startswith("compiler-"):
        name = _LANGUAGES.get(name, name)
    if _is_compiler(need.subject):
        return _LANGUAGES.get(name, name)
    required = f" {need.required}" if need.required else ""
    return _FORMS.get(need.kind, "{}").format(f"{name}{required}")


def is_general(need: Need) -> bool:
    """Return whether builds of all kinds need it: a compiler, Python's headers."""
    general = ("python-headers-missing", "externally-managed", "installer")
    return need.kind in general or need.kind.startswith("compiler-") or _is_compiler(need.subject)


def listed_needs(needs: Iterable[Need]) -> str:
    """Return needs as a list of words: the first few, and how many more."""
    words = list(dict.fromkeys(map(need_words, needs)))
    more = len(words) - _SHOWN
    return ", ".join(words[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _name(subject: str) -> str:
    """Return a subject, for a capability the last part of its id: `dep:generic/zlib` is zlib."""
    return subject.rpartition("/")[2] if subject.startswith("dep:") else subject


def _is_compiler(subject: str) -> bool:
    return subject.startswith("dep:virtual/compiler/")
