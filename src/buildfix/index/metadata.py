"""A distribution's own metadata, read without running any of its code."""

from __future__ import annotations

import email.parser
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from packaging.version import InvalidVersion, Version

from buildfix.index.plain_setup import plain_requires

_STATIC = Version("2.2")
"""From this Metadata-Version on, an sdist's fields are final unless listed as dynamic (PEP 643)."""
_SECTION = re.compile(r"\[(?P<extra>[^:\]]*)(?::(?P<marker>[^\]]*))?\]")
_EXTRA = re.compile(r"""\bextra\s*==\s*['"]([^'"]+)""")


@dataclass(frozen=True)
class Metadata:
    """The metadata of a distribution that an install needs."""

    name: str = ""
    """The name as the distribution spells it; empty if it does not say."""
    version: str = ""
    requires: tuple[str, ...] = ()
    requires_python: str = ""
    extras: tuple[str, ...] = ()
    certain: bool = True
    """Whether a build cannot change any of it."""


def read_metadata(text: str) -> Metadata:
    """Return the contents of a METADATA or PKG-INFO file."""
    head = re.split(r"\r?\n\r?\n", text, maxsplit=1)[0]
    message = email.parser.HeaderParser().parsestr(head)
    return Metadata(
        str(message.get("Name", "")).strip(),
        str(message.get("Version", "")).strip(),
        tuple(str(one).strip() for one in message.get_all("Requires-Dist", ())),
        str(message.get("Requires-Python", "")).strip(),
        tuple(str(one).strip() for one in message.get_all("Provides-Extra", ())),
    )


def read_sdist(texts: Mapping[str, str], project: Mapping[str, Any]) -> Metadata:
    """Return the metadata of an sdist, from its most reliable source.

    `texts` are its PKG-INFO, requires.txt (setuptools), setup.py, setup.cfg and pyproject.toml,
    `project` is the `[project]` table of the latter (PEP 621). Unless PEP 643, PEP 621 or a plain
    setup.py rule it out, a build may change the metadata.
    """
    own = read_metadata(texts.get("PKG-INFO", ""))
    if _is_static(texts.get("PKG-INFO", "")):
        return own
    dynamic = project.get("dynamic", ())
    if project.get("name") and "dependencies" not in dynamic:
        return Metadata(
            str(project["name"]),
            str(project.get("version") or own.version),
            tuple(_of_table(project)),
            str(project.get("requires-python") or own.requires_python),
            tuple(map(str, project.get("optional-dependencies", {}))),
            certain="optional-dependencies" not in dynamic,
        )
    listed = _of_plain_setup(texts)
    if listed is not None and own.name:
        requires = tuple(_of_extras(listed))
        extras = tuple(name for name in listed if name)
        return Metadata(own.name, own.version, requires, own.requires_python, extras)
    requires = own.requires or tuple(_of_requires_txt(texts.get("requires.txt", "")))
    extras = own.extras or tuple(dict.fromkeys(_EXTRA.findall("\n".join(requires))))
    return Metadata(own.name, own.version, requires, own.requires_python, extras, certain=False)


def _of_plain_setup(texts: Mapping[str, str]) -> dict[str, list[str]] | None:
    """Return what a plain setup.py requires that nothing else has a say in; None otherwise."""
    if texts.get("pyproject.toml") or "_require" in texts.get("setup.cfg", ""):
        return None
    listed = plain_requires(texts.get("setup.py", ""))
    return None if listed is None or any(":" in name for name in listed) else listed


def _of_extras(listed: Mapping[str, list[str]]) -> Iterator[str]:
    for extra, several in listed.items():
        yield from (with_extra(one, extra, "") if extra else one for one in several)


def with_extra(text: str, extra: str, marker: str) -> str:
    """Return a requirement that only applies to an extra, and if a marker holds."""
    bare, _, own = (part.strip() for part in text.partition(";"))
    wanted = [f"({one})" for one in (own, marker) if one]
    wanted += [f"extra == '{extra}'"] if extra else []
    space = " " if "@" in bare else ""
    return f"{bare}{space}; {' and '.join(wanted)}"


def _is_static(text: str) -> bool:
    head = re.split(r"\r?\n\r?\n", text, maxsplit=1)[0]
    message = email.parser.HeaderParser().parsestr(head)
    dynamic = {str(one).strip().lower() for one in message.get_all("Dynamic", ())}
    try:
        version = Version(str(message.get("Metadata-Version", "0")).strip())
    except InvalidVersion:
        return False
    return version >= _STATIC and dynamic.isdisjoint({"requires-dist", "provides-extra"})


def _of_table(project: Mapping[str, Any]) -> Iterator[str]:
    yield from map(str, project.get("dependencies", ()))
    for extra, texts in project.get("optional-dependencies", {}).items():
        for text in texts:
            yield with_extra(str(text), extra, "")


def _of_requires_txt(text: str) -> Iterator[str]:
    """Yield the requirements in setuptools' requires.txt, whose sections are `[extra:marker]`."""
    extra = marker = ""
    for line in filter(None, map(str.strip, text.splitlines())):
        section = _SECTION.fullmatch(line)
        if section:
            extra, marker = section["extra"] or "", section["marker"] or ""
        else:
            yield with_extra(line, extra, marker) if extra or marker else line
