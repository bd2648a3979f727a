"""What goes wrong with apt, injected for real: its only archive is one of tiny packages."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pexpect
import pytest

from tests.bed import BUILDFIX, BareRoot
from tests.bed.bare import ENVIRONMENT
from tests.real.debs import ANT, Archive, Deb, asking_for, own_archive

pytestmark = [pytest.mark.bed, pytest.mark.slow]

LISTS = "/var/lib/apt/lists"


class Bench:
    """A root where a build needs the package ant of an archive of its own."""

    def __init__(self, root: BareRoot) -> None:
        self.root = root
        self.words = asking_for(root, "ant")
        self.archive: Archive = own_archive(root)

    def update(self) -> None:
        self.root.check(["apt-get", "update"])

    def fix(self) -> subprocess.CompletedProcess[str]:
        return self.root.run([BUILDFIX, "--yes", "-v", *self.words], timeout=300)

    def report(self) -> tuple[int, Mapping[str, Any]]:
        done = self.root.run([BUILDFIX, "--yes", "--json", *self.words], timeout=300)
        return done.returncode, json.loads(done.stdout)

    def state(self, package: str) -> str:
        """Return dpkg's letters for a package: `ii` is installed, `iU` unpacked, `iF` failed."""
        argv = ["dpkg-query", "--show", "--showformat", "${db:Status-Abbrev}", package]
        return self.root.run(argv).stdout.strip()

    def version(self, package: str) -> str:
        argv = ["dpkg-query", "--show", "--showformat", "${Version}", package]
        return self.root.run(argv).stdout


@pytest.fixture
def bench(bare_root: BareRoot) -> Bench:
    return Bench(bare_root)


def test_an_edited_configuration_file_stays_and_nothing_asks(bench: Bench) -> None:
    settings = Deb("settings", files={"/etc/settings.ini": "a = 1\n"})
    bench.archive.add(settings)
    bench.update()
    bench.root.check(["apt-get", "install", "-y", "settings"])
    bench.root.path("/etc/settings.ini").write_text("a = mine\n", encoding="utf-8")
    bench.archive.add(replace(settings, version="2", files={"/etc/settings.ini": "a = 2\n"}))
    bench.archive.add(replace(ANT, depends="settings (>= 2)"))
    bench.update()
    with person(bench, "/bin/true") as shell:
        shell.expect("Installed /home/mine into")
    assert (bench.state("ant"), bench.version("settings")) == ("ii", "2")
    assert bench.root.path("/etc/settings.ini").read_text(encoding="utf-8") == "a = mine\n"


def test_a_package_that_reads_from_the_terminal_does_not_hang(bench: Bench) -> None:
    asks = 'read answer </dev/tty || read answer || answer=none; echo "answer: $answer"'
    bench.archive.add(replace(ANT, postinst=asks))
    bench.update()
    with person(bench, "/bin/true") as shell:
        shell.expect("answer: none")
        shell.expect("Installed /home/mine into")
    assert bench.state("ant") == "ii"


def test_a_package_that_the_archive_has_anew_is_fetched_after_its_lists(bench: Bench) -> None:
    bench.archive.add(ANT)
    bench.update()
    bench.root.path("/srv/archive/ant_1_all.deb").unlink()
    bench.archive.add(replace(ANT, version="2"))
    done = bench.fix()
    assert done.returncode == 0, done.stdout
    assert "Refreshing the package lists and trying again" in done.stdout
    assert bench.version("ant") == "2"


def test_a_mirror_in_the_middle_of_its_update_is_asked_again(bench: Bench) -> None:
    bench.archive.add(ANT)
    bench.update()
    bench.archive.add(replace(ANT, files={**ANT.files, "/usr/share/more": "more\n" * 999}))
    done = bench.fix()
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("Refreshing the package lists and trying again") == 1


def test_lists_that_are_new_and_corrupt_are_fetched_again(bench: Bench) -> None:
    bench.archive.add(ANT)
    bench.update()
    (path,) = (one for one in bench.root.path(LISTS).iterdir() if one.name.endswith("Packages"))
    path.write_text("garbage\n", encoding="utf-8")
    bench.root.run(["sh", "-c", "rm -f /var/cache/apt/*.bin"])
    done = bench.fix()
    assert done.returncode == 0, done.stdout
    assert bench.state("ant") == "ii"


