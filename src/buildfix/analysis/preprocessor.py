"""What the C preprocessor makes of a source's directives, as far as that is known beforehand."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator

MAX_CONDITION = 1000
"""Characters of a condition; real ones have a few dozen."""
_DIRECTIVE = re.compile(
    r"^[ \t]*#[ \t]*(include|import|ifdef|ifndef|if|elif|else|endif|define|undef)\b[ \t]*(.*)$",
    re.MULTILINE,
)
_NAME = re.compile(r"[<\"]([^>\"]+)[>\"]")
_MACRO = re.compile(
    r"defined\s*\(?\s*(\w+)\s*\)?|__has_include\s*\([^)]*\)|\b([A-Za-z_]\w*)\b|(\d+)[uUlL]*"
)
_FOUND = re.compile(r"(?:HAVE|USE|WITH|ENABLE)_|\w*_(?:FOUND|ENABLED)\b")
"""Names of macros that a build defines if it finds or is told something."""
_HOLDS = re.compile(r"\w+\s*(?:(?:/[*/].*)?|0*[1-9]\d*\s*(?:/[*/].*)?)$")
"""A definition that `#if` and `#ifdef` take for the same."""


def included(
    text: str,
    known: dict[str, bool],
    macros: Collection[str],
    defined_by: Callable[[str], Iterable[str]] = lambda _: (),
) -> Iterator[tuple[str, int, bool, bool]]:
    """Yield each header that is included, its line, whether surely, and whether in quotes.

    A header under a condition that only the build decides is not sure; one under a condition that
    does not hold here is left out. `defined_by` tells which macros a header surely defines.
    """
    defined = {**known, **dict.fromkeys(macros, True)}
    stack: list[tuple[bool | None, bool]] = []  # what holds, whether a branch held before
    count = 0
    last = 0
    for match in _DIRECTIVE.finditer(text):
        count += text.count("\n", last, match.start())
        last = match.start()
        word, rest = match[1], match[2]
        if word in ("include", "import"):
            holds = [one for one, _ in stack]
            name = _NAME.match(rest)
            if name and False not in holds:
                yield name[1].strip(), count + 1, None not in holds, rest.startswith('"')
                if None not in holds:
                    defined.update(dict.fromkeys(defined_by(name[1].strip()), True))
        elif word in ("define", "undef"):
            _define(word, rest, defined, stack)
        else:
            _condition(word, rest, defined, stack)


def surely_defined(
    text: str, known: dict[str, bool], defined_by: Callable[[str], Iterable[str]]
) -> set[str]:
    """Return the macros that are defined once a header was included.

    What it defines unless the build has found something is not among them.
    """
    defined = dict(known)
    stack: list[tuple[bool | None, bool]] = []
    for match in _DIRECTIVE.finditer(text):
        word, rest = match[1], match[2]
        sure = all(one is True for one, _ in stack)
        if word in ("include", "import"):
            name = _NAME.match(rest)
            more = defined_by(name[1].strip()) if name and sure else ()
            defined.update(dict.fromkeys(more, True))
        elif word == "undef" or (word == "define" and _HOLDS.match(rest)):
            _define(word, rest, defined, stack)
        elif word == "define":
            continue
        elif word == "ifndef" and _FOUND.match(rest) and rest.split()[0] not in defined:
            stack.append((None, False))
        else:
            _condition(word, rest, defined, stack)
    return {name for name, holds in defined.items() if holds and name not in known}


def surely_compiled(text: str, known: dict[str, bool]) -> Iterator[tuple[int, str]]:
    """Yield the parts of C code that no condition, or only one that holds, stands above.

    Each has the number of its first line; directives are no part of it.
    """
    defined = dict(known)
    stack: list[tuple[bool | None, bool]] = []
    start = 0
    for match in (*_DIRECTIVE.finditer(text), None):
        if all(one is True for one, _ in stack):
            yield (
                text.count("\n", 0, start) + 1,
                text[start : match.start() if match else len(text)],
            )
        if match is None:
            return
        start = match.end()
        if match[1] in ("define", "undef"):
            _define(match[1], match[2], defined, stack)
        elif match[1] == "ifndef" and "".join(match[2].split()[:1]) not in defined:
            stack.append((None, False))
        elif match[1] not in ("include", "import"):
            _condition(match[1], match[2], defined, stack)


def _define(
    word: str, rest: str, defined: dict[str, bool], stack: list[tuple[bool | None, bool]]
) -> None:
    name = re.match(r"\w+", rest)
    if name and all(one is True for one, _ in stack):
        defined[name[0]] = word == "define"


def _condition(
    word: str, rest: str, defined: dict[str, bool], stack: list[tuple[bool | None, bool]]
) -> None:
    if word in ("if", "ifdef", "ifndef"):
        holds = _opened(word, rest, defined)
        stack.append((holds, holds is True))
    elif word in ("elif", "else") and stack:
        before, held = stack.pop()
        holds = _continued(word, rest, defined, before)
        stack.append((False if held else holds, held or holds is True))
    elif word == "endif" and stack:
        stack.pop()


def _opened(word: str, rest: str, defined: dict[str, bool]) -> bool | None:
    if word == "if":
        return evaluate_condition(rest, defined)
    holds = defined.get("".join(rest.split()[:1]))
    if word == "ifdef":
        return holds
    return True if holds is None else not holds  # a guard, or a default for what nothing has set


def _continued(word: str, rest: str, defined: dict[str, bool], before: bool | None) -> bool | None:
    """Return whether a further branch holds, where none before it is known to."""
    holds = evaluate_condition(rest, defined) if word == "elif" else True
    return None if before is None and holds is True else holds


def evaluate_condition(text: str, defined: dict[str, bool]) -> bool | None:
    """Return whether an `#if` holds, None where that is unknown.

    Only `defined`, names, numbers, `!`, `&&` and `||` are understood; a comparison is unknown.
    """
    if len(text) > MAX_CONDITION:
        return None
    plain = re.sub(r"/\*.*?\*/|//.*$", "", text).strip().rstrip("\\").strip()
    parts = _split(plain, "||")
    if len(parts) > 1:
        answers = [evaluate_condition(part, defined) for part in parts]
        return True if True in answers else None if None in answers else False
    parts = _split(plain, "&&")
    if len(parts) > 1:
        answers = [evaluate_condition(part, defined) for part in parts]
        return False if False in answers else None if None in answers else True
    return _atom(plain, defined)


def _atom(plain: str, defined: dict[str, bool]) -> bool | None:
    if re.match("!(?!=)", plain):
        inner = evaluate_condition(plain[1:].strip(), defined)
        return None if inner is None else not inner
    if plain.startswith("(") and plain.endswith(")") and _closes_last(plain):
        return evaluate_condition(plain[1:-1], defined)
    match = _MACRO.fullmatch(plain)
    if match is None:
        return _comparison(plain, defined)
    return bool(int(match[3])) if match[3] else defined.get(match[1] or match[2])


def _comparison(plain: str, defined: dict[str, bool]) -> bool | None:
    """Return that a comparison with what surely is not defined does not hold."""
    compared = re.match(r"\(*\s*(\w+)\s*(?:[<>=!]=?|%|&)", plain)
    return False if compared and defined.get(compared[1]) is False else None


def _closes_last(text: str) -> bool:
    depth = 0
    for place, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if depth == 0:
            return place == len(text) - 1
    return False


def _split(text: str, operator: str) -> list[str]:
    """Split at an operator outside all parentheses."""
    parts, depth, start, place = [], 0, 0, 0
    while place < len(text):
        char = text[place]
        depth += (char == "(") - (char == ")")
        if depth == 0 and text.startswith(operator, place):
            parts.append(text[start:place].strip())
            place += len(operator)
            start = place
        else:
            place += 1
    parts.append(text[start:].strip())
    return parts
