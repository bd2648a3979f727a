"""The Vagrantfile is valid, the runner writes what it saw, and documents merge into a matrix."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from vagrant import acceptance, matrix

FOLDER = Path(__file__).parents[2] / "vagrant"
HOST = {"schema": "buildfix.host/1", "title": "Fedora Linux 42"}
INSTALLED = {"outcome": "installed", "seconds": {"total": 31.6}}


@pytest.mark.skipif(shutil.which("vagrant") is None, reason="no vagrant here")
def test_the_vagrantfile_is_valid(tmp_path: Path) -> None:
    own = {"VAGRANT_HOME": tmp_path / "home", "VAGRANT_DOTFILE_PATH": tmp_path / "dot"}
    done = subprocess.run(
        ["vagrant", "validate", "--ignore-provider"],
        cwd=FOLDER,
        env={**os.environ, **{name: str(path) for name, path in own.items()}},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "validated successfully" in done.stdout


def test_the_provisioner_is_posix_shell() -> None:
    done = subprocess.run(
        ["sh", "-n", str(FOLDER / "provision.sh")], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")


BUILDFIX = f"""#!{sys.executable}
import json, sys
if sys.argv[1] == "doctor":
    print(json.dumps({HOST!r}))
elif sys.argv[-1] == "lxml":
    sys.exit("it broke")
elif sys.argv[-1] == "cffi":
    print(json.dumps({{"schema": "buildfix.error/1", "error": "x"}}))
    sys.exit("buildfix: cffi is not to be had")
else:
    print(json.dumps({{**{INSTALLED!r}, "argv": sys.argv[1:]}}))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a stub starts by its first line")
def test_each_package_gets_a_report_whatever_becomes_of_it(tmp_path: Path) -> None:
    buildfix, report = tmp_path / "buildfix", tmp_path / "report.json"
    buildfix.write_text(BUILDFIX, encoding="utf-8")
    buildfix.chmod(0o755)
    makes_no_environment = "true"
    tools = ["--buildfix", str(buildfix), "--report", str(report), "--python", makes_no_environment]
    assert acceptance.main([*tools, "psutil", "lxml", "cffi"]) == 0
    document: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    assert (document["schema"], document["host"]) == (acceptance.SCHEMA, HOST)
    reports = document["reports"]
    assert reports["psutil"]["argv"][:5] == ["fix", "--yes", "--from-source", "--json", "--python"]
    assert reports["lxml"] == {"outcome": "no report", "reason": "it broke"}
    assert reports["cffi"]["reason"] == "buildfix: cffi is not to be had"


def document(path: Path, title: str, **reports: object) -> str:
    host = {**HOST, "title": title}
    text = json.dumps({"schema": acceptance.SCHEMA, "host": host, "reports": reports})
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_documents_merge_into_one_matrix(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unfixed = {"outcome": "unfixed", "reason": "a | b", "seconds": {"total": 5.0}}
    one = document(tmp_path / "a.json", "Fedora Linux 42", psutil=INSTALLED, lxml=unfixed)
    other = document(tmp_path / "b.json", "", psutil=INSTALLED)
    assert matrix.main([one, other]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "| package | Fedora Linux 42 | b |",
        "| --- | --- | --- |",
        "| psutil | installed, 32 s | installed, 32 s |",
        "| lxml | unfixed: a \\| b | - |",
        "| **installed** | 1 of 2 | 1 of 1 |",
    ]


def test_report_of_another_schema_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.json").write_text("[]", encoding="utf-8")
    assert matrix.main([str(tmp_path / "a.json")]) == 2
    assert "does not follow buildfix.acceptance/1" in capsys.readouterr().err
