"""Fixtures for the tests that run in a bare Debian root."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.bed import BareRoot, Stack, available, build_wheel, sweep, with_buildfix

settings.register_profile("busy", deadline=None)  # how long an example takes tells of the machine
settings.load_profile("busy")


def pytest_configure(config: pytest.Config) -> None:
    """Make the markers known, wherever the tests are run from, and heed Ctrl-C.

    A shell has what it starts in its background ignore it, and CI may be such a command.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ["CARGO_NET_OFFLINE"] = "true"  # no forecast asks the index of crates
    config.addinivalue_line("markers", "bed: runs in a bare Debian root")
    config.addinivalue_line("markers", "slow: takes more than a few seconds")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test that needs a bare root where none can be had, with the reason."""
    if item.get_closest_marker("bed") and (reason := available()):
        pytest.skip(reason)


@pytest.fixture(scope="session")
def clean_bed() -> None:
    """Clear what an earlier, killed run left mounted."""
    sweep()


@pytest.fixture(scope="session")
def buildfix_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the project's wheel, once."""
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def bed_layer(clean_bed: None, buildfix_wheel: Path) -> Callable[[str], Stack]:  # noqa: ARG001
    """Return what gives a suite's root with buildfix in /opt/buildfix and an empty /v."""
    return lambda suite: with_buildfix(suite, buildfix_wheel)


@pytest.fixture
def bare_root(bed_layer: Callable[[str], Stack]) -> Iterator[BareRoot]:
    """Give a throw-away trixie with buildfix in it."""
    with BareRoot(bed_layer("trixie")) as root:
        yield root
