"""Which known thing a phrase of a build script names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from functools import cached_property, lru_cache

from buildfix.catalog import Knowledge
from buildfix.catalog.grammars import Noun

Named = tuple[str, str]
"""Kind and subject."""

_HEADER = re.compile(r"^[\w/.+-]+\.h(?:pp|xx|h)?$")
_VERSION = re.compile(r"^[(<>=~!]*v?\d[\w.]*\)?\+?$")
_BETWEEN = re.compile(r",? and |, ")
_LONGEST = 3
_REMEMBERED = 512
"""How many phrases are cached."""


class Vocabulary:
    """The capabilities, commands, headers, modules, languages and variables that recipes know."""

    def __init__(self, knowledge: Knowledge):
        self._knowledge = knowledge
        self.named = lru_cache(maxsize=_REMEMBERED)(self._named)

    def _named(self, phrase: str) -> tuple[Named, ...]:
        """Return what a phrase names, one after the other; nothing if it may mean more."""
        phrases = _BETWEEN.split(phrase.split(" or ")[0].strip(" '()"))
        found = tuple(map(self._of, phrases))
        return tuple(dict.fromkeys(one for one in found if one)) if all(found) else ()

    def _of(self, phrase: str) -> Named | None:
        tokens = _words(phrase)
        names = [one for one in tokens if one.lower() not in self._sorts]
        noun = self._noun(tokens) or self._noun(names)
        if noun is None:
            known = 0 < len(names) <= _LONGEST
            return self._thing(names, frozenset(map(str.lower, tokens))) if known else None
        kind, _, subject = noun.means.partition(":")
        return (kind, subject) if subject else None

    def _noun(self, tokens: Sequence[str]) -> Noun | None:
        """Return the noun that a whole phrase is."""
        text = " ".join(one for one in tokens if self._sorts.get(one.lower()) != "article").lower()
        globs = (noun for glob, noun in self._globs if fnmatchcase(text, glob))
        return self._nouns.get(text) or next(globs, None)

    @cached_property
    def _sorts(self) -> dict[str, str]:
        """The words that say of what sort a thing is, and do not name it."""
        return {word: one.sort for one in self._knowledge.grammars.qualifiers for word in one.words}

    @cached_property
    def _nouns(self) -> dict[str, Noun]:
        nouns = self._knowledge.grammars.nouns
        return {name: noun for noun in nouns for name in noun.names if not _is_glob(name)}

    @cached_property
    def _globs(self) -> tuple[tuple[str, Noun], ...]:
        nouns = self._knowledge.grammars.nouns
        return tuple((name, noun) for noun in nouns for name in noun.names if _is_glob(name))

    def _thing(self, names: Sequence[str], words: frozenset[str]) -> Named | None:
        """Return the thing of this name, as `words` beside it say of what sort it is."""
        name = " ".join(names)
        if len(names) == 1 and _HEADER.match(name):
            return "header-missing", name
        for kind in self._kinds(name, words):
            if self._knows(kind, name):
                return self._knowledge.canonical(kind, self._spelled(kind, name))
        return None

    def _spelled(self, kind: str, name: str) -> str:
        """Return a name as the command or module is spelled, which a sentence may capitalize."""
        is_module = name in self._modules
        if kind in ("tool-missing", "python-module-missing") and not is_module:
            return name.lower()
        return name

    def _kinds(self, name: str, words: frozenset[str]) -> Iterator[str]:
        """Yield the kinds of thing that a name may be of, the likeliest first."""
        sorts = set(map(self._sorts.get, words))
        if "module" in sorts:
            yield "python-module-missing"
        if "tool" in sorts or ("library" not in sorts and self._is_only_a_tool(name)):
            yield "tool-missing"
        yield "dependency-missing"
        yield "python-module-missing"
        yield "tool-missing"

    def _is_only_a_tool(self, name: str) -> bool:
        """Return whether a name is that of a command, and of nothing that a build links."""
        tool = self._knowledge.capability("tool-missing", name.lower())
        linked = tool.detectors.get("pkgconfig", ()) if tool else ()
        return bool(tool) and name.lower() not in map(str.lower, linked)

    def _knows(self, kind: str, name: str) -> bool:
        if kind == "python-module-missing":
            return name in self._modules or name.lower() in self._modules
        known = self._knowledge.capability
        return bool(known(kind, name) or (kind == "tool-missing" and known(kind, name.lower())))

    @cached_property
    def _modules(self) -> frozenset[str]:
        """The modules that builds import, and the distributions that provide them."""
        modules = self._knowledge.modules
        return frozenset(modules) | frozenset(modules.values())


def _words(phrase: str) -> list[str]:
    """Return the words of a phrase that are no version."""
    stripped = (one.strip("'()[]:,;") for one in phrase.split())
    return [one for one in stripped if one and not _VERSION.match(one)]


def _is_glob(name: str) -> bool:
    return any(one in name for one in "*?[")
