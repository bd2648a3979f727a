"""What a script imports from outside: Python's library as far as setup scripts ask it things."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable

from buildfix.analysis.downloads import download
from buildfix.analysis.python.builtin import Handler, known, plain
from buildfix.analysis.python.exceptions import catches
from buildfix.analysis.python.methods import (
    folder_exists,
    glob,
    list_folder,
    path_exists,
    read_text,
)
from buildfix.analysis.python.operators import MAX_ITEMS, environment
from buildfix.analysis.python.values import Call, PathText, Raised, Ran
from buildfix.analysis.symbolic_values import ROOT, UNKNOWN, Doubtful, External, Value, in_tree
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


def _environment_get(call: Call) -> Value:
    if call.text is None:
        return UNKNOWN
    value = environment(call.machine, call.text)
    return value if value is not None else call.argument(1, call.named.get("default"))


def _path_function(action: Callable[..., Value]) -> Handler:
    def handler(call: Call) -> Value:
        if not call.args or any(not isinstance(arg, str) for arg in call.args):
            return UNKNOWN
        result = action(*call.args)
        doubt = any(isinstance(arg, Doubtful) for arg in call.args)
        return Doubtful(result) if doubt and isinstance(result, str) else result

    return handler


def _absolute(path: str) -> str:
    return posixpath.normpath(posixpath.join(ROOT, path))


def _relative(path: str, start: str = ROOT) -> str:
    return posixpath.relpath(_absolute(path), _absolute(start))


def _path(call: Call) -> Value:
    if any(not isinstance(arg, str) for arg in call.args):
        return UNKNOWN
    return PathText(posixpath.normpath(posixpath.join(*call.args)) if call.args else ".")


def _glob(call: Call) -> Value:
    return UNKNOWN if call.text is None else glob(call.machine, call.text)


def _walk(call: Call) -> Value:
    top = None if call.text is None else in_tree(call.text)
    if top is None:
        return []
    start = top + "/" if top else ""
    folders: dict[str, list[str]] = {}
    names = call.machine.tree.names()
    for name in sorted(name for name in names if name.startswith(start))[:MAX_ITEMS]:
        folder, _, base = name.rpartition("/")
        folders.setdefault(folder, []).append(base)
    return [(folder, [], files) for folder, files in folders.items()]


def _open(call: Call) -> Value:
    mode = call.argument(1, "r")
    if call.text is None or not isinstance(mode, str) or "r" not in mode:
        return UNKNOWN
    call.machine.reads(call.text, call.where)
    return Ran(0, read_text(call.machine, call.text))


def _list(call: Call) -> Value:
    call.machine.reads(call.first, call.where)
    return UNKNOWN if call.text is None else list_folder(call.machine, call.text)


def _copy(call: Call) -> Value:
    call.machine.reads(call.first, call.where)
    return _make(call.using(call.argument(1, call.named.get("dst", UNKNOWN))))


def _make(call: Call) -> Value:
    """Note that something may be put beside the tree, where none of the tree's is told."""
    path = call.named.get("name", call.named.get("path", call.first))
    if not isinstance(path, str) or in_tree(path) is None:
        call.machine.seen.made_outside = True
    return UNKNOWN


def _fetch(call: Call) -> Value:
    """Note what is fetched; a script that provides for failures goes on without it."""
    provided = catches(call.machine.guards, "URLError") or catches(call.machine.guards, "OSError")
    if call.text is not None:
        call.machine.fetch(download("", call.text, where=call.where, sure=not provided))
    return UNKNOWN


def _exit(call: Call) -> Value:
    if call.args and call.args[0] in (0, None):
        raise Raised("SystemExit0", (), call.where)
    call.machine.give_up(Raised("SystemExit", tuple(call.args), call.where))
    return UNKNOWN


def _load_library(call: Call) -> Value:
    match = re.search(r"(?:^|/)lib([\w+-]+)\.(?:so|dylib)", call.text or "")
    if match and not call.machine.has(call.probe("library-missing", match[1])):
        raise Raised("OSError", tuple(call.args), call.where)
    return UNKNOWN


def _find_library(call: Call) -> Value:
    if call.text is None:
        return UNKNOWN
    found = call.machine.has(call.probe("library-missing", call.text))
    return f"lib{call.text}.so" if found else None


def _insert_path(call: Call) -> Value:
    folder = call.args[-1] if call.args else None
    inside = in_tree(folder) if isinstance(folder, str) else None
    if inside and inside not in call.machine.module_folders:
        call.machine.module_folders.insert(0, inside)


def _of_surroundings(answer: Callable[[Surroundings], Value]) -> Handler:
    return lambda call: answer(call.machine.surroundings)


def _config_variable(call: Call) -> Value:
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
        "MACOSX_DEPLOYMENT_TARGET": _on_macos(call, "macos-target", None),
    }
    name = call.first
    return known.get(name, UNKNOWN) if isinstance(name, str) else UNKNOWN


