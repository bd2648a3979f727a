"""Calls in an exactly evaluated script: those whose effect is known; any other ends it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from fnmatch import fnmatchcase

from buildfix.analysis.python_exact.statements import Executor
from buildfix.analysis.python_exact.values import (
    ALIAS,
    OPAQUE,
    ROOT,
    Extension,
    Items,
    Left,
    Method,
    NotShown,
    Opaque,
    Outside,
    Pairs,
    Routine,
    Value,
    elements,
    is_exact,
    plain,
    truth,
)

_CYTHON = (".pyx", ".py")
_DIRECTIVE = re.compile(r"^\s*#\s*distutils\s*:\s*(?!language\b|define_macros\b)", re.MULTILINE)
"""Cython's comments that tell of an extension; all but two kinds may add sources."""
_CYTHONIZED_BY = frozenset(
    (
        *("module_list", "language_level", "compiler_directives"),
        *("annotate", "nthreads", "force", "quiet"),
    )
)
_FIELDS = ("name", "sources", "include_dirs", "define_macros", "undef_macros", "library_dirs")
_TEXT = frozenset(
    (
        *("endswith", "format", "join", "lower", "lstrip", "partition", "rpartition", "rsplit"),
        *("rstrip", "split", "splitlines", "startswith", "strip", "upper"),
    )
)
_LONG = 10_000
_WIDE = re.compile(r"\d{4}")


class Caller(Executor):
    """Calls what a script calls; raises NotShown at a call whose effect is not known."""

    def check_import(self, name: str) -> None:
        """Refuse what may change something when it is imported; raises NotShown."""
        top = name.partition(".")[0]
        names = self.tree.names()
        mine = f"{top}.py" in names or f"{top}/__init__.py" in names
        harmful = any(name == one or name.startswith(f"{one}.") for one in self.known.patching)
        if top not in self.importable or mine or harmful:
            raise NotShown(f"the module {name}")

    def call(self, function: Value, args: list[Value], named: dict[str, Value]) -> Value:
        """Return what a call returns; raises NotShown."""
        if isinstance(function, Routine):
            return self.run_routine(function, args, named)
        if any(isinstance(one, Routine) for one in (*args, *named.values())):
            raise NotShown("a function that is handed on")
        if isinstance(function, Method):
            return self._method(function.owner, function.name, args, named)
        if not isinstance(function, Outside):
            raise NotShown("a call of something unknown")
        handler = _HANDLERS.get(function.name)
        if handler:
            return handler(self, args, named)
        if function.name in self.known.pure:
            return OPAQUE
        if function.name in self.known.extensions:
            return self._extension(args, named)
        raise NotShown(f"a call of {function.name.removeprefix('builtins.')}()")

    def _extension(self, args: list[Value], named: dict[str, Value]) -> Extension:
        if len(args) > len(_FIELDS):
            raise NotShown("the arguments of an extension")
        given = {**dict(zip(_FIELDS, args, strict=False)), **named}
        return Extension({**given, "sources": self.sources_of(given.get("sources"))})

    def _method(self, owner: Value, name: str, args: list[Value], named: dict[str, Value]) -> Value:
        if isinstance(owner, Items):
            return self._of_list(owner, name, args)
        if isinstance(owner, Pairs):
            return self._of_dict(owner, name, args, named)
        if isinstance(owner, str):
            return _of_text(owner, name, args, named)
        if isinstance(owner, Opaque) and name in self.known.reading_methods:
            return ALIAS if name == "get" else OPAQUE
        raise NotShown(f"the method {name}()")

    def _of_list(self, owner: Items, name: str, args: list[Value]) -> Value:
        if name == "append" and len(args) == 1:
            self.change(owner)
            owner.values.append(args[0])
        elif name == "extend" and len(args) == 1:
            self.extend(owner, args[0])
        elif name == "insert" and len(args) == 2 and isinstance(args[0], int):
            self.change(owner)
            owner.values.insert(args[0], args[1])
        elif name == "copy":
            return Items(list(owner.values), owner.exact)
        else:
            raise NotShown(f"the method {name}() of a list")
        return None

    def _of_dict(
        self, owner: Pairs, name: str, args: list[Value], named: dict[str, Value]
    ) -> Value:
        if name == "update":
            more = args[0] if args else Pairs()
            known = isinstance(more, Pairs) and more.exact
            self.change(owner, known=known)
            owner.values.update(more.values if isinstance(more, Pairs) else {})
            owner.values.update(named)
            return None
        if name not in ("get", "items", "keys", "values", "copy") or not owner.exact:
            raise NotShown(f"the method {name}() of a dict")
        if name == "get":
            default = args[1] if len(args) > 1 else None
            return owner.values.get(args[0], default) if isinstance(args[0], str) else ALIAS
        if name == "copy":
            return Pairs(dict(owner.values))
        return Items([*getattr(owner.values, name)()])

    def within(self, path: Value) -> str | None:
        """Return a path as the tree has it, None where it lies elsewhere or is not known."""
        if not isinstance(path, str):
            return None
        full = posixpath.normpath(posixpath.join(ROOT, path))
        inside = full == ROOT or full.startswith(f"{ROOT}/")
        return full[len(ROOT) + 1 :] if inside else None

    def matching(self, pattern: Value) -> list[str]:
        """Return the files of the tree that a pattern matches; raises NotShown."""
        inside = self.within(pattern)
        if inside is None or self.generated or "**" in inside or "[" in inside:
            raise NotShown("a pattern for files")
        depth = inside.count("/")
        names = (name for name in self.tree.names() if name.count("/") == depth)
        parts = inside.split("/")
        return sorted(
            name
            for name in names
            if all(map(fnmatchcase, name.split("/"), parts))
            and not any(part.startswith(".") for part in name.split("/"))
        )


