"""Which wheel serves, why none does, what avoids the build; and which built wheel runs where."""

from __future__ import annotations

import errno
import io
import json
import sys
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp

import pytest
from packaging.requirements import Requirement
from packaging.tags import Tag

from buildfix import engine
from buildfix.catalog import Knowledge
from buildfix.cli import run
from buildfix.core import Host, InstallPackages, Pin, Report, Request, events, names_of
from buildfix.engine.session import RunContext, Session
from buildfix.engine.wheelhouse import Kept, Maker, Wheelhouse, met_by, with_offer
from buildfix.index.files import read_files
from buildfix.installers import InstallOptions, install_command, repeatable
from buildfix.installers.requirements import parse, pinned
from buildfix.machines.local import LocalMachine
from buildfix.platforms.pythons import Installed, installed_pythons
from buildfix.platforms.stock_host import stock_host
from buildfix.platforms.tags import tags_of
from buildfix.render.plain import PlainView
from buildfix.render.wheels import show_wheels, wheels_document
from buildfix.wheels.avoidance import near_version, pythons_served, ways_to_avoid
from buildfix.wheels.built import Record, fits, needed_libraries, read_record
from buildfix.wheels.platforms import platform_of
from buildfix.wheels.select import Verdict, judge
from buildfix.wheels.target import Target
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
from tests.unit.recipes import small_knowledge

KINDS = Knowledge().wheel_kinds
BOOKWORM = replace(TRIXIE, version="12", libc="glibc 2.36")
PY311 = replace(INTERPRETER, version="3.11.2", pip="23.0.1")


def target(host: Host = TRIXIE, version: str = "3.13.5", **more: object) -> Target:
    tags = tags_of(host, replace(INTERPRETER, version=version))
    return Target(version, tags, **more)  # type: ignore[arg-type]


def swapped(one: Target, old: str, new: str) -> Target:
    """Return a target whose every tag has something in the place of something else."""
    return replace(one, tags=tuple(tag.replace(old, new) for tag in one.tags))


def verdict(
    to: Target, *names: str, asked: str = "demo", requires: str = "", yanked: bool = False
) -> Verdict:
    rows = [{"filename": n, "requires-python": requires, "yanked": yanked} for n in names]
    return judge(Requirement(asked), read_files(rows, "demo"), to, KINDS)


def wheels(version: str, python: str, *platforms: str) -> list[str]:
    return [f"demo-{version}-{python}-{platform}.whl" for platform in platforms]


def without_abi3(one: Target) -> Target:
    """Return a target as a free-threaded Python is one: it takes no stable ABI (PEP 703)."""
    return replace(one, tags=tuple(tag for tag in one.tags if "abi3" not in tag))


SDIST = "demo-2.0.tar.gz"
GLIBC = "manylinux_2_28_x86_64"


def test_compatible_wheel_needs_no_reason() -> None:
    found = verdict(target(), SDIST, *wheels("2.0", "cp313-cp313", GLIBC, "win_amd64"))
    assert (found.served, found.reasons) == (True, ())
    assert found.taken is not None
    assert found.taken.filename.endswith(f"{GLIBC}.whl")
    assert ways_to_avoid(found) == ()


def test_where_a_project_publishes_its_wheels_is_said_last() -> None:
    found = verdict(target(), SDIST)
    (way,) = ways_to_avoid(found, elsewhere="https://example.org/releases")
    assert way.kind == "index"
    assert way.summary == "The project publishes wheels itself: https://example.org/releases"


def test_the_document_has_the_keys_that_scripts_read() -> None:
    found = verdict(target(), SDIST, *wheels("2.0", "cp313-cp313", "win_amd64"))
    document = wheels_document(found, ways_to_avoid(found))
    assert document["schema"] == "buildfix.wheels/1"
    assert document.keys() == {
        *("schema", "requirement", "version", "target", "served", "taken", "best"),
        *("reasons", "roads", "versions"),
    }


