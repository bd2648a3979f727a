"""A wheelhouse built for bare roots, and rolled out to others that have no compiler."""

from __future__ import annotations

import functools
import http.server
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from buildfix.catalog.evidence import EVIDENCE, read_records
from tests.bed import BareRoot, base_root, mounts_below
from tests.bed.bare import ENVIRONMENT
from tests.real.exported import instructions, with_ansible
from tests.real.indexes import Index, project, serving
from tests.real.sshd import server, with_sshd

pytestmark = [pytest.mark.bed, pytest.mark.slow]

REQUIREMENTS = "--no-binary pyyaml,bsdiff4\npyyaml\nbsdiff4\nidna\n"
LONG = "BUILDFIX_LONG" in os.environ
SUITES = ("trixie", "bookworm") if LONG else ("trixie",)
NAMES = {"trixie": "debian13-x86_64-cp313", "bookworm": "debian12-x86_64-cp311"}
VERIFY = "import yaml, bsdiff4.core, idna; assert yaml.__with_libyaml__"
PLAY = """
- hosts: all
  gather_facts: false
  roles:
    - role: wheelhouse
      wheelhouse_url: file:///srv/wheels
"""


def wheelhouse(
    *words: str, cwd: Path, path: str = os.environ["PATH"]
) -> subprocess.CompletedProcess[str]:
    index = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST")
    passed = {name: value for name, value in os.environ.items() if name in index}
    env = {**passed, **ENVIRONMENT, "PATH": path, "HOME": str(cwd)}
    env["PYTHONPATH"] = os.pathsep.join(sys.path)
    argv = [sys.executable, "-m", "buildfix", "wheelhouse", *words]
    return subprocess.run(argv, env=env, cwd=cwd, capture_output=True, text=True)


def build(folder: Path) -> dict[str, Any]:
    (folder / "r.txt").write_text(REQUIREMENTS)
    roots = [word for one in SUITES for word in ("--target", f"chroot:{root_of(one)}")]
    done = wheelhouse("build", "-r", "r.txt", *roots, "--out", "wh", "--json", cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def root_of(suite: str) -> Path:
    return base_root(suite).only_directory()


def how(document: dict[str, Any]) -> list[dict[str, str]]:
    return [{row["project"]: row["how"] for row in one["projects"]} for one in document["targets"]]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, clean_bed: None) -> Path:  # noqa: ARG001
    """Build for each suite, and see what was done."""
    folder = tmp_path_factory.mktemp("fleet")
    document = build(folder)
    assert how(document) == [{"pyyaml": "built", "bsdiff4": "built", "idna": "downloaded"}] * len(
        SUITES
    )
    for one in document["targets"]:
        assert list(one["packages"]) == ["libyaml-0-2"]
    return folder


def test_a_second_build_does_nothing_and_the_roots_are_as_before(built: Path) -> None:
    assert how(build(built)) == [
        {"pyyaml": "kept", "bsdiff4": "kept", "idna": "kept"} for _ in SUITES
    ]
    for suite in SUITES:
        assert not (root_of(suite) / "usr/bin/gcc").exists()
        assert mounts_below(root_of(suite)) == []


def test_wheels_that_are_built_again_are_the_same(built: Path, tmp_path: Path) -> None:
    build(tmp_path)
    for suite in SUITES:
        described = [folder / "wh" / NAMES[suite] / "target.json" for folder in (built, tmp_path)]
        first, again = (json.loads(path.read_text())["wheels"] for path in described)
        assert first == again


