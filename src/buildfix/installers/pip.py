"""pip, run by the target's own Python (pip's documentation, "pip install", and its change log)."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from buildfix.catalog.command_words import command_words
from buildfix.core import Interpreter, Variables
from buildfix.installers.base import Argv, Installer
from buildfix.installers.configuration import is_on, pip_settings
from buildfix.installers.option import Option


class Pip(Installer):
    """The command lines of pip, which are made here only."""

    name = "pip"
    uses_pip = True
    values = (
        ("--index-url", "-i", "--pypi-url"),
        ("--extra-index-url",),
        ("--find-links", "-f"),
        ("--constraint", "-c"),
        ("--trusted-host",),
        ("--cert",),
        ("--client-cert",),
        ("--proxy",),
        ("--timeout", "--default-timeout"),
        ("--retries",),
        ("--no-binary",),
        ("--only-binary",),
        ("--keyring-provider",),
        ("--use-feature",),
        ("--use-deprecated",),
    )
    switches = (
        *("--no-index", "--pre", "--prefer-binary", "--require-hashes"),
        *("--isolated", "--user", "--break-system-packages"),
    )
    variables = (
        ("PIP_DISABLE_PIP_VERSION_CHECK", "1"),
        ("PIP_NO_INPUT", "1"),
        ("PIP_PROGRESS_BAR", "off"),
        ("PIP_ROOT_USER_ACTION", "ignore"),
    )
    no_cache = "--no-cache-dir"
    reinstall = "--force-reinstall"

    def install(self, python: str) -> Argv:
        """Return `python -m pip install`."""
        return (python, "-m", "pip", "install")

    def wheel(self, python: str) -> Argv:
        """Return `python -m pip wheel`."""
        return (python, "-m", "pip", "wheel")

    def uninstall(self, python: str) -> Argv:
        """Return `python -m pip uninstall`, without questions."""
        return (python, "-m", "pip", "uninstall", "--yes")

    def caching(self, interpreter: Interpreter, cache: Path) -> tuple[Argv, Variables]:
        """Return what makes pip build wheels, and set the cache of its nested installs.

        Nested installs are those of build requirements.
        """
        wheel = command_words().pip_has("builds-wheels", interpreter.pip)
        kept = (("PIP_CACHE_DIR", str(cache)), ("PIP_NO_CACHE_DIR", ""))
        return () if wheel else ("--use-pep517",), kept

    def constrained(self, interpreter: Interpreter, constraints: str) -> tuple[Argv, Variables]:
        """Return --build-constraint; before pip 25.3, the variable that reaches the builds.

        If setuptools is in the target, such a pip runs setup.py there, where no constraint applies,
        unless --use-pep517 is given (pip's documentation, "Constraining build dependencies").
        """
        if command_words().pip_has("build-constraint", interpreter.pip):
            return ("--build-constraint", constraints), ()
        own = os.environ.get("PIP_CONSTRAINT", "")
        return ("--use-pep517",), (("PIP_CONSTRAINT", f"{own} {constraints}".strip()),)

    def unisolated(self, names: Sequence[str]) -> Argv:
        """Return --no-build-isolation, which pip can only apply to all projects."""
        return ("--no-build-isolation",) if names else ()

    def no_binary(self, names: Sequence[str]) -> Argv:
        """Return --no-binary with all names."""
        return ("--no-binary", ",".join(names)) if names else ()

    def takes_config_settings(self, interpreter: Interpreter) -> bool:
        """Return whether the target's pip has --config-settings."""
        return command_words().pip_has("config-settings", interpreter.pip)

    def configured(self, environ: Mapping[str, str], prefix: str) -> tuple[Option, ...]:
        """Return the settings from pip's variables and files."""
        found = pip_settings(environ, prefix)
        links = [Option("--find-links", one) for one in found.get("find-links", "").split()]
        switches = ("no-index", "require-hashes")
        return (*links, *(Option(f"--{name}") for name in switches if is_on(found.get(name))))

    def variable(self, option: str) -> str:
        """Return the variable of an option: `PIP_` and its name."""
        return f"PIP_{option[2:].upper().replace('-', '_')}"
