"""setup.py, followed: each test is a way in which real setup scripts speak."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from buildfix.platforms.surroundings import Surroundings
from tests.unit.sources import LINUX, MACOS, WINDOWS, languages, needs, optional, read

HEAD = "import os, sys, subprocess, shutil\nfrom setuptools import setup, Extension\n"


def script(body: str, **files: str) -> dict[str, str]:
    return {"setup.py": HEAD + body, **files}


def test_libraries_of_an_extension_are_needed() -> None:
    tree = script(
        "setup(ext_modules=[Extension('a', ['a.c'], libraries=['cups', 'm', 'pthread'])])"
    )
    assert needs(tree) == {"library-missing cups"}
    assert languages(tree) == {"c"}
    finding = next(one for one in read(tree).needs if one.need.subject == "cups")
    assert finding.where == "setup.py:3"


def test_a_binding_called_like_its_library_needs_it() -> None:
    tree = script(
        "setup(name='glpk', ext_modules=[Extension('glpk', ['g.c'], libraries=['glpk'])])",
        **{"g.c": "#include <glpk.h>\n", "pyproject.toml": "[project]\nname='glpk'\n"},
    )
    assert needs(tree) == {"library-missing glpk"}
    assert needs({**tree, "src/glpk.h": ""}) == set()


def test_pure_python_project_needs_nothing() -> None:
    assert read(script("setup(packages=['a'])")).needs == ()
    assert (
        read(
            {
                "pyproject.toml": (
                    "[build-system]\nrequires=['hatchling']\nbuild-backend='hatchling.build'"
                )
            }
        ).needs
        == ()
    )


@pytest.mark.parametrize(
    ("here", "expected"),
    [(LINUX, {"library-missing odbc"}), (MACOS, {"library-missing ffi"}), (WINDOWS, set())],
)
def test_conditions_on_the_system_are_decided(here: object, expected: set[str]) -> None:
    tree = script(
        "libs = []\n"
        "if os.name == 'nt':\n    libs.append('odbc32')\n"
        "elif sys.platform.startswith('darwin'):\n    libs += ['ffi']\n"
        "else:\n    libs.extend(['odbc'])\n"
        "setup(ext_modules=[Extension('a', sources=['a.c'], libraries=libs)])"
    )
    found = {need for need in needs(tree, here) if "odbc32" not in need}  # type: ignore[arg-type]
    assert found == expected


def test_conditions_on_the_python_version_are_decided() -> None:
    tree = script(
        "libs = ['ffi'] if sys.version_info >= (3, 8) and sys.version_info < (4,) else ['cups']\n"
        "setup(ext_modules=[Extension('a', ['a.c'], libraries=libs)])"
    )
    assert needs(tree) == {"library-missing ffi"}


def test_a_module_that_the_build_does_not_have_is_not_imported() -> None:
    body = (
        "try:\n    from Cython.Build import cythonize\n    libs = ['ffi']\n"
        "except ImportError:\n    libs = ['cups']\n"
        "setup(ext_modules=[Extension('a', ['a.c'], libraries=libs)])"
    )
    assert needs(script(body)) == {"library-missing cups"}
    with_cython = "[build-system]\nrequires = ['setuptools', 'Cython>=3']"
    assert needs(script(body, **{"pyproject.toml": with_cython})) == {"library-missing ffi"}


def test_the_first_of_several_pkgconfig_names_is_needed() -> None:
    """As mysqlclient's setup.py asks."""
    tree = script(
        "def find():\n"
        "    for name in ['mysqlclient', 'mariadb']:\n"
        "        try:\n"
        "            subprocess.check_call(f'pkg-config --exists {name}', shell=True)\n"
        "        except subprocess.CalledProcessError as error:\n            print(error)\n"
        "        else:\n            return name\n"
        "    raise Exception('none found')\n"
        "name = find()\n"
        "flags = subprocess.check_output(['pkg-config', '--libs', name]).decode().split()\n"
        "setup(ext_modules=[Extension('a', ['a.c'], extra_link_args=flags)])"
    )
    assert needs(tree) == {"tool-missing pkg-config", "pkgconfig-missing mysqlclient"}


