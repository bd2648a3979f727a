"""What a script imports from outside: Python's library as far as setup scripts ask it things."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable

from buildfix.sources.script.exceptions import catches
from buildfix.sources.script.expressions import MAX_ITEMS, environment, items_of, set_attribute
from buildfix.sources.script.methods import (
    folder_exists,
    glob,
    in_tree,
    list_folder,
    path_exists,
    read_text,
)
from buildfix.sources.script.values import (
    ROOT,
    UNKNOWN,
    Bound,
    Doubtful,
    External,
    Function,
    Instance,
    Machine,
    Method,
    Module,
    PathText,
    Raised,
    Ran,
    Unknown,
    UserClass,
    Value,
    truth,
)
from buildfix.sources.surroundings import Surroundings
from buildfix.sources.world import Probe

Handler = Callable[[Machine, list[Value], dict[str, Value], str], Value]


def constants(surroundings: Surroundings) -> dict[str, Value]:
    """Return what the library's constants are in these surroundings."""
    windows = surroundings.is_windows
    return {
        "sys.platform": surroundings.system,
        "sys.version_info": surroundings.version_info + ("final", 0),
        "sys.version": f"{surroundings.python} (main)",
        "sys.hexversion": sum(
            n << s for n, s in zip(surroundings.version_info, (24, 16, 8), strict=True)
        ),
        "sys.maxsize": 2**63 - 1 if surroundings.is_64bit else 2**31 - 1,
        "sys.byteorder": "big" if surroundings.arch == "s390x" else "little",
        "sys.implementation.name": "cpython",
        "sys.argv": ["setup.py", "bdist_wheel"],
        "sys.executable": "/usr/bin/python3",
        "sys.prefix": "/usr",
        "sys.exec_prefix": "/usr",
        "sys.base_prefix": "/usr",
        "sys.warnoptions": [],
        "sys.builtin_module_names": (),
        "sys.flags.debug": 0,
        "sys.abiflags": "",
        "os.name": "nt" if windows else "posix",
        "os.sep": "\\" if windows else "/",
        "os.path.sep": "\\" if windows else "/",
        "os.linesep": "\n",
        "os.pathsep": ";" if windows else ":",
        "os.curdir": ".",
        "os.pardir": "..",
        "os.environ": External("os.environ"),
        "builtins.__name__": "__main__",
        "builtins.__file__": f"{ROOT}/setup.py",
        "builtins.True": True,
        "builtins.False": False,
        "builtins.None": None,
        "builtins.__doc__": UNKNOWN,
        "typing.TYPE_CHECKING": False,
        "subprocess.PIPE": -1,
        "subprocess.STDOUT": -2,
        "subprocess.DEVNULL": -3,
        "errno.ENOENT": 2,
        "errno.EACCES": 13,
        "string.digits": "0123456789",
    }


def _first(args: list[Value]) -> Value:
    return args[0] if args else UNKNOWN


def _environment_get(
    machine: Machine, args: list[Value], named: dict[str, Value], _where: str
) -> Value:
    if not isinstance(_first(args), str):
        return UNKNOWN
    value = environment(machine, _first(args))
    return value if value is not None else args[1] if len(args) > 1 else named.get("default")


def _path_function(action: Callable[..., Value]) -> Handler:
    def handler(
        _machine: Machine, args: list[Value], _named: dict[str, Value], _where: str
    ) -> Value:
        if not args or any(not isinstance(arg, str) for arg in args):
            return UNKNOWN
        result = action(*args)
        doubt = any(isinstance(arg, Doubtful) for arg in args)
        return Doubtful(result) if doubt and isinstance(result, str) else result

    return handler


def _absolute(path: str) -> str:
    return posixpath.normpath(posixpath.join(ROOT, path))


def _relative(path: str, start: str = ROOT) -> str:
    return posixpath.relpath(_absolute(path), _absolute(start))


def _path(_machine: Machine, args: list[Value], _named: dict[str, Value], _where: str) -> Value:
    if any(not isinstance(arg, str) for arg in args):
        return UNKNOWN
    return PathText(posixpath.normpath(posixpath.join(*args)) if args else ".")


def _glob(machine: Machine, args: list[Value], _named: dict[str, Value], _where: str) -> Value:
    return glob(machine, args[0]) if args and isinstance(args[0], str) else UNKNOWN


