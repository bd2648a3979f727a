"""What a source probably needs where its build cannot be followed to the end."""

from __future__ import annotations

import pytest

from tests.unit.sources import languages, needs, read

UNKNOWN = "from setuptools import setup\nimport nobody_knows\n"
HANDED_ON = UNKNOWN + "setup(**nobody_knows.all())\n"


def probable(tree: dict[str, str]) -> set[str]:
    """Return what a source probably needs, in words."""
    return {str(finding.need) for finding in read(tree).probable}


def test_extensions_from_unknown_code_are_not_understood() -> None:
    assert not read({"setup.py": HANDED_ON}).understood
    assert not read({"setup.py": UNKNOWN + "setup(ext_modules=nobody_knows.all())\n"}).understood
    assert not read({"setup.py": "print 'Python 2'\n"}).understood
    assert read({"setup.py": "from setuptools import setup\nsetup(name='a')\n"}).understood


def test_extensions_that_a_command_sets_are_not_understood() -> None:
    """As ssdeep: the build command sets ext_modules on the distribution."""
    setup = (
        "from setuptools import setup\nfrom distutils.command.build import build\n"
        "import nobody_knows\n"
        "class Build(build):\n"
        "    def finalize_options(self):\n"
        "        self.distribution.ext_modules = nobody_knows.extensions()\n"
        "setup(cmdclass={'build': Build})\n"
    )
    assert not read({"setup.py": setup}).understood


DELEGATED = (
    "import subprocess, sys\nfrom setuptools import setup\n"
    "from distutils.command.build import build\n"
    "class Build(build):\n"
    "    def run(self):\n"
    "        subprocess.check_call({command})\n"
    "        build.run(self)\n"
    "setup(cmdclass={{'build': Build}})\n"
)


@pytest.mark.parametrize(
    "command",
    [
        "'\"{}\" -u build.py build'.format(sys.executable), shell=True",
        "[sys.executable, '-u', 'build.py']",
        "['make', '-C', 'src']",
    ],
)
def test_what_a_command_hands_on_to_a_program_is_not_understood(command: str) -> None:
    """As wxPython: its build command runs a script of the tree, which runs make and waf."""
    tree = {"setup.py": DELEGATED.format(command=command), "build.py": "def main(): pass\n"}
    compiled = {**tree, "src/a.cpp": "#include <Python.h>\n", "Makefile": ""}
    assert not read(compiled).understood
    assert "compiler-missing cxx" in probable(compiled)
    assert read(tree).understood  # as nothing there speaks to Python


@pytest.mark.parametrize(
    "command", ["['cmake', '-E', 'make_directory', 'build']", "['make', '--version']"]
)
def test_a_helper_that_builds_nothing_hands_nothing_on(command: str) -> None:
    tree = {"setup.py": DELEGATED.format(command=command), "a.c": "#include <Python.h>\n"}
    assert read(tree).understood


def test_c_under_a_backend_that_nobody_knows_is_not_understood() -> None:
    project = "[build-system]\nrequires = ['strange']\nbuild-backend = 'strange.api'\n"
    tree = {"pyproject.toml": project, "a.c": "#include <Python.h>\n"}
    assert not read(tree).understood
    assert "compiler-missing c" in probable(tree)
    assert read({"pyproject.toml": project}).understood
    assert read(
        {**tree, "pyproject.toml": project.replace("strange.api", "setuptools.x")}
    ).understood


def test_lists_of_a_readme_and_containers_below_a_folder() -> None:
    tree = {
        "setup.py": HANDED_ON,
        "README.rst": "On Ubuntu:\n\n* libgtk-3-dev\n* ``libjpeg-dev``\n- a libtiff-dev of yours\n",
        "docker/build/debian-12/Dockerfile": "RUN apt-get install -y \\\n    libsm-dev\n",
        "examples/app/Dockerfile": "RUN apt-get install -y libpq-dev\n",
    }
    names = ("gtk3", "libjpeg", "libsm")
    assert probable(tree) == {f"build dep:generic/{name}" for name in names}


