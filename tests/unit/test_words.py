"""The words on the command line."""

from __future__ import annotations

import pytest

from buildfix.cli.words import arrange, split_installer_args

COMMANDS = {"fix", "explain", "doctor", "recipes"}
WITH_VALUE = {"--python", "-r"}


@pytest.mark.parametrize(
    ("typed", "arranged"),
    [
        (["lxml"], ["fix", "lxml"]),
        (["--yes", "lxml"], ["fix", "--yes", "lxml"]),
        (["fix", "lxml"], ["fix", "lxml"]),
        (["--yes", "fix", "lxml"], ["fix", "--yes", "lxml"]),
        (["--python", "fix", "lxml"], ["fix", "--python", "fix", "lxml"]),
        (["-r", "requirements.txt"], ["fix", "-r", "requirements.txt"]),
        (["explain", "-"], ["explain", "-"]),
        (["lxml", "doctor"], ["fix", "lxml", "doctor"]),
        (["--help"], ["--help"]),
        (["lxml", "--help"], ["fix", "lxml", "--help"]),
        ([], []),
    ],
)
def test_a_word_that_is_no_command_is_a_requirement(typed: list[str], arranged: list[str]) -> None:
    assert arrange(typed, COMMANDS, WITH_VALUE) == arranged


def test_what_stands_after_two_dashes_is_the_installers() -> None:
    assert split_installer_args(["lxml", "--", "--pre", "--", "-q"]) == (
        ["lxml"],
        ("--pre", "--", "-q"),
    )
