"""The bed itself: it works, and it leaves nothing behind."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bed import BareRoot, base_root, layer, mounts_below, processes_inside, sweep
from tests.bed.mirror import Source, debian_source, parse_deb822, parse_one_line
from tests.bed.mounts import Workspace, open_workspace

DEB822 = """\
Types: deb deb-src
# an old place
URIs: http://one.invalid/debian
  http://two.invalid/debian/
Suites: trixie
Signed-By: /usr/share/keyrings/k.gpg

Enabled: no
Types: deb
URIs: http://off.invalid/debian
"""


def test_deb822_sources() -> None:
    key = Path("/usr/share/keyrings/k.gpg")
    assert list(parse_deb822(DEB822)) == [
        Source("http://one.invalid/debian", key),
        Source("http://two.invalid/debian/", key),
    ]


def test_one_line_sources() -> None:
    text = "# x\ndeb [arch=amd64 signed-by=/k.gpg] http://a.invalid/debian sid main\ndeb-src y z q"
    assert list(parse_one_line(text)) == [Source("http://a.invalid/debian", Path("/k.gpg"))]


def test_the_mirror_is_the_first_that_ends_in_debian(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BUILDFIX_DEBIAN_MIRROR", raising=False)
    keyring = tmp_path / "k.gpg"
    keyring.touch()
    parts = tmp_path / "sources.list.d"
    parts.mkdir()
    (parts / "a.list").write_text("deb http://other.invalid/ubuntu noble main\n")
    stanza = f"Types: deb\nURIs: http://d.invalid/debian\nSigned-By: {keyring}\n"
    (parts / "b.sources").write_text(stanza)
    assert debian_source(tmp_path) == Source("http://d.invalid/debian", keyring)


def _remains(home: Path) -> tuple[list[Path], list[int], bool]:
    return mounts_below(home), list(processes_inside(home)), home.exists()


NOTHING: tuple[list[Path], list[int], bool] = ([], [], False)


def _fail(root: BareRoot) -> None:
    root.run(["sh", "-c", "setsid sleep 300 >/dev/null 2>&1 & exit 0"])
    assert list(processes_inside(root.path("/")))
    raise KeyboardInterrupt


def _time_out(root: BareRoot) -> None:
    root.run(["sh", "-c", "echo begun; setsid sleep 300 & exec sleep 300"], timeout=0.5)


@pytest.mark.bed
@pytest.mark.parametrize(
    ("misfortune", "error"),
    [(_fail, KeyboardInterrupt), (_time_out, subprocess.TimeoutExpired)],
)
def test_nothing_is_left_after_a_misfortune(
    misfortune: Callable[[BareRoot], None], error: type[BaseException]
) -> None:
    with pytest.raises(error) as caught, BareRoot(base_root("trixie")) as root:
        home = root.path("/").parent
        assert len(mounts_below(home)) > 2
        misfortune(root)
    assert _remains(home) == NOTHING
    assert Path("/dev/pts").is_mount()
    if isinstance(caught.value, subprocess.TimeoutExpired):
        assert caught.value.output == "begun\n"


@pytest.mark.bed
def test_a_run_sees_a_cleared_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_THE_HOST", "1")
    monkeypatch.setenv("PIP_TRUSTED_HOST", "index.invalid")
    with BareRoot(base_root("trixie")) as root:
        seen = root.check(["env"], env={"EXTRA": "2"}).splitlines()
        assert {"HOME=/root", "LANG=C.UTF-8", "EXTRA=2"} <= set(seen)
        assert "PIP_TRUSTED_HOST=index.invalid" in seen
        assert not [line for line in seen if line.startswith("SECRET")]
        assert root.run(["cat"], stdin="fed").stdout == "fed"
        assert root.run(["sh", "-c", "id -un; echo $HOME"], user="games").stdout.split() == [
            "games",
            "/usr/games",
        ]
        assert root.run(["sh", "-c", "exit 7"]).returncode == 7


@pytest.mark.bed
def test_what_is_written_stays_in_the_copy() -> None:
    stack = base_root("trixie")
    with BareRoot(stack) as root:
        root.check(["touch", "/made"])
        assert root.path("/made").exists()
    with BareRoot(stack) as root:
        assert not root.path("/made").exists()


@pytest.mark.bed
def test_a_layer_is_made_once_and_only_if_it_succeeds(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made: list[BareRoot] = []

    def make(root: BareRoot) -> None:
        made.append(root)
        root.check(["rm", "/etc/issue"])
        root.check(["touch", "/layered"])
        if len(made) == 1:
            raise RuntimeError

    base = base_root("trixie")
    own_store = base.directories[0].parent / "runs" / f"0-test-{tmp_path.name}"
    monkeypatch.setattr("tests.bed.roots.part", lambda name: _folder(own_store, name))
    try:
        with pytest.raises(RuntimeError):
            layer("try", base, make)
        stack = layer("try", base, make)
        assert layer("try", base, make) == stack
        assert len(made) == 2
        with BareRoot(stack) as root:
            assert root.path("/layered").exists()
            assert not root.path("/etc/issue").exists()
    finally:
        sweep()
    assert not own_store.exists()


def _folder(home: Path, name: str) -> Path:
    (home / name).mkdir(parents=True, exist_ok=True)
    return home / name


@pytest.mark.bed
def test_sweep_clears_what_a_killed_process_left() -> None:
    with BareRoot(base_root("trixie")) as root:
        home = root.path("/").parent
        mine = open_workspace()
        dead = Workspace(home.with_name("1-0-left"))
        mine.home.rename(dead.home)
        subprocess.run(["mount", "-t", "proc", "proc", str(dead.root)], check=True)
        assert dead.home.name in sweep()
        assert _remains(dead.home) == NOTHING
        assert home.exists(), "a root of a living process stays"
