"""Calls in an exactly evaluated script: those whose effect is known; any other ends it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from dataclasses import replace

from buildfix.analysis.python.building import EXTENSION_FIELDS
from buildfix.analysis.python.methods import matches
from buildfix.analysis.python.standard_library import PATH_FUNCTIONS
from buildfix.analysis.python_exact.expressions import WIDE
from buildfix.analysis.python_exact.statements import Executor
from buildfix.analysis.python_exact.values import (
    ALIAS,
    OPAQUE,
    Extension,
    Items,
    NotShown,
    Pairs,
    Routine,
    elements,
    is_exact,
    plain,
    truth,
)
from buildfix.analysis.symbolic_run import Left
from buildfix.analysis.symbolic_values import ROOT, Call, External, Method, Unknown, Value, in_tree

_CYTHON = (".pyx", ".py")
_DIRECTIVE = re.compile(r"^\s*#\s*distutils\s*:\s*(?!language\b|define_macros\b)", re.MULTILINE)
"""Cython's comments that tell of an extension; all but two kinds may add sources."""
_CYTHONIZED_BY = frozenset(
    (
        *("module_list", "language_level", "compiler_directives"),
        *("annotate", "nthreads", "force", "quiet"),
    )
)
_FIELDS = EXTENSION_FIELDS[:6]
_TEXT = frozenset(
    (
        *("endswith", "format", "join", "lower", "lstrip", "partition", "rpartition", "rsplit"),
        *("rstrip", "split", "splitlines", "startswith", "strip", "upper"),
    )
)
_LONG = 10_000


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

    def call(self, function: Value, call: Call[Caller]) -> Value:
        """Return what a call returns; raises NotShown."""
        if isinstance(function, Routine):
            return self.run_routine(function, call)
        if any(isinstance(one, Routine) for one in (*call.args, *call.named.values())):
            raise NotShown("a function that is handed on")
        if isinstance(function, Method):
            return _method(replace(call, owner=function.owner, name=function.name))
        if not isinstance(function, External):
            raise NotShown("a call of something unknown")
        handler = _HANDLERS.get(function.name)
        if handler:
            return handler(call)
        if function.name in self.known.pure:
            return OPAQUE
        if function.name in self.known.extensions:
            return _extension(call)
        raise NotShown(f"a call of {function.name.removeprefix('builtins.')}()")

    def matching(self, pattern: Value) -> list[str]:
        """Return the files of the tree that a pattern matches; raises NotShown."""
        inside = in_tree(pattern) if isinstance(pattern, str) else None
        if inside is None or self.generated or "**" in inside or "[" in inside:
            raise NotShown("a pattern for files")
        names = (name for name in self.tree.names() if not _hidden(name))
        return sorted(name for name in names if matches(name.split("/"), inside.split("/")))


def _hidden(path: str) -> bool:
    return any(part.startswith(".") for part in path.split("/"))


def _extension(call: Call[Caller]) -> Extension:
    if len(call.args) > len(_FIELDS):
        raise NotShown("the arguments of an extension")
    given = {**dict(zip(_FIELDS, call.args, strict=False)), **call.named}
    return Extension({**given, "sources": call.machine.sources_of(given.get("sources"))})


def _method(call: Call[Caller]) -> Value:
    if isinstance(call.owner, Items):
        return _of_list(call)
    if isinstance(call.owner, Pairs):
        return _update(call) if call.name == "update" else _of_dict(call)
    if isinstance(call.owner, str):
        return _of_text(call)
    if isinstance(call.owner, Unknown) and call.name in call.machine.known.reading_methods:
        return ALIAS if call.name == "get" else OPAQUE
    raise NotShown(f"the method {call.name}()")


def _of_list(call: Call[Caller]) -> Value:
    owner: Items = call.owner
    if call.name == "append" and len(call.args) == 1:
        call.machine.change(owner)
        owner.values.append(call.first)
    elif call.name == "extend" and len(call.args) == 1:
        call.machine.extend(owner, call.first)
    elif call.name == "insert" and len(call.args) == 2 and isinstance(call.first, int):
        call.machine.change(owner)
        owner.values.insert(call.first, call.args[1])
    elif call.name == "copy":
        return Items(list(owner.values), owner.exact)
    else:
        raise NotShown(f"the method {call.name}() of a list")
    return None


def _update(call: Call[Caller]) -> Value:
    more = call.argument(0, Pairs())
    known = isinstance(more, Pairs) and more.exact
    call.machine.change(call.owner, known=known)
    call.owner.values.update(more.values if isinstance(more, Pairs) else {})
    call.owner.values.update(call.named)


def _of_dict(call: Call[Caller]) -> Value:
    values = call.owner.values
    if call.name not in ("get", "items", "keys", "values", "copy") or not call.owner.exact:
        raise NotShown(f"the method {call.name}() of a dict")
    if call.name == "get":
        return ALIAS if call.text is None else values.get(call.text, call.argument(1))
    return Pairs(dict(values)) if call.name == "copy" else Items([*getattr(values, call.name)()])


def _of_text(call: Call[Caller]) -> Value:
    if call.name not in _TEXT:
        raise NotShown(f"the method {call.name}() of a text")
    if not all(map(is_exact, (*call.args, *call.named.values()))):
        return OPAQUE
    if len(call.owner) > _LONG or (call.name == "format" and WIDE.search(call.owner)):
        return OPAQUE
    words = {key: plain(value) for key, value in call.named.items()}
    made = getattr(call.owner, call.name)(*map(plain, call.args), **words)
    return Items(made) if isinstance(made, list) else made


