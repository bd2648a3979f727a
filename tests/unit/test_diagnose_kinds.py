"""Kinds of failures: each is read in the words of several tools, with invented names."""

from __future__ import annotations

import pytest

from buildfix.catalog import Knowledge
from buildfix.core import Cause
from buildfix.diagnosis.logs.rank import diagnose

KNOWLEDGE = Knowledge()
FAILED = ("error: command '/usr/bin/cc' failed with exit code 1",)


def cause_in(*lines: str) -> Cause:
    cause = diagnose(["\n".join([*lines, *FAILED, ""])], KNOWLEDGE).cause
    assert cause is not None
    return cause


def named_in(*lines: str) -> str:
    cause = cause_in(*lines)
    return f"{cause.kind}:{cause.subject}"


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("/usr/bin/ld: cannot find -lpthread", "library-missing:pthread"),
        ("/opt/x/ld: cannot find /lib/libpthread.so.0", "library-missing:pthread"),
        ("/usr/bin/ld: cannot find -lstdc++", "library-missing:stdc++"),
        ("mold: fatal: library not found: gfortran", "library-missing:gfortran"),
        ("ld.lld: error: unable to find library -lcudart", "library-missing:cudart"),
        ("ld: library 'quadmath' not found", "library-missing:quadmath"),
        ("ld: library not found for -lstdc++", "library-missing:stdc++"),
        ("ld: library 'System' not found", "library-missing:System"),
        ("/usr/bin/ld: cannot find -lgcc_s", "compiler-missing:c"),
        ("/usr/bin/ld: cannot find crti.o: No such file or directory", "compiler-missing:c"),
    ],
)
def test_library_that_a_linker_misses_is_no_absent_compiler(line: str, named: str) -> None:
    assert named_in(line) == named


@pytest.mark.parametrize(
    "line",
    [
        "ld: unknown options: -platform_version 13.0 13.1",
        "ld: unknown option: -no_deduplicate",
        "ld: in /usr/lib/libquux.dylib, malformed object, unknown load command 9",
        "dyld[77]: missing LC_LOAD_DYLIB (must link with at least libSystem.dylib) in /q/a.out",
    ],
)
def test_linker_older_than_the_system_is_too_old(line: str) -> None:
    assert named_in("building on apple-darwin", line) == "tool-too-old:ld"


def test_program_that_an_old_linker_made_explains_why_meson_cannot_run_it() -> None:
    meson = "meson.build:3:0: ERROR: Executables created by cpp compiler c++ are not runnable."
    dyld = "dyld[77]: missing LC_LOAD_DYLIB (must link with at least libSystem.dylib) in /q/a.out"
    assert named_in(meson, dyld) == "tool-too-old:ld"


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("src/q.cc:3:10: fatal error: nccl.h: No such file or directory", "header-missing:nccl.h"),
        ("src/q.cc:3:10: fatal error: 'nvshmem.h' file not found", "header-missing:nvshmem.h"),
        ("src/q.cc:3:10: fatal error: cudnn.h: No such file or directory", "cuda-missing:cudnn.h"),
        ("src/q.cc:3:9: fatal error: cublas.h: No such file or directory", "cuda-missing:cublas.h"),
    ],
)
def test_header_of_a_library_beside_cuda_is_not_the_toolkit(line: str, named: str) -> None:
    assert named_in(line) == named


@pytest.mark.parametrize(
    ("header", "named"),
    [
        ("stdio.h", "header-missing:stdio.h"),
        ("vector", "header-missing:vector"),
        ("unordered_map", "header-missing:unordered_map"),
        ("filesystem", "compiler-too-old:cxx"),
        ("span", "compiler-too-old:cxx"),
        ("print", "compiler-too-old:cxx"),
    ],
)
def test_header_of_the_language_is_named_and_comes_with_the_compiler(
    header: str, named: str
) -> None:
    cause = cause_in(f"src/q.cc:3:10: fatal error: {header}: No such file or directory")
    assert f"{cause.kind}:{cause.subject}" == named
    assert cause.kind == "compiler-too-old" or KNOWLEDGE.capability(cause.kind, cause.subject)


@pytest.mark.parametrize(
    ("machine", "line"),
    [
        ("aarch64", "src/q.c:3:10: fatal error: immintrin.h: No such file or directory"),
        ("aarch64", "src/q.c:3:10: fatal error: 'emmintrin.h' file not found"),
        ("x86_64", "src/q.c:3:10: fatal error: arm_neon.h: No such file or directory"),
        ("aarch64", 'q/x.h:9:2: error: "This header is only meant to be used on x86 and x64"'),
    ],
)
def test_header_of_another_processor_is_in_no_package(machine: str, line: str) -> None:
    started = f"creating build/temp.linux-{machine}-cpython-312"
    assert named_in(started, line) == f"platform-unsupported:{machine}"


