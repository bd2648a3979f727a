"""Chooses which of the packages that have a file to install: plain functions, for any system."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher

from buildfix.core import Need
from buildfix.dependency_kinds import KINDS, Wanted
from buildfix.package_managers.base import Owner

Found = tuple[str, str]
"""A package and one of its files."""

_ELSEWHERE = re.compile(
    r"^/usr/(?:src|lib32|libx32)/"  # kernels' sources; another architecture's libraries
    r"|^/usr/[a-z0-9_]+-[a-z0-9_-]+/"  # cross compilers: /usr/x86_64-w64-mingw32/include
    r"|^/usr/lib(?:64)?/(?:gcc|gcc-cross|modules|llvm[^/]*|R|ruby|node_modules|go|pike[^/]*)/"
    r"|/(?:site|dist)-packages/|/node_modules/|/python\d?[\d.]*/|^/usr/share/(?!pkgconfig|.*cmake)"
    r"|^/usr/include/(?:linux|asm|asm-generic|wine)/"
)
"""Copies that serve a kernel, another architecture, another language or one program alone."""
_DEVELOPMENT = re.compile(r"-(?:dev|devel)$")
_CORE = re.compile(r"^(?:lib)?(.+?)[\d.]*(?:-(?:dev|devel))?$")


def owners_of(
    asked: Mapping[Need, Wanted], found: Iterable[Found]
) -> dict[Need, tuple[Owner, ...]]:
    """Return who would meet each need of all that an index found for them."""
    everything = list(dict.fromkeys(found))
    ranked = {need: rank(one, everything) for need, one in asked.items()}
    return {need: owners for need, owners in ranked.items() if owners}


def rank(one: Wanted, found: Iterable[Found]) -> tuple[Owner, ...]:
    """Return the packages that have a wanted file, the best first, each with its best file.

    The first is sure if compilers find its file without options, or in its own folder directly
    below, and if no other package has it in an equally good place.
    """
    by_package: dict[str, tuple[tuple[int, ...], tuple[float, int, str], Found]] = {}
    for package, path in found:
        if _serves(one, package, path):
            key = (_standing(one, package, path), _nearness(one, package, path), (package, path))
            by_package[package] = min(key, by_package.get(package, key))
    best = sorted(by_package.values())
    return tuple(
        Owner(package, path, sure=not place and _clear(one, best))
        for place, (_, _, (package, path)) in enumerate(best)
    )


def _serves(one: Wanted, package: str, path: str) -> bool:
    """Return whether a file is what is wanted, or a plausible substitute."""
    place = one.rank(path)
    if place is None or place < len(one.endings):
        return place is not None
    named = core_name(package) in _names(one)
    return not _foreign(one, path) and (named or _depth(one, path) == 0)


def _clear(
    one: Wanted, best: Sequence[tuple[tuple[int, ...], tuple[float, int, str], Found]]
) -> bool:
    foreign, ending, depth, *_ = best[0][0]
    usable = not foreign and depth <= 1 and ending < len(one.endings)
    return usable and (len(best) == 1 or best[0][0] < best[1][0])


def _standing(one: Wanted, package: str, path: str) -> tuple[int, ...]:
    """Return the key by which one package is clearly better than another; less is better."""
    return (
        _foreign(one, path),
        _ending(one, path),
        _depth(one, path),
        _unlike_what_is_built_with(one, package),
        core_name(package) not in _names(one),
    )


def _nearness(one: Wanted, package: str, path: str) -> tuple[float, int, str]:
    """Return the key that orders equally good packages."""
    core = core_name(package)
    alike = max(SequenceMatcher(None, core, name).ratio() for name in _names(one))
    return (-alike, len(path), package)


def _ending(one: Wanted, path: str) -> int:
    """Return the rank of a path's suffix; the proper ones (`.so`, `.a`) rank equally."""
    place = one.rank(path) or 0
    return 0 if place < len(one.endings) else place


def _depth(one: Wanted, path: str) -> int:
    """Return how many folders below the usual places a file is; 3 if it is elsewhere."""
    endings = (*one.endings, *one.substitutes)
    home = KINDS[one.kind].homes
    folder = path.removesuffix(next((end for end in endings if path.endswith(end)), ""))
    if one.numbered:
        folder = path.rpartition("/")[0]
    for depth in range(3):
        if home.fullmatch(folder):
            return depth
        folder = folder.rpartition("/")[0]
    return 3


def _foreign(one: Wanted, path: str) -> bool:
    return bool(_ELSEWHERE.search(path)) and _depth(one, path) > 0


def _unlike_what_is_built_with(one: Wanted, package: str) -> bool:
    """Return whether a package's name suggests a program instead of development files."""
    development = bool(_DEVELOPMENT.search(package))
    return KINDS[one.kind].is_unlike(one.name, development=development)


def core_name(package: str) -> str:
    """Return a package's name without what only says what is in it.

    >>> core_name("libsasl2-dev"), core_name("libxml2-devel"), core_name("cairo")
    ('sasl', 'xml', 'cairo')
    """
    match = _CORE.match(package.lower())
    return match[1] if match else ""


def _names(one: Wanted) -> tuple[str, ...]:
    """Return what a package with it may be named after: the parts of `libxml/xpath.h`."""
    parts = re.sub(r"\.\w+$", "", one.name.lower()).split("/")
    return tuple(core_name(part) for part in parts)
