"""What setuptools and its companions do with what a script hands them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from buildfix.analysis.probe_environment import Probe
from buildfix.analysis.python.operators import items_of
from buildfix.analysis.python.programs import has_module, module_and_version
from buildfix.analysis.python.values import (
    UNKNOWN,
    External,
    Instance,
    Machine,
    Raised,
    UserClass,
    Value,
)

EXTENSION = External("setuptools.Extension")
FFI = External("cffi.FFI")
_EXTENSION_CLASSES = re.compile(r"(?:^|\.)(?:Pybind11|Cpp|CUDA|Cython|CFFI|Library)?Extension$")
_RUST_CLASSES = re.compile(r"(?:^|\.)Rust(?:Extension|Bin)$")
_EXTENSION_FIELDS = (
    "name",
    "sources",
    "include_dirs",
    "define_macros",
    "undef_macros",
    "library_dirs",
    "libraries",
    "runtime_library_dirs",
    "extra_objects",
    "extra_compile_args",
    "extra_link_args",
    "export_symbols",
    "swig_opts",
    "depends",
    "language",
    "optional",
)
_COMMANDS = ("bdist_wheel", "build", "build_py", "build_clib", "build_ext", "build_rust")
_COMMAND_LISTS = (
    "include_dirs",
    "library_dirs",
    "libraries",
    "define",
    "undef",
    "link_objects",
    "rpath",
)


def is_extension(name: str) -> bool:
    """Say whether a class from outside is an extension that a C compiler compiles."""
    return bool(_EXTENSION_CLASSES.search(name))


def is_rust(name: str) -> bool:
    """Say whether a class from outside is a crate that cargo compiles."""
    return bool(_RUST_CLASSES.search(name))


def make_extension(name: str, args: list[Value], named: dict[str, Value], where: str) -> Instance:
    """Return an extension as its class would make it."""
    extension = Instance(External(name))
    fill_extension(extension, args, named, where)
    if "Pybind11" in name or "Cpp" in name:
        extension.attributes["language"] = "c++"
    if "CUDA" in name:
        extension.attributes["language"] = "cuda"
    return extension


def fill_extension(
    extension: Instance, args: list[Value], named: dict[str, Value], where: str
) -> None:
    """Do what Extension.__init__ does to an instance of it or of a subclass."""
    given = {**dict(zip(_EXTENSION_FIELDS, args, strict=False)), **named}
    for field in _EXTENSION_FIELDS:
        value = given.get(field)
        plain = field in ("name", "language", "optional")
        if value is None and not plain:
            value = []
        extension.attributes.setdefault(field, value)
        if field in given:
            extension.attributes[field] = value
    for field in named.keys() - set(_EXTENSION_FIELDS):
        extension.attributes[field] = named[field]
    extension.attributes["*where*"] = where


def command_attribute(machine: Machine, command: Instance, name: str) -> Value:
    """Return an attribute that a command has from its class in setuptools."""
    windows = machine.surroundings.is_windows
    made: dict[str, Callable[[], Value]] = {
        "compiler": lambda: Instance(
            External("compiler"),
            {
                "compiler_type": "msvc" if windows else "unix",
                "compiler_so": ["cl" if windows else "gcc"],
                "compiler": ["cl" if windows else "gcc"],
                "include_dirs": [],
                "library_dirs": [],
                "libraries": [],
                "linker_so": ["gcc", "-shared"],
            },
        ),
        "build_temp": lambda: "build/temp",
        "build_lib": lambda: "build/lib",
        "inplace": lambda: 0,
        "debug": lambda: None,
        "force": lambda: None,
        "parallel": lambda: None,
        "extensions": list,
        "user_options": list,
        "boolean_options": list,
        "include_dirs": list,
        "library_dirs": list,
        "libraries": list,
        "plat_name": lambda: machine.surroundings.system,
    }
    if name not in made:
        return UNKNOWN
    return command.attributes.setdefault(name, made[name]())


def base_method(
    machine: Machine,
    name: str,
    receiver: Instance,
    args: list[Value],
    named: dict[str, Value],
    where: str,
) -> Value:
    """Do what the method of that name does in setuptools' own class."""
    if receiver.attributes.get("*extension*"):
        if name == "__init__":
            fill_extension(receiver, args, named, where)
        return None
    if name == "run":
        machine.call(machine.attribute(receiver, "build_extensions"), [], {}, where)
    elif name == "build_extensions":
        for extension in items_of(receiver.attributes.get("extensions", [])):
            machine.call(machine.attribute(receiver, "build_extension"), [extension], {}, where)
    elif name == "initialize_options":
        receiver.attributes.update(dict.fromkeys(_COMMAND_LISTS))
    elif name == "finalize_options":
        _finalize(receiver)
    return UNKNOWN


