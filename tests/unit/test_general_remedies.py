"""What is advised: for every kind of cause, on the system and in the words of the log."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from buildfix import explain
from buildfix.catalog import Knowledge
from buildfix.core import CAUSE_KINDS, Cause, Diagnosis
from buildfix.diagnosis.general_remedies import general_remedy, remedies_of
from buildfix.diagnosis.logs.rank import diagnose
from buildfix.platforms.stock_host import stock_host

KNOWLEDGE = Knowledge()
SYSTEMS = ("linux", "debian", "ubuntu", "fedora", "arch", "alpine", "macos", "windows")
FRONTS = ("pip", "uv", "poetry", "pdm", "pipenv", "conda")
KINDS = sorted(CAUSE_KINDS - {"unknown"})
COMMANDS = (
    r"\b(?:pip|uv|poetry|pdm|pipenv|conda|apt-get|apt-file|apk|dnf|pacman|brew|winget|rustup"
    r"|xcode-select|buildfix|export|set) [\w-]|nvidia-smi|setup-python|python3? -m venv"
)
SUBJECTS = {"compiler-missing": ("c", "cxx", "fortran", "rust", "cuda", "msvc", "xcode")}


def advised(log: str, system: str) -> str:
    """Return all that is advised for a log on a system, commands included."""
    diagnosis = diagnose([log], KNOWLEDGE)
    steps = remedies_of(diagnosis, stock_host(system, KNOWLEDGE), KNOWLEDGE)
    told = (f"{one.summary} {' '.join(one.argv)} {dict(one.variables)}" for one in steps)
    return "\n".join((diagnosis.says, diagnosis.advice, *told))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("system", SYSTEMS)
def test_every_kind_has_a_remedy_or_a_reason_on_every_system(kind: str, system: str) -> None:
    for front in FRONTS:
        for subject in SUBJECTS.get(kind, ("quux",)):
            facts = {"system": system, "front": front}
            text = general_remedy(Cause(kind, subject, 1, ""), facts, "demo", KNOWLEDGE)
            assert re.search(COMMANDS, text) or "cannot be" in text, text
            assert "{" not in text
            assert not re.search(r"--(?:no|only)-binary(?:$| (?!\w+ \w))", text), text


def test_what_is_installed_here_is_advised_for_the_machine_of_the_log() -> None:
    log = ["x.c:1:10: fatal error: lber.h: No such file or directory", "compilation terminated."]
    host = stock_host("debian:13", KNOWLEDGE)
    there = replace(host, packages=frozenset({"libldap-dev", "libsasl2-dev", "gcc"}))
    for one in (host, there):
        steps = remedies_of(diagnose(log, KNOWLEDGE), one, KNOWLEDGE)
        assert any("libldap-dev" in step.argv for step in steps)


@pytest.mark.parametrize(
    ("line", "package"),
    [
        ("clang: error: unsupported option '-fopenmp'", "libomp"),
        ("clang++: error: unsupported option '-fopenmp'", "libomp"),
        ("ld: library not found for -lxml2", "libxml2"),
        ("ld: library 'xml2' not found", "libxml2"),
    ],
)
def test_words_of_apples_tools_are_answered_for_macos(line: str, package: str) -> None:
    steps = explain(f"{line}\nERROR: Failed building wheel for demo\n").remedies
    assert any(step.argv[:2] == ("brew", "install") and package in step.argv for step in steps)


def test_another_reading_is_not_shown_if_it_is_a_further_cause() -> None:
    first, further = Cause("tool-missing", "git", 3, ""), Cause("hardware", "GPU", 1, "")
    other = Cause("network", "index.example", 2, "")
    diagnosis = Diagnosis(True, cause=first, also=(further,), alternatives=(further, other))
    assert diagnosis.other_readings == (other,)


def test_remedy_is_in_the_words_of_the_front_end_and_the_path_of_the_log() -> None:
    cause = Cause("source-error", "a.c", 1, "")
    python = r"C:\Python312\python.exe"
    facts = {"windows": "windows", "interpreter": python}
    assert f"{python} -m pip install --upgrade demo" in general_remedy(
        cause, facts, "demo", KNOWLEDGE
    )
    assert "uv pip install" in general_remedy(cause, {"front": "uv"}, "demo", KNOWLEDGE)
    poetry = general_remedy(cause, {"front": "poetry"}, "demo", KNOWLEDGE)
    assert "poetry run pip install" in poetry


def test_name_of_a_project_that_is_no_name_does_not_stand_in_a_command() -> None:
    cause = Cause("source-error", "a.c", 1, "")
    assert "rm -rf" not in general_remedy(cause, {}, "a; rm -rf /", KNOWLEDGE)


@pytest.mark.parametrize(
    ("folder", "wanted"),
    [
        ("/opt/hostedtoolcache/Python/3.12.1/x64", "setup-python"),
        ("/home/user/.pyenv/versions/3.12.1", "pyenv install"),
        ("/home/user/.local/share/uv/python/cpython-3.12.1-linux-x86_64-gnu", "uv python install"),
        ("/home/user/miniconda3/envs/e", "conda install"),
    ],
)
def test_headers_of_a_python_that_is_not_the_systems_are_not_the_systems(
    folder: str, wanted: str
) -> None:
    log = (
        f"gcc -I{folder}/include/python3.12 -c a.c\n"
        "a.c:1:10: fatal error: Python.h: No such file or directory\nFailed to build demo\n"
    )
    said = advised(log, "debian")
    assert wanted in said
    assert "python3-dev" not in said


def test_tools_of_apple_are_not_installed_where_clang_has_just_run() -> None:
    log = (
        "clang -I/opt/homebrew/include -c a.c -o a.o\n"
        "a.c:1:10: fatal error: 'portaudio.h' file not found\nFailed to build demo\n"
    )
    said = advised(log, "macos")
    assert "portaudio" in said
    assert "xcode-select" not in said


@pytest.mark.parametrize(
    "line",
    [
        "Requirement already satisfied: torch-2.1.0+cu118-cp310-cp310-linux_x86_64.whl",
        "torch.__version__  = 2.4.0+cu118",
        "The detected CUDA version (12.4) has a minor version mismatch with the version that was"
        " used to compile PyTorch (11.8).",
    ],
)
def test_toolkit_is_the_one_of_the_torch_in_the_log(line: str) -> None:
    log = (
        f"{line}\n"
        "OSError: CUDA_HOME environment variable is not set. Please set it to your CUDA install"
        " root.\nFailed to build demo\n"
    )
    assert re.search(r"11[.-]8", advised(log, "ubuntu:22.04"))


@pytest.mark.parametrize(
    ("line", "system", "wanted"),
    [
        ("CUDA_HOME environment variable is not set", "macos", "A Mac has no CUDA"),
        (
            "../meson.build:31:9: ERROR: Dependency 'girepository-2.0' is required but not found.",
            "debian:12",
            "PyGObject<3.51",
        ),
        (
            "/usr/local/cuda/include/crt/host_config.h:132:2: error: #error -- unsupported GNU"
            " version! gcc versions later than 12 are not supported!",
            "debian",
            r"gcc-1\d",
        ),
        ("/usr/bin/ld: cannot find -laio: No such file or directory", "debian", "libaio"),
    ],
)
def test_known_way_out_is_named(line: str, system: str, wanted: str) -> None:
    mark = "clang -I/opt/homebrew/include -c a.c\n" if system == "macos" else ""
    said = advised(
        f"{mark}OSError: {line}\nFailed to build demo\n".replace("OSError: /", "/").replace(
            "OSError: .", "."
        ),
        system,
    )
    assert re.search(wanted, said), said


def test_musl_is_named_as_the_reason() -> None:
    facts = {"system": "alpine"}
    for kind in ("no-distribution", "platform-unsupported", "cuda-missing"):
        assert "musl" in general_remedy(Cause(kind, "demo", 1, ""), facts, "demo", KNOWLEDGE)


def test_no_recipe_advises_an_option_without_its_value() -> None:
    for recipe in KNOWLEDGE.causes.causes:
        text = " ".join((recipe.advice, recipe.remedy.text if recipe.remedy else ""))
        assert not re.search(r"--(?:no|only)-binary(?:\s*$|[.,;)])", text), recipe.name


def test_general_remedy_does_not_repeat_what_a_recipe_advises() -> None:
    log = (
        "C:\\Users\\u> pip install demo\nmod.obj : fatal error LNK1112: module machine type 'x64'"
        " conflicts with target machine type 'x86'\nFailed to build demo\n"
    )
    diagnosis = diagnose([log], KNOWLEDGE)
    assert diagnosis.advice
    assert remedies_of(diagnosis, stock_host("windows", KNOWLEDGE), KNOWLEDGE) == ()


@pytest.mark.parametrize("word", ["$(reboot)", "x; reboot", "`reboot`", "a>~/.bashrc", "a\nreboot"])
@pytest.mark.parametrize("system", ["debian", "fedora", "macos", "windows", "alpine", "arch"])
def test_nothing_of_a_log_is_run_when_a_command_is_pasted(system: str, word: str) -> None:
    facts = {"system": system, "interpreter": f"/v/{word}"}
    for kind in sorted(CAUSE_KINDS):
        assert word not in general_remedy(Cause(kind, word, 1, ""), facts, word, KNOWLEDGE)


@pytest.mark.parametrize("word", ["libxml/xpath.h", "gtk+-3.0", "numpy>=2,<3", "C:\\x\\a.py"])
def test_ordinary_subject_stands_in_a_command(word: str) -> None:
    assert word in general_remedy(Cause("header-missing", word, 1, ""), {}, "demo", KNOWLEDGE)
