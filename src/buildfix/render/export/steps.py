"""Each class of step as JSON, in a script, in a Dockerfile and in a playbook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Generic, TypeVar, get_args

from buildfix.core import (
    InstallerStep,
    InstallPackages,
    InstallToolchain,
    Manual,
    Probe,
    RemovePackages,
    RunCommand,
    SetVariables,
    Step,
)
from buildfix.core.redaction import redacted
from buildfix.core.steps import Setting
from buildfix.package_managers import AnsibleModule, manager_of
from buildfix.render.export.draft import comment
from buildfix.render.export.playbook import (
    DONE,
    Playbook,
    Task,
    as_root,
    command_task,
    guarded,
    pip_task,
    task,
    text_of,
)
from buildfix.render.export.quoting import added, typed, word

_Step = TypeVar("_Step", bound=Step)
_PERSON = 4
"""The exit code of the contract for "a person is needed"."""
_REFRESHES = (("update",), ("refresh",), ("makecache",), ("check-update",))


class StepForm(Generic[_Step]):
    """A step in documents and exports; this base class only has a summary."""

    def __init__(self, step: _Step):
        """Wrap the step."""
        self.step = step

    @property
    def by_hand(self) -> bool:
        """Whether a person must perform it, because an export cannot."""
        return False

    def document(self) -> dict[str, Any]:
        """Return its own keys in the contract's JSON."""
        return {}

    def script(self) -> Iterator[str]:
        """Yield its lines in a script for sh(1)."""
        yield from ()

    def command(self) -> str:
        """Return its command for an image layer; empty if it has none."""
        return ""

    def tasks(self, book: Playbook) -> Iterator[Task]:
        """Yield its tasks in a playbook."""
        del book
        yield from ()

    def is_unknown(self, book: Playbook) -> bool:
        """Return whether only the import tells a playbook if it was done."""
        del book
        return False


class _Variables(StepForm[SetVariables]):
    """Variables; an image and a playbook set them for the install itself."""

    def document(self) -> dict[str, Any]:
        return {"variables": dict(self.step.variables)}

    def script(self) -> Iterator[str]:
        for name, value in self.step.variables:
            yield f"export {name}={added(name, value)}"


class _OfInstaller(StepForm[InstallerStep]):
    """A step that only changes the install command."""

    def document(self) -> dict[str, Any]:
        empty: dict[str, Any] = {name: [] for name in get_args(Setting)}
        return {**empty, self.step.setting: list(self.step.names)}


class _ByHand(StepForm[_Step]):
    """A step that stops an export until a person has performed it."""

    @property
    def by_hand(self) -> bool:
        return True

    def script(self) -> Iterator[str]:
        told = self._told()
        if self.step.creates:
            yield f"command -v {word(self.step.creates)} > /dev/null || {{"
            yield from (f"  {line}" for line in stop(told, _PERSON))
            yield "}"
        else:
            yield from stop(f"{told} Then remove these two lines from this script.", _PERSON)

    def command(self) -> str:
        creates = self.step.creates
        check = f"command -v {word(creates)} > /dev/null || " if creates else ""
        return f"{check}{{ printf '%s\\n' {word(self._told())} >&2; exit {_PERSON}; }}"

    def tasks(self, book: Playbook) -> Iterator[Task]:  # noqa: ARG002
        title, told = comment(self.step.summary), text_of(self._told())
        if self.step.creates:
            check = ["/bin/sh", "-c", 'command -v "$1" || { echo "$2" >&2; exit 4; }', "sh"]
            params = {"argv": [*check, text_of(self.step.creates), told]}
            yield task(title, "ansible.builtin.command", params, DONE)
        else:
            yield task(title, "ansible.builtin.fail", {"msg": told})

    def _told(self) -> str:
        command = f" ({typed(self.step.argv)})" if self.step.argv else ""
        return comment(f"Manual step: {self.step.summary}{command}.")


class _Manual(_ByHand[Manual]):
    def document(self) -> dict[str, Any]:
        return _of_manager(self.step)