@pytest.mark.parametrize(
    ("to", "names", "kind", "subject", "required"),
    [
        (target(), [], "no-wheel", "2.0", None),
        (target(), wheels("2.0", "cp312-cp312", GLIBC), "python-too-new", "3.13", "3.12"),
        (
            target(),
            [*wheels("2.0", "cp310-cp310", GLIBC), *wheels("2.0", "cp312-cp312", GLIBC)],
            "python-too-new",
            "3.13",
            "3.10, 3.12",
        ),
        (
            target(version="3.9.2"),
            [*wheels("2.0", "cp310-cp310", GLIBC), *wheels("2.0", "cp311-cp311", GLIBC)],
            "python-too-old",
            "3.9",
            "3.10 to 3.11",
        ),
        (
            target(version="3.11.2"),
            [*wheels("2.0", "cp310-cp310", GLIBC), *wheels("2.0", "cp312-cp312", GLIBC)],
            "python-skipped",
            "3.11",
            "3.10, 3.12",
        ),
        (
            target(replace(TRIXIE, id="alpine", libc="musl")),
            wheels("2.0", "cp313-cp313", GLIBC),
            "musl",
            "musl 1.2",
            "glibc",
        ),
        (
            target(),
            wheels("2.0", "cp313-cp313", "musllinux_1_2_x86_64"),
            "glibc-only",
            "glibc 2.41",
            "musl",
        ),
        (
            target(replace(TRIXIE, libc="glibc 2.17")),
            wheels("2.0", "cp313-cp313", GLIBC),
            "glibc-too-old",
            "glibc 2.17",
            "2.28",
        ),
        (
            target(replace(TRIXIE, arch="armv7l")),
            wheels("2.0", "cp313-cp313", GLIBC),
            "architecture",
            "armv7l",
            "x86_64",
        ),
        (
            target(replace(TRIXIE, arch="i686")),
            wheels("2.0", "cp313-cp313", GLIBC),
            "architecture",
            "i686",
            "x86_64",
        ),
        (
            swapped(target(), "cp313-cp313", "cp313-cp313t"),
            wheels("2.0", "cp313-cp313", GLIBC),
            "free-threaded",
            "3.13t",
            "3.13",
        ),
        (
            without_abi3(swapped(target(), "cp313-cp313", "cp313-cp313t")),
            wheels("2.0", "cp39-abi3", GLIBC),
            "free-threaded",
            "3.13t",
            "3.13",
        ),
        (
            swapped(target(version="3.10.1"), "cp310-cp310", "pp310-pypy310_pp73"),
            wheels("2.0", "cp310-cp310", GLIBC),
            "implementation",
            "pp",
            "cp",
        ),
        (
            target(replace(TRIXIE, system="darwin", id="macos", version="11.0", arch="x86_64")),
            wheels("2.0", "cp313-cp313", "macosx_14_0_x86_64"),
            "macos-too-old",
            "macOS 11.0",
            "14.0",
        ),
        (
            target(replace(TRIXIE, system="darwin", id="macos", version="15.0", arch="x86_64")),
            wheels("2.0", "cp313-cp313", "macosx_14_0_arm64"),
            "architecture",
            "x86_64",
            "aarch64",
        ),
        (target(), wheels("2.0", "cp313-cp313", "win_amd64"), "system", "linux", "Windows"),
    ],
)
def test_missing_wheel_has_its_reason(
    to: Target, names: list[str], kind: str, subject: str, required: str | None
) -> None:
    found = verdict(to, SDIST, *names)
    assert not found.served
    assert found.taken is not None
    assert found.taken.filename == SDIST
    reason = found.reasons[0]
    assert (reason.kind, reason.subject, reason.required) == (kind, subject, required)
    assert reason.says.endswith(".")


