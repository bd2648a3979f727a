"""The commands and their options, as the contract lists them."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Callable, Sequence
from enum import Enum
from pathlib import Path
from typing import Annotated, BinaryIO, Optional, cast

import typer
import typer.main

from buildfix import __version__
from buildfix.cli import tasks
from buildfix.cli.words import arrange, split_installer_args
from buildfix.errors import UsageError
from buildfix.model import Request

app = typer.Typer(
    name="buildfix",
    help="pip install for projects that must be compiled: finds why the build fails, puts it "
    "right, proves it. A word that is no command is a requirement: `buildfix lxml`.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
recipes_app = typer.Typer(help="The knowledge that is loaded, and a validator for one's own.")
app.add_typer(recipes_app, name="recipes")


class Form(str, Enum):
    """What a plan is printed as, for other tools."""

    sh = "sh"
    dockerfile = "dockerfile"
    ansible = "ansible"


class Installer(str, Enum):
    """What performs the install."""

    pip = "pip"
    uv = "uv"


Json = Annotated[
    bool, typer.Option("--json", help="One JSON document on stdout, all else on stderr.")
]
NoColor = Annotated[bool, typer.Option("--no-color", help="No colours.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Leave out what installers print.")]
Recipes = Annotated[
    Optional[Path],  # noqa: UP045 - typer reads it at run time, on Python 3.10 too
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


def run(argv: Sequence[str]) -> int:
    """Run the words of a command line; returns the exit code."""
    words, installer_args = split_installer_args(argv)
    command = typer.main.get_command(app)
    fix_options = command.commands["fix"].params  # type: ignore[attr-defined]
    with_value = {
        name
        for option in fix_options
        if option.param_type_name == "option" and not option.is_flag
        for name in option.opts
    }
    arranged = arrange(words, command.commands, with_value)  # type: ignore[attr-defined]
    if not arranged:
        return _ended(lambda: command([], prog_name="buildfix"))
    try:
        code = command(arranged, prog_name="buildfix", obj=installer_args, standalone_mode=False)
    except Exception as error:
        if not hasattr(error, "format_message"):  # how typer's own errors are told from others
            raise
        return _misused(error.format_message(), arranged)
    return code if isinstance(code, int) else 0


def _ended(help_shown: Callable[[], object]) -> int:
    try:
        help_shown()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    return 0


def _misused(problem: str, words: Sequence[str]) -> int:
    """Tell of words that make no command, as of any other error; returns the exit code."""
    where = f"`buildfix {words[0]} --help`" if words[0] != "recipes" else "`buildfix --help`"
    error = UsageError(f"{' '.join(problem.split()).rstrip('.')}.", do=f"See {where}.")

    def refuse() -> int:
        raise error

    return tasks.Screen(json="--json" in words, quiet=False, color=False).guard(refuse)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"buildfix {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="The version.")
    ] = False,
) -> None:
    """Find why a build fails, put it right, prove it."""


@app.command()
def fix(
    context: typer.Context,
    requirements: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Argument(metavar="[REQUIREMENT|PATH]...", show_default=False),
    ] = None,
    files: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option("--requirement", "-r", metavar="FILE", help="A requirements file, as pip's."),
    ] = None,
    editables: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option("--editable", "-e", metavar="PATH", help="A project to install editable."),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Unattended: asks nothing; sudo only as `sudo -n`.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", "-n", help="Print the plan and change nothing.")
    ] = False,
    json: Json = False,
    python: Python = None,
    from_source: Annotated[
        bool,
        typer.Option("--from-source", help="Build the named requirements even where a wheel is."),
    ] = False,
    installer: Annotated[
        Installer, typer.Option("--installer", help="What performs the install.")
    ] = Installer.pip,
    host: HostFile = None,
    system: System = None,
    jobs: Annotated[
        str,
        typer.Option(
            "--jobs",
            metavar="N|auto",
            help="Parallel compile jobs; auto: as cores and free memory bear.",
        ),
    ] = "auto",
    export: Annotated[
        Optional[Form],  # noqa: UP045
        typer.Option("--export", help="Print the plan, or what worked, as other tools take it."),
    ] = None,
    complete: Annotated[
        bool,
        typer.Option("--complete", help="Bring also what builds make use of and do without."),
    ] = False,
    max_rounds: Annotated[
        int, typer.Option("--max-rounds", min=1, help="Failed builds before giving up.")
    ] = 12,
    wheelhouse: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            "--wheelhouse", metavar="DIR", help="Keep what was built there, and look there first."
        ),
    ] = None,
    allow_version_change: Annotated[
        bool,
        typer.Option(
            "--allow-version-change",
            help="Unattended: take another version of a project where nothing else serves.",
        ),
    ] = False,
    clean: Annotated[
        bool,
        typer.Option(
            "--clean",
            help="After success, remove what this run installed and what was built does not need.",
        ),
    ] = False,
    recipes: Recipes = None,
    verbose: Annotated[  # noqa: ARG001 - all is shown already; taken for pip's sake
        bool, typer.Option("--verbose", "-v", help="Show what installers print (the default).")
    ] = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
) -> None:
    """Install what is named; where its build fails, put that right. `-- ARG...` goes to pip."""
    request = Request(
        requirements=tuple(requirements or ()),
        requirement_files=tuple(files or ()),
        editables=tuple(editables or ()),
        python=python,
        from_source=from_source,
        installer=installer.value,
        installer_args=tuple(context.obj or ()),
        jobs=_job_count(jobs),
        unattended=yes,
        complete=complete,
        max_rounds=max_rounds,
        wheelhouse=wheelhouse,
        allow_version_change=allow_version_change,
        clean=clean,
    )
    form = export.value if export else None
    if json and form:
        raise typer.BadParameter("--json and --export each print a document of their own.")
    screen = tasks.Screen(json=json, quiet=quiet, color=not no_color, form=form)
    target = tasks.Elsewhere(host, system)
    raise typer.Exit(
        screen.guard(
            lambda: (
                tasks.foretell_task(request, screen, recipes, target)
                if dry_run
                else tasks.fix_task(request, screen, recipes, target)
            )
        )
    )


@app.command()
def explain(
    log: Annotated[str, typer.Argument(metavar="LOG|-", help="A saved log; - reads the input.")],
    system: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            "--os", metavar="ID[:VERSION]", help="Remedies for a stock machine, as debian:12."
        ),
    ] = None,
    json: Json = False,
    recipes: Recipes = None,
    no_color: NoColor = False,
) -> None:
    """Name the cause of a failed build from a saved log; works offline, on any system."""
    screen = tasks.Screen(json=json, quiet=False, color=not no_color, to_stdout=not json)
    raise typer.Exit(
        screen.guard(lambda: tasks.explain_task(_open_log(log), system, screen, recipes))
    )


@app.command()
def doctor(
    requirements: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Argument(metavar="[REQUIREMENT]...", show_default=False),
    ] = None,
    json: Json = False,
    python: Python = None,
    recipes: Recipes = None,
    no_color: NoColor = False,
) -> None:
    """Say what this host can build, and what it lacks."""
    screen = tasks.Screen(json=json, quiet=False, color=not no_color, to_stdout=not json)
    asked = Request(requirements=tuple(requirements or ()), python=python, from_source=True)
    raise typer.Exit(screen.guard(lambda: tasks.doctor_task(asked, screen, recipes)))


@app.command()
def wheels(
    context: typer.Context,
    requirement: Annotated[str, typer.Argument(metavar="REQUIREMENT", show_default=False)],
    python: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--python", metavar="PATH|VERSION", help="The interpreter to look for."),
    ] = None,
    host: HostFile = None,
    system: System = None,
    json: Json = False,
    recipes: Recipes = None,
    no_color: NoColor = False,
) -> None:
    """Show which wheels there are, and what would avoid the build. `-- ARG...` goes to pip."""
    from buildfix.cli.wheels import Question, wheels_task

    screen = tasks.Screen(json=json, quiet=False, color=not no_color, to_stdout=not json)
    target = tasks.Elsewhere(host, system)
    question = Question(requirement, python, target, tuple(context.obj or ()))
    raise typer.Exit(screen.guard(lambda: wheels_task(question, screen, recipes)))


@recipes_app.command("list")
def recipes_list(json: Json = False, recipes: Recipes = None, no_color: NoColor = False) -> None:
    """List what is known: systems, capabilities, causes, projects."""
    screen = tasks.Screen(json=json, quiet=False, color=not no_color, to_stdout=not json)
    raise typer.Exit(screen.guard(lambda: tasks.recipes_list_task(screen, recipes)))


@recipes_app.command("show")
def recipes_show(
    name: Annotated[str, typer.Argument(help="A capability's id, a cause, a system or project.")],
    recipes: Recipes = None,
) -> None:
    """Show what is known under a name, and in which file."""
    screen = tasks.Screen(json=False, quiet=False, color=False, to_stdout=True)
    raise typer.Exit(screen.guard(lambda: tasks.recipes_show_task(name, screen, recipes)))


@recipes_app.command("check")
def recipes_check(
    folder: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Argument(metavar="[DIR]", help="Your own recipes; default: all that are loaded."),
    ] = None,
) -> None:
    """Check recipes: every pattern against its examples, every name for being unique."""
    screen = tasks.Screen(json=False, quiet=False, color=False, to_stdout=True)
    raise typer.Exit(screen.guard(lambda: tasks.recipes_check_task(screen, folder)))


def _job_count(word: str) -> int | None:
    """Return what --jobs says, None for auto; raises typer.BadParameter."""
    if word == "auto":
        return None
    if not word.isdecimal() or int(word) < 1:
        raise typer.BadParameter(f"{word!r} is neither a whole number from 1 on nor auto.")
    return int(word)


def _open_log(name: str) -> BinaryIO:
    """Return a log to read, unpacked if need be; raises UsageError."""
    try:
        if name == "-":
            return sys.stdin.buffer
        if name.endswith(".gz"):
            return cast("BinaryIO", gzip.open(name))
        return Path(name).open("rb")
    except OSError as error:
        raise UsageError(
            f"{name} cannot be read: {error.strerror}.", do="Check the path."
        ) from error
