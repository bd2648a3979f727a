"""A plan as other tools take it, each form read back by what reads it."""

from __future__ import annotations

import json
import shlex
import subprocess

import pytest

from buildfix.model import Command, Need, Step
from buildfix.ui.export import as_ansible, as_dockerfile, as_shell

BECAUSE = (Need("compiler-missing", "c"),)
STEPS = (
    Step(
        "packages",
        "Install gcc",
        BECAUSE,
        argv=("apt-get", "install", "--", "gcc", "odd name; rm -rf $HOME"),
        env=(("DEBIAN_FRONTEND", "noninteractive"),),
        privileged=True,
    ),
    Step("environment", "Tell", BECAUSE, variables=(("LDFLAGS", "-L/a -L/b"),)),
    Step("manual", "Agree to the licence", BECAUSE),
)
INSTALL = Command(("python3", "-m", "pip", "install", "--index-url=https://me:secret@h/", "x"))


def test_the_script_is_one_that_a_shell_takes() -> None:
    text = as_shell(STEPS, INSTALL)
    assert subprocess.run(["sh", "-n"], input=text, text=True, check=False).returncode == 0
    (line,) = (line for line in text.splitlines() if "apt-get" in line)
    assert shlex.split(line) == ["sudo", "env", "DEBIAN_FRONTEND=noninteractive", *STEPS[0].argv]
    assert "export LDFLAGS='-L/a -L/b'" in text


def test_a_dockerfile_has_a_line_for_each_step() -> None:
    lines = as_dockerfile(STEPS, INSTALL).splitlines()
    assert [line.split()[0] for line in lines] == ["#", "RUN", "#", "ENV", "#", "RUN"]


def test_a_playbook_names_rights_and_variables() -> None:
    lines = as_ansible(STEPS, INSTALL).splitlines()
    words = json.loads(lines[2].partition(":")[2])
    assert words == list(STEPS[0].argv)
    assert "  become: true" in lines
    assert '  environment: {"LDFLAGS": "-L/a -L/b"}' in lines
    assert "# by hand: Agree to the licence" in lines


@pytest.mark.parametrize("form", [as_shell, as_dockerfile, as_ansible])
def test_no_form_tells_a_password(form) -> None:  # type: ignore[no-untyped-def]
    assert "secret" not in form(STEPS, INSTALL)