@pytest.mark.parametrize(
    ("pip", "platform", "required"),
    [
        ("19.0", "manylinux2014_x86_64", "19.3"),
        ("20.2.4", "manylinux_2_28_x86_64", "20.3"),
        ("9.0.3", "manylinux2010_x86_64", "19.0"),
        ("20.2.4", "manylinux_2_17_x86_64.manylinux2014_x86_64", None),
    ],
)
def test_wheel_with_tags_unknown_to_pip_suggests_upgrading_pip(
    pip: str, platform: str, required: str | None
) -> None:
    """`pip_tags` as an old pip has them: none of those that came after it."""
    plain = target(version="3.9.2")
    old = replace(plain, pip=pip, pip_tags=("cp39-cp39-manylinux1_x86_64",))
    found = verdict(old, SDIST, *wheels("2.0", "cp39-cp39", platform))
    (reason,) = found.reasons
    assert (reason.kind, reason.subject, reason.required) == ("pip-too-old", pip, required)
    assert [way.kind for way in ways_to_avoid(found)] == ["upgrade-pip"]
    assert found.best is not None
    assert found.best.is_wheel


def test_pip_before_20_3_2_calls_python_3_10_otherwise() -> None:
    old = replace(
        target(version="3.11.7"), pip="20.2.4", pip_tags=("cp3_11-cp3_11-manylinux2014_x86_64",)
    )
    found = verdict(old, SDIST, *wheels("2.0", "cp311-cp311", "manylinux2014_x86_64"))
    assert [reason.required for reason in found.reasons] == ["20.3.2"]


def test_forbidden_wheels_are_given_as_the_reason() -> None:
    told = target(no_binary="PIP_NO_BINARY in the environment")
    found = verdict(told, SDIST, *wheels("2.0", "cp313-cp313", GLIBC))
    assert [reason.kind for reason in found.reasons] == ["binary-forbidden"]
    assert [way.summary for way in ways_to_avoid(found)] == [
        "Allow the wheel: remove PIP_NO_BINARY in the environment"
    ]
    assert found.taken is not None
    assert found.taken.filename == SDIST


def test_excluded_versions_are_given_as_the_reason() -> None:
    old = verdict(target(version="3.8.1"), SDIST, requires=">=3.9")
    assert [(one.kind, one.required) for one in old.reasons] == [("requires-python", ">=3.9")]
    none = verdict(target(), SDIST, asked="demo>=3")
    assert [reason.kind for reason in none.reasons] == ["no-version"]
    assert verdict(target(), SDIST, yanked=True).taken is None
    assert verdict(target(), SDIST, asked="demo==2.0", yanked=True).taken is not None
    finals = verdict(target(), SDIST, "demo-3.0rc1.tar.gz")
    assert finals.taken is not None
    assert finals.taken.filename == SDIST


def test_the_wheel_of_a_newer_version_goes_before_an_older_one() -> None:
    names = wheels("1.0", "cp313-cp313", GLIBC)
    found = verdict(target(), SDIST, *names)
    assert (found.served, str(found.version)) == (False, "2.0")
    assert [(way.kind, way.requirement) for way in ways_to_avoid(found)] == [
        ("version", "demo==1.0")
    ]


def test_nearest_allowed_version_with_a_wheel_is_found() -> None:
    names = [
        *wheels("1.0", "cp313-cp313", GLIBC),
        *wheels("1.5", "cp313-cp313", GLIBC),
        *wheels("3.0", "cp313-cp313", GLIBC),
    ]
    assert str(near_version(verdict(target(), SDIST, *names, asked="demo<3"))) == "1.5"
    assert str(near_version(verdict(target(), SDIST, *names, asked="demo==2.0"))) == "1.5"
    assert str(near_version(verdict(target(), SDIST, names[-1], asked="demo==2.0"))) == "3.0"


