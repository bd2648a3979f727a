"""A plan, or what worked, as other tools take it: a shell script, a Dockerfile, a playbook.

Each begins on a machine that has nothing but its system, and ends with an import of what was
asked for. Every form quotes each word, so that nothing in a name is ever read as syntax.
"""

from __future__ import annotations

from collections.abc import Callable

from buildfix.render.export.ansible import as_ansible
from buildfix.render.export.dockerfile import as_dockerfile
from buildfix.render.export.draft import Draft, drafted
from buildfix.render.export.shell import as_shell

__all__ = ["FORMS", "Draft", "as_ansible", "as_dockerfile", "as_shell", "drafted"]

FORMS: dict[str, Callable[[Draft], str]] = {
    "sh": as_shell,
    "dockerfile": as_dockerfile,
    "ansible": as_ansible,
}