def _of_text(owner: str, name: str, args: list[Value], named: dict[str, Value]) -> Value:
    if name not in _TEXT:
        raise NotShown(f"the method {name}() of a text")
    if not all(map(is_exact, (*args, *named.values()))):
        return OPAQUE
    if len(owner) > _LONG or (name == "format" and _WIDE.search(owner)):
        return OPAQUE
    words = {key: plain(value) for key, value in named.items()}
    made = getattr(owner, name)(*map(plain, args), **words)
    return Items(made) if isinstance(made, list) else made


def _setup(run: Caller, args: list[Value], named: dict[str, Value]) -> Value:
    if run.doubt or args:
        raise NotShown("whether setup() is called")
    run.on_setup(named)
    run.setups += 1
    run.generated = True
    return OPAQUE


def _exit(run: Caller, _args: list[Value], _named: dict[str, Value]) -> Value:
    if not run.doubt:
        raise NotShown("a script that ends itself")
    raise Left


def _cythonize(run: Caller, args: list[Value], named: dict[str, Value]) -> Value:
    """Return the extensions that Cython makes: each C file lies beside its .pyx."""
    asked = args[0] if args else named.get("module_list")
    if len(args) > 1 or not named.keys() <= _CYTHONIZED_BY:
        raise NotShown("the arguments of cythonize()")
    made: list[Value] = []
    for one in elements(asked) if isinstance(asked, Items | tuple) else [asked]:
        if isinstance(one, str):
            made += [_of_pyx(path) for path in run.matching(one)]
        elif isinstance(one, Extension) and one.fields.get("name") == "*":
            made += [_of_pyx(path) for path in _expanded(run, one)]
        elif isinstance(one, Extension):
            one.fields["sources"] = Items(_expanded(run, one))
            made.append(one)
        else:
            raise NotShown("what cythonize() is given")
    for one in made:
        _check_cython(run, one)
    run.generated = True
    return Items(made)


def _of_pyx(path: str) -> Extension:
    name = posixpath.splitext(path)[0].replace("/", ".")
    return Extension({"name": name, "sources": Items([path])})


def _expanded(run: Caller, extension: Extension) -> list[Value]:
    found: list[Value] = []
    for source in elements(extension.fields["sources"]):
        if not isinstance(source, str):
            raise NotShown("the sources of an extension")
        found += run.matching(source) if "*" in source else [source]
    return found


def _check_cython(run: Caller, extension: Extension) -> None:
    """Turn Cython's sources into those that are compiled; raises NotShown where it adds others."""
    sources = extension.fields["sources"]
    for number, source in enumerate(sources.values):
        if not source.endswith(_CYTHON):
            continue
        inside = run.within(source)
        text = run.tree.text(inside) if inside else None
        if text is None or _DIRECTIVE.search(text):
            raise NotShown(f"what Cython makes of {source}")
        sources.values[number] = posixpath.splitext(source)[0] + ".c"


