"""The commands and their options, as in the contract."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any

import typer
import typer.main

from buildfix import __version__
from buildfix.catalog.command_words import command_words
from buildfix.cli import options, tasks, wheelhouse_commands
from buildfix.cli.arguments import read_line
from buildfix.cli.completion import PROGRAM, complete
from buildfix.cli.dropin import OwnOptions
from buildfix.cli.help_texts import examples
from buildfix.cli.recipes import recipes_app
from buildfix.cli.settings import config_file, name_variables, read_settings, source_of
from buildfix.core import Request
from buildfix.core.errors import UsageError
from buildfix.core.program import own_command
from buildfix.render import Level

app = typer.Typer(
    name="buildfix",
    help="pip install for projects that must be compiled: finds out why the build fails, fixes "
    "it, and verifies the result. A word that is not a command is a requirement: `buildfix "
    "lxml`.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=examples("buildfix lxml", "buildfix doctor lxml", "buildfix explain build.log"),
)
app.add_typer(recipes_app, name="recipes")
app.add_typer(wheelhouse_commands.app, name="wheelhouse")


def run(argv: Sequence[str]) -> int:
    """Run a command line, given without the program's name, and return the exit code."""
    command = typer.main.get_command(app)
    complete(command)
    known = command.commands  # type: ignore[attr-defined]
    own = known["fix"].params
    try:
        line = read_line(argv, known, _own_options(own))
        settings = read_settings(own, config_file()) if line.words[:1] == ("fix",) else {}
    except UsageError as error:
        return _usage_screen(argv).tell(error)
    arranged = list(line.words)
    if not arranged:
        return _ended(lambda: command([], prog_name=PROGRAM))
    name_variables(own)
    try:
        code = command(
            arranged,
            prog_name=PROGRAM,
            obj=line.installer_args,
            standalone_mode=False,
            default_map={"fix": settings},
        )
    except Exception as error:
        if not hasattr(error, "format_message"):  # only typer's own errors have it
            raise
        return _misused(error, arranged)
    return code if isinstance(code, int) else 0


def _own_options(parameters: Iterable[Any]) -> OwnOptions:
    """Return the options of `fix`: flags, and options that take a value."""
    options_of_fix = [one for one in parameters if one.param_type_name == "option"]
    names: dict[bool, set[str]] = {True: set(), False: set()}
    for one in options_of_fix:
        names[one.is_flag or one.count].update(one.opts)
    return OwnOptions(flags=names[True], with_value=names[False])


def _ended(help_shown: Callable[[], object]) -> int:
    try:
        help_shown()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    return 0


def _misused(error: Any, words: Sequence[str]) -> int:
    """Report a usage error that typer found; return the exit code."""
    if not error.format_message().strip("."):  # the help page was shown instead
        return UsageError.exit_code
    context = getattr(error, "ctx", None)
    path = context.command_path if context else f"{PROGRAM} {words[0]}"
    command = path.split()[1:]
    usage = UsageError(_problem(error), do=f"See `{own_command(*command, '--help')}`.")
    name = getattr(error, "option_name", "")
    if command == ["fix"] and command_words().is_of_pip(name):
        usage = UsageError(
            f"{name} is an option of pip.",
            do=f"Put it after `--`, or use `{own_command('install')}`, which takes pip's options.",
        )
    return _usage_screen(words).tell(usage)


def _problem(error: Any) -> str:
    """Return what typer found wrong as a sentence; only the nearest option is suggested."""
    near = getattr(error, "possibilities", None)
    text = f"{error.message}. Did you mean {near[0]}?" if near else error.format_message()
    line = f"{' '.join(text.split()).rstrip('.')}{source_of(error)}"
    return line if line.endswith("?") else f"{line}."


def _usage_screen(words: Sequence[str]) -> tasks.Screen:
    return tasks.Screen(json="--json" in words, color=False)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"buildfix {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool,
        typer.Option(
            "--version", "-V", callback=_show_version, is_eager=True, help="Show the version."
        ),
    ] = False,
) -> None:
    """Find out why a build fails, fix it, and verify the result."""


