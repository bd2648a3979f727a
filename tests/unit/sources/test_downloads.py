"""What a source shows that its build fetches itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from buildfix.analysis.downloads import fetched_by_script
from tests.unit.sources import LINUX, needs, read

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
        ("z 1.3", "example.org", True)
    ]
    assert cmake("file(DOWNLOAD https://example.org/data/model.bin model.bin)\n") == [
        ("model.bin", "example.org", True)
    ]


def test_what_may_come_from_elsewhere_is_not_sure() -> None:
    assert cmake("file(DOWNLOAD https://example.org/a/model model STATUS how)\n") == [
        ("model", "example.org", False)
    ]
    wrap = "[wrap-file]\nsource_url = https://example.org/i.tgz\nsource_filename = i.tgz\n"
    tree = {
        "pyproject.toml": MESON,
        "meson.build": "project('a', 'c')\ndependency('inih', fallback: ['inih', 'd'])\n",
        "subprojects/inih.wrap": wrap,
    }
    assert fetched(tree) == [("inih", "example.org", True)]
    assert fetched({**tree, "subprojects/packagecache/i.tgz": ""}) == []


def test_what_several_hosts_have_is_lost_only_with_all_of_them() -> None:
    urls = "https://example.org/z-1.3.tgz https://example.net/z-1.3.tgz"
    wrap = "[wrap-file]\nsource_url = {}\nsource_fallback_url = {}\n".format(*urls.split())
    for tree in (
        {
            "pyproject.toml": SKBUILD,
            "CMakeLists.txt": f"project(a CXX)\nExternalProject_Add(z URL {urls})\n",
        },
        {
            "pyproject.toml": MESON,
            "meson.build": "project('a', 'c')\nsubproject('z')\n",
            "subprojects/z.wrap": wrap,
        },
    ):
        (one,) = read(tree).downloads
        assert one.sure
        assert one.places == (("example.org", 443), ("example.net", 443))


def test_crates_of_git_repositories_are_fetched_unless_the_tree_has_copies() -> None:
    tree = {"pyproject.toml": MATURIN, "Cargo.toml": CRATE, "Cargo.lock": LOCK}
    assert fetched(tree) == [("one", "example.org", True)]
    assert all(one.by_cargo for one in read(tree).downloads)
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


def test_what_a_script_fetches_whatever_happens_is_sure() -> None:
    start = "import os\nfrom setuptools import setup\nimport urllib.request\n"
    url = "https://example.org/owner/corpus/v1.tar.gz"
    ask = f"data = urllib.request.urlopen('{url}').read()\n"
    end = "setup(name='demo', py_modules=['demo'])\n"
    assert ("corpus", "example.org", True) in fetched({"setup.py": start + ask + end})
    tried = f"try:\n    {ask}except OSError:\n    data = None\n"
    assert not any(sure for *_, sure in fetched({"setup.py": start + tried + end}))
    copied = f"if not os.path.isfile('corpus/a.h'):\n    {ask}{end}"
    assert not any(sure for *_, sure in fetched({"setup.py": start + copied, "corpus/a.h": ""}))


def substitutes(files: dict[str, str]) -> list[tuple[str, list[str], str]]:
    """Return what a build fetches, what may be there in place of it, and how CMake takes that."""
    return [
        (one.what, [f"{need.subject}{need.required or ''}" for need in one.instead], one.setting)
        for one in read(files).downloads
    ]


def test_what_a_build_looks_for_before_it_fetches_it_serves_in_place_of_it() -> None:
    fetch = "FetchContent_Populate(Eigen3 URL https://example.org/eigen-3.4.0.tar.gz)\n"
    text = "find_package(Eigen3{}CONFIG)\nfind_package(fmt)\nif(NOT Eigen3_FOUND)\n{}endif()\n"
    tree = {"pyproject.toml": SKBUILD, "CMakeLists.txt": text.format(" ", fetch)}
    assert substitutes(tree) == [("Eigen3 3.4.0", ["Eigen3"], "")]
    of_version = {**tree, "CMakeLists.txt": text.format(" 9 ", fetch)}
    assert substitutes(of_version) == [("Eigen3 3.4.0", [], "")], "the system's may be older"
    subproject = {
        "pyproject.toml": MESON,
        "meson.build": "project('a', 'cpp')\ndependency('fmt', fallback: ['fmt', 'fmt_dep'])\n",
        "subprojects/fmt.wrap": "[wrap-git]\nurl = https://example.org/fmtlib/fmt.git\n",
    }
    assert substitutes(subproject) == [("fmt", ["fmt"], "")]


def test_content_that_systems_have_a_package_of_may_be_taken_from_there() -> None:
    always = "-DFETCHCONTENT_TRY_FIND_PACKAGE_MODE=ALWAYS"
    url = "URL https://example.org/fmt/archive/v10.2.1.tar.gz"
    declared = f"project(a CXX)\nFetchContent_Declare({{}} {url})\nFetchContent_{{}}({{}})\n"

    def of(name: str, how: str = "MakeAvailable") -> tuple[list[str], str]:
        files = {"pyproject.toml": SKBUILD, "CMakeLists.txt": declared.format(name, how, name)}
        ((_, instead, setting),) = substitutes(files)
        return instead, setting

    assert of("fmt") == (["fmt>=10.2.1"], always)
    assert of("FMT") == ([], ""), "CMake looks for a package of exactly that name"
    assert of("fmt", "Populate") == ([], ""), "which looks for no package"


ALWAYS = "-DFETCHCONTENT_TRY_FIND_PACKAGE_MODE=ALWAYS"
MADE = "project(a CXX)\n{}FetchContent_Declare(fmt URL https://example.org/fmt-10.2.1.zip{})\n{}\n"


@pytest.mark.parametrize(
    ("before", "more", "then", "instead", "setting"),
    [
        ("", "", "FetchContent_MakeAvailable(fmt)", ["fmt>=10.2.1"], ALWAYS),
        ("", " FIND_PACKAGE_ARGS", "FetchContent_MakeAvailable(fmt)", ["fmt"], ""),
        ("", " FIND_PACKAGE_ARGS 9", "FetchContent_MakeAvailable(fmt)", [], ""),
        ("", " FIND_PACKAGE_ARGS NAMES Eigen3", "FetchContent_MakeAvailable(fmt)", ["Eigen3"], ""),
        (
            "set(FETCHCONTENT_TRY_FIND_PACKAGE_MODE ALWAYS)\n",
            *("", "FetchContent_MakeAvailable(fmt)", ["fmt"], ""),
        ),
        (
            "set(FETCHCONTENT_TRY_FIND_PACKAGE_MODE NEVER)\n",
            *(" FIND_PACKAGE_ARGS", "FetchContent_MakeAvailable(fmt)", [], ""),
        ),
        ("", " OVERRIDE_FIND_PACKAGE", "find_package(fmt REQUIRED)", ["fmt>=10.2.1"], ALWAYS),
        (
            *("", "", "FetchContent_MakeAvailable(fmt)\ninclude_directories(${fmt_SOURCE_DIR})"),
            *([], ""),
        ),
    ],
)
def test_content_is_only_replaced_by_a_package_that_cmake_takes_and_that_does(
    before: str, more: str, then: str, instead: list[str], setting: str
) -> None:
    files = {"pyproject.toml": SKBUILD, "CMakeLists.txt": MADE.format(before, more, then)}
    assert substitutes(files) == [("fmt 10.2.1", instead, setting)]


def test_a_copy_that_the_project_or_the_user_leads_cmake_to_is_not_fetched() -> None:
    made = MADE.format("", "", "FetchContent_MakeAvailable(fmt)")
    tree = {"pyproject.toml": SKBUILD, "CMakeLists.txt": made}
    for name, value in (
        ("FETCHCONTENT_SOURCE_DIR_FMT", "extern/fmt"),
        ("FETCHCONTENT_FULLY_DISCONNECTED", "ON"),
    ):
        define = f"[tool.scikit-build.cmake.define]\n{name} = '{value}'\n"
        assert fetched({**tree, "pyproject.toml": SKBUILD + define}) == []
        for told in (
            ("CMAKE_ARGS", f"-D{name}={value}"),
            ("cmake.args", f"-DX=Y;-D{name}={value}"),
            (f"cmake.define.{name}", value),
        ):
            assert not read(tree, replace(LINUX, settings=(told,))).downloads, told
    assert read(tree, replace(LINUX, settings=(("CMAKE_ARGS", "-DX=Y"),))).downloads


LOOKS = "-DCPM_USE_LOCAL_PACKAGES=ON"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('CPMAddPackage("gh:fmtlib/fmt#10.2.1")', ("fmt 10.2.1", ["fmt>=10.2.1"], LOOKS)),
        ('CPMAddPackage("gh:fmtlib/fmt@10.2.1")', ("fmt 10.2.1", ["fmt>=10.2.1"], LOOKS)),
        ('CPMAddPackage("gl:o/zoo#main")', ("zoo", [], "")),
        ("CPMAddPackage(https://example.org/o/zoo.git@1.2)", ("zoo 1.2", [], "")),
        ('CPMAddPackage(URI "gh:o/zoo@1.2" OPTIONS "X ON")', ("zoo 1.2", [], "")),
        (
            "CPMAddPackage(NAME fmt GITHUB_REPOSITORY fmtlib/fmt GIT_TAG v10.2.1)",
            ("fmt 10.2.1", ["fmt>=10.2.1"], LOOKS),
        ),
        (
            "CPMFindPackage(NAME fmt VERSION 9.1 GIT_REPOSITORY https://example.org/fmt.git)",
            ("fmt 9.1", ["fmt"], ""),
        ),
        (
            "set(CPM_USE_LOCAL_PACKAGES ON)\nCPMAddPackage(NAME zoo URL https://example.org/a.tgz)",
            ("zoo", [], ""),
        ),
    ],
)
def test_what_cpm_fetches_is_foreseen(text: str, found: tuple[str, list[str], str]) -> None:
    for tree in ({}, {"cmake/CPM.cmake": "function(CPMAddPackage)\nendfunction()\n"}):
        included = "include(cmake/CPM.cmake)\n" if tree else ""
        lists = f"project(a CXX)\n{included}{text}\n"
        assert substitutes({"pyproject.toml": SKBUILD, "CMakeLists.txt": lists, **tree}) == [found]


def test_a_copy_that_cpm_is_led_to_is_not_fetched() -> None:
    assert cmake('set(CPM_fmt_SOURCE x)\nCPMAddPackage("gh:fmtlib/fmt#10.2.1")\n') == []


def test_what_programs_fetch_while_cmake_configures_may_be_fetched() -> None:
    run = "execute_process(COMMAND git clone https://example.org/o/zoo {})\n"
    assert cmake(run.format("")) == [("zoo", "example.org", False)]
    assert cmake(run.format("COMMAND_ERROR_IS_FATAL ANY")) == [("zoo", "example.org", True)]
    assert cmake("execute_process(COMMAND echo https://example.org/o/zoo)\n") == []


def test_external_projects_that_are_not_built_or_not_downloaded_so_are_not_sure() -> None:
    add = "ExternalProject_Add(z URL https://example.org/z.tgz {})\n"
    assert cmake(add.format("EXCLUDE_FROM_ALL TRUE")) == [("z", "example.org", False)]
    assert cmake(add.format("DOWNLOAD_COMMAND cp -r vendor/z .")) == []


@pytest.mark.parametrize(
    "text",
    [
        "FetchContent_Populate(z GIT_REPOSITORY https://example.org/o/z)\n",
        "ExternalProject_Add(z GIT_REPOSITORY https://example.org/o/z)\n",
    ],
)
def test_git_is_needed_to_clone_a_repository_however_it_is_spelled(text: str) -> None:
    assert "tool-missing git" in needs(
        {"pyproject.toml": SKBUILD, "CMakeLists.txt": f"project(a CXX)\n{text}"}
    )


SWITCHED = """
project(a CXX)
option({option} "" {default})
if({condition})
  find_package(fmt {version}REQUIRED)
