"""The options and arguments of the commands, as in the contract.

typer reads the types at run time, on Python 3.10 too: hence `Optional`.
"""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated, Optional

import typer

from buildfix.cli.completion import projects, systems
from buildfix.core import InstallerName

LOCAL = "local"
"""What --on calls this machine."""


class Form(str, Enum):
    """The formats that a plan can be exported in."""

    sh = "sh"
    dockerfile = "dockerfile"
    ansible = "ansible"


Json = Annotated[
    bool,
    typer.Option(
        "--json", help="Print one JSON document to stdout; everything else goes to stderr."
    ),
]
NoColor = Annotated[bool, typer.Option("--no-color", help="Disable colors.")]
Quiet = Annotated[
    int,
    typer.Option(
        "--quiet",
        "-q",
        count=True,
        metavar="",
        show_default=False,
        help="Show only the last line; -qq: nothing but errors.",
    ),
]
Recipes = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option(
        "--recipes",
        metavar="DIR",
        help="A folder with your own recipes, which override the bundled ones.",
    ),
]
Evidence = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option(
        "--evidence",
        metavar="FILE",
        help="Show what became of each remedy before, according to this file of earlier runs.",
    ),
]
KeptEvidence = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option(
        "--evidence",
        metavar="FILE",
        help="Record in this file what becomes of each remedy, show what it says, and prefer what "
        "worked before.",
    ),
]
Python = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        "--python",
        metavar="PATH",
        help="The interpreter to install into. Default: the active virtual environment, else "
        "python3 on PATH.",
    ),
]
On = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        "--on",
        metavar="MACHINE",
        help="Run on another machine, where buildfix need not be installed: "
        "ssh://[USER@]HOST[:PORT], chroot:/PATH, docker:NAME or podman:NAME.",
    ),
]
HostFile = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option(
        "--host",
        metavar="FILE",
        help="Answer for the host described in this file (written by `doctor --json`).",
    ),
]
PlannedHost = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option(
        "--host",
        metavar="FILE",
        help="Plan for the host described in this file (written by `doctor --json`); only with "
        "--dry-run.",
    ),
]
System = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        "--os",
        metavar="ID[:VERSION]",
        autocompletion=systems,
        help="Answer for a stock machine, for example fedora:42.",
    ),
]
PlannedSystem = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        "--os",
        metavar="ID[:VERSION]",
        autocompletion=systems,
        help="Plan for a stock machine, for example fedora:42; only with --dry-run.",
    ),
]
HostOfRemedies = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option(
        "--host",
        metavar="FILE",
        help="Suggest remedies for the host described in this file (written by `doctor --json`).",
    ),
]
SystemOfRemedies = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        "--os",
        metavar="ID[:VERSION]",
        autocompletion=systems,
        help="Suggest remedies for a stock machine, for example debian:12.",
    ),
]
PythonToLookFor = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        "--python",
        metavar="PATH|VERSION",
        help="The Python interpreter or version to find wheels for.",
    ),
]
Requirements = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Argument(
        metavar="[REQUIREMENT|PATH]...",
        show_default=False,
        autocompletion=projects,
        help="Projects as pip names them, or paths of projects, wheels and sdists.",
    ),
]
PipWords = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Argument(
        metavar="ARGS...",
        show_default=False,
        autocompletion=projects,
        help="The arguments of `pip install`.",
    ),
]
Projects = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Argument(
        metavar="[REQUIREMENT]...",
        show_default=False,
        autocompletion=projects,
        help="Projects as pip names them.",
    ),
]
HistoryWords = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Argument(
        metavar="[show N]", show_default=False, help="Show run N; default: list the last runs."
    ),
]
UndoneRun = Annotated[
    str,
    typer.Argument(
        metavar="[N]",
        show_default=False,
        help="The run's number in `buildfix history`; default: the latest that changed anything.",
    ),
]
OneRequirement = Annotated[
    str,
    typer.Argument(
        metavar="REQUIREMENT",
        show_default=False,
        autocompletion=projects,
        help="A project as pip names it, for example 'lxml>=5'.",
    ),
]
Logs = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Argument(
        metavar="[LOG|-]...",
        show_default=False,
        help="Saved logs; - reads standard input. Default: what is piped in, or else the log of "
        "the latest run.",
    ),
]
ShimFolder = Annotated[
    Path,
    typer.Argument(
        metavar="DIR", show_default=False, help="The folder for them; put it first on PATH."
    ),
]
RecipeWords = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Argument(
        metavar="[WORD]...",
        show_default=False,
        help="Only recipes with all these words; systems, capabilities, causes and projects are "
        "kinds of recipes.",
    ),
]
AllRecipes = Annotated[
    bool, typer.Option("--all", "-a", help="List all recipes on a terminal, too.")
]
RecipeName = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help="The name of a capability, cause, system or project; a header, library, command or "
        "module; or any word.",
    ),
]
RecipeFolder = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Argument(
        metavar="[DIR]", help="A folder of your own recipes; default: all loaded recipes."
    ),
]
ExportedSystem = Annotated[
    Optional[str],  # noqa: UP045
    typer.Argument(
        metavar="[SYSTEM[:VERSION]]",
        show_default=False,
        help="A system, as with --os, or a package manager such as vcpkg; default: the ids alone.",
    ),
]
RecipeForm = Annotated[str, typer.Option("--format", metavar="pep804", help="The format.")]