def test_probe_in_a_try_block_is_optional() -> None:
    """As cffi's setup.py asks pkg-config, and goes on without it."""
    tree = script(
        "libs = ['ffi']\n"
        "try:\n"
        "    out = subprocess.Popen(['pkg-config', '--libs', 'libffi'], stdout=subprocess.PIPE)\n"
        "except OSError:\n    pass\n"
        "else:\n    if out.wait() == 0:\n        libs[:] = out.stdout.read().split()\n"
        "setup(ext_modules=[Extension('a', ['a.c'], libraries=libs)])"
    )
    assert needs(tree) == {"library-missing ffi"}
    assert "tool-missing pkg-config" in optional(tree)


@pytest.mark.parametrize("program", ["run", "Popen"])
def test_the_output_of_a_program_knows_how_the_program_ended(program: str) -> None:
    """As a script passes `result.stdout` on and asks `result.returncode` afterwards."""
    tree = script(
        f"done = subprocess.{program}(['sh', '-c', 'exit 3'], stdout=subprocess.PIPE)\n"
        "code, text = done.returncode, done.stdout\n"
        "libs = ['cups'] if isinstance(code, int) else ['odbc']\n"
        "setup(ext_modules=[Extension('a', ['a.c'], libraries=libs)])"
    )
    assert needs(tree) == {"library-missing cups"}


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("isinstance('a', str)", True),
        ("isinstance(['a'], str)", False),
        ("isinstance(['a'], (str, list))", True),
        ("isinstance({}, (str, list))", False),
        ("isinstance(Extension('b', []), Extension)", True),
    ],
)
def test_isinstance_is_answered_for_known_values(question: str, answer: bool) -> None:
    tree = script(
        f"libs = ['cups'] if {question} else ['odbc']\n"
        "setup(ext_modules=[Extension('a', ['a.c'], libraries=libs)])"
    )
    assert needs(tree) == {f"library-missing {'cups' if answer else 'odbc'}"}


@pytest.mark.parametrize(
    ("here", "tag"), [(LINUX, "linux-x86_64"), (WINDOWS, "win-amd64"), (MACOS, "macosx-")]
)
def test_the_platform_is_named_as_python_names_it(here: Surroundings, tag: str) -> None:
    tree = script(
        "import sysconfig\n"
        f"libs = ['cups'] if sysconfig.get_platform().startswith('{tag}') else ['odbc']\n"
        "setup(ext_modules=[Extension('a', ['a.c'], libraries=libs)])"
    )
    assert needs(tree, here) == {"library-missing cups"}


def test_versions_asked_of_pkgconfig_are_kept() -> None:
    tree = script(
        "import pkgconfig\n"
        "e = Extension('a', ['a.c'])\npkgconfig.configure_extension(e, 'cairo >= 1.15')\n"
        "setup(ext_modules=[e])",
        **{"pyproject.toml": "[build-system]\nrequires = ['setuptools', 'pkgconfig']"},
    )
    assert needs(tree) == {"tool-missing pkg-config", "pkgconfig-missing cairo >=1.15"}


def test_what_pkg_config_is_asked_of_a_module_is_no_module() -> None:
    """As libvirt-python's setup.py asks where an API's description lies."""
    tree = script(
        "path = subprocess.check_output(['pkg-config', '--variable', 'libvirt_api', 'libvirt'])\n"
        "setup(ext_modules=[Extension('a', ['a.c'])])"
    )
    assert needs(tree) == {"tool-missing pkg-config", "pkgconfig-missing libvirt"}


@pytest.mark.parametrize(
    "ask",
    [
        "if shutil.which('pg_config') is None:\n    sys.exit('pg_config not found')\n",
        "if not any(os.path.isfile(os.path.join(d, 'pg_config')) "
        "for d in os.environ['PATH'].split(os.pathsep)):\n    raise RuntimeError('none')\n",
        "status, out = subprocess.getstatusoutput('pg_config --libdir')\n"
        "if status != 0:\n    raise SystemExit('pg_config')\n",
    ],
)
def test_a_config_program_that_ends_the_build_is_needed(ask: str) -> None:
    tree = script(ask + "setup(ext_modules=[Extension('a', ['a.c'])])")
    assert needs(tree) == {"tool-missing pg_config"}
    assert languages(tree) == {"c"}