else()
  FetchContent_Populate(fmt URL https://example.org/fmt-12.0.0.tar.gz)
endif()
"""


@pytest.mark.parametrize(
    ("option", "default", "condition", "setting"),
    [
        ("USE_SYSTEM_FMT", "OFF", "USE_SYSTEM_FMT", "-DUSE_SYSTEM_FMT=ON"),
        ("DEMO_USE_EXTERNAL_FMT", "OFF", "DEMO_USE_EXTERNAL_FMT", "-DDEMO_USE_EXTERNAL_FMT=ON"),
        ("FMT_VENDORED", "ON", "NOT FMT_VENDORED", "-DFMT_VENDORED=OFF"),
        ("WITH_FMT_FROM_ELSEWHERE", "OFF", "WITH_FMT_FROM_ELSEWHERE", ""),
    ],
)
def test_a_switch_of_the_project_for_the_systems_libraries_is_seen(
    option: str, default: str, condition: str, setting: str
) -> None:
    text = SWITCHED.format(option=option, default=default, condition=condition, version="")
    found = substitutes({"pyproject.toml": SKBUILD, "CMakeLists.txt": text})
    assert found == [("fmt 12.0.0", ["fmt"] if setting else [], setting)]


def test_a_switch_that_nothing_serves_or_nothing_passes_on_is_none() -> None:
    told = {"option": "USE_SYSTEM_FMT", "default": "OFF", "condition": "USE_SYSTEM_FMT"}
    text = SWITCHED.format(version="11 ", **told)
    assert substitutes({"pyproject.toml": SKBUILD, "CMakeLists.txt": text}) == [
        ("fmt 12.0.0", ["fmt>=11"], "-DUSE_SYSTEM_FMT=ON")
    ]
    unknown = text.replace("find_package(fmt", "find_package(Unheard")
    assert substitutes({"pyproject.toml": SKBUILD, "CMakeLists.txt": unknown})[0][1:] == ([], "")
    by_cmeel = SKBUILD.replace("scikit_build_core.build", "cmeel")
    by_cmeel = by_cmeel.replace("scikit-build-core", "cmeel[build]")
    assert substitutes({"pyproject.toml": by_cmeel, "CMakeLists.txt": text})[0][1:] == ([], "")
