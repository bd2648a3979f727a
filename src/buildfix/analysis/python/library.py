"""What a script imports from outside: Python's library as far as setup scripts ask it things."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable

from buildfix.analysis.probe_environment import Probe
from buildfix.analysis.python.builtin import Handler, first, plain
from buildfix.analysis.python.methods import (
    folder_exists,
    glob,
    in_tree,
    list_folder,
    path_exists,
    read_text,
)
from buildfix.analysis.python.operators import MAX_ITEMS, environment
from buildfix.analysis.python.values import (
    ROOT,
    UNKNOWN,
    Doubtful,
    External,
    Machine,
    PathText,
    Raised,
    Ran,
    Value,
)
from buildfix.platforms.surroundings import Surroundings


def constants(surroundings: Surroundings) -> dict[str, Value]:
    """Return what the library's constants are in these surroundings."""
    windows = surroundings.is_windows
    return {
        "sys.platform": surroundings.system,
        "sys.version_info": (*surroundings.version_info, "final", 0),
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


def _environment_get(
    machine: Machine, args: list[Value], named: dict[str, Value], _where: str
) -> Value:
    if not isinstance(first(args), str):
        return UNKNOWN
    value = environment(machine, first(args))
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
    if not isinstance(first(args), str) or not isinstance(mode, str) or "r" not in mode:
        return UNKNOWN
    return Ran(0, read_text(machine, args[0]))


def _exit(machine: Machine, args: list[Value], _named: dict[str, Value], where: str) -> Value:
    if args and args[0] in (0, None):
        raise Raised("SystemExit0", (), where)
    machine.give_up("SystemExit", tuple(args), where)
    return UNKNOWN


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
    name = first(args)
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
    "os.path.exists": lambda machine, args, _named, _where: path_exists(machine, first(args)),
    "os.path.isfile": lambda machine, args, _named, _where: path_exists(machine, first(args)),
    "os.path.lexists": lambda machine, args, _named, _where: path_exists(machine, first(args)),
    "os.path.isdir": lambda machine, args, _named, _where: folder_exists(machine, first(args)),
    "os.access": lambda machine, args, _named, _where: path_exists(machine, first(args)),
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
    "distutils.util.strtobool": plain(
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
    "shlex.split": _path_function(lambda text: text.split()),
    "shlex.quote": _path_function(lambda text: text),
    "builtins.exit": _exit,
    "builtins.quit": _exit,
    "builtins.open": _open,
    "io.open": _open,
    "codecs.open": _open,
}
