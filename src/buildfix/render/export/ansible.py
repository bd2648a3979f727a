"""A plan as a playbook, which changes nothing when it is run again."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from buildfix.core import Command, RemovePackages, RunCommand, Step
from buildfix.installers import installer_of, separator
from buildfix.package_managers import AnsibleModule, manager_of
from buildfix.render.export.draft import FILES, Draft, by_hand, comment, put_slots, slot
from buildfix.render.export.shell import person_words

_FACTS = "ansible_facts['env']"
_HOME = "BUILDFIX_HOME"
_DONE = {"changed_when": False}
_TRUE_FLAGS = frozenset(
    {
        *("--upgrade", "--no-deps", "--force-reinstall", "--no-cache-dir", "--use-pep517"),
        *("--no-build-isolation", "--pre", "--no-index", "--break-system-packages"),
    }
)
"""Options of pip after which comes no value."""


def as_ansible(draft: Draft) -> str:
    """Return a playbook; JSON strings are YAML's too."""
    draft = _anchored(draft)
    book = _Book(draft)
    tasks = [line for task in _tasks(book) for line in task]
    lines = [
        *(f"# {line}" for line in draft.head),
        f"- name: {_text(draft.head[-1] if draft.head else 'Install')}",
        "  hosts: all",
        *_vars(draft),
        "  tasks:",
        *tasks,
    ]
    return "\n".join((*lines, ""))


def _anchored(draft: Draft) -> Draft:
    """Return a draft whose environment lies in the home: Ansible's modules take no relative one."""
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


@dataclass(frozen=True)
class _Book:
    """A draft, and what all of its tasks have in common."""

    draft: Draft

    @property
    def prefix(self) -> str:
        """The virtual environment that is installed into; empty where the target is none."""
        head, _, program = self.draft.target.rpartition("/bin/")
        return head if program.startswith("python") and self._makes_or_has_venv(head) else ""

    def _makes_or_has_venv(self, head: str) -> bool:
        return any(
            step.creates and step.creates.startswith(f"{head}/") for step in self.draft.steps
        )

    @property
    def environment(self) -> dict[str, str]:
        """The variables of the install, before what the machine has where those add up."""
        return {name: _added(name, value) for name, value in self.draft.variables.items()}

    @property
    def guarded(self) -> bool:
        """Whether a task is only right where the import fails, as nothing else tells."""
        return bool(self.draft.verify) and (
            bool(self.draft.after) or any(_is_unknown(step, self) for step in self.draft.before)
        )


def _tasks(book: _Book) -> Iterator[list[str]]:
    draft = book.draft
    if draft.refused:
        yield _task("Stop", "ansible.builtin.fail", {"msg": _text_of(draft.refused)})
        return
    if draft.credentials:
        that = [f"{name} | length > 0" for name in draft.credentials]
        told = f"Set {' and '.join(draft.credentials)} to USER:PASSWORD of the package index."
        params = {"that": that, "fail_msg": told}
        yield _task("Load the index's credentials", "ansible.builtin.assert", params)
    if book.guarded:
        check = {"argv": _words(draft.verify)}
        once = {"register": "buildfix_import", "failed_when": False, **_DONE}
        yield _task("Check whether it is installed", "ansible.builtin.command", check, once)
    yield from _files(draft.files)
    yield from _packaging(book)
    for step in draft.before:
        yield from _step(step, book)
    yield _install(book)
    yield from _verify(draft)
    for step in draft.after:
        yield from _step(step, book)
    if draft.after:
        yield from _verify(draft)


def _packaging(book: _Book) -> Iterator[list[str]]:
    """Yield the task that installs what Ansible's module pip imports on the machine itself."""
    managers = [manager_of(step.manager) for step in book.draft.before if step.manager]
    manager = next((one for one in managers if one and one.ansible_pip_needs), None)
    if manager and manager.ansible and book.prefix and _is_pip(book.draft.install.argv, book):
        params = {"name": [manager.ansible_pip_needs], "state": "present"}
        name = "Install what Ansible's module pip imports"
        module = manager.ansible
        yield _task(name, module.name, {**params, **module.parameters}, {"become": True})


