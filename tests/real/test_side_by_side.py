"""Real builds of projects whose extensions share sources, under load: each one as a serial build.

The short form builds some made projects; `BUILDFIX_LONG=1` builds all, with psutil from PyPI, a
hundred times each, and writes `side_by_side.md` beside this file.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from buildfix.analysis import open_tree, read_source
from buildfix.catalog import Knowledge
from buildfix.forecast.releases import fetch_source
from buildfix.machines.local import LocalMachine
from buildfix.platforms.surroundings import Surroundings

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("gcc"), reason="there is no gcc here"),
]
LONG = os.environ.get("BUILDFIX_LONG") == "1"
RESULTS = Path(__file__).with_name("side_by_side.md")
BUILDS = 100 if LONG else 20
SIDE_BY_SIDE = "[build_ext]\nparallel = 2\n"
PLACE = Surroundings("linux", "x86_64", "glibc", ".".join(map(str, sys.version_info[:3])))

PYPROJECT = """
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[project]
name = "probe"
version = "1"
"""
HEAD = "from setuptools import Extension, setup\n"
MODULE = """
#include <Python.h>
int who(void);
static PyObject *tell(PyObject *self, PyObject *none) { return PyLong_FromLong(who()); }
static PyMethodDef methods[] = {{"who", tell, METH_NOARGS, ""}, {0}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "NAME", 0, -1, methods};
PyMODINIT_FUNC PyInit_NAME(void) { return PyModule_Create(&module); }
"""
# For comparing objects alone; it takes no time to compile, so that builds meet more often.
PLAIN = "int who(void); int PyInit_NAME(void) { return who(); }\n"
WHO = "int who(void) { return WHO; }\n"
SHARED = {
    "probe": """
setup(packages=[], ext_modules=[
    Extension(f"m{n}", [f"src/m{n}.c", "src/shared.c"], define_macros=[("WHO", str(n))])
    for n in range(2)])
""",
    "many": """
parts = []
for n in range(4):
    parts.append(Extension("m%d" % n, ["src/m%d.c" % n, "src/shared.c"]))
    parts[-1].define_macros = [("WHO", str(n))]
setup(packages=[], ext_modules=parts)
""",
    "as libvirt-python": """
def get_module_lists():
    modules = []
    for number, name in enumerate(("m0", "m1", "m2")):
        modules.append(Extension(name, sources=[f"src/{name}.c", "src/shared.c"],
                                 define_macros=[("WHO", str(number))], include_dirs=["."]))
    return modules
setup(packages=[], ext_modules=get_module_lists())
""",
    "as pandas 1.x": """
import os
common = ["src/shared.c"]
ext_data = {
    "m0": {"sources": ["src/m0.c"], "macros": [("WHO", "0")]},
    "m1": {"sources": ["src/m1.c"], "macros": [("WHO", "1")], "depends": ["src/shared.c"]},
    "m2": {"sources": ["src/m2.c"], "macros": [("WHO", "2")]},
}
extensions = []
for name, data in ext_data.items():
    sources = list(data["sources"])
    sources.extend(common)
    extensions.append(Extension(name, sources=sources, depends=data.get("depends", []),
                                define_macros=data.get("macros", [])))
setup(packages=[], ext_modules=extensions)
""",
    "of one stem": """
setup(packages=[], ext_modules=[
    Extension("m0", ["src/m0.c", "src/shared.c"], define_macros=[("WHO", "0")]),
    Extension("m1", ["src/m1.c", "src/shared.cpp"], define_macros=[("WHO", "1")])])
""",
    "in another spelling": """
import os
here = os.path.dirname(os.path.abspath(__file__))
setup(packages=[], ext_modules=[
    Extension("m0", ["src/m0.c", "src/shared.c"], define_macros=[("WHO", "0")]),
    Extension("m1", ["src/m1.c", "./src/../src/shared.c"], define_macros=[("WHO", "1")])])
""",
    "by a command": """
from setuptools.command.build_ext import build_ext
class Build(build_ext):
    def build_extension(self, extension):
        extension.sources.append("src/shared.c")
        super().build_extension(extension)
setup(packages=[], cmdclass={"build_ext": Build}, ext_modules=[
    Extension(f"m{n}", [f"src/m{n}.c"], define_macros=[("WHO", str(n))]) for n in range(2)])
""",
    "where a variable says so": """
import os
extra = ["src/shared.c"] if not os.environ.get("PROBE_ALONE") else []
setup(packages=[], ext_modules=[
    Extension(f"m{n}", [f"src/m{n}.c", *extra], define_macros=[("WHO", str(n))])
    for n in range(2)])
""",
}
APART = """
setup(packages=[], ext_modules=[
    Extension(f"m{n}", [f"src/m{n}.c", f"src/who{n}.c"], define_macros=[("WHO", str(n))])
    for n in range(4)])
