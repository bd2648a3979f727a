"""What is said of downloads while building, and when they end a run beforehand."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest

from buildfix.analysis import Download
from buildfix.engine import notes, unreachable
from buildfix.engine.session import Session
from buildfix.target_scripts import hosts

FMT = Download("fmt 12.2.0", "example.org", "CMakeLists.txt:5")


def session(*downloads: Download, **environ: str) -> Session:
    """Return a session whose one build fetches this, as far as these functions look at one."""
    found = SimpleNamespace(downloads={"demo": downloads} if downloads else {})
    machine = SimpleNamespace(which=lambda _: None)
    told: dict[str, Any] = {"environ": environ, "machine": machine, "local": True}
    interpreter = SimpleNamespace(path="python3")
    return cast(
        Session, SimpleNamespace(foreseen_so_far=lambda: found, interpreter=interpreter, **told)
    )


def ending(given: Session, silent: Sequence[str], monkeypatch: pytest.MonkeyPatch) -> str | None:
    """Return why a run ends where these hosts cannot be reached; None if it goes on."""

    def ask(_machine: object, _python: str, _command: str, question: Mapping[str, Any]) -> Any:
        return [host for host in question["hosts"] if host in silent]

    monkeypatch.setattr(unreachable, "ask_interpreter", ask)
    found = unreachable.unreachable_download(given)
    return found.reason if found else None


def test_a_run_ends_before_an_install_if_a_build_surely_fetches_from_a_silent_host(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = ending(session(FMT), ["example.org"], monkeypatch)
    assert said == (
        "demo downloads fmt 12.2.0 from example.org while building (CMakeLists.txt:5), and "
        "example.org cannot be reached from here. Nothing was installed for it."
    )
    assert ending(session(FMT), [], monkeypatch) is None
    assert ending(session(), ["example.org"], monkeypatch) is None


def test_settings_that_lead_elsewhere_and_fetches_that_may_not_happen_end_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    maybe = Download("fmt", "example.org", "setup.py:1", sure=False)
    assert ending(session(maybe), ["example.org"], monkeypatch) is None
    for name, value in (
        ("https_proxy", "http://proxy"),
        ("CMAKE_ARGS", "-DFETCHCONTENT_SOURCE_DIR_FMT=/src/fmt"),
        ("CARGO_NET_GIT_FETCH_WITH_CLI", "true"),
    ):
        assert ending(session(FMT, **{name: value}), ["example.org"], monkeypatch) is None


def test_a_host_is_unreachable_if_it_is_unknown_or_refuses_and_not_if_it_is_slow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = {
        "gone": socket.gaierror(),
        "closed": ConnectionRefusedError(),
        "slow": TimeoutError(),
    }

    def connect(address: tuple[str, int], **_: float) -> Any:
        if address[0] in answers:
            raise answers[address[0]]
        return SimpleNamespace(close=lambda: None)

    monkeypatch.setattr(socket, "create_connection", connect)
    asked = ["gone", "closed", "slow", "there"]
    assert hosts.answer({"hosts": asked}) == ["gone", "closed"]


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