def _bits(surroundings: Surroundings) -> int:
    return 8 if surroundings.is_64bit else 4


def _on_macos(call: Call, version: str, elsewhere: Value) -> Value:
    on_macos = call.machine.surroundings.system == "darwin"
    return call.machine.facts.versions.get(version, UNKNOWN) if on_macos else elsewhere


def _platform_tag(call: Call) -> Value:
    here = call.machine.surroundings
    if here.is_windows:
        return "win-amd64" if here.is_64bit else "win32"
    target = _on_macos(call, "macos-target", "")
    return f"macosx-{target}-{here.arch}" if target else f"{here.system}-{here.arch}"


def _libc_version(call: Call) -> Value:
    glibc = call.machine.surroundings.libc == "glibc"
    return ("glibc", call.machine.facts.versions.get("glibc", UNKNOWN)) if glibc else ("", "")


PATH_FUNCTIONS: dict[str, Callable[..., Value]] = {
    "os.path.join": posixpath.join,
    "os.path.dirname": posixpath.dirname,
    "os.path.basename": posixpath.basename,
    "os.path.splitext": posixpath.splitext,
    "os.path.split": posixpath.split,
    "os.path.normpath": posixpath.normpath,
    "os.path.abspath": _absolute,
    "os.path.realpath": _absolute,
}
"""What tells of a path by its text alone."""

LIBRARY_HANDLERS: dict[str, Handler] = {
    "os.environ.get": _environment_get,
    "os.getenv": _environment_get,
    "os.environ.copy": known({}),
    "os.environ.setdefault": lambda call: call.argument(1),
    "os.environ.pop": lambda call: call.argument(1),
    "os.getcwd": known(ROOT),
    **{name: _path_function(function) for name, function in PATH_FUNCTIONS.items()},
    "os.path.normcase": _path_function(lambda path: path),
    "os.path.relpath": _path_function(_relative),
    "os.path.expanduser": _path_function(lambda path: path),
    "os.path.isabs": _path_function(lambda path: path.startswith("/")),
    "os.path.exists": lambda call: path_exists(call.machine, call.first),
    "os.path.isfile": lambda call: path_exists(call.machine, call.first),
    "os.path.lexists": lambda call: path_exists(call.machine, call.first),
    "os.path.isdir": lambda call: folder_exists(call.machine, call.first),
    "os.access": lambda call: path_exists(call.machine, call.first),
    "os.listdir": _list,
    "os.mkdir": _make,
    "os.makedirs": _make,
    "shutil.copy": _copy,
    "shutil.copy2": _copy,
    "shutil.copyfile": _copy,
    "shutil.copytree": _copy,
    "os.walk": _walk,
    "os.cpu_count": known(1),
    "glob.glob": _glob,
    "glob.iglob": _glob,
    "fnmatch.fnmatch": known(UNKNOWN),
    "pathlib.Path": _path,
    "pathlib.PurePath": _path,
    "pathlib.PosixPath": _path,
    "pathlib.PurePosixPath": _path,
    "pathlib.Path.cwd": known(PathText(ROOT)),
    "platform.system": _of_surroundings(lambda here: here.platform_name),
    "platform.machine": _of_surroundings(lambda here: here.arch),
    "platform.processor": _of_surroundings(lambda here: here.arch),
    "platform.python_implementation": known("CPython"),
    "platform.python_version": _of_surroundings(lambda here: here.python),
    "platform.python_version_tuple": _of_surroundings(
        lambda here: tuple(map(str, here.version_info))
    ),
    "platform.architecture": _of_surroundings(lambda here: (f"{_bits(here) * 8}bit", "ELF")),
    "platform.libc_ver": _libc_version,
    "platform.mac_ver": lambda call: (_on_macos(call, "macos", ""), ("", "", ""), ""),
    "platform.platform": _of_surroundings(lambda here: f"{here.platform_name}-{here.arch}"),
    "struct.calcsize": _of_surroundings(_bits),
    "sysconfig.get_config_var": _config_variable,
    "distutils.sysconfig.get_config_var": _config_variable,
    "sysconfig.get_platform": _platform_tag,
    "distutils.util.get_platform": _platform_tag,
    "distutils.ccompiler.get_default_compiler": _of_surroundings(
        lambda here: "msvc" if here.is_windows else "unix"
    ),
    "sysconfig.get_path": known("/usr/include/python3"),
    "sysconfig.get_paths": known({"include": "/usr/include/python3"}),
    "distutils.util.strtobool": plain(
        lambda text: text.lower() in ("y", "yes", "t", "true", "on", "1")
    ),
    "sys.exit": _exit,
    "sys.getdefaultencoding": known("utf-8"),
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
    "urllib.request.urlopen": _fetch,
    "urllib.request.urlretrieve": _fetch,
    "requests.get": _fetch,
}
