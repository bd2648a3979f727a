"""Strategies by themselves: what each answers to what it reads."""

from __future__ import annotations

from dataclasses import replace

import pytest

from buildfix.catalog import Knowledge
from buildfix.core import Cause, Need
from buildfix.engine.strategies.alternative_release import older_pythons
from buildfix.engine.strategies.preflight import PreflightContext, refusal
from buildfix.platforms.pythons import Installed
from buildfix.providers import PlanDraft
from tests.unit.machines import TRIXIE, Played, Recorded

SHIPPED = Knowledge()
PROJ = Need("build", "dep:generic/proj", ">=9.9")
UNMET = PlanDraft(unmet=((PROJ, "the system has an older one"),))


@pytest.mark.parametrize(
    ("version", "kind"), [("9.1.1", "library-too-old"), ("9.9.0", None), (None, None)]
)
def test_preflight_refuses_a_library_that_is_known_to_be_too_old(
    version: str | None, kind: str | None
) -> None:
    here = PreflightContext(TRIXIE, None, SHIPPED, lambda _: version)
    found = refusal({PROJ: "pyproj"}, UNMET, here)
    assert (found.cause.kind if found and found.cause else None) == kind


def test_preflight_refuses_nothing_that_no_build_asked_for() -> None:
    here = PreflightContext(TRIXIE, None, SHIPPED, lambda _: "9.1.1")
    assert refusal({}, UNMET, here) is None


def test_preflight_trusts_a_user_who_says_where_a_library_is() -> None:
    machine = Recorded({"pkg-config": [Played("", 1)]})
    here = PreflightContext(TRIXIE, machine, SHIPPED, lambda _: "9.1.1")
    assert refusal({PROJ: "pyproj"}, UNMET, here) is not None
    machine.environ = {**machine.environ, "PROJ_DIR": "/opt/proj"}
    assert refusal({PROJ: "pyproj"}, UNMET, here) is None


def test_older_pythons_are_named_newest_first_within_what_is_supported() -> None:
    pythons = [Installed(f"/usr/bin/python3.{minor}", (3, minor)) for minor in (8, 10, 11, 13)]
    cause = Cause("python-unsupported", "3.13", 1, "", required=">=3.9")
    told = [step.summary for step in older_pythons(cause, "3.13", pythons)]
    assert ["3.11" in told[0], "3.10" in told[1], len(told)] == [True, True, 2]
    assert older_pythons(replace(cause, kind="source-error"), "3.13", pythons) == ()
