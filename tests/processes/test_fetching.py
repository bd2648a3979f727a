"""What the user tells the installer of indexes holds for all that a plan installs by name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from buildfix.catalog import Knowledge
from buildfix.catalog.schema import Remedy
from buildfix.core import (
    Command,
    FetchOptions,
    Host,
    InstallerName,
    Need,
    Request,
    Step,
)
from buildfix.core.redaction import redacted
from buildfix.engine.sudo import through_sudo
from buildfix.installers import install_command, network_options, pip_options
from buildfix.installers.argv import InstallOptions
from buildfix.installers.by_name import (
    fetch_options,
    install_from,
    names_uninstalled,
    unavailable,
    uninstall_argv,
)
from buildfix.installers.index_options import read_options
from buildfix.installers.option import words_of
from buildfix.providers import Builds, draft_plan
from buildfix.providers.remedies import remedy_step, step_at_run_time, why_not_fetched
from tests.unit.machines import INTERPRETER, TRIXIE

SHIPPED = Knowledge()
PRIVATE = "https://index.example/simple"
PIP_TOLD = (
    *("--index-url", PRIVATE),
    *("--trusted-host", "index.example"),
    *("--cert", "/absent/ca.pem"),
    *("--proxy", "http://proxy.example:3128"),
    "--prefer-binary",
)
UV_TOLD = ("--default-index", PRIVATE, "--trusted-host", "index.example", "--native-tls")
TOLD: dict[InstallerName, tuple[str, ...]] = {"pip": PIP_TOLD, "uv": UV_TOLD}
ROOTLESS = replace(
    TRIXIE,
    privilege="none",
    interpreter=replace(INTERPRETER, has_headers=True, platlib="/v/lib/site-packages"),
)


def host_for(request: Request, host: Host = TRIXIE, environ: dict[str, str] | None = None) -> Host:
    return replace(host, fetch=fetch_options(request, environ or {}, "", {}))


def steps_by_name(host: Host) -> list[Step]:
    """Return a step of each kind that installs something into the target by its name."""
    module = Need("python-module-missing", "numpy")
    build = draft_plan([module], host, SHIPPED, builds=Builds({"x": ("hatchling",)})).steps
    old = replace(host, id="debian", version="12", codename="bookworm")
    tool = draft_plan([Need("tool-missing", "cmake", ">=3.31")], old, SHIPPED).steps
    broken = Builds(broken="demo==1", pair="numpy<2")
    pair = draft_plan([Need("abi-mismatch", "numpy")], host, SHIPPED, builds=broken).steps
    rootless = replace(ROOTLESS, fetch=host.fetch, commands=frozenset())
    compiler = draft_plan([Need("compiler-missing", "c")], rootless, SHIPPED).steps
    several = (*build, *tool, *pair, *compiler)
    return [step for step in several if "install" in step.argv and not step.privileged]


@pytest.mark.parametrize("installer", ["pip", "uv"])
def test_every_step_that_installs_by_name_has_the_users_options(installer: InstallerName) -> None:
    told = TOLD[installer]
    request = Request(("demo",), installer=installer, installer_args=("--no-deps", *told))
    host, need = host_for(request), Need("python-module-missing", "numpy")
    upgrade = remedy_step(Remedy("upgrade", ("setuptools",)), need, host)
    late = step_at_run_time(Remedy("constrain", ("setuptools<81",)), need, host)
    steps = [*steps_by_name(host), upgrade, late]
    assert len(steps) >= 6, [step.summary for step in steps]
    for step in steps:
        head = ("uv", "pip", "install") if installer == "uv" else ("-m", "pip", "install")
        assert head in {step.argv[:3], step.argv[1:4]}, step.argv
        assert " ".join(told) in " ".join(step.argv), step.argv
        assert "--no-deps" not in step.argv


@pytest.mark.parametrize("installer", ["pip", "uv"])
def test_options_in_requirements_files_apply_too(tmp_path: Path, installer: InstallerName) -> None:
    (tmp_path / "held.txt").write_text("numpy<2\n", encoding="utf-8")
    file = tmp_path / "r.txt"
    file.write_text(f"--index-url {PRIVATE}\n-c held.txt\ndemo\n", encoding="utf-8")
    for request in (
        Request(requirement_files=(str(file),), installer=installer),
        Request(("demo",), installer=installer, installer_args=("-r", str(file))),
    ):
        for step in steps_by_name(host_for(request)):
            line = " ".join(step.argv)
            assert f"--index-url {PRIVATE}" in line
            assert f"--constraint {tmp_path / 'held.txt'}" in line


def test_what_is_built_again_keeps_the_index_and_hashes_of_its_file(tmp_path: Path) -> None:
    file = tmp_path / "r.txt"
    file.write_text(f"--index-url {PRIVATE}\ndemo==1\n", encoding="utf-8")
    request, again = Request(requirement_files=(str(file),)), InstallOptions(rebuild=("demo==1",))
    again = replace(again, complete=True)
    argv = install_command(request, INTERPRETER, again).argv
    assert argv[-3:] == ("--index-url", PRIVATE, "demo==1")
    file.write_text("demo==1 --hash=sha256:00\n", encoding="utf-8")
    assert install_command(request, INTERPRETER, again).argv[-2:] == ("-r", str(file))


def test_where_hashes_are_required_or_no_index_may_be_asked_nothing_comes_by_name(
    tmp_path: Path,
) -> None:
    hashed = tmp_path / "r.txt"
    hashed.write_text("demo==1 --hash=sha256:00\n", encoding="utf-8")
    config = tmp_path / "pip.conf"
    config.write_text("[install]\nno-index = yes\n", encoding="utf-8")
    for request, environ in (
        (Request(requirement_files=(str(hashed),)), {}),
        (Request(("demo",), installer_args=("--no-index",)), {}),
        (Request(("demo",), installer="uv", installer_args=("--no-index",)), {}),
        (Request(("demo",)), {"PIP_NO_INDEX": "1"}),
        (Request(("demo",)), {"PIP_REQUIRE_HASHES": "on"}),
        (Request(("demo",)), {"PIP_CONFIG_FILE": str(config)}),
        (Request(("demo",), installer="uv"), {"UV_NO_INDEX": "true"}),
    ):
        host = host_for(request, environ=environ)
        assert steps_by_name(host) == [], request
        upgrade = Remedy("upgrade", ("setuptools",))
        assert why_not_fetched(upgrade, Need("tool-missing", "x"), host, Builds())
        need = Need("python-module-missing", "numpy")
        (unmet,) = draft_plan([need], host, SHIPPED).unmet
        assert unmet[0] == need
        assert "numpy cannot be installed" in unmet[1]


def test_without_an_index_what_the_users_folders_have_is_installed(tmp_path: Path) -> None:
    (tmp_path / "numpy-2.0-cp313-cp313-linux_x86_64.whl").touch()
    for place in (str(tmp_path), tmp_path.as_uri()):
        request = Request(("demo",), installer_args=("--no-index", "-f", place))
        fetch = fetch_options(request, {}, "", {})
        assert unavailable("numpy>=1", fetch) == ""
        assert "does not have it" in unavailable("cmake", fetch)
    asked = Request(("demo",), installer_args=("--no-index", "-f", "https://links.example/"))
    assert unavailable("numpy", fetch_options(asked, {}, "", {})) == ""


def test_a_wheel_of_another_index_comes_by_the_users_proxy_and_from_there_alone() -> None:
    request = Request(("demo",), installer_args=PIP_TOLD)
    where = ("--only-binary", ":all:", "--index-url", "https://wheels.example/simple")
    argv = install_from(host_for(request), where, "demo==1")
    assert PRIVATE not in argv
    assert argv[-5:] == (*where, "demo==1")
    assert "--proxy" in argv
    assert "--index-url" not in network_options(request)


def test_uvs_options_are_those_of_pip_where_pip_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://standin.example/simple")
    args = ("--index", "mine=https://other.example/simple", "--default-index", PRIVATE)
    told = pip_options(Request(("demo",), installer="uv", installer_args=args))
    assert [one for one in told if one.startswith("http")] == [
        "https://other.example/simple",
        "https://standin.example/simple",
        PRIVATE,
    ]
    assert told[-2:] == ("--index-url", PRIVATE)  # pip takes the last one


def test_options_are_read_as_the_installers_read_them(tmp_path: Path) -> None:
    words = ("-U", f"-f{tmp_path}", "--index=https://a.example", "--target", "/x", "--pre", "-v")
    found = words_of(read_options(words, "pip"))
    assert found == ("--find-links", str(tmp_path), "--index-url", "https://a.example", "--pre")


@pytest.mark.parametrize("installer", ["pip", "uv"])
def test_uninstall_step_names_the_distribution(installer: InstallerName) -> None:
    host = replace(TRIXIE, fetch=FetchOptions(installer))
    assert names_uninstalled(uninstall_argv(host, ("CMake",))) == ("cmake",)
    assert names_uninstalled(("rm", "-m", "pip", "install", "x", "y")) == ()


def test_sudo_passes_proxies_on_and_shows_no_password() -> None:
    update = Command(("apt-get", "update"), (("A", "1"),))
    environ = {"http_proxy": "http://proxy:3128", "HTTPS_PROXY": "http://me:pw@proxy", "X": "y"}
    command = through_sudo(update, environ, asks=False)
    assert command.argv == (
        *("sudo", "-n", "--preserve-env=HTTPS_PROXY"),
        *("env", "http_proxy=http://proxy:3128", "A=1", "apt-get", "update"),
    )
    assert through_sudo(update, {}, asks=True).argv == ("sudo", "env", "A=1", "apt-get", "update")


def test_credentials_of_proxies_are_not_shown() -> None:
    assert redacted("--proxy me:secret@proxy.example:3128") == "--proxy ****@proxy.example:3128"
    assert redacted("me:secret@proxy.example:3128") == "****@proxy.example:3128"
    assert redacted("HTTP_PROXY=me:secret@p:1") == "HTTP_PROXY=****@p:1"
    assert redacted("git@host.example:22 a@b") == "git@host.example:22 a@b"