def test_headers_sought_by_their_paths_are_needed_where_the_build_ends_without() -> None:
    """As Pillow's setup.py looks for what it requires."""
    tree = script(
        "found = {name: any(os.path.isfile(os.path.join(d, name)) for d in "
        "['/usr/local/include', '/usr/include'])\n"
        "         for name in ('zlib.h', 'webp/decode.h', 'jpeglib.h')}\n"
        "libs = []\n"
        "if found['zlib.h']: libs.append('z')\n"
        "if found['webp/decode.h']: libs.append('webp')\n"
        "for name in ('zlib.h', 'jpeglib.h'):\n"
        "    if not found[name]: raise RuntimeError(name)\n"
        "setup(ext_modules=[Extension('a', ['a.c'], libraries=libs)])"
    )
    assert needs(tree) == {"library-missing z", "header-missing jpeglib.h"}
    assert "library-missing webp" in optional(tree)


def test_custom_commands_of_setup_py_are_followed() -> None:
    tree = script(
        "from setuptools.command.build_ext import build_ext as base\n"
        "class build_ext(base):\n"
        "    def finalize_options(self):\n        base.finalize_options(self)\n"
        "        self.libraries.append('pq')\n"
        "    def build_extension(self, ext):\n        ext.libraries.append('ffi')\n"
        "        super().build_extension(ext)\n"
        "setup(cmdclass={'build_ext': build_ext}, ext_modules=[Extension('a', ['a.c'])])"
    )
    assert needs(tree) == {"library-missing pq", "library-missing ffi"}


def test_modules_of_the_tree_are_followed() -> None:
    tree = script(
        "sys.path.insert(0, 'build_support')\nimport flags\nfrom helpers.libs import LIBS\n"
        "setup(ext_modules=[Extension('a', ['a.c'], libraries=flags.get() + LIBS)])",
        **{
            "build_support/flags.py": "def get():\n    return ['cups']\n",
            "helpers/__init__.py": "",
            "helpers/libs.py": "LIBS = ['ffi']\n",
        },
    )
    assert needs(tree) == {"library-missing cups", "library-missing ffi"}


def test_cffi_build_scripts_are_followed() -> None:
    tree = script(
        "setup(cffi_modules=['src/build.py:ffibuilder'])",
        **{
            "src/build.py": "from cffi import FFI\nffibuilder = FFI()\n"
            "ffibuilder.set_source('_a', '#include <sodium.h>', libraries=['sodium'])\n"
        },
    )
    assert needs(tree) == {"library-missing sodium"}
    assert "cffi" in read(tree).build_requires


def test_a_library_that_setup_builds_is_not_needed_by_a_cffi_module() -> None:
    """As brotlipy builds libbrotli."""
    tree = script(
        "setup(cffi_modules=['build.py:ffi'], libraries=[('sodium', {'sources': ['s.c']})])",
        **{
            "build.py": "from cffi import FFI\nffi = FFI()\n"
            "ffi.set_source('_a', '', libraries=['sodium'])\n"
        },
    )
    assert needs(tree) == set()


def test_library_bundled_in_the_tree_is_not_needed() -> None:
    """As PyNaCl brings libsodium."""
    tree = script(
        "setup(ext_modules=[Extension('a', ['a.c'], libraries=['sodium'])])",
        **{
            "src/libsodium/configure": "",
            "a.c": "#include <sodium.h>",
            "src/libsodium/include/sodium.h": "",
        },
    )
    assert needs(tree) == set()


def test_need_under_an_unknown_condition_is_not_sure() -> None:
    tree = script(
        "import numpy\nlibs = ['ffi']\nif numpy.show_config():\n    libs.append('cups')\n"
        "setup(ext_modules=[Extension('a', ['a.c'], libraries=libs)])"
    )
    assert needs(tree) == {"library-missing ffi", "python-module-missing numpy"}
    unsure = {one.need.subject for one in read(tree).needs if not one.sure}
    assert unsure == {"cups"}


def test_setup_cfg_is_heard_by_the_script_and_by_the_build() -> None:
    """As python-ldap takes its macros from setup.cfg."""
    tree = script(
        "from configparser import ConfigParser\nc = ConfigParser()\nc.read('setup.cfg')\n"
        "macros = [(m, None) for m in c.get('_ldap', 'defines').split()]\n"
        "setup(ext_modules=[Extension('a', ['a.c'], libraries=['ldap'], define_macros=macros)])",
        **{
            "setup.cfg": "[_ldap]\ndefines = HAVE_SASL\n[build_ext]\nlibraries = ffi\n",
            "a.c": "#include <stdio.h>\n#ifdef HAVE_SASL\n#include <sasl/sasl.h>\n#endif\n"
            "#ifdef HAVE_OTHER\n#include <curl/curl.h>\n#endif\n",
        },
    )
    assert needs(tree) == {
        "library-missing ldap",
        "library-missing ffi",
        "header-missing sasl/sasl.h",
    }
    assert "header-missing curl/curl.h" in optional(tree)


