"""Methods of Python's own values, as far as setup scripts use them."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from fnmatch import fnmatchcase

from buildfix.analysis.python.operators import MAX_SIZE, items_of, mishap
from buildfix.analysis.python.values import (
    ROOT,
    UNKNOWN,
    Doubtful,
    Machine,
    Method,
    PathText,
    Ran,
    Unknown,
    Value,
    doubtful,
)

_OF_TEXT = frozenset(
    [
        "split",
        "rsplit",
        "splitlines",
        "strip",
        "lstrip",
        "rstrip",
        "lower",
        "upper",
        "title",
        "capitalize",
        "startswith",
        "endswith",
        "replace",
        "join",
        "find",
        "rfind",
        "index",
        "count",
        "partition",
        "rpartition",
        "removeprefix",
        "removesuffix",
        "isdigit",
        "isalpha",
        "encode",
        "decode",
        "format",
    ]
)
_OF_OTHERS = frozenset(
    [
        "index",
        "count",
        "copy",
        "keys",
        "values",
        "items",
        "get",
        "union",
        "intersection",
        "difference",
    ]
)


def call_method(
    machine: Machine, method: Method, args: list[Value], named: dict[str, Value]
) -> Value:
    """Return what a method of one of Python's own values returns, and change lists and so on."""
    owner, name = method.owner, method.name
    if isinstance(owner, PathText) and name in _PATH_METHODS:
        return _PATH_METHODS[name](machine, owner, args)
    if isinstance(owner, list):
        return _list_method(machine, owner, name, args)
    if isinstance(owner, dict):
        return _dict_method(owner, name, args, named)
    if isinstance(owner, set):
        return _set_method(owner, name, args)
    if isinstance(owner, Ran):
        return _ran_method(owner, name)
    return _plain(machine, owner, name, args, named)


def _plain(
    machine: Machine, owner: Value, name: str, args: list[Value], named: dict[str, Value]
) -> Value:
    """Call a method of a value that cannot be changed, where all that it gets is known."""
    allowed = _OF_TEXT if isinstance(owner, str | bytes) else _OF_OTHERS
    if name not in allowed or any(isinstance(arg, Unknown) for arg in (*args, *named.values())):
        return UNKNOWN
    if _goes_wide(owner, name, args, named):
        return UNKNOWN
    try:
        result = getattr(owner, name)(*args, **named)
    except ValueError as error:
        return mishap(machine, type(error).__name__)
    except Exception:  # what the method raises in the script is the script's affair
        return UNKNOWN
    if isinstance(owner, Doubtful) and isinstance(result, list):
        return [doubtful(item) for item in result]
    return result


def _goes_wide(owner: Value, name: str, args: list[Value], named: dict[str, Value]) -> bool:
    """Say whether a method may look into strange objects, or make far more than it is given."""
    if name == "format":
        plain = all(isinstance(value, str | int | float) for value in (*args, *named.values()))
        dotted = "." in owner.partition("{")[2].partition("}")[0]
        longest = max((len(str(value)) for value in (*args, *named.values())), default=0)
        return not plain or ":" in owner or dotted or owner.count("{") * longest > MAX_SIZE
    if name == "join":
        items = items_of(args[0]) if args else []
        words = [item for item in items if isinstance(item, str | bytes)]
        length = sum(map(len, words)) + len(owner) * len(items)
        return len(words) < len(items) or length > MAX_SIZE
    if name == "replace":
        return len(args) > 1 and isinstance(args[1], str) and len(owner) * len(args[1]) > MAX_SIZE
    return False


def _list_method(machine: Machine, owner: list[Value], name: str, args: list[Value]) -> Value:
    if name in ("index", "count", "copy"):
        return _plain(machine, owner, name, args, {})
    if name == "pop":
        return _pop(machine, owner, args)
    if name == "remove" and args and args[0] not in owner:
        return mishap(machine, "ValueError")
    if name in ("append", "extend", "insert"):
        _enlarge(machine, owner, name, args)
    elif name == "remove" and not machine.doubt:
        owner.remove(args[0])
    elif name == "clear" and not machine.doubt:
        owner.clear()
    return None


