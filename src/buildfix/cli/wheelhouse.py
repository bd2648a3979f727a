"""`buildfix wheelhouse build|list|export`."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from buildfix.cli.local_files import LocalFiles, place_of
from buildfix.cli.on import is_of_network, variables_there
from buildfix.cli.prompts import forget_typed
from buildfix.cli.tasks import Screen
from buildfix.core.errors import Interrupted, PersonNeeded, UsageError
from buildfix.engine.temporary_folders import forget_killed_runs, scratch
from buildfix.installers.requirement_files import SWITCHES, read_requirements
from buildfix.machines.remote import RemoteMachine
from buildfix.machines.remote_run import Job
from buildfix.wheelhouse.build import Run, Site, Workers, build, check_names, failure, resolve
from buildfix.wheelhouse.dask_engine import scheduler_address
from buildfix.wheelhouse.export import EXPORTS, FORMS, described
from buildfix.wheelhouse.learned import learned_recipes
from buildfix.wheelhouse.local_engine import Ended, Task
from buildfix.wheelhouse.lock_file import is_lock_file, locked_requirements
from buildfix.wheelhouse.order import Order
from buildfix.wheelhouse.sign import check_key, sign
from buildfix.wheelhouse.store import Store
from buildfix.wheelhouse.target import Target, parse_target
from buildfix.wheelhouse.trip import LOCAL

SCHEMA = "buildfix.wheelhouse/1"
LIST_SCHEMA = "buildfix.wheelhouse-list/1"
_EPOCH = "315532800"
"""1980-01-01, the earliest date that a wheel's files can have."""
_OF_FILES = ("--find-links", "--constraint")
"""Options that name files; versions are pinned, whatever constrains them."""
_RUN = "\0"
"""Stands for the folder of a run that is not known yet; no word or variable can contain it."""


@dataclass(frozen=True)
class Asked:
    """The arguments of `buildfix wheelhouse build`."""

    requirements: tuple[str, ...]
    files: tuple[str, ...]
    targets: tuple[str, ...]
    out: Path
    unattended: bool = False
    engine: str = LOCAL
    cache: str | None = None
    portable: str = ""
    key: Path | None = None
    """The SSH key to sign with."""


@dataclass(frozen=True)
class Shipping:
    """Puts an order together with the files that belong to it."""

    files: tuple[str, ...]
    recipes: Path | None

    def __call__(self, order: Order, machine: RemoteMachine, run: str, results: Path) -> Job:
        """Return the job for an order on a machine, in the folder of a run."""
        files = LocalFiles(f"{run}/files")
        words = _words([_listed(one, files) for one in self.files], self.recipes, files)
        variables = _variables(files, same_network=machine.same_network)
        return Job(words, variables, (*files.copies, *order.files()), results)


@dataclass(frozen=True)
class Carried:
    """Puts an order together on a machine that has neither the files nor the settings."""

    words: tuple[str, ...]
    variables: Mapping[str, str] = field(repr=False)
    files: tuple[tuple[str, bytes], ...] = field(repr=False)

    def __call__(self, order: Order, machine: RemoteMachine, run: str, results: Path) -> Job:
        """Return the job for an order on a machine, in the folder of a run."""
        words = tuple(word.replace(_RUN, run) for word in self.words)
        variables = {
            name: value.replace(_RUN, run)
            for name, value in self.variables.items()
            if machine.same_network or not is_of_network(name)
        }
        return Job(words, variables, (*self.files, *order.files()), results)


def carried(ship: Shipping) -> Carried:
    """Return what puts orders together on other machines, with the settings of this one.

    The requirements files are reduced to their options for the index. Raises UsageError.
    """
    files = LocalFiles(f"{_RUN}/files")
    options = "".join(line for name in ship.files for line in _options(name))
    listed = files.content("options.txt", options.encode())
    words = _words([listed], ship.recipes, files)
    variables = _variables(files, same_network=True)
    contents = {
        name: content if isinstance(content, bytes) else content.read_bytes()
        for name, content in files.copies
        if isinstance(content, bytes) or content.is_file()
    }
    return Carried(words, variables, tuple(contents.items()))


