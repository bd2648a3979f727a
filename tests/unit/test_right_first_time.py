"""The benchmark's own arithmetic and judgement, without a root."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks.right_first_time.projects import Project, load, select


def test_table_has_the_agreed_projects_and_suites() -> None:
    projects = load()
    assert len(projects) >= 60
    assert sum(project.most_downloaded for project in projects) == 37
    for project in projects:
        for known in project.known.values():
            assert known.oracle or known.note, project.name


def test_an_expert_knows_more_of_one_suite(tmp_path: Path) -> None:
    project = _load(
        tmp_path,
        'name = "x"\nmodules = ["x"]\npackages = ["a"]\nenv = { E = "1" }\n'
        'apart.bookworm = { packages = ["b"], toolchain = false }',
    )
    trixie, bookworm = project.known["trixie"], project.known["bookworm"]
    assert trixie.transaction == ("build-essential", "python3-dev", "a")
    assert bookworm.transaction == ("b",)
    assert trixie.env == bookworm.env == {"E": "1"}


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        ('name = "x"\nmodule = ["x"]', "unknown keys.*module"),
        ('name = "x"', "neither"),
        ('name = "x"\nmodules = ["x"]\napart.sid = {}', "unknown keys.*sid"),
        ('name = "x"\nmodules = ["x"]\napart.trixie = { heavy = true }', "unknown keys.*heavy"),
        ('name = "lxml"\nmodules = ["lxml"]', "acceptance table"),
        ('name = "x"\nmodules = ["x"]\n[[project]]\nname = "x"\nmodules = ["y"]', "twice"),
    ],
)
def test_mistake_in_the_table_is_an_error(tmp_path: Path, entry: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        _load(tmp_path, entry)


def test_heavy_projects_want_to_be_asked_for() -> None:
    projects = load()
    light = select(projects, [], heavy=False)
    assert "scipy" not in {project.name for project in light}
    assert len(select(projects, [], heavy=True)) == len(projects) > len(light)
    assert [project.name for project in select(projects, ["scipy"], heavy=False)] == ["scipy"]
    with pytest.raises(ValueError, match="nothing-such"):
        select(projects, ["nothing-such"], heavy=False)


def _load(folder: Path, entry: str) -> Project:
    table = folder / "t.toml"
    table.write_text(f"[[project]]\n{entry}\n", encoding="utf-8")
    return load(table)[0]
