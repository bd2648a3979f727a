"""`buildfix recipes`: what buildfix knows, and whether one's own recipes are valid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import typer

from buildfix.api import load_recipes
from buildfix.catalog import Knowledge
from buildfix.catalog.shipped import shipped_folder
from buildfix.cli import options
from buildfix.cli.help_texts import examples
from buildfix.cli.tasks import Screen
from buildfix.core.errors import UsageError
from buildfix.core.evidence import RemedyRecord
from buildfix.core.program import own_command
from buildfix.core.spelling import nearest
from buildfix.machines.state_folders import runs_folder
from buildfix.render.view import View

_KINDS: Mapping[str, str] = {
    "systems": "operating systems, their package managers and names",
    "capabilities": "libraries, compilers and tools, and what provides them",
    "causes": "why builds fail, and how a log says so",
    "projects": "what projects on PyPI need",
}

recipes_app = typer.Typer(
    help="Inspect the loaded recipes, or check your own.",
    no_args_is_help=True,
    epilog=examples("buildfix recipes list systems", "buildfix recipes check my-recipes"),
)


@recipes_app.command(
    "list", epilog=examples("buildfix recipes list systems", "buildfix recipes list causes rust")
)
def list_(
    words: options.RecipeWords = None,
    everything: options.AllRecipes = False,
    json: options.Json = False,
    recipes: options.Recipes = None,
    no_color: options.NoColor = False,
) -> None:
    """List the known systems, capabilities, causes and projects, or some of them.

    Without words, a terminal shows how many there are; a pipe or file gets all of them.
    """
    screen = Screen(json=json, color=not no_color, to_stdout=not json)
    briefly = not (words or everything) and screen.stream.isatty()
    raise typer.Exit(screen.guard(lambda: _list(words or (), screen, recipes, briefly=briefly)))


@recipes_app.command(
    epilog=examples("buildfix recipes show lxml", "buildfix recipes show libxml/xpath.h")
)
def show(name: options.RecipeName, recipes: options.Recipes = None) -> None:
    """Show the recipe with this name, or what provides a header or library, and its file.

    Any other word lists the recipes that mention it.
    """
    screen = Screen(json=False, color=False, to_stdout=True)
    raise typer.Exit(screen.guard(lambda: _show(name, screen, recipes)))


@recipes_app.command(epilog=examples("buildfix recipes check my-recipes"))
def check(folder: options.RecipeFolder = None) -> None:
    """Check that patterns match their examples and that names are unique."""
    screen = Screen(json=False, color=False, to_stdout=True)
    raise typer.Exit(screen.guard(lambda: _check(screen, folder)))


@recipes_app.command(
    epilog=examples("buildfix recipes export", "buildfix recipes export debian:13 > debian.json")
)
def export(
    system: options.ExportedSystem = None,
    form: options.RecipeForm = "pep804",
    recipes: options.Recipes = None,
) -> None:
    """Print all ids, or a system's package names for them, in the form of PEP 804."""
    screen = Screen(json=True, color=False, to_stdout=True)
    raise typer.Exit(screen.guard(lambda: _export(system, form, screen, recipes)))


@recipes_app.command(
    epilog=examples("buildfix recipes evidence", "buildfix recipes evidence --evidence FILE")
)
def evidence(file: options.Evidence = None, no_color: options.NoColor = False) -> None:
    """Show what became of the remedies that earlier runs on this machine applied.

    With a file, it is what the runs with `--evidence FILE` recorded.
    """
    screen = Screen(json=False, color=not no_color, to_stdout=True)
    raise typer.Exit(screen.guard(lambda: _evidence(screen, file)))


def _evidence(screen: Screen, file: Path | None) -> int:
    from buildfix.catalog.evidence import EVIDENCE, read_records

    if file:
        records = read_records(file)
        _show_records("Remedies", records, screen.view, "The file has no record of a remedy.")
        return 0
    nothing = "No run on this machine has applied a remedy."
    _show_records("Remedies of the last runs", _of_last_runs(), screen.view, nothing)
    shipped = shipped_folder() / EVIDENCE
    if shipped.is_file():
        _show_records("Remedies in tests of buildfix", read_records(shipped), screen.view, "")
    return 0


def _of_last_runs() -> Sequence[RemedyRecord]:
    from buildfix.engine.past_runs import past_runs
    from buildfix.render.evidence import evidence_document
    from buildfix.render.remedy_records import remedy_records

    runs = past_runs(runs_folder())
    return remedy_records((run.at, evidence_document(run.entries, run.outcome)) for run in runs)


