"""Ways of real projects that were read for the first time after the readers were made."""

from __future__ import annotations

import pytest

from tests.unit.sources import languages, needs, optional

HELPED = (
    "[build-system]\nrequires = ['setuptools', 'extension-helpers']\n"
    "build-backend = 'setuptools.build_meta'\n"
    "[tool.extension-helpers]\nuse_extension_helpers = {told}\n"
)
OWN = "[build-system]\nrequires = ['setuptools']\nbuild-backend = 'own'\nbackend-path = ['util']\n"
CMAKE = (
    "[build-system]\nrequires = ['scikit-build-core']\nbuild-backend = 'scikit_build_core.build'\n"
)


def test_what_cython_takes_under_an_if_may_not_be_compiled() -> None:
    """As kivy's windows: a part for Wayland, one for X11."""
    tree = {
        "setup.py": "from setuptools import setup, Extension\n"
        "setup(ext_modules=[Extension('w', ['w.pyx'])])",
        "pyproject.toml": "[build-system]\nrequires = ['setuptools', 'cython']\n",
        "w.pyx": "IF USE_X11:\n    cdef extern from 'X11/Xlib.h':\n        pass\n"
        "IF USE_PNG:\n    include 'png.pxi'\ncdef extern from 'zlib.h':\n    pass\n",
        "png.pxi": "cdef extern from 'png.h':\n    pass\n",
    }
    assert needs(tree) == {"header-missing zlib.h"}
    assert {"header-missing X11/Xlib.h", "header-missing png.h"} <= optional(tree)


@pytest.mark.parametrize("told", ["true", '"true"'])
def test_extension_helpers_without_a_setup_script(told: str) -> None:
    """As reproject: one package says what it has, the others have Cython files."""
    tree = {
        "pyproject.toml": HELPED.format(told=told),
        "a/setup_package.py": "from setuptools import Extension\n"
        "def get_extensions():\n    return [Extension('a', ['a/a.cpp'], libraries=['ffi'])]\n",
        "b/b.pyx": "cdef extern from 'zlib.h':\n    pass\n",
    }
    assert needs(tree) == {"library-missing ffi", "header-missing zlib.h"}
    assert languages(tree) == {"cxx", "c"}
    assert languages({**tree, "pyproject.toml": HELPED.format(told="false")}) == set()


def test_extension_helpers_called_by_a_setup_script() -> None:
    tree = {
        "pyproject.toml": HELPED.format(told="false"),
        "setup.py": "from setuptools import setup\nfrom extension_helpers import get_extensions\n"
        "setup(ext_modules=get_extensions())",
        "a/setup_package.py": "from setuptools import Extension\n"
        "def get_extensions():\n    return [Extension('a', ['a/a.c'], libraries=['ffi'])]\n",
    }
    assert needs(tree) == {"library-missing ffi"}


def test_a_backend_of_its_own_that_hands_extensions_on_in_its_own_way() -> None:
    """As pyfuse3, which puts them into setuptools' Distribution when that is made."""
    tree = {
        "pyproject.toml": OWN,
        "util/own.py": "import subprocess\nfrom setuptools import Extension\n"
        "from setuptools.build_meta import *\n"
        "def modules():\n"
        "    subprocess.check_call(['pkg-config', 'fuse3', '--atleast-version', '3.2.0'])\n"
        "    return [Extension('f', ['f.pyx'])]\n",
        "f.pyx": "cdef extern from 'fuse_lowlevel.h':\n    pass\n",
    }
    assert needs(tree) == {"tool-missing pkg-config", "pkgconfig-missing fuse3 >=3.2.0"}


def test_a_backend_of_its_own_that_runs_scripts_before_it_builds() -> None:
    """As pywayland: decorators run one Python script and one module of the tree."""
    tree = {
        "pyproject.toml": OWN,
        "util/own.py": "import subprocess, sys\nfrom pathlib import Path\n"
        "from setuptools import build_meta as theirs\n"
        "def first(function):\n"
        "    def wrapper(*args, **kwargs):\n"
        "        root = Path(__file__).resolve().parent.parent\n"
        "        subprocess.run([sys.executable, 'ffi.py'], check=True, cwd=root)\n"
        "        subprocess.run([sys.executable, '-m', 'scan'], check=True, cwd=root / 'in')\n"
        "        return function(*args, **kwargs)\n"
        "    return wrapper\n"
        "@first\ndef build_wheel(*args, **kwargs):\n    return theirs.build_wheel(*args)\n",
        "ffi.py": "from cffi import FFI\nFFI().set_source('f', '#include <ffi.h>\\n')\n",
        "in/scan.py": "import subprocess\nsubprocess.check_output(['pkg-config', 'cairo'])\n",
    }
    assert needs(tree) == {
        "header-missing ffi.h",
        "tool-missing pkg-config",
        "pkgconfig-missing cairo",
    }


