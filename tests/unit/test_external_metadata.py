"""[external] of pyproject.toml (PEP 725), and our names in the form of PEP 804."""

from __future__ import annotations

import json

import pytest

from buildfix.catalog import Knowledge
from buildfix.core import Need
from buildfix.platforms.stock_host import stock_host
from buildfix.providers import draft_plan
from buildfix.render.export.pep804 import mapping, registry
from tests.unit.sources import LINUX, WINDOWS, needs, optional, read

SHIPPED = Knowledge()


def external(body: str) -> dict[str, str]:
    head = "[build-system]\nrequires = ['hatchling']\nbuild-backend = 'hatchling.build'\n"
    return {"pyproject.toml": f"{head}[external]\n{body}"}


@pytest.mark.parametrize(
    ("text", "need"),
    [
        ("dep:generic/libffi", "build dep:generic/libffi"),
        ("dep:generic/libffi@>=3,<4", "build dep:generic/libffi >=3,<4"),
        ("dep:generic/libffi@3.4", "build dep:generic/libffi ==3.4"),
        ("dep:generic/libffi@%3E%3D3", "build dep:generic/libffi >=3"),
        ("dep:virtual/interface/lapack@>=3.7.1", "build dep:virtual/interface/lapack >=3.7.1"),
        ("dep:generic/openblas", "build dep:virtual/interface/blas"),
        ("dep:github/Kitware/CMake@>=3.20", "build dep:generic/cmake >=3.20"),
        ("dep:generic/cmake?repository_url=https://x.org/cmake", "build dep:generic/cmake"),
        ("dep:generic/no-such-thing@>=1", "build dep:generic/no-such-thing >=1"),
        ("dep:generic/cmake@%40https://x.org/x.whl", "build dep:generic/cmake"),
        ("dep:generic/cmake@^3", "build dep:generic/cmake"),
    ],
)
def test_a_dep_url_is_a_need_by_our_id_and_an_unknown_one_keeps_its_own(
    text: str, need: str
) -> None:
    assert needs(external(f"host-requires = ['{text}']")) == {need}


def test_a_marker_decides_whether_it_is_needed() -> None:
    tree = external("""build-requires = ["dep:generic/nasm; sys_platform == 'win32'"]""")
    assert needs(tree, LINUX) == set()
    assert needs(tree, WINDOWS) == {"build dep:generic/nasm"}


def test_each_table_counts_for_what_it_is_for() -> None:
    tree = external(
        "build-requires = ['dep:virtual/compiler/c', 'dep:pypi/cython']\n"
        "host-requires = ['dep:generic/zlib']\n"
        "build-host-requires = ['dep:generic/zstd']\n"
        "dependencies = ['dep:generic/libmagic']\n"
        "[external.optional-host-requires]\nx = ['dep:generic/lz4@>=1.9', 'dep:generic/nobody']\n"
        "[external.optional-dependencies]\nx = ['dep:generic/graphviz']\n"
        "[external.dependency-groups]\ndev = ['dep:generic/git']\n"
    )
    assert needs(tree) == {
        "build dep:virtual/compiler/c",
        "build dep:generic/zlib",
        "build dep:generic/zstd",
        "run dep:generic/libmagic",
    }
    assert optional(tree) == {"build dep:generic/lz4 >=1.9"}


def test_the_metadata_of_a_source_distribution_counts_where_its_table_is_gone() -> None:
    tree = {"setup.py": "", "PKG-INFO": "Name: p\nRequires-External-Dep: dep:generic/libmagic\n"}
    assert "run dep:generic/libmagic" in {str(one.need) for one in read(tree).needs}


def test_the_registry_has_every_id_once_and_says_what_provides_another() -> None:
    definitions = registry(SHIPPED)["definitions"]
    ids = [one["id"] for one in definitions]
    assert len(ids) == len(set(ids))
    assert set(ids) >= set(SHIPPED.capabilities)
    openblas = next(one for one in definitions if one["id"] == "dep:generic/openblas")
    assert openblas["provides"] == "dep:virtual/interface/blas"


@pytest.mark.parametrize(
    ("system", "identifier", "specs"),
    [
        (
            "debian:13",
            "dep:generic/libxslt",
            {"build": ["libxslt1-dev"], "host": ["libxslt1-dev"], "run": ["libxslt1.1"]},
        ),
        ("termux", "dep:generic/libsystemd", None),
        ("windows", "dep:generic/zlib", None),
        ("vcpkg", "dep:generic/zlib", {"build": ["zlib"], "host": ["zlib"], "run": ["zlib"]}),
        ("windows", "dep:generic/pam", {"build": [], "host": [], "run": []}),
    ],
)
def test_a_mapping_has_what_a_system_or_manager_installs(
    system: str, identifier: str, specs: dict[str, list[str]] | None
) -> None:
    mappings = {one["id"]: one for one in mapping(system, SHIPPED)["mappings"]}
    assert mappings.get(identifier, {}).get("specs") == specs


def test_a_mapping_tells_how_its_manager_installs_and_refers_from_other_ids() -> None:
    document = json.loads(json.dumps(mapping("debian:13", SHIPPED)))
    install = document["package_managers"][0]["commands"]["install"]
    assert (install["command"][0], install["command"][-1]) == ("apt-get", "{}")
    assert install["requires_elevation"] is True
    clang = next(one for one in document["mappings"] if one["id"] == "dep:generic/clang")
    assert clang["specs_from"] == "dep:generic/libclang"


def test_an_id_that_no_recipe_knows_is_told_in_the_plan() -> None:
    host = stock_host("debian:13", SHIPPED)
    found = draft_plan((Need("build", "dep:generic/no-such-thing"),), host, SHIPPED)
    assert [why for _, why in found.unmet] == [
        "buildfix does not have a recipe for dep:generic/no-such-thing"
    ]