def test_other_pythons_with_a_wheel_are_named() -> None:
    names = [*wheels("2.0", "cp311-cp311", GLIBC), *wheels("2.0", "cp312-cp312", GLIBC)]
    found = verdict(target(version="3.14.0"), SDIST, *names)
    assert pythons_served(found) == ((3, 11), (3, 12))
    assert [way.python for way in ways_to_avoid(found)] == ["3.12"]
    here = [Installed("/usr/bin/python3.11", (3, 11)), Installed("/usr/bin/python3.9", (3, 9))]
    assert [way.python for way in ways_to_avoid(found, here)] == ["/usr/bin/python3.11"]


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ("manylinux2014_aarch64", "Linux aarch64, glibc 2.17"),
        ("musllinux_1_2_x86_64", "Linux x86_64, musl 1.2"),
        ("macosx_10_9_universal2", "macOS 10.9 x86_64 and arm64"),
        ("win32", "Windows 32-bit"),
        ("any", "any platform"),
        ("pyodide_2024_0_wasm32", "pyodide_2024_0_wasm32"),
    ],
)
def test_platform_tags_are_shown_in_words(tag: str, words: str) -> None:
    assert str(platform_of(tag)) == words


def test_the_table_has_pythons_whose_abi_ends_in_m() -> None:
    names = [*wheels("1.0", "cp37-cp37m", GLIBC), *wheels("1.0", "cp38-cp38", GLIBC)]
    stream = io.StringIO()
    show_wheels(PlainView(stream), verdict(target(), *names), ())
    assert "3.7 to 3.8\n" in stream.getvalue()


@pytest.mark.parametrize(
    ("asked", "requires", "told"),
    [
        ("demo", ">=3.14", "  3.0 is newer, but requires Python >=3.14.\n"),
        ("demo<3", ">=3.14", ""),
        ("demo", ">=3.9", ""),
    ],
)
def test_newer_release_for_a_newer_python_is_named(asked: str, requires: str, told: str) -> None:
    old, new = wheels("2.0", "cp313-cp313", GLIBC), wheels("3.0", "cp314-cp314", GLIBC)
    rows = [{"filename": name} for name in old]
    rows += [{"filename": name, "requires-python": requires} for name in new]
    found = judge(Requirement(asked), read_files(rows, "demo"), target(), KINDS)
    stream = io.StringIO()
    show_wheels(PlainView(stream), found, ())
    assert stream.getvalue().endswith(f"nothing needs to be built.\n{told}")


def test_installed_interpreters_are_found_on_path_pyenv_and_uv(tmp_path: Path) -> None:
    for name in (
        ".pyenv/versions/3.11.7",
        ".local/share/uv/python/cpython-3.12.1-linux-x86_64-gnu",
    ):
        (tmp_path / name / "bin").mkdir(parents=True)
        (tmp_path / name / "bin/python3").touch()
    command = tmp_path / "bin/python3.9"
    command.parent.mkdir()
    command.touch(mode=0o755)
    machine = LocalMachine({"HOME": str(tmp_path), "PATH": str(command.parent)})
    found = installed_pythons(machine)
    assert [one.release for one in found] == [(3, 9), (3, 11), (3, 12)]
    assert found[0].path == str(command)


# --- what was built --------------------------------------------------------------------------

LINUX = "demo-2.0-cp311-cp311-linux_x86_64.whl"
TAKEN = frozenset(Tag(*tag.split("-")) for tag in tags_of(BOOKWORM, PY311))
SECRET = "https://me:s3cret@index.example/demo-2.0.tar.gz"


def built(folder: Path, name: str = LINUX) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(folder / name, "w") as archive:
        archive.writestr("demo/__init__.py", "")
    return folder / name


def maker(host: Host = BOOKWORM, **more: object) -> Maker:
    step = InstallPackages("Install libfoo-dev", packages=("libfoo-dev",))
    return Maker(Request(("demo",), **more), host, PY311, (step,))  # type: ignore[arg-type]


def kept(tmp_path: Path, host: Host = BOOKWORM) -> Wheelhouse:
    house = Wheelhouse(tmp_path / "house", tmp_path / f"scratch-{host.version}")
    house.folder.mkdir(exist_ok=True)
    wheel = built(house.cache(1) / "wheels/aa/bb")
    (wheel.parent / "origin.json").write_text(json.dumps({"url": SECRET}), encoding="utf-8")
    house.keep(maker(host))
    return house


