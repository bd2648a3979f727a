"""What becomes of a run that has nothing to install, and whose builds cannot fetch something."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest

from buildfix.core import Diagnosis, InstallPackages, Need, PlanDraft, learned
from buildfix.engine import loop, unreachable
from buildfix.engine.outcome import Ending
from buildfix.engine.session import Session

FMT = Need("pkgconfig-missing", "fmt")
LOST = Ending("unfixed", "demo downloads fmt from example.org")
INSTALL = InstallPackages("apt install", packages=("libfmt-dev",))


class Playing:
    """A session that knows a package of fmt, and what is done in it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *endings: Ending | None) -> None:
        self.endings, self.done = list(endings), list[object]()
        self.state = SimpleNamespace(settled=frozenset())
        self.journal = SimpleNamespace(add=self.done.append)
        monkeypatch.setattr(loop, "unreachable_download", lambda *_: self.endings.pop(0))
        monkeypatch.setattr(loop, "_carry_out", self._carry_out)

    def timed(self, _: str) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()

    def draft_plan(self, needs: Sequence[Need], _: object) -> PlanDraft:
        unknown = tuple((need, "unknown") for need in needs if need != FMT)
        return PlanDraft((INSTALL,) if FMT in needs else (), unknown)

    def _carry_out(self, _: object, found: PlanDraft, *__: object) -> Any:
        self.done += found.steps
        return None
        yield

    def settled(self, *needs: Need, diagnosis: Diagnosis | None = None) -> Ending | None:
        """Return how the run ends where it needs this."""
        events = loop._settle(cast(Session, self), needs, diagnosis, lambda _: True)
        with pytest.raises(StopIteration) as ended:
            next(events)
        return cast("Ending | None", ended.value.value)


def test_a_run_that_needs_nothing_ends_if_its_builds_cannot_fetch_something(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    played = Playing(monkeypatch, LOST)
    assert played.settled() == LOST
    assert not played.done
    assert Playing(monkeypatch, None).settled() is None


def test_a_run_that_needs_nothing_installs_what_serves_in_place_of_a_download(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    played = Playing(monkeypatch, Ending("unfixed", instead=(FMT,)))
    assert played.settled() is None
    assert played.done == [
        learned.DownloadsReplaced((FMT,)),
        INSTALL,
        learned.NeedsSettled((FMT,)),
    ]
    nowhere = Ending("unfixed", instead=(Need("pkgconfig-missing", "frob"),))
    assert Playing(monkeypatch, nowhere).settled() == nowhere


def test_the_hosts_are_not_asked_again_after_a_plan_or_a_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert Playing(monkeypatch).settled(FMT) is None
    assert Playing(monkeypatch).settled(diagnosis=Diagnosis(failed=True)) is None


def test_an_installer_is_stopped_once_where_its_build_cannot_fetch_something(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[object] = []

    def is_new(_: str, rests_on: object) -> bool:
        told.append(rests_on)
        return told.count(rests_on) == 1

    found = SimpleNamespace(downloads={"demo": ("fmt",)})
    given = SimpleNamespace(foreseen_so_far=lambda: found, answers=SimpleNamespace(is_new=is_new))
    monkeypatch.setattr(unreachable, "unreachable_download", lambda *_: LOST)
    session = cast(Session, given)
    assert [unreachable.is_out_of_reach(session) for _ in range(2)] == [True, False]
    found.downloads = {}
    assert not unreachable.is_out_of_reach(session)
