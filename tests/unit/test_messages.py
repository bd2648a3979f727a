"""The words for needs, as every view prints them."""

from __future__ import annotations

import pytest

from buildfix.core import (
    Cause,
    Changes,
    CreateEnvironment,
    Diagnosis,
    InstallPackages,
    Need,
    Report,
    RunCommand,
    SetVariables,
    SystemChange,
    UnseenStep,
)
from buildfix.machines.scripts import step_script
from buildfix.render.messages import (
    after_the_end,
    excerpt_lines,
    reasons,
    unmet_line,
)
from buildfix.render.reasons import reason_sentence
from buildfix.render.typed_commands import typed_command, typed_lines


def test_reasons_for_a_step_are_named_as_things_and_once() -> None:
    needs = (
        Need("library-missing", "ldap"),
        Need("build", "dep:generic/zlib"),
        Need("library-missing", "ldap"),
        Need("externally-managed", "-", "/home/me/.venv"),
    )
    words = "library ldap, zlib, this Python is managed by the system (PEP 668)"
    assert reasons(InstallPackages("Install", needs)) == words
    told = unmet_line(Need("header-missing", "ffi.h", ">=3"), "no package has it")
    assert told == "cannot provide ffi.h >=3: no package has it"


@pytest.mark.parametrize(
    ("need", "words"),
    [
        (Need("header-missing", "zlib.h"), "The build of x needs zlib.h."),
        (Need("compiler-missing", "cxx"), "The build of x needs a C++ compiler."),
        (Need("run", "dep:generic/libmagic"), "What is installed needs libmagic at run time."),
        (Need("installer", "pip"), "The install needs pip."),
        (Need("library-missing", "z", probable=True), "The build of x probably needs library z."),
    ],
)
def test_a_reason_is_a_sentence_in_documents(need: Need, words: str) -> None:
    assert reason_sentence(need, "x") == words


@pytest.mark.parametrize(
    ("added", "ends"), [(("libffi-dev",), "To take it back: buildfix undo"), ((), "finished.")]
)
def test_a_run_that_installed_packages_says_how_to_take_it_back(
    added: tuple[str, ...], ends: str
) -> None:
    changes = Changes(
        (SystemChange("apt", added, added),), (UnseenStep("Everything finished", True),)
    )
    *_, line = after_the_end(Report("installed", ("cffi",), changes=changes))
    assert line.endswith(ends)


def test_a_run_that_created_an_environment_says_how_to_use_it() -> None:
    python = "/srv/.venv/bin/python"
    made = CreateEnvironment("Create it", target=python, creates=python)
    changes = Changes((), (UnseenStep("Create it", True),))
    lines = after_the_end(Report("installed", ("cffi",), applied=(made,), changes=changes))
    assert [*lines] == [
        "Done: Create it.",
        "To use the environment: . /srv/.venv/bin/activate",
        "To take it back: buildfix undo",
    ]


def test_a_command_is_shown_without_the_options_of_scripts() -> None:
    argv = ("apt-get", "install", "--yes", "-o", "A=b", "--", "libffi-dev")
    typed = ("apt-get", "install", "libffi-dev")
    step = InstallPackages("Install libffi-dev", argv=argv, typed=typed)
    assert typed_command(step) == "apt-get install libffi-dev"


@pytest.mark.parametrize(
    ("variables", "line"),
    [
        ({"LDFLAGS": "-L/a b"}, "export LDFLAGS='-L/a b'"),
        ({"PATH": "~/.cargo/bin"}, 'export PATH="$HOME"/.cargo/bin:"$PATH"'),
        ({"LIB": "C:\\a\\lib", "X": "1"}, "$env:LIB = 'C:\\a\\lib'; $env:X = '1'"),
        ({"PATH": "~\\.cargo\\bin"}, "$env:PATH = $HOME + '\\.cargo\\bin' + ';' + $env:PATH"),
    ],
)
def test_variables_are_typed_so_that_the_shell_passes_them_on(
    variables: dict[str, str], line: str
) -> None:
    assert [*typed_lines(SetVariables("Set", variables=(*variables.items(),)))] == [line]


def test_a_program_in_a_folder_with_a_space_is_called_in_powershell() -> None:
    step = RunCommand("Install x", argv=("C:\\Program Files\\python.exe", "-m", "pip"))
    assert typed_command(step) == "& 'C:\\Program Files\\python.exe' -m pip"


def test_a_script_of_buildfix_itself_is_not_a_command_for_a_person() -> None:
    step = RunCommand("Download rustup", argv=("/v/bin/python", step_script("fetch"), "URL"))
    assert not [*typed_lines(step)]


@pytest.mark.parametrize(("width", "columns"), [(80, 68), (None, 148)])
def test_lines_around_the_decisive_one_are_cut_to_the_width(
    width: int | None, columns: int
) -> None:
    lines = ((1, "cc -I" + "x" * 5000), (2, "fatal error: " + "y" * 5000), (3, "short"))
    cause = Cause("header-missing", "y.h", 2, lines[1][1])
    found = Diagnosis(failed=True, project=None, phase="build", cause=cause, excerpt=lines)
    command, decisive, last = excerpt_lines(found, width)
    assert command == (1, f"cc -I{'x' * (columns - 6)}…", False)
    assert decisive == (2, lines[1][1], True)
    assert last == (3, "short", False)
