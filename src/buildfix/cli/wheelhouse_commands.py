"""The commands of `buildfix wheelhouse` and their options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from buildfix.cli import options, tasks
from buildfix.cli.help_texts import examples
from buildfix.render import Level

app = typer.Typer(
    help="Build many requirements for many machines once: wheels, an index, what they need at run "
    "time, a lock file."
)

Targets = Annotated[
    list[str],
    typer.Option(
        "--target",
        metavar="MACHINE[,python=PATH]",
        help="A machine to build for, as --on takes it, or local; may be repeated. A chroot is "
        "copied for each build, and never changed.",
    ),
]
Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder of the wheelhouse.")]


@app.command(
    epilog=examples(
        "buildfix wheelhouse build -r requirements.txt --target chroot:/srv/trixie --out wheels"
    )
)
def build(
    targets: Targets,
    out: Out,
    requirements: options.Projects = None,
    files: options.Files = None,
    yes: options.Yes = False,
    json: options.Json = False,
    recipes: options.Recipes = None,
    quiet: options.Quiet = 0,
    no_color: options.NoColor = False,
) -> None:
    """Build and download the wheels of requirements for each target; -r also takes a pylock.toml.

    What is there already is not built again.
    """
    from buildfix.cli.wheelhouse import Asked, build_task

    level = Level(max(Level.SILENT, -quiet))
    screen = tasks.Screen(json=json, color=not no_color, level=level)
    asked = Asked(tuple(requirements or ()), tuple(files or ()), tuple(targets), out, yes)
    raise typer.Exit(screen.guard(lambda: build_task(asked, screen, recipes)))


@app.command(hidden=True)
def work(files: options.Files = None, recipes: options.Recipes = None) -> None:
    """Carry out an order of `build`, on its target."""
    from buildfix.cli.wheelhouse_worker import work_task

    screen = tasks.Screen(json=True, color=False)
    raise typer.Exit(screen.guard(lambda: work_task(tuple(files or ()), screen, recipes)))
