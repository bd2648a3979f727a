"""Methods of Python's own values, as far as setup scripts use them."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from dataclasses import replace
from fnmatch import fnmatchcase
from itertools import takewhile

from buildfix.analysis.python.operators import MAX_SIZE, items_of, mishap
from buildfix.analysis.python.values import ANY_KEYWORD, Call, Machine, PathText, Ran
from buildfix.analysis.symbolic_values import (
    ROOT,
    UNKNOWN,
    Doubtful,
    Unknown,
    Value,
    doubtful,
    in_tree,
)

_OF_TEXT = frozenset(
    [
        *("split", "rsplit", "splitlines", "strip", "lstrip", "rstrip", "lower"),
        *("upper", "title", "capitalize", "startswith", "endswith", "replace", "join"),
        *("find", "rfind", "index", "count", "partition", "rpartition", "removeprefix"),
        *("removesuffix", "isdigit", "isalpha", "encode", "decode", "format"),
    ]
)
_OF_OTHERS = frozenset(
    [
        *("index", "count", "copy", "keys", "values", "items"),
        *("get", "union", "intersection", "difference"),
    ]
)


def call_method(call: Call) -> Value:
    """Return what a method of one of Python's own values returns, and change lists and so on."""
    if isinstance(call.owner, PathText) and call.name in _PATH_METHODS:
        return _PATH_METHODS[call.name](call)
    for kind, method in _METHODS.items():
        if isinstance(call.owner, kind):
            return method(call)
    return _plain(call)


def _plain(call: Call) -> Value:
    """Call a method of a value that cannot be changed, where all that it gets is known."""
    if not _is_safe(call):
        return UNKNOWN
    try:
        result = getattr(call.owner, call.name)(*call.args, **call.named)
    except ValueError as error:
        return mishap(call.machine, type(error).__name__)
    except Exception:  # what the method raises in the script is the script's affair
        return UNKNOWN
    if isinstance(call.owner, Doubtful) and isinstance(result, list):
        return [doubtful(item) for item in result]
    return result


def _is_safe(call: Call) -> bool:
    """Say whether a method only calculates, with what is known, no more than it should."""
    allowed = _OF_TEXT if isinstance(call.owner, str | bytes) else _OF_OTHERS
    given = (*call.args, *call.named.values())
    if call.name not in allowed or any(isinstance(arg, Unknown) for arg in given):
        return False
    return call.name not in _GOES_WIDE or not _GOES_WIDE[call.name](call)


def _wide_format(call: Call) -> bool:
    """Say whether a format may look into strange objects, or make far more than it is given."""
    owner, given = call.owner, (*call.args, *call.named.values())
    plain = all(isinstance(value, str | int | float) for value in given)
    dotted = "." in owner.partition("{")[2].partition("}")[0]
    longest = max((len(str(value)) for value in given), default=0)
    return not plain or ":" in owner or dotted or owner.count("{") * longest > MAX_SIZE


def _wide_join(call: Call) -> bool:
    items = items_of(call.argument(0, ()))
    words = [item for item in items if isinstance(item, str | bytes)]
    length = sum(map(len, words)) + len(call.owner) * len(items)
    return len(words) < len(items) or length > MAX_SIZE


def _wide_replacement(call: Call) -> bool:
    new = call.argument(1)
    return isinstance(new, str) and len(call.owner) * len(new) > MAX_SIZE


_GOES_WIDE: dict[str, Callable[[Call], bool]] = {
    "format": _wide_format,
    "join": _wide_join,
    "replace": _wide_replacement,
}


def _list_method(call: Call) -> Value:
    if call.name in ("index", "count", "copy"):
        return _plain(replace(call, named={}))
    if call.name == "pop":
        return _pop(call)
    if call.name == "remove":
        return _remove(call)
    if call.name in ("append", "extend", "insert"):
        _enlarge(call)
    elif call.name == "clear" and not call.machine.doubt:
        call.owner.clear()
    return None


def _remove(call: Call) -> Value:
    if call.args and call.first not in call.owner:
        return mishap(call.machine, "ValueError")
    if not call.machine.doubt:
        call.owner.remove(call.first)
    return None


def _enlarge(call: Call) -> None:
    """Put more into a list, marked as doubtful where nobody knows whether that is done."""
    owner, first = call.owner, call.first
    if not call.args or len(owner) > MAX_SIZE:
        return
    items = items_of(first) if call.name == "extend" else call.args[-1:]
    place = first if call.name == "insert" and isinstance(first, int) else len(owner)
    owner[place:place] = map(doubtful, items) if call.machine.doubt else items


def _pop(call: Call) -> Value:
    place = call.first if isinstance(call.first, int) else -1
    try:
        return call.owner.pop(place)
    except IndexError:
        return mishap(call.machine, "IndexError")


def _dict_method(call: Call) -> Value:
    owner, key = call.owner, call.argument(0)
    default = call.argument(1, call.named.get("default"))
    if call.name == "update":
        owner.update(key if isinstance(key, dict) else {ANY_KEYWORD: UNKNOWN} if call.args else {})
        owner.update(call.named)
        return None
    if call.name in ("keys", "values", "items"):
        return list(getattr(owner, call.name)())
    if call.name == "copy":
        return dict(owner)
    known = isinstance(key, str | int | tuple | type(None))
    if call.name in ("get", "setdefault", "pop") and known:
        return getattr(owner, call.name)(key, default)
    return UNKNOWN


