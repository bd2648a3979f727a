"""What the shipped recipes of single systems plan, where that is more than a package list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from buildfix.catalog import Knowledge
from buildfix.core import Cause, Host, Need, needs_of
from buildfix.platforms.stock_host import stock_host
from buildfix.providers import NoIndex, draft_plan

KNOWLEDGE = Knowledge()
C = Need("compiler-missing", "c")


def host(name: str) -> Host:
    return replace(stock_host(name, KNOWLEDGE), lists_fresh=True)


@pytest.mark.parametrize(
    "need", [C, Need("header-missing", "zlib.h"), Need("runtime-library-missing", "libmagic.so.1")]
)
def test_base_system_component_needs_no_step(need: Need) -> None:
    found = draft_plan((need,), host("freebsd:14"), KNOWLEDGE)
    assert (found.steps, found.unmet) == ((), ())


def test_a_base_compiler_is_not_installed_beside_a_library() -> None:
    (step,) = draft_plan((Need("header-missing", "ffi.h"),), host("freebsd:14"), KNOWLEDGE).steps
    assert step.packages == ("libffi",)


def test_termux_wants_no_root_and_its_own_pkg() -> None:
    steps = draft_plan((Need("cmake-package-missing", "OpenCV"),), host("termux"), KNOWLEDGE).steps
    assert steps[0].argv == ("pkg", "install", "--yes", "x11-repo")
    assert not any(step.privileged for step in steps)
    assert {step.manager for step in steps} == {"termux"}


LONG_PATH = Cause("permission", "-", 1, "", recipe="windows-long-path")


def test_long_paths_are_a_setup_of_windows() -> None:
    needs = needs_of((LONG_PATH,))
    (step,) = draft_plan(needs, host("windows:11"), KNOWLEDGE, (LONG_PATH,)).steps
    assert (step.argv[:2], step.privileged) == (("reg", "add"), True)
    there = replace(host("windows:11"), setups=frozenset({"long-paths"}))
    assert draft_plan(needs, there, KNOWLEDGE, (LONG_PATH,)).steps == ()


def test_a_setup_that_a_system_does_not_have_is_said_so() -> None:
    found = draft_plan(needs_of((LONG_PATH,)), host("debian:13"), KNOWLEDGE, (LONG_PATH,))
    assert found.steps == ()
    assert "long-paths on Debian 13" in found.unmet[0][1]


def test_a_tool_from_pypi_is_found_by_the_builds() -> None:
    bullseye = host("debian:11")
    assert bullseye.interpreter
    venv = bullseye.with_interpreter(replace(bullseye.interpreter, prefix="/v", path="/v/bin/py"))
    install, found = draft_plan((Need("tool-missing", "cmake", ">=3.26"),), venv, KNOWLEDGE).steps
    assert install.argv == ("/v/bin/py", "-m", "pip", "install", "cmake>=3.26")
    assert found.variables == (("PATH", "/usr/lib/python3.9/site-packages/cmake/data/bin:/v/bin"),)


class Lists(NoIndex):
    """Package lists that know every package."""

    def versions(self, packages: Sequence[str]) -> Mapping[str, str]:
        return dict.fromkeys(packages, "1")


def test_a_python_of_deadsnakes_gets_its_headers_from_there() -> None:
    jammy = host("ubuntu:22.04")
    assert jammy.interpreter
    newer = jammy.with_interpreter(replace(jammy.interpreter, version="3.13.1"))
    need = Need("python-headers-missing", "Python.h")
    steps = draft_plan((need,), newer, KNOWLEDGE).steps
    assert [step.argv[-1] for step in steps] == [
        "software-properties-common",
        "ppa:deadsnakes/ppa",
        "update",
        "python3.13-dev",
    ]
    (known,) = draft_plan((need,), newer, KNOWLEDGE, index=Lists()).steps
    assert known.packages == ("python3.13-dev",)
    (default,) = draft_plan((need,), jammy, KNOWLEDGE).steps
    assert default.packages == ("python3-dev",)


class Bookworm(NoIndex):
    """The lists of a bookworm, where libgit2 may have come from backports already."""

    def __init__(self, version: str = "1.5.1+ds-1") -> None:
        self.version = version

    def versions(self, packages: Sequence[str]) -> Mapping[str, str]:
        return dict.fromkeys(packages, self.version)

    def backported(self, suite: str, packages: Sequence[str]) -> Mapping[str, str]:
        there = suite == "bookworm-backports" and "libgit2-dev" in packages
        return {"libgit2-dev": "1.8.4+ds-3~bpo12+1"} if there else {}


LIBGIT2 = Need("library-too-old", "libgit2", "1.8.x")
BOOKWORM = replace(
    host("debian:12"), packages=frozenset({"libgit2-dev", "build-essential", "python3-dev"})
)


@pytest.mark.parametrize("required", ["1.8.x", ">=1.7", None])
def test_a_library_that_is_too_old_comes_from_backports_that_have_it(required: str | None) -> None:
    need = replace(LIBGIT2, required=required)
    found = draft_plan((need,), BOOKWORM, KNOWLEDGE, index=Bookworm())
    enable, update, install = found.steps
    assert enable.argv[3:] == ("enable", "bookworm-backports")
    assert update.argv == ("apt-get", "update")
    target = install.argv.index("--target-release")
    assert install.argv[target + 1] == "bookworm-backports"
    assert install.packages == ("libgit2-dev",)
    assert all(step.privileged and step.because == (need,) for step in found.steps)


@pytest.mark.parametrize(
    ("need", "system"),
    [
        (replace(LIBGIT2, required="1.9.x"), BOOKWORM),
        (LIBGIT2, replace(BOOKWORM, privilege="none")),
        (LIBGIT2, replace(BOOKWORM, version="11")),
    ],
)
def test_unsuitable_backports_change_nothing(need: Need, system: Host) -> None:
    found = draft_plan((need,), system, KNOWLEDGE, index=Bookworm())
    assert found.steps == ()
    assert found.unmet == ((need, found.unmet[0][1]),)


@pytest.mark.parametrize("required", ["1.8.x", None])
def test_what_came_from_backports_is_not_taken_twice(required: str | None) -> None:
    need, index = replace(LIBGIT2, required=required), Bookworm("1.8.4+ds-3~bpo12+1")
    assert draft_plan((need,), BOOKWORM, KNOWLEDGE, index=index).steps == ()


def test_lists_are_fetched_once_where_packages_of_both_suites_are_needed() -> None:
    needs = (LIBGIT2, Need("header-missing", "zlib.h"))
    steps = draft_plan(needs, BOOKWORM, KNOWLEDGE, index=Bookworm()).steps
    assert [step.argv[-1] for step in steps] == [
        "bookworm-backports",
        "update",
        "zlib1g-dev",
        "libgit2-dev",
    ]


XSLT = Need("header-missing", "libxslt/xslt.h")


def test_a_keg_that_is_installed_is_told_to_the_compilers_all_the_same() -> None:
    there = replace(
        host("macos:15"),
        packages=frozenset({"libxslt", "libxml2"}),
        setups=frozenset({"xcode", "homebrew"}),
    )
    (told,) = draft_plan((XSLT,), there, KNOWLEDGE).steps
    assert told.kind == "environment"
    flags = dict(told.variables)["LDFLAGS"].split()
    kegs = [f"-L/opt/homebrew/opt/{keg}/lib" for keg in ("libxml2", "libxslt")]
    assert flags == [*kegs, "-L/opt/homebrew/lib"]


def test_runtime_packages_set_no_compiler_variables() -> None:
    there = replace(host("macos:15"), setups=frozenset({"xcode", "homebrew"}))
    (step,) = draft_plan((Need("run", "dep:generic/libmagic"),), there, KNOWLEDGE).steps
    assert step.packages == ("libmagic",)


@pytest.mark.parametrize("packages", [frozenset[str](), frozenset({"openmpi-devel", "gcc"})])
def test_mpi_of_the_rpm_families_is_put_on_path(packages: frozenset[str]) -> None:
    fedora = replace(host("fedora:43"), packages=packages)
    *_, told = draft_plan((Need("tool-missing", "mpicc"),), fedora, KNOWLEDGE).steps
    assert told.variables == (("PATH", "/usr/lib64/openmpi/bin"),)


@pytest.mark.parametrize(
    ("system", "kinds"),
    [("windows:11", ["packages"]), ("windows:2025", ["packages"])],
)
def test_winget_is_there_on_newer_windows(system: str, kinds: list[str]) -> None:
    steps = draft_plan((Need("tool-missing", "cmake"),), host(system), KNOWLEDGE).steps
    assert [step.kind for step in steps] == kinds


def test_an_older_server_gets_winget_first() -> None:
    old = host("windows:2022")
    manual, install = draft_plan((Need("tool-missing", "cmake"),), old, KNOWLEDGE).steps
    assert manual.summary.startswith("Install winget")
    assert install.manager == "winget"
