"""Which projects are shown to bear that their extensions are built side by side, and which not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from buildfix.analysis import open_tree, read_source
from buildfix.catalog import Knowledge
from buildfix.platforms.surroundings import Surroundings

PLACE = Surroundings("linux", "x86_64", "glibc", "3.13.5")
HEAD = "import glob, os, sys\nfrom setuptools import Extension, setup\n"
SOURCES = dict.fromkeys(
    ("a.c", "b.c", "common.c", "src/a.c", "src/b.c", "src/util.c", "p/x.pyx"), ""
)


def why_not(
    folder: Path, setup: str = "", files: Mapping[str, str] | None = None, requires: str = ""
) -> str:
    """Return why extensions are built one by one: of a project in an empty folder."""
    pyproject = f"""
[build-system]
requires = ["setuptools"{requires}]
build-backend = "setuptools.build_meta"
[project]
name = "project"
version = "1"
"""
    written = {"pyproject.toml": pyproject, **SOURCES, **(files or {})}
    if setup:
        written["setup.py"] = HEAD + setup
    for name, text in written.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return read_source(open_tree(folder), PLACE, Knowledge()).one_by_one


APART = {
    "nothing": "setup()",
    "plain": "setup(ext_modules=[Extension('a', ['a.c']), Extension('b', ['b.c', 'common.c'])])",
    "comprehension": "setup(ext_modules=[Extension(f'm{n}', [f'm{n}.c']) for n in range(9)])",
    "loop": """
modules = []
for name in ('a', 'b'):
    modules.append(Extension(name, [name + '.c']))
setup(ext_modules=modules)
""",
    "flags in doubt": """
flags = []
if os.environ.get("DEBUG"):
    flags.append("-g")
setup(ext_modules=[Extension("a", ["a.c"], extra_compile_args=flags), Extension("b", ["b.c"])])
""",
    "function": """
def part(name, folder="src"):
    return Extension(name, [os.path.join(folder, name + ".c")])
with open("README") as file:
    text = file.read()
setup(long_description=text, ext_modules=[part("a"), part("b")])
""",
    "platform": """
sources = ["a.c"] + (["common.c"] if sys.platform == "linux" else ["b.c"])
setup(ext_modules=[Extension("a", sources), Extension("b", ["b.c"])])
""",
    "slice": """
sources = ["common.c", "a.c", "b.c"]
setup(ext_modules=[Extension("a", sources[1:2]), Extension("b", sources[2:][:1])])
""",
    "item of a slice": """
names = ("common.c", "a.c", "b.c")[1:]
setup(ext_modules=[Extension(name[:-2], [name]) for name in names])
""",
    "glob": "setup(ext_modules=[Extension('a', glob.glob('src/*.c')), Extension('b', ['b.c'])])",
}


@pytest.mark.parametrize("setup", APART.values(), ids=APART)
def test_extensions_of_known_sources_apart_are_built_side_by_side(
    setup: str, tmp_path: Path
) -> None:
    assert why_not(tmp_path, setup) == ""


SHARED = {
    "one source": "[Extension('a', ['a.c', 'common.c']), Extension('b', ['b.c', 'common.c'])]",
    "another spelling": "[Extension('a', ['src/a.c']), Extension('b', ['./src/../src/a.c'])]",
    "an absolute path": """[
    Extension('a', ['src/a.c']), Extension('b', [os.path.join(os.path.abspath('src'), 'a.c')])]""",
    "one stem": "[Extension('a', ['src/util.c']), Extension('b', ['src/util.cpp'])]",
    "letters in another case": "[Extension('a', ['src/a.c']), Extension('b', ['src/A.c'])]",
    "a pattern": "[Extension('a', glob.glob('src/*.c')), Extension('b', ['src/b.c'])]",
    "a loop": "[Extension(n, ['common.c', n + '.c']) for n in ('a', 'b')]",
    "repeated names": "[Extension('a', ['common.c'], define_macros=[('N', n)]) for n in '12']",
}


@pytest.mark.parametrize("modules", SHARED.values(), ids=SHARED)
def test_extensions_that_share_an_object_are_built_one_by_one(modules: str, tmp_path: Path) -> None:
    assert why_not(tmp_path, f"setup(ext_modules={modules})")


TWO = "[Extension('a', ['a.c']), Extension('b', ['b.c'])]"
UNKNOWN = {
    "a source in doubt": """
sources = ["a.c"]
if os.environ.get("WITH_COMMON"):
    sources.append("common.c")
setup(ext_modules=[Extension("a", sources), Extension("b", ["b.c", "common.c"])])
""",
    "a list in doubt under another name": """
sources = ["a.c"]
other = []
if os.environ.get("X"):
    other = sources
other += ["common.c"]
setup(ext_modules=[Extension("a", sources), Extension("b", ["common.c"])])
""",
    "a list that grows later": """
sources = ["a.c"]
modules = [Extension("a", sources), Extension("b", ["common.c"])]
sources.append("common.c")
setup(ext_modules=modules)
""",
    "a command of its own": f"""
from setuptools.command.build_ext import build_ext
class Build(build_ext):
    def build_extension(self, extension):
        extension.sources.append("common.c")
        super().build_extension(extension)
setup(ext_modules={TWO}, cmdclass={{"build_ext": Build}})
""",
    "an attribute that is replaced": f"""
