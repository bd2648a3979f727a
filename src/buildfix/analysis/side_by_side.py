"""Whether a project's extension modules may be built side by side: only where that is shown.

setuptools compiles each source to an object file whose path follows from the source's path alone
(distutils' `CCompiler.object_filenames`). Two extensions that share a source, or have sources of
one stem in one folder, so write one file, and side by side the one is linked with the object of the
other (https://github.com/pypa/setuptools/issues/3942). So it must be known exactly which sources
each extension has, and that nothing else takes part. What is not known is not shown.
"""

from __future__ import annotations

import ast
import posixpath
import re
import sys
from collections.abc import Iterable
from typing import Any

from packaging.utils import canonicalize_name

from buildfix.analysis.archive import SourceTree
from buildfix.analysis.pyproject import Project
from buildfix.analysis.python.config import read_config
from buildfix.analysis.python_exact.calls import Caller
from buildfix.analysis.python_exact.expressions import Place
from buildfix.analysis.python_exact.values import Extension, Items, NotShown, Pairs, Scope, elements
from buildfix.analysis.symbolic_run import Exhausted, Left
from buildfix.analysis.symbolic_values import ROOT, External, Value
from buildfix.analysis.toml_text import table
from buildfix.catalog.parallel import SideBySide
from buildfix.installers.request_items import project_of
from buildfix.platforms.surroundings import Surroundings

_COMPILED = (".c", ".cc", ".cpp", ".cxx", ".c++", ".m", ".mm")
_BUILTINS = (
    *("all", "any", "bool", "dict", "enumerate", "float", "format", "getattr", "hasattr", "int"),
    *("isinstance", "issubclass", "len", "list", "map", "max", "min", "open", "print", "range"),
    *("repr", "set", "sorted", "str", "sum", "tuple", "zip"),
)
_ALWAYS_THERE = frozenset({"setuptools", "distutils"})
_MAKEFILE = re.compile(r"^(?:GNU)?[Mm]akefile(?:\.(?!am$|PL$).*)?$|\.mk$|\.mak$")
_ASIDE = re.compile(r"(?:^|/)(?:tests?|docs?|examples?)/")
_SPOILS = "save-temps"
"""gcc and clang write its files by the source's name alone, in the folder that they run in."""
_CONFIGURED = {"options": ("cmdclass",), "global": ("command_packages", "command-packages")}
_MISHAPS = (
    *(ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError),
    Left,
)
"""What a script that does not work may lead to here; it will not build anything either."""


def why_not_side_by_side(
    tree: SourceTree, project: Project, surroundings: Surroundings, known: SideBySide
) -> str:
    """Return why a project's extensions must be built one by one; "" where they need not."""
    backend = project.backend.partition(":")[0]
    if backend in known.other_backends and not project.backend_path:
        return ""
    try:
        _check_project(tree, project, known)
        _check_apart(_declared(project))
        if "setup.py" in tree.names():
            _check_script(tree, project, surroundings, known)
    except NotShown as error:
        return f"{error} cannot be evaluated"
    except Exhausted:
        return "a script that takes too many steps cannot be evaluated"
    except _Shared as error:
        return str(error)
    except _MISHAPS as error:
        return f"setup.py cannot be evaluated ({type(error).__name__})"
    return ""


def makefiles_generated(tree: SourceTree) -> bool:
    """Say whether a tree has makefiles and automake made them all; tests and manuals aside."""
    names = [name for name in tree.names() if not _ASIDE.search(name)]
    made = {posixpath.dirname(name) for name in names if name.endswith("Makefile.am")}
    there = {
        posixpath.dirname(name) for name in names if _MAKEFILE.search(posixpath.basename(name))
    }
    return bool(made) and there <= made


class _Shared(Exception):
    """Two extensions write one object file."""


def _check_project(tree: SourceTree, project: Project, known: SideBySide) -> None:
    """Refuse what may change how setuptools builds; raises NotShown."""
    if project.backend.partition(":")[0] != "setuptools.build_meta" or project.backend_path:
        raise NotShown(f"the build backend {project.backend}")
    for name in sorted(project.build_names - known.build_requires):
        raise NotShown(f"what {name} does to the build")
    if table(project.tool, "setuptools", "cmdclass"):
        raise NotShown("a command of the project's own")
    options = read_config(tree.text("setup.cfg"))
    for section, names in _CONFIGURED.items():
        if not options.get(section, {}).keys().isdisjoint(names):
            raise NotShown(f"[{section}] in setup.cfg")
    for name in ("setup.py", "setup.cfg", "pyproject.toml"):
        if _SPOILS in (tree.text(name) or ""):
            raise NotShown(f"-{_SPOILS} in {name}")


