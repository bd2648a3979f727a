"""The steps of a plan: a small class for each kind of action, as data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from buildfix.core.cause import Need
from buildfix.core.host import Variables

LookUp = Literal["package lists", "file index"]
StepKind = Literal["packages", "environment", "command", "installer", "manual"]
"""The kinds of the contract; several classes may share one."""
Setting = Literal["rebuild", "constraints", "unisolated", "pins"]
"""What a step may change for the installs that follow it, as the contract names it."""


@dataclass(frozen=True)
class Probe:
    """A command that tells a fact: it ends well and a line of its output matches `pattern`."""

    argv: tuple[str, ...]
    pattern: str


@dataclass(frozen=True)
class Step:
    """One action of a plan. What a class does not have, it answers with nothing."""

    summary: str
    because: tuple[Need, ...] = ()
    afterwards: bool = field(default=False, kw_only=True)
    """Whether it is taken once the import is verified."""

    kind: ClassVar[StepKind]

    @property
    def argv(self) -> tuple[str, ...]:
        """The command that it runs."""
        return ()

    @property
    def env(self) -> Variables:
        """The variables that the command is run with."""
        return ()

    @property
    def privileged(self) -> bool:
        """Whether the command needs root."""
        return False

    @property
    def manager(self) -> str | None:
        """The package manager that it runs."""
        return None

    @property
    def packages(self) -> tuple[str, ...]:
        """The packages that it installs."""
        return ()

    @property
    def variables(self) -> Variables:
        """The variables that the installer gets from then on."""
        return ()

    @property
    def creates(self) -> str | None:
        """A path that exists after the step; where it exists, the step is not needed again."""
        return None

    @property
    def success(self) -> tuple[int, ...]:
        """The exit codes beside 0 that mean success."""
        return ()

    @property
    def looks_up(self) -> LookUp | None:
        """What the command only looks up: the run continues if it fails."""
        return None

    @property
    def undo(self) -> tuple[str, ...]:
        """The command that removes what the step installs."""
        return ()


@dataclass(frozen=True)
class Manual(Step):
    """A step that only a person can take."""

    manager: str | None = None
    packages: tuple[str, ...] = ()
    creates: str | None = None

    kind = "manual"


@dataclass(frozen=True)
class SetVariables(Step):
    """Environment variables for the installs that follow."""

    variables: Variables = ()

    kind = "environment"


@dataclass(frozen=True)
class InstallerStep(Step):
    """A change to the installs that follow; `names` are distributions or requirements."""

    names: tuple[str, ...] = ()

    kind = "installer"
    setting: ClassVar[Setting]


class Rebuild(InstallerStep):
    """Build these distributions from source although they are installed."""

    setting = "rebuild"


class ConstrainBuild(InstallerStep):
    """Apply these requirements to the builds' own ones."""

    setting = "constraints"


class DisableIsolation(InstallerStep):
    """Build these distributions without isolation; `*` is all."""

    setting = "unisolated"


class Pin(InstallerStep):
    """Install these requirements in place of those that name the same projects."""

    setting = "pins"


@dataclass(frozen=True)
class RunCommand(Step):
    """A command."""

    argv: tuple[str, ...] = ()
    env: Variables = ()
    privileged: bool = False
    manager: str | None = None
    success: tuple[int, ...] = ()
    creates: str | None = None
    undo: tuple[str, ...] = ()
    undo_if_new: tuple[str, ...] = ()
    """Folders of which none may exist before the step for `undo` to be right."""
    looks_up: LookUp | None = None

    kind: ClassVar[StepKind] = "command"


@dataclass(frozen=True)
class InstallPackages(RunCommand):
    """Packages of a package manager."""

    packages: tuple[str, ...] = ()

    kind = "packages"


@dataclass(frozen=True)
class RemovePackages(RunCommand):
    """Packages that a package manager removes."""

    removes: tuple[str, ...] = ()


@dataclass(frozen=True)
class CreateEnvironment(RunCommand):
    """The environment to install into, or its pip."""

    target: str = ""
    """The interpreter to install into from then on."""


@dataclass(frozen=True)
class InstallToolchain(RunCommand):
    """A toolchain of the system, whose installer may ask first and go on in the background."""

    discover: Probe | None = None
    """Run before; the named groups of its pattern fill `{…}` in `argv`."""
    marker: str | None = None
    """A file that has to exist while the command runs."""
    until: Probe | None = None
    """What has to hold before the step counts as done."""
    wait: int = 0
    """Seconds that this may take."""


def names_of(steps: Iterable[Step], kind: type[InstallerStep]) -> tuple[str, ...]:
    """Return the names in the steps of one class, in order."""
    return tuple(name for step in steps if isinstance(step, kind) for name in step.names)
