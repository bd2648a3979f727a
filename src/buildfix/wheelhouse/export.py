"""What a wheelhouse is rolled out with: an Ansible role, Dockerfiles, or the index alone."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from buildfix.core.errors import UsageError
from buildfix.core.program import own_command
from buildfix.package_managers import manager_of
from buildfix.package_managers.base import PackageManager
from buildfix.render.export.playbook import text_of
from buildfix.wheelhouse.sign import sums_file
from buildfix.wheelhouse.store import Store, place, read_json, write_text

ROLE = "wheelhouse"
"""The name of the role, with which its variables begin."""
EXPORTS = "export"
"""The folder in a wheelhouse where exports go by default."""
MARKER = ".buildfix-export"
"""The file in each exported folder; only a folder that has it is replaced."""
_ROLE_FILES = Path(__file__).parent / "role"
_MODULE = re.compile(r"\w+(?:\.\w+)*")
Document = Mapping[str, Any]


def described(store: Store) -> tuple[Document, ...]:
    """Return what is known about each target; raises UsageError if there is none."""
    found = tuple(read_json(store.target(name) / "target.json") for name in store.targets())
    if not found:
        raise UsageError(
            f"{store.folder} is not a wheelhouse, or nothing was built for it.",
            do=f"Fill it with `{own_command('wheelhouse build')}`.",
        )
    return found


def write_role(store: Store, folder: Path) -> Path:
    """Write the Ansible role of a wheelhouse; return its folder. Raises UsageError."""
    role = folder / ROLE
    targets = described(store)
    managers = {one["facts"]["manager"] for one in targets if one["packages"]}
    tasks = {name: _packages_task(name) for name in sorted(managers)}
    _make_empty(store, [role])
    for file in sorted(path for path in _ROLE_FILES.rglob("*") if path.suffix in (".yml", ".py")):
        write_text(role / file.relative_to(_ROLE_FILES), file.read_text(encoding="utf-8"))
    for name, text in tasks.items():
        write_text(role / "tasks" / f"packages_{name}.yml", text)
    for one in targets:
        write_text(role / "vars" / f"{one['name']}.yml", _variables(one))
        listed = (store.target(one["name"]) / "requirements.txt").read_text(encoding="utf-8")
        write_text(role / "files" / f"{one['name']}.txt", listed)
    return role


def write_dockerfiles(store: Store, folder: Path) -> Path:
    """Write a Dockerfile for each target, to build in the folder of the wheelhouse."""
    for one in described(store):
        write_text(folder / f"Dockerfile.{one['name']}", dockerfile(one))
    return folder


def write_simple_index(store: Store, folder: Path) -> Path:
    """Write only what a web server has to serve, without units, records and logs."""
    targets = described(store)
    _make_empty(store, [folder / one["name"] for one in targets])
    for one in targets:
        own, target = store.target(one["name"]), folder / one["name"]
        shutil.copytree(own / "simple", target / "simple")
        for wheel in sorted((own / "wheels").glob("*.whl")):
            place(wheel, target / "wheels")
        shutil.copyfile(own / "requirements.txt", target / "requirements.txt")
        signed = sums_file(store, one["name"])
        for file in (store.lock_file(one["name"]), signed, signed.with_name(f"{signed.name}.sig")):
            if file.is_file():
                place(file, folder)
    return folder


FORMS: Mapping[str, Callable[[Store, Path], Path]] = {
    "ansible": write_role,
    "dockerfile": write_dockerfiles,
    "simple-index": write_simple_index,
}


def _make_empty(store: Store, folders: Sequence[Path]) -> None:
    """Make folders that are empty but for the marker; raises UsageError before any is replaced."""
    for folder in folders:
        _check_replaceable(store, folder)
    for folder in folders:
        if folder.exists():
            shutil.rmtree(folder)
        write_text(folder / MARKER, "")


def _check_replaceable(store: Store, folder: Path) -> None:
    """Raise UsageError for a folder of the wheelhouse, and for one that was not exported."""
    own, there = store.folder.resolve(), folder.resolve()
    inside = there.is_relative_to(own) and not there.is_relative_to(own / EXPORTS)
    if inside or own.is_relative_to(there):
        raise UsageError(
            f"{folder} would replace a part of the wheelhouse {store.folder}.",
            do="Name a folder outside of it with --to.",
        )
    if folder.exists() and not (folder / MARKER).is_file():
        raise UsageError(
            f"{folder} exists, and buildfix did not write it.",
            do="Remove it, or name another folder with --to.",
        )


def dockerfile(target: Document) -> str:
    """Return the Dockerfile of a target: packages, wheels, imports; no compiler."""
    name, facts = target["name"], target["facts"]
    packages = sorted({*facts["python_packages"], *target["packages"]})
    python = facts["python"]["path"]
    bound = f"--mount=type=bind,source={name},target=/wheelhouse"
    pip = (
        *("/opt/wheelhouse/bin/pip", "install", "--no-index", "--find-links", "/wheelhouse/wheels"),
        *("--no-deps", "--require-hashes", "-r", "/wheelhouse/requirements.txt"),
    )
    lines = [
        f"# In the folder of the wheelhouse: docker build -f FOLDER/Dockerfile.{name} .",
        f"ARG BASE={facts['image']}" if facts["image"] else "ARG BASE",
        "FROM ${BASE}",
    ]
    if packages:
        lines.append(f"RUN {_installing(manager_of(facts['manager']), packages)}")
    lines += [
        f"RUN {shlex.join((python, '-m', 'venv', '/opt/wheelhouse'))}",
        f"RUN {bound} {shlex.join(pip)}",
    ]
    if imports := _modules(target):
        code = f"import {', '.join(imports)}"
        lines.append(f"RUN {shlex.join(('/opt/wheelhouse/bin/python', '-c', code))}")
    return "\n".join((*lines, 'ENV PATH="/opt/wheelhouse/bin:${PATH}"', ""))


def _installing(manager: PackageManager | None, packages: Iterable[str]) -> str:
    if manager is None:
        raise UsageError("The package manager of a target is unknown.", do="Use --simple-index.")
    commands = filter(None, (manager.refresh(), manager.install(sorted(packages))))
    words = [
        " ".join((*(f"{key}={shlex.quote(value)}" for key, value in one.env), shlex.join(one.argv)))
        for one in commands
    ]
    return " \\\n && ".join(filter(None, (*words, manager.tidy)))


def _packages_task(name: str) -> str:
    """Return the tasks that install packages with Ansible's module for their manager."""
    manager = manager_of(name)
    if manager is None or manager.ansible is None:
        raise UsageError(f"Ansible has no module for {name}.", do="Use --dockerfile.")
    parameters = "".join(
        f"    {key}: {json.dumps(value)}\n" for key, value in manager.ansible.parameters.items()
    )
    besides = manager.ansible_pip_needs
    names = f"wheelhouse_packages + [{besides!r}]" if besides else "wheelhouse_packages"
    return (
        f"---\n- name: Install packages with {name}\n  {manager.ansible.name}:\n"
        f'    name: "{{{{ {names} }}}}"\n    state: present\n{parameters}  become: true\n'
    )


def _variables(target: Document) -> str:
    facts = target["facts"]
    values = {
        "manager": facts["manager"],
        "packages": sorted({*facts["python_packages"], *target["packages"]}),
        "pins": list(target["pins"]),
        "modules": _modules(target),
    }
    lines = ["---"]
    for name, value in values.items():
        if isinstance(value, str) or not value:
            lines.append(f"{ROLE}_{name}: {json.dumps(value)}")
        else:
            lines += [f"{ROLE}_{name}:", *(f"  - {json.dumps(text_of(one))}" for one in value)]
    return "\n".join((*lines, ""))


def _modules(target: Document) -> list[str]:
    """Return the modules to import, by names that can only be names."""
    return [one for one in target["proof"].get("modules", ()) if _MODULE.fullmatch(one)]