def _walk(machine: Machine, args: list[Value], _named: dict[str, Value], _where: str) -> Value:
    top = in_tree(args[0]) if args and isinstance(args[0], str) else None
    if top is None:
        return []
    start = top + "/" if top else ""
    folders: dict[str, list[str]] = {}
    for name in sorted(name for name in machine.tree.names() if name.startswith(start))[:MAX_ITEMS]:
        folder, _, base = name.rpartition("/")
        folders.setdefault(folder, []).append(base)
    return [(folder, [], files) for folder, files in folders.items()]


def _open(machine: Machine, args: list[Value], _named: dict[str, Value], _where: str) -> Value:
    mode = args[1] if len(args) > 1 else "r"
    if not isinstance(_first(args), str) or not isinstance(mode, str) or "r" not in mode:
        return UNKNOWN
    return Ran(0, read_text(machine, args[0]))


def _exit(machine: Machine, args: list[Value], _named: dict[str, Value], where: str) -> Value:
    if args and args[0] in (0, None):
        raise Raised("SystemExit0", (), where)
    machine.give_up("SystemExit", tuple(args), where)
    return UNKNOWN


def _length(_machine: Machine, args: list[Value], _named: dict[str, Value], _where: str) -> Value:
    return len(args[0]) if args and hasattr(args[0], "__len__") else UNKNOWN


def _plain(action: Callable[..., Value]) -> Handler:
    """Return a handler that calls a builtin on values that are all known."""

    def handler(
        _machine: Machine, args: list[Value], named: dict[str, Value], _where: str
    ) -> Value:
        if any(isinstance(arg, Unknown | External | Instance) for arg in (*args, *named.values())):
            return UNKNOWN
        try:
            return action(*args, **named)
        except Exception:  # what the builtin raises in the script is the script's affair
            return UNKNOWN

    return handler


def _text(_machine: Machine, args: list[Value], _named: dict[str, Value], _where: str) -> Value:
    value = args[0] if args else ""
    if isinstance(value, str):
        return value if isinstance(value, Doubtful) else str(value)
    return str(value) if isinstance(value, int | float | tuple | type(None)) else UNKNOWN


def _sequence(make: Callable[[list[Value]], Value]) -> Handler:
    def handler(
        _machine: Machine, args: list[Value], _named: dict[str, Value], _where: str
    ) -> Value:
        if not args:
            return make([])
        if isinstance(args[0], Unknown | External):
            return make([UNKNOWN]) if make is list else UNKNOWN
        try:
            return make(items_of(args[0]))
        except TypeError:
            return UNKNOWN

    return handler


def _dict(_machine: Machine, args: list[Value], named: dict[str, Value], _where: str) -> Value:
    try:
        return {**(dict(args[0]) if args and not isinstance(args[0], Unknown) else {}), **named}
    except (TypeError, ValueError):
        return dict(named)


def _range(_machine: Machine, args: list[Value], _named: dict[str, Value], _where: str) -> Value:
    if not args or any(not isinstance(arg, int) for arg in args):
        return UNKNOWN
    whole = range(*args[:3]) if not (len(args) > 2 and args[2] == 0) else range(0)
    return whole[:MAX_ITEMS]


def _zip(_machine: Machine, args: list[Value], _named: dict[str, Value], _where: str) -> Value:
    return list(zip(*map(items_of, args), strict=False))


def _enumerate(
    _machine: Machine, args: list[Value], _named: dict[str, Value], _where: str
) -> Value:
    return list(enumerate(items_of(_first(args))))


def _map(machine: Machine, args: list[Value], _named: dict[str, Value], where: str) -> Value:
    return (
        [machine.call(args[0], [item], {}, where) for item in items_of(args[1])]
        if len(args) == 2
        else UNKNOWN
    )


def _filter(machine: Machine, args: list[Value], _named: dict[str, Value], where: str) -> Value:
    if len(args) != 2:
        return UNKNOWN
    keep = (
        (lambda item: item)
        if args[0] is None
        else (lambda item: machine.call(args[0], [item], {}, where))
    )
    return [item for item in items_of(args[1]) if truth(keep(item)) is not False]


def _any(_machine: Machine, args: list[Value], _named: dict[str, Value], _where: str) -> Value:
    known = [truth(item) for item in items_of(_first(args))]
    return True if True in known else UNKNOWN if None in known else False


def _all(_machine: Machine, args: list[Value], _named: dict[str, Value], _where: str) -> Value:
    known = [truth(item) for item in items_of(_first(args))]
    return False if False in known else UNKNOWN if None in known else True