def _finalize(command: Instance) -> None:
    """Make lists of a command's options, as distutils does."""
    for field in _COMMAND_LISTS:
        value = command.attributes.get(field)
        command.attributes[field] = value.split() if isinstance(value, str) else value or []


def run_commands(
    machine: Machine, setup: dict[str, Value], options: dict[str, dict[str, str]], where: str
) -> list[Instance]:
    """Run the commands that the script brings its own classes for; return them."""
    cmdclass = setup.get("cmdclass")
    classes = cmdclass if isinstance(cmdclass, dict) else {}
    commands = []
    distribution = Instance(External("distribution"), {**setup, "verbose": 0, "metadata": UNKNOWN})
    distclass = setup.get("distclass")
    if isinstance(distclass, UserClass):
        distribution.cls = distclass
    for name in _COMMANDS:
        cls = classes.get(name)
        if isinstance(cls, UserClass):
            extensions = setup.get("ext_modules")
            command = Instance(
                cls,
                {
                    "distribution": distribution,
                    "extensions": extensions if isinstance(extensions, list) else [],
                    "ext_map": {
                        one.attributes.get("name"): one for one in extension_instances(extensions)
                    },
                },
            )
            commands.append(command)
            _run_command(machine, command, options.get(name, {}), where)
    return commands


def _run_command(machine: Machine, command: Instance, options: dict[str, str], where: str) -> None:
    for method in ("initialize_options", "finalize_options", "run"):
        machine.call(machine.attribute(command, method), [], {}, where)
        if method == "initialize_options":
            command.attributes.update(options)


def extension_instances(value: Value) -> Iterable[Instance]:
    """Return the extensions in what a script hands over as ext_modules."""
    for item in items_of(value) if isinstance(value, list | tuple) else [value]:
        if isinstance(item, Instance):
            yield item
        elif isinstance(item, list | tuple):
            yield from extension_instances(item)


def _cythonize(machine: Machine, args: list[Value], named: dict[str, Value], where: str) -> Value:
    modules = args[0] if args else named.get("module_list", [])
    made = []
    for item in items_of(modules) if isinstance(modules, list | tuple) else [modules]:
        if isinstance(item, Instance):
            _fill_pattern(machine, item)
            made.append(item)
        elif isinstance(item, str):
            made += [
                make_extension(
                    EXTENSION.name, [name, [name]], {"language": named.get("language")}, where
                )
                for name in _matching(machine, item)
            ]
    return made


def _fill_pattern(machine: Machine, extension: Instance) -> None:
    sources = extension.attributes.get("sources")
    if isinstance(sources, list):
        extension.attributes["sources"] = [
            name
            for source in sources
            for name in (_matching(machine, source) if isinstance(source, str) else [source])
        ]


def _matching(machine: Machine, pattern: str) -> list[Value]:
    if "*" not in pattern:
        return [pattern]
    found = machine.call(External("glob.glob"), [pattern], {}, "")
    return found if isinstance(found, list) else []