def test_probe_that_the_build_went_on_after_does_not_count() -> None:
    probe = "_configtest.c:1:10: fatal error: quux.h: No such file or directory"
    over = ("compilation terminated.", "failure.", "removing: _configtest.c _configtest.o")
    crash = "The bug is not reproducible, so it is likely a hardware or OS problem."
    assert named_in(probe, *over, crash) == "out-of-memory:cc1"
    assert named_in(probe, *over) == "header-missing:quux.h"


CHECKS_CL = (
    "UserWarning: Error checking compiler version for cl: [WinError 2] The system cannot find the "
    "file specified"
)


@pytest.mark.parametrize(
    ("lines", "named"),
    [
        (["q.obj : error LNK2019: unresolved external symbol quux"], "abi-mismatch:quux"),
        (
            [
                "cl : Command line warning D9002 : ignoring unknown option '-g'",
                r"src\q.cpp(3): fatal error C1083: Cannot open include file: 'zlib.h': "
                "No such file or directory",
            ],
            "header-missing:zlib.h",
        ),
        (
            ["error: [WinError 2] The system cannot find the file specified"],
            "compiler-missing:msvc",
        ),
    ],
)
def test_compiler_that_ran_is_not_the_one_that_a_warning_missed(
    lines: list[str], named: str
) -> None:
    assert named_in(CHECKS_CL, *lines) == named


@pytest.mark.parametrize(
    ("line", "named"),
    [
        (
            "make: *** No rule to make target '/opt/q/lib/libquux.so', needed by 'a.so'.  Stop.",
            "library-missing:quux",
        ),
        (
            "ninja: error: 'C:/q/lib/quux.lib', needed by 'a.dll', missing and no known rule to "
            "make it",
            "library-missing:quux",
        ),
        ("/usr/bin/ld: cannot find -lQUUX_LIBRARY-NOTFOUND", "dependency-missing:quux"),
        (
            "LINK : fatal error LNK1104: cannot open file 'QUUX_LIB-NOTFOUND.lib'",
            "dependency-missing:quux",
        ),
        (
            "cc1: fatal error: QUUX_INCLUDE_DIR-NOTFOUND/quux.h: No such file or directory",
            "dependency-missing:quux",
        ),
        ("/bin/sh: 1: QUUX_EXECUTABLE-NOTFOUND: not found", "dependency-missing:quux"),
    ],
)
def test_what_cmake_did_not_find_has_the_name_of_its_variable(line: str, named: str) -> None:
    assert named_in(line) == named


@pytest.mark.parametrize(
    ("line", "platform"),
    [
        ("Exception: Unsupported arch: sparc64", "sparc64"),
        ("error: your platform (haiku1) is not supported", "haiku1"),
        ("NotImplementedError: platform aix is not supported", "aix"),
        ("quuxbuild: fatal: unrecognized host architecture 'mips64'", "mips64"),
        ("RuntimeError: Don't know how to compile on platform haiku1", "haiku1"),
        ("RuntimeError: Unsupported GPU", "-"),
        ("SystemExit: Sorry, only Linux and macOS are supported", "-"),
    ],
)
def test_build_script_refuses_a_platform_in_many_words(line: str, platform: str) -> None:
    warned = "    Minimum and Maximum cuda capability supported by this version of PyTorch is"
    assert named_in(warned, line) == f"platform-unsupported:{platform}"


def test_unsupported_things_that_are_no_platforms() -> None:
    for line in ("ValueError: unsupported hash type quux", "error: unsupported locale setting"):
        assert cause_in(line).kind == "unknown"


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("Error 803: system has unsupported display driver / cuda driver combination", "mismatch"),
        ("  Failed to detect a default CUDA architecture.", "missing"),
    ],
)
def test_gpu_software_that_does_not_fit_is_not_the_hardware(line: str, kind: str) -> None:
    assert cause_in(line).kind == f"cuda-{kind}"