def _show_records(title: str, records: Sequence[RemedyRecord], view: View, nothing: str) -> None:
    if not records:
        view.say(nothing)
        return
    ordered = sorted(records, key=lambda one: (one.system, -one.installed, -one.gone, one.remedy))
    rows = [(one.remedy, str(one), one.system) for one in ordered]
    view.rows(f"{title} ({len(rows)})", rows)


def _list(words: Sequence[str], screen: Screen, recipes: Path | None, *, briefly: bool) -> int:
    parts = _filtered(_known(load_recipes(recipes)), [word.lower() for word in words])
    if screen.json:
        screen.document({"schema": "buildfix.recipes/1", **parts})
        return 0
    if not any(parts.values()):
        raise UsageError(f"No recipe matches {' '.join(words)}.", do=_see_list())
    if briefly:
        _show_kinds(parts, screen.view)
        return 0
    for title, rows in parts.items():
        if rows:
            screen.view.rows(f"{title} ({len(rows)})", list(rows.items()))
    return 0


def _show_kinds(parts: Mapping[str, Mapping[str, str]], view: View) -> None:
    """Show how many recipes of each kind there are, and how to see them."""
    view.rows(
        f"Recipes ({sum(map(len, parts.values()))})",
        [(title, f"{len(rows):>5}", _KINDS[title]) for title, rows in parts.items()],
    )
    commands = (
        ("recipes list systems", "one kind"),
        ("recipes list causes rust", "those with all these words"),
        ("recipes show lxml", "one recipe"),
        ("recipes list --all", "all of them"),
    )
    view.rows("To see them", [(own_command(*words.split()), what) for words, what in commands])


def _show(name: str, screen: Screen, recipes: Path | None) -> int:
    from buildfix.catalog.lookup import find_recipes, mentions

    knowledge = load_recipes(recipes)
    found = find_recipes(knowledge, name)
    if len(found) == 1:
        screen.view.say(f"# {found[0].path}")
        screen.view.say(found[0].text)
        return 0
    rows = [(one.name, one.line_with("title")) for one in found] or mentions(knowledge, name)
    if not rows:
        near = nearest(name, (*knowledge.well_known, *knowledge.projects, *knowledge.hosts))
        meant = f" Did you mean {near}?" if near else ""
        raise UsageError(f"No recipe is named {name} or mentions it.{meant}", do=_see_list())
    screen.view.rows(f"Recipes with {name} ({len(rows)})", rows)
    return 0


def _see_list() -> str:
    return f"See `{own_command('recipes list')}`."


def _check(screen: Screen, folder: Path | None) -> int:
    from buildfix.diagnosis.validate_recipes import problems

    found = [*problems(load_recipes(folder)), *(_unread(folder) if folder else ())]
    for problem in found:
        screen.view.say(problem)
    many = "" if len(found) == 1 else "s"
    screen.view.say(f"{len(found)} problem{many}" if found else "All recipes are valid.")
    return 1 if found else 0


def _unread(folder: Path) -> Iterator[str]:
    """Yield a sentence for each file that is in none of the places where recipes are read."""
    places = {path.name for path in shipped_folder().iterdir()}
    for path in sorted(folder.rglob("*.toml")):
        if path.relative_to(folder).parts[0] not in places:
            yield f"{path} is not read: move it into the folder of its kind (causes, projects …)"


def _export(system: str | None, form: str, screen: Screen, recipes: Path | None) -> int:
    from buildfix.render.export.pep804 import mapping, registry

    if form != "pep804":
        raise UsageError(f"{form} is not a format of recipes.", do="Use --format pep804.")
    knowledge = load_recipes(recipes)
    screen.document(mapping(system, knowledge) if system else registry(knowledge))
    return 0


def _known(knowledge: Knowledge) -> dict[str, dict[str, str]]:
    """Return the names of all recipes by their kind, each with what it is about."""
    known = {
        "systems": {name: host.title for name, host in knowledge.hosts.items()},
        "capabilities": {name: one.title for name, one in knowledge.capabilities.items()},
        "causes": {cause.name: cause.kind for cause in knowledge.causes.causes},
        "projects": {name: project.source for name, project in knowledge.projects.items()},
    }
    return {title: dict(sorted(rows.items())) for title, rows in known.items()}


def _filtered(
    known: Mapping[str, Mapping[str, str]], words: Sequence[str]
) -> dict[str, dict[str, str]]:
    """Return the recipes of the kinds among the words that have all other words."""
    kinds = known.keys() & set(words) or known.keys()
    wanted = [word for word in words if word not in known]
    return {
        title: {
            name: about
            for name, about in rows.items()
            if title in kinds and all(word in f"{name} {about}".lower() for word in wanted)
        }
        for title, rows in known.items()
    }
