"""What is found by being there: package managers, installers, kinds of dependency, steps."""

from __future__ import annotations

from typing import get_args

import pytest

from buildfix.core import (
    CAUSE_KINDS,
    ConstrainBuild,
    CreateEnvironment,
    DisableIsolation,
    InstallerName,
    InstallPackages,
    InstallToolchain,
    Manual,
    Pin,
    Rebuild,
    RemovePackages,
    RunCommand,
    SetVariables,
    Step,
)
from buildfix.dependency_kinds import KINDS, kind_of
from buildfix.installers.registry import INSTALLERS
from buildfix.package_managers import can_remove, manager_of
from buildfix.render.export.steps import form_of

STEPS: tuple[tuple[Step, set[str]], ...] = (
    (Manual("x"), set()),
    (SetVariables("x", variables=(("A", "1"),)), {"variables"}),
    (RunCommand("x", argv=("true",)), {"argv", "env"}),
    (InstallPackages("x", manager="apt", packages=("a",)), {"manager", "packages"}),
    (
        RemovePackages("x", manager="apt", removes=("a",)),
        {"manager", "packages", "removes"},
    ),
    (CreateEnvironment("x", argv=("true",), target="/v/bin/python"), {"argv", "env"}),
    (InstallToolchain("x", argv=("true",)), {"argv", "env"}),
    *(
        (kind("x", names=("a",)), {"rebuild", "constraints", "unisolated", "pins"})
        for kind in (Rebuild, ConstrainBuild, DisableIsolation, Pin)
    ),
)


@pytest.mark.parametrize(("step", "keys"), STEPS, ids=lambda one: type(one).__name__)
def test_each_class_of_step_has_the_keys_of_the_contract(step: Step, keys: set[str]) -> None:
    assert form_of(step).document().keys() == keys


def test_each_installer_that_is_named_is_found() -> None:
    assert INSTALLERS.keys() == set(get_args(InstallerName))
    assert all(name == one.name for name, one in INSTALLERS.items())


@pytest.mark.parametrize("name", ["rpm", "base", "basic", "ranking", "nix", "../apt", ""])
def test_a_module_that_is_no_package_manager_is_none(name: str) -> None:
    assert manager_of(name) is None


@pytest.mark.parametrize("name", ["apt", "dnf", "yum", "tdnf", "zypper", "pacman"])
def test_manager_that_removes_implements_remover(name: str) -> None:
    manager = manager_of(name)
    assert manager is not None
    assert manager.name == name
    assert can_remove(manager)
    assert manager.remove(["gcc"]).argv[-1] == "gcc"


def test_each_kind_of_dependency_is_a_kind_of_cause_of_the_contract() -> None:
    assert KINDS.keys() <= CAUSE_KINDS
    assert all(kind_of(name) is one and one.name == name for name, one in KINDS.items())
    assert kind_of("out-of-memory") is None


def test_only_runtime_libraries_are_of_run_time() -> None:
    assert [one.name for one in KINDS.values() if one.of_run_time] == ["runtime-library-missing"]


@pytest.mark.parametrize(
    ("kind", "subject", "name"),
    [
        ("pkgconfig-missing", "libxml-2.0", "pkgconfig(libxml-2.0)"),
        ("cmake-package-missing", "HDF5", "cmake(HDF5)"),
    ],
)
def test_rpmbuild_gives_a_module_its_own_name(kind: str, subject: str, name: str) -> None:
    assert name in [one.format(subject) for one in KINDS[kind].rpm_names]
