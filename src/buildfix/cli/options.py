"""The options and arguments of the commands, as the contract lists them.

typer reads the types at run time, on Python 3.10 too: hence `Optional`.
"""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated, Optional

import typer

from buildfix.core import InstallerName


class Form(str, Enum):
    """What a plan is printed as, for other tools."""

    sh = "sh"
    dockerfile = "dockerfile"
    ansible = "ansible"


Json = Annotated[
    bool, typer.Option("--json", help="One JSON document on stdout, all else on stderr.")
]
NoColor = Annotated[bool, typer.Option("--no-color", help="No colours.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Leave out what installers print.")]
Recipes = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option(
        "--recipes", metavar="DIR", help="A folder of your own recipes, over the shipped."
    ),
]
Python = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        "--python",
        metavar="PATH",
        help="The interpreter to install into; default: the active virtual environment, else "
        "python3 on PATH.",
    ),
]
HostFile = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option(
        "--host",
        metavar="FILE",
        help="Plan for the host that a file describes (`doctor --json` writes one).",
    ),
]
System = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--os", metavar="ID[:VERSION]", help="Plan for a stock machine, as fedora:42."),
]
SystemOfRemedies = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        "--os", metavar="ID[:VERSION]", help="Remedies for a stock machine, as debian:12."
    ),
]
PythonToLookFor = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--python", metavar="PATH|VERSION", help="The interpreter to look for."),
]
Requirements = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Argument(metavar="[REQUIREMENT|PATH]...", show_default=False),
]
PipWords = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Argument(metavar="ARGS...", show_default=False),
]
Projects = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Argument(metavar="[REQUIREMENT]...", show_default=False),
]
OneRequirement = Annotated[str, typer.Argument(metavar="REQUIREMENT", show_default=False)]
Log = Annotated[str, typer.Argument(metavar="LOG|-", help="A saved log; - reads the input.")]
RecipeName = Annotated[str, typer.Argument(help="A capability's id, a cause, a system or project.")]
RecipeFolder = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Argument(metavar="[DIR]", help="Your own recipes; default: all that are loaded."),
]

# --- of `fix` alone

Files = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Option("--requirement", "-r", metavar="FILE", help="A requirements file, as pip's."),
]
Editables = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Option("--editable", "-e", metavar="PATH", help="A project to install editable."),
]
Yes = Annotated[
    bool, typer.Option("--yes", "-y", help="Unattended: asks nothing; sudo only as `sudo -n`.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", "-n", help="Print the plan and change nothing.")]
FromSource = Annotated[
    bool, typer.Option("--from-source", help="Build the named requirements even where a wheel is.")
]
Performed = Annotated[
    InstallerName,
    typer.Option("--installer", help="What performs the install."),
]
Jobs = Annotated[
    str,
    typer.Option(
        "--jobs",
        metavar="N|auto",
        help="Parallel compile jobs; auto: as cores and free memory bear.",
    ),
]
Export = Annotated[
    Optional[Form],  # noqa: UP045
    typer.Option("--export", help="Print the plan, or what worked, as other tools take it."),
]
Complete = Annotated[
    bool, typer.Option("--complete", help="Bring also what builds make use of and do without.")
]
MaxRounds = Annotated[
    int, typer.Option("--max-rounds", min=1, help="Failed builds before giving up.")
]
Wheelhouse = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        "--wheelhouse", metavar="DIR", help="Keep what was built there, and look there first."
    ),
]
AllowVersionChange = Annotated[
    bool,
    typer.Option(
        "--allow-version-change",
        help="Unattended: take another version of a project where nothing else serves.",
    ),
]
Clean = Annotated[
    bool,
    typer.Option(
        "--clean",
        help="After success, remove what this run installed and what was built does not need.",
    ),
]
Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", help="Show what installers print (the default).")
]
