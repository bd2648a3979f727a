"""All errors that buildfix raises itself, one class for each kind, each with its exit code.

A message says in one line what happened, what was left unchanged, and what to do next. The command
line prints it instead of a traceback. Exit codes are those of the contract.
"""

from __future__ import annotations

from buildfix.core.program import own_command


class BuildfixError(Exception):
    """The base class: the build could not be fixed."""

    exit_code = 1
    code = "failed"
    """The name of this kind of error in JSON."""

    def __init__(self, happened: str, *, do: str = "", unchanged: str = "Nothing was changed."):
        """Set what happened, what to `do` next, and what was left `unchanged`."""
        super().__init__(" ".join(filter(None, (happened, unchanged, do))))
        self.happened = happened
        self.unchanged = unchanged
        self.do = do


class UsageError(BuildfixError):
    """The command line is not a valid request; it is clear that nothing was changed."""

    exit_code = 2
    code = "usage"

    def __init__(self, happened: str, *, do: str = "", unchanged: str = ""):
        """Set what happened, and what to `do` next."""
        super().__init__(happened, do=do, unchanged=unchanged)


class RecipeError(BuildfixError):
    """A recipe is invalid; names the file and the key."""

    exit_code = 2
    code = "recipe"

    def __init__(self, where: str, problem: str):
        """Name the file and key (`where`) and the `problem`."""
        super().__init__(
            f"recipe {where}: {problem}.",
            do=f"Correct it, then run `{own_command('recipes check')}`.",
        )


class TargetError(BuildfixError):
    """The target interpreter cannot be used."""

    code = "target"


class MachineError(BuildfixError):
    """Another machine cannot be reached or used."""

    code = "machine"


class PersonNeeded(BuildfixError):
    """Only a person can continue: privileges, consent, a dialog."""

    exit_code = 4
    code = "person-needed"


class CommandNotFound(BuildfixError):
    """A program that must be run is not installed."""

    code = "command-not-found"


class Interrupted(BuildfixError):
    """A run was stopped from outside before it could determine what was changed."""

    exit_code = 130
    code = "interrupted"