def _options(name: str) -> Iterator[str]:
    """Yield the options of a requirements file that name no file of this machine, as lines."""
    words = iter(() if is_lock_file(name) else read_requirements(Path(name)).options)
    for word in words:
        value = "" if word in SWITCHES else next(words, "")
        if word not in _OF_FILES or ("://" in value and not value.lower().startswith("file:")):
            yield f"{word} {value}".strip() + "\n"


def _words(lists: Sequence[str], recipes: Path | None, files: LocalFiles) -> tuple[str, ...]:
    """Return the words of the command there, with its requirements files."""
    words = ["wheelhouse", "work"]
    for one in lists:
        words += ["-r", one]
    if recipes:
        words += ["--recipes", files.file(recipes)]
    return tuple(words)


def _variables(files: LocalFiles, *, same_network: bool) -> dict[str, str]:
    there = variables_there(os.environ, files, same_network=same_network)
    epoch = {"SOURCE_DATE_EPOCH": os.environ.get("SOURCE_DATE_EPOCH", _EPOCH)}
    return {**there, **files.variables, **epoch}


def _listed(name: str, files: LocalFiles) -> str:
    """Copy a requirements file, or what a lock file pins as one."""
    if is_lock_file(name):
        path = Path(name)
        return files.content(f"{place_of(path)}.txt", locked_requirements(path).encode())
    return files.requirements_file(name)


def build_task(asked: Asked, screen: Screen, recipes: Path | None) -> int:
    """Run `buildfix wheelhouse build`; return 1 if anything is missing at the end."""
    if not asked.requirements and not asked.files:
        raise UsageError("Nothing to build.", do="Name projects, or a file with -r.")
    if asked.key:
        check_key(asked.key)
    forget_killed_runs()
    asked.out.mkdir(parents=True, exist_ok=True)
    with scratch() as folder:
        ship = Shipping(asked.files, recipes or learned_recipes(asked.out))
        targets = [parse_target(one) for one in asked.targets]
        workers = _workers(asked.engine, targets, ship)
        run = Run(
            Store(asked.out.absolute()),
            ship,
            folder,
            workers,
            cache=asked.cache,
            portable=asked.portable,
        )
        sites: list[Site] = []
        for target in targets:
            screen.view.phase(f"Resolving for {target}")
            sites.append(resolve(run, target, asked.requirements))
            check_names(sites)
        _agreed(sites, unattended=asked.unattended)
        done: list[str] = []
        with _kept_if_interrupted(asked.out, sites, done):
            reports, failed = _followed(run, sites, screen, done)
    if asked.key:
        for report in (one for one in reports if one["outcome"] == "built"):
            sign(run.store, report["target"], asked.key, screen.machine)
    outcome = "unfixed" if failed else "built"
    if screen.json:
        screen.document({"schema": SCHEMA, "outcome": outcome, "targets": reports})
    for report in reports:
        for line in _closing(report, run.store):
            screen.view.say(line)
    return 1 if failed else 0


def _workers(engine: str, targets: Sequence[Target], ship: Shipping) -> Workers | None:
    """Return the machines that build, if this one does not; raises UsageError."""
    if engine == LOCAL:
        return None
    address = scheduler_address(engine)
    if any(target.machine == LOCAL for target in targets):
        raise UsageError(
            f"--target {LOCAL} would be whichever worker builds with {engine}.",
            do="Name a machine that the workers reach.",
        )
    return Workers(address, carried(ship))


@contextlib.contextmanager
def _kept_if_interrupted(out: Path, sites: Sequence[Site], done: Sequence[str]) -> Iterator[None]:
    """Raise Interrupted instead of KeyboardInterrupt; it says what is kept of what is `done`."""
    try:
        yield
    except KeyboardInterrupt as interrupt:
        builds = f"{len(done)} finished build{'' if len(done) == 1 else 's'}"
        kept = f"Kept in {out}: {builds}." if done else "No build was finished."
        changed = _machines(site for site in sites if not site.copied)
        raise Interrupted(
            f"Stopped by {interrupt or 'Ctrl-C'}.",
            unchanged=f"{kept} Packages may have been installed on {changed}." if changed else kept,
            do="Repeat the command to continue.",
        ) from interrupt