@app.command(
    epilog=examples(
        "buildfix lxml",
        "buildfix fix --dry-run --from-source psycopg2",
        "buildfix fix --yes -r requirements.txt -- --index-url URL",
        after="Each option can be set by a variable (BUILDFIX_DRY_RUN=1 for --dry-run) or under "
        "[fix] in config.toml (on Linux: ~/.config/buildfix/config.toml).",
    )
)
def fix(
    context: typer.Context,
    requirements: options.Requirements = None,
    files: options.Files = None,
    editables: options.Editables = None,
    yes: options.Yes = False,
    dry_run: options.DryRun = False,
    json: options.Json = False,
    python: options.Python = None,
    from_source: options.FromSource = False,
    installer: options.Performed = "pip",
    host: options.PlannedHost = None,
    system: options.PlannedSystem = None,
    jobs: options.Jobs = "auto",
    export: options.Export = None,
    complete: options.Complete = False,
    max_rounds: options.MaxRounds = Request.max_rounds,
    wheelhouse: options.Wheelhouse = None,
    allow_version_change: options.AllowVersionChange = False,
    clean: options.Clean = False,
    cache: options.Cache = "off",
    recipes: options.Recipes = None,
    evidence: options.KeptEvidence = None,
    on: options.On = None,  # noqa: ARG001 - read by _end
    verbose: options.Verbose = 0,
    quiet: options.Quiet = 0,
    no_color: options.NoColor = False,
) -> None:
    """Install projects, and fix their builds if they fail. `-- ARG...` goes to the installer."""
    request = Request(
        requirements=tuple(requirements or ()),
        requirement_files=tuple(files or ()),
        editables=tuple(editables or ()),
        python=python,
        from_source=from_source,
        installer=installer,
        installer_args=tuple(context.obj or ()),
        jobs=_job_count(context, jobs),
        unattended=yes,
        complete=complete,
        max_rounds=max_rounds,
        wheelhouse=wheelhouse,
        allow_version_change=allow_version_change,
        clean=clean,
        cache=options.cache_of(cache),
    )
    form = export.value if export else None
    if json and form:
        raise typer.BadParameter(
            "--json and --export each print a document to stdout; use only one of them."
        )
    screen = tasks.Screen(json=json, level=_level(verbose, quiet), color=not no_color, form=form)
    target = tasks.CrossTarget(host, system)
    task = tasks.foretell_task if dry_run else tasks.fix_task
    _end(context, screen, lambda: task(request, screen, recipes, target, evidence))


@app.command(epilog=examples("buildfix install -U lxml", "buildfix pip install -r r.txt"))
def install(words: options.PipWords = None) -> None:
    """Accept the arguments of `pip install`; `buildfix pip install` does the same.

    Options that only pip has (`-U`, `-c`, `--index-url`, `--no-deps`, ...) are passed to the
    installer. buildfix handles the requirements, `-r`, `-e` and all options of `buildfix fix`
    itself. Options that both have, such as `--python` and `--dry-run`, mean the same in both.
    """
    raise typer.Exit(run(["install", *(words or ())]))


@app.command(
    epilog=examples(
        "buildfix explain",
        "buildfix explain a.log b.log",
        "pip install lxml 2>&1 | buildfix explain -",
    )
)
def explain(
    context: typer.Context,
    logs: options.Logs = None,
    host: options.HostOfRemedies = None,
    system: options.SystemOfRemedies = None,
    json: options.Json = False,
    recipes: options.Recipes = None,
    evidence: options.Evidence = None,
    on: options.On = None,  # noqa: ARG001 - read by _end
    no_color: options.NoColor = False,
) -> None:
    """Find the cause of a failed build in saved logs; works offline, on any system."""
    from buildfix.cli.explain import explain_task

    screen = tasks.Screen(json=json, color=not no_color, to_stdout=not json)
    target = tasks.CrossTarget(host, system)
    _end(context, screen, lambda: explain_task(logs or (), target, screen, recipes, evidence))


@app.command(
    epilog=examples(
        "buildfix doctor", "buildfix doctor -r requirements.txt", "buildfix doctor --os alpine lxml"
    )
)
def doctor(
    context: typer.Context,
    requirements: options.Projects = None,
    files: options.Files = None,
    python: options.Python = None,
    host: options.HostFile = None,
    system: options.System = None,
    json: options.Json = False,
    recipes: options.Recipes = None,
    on: options.On = None,  # noqa: ARG001 - read by _end
    no_color: options.NoColor = False,
) -> None:
    """Show what this host, or another one, can build, and what is missing."""
    screen = tasks.Screen(json=json, color=not no_color, to_stdout=not json)
    from buildfix.cli.doctor import doctor_task

    asked = Request(
        requirements=tuple(requirements or ()),
        requirement_files=tuple(files or ()),
        python=python,
        from_source=True,
    )
    target = tasks.CrossTarget(host, system)
    _end(context, screen, lambda: doctor_task(asked, screen, recipes, target))