@pytest.fixture
def address(built: Path) -> Iterator[str]:
    """Serve the wheelhouse on loopback."""
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(built / "wh"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("suite", SUITES)
def test_pip_installs_from_the_index_in_a_root_without_a_compiler(
    built: Path, address: str, suite: str
) -> None:
    target = built / "wh" / NAMES[suite]
    with BareRoot(base_root(suite)) as root:
        root.check(["python3", "-m", "venv", "/v"])
        shutil.copyfile(target / "requirements.txt", root.path("/r.txt"))
        index = f"{address}/{NAMES[suite]}/simple/"
        words = ["install", "--no-cache-dir", "--require-hashes", "--index-url", index]
        root.check(["/v/bin/pip", *words, "-r", "/r.txt"])
        packages = json.loads((target / "target.json").read_text())["packages"]
        root.check(["apt-get", "update"])
        root.check(["apt-get", "install", "-y", "--no-install-recommends", *packages])
        root.check(["/v/bin/python", "-c", VERIFY])
        assert root.run(["sh", "-c", "command -v gcc cc"]).returncode != 0


@pytest.mark.parametrize("suite", SUITES)
def test_the_role_installs_verifies_and_changes_nothing_again(built: Path, suite: str) -> None:
    exported = built / "roll-out"
    for form in ("ansible", "simple-index"):
        done = wheelhouse("export", "wh", f"--{form}", "--to", str(exported / form), cwd=built)
        assert done.returncode == 0, done.stderr
    with BareRoot(with_ansible(suite)) as root:
        shutil.copytree(exported / "ansible/wheelhouse", root.path("/play/roles/wheelhouse"))
        shutil.copytree(exported / "simple-index", root.path("/srv/wheels"))
        root.path("/play/play.yml").write_text(PLAY)
        first = play(root)  # a check before that needs python3-apt, which Ansible installs now
        assert re.search(r"changed=[1-9]\d*\b.*failed=0\b", first), first
        root.check(["/opt/wheelhouse/bin/python", "-c", VERIFY])
        for again in (play(root), play(root, "--check")):
            assert re.search(r"changed=0\b.*failed=0\b", again), again
        installed = root.check(["dpkg-query", "--show", "--showformat", "${Package}\n"]).split()
        assert [one for one in installed if one.endswith("-dev") or one == "gcc"] == []


def play(root: BareRoot, *words: str) -> str:
    where = ["-i", "here,", "-c", "local", "-e", "ansible_python_interpreter=/usr/bin/python3"]
    argv = ["/opt/ansible/bin/ansible-playbook", *where, *words, "/play/play.yml"]
    done = root.run(argv, timeout=900)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    return done.stdout


def test_a_dockerfile_installs_and_verifies(built: Path, tmp_path: Path) -> None:
    done = wheelhouse("export", "wh", "--dockerfile", "--to", str(tmp_path), cwd=built)
    assert done.returncode == 0, done.stderr
    text = (tmp_path / f"Dockerfile.{NAMES['trixie']}").read_text()
    with BareRoot(base_root("trixie")) as root:
        shutil.copytree(built / "wh" / NAMES["trixie"], root.path("/wheelhouse"))
        for word, rest in instructions(text):
            if word == "RUN":
                root.check(["sh", "-c", re.sub(r"--mount=\S+ ", "", rest)])
        root.check(["/opt/wheelhouse/bin/python", "-c", VERIFY])


@pytest.fixture(params=["ssh", "docker"])
def machine(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    clean_bed: None,  # noqa: ARG001
) -> Iterator[tuple[str, str]]:
    """Give the address of a machine that is not copied, and a PATH with what reaches it."""
    if request.param == "ssh":
        (tmp_path / "ssh").mkdir()
        with (
            BareRoot(with_sshd(base_root("trixie"))) as root,
            server(root, tmp_path / "ssh") as found,
        ):
            yield found.address, found.path
        return
    with BareRoot(base_root("trixie")) as root:
        client = tmp_path / "docker"
        settings = shlex.join(f"{name}={value}" for name, value in ENVIRONMENT.items())
        enter = f"env -i {settings} chroot {root.path('/')}"
        client.write_text(
            '#!/bin/sh\n[ "$1 $2 $3" = "exec --interactive box" ] || exit 99\nshift 3\n'
            f'exec {enter} "$@"\n'
        )
        client.chmod(0o755)
        yield "docker:box", f"{tmp_path}:{os.environ['PATH']}"


def test_a_wheelhouse_is_built_on_a_machine_that_is_not_copied(
    machine: tuple[str, str], tmp_path: Path
) -> None:
    address, path = machine
    words = ("build", "bsdiff4", "six", "--target", address, "--out", "wh", "--json")
    (tmp_path / "r.txt").write_text("--no-binary bsdiff4\n")
    for how_ in ("built", "kept"):
        done = wheelhouse(*words, "-r", "r.txt", "--yes", cwd=tmp_path, path=path)
        assert done.returncode == 0, done.stdout + done.stderr
        (report,) = json.loads(done.stdout)["targets"]
        assert (report["target"], report["machine"]) == (NAMES["trixie"], address)
        assert {row["project"]: row["how"] for row in report["projects"]}["bsdiff4"] == how_
    wheels = sorted(
        one.name for one in (tmp_path / "wh" / NAMES["trixie"] / "wheels").glob("*.whl")
    )
    assert [one.partition("-")[0] for one in wheels] == ["bsdiff4", "six"]


COMPILES = """import subprocess
    text = bytes.fromhex({code!r})
    subprocess.run(["cc", "-x", "c", "-fsyntax-only", "-"], input=text, check=True)
"""


def test_what_a_failed_build_showed_is_known_to_the_next_wheelhouse(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    clean_bed: None,  # noqa: ARG001
) -> None:
    """The source does not show which header it includes; only the compiler says it."""
    words = ("build", "shy", "--target", f"chroot:{root_of('trixie')}", "--json", "--out")
    code = b"#include <yaml.h>\n".hex()
    with serving(Index(tmp_path / "index", (), frozenset())) as index:
        index.add("shy", project("shy", "", COMPILES.format(code=code)))
        monkeypatch.setenv("PIP_INDEX_URL", index.url)
        for out, more, failed in (("one", (), True), ("two", ("--recipes", "one/recipes"), False)):
            done = wheelhouse(*words, out, *more, cwd=tmp_path)
            assert done.returncode == 0, done.stdout + done.stderr
            (report,) = json.loads(done.stdout)["targets"]
            (row,) = report["projects"]
            assert (row["attempts"] > 1) is failed, row
    found = {one.remedy: one for one in read_records(tmp_path / "one" / EVIDENCE)}
    yaml = found["Install libyaml-dev with apt"]
    assert (yaml.system, yaml.subject, yaml.installed) == ("debian:13", "yaml.h", 1)


@pytest.mark.skipif(not LONG, reason="long; BUILDFIX_LONG=1 runs it")
def test_a_portable_wheel_brings_its_libraries(tmp_path: Path, clean_bed: None) -> None:  # noqa: ARG001
    (tmp_path / "r.txt").write_text("--no-binary psycopg2\npsycopg2\n")
    words = ("build", "-r", "r.txt", "--target", f"chroot:{root_of('trixie')}", "--out", "wh")
    done = wheelhouse(*words, "--json", "--portable", "manylinux_2_41", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    (report,) = json.loads(done.stdout)["targets"]
    assert report["packages"] == {}  # it was installed and imported without libpq5
    (wheel,) = (tmp_path / "wh" / NAMES["trixie"] / "wheels").glob("*.whl")
    assert wheel.name.endswith("manylinux_2_41_x86_64.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        bill = json.loads(
            archive.read(next(one for one in names if one.endswith("buildfix.cdx.json")))
        )
    assert any(re.fullmatch(r"psycopg2\.libs/libpq-[\w.-]+", one) for one in names), names
    assert "libpq5" in {one["name"] for one in bill["components"]}

    done = wheelhouse(*words, "--portable", "manylinux_2_28", cwd=tmp_path)
    assert done.returncode == 1
    said = done.stdout + done.stderr
    assert "cannot be manylinux_2_28: it or a library that it needs uses what is newer" in said
    assert "Traceback" not in said