def _has_attribute(
    machine: Machine, args: list[Value], _named: dict[str, Value], _where: str
) -> Value:
    if len(args) < 2 or not isinstance(args[1], str):
        return UNKNOWN
    owner, name = args[:2]
    if isinstance(owner, External):
        return name not in (
            "pypy_version_info",
            "gettotalrefcount",
            "real_prefix",
            "frozen",
            "getwindowsversion",
        )
    if isinstance(owner, Instance):
        found = name in owner.attributes
        return found or (isinstance(owner.cls, UserClass) and owner.cls.find(name) is not None)
    if isinstance(owner, Module):
        return name in owner.frame.variables
    return UNKNOWN if isinstance(owner, Unknown) else hasattr(owner, name)


def _get_attribute(
    machine: Machine, args: list[Value], named: dict[str, Value], where: str
) -> Value:
    if len(args) < 2 or not isinstance(args[1], str):
        return UNKNOWN
    if len(args) > 2 and truth(_has_attribute(machine, args, named, where)) is not True:
        return args[2]
    return machine.attribute(args[0], args[1])


def _execute(machine: Machine, args: list[Value], _named: dict[str, Value], _where: str) -> Value:
    """Follow a text as exec() does; where that cannot be, what it would define stays unknown."""
    scopes = [arg for arg in args[1:] if isinstance(arg, dict)]
    if args and isinstance(args[0], str) and scopes:
        scopes[-1].update(machine.run_text(args[0]))
    return None


def _members(owner: Value) -> Iterable[str]:
    if isinstance(owner, UserClass):
        return owner.members
    return owner.attributes if isinstance(owner, Instance) else ()


def _set_attribute(
    _machine: Machine, args: list[Value], _named: dict[str, Value], _where: str
) -> Value:
    if len(args) == 3 and isinstance(args[1], str):
        set_attribute(args[0], args[1], args[2])


_TYPES: dict[str, type | tuple[type, ...]] = {
    "str": str,
    "bytes": bytes,
    "int": int,
    "list": list,
    "tuple": tuple,
    "dict": dict,
    "bool": bool,
    "float": float,
    "set": set,
    "Path": PathText,
}


def _is_instance(machine: Machine, args: list[Value], named: dict[str, Value], where: str) -> Value:
    if len(args) != 2 or isinstance(args[0], Unknown):
        return UNKNOWN
    value, cls = args
    if isinstance(cls, tuple):
        return _any(
            machine, [[_is_instance(machine, [value, one], named, where) for one in cls]], {}, where
        )
    if isinstance(cls, External) and cls.name.rpartition(".")[2] in _TYPES:
        return isinstance(value, _TYPES[cls.name.rpartition(".")[2]])
    if isinstance(value, Instance):
        return catches(cls, value.cls) or UNKNOWN
    return False


def _load_library(
    machine: Machine, args: list[Value], _named: dict[str, Value], where: str
) -> Value:
    match = (
        re.search(r"(?:^|/)lib([\w+-]+)\.(?:so|dylib)", args[0])
        if args and isinstance(args[0], str)
        else None
    )
    if match and not machine.has(Probe("library-missing", match[1], where=where)):
        raise Raised("OSError", tuple(args), where)
    return UNKNOWN


def _find_library(
    machine: Machine, args: list[Value], _named: dict[str, Value], where: str
) -> Value:
    if not args or not isinstance(args[0], str):
        return UNKNOWN
    return (
        f"lib{args[0]}.so" if machine.has(Probe("library-missing", args[0], where=where)) else None
    )


def _call_method(name: str) -> Handler:
    def handler(machine: Machine, args: list[Value], named: dict[str, Value], where: str) -> Value:
        return machine.call(Method(args[0], name), args[1:], named, where) if args else UNKNOWN

    return handler


def _insert_path(
    machine: Machine, args: list[Value], _named: dict[str, Value], _where: str
) -> Value:
    folder = args[-1] if args else None
    inside = in_tree(folder) if isinstance(folder, str) else None
    if inside and inside not in machine.module_folders:
        machine.module_folders.insert(0, inside)


def _of_surroundings(answer: Callable[[Surroundings], Value]) -> Handler:
    return lambda machine, _args, _named, _where: answer(machine.surroundings)


def _known(value: Value) -> Handler:
    return lambda _machine, _args, _named, _where: value


