"""A plan as a script for sh(1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from buildfix.core import Step
from buildfix.render.export.draft import FILES, HERE, Draft, comment, with_anchored_paths
from buildfix.render.export.quoting import typed, word
from buildfix.render.export.steps import form_of, stop

_AS_ROOT = 'as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }'


def as_shell(draft: Draft) -> str:
    """Return a script for sh(1): the steps, the install, the import, and the steps after it."""
    draft = with_anchored_paths(draft, HERE)
    lines = ["#!/bin/sh", *(f"# {line}" for line in draft.head), "set -eu", ""]
    if draft.refused:
        return "\n".join((*lines, *stop(draft.refused, 1), ""))
    for name in draft.credentials:
        told = f"set {name} to USER:PASSWORD of the package index"
        lines.append(f': "${{{name}:?{told}}}"')
    if any(step.privileged for step in draft.steps):
        lines += [_AS_ROOT, ""]
    lines += _files(draft.files)
    lines += _steps(draft.before)
    lines += ["# Install", typed(draft.install.argv, dict(draft.install.env))]
    lines += _verify(draft)
    lines += _steps(draft.after)
    lines += _verify(draft) if draft.after else []
    return "\n".join((*lines, ""))


def _verify(draft: Draft) -> list[str]:
    return ["# Verify by import", typed(draft.verify)] if draft.verify else []


def _files(files: Mapping[str, str]) -> Iterator[str]:
    if not files:
        return
    yield f"{FILES}=$(mktemp -d)"
    yield f"""trap 'rm -rf "${FILES}"' EXIT"""
    for name, text in files.items():
        end = "END"
        while end in text.splitlines():
            end += "_"
        yield f"cat > \"${FILES}\"/{word(name)} <<'{end}'"
        yield text.removesuffix("\n")
        yield end
    yield ""


def _steps(steps: Iterable[Step]) -> Iterator[str]:
    for step in steps:
        yield f"# {comment(step.summary)}"
        yield from form_of(step).script()