def test_a_record_says_how_and_keeps_no_secret(tmp_path: Path) -> None:
    house = kept(tmp_path)
    record = read_record(house.folder / LINUX)
    assert record is not None
    assert (record.project, record.version, record.python) == ("demo", "2.0", "CPython 3.11.2")
    assert record.platform["version"] == "12"
    assert record.sdist == "https://****@index.example/demo-2.0.tar.gz"
    assert (record.steps, record.packages) == (("Install libfoo-dev",), ("libfoo-dev",))
    assert "s3cret" not in (house.folder / f"{LINUX}.json").read_text(encoding="utf-8")


def test_only_kept_wheels_that_run_here_are_offered(tmp_path: Path) -> None:
    house = kept(tmp_path)
    offered = house.offer(house.usable(BOOKWORM, TAKEN))
    assert offered == house.folder
    assert house.usable(BOOKWORM, TAKEN, but=["Demo"]) == ()
    assert house.usable(TRIXIE, TAKEN) == ()


def record_of(host: Host) -> Record:
    facts = {name: getattr(host, name) for name in ("system", "id", "version", "arch", "libc")}
    return Record(
        "demo", "2.0", LINUX, "demo", None, "CPython 3.11.2", (), facts, (), (), (), "", ""
    )


@pytest.mark.parametrize(
    ("name", "record", "host", "runs"),
    [
        (LINUX, record_of(BOOKWORM), BOOKWORM, True),
        (LINUX, record_of(TRIXIE), BOOKWORM, False),
        (LINUX, record_of(BOOKWORM), TRIXIE, False),
        (LINUX, record_of(replace(BOOKWORM, libc="glibc 2.37")), BOOKWORM, False),
        (LINUX, None, BOOKWORM, False),
        (LINUX.replace("cp311", "cp312"), record_of(BOOKWORM), BOOKWORM, False),
        (LINUX.replace("linux_x86_64", "manylinux_2_17_x86_64"), None, BOOKWORM, True),
        ("demo-2.0-py3-none-any.whl", None, TRIXIE, True),
        ("demo.whl", None, TRIXIE, False),
    ],
)
def test_wheel_tags_decide_where_a_wheel_runs(
    name: str, record: Record | None, host: Host, runs: bool
) -> None:
    assert fits(name, record, TAKEN, host) is runs


def test_wheels_of_two_systems_live_side_by_side(tmp_path: Path) -> None:
    kept(tmp_path, TRIXIE)
    house = kept(tmp_path, BOOKWORM)
    names = sorted(path.name for path in house.folder.glob("*.whl"))
    assert names == ["demo-2.0-0debian12-cp311-cp311-linux_x86_64.whl", LINUX]
    (mine,) = house.usable(BOOKWORM, TAKEN)
    assert house.offer([mine]) != house.folder
    assert mine.path.name == names[0]
    assert [path.name for path in house.offer([mine]).iterdir()] == [LINUX]


def test_a_folders_wheel_is_kept_and_an_editable_ones_is_not(tmp_path: Path) -> None:
    house = Wheelhouse(tmp_path / "house", tmp_path / "scratch", tmp_path)
    house.folder.mkdir()
    variables = dict(house.working(1))
    left = Path(variables["TMPDIR"])
    assert (left.is_dir(), variables["PIP_NO_CLEAN"]) == (True, "1")
    built(left / "pip-ephem-wheel-cache-x1/wheels/aa/bb", LINUX)
    built(left / "pip-ephem-wheel-cache-x2/wheels/aa/bb", "own-1-0.editable-py3-none-any.whl")
    built(left / "pip-build-env-x3", "setuptools-80-py3-none-any.whl")
    assert [path.name for path in house.keep(maker())] == [LINUX]
    assert Wheelhouse(tmp_path / "house", tmp_path / "scratch").working(1) == ()


