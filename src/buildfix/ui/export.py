"""A plan, or what worked, as other tools take it: a shell script, a Dockerfile, a playbook.

Every form quotes each word, so that nothing in a name is ever read as syntax.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator, Sequence

from buildfix.installers import redacted
from buildfix.model import Command, Step

Form = Callable[[Sequence[Step], Command], str]


def as_shell(steps: Sequence[Step], install: Command) -> str:
    """Return a script for sh(1) that takes the steps and then installs."""
    lines = ["#!/bin/sh", "set -eu", ""]
    first, afterwards = _parted(steps)
    for step in first:
        lines += [f"# {step.summary}", *_shell_lines(step)]
    lines.append(_typed(install.argv, ()))
    for step in afterwards:
        lines += [f"# {step.summary}", *_shell_lines(step)]
    return "\n".join((*lines, ""))


def as_dockerfile(steps: Sequence[Step], install: Command) -> str:
    """Return the lines of a Dockerfile that take the steps, as root, and then install."""
    first, afterwards = _parted(steps)
    lines = [line for step in first for line in _docker_lines(step)]
    lines.append(f"RUN {_typed(install.argv, ())}")
    lines += [line for step in afterwards for line in _docker_lines(step)]
    return "\n".join((*lines, ""))


def as_ansible(steps: Sequence[Step], install: Command) -> str:
    """Return the tasks of a playbook; JSON strings are YAML's too."""
    tasks: list[str] = []
    variables: dict[str, str] = {}
    first, afterwards = _parted(steps)
    for step in first:
        variables.update(step.variables)
        tasks += _step_task(step)
    tasks += _task("Install", install.argv, variables, root=False)
    for step in afterwards:
        tasks += _step_task(step)
    return "\n".join((*tasks, ""))


FORMS: dict[str, Form] = {"sh": as_shell, "dockerfile": as_dockerfile, "ansible": as_ansible}


def _parted(steps: Sequence[Step]) -> tuple[list[Step], list[Step]]:
    """Return what comes before the install, and what after it."""
    return (
        [step for step in steps if not step.afterwards],
        [step for step in steps if step.afterwards],
    )


def _docker_lines(step: Step) -> Iterator[str]:
    yield f"# {step.summary}"
    for name, value in step.variables:
        yield f"ENV {name}={json.dumps(value)}"
    if step.argv:
        yield f"RUN {_typed(step.argv, step.env)}"


def _step_task(step: Step) -> Iterator[str]:
    if step.argv:
        yield from _task(step.summary, step.argv, dict(step.env), root=step.privileged)
    elif step.kind == "manual":
        yield f"# by hand: {step.summary}"


def _shell_lines(step: Step) -> Iterator[str]:
    for name, value in step.variables:
        yield f"export {name}={shlex.quote(value)}"
    if step.argv:
        yield ("sudo " if step.privileged else "") + _typed(step.argv, step.env)
    elif step.kind == "manual":
        yield "# by hand"


def _typed(argv: Sequence[str], env: Sequence[tuple[str, str]]) -> str:
    before = [f"{name}={value}" for name, value in env]
    return redacted(shlex.join(["env", *before, *argv] if before else argv))


def _task(name: str, argv: Sequence[str], env: dict[str, str], *, root: bool) -> Iterator[str]:
    yield f"- name: {json.dumps(name)}"
    yield "  ansible.builtin.command:"
    yield f"    argv: {json.dumps([redacted(word) for word in argv])}"
    if env:
        yield f"  environment: {json.dumps(env)}"
    if root:
        yield "  become: true"
