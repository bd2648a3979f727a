"""What CMake runs while it configures: programs, and configure scripts of the tree."""

from __future__ import annotations

from buildfix.analysis.cmake.call import Call
from buildfix.analysis.downloads import download


def execute(call: Call) -> None:
    """Follow execute_process: its output is unknown, a program whose failure is fatal is needed."""
    for key in ("RESULT_VARIABLE", "OUTPUT_VARIABLE", "ERROR_VARIABLE", "RESULTS_VARIABLE"):
        for name in call.after(key)[:1]:
            call.set(name, "0" if key.startswith("RESULT") else None)
    pairs = zip(call.words, call.words[1:], strict=False)
    for program in [after for word, after in pairs if word == "COMMAND"]:
        _run_program(call, program)
    _note_download(call)


_FETCHING = frozenset({"git", "curl", "wget", "svn", "hg"})


def _note_download(call: Call) -> None:
    """Note what a program fetches, whose failure ends the build if that is said."""
    programs = (one.rpartition("/")[2] for one in call.after("COMMAND")[:1])
    if _FETCHING.isdisjoint(programs):
        return
    fatal = "COMMAND_ERROR_IS_FATAL" in call.words
    for word in call.words:
        call.machine.fetch(download("", word, where=call.where, sure=fatal))


def _run_program(call: Call, program: str) -> None:
    """Ask for a program that is run while all is configured; remember whose configure script is."""
    machine = call.machine
    if program in machine.facts.programs_building:
        fatal = "COMMAND_ERROR_IS_FATAL" in call.words and not machine.doubt
        machine.seen.ask(call.probe("tool-missing", program), "sure" if fatal else "optional")
    elif program.rpartition("/")[2] == "configure":
        folder = "".join(call.after("WORKING_DIRECTORY")[:1])
        inside = machine.inside(f"{folder}/{program}" if folder else program)
        if inside and not machine.doubt:
            machine.seen.configured.setdefault(inside.rpartition("/")[0], {})