def test_sources_that_include_python_need_a_compiler_and_headers() -> None:
    tree = {"setup.py": HANDED_ON, "a.c": "#include <Python.h>\n#include <zlib.h>\n"}
    compiler = {"compiler-missing c", "python-headers-missing Python.h"}
    assert probable(tree) == {*compiler, "header-missing zlib.h"}
    assert probable({"setup.py": HANDED_ON, "tests/a.c": tree["a.c"]}) == set()


@pytest.mark.parametrize(
    ("name", "language"), [("a.pyx", "c"), ("a.f90", "fortran"), ("Cargo.toml", "rust")]
)
def test_each_kind_of_source_needs_its_compiler(name: str, language: str) -> None:
    assert f"compiler-missing {language}" in probable({"setup.py": HANDED_ON, name: "x"})


@pytest.mark.parametrize(
    ("line", "need"),
    [
        ("flags = ['-lfuzzy']", "library-missing fuzzy"),
        ("settings = dict(libraries=['z'])", "library-missing z"),
        ("nobody_knows.find_library('z')", "library-missing z"),
        ("nobody_knows.run('pkg-config --libs libxml-2.0')", "pkgconfig-missing libxml-2.0"),
        ("nobody_knows.run('pg_config')", "tool-missing pg_config"),
        ("code = '#include <zlib.h>'", "header-missing zlib.h"),
    ],
)
def test_strings_of_a_setup_script_name_libraries(line: str, need: str) -> None:
    assert need in probable({"setup.py": f"{HANDED_ON}{line}\n"})


def test_what_no_recipe_knows_is_not_probable() -> None:
    line = "flags = ['-lwhat_nobody_has_ever_heard_of']\n"
    assert probable({"setup.py": HANDED_ON + line}) == set()


def test_sure_needs_are_not_probable_as_well() -> None:
    tree = {
        "setup.py": "from setuptools import setup, Extension\n"
        "setup(ext_modules=[Extension('a', ['a.c'], libraries=['z'])])\n",
        "a.c": "#include <Python.h>\n",
    }
    assert probable(tree) == set()


@pytest.mark.parametrize(
    ("file", "text"),
    [
        (".github/workflows/ci.yml", "  run: |\n   sudo apt-get install -y libxml2-dev xvfb\n"),
        (".github/workflows/ci.yml", "  run: sudo dnf install --best libxml2-devel && make\n"),
        ("Dockerfile", "RUN apk add --no-cache \\\n    libxml2-dev\n"),
        ("README.md", "Install it first:\n\n    brew install libxml2\n"),
        ("apt.txt", "# for the build\nlibxml2-dev\n"),
        ("debian/control", "Source: a\nBuild-Depends: debhelper (>= 9),\n libxml2-dev\n"),
        ("conda/meta.yaml", "requirements:\n  host:\n    - libxml2\n"),
        ("pyproject.toml", "[tool.cibuildwheel]\nbefore-all = 'yum install -y libxml2-devel'\n"),
    ],
)
def test_lists_of_the_authors_name_capabilities_of_any_system(file: str, text: str) -> None:
    assert probable({"setup.py": HANDED_ON, file: text}) == {"build dep:generic/libxml2"}


def test_programs_and_unknown_packages_of_the_authors_are_left_out() -> None:
    text = "run: apt-get install xvfb what-nobody-knows-dev $PACKAGES git\n"
    assert probable({"setup.py": HANDED_ON, ".github/workflows/ci.yml": text}) == set()


def test_a_tool_that_setup_requires_comes_with_the_build() -> None:
    """As z3-solver, which requires cmake from the index where the machine has none."""
    setup = (
        "from setuptools import setup\nfrom setuptools.command.build_py import build_py\n"
        "import subprocess\n"
        "class Build(build_py):\n"
        "    def run(self):\n"
        "        self.execute(configure, ())\n"
        "def configure():\n"
        "    subprocess.check_call(['cmake', '-S', '.'])\n"
        "setup(cmdclass={'build_py': Build}, setup_requires=['cmake'])\n"
    )
    cmake = "project(a LANGUAGES CXX)\n"
    tree = {"setup.py": setup, "CMakeLists.txt": cmake}
    assert (needs(tree), languages(tree)) == ({"tool-missing make"}, {"cxx"})


