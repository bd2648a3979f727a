"""What a project's authors install to build it: in CI files, Dockerfiles, READMEs, package recipes.

The packages of any system are evidence, and nothing more: only a capability that the recipes know
by that name, or by the library's name in it, becomes a finding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import takewhile

from buildfix.analysis.survey import Survey
from buildfix.catalog import Knowledge
from buildfix.catalog.schema import Capability

MAX_NAMES = 2000
"""How many names of one file are looked up."""
_JOINED = re.compile(r"\\\r?\n|`\r?\n")
_PACKAGE = re.compile(r"[A-Za-z0-9][\w.+-]*")
_ENDS = re.compile(r"&&|\|\||[;|#()`\"'\]]")
_LISTED = re.compile(r"^[ \t]*(?:-[ \t]+)?([A-Za-z0-9][\w.+-]*)", re.MULTILINE)
_FIELD = re.compile(
    r"^Build-Depends(?:-Arch)?:((?:.*\n(?:[ \t]+.*(?:\n|$))*))", re.MULTILINE | re.IGNORECASE
)
_OF_RECIPE = re.compile(r"^[ \t]+-[ \t]+([a-z0-9][\w.+-]*)", re.MULTILINE)
_ITEM = re.compile(
    r"^[ \t]*[*+-][ \t]+`{0,2}([a-z0-9][\w.+-]*-(dev|devel))`{0,2}[ \t]*$", re.MULTILINE
)
"""A package with headers as the only word of an item in a list."""
_DEVEL = re.compile(r"[\d.-]*-(?:dev|devel|headers)$")
_BUILT_WITH = frozenset({"headers", "libraries", "pkgconfig", "cmake"})
"""Detectors of what builds link, in distinction to programs."""


def note_author_lists(survey: Survey) -> None:
    """Note as likely what the authors' own lists install to build the project."""
    names = _Names(survey.knowledge)
    for file in sorted(survey.tree.names()):
        text = survey.tree.text(file) if is_author_list(file) else None
        for system, package in _packages(file, text, survey.facts.installing) if text else ():
            found = names.capability(system, package)
            if found and not survey.is_own(found):
                survey.notes.add("build", found.id, file, "likely")


def is_author_list(name: str) -> bool:
    """Return whether a file of a tree may say what its authors install."""
    folder, _, base = name.lower().rpartition("/")
    if "dockerfile" in base and folder.partition("/")[0] in _CONTAINERS:
        return True
    if base in _LISTS or "dockerfile" in base or base.startswith("readme"):
        return "/" not in folder
    services = (".github/workflows", ".circleci", ".ci", "")
    return base.endswith((".yml", ".yaml")) and folder in services


_CONTAINERS = frozenset({"docker", ".docker", "dockerfiles", "containers", "ci", ".ci", ".github"})
"""Folders whose containers the authors build in."""
_LISTS = {
    **dict.fromkeys(("apt.txt", "aptfile", "packages.txt", "apt-packages.txt"), "debian"),
    **dict.fromkeys(("meta.yaml", "recipe.yaml", "environment.yml", "environment.yaml"), "conda"),
    "control": "debian",
    "pyproject.toml": "",
    "pkg-info": "",
    "installation.md": "",
    "install.md": "",
    "install": "",
}
"""Files that list packages, with the system whose names they have."""


def _packages(
    file: str, text: str, installing: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[str, str]]:
    """Yield the packages that a file names, each with the system that it is one of."""
    base = file.lower().rpartition("/")[2]
    system = _LISTS.get(base, "")
    if base == "control":
        fields = " ".join(one[1] for one in _FIELD.finditer(text))
        found = [one.strip().partition(" ")[0] for one in re.split(r"[,|]", fields)]
    elif system:
        found = (_OF_RECIPE if system == "conda" else _LISTED).findall(text)
    else:
        found = []
        for name, form in _ITEM.findall(text)[:MAX_NAMES]:
            yield "debian" if form == "dev" else "fedora", name
    yield from ((system, name) for name in found[:MAX_NAMES] if name)
    yield from _installed(_JOINED.sub(" ", text), installing)


def _installed(text: str, installing: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    """Yield what the commands in a text install."""
    for system, commands in installing.items():
        words = "|".join(re.escape(one).replace(r"\ ", r"[ \t]+") for one in commands)
        for match in re.finditer(rf"\b(?:{words})[ \t]+(.{{1,2000}})", text):
            line = _ENDS.split(match[1])[0].split()
            named = (one for one in line[:MAX_NAMES] if not one.startswith("-"))
            yield from ((system, one) for one in takewhile(_PACKAGE.match, named))


class _Names:
    """The capabilities by the packages that provide them, on each system."""

    def __init__(self, knowledge: Knowledge):
        self._knowledge = knowledge
        self._of_system: dict[str, dict[str, str]] = {}

    def capability(self, system: str, package: str) -> Capability | None:
        """Return what a build uses of a package; None if the recipes do not know it."""
        name = re.split(r"[=@:<>~\[]", package)[0]
        plain = _DEVEL.sub("", name)
        known = [self._knowledge.capabilities.get(self._packages(system).get(name, ""))]
        for word in (plain, plain.removeprefix("lib")):
            known.append(self._knowledge.capability("dependency-missing", word))
        return next((one for one in known if one and _is_linked(one)), None)

    def _packages(self, system: str) -> dict[str, str]:
        if system not in self._of_system:
            recipe = self._knowledge.system(system)
            entries = recipe.packages.items() if recipe else ()
            found = ((name, entry.build[:1]) for name, entry in entries)
            self._of_system[system] = {one: name for name, first in found for one in first}
        return self._of_system[system]


def _is_linked(capability: Capability) -> bool:
    """Return whether builds link a capability, or compile with it."""
    compiler = capability.id.startswith("dep:virtual/compiler/")
    return compiler or not _BUILT_WITH.isdisjoint(capability.detectors)
