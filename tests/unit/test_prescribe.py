"""From causes and needs to steps, on hosts that are only described."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from buildfix.catalog import Knowledge
from buildfix.core import (
    Cause,
    Command,
    CreateEnvironment,
    DisableIsolation,
    FetchOptions,
    Host,
    InstallPackages,
    Need,
    PlanDraft,
    Rebuild,
    Request,
    names_of,
)
from buildfix.installers.by_name import fetch_options
from buildfix.package_managers import IndexFetch, Owner
from buildfix.platforms.linux import Linux
from buildfix.platforms.stock_host import stock_host
from buildfix.providers import Builds, draft_plan
from buildfix.providers.system_packages import fetch_steps
from tests.unit.machines import INTERPRETER, TRIXIE

C = Need("compiler-missing", "c")
FFI = Need("header-missing", "ffi.h")


def packages(found: PlanDraft) -> tuple[str, ...]:
    return tuple(name for step in found.steps for name in step.packages)


def with_interpreter(**changes: object) -> Host:
    return TRIXIE.with_interpreter(replace(INTERPRETER, **changes))  # type: ignore[arg-type]


def test_one_transaction_brings_all_with_the_headers_that_a_compiler_needs(
    knowledge: Knowledge,
) -> None:
    (step,) = draft_plan((C, FFI), TRIXIE, knowledge).steps
    assert step == InstallPackages(
        "Install build-essential, python3-dev, libffi-dev",
        (C, FFI),
        argv=(
            *("apt-get", "install", "--yes", "--no-install-recommends"),
            *("-o", "Dpkg::Use-Pty=0", "-o", "Dpkg::Options::=--force-confdef"),
            *("-o", "Dpkg::Options::=--force-confold", "--"),
            *("build-essential", "python3-dev", "libffi-dev"),
        ),
        env=(
            ("DEBIAN_FRONTEND", "noninteractive"),
            ("UCF_FORCE_CONFFOLD", "1"),
            ("APT_LISTCHANGES_FRONTEND", "none"),
            ("NEEDRESTART_SUSPEND", "1"),
        ),
        privileged=True,
        manager="apt",
        packages=("build-essential", "python3-dev", "libffi-dev"),
    )


def test_installed_packages_are_not_in_the_plan(knowledge: Knowledge) -> None:
    host = replace(TRIXIE, packages=frozenset({"build-essential", "python3-dev"}))
    assert packages(draft_plan((C, FFI), host, knowledge)) == ("libffi-dev",)
    everything = replace(host, packages=host.packages | {"libffi-dev"})
    assert draft_plan((C, FFI), everything, knowledge) == PlanDraft()


def test_stale_package_lists_are_refreshed_first(knowledge: Knowledge) -> None:
    first, second = draft_plan((C,), replace(TRIXIE, lists_fresh=False), knowledge).steps
    assert (first.argv, first.privileged) == (("apt-get", "update"), True)
    assert second.packages == ("build-essential", "python3-dev")


def test_what_dpkg_was_interrupted_at_is_finished_first(knowledge: Knowledge) -> None:
    host = replace(TRIXIE, interrupted=True)
    first, second = draft_plan((C,), host, knowledge).steps
    assert (first.argv[0], first.argv[-2:]) == ("dpkg", ("--configure", "-a"))
    assert first.privileged
    assert (first.because, second.packages) == ((C,), ("build-essential", "python3-dev"))
    there = replace(host, packages=frozenset({"build-essential", "python3-dev"}))
    assert draft_plan((C,), there, knowledge) == PlanDraft()
    unpacked = replace(
        host, privilege="none", data_folder="/d", commands=frozenset({"apt-get", "dpkg-deb"})
    )
    steps = draft_plan((C,), unpacked, knowledge).steps
    assert steps
    assert not any("--configure" in step.argv for step in steps)


def test_a_library_brings_the_compiler_that_it_is_of_no_use_without(
    knowledge: Knowledge,
) -> None:
    assert packages(draft_plan((FFI,), TRIXIE, knowledge)) == (
        "libffi-dev",
        "build-essential",
        "python3-dev",
    )


@pytest.mark.parametrize(
    ("interpreter", "headers"),
    [
        ({}, ("python3-dev",)),
        ({"version": "3.12.9"}, ("python3.12-dev",)),
        ({"has_headers": True}, ()),
        ({"base_prefix": "/home/user/.pyenv/versions/3.12.1"}, ()),
    ],
)
def test_only_the_systems_own_interpreters_have_their_headers_in_packages(
    knowledge: Knowledge, interpreter: dict[str, object], headers: tuple[str, ...]
) -> None:
    found = draft_plan((C,), with_interpreter(**interpreter), knowledge)
    assert packages(found) == ("build-essential", *headers)


def test_missing_headers_of_a_foreign_interpreter_are_never_python3_dev(
    knowledge: Knowledge,
) -> None:
    host = with_interpreter(base_prefix="/opt/python", has_headers=False)
    found = draft_plan((Need("python-headers-missing", "Python.h"),), host, knowledge)
    assert found.steps == ()
    assert found.unmet


def test_runtime_needs_install_no_development_packages(knowledge: Knowledge) -> None:
    missing = Need("runtime-library-missing", "libmagic")
    assert packages(draft_plan((missing,), TRIXIE, knowledge)) == ("libmagic1t64",)
    foreseen = Need("run", "dep:generic/libffi")
    assert packages(draft_plan((foreseen,), TRIXIE, knowledge)) == ("libffi8",)


def test_a_derived_system_takes_over_and_differs(knowledge: Knowledge) -> None:
    derived = replace(TRIXIE, id="derived", id_like=("debian",), version="1")
    assert packages(draft_plan((C, FFI), derived, knowledge)) == (
        "build-essential",
        "python3.13-dev",
        "libffi8-dev",
    )
    unknown = replace(TRIXIE, id="nobodys", id_like=("nothing", "debian"))
    assert packages(draft_plan((FFI,), unknown, knowledge))[0] == "libffi-dev"


@pytest.mark.parametrize(
    ("need", "host", "why"),
    [
        (Need("header-missing", "strange.h"), TRIXIE, "have a recipe for strange.h"),
        (
            Need("header-missing", "nowhere.h"),
            TRIXIE,
            "no known Debian package provides a thing that no",
        ),
        (FFI, replace(TRIXIE, id="plan9", title="Plan 9"), "have a recipe for Plan 9"),
        (Need("tool-missing", "rm -rf; x"), TRIXIE, "have a recipe for rm -rf; x"),
    ],
)
def test_unknown_need_is_reported_and_installs_nothing(
    knowledge: Knowledge, need: Need, host: Host, why: str
) -> None:
    found = draft_plan((need,), host, knowledge)
    assert found.steps == ()
    assert why in found.unmet[0][1]


def test_remedy_of_the_cause_has_priority(knowledge: Knowledge) -> None:
    cause = Cause("python-module-missing", "wheel", 1, "", recipe="old-pip-bdist-wheel")
    need = Need(cause.kind, cause.subject)
    (step,) = draft_plan((need,), TRIXIE, knowledge, (cause,)).steps
    assert step.argv[1:] == ("-m", "pip", "install", "--upgrade", "pip", "setuptools", "wheel")
    assert not step.privileged


def test_what_must_share_a_library_is_built_here_too(knowledge: Knowledge) -> None:
    cause = Cause("abi-mismatch", "lxml", 1, "", recipe="xmlsec-other-libxml2-than-lxml")
    (step,) = draft_plan((Need(cause.kind, "lxml"),), TRIXIE, knowledge, (cause,)).steps
    assert (step, step.kind) == (Rebuild(step.summary, step.because, ("lxml",)), "installer")


def test_what_comes_from_pypi_goes_into_the_environment_that_is_created_before() -> None:
    venv = Need("externally-managed", "-", "/home/user/.venv")
    host = with_interpreter(
        path="/usr/bin/python3", prefix="/usr", base_prefix="/usr", externally_managed=True
    )
    needs = (venv, Need("tool-missing", "cmake", ">=99"), Need("python-module-missing", "torch"))
    steps = draft_plan(needs, host, Knowledge()).steps
    made = next(n for n, step in enumerate(steps) if isinstance(step, CreateEnvironment))
    installs = [n for n, step in enumerate(steps) if step.argv[1:4] == ("-m", "pip", "install")]
    assert len(installs) == 2
    assert min(installs) > made
    assert {steps[n].argv[0] for n in installs} == {"/home/user/.venv/bin/python"}
    paths = [dict(step.variables).get("PATH", "") for step in steps]
    assert any(path.endswith("/home/user/.venv/bin") for path in paths)


def test_uv_is_installed_by_pip_with_the_users_settings_in_its_words() -> None:
    fetch = FetchOptions("uv", ("--default-index", "https://mine.example/simple"))
    host = replace(with_interpreter(), fetch=fetch)
    install, found = draft_plan([Need("installer", "uv")], host, Knowledge()).steps
    index = ("--index-url", "https://mine.example/simple")
    assert install.argv == (host.python, "-m", "pip", "install", *index, "uv")
    assert found.variables[0][0] == "PATH"


def test_uv_comes_from_the_index_that_its_own_variables_name() -> None:
    environ = {"UV_DEFAULT_INDEX": "https://mine.example/simple", "UV_CONSTRAINT": "/c.txt"}
    fetch = fetch_options(Request(("demo",), installer="uv"), environ, "", {})
    assert fetch.arguments == ()  # uv reads them itself
    install = draft_plan(
        [Need("installer", "uv")], replace(with_interpreter(), fetch=fetch), Knowledge()
    ).steps[0]
    words = ("--constraint", "/c.txt", "--index-url", "https://mine.example/simple", "uv")
    assert install.argv[4:] == words


def test_a_managed_interpreter_gets_a_virtual_environment(knowledge: Knowledge) -> None:
    need = Need("externally-managed", "-", "/home/user/.venv")
    host = with_interpreter(path="/usr/bin/python3", externally_managed=True)
    first, second = draft_plan((need,), host, knowledge).steps
    assert first.packages == ("python3-venv",)
    assert second.argv == ("/usr/bin/python3", "-m", "venv", "/home/user/.venv")
    assert isinstance(second, CreateEnvironment)
    assert second.target == "/home/user/.venv/bin/python"


@pytest.mark.parametrize(
    ("system", "required", "expected"),
    [
        ("debian:13", ">=3.31", ("apt", "cmake")),
        ("debian:12", ">=3.31", ("pypi", "cmake>=3.31")),
        ("debian:12", ">=3.20", ("apt", "cmake")),
        ("debian:12", "3.31", ("pypi", "cmake>=3.31")),
    ],
)
def test_where_the_systems_version_is_too_old_another_road_is_taken(
    system: str, required: str, expected: tuple[str, str]
) -> None:
    shipped = Knowledge()
    need = Need("tool-missing", "cmake", required)
    found = draft_plan((need,), stock_host(system, shipped), shipped)
    from_pypi = [step.argv[4] for step in found.steps if step.argv[1:4] == ("-m", "pip", "install")]
    assert (expected[1] in packages(found)) is (expected[0] == "apt")
    assert (expected[1] in from_pypi) is (expected[0] == "pypi")


def test_only_versions_stand_behind_a_name_that_pip_gets() -> None:
    shipped = Knowledge()
    host = replace(stock_host("debian:12", shipped), privilege="none", commands=frozenset())
    for required in ("@https://example.org/x.whl", ">=3 --index-url https://example.org"):
        needs = (
            Need("tool-missing", "cmake", required),
            Need("python-module-missing", "yaml", required),
        )
        argv = [word for step in draft_plan(needs, host, shipped).steps for word in step.argv]
        assert not any("example.org" in word for word in argv)


def test_a_library_that_is_nowhere_new_enough_is_said_so() -> None:
    shipped = Knowledge()
    need = Need("library-too-old", "qpdf", ">=99")
    found = draft_plan((need,), stock_host("debian:13", shipped), shipped)
    assert found.steps == ()
    assert found.unmet == ((need, "Debian 13 has QPDF 12.2.0, but >=99 is required"),)


def without_root(**changes: object) -> Host:
    facts = {"privilege": "none", "data_folder": "/home/me/.local/share/buildfix", **changes}
    commands = frozenset({"apt-get", "dpkg-deb"})
    return replace(TRIXIE, **{"commands": commands, **facts})  # type: ignore[arg-type]


def test_without_root_packages_are_unpacked_into_a_folder_of_the_users(
    knowledge: Knowledge,
) -> None:
    unpack, tell = draft_plan((C, FFI), without_root(), knowledge).steps
    folder = "/home/me/.local/share/buildfix/debian-13"
    assert (unpack.kind, unpack.privileged) == ("packages", False)
    assert unpack.argv[2:] == (folder, "build-essential", "python3-dev", "libffi-dev")
    assert dict(tell.variables)["PATH"].startswith(f"{folder}/bin:")


@pytest.mark.parametrize(
    ("host", "attended", "unpacked"),
    [
        (without_root(commands=frozenset()), False, False),
        (without_root(privilege="sudo-password"), True, False),
        (without_root(privilege="sudo-password"), False, True),
        (without_root(privilege="sudo"), False, False),
    ],
)
def test_root_is_asked_for_where_it_can_be_had(
    knowledge: Knowledge, host: Host, attended: bool, unpacked: bool
) -> None:
    step, *_ = draft_plan((C,), host, knowledge, attended=attended).steps
    assert step.privileged is not unpacked


def test_without_root_and_apt_pypis_compiler_serves_where_the_headers_are_there(
    knowledge: Knowledge,
) -> None:
    fedora = replace(without_root(commands=frozenset()), id="debian")
    own_headers = fedora.with_interpreter(replace(INTERPRETER, has_headers=True))
    install, tell = draft_plan((C,), own_headers, knowledge).steps
    assert install.argv[1:] == ("-m", "pip", "install", "ziglang")
    assert dict(tell.variables)["CC"] == "/v/lib/python3.13/site-packages/ziglang/zig cc"
    (step,) = draft_plan((C, FFI), own_headers, knowledge).steps
    assert step.privileged


class Lists:
    """An index that knows a few packages."""

    unfetched = ""

    def __init__(self, owners: dict[Need, tuple[Owner, ...]], fetched: bool = True):
        self.known, self.fetched = owners, fetched

    def versions(self, packages: Sequence[str]) -> dict[str, str]:
        return dict.fromkeys(packages, "1:2.0-3")

    def owners(self, needs: Sequence[Need]) -> dict[Need, tuple[Owner, ...]]:
        return {need: self.known[need] for need in needs if need in self.known}

    def backported(self, suite: str, packages: Sequence[str]) -> dict[str, str]:
        known = {"libgit2-dev": "1.8.4+ds-3~bpo12+1"} if suite == "bookworm-backports" else {}
        return {name: known[name] for name in packages if name in known}

    def fetch(self) -> IndexFetch | None:
        update = Command(("apt-file", "update"))
        return None if self.fetched else IndexFetch((update,), "51 MB")


STRANGE = Need("header-missing", "strange.h")
SURE = Owner("libstrange-dev", "/usr/include/strange.h", sure=True)
OTHER = Owner("libodd-dev", "/usr/include/odd/strange.h", sure=False)


def test_unknown_need_is_looked_up_in_the_index_of_the_system(knowledge: Knowledge) -> None:
    found = draft_plan((STRANGE,), TRIXIE, knowledge, index=Lists({STRANGE: (SURE,)}))
    assert packages(found) == ("libstrange-dev",)


def test_installing_the_program_of_an_index_is_not_called_fetching_it(knowledge: Knowledge) -> None:
    commands = Command(("apt-get", "install", "apt-file")), Command(("apt-file", "update"))
    recipe = knowledge.host(TRIXIE)
    assert recipe is not None
    steps = fetch_steps(IndexFetch(commands, "51 MB", ("apt-file",)), (STRANGE,), recipe)
    said = [step.summary for step in steps]
    assert said == ["Install apt-file for the file index", "Fetch the file index: 51 MB"]


def test_several_candidates_are_shown_and_not_taken_unattended(knowledge: Knowledge) -> None:
    lists = Lists({STRANGE: (OTHER, replace(OTHER, package="libeven-dev"))})
    found = draft_plan((STRANGE,), TRIXIE, knowledge, index=lists, attended=False)
    assert found.steps == ()
    assert "libodd-dev, libeven-dev" in found.unmet[0][1]


def test_the_index_of_files_is_fetched_only_when_it_is_needed(knowledge: Knowledge) -> None:
    lists = Lists({}, fetched=False)
    assert packages(draft_plan((FFI,), TRIXIE, knowledge, index=lists))
    found = draft_plan((STRANGE,), TRIXIE, knowledge, index=lists)
    assert [step.argv for step in found.steps] == [("apt-file", "update")]
    assert found.deferred == (STRANGE,)
    assert "51 MB" in found.steps[0].summary


def test_a_module_that_a_build_does_not_declare_is_installed_beforehand() -> None:
    need = Need("python-module-missing", "Cython.Build")
    builds = Builds({"old": ("numpy<2",)})
    first, then = draft_plan((need,), TRIXIE, Knowledge(), builds=builds).steps
    assert first.argv[4:] == ("setuptools", "wheel", "numpy<2", "Cython")
    assert names_of((then,), DisableIsolation) == ("old",)
    unknown = Need("python-module-missing", "rm_rf")
    assert draft_plan((unknown,), TRIXIE, Knowledge(), builds=builds).steps == ()


@pytest.mark.parametrize(
    ("arch", "own"),
    [("x86_64", "x86_64-linux-gnu"), ("armv7l", "arm-linux-gnueabihf"), ("i686", "i386-linux-gnu")],
)
def test_debians_folders_of_an_architecture_are_looked_into(arch: str, own: str) -> None:
    assert f"/usr/include/{own}" in Linux().header_folders(arch)
    assert f"/usr/lib/{own}" in Linux().library_folders(arch, "/usr")
