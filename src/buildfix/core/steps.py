"""The steps of a plan: a small class for each kind of action, as data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from typing import ClassVar, Literal

from buildfix.core.cause import Need
from buildfix.core.evidence import RemedyRecord
from buildfix.core.host import Variables
from buildfix.core.light_dataclass import dataclass

LookUp = Literal["package lists", "file index"]
StepKind = Literal["packages", "environment", "command", "installer", "manual"]
"""The kinds of step in the contract; several classes may share one."""
Setting = Literal["rebuild", "constraints", "unisolated", "pins"]
"""What a step may change for later installs, by its name in the contract."""


@dataclass(frozen=True)
class Probe:
    """A command that tests a fact: it succeeds, and a line of its output matches `pattern`."""

    argv: tuple[str, ...]
    pattern: str


@dataclass(frozen=True)
class Step:
    """One action of a plan. Attributes that a class does not have are empty."""

    summary: str
    because: tuple[Need, ...] = ()
    afterwards: bool = field(default=False, kw_only=True)
    """Whether it is applied after the import is verified."""
    evidence: tuple[tuple[RemedyRecord, str], ...] = field(default=(), kw_only=True, compare=False)
    """What became of it before on the same system, and people's name of that."""

    kind: ClassVar[StepKind]

    def names_for(self, need: Need) -> tuple[str, ...]:
        """Return what it does for one of its needs, as records of remedies name it."""
        return (self.summary,) if need in self.because else ()

    @property
    def argv(self) -> tuple[str, ...]:
        """The command that it runs."""
        return ()

    @property
    def env(self) -> Variables:
        """The variables to run the command with."""
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
        """A path that exists after the step; if it exists, the step is not needed."""
        return None

    @property
    def success(self) -> tuple[int, ...]:
        """Exit codes other than 0 that also mean success."""
        return ()

    @property
    def looks_up(self) -> LookUp | None:
        """What the command only looks up: if it fails, the run continues."""
        return None

    @property
    def undo(self) -> tuple[str, ...]:
        """The command that removes what the step installs."""
        return ()


@dataclass(frozen=True)
class Manual(Step):
    """A step that only a person can perform."""

    manager: str | None = None
    packages: tuple[str, ...] = ()
    creates: str | None = None

    kind = "manual"


@dataclass(frozen=True)
class SetVariables(Step):
    """Environment variables for later installs."""

    variables: Variables = ()

    kind = "environment"


@dataclass(frozen=True)
class InstallerStep(Step):
    """A change to later installs; `names` are distributions or requirements."""

    names: tuple[str, ...] = ()

    kind = "installer"
    setting: ClassVar[Setting]


class Rebuild(InstallerStep):
    """Build these distributions from source even if they are installed."""

    setting = "rebuild"


class ConstrainBuild(InstallerStep):
    """Apply these constraints to build requirements."""

    setting = "constraints"


class DisableIsolation(InstallerStep):
    """Build these distributions without isolation; `*` means all."""

    setting = "unisolated"


class Pin(InstallerStep):
    """Install these requirements instead of the requested ones on the same projects."""

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
    """`undo` is only correct if none of these folders existed before the step."""
    looks_up: LookUp | None = None

    kind: ClassVar[StepKind] = "command"


@dataclass(frozen=True)
class Transaction:
    """What an installation of packages would do, as the package manager says."""

    packages: int
    """How many packages it would install or upgrade."""
    download: int | None = None
    """Bytes; None if the manager does not say."""
    disk: int | None = None
    """Bytes that are used afterwards, in addition."""
    versions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class InstallPackages(RunCommand):
    """Packages of a package manager."""

    packages: tuple[str, ...] = ()
    typed: tuple[str, ...] = field(default=(), compare=False)
    """The command as a person types it, without the options that only scripts need."""
    purposes: tuple[tuple[str, tuple[Need, ...]], ...] = field(default=(), compare=False)
    """Packages, each with the needs that it meets."""
    transaction: Transaction | None = field(default=None, compare=False)
    """What the package manager says about it, if it was asked."""

    kind = "packages"

    def names_for(self, need: Need) -> tuple[str, ...]:
        """Return the packages that it installs for one of its needs, each as a remedy.

        What most of its needs have in common, such as a compiler, is not meant by the others.
        """
        needed = {name: len(needs) for name, needs in self.purposes if need in needs}
        own = (name for name, needs in needed.items() if needs == min(needed.values()))
        found = tuple(package_remedy(name, self.manager or "") for name in own)
        return found or super().names_for(need)


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
    """A system toolchain, whose installer may ask questions or continue in the background."""

    discover: Probe | None = None
    """A command to run first; its pattern's named groups fill `{…}` in `argv`."""
    marker: str | None = None
    """A file that must exist while the command runs."""
    until: Probe | None = None
    """What must be true before the step counts as done."""
    wait: int = 0
    """How many seconds that may take."""


def package_remedy(package: str, manager: str) -> str:
    """Return the installation of a package, as records of remedies name it."""
    return f"Install {package}{f' with {manager}' if manager else ''}"


def names_of(steps: Iterable[Step], kind: type[InstallerStep]) -> tuple[str, ...]:
    """Return the names in the steps of one class, in order."""
    return tuple(name for step in steps if isinstance(step, kind) for name in step.names)
