"""A plan as a script for sh(1)."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping

from buildfix.core import Step
from buildfix.installers import separator
from buildfix.render.export.draft import FILES, Draft, by_hand, comment, put_slots

_AS_ROOT = 'as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }'
_PERSON = 4
"""The exit code of the contract where a person is needed."""


def as_shell(draft: Draft) -> str:
    """Return a script for sh(1): the steps, the install, the import, and what follows it."""
    lines = ["#!/bin/sh", *(f"# {line}" for line in draft.head), "set -eu", ""]
    if draft.refused:
        return "\n".join((*lines, *_stop(draft.refused, 1), ""))
    for name in draft.credentials:
        told = f"set {name} to USER:PASSWORD of the package index"
        lines.append(f': "${{{name}:?{told}}}"')
    if any(step.privileged for step in draft.steps):
        lines += [_AS_ROOT, ""]
    lines += _files(draft.files)
    lines += [line for step in draft.before for line in _step(step)]
    lines += ["# Install", typed(draft.install.argv, dict(draft.install.env))]
    lines += _verify(draft)
    lines += [line for step in draft.after for line in _step(step)]
    lines += _verify(draft) if draft.after else []
    return "\n".join((*lines, ""))


def word(text: str) -> str:
    """Return a word quoted for sh(1), with its slots as variables."""
    quoted = put_slots(text, lambda part: shlex.quote(part) if part else "", _variable)
    return quoted or "''"


def typed(argv: tuple[str, ...], env: Mapping[str, str] | None = None) -> str:
    """Return a command as one types it, with the variables that it is run with."""
    before = [f"{name}={word(value)}" for name, value in (env or {}).items()]
    return " ".join((*before, *map(word, argv)))


def added(name: str, value: str) -> str:
    """Return the value of a variable, before what the environment has where that adds up."""
    between = separator(name)
    return word(value) + (f'"${{{name}:+{between}${name}}}"' if between else "")


def run(step: Step, *, root: str = "") -> str:
    """Return the command of a step, which is well with the exit codes that mean that."""
    env = [f"{name}={value}" for name, value in step.env]
    argv = ("env", *env, *step.argv) if env else step.argv
    line = (root if step.privileged else "") + typed(argv)
    if step.creates:
        line = f"[ -e {word(step.creates)} ] || {line}"
    for code in step.success:
        line += f" || [ $? -eq {code} ]"
    return line


def _variable(name: str) -> str:
    return f'"${name}"'


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


def _step(step: Step) -> Iterator[str]:
    yield f"# {comment(step.summary)}"
    if by_hand(step):
        yield from _person(step)
        return
    for name, value in step.variables:
        yield f"export {name}={added(name, value)}"
    if step.argv:
        yield run(step, root="as_root ")


def _person(step: Step) -> Iterator[str]:
    told = person_words(step)
    if step.creates:
        yield f"command -v {word(step.creates)} > /dev/null || {{"
        yield from (f"  {line}" for line in _stop(told, _PERSON))
        yield "}"
    else:
        yield from _stop(f"{told} Then remove these two lines from this script.", _PERSON)


def person_words(step: Step) -> str:
    """Return what a person has to do, in a line."""
    command = f" ({typed(step.argv)})" if step.argv else ""
    return comment(f"Manual step: {step.summary}{command}.")


def _stop(told: str, code: int) -> list[str]:
    return [f"printf '%s\\n' {word(told)} >&2", f"exit {code}"]
