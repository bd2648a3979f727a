"""All that can go wrong by itself, one class per kind of end, each with its exit code.

A message says what happened, what was left unchanged and what to do next, in one line. The
command line prints it; nobody sees a traceback. Exit codes are the contract's.
"""

from __future__ import annotations


class BuildfixError(Exception):
    """The base of them all: could not be fixed."""

    exit_code = 1
    code = "failed"
    """How a script calls this kind of end."""

    def __init__(self, happened: str, *, do: str = "", unchanged: str = "Nothing was changed."):
        """Say what happened, what to `do` next, and what was left unchanged."""
        super().__init__(" ".join(filter(None, (happened, unchanged, do))))
        self.happened = happened
        self.unchanged = unchanged
        self.do = do


class UsageError(BuildfixError):
    """The words on the command line do not make a request."""

    exit_code = 2
    code = "usage"


class RecipeError(BuildfixError):
    """A recipe cannot be read; names the file and the key."""

    exit_code = 2
    code = "recipe"

    def __init__(self, where: str, problem: str):
        """Name the file and key `where` there is a `problem`."""
        super().__init__(
            f"recipe {where}: {problem}.",
            do="Correct it, or see `buildfix recipes check`.",
        )


class TargetError(BuildfixError):
    """The target interpreter cannot be used."""

    code = "target"


class MachineError(BuildfixError):
    """Another machine cannot be reached, or cannot be used."""

    code = "machine"


class PersonNeeded(BuildfixError):
    """Only a person can go on: privileges, consent, a dialog."""

    exit_code = 4
    code = "person-needed"


class CommandNotFound(BuildfixError):
    """A program that has to be run is not there."""

    code = "command-not-found"


class Interrupted(BuildfixError):
    """A run was ended from outside, and it is not known what it had changed."""

    exit_code = 130
    code = "interrupted"
