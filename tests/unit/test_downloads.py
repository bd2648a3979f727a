"""What is said of downloads while building, and when they end a run beforehand."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from buildfix.analysis import Download
from buildfix.analysis.downloads import download
from buildfix.core import Need, RunCommand, SetVariables, Step
from buildfix.engine import notes, unreachable
from buildfix.engine.outcome import Ending
from buildfix.engine.session import Session
from buildfix.machines.scripts import step_script
from buildfix.target_scripts import hosts

FMT = Download("fmt 12.2.0", "example.org", "CMakeLists.txt:5", port=443)


def session(*downloads: Download, **environ: str) -> Session:
    """Return a session whose one build fetches this, as far as these functions look at one."""
    found = SimpleNamespace(downloads={"demo": downloads} if downloads else {})
    machine = SimpleNamespace(which=lambda _: None)
    environ.setdefault("CARGO_HOME", "/nonexistent")
    state = SimpleNamespace(replaced=frozenset())
    told: dict[str, Any] = {"environ": environ, "machine": machine, "local": True, "state": state}
    interpreter = SimpleNamespace(path="python3")
    return cast(
        Session, SimpleNamespace(foreseen_so_far=lambda: found, interpreter=interpreter, **told)
    )


def ending(given: Session, silent: Sequence[str], monkeypatch: pytest.MonkeyPatch) -> str | None:
    """Return why a run ends where these hosts cannot be reached; None if it goes on."""
    found = ended(given, silent, monkeypatch)
    return found.reason if found else None


def ended(
    given: Session, silent: Sequence[str], monkeypatch: pytest.MonkeyPatch, *steps: Step
) -> Ending | None:
    """Return how a run ends where these hosts cannot be reached; None if it goes on."""

    def ask(_machine: object, _python: str, _command: str, question: Mapping[str, Any]) -> Any:
        return [asked for asked in question["hosts"] if asked[0] in silent]

    monkeypatch.setattr(unreachable, "ask_interpreter", ask)
    return unreachable.unreachable_download(given, steps)


def test_a_run_ends_before_an_install_if_a_build_surely_fetches_from_a_silent_host(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = ending(session(FMT), ["example.org"], monkeypatch)
    assert said == (
        "demo downloads fmt 12.2.0 from example.org while building (CMakeLists.txt:5), and "
        "example.org cannot be reached from here."
    )
    assert ending(session(FMT), [], monkeypatch) is None
    assert ending(session(), ["example.org"], monkeypatch) is None


def test_a_run_ends_if_no_host_that_has_it_can_be_reached(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mirrored = replace(FMT, mirrors=(("example.net", 443),))
    assert ending(session(mirrored), ["example.org"], monkeypatch) is None
    assert ending(session(mirrored), ["example.org", "example.net"], monkeypatch) == (
        "demo downloads fmt 12.2.0 from example.org or example.net while building "
        "(CMakeLists.txt:5), and none of these can be reached from here."
    )


def test_an_ending_says_which_options_take_the_systems_libraries(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    switched = replace(FMT, switches=("-Dsystem-fmt=true",))
    said = ending(session(switched), ["example.org"], monkeypatch)
    assert said and said.endswith(
        " With -C setup-args=-Dsystem-fmt=true among the installer's options, it is built with "
        "the system's libraries."
    )
    other = replace(FMT, what="qhull")
    said = ending(session(switched, other), ["example.org"], monkeypatch)
    assert said and "setup-args" not in said, "all or nothing"


def test_a_run_ends_before_an_install_if_a_step_fetches_from_a_silent_host(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url, mirror = "https://example.net/rustup-init", ("--mirror", "ROOT=https://example.net")
    argv = ("python3", step_script("fetch"), url, "0" * 64, "rustup-init", *mirror)
    fetch = RunCommand("Download rustup-init", argv=argv)
    found = ended(session(), ["example.net"], monkeypatch, fetch)
    assert found and found.reason == (
        "Download rustup-init: example.net cannot be reached from here."
    )
    assert ended(session(), [], monkeypatch, fetch) is None
    mirrored = session(ROOT="https://mirror.example")
    assert ended(mirrored, ["example.net"], monkeypatch, fetch) is None
    other = RunCommand("Run it", argv=("cat", "fetch", url))
    assert ended(session(), ["example.net"], monkeypatch, other) is None


def test_settings_that_lead_elsewhere_and_fetches_that_may_not_happen_end_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    maybe = Download("fmt", "example.org", "setup.py:1", sure=False, port=443)
    assert ending(session(maybe), ["example.org"], monkeypatch) is None
    for name, value in (
        ("https_proxy", "http://proxy"),
        ("CMAKE_ARGS", "-DFETCHCONTENT_SOURCE_DIR_FMT=/src/fmt"),
        ("CPM_SOURCE_CACHE", "/src"),
    ):
        assert ending(session(FMT, **{name: value}), ["example.org"], monkeypatch) is None
    of_cargo = {"CARGO_NET_GIT_FETCH_WITH_CLI": "true"}
    crate = replace(FMT, by_cargo=True)
    assert ending(session(crate, **of_cargo), ["example.org"], monkeypatch) is None
    assert ending(session(FMT, **of_cargo), ["example.org"], monkeypatch)


def test_a_host_is_unreachable_if_it_is_unknown_or_refuses_and_not_if_it_is_slow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = {
        "gone": socket.gaierror(),
        "closed": ConnectionRefusedError(),
        "slow": TimeoutError(),
        "odd": UnicodeError(),
    }

    def connect(address: tuple[str, int], **_: float) -> Any:
        if address[0] in answers:
            raise answers[address[0]]
        return SimpleNamespace(close=lambda: None)

    monkeypatch.setattr(socket, "create_connection", connect)
    asked = [["gone", 443], ["closed", 80], ["slow", 443], ["there", 443], ["odd", 443]]
    assert hosts.answer({"hosts": asked}) == [["gone", 443], ["closed", 80]]


def test_a_note_names_what_is_fetched_and_from_where() -> None:
    several = [Download(f"part{number}", "example.org", "Cargo.lock") for number in range(6)]
    assert notes._of_downloads("demo", several) == (
        "demo downloads part0, part1, part2, part3 and 2 more from example.org while building."
    )
    maybe = Download("model", "example.net", "setup.py:1", sure=False)
    assert notes._of_downloads("demo", [maybe]) == (
        "demo may download model from example.net while building."
    )
    assert notes._of_downloads("demo", [maybe, FMT]).startswith("demo downloads fmt 12.2.0 from")


def test_a_note_names_the_libraries_that_no_recipe_knows() -> None:
    several = [Need("library-missing", name) for name in ("frob", "nicate")]
    assert notes._of_unknown("demo", several) == (
        "demo links frob, nicate, which no recipe knows: if the build does not find them, install "
        "their development files."
    )
    assert notes._of_unknown("demo", several[:1]).endswith(
        "find it, install its development files."
    )


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("https://example.org/a.tgz", "example.org", 443),
        ("http://example.org:8080/a.tgz", "example.org", 8080),
        ("git+https://my.user:secret@example.org/a/b.git", "example.org", 443),
        ("git://example.org/a/b", "example.org", 9418),
        ("ssh://git@example.org:2222/a/b", "example.org", 0),
        ("git@example.org:a/b.git", "example.org", 0),
    ],
)
def test_a_host_is_asked_where_the_build_asks_it(url: str, host: str, port: int) -> None:
    found = download("", url, where="setup.py:1")
    assert found is not None
    assert (found.host, found.port) == (host, port)


def test_what_cargo_may_have_or_lead_elsewhere_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "git/db").mkdir(parents=True)
    crate = replace(FMT, by_cargo=True)
    given = session(crate, CARGO_HOME=str(tmp_path))
    assert ending(given, ["example.org"], monkeypatch) is None
    assert ending(session(crate), ["example.org"], monkeypatch)
    of_cmake = session(FMT, CARGO_HOME=str(tmp_path))
    assert ending(of_cmake, ["example.org"], monkeypatch), "which cargo has no copy of"
    by_ssh = replace(FMT, port=0)
    assert ending(session(by_ssh), ["example.org"], monkeypatch) is None


def test_few_hosts_of_many_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [replace(FMT, host=f"h{number}.example.org") for number in range(50)]
    asked: list[Sequence[Any]] = []

    def ask(_machine: object, _python: str, _command: str, question: Mapping[str, Any]) -> Any:
        asked.extend(question["hosts"])
        return []

    monkeypatch.setattr(unreachable, "ask_interpreter", ask)
    assert unreachable.unreachable_download(session(*many), ()) is None
    assert len(asked) == unreachable.MAX_ASKED


def test_what_the_system_has_serves_in_place_of_what_cannot_be_fetched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    packaged = Need("cmake-package-missing", "fmt", ">=10.2.1")
    always = "-DFETCHCONTENT_TRY_FIND_PACKAGE_MODE=ALWAYS"
    declared = replace(FMT, instead=(packaged,), setting=always)
    found = ended(session(declared, CMAKE_ARGS="-DX=1"), ["example.org"], monkeypatch)
    assert found and found.instead == (packaged,)
    assert [one.variables for one in found.steps if isinstance(one, SetVariables)] == [
        (("CMAKE_ARGS", f"-DX=1 {always}"),)
    ]
    going_on = session(declared)
    cast(Any, going_on).state.replaced = frozenset({packaged})
    assert ended(going_on, ["example.org"], monkeypatch) is None
    looked_for = replace(FMT, instead=(packaged,))
    found = ended(session(looked_for), ["example.org"], monkeypatch)
    assert found and (found.instead, found.steps) == ((packaged,), ())
    other = replace(FMT, what="unknown")
    found = ended(session(looked_for, other), ["example.org"], monkeypatch)
    assert found and not found.instead, "all or nothing"


def test_a_plan_says_what_would_do_in_place_of_a_download() -> None:
    looked_for = replace(FMT, instead=(Need("cmake-package-missing", "fmt"),))
    said = notes._of_downloads("demo", [looked_for])
    assert said.endswith("while building; if that cannot be reached, the system's fmt will do.")