def test_wheel_cut_short_by_a_full_disk_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = Wheelhouse(tmp_path / "house", tmp_path / "scratch")
    house.folder.mkdir()
    built(house.cache(1) / "wheels").write_bytes(b"PK\3\4 cut short")
    assert house.keep(maker()) == ()
    built(house.cache(1) / "wheels")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        house.keep(maker())
    assert list(house.folder.iterdir()) == []


def test_of_another_machine_one_cannot_see_which_libraries_it_has(tmp_path: Path) -> None:
    house = kept(tmp_path)
    record = house.folder / f"{LINUX}.json"
    facts = json.loads(record.read_text(encoding="utf-8"))
    needs = ["libc.so.6", "libstdc++.so.6", "libpq.so.5"]
    record.write_text(json.dumps({**facts, "needs": needs}), encoding="utf-8")
    house.local = False
    (there,) = house.look(BOOKWORM, TAKEN)
    assert there.lacks == ("libpq.so.5",)


@pytest.mark.parametrize(
    ("words", "editables", "installer", "kept"),
    [
        (("demo", "."), (), "pip", True),
        (("demo",), (".",), "pip", False),
        (("demo", "."), (), "uv", False),
    ],
)
def test_pip_leaves_its_wheels_where_a_folder_is_built(
    words: tuple[str, ...], editables: tuple[str, ...], installer: str, kept: bool, tmp_path: Path
) -> None:
    given = Request(words, editables=editables, installer=installer)  # type: ignore[arg-type]
    request = parse(given)
    house = Wheelhouse(tmp_path / "house", tmp_path / "scratch", tmp_path)
    session = Session(
        RunContext(request, Recorded({}), Knowledge(), tmp_path, INTERPRETER, TRIXIE, local=False),
        house=house,
    )
    assert ("TMPDIR" in dict(session.install().env)) is kept


def test_from_source_takes_what_was_built_from_source(tmp_path: Path) -> None:
    house = kept(tmp_path)
    there = house.usable(BOOKWORM, TAKEN)
    asked = parse(Request(("demo[fast]>=1", "other"), from_source=True))
    given = with_offer(asked, there, tmp_path)
    assert given.requirements == (f"{house.folder / LINUX}[fast]", "other")
    made = install_command(given, PY311, InstallOptions(cache=tmp_path / "cache"))
    argv = made.argv
    assert argv[argv.index("--no-binary") + 1] == "other"
    assert "--no-cache-dir" not in argv
    assert "--use-pep517" in argv
    made = install_command(given, PY311, InstallOptions(cache=tmp_path / "cache"))
    again = repeatable(made)
    assert "--no-cache-dir" in again.argv
    assert str(tmp_path / "cache") not in (*again.argv, *dict(again.env).values())
    plain = with_offer(replace(asked, from_source=False), there, tmp_path)
    assert plain.requirements == asked.requirements
    assert plain.installer_args == ("--find-links", str(tmp_path))


def test_where_hashes_are_asked_for_no_wheel_of_ones_own_is_offered(tmp_path: Path) -> None:
    def arguments(*words: str, files: tuple[str, ...] = ()) -> tuple[str, ...]:
        request = parse(Request(("demo",), requirement_files=files, installer_args=words))
        session = Session(
            RunContext(request, Recorded({}), Knowledge(), tmp_path, PY311, BOOKWORM, local=False),
            house=kept(tmp_path),
        )
        return session.as_installed().installer_args

    listed = tmp_path / "r.txt"
    listed.write_text("demo==2.0 --hash=sha256:0\n", encoding="utf-8")
    assert "--find-links" in arguments()
    assert arguments("--require-hashes") == ("--require-hashes",)
    assert arguments(files=(str(listed),)) == ()


def test_kept_wheel_outside_the_requirement_is_not_used(tmp_path: Path) -> None:
    there = [Kept(tmp_path / LINUX, "demo", read_files([{"filename": LINUX}], "demo")[0].version)]
    assert met_by("demo<3", there) is not None
    assert met_by("demo>=3", there) is None
    assert met_by("./demo", there) is None