def test_a_package_that_no_mirror_has_is_tried_twice_and_no_more(bench: Bench) -> None:
    bench.archive.add(ANT)
    bench.update()
    bench.root.path("/srv/archive/ant_1_all.deb").unlink()
    done = bench.fix()
    assert done.returncode == 1
    assert done.stdout.count("Refreshing the package lists and trying again") == 1
    assert "File not found" in done.stdout.splitlines()[-2] + done.stdout.splitlines()[-1]
    assert done.stdout.endswith("Nothing was changed.\n")


def test_a_held_package_is_named_with_what_it_keeps_from_being_installed(bench: Bench) -> None:
    bench.archive.add(Deb("library"))
    bench.update()
    bench.root.check(["apt-get", "install", "-y", "library"])
    bench.root.check(["apt-mark", "hold", "library"])
    bench.archive.add(Deb("library", version="2"))
    bench.archive.add(replace(ANT, depends="library (>= 2)"))
    bench.update()
    done = bench.fix()
    assert done.returncode == 1
    assert "ant : Depends: library (>= 2) but 1 is to be installed" in done.stdout
    assert "held at their version: library" in done.stdout


def test_an_unmet_dependency_is_named(bench: Bench) -> None:
    bench.archive.add(replace(ANT, depends="nonesuch"))
    bench.update()
    done = bench.fix()
    assert done.returncode == 1
    assert "failed: unmet dependencies: ant : Depends: nonesuch" in done.stdout


def test_another_package_that_is_broken_does_not_end_it(bench: Bench) -> None:
    bench.archive.add(Deb("bad", postinst="exit 3"))
    bench.archive.add(ANT)
    bench.update()
    bench.root.run(["apt-get", "install", "-y", "bad"])
    assert bench.state("bad") == "iF"
    done = bench.fix()
    assert done.returncode == 0, done.stdout
    assert (
        "The required packages are installed anyway (before this run, bad was already only partly "
        "installed" in done.stdout
    )
    assert (bench.state("ant"), bench.state("bad")) == ("ii", "iF")


def test_what_apt_installed_before_it_failed_is_told(bench: Bench) -> None:
    bench.archive.add(Deb("bad", postinst="echo no luck; exit 3"))
    bench.archive.add(Deb("library"))
    bench.archive.add(replace(ANT, depends="library, bad"))
    bench.update()
    code, report = bench.report()
    assert code == 1
    assert "dpkg failed on bad: installed bad package post-installation" in report["reason"]
    assert report["unfinished"] == {"installed": ["library"], "midway": ["ant", "bad"]}
    done = bench.fix()
    assert "No system packages were installed" not in done.stdout


def test_lists_of_another_archive_that_cannot_be_fetched_do_not_end_it(bench: Bench) -> None:
    bench.archive.add(ANT)
    dead = bench.root.path("/etc/apt/sources.list.d/dead.list")
    dead.write_text("deb http://127.0.0.1:9/ dead main\n", encoding="utf-8")
    done = bench.fix()
    assert done.returncode == 0, done.stdout
    assert bench.state("ant") == "ii"


def test_an_index_of_files_that_cannot_be_fetched_leaves_the_diagnosis(bench: Bench) -> None:
    fails = "#!/bin/sh\necho E: the index is not to be had\nexit 1\n"
    bench.archive.add(Deb("apt-file", files={"/usr/bin/apt-file": fails}))
    bench.update()
    bench.words = asking_for(bench.root, "no-such-tool-known")
    done = bench.fix()
    assert done.returncode == 1
    assert "tool-missing: no-such-tool-known" in done.stdout
    assert "fetching the file index failed" in done.stdout.splitlines()[-2]
    assert "the index is not to be had" in done.stdout.splitlines()[-2]
    assert done.stdout.count("==> attempt") == 1


# --- On a terminal --------------------------------------------------------------------------------


