"""A shared machine with environment modules: what they have is loaded before anything."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import cast

import pytest

from buildfix.catalog import Knowledge
from buildfix.core import Need
from buildfix.engine.module_notes import module_note
from buildfix.engine.session import Session
from buildfix.machines.local import Machine
from buildfix.platforms.presence import lacking
from buildfix.platforms.stock_host import stock_host
from buildfix.providers import draft_plan
from tests.unit.machines import Played, Recorded

SHIPPED = Knowledge()
NEEDS = (
    Need("header-missing", "hdf5.h"),
    Need("library-missing", "openblas"),
    Need("header-missing", "libxml/xpath.h"),
)
TERSE = """/apps/modules/all:
GCC/
GCC/12.3.0
HDF5/1.14.0-gompi-2023a
HDF5/1.14.3-gompi-2023b
OpenBLAS/0.3.23-GCC-12.3.0(default)
R/4.3.2
"""
LMOD = {"LMOD_CMD": "/usr/share/lmod/lmod/libexec/lmod"}


def notes(environ: Mapping[str, str], answers: Mapping[str, Played], *needs: Need) -> list[str]:
    machine = Recorded({key: [answer] for key, answer in answers.items()}, environ)
    given = SimpleNamespace(machine=machine, knowledge=SHIPPED, local=True)
    steps = draft_plan(needs, stock_host("rocky:9", SHIPPED), SHIPPED).steps
    return list(module_note(cast(Session, given), steps))


@pytest.mark.parametrize(
    ("environ", "program", "title"),
    [
        (LMOD, "lmod bash -t avail", "Lmod"),
        (
            {"MODULES_CMD": "/usr/share/Modules/libexec/modulecmd.tcl"},
            "modulecmd.tcl bash -t avail",
            "Environment Modules",
        ),
        (
            {"MODULESHOME": "/usr/share/Modules"},
            "/usr/share/Modules/bin/modulecmd bash -t avail",
            "Environment Modules",
        ),
    ],
)
def test_modules_with_what_the_plan_installs_are_named(
    environ: Mapping[str, str], program: str, title: str
) -> None:
    assert notes(environ, {program: Played(TERSE)}, *NEEDS) == [
        f"{title} has HDF5, OpenBLAS on this machine: run `module load HDF5 OpenBLAS` before "
        "anything is installed, then run buildfix again."
    ]


def test_what_spack_has_installed_is_named() -> None:
    answers = {"/apps/spack/bin/spack find": Played("hdf5\nopenblas\nzlib\n")}
    (note,) = notes({"SPACK_ROOT": "/apps/spack"}, answers, *NEEDS)
    assert "run `spack load hdf5 openblas` before" in note


def test_a_compiler_is_a_module_too() -> None:
    (note,) = notes(LMOD, {"lmod bash -t avail": Played(TERSE)}, Need("compiler-missing", "c"))
    assert "module load GCC`" in note


@pytest.mark.parametrize(
    ("environ", "answers", "needs"),
    [
        ({}, {}, NEEDS),
        (LMOD, {}, NEEDS),
        (LMOD, {"lmod bash -t avail": Played("Lmod has detected an error")}, NEEDS),
        (LMOD, {"lmod bash -t avail": Played(TERSE)}, ()),
        (LMOD, {"lmod bash -t avail": Played(TERSE)}, (Need("header-missing", "zmq.h"),)),
    ],
)
def test_nothing_is_said_where_no_module_has_it(
    environ: Mapping[str, str], answers: Mapping[str, Played], needs: tuple[Need, ...]
) -> None:
    assert [one for one in notes(environ, answers, *needs) if "GCC" not in one] == []


@pytest.mark.parametrize(
    ("loaded", "need", "lacks"),
    [
        ("GCC/12.3.0:HDF5/1.14.3-gompi-2023b", Need("cmake-package-missing", "HDF5"), False),
        ("GCC/12.3.0:HDF5/1.14.3-gompi-2023b", Need("cmake-package-missing", "HDF5", ">=2"), True),
        ("GCC/12.3.0", Need("cmake-package-missing", "HDF5"), True),
        ("GCC/12.3.0", Need("compiler-missing", "c"), False),
        ("", Need("cmake-package-missing", "HDF5"), True),
    ],
)
def test_what_a_loaded_module_brings_is_not_lacking(loaded: str, need: Need, lacks: bool) -> None:
    machine = Recorded({}, {"PATH": "/usr/bin", "LOADEDMODULES": loaded})
    host = stock_host("rocky:9", SHIPPED)
    assert lacking([need], host, cast(Machine, machine), SHIPPED) == ((need,) if lacks else ())