def _pkgconfig_modules(args: list[Value]) -> list[tuple[str, str | None]]:
    text = " ".join(
        item
        for arg in args[:1]
        for item in ([arg] if isinstance(arg, str) else items_of(arg))
        if isinstance(item, str)
    )
    return [
        module_and_version(word) for word in re.sub(r"\s*(>=|<=|=|>|<)\s*", r"\1", text).split()
    ]


def _pkgconfig_exists(
    machine: Machine, args: list[Value], _named: dict[str, Value], where: str
) -> Value:
    if not machine.has(Probe("tool-missing", "pkg-config", where=where)):
        raise Raised("OSError", (), where)
    asked = [has_module(machine, name, need, where) for name, need in _pkgconfig_modules(args)]
    return all(asked)


def _pkgconfig_parse(
    machine: Machine, args: list[Value], named: dict[str, Value], where: str
) -> Value:
    if not _pkgconfig_exists(machine, args, named, where):
        raise Raised("PackageNotFoundError", (), where)
    return {
        field: [UNKNOWN]
        for field in (
            "include_dirs",
            "library_dirs",
            "libraries",
            "define_macros",
            "extra_compile_args",
            "extra_link_args",
        )
    }


def _pkgconfig_configure(
    machine: Machine, args: list[Value], named: dict[str, Value], where: str
) -> Value:
    return _pkgconfig_parse(machine, args[1:], named, where)


def _pkgconfig_text(
    machine: Machine, args: list[Value], named: dict[str, Value], where: str
) -> Value:
    _pkgconfig_parse(machine, args, named, where)
    return UNKNOWN


def _find_packages(
    _machine: Machine, _args: list[Value], _named: dict[str, Value], _where: str
) -> Value:
    return []


def ffi_method(
    machine: Machine, name: str, args: list[Value], named: dict[str, Value], where: str
) -> Value:
    """Do what a method of cffi.FFI does: set_source declares an extension."""
    if name == "set_source_pkgconfig" and len(args) > 1:
        _pkgconfig_parse(machine, [args[1]], named, where)
        name, args = "set_source", [args[0], *args[2:]]
    if name == "set_source" and args:
        code = args[1] if len(args) > 1 else named.get("source")
        if code is not None:
            extension = make_extension(EXTENSION.name, [args[0]], named, where)
            extension.attributes["*code*"] = code
            machine.note_setup({"ext_modules": [extension]}, where)
    return UNKNOWN


def _ffi(_machine: Machine, _args: list[Value], _named: dict[str, Value], _where: str) -> Value:
    return Instance(FFI)


def _config_parser(
    _machine: Machine, _args: list[Value], _named: dict[str, Value], _where: str
) -> Value:
    return Instance(External("configparser"), {"*sections*": {}})


BUILDING_HANDLERS: dict[str, Callable[..., Value]] = {
    "Cython.Build.cythonize": _cythonize,
    "Cython.Build.Dependencies.cythonize": _cythonize,
    "mypyc.build.mypycify": lambda _machine, _args, _named, where: [
        make_extension(EXTENSION.name, ["mypyc", ["mypyc.c"]], {}, where)
    ],
    "pkgconfig.exists": _pkgconfig_exists,
    "pkgconfig.installed": _pkgconfig_exists,
    "pkgconfig.parse": _pkgconfig_parse,
    "pkgconfig.configure_extension": _pkgconfig_configure,
    "pkgconfig.libs": _pkgconfig_text,
    "pkgconfig.cflags": _pkgconfig_text,
    "pkgconfig.modversion": _pkgconfig_text,
    "pkgconfig.variables": _pkgconfig_text,
    "cffi.FFI": _ffi,
    "cffi.api.FFI": _ffi,
    "setuptools.find_packages": _find_packages,
    "setuptools.find_namespace_packages": _find_packages,
    "configparser.ConfigParser": _config_parser,
    "configparser.RawConfigParser": _config_parser,
    "configparser.SafeConfigParser": _config_parser,
}
