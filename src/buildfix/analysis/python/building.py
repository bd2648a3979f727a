"""What setuptools and its companions do with what a script hands them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from buildfix.analysis.python.operators import items_of
from buildfix.analysis.python.programs import checked, module_and_version, run_program
from buildfix.analysis.python.values import (
    Call,
    ConfigParser,
    Extension,
    Instance,
    Machine,
    Raised,
    Setup,
    UserClass,
)
from buildfix.analysis.symbolic_values import UNKNOWN, External, Value

EXTENSION = External("setuptools.Extension")
FFI = External("cffi.FFI")
_EXTENSION_CLASSES = re.compile(r"(?:^|\.)(?:Pybind11|Cpp|CUDA|Cython|CFFI|Library)?Extension$")
_RUST_CLASSES = re.compile(r"(?:^|\.)Rust(?:Extension|Bin)$")
EXTENSION_FIELDS = (
    *("name", "sources", "include_dirs", "define_macros", "undef_macros", "library_dirs"),
    *("libraries", "runtime_library_dirs", "extra_objects", "extra_compile_args"),
    *("extra_link_args", "export_symbols", "swig_opts", "depends", "language", "optional"),
)
_COMMANDS = ("bdist_wheel", "build", "build_py", "build_clib", "build_ext", "build_rust")
_COMMAND_LISTS = (
    *("include_dirs", "library_dirs", "libraries", "define", "undef", "link_objects", "rpath"),
)


def is_extension(name: str) -> bool:
    """Say whether a class from outside is an extension that a C compiler compiles."""
    return bool(_EXTENSION_CLASSES.search(name))


def is_rust(name: str) -> bool:
    """Say whether a class from outside is a crate that cargo compiles."""
    return bool(_RUST_CLASSES.search(name))


def make_extension(name: str, call: Call) -> Extension:
    """Return an extension as its class would make it."""
    extension = Extension(External(name))
    fill_extension(extension, call)
    if "Pybind11" in name or "Cpp" in name:
        extension.attributes["language"] = "c++"
    if "CUDA" in name:
        extension.attributes["language"] = "cuda"
    return extension


def fill_extension(extension: Extension, call: Call) -> None:
    """Do what Extension.__init__ does to an instance of it or of a subclass."""
    given = {**dict(zip(EXTENSION_FIELDS, call.args, strict=False)), **call.named}
    for field in EXTENSION_FIELDS:
        value = given.get(field)
        plain = field in ("name", "language", "optional")
        if value is None and not plain:
            value = []
        extension.attributes.setdefault(field, value)
        if field in given:
            extension.attributes[field] = value
    for field in call.named.keys() - set(EXTENSION_FIELDS):
        extension.attributes[field] = call.named[field]
    extension.where = call.where


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


def base_method(call: Call) -> Value:
    """Do what the method of that name does in setuptools' own class."""
    machine, receiver = call.machine, call.owner
    if isinstance(receiver, Extension):
        if call.name == "__init__":
            fill_extension(receiver, call)
        return None
    if call.name == "run":
        machine.call(machine.attribute(receiver, "build_extensions"), call.using())
    elif call.name == "build_extensions":
        for extension in items_of(receiver.attributes.get("extensions", [])):
            machine.call(machine.attribute(receiver, "build_extension"), call.using(extension))
    elif call.name == "execute":
        machine.call(call.first, call.using(*items_of(call.argument(1))))
    elif call.name == "spawn":
        checked(run_program(machine, call.first, call.where), call.first, call.where)
    elif call.name == "initialize_options":
        receiver.attributes.update(dict.fromkeys(_COMMAND_LISTS))
    elif call.name == "finalize_options":
        _finalize(receiver)
    return UNKNOWN


def _finalize(command: Instance) -> None:
    """Make lists of a command's options, as distutils does."""
    for field in _COMMAND_LISTS:
        value = command.attributes.get(field)
        command.attributes[field] = value.split() if isinstance(value, str) else value or []