def _config_variable(
    machine: Machine, args: list[Value], _named: dict[str, Value], _where: str
) -> Value:
    known: dict[str, Value] = {
        "Py_GIL_DISABLED": 0,
        "Py_DEBUG": 0,
        "CC": "gcc",
        "CXX": "g++",
        "LDSHARED": "gcc -shared",
        "CFLAGS": "",
        "LDFLAGS": "",
        "OPT": "",
        "MULTIARCH": "",
        "EXT_SUFFIX": ".so",
        "prefix": "/usr",
        "LIBDIR": "/usr/lib",
        "INCLUDEDIR": "/usr/include",
        "WITH_DYLD": 0,
        "SHLIB_SUFFIX": ".so",
        "MACOSX_DEPLOYMENT_TARGET": None if machine.surroundings.system != "darwin" else "11.0",
    }
    name = _first(args)
    return known.get(name, UNKNOWN) if isinstance(name, str) else UNKNOWN


def _bits(surroundings: Surroundings) -> int:
    return 8 if surroundings.is_64bit else 4


def _platform_tag(surroundings: Surroundings) -> str:
    if surroundings.is_windows:
        return "win-amd64" if surroundings.is_64bit else "win32"
    system = "macosx-11.0" if surroundings.system == "darwin" else surroundings.system
    return f"{system}-{surroundings.arch}"


def _libc_version(surroundings: Surroundings) -> tuple[str, str]:
    return ("glibc", "2.41") if surroundings.libc == "glibc" else ("", "")