def test_a_script_that_runs_itself_is_followed_once() -> None:
    body = (
        "import subprocess, sys\nfrom setuptools import setup, Extension\n"
        "if '--again' not in sys.argv:\n"
        "    subprocess.check_call([sys.executable, 'setup.py', '--again'])\n"
        "setup(ext_modules=[Extension('a', ['a.c'], libraries=['ffi'])])"
    )
    assert needs({"setup.py": body}) == {"library-missing ffi"}


def test_configure_that_cmake_runs_and_what_it_hangs_on() -> None:
    """As cyvcf2's htslib: a check remembers that it failed, an error hangs on that."""
    tree = {
        "pyproject.toml": CMAKE,
        "CMakeLists.txt": "project(p LANGUAGES C)\n"
        "execute_process(COMMAND autoreconf -i WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}/lib\n"
        "  COMMAND_ERROR_IS_FATAL ANY)\n"
        "execute_process(COMMAND ./configure WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}/lib)\n",
        "lib/configure": "",
        "lib/configure.ac": "there=ok\n"
        "AC_CHECK_HEADER([bzlib.h], [], [there=missing], [;])\n"
        "if test $there != ok; then\n  MSG_ERROR([no bzip2])\nfi\n"
        "AC_CHECK_LIB([curl], [curl_easy_init], [], [found=no])\n"
        "if test $found = no; then\n  echo without\nfi\n"
        "AC_SEARCH_LIBS([HMAC], [crypto], [],\n"
        "  [case $s3 in check) AC_MSG_WARN([no]);; *) AC_MSG_ERROR([no]);; esac])\n",
    }
    assert needs(tree) == {"tool-missing autoreconf", "header-missing bzlib.h"}
    assert {"library-missing curl", "library-missing crypto"} <= optional(tree)


def test_a_component_that_a_package_of_its_own_brings() -> None:
    """As python-casacore asks for Boost's `python3`; `system` comes with Boost itself."""
    tree = {
        "pyproject.toml": CMAKE,
        "CMakeLists.txt": "project(p LANGUAGES CXX)\n"
        "find_package(Boost REQUIRED COMPONENTS system python3)\n",
    }
    assert needs(tree) == {"cmake-package-missing Boost", "library-missing boost_python3"}


def test_a_library_whose_sources_the_build_fetches_need_not_be_there() -> None:
    """As pyfastx: its address says what it is."""
    tree = {
        "setup.py": "from setuptools import setup, Extension\n"
        "import urllib.request\n"
        "SQLITE = 'https://one.example/2024/sqlite-amalgamation-3470200.zip'\n"
        "HOME = 'https://one.example/zlib'\n"
        "urllib.request.urlretrieve(SQLITE, 'sqlite.zip')\n"
        "setup(ext_modules=[Extension('a', ['a.c'])])",
        "a.c": '#include "sqlite3.h"\n#include "zlib.h"\n',
    }
    assert needs(tree) == {"header-missing zlib.h"}
    assert "header-missing sqlite3.h" in optional(tree)


def test_what_cmake_fetches_for_setup_py_and_what_protoc_makes_are_its_own() -> None:
    """As sentencepiece: abseil's headers are where CMake's FetchContent puts them."""
    tree = {
        "setup.py": "import os\nfrom setuptools import setup, Extension\n"
        "include = os.path.join('build', '_deps', 'abseil-cpp-src')\n"
        "setup(ext_modules=[Extension('a', ['a.cc'], include_dirs=[include])])",
        "a.cc": '#include "absl/status/status.h"\n#include "sentencepiece_model.pb.h"\n',
        "src/sentencepiece_model.proto": 'syntax = "proto2";\n',
    }
    assert needs(tree) == set()
    assert optional(tree) == {"header-missing absl/status/status.h"}


@pytest.mark.parametrize(
    ("constant", "bound"),
    [
        ("PROJ_MIN_VERSION = (9, 4, 0)", " >=9.4.0"),
        ("MIN_PROJ_VERSION = '9.4'", " >=9.4"),
        ("PROJECT_MIN_VERSION = '9.4'", ""),
    ],
)
def test_a_constant_of_the_setup_script_bounds_the_library_it_links(
    constant: str, bound: str
) -> None:
    """As pyproj's and mplcairo's."""
    tree = {
        "setup.py": f"from setuptools import setup, Extension\n{constant}\n"
        "setup(ext_modules=[Extension('a', ['a.c'], libraries=['proj', 'z'])])",
    }
    assert needs(tree) == {f"library-missing proj{bound}", "library-missing z"}


def test_a_command_in_a_list_for_a_shell_is_its_first_word() -> None:
    """As krb5: `check_output(("krb5-config --libs krb5",), shell=True)`."""
    tree = {
        "setup.py": "import subprocess\nfrom setuptools import setup, Extension\n"
        "def run(*args):\n    return subprocess.check_output(args, shell=True).decode()\n"
        "run('krb5-config --libs krb5')\n"
        "setup(ext_modules=[Extension('a', ['a.c'])])\n",
        "a.c": "",
    }
    assert needs(tree) == {"tool-missing krb5-config"}