def _enlarge(machine: Machine, owner: list[Value], name: str, args: list[Value]) -> None:
    """Put more into a list, marked as doubtful where nobody knows whether that is done."""
    if not args or len(owner) > MAX_SIZE:
        return
    items = items_of(args[0]) if name == "extend" else args[-1:]
    place = args[0] if name == "insert" and isinstance(args[0], int) else len(owner)
    owner[place:place] = map(doubtful, items) if machine.doubt else items


def _pop(machine: Machine, owner: list[Value], args: list[Value]) -> Value:
    place = args[0] if args and isinstance(args[0], int) else -1
    try:
        return owner.pop(place)
    except IndexError:
        return mishap(machine, "IndexError")


def _dict_method(
    owner: dict[Value, Value], name: str, args: list[Value], named: dict[str, Value]
) -> Value:
    key = args[0] if args else None
    default = args[1] if len(args) > 1 else named.get("default")
    if name == "update":
        owner.update(key if isinstance(key, dict) else {})
        owner.update(named)
        return None
    if name in ("keys", "values", "items"):
        return list(getattr(owner, name)())
    if name == "copy":
        return dict(owner)
    if name in ("get", "setdefault", "pop") and isinstance(key, str | int | tuple | type(None)):
        return getattr(owner, name)(key, default)
    return UNKNOWN


def _set_method(owner: set[Value], name: str, args: list[Value]) -> Value:
    try:
        if name == "add" and args:
            owner.add(args[0])
        elif name == "update" and args:
            owner.update(items_of(args[0]))
        elif name in ("discard", "remove") and args:
            owner.discard(args[0])
        elif name in _OF_OTHERS:
            return getattr(owner, name)(*args)
    except TypeError:
        return UNKNOWN
    return None


def _ran_method(owner: Ran, name: str) -> Value:
    if name == "communicate":
        return (owner.stdout, owner.stderr)
    if name in ("wait", "poll"):
        return owner.returncode
    if name in ("read", "readline"):
        return owner.stdout
    if name == "readlines":
        return UNKNOWN if isinstance(owner.stdout, Unknown) else owner.stdout.splitlines()
    if name == "close":
        return None if owner.returncode == 0 else 256 * 127
    return UNKNOWN


def in_tree(path: str) -> str | None:
    """Return a script's path as the tree names it, None where it leaves the tree."""
    plain = posixpath.normpath(posixpath.join(ROOT, str(path).replace("\\", "/")))
    if plain == ROOT:
        return ""
    return plain[len(ROOT) + 1 :] if plain.startswith(ROOT + "/") else None


def is_file(machine: Machine, path: str) -> bool:
    """Say whether the tree has a file there."""
    return in_tree(path) in machine.tree.names()


def is_folder(machine: Machine, path: str) -> bool:
    """Say whether the tree has a folder there."""
    inside = in_tree(path)
    if inside is None:
        return False
    return not inside or any(name.startswith(inside + "/") for name in machine.tree.names())


def list_folder(machine: Machine, path: str) -> Value:
    """Return the names in a folder of the tree, sorted; raises Raised where there is none."""
    inside = in_tree(path)
    if inside is None or not is_folder(machine, path):
        return mishap(machine, "FileNotFoundError")
    start = inside + "/" if inside else ""
    rest = (name[len(start) :] for name in machine.tree.names() if name.startswith(start))
    return sorted({name.partition("/")[0] for name in rest})


def glob(machine: Machine, pattern: str, recursive: bool = True) -> list[str]:
    """Return the files of the tree that match a glob, as the script would name them."""
    inside = in_tree(pattern)
    if inside is None:
        return []
    parts = inside.split("/")
    found = sorted(
        name for name in machine.tree.names() if _matches(name.split("/"), parts, recursive)
    )
    prefix = ROOT + "/" if pattern.startswith(ROOT) else ""
    return [prefix + name for name in found]


