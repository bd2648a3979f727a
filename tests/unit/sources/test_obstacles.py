"""What a source shows that makes its build or its import fail, and what only looks like it."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from buildfix.analysis import Obstacle, Surroundings
from tests.unit.sources import LINUX, read

OLD = Surroundings("linux", "x86_64", "glibc", "3.11.2")
RUNNING = replace(LINUX, python=f"{sys.version_info[0]}.{sys.version_info[1]}.0")
NEWER = replace(LINUX, python=f"{sys.version_info[0]}.{sys.version_info[1] + 1}.0")
SETUP = "from setuptools import setup\nsetup(name='demo', py_modules=['demo'])\n"
EXTENSION = (
    "from setuptools import setup, Extension\n"
    "setup(name='demo', ext_modules=[Extension('demo', ['demo.c'])])\n"
)
INFO = "Metadata-Version: 1.0\nName: demo\nVersion: 1\n"


BACKEND = "build-backend = 'setuptools.build_meta'\n"


def obstacles(files: dict[str, str], here: Surroundings = LINUX) -> tuple[Obstacle, ...]:
    """Return what makes the build or the import of a source fail."""
    return read({"setup.py": SETUP, "PKG-INFO": INFO, **files}, here).obstacles


def why(files: dict[str, str], here: Surroundings = LINUX) -> list[str]:
    """Return why a source cannot be built or imported."""
    return [f"{one.kind}: {one.why}" for one in obstacles(files, here)]


PYTHON_2 = ["python-unsupported: it is written for Python 2"]


@pytest.mark.parametrize(
    "line",
    [
        "print 'x'",
        "try:\n    a()\nexcept OSError, e:\n    pass",
        "raise ValueError, 'x'",
        "os.chmod(a, 0755)",
        "a = 10L",
        "a <> b",
        "exec 'a = 1'",
        "a = ur'x'",
    ],
)
def test_python_2_in_the_setup_script_or_the_module_is_an_obstacle(line: str) -> None:
    assert why({"setup.py": f"{line}\n{SETUP}"}, RUNNING) == PYTHON_2
    assert why({"demo.py": f"{line}\n"}, RUNNING) == PYTHON_2
    tree = {"src/demo/__init__.py": "from . import a\n", "src/demo/a.py": f"{line}\n"}
    assert why(tree, RUNNING) == PYTHON_2


def test_syntax_is_no_obstacle_for_a_python_newer_than_the_one_that_parses_it() -> None:
    code = "try:\n    a()\nexcept OSError, ValueError:\n    pass\n"
    assert why({"setup.py": code + SETUP}, NEWER) == []
    assert why({"demo.py": code}, NEWER) == []


def test_a_module_of_which_another_copy_may_be_installed_is_no_obstacle() -> None:
    tree = {"demo/__init__.py": "print 'x'\n"}
    assert why(tree, RUNNING) == PYTHON_2
    assert why({**tree, "py3/demo/__init__.py": ""}, RUNNING) == []
    moved = SETUP.replace("name=", "package_dir={'demo': 'py3'}, name=")
    assert why({**tree, "setup.py": moved}, RUNNING) == []
    nested = SETUP.replace("name=", "package_dir={'': 'src'}, name=")
    assert why({"setup.py": nested, "src/demo.py": "print 'x'\n"}, RUNNING) == PYTHON_2


def test_modules_that_the_build_converts_are_no_obstacle() -> None:
    setup = SETUP.replace("name=", "use_2to3=True, name=")
    pinned = "[build-system]\nrequires = ['setuptools<58']\n"
    here = replace(OLD, python="3.10.2")
    assert why({"setup.py": setup, "pyproject.toml": pinned, "demo.py": "print 'x'\n"}, here) == []


def test_an_obstacle_says_whether_the_build_or_the_import_fails() -> None:
    phases = [one.phase for one in obstacles({"setup.py": "import imp\n" + SETUP})]
    assert phases == ["build"]
    assert [one.phase for one in obstacles({"demo.py": "import imp\n"})] == ["import"]


@pytest.mark.parametrize(
    "text", ["def f(:\n", "match a:\n  case 1: pass\n", "print('x')\n", "a = 0\n"]
)
def test_other_syntax_is_no_obstacle(text: str) -> None:
    assert why({"setup.py": text + SETUP}) == []
    assert why({"demo.py": text}) == []


def test_python_2_in_modules_that_nothing_imports_is_no_obstacle() -> None:
    assert why({"demo/__init__.py": "", "demo/_py2.py": "print 'x'\n"}) == []
    assert why({"tests/a.py": "print 'x'\n", "other.py": "print 'x'\n"}) == []


def test_a_package_of_python_2_is_an_obstacle_where_nothing_names_python_3() -> None:
    tree = {"thing/__init__.py": "", "thing/more.py": "raise ValueError, 'x'\n"}
    assert why(tree, RUNNING) == PYTHON_2
    assert why(tree, NEWER) == []
    for file, text in (
        ("PKG-INFO", f"{INFO}Classifier: Programming Language :: Python :: 3\n"),
        ("setup.cfg", "[bdist_wheel]\nuniversal = 1\n"),
        ("thing/other.py", "import sys\nnew = sys.version_info[0] > 2\n"),
        ("thing/more_py3.py", "a = 1\n"),
    ):
        assert why({**tree, file: text}, RUNNING) == []


def test_a_package_that_imports_a_module_beside_it_by_its_bare_name_is_for_python_2() -> None:
    tree = {"thing/__init__.py": "import more\n", "thing/more.py": "a = 1\n"}
    assert why(tree, RUNNING) == PYTHON_2
    assert why({**tree, "PKG-INFO": f"{INFO}Requires-Dist: more\n"}) == []
    assert why({"thing/__init__.py": "from . import more\n", "thing/more.py": "a = 1\n"}) == []
    there = "import os, sys\nsys.path.append(os.path.dirname(__file__))\nimport more\n"
    assert why({**tree, "thing/__init__.py": there}, RUNNING) == []


def test_the_module_of_a_dotted_name_is_in_a_namespace() -> None:
    info = INFO.replace("demo", "top.demo")
    tree = {"PKG-INFO": info, "top/__init__.py": "", "top/demo/__init__.py": "import imp\n"}
    assert why(tree) == ["python-unsupported: it imports imp, which Python 3.12 removed"]


def test_a_module_is_followed_by_its_whole_name() -> None:
    info = INFO.replace("demo", "top-demo")
    old = "try:\n    a()\nexcept A, e:\n    b()\n"
    for statement in ("from top.demo.core import a", "import top.demo.core", "from .core import a"):
        tree = {"top/demo/__init__.py": f"{statement}\n", "top/demo/core.py": old}
        assert why({"PKG-INFO": f"{info}Classifier: Python :: 3\n", **tree}, RUNNING) == PYTHON_2
    tree = {"top/demo/__init__.py": "import core\n", "top/demo/core.py": old}
    assert why({"PKG-INFO": f"{info}Classifier: Python :: 3\n", **tree}) == []


def test_modules_that_a_python_removed_are_obstacles_from_then_on() -> None:
    tree = {"setup.py": "import imp\n" + SETUP}
    assert why(tree) == ["python-unsupported: it imports imp, which Python 3.12 removed"]
    assert why(tree, OLD) == []
    assert why({"demo.py": "from ConfigParser import ConfigParser\n"}, OLD) != []
    assert why({"demo.py": "try:\n    import ConfigParser\nexcept ImportError:\n    pass\n"}) == []
    assert why({"demo.py": "import imp\n", "imp.py": ""}) == []


def test_a_replacement_from_the_index_is_no_obstacle() -> None:
    for module, name in (
        ("cgi", "legacy-cgi"),
        ("cgitb", "legacy-cgi"),
        ("audioop", "audioop-lts"),
        ("asyncore", "pyasyncore"),
        ("imp", "zombie-imp"),
    ):
        tree = {"demo.py": f"import {module}\n"}
        assert why({**tree, "PKG-INFO": f"{INFO}Requires-Dist: {name}\n"}) == []
        setup = SETUP.replace("name=", f"install_requires=['{name}'], name=")
        assert why({**tree, "setup.py": setup}) == []
        config = f"[options]\ninstall_requires =\n    {name}\n"
        assert why({**tree, "setup.cfg": config}) == []
        assert [name in one.replaced_by for one in obstacles(tree)] == [True]


def test_conversion_by_setuptools_is_an_obstacle_where_no_setuptools_has_it() -> None:
    setup = SETUP.replace("name=", "use_2to3=True, name=")
    assert why({"setup.py": setup}) == [
        "python-unsupported: it needs use_2to3, which works before Python 3.12 only"
    ]
    assert why({"setup.py": setup}, OLD) == []
    assert why({"setup.py": setup.replace("True", "False")}) == []


@pytest.mark.parametrize(
    ("before", "kind"),
    [
        ("import sys\nif sys.version_info[0] > 2:\n    sys.exit('Python 2 only')\n", "python"),
        ("import sys\nif sys.platform != 'darwin':\n    raise Exception('macOS')\n", "platform"),
        ("import sys\nif sys.version_info.major >= 3:\n    sys.exit('Python 2 only')\n", "python"),
        (
            "import sys\nif not sys.platform.startswith('win'):\n    sys.exit(1)\n",
            "platform",
        ),
        (
            "import platform, sys\nif platform.system().lower() in ['linux']:\n    sys.exit(1)\n",
            "platform",
        ),
        (
            "import sys\ndef f():\n    if sys.platform != 'darwin':\n        raise OSError\nf()\n",
            "platform",
        ),
    ],
)
def test_a_setup_script_that_refuses_is_an_obstacle(before: str, kind: str) -> None:
    told = why({"setup.py": before + SETUP})
    assert [one.partition("-")[0] for one in told] == [kind]


@pytest.mark.parametrize(
    "before",
    [
        "import sys\nif not nobody_knows():\n    sys.exit('something is missing')\n",
        "import sys\nif sys.version_info[0] < 3:\n    sys.exit('Python 3 only')\n",
        "import os, sys\nif sys.platform == 'linux' and 'SDK' not in os.environ:\n"
        "    sys.exit('no SDK')\n",
        "import glob, sys\nif sys.platform == 'linux' and not glob.glob('/opt/sdk/*'):\n"
        "    sys.exit('no SDK')\n",
        "import os, sys\nif sys.version_info >= (3, 10) and not os.environ.get('FORCE'):\n"
        "    sys.exit('too new')\n",
        "import platform, sys\nif platform.system() == 'Linux' and 'bdist_wheel' in sys.argv:\n"
        "    sys.exit('no wheels')\n",
        "import os, sys\ndef f():\n    if sys.platform != 'darwin':\n        raise OSError\n"
        "if 'SDK' not in os.environ:\n    f()\n",
        "import sys\nif sys.platform == 'linux' or sys.version_info < (3,):\n    sys.exit(1)\n",
    ],
)
def test_other_refusals_are_no_obstacle(before: str) -> None:
    assert why({"setup.py": before + SETUP}) == []


IN_COMMAND = (
    "import sys\nfrom setuptools import Extension, setup\n"
    "from distutils.command.build_ext import build_ext\n"
    "def verify():\n    if sys.platform != 'darwin':\n"
    "        raise OSError('macOS only, not {here}')\n"
    "class Build(build_ext):\n    def run(self):\n        BODY\n"
    "setup(name='demo', ext_modules=[Extension('demo', ['demo.c'])],\n"
    "      cmdclass={'build_ext': Build})\n"
)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("verify()", True),
        ("if sys.version_info > (3, 0): verify()", False),  # two things decide it
        ("if nobody_knows(): verify()", False),
        ("for one in (1, 2): verify()", False),
    ],
)
def test_a_command_that_refuses_the_system_is_an_obstacle(body: str, told: bool) -> None:
    """As pyobjc-core: what its commands call first refuses all but macOS."""
    found = why({"setup.py": IN_COMMAND.replace("BODY", body), "demo.c": ""})
    said = "platform-unsupported: its setup.py refuses this system: macOS only, not {here}"
    assert found == ([said] if told else [])


def test_c_for_python_2_is_an_obstacle() -> None:
    code = "#include <Python.h>\nvoid initdemo(void) { Py_InitModule3(a, b, c); }\n"
    assert why({"setup.py": EXTENSION, "demo.c": code}) == [
        "python-unsupported: its C code is for Python 2"
    ]
    both = f"#if PY_MAJOR_VERSION < 3\n{code}#endif\n"
    assert why({"setup.py": EXTENSION, "demo.c": both}) == []
    header = "#  define Py_InitModule3(name, methods, doc) make_module(name, methods, doc)\n"
    assert why({"setup.py": EXTENSION, "demo.c": code, "compat.h": header}) == []


def test_c_from_an_old_cython_is_an_obstacle_for_a_newer_python() -> None:
    tree = {"setup.py": EXTENSION, "demo.c": "/* Generated by Cython 0.29.2 */\n"}
    assert any("generated by Cython 0.29.2" in one for one in why(tree))
    assert why(tree, replace(LINUX, implementation="PyPy")) == []
    for python, cython, refused in (
        ("3.12.3", "0.29.33", True),
        ("3.12.3", "0.29.37", False),
        ("3.13.5", "0.29.37", True),
        ("3.13.5", "3.0.4", True),
        ("3.13.5", "3.0.11", False),
    ):
        made = {**tree, "demo.c": f"/* Generated by Cython {cython} */\n"}
        assert bool(why(made, replace(RUNNING, python=python))) is refused, (python, cython)
    assert why({**tree, "setup.py": EXTENSION.replace(".c'", ".pyx'"), "demo.pyx": ""}) == []


@pytest.mark.parametrize(
    ("cython", "refused"),
    [
        ("<3", True),
        ("==0.29.36", True),
        ("~=0.29.21", True),
        ("==3.0.4", True),
        ("<3.1", False),
        (">=0.29", False),
        ("==3.0.*", False),
        ("==3.2.9", False),
        ("<3.0.11,>3.0.9", False),
        ("", False),
    ],
)
def test_an_old_cython_that_the_build_insists_on_is_an_obstacle(cython: str, refused: bool) -> None:
    tree = {
        "pyproject.toml": f"[build-system]\nrequires = ['setuptools', 'Cython{cython}']\n",
        "setup.py": EXTENSION.replace("demo.c", "demo.pyx"),
        "demo.pyx": "",
    }
    said = [
        "python-unsupported: "
        f"it is built with Cython{cython}, whose C code is from before Python 3.13"
    ]
    assert why(tree)[-1:] == (said if refused else [])
    assert not refused or obstacles(tree)[-1].isolated_without == "Cython>=3.0.5"


def test_what_setup_py_imports_from_beside_it_ends_it_too() -> None:
    tree = {
        "setup.py": "import Config\n",
        "Config.py": "from demo.Version import version\n",
        "demo/__init__.py": "from Version import *\n",
        "demo/Version.py": "version = '1'\n",
        "PKG-INFO": "Classifier: Programming Language :: Python :: 3\n",
    }
    assert why(tree) == PYTHON_2
    assert obstacles(tree)[0].where == "demo/__init__.py:1"
    isolated = {**tree, "pyproject.toml": "[build-system]\nrequires = ['setuptools']\n"}
    assert why({**isolated, "pyproject.toml": isolated["pyproject.toml"] + BACKEND}) == []
    guarded = "try:\n    import Config\nexcept ImportError:\n    pass\n"
    assert why({**tree, "setup.py": guarded}) == []
    assert why({**tree, "Version.py": ""}) == [], "it is on the path, too"
    there = "import sys\nsys.path.insert(0, 'demo')\nimport Config\n"
    assert why({**tree, "setup.py": there}) == [], "it is put there"


def test_c_that_uses_what_python_removed_is_an_obstacle() -> None:
    used = "#include <Python.h>\nvoid f(PyObject *a) { PyUnicode_AsUnicode(a); }\n"
    said = "python-unsupported: its C code uses PyUnicode_AsUnicode, which Python 3.12 removed"
    assert why({"setup.py": EXTENSION, "demo.c": used}) == [said]
    assert why({"setup.py": EXTENSION, "demo.c": used}, OLD) == []
    older = "#if PY_VERSION_HEX < 0x03030000\nint a;\n#else\n" + used + "#endif\n"
    assert why({"setup.py": EXTENSION, "demo.c": older}) == [said]


def test_removed_names_that_may_not_be_compiled_are_no_obstacle() -> None:
    use = "void f(PyObject *a) { PyUnicode_AsUnicode(a); }\n"
    for code in (
        f"#if PY_VERSION_HEX < 0x030C0000\n{use}#endif\n",
        f"#if PY_MAJOR_VERSION >= 3\n#else\n{use}#endif\n",
        f"#ifndef HAVE_NEW\n{use}#endif\n",
        f"/* {use} */\n",
        f"#define PyUnicode_AsUnicode(a) 0\n{use}",
        'const char *name = "PyUnicode_AsUnicode";\n',
    ):
        assert why({"setup.py": EXTENSION, "demo.c": f"#include <Python.h>\n{code}"}) == []


def test_a_setting_that_nothing_defines_hides_no_removed_name() -> None:
    use = "#ifndef NO_PYTHON\nvoid f(PyObject *a) { PyUnicode_AsUnicode(a); }\n#endif\n"
    other = use.replace("#ifndef NO_PYTHON", "#ifdef NO_PYTHON\nint a;\n#else")
    start = '#include <Python.h>\n#include <math.h>\n#include "own.h"\n'
    tree = {"setup.py": EXTENSION, "demo.c": start + use, "own.h": "#include <stdio.h>\n"}
    tree["README.rst"] = "Without Python, define NO_PYTHON.\n"
    said = "python-unsupported: its C code uses PyUnicode_AsUnicode, which Python 3.12 removed"
    assert why(tree) == [said]
    assert why({**tree, "demo.c": start + other}) == [said]
    assert why({**tree, "demo.c": start + use.replace("ndef", "def")}) == []
    for more in (
        {"own.h": "#ifdef A_B\n#define NO_PYTHON\n#endif\n"},
        {"own.h": "#include <library.h>\n"},
        {"setup.py": EXTENSION.replace(".c'])", ".c'], define_macros=[('NO_PYTHON', '1')])")},
        {"build.mk": "CFLAGS += -DNO_PYTHON\n"},
        {"demo.c": start + use.replace("NO_PYTHON", "HAVE_NEW")},
        {"demo.c": start + use.replace("NO_PYTHON", "PY_UNICODE_TYPE")},
        {"demo.c": start + use.replace("NO_PYTHON", "NDEBUG")},
        {"demo.c": start + use.replace("NO_PYTHON", "O_BINARY")},
    ):
        assert why({**tree, **more}) == [], more


def test_what_setup_goes_on_without_is_no_obstacle() -> None:
    made = "/* Generated by Cython 0.25.1 */\n#include <Python.h>\n"
    start, _, rest = EXTENSION.partition("setup(")
    setup = f"{start}try:\n    setup({rest}except SystemExit:\n    setup(name='demo')\n"
    assert why({"setup.py": EXTENSION, "demo.c": made}) != []
    assert why({"setup.py": setup, "demo.c": made}) == []


def test_odd_numbers_in_conditions_do_not_end_the_reading() -> None:
    code = "#if PY_MAJOR_VERSION >= 08\n#endif\nvoid f(void) { PyUnicode_AsUnicode(0); }\n"
    tree = {
        "setup.py": "from setuptools import setup, Extension\n"
        "setup(name='a', ext_modules=[Extension('a', ['a.c'])])\n",
        "a.c": code,
    }
    assert read(tree).obstacles


def crate_locked_to(pyo3: str, features: str = "") -> dict[str, str]:
    """Return a crate with an extension whose lock file holds PyO3 to a version."""
    registry = "registry+https://github.com/rust-lang/crates.io-index"
    ours = '[[package]]\nname = "a"\nversion = "1.0.0"\ndependencies = ["pyo3"]\n'
    locked = "".join(
        f'[[package]]\nname = "{name}"\nversion = "{pyo3}"\nsource = "{registry}"\n{more}'
        for name, more in (("pyo3", 'dependencies = ["pyo3-ffi"]\n'), ("pyo3-ffi", ""))
    )
    return {
        "pyproject.toml": '[build-system]\nrequires=["maturin"]\nbuild-backend="maturin"\n'
        '[project]\nname="a"\nversion="1"\n[tool.maturin]\nfeatures=["pyo3/extension-module"]\n',
        "Cargo.toml": '[package]\nname="a"\nversion="1.0.0"\nedition="2021"\n'
        f"[dependencies]\npyo3={{version='{pyo3}', features=[{features}]}}\n",
        "Cargo.lock": f"version = 3\n{ours}{locked}",
    }


@pytest.mark.parametrize(
    ("pyo3", "features", "python", "limit"),
    [
        ("0.20.3", "", "3.13.1", "3.12"),
        ("0.24.2", "", "3.14.0", "3.13"),
        ("0.24.2", "'abi3'", "3.14.0", "3.13"),
        ("0.24.2", "'abi3-py39'", "3.14.0", None),
        ("0.24.2", "", "3.13.1", None),
        ("0.20.2", "", "3.13.1", None),
        ("0.99.0-wild+1", "", "3.13.1", None),
    ],
)
def test_a_crate_that_refuses_a_newer_python_is_an_obstacle(
    pyo3: str, features: str, python: str, limit: str | None
) -> None:
    tree, here = crate_locked_to(pyo3, features), replace(LINUX, python=python)
    found = obstacles(tree, here)
    said = f"it is locked to pyo3 {pyo3}, which supports Python up to {limit}"
    assert [one.why for one in found[:1]] == ([said] if limit else [])
    assert all("PYO3_USE_ABI3_FORWARD_COMPATIBILITY=1" in one.unless for one in found)
    assert not obstacles(tree, replace(here, implementation="PyPy"))


CLONED = """
cmake_minimum_required(VERSION 3.15)
project(a CXX)
file(GLOB built "${CMAKE_SOURCE_DIR}/.built/lib/libb.*")
if(NOT built)
  if(NOT EXISTS "${CMAKE_SOURCE_DIR}/b/CMakeLists.txt")
    message(FATAL_ERROR "Run git submodule update --init first")
  endif()
endif()
"""


@pytest.mark.parametrize(
    ("more", "text", "ends"),
    [
        ({}, CLONED, True),
        ({"b/CMakeLists.txt": ""}, CLONED, False),
        ({".built/lib/libb.a": ""}, CLONED, False),
        ({}, CLONED.replace("git submodule update --init", "something"), False),
        ({}, CLONED.replace("if(NOT built)", "if(UNHEARD_OF)"), False),
    ],
)
def test_sources_that_only_a_clone_has_are_an_obstacle_where_cmake_ends_without_them(
    more: dict[str, str], text: str, ends: bool
) -> None:
    backend = (
        '[build-system]\nrequires=["scikit-build-core"]\nbuild-backend="scikit_build_core.build"'
    )
    tree = {"pyproject.toml": f"{backend}\n[project]\nname='a'\nversion='1'\n", **more}
    found = obstacles({**tree, **more, "CMakeLists.txt": text})
    assert [(one.kind, one.where) for one in found] == (
        [("source-error", "CMakeLists.txt:7")] if ends else []
    )
