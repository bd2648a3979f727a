"""What a target has, read from its folders."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from buildfix.core import Installed
from buildfix.platforms.site_packages import place_of, snapshot, target_change


def metadata(site: Path, name: str, url: str = "") -> Path:
    folder = site / name
    folder.mkdir(parents=True)
    if url:
        (folder / "direct_url.json").write_text(json.dumps({"url": url}), encoding="utf-8")
    return folder


def test_added_removed_and_kept_distributions_are_distinguished(tmp_path: Path) -> None:
    metadata(tmp_path, "kept_one-1.0.dist-info")
    metadata(tmp_path, "old-1.0-py3.11.egg-info")
    gone = metadata(tmp_path, "gone-2.dist-info")
    (tmp_path / "old").mkdir()
    before = snapshot([str(tmp_path), str(tmp_path / "nowhere")])
    gone.rmdir()
    metadata(tmp_path, "New.Name-3.0.dist-info")
    change = target_change(before, [str(tmp_path)], ["kept-one", "new-name", "lost"])
    assert change.added == (Installed("new-name", "3.0"),)
    assert change.removed == (Installed("gone", "2"),)
    assert change.kept == (Installed("kept-one", "1.0"),)
    assert set(change.asked) == {Installed("kept-one", "1.0"), Installed("new-name", "3.0")}
    assert (change.absent, change.seen) == (("lost",), True)


def test_distribution_asked_by_url_is_found_by_its_url(tmp_path: Path) -> None:
    project, link = tmp_path / "project", tmp_path / "link"
    project.mkdir()
    link.symlink_to(project)
    site = tmp_path / "site-packages"
    metadata(site, "here-1.dist-info", project.as_uri())
    metadata(site, "there-2.dist-info", "https://git.example/there.git")
    asked = [link.as_uri(), project.as_uri(), "git+https://me:pw@git.example/there.git@v2#egg=x"]
    change = target_change((), [str(site)], asked)
    assert {one.name for one in change.asked} == {"here", "there"}
    assert change.absent == ()


def test_snapshot_of_missing_folders_is_empty() -> None:
    assert not target_change((), ["/no/such/folder"], ["six"]).seen


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("six", "six"),
        ("https://a.example/six-1.zip#sha256=0", "https://a.example/six-1.zip"),
        ("git+ssh://git@a.example/six@main", "ssh://a.example/six"),
        ("hg+https://a.example/six/", "https://a.example/six"),
    ],
)
def test_a_url_is_known_however_it_is_written(url: str, place: str) -> None:
    assert place_of(url) == place
