"""What `doctor` looks for on a host, and how it is shown."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest

from buildfix.catalog import Knowledge, shipped_folder
from buildfix.core import Cuda, Host, Request, Toolkit
from buildfix.core.checks import Check, CheckGroup
from buildfix.engine.host_checks import host_groups, languages
from buildfix.engine.session import RunContext, Session
from buildfix.installers.requirements import parse
from buildfix.platforms.stock_host import stock_host
from buildfix.render.doctor import readiness_line, show_checks
from buildfix.render.plain import PlainView
from tests.unit.machines import INTERPRETER, TRIXIE, Played, Recorded

BUILDS_C = replace(
    TRIXIE,
    commands=frozenset({"cc", "gcc", "c++", "g++", "make"}),
    packages=TRIXIE.packages | {"build-essential", "python3-dev"},
)


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return Knowledge([shipped_folder()])


def checks(host: Host, knowledge: Knowledge, tmp_path: Path) -> dict[str, Check]:
    return {one.title: one for group in groups(host, knowledge, tmp_path) for one in group.checks}


def groups(
    host: Host, knowledge: Knowledge, tmp_path: Path, *, local: bool = False
) -> tuple[CheckGroup, ...]:
    machine = Recorded({"cc --version": [Played("cc (Debian) 14.2.0\nCopyright")]})
    target = replace(INTERPRETER, has_headers="python3-dev" in host.packages)
    given = RunContext(
        parse(Request()), machine, knowledge, tmp_path, target, host, local=local, dry=True
    )
    return host_groups(Session(given))


def test_each_missing_thing_has_its_command(knowledge: Knowledge, tmp_path: Path) -> None:
    found = checks(TRIXIE, knowledge, tmp_path)
    assert not found["C"].found
    assert found["C"].command.startswith("apt-get install build-essential")
    assert found["Python.h"].command == "apt-get install python3-dev"
    assert found["Fortran"].command.startswith("apt-get install gfortran")
    assert found["pip"] == Check("pip", True, "25.1.1")
    user = replace(TRIXIE, privilege="sudo")
    assert checks(user, knowledge, tmp_path)["git"].command == "sudo apt-get install git"


def test_stock_systems_have_pip_or_say_how_to_get_it(knowledge: Knowledge, tmp_path: Path) -> None:
    for system in knowledge.hosts:
        host = stock_host(system, knowledge)
        assert host.interpreter
        given = RunContext(
            parse(Request()), Recorded({}), knowledge, tmp_path, host.interpreter, host, local=False
        )
        (pip,) = (one for one in host_groups(Session(given))[0].checks if one.title == "pip")
        brings = system.startswith(("macos", "windows", "conda"))
        assert pip.found == brings, system
        told = f"{pip.command} {pip.detail}"
        assert brings or "pip" in told or "-m venv .venv" in told, system


def test_what_is_there_has_its_version(knowledge: Knowledge, tmp_path: Path) -> None:
    local = groups(BUILDS_C, knowledge, tmp_path, local=True)
    found = {one.title: one for group in local for one in group.checks}
    assert found["C"] == Check("C", True, "cc (Debian) 14.2.0")
    assert found["C++"] == Check("C++", True, "c++"), "it does not tell its version"
    assert checks(BUILDS_C, knowledge, tmp_path)["C"].detail == "cc", "not the one that is here"


def test_pip_that_the_system_lacks_comes_with_an_environment(
    knowledge: Knowledge, tmp_path: Path
) -> None:
    owned = replace(INTERPRETER, pip=None, externally_managed=True)
    given = RunContext(
        parse(Request()), Recorded({}), knowledge, tmp_path, owned, TRIXIE, local=False, dry=True
    )
    (pip,) = (one for one in host_groups(Session(given))[0].checks if one.title == "pip")
    assert pip.command.endswith("-m venv .venv")


def test_languages_are_ready_if_compiler_and_headers_are_there(
    knowledge: Knowledge, tmp_path: Path
) -> None:
    ready, others = languages(groups(BUILDS_C, knowledge, tmp_path))
    assert (ready, others) == (["C", "C++"], ["Fortran", "Rust"])
    told = readiness_line(ready, others)
    assert told == "Ready to build: C, C++; not: Fortran, Rust."
    without = replace(BUILDS_C, packages=TRIXIE.packages)
    assert languages(groups(without, knowledge, tmp_path))[0] == []


def test_gpu_is_shown_only_where_there_is_one(knowledge: Knowledge, tmp_path: Path) -> None:
    assert "GPU" not in {one.title for one in groups(TRIXIE, knowledge, tmp_path)}
    driver = replace(TRIXIE, cuda=Cuda(driver="580.95.05"))
    (group,) = (one for one in groups(driver, knowledge, tmp_path) if one.title == "GPU")
    assert group.checks[0] == Check("NVIDIA driver", True, "580.95.05")
    assert "no toolkit" in group.checks[-1].detail
    (together,) = (one for one in group.checks if one.title == "Together")
    assert together == Check("Together", False, "driver 580.95.05 → CUDA ≤ 13.0")
    both = replace(driver, cuda=Cuda(driver="580", toolkits=(Toolkit("/usr/local/cuda", "13.0"),)))
    assert checks(both, knowledge, tmp_path)["CUDA toolkit"].found


@pytest.mark.parametrize(("encoding", "marks"), [("utf-8", "✓✗–"), ("ascii", "+x-")])
def test_a_mark_tells_what_is_there_missing_and_optional(encoding: str, marks: str) -> None:
    file = io.BytesIO()
    stream = io.TextIOWrapper(file, encoding=encoding)
    rows = (
        Check("C", True, "14.2"),
        Check("Rust", False, command="apt-get install cargo"),
        Check("git", False, command="apt-get install git", optional="repositories"),
    )
    show_checks([CheckGroup("Compilers", rows)], PlainView(stream))
    title, *lines = file.getvalue().decode(encoding).splitlines()
    assert title == "Compilers"
    assert lines == [
        f"  {marks[0]} C     14.2",
        f"  {marks[1]} Rust  missing: apt-get install cargo",
        f"  {marks[2]} git   for repositories: apt-get install git",
    ]