def test_a_custom_hook_of_hatchling_is_not_followed() -> None:
    """As wandb, whose hook runs cargo and go."""
    declared = (
        "[build-system]\nrequires = ['hatchling']\nbuild-backend = 'hatchling.build'\n"
        "[tool.hatch.build.targets.wheel.hooks.{hook}]\n"
    )
    tree = {
        "hatch_build.py": "import shutil\ngo = shutil.which('go')\n",
        "Cargo.toml": "[package]\n",
    }
    custom = read({**tree, "pyproject.toml": declared.format(hook="custom")})
    assert not custom.understood
    assert {str(one.need) for one in custom.probable} == {
        "tool-missing go",
        "compiler-missing rust",
    }
    assert read({**tree, "pyproject.toml": declared.format(hook="vcs")}).understood
    hatch = {"hatch.toml": "[build.targets.wheel.hooks.custom]\n"}
    assert not read({**tree, **hatch, "pyproject.toml": declared.format(hook="vcs")}).understood


@pytest.mark.parametrize("hook", ["pdm_build.py", "tools/hook.py"])
def test_a_hook_of_pdm_is_not_followed(hook: str) -> None:
    """As go-task-bin, whose hook runs go, and editdistance, whose hook compiles Cython."""
    declared = "[build-system]\nrequires = ['pdm-backend']\nbuild-backend = 'pdm.backend'\n"
    if hook != "pdm_build.py":
        declared += f"[tool.pdm.build]\ncustom-hook = '{hook}'\n"
    tree = {"pyproject.toml": declared, hook: "import shutil\ngo = shutil.which('go')\n"}
    found = read({**tree, "src/a/b.pyx": "", "src/a/b_test/c.pyx": ""})
    assert not found.understood
    told = {str(one.need) for one in found.probable}
    assert told >= {"compiler-missing c", "python-headers-missing Python.h"}
    assert ("tool-missing go" in told) is ("/" not in hook)
    assert read({"pyproject.toml": declared, "a.py": ""}).understood


def test_sources_that_setup_py_builds_by_cmake_need_their_compilers() -> None:
    """As rapidyaml, whose extensions are of a class of another distribution."""
    setup = UNKNOWN + "setup(ext_modules=[nobody_knows.CMakeExtension(name='a')])\n"
    tree = {"setup.py": setup, "CMakeLists.txt": "project(a)\n", "a.cpp": "int a;\n"}
    assert "compiler-missing cxx" in probable(tree)


@pytest.mark.parametrize(
    ("more", "linked", "unknown"),
    [
        ({}, "['frobnicate', 'z', 'm']", ["frobnicate"]),
        ({"frobnicate/a.c": ""}, "['frobnicate']", []),
        ({"lib/libfrobnicate.a": ""}, "['frobnicate']", []),
        ({}, "['fst']", []),
    ],
)
def test_a_linked_library_that_no_recipe_knows_is_told(
    more: dict[str, str], linked: str, unknown: list[str]
) -> None:
    script = (
        "from setuptools import Extension, setup\n"
        f"setup(name='demo', ext_modules=[Extension('demo', ['demo.c'], libraries={linked})])\n"
    )
    found = read({"setup.py": script, "demo.c": "", **more})
    assert [one.need.subject for one in found.unknown] == unknown
    assert unknown == [] or found.unknown[0].where == "setup.py:2"


@pytest.mark.parametrize(
    ("files", "required", "asks"),
    [
        ({"a.pyx": ""}, "", True),
        ({"a.pyx": "", "a.c": ""}, "", False),
        ({"a.pyx": "", "a.cpp": ""}, "", False),
        ({"a.pyx": ""}, "'cython'", False),
        ({"a.pyx": ""}, "'numpy', 'somebackend'", False),
    ],
)
def test_cython_is_needed_where_its_c_is_not_in_the_archive(
    files: dict[str, str], required: str, asks: bool
) -> None:
    """As php2json, which declares nothing; setuptools takes a.c where Cython is missing."""
    script = (
        "from setuptools import Extension, setup\nsetup(ext_modules=[Extension('a', ['a.pyx'])])\n"
    )
    pyproject = f"[build-system]\nrequires = ['setuptools', {required}]\n"
    found = read({"setup.py": script, "pyproject.toml": pyproject, **files})
    assert ("python-module-missing Cython" in {str(one.need) for one in found.needs}) is asks
