"""`recipes/grammars/` as types: forms of sentences, and what their words mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import field
from functools import cached_property
from itertools import count
from typing import Any, Literal

from buildfix.catalog.schema import Example, Remedy
from buildfix.catalog.stored import LazyPattern, Problem, check_placeholders, stored
from buildfix.core import CAUSE_KINDS, Weight
from buildfix.core.light_dataclass import dataclass

Tells = Literal["absent", "too-old", "too-new", "compiler"]

_PARTS = {
    "thing": r"'?(?P<thing>[\w$][\w.+$/#-]*(?<!\.)"
    r"(?:(?:' | '| )\(?[\w$][\w.+$/()#-]*(?<!\.)){0,5}?)'?",
    "version": r"'?v?(?P<version>\d[\w.]*\+?)'?",
    "symbol": r"'?(?P<symbol>[\w:.~%-]+)[^']{0,200}?'?",
    "type": r"'(?:(?:const|class|struct|union) )*(?P<type>[\w:]+)[^']*'(?: \{[^}]*\})?",
}
"""What a form may contain in angle brackets."""


def _expanded(text: str) -> LazyPattern:
    """Return a form as a pattern; a part that comes again is a group with a number."""
    text = re.sub(r"(?<!\?P)<(thing|version|symbol|type)>", lambda part: _PARTS[part[1]], text)
    number = count()
    text = re.sub(r"\(\?P<(\w+)>", lambda group: f"(?P<{group[1]}_{next(number)}>", text)
    return LazyPattern(text)


def part_of(match: re.Match[str], name: str) -> str:
    """Return what stands in a match of a form for a part such as `thing`; empty if nothing."""
    groups = match.groupdict("")
    return next((text for key, text in groups.items() if text and key.startswith(f"{name}_")), "")


@dataclass(frozen=True)
class Form:
    """A form of sentence in which tools and build scripts say one thing of many subjects."""

    name: str
    tells: Tells
    pattern: LazyPattern = field(metadata=stored("pattern", str, _expanded))
    """With `<thing>`, `<version>`, `<symbol>` and `<type>` for what differs."""
    says: str = field(default="", metadata=stored("class"))
    """What a compiler says of the symbol: `no-member`, `undeclared`, `arguments` …"""
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True)
class Meaning:
    """What it means if a form names one of these symbols, or a thing of this kind."""

    name: str
    kind: str
    says: str
    subject: str = "{subject}"
    symbols: tuple[str, ...] = ()
    """Symbols that compilers name, and types whose members they name; `*` is any text."""
    classes: frozenset[str] = frozenset()
    """What compilers say of them; empty: anything."""
    weight: Weight = "likely"
    required: str | None = None
    advice: str = ""
    never: tuple[str, ...] = ()
    remedy: Remedy | None = None
    examples: tuple[Example, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in CAUSE_KINDS:
            raise Problem(f"`{self.kind}` is not a kind of cause", "kind")
        check_placeholders("says", (self.says,), "subject", "message")
        check_placeholders("advice", (self.advice,), "subject")
        check_placeholders("never", self.never, "subject")


@dataclass(frozen=True)
class Noun:
    """What build scripts call a thing that no capability has among its words."""

    means: str
    """`kind:subject`."""
    names: tuple[str, ...]
    """In lower case; `*` is any text."""


@dataclass(frozen=True)
class Qualifiers:
    """Words beside a name that say of what sort a thing is."""

    sort: Literal["article", "tool", "module", "library", "any"]
    words: tuple[str, ...]


@dataclass(frozen=True)
class Guard:
    """Lines in which no form counts: what is optional, tried, or only a warning."""

    name: str
    pattern: re.Pattern[str]
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True)
class Grammars:
    """Everything known about forms of sentences."""

    forms: tuple[Form, ...] = ()
    meanings: tuple[Meaning, ...] = ()
    nouns: tuple[Noun, ...] = ()
    guards: tuple[Guard, ...] = ()
    qualifiers: tuple[Qualifiers, ...] = ()

    @cached_property
    def mere_words(self) -> frozenset[str]:
        """Words that name nothing by themselves, though a command may be called so."""
        return frozenset(name for one in self.nouns if not one.means for name in one.names)

    @cached_property
    def by_name(self) -> Mapping[str, Meaning]:
        """Every meaning by its name."""
        return {one.name: one for one in self.meanings}

    def meaning(self, tells: Tells, kind: str) -> Meaning | None:
        """Return what it means that a thing of a kind is absent, too old or too new."""
        return self.by_name.get(f"{tells}-{kind}")


GRAMMAR_TABLES: tuple[tuple[str, Any, Callable[[Any], str]], ...] = (
    ("form", Form, lambda one: one.name),
    ("meaning", Meaning, lambda one: one.name),
    ("noun", Noun, lambda one: one.means),
    ("guard", Guard, lambda one: one.name),
    ("qualifier", Qualifiers, lambda one: one.sort),
)
"""The lists in the files, in the order of the fields of `Grammars`."""
