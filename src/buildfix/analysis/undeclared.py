"""What a setup.py needs and nobody declares: an isolated build ends there."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from buildfix.analysis.python.parsed import imported_always, parse
from buildfix.analysis.survey import Survey
from buildfix.installers.request_items import requirement_of

_SETUP = "setup.py"
_BRING_NOTHING = frozenset({"setuptools", "wheel", "pip"})
"""Build requirements that have no dependencies of their own which a setup.py could import."""


def note_dropped(survey: Survey, requirements: Iterable[str]) -> None:
    """Note the versions in which a build requirement has a module that setup.py always imports.

    As pkg_resources, which setuptools dropped.
    """
    imported = dict(imported_always(parse(survey.tree.text(_SETUP) or "") or []))
    for requirement in filter(None, map(requirement_of, requirements)):
        name = canonicalize_name(requirement.name)
        known = survey.facts.distributions.get(name)
        for module, older in known.dropped.items() if known else ():
            if module in imported and _allows_both(requirement.specifier, SpecifierSet(older)):
                where = f"{_SETUP}:{imported[module]}"
                survey.notes.add("held", name, where, "sure", older)


def _allows_both(asked: SpecifierSet, older: SpecifierSet) -> bool:
    """Say whether a requirement allows the newest version, and older ones as well."""
    floors = [one.version for one in asked if one.operator in (">=", ">")]
    return asked.contains("9999") and all(map(older.contains, floors))


def note_undeclared(survey: Survey, distributions: Collection[str]) -> None:
    """Note the modules that setup.py imports before all else and that nothing brings.

    Only where the build declares nothing but setuptools and wheel: what others bring along is not
    looked up. An import that hangs on a condition, or is tried, tells nothing.
    """
    if not _bring_nothing(distributions):
        return
    modules, names = survey.knowledge.modules, survey.tree.names()
    for module, line in imported_always(parse(survey.tree.text(_SETUP) or "") or []):
        own = f"{module}.py" in names or f"{module}/__init__.py" in names
        brought = canonicalize_name(modules.get(module, "setuptools"))
        if not own and brought not in _BRING_NOTHING:
            survey.notes.add("python-module-missing", module, f"{_SETUP}:{line}", "sure")


def note_ungenerated(survey: Survey, distributions: Collection[str]) -> None:
    """Note Cython where an extension is Cython's and the archive lacks the C of it.

    Where Cython is not installed, setuptools takes the C file beside a `.pyx` in its place.
    """
    names = survey.tree.names()
    if not _bring_nothing(distributions):
        return
    for source, compiled in survey.sources.items():
        stem, _, suffix = source.rpartition(".")
        generated = {f"{stem}.{one}" for one in ("c", "cpp", "cxx", "cc")}
        if compiled.grade == "sure" and suffix == "pyx" and generated.isdisjoint(names):
            survey.notes.add("python-module-missing", "Cython", source, "sure")
            return


def _bring_nothing(distributions: Collection[str]) -> bool:
    """Say whether build requirements are only those that bring no others."""
    return {canonicalize_name(name) for name in distributions} <= _BRING_NOTHING
