"""What a source shows that its build fetches itself."""

from __future__ import annotations

from buildfix.analysis.downloads import fetched_by_script
from tests.unit.sources import read

SKBUILD = (
    "[build-system]\nrequires = ['scikit-build-core']\nbuild-backend = 'scikit_build_core.build'\n"
)
MATURIN = "[build-system]\nrequires = ['maturin']\nbuild-backend = 'maturin'\n"
MESON = "[build-system]\nrequires = ['meson-python']\nbuild-backend = 'mesonpy'\n"
LOCK = (
    "version = 4\n[[package]]\nname = 'one'\nversion = '1.0'\n"
    "source = 'git+https://example.org/a/one?rev=1#1'\n"
    "[[package]]\nname = 'other'\nversion = '1.0'\n"
)
CRATE = "[package]\nname = 'demo'\nedition = '2021'\n[dependencies]\none = '1'\nother = '1'\n"


def fetched(files: dict[str, str]) -> list[tuple[str, str, bool]]:
    """Return what a build fetches: what, from where, and whether it surely does."""
    return [(one.what, one.host, one.sure) for one in read(files).downloads]


def cmake(text: str) -> list[tuple[str, str, bool]]:
    """Return what a CMake project fetches."""
    return fetched({"pyproject.toml": SKBUILD, "CMakeLists.txt": f"project(a CXX)\n{text}"})


def test_content_that_cmake_makes_available_is_fetched() -> None:
    declared = (
        "FetchContent_Declare(fmt GIT_REPOSITORY https://example.org/fmtlib/fmt.git"
        " GIT_TAG v10.2.1)\n"
    )
    made = "FetchContent_MakeAvailable(fmt)\n"
    assert cmake(declared) == []
    assert cmake(declared + made) == [("fmt 10.2.1", "example.org", True)]
    assert cmake(f"{declared}math(EXPR SOME_SUM 1+1)\nif(SOME_SUM)\n{made}endif()\n") == [
        ("fmt 10.2.1", "example.org", False)
    ]


def test_what_cmake_finds_first_is_not_fetched() -> None:
    text = (
        "find_package(pybind11 CONFIG QUIET)\nif(NOT pybind11_FOUND)\n"
        "FetchContent_Declare(p URL https://example.org/p-1.zip)\nFetchContent_MakeAvailable(p)\n"
        "endif()\n"
    )
    assert cmake(text) == []


def test_external_projects_and_files_are_fetched() -> None:
    assert cmake("ExternalProject_Add(z URL https://example.org/z-1.3.tar.gz)\n") == [
        ("z", "example.org", True)
    ]
    assert cmake("file(DOWNLOAD https://example.org/data/model.bin model.bin)\n") == [
        ("model.bin", "example.org", True)
    ]


def test_what_may_come_from_elsewhere_is_not_sure() -> None:
    assert cmake("file(DOWNLOAD https://example.org/a/model model STATUS how)\n") == [
        ("model", "example.org", False)
    ]
    mirrors = "https://example.org/z.tgz https://example.net/z.tgz"
    assert cmake(f"ExternalProject_Add(z URL {mirrors})\n") == []
    wrap = "[wrap-file]\nsource_url = https://example.org/i.tgz\nsource_filename = i.tgz\n"
    tree = {
        "pyproject.toml": MESON,
        "meson.build": "project('a', 'c')\ndependency('inih', fallback: ['inih', 'd'])\n",
        "subprojects/inih.wrap": wrap,
    }
    assert fetched(tree) == [("inih", "example.org", True)]
    assert fetched({**tree, "subprojects/packagecache/i.tgz": ""}) == []
    second = f"{wrap}source_fallback_url = https://example.net/i.tgz\n"
    assert fetched({**tree, "subprojects/inih.wrap": second}) == [("inih", "example.org", False)]


def test_crates_of_git_repositories_are_fetched_unless_the_tree_has_copies() -> None:
    tree = {"pyproject.toml": MATURIN, "Cargo.toml": CRATE, "Cargo.lock": LOCK}
    assert fetched(tree) == [("one", "example.org", True)]
    vendored = "[source.crates-io]\nreplace-with = 'vendored'\n"
    assert fetched({**tree, ".cargo/config.toml": vendored}) == []
    without = CRATE.replace("one = '1'\n", "")
    assert fetched({**tree, "Cargo.toml": without}) == []
    patched = f"{without}[patch.crates-io]\nfork = {{ git = 'https://example.net/b/fork' }}\n"
    assert fetched({**tree, "Cargo.toml": patched}) == [("fork", "example.net", True)]


def test_a_manifest_with_tables_of_several_lines_is_read() -> None:
    manifest = CRATE.replace(
        "one = '1'", "one = {\n  version = '1', # newest\n  features = [\n    'a',\n  ],\n}"
    )
    tree = {"pyproject.toml": MATURIN, "Cargo.toml": manifest, "Cargo.lock": LOCK}
    assert fetched(tree) == [("one", "example.org", True)]


def test_a_subproject_that_only_a_wrap_names_is_fetched() -> None:
    tree = {
        "pyproject.toml": MESON,
        "meson.build": "project('a', 'c')\ndependency('inih', fallback: ['inih', 'd'])\n",
        "subprojects/inih.wrap": "[wrap-git]\nurl = https://example.org/benhoyt/inih.git\n",
    }
    assert fetched(tree) == [("inih", "example.org", True)]
    assert fetched({**tree, "subprojects/inih/meson.build": "project('inih')\n"}) == []


def test_addresses_in_a_script_that_fetches_may_be_fetched() -> None:
    setup = "from setuptools import setup\nfrom urllib.request import urlretrieve\n"
    url = "URL = 'https://example.org/project/releases/source-1.0.tar.gz'\n"
    ends = "setup(name='demo')\n"
    assert fetched({"setup.py": f"{setup}{url}{ends}"}) == [("releases", "example.org", False)]
    assert fetched({"setup.py": f"from setuptools import setup\n{url}{ends}"}) == []
    clone = "import os\nos.system('git clone --depth 1 https://example.org/a/library.git')\n"
    assert fetched({"setup.py": f"{setup}{clone}{ends}"}) == [("library", "example.org", False)]


def test_the_address_in_the_metadata_is_fetched_by_nothing() -> None:
    address = "https://host.example/o/p/archive/1.0.tar.gz"
    for said in (f"download_url='{address}'", f"'download_url': '{address}'"):
        assert (
            list(fetched_by_script(f"from urllib.request import urlopen\n{said}\n", "setup.py"))
            == []
        )
    (found,) = fetched_by_script(f"download_url='x'\nurlretrieve('{address}')\n", "setup.py")
    assert found.where == "setup.py:2"