def _set_method(call: Call) -> Value:
    try:
        if call.name == "add" and call.args:
            call.owner.add(call.first)
        elif call.name == "update" and call.args:
            call.owner.update(items_of(call.first))
        elif call.name in ("discard", "remove") and call.args:
            call.owner.discard(call.first)
        elif call.name in _OF_OTHERS:
            return getattr(call.owner, call.name)(*call.args)
    except TypeError:
        return UNKNOWN
    return None


def _ran_method(call: Call) -> Value:
    ran: Ran = call.owner
    if call.name == "communicate":
        return (ran.stdout, ran.stderr)
    if call.name in ("wait", "poll"):
        return ran.returncode
    if call.name in ("read", "readline"):
        return ran.stdout
    if call.name == "readlines":
        return UNKNOWN if isinstance(ran.stdout, Unknown) else ran.stdout.splitlines()
    if call.name == "close":
        return None if ran.returncode == 0 else 256 * 127
    return UNKNOWN


_METHODS: dict[type, Callable[[Call], Value]] = {
    list: _list_method,
    dict: _dict_method,
    set: _set_method,
    Ran: _ran_method,
}


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


_WILD = frozenset("*?[")


def glob(machine: Machine, pattern: str, recursive: bool = True) -> list[str]:
    """Return the files of the tree that match a glob, as the script would name them."""
    inside = in_tree(pattern)
    if inside is None:
        return []
    parts = inside.split("/")
    fixed = takewhile(lambda part: _WILD.isdisjoint(part), parts[:-1])
    start = "".join(f"{part}/" for part in fixed)
    names = (name for name in machine.tree.names() if name.startswith(start))
    found = sorted(name for name in names if matches(name.split("/"), parts, recursive))
    prefix = ROOT + "/" if pattern.startswith(ROOT) else ""
    return [prefix + name for name in found]


def matches(name: list[str], pattern: list[str], recursive: bool = False) -> bool:
    """Say whether a path's parts match those of a glob."""
    if not pattern:
        return not name
    if pattern[0] == "**" and recursive:
        return any(matches(name[skip:], pattern[1:], recursive) for skip in range(len(name) + 1))
    return (
        bool(name)
        and fnmatchcase(name[0], pattern[0])
        and matches(name[1:], pattern[1:], recursive)
    )


def _joined(call: Call) -> Value:
    if any(not isinstance(arg, str) for arg in call.args):
        return UNKNOWN
    return PathText(posixpath.join(call.owner, *call.args))


def _absolute(call: Call) -> Value:
    return PathText(posixpath.normpath(posixpath.join(ROOT, call.owner)))


def _globbed(*folders: str) -> Callable[[Call], Value]:
    """Return the method that matches files below a path, or in all folders below it."""

    def method(call: Call) -> Value:
        if call.text is None:
            return UNKNOWN
        pattern = posixpath.join(call.owner, *folders, call.text)
        return [PathText(name) for name in glob(call.machine, pattern)]

    return method


def _iterdir(call: Call) -> Value:
    call.machine.reads(call.owner, call.where)
    return [
        PathText(posixpath.join(call.owner, name)) if isinstance(name, str) else name
        for name in items_of(list_folder(call.machine, call.owner))
    ]


def _text(call: Call) -> Value:
    call.machine.reads(call.owner, call.where)
    return read_text(call.machine, call.owner)


def read_text(machine: Machine, path: str) -> Value:
    """Return a file's text; raises Raised where the tree has none of that name."""
    inside = in_tree(path)
    if inside is not None and inside not in machine.tree.names():
        return mishap(machine, "FileNotFoundError")
    text = machine.tree.text(inside) if inside else None
    return UNKNOWN if text is None or len(text) > MAX_SIZE else text


_PATH_METHODS: dict[str, Callable[[Call], Value]] = {
    "joinpath": _joined,
    "resolve": _absolute,
    "absolute": _absolute,
    "expanduser": lambda call: PathText(posixpath.normpath(call.owner)),
    "as_posix": lambda call: str(call.owner),
    "exists": lambda call: path_exists(call.machine, call.owner),
    "is_file": lambda call: path_exists(call.machine, call.owner),
    "is_dir": lambda call: folder_exists(call.machine, call.owner),
    "glob": _globbed(),
    "rglob": _globbed("**"),
    "iterdir": _iterdir,
    "read_text": _text,
    "with_suffix": lambda call: PathText(posixpath.splitext(call.owner)[0] + str(call.first)),
    "relative_to": lambda call: call.owner,
    "mkdir": lambda _call: None,
    "write_text": lambda _call: None,
    "unlink": lambda _call: None,
}


def path_exists(machine: Machine, path: Value) -> Value:
    """Say whether a path exists, in the tree or on the imagined machine."""
    if not isinstance(path, str):
        return UNKNOWN if machine.world.rich else False  # nothing lies where nobody knows
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
        return UNKNOWN if machine.world.rich else False
    if in_tree(path) is not None:
        return is_folder(machine, path)
    if f"{ROOT}/".startswith(f"{posixpath.normpath(path)}/"):
        return True
    return machine.surroundings.system == "linux" and posixpath.normpath(path) in _SYSTEM_FOLDERS
