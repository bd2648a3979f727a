"""A plan as an Ansible playbook, which changes nothing when run again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace

from buildfix.core import Command, RunCommand, Step
from buildfix.package_managers import manager_of
from buildfix.render.export.draft import FILES, Draft, slot, with_anchored_paths
from buildfix.render.export.playbook import (
    DONE,
    FACTS,
    Playbook,
    pip_task,
    quoted,
    task,
    text_of,
    with_environment,
    words,
)
from buildfix.render.export.steps import form_of

_HOME = "BUILDFIX_HOME"


def as_ansible(draft: Draft) -> str:
    """Return a playbook. JSON strings are valid YAML."""
    draft = _anchored(with_anchored_paths(draft, _HOME))
    book = Playbook(draft)
    unknown = any(form_of(step).is_unknown(book) for step in draft.before)
    book = replace(book, guarded=bool(draft.verify) and (bool(draft.after) or unknown))
    tasks = [line for task in _tasks(book) for line in task]
    lines = [
        *(f"# {line}" for line in draft.head),
        f"- name: {quoted(draft.head[-1] if draft.head else 'Install')}",
        "  hosts: all",
        *_vars(draft),
        "  tasks:",
        *tasks,
    ]
    return "\n".join((*lines, ""))


def _anchored(draft: Draft) -> Draft:
    """Return a draft with an absolute path to its environment, which Ansible's modules require."""
    head, _, program = draft.target.rpartition("/bin/")
    if not program or head.startswith("/"):
        return draft

    def word(text: str) -> str:
        return f"{slot(_HOME)}/{text}" if text == head or text.startswith(f"{head}/") else text

    def words(argv: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(word, argv))

    def moved(step: Step) -> Step:
        if not isinstance(step, RunCommand):
            return step
        creates = word(step.creates) if step.creates else None
        return replace(step, argv=words(step.argv), creates=creates)

    return replace(
        draft,
        target=word(draft.target),
        before=tuple(map(moved, draft.before)),
        install=Command(words(draft.install.argv), draft.install.env),
        after=tuple(map(moved, draft.after)),
        verify=words(draft.verify),
    )


def _tasks(book: Playbook) -> Iterator[list[str]]:
    draft = book.draft
    if draft.refused:
        yield task("Stop", "ansible.builtin.fail", {"msg": text_of(draft.refused)})
        return
    if draft.credentials:
        that = [f"{name} | length > 0" for name in draft.credentials]
        told = f"Set {' and '.join(draft.credentials)} to USER:PASSWORD of the package index."
        params = {"that": that, "fail_msg": told}
        yield task("Load the index's credentials", "ansible.builtin.assert", params)
    if book.guarded:
        check = {"argv": words(draft.verify)}
        once = {"register": "buildfix_import", "failed_when": False, **DONE}
        yield task("Check whether it is installed", "ansible.builtin.command", check, once)
    yield from _files(draft.files)
    yield from _packaging(book)
    for step in draft.before:
        yield from form_of(step).tasks(book)
    yield _install(book)
    yield from _verify(draft)
    for step in draft.after:
        yield from form_of(step).tasks(book)
    if draft.after:
        yield from _verify(draft)


def _packaging(book: Playbook) -> Iterator[list[str]]:
    """Yield the task that installs what Ansible's pip module imports on the target machine."""
    managers = [manager_of(step.manager) for step in book.draft.before if step.manager]
    manager = next((one for one in managers if one and one.ansible_pip_needs), None)
    if manager and manager.ansible and book.is_pip(book.draft.install.argv):
        params = {"name": [manager.ansible_pip_needs], "state": "present"}
        name = "Install what Ansible's pip module imports"
        module = manager.ansible
        yield task(name, module.name, {**params, **module.parameters}, {"become": True})


def _vars(draft: Draft) -> list[str]:
    values = {
        name: f"{{{{ lookup('ansible.builtin.env', '{name}') }}}}" for name in draft.credentials
    }
    if slot(_HOME) in draft.target:
        values[_HOME] = f"{{{{ {FACTS}['HOME'] }}}}"
    if draft.files:
        values[FILES] = f"{{{{ {FACTS}['HOME'] }}}}/.cache/buildfix-export"
    if not values:
        return []
    return ["  vars:", *(f"    {name}: {json.dumps(value)}" for name, value in values.items())]


def _files(files: Mapping[str, str]) -> Iterator[list[str]]:
    if not files:
        return
    folder = f"{{{{ {FILES} }}}}"
    params = {"path": folder, "state": "directory", "mode": "0700"}
    yield task("Create a folder for files", "ansible.builtin.file", params)
    for name, text in files.items():
        params = {"content": text_of(text), "dest": f"{folder}/{name}", "mode": "0600"}
        yield task(f"Write {name}", "ansible.builtin.copy", params)


def _install(book: Playbook) -> list[str]:
    draft = book.draft
    if book.is_pip(draft.install.argv):
        return pip_task("Install", draft.install.argv, book.environment, book)
    uv = draft.install.argv[:1] == ("uv",)
    said = "stderr" if uv else "stdout"
    mark = "' + '" if uv else "'Successfully installed'"
    once = {
        **with_environment(book.environment),
        "register": "buildfix_install",
        "changed_when": f"{mark} in buildfix_install.{said}",
    }
    return task("Install", "ansible.builtin.command", {"argv": words(draft.install.argv)}, once)


def _verify(draft: Draft) -> Iterator[list[str]]:
    if draft.verify:
        params = {"argv": words(draft.verify)}
        yield task("Verify by import", "ansible.builtin.command", params, DONE)
