"""The Rust that the index of crates declares for what a Cargo.lock holds."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from buildfix.analysis import Surroundings
from buildfix.core import Need
from buildfix.forecast.locked_crates import with_declared_rust
from buildfix.forecast.requested import Build
from buildfix.machines.local import Completed
from buildfix.target_scripts import crates as crates_script
from buildfix.target_scripts.crates import answer, asks_elsewhere
from tests.unit.sources import KNOWLEDGE, LINUX, WINDOWS, read

REGISTRY = "registry+https://github.com/rust-lang/crates.io-index"
LOCK = f"""
version = 3
[[package]]
name = "mine"
version = "1.0.0"
dependencies = ["a", "near"]
[[package]]
name = "a"
version = "2.0.0"
source = "{REGISTRY}"
dependencies = ["of-windows"]
[[package]]
name = "near"
version = "0.1.0"
[[package]]
name = "of-windows"
version = "0.5.0"
source = "{REGISTRY}"
"""
PROJECT = {
    "pyproject.toml": "[build-system]\nrequires=['maturin']\nbuild-backend='maturin'\n"
    "[project]\nname='mine'\nversion='1'\n",
    "Cargo.toml": "[package]\nname='mine'\nversion='1.0.0'\nedition='2021'\n"
    "[dependencies]\na='2'\nnear={path='near'}\n",
    "near/Cargo.toml": "[package]\nname='near'\nversion='0.1.0'\n",
    "Cargo.lock": LOCK,
}


def need(
    name: str, *features: str, target: str = "", alias: str = "", optional: bool = False
) -> dict[str, Any]:
    """Return what the index says of a dependency."""
    return {
        "name": name,
        "alias": alias or name,
        "target": target,
        "optional": optional,
        "features": list(features or ("default",)),
    }


SAID = [
    {
        "name": "a",
        "version": "2.0.0",
        "rust": "1.81",
        "features": {},
        "needs": [need("of-windows", target="cfg(windows)")],
    },
    {"name": "of-windows", "version": "0.5.0", "rust": "1.90", "needs": [], "features": {}},
]


@dataclass
class Index:
    """A machine whose Python answers for the index of crates."""

    said: Any
    environ: Mapping[str, str]
    asked: Any = None

    def run(self, argv: Any, *_: Any, **__: Any) -> Completed:
        self.asked = json.loads(argv[-1])
        return Completed(0, json.dumps(self.said) if self.said is not None else "", "")


def needed(place: Surroundings, said: Any) -> tuple[Index, str | None]:
    machine = Index(said, {})
    build = Build("mine", read(PROJECT, place))
    python: Any = machine
    (raised,) = with_declared_rust([build], python, "python3", KNOWLEDGE.rust, place)
    rust = [one.need for one in raised.reading.needs if one.need.subject == "rust"]
    assert [need.kind for need in rust] == ["compiler-missing"]
    return machine, rust[0].required


def test_the_newest_rust_that_a_compiled_crate_declares_is_needed() -> None:
    machine, required = needed(LINUX, SAID)
    assert required == ">=1.81"
    assert machine.asked["crates"] == [["a", "2.0.0"], ["of-windows", "0.5.0"]]


def test_crates_of_another_platform_do_not_count() -> None:
    assert needed(WINDOWS, SAID)[1] == ">=1.90"


@pytest.mark.parametrize("said", [[], None])
def test_without_an_answer_the_need_stays_as_the_source_says(said: Any) -> None:
    assert needed(LINUX, said)[1] == ">=1.56"


def package(name: str, *dependencies: str, source: str = REGISTRY) -> str:
    """Return a package of a lock file."""
    at = f'source = "{source}"\n' if source else ""
    return f'[[package]]\nname="{name}"\nversion="1.0.0"\n{at}dependencies={[*dependencies]}\n'


def row(name: str, *needs: dict[str, Any], **features: list[str]) -> dict[str, Any]:
    """Return what the index says of a crate."""
    return {"name": name, "version": "1.0.0", "rust": "", "needs": needs, "features": features}


OPENSSL_LOCK = "version = 4\n" + "".join(
    (
        package("mine", "client", source=""),
        package("client", "tls", "esaxx-rs", "builder"),
        package("tls", "openssl-sys"),
        package("openssl-sys", "openssl-src"),
        *(package(name) for name in ("openssl-src", "esaxx-rs", "cmake")),
        package("builder", "cmake"),
    )
)
CLIENT = "[package]\nname='mine'\nversion='1.0.0'\nedition='2021'\n[dependencies]\nclient='1'\n"
OPENSSL = [
    row(
        "client",
        need("tls", optional=True),
        need("esaxx-rs", "std"),
        need("builder", optional=True),
        default=["secure"],
        secure=["dep:tls", "builder?/fast"],
        copied=["tls/copied"],
    ),
    row("tls", need("openssl-sys"), copied=["openssl-sys/vendored"]),
    row("openssl-sys", need("openssl-src", optional=True), vendored=["openssl-src"]),
    *(row(name) for name in ("openssl-src", "esaxx-rs", "cmake")),
    row("builder", need("cmake")),
]


@pytest.mark.parametrize(
    ("asked", "needs"),
    [
        ("client = '1'", {"pkgconfig-missing:openssl", "tool-missing:pkg-config"}),
        (
            "client = { version = '1', features = ['copied'] }",
            {"tool-missing:perl", "tool-missing:make", "dependency-missing:perl modules"},
        ),
        ("client = { version = '1', default-features = false }", set()),
        (
            "client = { version = '1', default-features = false, features = ['builder'] }",
            {"tool-missing:cmake"},
        ),
    ],
    ids=["linked", "own copy", "without", "cmake"],
)
def test_needs_are_those_of_the_features_that_are_on(asked: str, needs: set[str]) -> None:
    """Neither what is optional in a lock file counts, nor C++ without the feature for it."""
    manifest = f"[package]\nname='mine'\nversion='1.0.0'\nedition='2021'\n[dependencies]\n{asked}\n"
    files = {"pyproject.toml": PROJECT["pyproject.toml"], "Cargo.toml": manifest}
    build = Build("mine", read({**files, "Cargo.lock": OPENSSL_LOCK}, LINUX))
    python: Any = Index(OPENSSL, {})
    (read_again,) = with_declared_rust([build], python, "python3", KNOWLEDGE.rust, LINUX)
    found = {f"{one.need.kind}:{one.need.subject}" for one in read_again.reading.needs}
    assert {one for one in found if not one.startswith("compiler-missing:")} == needs


@pytest.mark.parametrize(("asked", "cxx"), [(["std"], True), ([], False)], ids=["std", "none"])
def test_a_crate_without_an_answer_has_the_features_that_others_ask_of_it(
    asked: list[str], cxx: bool
) -> None:
    files = {**PROJECT, "Cargo.lock": OPENSSL_LOCK, "Cargo.toml": CLIENT}
    client = row("client", {**need("esaxx-rs"), "features": asked})
    python: Any = Index([client], {})
    build = Build("mine", read(files, LINUX))
    (read_again,) = with_declared_rust([build], python, "python3", KNOWLEDGE.rust, LINUX)
    assert (
        Need("compiler-missing", "cxx") in [one.need for one in read_again.reading.needs]
    ) is cxx


def test_a_project_without_crates_asks_nothing() -> None:
    machine = Index([], {})
    build = Build("b", read({"setup.py": "from setuptools import setup\nsetup()\n"}))
    python: Any = machine
    assert with_declared_rust([build], python, "python3", KNOWLEDGE.rust, LINUX) == (build,)
    assert machine.asked is None
    assert Need("compiler-missing", "rust") not in [one.need for one in build.reading.needs]


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("CARGO_HOME", str(tmp_path / "cargo"))
    monkeypatch.delenv("CARGO_NET_OFFLINE", raising=False)
    for place, row in {
        "se/rd/serde": {"vers": "1.0.0", "rust_version": "1.31", "deps": []},
        "3/l/log": {
            "vers": "0.4.1",
            "features2": {"kv": ["dep:kv"]},
            "deps": [
                {
                    "name": "kv",
                    "package": "value-bag",
                    "kind": "normal",
                    "optional": True,
                    "target": "cfg(unix)",
                },
                {"name": "tests", "kind": "dev", "target": None},
            ],
        },
    }.items():
        file = tmp_path / "index" / place
        file.parent.mkdir(parents=True)
        file.write_text(f'{{"vers": "0.0.1"}}\nno JSON\n{json.dumps(row)}\n', encoding="utf-8")
    return (tmp_path / "index").as_uri()


def test_the_index_is_asked_for_each_crate(index: str) -> None:
    crates = [["log", "0.4.1"], ["serde", "1.0.0"], ["serde", "9.9.9"], ["unknown", "1.0.0"]]
    assert answer({"index": index, "crates": crates, "seconds": 5}) == [
        {
            "name": "log",
            "version": "0.4.1",
            "rust": "",
            "features": {"kv": ["dep:kv"]},
            "needs": [need("value-bag", target="cfg(unix)", alias="kv", optional=True)],
        },
        {"name": "serde", "version": "1.0.0", "rust": "1.31", "needs": [], "features": {}},
    ]


class _Pages(BaseHTTPRequestHandler):
    """An index that has every crate but one, and keeps its connections open."""

    protocol_version = "HTTP/1.1"
    connections = 0

    def setup(self) -> None:
        type(self).connections += 1
        super().setup()

    def do_GET(self) -> None:
        body = b'{"vers": "1.0.0", "rust_version": "1.70", "deps": []}\n'
        self.send_response(404 if "absent" in self.path else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.usefixtures("index")
def test_connections_to_an_index_stay_open(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    crates = [[f"crate{number}", "1.0.0"] for number in range(100)]
    with ThreadingHTTPServer(("127.0.0.1", 0), _Pages) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        question: Any = {
            "index": f"http://127.0.0.1:{server.server_port}/index/",
            "crates": [*crates, ["absent-one", "1.0.0"]],
            "seconds": 20,
        }
        answers = answer(question)
        server.shutdown()
    assert [(one["name"], one["rust"]) for one in answers] == [(name, "1.70") for name, _ in crates]
    assert _Pages.connections <= crates_script.AT_ONCE + 2


def test_an_index_that_does_not_answer_is_asked_once(index: str) -> None:
    crates = [["absent", "1.0.0"], ["serde", "1.0.0"]]
    assert answer({"index": index, "crates": crates, "seconds": 5}) == []


def test_an_index_that_is_slow_is_not_waited_for(
    index: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []

    def place(name: str) -> str:
        begun.append(name)
        if name != "a":
            time.sleep(0.2)
        return "se/rd/serde"

    monkeypatch.setattr(crates_script, "place_of", place)
    crates = [["a", "1.0.0"], *([f"b{number}", "1.0.0"] for number in range(200))]
    answers = answer({"index": index, "crates": crates, "seconds": 0.1})
    assert answers[0]["name"] == "a", "what came in time counts"
    assert len(answers) < len(crates)
    time.sleep(0.5)
    assert len(begun) <= 1 + 2 * crates_script.AT_ONCE


def test_a_cargo_that_uses_another_source_is_not_passed_over(
    index: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    question: Any = {"index": index, "crates": [["serde", "1.0.0"]], "seconds": 5}
    assert not asks_elsewhere()
    config = tmp_path / "cargo" / "config.toml"
    config.parent.mkdir()
    config.write_text("[source.crates-io]\nreplace-with = 'mirror'\n", encoding="utf-8")
    assert answer(question) == []
    config.unlink()
    monkeypatch.setenv("CARGO_NET_OFFLINE", "true")
    assert answer(question) == []