def _setup(call: Call[Caller]) -> Value:
    if call.machine.doubt or call.args:
        raise NotShown("whether setup() is called")
    call.machine.on_setup(call.named)
    call.machine.setups += 1
    call.machine.generated = True
    return OPAQUE


def _exit(call: Call[Caller]) -> Value:
    if not call.machine.doubt:
        raise NotShown("a script that ends itself")
    raise Left


def _cythonize(call: Call[Caller]) -> Value:
    """Return the extensions that Cython makes: each C file lies beside its .pyx."""
    asked = call.argument(0, call.named.get("module_list"))
    if len(call.args) > 1 or not call.named.keys() <= _CYTHONIZED_BY:
        raise NotShown("the arguments of cythonize()")
    listed = elements(asked) if isinstance(asked, Items | tuple) else [asked]
    made = [extension for one in listed for extension in _cythonized(call.machine, one)]
    for one in made:
        _check_cython(call.machine, one)
    call.machine.generated = True
    return Items(made)


def _cythonized(run: Caller, asked: Value) -> list[Value]:
    if isinstance(asked, str):
        return [_of_pyx(path) for path in run.matching(asked)]
    if not isinstance(asked, Extension):
        raise NotShown("what cythonize() is given")
    if asked.fields.get("name") == "*":
        return [_of_pyx(path) for path in _expanded(run, asked)]
    asked.fields["sources"] = Items(_expanded(run, asked))
    return [asked]


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
        inside = in_tree(source)
        text = run.tree.text(inside) if inside else None
        if text is None or _DIRECTIVE.search(text):
            raise NotShown(f"what Cython makes of {source}")
        sources.values[number] = posixpath.splitext(source)[0] + ".c"


def _exactly(path: Callable[..., Value]) -> Callable[[Call[Caller]], Value]:
    """Return what does a function of os.path where all that it is given is known."""

    def do(call: Call[Caller]) -> Value:
        known = call.args and all(isinstance(one, str) for one in call.args)
        return path(*call.args) if known else OPAQUE

    return do


def _exists(call: Call[Caller]) -> Value:
    inside = None if call.text is None else in_tree(call.text)
    if inside is None or call.machine.generated or _hidden(inside):
        return OPAQUE
    names = call.machine.tree.names()
    return inside in names or any(name.startswith(f"{inside}/") for name in names)


def _glob(call: Call[Caller]) -> Value:
    if len(call.args) != 1 or call.named:
        raise NotShown("a pattern for files")
    absolute = call.text is not None and call.text.startswith("/")
    found = call.machine.matching(call.first)
    return Items([f"{ROOT}/{one}" if absolute else one for one in found])


def _open(call: Call[Caller]) -> Value:
    mode = call.named.get("mode", call.argument(1, "r"))
    if not isinstance(mode, str) or set(mode) & set("wax+"):
        raise NotShown("a file that is written")
    return OPAQUE


def _listed(call: Call[Caller]) -> Value:
    """Do what list(), tuple() and sorted() do, as far as the elements matter."""
    if call.named:
        raise NotShown("how something is sorted")
    return Items(elements(call.argument(0, ())))


def _dict(call: Call[Caller]) -> Value:
    if not call.args:
        return Pairs(dict(call.named))
    if len(call.args) == 1 and isinstance(call.first, Pairs):
        return Pairs({**call.first.values, **call.named}, call.first.exact)
    raise NotShown("a dict that is made of something")


def _range(call: Call[Caller]) -> Value:
    if not call.args or not all(isinstance(one, int) and abs(one) < _LONG for one in call.args):
        raise NotShown("a range")
    return Items(list(range(*call.args)))


def _zip(call: Call[Caller]) -> Value:
    if call.named:
        raise NotShown("the arguments of zip()")
    return Items(list(zip(*map(elements, call.args), strict=False)))


def _enumerate(call: Call[Caller]) -> Value:
    if call.named or len(call.args) != 1:
        raise NotShown("the arguments of enumerate()")
    return Items(list(enumerate(elements(call.args[0]))))


def _len(call: Call[Caller]) -> Value:
    known = isinstance(call.first, str | tuple | Items | Pairs)
    return len(elements(call.first)) if known and truth(call.first) is not None else OPAQUE


_HANDLERS: dict[str, Callable[[Call[Caller]], Value]] = {
    "setuptools.setup": _setup,
    "distutils.core.setup": _setup,
    "sys.exit": _exit,
    "Cython.Build.cythonize": _cythonize,
    "glob.glob": _glob,
    **{name: _exactly(function) for name, function in PATH_FUNCTIONS.items()},
    "os.getcwd": lambda _call: ROOT,
    "os.path.exists": _exists,
    "os.path.isfile": _exists,
    "os.path.isdir": _exists,
    "platform.system": lambda call: call.machine.surroundings.platform_name,
    "builtins.open": _open,
    "io.open": _open,
    "codecs.open": _open,
    "builtins.list": _listed,
    "builtins.tuple": lambda call: tuple(_listed(call).values),
    "builtins.sorted": _listed,
    "builtins.dict": _dict,
    "builtins.range": _range,
    "builtins.zip": _zip,
    "builtins.enumerate": _enumerate,
    "builtins.str": lambda call: str(call.first) if isinstance(call.first, str | int) else OPAQUE,
    "builtins.len": _len,
}