def _declared(project: Project) -> list[Extension]:
    """Return the extensions that pyproject.toml declares."""
    modules: Any = table(project.tool, "setuptools").get("ext-modules") or []
    if not isinstance(modules, list) or not all(isinstance(one, dict) for one in modules):
        raise NotShown("ext-modules in pyproject.toml")
    return [Extension({**one, "sources": Items(list(one.get("sources", [])))}) for one in modules]


def _check_script(
    tree: SourceTree, project: Project, surroundings: Surroundings, known: SideBySide
) -> None:
    """Follow setup.py and check what it hands to setup(); raises NotShown, _Shared."""

    def check(settled: dict[str, Value]) -> None:
        _check_apart([*_declared(project), *_handed(settled, known)])

    try:
        script = ast.parse(tree.text("setup.py") or "")
    except (SyntaxError, MemoryError) as error:
        raise NotShown("setup.py") from error
    modules = {module for name in project.build_names for module in known.modules_of(name)}
    importable = sys.stdlib_module_names | _ALWAYS_THERE | modules
    builtins = {name: External(f"builtins.{name}") for name in _BUILTINS}
    started: dict[str, Value] = {"__name__": "__main__", "__file__": f"{ROOT}/setup.py"}
    scope = Scope(started, Scope(builtins))
    run = Caller(Place(tree, surroundings, known, importable, scope), check)
    run.execute(script.body)
    if not run.setups:
        raise NotShown("a setup.py without setup()")


def _handed(settled: dict[str, Value], known: SideBySide) -> Iterable[Extension]:
    """Return the extensions among setup()'s arguments; raises NotShown for what may do more."""
    for name in settled:
        if name not in known.keywords:
            raise NotShown(f"the argument {name} of setup()")
    _check_commands(settled.get("cmdclass", Pairs()), known)
    required = settled.get("setup_requires", Items())
    for one in [required] if isinstance(required, str) else elements(required):
        if not isinstance(one, str) or _project(one) not in known.build_requires:
            raise NotShown("what setup_requires does to the build")
    return elements(settled.get("ext_modules") or Items())


def _check_commands(commands: Value, known: SideBySide) -> None:
    if not isinstance(commands, Pairs) or not commands.exact:
        raise NotShown("the commands of setup()")
    for name, command in commands.values.items():
        if not (isinstance(command, External) and command.name in known.commands):
            raise NotShown(f"the project's own command {name}")


def _project(requirement: str) -> str:
    return canonicalize_name(project_of(requirement) or "")


def _check_apart(extensions: Iterable[Value]) -> None:
    """Raise NotShown where the objects are not known, _Shared where two extensions share one."""
    owners: dict[str, str] = {}
    names: set[str] = set()
    for extension in extensions:
        name = extension.fields.get("name") if isinstance(extension, Extension) else None
        if not isinstance(name, str) or name.lower() in names:
            raise NotShown("the name of an extension")
        names.add(name.lower())
        for stem in _objects(extension, name):
            if owners.setdefault(stem, name) != name:
                raise _Shared(f"{owners[stem]} and {name} are both compiled from {stem}")


def _objects(extension: Extension, name: str) -> set[str]:
    """Return the object files of an extension, by their sources' paths without suffix.

    Letters count as one in both cases, as on the file systems of macOS.
    """
    if extension.fields.get("extra_objects", None) not in (None, []):
        objects = extension.fields["extra_objects"]
        if not isinstance(objects, Items) or not objects.exact or objects.values:
            raise NotShown(f"the objects that {name} is linked with")
    found = set()
    for source in elements(extension.fields["sources"]):
        if not isinstance(source, str) or not source.endswith(_COMPILED):
            raise NotShown(f"the sources of {name}")
        path = posixpath.normpath(source.replace("\\", "/").removeprefix(f"{ROOT}/"))
        if path.startswith(("/", "..")):
            raise NotShown(f"where the sources of {name} lie")
        found.add(posixpath.splitext(path)[0].lower())
    return found