@app.command(epilog=examples("buildfix wheels lxml", "buildfix wheels --os alpine:3.22 numpy"))
def wheels(
    context: typer.Context,
    requirement: options.OneRequirement,
    python: options.PythonToLookFor = None,
    host: options.HostFile = None,
    system: options.System = None,
    json: options.Json = False,
    recipes: options.Recipes = None,
    on: options.On = None,  # noqa: ARG001 - read by _end
    no_color: options.NoColor = False,
) -> None:
    """Show which wheels exist, and how to avoid the build. `-- ARG...` is passed to pip."""
    from buildfix.cli.wheels import Question, wheels_task

    screen = tasks.Screen(json=json, color=not no_color, to_stdout=not json)
    target = tasks.CrossTarget(host, system)
    question = Question(requirement, python, target, tuple(context.obj or ()))
    _end(context, screen, lambda: wheels_task(question, screen, recipes))


@app.command(epilog=examples("buildfix history", "buildfix history show 2"))
def history(
    context: typer.Context,
    words: options.HistoryWords = None,
    json: options.Json = False,
    on: options.On = None,  # noqa: ARG001 - read by _end
    no_color: options.NoColor = False,
) -> None:
    """List the last runs, or show everything that run N did; 1 is the latest."""
    from buildfix.cli.history import history_task

    screen = tasks.Screen(json=json, color=not no_color, to_stdout=not json)
    _end(context, screen, lambda: history_task(words or (), screen))


@app.command(epilog=examples("buildfix undo", "buildfix undo --dry-run 2"))
def undo(
    context: typer.Context,
    run: options.UndoneRun = "",
    yes: options.Yes = False,
    dry_run: options.DryRun = False,
    json: options.Json = False,
    recipes: options.Recipes = None,
    on: options.On = None,  # noqa: ARG001 - read by _end
    quiet: options.Quiet = False,
    no_color: options.NoColor = False,
) -> None:
    """Take back what a run changed on this system: packages, toolchains, distributions.

    What was there before the run stays, and so does what is in use.
    """
    from buildfix.cli.undo import Undoing, undo_task

    screen = tasks.Screen(json=json, level=_level(0, quiet), color=not no_color)
    asked = Undoing(run, unattended=yes, dry=dry_run)
    _end(context, screen, lambda: undo_task(asked, screen, recipes))


@app.command(epilog=examples("buildfix shim ~/.local/lib/buildfix", "buildfix shim /opt/shim"))
def shim(folder: options.ShimFolder) -> None:
    """Write scripts `pip` and `pip3`, for tools that call pip: installs go through buildfix.

    Not for Windows.
    """
    from buildfix.cli.shim import shim_task

    screen = tasks.Screen(json=False, color=False, to_stdout=True)
    raise typer.Exit(screen.guard(lambda: shim_task(folder, screen)))


def _end(context: typer.Context, screen: tasks.Screen, task: Callable[[], int]) -> None:
    """Do a task, or have the same command done on the machine that --on names, and exit."""
    if context.params["on"] in (None, options.LOCAL):
        raise typer.Exit(screen.guard(task))
    from buildfix.cli.on import on_task

    raise typer.Exit(screen.guard(lambda: on_task(context, quiet=screen.level < Level.NORMAL)))


def _level(verbose: int, quiet: int) -> Level:
    """Return how much is shown, from how often -v and -q were given."""
    return Level(max(Level.SILENT, min(verbose - quiet, Level.PROBES)))


def _job_count(context: typer.Context, word: str) -> int | None:
    """Return the number given with --jobs, or None for `auto`; raises typer.BadParameter."""
    if word == "auto":
        return None
    if not word.isdecimal() or int(word) < 1:
        problem = f"{word!r} is not a positive integer or auto."
        option = next(one for one in context.command.params if one.name == "jobs")
        raise typer.BadParameter(problem, param_hint="--jobs", ctx=context, param=option)
    return int(word)