LIBRARY_HANDLERS: dict[str, Handler] = {
    "os.environ.get": _environment_get,
    "os.getenv": _environment_get,
    "os.environ.copy": _known({}),
    "os.environ.setdefault": lambda _machine, args, _named, _where: (
        args[1] if len(args) > 1 else None
    ),
    "os.environ.pop": lambda _machine, args, _named, _where: args[1] if len(args) > 1 else None,
    "os.getcwd": _known(ROOT),
    "os.path.join": _path_function(posixpath.join),
    "os.path.dirname": _path_function(posixpath.dirname),
    "os.path.basename": _path_function(posixpath.basename),
    "os.path.splitext": _path_function(posixpath.splitext),
    "os.path.split": _path_function(posixpath.split),
    "os.path.normpath": _path_function(posixpath.normpath),
    "os.path.normcase": _path_function(lambda path: path),
    "os.path.abspath": _path_function(_absolute),
    "os.path.realpath": _path_function(_absolute),
    "os.path.relpath": _path_function(_relative),
    "os.path.expanduser": _path_function(lambda path: path),
    "os.path.isabs": _path_function(lambda path: path.startswith("/")),
    "os.path.exists": lambda machine, args, _named, _where: path_exists(machine, _first(args)),
    "os.path.isfile": lambda machine, args, _named, _where: path_exists(machine, _first(args)),
    "os.path.lexists": lambda machine, args, _named, _where: path_exists(machine, _first(args)),
    "os.path.isdir": lambda machine, args, _named, _where: folder_exists(machine, _first(args)),
    "os.access": lambda machine, args, _named, _where: path_exists(machine, _first(args)),
    "os.listdir": lambda machine, args, _named, _where: (
        list_folder(machine, args[0]) if args and isinstance(args[0], str) else UNKNOWN
    ),
    "os.walk": _walk,
    "os.cpu_count": _known(1),
    "glob.glob": _glob,
    "glob.iglob": _glob,
    "fnmatch.fnmatch": _known(UNKNOWN),
    "pathlib.Path": _path,
    "pathlib.PurePath": _path,
    "pathlib.PosixPath": _path,
    "pathlib.PurePosixPath": _path,
    "pathlib.Path.cwd": _known(PathText(ROOT)),
    "platform.system": _of_surroundings(lambda here: here.platform_name),
    "platform.machine": _of_surroundings(lambda here: here.arch),
    "platform.processor": _of_surroundings(lambda here: here.arch),
    "platform.python_implementation": _known("CPython"),
    "platform.python_version": _of_surroundings(lambda here: here.python),
    "platform.python_version_tuple": _of_surroundings(
        lambda here: tuple(map(str, here.version_info))
    ),
    "platform.architecture": _of_surroundings(lambda here: (f"{_bits(here) * 8}bit", "ELF")),
    "platform.libc_ver": _of_surroundings(_libc_version),
    "platform.mac_ver": _of_surroundings(
        lambda here: ("14.0" if here.system == "darwin" else "", ("", "", ""), "")
    ),
    "platform.platform": _of_surroundings(lambda here: f"{here.platform_name}-{here.arch}"),
    "struct.calcsize": _of_surroundings(_bits),
    "sysconfig.get_config_var": _config_variable,
    "distutils.sysconfig.get_config_var": _config_variable,
    "sysconfig.get_platform": _of_surroundings(_platform_tag),
    "distutils.util.get_platform": _of_surroundings(_platform_tag),
    "distutils.ccompiler.get_default_compiler": _of_surroundings(
        lambda here: "msvc" if here.is_windows else "unix"
    ),
    "sysconfig.get_path": _known("/usr/include/python3"),
    "sysconfig.get_paths": _known({"include": "/usr/include/python3"}),
    "distutils.util.strtobool": _plain(
        lambda text: text.lower() in ("y", "yes", "t", "true", "on", "1")
    ),
    "sys.exit": _exit,
    "sys.getdefaultencoding": _known("utf-8"),
    "os._exit": _exit,
    "os.uname": _of_surroundings(lambda here: (here.platform_name, "host", "6.1", "#1", here.arch)),
    "sys.path.insert": _insert_path,
    "sys.path.append": _insert_path,
    "ctypes.CDLL": _load_library,
    "ctypes.cdll.LoadLibrary": _load_library,
    "ctypes.util.find_library": _find_library,
    "copy.copy": lambda _machine, args, _named, _where: _copied(_first(args)),
    "copy.deepcopy": lambda _machine, args, _named, _where: _copied(_first(args)),
    "itertools.chain": lambda _machine, args, _named, _where: [
        item for arg in args for item in items_of(arg)
    ],
    "functools.partial": lambda _machine, args, _named, _where: _first(args),
    "collections.OrderedDict": _dict,
    "collections.defaultdict": lambda _machine, _args, _named, _where: {},
    "shlex.split": _path_function(lambda text: text.split()),
    "shlex.quote": _path_function(lambda text: text),
    "builtins.exit": _exit,
    "builtins.quit": _exit,
    "builtins.open": _open,
    "io.open": _open,
    "codecs.open": _open,
    "builtins.len": _length,
    "builtins.str": _text,
    "os.fspath": _text,
    "os.fsdecode": _text,
    "builtins.int": _plain(int),
    "builtins.float": _plain(float),
    "builtins.abs": _plain(abs),
    "builtins.bool": lambda _machine, args, _named, _where: (
        UNKNOWN if truth(_first(args)) is None else truth(_first(args))
    ),
    "builtins.repr": _text,
    "builtins.list": _sequence(list),
    "builtins.tuple": _sequence(tuple),
    "builtins.set": _sequence(set),
    "builtins.frozenset": _sequence(frozenset),
    "builtins.sorted": lambda _machine, args, _named, _where: items_of(_first(args)),
    "builtins.reversed": _sequence(lambda items: items[::-1]),
    "builtins.iter": _sequence(list),
    "builtins.next": lambda _machine, args, _named, _where: UNKNOWN,
    "builtins.dict": _dict,
    "builtins.range": _range,
    "builtins.zip": _zip,
    "builtins.enumerate": _enumerate,
    "builtins.map": _map,
    "builtins.filter": _filter,
    "builtins.any": _any,
    "builtins.all": _all,
    "builtins.min": _plain(min),
    "builtins.max": _plain(max),
    "builtins.sum": _plain(sum),
    "builtins.hasattr": _has_attribute,
    "builtins.getattr": _get_attribute,
    "builtins.setattr": _set_attribute,
    "builtins.isinstance": _is_instance,
    "builtins.exec": _execute,
    "builtins.compile": lambda _machine, args, _named, _where: _first(args),
    "builtins.print": _known(None),
    "builtins.dir": lambda _machine, args, _named, _where: sorted(_members(_first(args))),
    "builtins.callable": lambda _machine, args, _named, _where: isinstance(
        _first(args), Function | Bound | External
    ),
    "builtins.str.join": _call_method("join"),
    "builtins.str.lower": _call_method("lower"),
    "typing.cast": lambda _machine, args, _named, _where: args[1] if len(args) > 1 else UNKNOWN,
    "operator.add": _plain(lambda one, other: one + other),
}


def _copied(value: Value) -> Value:
    if isinstance(value, list):
        return list(value)
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    if isinstance(value, Instance):
        return Instance(value.cls, {key: _copied(item) for key, item in value.attributes.items()})
    return value
