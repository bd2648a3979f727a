"""A project's options: their defaults, and what the command line sets."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass, field

from buildfix.analysis.archive import SourceTree
from buildfix.analysis.meson.syntax import MesonSyntaxError, Node, parse
from buildfix.analysis.meson.values import Feature
from buildfix.analysis.symbolic_values import UNKNOWN, Value

_BUILT_IN: dict[str, Value] = {
    "prefix": "/usr/local",
    "libdir": "lib",
    "bindir": "bin",
    "includedir": "include",
    "datadir": "share",
    "mandir": "share/man",
    "localedir": "share/locale",
    "sysconfdir": "etc",
    "libexecdir": "libexec",
    "buildtype": "release",
    "debug": False,
    "optimization": "3",
    "default_library": "shared",
    "warning_level": "1",
    "werror": False,
    "wrap_mode": "default",
    "b_ndebug": "if-release",
    "b_lto": False,
    "b_sanitize": "none",
    "b_coverage": False,
    "b_vscrt": "md",
    "unity": "off",
    "backend": "ninja",
    "strip": False,
    "layout": "mirror",
    "cmake_prefix_path": [],
    "pkg_config_path": [],
    "c_args": [],
    "cpp_args": [],
    "c_link_args": [],
    "cpp_link_args": [],
    "fortran_args": [],
    "c_std": "none",
    "cpp_std": "none",
    "python.purelibdir": "",
    "python.platlibdir": "",
    "python.allow_limited_api": True,
    "auto_features": Feature("auto"),
}


@dataclass
class Options:
    """The values of a project's options."""

    values: dict[str, Value] = field(default_factory=dict)
    wrap_mode: str = "default"

    def get(self, name: str) -> Value:
        """Return an option's value, UNKNOWN where nobody has said what it is."""
        return self.values.get(name, _BUILT_IN.get(name, UNKNOWN))

    @classmethod
    def of_tree(cls, tree: SourceTree, folder: str, arguments: Iterable[str]) -> Options:
        """Return the options of the project in a folder, with Meson's `arguments` over them."""
        options = cls()
        for file in ("meson.options", "meson_options.txt"):
            text = tree.text(posixpath.join(folder, file))
            if text is not None:
                options.values.update(_declared(text))
                break
        for argument in arguments:
            options._set(argument)
        return options

    def _set(self, argument: str) -> None:
        if argument.startswith("--wrap-mode="):
            self.wrap_mode = argument.partition("=")[2]
        if not argument.startswith("-D") or "=" not in argument:
            return
        name, _, text = argument[2:].partition("=")
        before = self.get(name)
        if isinstance(before, Feature):
            self.values[name] = Feature(text)
        elif isinstance(before, bool):
            self.values[name] = text == "true"
        elif isinstance(before, list):
            self.values[name] = [one for one in text.split(",") if one]
        else:
            self.values[name] = text


def _declared(text: str) -> dict[str, Value]:
    try:
        body = parse(text)
    except (MesonSyntaxError, RecursionError):
        return {}
    values: dict[str, Value] = {}
    for node in body:
        call = node.parts[0] if node.kind == "statement" else None
        if (
            isinstance(call, Node)
            and call.kind == "call"
            and call.value == "option"
            and call.parts[1]
        ):
            given = {key.value: value for key, value in call.parts[2]}
            values[str(call.parts[1][0].value)] = _default(given)
    return values


def _default(given: dict[str, Node]) -> Value:
    constants = {key: _constant(node) for key, node in given.items()}
    kind, value = constants.get("type", "string"), constants.get("value")
    if kind == "feature":
        return Feature(value if isinstance(value, str) else "auto")
    if kind == "boolean":
        return value if isinstance(value, bool) else str(value).lower() != "false"
    if value is not None:
        return value
    if kind == "combo":
        choices = constants.get("choices")
        return choices[0] if choices else UNKNOWN
    return [] if kind == "array" else ""


def _constant(node: Node) -> Value:
    return [_constant(part) for part in node.parts] if node.kind == "list" else node.value
