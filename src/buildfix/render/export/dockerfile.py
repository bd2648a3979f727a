"""A plan as a Dockerfile; every line after FROM can be copied into another Dockerfile."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import groupby

from buildfix.core import SetVariables, Step
from buildfix.core.errors import UsageError
from buildfix.installers import separator
from buildfix.package_managers import manager_of
from buildfix.render.export.draft import FILES, HERE, Draft, comment, with_anchored_paths
from buildfix.render.export.quoting import added, typed, word
from buildfix.render.export.steps import form_of

_FOLDER = "/tmp/buildfix"  # noqa: S108 - of the image that is built, where nobody else is
_AND = " \\\n && "


def as_dockerfile(draft: Draft) -> str:
    """Return a Dockerfile: the steps as root, the install and the import.

    Raises UsageError if a word contains a line break, which a Dockerfile cannot express.
    """
    draft = with_anchored_paths(draft, HERE)
    lines = [f"# {line}" for line in draft.head]
    if draft.image:
        lines += [f"ARG BASE={draft.image}", "FROM ${BASE}"]
    else:
        lines += ["# FROM an image of that system"]
    if draft.refused:
        return "\n".join((*lines, _stop(draft.refused, 1), ""))
    for name in draft.credentials:
        lines += [f"# --build-arg {name}=USER:PASSWORD of the package index", f"ARG {name}"]
    if draft.files:
        lines += [f"ENV {FILES}={_FOLDER}", _files(draft.files)]
    lines += _steps(draft.before)
    here = [one for one in draft.named if not (one.startswith("/") or ".." in one)]
    lines += [f"COPY {json.dumps([one, one])}" for one in here]
    lines += ["# Install, and verify by import", _install(draft)]
    lines += _steps(draft.after)
    if draft.after and draft.verify:
        lines.append(f"RUN {typed(draft.verify)}")
    return "\n".join((*lines, ""))


def _install(draft: Draft) -> str:
    variables = draft.variables
    plain = {name: value for name, value in variables.items() if not separator(name)}
    adds = [f"{name}={added(name, value)}" for name, value in variables.items() if separator(name)]
    install = " ".join((*adds, typed(draft.install.argv, plain)))
    return _run((install, typed(draft.verify)) if draft.verify else (install,))


def _steps(steps: tuple[Step, ...]) -> Iterator[str]:
    """Yield the lines for steps; consecutive steps of one package manager share a layer."""
    for name, group in groupby(steps, key=lambda step: step.manager if step.privileged else ""):
        together = list(group)
        if not name or any(form_of(step).by_hand for step in together):
            for step in together:
                yield from _step(step)
            continue
        yield from (f"# {comment(step.summary)}" for step in together)
        manager = manager_of(name)
        commands = [form_of(step).command() for step in together]
        yield _run(tuple(filter(None, (*commands, manager.tidy if manager else ""))))


def _step(step: Step) -> Iterator[str]:
    if isinstance(step, SetVariables):
        return  # they are set for the install itself
    yield f"# {comment(step.summary)}"
    if command := form_of(step).command():
        yield _run((command,))


def _files(files: Mapping[str, str]) -> str:
    made = [f'mkdir -p "${FILES}"']
    for name, text in files.items():
        words = " \\\n    ".join(map(word, text.splitlines()))
        made.append(f"printf '%s\\n' {words} > \"${FILES}\"/{word(name)}")
    return _run(made)


def _run(commands: tuple[str, ...] | list[str]) -> str:
    line = _AND.join(commands)
    plain = line.replace("\\\n", "")
    if "\n" in plain:
        raise UsageError(
            "A command contains a line break, which a Dockerfile cannot express.",
            do="Use --export sh.",
        )
    return f"RUN {line}"


def _stop(told: str, code: int) -> str:
    return f"RUN printf '%s\\n' {word(told)} >&2; exit {code}"
