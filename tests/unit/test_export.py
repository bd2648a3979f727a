"""A plan as other tools take it, each form read back by what reads it."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from buildfix.catalog import Knowledge
from buildfix.core import (
    Cause,
    Command,
    CreateEnvironment,
    Diagnosis,
    InstallPackages,
    Manual,
    Need,
    Plan,
    RunCommand,
    SetVariables,
    Step,
)
from buildfix.engine.reproducible_plan import standing_alone
from buildfix.machines.scripts import step_script
from buildfix.package_managers.suites import enable_command
from buildfix.platforms.stock_host import stock_host
from buildfix.render.export.ansible import as_ansible
from buildfix.render.export.dockerfile import as_dockerfile
from buildfix.render.export.draft import drafted
from buildfix.render.export.forms import FORMS
from buildfix.render.export.shell import as_shell
from tests.real.exported import instructions
from tests.unit.machines import INTERPRETER, PYTHON, TRIXIE

BECAUSE = (Need("compiler-missing", "c"),)
GCC = InstallPackages(
    "Install gcc",
    BECAUSE,
    argv=("apt-get", "install", "--", "gcc", "odd name; rm -rf $HOME"),
    env=(("DEBIAN_FRONTEND", "noninteractive"),),
    privileged=True,
    manager="apt",
    packages=("gcc", "odd name; rm -rf $HOME"),
)
FLAGS = SetVariables("Set flags", BECAUSE, variables=(("LDFLAGS", "-L/a -L/b"),))
PATHS = SetVariables("Find tools", BECAUSE, variables=(("PATH", "/t/bin"),))
LICENCE = Manual("Agree to the licence", BECAUSE)
SECRET = "https://me:secret@h/simple"
INSTALL = Command((PYTHON, "-m", "pip", "install", "-v", f"--index-url={SECRET}", "x"))
MADE = "Written by buildfix 0.1.0 on 2026-11-29: a test."
KNOWLEDGE = Knowledge()


def plan(*steps: Step, install: Command = INSTALL, **more: object) -> Plan:
    return Plan(("x",), TRIXIE, steps, install, ("x.y",), **more)  # type: ignore[arg-type]


def text(form: Callable[..., str], made: Plan) -> str:
    return form(drafted(made, MADE, "debian:13"))


def as_sh_reads(script: str, tmp_path: Path, **variables: str) -> list[list[str]]:
    """Run a script whose every program notes its words; returns them."""
    noted = tmp_path / "noted"
    noted.touch()
    for name in ("sudo", "apt-get", "python", "id"):
        program = tmp_path / name
        answer = "echo 1000\nexit" if name == "id" else ""
        program.write_text(
            f'#!/bin/sh\n{answer}\nprintf "%s\\037" {name} "$@" >> {noted}\n'
            f'printf "%s\\036" "$LDFLAGS" >> {noted}\n[ "{name}" != sudo ] || exec "$@"\n'
        )
        program.chmod(0o755)
    script = script.replace(PYTHON, "python")
    env = {"PATH": f"{tmp_path}:/usr/bin:/bin", "TMPDIR": str(tmp_path), **variables}
    subprocess.run(["sh", "-c", script], env=env, check=True)
    return [row.split("\037") for row in noted.read_text().split("\036")[:-1]]


def test_a_script_quotes_every_word_and_has_sudo_only_for_users(tmp_path: Path) -> None:
    ran = as_sh_reads(text(as_shell, plan(GCC, FLAGS)), tmp_path, INDEX_CREDENTIALS="a:b")
    assert ran[0][:-1] == ["sudo", "env", "DEBIAN_FRONTEND=noninteractive", *GCC.argv]
    assert ran[1][:-1] == list(GCC.argv)
    install = ran[2]
    assert install[:5] == ["python", "-m", "pip", "install", "--index-url=https://a:b@h/simple"]
    assert install[-1] == "-L/a -L/b"
    assert ran[3][:3] == ["python", "-c", "import x.y"]


def test_a_variable_that_adds_up_keeps_what_the_machine_has(tmp_path: Path) -> None:
    script = text(as_shell, plan(FLAGS, PATHS))
    ran = as_sh_reads(script, tmp_path, INDEX_CREDENTIALS="a:b", LDFLAGS="-L/own")
    assert ran[0][-1] == "-L/a -L/b -L/own"  # and PATH still leads to python
    assert '"PATH": "/t/bin{{' in text(as_ansible, plan(PATHS))
    assert 'PATH=/t/bin"${PATH:+:$PATH}"' in text(as_dockerfile, plan(PATHS))


def test_tools_of_a_relative_environment_are_found_from_every_folder() -> None:
    """A build runs below a temporary folder, whose own .venv/bin must not count."""
    host = TRIXIE.with_interpreter(replace(INTERPRETER, path=".venv/bin/python"))
    step = SetVariables("Find tools", BECAUSE, variables=(("PATH", ".venv/lib/x/bin:.venv/bin"),))
    argv = (".venv/bin/python", *INSTALL.argv[1:])
    made = replace(plan(step, install=replace(INSTALL, argv=argv)), host=host)
    for form in (as_shell, as_dockerfile):
        assert 'PATH="$PWD"/.venv/lib/x/bin:"$PWD"/.venv/bin"$' in text(form, made)
    assert '"PATH": ".venv' not in text(as_ansible, made)
    assert "}}/.venv/lib/x/bin:{{" in text(as_ansible, made).replace(" ", "")


@pytest.mark.parametrize("form", FORMS.values())
@pytest.mark.parametrize("name", ["apt_suite", "cuda_home", "fetch", "private_debs", "rustup_init"])
def test_each_form_carries_the_script_of_a_step(name: str, form: Callable[..., str]) -> None:
    script = step_script(name)
    exported = text(form, plan(RunCommand("Run it", argv=(PYTHON, script, "word"))))
    lines = Path(script).read_text(encoding="utf-8").splitlines()
    assert all(line in exported for line in lines if line.startswith(("def ", "import ")))
    assert str(Path(script).parent) not in exported


def test_a_script_without_credentials_in_place_says_what_to_set() -> None:
    done = subprocess.run(
        ["sh", "-c", text(as_shell, plan())], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "set INDEX_CREDENTIALS to USER:PASSWORD" in done.stderr


@pytest.mark.parametrize("form", FORMS.values())
def test_no_form_shows_a_password_and_each_says_where_it_is_from(form: Callable[..., str]) -> None:
    exported = text(form, plan(GCC, FLAGS, LICENCE))
    assert "secret" not in exported
    assert "INDEX_CREDENTIALS" in exported
    assert f"# {MADE}\n# Request: x\n" in exported


def test_a_dockerfile_has_one_layer_for_packages_and_leaves_no_lists() -> None:
    whole = standing_alone(plan(GCC, FLAGS), KNOWLEDGE)
    found = list(instructions(text(as_dockerfile, whole)))
    assert found[:2] == [("ARG", "BASE=debian:13"), ("FROM", "${BASE}")]
    runs = [rest for word, rest in found if word == "RUN"]
    packages = [line for line in runs if "apt-get" in line]
    assert len(packages) == 1
    parts = [part.strip() for part in packages[0].split("&&")]
    assert "apt-get update" in parts[0]
    assert parts[-1] == "rm -rf /var/lib/apt/lists/*"
    assert "LDFLAGS='-L/a -L/b'" in runs[-1]


def test_playbook_uses_ansible_modules() -> None:
    exported = text(as_ansible, standing_alone(plan(GCC, FLAGS), KNOWLEDGE))
    assert "  hosts: all\n" in exported
    apt = _task_with(exported, "ansible.builtin.apt")
    assert json.loads(apt["name"]) == ["gcc", "odd name; rm -rf $HOME"]
    assert {key: apt[key] for key in ("update_cache", "cache_valid_time", "become")} == {
        "update_cache": "true",
        "cache_valid_time": "3600",
        "become": "true",
    }
    pip = _task_with(exported, "ansible.builtin.pip")
    assert json.loads(pip["name"]) == ["x"]
    assert json.loads(pip["virtualenv"]) == "/v"
    assert shlex.split(json.loads(pip["virtualenv_command"])) == ["/usr/bin/python3", "-m", "venv"]
    assert "{{ INDEX_CREDENTIALS }}" in pip["extra_args"]
    assert '"LDFLAGS": "-L/a -L/b' in pip["environment"]
    assert "apt-get" not in exported


def _task_with(playbook: str, module: str) -> dict[str, str]:
    tasks = [one for one in playbook.split("    - name: ") if f"{module}:" in one]
    rows = re.findall(r"^ +(\w+): (.+)$", tasks[-1], re.MULTILINE)
    return dict(rows)


def test_a_playbook_makes_no_environment_relative_to_nobody_knows_where() -> None:
    made = CreateEnvironment(
        "Make .venv",
        argv=("/usr/bin/python3", "-m", "venv", ".venv"),
        creates=".venv/bin/python",
        target=".venv/bin/python",
    )
    install = Command((".venv/bin/python", "-m", "pip", "install", "x"))
    exported = text(as_ansible, plan(made, install=install))
    pip = _task_with(exported, "ansible.builtin.pip")
    assert json.loads(pip["virtualenv"]) == "{{ BUILDFIX_HOME }}/.venv"
    assert '["{{ BUILDFIX_HOME }}/.venv/bin/python", "-c"' in exported
    assert "BUILDFIX_HOME: " in exported


def test_playbook_creates_the_environment_for_an_install_from_a_file() -> None:
    made = CreateEnvironment(
        "Make .venv",
        argv=("/usr/bin/python3", "-m", "venv", ".venv"),
        creates=".venv/bin/python",
        target=".venv/bin/python",
    )
    install = Command((".venv/bin/python", "-m", "pip", "install", "-r", "r.txt"))
    from_file = replace(plan(made, install=install), requirements=("-r", "r.txt"))
    exported = text(as_ansible, from_file)
    assert '["/usr/bin/python3", "-m", "venv", "{{ BUILDFIX_HOME }}/.venv"]' in exported
    assert "# These must exist where it runs: r.txt" in exported
    assert '- name: "Request: -r r.txt"' in exported
    assert 'COPY ["r.txt", "r.txt"]' in text(as_dockerfile, from_file)


def test_environment_with_a_relative_path_is_created_where_the_install_expects_it() -> None:
    own = replace(INTERPRETER, path="v/bin/python")
    made = replace(plan(), host=TRIXIE.with_interpreter(own))
    venv = standing_alone(made, KNOWLEDGE).steps[-1]
    assert (venv.argv[-1], venv.creates) == ("v", "v/bin/python")


def test_braces_in_a_name_are_not_a_template() -> None:
    install = Command((PYTHON, "-m", "pip", "install", "x; extra == '{{ lookup(1) }}{% x %}'"))
    exported = text(as_ansible, plan(install=install))
    assert "{{ '{' }}{ lookup(1) }}{{ '{' }}% x %}" in exported


@pytest.mark.parametrize("form", FORMS.values())
def test_text_of_a_plan_stays_in_its_comment(form: Callable[..., str]) -> None:
    told = SetVariables("Set\ntouch /pwned\r\nRUN touch /pwned", variables=(("A", "1"),))
    odd = replace(plan(told, LICENCE), requirements=("x\nRUN touch /pwned",))
    lines = text(form, odd).splitlines()
    assert not [line for line in lines if line.startswith(("touch", "RUN touch"))]


def test_what_a_line_of_a_dockerfile_cannot_hold_is_refused() -> None:
    install = Command((PYTHON, "-m", "pip", "install", "x\nRUN touch /pwned"))
    with pytest.raises(Exception, match="line break"):
        text(as_dockerfile, plan(install=install))


def test_build_constraints_are_written_down_in_every_form() -> None:
    path = "/logs/1/build-constraints.txt"
    install = Command((*INSTALL.argv[:4], "x"), (("PIP_CONSTRAINT", path), ("LC_ALL", "C.UTF-8")))
    whole = plan(install=install, files=((path, "Cython<3\nsetuptools<58\n"),))
    for form in FORMS.values():
        exported = text(form, whole)
        assert "Cython<3" in exported
        assert "PIP_BUILD_CONSTRAINT" in exported  # for a pip from 25.3 on
        assert "/logs/1" not in exported
        assert "LC_ALL" not in exported


def test_a_script_of_buildfix_itself_is_part_of_the_export() -> None:
    enable = enable_command("/usr/bin/python3", "trixie-backports")
    step = RunCommand("Enable backports", argv=enable.argv, privileged=True, manager="apt")
    for form in FORMS.values():
        exported = text(form, plan(step))
        assert "apt-config" in exported  # a word of the script
        assert str(Path(enable.argv[2])) not in exported
    folder = "{{ ansible_facts['env']['HOME'] }}/.cache/buildfix-export"
    assert folder in text(as_ansible, plan(step))


@pytest.mark.parametrize("form", FORMS.values())
def test_a_persons_step_ends_an_export_there(form: Callable[..., str]) -> None:
    exported = text(form, plan(LICENCE))
    assert "Manual step: Agree to the licence." in exported
    assert "exit 4" in exported or "ansible.builtin.fail" in exported


@pytest.mark.parametrize("form", FORMS.values())
def test_a_plan_that_cannot_succeed_is_none_in_any_form(form: Callable[..., str]) -> None:
    cause = Cause("no-distribution", "x", 1, "")
    refused = Diagnosis(failed=True, cause=cause, says="No version of x fits.")
    exported = text(form, plan(GCC, diagnosis=refused))
    assert "No version of x fits." in exported
    assert "apt" not in exported


@pytest.mark.parametrize("form", FORMS.values())
def test_removals_are_exported_after_the_install(form: Callable[..., str]) -> None:
    steps = (
        RunCommand("Remove gcc", argv=("purge", "gcc"), afterwards=True),
        RunCommand("Fetch gcc", argv=("fetch", "gcc")),
    )
    exported = text(form, plan(*steps))
    places = (
        [exported.index(word) for word in ("Fetch gcc", '"x"', "Remove gcc")]
        if (form is as_ansible)
        else [exported.index(word) for word in ("Fetch gcc", "pip install", "Remove gcc")]
    )
    assert places == sorted(places)


def test_a_playbook_runs_what_tells_nothing_only_where_the_import_fails() -> None:
    unknown = RunCommand("Enable it", argv=("enable", "it"), privileged=True)
    exported = text(as_ansible, plan(unknown))
    assert exported.count('when: "buildfix_import.rc != 0"') == 1
    assert "buildfix_import" not in text(as_ansible, plan(GCC))


def test_a_plan_that_stands_alone_fetches_lists_though_they_are_fresh_here() -> None:
    steps = standing_alone(plan(GCC), KNOWLEDGE).steps
    commands = [step.argv for step in steps]
    assert commands[0] == ("apt-get", "update")
    assert commands.count(("apt-get", "update")) == 1
    assert commands[1][-2:] == ("python3", "python3-venv")
    assert commands[3] == ("/usr/bin/python3", "-m", "venv", "/v")


def test_lists_that_the_plan_refreshes_are_not_refreshed_twice() -> None:
    refresh = RunCommand("Lists", argv=("apt-get", "update"), privileged=True, manager="apt")
    steps = standing_alone(plan(refresh, GCC), KNOWLEDGE).steps
    commands = [step.argv for step in steps]
    assert commands[0] == refresh.argv
    assert commands.count(refresh.argv) == 1
    assert commands[1][-2:] == ("python3", "python3-venv")


def test_a_plan_that_stands_alone_has_a_python_that_the_system_does_not_package() -> None:
    own = replace(INTERPRETER, base_prefix="/home/me/.pyenv/versions/3.12.1", version="3.12.1")
    made = replace(plan(), host=TRIXIE.with_interpreter(own))
    first, venv = standing_alone(made, KNOWLEDGE).steps
    assert (first.kind, first.creates) == ("manual", f"{own.base_prefix}/bin/python3.12")
    assert venv.argv[0] == first.creates
    script = text(as_shell, replace(made, steps=(first,)))
    assert f"command -v {first.creates} > /dev/null ||" in script


def test_a_pip_that_is_too_old_for_an_option_is_upgraded() -> None:
    install = Command((PYTHON, "-m", "pip", "install", "--build-constraint", "c.txt", "x"))
    argvs = [step.argv for step in standing_alone(plan(install=install), KNOWLEDGE).steps]
    assert (PYTHON, "-m", "pip", "install", "pip>=25.3") in argvs


@pytest.mark.parametrize(
    ("system", "managed"),
    [
        ("debian:11", False),
        ("debian:12", True),
        ("debian:13", True),
        ("debian:trixie", True),
        ("ubuntu:22.04", False),
        ("ubuntu:24.04", True),
        ("fedora:42", False),
        ("alpine:3.18", False),
        ("alpine:3.22.1", True),
        ("arch", True),
        ("manjaro", True),
    ],
)
def test_a_stock_host_knows_that_its_python_is_externally_managed(
    system: str, managed: bool
) -> None:
    interpreter = stock_host(system, KNOWLEDGE).interpreter
    assert interpreter
    assert interpreter.externally_managed is managed
