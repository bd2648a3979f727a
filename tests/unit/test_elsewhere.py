"""A wheel from an index that a recipe names, in place of a build."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from buildfix import engine
from buildfix.catalog import Knowledge
from buildfix.core import Cuda, GpuLibrary, Host, Plan, Report, Request, events
from buildfix.core.errors import RecipeError
from buildfix.platforms.tags import tags_of
from tests.unit.machines import (
    INTERPRETER,
    PYTHON,
    TRIXIE,
    Played,
    Recorded,
    distribution,
    interpreter_facts,
)
from tests.unit.recipes import small_knowledge

SDIST = "cffi-2.0.tar.gz"
WHEEL = "cffi-2.0+pt28-cp313-cp313-manylinux_2_28_x86_64.whl"
OTHER = "cffi-1.0-cp313-cp313-manylinux_2_28_x86_64.whl"
FOREIGN = "cffi-2.0-cp313-cp313-win_amd64.whl"
NAMED = "https://wheels.example/{torch}+{cuda}/"
FILLED = "https://wheels.example/2.8.0+cu128/"
WITH_TORCH = replace(
    TRIXIE,
    packages=frozenset({"build-essential", "python3-dev"}),
    cuda=Cuda(libraries=(GpuLibrary("torch", "2.8.0+cu128", "12.8"),)),
)


def facts(*names: str) -> Played:
    tags = tags_of(TRIXIE, INTERPRETER)
    said: dict[str, object] = {
        "files": [{"filename": name} for name in names],
        "pip": tags,
        "tags": tags,
        "python": INTERPRETER.version,
        "no-binary": None,
        "prereleases": False,
        "constraint": "",
        "troubles": {},
    }
    return Played(json.dumps(said))


def knowledge(folder: Path, url: str = NAMED, own: bool = True) -> Knowledge:
    small_knowledge(folder / "small")
    mine = folder / "mine/projects/cffi.toml"
    mine.parent.mkdir(parents=True)
    text = f'name = "cffi"\nsource = "x"\n[[index]]\nurl = "{url}"\nown = {str(own).lower()}\n'
    mine.write_text(text, encoding="utf-8")
    return Knowledge([folder / "small", folder / "mine"])


def play(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *elsewhere: str,
    host: Host = WITH_TORCH,
    own: bool = True,
    agrees: bool = True,
    taken: int = 0,
    **more: object,
) -> tuple[Report, Recorded, list[Plan]]:
    monkeypatch.setattr("buildfix.platforms.host_facts.gather", lambda *_: host)

    def index(argv: Sequence[str]) -> Played:
        return facts(*elsewhere) if "--index-url" in argv[-1] else facts(SDIST)

    recorded = Recorded(
        {
            ".py interpreter": [interpreter_facts(has_headers=True)],
            ".py distributions": [distribution("cffi", "_cffi")],
            ".py imports": [Played('{"_cffi": null}')],
            ".py project-files": [index],
            "--no-deps": [Played(returncode=taken)],
            "pip install": [Played()],
            "dpkg-query": [Played("ii  build-essential\nii  python3-dev\n")],
            "ls /var/lib/apt/lists": [Played("archive_Packages")],
        }
    )
    request = Request(("cffi",), python=PYTHON, **more)  # type: ignore[arg-type]
    known = knowledge(tmp_path / "recipes", own=own)
    story = list(engine.repair(request, recorded, known, lambda _: agrees, tmp_path / "logs"))
    last = story[-1]
    assert isinstance(last, events.Finished)
    plans = [one.plan for one in story if isinstance(one, events.PlanProposed)]
    return last.report, recorded, plans


def test_agreed_wheel_of_another_index_is_installed_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report, _, plans = play(tmp_path, monkeypatch, WHEEL)
    (step,) = report.applied
    assert step.argv[3:] == (
        *("install", "--no-deps", "--only-binary", ":all:", "--index-url", FILLED),
        "cffi==2.0+pt28",
    )
    assert (report.outcome, len(plans)) == ("installed", 1)
    assert FILLED not in report.attempts[0].command.argv


def test_project_is_built_if_the_other_index_is_declined(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report, _, plans = play(tmp_path, monkeypatch, WHEEL, agrees=False)
    assert (report.outcome, report.applied, len(plans)) == ("installed", (), 1)


def test_project_is_built_if_the_other_index_cannot_be_reached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report, recorded, _ = play(tmp_path, monkeypatch, WHEEL, taken=1, unattended=True)
    assert (report.outcome, report.applied) == ("installed", ())
    assert sum("--no-deps" in argv for argv in recorded.ran) == 1


@pytest.mark.parametrize(
    ("elsewhere", "more"),
    [
        ([OTHER, FOREIGN], {}),
        ([WHEEL], {"own": False, "unattended": True}),
        ([WHEEL], {"from_source": True}),
        ([WHEEL], {"installer_args": ("--require-hashes",)}),
        ([WHEEL], {"host": replace(WITH_TORCH, cuda=Cuda())}),
    ],
)
def test_wheel_of_another_index_is_not_offered_when_it_does_not_fit(
    elsewhere: list[str],
    more: dict[str, object],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    report, _, plans = play(tmp_path, monkeypatch, *elsewhere, **more)  # type: ignore[arg-type]
    assert (report.outcome, report.applied, plans) == ("installed", (), [])


@pytest.mark.parametrize("url", ["wheels.example/x", "https://wheels.example/{python}"])
def test_invalid_index_address_in_a_recipe_is_an_error(url: str, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="url"):
        knowledge(tmp_path, url=url).project("cffi")
