"""A project's options: their defaults, and what the command line sets."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from buildfix.analysis.archive import SourceTree
from buildfix.analysis.meson.syntax import MesonSyntaxError, Node, parse
from buildfix.analysis.meson.values import Feature, flatten
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
    "force_fallback_for": [],
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


_OF_THE_WHOLE = frozenset({"wrap_mode", "force_fallback_for"})
"""Options that only the main project and the command line set, for all subprojects."""


@dataclass
class Options:
    """The values of a project's options."""

    values: dict[str, Value] = field(default_factory=dict)
    given: tuple[tuple[str, str], ...] = ()
    """What Meson's arguments or the caller of a subproject set; `name:option` is a subproject's."""
    within: Options | None = None
    """The options of the project that this one is a subproject of."""

    def get(self, name: str) -> Value:
        """Return an option's value, UNKNOWN where nobody has said what it is."""
        value = self.values.get(name, UNKNOWN)
        if value is UNKNOWN and name in _BUILT_IN:
            value = self.within.get(name) if self.within else _BUILT_IN[name]
        if value == Feature("auto") and name != "auto_features":
            return self.get("auto_features")
        return value

    @property
    def wrap_mode(self) -> Value:
        """Whether subprojects are downloaded, and used for what is not found."""
        return self.get("wrap_mode")

    def is_forced(self, *names: str) -> bool:
        """Say whether a subproject is used in place of what the machine has."""
        forced = self.get("force_fallback_for")
        listed = forced if isinstance(forced, list) else [forced]
        return self.wrap_mode == "forcefallback" or not {*names}.isdisjoint(listed)

    @classmethod
    def of_tree(cls, tree: SourceTree, folder: str, arguments: Iterable[str]) -> Options:
        """Return the options of the project in a folder, with Meson's `arguments` over them."""
        options = cls(given=tuple(_settings(arguments)))
        options._read(tree, folder)
        return options

    def of_subproject(
        self, tree: SourceTree, name: str, folder: str, settings: Iterable[Value]
    ) -> Options:
        """Return the options of a subproject, with the `settings` that its caller gives it."""
        ours = ((key.removeprefix(f"{name}:"), key, value) for key, value in self.values.items())
        told = ((own, value) for own, key, value in ours if own != key)
        options = Options(given=(*_pairs(settings), *told), within=self)
        options._read(tree, folder)
        return options

    def set_defaults(self, settings: Value) -> None:
        """Set the defaults that project() gives, except for what arguments set."""
        given = {name for name, _ in self.given}
        for name, text in _pairs(flatten(settings)):
            if name not in given and not (self.within and name in _OF_THE_WHOLE):
                self._set(name, text)

    def _read(self, tree: SourceTree, folder: str) -> None:
        for file in ("meson.options", "meson_options.txt"):
            text = tree.text(posixpath.join(folder, file))
            if text is not None:
                self.values.update(_declared(text))
                break
        for name, text in self.given:
            if not (self.within and name in _OF_THE_WHOLE):
                self._set(name, text)

    def _set(self, name: str, text: str) -> None:
        before = self.values.get(name, _BUILT_IN.get(name, UNKNOWN))
        if isinstance(before, Feature):
            self.values[name] = Feature(text)
        elif isinstance(before, bool):
            self.values[name] = text.lower() == "true"
        elif isinstance(before, list):
            parts = (one.strip(" '\"") for one in text.strip("[]").split(","))
            self.values[name] = [one for one in parts if one]
        else:
            self.values[name] = text


def _settings(arguments: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield what arguments set: `-Dname=value`, `--name=value`, and both as two words."""
    words = iter(arguments)
    for word in words:
        if word.startswith("-D"):
            name, _, value = (word[2:] or next(words, "")).partition("=")
            yield name, value
            continue
        option, equals, value = word.partition("=")
        name = option[2:].replace("-", "_")
        if option.startswith("--") and name in _BUILT_IN:
            is_flag = isinstance(_BUILT_IN[name], bool)
            yield name, value if equals else "true" if is_flag else next(words, "")


def _pairs(settings: Iterable[Value]) -> Iterator[tuple[str, str]]:
    """Yield names and values of settings `name=value`, or of a dictionary of them."""
    for one in settings:
        if isinstance(one, dict):
            texts = {key: value for key, value in one.items() if isinstance(value, str | bool)}
            yield from ((key, str(value)) for key, value in texts.items())
        elif isinstance(one, str) and "=" in one:
            name, _, value = one.partition("=")
            yield name, value


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