def _module(step: Step) -> AnsibleModule | None:
    """Return Ansible's module for the package manager of a step."""
    manager = manager_of(step.manager) if step.manager else None
    return manager.ansible if manager else None


def _vars(draft: Draft) -> list[str]:
    values = {
        name: f"{{{{ lookup('ansible.builtin.env', '{name}') }}}}" for name in draft.credentials
    }
    if slot(_HOME) in draft.target:
        values[_HOME] = f"{{{{ {_FACTS}['HOME'] }}}}"
    if draft.files:
        values[FILES] = f"{_FACTS}/.cache/buildfix-export"
    if not values:
        return []
    return ["  vars:", *(f"    {name}: {json.dumps(value)}" for name, value in values.items())]


def _files(files: Mapping[str, str]) -> Iterator[list[str]]:
    if not files:
        return
    folder = f"{{{{ {FILES} }}}}"
    params = {"path": folder, "state": "directory", "mode": "0700"}
    yield _task("Create a folder for files", "ansible.builtin.file", params)
    for name, text in files.items():
        params = {"content": _text_of(text), "dest": f"{folder}/{name}", "mode": "0600"}
        yield _task(f"Write {name}", "ansible.builtin.copy", params)


def _step(step: Step, book: _Book) -> Iterator[list[str]]:
    if by_hand(step):
        yield _person(step)
    elif step.packages and step.privileged and (module := _module(step)):
        yield _packages(step, module)
    elif isinstance(step, RemovePackages) and (module := _module(step)):
        yield _guard(_removal(step, module), book)
    elif _is_refresh(step):
        return  # the module of the packages does that
    elif step.argv and book.prefix and _is_pip(step.argv, book):
        yield _pip(comment(step.summary), step.argv, dict(step.env), book)
    elif step.argv and not (book.prefix and _is_venv(step, book)):
        yield _command(step, book)


def _is_refresh(step: Step) -> bool:
    return bool(_module(step) and not step.packages and step.argv[-1:] in _REFRESHES)


_REFRESHES = (("update",), ("refresh",), ("makecache",), ("check-update",))


def _is_venv(step: Step, book: _Book) -> bool:
    """Say whether a step makes the environment, which the module pip does as well."""
    return (
        bool(step.creates) and step.argv[1:3] == ("-m", "venv") and step.argv[3:] == (book.prefix,)
    )


def _is_pip(argv: Sequence[str], book: _Book) -> bool:
    """Say whether Ansible's module can do an install: of named things, into the environment."""
    if tuple(argv[:4]) != installer_of("pip").install(book.draft.target):
        return False
    return bool(_named(argv)) and not {"-r", "-e", "--requirement", "--editable"} & set(argv)


def _is_unknown(step: Step, book: _Book) -> bool:
    """Say whether nothing but the import tells whether a step was taken."""
    if by_hand(step) or not step.argv or step.creates or _is_refresh(step):
        return False
    if step.packages and step.privileged and _module(step):
        return False
    return not (book.prefix and _is_pip(step.argv, book))


def _named(argv: Sequence[str]) -> list[str]:
    """Return the last words of a pip install: what is certainly no value of an option."""
    words = list(argv[4:])
    named: list[str] = []
    while words and not words[-1].startswith("-"):
        named.insert(0, words.pop())
    last = words[-1] if words else "--no-deps"
    takes_none = last in _TRUE_FLAGS or "=" in last or last == "--"
    return named if takes_none else named[1:]


def _packages(step: Step, module: AnsibleModule) -> list[str]:
    params = {"name": list(step.packages), "state": "present", **module.parameters}
    if "--target-release" in step.argv:
        params["default_release"] = step.argv[step.argv.index("--target-release") + 1]
    return _task(comment(step.summary), module.name, params, _root(step))


def _removal(step: RemovePackages, module: AnsibleModule) -> list[str]:
    params = {"name": list(step.removes), "state": "absent"}
    return _task(comment(step.summary), module.name, params, _root(step))


