"""What compiled files of every system say, and what is told of a module that does not load."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from buildfix.catalog import Knowledge
from buildfix.core import Cause, Host, Need, Rebuild, Request, names_of
from buildfix.diagnosis import binary_inspection
from buildfix.diagnosis.binary_inspection import LoaderContext
from buildfix.diagnosis.logs.rank import diagnose
from buildfix.engine.local_diagnosis import explain_import
from buildfix.engine.session import RunContext, Session
from buildfix.installers.requirements import parse
from buildfix.platforms.binaries import library_folders, locate, read_binary
from buildfix.platforms.linked import Wanted
from buildfix.providers import Builds, draft_plan
from tests.unit.binaries import unpack
from tests.unit.machines import INTERPRETER, TRIXIE, Recorded

KNOWLEDGE = Knowledge()


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return tmp_path / "site-packages"


@pytest.fixture
def here(tmp_path: Path, site: Path) -> LoaderContext:
    """A Mac of Apple's own processors, with Python 3.13."""
    python = unpack("libanswer-arm64.dylib", tmp_path / "bin/python3")
    interpreter = replace(INTERPRETER, path=str(python), prefix=str(tmp_path), site=(str(site),))
    return LoaderContext(interpreter, "arm64", "14.5", (), KNOWLEDGE.loaders)


def on_windows(here: LoaderContext) -> LoaderContext:
    python = unpack("answer.dll", Path(here.interpreter.prefix) / "python.exe")
    site, prefix = here.interpreter.site, here.interpreter.prefix
    interpreter = replace(here.interpreter, path=str(python), version="3.11.9")
    folders = library_folders("win32", "x86_64", prefix, site)
    return LoaderContext(interpreter, "x86_64", "", folders, KNOWLEDGE.loaders)


def explain_files(message: str, here: LoaderContext) -> str:
    return binary_inspection.explain_files(message, here).says


# --- what the files say ---------------------------------------------------------------------


@pytest.mark.parametrize(("machine", "oldest"), [("arm64", "12.0"), ("x86_64", "11.0")])
def test_a_module_of_macos_says_what_it_takes_from_where(
    tmp_path: Path, machine: str, oldest: str
) -> None:
    path = unpack(f"small-{machine}.so", tmp_path / "small.so")
    module = read_binary(path)
    assert module is not None
    assert (module.machines, module.oldest_macos) == ((machine,), oldest)
    assert module.needed == ("/usr/lib/libSystem.B.dylib", "@rpath/libother.1.dylib")
    assert module.search == (str(tmp_path),)
    assert module.undefined["_answer"] == Wanted("@rpath/libother.1.dylib")
    assert module.undefined["_PyModule_Create2"] == Wanted()
    assert "_PyInit_small" in module.defined
    assert locate("@rpath/libother.1.dylib", module, ()) is None
    library = unpack(f"libanswer-{machine}.dylib", tmp_path / "libother.1.dylib")
    assert locate("@rpath/libother.1.dylib", module, ()) == library
    assert locate(str(library), module, ()) == library
    assert locate("/usr/lib/libSystem.B.dylib", module, ()) is None


def test_slice_for_this_processor_is_read_from_a_universal_file(tmp_path: Path) -> None:
    path = unpack("small-universal2.so", tmp_path / "small.so")
    for machine, oldest in (("arm64", "12.0"), ("x86_64", "11.0"), ("riscv64", "12.0")):
        module = read_binary(path, machine)
        assert module is not None
        assert (module.machines, module.oldest_macos) == (("arm64", "x86_64"), oldest)


@pytest.mark.parametrize("machine", ["x86_64", "arm64"])
def test_a_module_of_windows_says_what_it_takes_from_where(tmp_path: Path, machine: str) -> None:
    module = read_binary(unpack(f"small-{machine}.pyd", tmp_path / "small.pyd"))
    assert module is not None
    assert module.machines == (machine,)
    assert module.needed == ("other.dll", "python311.dll")
    assert module.undefined["answer"] == Wanted("other.dll")
    assert module.defined == {"PyInit_small"}


@pytest.mark.parametrize("name", ["small-arm64.so", "small-universal2.so", "small-x86_64.pyd"])
def test_damaged_file_gives_no_explanation_or_a_shorter_one(tmp_path: Path, name: str) -> None:
    whole = unpack(name, tmp_path / "whole").read_bytes()
    cut = tmp_path / "cut"
    for size in (0, 1, 2, 3, 4, 5, 20, 64, 100, 200, 400, 1000, 2000, 3000):
        cut.write_bytes(whole[:size])
        read_binary(cut)
        cut.write_bytes(whole[:size] + b"\xff" * 400)
        read_binary(cut)
    assert read_binary(tmp_path / "absent") is None
    assert read_binary(tmp_path) is None