@pytest.mark.parametrize(
    ("lines", "tool"),
    [
        (
            [
                "checking whether make sets $(MAKE)... no",
                "error: [Errno 2] No such file or directory",
            ],
            "make",
        ),
        (
            ["config.status: error: Something went wrong bootstrapping makefile fragments"],
            "make",
        ),
        (['make[1]: "/q/Makefile" line 12: Missing dependency operator'], "gmake"),
        (["configure: error: GNU make is required"], "make"),
    ],
)
def test_make_that_is_absent_or_another(lines: list[str], tool: str) -> None:
    assert named_in(*lines) == f"tool-missing:{tool}"


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("gcc: error trying to exec 'cc1plus': execvp: No such file", "compiler-missing:cxx"),
        ("gcc: error trying to exec 'f951': execvp: No such file", "compiler-missing:fortran"),
        (
            'clang: error: unable to execute command: Executable "ld" doesn\'t exist!',
            "compiler-missing:c",
        ),
        ("FileNotFoundError: /home/q/.local/bin/quux", "tool-missing:quux"),
        (r"FileNotFoundError: C:\q\Scripts\quux.exe", "tool-missing:quux"),
        ("wxPython import failed; refer to the manual.", "python-module-missing:wxPython"),
        ("error: import of Cython failed, sorry", "python-module-missing:Cython"),
    ],
)
def test_program_or_module_that_could_not_be_loaded(line: str, named: str) -> None:
    assert named_in(line) == named


def test_program_in_a_line_of_json_is_read_as_in_its_own() -> None:
    said = r"running build\n  running build_ext\n  building 'q'\n  gcc -c q.cc\n  "
    failed = r"gcc: error trying to exec 'cc1plus': execvp: No such file or directory\n  end"
    line = f'fatal: [host]: FAILED! => {{"changed": false, "msg": "stdout: {said}{failed}"}}'
    assert named_in(line) == "compiler-missing:cxx"


@pytest.mark.parametrize(
    ("needs", "named", "required"),
    [
        ("NumPy 1.20 or later", "build-requirement-incompatible:numpy", ">=1.20"),
        ("Cython 3.0 or newer", "build-requirement-incompatible:Cython", ">=3.0"),
        ("GCC 9 or later", "compiler-too-old:c", ">=9"),
        ("libquux 2.8 or later", "library-too-old:libquux", ">=2.8"),
    ],
)
def test_preprocessor_requires_what_is_no_library(needs: str, named: str, required: str) -> None:
    cause = cause_in(f'src/q.h:9:2: error: #error "q requires {needs}"')
    assert (f"{cause.kind}:{cause.subject}", cause.required) == (named, required)


def test_variable_in_two_objects_with_debug_information_needs_an_option() -> None:
    twice = "/usr/bin/ld: a.o:/q/q.h:43: multiple definition of `quux'; b.o:/q/q.h:43: first "
    cause = cause_in(f"{twice}defined here")
    assert (cause.kind, cause.subject, cause.required) == ("compiler-too-new", "c", "<10")


def test_header_of_an_installed_library_needs_a_newer_standard() -> None:
    warned = "/usr/local/include/quux/a.h:4:2: warning: auto is a C++11 extension"
    broken = "/usr/local/include/quux/b.h:27:11: error: expected ';' at end of declaration list"
    assert named_in(f"{warned} [-Wc++11-extensions]", broken) == "library-too-new:quux"
    assert cause_in(broken).kind == "source-error"


def test_generator_that_names_its_platform_is_not_an_absent_compiler() -> None:
    error = ["CMake Error at CMakeLists.txt:5 (project):", "  Generator", ""]
    twice = [
        "    Visual Studio 15 2017 Win64",
        "",
        "  does not support platform specification, but",
    ]
    assert named_in(*error, *twice[:-1], f"{twice[-1]} platform") == "source-error:setup.py"


@pytest.mark.parametrize(
    "line",
    [
        "as: unrecognized option '--gdwarf-5'",
        "/opt/q/bin/as: unrecognized option '-mrelax-relocations=no'",
        "/tmp/ccX1.s:77: Error: bad register name `%zmm3'",
        "/tmp/ccX1.s:77: Error: unsupported instruction `vpdpbusd'",
        "{standard input}:12: Error: no such instruction: `vcvtne2ps2bf16 %zmm1,%zmm2,%zmm3'",
    ],
)
def test_assembler_older_than_the_compiler_is_too_old(line: str) -> None:
    assert named_in(line) == "tool-too-old:as"


def test_register_of_another_mode_is_no_old_assembler() -> None:
    assert cause_in("/tmp/ccX1.s:77: Error: bad register name `%rax'").kind == "unknown"


def test_link_that_windows_refuses_is_a_permission() -> None:
    assert named_in("OSError: symbolic link privilege not held") == "permission:-"
    german = "OSError: [WinError 1314] Dem Client fehlt ein erforderliches Recht: 'q' -> 'w'"
    assert cause_in(german).kind == "permission"


@pytest.mark.parametrize(
    ("before", "kind"),
    [
        ("[1/9] /opt/rocm/bin/hipcc -DWITH_HIP -c /q/a.hip -o a.o", "header-missing"),
        ("In file included from /q/csrc/hip/a.cpp:3:", "header-missing"),
        ("g++ -c /q/a.cc -o a.o", "cuda-missing"),
    ],
)
def test_header_of_thrust_is_of_what_compiles(before: str, kind: str) -> None:
    line = "/q/x.h:9:10: fatal error: 'thrust/complex.h' file not found"
    assert named_in(before, line) == f"{kind}:thrust/complex.h"


