"""The export formats, by the values of `--export`."""

from __future__ import annotations

from collections.abc import Callable

from buildfix.render.export.ansible import as_ansible
from buildfix.render.export.dockerfile import as_dockerfile
from buildfix.render.export.draft import Draft
from buildfix.render.export.shell import as_shell

FORMS: dict[str, Callable[[Draft], str]] = {
    "sh": as_shell,
    "dockerfile": as_dockerfile,
    "ansible": as_ansible,
}
