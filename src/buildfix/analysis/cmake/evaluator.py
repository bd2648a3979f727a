"""Following a CMake project's commands; both branches where a condition is unknown."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass

from buildfix.analysis.cmake.call import Call, split_list
from buildfix.analysis.cmake.commands import COMMANDS
from buildfix.analysis.cmake.conditions import Answer, decide
from buildfix.analysis.cmake.fetching import OF_CPM, Declared
from buildfix.analysis.cmake.syntax import Command, Word, parse
from buildfix.analysis.probe_environment import ProbeEnvironment
from buildfix.analysis.survey import Survey
from buildfix.analysis.symbolic_run import Returned, Seen, SymbolicRun, replace_all
from buildfix.analysis.symbolic_values import ROOT, in_tree
from buildfix.platforms.surroundings import Surroundings

MAX_DEPTH = 40
MAX_VALUE = 50_000
_VARIABLE = re.compile(r"\$(ENV|CACHE)?\{([^${}]*)\}")


@dataclass(frozen=True)
class Project:
    """What is followed: a folder of the tree, with variables set from outside."""

    folder: str
    defined: dict[str, str]


class Interpreter(SymbolicRun[str | None, Seen]):
    """One run of a project in one imagined world."""

    unknown = None

    def __init__(self, survey: Survey, world: ProbeEnvironment, steps: int, project: Project):
        """Follow a project of the survey's tree."""
        super().__init__(survey, world, steps, Seen())
        self.folder = project.folder
        self.variables: dict[str, str | None] = {
            **_first_variables(survey.surroundings, project.folder),
            "CMAKE_VERSION": survey.facts.versions.get("cmake"),
            **project.defined,
        }
        self.outer: dict[str, str | None] = {}
        """What a function sets for its caller."""
        self.file = ""
        self.targets: set[str] = set()
        self.packages: set[str] = set()
        """Beginnings of the variables that a package that was found may set."""
        self.fetched = False
        self.declared: dict[str, Declared] = {}
        """What FetchContent may fetch, by its name in lower case."""
        self._functions: dict[str, Command] = {}
        self._depth = 0

    def start(self) -> None:
        """Follow the project's CMakeLists.txt."""
        self.run_folder(self.folder)

    def run_folder(self, folder: str) -> None:
        """Follow a folder's CMakeLists.txt; raises GaveUp where it ends with an error."""
        before = self.folder
        self._enter(folder)
        self.run_file(posixpath.join(folder, "CMakeLists.txt"))
        self._enter(before)

    def _enter(self, folder: str) -> None:
        self.folder = folder
        for name in ("CMAKE_CURRENT_SOURCE_DIR", "CMAKE_CURRENT_LIST_DIR"):
            self.variables[name] = posixpath.join(ROOT, folder)

    def run_file(self, file: str) -> bool:
        """Follow a file of the tree; say whether there is one."""
        text = self.tree.text(file)
        if text is None or self._depth > MAX_DEPTH:
            return text is not None
        before, self.file = self.file, file
        self._depth += 1
        try:
            self.run(parse(text))
        except Returned:
            pass
        finally:
            self.file = before
            self._depth -= 1
        return True

    def run(self, commands: list[Command]) -> None:
        """Follow commands."""
        for command in commands:
            self.step()
            self._command(command)

    def variable(self, name: str) -> str | None:
        """Return a variable's value, None where it is unknown; empty where it is unset."""
        return self.variables.get(name, None if self._of_package(name) else "")

    def known(self, name: str) -> bool:
        """Say whether a variable is set, or may be."""
        return name in self.variables or self._of_package(name)

    def _of_package(self, name: str) -> bool:
        return "_" in name and name.partition("_")[0].lower() in self.packages

    def target(self, name: str) -> Answer:
        """Say whether a target was made or imported."""
        if name in self.targets:
            return True
        return None if self.fetched or self.packages else False

    def exists(self, path: str) -> Answer:
        """Say whether a path exists in the tree."""
        inside = self.inside(path)
        if inside is None:
            return False
        return inside in self.tree.names() or inside in self.survey.folders

    def inside(self, path: str) -> str | None:
        """Return a path as the tree names it, None where it leaves the tree."""
        return in_tree(posixpath.join(self.folder, path)) or None

    def expand(self, word: Word) -> str | None:
        """Return an argument with its variables replaced, None where one is unknown."""
        text = word.text
        if word.raw:
            return text
        if "$" not in text:
            return re.sub(r"\\(.)", r"\1", text)
        for _ in range(10):
            match = _VARIABLE.search(text)
            if match is None or len(text) > MAX_VALUE:
                break
            value = "" if match[1] else self.variable(match[2])
            if value is None:
                return None
            text = text[: match.start()] + value + text[match.end() :]
        return text if len(text) <= MAX_VALUE else None

    def _arguments(self, command: Command) -> list[str]:
        """Return a command's arguments, lists split, what is unknown left out."""
        return self._call(command).words

    def _call(self, command: Command) -> Call:
        args = [self.expand(word) for word in command.words]
        words: list[str] = []
        for word, text in zip(command.words, args, strict=True):
            if word.quoted:
                words += [] if text is None else [text]
            else:
                words += split_list(text)
        where = f"{self.file}:{command.line}"
        return Call(self, args, where=where, name=command.name, words=words)

    def _command(self, command: Command) -> None:
        if command.name in _BLOCKS:
            _BLOCKS[command.name](self, command)
        elif command.name in self._functions:
            self._run_function(self._functions[command.name], self._arguments(command))
        elif command.name in COMMANDS:
            COMMANDS[command.name](self._call(command))

    def define(self, command: Command) -> None:
        """Remember a function or macro, unless what it does is known."""
        for name in self._arguments(command)[:1]:
            if name.lower() not in OF_CPM:
                self._functions[name.lower()] = command

    def leave(self, _command: Command) -> None:
        """End the file or function; raises Returned."""
        raise Returned

    def choose(self, command: Command) -> None:
        """Follow the branch of an `if` that is taken, each where nobody knows which one."""
        elses = [(one.words if one.name == "elseif" else None, one) for one in command.otherwise]
        self._if([(command.words, command), *elses])

    def _if(self, branches: list[tuple[list[Word] | None, Command]]) -> None:
        if not branches:
            return
        (words, block), *rest = branches
        holds = True if words is None else decide(words, self)
        if holds is None:
            self.either(self.variables, lambda: self.run(block.body), lambda: self._if(rest))
        elif holds:
            self.run(block.body)
        else:
            self._if(rest)

    def join(self, one: str | None, other: str | None) -> str | None:
        """Return a variable's value, unknown where it may be the one or the other."""
        return one if one == other else None

    def loop(self, command: Command) -> None:
        """Follow a `foreach`."""
        name, *rest = self._arguments(command) or [""]
        mode, listed = "", rest[1:] if rest[:1] == ["IN"] else rest
        items: list[str] = []
        for word in listed if rest[:1] != ["RANGE"] else ():
            if listed is not rest and word in ("LISTS", "ITEMS", "ZIP_LISTS"):
                mode = word
            else:
                items += split_list(self.variable(word)) if mode == "LISTS" else [word]
        for item in items[:500]:
            self.variables[name] = item
            self.run(command.body)

    def _run_function(self, function: Command, args: list[str]) -> None:
        if self._depth > MAX_DEPTH:
            return
        names = self._arguments(function)[1:]
        saved, outer = dict(self.variables), self.outer
        bound = dict(zip(names, args, strict=False))
        bound.update({f"ARGV{number}": arg for number, arg in enumerate(args)})
        bound.update(ARGN=";".join(args[len(names) :]), ARGV=";".join(args), ARGC=str(len(args)))
        self.variables.update(bound)
        self.outer = outer if function.name == "macro" else {}
        self._depth += 1
        try:
            self.run(function.body)
        except Returned:
            pass
        finally:
            self._depth -= 1
            raised, self.outer = self.outer, outer
        if function.name == "macro":
            for name in bound:
                self.variables.pop(name, None)
                self.variables.update({name: saved[name]} if name in saved else {})
        else:
            replace_all(self.variables, {**saved, **raised})


