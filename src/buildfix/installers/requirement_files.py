"""Requirements files: what they request, and their options for the installer.

They are read as pip reads them (its documentation, "Requirements File Format").
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import NoReturn

from buildfix.core.encodings import marked_encoding
from buildfix.core.light_dataclass import dataclass
from buildfix.installers.request_items import RequestItem

_COMMENT = re.compile(r"(^|\s+)#.*$")
_VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)\}")
_HASHES = re.compile(r"(?:^|\s)--(?:hash|require-hashes)\b")
_OPTION = re.compile(r"\s(?:--|-C)")
"""How options after a requirement begin; -C is short for --config-settings."""
_SETTING = re.compile(rf"^[^-].*{_OPTION.pattern}(?!hash\b)")
_HASH = re.compile(r"\s--hash[= ]\s*(\w+:[0-9a-fA-F]+)")
_ADDRESS = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://")
SWITCHES = ("--no-index", "--pre", "--prefer-binary", "--require-hashes")
_WITH_VALUE = (
    *("--index-url", "--extra-index-url", "--no-binary"),
    *("--only-binary", "--trusted-host", "--use-feature"),
)


@dataclass(frozen=True)
class RequirementsFile:
    """The contents of a requirements file, including the files that it includes."""

    items: tuple[RequestItem, ...] = ()
    options: tuple[str, ...] = ()
    """Its options on indexes, constraints and wheels, as words."""
    requires_hashes: bool = False
    """Whether it makes pip check the hash of every file."""
    has_settings: bool = False
    """Whether a requirement has options of its own, other than hashes."""


@dataclass(frozen=True)
class _Line:
    file: Path
    number: int
    text: str

    @cached_property
    def options(self) -> argparse.Namespace:
        """The options of the line; none if it has none, or none that can be read."""
        if not self.text.startswith("-"):
            return _none()
        try:
            return _parser().parse_known_args(shlex.split(self.text))[0]
        except ValueError:
            return _none()


@dataclass(frozen=True)
class LocalReference:
    """A word of a requirements file that names a file or folder of this machine."""

    line: int
    word: str
    place: str
    path: Path | None = None
    """Where that is, if the word is the value of an option; else the word is a requirement."""
    included: bool = False
    """Whether it is another requirements or constraints file."""
    editable: bool = False


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ValueError(message)


def read_requirements(path: Path) -> RequirementsFile:
    """Return the contents of a requirements file; empty if it does not exist."""
    lines = list(_lines(path, set()))
    return RequirementsFile(
        tuple(item for line in lines for item in _items_of(line)),
        tuple(word for line in lines for word in _words_of(line)),
        any(_HASHES.search(line.text) for line in lines),
        any(_SETTING.search(line.text) for line in lines),
    )


def local_references(path: Path) -> Iterator[LocalReference]:
    """Yield what a requirements file itself names of this machine, not what its includes do."""
    for line in _joined(path):
        told, place = line.options, f"{line.file}, line {line.number}"
        for word in (*told.requirement, *told.constraint):
            if not _ADDRESS.match(word):
                file = path.parent / word
                yield LocalReference(line.number, word, place, file, included=True)
        for word in told.find_links:
            found = next((one for one in (path.parent / word, Path(word)) if one.exists()), None)
            if found:
                yield LocalReference(line.number, word, place, found)
        for item in _items_of(line):
            yield LocalReference(line.number, item.word, place, editable=item.editable)


def variables_named(path: Path) -> frozenset[str]:
    """Return the variables that a requirements file has pip look up."""
    return frozenset(_VARIABLE.findall(decoded(path)))


def _items_of(line: _Line) -> Iterator[RequestItem]:
    place = f"{line.file}, line {line.number}"
    if not line.text.startswith("-"):
        word = _OPTION.split(line.text)[0].strip()
        yield RequestItem(word, False, place, tuple(_HASH.findall(line.text)))
    for editable in line.options.editable:
        yield RequestItem(editable, True, place)


def _lines(path: Path, seen: set[Path]) -> Iterator[_Line]:
    """Yield the lines of a file and of the files that it includes; each file only once."""
    if path.resolve() in seen or not path.is_file():
        return
    seen.add(path.resolve())
    for line in _joined(path):
        for included in line.options.requirement:
            yield from _lines(path.parent / included, seen)
        yield line


def _joined(path: Path) -> Iterator[_Line]:
    """Yield a file's lines without comments; lines that end with a backslash are joined."""
    begun, start = "", 0
    for number, raw in enumerate(f"{decoded(path)}\n".splitlines(), start=1):
        start = start if begun else number
        if raw.endswith("\\") and not raw.lstrip().startswith("#"):
            begun += raw[:-1]
            continue
        text = _COMMENT.sub("", begun + (raw if not begun else f" {raw}")).strip()
        begun = ""
        if text:
            yield _Line(path, start, _VARIABLE.sub(_value, text))


def decoded(path: Path) -> str:
    """Return the text of a requirements file."""
    data = path.read_bytes()
    return data.decode(marked_encoding(data) or "utf-8", "replace")


def _value(match: re.Match[str]) -> str:
    return os.environ.get(match[1]) or match[0]


def _words_of(line: _Line) -> Iterator[str]:
    told = vars(line.options)
    yield from (word for word in SWITCHES if told[_attribute(word)])
    for option in _WITH_VALUE:
        yield from (part for value in told[_attribute(option)] for part in (option, value))
    for place in told["find_links"]:
        beside = _beside(line.file, place)
        yield from ("--find-links", beside if Path(beside).exists() else place)
    for place in told["constraint"]:
        yield from ("--constraint", _beside(line.file, place))


def _beside(file: Path, place: str) -> str:
    """Return what a file calls a place, from the current folder; an address is what it is."""
    return place if _ADDRESS.match(place) else str(file.parent / place)


def _attribute(option: str) -> str:
    return option[2:].replace("-", "_")


@cache
def _none() -> argparse.Namespace:
    return _parser().parse_args([])


@cache
def _parser() -> _Parser:
    parser = _Parser(add_help=False)
    for switch in SWITCHES:
        parser.add_argument(switch, action="store_true")
    short = (("-r", "--requirement"), ("-c", "--constraint"), ("-e", "--editable"))
    own = (("-i", "--index-url", "--pypi-url"), ("-f", "--find-links"))
    for names in (*short, *own, *((name,) for name in _WITH_VALUE if name != "--index-url")):
        parser.add_argument(*names, action="append", default=[])
    return parser
