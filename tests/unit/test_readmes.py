"""What the READMEs say: their links lead somewhere, and the worked examples of recipes work."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from buildfix.cli.app import run
from tests.tree import ROOT

READMES = (
    "README.md",
    ".github/CONTRIBUTING.md",
    "recipes/README.md",
    "recipes/README.md",
    "src/buildfix/MANUAL.md",
    "src/buildfix/README.md",
    "tests/README.md",
    "tests/benchmarks/README.md",
    "tests/faults/README.md",
)
_EXAMPLE = re.compile(r"`((?:causes|hosts|projects)/\w+\.toml)`:\n\n```toml\n(.*?)```", re.DOTALL)
_LOG = (
    "checking for zlib.h... no; frobnicate needs it\nERROR: Failed building wheel for frobnicate\n"
)


@pytest.mark.parametrize("name", READMES)
def test_links_and_files_named_in_readmes_exist(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    links = {link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text)}
    assert [one for one in links if not (ROOT / name).parent.joinpath(one).exists()] == []
    if name == "src/buildfix/README.md":
        named = re.findall(r"`((?:\w+/)+\w+\.(?:py|toml))`", text)
        bases = (ROOT, ROOT / "src/buildfix")
        assert len(named) > 20
        assert [one for one in named if not any((base / one).exists() for base in bases)] == []


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    """A folder of recipes with the worked examples of recipes/README.md."""
    found = _EXAMPLE.findall((ROOT / "recipes/README.md").read_text(encoding="utf-8"))
    assert len(found) == 3
    for name, text in found:
        path = tmp_path / "mine" / name
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "mine"


def test_worked_examples_are_valid_recipes(
    examples: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["recipes", "check", str(examples)]) == 0
    assert run(["recipes", "show", "--recipes", str(examples), "frobnicate"]) == 0
    assert "Cython<3" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("system", "package"), [("debian:13", "zlib1g-dev"), ("examplix:1", "zlib-dev")]
)
def test_worked_examples_lead_to_a_remedy(
    examples: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], system: str, package: str
) -> None:
    log = tmp_path / "frobnicate.log"
    log.write_text(_LOG, encoding="utf-8")
    code = run(["explain", "--recipes", str(examples), "--os", system, str(log)])
    said = capsys.readouterr()
    assert code == 0
    assert package in said.out + said.err
