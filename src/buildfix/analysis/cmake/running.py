"""What CMake runs while it configures: programs, and configure scripts of the tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildfix.analysis.cmake.syntax import Command
from buildfix.analysis.probe_environment import Probe

if TYPE_CHECKING:
    from buildfix.analysis.cmake.interpreter import Interpreter


def execute(machine: Interpreter, command: Command) -> None:
    """Follow execute_process: its output is unknown, a program whose failure is fatal is needed."""
    words = machine.arguments(command.words)
    for key in ("RESULT_VARIABLE", "OUTPUT_VARIABLE", "ERROR_VARIABLE", "RESULTS_VARIABLE"):
        if key in words[:-1]:
            machine.variables[words[words.index(key) + 1]] = (
                "0" if key.startswith("RESULT") else None
            )
    fatal = "COMMAND_ERROR_IS_FATAL" in words
    for place in (place for place, word in enumerate(words[:-1]) if word == "COMMAND"):
        _run_program(
            machine, words[place + 1], _word_after("WORKING_DIRECTORY", words), fatal, command
        )


def _run_program(
    machine: Interpreter, program: str, folder: str, fatal: bool, command: Command
) -> None:
    """Ask for a program that is run while all is configured; remember whose configure script is."""
    if program in machine.survey.facts.programs_building:
        probe = Probe("tool-missing", program, where=machine.where(command))
        machine.seen.ask(probe, "optional" if machine.doubt or not fatal else "sure")
    elif program.rpartition("/")[2] == "configure":
        inside = machine.inside(f"{folder}/{program}" if folder else program)
        if inside and not machine.doubt:
            machine.seen.configured.add(inside.rpartition("/")[0])


def _word_after(keyword: str, words: list[str]) -> str:
    return words[words.index(keyword) + 1] if keyword in words[:-1] else ""
