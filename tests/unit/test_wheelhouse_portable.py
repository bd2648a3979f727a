"""`--portable`: what auditwheel is asked for, and what a wheel's record says afterwards."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from buildfix.core.errors import TargetError, UsageError
from buildfix.machines.local import Completed, Variables
from buildfix.wheelhouse.finish import _linked
from buildfix.wheelhouse.portable import check_portable, make_portable
from buildfix.wheelhouse.target import Distribution
from buildfix.wheels.built import read_record, write_record
from tests.unit.test_wheelhouse_layout import RECORD, wheel_in
from tests.unit.test_wheelhouse_units import target_of

GLIBC = {"system": "linux", "libc": "glibc 2.41", "title": "Debian 13"}
MUSL = {"system": "linux", "libc": "musl 1.2.5", "title": "Alpine 3.22"}
PLATFORM = "demo-1.0-cp313-cp313-linux_x86_64.whl"
MADE = "demo-1.0-cp313-cp313-manylinux_2_28_x86_64.whl"
REFUSED = (
    'auditwheel: error: cannot repair "x" to "manylinux_2_28_x86_64" ABI because of the presence '
    "of too-recent versioned symbols. You'll need to compile the wheel on an older toolchain.\n"
)


class Tools:
    """A machine where auditwheel leaves a wheel, or says why it cannot."""

    def __init__(self, **answers: str) -> None:
        self.ran: list[tuple[str, ...]] = []
        self.answers = answers

    def run(self, argv: Sequence[str], env: Variables = (), stdin: str = "") -> Completed:  # noqa: ARG002
        self.ran.append(tuple(argv))
        program = Path(argv[0]).name if argv[1] == "repair" else argv[2]
        if said := self.answers.get(program):
            return Completed(1, "", said)
        if program == "venv":
            Path(argv[3]).mkdir(parents=True)
        if program == "auditwheel":
            assert dict(env)["PATH"].startswith(str(Path(argv[0]).parent))
            folder = Path(argv[argv.index("-w") + 1])
            folder.mkdir(parents=True)
            shutil.copyfile(argv[-1], folder / MADE)
        return Completed(0, "", "")


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """Make a wheel for this system only, with its record."""
    (tmp_path / "out").mkdir()
    made = wheel_in(tmp_path / "out").rename(tmp_path / "out" / PLATFORM)
    write_record(replace(RECORD, wheel=PLATFORM), made)
    return made


def made_portable(wheel: Path, tools: Tools) -> None:
    options = ("--index-url", "https://example.org/simple")
    machine: Any = tools
    make_portable(wheel, "manylinux_2_28", "glibc 2.41", machine, "/usr/bin/python3", options)


def test_a_wheel_and_its_record_are_replaced(wheel: Path) -> None:
    tools = Tools()
    made_portable(wheel, tools)
    assert sorted(one.name for one in wheel.parent.iterdir()) == [MADE, f"{MADE}.json"]
    record = read_record(wheel.with_name(MADE))
    assert record is not None
    assert (record.wheel, record.tags) == (MADE, ("cp313-cp313-manylinux_2_28_x86_64",))
    assert record.needs == ()
    assert record.linked == RECORD.linked  # for the bill of materials
    assert _linked(wheel.parent, [MADE]) == {}  # but no host needs them
    install, repair = tools.ran[1:]
    assert install[-4:-2] == ("--index-url", "https://example.org/simple")
    assert repair[repair.index("--plat") + 1] == "manylinux_2_28_x86_64"


def test_a_wheel_for_any_system_stays_as_it_is(tmp_path: Path) -> None:
    tools = Tools()
    made_portable(wheel_in(tmp_path), tools)
    assert tools.ran == []


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (
            {"auditwheel": REFUSED},
            f"{PLATFORM} cannot be manylinux_2_28: it or a library that it needs uses what is "
            "newer in glibc 2.41 of this target.",
        ),
        ({"auditwheel": "a\nno libx\n"}, f"Cannot make {PLATFORM} manylinux_2_28: no libx."),
        ({"pip": "ERROR: none found\n"}, "Cannot install auditwheel: ERROR: none found."),
        ({"venv": "no ensurepip"}, "Cannot create an environment: no ensurepip."),
    ],
)
def test_why_it_cannot_be_done_is_one_line(wheel: Path, answers: dict[str, str], said: str) -> None:
    with pytest.raises(TargetError) as caught:
        made_portable(wheel, Tools(**answers))
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("tag", "facts", "said"),
    [
        ("manylinux_2_28", GLIBC, ""),
        ("manylinux2014", GLIBC, ""),
        ("musllinux_1_2", MUSL, ""),
        ("manylinux_2_28", MUSL, "manylinux_2_28 needs glibc, but Alpine 3.22 has musl 1.2.5."),
        ("musllinux_1_2", GLIBC, "musllinux_1_2 needs musl, but Debian 13 has glibc 2.41."),
        ("manylinux_2_28_x86_64", GLIBC, "is not a portable platform"),
        ("$(id)", GLIBC, "is not a portable platform"),
        ("manylinux_2_28", {**GLIBC, "system": "darwin", "libc": ""}, "Debian 13 has none."),
    ],
)
def test_a_platform_must_be_one_of_the_target(tag: str, facts: dict[str, Any], said: str) -> None:
    if not said:
        check_portable(tag, facts)
        return
    with pytest.raises(UsageError) as caught:
        check_portable(tag, facts)
    assert said in str(caught.value)


def test_a_portable_wheel_is_another_unit() -> None:
    one = Distribution("demo", "1.0", False, "demo-1.0.tar.gz", "", "ab")
    target = target_of(one)
    keys = {target.key(one), replace(target, portable="manylinux_2_28").key(one)}
    assert len(keys) == 2


def test_no_wheel_of_auditwheel_is_an_error_in_one_line(wheel: Path) -> None:
    class Idle(Tools):
        def run(self, argv: Sequence[str], env: Variables = (), stdin: str = "") -> Completed:
            super().run(argv, env, stdin)
            if argv[1] == "repair":
                shutil.rmtree(argv[argv.index("-w") + 1])
            return Completed(0, "", "")

    with pytest.raises(TargetError, match=f"Cannot make {PLATFORM} manylinux_2_28: it says noth"):
        made_portable(wheel, Idle())
    assert wheel.is_file()