_BLOCKS: dict[str, Callable[[Interpreter, Command], None]] = {
    "if": Interpreter.choose,
    "foreach": Interpreter.loop,
    "function": Interpreter.define,
    "macro": Interpreter.define,
    "block": lambda machine, command: machine.run(command.body),
    "return": Interpreter.leave,
}


def _first_variables(here: Surroundings, folder: str) -> dict[str, str | None]:
    """Return what CMake sets before a project says anything."""
    windows, darwin, linux = here.is_windows, here.system == "darwin", here.system == "linux"
    compiler = {"gcc": "GNU", "clang": "AppleClang" if darwin else "Clang", "msvc": "MSVC"}.get(
        here.compiler, "GNU"
    )
    flags = {
        "UNIX": not windows,
        "WIN32": windows,
        "APPLE": darwin,
        "LINUX": linux,
        "MSVC": here.compiler == "msvc",
        "CMAKE_COMPILER_IS_GNUCC": compiler == "GNU",
        "CMAKE_COMPILER_IS_GNUCXX": compiler == "GNU",
    }
    root = posixpath.join(ROOT, folder)
    values: dict[str, str | None] = {name: "1" for name, holds in flags.items() if holds}
    values.update(
        CMAKE_SYSTEM_NAME=here.platform_name,
        CMAKE_HOST_SYSTEM_NAME=here.platform_name,
        CMAKE_SYSTEM_PROCESSOR=here.arch,
        CMAKE_HOST_SYSTEM_PROCESSOR=here.arch,
        CMAKE_C_COMPILER_ID=compiler,
        CMAKE_CXX_COMPILER_ID=compiler,
        CMAKE_C_COMPILER_VERSION=None,
        CMAKE_CXX_COMPILER_VERSION=None,
        CMAKE_SOURCE_DIR=root,
        PROJECT_SOURCE_DIR=root,
        CMAKE_CURRENT_SOURCE_DIR=root,
        CMAKE_CURRENT_LIST_DIR=root,
        CMAKE_BINARY_DIR="/build",
        CMAKE_CURRENT_BINARY_DIR="/build",
        CMAKE_BUILD_TYPE="Release",
        CMAKE_SIZEOF_VOID_P="8" if here.is_64bit else "4",
        CMAKE_GENERATOR="Ninja",
        CMAKE_COMMAND="cmake",
    )
    return values