def test_cmake_finds_a_header_in_a_folder_of_the_tree() -> None:
    """As tweedledum, whose own modules look into the system first and then into its own."""
    find = (
        "find_path(F fmt/format.h PATHS ${PROJECT_SOURCE_DIR}/external PATH_SUFFIXES fmt/include)"
    )
    tree = {
        "pyproject.toml": CMAKE,
        "CMakeLists.txt": f"project(a CXX)\n{find}\n"
        "if(NOT F)\n  message(FATAL_ERROR fmt)\nendif()\n",
    }
    assert needs(tree) == {"header-missing fmt/format.h"}
    assert needs({**tree, "external/fmt/include/fmt/format.h": ""}) == set()


def test_scikit_build_core_hands_its_arguments_to_cmake() -> None:
    """As libsonata: what is bundled then looks for HDF5."""
    tree = {
        "pyproject.toml": f"{CMAKE}[tool.scikit-build]\ncmake.args = ['-DBUNDLED:BOOL=ON']\n",
        "CMakeLists.txt": "project(a CXX)\nif(BUNDLED)\n  find_package(HDF5 REQUIRED)\nelse()\n"
        "  find_package(fmt REQUIRED)\nendif()\n",
    }
    assert needs(tree) == {"cmake-package-missing HDF5"}


@pytest.mark.parametrize(
    ("required", "held"),
    [
        ("setuptools", {"held setuptools <81"}),
        ("setuptools>=61", {"held setuptools <81"}),
        ("setuptools<70", set()),
        ("setuptools==60.1", set()),
        ("setuptools>=82", set()),
    ],
)
def test_a_setup_script_that_imports_pkg_resources_needs_an_older_setuptools(
    required: str, held: set[str]
) -> None:
    """As pygeos and ssdeep: setuptools dropped the module."""
    tree = {
        "pyproject.toml": f"[build-system]\nrequires = ['{required}']\n"
        "build-backend = 'setuptools.build_meta'\n",
        "setup.py": "import pkg_resources\nfrom setuptools import setup\nsetup()\n",
    }
    assert needs(tree) == held
    tried = "try:\n    import pkg_resources\nexcept ImportError:\n    pass\n"
    assert needs({**tree, "setup.py": tried}) == set()


@pytest.mark.parametrize(
    "words", ["f'-S{here}', '-Bbuild'", "'-S', here, '-B', 'build'", "here", "'-S' + here"]
)
def test_cmake_is_told_the_folder_of_the_sources(words: str) -> None:
    """As pyscf, whose build_py runs cmake on a folder that it makes absolute."""
    tree = {
        "setup.py": "import os\nfrom setuptools import setup\n"
        "from setuptools.command.build_py import build_py\n"
        "class Build(build_py):\n    def run(self):\n"
        "        here = os.path.abspath(os.path.join(__file__, '..', 'demo', 'lib'))\n"
        f"        self.spawn(['cmake', {words}, '-DX=1'])\n"
        "        self.spawn(['cmake', '--build', 'build'])\n"
        "setup(cmdclass={'build_py': Build})\n",
        "demo/lib/CMakeLists.txt": "project(demo CXX)\nfind_package(BLAS REQUIRED)\n",
    }
    assert "cmake-package-missing BLAS" in needs(tree)
    assert languages(tree) == {"cxx"}


def test_go_of_an_extension_is_compiled_by_go_and_by_c() -> None:
    """As dockerfile, by setuptools-golang."""
    setup = (
        "from setuptools import Extension, setup\n"
        "setup(ext_modules=[Extension('demo', ['lib/main.go'])], build_golang={'root': 'x'})\n"
    )
    tree = {"setup.py": setup, "lib/main.go": "package main\n"}
    assert needs(tree) == {"tool-missing go"}
    assert languages(tree) == {"c"}


def test_an_include_that_the_authors_list_is_needed_though_cmake_does_not_declare_it() -> None:
    """As osmium: its own FindOsmium looks for what the bundled headers include."""
    tree = {
        "pyproject.toml": CMAKE,
        "CMakeLists.txt": "project(demo CXX)\nadd_library(demo demo.cc)\n",
        "demo.cc": "#include <zlib.h>\n#include <expat.h>\n"
        "#ifdef WITH_LZ4\n#include <lz4.h>\n#endif\n",
        "README.md": "On Ubuntu: `sudo apt-get install zlib1g-dev liblz4-dev`\n",
    }
    assert needs(tree) == {"header-missing zlib.h"}
    assert {"header-missing expat.h", "header-missing lz4.h"} <= optional(tree)