@pytest.mark.parametrize(
    ("line", "named"),
    [
        (
            "RuntimeError: Could not locate a supported Microsoft Visual C++ installation",
            "compiler-missing:msvc",
        ),
        (
            "RuntimeError: could not find any supported Visual C++ installation",
            "compiler-missing:msvc",
        ),
        ("Fatal error: OpenSSL could not be detected!", "dependency-missing:openssl"),
        ("RuntimeError: zlib can not be detected on this machine", "dependency-missing:zlib"),
        ("RuntimeError: HDF5 can't be located", "dependency-missing:hdf5"),
        (
            "RuntimeError: No PostgreSQL installation can be found. Set the Q_ROOT.",
            "dependency-missing:postgresql",
        ),
        ("NotFoundError: No BLAS/LAPACK libraries found. Sorry.", "dependency-missing:lapack"),
        ("ValueError: Unknown CUDA arch () or GPU not supported", "cuda-missing:GPU"),
        ("RuntimeError: No GPU found to detect the CUDA architecture", "cuda-missing:GPU"),
        (
            "RuntimeError: no CUDA devices found, cannot detect compute capability",
            "cuda-missing:GPU",
        ),
    ],
)
def test_thing_that_a_build_script_does_not_find(line: str, named: str) -> None:
    assert named_in(line) == named


@pytest.mark.parametrize(
    "line",
    [
        "/q/a.hip:88:31: error: no member named 'getQuux' in namespace 'c10::hip'",
        "/q/a.cpp:88:31: error: 'quux' is not a member of 'at::cuda'",
        '/q/a.cu(88): error: namespace "c10::cuda" has no member "quux"',
    ],
)
def test_name_that_a_namespace_of_torch_lacks_is_of_another_torch(line: str) -> None:
    assert named_in(line) == "build-requirement-incompatible:torch"


@pytest.mark.parametrize("option", ["-rpath", "-soname", "-install_name"])
def test_option_of_the_linker_is_the_fault_of_the_build_script(option: str) -> None:
    line = f"gcc: error: unrecognized command-line option '{option}'"
    assert named_in(line) == "source-error:setup.py"


@pytest.mark.parametrize("builtin", ["__builtin_ia32_emms", "__builtin_ia32_ldmxcsr"])
def test_instruction_of_another_processor_is_not_in_the_source(builtin: str) -> None:
    folder = "creating build/temp.linux-aarch64-cpython-312"
    line = f"/q/clang/14/include/q.h:3:5: error: use of undeclared identifier '{builtin}'"
    assert named_in(folder, line) == "platform-unsupported:aarch64"


@pytest.mark.parametrize(
    ("frame", "line"),
    [
        ("_distutils/ccompiler.py", "TypeError: spawn() got an unexpected keyword argument 'env'"),
        ("command/build_ext.py", "TypeError: Q.build_extension() takes 2 positional arguments"),
    ],
)
def test_override_that_setuptools_calls_otherwise(frame: str, line: str) -> None:
    called = f'  File "/q/site-packages/setuptools/{frame}", line 9, in run'
    named = "build-requirement-incompatible:setuptools"
    assert named_in(called, "    self.spawn(cmd, env=env)", line) == named
    started = '  File "/q/site-packages/setuptools/_distutils/core.py", line 9, in setup'
    assert cause_in(started, line).kind != "build-requirement-incompatible"


@pytest.mark.parametrize(
    "before",
    [
        "Collecting nv-quux",
        f'  File "/tmp/pip-install-0v7q/nv-quux_{"5c3e1a9f" * 4}/setup.py", line 1, in <module>',
    ],
)
def test_placeholder_has_the_name_of_its_project(before: str) -> None:
    line = "The package you are trying to install is only a placeholder project on this repository."
    assert named_in(before, line) == "no-distribution:nv-quux"


def test_tool_that_the_build_went_on_without_does_not_count() -> None:
    probe = "/bin/sh: pkg-config: command not found"
    assert named_in(probe) == "tool-missing:pkg-config"
    cloned = (probe, "Cloning into 'quux'...")
    assert named_in(*cloned, "./q.sh: line 19: cmake: command not found") == "tool-missing:cmake"
    assert named_in(*cloned) == "tool-missing:pkg-config"
    git = "'git' is not recognized as an internal or external command,"
    denied = r"PermissionError: [WinError 5] Access is denied: '.\\q\\ops'"
    assert cause_in(git, "version=1+unknown, git_hash=unknown", denied).kind == "permission"