def test_a_wheel_whose_libraries_are_missing_is_not_offered(tmp_path: Path) -> None:
    house = kept(tmp_path)
    record = house.folder / f"{LINUX}.json"
    facts = json.loads(record.read_text(encoding="utf-8"))
    record.write_text(json.dumps({**facts, "needs": ["libnone.so.7"]}), encoding="utf-8")
    (there,) = house.look(BOOKWORM, TAKEN)
    assert there.lacks == ("libnone.so.7",)
    assert house.usable(BOOKWORM, TAKEN) == ()
    house.promised.add(there.path)
    assert house.usable(BOOKWORM, TAKEN) == (there,)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads an ELF of this system")
def test_libraries_linked_by_a_wheel_are_listed(tmp_path: Path) -> None:
    wheel = tmp_path / LINUX
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.write(Path(sys.executable).resolve(), "demo/_ext.cpython-311-x86_64-linux-gnu.so")
        archive.writestr("demo/broken.so", b"\x7fELF and no more")
    assert "libc.so.6" in needed_libraries(wheel)


@pytest.mark.parametrize(
    ("asked", "pins", "words"),
    [
        (("demo[x]>=1; python_version>'3'", "b"), ["demo==1.5"], ["demo", "b"]),
        (("b",), ["demo==1.5"], ["b", "demo"]),
    ],
)
def test_pins_replace_the_requested_requirements(
    asked: Iterable[str], pins: list[str], words: list[str]
) -> None:
    given = pinned(Request(tuple(asked)), pins).requirements
    assert [Requirement(word).name for word in given] == words
    (demo,) = [Requirement(word) for word in given if word.startswith("demo")]
    assert str(demo.specifier) == "==1.5"
    if len(words) == 2 and words[0] == "demo":
        assert demo.extras == {"x"}
        assert demo.marker is not None


# --- in the loop -----------------------------------------------------------------------------

NO_MATCH = Played("error: subprocess-exited-with-error: something nobody knows", 1)
DONE = Played("Successfully installed cffi-1.0")


def index_says(*names: str, pip_tags: tuple[str, ...] | None = None) -> Played:
    """Return what the probe prints of the project's files, asked on a trixie."""
    tags = tags_of(TRIXIE, INTERPRETER)
    facts: dict[str, object] = {
        "files": [{"filename": name} for name in names],
        "pip": pip_tags if pip_tags is not None else tags,
        "tags": tags,
        "python": INTERPRETER.version,
        "no-binary": None,
        "prereleases": False,
        "constraint": "",
        "troubles": {},
    }
    return Played(json.dumps(facts))


def play(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    attempts: list[Answer],
    files: Played,
    *,
    pip: str = "25.1",
    agrees: bool = True,
    **more: object,
) -> tuple[Report, Recorded]:
    monkeypatch.setattr("buildfix.platforms.host_facts.gather", lambda *_: TRIXIE)
    recorded = Recorded(
        {
            ".py interpreter": [interpreter_facts(pip=pip), interpreter_facts()],
            ".py distributions": [distribution("cffi", "_cffi")],
            ".py imports": [Played('{"_cffi": null}')],
            ".py project-files": [files],
            "install --upgrade pip": [Played()],
            "pip install": attempts,
            "dpkg-query": [Played("ii  build-essential\nii  python3-dev\n")],
            "ls /var/lib/apt/lists": [Played("archive_Packages")],
        }
    )
    request = Request(("cffi",), python=PYTHON, **more)  # type: ignore[arg-type]
    knowledge = small_knowledge(Path(mkdtemp(dir=tmp_path)))
    story = list(engine.repair(request, recorded, knowledge, lambda _: agrees, tmp_path / "logs"))
    last = story[-1]
    assert isinstance(last, events.Finished)
    return last.report, recorded


OLDER = index_says("cffi-2.0.tar.gz", "cffi-1.0-cp313-cp313-manylinux_2_28_x86_64.whl")


