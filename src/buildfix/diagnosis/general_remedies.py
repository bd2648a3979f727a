"""What can be done about the causes in a log, on the system on which it was written.

The facts of a log tell its system, its front end and its Python. What no recipe of its own mends
ends in what `recipes/readings.toml` says for its kind: a command, a choice, or why nothing helps.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from buildfix.catalog import Knowledge
from buildfix.catalog.readings import GeneralRemedy
from buildfix.core import Cause, Diagnosis, Host, Manual, Need, Step, needs_of
from buildfix.core.host import GpuLibrary
from buildfix.providers import draft_plan

_LINUX = ("debian", "ubuntu", "fedora", "arch", "alpine")
_INSTALL: Mapping[str, str] = {
    "uv": "uv pip install",
    "poetry": "poetry run pip install",
    "pdm": "pdm run pip install",
    "pipenv": "pipenv run pip install",
}
_NAME = re.compile(r"^[A-Za-z0-9](?:[\w.-]{0,80}[A-Za-z0-9])?$")
"""A name that may stand in a command."""
_HARMLESS = re.compile(r"(?:[\w./\\:@%+,=~^* \[\]-]|[<>!]=?(?=\d))*")
"""What a shell does not run: words, paths, globs and the versions of a requirement."""


def remedies_of(diagnosis: Diagnosis, host: Host, knowledge: Knowledge) -> tuple[Step, ...]:
    """Return what mends each cause of a log on a host; raises RecipeError."""
    if not diagnosis.known:
        return ()
    facts, causes = dict(diagnosis.facts), diagnosis.causes
    place = _with_torch(host, facts.get("torch", ""))
    drafted = _drafted(needs_of(causes), place, knowledge, causes)
    steps = tuple(one for one in drafted if not _is_for_another(one, causes, facts))
    return (*steps, *_general(diagnosis, steps, facts, knowledge))


def _drafted(
    needs: Sequence[Need], host: Host, knowledge: Knowledge, causes: Sequence[Cause]
) -> tuple[Step, ...]:
    """Return the steps that meet needs on a host, or on its system where the host has them.

    The log may be of another machine: it says that they were missing there.
    """
    steps = draft_plan(needs, host, knowledge, causes).steps
    met = {need for step in steps for need in step.because}
    there = [need for need in needs if need not in met]
    if not there or not host.packages:
        return steps
    bare = replace(host, packages=frozenset())
    known = {step.argv for step in steps if step.argv}
    more = draft_plan(there, bare, knowledge, causes).steps
    return (*steps, *(step for step in more if step.argv not in known))


def _general(
    diagnosis: Diagnosis, steps: Sequence[Step], facts: Mapping[str, str], knowledge: Knowledge
) -> Iterator[Step]:
    """Yield what to do about the causes that neither a step nor advice mends, each thing once."""
    mended = {(need.kind, need.subject) for step in steps for need in step.because}
    if diagnosis.cause and diagnosis.advice:
        mended.add(diagnosis.cause.identity)
    texts: dict[str, Need] = {}
    for cause in diagnosis.causes:
        if cause.identity not in mended:
            text = general_remedy(cause, facts, diagnosis.project, knowledge)
            texts.setdefault(text, *needs_of([cause]))
    yield from (Manual(text, (need,)) for text, need in texts.items() if text)


def _with_torch(host: Host, cuda: str) -> Host:
    """Return a host with the CUDA of the log's torch, for which toolkits are chosen."""
    if not cuda or host.cuda.torch:
        return host
    libraries = (*host.cuda.libraries, GpuLibrary("torch", "", cuda))
    return replace(host, cuda=replace(host.cuda, libraries=libraries))


def _is_for_another(step: Step, causes: Sequence[Cause], facts: Mapping[str, str]) -> bool:
    """Return whether a step does nothing there: for another Python, or for tools that ran."""
    kinds = {need.kind for need in step.because}
    if kinds == {"python-headers-missing"}:
        return bool(facts.get("managed"))
    ran = facts.get("clang") and not any(one.kind == "compiler-missing" for one in causes)
    return bool(ran) and tuple(step.argv[:2]) == ("xcode-select", "--install")


def general_remedy(
    cause: Cause, facts: Mapping[str, str], project: str | None, knowledge: Knowledge
) -> str:
    """Return what to do about a cause, with the command to type; empty if it is unknown."""
    words = knowledge.reading_words.get(cause.kind)
    system = system_in(facts)
    found = (one for one in (words.remedies if words else ()) if _fits(one, cause, system, facts))
    remedy = next(found, None)
    return remedy.text.format_map(_values(cause, facts, project)) if remedy else ""


def system_in(facts: Mapping[str, str]) -> str:
    """Return the system on which a log was written, as far as it tells; `linux` if any other."""
    return facts.get("system") or facts.get("windows") or facts.get("macos") or "linux"


def _fits(remedy: GeneralRemedy, cause: Cause, system: str, facts: Mapping[str, str]) -> bool:
    systems = {system, *(["linux"] if system in _LINUX else [])}
    front = facts.get("front") or "pip"
    python = facts.get("managed") or "system"
    return (
        (not remedy.subjects or any(fnmatchcase(cause.subject, one) for one in remedy.subjects))
        and (not remedy.systems or bool(systems.intersection(remedy.systems)))
        and (not remedy.fronts or front in remedy.fronts)
        and (not remedy.pythons or python in remedy.pythons)
    )


def _values(cause: Cause, facts: Mapping[str, str], project: str | None) -> Mapping[str, str]:
    """Return what a text may refer to, without what a shell would run."""
    windows = system_in(facts) == "windows"
    usual = "py" if windows else "python3"
    python = _harmless(facts.get("interpreter") or usual, usual)
    name = project if project and _NAME.match(project) else "PROJECT"
    return {
        "subject": _harmless(cause.subject, "NAME"),
        "required": cause.required or "another version",
        "project": name,
        "python": f'"{python}"' if " " in python else python,
        "install": _INSTALL.get(facts.get("front", ""), f"{python} -m pip install"),
        "set": "set " if windows else "export ",
        "torch": facts.get("torch") or "that torch was built for",
    }


def _harmless(word: str, otherwise: str) -> str:
    """Return a word of a log if a shell reads nothing else in it, pasted as a part of a command."""
    return word if _HARMLESS.fullmatch(word) else otherwise