class _Command(StepForm[_Step]):
    """A command, with the exit codes that mean success."""

    def document(self) -> dict[str, Any]:
        return _of_manager(self.step)

    def script(self) -> Iterator[str]:
        if self.step.argv:
            yield self._line("as_root ")

    def command(self) -> str:
        return self._line() if self.step.argv else ""

    def tasks(self, book: Playbook) -> Iterator[Task]:
        if not self.step.argv or self._is_refresh():
            return  # the packages' own module fetches the lists
        if book.is_pip(self.step.argv):
            yield pip_task(comment(self.step.summary), self.step.argv, dict(self.step.env), book)
        elif not book.is_venv(self.step):
            yield command_task(self.step, book)

    def is_unknown(self, book: Playbook) -> bool:
        known = not self.step.argv or self.step.creates or self._is_refresh()
        return not (known or book.is_pip(self.step.argv))

    def _line(self, root: str = "") -> str:
        env = [f"{name}={value}" for name, value in self.step.env]
        argv = ("env", *env, *self.step.argv) if env else self.step.argv
        line: str = (root if self.step.privileged else "") + typed(argv)
        if self.step.creates:
            line = f"[ -e {word(self.step.creates)} ] || {line}"
        return line + "".join(f" || [ $? -eq {code} ]" for code in self.step.success)

    def _is_refresh(self) -> bool:
        return bool(_module(self.step)) and self.step.argv[-1:] in _REFRESHES


class _Packages(_Command[InstallPackages]):
    """Packages; Ansible has modules for most managers, but not for unpacking."""

    def tasks(self, book: Playbook) -> Iterator[Task]:
        module = _module(self.step) if self.step.privileged else None
        if module is None:
            yield from super().tasks(book)
            return
        argv = self.step.argv
        params = {"name": list(self.step.packages), "state": "present", **module.parameters}
        if "--target-release" in argv:
            params["default_release"] = argv[argv.index("--target-release") + 1]
        yield task(comment(self.step.summary), module.name, params, as_root(self.step))

    def is_unknown(self, book: Playbook) -> bool:
        known = self.step.privileged and _module(self.step)
        return not known and super().is_unknown(book)

    def _is_refresh(self) -> bool:
        return False


class _Removal(_Command[RemovePackages]):
    """A removal; Ansible's module performs it if the import did not work before."""

    def document(self) -> dict[str, Any]:
        return {**super().document(), "removes": list(self.step.removes)}

    def tasks(self, book: Playbook) -> Iterator[Task]:
        module, params = _module(self.step), {"name": list(self.step.removes), "state": "absent"}
        if module is None:
            yield from super().tasks(book)
            return
        lines = task(comment(self.step.summary), module.name, params, as_root(self.step))
        yield guarded(lines, book)


class _Toolchain(_Command[InstallToolchain]):
    def document(self) -> dict[str, Any]:
        found = super().document()
        if self.step.discover:
            found["discover"] = _probe(self.step.discover)
        if self.step.until:
            found |= {"until": _probe(self.step.until), "wait": self.step.wait}
        return found


class _AskingToolchain(_ByHand[InstallToolchain]):
    """A toolchain that queries the machine first, or continues in the background."""

    def document(self) -> dict[str, Any]:
        return _Toolchain(self.step).document()


_FORMS: Mapping[type[Step], type[StepForm[Any]]] = {
    InstallPackages: _Packages,
    InstallToolchain: _Toolchain,
    InstallerStep: _OfInstaller,
    Manual: _Manual,
    RemovePackages: _Removal,
    RunCommand: _Command,
    SetVariables: _Variables,
}


def form_of(step: Step) -> StepForm[Any]:
    """Return a step's form for documents and exports."""
    if isinstance(step, InstallToolchain) and (step.discover or step.until or step.marker):
        return _AskingToolchain(step)
    return next(_FORMS[one] for one in type(step).__mro__ if one in _FORMS)(step)


def stop(told: str, code: int) -> list[str]:
    """Return the lines that end a script with a message and an exit code."""
    return [f"printf '%s\\n' {word(told)} >&2", f"exit {code}"]


def _of_manager(step: Step) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if step.manager:
        found = {"manager": step.manager, "packages": list(step.packages)}
    if step.argv:
        found |= {"argv": list(map(redacted, step.argv)), "env": dict(step.env)}
    return found


def _probe(probe: Probe) -> Mapping[str, Any]:
    return {"argv": list(probe.argv), "pattern": probe.pattern}


def _module(step: Step) -> AnsibleModule | None:
    """Return Ansible's module for a step's package manager."""
    manager = manager_of(step.manager) if step.manager else None
    return manager.ansible if manager else None
