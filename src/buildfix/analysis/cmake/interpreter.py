"""Following a CMake project's commands; both branches where a condition is unknown."""

from __future__ import annotations

import posixpath
import re

from buildfix.analysis.cmake.commands import COMMANDS
from buildfix.analysis.cmake.conditions import Answer, decide
from buildfix.analysis.cmake.syntax import Command, Word, parse
from buildfix.analysis.probe_environment import ProbeEnvironment
from buildfix.analysis.survey import Survey
from buildfix.analysis.symbolic_run import GaveUp, Left, SymbolicRun
from buildfix.platforms.surroundings import Surroundings

MAX_STEPS = 100_000
MAX_DEPTH = 40
MAX_VALUE = 50_000
_VARIABLE = re.compile(r"\$(ENV|CACHE)?\{([^${}]*)\}")
_ROOT = "/source"


class Returned(Left):
    """A return(), which ends the file or function."""


class Interpreter(SymbolicRun[str | None]):
    """One run of a project in one imagined world."""

    def __init__(
        self, survey: Survey, world: ProbeEnvironment, folder: str, defined: dict[str, str]
    ):
        """Follow the project in a folder of the tree, with these variables set from outside."""
        variables = {**_first_variables(survey.surroundings, folder), **defined}
        super().__init__(survey, world, folder, variables)
        self.file = ""
        self.targets: set[str] = set()
        self.packages: set[str] = set()
        """Beginnings of the variables that a package that was found may set."""
        self.fetched = False
        self._functions: dict[str, Command] = {}
        self._steps = 0
        self._depth = 0

    def run_folder(self, folder: str) -> None:
        """Follow a folder's CMakeLists.txt; raises GaveUp where it ends with an error."""
        before = self.folder
        self.folder = folder
        self.variables["CMAKE_CURRENT_SOURCE_DIR"] = self.variables["CMAKE_CURRENT_LIST_DIR"] = (
            posixpath.join(_ROOT, folder)
        )
        self.run_file(posixpath.join(folder, "CMakeLists.txt"))
        self.folder = before
        self.variables["CMAKE_CURRENT_SOURCE_DIR"] = self.variables["CMAKE_CURRENT_LIST_DIR"] = (
            posixpath.join(_ROOT, before)
        )

    def run_file(self, file: str) -> bool:
        """Follow a file of the tree; say whether there is one."""
        text = self.survey.tree.text(file)
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
            self._steps += 1
            if self._steps > MAX_STEPS:
                raise GaveUp("", "too long")
            self._command(command)

    def where(self, command: Command) -> str:
        """Return where a command stands, for people."""
        return f"{self.file}:{command.line}"

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
        return inside in self.survey.tree.names() or inside in self.survey.folders

    def inside(self, path: str) -> str | None:
        """Return a path as the tree names it, None where it leaves the tree."""
        plain = posixpath.normpath(posixpath.join(_ROOT, self.folder, path))
        return plain[len(_ROOT) + 1 :] if plain.startswith(_ROOT + "/") else None

    def expand(self, word: Word) -> str | None:
        """Return an argument with its variables replaced, None where one is unknown."""
        text = word.text
        if word.raw or "$" not in text:
            return text if word.raw or "\\" not in text else re.sub(r"\\(.)", r"\1", text)
        for _ in range(10):
            match = _VARIABLE.search(text)
            if match is None or len(text) > MAX_VALUE:
                break
            value = "" if match[1] else self.variable(match[2])
            if value is None:
                return None
            text = text[: match.start()] + value + text[match.end() :]
        return text if len(text) <= MAX_VALUE else None

    def arguments(self, words: list[Word]) -> list[str]:
        """Return a command's arguments, lists split, what is unknown left out."""
        result: list[str] = []
        for word in words:
            text = self.expand(word)
            if text is None:
                continue
            if word.quoted:
                result.append(text)
            else:
                result += [part for part in text.split(";") if part]
        return result

    def _command(self, command: Command) -> None:
        if command.name == "if":
            self._if(
                [
                    (command.words, command.body),
                    *(
                        (one.words if one.name == "elseif" else None, one.body)
                        for one in command.otherwise
                    ),
                ]
            )
        elif command.name == "foreach":
            self._foreach(command)
        elif command.name in ("function", "macro"):
            names = self.arguments(command.words)
            if names:
                self._functions[names[0].lower()] = command
        elif command.name == "block":
            self.run(command.body)
        elif command.name == "return":
            raise Returned
        elif command.name in self._functions:
            self._call(self._functions[command.name], command)
        elif command.name in COMMANDS:
            COMMANDS[command.name](self, command)

    def _if(self, branches: list[tuple[list[Word] | None, list[Command]]]) -> None:
        if not branches:
            return
        words, body = branches[0]
        holds = True if words is None else decide(words, self)
        if holds is True:
            self.run(body)
        elif holds is False:
            self._if(branches[1:])
        else:
            self.either(lambda: self.run(body), lambda: self._if(branches[1:]))

    def joined(
        self, one: dict[str, str | None], other: dict[str, str | None]
    ) -> dict[str, str | None]:
        """Return the variables, unknown where they differ."""
        return {
            name: one.get(name) if one.get(name) == other.get(name) else None
            for name in {**one, **other}
        }

    def _foreach(self, command: Command) -> None:
        words = self.arguments(command.words)
        if not words:
            return
        name, rest = words[0], words[1:]
        if rest[:1] == ["IN"]:
            items: list[str] = []
            mode = ""
            for word in rest[1:]:
                if word in ("LISTS", "ITEMS", "ZIP_LISTS"):
                    mode = word
                elif mode == "LISTS":
                    items += [part for part in (self.variable(word) or "").split(";") if part]
                else:
                    items.append(word)
        elif rest[:1] == ["RANGE"]:
            items = []
        else:
            items = rest
        for item in items[:500]:
            self.variables[name] = item
            self.run(command.body)

    def _call(self, function: Command, command: Command) -> None:
        if self._depth > MAX_DEPTH:
            return
        names = self.arguments(function.words)[1:]
        args = self.arguments(command.words)
        saved = dict(self.variables)
        bound = dict(zip(names, args, strict=False))
        bound.update({f"ARGV{number}": arg for number, arg in enumerate(args)})
        bound.update(ARGN=";".join(args[len(names) :]), ARGV=";".join(args), ARGC=str(len(args)))
        self.variables.update(bound)
        self._depth += 1
        try:
            self.run(function.body)
        except Returned:
            pass
        finally:
            self._depth -= 1
        if function.name == "macro":
            for name in bound:
                if name in saved:
                    self.variables[name] = saved[name]
                else:
                    self.variables.pop(name, None)
        else:
            raised = {
                name[7:]: value
                for name, value in self.variables.items()
                if name.startswith("PARENT:")
            }
            self.variables = {**saved, **raised}


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
    root = posixpath.join(_ROOT, folder)
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
        CMAKE_VERSION="4.0.0",
        CMAKE_SIZEOF_VOID_P="8" if here.is_64bit else "4",
        CMAKE_GENERATOR="Ninja",
        CMAKE_COMMAND="cmake",
    )
    return values
