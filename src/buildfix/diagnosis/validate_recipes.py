"""Checks recipes: every pattern against its examples, every name for its definition."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from buildfix.catalog import Knowledge
from buildfix.catalog.compilers import CompilerWords, Wording
from buildfix.catalog.loaders import LoaderError
from buildfix.catalog.projects import ProjectRecipe
from buildfix.catalog.schema import (
    Capability,
    CausePattern,
    Example,
    Fact,
    Ignored,
    Mark,
    Suppressed,
)
from buildfix.catalog.systems import HostRecipe, Packages
from buildfix.diagnosis.grammars import Grammar
from buildfix.diagnosis.logs.literals import is_selective, literals_of
from buildfix.diagnosis.logs.margins import clean
from buildfix.diagnosis.logs.patterns import boring_lines
from buildfix.diagnosis.logs.subjects import words_of
from buildfix.diagnosis.logs.tolerance import search
from buildfix.package_managers import manager_of

_PYTHON_HEADERS = "dep:virtual/python-headers"


def problems(knowledge: Knowledge) -> list[str]:
    """Return the problems of the recipes, one line each; raises RecipeError if unreadable."""
    return [
        *_of_causes(knowledge),
        *_of_other_patterns(knowledge),
        *_of_compilers(knowledge),
        *_of_grammars(knowledge),
        *_of_loaders(knowledge),
        *_of_managers(knowledge),
        *_of_speed(knowledge),
        *_of_boring_lines(knowledge),
        *undefined_names(knowledge),
        *_of_rust(knowledge),
    ]


def _of_causes(knowledge: Knowledge) -> Iterator[str]:
    for cause in knowledge.causes.causes:
        where = f"cause {cause.name}"
        if not cause.examples:
            yield f"{where}: the pattern has no example"
        for example in cause.examples:
            problem = _problem(cause, example)
            if problem:
                yield f"{where}: {problem}: {example.line}"


def _problem(cause: CausePattern, example: Example) -> str | None:
    match = search(cause.pattern, clean(example.line))
    if match is None:
        return "does not match its example"
    context = _context(cause, example)
    if cause.after and context is None:
        return "`after` does not match the lines before its example"
    (subject, *_), required = words_of(cause, match, context, example.after, {})
    if example.subject is not None and subject != example.subject:
        return f"extracts the subject {subject!r}, expected {example.subject!r}"
    if example.required is not None and required != example.required:
        return f"extracts {required!r} as `required`, expected {example.required!r}"
    return None


def _context(cause: CausePattern, example: Example) -> re.Match[str] | None:
    """Return the last match of `after` before an example."""
    lines = reversed(example.before) if cause.after else ()
    searched = (search(cause.after, clean(line)) for line in lines if cause.after)
    return next(filter(None, searched), None)


def _of_speed(knowledge: Knowledge) -> Iterator[str]:
    """Yield the patterns that would have to be tried on every line."""
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
            yield (f"{one.name}: the pattern must contain three or more literal characters")
    for cause in recipes.causes:
        if cause.after and not is_selective(literals_of(cause.after.pattern)):
            yield f"{cause.name}: `after` must contain three or more literal characters"


def _of_boring_lines(knowledge: Knowledge) -> Iterator[str]:
    """Yield example lines that are wrongly ignored."""
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
                    yield f"{one.name}: an ignored-line pattern matches its example: {line}"
    for kind in recipes.boring:
        for example in kind.examples:
            if boring.sub("", f"{example.line}\n \n\n{example.line}").count("\n") != 3:
                yield f"{kind.name}: the pattern matches past the end of a line"


def _of_other_patterns(knowledge: Knowledge) -> Iterator[str]:
    recipes = knowledge.causes
    patterns: tuple[Suppressed | Mark | Fact | Ignored, ...] = (
        *recipes.noise,
        *recipes.marks,
        *recipes.facts,
        *recipes.boring,
        *recipes.silent,
    )
    for pattern in patterns:
        if not pattern.examples:
            yield f"{pattern.name}: the pattern has no example"
        for example in pattern.examples:
            line = clean(example.line)
            tolerated = isinstance(pattern, (Suppressed, Mark))
            match = search(pattern.pattern, line) if tolerated else pattern.pattern.search(line)
            if match is None:
                yield f"{pattern.name}: does not match its example: {example.line}"
            elif example.subject not in (None, _told(pattern, match)):
                found = _told(pattern, match)
                yield f"{pattern.name}: extracts {found!r}, expected {example.subject!r}"


def _told(pattern: Suppressed | Mark | Fact | Ignored, match: re.Match[str]) -> str | None:
    groups = match.groupdict()
    return pattern.value.format(**groups) if isinstance(pattern, Fact) else groups.get("project")


def _of_compilers(knowledge: Knowledge) -> Iterator[str]:
    words = knowledge.compilers
    for error in words.errors:
        yield from _of_telling(error, partial(_file_told, error))
    for lack in words.lacks:
        yield from _of_telling(lack, partial(_lack_told, replace(words, lacks=(lack,))))


def _of_grammars(knowledge: Knowledge) -> Iterator[str]:
    """Yield the forms without an example, and those that read one otherwise than it says."""
    grammar = Grammar(knowledge)
    for form in knowledge.grammars.forms:
        if not form.examples:
            yield f"form {form.name}: the pattern has no example"
        for example in form.examples:
            line = clean(example.line)
            match = search(form.pattern, line)
            found = grammar.readings(form, match, line, example.after, {}) if match else ()
            read = [(f"{one.meaning.kind}:{one.subject}", one.required) for one in found[:1]]
            if read != [(example.subject, example.required)]:
                yield f"form {form.name}: says {read}, expected {example.subject!r}: {line}"
    for guard in knowledge.grammars.guards:
        for example in guard.examples:
            if not search(guard.pattern, example.line):
                yield f"guard {guard.name}: does not match its example: {example.line}"


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
        yield f"{one.name}: the pattern has no example"
    for example in one.examples:
        found = told(example.line)
        if found is None or example.subject not in (None, found):
            yield f"{one.name}: extracts {found!r}, expected {example.subject!r}: {example.line}"


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
            yield f"{where}: the pattern has no example"
        for example in message.examples:
            reading = message.read_in((*example.before, example.line, *example.after))
            if reading is None:
                yield f"{where}: does not match its example: {example.line}"
            elif example.subject is not None and reading.reason != example.subject:
                yield f"{where}: extracts {reading.reason!r}, expected {example.subject!r}"


def undefined_names(knowledge: Knowledge) -> Iterator[str]:
    """Yield names that are used but not defined, or defined but not used."""
    yield from _of_capabilities(knowledge)
    for host in knowledge.hosts.values():
        yield from _of_host(host, knowledge)
    yield from _without_family(knowledge)
    for project in knowledge.projects.values():
        yield from _of_project(project, knowledge)
    for compiler in knowledge.wheel_compilers:
        for name in sorted(compiler.serves - knowledge.capabilities.keys()):
            yield f"compiler {compiler.distribution}: serves {name}, which is not defined"


def _of_capabilities(knowledge: Knowledge) -> Iterator[str]:
    owners: dict[tuple[str, str], str] = {}
    for capability in knowledge.capabilities.values():
        for companion in capability.companions:
            if companion not in knowledge.capabilities:
                yield f"{capability.id}: `with` names {companion}, which is not defined"
        for claim in _claims(capability):
            owner = owners.setdefault(claim, capability.id)
            if owner != capability.id:
                yield f"{capability.id}: {claim[0]} `{claim[1]}` is also claimed by {owner}"


def _claims(capability: Capability) -> Iterator[tuple[str, str]]:
    """Yield what only one capability may have, each with its kind."""
    for detector, names in capability.detectors.items():
        yield from ((detector, name) for name in names)
    causes = dict.fromkeys((capability.named, *capability.also_named))
    yield from (("cause", name) for name in causes if name)


def _of_host(host: HostRecipe, knowledge: Knowledge) -> Iterator[str]:
    where = f"host {host.id}"
    for name in sorted(_capabilities_of(host) - knowledge.capabilities.keys()):
        yield f"{where}: has packages for {name}, which is not defined"
    for release in host.releases.values():
        for name in sorted(release.versions.keys() - knowledge.capabilities.keys()):
            yield f"{where}: version {release.version} has {name}, which is not defined"
    managers = {host.manager, *(entry.manager for _, _, entry in _entries(host) if entry.manager)}
    for name in sorted(managers):
        if manager_of(name) is None and not host.guide:
            yield f"{where}: buildfix does not support the package manager {name}"
    for name in sorted(host.managers.keys() - managers):
        yield f"{where}: the package manager {name} is not used"
    yield from dict.fromkeys(_of_repositories(host))
    yield from dict.fromkeys(_of_setups(host, knowledge))


def _of_project(project: ProjectRecipe, knowledge: Knowledge) -> Iterator[str]:
    where = f"project {project.name}"
    later = (need for one in project.since for need in one.build)
    for name in (need.subject for need in (*project.build, *later, *project.run)):
        if name not in knowledge.capabilities:
            yield f"{where}: needs {name}, which is not defined"
    for one in project.breaks:
        if not one.examples:
            yield f"{where}: the pattern has no example"
        for example in one.examples:
            if not one.pattern.search(example.line):
                yield f"{where}: does not match its example: {example.line}"


def _of_repositories(host: HostRecipe) -> Iterator[str]:
    """Yield the repositories that are named and not there, then those that no package is in."""
    used = {host.python.versioned_repository}
    for release, capability, entry in _entries(host):
        if entry.repository:
            used.add(entry.repository)
            if host.repository(entry.repository, release) is None:
                at = f" {release}" if release else ""
                yield (
                    f"host {host.id}{at}: {capability} is in the repository {entry.repository}, "
                    "which is not defined"
                )
    defined = {*host.repositories, *(n for one in host.releases.values() for n in one.repositories)}
    for name in sorted(defined - used):
        yield f"host {host.id}: the repository {name} is not used"


def _of_setups(host: HostRecipe, knowledge: Knowledge) -> Iterator[str]:
    """Yield the setups that are named and not there, then those that bring nothing."""
    used = {cause.remedy.setup for cause in knowledge.causes.causes if cause.remedy}
    asked = [(capability, entry.setup) for _, capability, entry in _entries(host)]
    asked += [(f"package manager {name}", one.setup) for name, one in host.managers.items()]
    for what, setup in asked:
        if setup and setup not in host.setups:
            yield f"host {host.id}: {what} is provided by the setup {setup}, which is not defined"
        used.add(setup or "")
    for name in sorted(host.setups.keys() - used):
        yield f"host {host.id}: the setup {name} is not used"


def _without_family(knowledge: Knowledge) -> Iterator[str]:
    """Yield the capabilities that no system knows how to bring."""
    hosts = knowledge.hosts.values()
    brought = {name for host in hosts for _, name, entry in _entries(host) if _brings(entry)}
    if any(host.python.headers for host in hosts):
        brought.add(_PYTHON_HEADERS)
    for name, capability in knowledge.capabilities.items():
        if name not in brought and not capability.pypi:
            yield f"{name}: no system has packages for it"


def _brings(entry: Packages) -> bool:
    return bool(entry.build or entry.run or entry.setup or entry.base)


def _capabilities_of(host: HostRecipe) -> set[str]:
    return {*host.packages, *(name for one in host.releases.values() for name in one.packages)}


def _entries(host: HostRecipe) -> Iterator[tuple[str, str, Packages]]:
    """Yield release, capability and what brings it, as a host of that release gets it."""
    for release in host.releases or ("",):
        for name in sorted(_capabilities_of(host)):
            entry = host.packages_for(name, release)
            if entry:
                yield release, name, entry
