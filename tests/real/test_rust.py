"""Rust by rustup, for real, in bare Debian roots; toolchains come from rustup's server.

Long: `BUILDFIX_LONG=1 python -m pytest tests/real/test_rust.py`. Projects of the index that are
written in Rust are among the cases of `tests/real/long`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.bed import BUILDFIX, BareRoot, Stack
from tests.real.users import PROJECT, PYTHON, USER, put, with_user

pytestmark = [
    pytest.mark.bed,
    pytest.mark.slow,
    pytest.mark.skipif("BUILDFIX_LONG" not in os.environ, reason="long; BUILDFIX_LONG=1 runs it"),
]

NEEDS = "1.97"
"""Newer than the Rust of any package of Debian 13."""
MINE = {
    "pyproject.toml": """
[build-system]
requires = ["setuptools", "setuptools-rust"]
build-backend = "setuptools.build_meta"
[project]
name = "mine"
version = "1"
[tool.setuptools]
packages = ["mine"]
[[tool.setuptools-rust.ext-modules]]
target = "mine._ext"
binding = "NoBinding"
""",
    "Cargo.toml": f"""
[package]
name = "mine"
version = "1.0.0"
edition = "2024"
rust-version = "{NEEDS}"
[lib]
crate-type = ["cdylib"]
path = "lib.rs"
""",
    "lib.rs": """
unsafe extern "C" { fn PyModuleDef_Init(def: *mut [usize; 13]) -> *mut u8; }
static mut DEF: [usize; 13] = [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
#[unsafe(no_mangle)]
pub extern "C" fn PyInit__ext() -> *mut u8 {
    unsafe { (&raw mut DEF).cast::<usize>().add(5).write(c"_ext".as_ptr() as usize) };
    unsafe { PyModuleDef_Init(&raw mut DEF) }
}
""",
    "mine/__init__.py": "from mine import _ext\n",
}


@pytest.fixture
def home(bed_layer: Callable[[str], Stack]) -> Iterator[BareRoot]:
    """Give a trixie with a C compiler and a user without root, who has a project in Rust."""
    with BareRoot(with_user("rust-user", bed_layer("trixie"))) as root:
        put(root, PROJECT, MINE, USER)
        yield root


def built(root: BareRoot, **env: str) -> dict[str, Any]:
    """Return the report of buildfix, run by the user on the project."""
    words = ("--yes", "--json", "--python", PYTHON, PROJECT)
    done = root.run([BUILDFIX, "fix", *words], env=env, user=USER, timeout=900)
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def test_rustup_brings_what_no_package_has_without_root(home: BareRoot) -> None:
    profiles = {name: home.path(f"/home/{USER}/{name}").read_text() for name in (".profile",)}
    report = built(home)
    assert report["outcome"] == "installed", report["reason"]
    assert len(report["attempts"]) == 1
    assert [step["kind"] for step in report["applied"]] == ["command", "command", "environment"]
    assert home.path(f"/home/{USER}/.cargo/bin/rustc").exists()
    assert profiles == {name: home.path(f"/home/{USER}/{name}").read_text() for name in profiles}
    home.check(["rm", "-rf", f"/home/{USER}/v"])
    home.check(["su", USER, "-c", f"python3 -m venv /home/{USER}/v"])
    again = built(home)
    assert [step["kind"] for step in again["applied"]] == ["environment"]
    assert again["outcome"] == "installed"


@pytest.mark.parametrize("variable", ["RUSTUP_UPDATE_ROOT", "RUSTUP_DIST_SERVER"])
def test_a_mirror_that_has_it_not_changes_nothing(home: BareRoot, variable: str) -> None:
    report = built(home, **{variable: "http://127.0.0.1:9/rustup", "RUSTUP_MAX_RETRIES": "1"})
    assert report["outcome"] == "unfixed"
    assert "nothing was changed" in report["reason"]
    assert not home.path(f"/home/{USER}/.cargo").exists()
    assert not home.path(f"/home/{USER}/.rustup").exists()
