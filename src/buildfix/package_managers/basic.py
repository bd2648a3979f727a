"""What managers have in common that fetch their lists by themselves and have no index of files."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from buildfix.core import Command, Need
from buildfix.machines.local import Machine
from buildfix.package_managers.base import AnsibleModule, IndexFetch, Owner


class Plain:
    """A manager whose installations fetch what they need, and which cannot be asked for files."""

    privileged = False
    removes = False
    ansible: AnsibleModule | None = None
    ansible_pip_needs = ""
    tidy = ""
    locked: re.Pattern[str] | None = None
    """What it says where another process holds its lock; a group, if any, says who."""

    def lists_fresh(self, machine: Machine) -> bool:  # noqa: ARG002
        """Return True."""
        return True

    def refresh(self) -> Command | None:
        """Return None."""
        return None

    def renew(self, *, corrupt: bool) -> tuple[Command, ...]:  # noqa: ARG002
        """Return the command that fetches the lists, where there is one."""
        refresh = self.refresh()
        return (refresh,) if refresh else ()

    def unfinished(self, machine: Machine) -> frozenset[str]:  # noqa: ARG002
        """Return nothing."""
        return frozenset()

    def on_hold(self, machine: Machine) -> frozenset[str]:  # noqa: ARG002
        """Return nothing."""
        return frozenset()

    def interrupted(self, machine: Machine) -> bool:  # noqa: ARG002
        """Return False."""
        return False

    def resume(self) -> Command | None:
        """Return None."""
        return None

    def waits_for(self, output: Sequence[str]) -> str | None:
        """Return who holds its lock."""
        for line in output:
            if match := self.locked and self.locked.search(line):
                return next(filter(None, match.groups()), match[0])
        return None

    def index(self, machine: Machine) -> IndexFetch | None:  # noqa: ARG002
        """Return None."""
        return None

    def owners(
        self,
        machine: Machine,  # noqa: ARG002
        needs: Sequence[Need],  # noqa: ARG002
    ) -> Mapping[Need, tuple[Owner, ...]]:
        """Return nothing."""
        return {}
