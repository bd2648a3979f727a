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
    for step in steps:
        lines += [f"# {step.summary}", *_shell_lines(step)]
    return "\n".join((*lines, _typed(install.argv, ()), ""))


def as_dockerfile(steps: Sequence[Step], install: Command) -> str:
    """Return the lines of a Dockerfile that take the steps, as root, and then install."""
    lines = []
    for step in steps:
        lines.append(f"# {step.summary}")
        lines += [f"ENV {name}={json.dumps(value)}" for name, value in step.variables]
        if step.argv:
            lines.append(f"RUN {_typed(step.argv, step.env)}")
    return "\n".join((*lines, f"RUN {_typed(install.argv, ())}", ""))


def as_ansible(steps: Sequence[Step], install: Command) -> str:
    """Return the tasks of a playbook; JSON strings are YAML's too."""
    tasks: list[str] = []
    variables: dict[str, str] = {}
    for step in steps:
        variables.update(step.variables)
        if step.argv:
            tasks += _task(step.summary, step.argv, dict(step.env), root=step.privileged)
        elif step.kind == "manual":
            tasks += [f"# by hand: {step.summary}"]
    tasks += _task("Install", install.argv, variables, root=False)
    return "\n".join((*tasks, ""))


FORMS: dict[str, Form] = {"sh": as_shell, "dockerfile": as_dockerfile, "ansible": as_ansible}


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
