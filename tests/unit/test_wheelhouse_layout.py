"""What a wheelhouse build lays out: index, lock file, bill of materials."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.pylock import Pylock

from buildfix.core.errors import BuildfixError, UsageError
from buildfix.wheelhouse.lock_file import is_lock_file, lock_text, locked_requirements
from buildfix.wheelhouse.sbom import Sources, add_bill, document
from buildfix.wheelhouse.simple_index import write_index
from buildfix.wheelhouse.store import check_sha256
from buildfix.wheels.built import Record

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FACTS: dict[str, Any] = {
    "system": "linux",
    "id": "debian",
    "version": "13",
    "arch": "x86_64",
    "manager": "apt",
    "python": {"version": "3.13.5", "implementation": "CPython"},
}
SOURCES = Sources("demo-1.0.tar.gz", "https://example.org/demo-1.0.tar.gz", "ab" * 32, FACTS)
RECORD = Record(
    project="demo",
    version="1.0",
    wheel="demo-1.0-py3-none-any.whl",
    requirement="demo",
    sdist=None,
    python="CPython 3.13.5",
    tags=("py3-none-any",),
    platform={},
    needs=("libyaml-0.so.2",),
    steps=(),
    packages=(),
    date="",
    buildfix="0",
    linked={"libyaml-0.so.2": "libyaml-0-2 0.2.5-2+b1"},
)


def wheel_in(folder: Path, name: str = "demo", version: str = "1.0") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": "VALUE = 1\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    listed = "".join(f"{one},,\n" for one in (*files, f"{info}/RECORD"))
    with zipfile.ZipFile(path, "w") as archive:
        for inside, text in {**files, f"{info}/RECORD": listed}.items():
            archive.writestr(inside, text)
    return path


def test_pip_installs_from_the_index_of_files(tmp_path: Path) -> None:
    wheel_in(tmp_path / "wheels")
    wheel_in(tmp_path / "wheels", version="2.0")
    write_index(tmp_path)
    index = (tmp_path / "simple").as_uri()
    argv = [sys.executable, "-m", "pip", "download", "--no-deps", "-d", str(tmp_path / "got")]
    done = subprocess.run(
        [*argv, "--isolated", "--index-url", index, "demo<2"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert [one.name for one in (tmp_path / "got").iterdir()] == ["demo-1.0-py3-none-any.whl"]


def test_both_forms_of_the_index_have_the_hashes(tmp_path: Path) -> None:
    wheel = wheel_in(tmp_path / "wheels")
    hashes = write_index(tmp_path)
    sha256 = hashlib.sha256(wheel.read_bytes()).hexdigest()
    assert hashes == {wheel.name: sha256}
    page = (tmp_path / "simple/demo/index.html").read_text()
    assert f'<a href="../../wheels/{wheel.name}#sha256={sha256}">{wheel.name}</a>' in page
    document = json.loads((tmp_path / "simple/demo/index.json").read_text())
    assert document["meta"] == {"api-version": "1.1"}
    assert document["files"][0]["hashes"] == {"sha256": sha256}
    assert document["files"][0]["size"] == wheel.stat().st_size
    listed = json.loads((tmp_path / "simple/index.json").read_text())
    assert listed["projects"] == [{"name": "demo"}]


def test_a_lock_file_is_valid() -> None:
    name = "py_demo-1.0-cp313-cp313-linux_x86_64.whl"
    text = lock_text([(f"debian13/wheels/{name}", "cd" * 32)], FACTS)
    lock = Pylock.from_dict(tomllib.loads(text))
    (package,) = lock.packages
    assert (package.name, str(package.version)) == ("py-demo", "1.0")
    (wheel,) = package.wheels or ()
    assert (wheel.path, wheel.hashes) == (f"debian13/wheels/{name}", {"sha256": "cd" * 32})
    assert str(lock.requires_python) == "==3.13.*"


def test_a_lock_file_is_read_as_requirements(tmp_path: Path) -> None:
    path = tmp_path / "pylock.toml"
    path.write_text(
        'lock-version = "1.0"\ncreated-by = "x"\n'
        '[[packages]]\nname = "demo"\nversion = "1.0"\nmarker = "os_name == \'posix\'"\n'
        'sdist = { url = "https://example.org/d.tar.gz", hashes = { sha256 = "aa" } }\n'
        '[[packages.wheels]]\nurl = "https://example.org/d.whl"\nhashes = { sha256 = "bb" }\n'
    )
    assert locked_requirements(path) == (
        "demo==1.0 ; os_name == 'posix' --hash=sha256:bb --hash=sha256:aa\n"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [("[[packages]]\nname = 'x'\n", "x has no version"), ("packages = ", "it is no lock file")],
)
def test_a_lock_file_that_pins_nothing_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "pylock.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=said):
        locked_requirements(path)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("pylock.toml", True), ("a/pylock.web.toml", True), ("requirements.txt", False)],
)
def test_lock_files_are_known_by_their_names(name: str, expected: bool) -> None:
    assert is_lock_file(name) is expected


def test_a_bill_of_materials_is_valid_and_names_source_compiler_and_packages() -> None:
    bill = document(RECORD, SOURCES, ("GCC: (Debian 14.2.0-19) 14.2.0",))
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(bill)) is None
    assert bill["metadata"]["component"]["externalReferences"][0]["hashes"] == [
        {"alg": "SHA-256", "content": "ab" * 32}
    ]
    assert [one["name"] for one in bill["metadata"]["tools"]["components"]] == [
        "buildfix",
        "GCC: (Debian 14.2.0-19) 14.2.0",
    ]
    assert [one["purl"] for one in bill["components"]] == [
        "pkg:deb/debian/libyaml-0-2@0.2.5-2%2Bb1?arch=x86_64"
    ]


def test_a_wheel_with_a_bill_lists_it_and_is_the_same_each_time(tmp_path: Path) -> None:
    wheel = wheel_in(tmp_path)
    before = wheel.read_bytes()
    add_bill(wheel, RECORD, SOURCES)
    first = wheel.read_bytes()
    name = "demo-1.0.dist-info/sboms/buildfix.cdx.json"
    with zipfile.ZipFile(wheel) as archive:
        content = archive.read(name)
        rows = list(csv.reader(io.StringIO(archive.read("demo-1.0.dist-info/RECORD").decode())))
        assert archive.read("demo.py") == b"VALUE = 1\n"
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    assert [name, f"sha256={digest}", str(len(content))] in rows
    assert rows[-1][0] == "demo-1.0.dist-info/RECORD"
    wheel.write_bytes(before)
    add_bill(wheel, RECORD, SOURCES)
    assert wheel.read_bytes() == first
    add_bill(wheel, RECORD, SOURCES)
    assert wheel.read_bytes() == first


def test_the_bill_is_listed_in_the_wheels_own_record_not_a_vendored_one(tmp_path: Path) -> None:
    wheel = tmp_path / "demo-1.0-py3-none-any.whl"
    vendored, own = "demo/_vendor/six-1.0.dist-info/RECORD", "demo-1.0.dist-info/RECORD"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name in (vendored, own):
            archive.writestr(name, f"{name},,\n")
    add_bill(wheel, RECORD, SOURCES)
    with zipfile.ZipFile(wheel) as archive:
        assert archive.read(vendored).decode() == f"{vendored},,\n"
        assert "demo-1.0.dist-info/sboms/buildfix.cdx.json" in archive.namelist()
        assert "sboms/buildfix.cdx.json" in archive.read(own).decode()


def test_a_check_of_a_files_hash_names_both(tmp_path: Path) -> None:
    path = tmp_path / "demo-1.0.tar.gz"
    path.write_bytes(b"1")
    check_sha256(path, hashlib.sha256(b"1").hexdigest())
    with pytest.raises(
        BuildfixError, match=r"demo-1\.0\.tar\.gz has the SHA-256 6b86.* but ab was"
    ):
        check_sha256(path, "ab")
