"""What a log says about a failed build."""

from __future__ import annotations

from buildfix.core.cause import Cause, Phase
from buildfix.core.light_dataclass import dataclass
from buildfix.core.steps import Step


@dataclass(frozen=True)
class Diagnosis:
    """What a log says: the first cause, further causes, the project and the phase."""

    failed: bool
    project: str | None = None
    phase: Phase | None = None
    cause: Cause | None = None
    also: tuple[Cause, ...] = ()
    excerpt: tuple[tuple[int, str], ...] = ()
    """The relevant lines around the cause, with their numbers."""
    says: str = ""
    """The cause in a sentence for people."""
    advice: str = ""
    """What a person can do about it if buildfix cannot do anything."""
    never: tuple[str, ...] = ()
    """What people try that never helps."""
    alternatives: tuple[Cause, ...] = ()
    """Other readings, at most two, where the confidence is low."""
    remedies: tuple[Step, ...] = ()
    """What would fix it on one host, if that was asked for."""
    facts: tuple[tuple[str, str], ...] = ()
    """What the log tells of its system, its front end and its Python, by the name of the fact."""

    @property
    def causes(self) -> tuple[Cause, ...]:
        """The first cause and the further causes."""
        return (self.cause, *self.also) if self.cause else self.also

    @property
    def other_readings(self) -> tuple[Cause, ...]:
        """The alternatives that are not further causes as well."""
        further = {cause.identity for cause in self.also}
        return tuple(cause for cause in self.alternatives if cause.identity not in further)

    @property
    def known(self) -> bool:
        """Whether the cause was recognized."""
        return self.cause is not None and self.cause.kind != "unknown"