def test_swig_from_pypi_is_no_need_of_the_system() -> None:
    body = "setup(ext_modules=[Extension('a', ['a.i'])])"
    assert needs(script(body)) == {"tool-missing swig"}
    brought = {"pyproject.toml": "[build-system]\nrequires = ['setuptools', 'swig>4']"}
    assert needs(script(body, **brought)) == set()


def test_rust_extensions_are_read_from_their_manifest() -> None:
    tree = script(
        "from setuptools_rust import RustExtension\n"
        "setup(rust_extensions=[RustExtension('a', path='rust/Cargo.toml')])",
        **{"rust/Cargo.toml": "[package]\nname='a'\nedition='2021'\nrust-version='1.74'"},
    )
    found = {str(one.need) for one in read(tree).needs}
    assert "compiler-missing rust >=1.74" in found


def test_cxx_is_seen_by_language_and_by_suffix() -> None:
    assert languages(script("setup(ext_modules=[Extension('a', ['a.cpp'])])")) == {"cxx"}
    assert "cxx" in languages(
        script("setup(ext_modules=[Extension('a', ['a.pyx'], language='c++')])")
    )


def test_optional_extensions_bring_optional_libraries() -> None:
    tree = script("setup(ext_modules=[Extension('a', ['a.c'], libraries=['yaml'], optional=True)])")
    assert needs(tree) == set()
    assert "library-missing yaml" in optional(tree)


def test_a_script_that_gives_up_for_no_reason_seen_is_followed_on() -> None:
    tree = script(
        "import weird\nif weird.version() == 1 or not os.path.exists('/nowhere'):\n"
        "    raise SystemExit('weird')\n"
        "setup(ext_modules=[Extension('a', ['a.c'], libraries=['ffi'])])"
    )
    assert needs(tree) == {"library-missing ffi"}


@pytest.mark.parametrize(
    "body",
    [
        "while True:\n    pass\n",
        "def f(): return f()\nf()\n",
        "x = 'a'\nfor i in range(10**9):\n    x = x + x\n",
        "x = []\nfor i in range(10**9):\n    x = x + x + [1]\n",
        "x = 'a' * 10**10\ny = 10**10**10\nz = '%099999999d' % 1\nw = 'a'.ljust(10**10)\n",
        (
            "x = 'a' * 50000\ny = x.replace('a', x)\nz = '{0}{0}{0}{0}'.format(x)\n"
            "q = x.join([x] * 900)\n"
        ),
        "x = [1]\nx.append(x)\ny = x == x\nprint(x)\n",
        "[[[0 for a in range(9999)] for b in range(9999)] for c in range(9999)]\n",
        "import setup\n",
        "def g():\n    yield from g()\nlist(g())\n",
        "(" * 500 + ")" * 500,
        "not python at all",
        'eval(\'__import__("os").system("touch /tmp/never")\')\n',
    ],
)
def test_nothing_that_a_script_does_takes_long_or_breaks_the_reader(body: str) -> None:
    started = time.process_time()
    read(script(body))
    assert time.process_time() - started < 20


def test_no_program_is_run_and_no_file_written(monkeypatch: pytest.MonkeyPatch) -> None:
    reached: list[object] = []
    for name in ("os.system", "subprocess.Popen.__init__", "os.mkdir"):
        monkeypatch.setattr(name, lambda *args, **_: reached.append(args))
    os.mkdir("seen")  # noqa: PTH102 - the very name that a script uses
    assert len(reached) == 1
    read(
        script(
            "os.system('touch x')\nsubprocess.run(['touch', 'x'])\nopen('x', 'w').write('x')\n"
            "os.mkdir('x')\nexec('import os; os.mkdir(\"y\")')\nsetup()"
        )
    )
    assert len(reached) == 1
    assert not Path("x").exists()
