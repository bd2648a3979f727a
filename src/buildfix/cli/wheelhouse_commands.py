"""The commands of `buildfix wheelhouse` and their options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from buildfix.cli import options, tasks
from buildfix.cli.help_texts import examples
from buildfix.render import Level

app = typer.Typer(
    help="Build many requirements for many machines once. The result: wheels, an index, run-time "
    "packages and a lock file.",
    epilog=examples("buildfix wheelhouse list wheels"),
    no_args_is_help=True,
)

Targets = Annotated[
    list[str],
    typer.Option(
        "--target",
        metavar="MACHINE[,python=PATH]",
        help="A machine to build for: `local`, or any form that --on accepts; may be repeated. A "
        "chroot is copied for each build and never changed.",
    ),
]
Folder = Annotated[
    Path, typer.Argument(metavar="DIR", show_default=False, help="The folder of a wheelhouse.")
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
    engine: Annotated[
        str,
        typer.Option(
            "--engine",
            metavar="local|dask://HOST:PORT",
            help="Where to build: on this machine, or on the workers of a Dask scheduler (needs "
            "the extra `fleet`).",
        ),
    ] = "local",
    cache: Annotated[
        str,
        typer.Option(
            "--cache",
            metavar="auto|off|DIR",
            help="Where compiled objects are kept for other builds of the same project, by ccache "
            "and sccache where targets have them.",
        ),
    ] = "auto",
    portable: Annotated[
        str,
        typer.Option(
            "--portable",
            metavar="TAG",
            show_default=False,
            help="Put the libraries that built wheels need into them, by auditwheel, for example "
            "for manylinux_2_28.",
        ),
    ] = "",
    key: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(
            "--sign",
            metavar="KEY",
            help="Sign the hashes of what the index serves with this SSH key (ssh-keygen -Y).",
        ),
    ] = None,
    yes: options.Yes = False,
    json: options.Json = False,
    recipes: options.Recipes = None,
    quiet: options.Quiet = 0,
    no_color: options.NoColor = False,
) -> None:
    """Build and download the wheels of requirements for each target; -r also takes a pylock.toml.

    Wheels that the wheelhouse already has are not rebuilt.
    """
    from buildfix.cli.wheelhouse import Asked, build_task

    level = Level(max(Level.SILENT, -quiet))
    screen = tasks.Screen(json=json, color=not no_color, level=level)
    words, kept = tuple(requirements or ()), options.cache_of(cache)
    asked = Asked(words, tuple(files or ()), tuple(targets), out, yes, engine, kept, portable, key)
    raise typer.Exit(screen.guard(lambda: build_task(asked, screen, recipes)))


@app.command("list", epilog=examples("buildfix wheelhouse list wheels --json"))
def list_(folder: Folder, json: options.Json = False, no_color: options.NoColor = False) -> None:
    """List the targets of a wheelhouse: wheels, run-time packages, result of the test install."""
    from buildfix.cli.wheelhouse import list_task

    screen = tasks.Screen(json=json, color=not no_color, to_stdout=not json)
    raise typer.Exit(screen.guard(lambda: list_task(folder, screen)))


@app.command(
    epilog=examples(
        "buildfix wheelhouse export wheels --ansible",
        "buildfix wheelhouse export wheels --simple-index --to /srv/www/wheels",
    )
)
def export(
    folder: Folder,
    ansible: Annotated[bool, typer.Option("--ansible", help="An Ansible role.")] = False,
    dockerfile: Annotated[
        bool, typer.Option("--dockerfile", help="A Dockerfile for each target.")
    ] = False,
    simple_index: Annotated[
        bool, typer.Option("--simple-index", help="Only the files that a web server must serve.")
    ] = False,
    to: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--to", metavar="FOLDER", help="Where to write it. Default: DIR/export."),
    ] = None,
) -> None:
    """Write an Ansible role, Dockerfiles or an index, for hosts without a compiler."""
    from buildfix.cli.wheelhouse import export_task

    chosen = {"ansible": ansible, "dockerfile": dockerfile, "simple-index": simple_index}
    forms = [name for name, given in chosen.items() if given]
    if len(forms) != 1:
        raise typer.BadParameter("Give one of --ansible, --dockerfile and --simple-index.")
    screen = tasks.Screen(json=False, color=False, to_stdout=True)
    raise typer.Exit(screen.guard(lambda: export_task(folder, forms[0], to, screen)))


@app.command(hidden=True)
def work(files: options.Files = None, recipes: options.Recipes = None) -> None:
    """Carry out an order of `build`, on its target."""
    from buildfix.cli.wheelhouse_worker import work_task

    screen = tasks.Screen(json=True, color=False)
    raise typer.Exit(screen.guard(lambda: work_task(tuple(files or ()), screen, recipes)))
