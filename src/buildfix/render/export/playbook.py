"""The tasks of a playbook."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from buildfix.core import Step
from buildfix.core.light_dataclass import dataclass
from buildfix.installers import installer_of, separator
from buildfix.render.export.draft import Draft, comment, put_slots

Task = list[str]
FACTS = "ansible_facts['env']"
DONE = {"changed_when": False}
_TRUE_FLAGS = frozenset(
    {
        *("--upgrade", "--no-deps", "--force-reinstall", "--no-cache-dir", "--use-pep517"),
        *("--no-build-isolation", "--pre", "--no-index", "--break-system-packages"),
    }
)
"""Options of pip that take no value."""


@dataclass(frozen=True)
class Playbook:
    """A draft, and what all of its tasks have in common."""

    draft: Draft
    guarded: bool = False
    """Whether some task should only run if the import fails."""

    @property
    def prefix(self) -> str:
        """The virtual environment to install into; empty if the target is not one."""
        head, _, program = self.draft.target.rpartition("/bin/")
        return head if program.startswith("python") and self._makes_or_has_venv(head) else ""

    def _makes_or_has_venv(self, head: str) -> bool:
        return any(
            step.creates and step.creates.startswith(f"{head}/") for step in self.draft.steps
        )

    @property
    def environment(self) -> dict[str, str]:
        """The install's variables; those that add up come before the machine's own values."""
        return {name: _added(name, value) for name, value in self.draft.variables.items()}

    def is_venv(self, step: Step) -> bool:
        """Return whether a step creates the environment that the install's own task creates.

        Ansible's pip module does; a command does not.
        """
        makes = bool(step.creates) and step.argv[1:3] == ("-m", "venv")
        return makes and step.argv[3:] == (self.prefix,) and self.is_pip(self.draft.install.argv)

    def is_pip(self, argv: Sequence[str]) -> bool:
        """Return whether Ansible's pip module can do an install: only names, into a venv."""
        if not self.prefix or tuple(argv[:4]) != installer_of("pip").install(self.draft.target):
            return False
        return bool(_named(argv)) and not {"-r", "-e", "--requirement", "--editable"} & set(argv)


def pip_task(
    summary: str, argv: Sequence[str], environment: Mapping[str, str], book: Playbook
) -> Task:
    """Return the task of Ansible's pip module for a pip install."""
    named = _named(argv)
    options = [one for one in argv[4 : len(argv) - len(named)] if one != "--"]
    params: dict[str, Any] = {"name": words(named), "virtualenv": text_of(book.prefix)}
    maker = next((one.argv for one in book.draft.steps if book.is_venv(one)), ())
    if maker:
        params["virtualenv_command"] = text_of(shlex.join(maker[:3]))
    if options:
        params["extra_args"] = text_of(shlex.join(options))
    return task(summary, "ansible.builtin.pip", params, with_environment(environment))


def command_task(step: Step, book: Playbook) -> Task:
    """Return the task that runs a step's command."""
    params: dict[str, Any] = {"argv": words(step.argv)}
    if step.creates:
        params["creates"] = text_of(step.creates)
    more = {**with_environment({name: text_of(value) for name, value in step.env}), **as_root(step)}
    if step.success:
        codes = ", ".join(map(str, (0, *step.success)))
        more |= {"register": "buildfix_step", "failed_when": f"buildfix_step.rc not in [{codes}]"}
    lines = task(comment(step.summary), "ansible.builtin.command", params, more)
    return lines if step.creates else guarded(lines, book)


def guarded(lines: Task, book: Playbook) -> Task:
    """Return a task that is skipped if the import already succeeds."""
    return [*lines, '      when: "buildfix_import.rc != 0"'] if book.guarded else lines


def as_root(step: Step) -> dict[str, Any]:
    """Return the keys that make a privileged step's task run as root."""
    return {"become": True} if step.privileged else {}


def with_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    """Return the keys that set variables for a task."""
    return {"environment": dict(environment)} if environment else {}


def _added(name: str, value: str) -> str:
    between = separator(name)
    if not between:
        return text_of(value)
    there = f"{FACTS}['{name}']"
    return f"{text_of(value)}{{{{ ('{between}' ~ {there}) if '{name}' in {FACTS} else '' }}}}"


def _named(argv: Sequence[str]) -> Task:
    """Return the last words of a pip install, which cannot be values of options."""
    words = list(argv[4:])
    named: list[str] = []
    while words and not words[-1].startswith("-"):
        named.insert(0, words.pop())
    last = words[-1] if words else "--no-deps"
    takes_none = last in _TRUE_FLAGS or "=" in last or last == "--"
    return named if takes_none else named[1:]


def words(words: Sequence[str]) -> Task:
    """Return words, escaped for Ansible's templates."""
    return list(map(text_of, words))


def text_of(text: str) -> str:
    """Return a text, escaped for Ansible's templates, with its slots filled."""
    return put_slots(text, _literal, lambda name: f"{{{{ {name} }}}}")


def _literal(text: str) -> str:
    for mark in ("{{", "{%", "{#"):
        text = text.replace(mark, "\0".join(mark))
    return text.replace("{\0", "{{ '{' }}").replace("\0", "")


def quoted(text: str) -> str:
    """Return a text as a quoted YAML scalar."""
    return json.dumps(text_of(text), ensure_ascii=False)


def task(
    name: str, module: str, params: Mapping[str, Any], more: Mapping[str, Any] | None = None
) -> Task:
    """Return the lines of a task."""
    lines = [f"    - name: {quoted(name)}", f"      {module}:"]
    lines += [f"        {key}: {_json(value)}" for key, value in params.items()]
    lines += [f"      {key}: {_json(value)}" for key, value in (more or {}).items()]
    return lines


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