def test_binary_readers_are_loaded_on_first_use() -> None:
    code = "import sys, buildfix.diagnosis.import_failure; print(sorted({*sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    for name in ("'elftools", "'macholib", "'pefile", "'itanium_demangler"):
        assert name not in done.stdout


# --- macOS ----------------------------------------------------------------------------------


def dyld(module: Path, symbol: str) -> str:
    return (
        f"ImportError: dlopen({module}, 0x0002): Symbol not found: {symbol}\n"
        f"  Referenced from: <75FFC412-93B5-322B-8E6D-268DA3498CF4> {module}\n"
        "  Expected in:     <9C467D80-5BAC-3156-B480-268DA3498CF4> /v/libother.1.dylib"
    )


def test_macos_is_told_which_library_a_module_was_built_against(
    here: LoaderContext, site: Path
) -> None:
    module = unpack("small-arm64.so", site / "small.cpython-313-darwin.so")
    told = explain_files(dyld(module, "_answer"), here)
    wants = f"{module.name} was built against a libother.1.dylib that provides _answer"
    assert told == f"{wants}; libother.1.dylib is not installed."
    library = unpack("libreply-arm64.dylib", site / "libother.1.dylib")
    assert explain_files(dyld(module, "_answer"), here) == f"{wants}; found {library.resolve()}."


def test_macos_is_told_that_a_module_is_for_a_newer_one(here: LoaderContext, site: Path) -> None:
    module = unpack("small-arm64.so", site / "small.so")
    message = dyld(module, "dyld_stub_binder")
    assert explain_files(message, replace(here, macos="11.7.10")) == (
        "small.so was built for macOS 12.0 or later, where libSystem.B.dylib provides "
        "dyld_stub_binder; this is macOS 11.7.10."
    )
    assert explain_files(message, here).endswith("; this system's version does not.")


@pytest.mark.parametrize("form", [" '{}'", " ({})", ": {}"])
def test_missing_python_api_symbol_means_another_python(
    here: LoaderContext, site: Path, form: str
) -> None:
    module = unpack("small-arm64.so", site / "small.so")
    said = "symbol not found in flat namespace" if ":" not in form else "Symbol not found"
    message = f"ImportError: dlopen({module}, 2): {said}{form.format('_PyModule_Create2')}"
    assert "_PyModule_Create2 from Python itself, which Python 3.13 does not have" in explain_files(
        message, here
    )


def test_macos_is_told_of_which_processor_a_module_is(here: LoaderContext, site: Path) -> None:
    module = unpack("small-x86_64.so", site / "small.so")
    message = (
        f"ImportError: dlopen({module}, 0x0002): tried: '{module}' (mach-o file, but is an "
        "incompatible architecture (have 'x86_64', need 'arm64'))"
    )
    python = here.interpreter.path
    assert explain_files(message, here) == (
        f"small.so was built for x86_64, but this Python ({python}) is for arm64."
    )
    unpack("small-universal2.so", module)
    assert explain_files(message, here) == ""


# --- Windows --------------------------------------------------------------------------------

PROCEDURE = "ImportError: DLL load failed while importing small: The specified procedure could not "
MISSING = "ImportError: DLL load failed while importing small: The specified module could not be "


def test_windows_is_told_which_dll_is_missing(here: LoaderContext, site: Path) -> None:
    unpack("small-x86_64.pyd", site / "pkg/small.cp311-win_amd64.pyd")
    told = explain_files(MISSING, on_windows(here))
    assert told == (
        "small.cp311-win_amd64.pyd needs other.dll and python311.dll, which are missing."
    )
    unpack("answer.dll", Path(here.interpreter.prefix) / "python311.dll")
    told = explain_files(MISSING, on_windows(here))
    assert told == "small.cp311-win_amd64.pyd needs other.dll, which is missing."


def test_windows_is_told_which_dll_lacks_what(here: LoaderContext, site: Path) -> None:
    unpack("small-x86_64.pyd", site / "pkg/small.pyd")
    unpack("answer.dll", Path(here.interpreter.prefix) / "python311.dll")
    library = unpack("reply.dll", site / "pkg.libs/other.dll")
    told = explain_files(PROCEDURE, on_windows(here))
    assert told == (
        f"small.pyd was built against a version of other.dll that provides answer; found {library}."
    )
    unpack("answer.dll", library)
    assert "PyModule_Create2" in explain_files(PROCEDURE, on_windows(here))