def test_another_version_is_only_told_of_unattended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report, _ = play(tmp_path, monkeypatch, [NO_MATCH], OLDER, unattended=True)
    assert (report.outcome, len(report.attempts)) == ("unfixed", 1)
    assert [step.kind for step in report.todo] == ["manual"]
    assert "request 'cffi==1.0'" in report.todo[0].summary


@pytest.mark.parametrize("unattended", [True, False])
def test_another_version_is_taken_where_that_is_allowed_or_agreed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unattended: bool
) -> None:
    report, _ = play(
        tmp_path,
        monkeypatch,
        [NO_MATCH, DONE],
        OLDER,
        unattended=unattended,
        allow_version_change=unattended,
    )
    assert report.outcome == "installed"
    assert names_of(report.applied, Pin) == ("cffi==1.0",)
    assert report.attempts[-1].command.argv[-1] == "cffi==1.0"
    assert report.requirements == ("cffi",)


def test_another_version_is_not_taken_where_it_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report, _ = play(tmp_path, monkeypatch, [NO_MATCH], OLDER, agrees=False)
    assert (report.outcome, len(report.attempts)) == ("person-needed", 1)


def test_pip_is_upgraded_before_anything_is_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = "cffi-2.0-cp313-cp313-manylinux_2_28_x86_64.whl"
    files = index_says("cffi-2.0.tar.gz", wheel, pip_tags=("cp3_13-cp3_13-manylinux1_x86_64",))
    report, recorded = play(tmp_path, monkeypatch, [DONE], files, pip="20.2.4", unattended=True)
    assert report.outcome == "installed"
    (step,) = report.applied
    assert step.argv == (PYTHON, "-m", "pip", "install", "--upgrade", "pip")
    assert step.because[0].required == ">=20.3.2"
    upgrade = recorded.ran.index(step.argv)
    assert upgrade < recorded.ran.index(report.attempts[0].command.argv)


def test_a_pip_that_knows_all_wheels_is_asked_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report, _ = play(tmp_path, monkeypatch, [DONE], OLDER, pip="23.0.1", unattended=True)
    assert (report.outcome, report.applied) == ("installed", ())


def test_an_attempt_fills_the_wheelhouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = tmp_path / "house"
    name = "cffi-2.0-cp313-cp313-linux_x86_64.whl"

    def builds(argv: Sequence[str]) -> Played:
        built(Path(argv[argv.index("--cache-dir") + 1]) / "wheels/aa", name)
        return DONE

    report, _ = play(tmp_path, monkeypatch, [builds], OLDER, unattended=True, wheelhouse=str(house))
    assert report.kept == (str(house / name),)
    assert sorted(path.name for path in house.iterdir()) == [name, f"{name}.json"]
    assert "--no-cache-dir" not in report.attempts[0].command.argv
    again, _ = play(
        tmp_path,
        monkeypatch,
        [DONE],
        OLDER,
        unattended=True,
        wheelhouse=str(house),
        from_source=True,
    )
    assert again.attempts[0].command.argv[-1] == str(house / name)


@pytest.mark.parametrize(
    ("system", "newest"),
    [
        ("debian:13", "manylinux_2_41_x86_64"),
        ("almalinux:9", "manylinux_2_34_x86_64"),
        ("amzn:2", "manylinux_2_26_x86_64"),
        ("arch", "manylinux_2_28_x86_64"),
    ],
)
def test_a_stock_machine_takes_the_wheels_of_its_release_s_c_library(
    system: str, newest: str
) -> None:
    knowledge = Knowledge()
    tags = tags_of(stock_host(system, knowledge), INTERPRETER)
    assert tags[0].endswith(newest)


def test_misspelled_project_gets_a_suggestion(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["wheels", "--python", sys.executable, "nunpy", "--", "--no-index", "-f", str(tmp_path)]
    assert run(words) == 1
    assert "no files for nunpy. Nothing was changed. Did you mean numpy?" in capsys.readouterr().err
