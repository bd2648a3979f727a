"""What is completed on Tab, in each shell's own protocol."""

from __future__ import annotations

import pytest

from buildfix.cli import run


@pytest.fixture
def bash(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Completing:
    return Completing(monkeypatch, capsys)


class Completing:
    """Asks as bash does."""

    def __init__(self, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
        self.patch, self.capsys = patch, capsys

    def __call__(self, *words: str) -> list[str]:
        self.patch.setenv("COMP_WORDS", "\n".join(("buildfix", *words)))
        self.patch.setenv("COMP_CWORD", str(len(words)))
        return self.answer("complete_bash")

    def answer(self, instruction: str) -> list[str]:
        self.patch.setenv("_BUILDFIX_COMPLETE", instruction)
        with pytest.raises(SystemExit):
            run([])
        return self.capsys.readouterr().out.split()


def test_the_first_word_is_a_command_or_a_project_of_the_recipes(bash: Completing) -> None:
    assert {"fix", "doctor", "recipes"} <= set(bash(""))
    assert "lxml" not in bash("")
    assert bash("doct") == ["doctor"]
    assert bash("lx") == ["lxml"]
    assert "psycopg2" in bash("fix", "psyc")


def test_without_a_command_the_options_are_those_of_fix(bash: Completing) -> None:
    assert bash("lxml", "--from") == ["--from-source"]
    assert bash("--yes", "lx") == ["lxml"]
    assert bash("lxml", "doct") == []
    assert bash("pip", "install", "lx") == ["lxml"]


def test_values_are_completed_where_they_are_known(bash: Completing) -> None:
    assert bash("--os", "fed") == ["fedora"]
    assert bash("--installer", "") == ["pip", "uv"]
    assert bash("doctor", "lx") == ["lxml"]
    assert bash("recipes", "sh") == ["show"]


@pytest.mark.parametrize(
    ("instruction", "line", "answer"),
    [
        ("complete_zsh", "buildfix doctor lx", "lxml"),
        ("complete_fish", "buildfix doctor lx", "lxml"),
        ("complete_powershell", "buildfix doctor lx", "lxml"),
        ("complete_zsh", "buildfix recipes ", "check"),
        ("complete_powershell", "buildfix recipes", "check"),
    ],
)
def test_other_shells_get_the_same(
    bash: Completing, instruction: str, line: str, answer: str
) -> None:
    bash.patch.setenv("_TYPER_COMPLETE_ARGS", line)
    bash.patch.setenv("_TYPER_COMPLETE_FISH_ACTION", "get-args")
    last = line.rpartition(" ")[2] if "lx" in line else ""
    bash.patch.setenv("_TYPER_COMPLETE_WORD_TO_COMPLETE", last)
    assert answer in " ".join(bash.answer(instruction))


def test_a_command_line_that_is_not_being_completed_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("_BUILDFIX_COMPLETE", raising=False)
    assert run(["recipes", "list"]) == 0
    assert "systems" in capsys.readouterr().out
