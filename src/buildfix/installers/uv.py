"""uv (uv's documentation, `uv pip install --help`, "Environment variables" and "Settings")."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from buildfix.core import Interpreter, Variables
from buildfix.installers.base import Argv, Installer
from buildfix.installers.configuration import is_on
from buildfix.installers.option import Option

_ONCE = frozenset({"--index-url", "--default-index"})
"""Options that uv accepts only once; the command line takes precedence."""
_UNKNOWN = frozenset({"--prefer-binary", "--use-feature"})
"""Options of requirements files that uv's command line does not have."""
_PIP_WORDS: Mapping[str, str] = {"--default-index": "--index-url", "--index": "--extra-index-url"}
_SHARED = frozenset(
    {
        *("--index-url", "--extra-index-url", "--find-links", "--constraint", "--trusted-host"),
        *("--no-binary", "--only-binary", "--no-index", "--pre", "--require-hashes"),
    }
)
"""Options that have the same name and meaning in pip and uv."""
_VARIABLES = (
    ("--default-index", "UV_DEFAULT_INDEX"),
    ("--index-url", "UV_INDEX_URL"),
    ("--index", "UV_INDEX"),
    ("--extra-index-url", "UV_EXTRA_INDEX_URL"),
    ("--constraint", "UV_CONSTRAINT"),
    ("--trusted-host", "UV_INSECURE_HOST"),
    ("--prerelease", "UV_PRERELEASE"),
)


class Uv(Installer):
    """`uv pip`, which installs into any interpreter's environment."""

    name = "uv"
    program = "uv"
    values = (
        ("--index-url", "-i"),
        ("--default-index",),
        ("--index",),
        ("--extra-index-url",),
        ("--find-links", "-f"),
        ("--constraint", "-c", "--constraints"),
        ("--index-strategy",),
        ("--keyring-provider",),
        ("--trusted-host", "--allow-insecure-host"),
        ("--prerelease",),
        ("--exclude-newer",),
        ("--no-binary",),
        ("--only-binary",),
        ("--config-file",),
    )
    switches = (
        *("--no-index", "--pre", "--require-hashes", "--native-tls", "--system-certs"),
        *("--offline", "--no-config", "--system", "--break-system-packages"),
    )
    no_cache = "--no-cache"
    reinstall = "--reinstall"

    def install(self, python: str) -> Argv:
        """Return `uv pip install`."""
        return ("uv", "pip", "install", "--python", python)

    def uninstall(self, python: str) -> Argv:
        """Return `uv pip uninstall`."""
        return ("uv", "pip", "uninstall", "--python", python)

    def constrained(self, interpreter: Interpreter, constraints: str) -> tuple[Argv, Variables]:  # noqa: ARG002
        """Return --build-constraints."""
        return ("--build-constraints", constraints), ()

    def unisolated(self, names: Sequence[str]) -> Argv:
        """Return --no-build-isolation, or --no-build-isolation-package for each project."""
        if "*" in names:
            return ("--no-build-isolation",)
        return tuple(word for name in names for word in ("--no-build-isolation-package", name))

    def no_binary(self, names: Sequence[str]) -> Argv:
        """Return --no-binary for each name."""
        return tuple(word for name in names for word in ("--no-binary", name))

    def configured(self, environ: Mapping[str, str], prefix: str) -> tuple[Option, ...]:  # noqa: ARG002
        """Return uv's variables as the corresponding options."""
        found = [
            Option(option, value)
            for option, name in _VARIABLES
            for value in environ.get(name, "").split()
        ]
        links = environ.get("UV_FIND_LINKS", "")
        found += [Option("--find-links", one) for one in links.split(",") if one]
        switches = (("--no-index", "UV_NO_INDEX"), ("--require-hashes", "UV_REQUIRE_HASHES"))
        found += [Option(option) for option, name in switches if is_on(environ.get(name))]
        return tuple(found)

    def merged(self, own: Sequence[Option], listed: Sequence[Option]) -> tuple[Option, ...]:
        """Return both without options that uv does not have or rejects if repeated."""
        clash = _ONCE if any(one.name in _ONCE for one in own) else frozenset()
        more = (one for one in listed if one.name not in _UNKNOWN | clash)
        return tuple(dict.fromkeys((*own, *more)))

    def as_pip(self, options: Iterable[Option]) -> tuple[Option, ...]:
        """Return the options that pip has, default indexes first: pip uses the last index."""
        order = sorted(options, key=lambda one: one.name == "--default-index")
        return tuple(found for one in order for found in _as_pip(one))


def _as_pip(one: Option) -> Iterator[Option]:
    name, value = _PIP_WORDS.get(one.name, one.name), one.value
    if one.name == "--index" and value and "=" in value.partition("://")[0]:
        value = value.partition("=")[2]  # uv: NAME=URL
    if one.name == "--prerelease" and value == "allow":
        yield Option("--pre")
    elif name in _SHARED:
        yield Option(name, value)
