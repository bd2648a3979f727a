"""What a user told pip or uv of indexes, constraints, hashes, proxies and certificates.

The options are those that every other install of the same run has to be told too. Sources: `pip
install --help`, `uv pip install --help`, pip's documentation of requirements files.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from buildfix.core import Installer

_PIP_VALUES = (
    ("--index-url", "-i", "--pypi-url"),
    ("--extra-index-url",),
    ("--find-links", "-f"),
    ("--constraint", "-c"),
    ("--trusted-host",),
    ("--cert",),
    ("--client-cert",),
    ("--proxy",),
    ("--timeout", "--default-timeout"),
    ("--retries",),
    ("--no-binary",),
    ("--only-binary",),
    ("--keyring-provider",),
    ("--use-feature",),
    ("--use-deprecated",),
)
_PIP_SWITCHES = (
    "--no-index",
    "--pre",
    "--prefer-binary",
    "--require-hashes",
    "--isolated",
    "--user",
    "--break-system-packages",
)
_UV_VALUES = (
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
_UV_SWITCHES = (
    "--no-index",
    "--pre",
    "--require-hashes",
    "--native-tls",
    "--system-certs",
    "--offline",
    "--no-config",
    "--system",
    "--break-system-packages",
)
_FILES = frozenset({"--find-links", "--constraint", "--cert", "--client-cert", "--config-file"})
"""Options whose value may be a path, which holds from any working folder once it is absolute."""
_WHERE = frozenset(
    {
        "--index-url",
        "--default-index",
        "--index",
        "--extra-index-url",
        "--find-links",
        "--no-index",
        "--index-strategy",
        "--no-binary",
        "--only-binary",
    }
)
"""Options on where files are taken from, and which."""
_ONCE = frozenset({"--index-url", "--default-index"})
"""Options that uv takes once only; those of the command line go first."""
_NOT_OF_UV = frozenset({"--prefer-binary", "--use-feature"})
"""Options of requirements files that uv does not know on its command line."""
_PIP_WORDS: Mapping[str, str] = {"--default-index": "--index-url", "--index": "--extra-index-url"}
_SHARED = frozenset(
    {
        "--index-url",
        "--extra-index-url",
        "--find-links",
        "--constraint",
        "--trusted-host",
        "--no-binary",
        "--only-binary",
        "--no-index",
        "--pre",
        "--require-hashes",
    }
)
"""Options that pip and uv both have, under one name and with one meaning."""


@dataclass(frozen=True)
class Option:
    """An option by its long name, with its value if it takes one."""

    name: str
    value: str | None = None

    @property
    def words(self) -> tuple[str, ...]:
        """The option as words of a command line."""
        return (self.name,) if self.value is None else (self.name, self.value)


def merged_options(
    arguments: Sequence[str], files: Iterable[Sequence[str]], installer: Installer
) -> tuple[Option, ...]:
    """Return the shared options of the installer's arguments, then those of requirements files.

    For pip the latter override the former.
    """
    own = read_options(arguments, installer)
    listed = [one for words in files for one in read_options(words, "pip")]
    if installer == "pip":
        return (*own, *listed)
    once = {one.name for one in own if one.name in _ONCE}
    clash = _ONCE if once else frozenset()
    more = (one for one in listed if one.name not in _NOT_OF_UV | clash)
    return tuple(dict.fromkeys((*own, *more)))


def read_options(words: Sequence[str], installer: Installer) -> tuple[Option, ...]:
    """Return the shared options among an installer's words; none where they cannot be read."""
    kept: list[Option] = []
    try:
        _parser(installer).parse_known_args(list(words), argparse.Namespace(kept=kept))
    except ValueError:
        return ()
    return tuple(kept)


def words_of(options: Sequence[Option]) -> tuple[str, ...]:
    """Return options as words of a command line."""
    return tuple(word for one in options for word in one.words)


def without_places(options: Sequence[Option]) -> tuple[Option, ...]:
    """Return the options but for those on where files are taken from."""
    return tuple(one for one in options if one.name not in _WHERE)


def as_pip_says(options: Sequence[Option]) -> Iterator[Option]:
    """Yield uv's options as pip has them; those that pip has nothing like are left out."""
    for one in options:
        name, value = _PIP_WORDS.get(one.name, one.name), one.value
        if one.name == "--index" and value and "=" in value.partition("://")[0]:
            value = value.partition("=")[2]  # uv: NAME=URL
        if one.name == "--prerelease" and value == "allow":
            yield Option("--pre")
        elif name in _SHARED:
            yield Option(name, value)


def files_named(arguments: Sequence[str], installer: Installer) -> tuple[str, ...]:
    """Return the requirements files that are named among the installer's own arguments."""
    found = argparse.Namespace(kept=[])
    try:
        _parser(installer).parse_known_args(list(arguments), found)
    except ValueError:
        return ()
    return tuple(getattr(found, "requirement", None) or ())


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ValueError(message)


class _Keep(argparse.Action):
    """Keep an option in its place among the others."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,  # noqa: ARG002
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,  # noqa: ARG002
    ) -> None:
        name = self.option_strings[0]
        value = None if self.nargs == 0 else str(values)
        if value is not None and name in _FILES and Path(value).exists():
            value = str(Path(value).absolute())
        namespace.kept.append(Option(name, value))


@cache
def _parser(installer: Installer) -> _Parser:
    values, switches = (
        (_UV_VALUES, _UV_SWITCHES) if installer == "uv" else (_PIP_VALUES, _PIP_SWITCHES)
    )
    parser = _Parser(add_help=False)
    for names in values:
        parser.add_argument(*names, action=_Keep, dest=names[0])
    for name in switches:
        parser.add_argument(name, action=_Keep, nargs=0, dest=name)
    parser.add_argument("-r", "--requirement", action="append", dest="requirement")
    return parser
