"""Checking recipes: every pattern against the examples beside it, every claim for being unique."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from buildfix.catalog import Knowledge
from buildfix.catalog.compilers import CompilerWords, Wording
from buildfix.catalog.loaders import LoaderError
from buildfix.catalog.schema import CausePattern, Example, Fact, Ignored, Mark, Suppressed
from buildfix.diagnosis.logs.literals import is_selective, literals_of
from buildfix.diagnosis.logs.margins import clean
from buildfix.diagnosis.logs.match import boring_lines, words_of
from buildfix.platforms import validate_recipes


def problems(knowledge: Knowledge) -> list[str]:
    """Return what is wrong with the recipes, a line each; raises RecipeError if unreadable."""
    return [
        *_of_causes(knowledge),
        *_of_other_patterns(knowledge),
        *_of_compilers(knowledge),
        *_of_loaders(knowledge),
        *_of_managers(knowledge),
        *_of_speed(knowledge),
        *_of_boring_lines(knowledge),
        *validate_recipes.problems(knowledge),
        *_of_rust(knowledge),
    ]


def _of_causes(knowledge: Knowledge) -> Iterator[str]:
    for cause in knowledge.causes.causes:
        where = f"cause {cause.name}"
        if not cause.examples:
            yield f"{where}: a pattern without example"
        for example in cause.examples:
            problem = _problem(cause, example)
            if problem:
                yield f"{where}: {problem}: {example.line}"


def _problem(cause: CausePattern, example: Example) -> str | None:
    match = cause.pattern.search(clean(example.line))
    if match is None:
        return "does not match its example"
    context = _context(cause, example)
    if cause.after and context is None:
        return "`after` does not match what stands before its example"
    (subject, *_), required = words_of(cause, match, context, example.after, {})
    if example.subject is not None and subject != example.subject:
        return f"gives subject {subject!r}, not {example.subject!r}"
    if example.required is not None and required != example.required:
        return f"gives required {required!r}, not {example.required!r}"
    return None


def _context(cause: CausePattern, example: Example) -> re.Match[str] | None:
    """Return what `after` matches last before an example."""
    lines = reversed(example.before) if cause.after else ()
    searched = (cause.after.search(clean(line)) for line in lines if cause.after)
    return next(filter(None, searched), None)


def _of_speed(knowledge: Knowledge) -> Iterator[str]:
    """Yield the patterns that every line would have to be tried with."""
    recipes = knowledge.causes
    every: tuple[CausePattern | Suppressed | Mark | Fact, ...] = (
        *recipes.causes,
        *recipes.noise,
        *recipes.marks,
        *recipes.facts,
    )
    for one in every:
        told_where = isinstance(one, CausePattern) and one.after is not None
        if not told_where and not is_selective(literals_of(one.pattern.pattern)):
            yield (
                f"{one.name}: no text of three letters stands in every line that it matches "
                "(where case is ignored, none does)"
            )
    for cause in recipes.causes:
        if cause.after and not is_selective(literals_of(cause.after.pattern)):
            yield f"{cause.name}: `after` has no text of three letters in all that it matches"


def _of_boring_lines(knowledge: Knowledge) -> Iterator[str]:
    """Yield lines that are wrongly passed over."""
    recipes = knowledge.causes
    boring = boring_lines(knowledge)
    told: tuple[CausePattern | Suppressed | Mark, ...] = (
        *recipes.causes,
        *recipes.noise,
        *recipes.marks,
    )
    for one in told:
        for example in one.examples:
            for line in (*example.before, example.line):
                if boring.search(line):
                    yield f"{one.name}: a line of its example counts as boring: {line}"
    for kind in recipes.boring:
        for example in kind.examples:
            if boring.sub("", f"{example.line}\n \n\n{example.line}").count("\n") != 3:
                yield f"{kind.name}: matches beyond the end of a line"


def _of_other_patterns(knowledge: Knowledge) -> Iterator[str]:
    recipes = knowledge.causes
    patterns: tuple[Suppressed | Mark | Fact | Ignored, ...] = (
        *recipes.noise,
        *recipes.marks,
        *recipes.facts,
        *recipes.boring,
    )
    for pattern in patterns:
        if not pattern.examples:
            yield f"{pattern.name}: a pattern without example"
        for example in pattern.examples:
            match = pattern.pattern.search(clean(example.line))
            if match is None:
                yield f"{pattern.name}: does not match its example: {example.line}"
            elif example.subject not in (None, _told(pattern, match)):
                yield f"{pattern.name}: tells {_told(pattern, match)!r}, not {example.subject!r}"


def _told(pattern: Suppressed | Mark | Fact | Ignored, match: re.Match[str]) -> str | None:
    groups = match.groupdict()
    return pattern.value.format(**groups) if isinstance(pattern, Fact) else groups.get("project")


def _of_compilers(knowledge: Knowledge) -> Iterator[str]:
    words = knowledge.compilers
    for error in words.errors:
        yield from _of_telling(error, partial(_file_told, error))
    for lack in words.lacks:
        yield from _of_telling(lack, partial(_lack_told, replace(words, lacks=(lack,))))


def _file_told(error: Wording, line: str) -> str | None:
    match = error.pattern.search(clean(line))
    return match["file"] if match else None


def _lack_told(words: CompilerWords, line: str) -> str | None:
    lack = words.lack_in(clean(line))
    return ".".join(filter(None, (lack.type, lack.name))) if lack else None


def _of_loaders(knowledge: Knowledge) -> Iterator[str]:
    for error in knowledge.loaders.errors:
        yield from _of_telling(error, error.told)


def _of_telling(one: Wording | LoaderError, told: Callable[[str], str | None]) -> Iterator[str]:
    """Yield the examples of a pattern of which another subject is `told` than they say, or none."""
    if not one.examples:
        yield f"{one.name}: a pattern without example"
    for example in one.examples:
        found = told(example.line)
        if found is None or example.subject not in (None, found):
            yield f"{one.name}: tells {found!r}, not {example.subject!r}: {example.line}"


def _of_rust(knowledge: Knowledge) -> Iterator[str]:
    owners: dict[tuple[str, str, str], str] = {}
    for platform in knowledge.rust.platforms if knowledge.rust else ():
        for machine in platform.machines:
            owner = owners.setdefault((platform.system, platform.libc, machine), platform.target)
            if owner != platform.target:
                yield f"rust.toml: {platform.target} and {owner} both claim {machine}"


def _of_managers(knowledge: Knowledge) -> Iterator[str]:
    for message in knowledge.manager_words.messages:
        where = f"manager-message {message.name}"
        if not message.examples:
            yield f"{where}: a pattern without example"
        for example in message.examples:
            reading = message.read_in((*example.before, example.line, *example.after))
            if reading is None:
                yield f"{where}: does not match its example: {example.line}"
            elif example.subject is not None and reading.reason != example.subject:
                yield f"{where}: says {reading.reason!r}, not {example.subject!r}"