def _matches(name: list[str], pattern: list[str], recursive: bool) -> bool:
    if not pattern:
        return not name
    if pattern[0] == "**" and recursive:
        return any(_matches(name[skip:], pattern[1:], recursive) for skip in range(len(name) + 1))
    return (
        bool(name)
        and fnmatchcase(name[0], pattern[0])
        and _matches(name[1:], pattern[1:], recursive)
    )


def _joined(_machine: Machine, path: PathText, args: list[Value]) -> Value:
    return (
        UNKNOWN
        if any(not isinstance(arg, str) for arg in args)
        else PathText(posixpath.join(path, *args))
    )


def _same(_machine: Machine, path: PathText, _args: list[Value]) -> Value:
    return PathText(posixpath.normpath(path))


def _absolute(_machine: Machine, path: PathText, _args: list[Value]) -> Value:
    return PathText(posixpath.normpath(posixpath.join(ROOT, path)))


def _glob(machine: Machine, path: PathText, args: list[Value]) -> Value:
    if not args or not isinstance(args[0], str):
        return UNKNOWN
    return [PathText(name) for name in glob(machine, posixpath.join(path, args[0]))]


def _rglob(machine: Machine, path: PathText, args: list[Value]) -> Value:
    if not args or not isinstance(args[0], str):
        return UNKNOWN
    return [PathText(name) for name in glob(machine, posixpath.join(path, "**", args[0]))]


def _iterdir(machine: Machine, path: PathText, _args: list[Value]) -> Value:
    return [
        PathText(posixpath.join(path, name)) if isinstance(name, str) else name
        for name in items_of(list_folder(machine, path))
    ]


def read_text(machine: Machine, path: str) -> Value:
    """Return a file's text; raises Raised where the tree has none of that name."""
    inside = in_tree(path)
    if inside is not None and inside not in machine.tree.names():
        return mishap(machine, "FileNotFoundError")
    text = machine.tree.text(inside) if inside else None
    return UNKNOWN if text is None or len(text) > MAX_SIZE else text


_PATH_METHODS: dict[str, Callable[[Machine, PathText, list[Value]], Value]] = {
    "joinpath": _joined,
    "resolve": _absolute,
    "absolute": _absolute,
    "expanduser": _same,
    "as_posix": lambda _machine, path, _args: str(path),
    "exists": lambda machine, path, _args: path_exists(machine, path),
    "is_file": lambda machine, path, _args: path_exists(machine, path),
    "is_dir": lambda machine, path, _args: folder_exists(machine, path),
    "glob": _glob,
    "rglob": _rglob,
    "iterdir": _iterdir,
    "read_text": lambda machine, path, _args: read_text(machine, path),
    "with_suffix": lambda _machine, path, args: PathText(
        posixpath.splitext(path)[0] + str(args[0])
    ),
    "relative_to": lambda _machine, path, _args: path,
    "mkdir": lambda _machine, _path, _args: None,
    "write_text": lambda _machine, _path, _args: None,
    "unlink": lambda _machine, _path, _args: None,
}


def path_exists(machine: Machine, path: Value) -> Value:
    """Say whether a path exists, in the tree or on the imagined machine."""
    if not isinstance(path, str):
        return UNKNOWN if machine.rich else False  # nothing lies where nobody knows
    if in_tree(path) is not None:
        return is_file(machine, path) or is_folder(machine, path)
    from buildfix.analysis.python.programs import probe_path

    return probe_path(machine, path) or folder_exists(machine, path)


_SYSTEM_FOLDERS = frozenset(
    ("/", "/usr", "/usr/include", "/usr/lib", "/usr/bin", "/lib", "/bin", "/etc")
)


def folder_exists(machine: Machine, path: Value) -> Value:
    """Say whether a folder exists, in the tree or on the imagined machine."""
    if not isinstance(path, str):
        return UNKNOWN if machine.rich else False
    if in_tree(path) is not None:
        return is_folder(machine, path)
    return machine.surroundings.system == "linux" and posixpath.normpath(path) in _SYSTEM_FOLDERS
