"""What environment modules have of what a plan would install as packages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from buildfix.core import InstallPackages, Step
from buildfix.engine.session import Session
from buildfix.platforms.environment_modules import module_names, module_system
from buildfix.providers.needs import capabilities_of


def module_note(session: Session, steps: Sequence[Step]) -> Iterator[str]:
    """Yield which modules to load first, where they have what packages are to provide."""
    wanted = {
        capability.id: capability
        for step in steps
        if isinstance(step, InstallPackages)
        for need in step.because
        for capability in capabilities_of(need, session.knowledge)[:1]
    }
    system = module_system(session.machine) if wanted and session.local else None
    if system is None:
        return
    called = {name for capability in wanted.values() for name in module_names(capability)}
    have = [name for name in system.names if name.lower() in called]
    if have:
        yield (
            f"{system.title} has {', '.join(have)} on this machine: run `{system.load} "
            f"{' '.join(have)}` before anything is installed, then run buildfix again."
        )