def _machines(sites: Iterable[Site]) -> str:
    return ", ".join(str(site.target.target) for site in sites)


def list_task(folder: Path, screen: Screen) -> int:
    """Run `buildfix wheelhouse list`."""
    store = Store(folder.absolute())
    targets = described(store)
    if screen.json:
        screen.document({"schema": LIST_SCHEMA, "targets": [dict(one) for one in targets]})
        return 0
    for one in targets:
        rows = [
            ("system", f"{one['facts']['title']}, Python {one['facts']['python']['version']}"),
            ("projects", " ".join(one["pins"])),
            ("run time", " ".join(one["packages"]) or "nothing"),
            ("verified", "yes" if one["proof"]["outcome"] == "installed" else "no"),
            ("index", str(store.target(one["name"]) / "simple")),
        ]
        screen.view.rows(one["name"], rows)
    return 0


def export_task(folder: Path, form: str, to: Path | None, screen: Screen) -> int:
    """Run `buildfix wheelhouse export`; prints where it was written."""
    store = Store(folder.absolute())
    place = (to or folder / EXPORTS / form).absolute()
    screen.view.say(str(FORMS[form](store, place)))
    return 0


def _followed(
    run: Run, sites: Sequence[Site], screen: Screen, done: list[str]
) -> tuple[list[Mapping[str, Any]], bool]:
    """Show what is done; return the targets' reports, and whether anything failed.

    The titles of finished builds are added to `done`.
    """
    names = {site.target.name for site in sites}
    reports: list[Mapping[str, Any]] = []
    failed = False
    for event in build(run, sites):
        if isinstance(event, Task):
            screen.view.say(f"{event.title} ...")
            continue
        why = failure(event) or _why(event)
        failed = failed or bool(why)
        if why:
            screen.view.say(f"{event.task.title}: failed: {why}")
        elif event.task.key not in names:
            done.append(event.task.title)
            screen.view.say(f"{event.task.title}: done, {event.result.get('seconds', 0):.1f} s")
        if event.task.key in names and event.error is None:
            reports.append(event.result)
    return reports, failed


def _why(event: Ended) -> str:
    """Return why a task did not succeed, though it ended without an error."""
    result = event.result
    if result["outcome"] in ("installed", "built"):
        return ""
    if "missing" in result:
        missing = ", ".join(result["missing"])
        return f"no wheel of {missing}" if missing else result["reason"]
    cause = result.get("cause")
    named = f"{cause['kind']} {cause['subject']}" if isinstance(cause, dict) else cause
    return result.get("reason") or named or "the build failed"


def _closing(report: Mapping[str, Any], store: Store) -> list[str]:
    name = report["target"]
    counts: dict[str, int] = {}
    for one in report["projects"]:
        counts[one["how"]] = counts.get(one["how"], 0) + 1
    shown = ", ".join(f"{count} {how}" for how, count in sorted(counts.items()))
    lines = [f"{name}: {shown}. Index: {store.target(name) / 'simple'}"]
    if report["packages"]:
        lines.append(f"  needed at run time: {' '.join(report['packages'])}")
    return lines


def _agreed(sites: Sequence[Site], *, unattended: bool) -> None:
    """Raise PersonNeeded unless a person agrees to changes on machines that are not copied."""
    names = _machines(site for site in sites if not site.copied)
    if unattended or not names:
        return
    what = f"install on {names} the packages that builds or wheels need"
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise PersonNeeded(f"A person must agree to {what}.", do="Use --yes to agree in advance.")
    forget_typed()
    sys.stderr.write(f"This will {what}. Proceed? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise PersonNeeded("Nothing was built, because you did not agree.")