import distutils.ccompiler
distutils.ccompiler.CCompiler.compile = print
setup(ext_modules={TWO})
""",
    "a library of its own": f"setup(ext_modules={TWO}, libraries=[('c', {{'sources': ['a.c']}})])",
    "cffi": f"setup(ext_modules={TWO}, cffi_modules=['build.py:ffi'])",
    "a loop over what the environment says": """
setup(ext_modules=[Extension(n, ["common.c"]) for n in os.environ["NAMES"].split()])
""",
    "a program that is run": f"import subprocess\nsubprocess.run('x')\nsetup(ext_modules={TWO})",
    "code from a file": f"exec(open('more.py').read())\nsetup(ext_modules={TWO})",
    "a module of the tree": f"import more\nsetup(ext_modules=more.parts + {TWO})",
    "a module of the tree with a known name": f"import platform\nsetup(ext_modules={TWO})",
    "swig": "setup(ext_modules=[Extension('a', ['a.i']), Extension('b', ['b.c'])])",
    "Cython without cythonize": "setup(ext_modules=[Extension('a', ['p/x.pyx'])])",
    "sources by getattr": f"""
modules = {TWO}
sources = getattr(modules[0], "sources")
sources += ["common.c"]
setup(ext_modules=modules)
""",
    "objects of others": """
setup(ext_modules=[Extension('a', ['a.c'], extra_objects=['build/b.o']), Extension('b', ['b.c'])])
""",
    "a distribution of its own": f"setup(ext_modules={TWO}, distclass=object)",
    "temporary files by the source's name": f"""
os.environ['CFLAGS'] = '-save-temps'
setup(ext_modules={TWO})
""",
    "a list that contains itself": "x = []\nx.append(x)\nsetup(ext_modules=[Extension('a', x)])",
    "a file that is written": f"open('common.c', 'w').write('')\nsetup(ext_modules={TWO})",
    "a loop over a list that grows": """
names = ["a"]
for name in names:
    if len(names) < 3:
        names.append("b")
setup(ext_modules=[Extension(n, ["common.c"]) for n in names])
""",
    "two calls of setup": f"setup()\nsetup(ext_modules={SHARED['one source']})",
    "nothing that is called": "x = 1",
    "no Python": "setup(",
    "a return outside of a function": "setup()\nreturn 1",
}


@pytest.mark.parametrize("setup", UNKNOWN.values(), ids=UNKNOWN)
def test_what_cannot_be_followed_is_built_one_by_one(setup: str, tmp_path: Path) -> None:
    assert why_not(tmp_path, setup, {"platform.py": "", "more.py": "parts = []"})


def test_what_cython_makes_lies_beside_its_source(tmp_path: Path) -> None:
    head = "from Cython.Build import cythonize\n"
    files = {"p/x.pyx": "# cython: language_level=3\n", "p/y.pyx": ""}
    apart = f"{head}setup(ext_modules=cythonize('p/*.pyx'))"
    assert why_not(tmp_path / "1", apart, files, ', "Cython"') == ""
    assert why_not(tmp_path / "2", apart, files), "Cython may not be there"
    twice = f"{head}setup(ext_modules=cythonize('p/*.pyx') + [Extension('z', ['p/x.c'])])"
    assert "p/x" in why_not(tmp_path / "3", twice, files, ', "Cython"')
    more = {"p/x.pyx": "# distutils: sources = common.c\n", "p/y.pyx": ""}
    assert why_not(tmp_path / "4", apart, more, ', "Cython"')


def test_what_takes_part_in_the_build_must_be_known(tmp_path: Path) -> None:
    setup = f"setup(ext_modules={TWO})"
    assert "setuptools-rust" in why_not(tmp_path / "1", setup, requires=', "setuptools-rust"')
    assert why_not(tmp_path / "2", setup, {"setup.cfg": "[options]\ncmdclass = m.B\n"})
    assert why_not(tmp_path / "3", setup, {"setup.cfg": "[global]\ncommand_packages = mine\n"})
    backend = '[build-system]\nrequires = []\nbuild-backend = "{}"\n[project]\nname = "x"\n'
    for number, name in enumerate(("mybackend", "numpy.distutils", "hatchling.build"), 4):
        pyproject = {"pyproject.toml": backend.format(name)}
        assert name in why_not(tmp_path / str(number), setup, pyproject)
    assert why_not(tmp_path / "7", setup, {"pyproject.toml": backend.format("mesonpy")}) == ""


def test_extensions_that_pyproject_declares_count(tmp_path: Path) -> None:
    table = """
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[project]
name = "project"
[tool.setuptools]
ext-modules = [{name = "a", sources = ["a.c"]}, {name = "b", sources = ["%s"]}]
"""
    assert why_not(tmp_path / "1", files={"pyproject.toml": table % "b.c"}) == ""
    assert why_not(tmp_path / "2", files={"pyproject.toml": table % "a.c"})


@pytest.mark.parametrize(
    ("names", "generated"),
    [
        (["lib/Makefile.am", "lib/Makefile.in"], True),
        (["lib/Makefile.am", "lib/Makefile.in", "tests/Makefile"], True),
        (["lib/Makefile.am", "Makefile"], False),
        (["lib/Makefile.am", "other/rules.mk"], False),
        (["lib/Makefile"], False),
        ([], False),
    ],
)
def test_make_runs_several_jobs_where_automake_made_the_makefiles(
    names: list[str], generated: bool, tmp_path: Path
) -> None:
    for name in ("pyproject.toml", *names):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert read_source(open_tree(tmp_path), PLACE, Knowledge()).makefiles_generated is generated