def _pip(
    summary: str, argv: Sequence[str], environment: Mapping[str, str], book: _Book
) -> list[str]:
    named = _named(argv)
    options = [one for one in argv[4 : len(argv) - len(named)] if one != "--"]
    params: dict[str, Any] = {"name": _words(named), "virtualenv": _text_of(book.prefix)}
    maker = next((one.argv for one in book.draft.steps if _is_venv(one, book)), ())
    if maker:
        params["virtualenv_command"] = _text_of(shlex.join(maker[:3]))
    if options:
        params["extra_args"] = _text_of(shlex.join(options))
    return _task(summary, "ansible.builtin.pip", params, _with(environment))


def _install(book: _Book) -> list[str]:
    draft = book.draft
    if book.prefix and _is_pip(draft.install.argv, book):
        return _pip("Install", draft.install.argv, book.environment, book)
    uv = draft.install.argv[:1] == ("uv",)
    said = "stderr" if uv else "stdout"
    mark = "' + '" if uv else "'Successfully installed'"
    once = {
        **_with(book.environment),
        "register": "buildfix_install",
        "changed_when": f"{mark} in buildfix_install.{said}",
    }
    return _task("Install", "ansible.builtin.command", {"argv": _words(draft.install.argv)}, once)


def _verify(draft: Draft) -> Iterator[list[str]]:
    if draft.verify:
        params = {"argv": _words(draft.verify)}
        yield _task("Verify by import", "ansible.builtin.command", params, _DONE)


def _command(step: Step, book: _Book) -> list[str]:
    params: dict[str, Any] = {"argv": _words(step.argv)}
    if step.creates:
        params["creates"] = _text_of(step.creates)
    more = {**_with({name: _text_of(value) for name, value in step.env}), **_root(step)}
    if step.success:
        codes = ", ".join(map(str, (0, *step.success)))
        more |= {"register": "buildfix_step", "failed_when": f"buildfix_step.rc not in [{codes}]"}
    lines = _task(comment(step.summary), "ansible.builtin.command", params, more)
    return lines if step.creates else _guard(lines, book)


def _guard(lines: list[str], book: _Book) -> list[str]:
    """Return a task that is passed over where the import succeeded before."""
    return [*lines, '      when: "buildfix_import.rc != 0"'] if book.guarded else lines


def _person(step: Step) -> list[str]:
    told = person_words(step)
    if not step.creates:
        return _task(comment(step.summary), "ansible.builtin.fail", {"msg": _text_of(told)})
    check = ["/bin/sh", "-c", 'command -v "$1" || { echo "$2" >&2; exit 4; }', "sh"]
    params = {"argv": [*check, _text_of(step.creates), _text_of(told)]}
    return _task(comment(step.summary), "ansible.builtin.command", params, _DONE)


def _root(step: Step) -> dict[str, Any]:
    return {"become": True} if step.privileged else {}


def _with(environment: Mapping[str, str]) -> dict[str, Any]:
    return {"environment": dict(environment)} if environment else {}


def _added(name: str, value: str) -> str:
    between = separator(name)
    if not between:
        return _text_of(value)
    there = f"{_FACTS}['{name}']"
    return f"{_text_of(value)}{{{{ ('{between}' ~ {there}) if '{name}' in {_FACTS} else '' }}}}"


def _words(words: Sequence[str]) -> list[str]:
    return list(map(_text_of, words))


def _text_of(text: str) -> str:
    """Return a text that Ansible's templates give back as it is, its slots filled."""
    return put_slots(text, _literal, lambda name: f"{{{{ {name} }}}}")


def _literal(text: str) -> str:
    for mark in ("{{", "{%", "{#"):
        text = text.replace(mark, "\0".join(mark))
    return text.replace("{\0", "{{ '{' }}").replace("\0", "")


def _text(text: str) -> str:
    return json.dumps(_text_of(text), ensure_ascii=False)


def _task(
    name: str, module: str, params: Mapping[str, Any], more: Mapping[str, Any] | None = None
) -> list[str]:
    lines = [f"    - name: {_text(name)}", f"      {module}:"]
    lines += [f"        {key}: {_json(value)}" for key, value in params.items()]
    lines += [f"      {key}: {_json(value)}" for key, value in (more or {}).items()]
    return lines


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