def person(bench: Bench, then: str, *, slowly: str = "") -> pexpect.spawn[str]:
    """Start buildfix from a shell on a terminal; `then` is run there when it has ended."""
    if slowly:
        bench.archive.add(replace(ANT, postinst=slowly))
        bench.update()
    line = (
        f"trap : INT; stty -a >/before; {BUILDFIX} --yes -v {' '.join(bench.words)}; echo code $?"
    )
    return pexpect.spawn(
        "chroot",
        [str(bench.root.path("/")), "sh", "-c", f"{line}; {then}; stty -a >/after; echo the end"],
        env={**ENVIRONMENT, "TERM": "xterm", "COLUMNS": "200"},
        timeout=120,
        encoding="utf-8",
        dimensions=(40, 200),
    )


def same_terminal(bench: Bench) -> bool:
    before, after = (
        bench.root.path(name).read_text(encoding="utf-8") for name in ("before", "after")
    )
    return before == after


def test_the_first_interrupt_lets_apt_finish(bench: Bench) -> None:
    with person(bench, "dpkg --audit", slowly="sleep 4; echo slowly done") as shell:
        shell.expect("Setting up ant")
        shell.sendintr()
        shell.expect("apt-get is finishing its current step; press Ctrl-C again to kill it")
        shell.expect("slowly done")
        shell.expect("Installed on the system: ant")
        shell.expect("code 130")
        shell.expect("the end")
    assert bench.state("ant") == "ii"
    assert same_terminal(bench)


def test_the_second_interrupt_kills_apt_and_all_it_started(bench: Bench) -> None:
    with person(bench, "true", slowly="sleep 77") as shell:
        wait_for_setup(bench, shell)
        shell.sendintr()
        shell.expect("is finishing its current step")
        shell.sendintr()
        shell.expect("killing apt-get")
        shell.expect("code 130")
        shell.expect("the end")
        assert not running(bench, "sleep")
        assert not running(bench, "dpkg")
    assert bench.state("ant") == "iF"
    assert same_terminal(bench)
    assert bench.fix().returncode == 0


def test_a_request_to_end_lets_apt_finish(bench: Bench) -> None:
    with person(bench, "true", slowly="sleep 4; echo slowly done") as shell:
        shell.expect("Setting up ant")
        for process in running(bench, "buildfix"):
            os.kill(process, signal.SIGTERM)
        shell.expect("slowly done")
        shell.expect("code 130")
        shell.expect("the end")
    assert bench.state("ant") == "ii"
    assert same_terminal(bench)


def test_the_run_after_a_killed_one_finishes_and_cleans_what_it_left(bench: Bench) -> None:
    once = "test -e /once || { touch /once; sleep 77; }"
    with person(bench, "true", slowly=once) as shell:
        wait_for_setup(bench, shell)
        for name in ("buildfix", "apt-get", "dpkg", "sleep"):
            for process in running(bench, name):
                os.kill(process, signal.SIGKILL)
        shell.expect("the end")
    assert bench.state("ant") == "iF"
    done = bench.root.run([BUILDFIX, "--yes", "--clean", *bench.words], timeout=300)
    told = done.stdout + done.stderr
    assert done.returncode == 0, told
    assert "The previous run (/home/mine) ended unexpectedly during the step: Install ant." in told
    assert "+ Finish the interrupted dpkg run; buildfix was killed during this step" in told
    assert "- Remove build-only packages: ant (root)" in told
    assert "Removed 1 build-only package; the import still works." in told
    assert bench.state("ant") == ""
    again = bench.fix()
    assert "ended unexpectedly" not in again.stdout + again.stderr


def wait_for_setup(bench: Bench, shell: pexpect.spawn[str]) -> None:
    """Wait until the script of the package runs, which is some time after dpkg says so."""
    shell.expect("Setting up ant")
    end = time.monotonic() + 60
    while not running(bench, "sleep"):
        assert time.monotonic() < end
        time.sleep(0.1)


def running(bench: Bench, name: str) -> list[int]:
    """Return the processes of that name in the root, but those that have ended."""
    root, found = bench.root.path("/").resolve(), []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            state = (folder / "stat").read_text(encoding="utf-8")
            inside = (folder / "root").readlink() == root
            if inside and f"({name})" in state and ") Z " not in state:
                found.append(int(folder.name))
    return found
