"""Reading a source in a process of its own: the same answer, and an end to what costs too much."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from buildfix.analysis import (
    SourceUnreadable,
    Surroundings,
    open_tree,
    read_all_apart,
    read_apart,
    read_source,
)
from buildfix.catalog import Knowledge
from buildfix.target_scripts.sdist import build_requires
from tests.unit.archives import sdist_of
from tests.unit.sources import read as read_here

HERE = Surroundings("linux", "x86_64", "glibc", "3.13.5")
KNOWLEDGE = Knowledge()
SETUP = (
    "from setuptools import setup, Extension\n"
    'setup(name="demo", ext_modules=[Extension("demo", ["a.c"], libraries=["xml2"])])\n'
)
COSTLY = "a = b = [1]\n" + "a = [a, a]\nb = [b, b]\n" * 60 + "c = a == b\n"


def test_reading_in_a_process_equals_reading_here(tmp_path: Path) -> None:
    path = sdist_of(tmp_path, {"setup.py": SETUP, "a.c": "#include <libxml/tree.h>\n"})
    apart = read_apart(path, HERE, KNOWLEDGE)
    assert apart == read_source(open_tree(path), HERE, KNOWLEDGE)
    assert "xml2" in {finding.need.subject for finding in apart.needs}


def test_broken_archive_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "demo.tar.gz").write_bytes(b"\x1f\x8b broken")
    with pytest.raises(SourceUnreadable, match=r"Cannot read demo\.tar\.gz"):
        read_apart(tmp_path / "demo.tar.gz", HERE, KNOWLEDGE)


def test_of_several_sources_each_has_its_own_answer(tmp_path: Path) -> None:
    good = sdist_of(tmp_path, {"setup.py": SETUP, "a.c": ""})
    (tmp_path / "broken.tar.gz").write_bytes(b"\x1f\x8b broken")
    costly = sdist_of(tmp_path, {"setup.py": COSTLY}, "costly-1.0")
    paths = [good, tmp_path / "broken.tar.gz", costly, good]
    found = read_all_apart(paths, HERE, KNOWLEDGE)
    whole = read_source(open_tree(good), HERE, KNOWLEDGE)
    assert (found[0], found[3]) == (whole, whole)
    assert "Cannot read broken.tar.gz" in str(found[1])
    assert "Cannot analyze costly-1.0.tar.gz: reading its build files takes more" in str(found[2])
    assert read_all_apart([], HERE, KNOWLEDGE) == []


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        pytest.param(
            *("pyproject.toml", "a" + ".a" * 20_000 + " = 1\n", "200 MB of memory"),
            marks=pytest.mark.skipif(
                sys.version_info < (3, 11), reason="tomli refuses more than 1000 parts"
            ),
        ),
        (
            "setup.py",
            COSTLY,
            "2 seconds",
        ),
    ],
)
def test_source_over_the_reading_budget_is_refused(
    name: str, text: str, why: str, tmp_path: Path
) -> None:
    (tmp_path / "setup.py").write_text(SETUP)
    (tmp_path / name).write_text(text)
    with pytest.raises(SourceUnreadable, match=f"Cannot analyze .* more than {why}"):
        read_apart(tmp_path, HERE, KNOWLEDGE)


def test_pip_s_python_reads_no_key_of_many_parts() -> None:
    declared = "[build-system]\nrequires = ['a', 'b==1.2.3']\n"
    assert build_requires({"pyproject.toml": declared}) == ["a", "b==1.2.3"]
    costly = declared + "a" + ".a" * 20_000 + " = 1\n"
    assert build_requires({"pyproject.toml": costly}) == ["setuptools"]


WORDS = {
    "setup.py": "import os\n;for x in y:\n;  ;if x:\n;setup(;Extension(;[;];(;);{;};,;x;=;'a';+;*;"
    "lambda x: ;def f(*a):\n;return ;\n;not ;is ;None;%;.join;x.append(x)\n;f'{x}'",
    "meson.build": "project('x', 'c')\n;foreach x : ;range(9);endforeach\n;if ;x;endif\n;"
    "dependency(;[;];(;);{;};,;:;'a';+;?;not ;\n;subdir('.');=;@0@;.format(",
    "CMakeLists.txt": "if(;endif();foreach(;endforeach();function(f);endfunction();f();include(;"
    'set(x ;${;};$ENV{;);";\\;[[;]];\n;find_package(;REQUIRED;NOT ;AND ;x;\n;else()',
    "pyproject.toml": '[;];[[;]];a;.;=;";\';{;};,;#;\n;1;build-system;requires;\\u;"""',
    "Cargo.toml": "[;];package;dependencies;target.'cfg(;unix;not(;all(;);)';name;=;\"x\";{;};,;\n",
    "setup.cfg": "[;];options;ext_modules;=;\n; ;%(;)s;:;;attr: x",
    "configure.ac": "AC_CHECK_LIB(;[;];,;);PKG_CHECK_MODULES(;AC_MSG_ERROR(;\n;x;if ;fi;\\;'",
    "a.c": '#include <x.h>\n;#if ;#else\n;#endif\n;defined(;);!;&&;/*;*/;//;\n;\\;";x;(',
}
DIALECTS = {
    "meson.build": '[build-system]\nrequires = ["meson-python"]\nbuild-backend = "mesonpy"\n',
    "CMakeLists.txt": '[build-system]\nrequires = ["scikit-build-core"]\n'
    'build-backend = "scikit_build_core.build"\n',
    "Cargo.toml": '[build-system]\nrequires = ["maturin"]\nbuild-backend = "maturin"\n',
}


@pytest.mark.parametrize("name", WORDS)
@settings(max_examples=20)
@given(data=st.data())
def test_no_text_of_a_dialect_makes_its_reader_fail(name: str, data: st.DataObject) -> None:
    words = st.sampled_from(WORDS[name].split(";"))
    text = "".join(data.draw(st.lists(words, max_size=40)))
    files = {"pyproject.toml": DIALECTS.get(name, ""), "setup.py": SETUP, "a.c": ""}
    assert read_here({**files, name: text}) is not None