def run_commands(
    machine: Machine, setup: Setup, options: dict[str, dict[str, str]]
) -> list[Instance]:
    """Run the commands that the script brings its own classes for; return them."""
    cmdclass = setup.keywords.get("cmdclass")
    classes = cmdclass if isinstance(cmdclass, dict) else {}
    commands = []
    distribution = Instance(
        External("distribution"), {**setup.keywords, "verbose": 0, "metadata": UNKNOWN}
    )
    distclass = setup.keywords.get("distclass")
    if isinstance(distclass, UserClass):
        distribution.cls = distclass
    for name in _COMMANDS:
        cls = classes.get(name)
        if isinstance(cls, UserClass):
            extensions = setup.keywords.get("ext_modules")
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
            for method in ("initialize_options", "finalize_options", "run"):
                run = Call(machine, where=setup.where)
                machine.call(machine.attribute(command, method), run)
                if method == "initialize_options":
                    command.attributes.update(options.get(name, {}))
    return commands


def extension_instances(value: Value) -> Iterable[Instance]:
    """Return the extensions in what a script hands over as ext_modules."""
    for item in items_of(value) if isinstance(value, list | tuple) else [value]:
        if isinstance(item, Instance):
            yield item
        elif isinstance(item, list | tuple):
            yield from extension_instances(item)


def _cythonize(call: Call) -> Value:
    modules = call.argument(0, call.named.get("module_list", []))
    made = []
    for item in items_of(modules) if isinstance(modules, list | tuple) else [modules]:
        if isinstance(item, Instance):
            _fill_pattern(call.machine, item)
            made.append(item)
        elif isinstance(item, str):
            made += [
                make_extension(
                    EXTENSION.name,
                    replace(
                        call, args=[name, [name]], named={"language": call.named.get("language")}
                    ),
                )
                for name in _matching(call.machine, item)
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
    found = machine.call(External("glob.glob"), Call(machine, [pattern]))
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


def _pkgconfig_exists(call: Call) -> Value:
    if not call.machine.has(call.probe("tool-missing", "pkg-config")):
        raise Raised("OSError", (), call.where)
    asked = [
        call.machine.has(call.probe("pkgconfig-missing", *module))
        for module in _pkgconfig_modules(call.args)
    ]
    return all(asked)


def _pkgconfig_parse(call: Call) -> Value:
    if not _pkgconfig_exists(call):
        raise Raised("PackageNotFoundError", (), call.where)
    return {
        field: [UNKNOWN]
        for field in (
            *("include_dirs", "library_dirs", "libraries"),
            *("define_macros", "extra_compile_args", "extra_link_args"),
        )
    }


def _pkgconfig_text(call: Call) -> Value:
    _pkgconfig_parse(call)
    return UNKNOWN


def ffi_method(call: Call) -> Value:
    """Do what a method of cffi.FFI does: set_source declares an extension."""
    if call.name == "set_source_pkgconfig" and len(call.args) > 1:
        _pkgconfig_parse(call.using(call.args[1]))
        call = replace(call, name="set_source", args=[call.first, *call.args[2:]])
    if call.name == "set_source" and call.args:
        code = call.argument(1, call.named.get("source"))
        if code is not None:
            extension = make_extension(EXTENSION.name, replace(call, args=[call.first]))
            extension.code = code
            call.machine.seen.setups.append(Setup({"ext_modules": [extension]}, call.where))
    return UNKNOWN


BUILDING_HANDLERS: dict[str, Callable[..., Value]] = {
    "Cython.Build.cythonize": _cythonize,
    "Cython.Build.Dependencies.cythonize": _cythonize,
    "mypyc.build.mypycify": lambda call: [
        make_extension(EXTENSION.name, call.using("mypyc", ["mypyc.c"]))
    ],
    "pkgconfig.exists": _pkgconfig_exists,
    "pkgconfig.installed": _pkgconfig_exists,
    "pkgconfig.parse": _pkgconfig_parse,
    "pkgconfig.configure_extension": lambda call: _pkgconfig_parse(call.using(*call.args[1:])),
    "pkgconfig.libs": _pkgconfig_text,
    "pkgconfig.cflags": _pkgconfig_text,
    "pkgconfig.modversion": _pkgconfig_text,
    "pkgconfig.variables": _pkgconfig_text,
    "cffi.FFI": lambda _call: Instance(FFI),
    "cffi.api.FFI": lambda _call: Instance(FFI),
    "setuptools.find_packages": lambda _call: [],
    "setuptools.find_namespace_packages": lambda _call: [],
    "configparser.ConfigParser": lambda _call: ConfigParser(External("configparser")),
    "configparser.RawConfigParser": lambda _call: ConfigParser(External("configparser")),
    "configparser.SafeConfigParser": lambda _call: ConfigParser(External("configparser")),
}