def test_windows_is_told_that_a_module_is_for_another_python(
    here: LoaderContext, site: Path
) -> None:
    unpack("small-x86_64.pyd", site / "small.pyd")
    newer = replace(on_windows(here), interpreter=replace(INTERPRETER, site=(str(site),)))
    assert explain_files(PROCEDURE, newer) == (
        "small.pyd was built for Python 3.11 (python311.dll), but this is Python 3.13."
    )


def test_windows_is_told_of_which_processor_a_module_is(here: LoaderContext, site: Path) -> None:
    unpack("small-arm64.pyd", site / "small.pyd")
    place = on_windows(here)
    message = PROCEDURE.split(": The")[0] + ": %1 is not a valid Win32 application."
    assert explain_files(message, place) == (
        f"small.pyd was built for arm64, but this Python ({place.interpreter.path}) is for x86_64."
    )
    named = f'OSError: [WinError 193] Error loading "{site / "small.pyd"}" or its dependencies.'
    assert explain_files(named, place) == explain_files(message, place)


def test_unreadable_files_give_no_explanation(here: LoaderContext) -> None:
    for message in (PROCEDURE, dyld(Path("/absent.so"), "_answer"), "ImportError: no", ""):
        assert explain_files(message, on_windows(here)) == ""


# --- Linux ----------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform != "linux" or not shutil.which("gcc"), reason="gcc on Linux")
def test_linux_is_told_what_a_module_was_built_against(tmp_path: Path) -> None:
    def build(text: str, name: str, *words: str) -> Path:
        argv = ["gcc", "-shared", "-fPIC", "-x", "c", "-", "-o", str(tmp_path / name), *words]
        subprocess.run(argv, input=text, text=True, check=True)
        return tmp_path / name

    build("int answer(void) { return 42; }", "libother.so")
    links = ("-L", str(tmp_path), "-lother", f"-Wl,-rpath,{tmp_path}")
    code = "int answer(void), Py_No(void); int f(void) { return answer() + Py_No(); }"
    module = build(code, "small.so", *links)
    other = build("int reply(void) { return 42; }", "libother.so")
    place = LoaderContext(
        replace(INTERPRETER, path=sys.executable), os.uname().machine, "", (), KNOWLEDGE.loaders
    )
    told = binary_inspection.explain_files(
        f"ImportError: {module}: undefined symbol: answer", place
    )
    wants = "small.so was built against a version of libother.so that provides answer"
    assert told.says == f"{wants}; found {other}."
    assert told.libraries == (other,)
    says = explain_files(f"ImportError: {module}: undefined symbol: Py_No", place)
    assert "Py_No from Python itself, which Python 3.13 does not have" in says


# --- in the loop ----------------------------------------------------------------------------


def test_diagnosis_includes_the_explanation_from_the_files(
    here: LoaderContext, site: Path, tmp_path: Path
) -> None:
    module = unpack("small-arm64.so", site / "small.so")
    mac = replace(TRIXIE, system="darwin", arch="arm64", version="14.5")
    host: Host = mac.with_interpreter(here.interpreter)
    request = parse(Request(("small",)))
    session = Session(
        RunContext(request, Recorded({}), KNOWLEDGE, tmp_path, here.interpreter, host)
    )
    message = dyld(module, "_answer")
    diagnosis = diagnose(message.splitlines(), KNOWLEDGE)
    assert diagnosis.cause is not None
    assert (diagnosis.cause.kind, diagnosis.cause.subject) == ("abi-mismatch", "_answer")
    assert "libother.1.dylib" in explain_import(session, diagnosis, message).says


def test_what_was_built_against_something_else_is_built_anew_on_macos_too() -> None:
    cause = Cause("abi-mismatch", "_answer", 1, "", recipe="dyld-symbol")
    need = Need("abi-mismatch", "_answer")
    builds = Builds(broken="small==1.0")
    found = draft_plan([need], TRIXIE, KNOWLEDGE, [cause], builds=builds)
    assert names_of(found.steps, Rebuild) == ("small==1.0",)
    alone = draft_plan([need], TRIXIE, KNOWLEDGE, [cause])
    assert [step.kind for step in alone.steps] == ["manual"]
