"""The user's options for indexes, constraints, hashes, proxies and certificates.

Every other install of the same run needs these options too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from buildfix.core import InstallerName
from buildfix.installers.base import Installer
from buildfix.installers.option import Option, parsed
from buildfix.installers.registry import installer_of

_WHERE = frozenset(
    {
        *("--index-url", "--default-index", "--index", "--extra-index-url", "--find-links"),
        *("--no-index", "--index-strategy", "--no-binary", "--only-binary"),
    }
)
"""Options on where files are taken from, and which."""


def merged_options(
    arguments: Sequence[str], files: Iterable[Sequence[str]], name: InstallerName
) -> tuple[Option, ...]:
    """Return the shared options of the installer's arguments and of requirements files."""
    listed = [one for words in files for one in read_options(words, "pip")]
    return installer_of(name).merged(read_options(arguments, name), listed)


def read_options(words: Sequence[str], name: InstallerName) -> tuple[Option, ...]:
    """Return the shared options among an installer's words; none if they cannot be parsed."""
    return _parsed(words, installer_of(name))[0]


def files_named(arguments: Sequence[str], name: InstallerName) -> tuple[str, ...]:
    """Return the requirements files named in the installer's own arguments."""
    return _parsed(arguments, installer_of(name))[1]


def _parsed(
    words: Sequence[str], installer: Installer
) -> tuple[tuple[Option, ...], tuple[str, ...]]:
    return parsed(words, installer.values, installer.switches)


def without_places(options: Sequence[Option]) -> tuple[Option, ...]:
    """Return the options except those that say where to get files."""
    return tuple(one for one in options if one.name not in _WHERE)