"""
CORPUS = {**SHARED, "apart": APART}


def write(folder: Path, setup: str, module: str = PLAIN) -> Path:
    texts = {"pyproject.toml": PYPROJECT, "setup.py": HEAD + setup, "src/shared.c": WHO}
    texts["src/shared.cpp"] = f'extern "C" {WHO}'
    for number in range(4):
        texts[f"src/m{number}.c"] = module.replace("NAME", f"m{number}")
        texts[f"src/who{number}.c"] = WHO
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def config_of(project: Path) -> str:
    """Return what buildfix has setuptools read for a project."""
    apart = read_source(open_tree(project), PLACE, Knowledge()).one_by_one == ""
    return SIDE_BY_SIDE if apart else ""


# Each build is a child of one process that has imported setuptools: most of a small build's time.
BUILDER = """
import hashlib, json, os, pathlib, shutil, sys
import setuptools, setuptools.command.build_ext
folder = pathlib.Path(sys.argv[1])
os.chdir(folder)
for _ in range(int(sys.argv[2])):
    shutil.rmtree("build", ignore_errors=True)
    if child := os.fork():
        failed = os.waitpid(child, 0)[1]
    else:
        sys.argv = ["setup.py", "-q", "build_ext"]
        try:
            exec(compile(open("setup.py").read(), "setup.py", "exec"),
                 {"__name__": "__main__", "__file__": str(folder / "setup.py")})
        except BaseException as error:
            print(error, file=sys.stderr, flush=True)
            os._exit(1)
        os._exit(0)
    files = sorted([*folder.glob("build/**/*.o"), *folder.glob("build/**/*.so")])
    made = {str(one): hashlib.sha256(one.read_bytes()).hexdigest() for one in files}
    print("BUILT", json.dumps({"failed": ""} if failed else made), flush=True)
"""


def built(project: Path, python: Path, config: str, builds: int) -> list[dict[str, str]]:
    """Build a project's extensions again and again; return the digests of objects and modules."""
    path = project.with_name(f"{project.name}.cfg")
    path.write_text(config, encoding="utf-8")
    env = {**os.environ, "DIST_EXTRA_CONFIG": str(path)}
    argv = [str(python), "-c", BUILDER, str(project), str(builds)]
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=3000)
    marked = [line for line in done.stdout.splitlines() if line.startswith("BUILT ")]
    assert len(marked) == builds, done.stderr
    return [json.loads(line.removeprefix("BUILT ")) for line in marked]


@contextmanager
def load() -> Iterator[None]:
    """Keep every core busy meanwhile."""
    spins = [
        subprocess.Popen([sys.executable, "-c", "while True: pass"])
        for _ in range(os.cpu_count() or 1)
    ]
    try:
        yield
    finally:
        for spin in spins:
            spin.kill()
            spin.wait()


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, with_pip=True)
    found = folder / "bin/python"
    subprocess.run([found, "-m", "pip", "install", "-q", "setuptools"], check=True)
    return found


def wrong_builds(project: Path, python: Path, builds: int, config: str | None = None) -> int:
    """Return how many of several builds under load differ from the serial one."""
    (serial,) = built(project, python, "", 1)
    assert any(name.endswith(".so") for name in serial)
    config = config_of(project) if config is None else config
    with load():
        return sum(one != serial for one in built(project, python, config, builds))


@pytest.mark.parametrize("name", ["probe", "as pandas 1.x", "by a command", "apart"])
def test_every_object_of_a_build_is_that_of_the_serial_one(
    name: str, tmp_path: Path, python: Path
) -> None:
    project = write(tmp_path / "project", CORPUS[name])
    assert bool(config_of(project)) is (name == "apart")
    assert wrong_builds(project, python, 5) == 0


def test_the_probe_goes_wrong_where_it_is_built_side_by_side(tmp_path: Path, python: Path) -> None:
    # The fault is still there in setuptools; without it, this corpus would show nothing.
    project = write(tmp_path / "project", CORPUS["many"])
    assert wrong_builds(project, python, 20, SIDE_BY_SIDE) > 0


def test_modules_that_share_a_source_are_right_in_every_build(tmp_path: Path, python: Path) -> None:
    project = write(tmp_path / "project", CORPUS["probe"], MODULE)
    code = "import m0, m1; print(m0.who(), m1.who())"
    env = {**os.environ, "XDG_STATE_HOME": str(tmp_path / "state")}
    argv = [sys.executable, "-m", "buildfix", "-y", "--python", str(python), str(project)]
    with load():
        for _ in range(BUILDS if LONG else 3):
            shutil.rmtree(project / "build", ignore_errors=True)
            words = [*argv, "--", "--force-reinstall", "--no-build-isolation"]
            done = subprocess.run(words, env=env, capture_output=True, text=True, timeout=600)
            assert done.returncode == 0, done.stderr
            told = subprocess.run([python, "-c", code], capture_output=True, text=True)
            assert told.stdout == "0 1\n", told.stderr


@pytest.mark.skipif(not LONG, reason="BUILDFIX_LONG=1 runs it")
def test_the_whole_corpus_a_hundred_times(tmp_path: Path, python: Path) -> None:
    rows, begun = [], time.strftime("%Y-%m-%d")
    projects = {
        name: write(tmp_path / str(n), text) for n, (name, text) in enumerate(CORPUS.items())
    }
    for name in ("psutil==5.9.8", "psutil==7.2.2"):
        sdist = fetch_source(LocalMachine(), str(python), name, tmp_path, ())
        assert sdist
        with tarfile.open(sdist) as archive:
            archive.extractall(tmp_path / name, filter="data")
        projects[name] = next((tmp_path / name).iterdir())
    wrong = 0
    for name, project in projects.items():
        beside = bool(config_of(project))
        found = wrong_builds(project, python, BUILDS)
        wrong += found
        rows.append(
            f"| {name} | {'side by side' if beside else 'one by one'} | {BUILDS} | {found} |"
        )
        RESULTS.write_text(
            f"# Builds under load that differ from the serial one\n\n`BUILDFIX_LONG=1 pytest "
            f"tests/real/test_side_by_side.py`, {begun}; every object and module compared byte by "
            "byte.\n\n| project | built | builds | differ |\n| --- | --- | --- | --- |\n"
            + "\n".join(rows)
            + "\n",
            encoding="utf-8",
        )
    assert wrong == 0
