"""yum(8), dnf's forerunner: Amazon Linux 2, CentOS 7."""

from __future__ import annotations

from collections.abc import Sequence

from buildfix.machines.local import Machine
from buildfix.package_managers.base import AnsibleModule
from buildfix.package_managers.dnf import Dnf


class Yum(Dnf):
    """yum, where there is no dnf yet: Amazon Linux 2, CentOS 7."""

    name = "yum"
    program = "yum"
    ansible = AnsibleModule("ansible.builtin.dnf", {"update_cache": True})
    ansible_pip_needs = ""
    tidy = "yum clean all"
    # There are no weak dependencies, but a name that is unknown is passed over (yum.conf(5)).
    strictly = "--setopt=skip_missing_names_on_install=False"

    def hold(self, machine: Machine, packages: Sequence[str]) -> None:
        """Return None: yum removes nothing automatically."""