def _exactly(path: Callable[..., str]) -> Callable[..., Value]:
    """Return what does a function of os.path where all that it is given is known."""

    def do(_run: Caller, args: list[Value], _named: dict[str, Value]) -> Value:
        known = args and all(isinstance(one, str) for one in args)
        return path(*args) if known else OPAQUE

    return do


def _absolute(path: str) -> str:
    return posixpath.normpath(posixpath.join(ROOT, path))


def _exists(run: Caller, args: list[Value], _named: dict[str, Value]) -> Value:
    inside = run.within(args[0]) if args else None
    if inside is None or run.generated or any(p.startswith(".") for p in inside.split("/")):
        return OPAQUE
    names = run.tree.names()
    return inside in names or any(name.startswith(f"{inside}/") for name in names)


def _glob(run: Caller, args: list[Value], named: dict[str, Value]) -> Value:
    if len(args) != 1 or named:
        raise NotShown("a pattern for files")
    absolute = isinstance(args[0], str) and args[0].startswith("/")
    found = run.matching(args[0])
    return Items([f"{ROOT}/{one}" if absolute else one for one in found])


def _open(_run: Caller, args: list[Value], named: dict[str, Value]) -> Value:
    mode = named.get("mode", args[1] if len(args) > 1 else "r")
    if not isinstance(mode, str) or set(mode) & set("wax+"):
        raise NotShown("a file that is written")
    return OPAQUE


def _listed(_run: Caller, args: list[Value], named: dict[str, Value]) -> Value:
    """Do what list(), tuple() and sorted() do, as far as the elements matter."""
    if named:
        raise NotShown("how something is sorted")
    return Items(elements(args[0]) if args else [])


def _dict(_run: Caller, args: list[Value], named: dict[str, Value]) -> Value:
    if not args:
        return Pairs(dict(named))
    if len(args) == 1 and isinstance(args[0], Pairs):
        return Pairs({**args[0].values, **named}, args[0].exact)
    raise NotShown("a dict that is made of something")


def _range(_run: Caller, args: list[Value], _named: dict[str, Value]) -> Value:
    if not args or not all(isinstance(one, int) and abs(one) < _LONG for one in args):
        raise NotShown("a range")
    return Items(list(range(*args)))


def _zip(_run: Caller, args: list[Value], named: dict[str, Value]) -> Value:
    if named:
        raise NotShown("the arguments of zip()")
    return Items(list(zip(*map(elements, args), strict=False)))


def _enumerate(_run: Caller, args: list[Value], named: dict[str, Value]) -> Value:
    if named or len(args) != 1:
        raise NotShown("the arguments of enumerate()")
    return Items(list(enumerate(elements(args[0]))))


def _str(_run: Caller, args: list[Value], _named: dict[str, Value]) -> Value:
    return str(args[0]) if args and isinstance(args[0], str | int) else OPAQUE


def _len(_run: Caller, args: list[Value], _named: dict[str, Value]) -> Value:
    known = args and isinstance(args[0], str | tuple | Items | Pairs)
    return len(elements(args[0])) if known and truth(args[0]) is not None else OPAQUE


_HANDLERS: dict[str, Callable[..., Value]] = {
    "setuptools.setup": _setup,
    "distutils.core.setup": _setup,
    "sys.exit": _exit,
    "Cython.Build.cythonize": _cythonize,
    "glob.glob": _glob,
    "os.path.join": _exactly(posixpath.join),
    "os.path.dirname": _exactly(posixpath.dirname),
    "os.path.basename": _exactly(posixpath.basename),
    "os.path.normpath": _exactly(posixpath.normpath),
    "os.path.abspath": _exactly(_absolute),
    "os.path.realpath": _exactly(_absolute),
    "os.getcwd": lambda *_: ROOT,
    "os.path.exists": _exists,
    "os.path.isfile": _exists,
    "os.path.isdir": _exists,
    "platform.system": lambda run, *_: run.surroundings.platform_name,
    "builtins.open": _open,
    "io.open": _open,
    "codecs.open": _open,
    "builtins.list": _listed,
    "builtins.tuple": lambda *call: tuple(_listed(*call).values),
    "builtins.sorted": _listed,
    "builtins.dict": _dict,
    "builtins.range": _range,
    "builtins.zip": _zip,
    "builtins.enumerate": _enumerate,
    "builtins.str": _str,
    "builtins.len": _len,
}