# --- options of `fix` only

Files = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Option(
        "--requirement", "-r", metavar="FILE", help="A requirements file, in pip's format."
    ),
]
Editables = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Option("--editable", "-e", metavar="PATH", help="Install a project in editable mode."),
]
Yes = Annotated[
    bool, typer.Option("--yes", "-y", help="Run unattended: never ask; use sudo only as `sudo -n`.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", "-n", help="Print the plan and change nothing.")]
FromSource = Annotated[
    bool, typer.Option("--from-source", help="Build the named requirements even if a wheel exists.")
]
Performed = Annotated[
    InstallerName,
    typer.Option("--installer", help="The tool that performs the install."),
]
Jobs = Annotated[
    str,
    typer.Option(
        "--jobs",
        metavar="N|auto",
        help="Parallel compile jobs; auto: limited by cores and free memory.",
    ),
]
Export = Annotated[
    Optional[Form],  # noqa: UP045
    typer.Option(
        "--export", help="Print the plan, or the steps that worked, in another tool's format."
    ),
]
Complete = Annotated[
    bool,
    typer.Option("--complete", help="Also install the optional libraries that builds can use."),
]
MaxRounds = Annotated[
    int,
    typer.Option("--max-rounds", metavar="N", min=1, help="Give up after this many failed builds."),
]
Wheelhouse = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        "--wheelhouse",
        metavar="DIR",
        help="Save built wheels in this folder, and look there first.",
    ),
]
AllowVersionChange = Annotated[
    bool,
    typer.Option(
        "--allow-version-change",
        help="When unattended, allow another version of a project if nothing else works.",
    ),
]
Cache = Annotated[
    str,
    typer.Option(
        "--cache",
        metavar="auto|off|DIR",
        help="Keep compiled objects in this folder (auto: the user's cache) and use them again, by "
        "ccache and sccache where they are installed.",
    ),
]
Clean = Annotated[
    bool,
    typer.Option(
        "--clean",
        help="After success, remove build-only packages that this run installed.",
    ),
]
Verbose = Annotated[
    int,
    typer.Option(
        "--verbose",
        "-v",
        count=True,
        metavar="",
        show_default=False,
        help="Show the whole output of installers and package managers; -vv: also the commands "
        "that look at this machine.",
    ),
]


def cache_of(word: str) -> str | None:
    """Return the folder that `--cache` names, `auto` itself, or None for `off`.

    Raises typer.BadParameter if it names a file.
    """
    if word in ("auto", "off"):
        return word if word == "auto" else None
    folder = Path(word).absolute()
    if folder.exists() and not folder.is_dir():
        raise typer.BadParameter(f"{word} is not a folder.", param_hint="--cache")
    return str(folder)
