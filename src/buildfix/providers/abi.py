"""What puts a module right that was built against something else than what is here."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from buildfix.core import DisableIsolation, Host, Need, Rebuild, Step
from buildfix.installers.by_name import unavailable
from buildfix.installers.request_items import project_of
from buildfix.installers.requirements import LEGACY_REQUIRES
from buildfix.providers.isolation import Builds, install_step


def rebuild_steps(need: Need, broken: str, host: Host, builds: Builds) -> Iterator[Step]:
    """Yield the steps that build a distribution anew, against what is here.

    `broken` is its name, or name and version. A wheel gets the other half of its pair instead,
    where nobody asked for another. What this run built itself, in isolation, would come out the
    same again: it is built in the target environment then, where its library is.
    """
    if builds.pair:
        summary = (
            f"Install {builds.pair}, the version that {broken} was built with, into the "
            "target environment"
        )
        yield install_step(summary, (need,), (builds.pair,), host)
        return
    project = canonicalize_name(Requirement(broken).name)
    library = builds.against or need.subject
    declared = {canonicalize_name(name): tuple(v) for name, v in builds.requires.items()}
    others = tuple(one for one in declared.get(project, ()) if not _names(one, library))
    needed = (*LEGACY_REQUIRES, *others, *builds.held)
    fetched = not any(unavailable(one, host.fetch) for one in needed)
    if project in declared and fetched and not builds.unisolated:
        yield install_step(
            (
                f"Install the build requirements of {broken} into the target environment, "
                f"except {library}"
            ),
            (need,),
            needed,
            host,
        )
        yield DisableIsolation(
            f"Build without isolation, against the installed {library}", (need,), names=(project,)
        )
    yield Rebuild(
        f"Rebuild {broken} from source, against the installed libraries", (need,), names=(broken,)
    )


def _names(requirement: str, project: str) -> bool:
    """Say whether a requirement brings a project: `oldest-supported-numpy` brings numpy."""
    return canonicalize_name(project) in (project_of(requirement) or "")
