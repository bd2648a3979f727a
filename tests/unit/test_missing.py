"""All shared libraries that an install lacks are found at once, as the loader would miss them."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from buildfix import engine
from buildfix.catalog import Knowledge
from buildfix.core import Host, Report, Request, events
from buildfix.machines.scripts import question_argv
from buildfix.platforms.elf import links_of
from buildfix.platforms.shared_libraries import Loader, loader_of, missing_libraries
from tests.unit.binaries import elf
from tests.unit.machines import (
    INTERPRETER,
    PYTHON,
    TRIXIE,
    Answer,
    Played,
    Recorded,
    distribution,
    interpreter_facts,
)

ARM = 183
NOWHERE = Loader()


def names(*modules: Path, own: tuple[Path, ...] = (), loader: Loader = NOWHERE) -> list[str]:
    return sorted(missing_libraries(modules, (*modules, *own), loader))


def test_what_an_elf_file_is_linked_with_is_read_without_sections(tmp_path: Path) -> None:
    links = links_of(
        elf(tmp_path / "a.so", "libx.so.1", "liby.so", rpath="/r:$ORIGIN", runpath="/u")
    )
    assert links
    assert (links.needed, links.rpath, links.runpath) == (
        ("libx.so.1", "liby.so"),
        ("/r", "$ORIGIN"),
        ("/u",),
    )
    (tmp_path / "text.so").write_text("no binary")
    (tmp_path / "cut.so").write_bytes((tmp_path / "a.so").read_bytes()[:180])
    assert links_of(tmp_path / "text.so") is None
    assert links_of(tmp_path / "cut.so") is None
    assert links_of(tmp_path / "absent.so") is None


def test_every_missing_library_is_found_those_of_bundled_ones_too(tmp_path: Path) -> None:
    first = elf(
        tmp_path / "p/a.abi3.so", "libgone.so.1", "libbundled.so.2", runpath="$ORIGIN/../p.libs"
    )
    second = elf(tmp_path / "p/b.abi3.so", "libother.so.3", "libgone.so.1")
    bundled = elf(tmp_path / "p.libs/libbundled.so.2", "libdeep.so.4", "ld-linux-x86-64.so.2")
    plugin = elf(tmp_path / "p/plugins/libsql.so", "libmysql.so.21")
    found = missing_libraries([first, second], [first, second, bundled, plugin], NOWHERE)
    assert {name: path.name for name, path in found.items()} == {
        "libgone.so.1": "a.abi3.so",
        "libdeep.so.4": "libbundled.so.2",
        "libother.so.3": "b.abi3.so",
    }


@pytest.mark.parametrize("way", ["runpath", "rpath", "told", "standard", "cached"])
def test_a_library_is_found_wherever_the_loader_looks(tmp_path: Path, way: str) -> None:
    library = elf(tmp_path / "lib/libx.so.1")
    folder = str(library.parent)
    words = {way: "${ORIGIN}/../lib"} if way in ("runpath", "rpath") else {}
    module = elf(tmp_path / "p/a.so", "libx.so.1", **words)  # type: ignore[arg-type]
    loader = {
        "told": Loader(told=(folder,)),
        "standard": Loader(standard=(folder,)),
        "cached": Loader(cached={"libx.so.1": (str(library),)}),
    }.get(way, NOWHERE)
    assert names(module, loader=loader) == []
    elf(library, machine=ARM)
    assert names(module, loader=loader) == ["libx.so.1"]  # one for another processor is none


def test_rpath_holds_for_what_is_needed_in_turn_and_runpath_does_not(tmp_path: Path) -> None:
    elf(tmp_path / "sys/libdeep.so")
    bundled = elf(tmp_path / "b/libmid.so", "libdeep.so")
    both = f"{tmp_path}/b:{tmp_path}/sys"
    by_rpath = elf(tmp_path / "r.so", "libmid.so", rpath=both)
    by_runpath = elf(tmp_path / "u.so", "libmid.so", runpath=both)
    assert names(by_rpath, own=(bundled,)) == []
    assert names(by_runpath, own=(bundled,)) == ["libdeep.so"]


def test_library_loaded_by_the_package_itself_is_not_missing(tmp_path: Path) -> None:
    module = elf(tmp_path / "p/_C.so", "libtorch.so")
    library = elf(tmp_path / "torch/lib/libtorch.so")
    assert names(module, own=(library,)) == []


def test_loader_cache_is_read_and_may_be_absent() -> None:
    said = Played("2 libs found\n\tlibz.so.1 (libc6,x86-64) => /lib/x/libz.so.1\nCache by: x\n")
    environ = {"PATH": "/usr/bin", "LD_LIBRARY_PATH": "/one::/two"}
    glibc = Recorded({"-p": [said]}, environ=environ, on_path={"/sbin/ldconfig": "/sbin/ldconfig"})
    loader = loader_of(glibc, ("/lib",))
    assert loader == Loader(("/one", "/two"), ("/lib",), {"libz.so.1": ("/lib/x/libz.so.1",)})
    assert loader_of(Recorded({}), ("/lib",)).cached == {}  # musl has no ldconfig that tells it


def test_modules_are_told_from_libraries_that_are_named_alike(tmp_path: Path) -> None:
    site = tmp_path / "site"
    elf(site / "p/mod.so", rest=b"\0PyInit_mod\0")
    elf(site / "p/libplugin.so")
    elf(site / "p.libs/libz-1a.so.1.3")
    info = site / "p-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: P\nVersion: 1\nRequires-Dist: q>=1\n"
    )
    (info / "RECORD").write_text(
        "p/mod.so,,\np/libplugin.so,,\np.libs/libz-1a.so.1.3,,\np/a.py,,\n"
    )
    argv = question_argv(sys.executable, "shared-objects", ["P"])
    done = subprocess.run(
        argv, env={"PYTHONPATH": str(site)}, capture_output=True, text=True, check=True
    )
    found = {Path(path).name: module for path, module in json.loads(done.stdout)}
    assert found == {"mod.so": True, "libplugin.so": False, "libz-1a.so.1.3": False}


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Host:
    there = replace(
        TRIXIE, commands=frozenset({"gcc"}), interpreter=replace(INTERPRETER, has_headers=True)
    )
    monkeypatch.setattr("buildfix.platforms.host_facts.gather", lambda *_: there)
    monkeypatch.setattr("buildfix.platforms.linux.Linux.library_folders", lambda *_: ())
    monkeypatch.setattr("buildfix.platforms.host_facts.with_packages", lambda host, *_: host)
    return there


def test_owners_of_all_libraries_are_asked_for_at_once(tmp_path: Path, host: Host) -> None:
    assert host.system == "linux"
    module = elf(tmp_path / "cv2/cv2.abi3.so", "libGL.so.1", "libmagic.so.1")
    message = "ImportError: libGL.so.1: cannot open shared object file: No such file or directory"
    imports: list[Answer] = [Played(json.dumps({"cv2": message})), Played('{"cv2": null}')]
    answers: dict[str, list[Answer]] = {
        ".py shared-objects": [Played(json.dumps([[str(module), True]]))],
        ".py distributions": [distribution("cv2")],
        ".py imports": imports,
        ".py interpreter": [interpreter_facts(has_headers=True)],
        "apt-get": [Played()],
        "pip install": [Played("Successfully installed cv2-1.0")],
        "": [Played("{}")],
    }
    plans: list[events.PlanProposed] = []
    request = Request(("cv2",), python=PYTHON, unattended=True)
    machine = Recorded(answers)
    report: Report | None = None
    for event in engine.repair(request, machine, Knowledge(), lambda _: True, tmp_path / "logs"):
        plans += [event] if isinstance(event, events.PlanProposed) else []
        report = event.report if isinstance(event, events.Finished) else report
    assert report
    assert report.outcome == "installed", report
    assert len(plans) == 1
    packages = plans[0].plan.steps[-1].packages
    assert "libgl1" in packages
    assert [name for name in packages if name.startswith("libmagic1")]
