"""`--clean` in a bare Debian root: what the build alone needed is gone, all else is there."""

from __future__ import annotations

import pytest

from tests.bed import TARGET_PYTHON, BareRoot
from tests.real.test_ways import buildfix, report_of

pytestmark = [pytest.mark.bed, pytest.mark.slow]


def packages(root: BareRoot) -> set[str]:
    argv = ["dpkg-query", "--show", "--showformat", "${db:Status-Abbrev} ${Package}\n"]
    rows = (line.split() for line in root.check(argv).splitlines())
    return {row[1] for row in rows if row[0] == "ii"}


def test_what_only_the_build_needed_goes_again(bare_root: BareRoot) -> None:
    bare_root.check(["apt-get", "update"])
    bare_root.check(["apt-get", "install", "--yes", "--no-install-recommends", "file", "make"])
    bare_root.check(["apt-mark", "auto", "file"])  # what apt would clean up by itself is not ours
    before = packages(bare_root)
    words = ("--from-source", "--python", TARGET_PYTHON, "psycopg2")
    plan = report_of(buildfix(bare_root, "--clean", "--dry-run", "--json", *words))
    assert "remove build-only packages" in plan["steps"][-1]["summary"]
    assert packages(bare_root) == before
    done = buildfix(bare_root, "--clean", "--yes", "--json", *words)
    report = report_of(done)
    assert (done.returncode, report["outcome"]) == (0, "installed"), report["reason"]
    after = packages(bare_root)
    assert before <= after
    assert "libpq5" in after
    assert not after & {"gcc", "libpq-dev", "python3-dev", "build-essential", "libc6-dev"}
    assert "libpq5" in bare_root.check(["apt-mark", "showmanual"]).split()
    assert "file" in bare_root.check(["apt-mark", "showauto"]).split()
    removed = {name for step in report["applied"] for name in step.get("removes", ())}
    assert {"gcc", "libpq-dev"} <= removed
    assert not removed & after
    # What stays is needed: apt finds nothing more to clean up than before.
    would = bare_root.check(["apt-get", "--simulate", "autoremove"])
    assert not {line.split()[1] for line in would.splitlines() if line.startswith("Remv")} - before
    bare_root.check([TARGET_PYTHON, "-c", "import psycopg2"])


def test_a_library_that_is_loaded_by_its_name_stays(bare_root: BareRoot) -> None:
    words = ("--python", TARGET_PYTHON, "python-magic", "--from-source", "psutil")
    done = buildfix(bare_root, "--clean", "--yes", "--export", "sh", *words)
    assert done.returncode == 0, done.stderr
    after = packages(bare_root)
    assert "libmagic1t64" in after
    assert not after & {"gcc", "python3-dev"}
    install, purge = done.stdout.index("pip install"), done.stdout.index("apt-get purge")
    assert install < purge
    bare_root.check([TARGET_PYTHON, "-c", "import magic, psutil"])
