"""What a copy of buildfix on a target does for `buildfix wheelhouse build`, in the folder of a run.

It prints one JSON document; the files that go back are in `out`.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from buildfix.api import load_recipes
from buildfix.catalog import Knowledge
from buildfix.catalog.systems import HostRecipe
from buildfix.cli.story import follow
from buildfix.cli.tasks import EXIT_OF_OUTCOME, Screen
from buildfix.core import Host, Interpreter, Request
from buildfix.core.errors import BuildfixError, TargetError, UsageError
from buildfix.core.redaction import redacted
from buildfix.forecast.builds import Forecast, forecast_builds, needs_of
from buildfix.forecast.releases import fetch_source
from buildfix.forecast.resolution import ResolvedDistribution
from buildfix.installers.requirements import check, parse, wants_hashes
from buildfix.machines.state_folders import objects_folder, peaks_file
from buildfix.package_managers import manager_for
from buildfix.platforms.host_facts import gather
from buildfix.platforms.interpreter import find_interpreter
from buildfix.render import documents as doc
from buildfix.target_scripts.index_pages import local_path
from buildfix.wheelhouse.learned import needs_learned
from buildfix.wheelhouse.order import OUT, PINS, WHEELS, ReceivedOrder, read_order
from buildfix.wheelhouse.portable import make_portable
from buildfix.wheelhouse.store import check_sha256, sha256_of
from buildfix.wheelhouse.strip import strip_modules
from buildfix.wheelhouse.target import HASH
from buildfix.wheelhouse.unit import AUTO

_PIP_DOWNLOAD = ("-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-cache-dir")
_OF_FORMATS = ("--no-binary", "--only-binary")


def work_task(files: Sequence[str], screen: Screen, recipes: Path | None) -> int:
    """Carry out the order in the current folder; `files` are the requirements files."""
    folder = Path.cwd()
    order = read_order(folder)
    knowledge = load_recipes(recipes)
    if order.do == "resolve":
        return _resolve(order, files, screen, knowledge)
    given = parse(Request(requirement_files=tuple(files)))
    options = tuple(index_options(given.file_options))
    if order.do == "fetch":
        return _fetch(order, options, screen)
    return _run(order, options, folder, screen, knowledge)


def index_options(words: Iterable[str]) -> Iterator[str]:
    """Yield the options of requirements files that hold for each project alone.

    Whether a project is built or downloaded is decided, and the hash of its file is known.
    """
    pending = iter(words)
    for word in pending:
        if word in _OF_FORMATS:
            next(pending, None)
        elif word != "--require-hashes" and word.partition("=")[0] not in _OF_FORMATS:
            yield word


def _resolve(
    order: ReceivedOrder, files: Sequence[str], screen: Screen, knowledge: Knowledge
) -> int:
    """Print the machine, and what an install would take; raises BuildfixError if nothing would."""
    from buildfix.engine.temporary_folders import scratch

    request = Request(requirements=order.requirements, requirement_files=tuple(files))
    _check_request(request)
    interpreter = find_interpreter(screen.machine, order.python)
    host = gather(screen.machine, knowledge, interpreter)
    with scratch() as sources:
        tell, python = screen.view.phase, interpreter.path
        found = forecast_builds(
            parse(request),
            lambda: host,
            screen.machine,
            python,
            knowledge,
            sources,
            fresh=True,
            tell=tell,
        )
        _check(found, interpreter, knowledge)
        rows = list(_rows(found, knowledge))
        _check_hashes(request, rows)
    facts = {**_facts(host, interpreter), **_of_recipe(knowledge.host(host), host, interpreter)}
    screen.document({"target": facts, "distributions": rows})
    return 0


def _check_request(request: Request) -> None:
    """Raise UsageError for what is not a requirement that an index can meet."""
    check(parse(request))
    for one in parse(request).items:
        if one.is_path or one.is_url or one.editable:
            raise UsageError(
                f"{one.word} does not come from an index, which a wheelhouse needs.",
                do="Publish it to an index, and name it.",
            )


def _check(found: Forecast, interpreter: Interpreter, knowledge: Knowledge) -> None:
    from buildfix.engine.strategies.unresolvable import unresolvable

    refused = unresolvable(found.refused, found.troubles, knowledge, interpreter.version)
    if refused:
        raise BuildfixError(refused.says, do=refused.advice)
    if not found.known:
        raise TargetError(
            f"Cannot determine what would be installed: {interpreter.path} has no pip that answers."
        )


def _check_hashes(request: Request, rows: Iterable[Mapping[str, Any]]) -> None:
    """Raise BuildfixError for a file whose hash is not allowed, if the user requires hashes."""
    if not wants_hashes(request):
        return
    allowed: dict[str, set[str]] = {}
    for item in parse(request).items:
        allowed.setdefault(item.name or "", set()).update(item.hashes)
    for row in rows:
        if f"sha256:{row['sha256']}" not in allowed.get(row["name"], ()):
            raise BuildfixError(
                f"The requirements allow no {row['file']} with the SHA-256 "
                f"{row['sha256'] or '(which its index does not list)'}.",
                do="Add its hash to the requirements, or require no hashes.",
            )


def _facts(host: Host, interpreter: Interpreter) -> dict[str, Any]:
    facts = {"system": host.system, "id": host.id, "version": host.version, "arch": host.arch}
    python = {
        "path": interpreter.path,
        "version": interpreter.version,
        "implementation": interpreter.implementation,
    }
    capacity = {"cores": host.cores, "memory": host.memory_available}
    return {**facts, "title": host.title, "libc": host.libc, "python": python, **capacity}


def _of_recipe(recipe: HostRecipe | None, host: Host, interpreter: Interpreter) -> dict[str, Any]:
    """Return the manager, the image, and the packages of the system's own interpreter."""
    if recipe is None:
        return {"manager": "", "image": "", "python_packages": []}
    python = recipe.python
    own = interpreter.base_prefix in python.owned
    usual = interpreter.release == recipe.release(host.version).python
    packages = [*python.interpreter, *python.venv] if own and usual else []
    return {
        "manager": recipe.manager,
        "image": recipe.image.format(version=host.version),
        "python_packages": packages,
    }


def _rows(found: Forecast, knowledge: Knowledge) -> Iterator[dict[str, Any]]:
    """Yield what would be installed, the builds with what they need and require."""
    builds = {canonicalize_name(build.name): build for build in found.builds}
    for one in (one for one in found.coming if one.why == "asked"):
        build = builds.get(canonicalize_name(one.name)) if not one.wheel else None
        row: dict[str, Any] = {
            "name": canonicalize_name(one.name),
            "version": one.version,
            "wheel": one.wheel,
            "file": one.filename,
            "url": redacted(one.url),
            "sha256": _sha256(one),
        }
        if build:
            row["needs"] = sorted({str(need) for need in needs_of(build, knowledge)})
            row["requires"] = [*build.reading.requires, *build.reading.build_requires]
        yield row


def _sha256(one: ResolvedDistribution) -> str:
    """Return the SHA-256 of a file as its index lists it, or computed from the file itself."""
    listed = (text.partition(":")[2] for text in one.hashes if text.startswith("sha256:"))
    file = one.path or Path(local_path(one.url))
    return next(listed, "") or (sha256_of(file) if file.is_file() else "")


def _fetch(order: ReceivedOrder, options: Sequence[str], screen: Screen) -> int:
    """Download wheels by name, version and hash, with the target's own pip."""
    python = find_interpreter(screen.machine, order.python).path
    wanted = Path("wanted.txt")
    wanted.write_text("".join(f"{line}\n" for line in order.requirements), encoding="utf-8")
    argv = [python, *_PIP_DOWNLOAD, "--dest", OUT, *options, "-r", str(wanted)]
    done = screen.machine.run(argv)
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise TargetError(f"Cannot download the wheels: {redacted(' '.join(last))}.", unchanged="")
    screen.document({"fetched": len(order.requirements)})
    return 0


def _run(
    order: ReceivedOrder,
    options: Sequence[str],
    folder: Path,
    screen: Screen,
    knowledge: Knowledge,
) -> int:
    """Build one project, or install wheels: a run of `fix` in an environment of its own."""
    from buildfix.engine import repair

    building = order.do == "build"
    arguments = [*options, "--constraint", str(folder / PINS)]
    if order.wheels:
        arguments += ["--find-links", str(folder / WHEELS)]
    request = Request(
        requirements=_sources(order, options, folder, screen) if building else order.requirements,
        python=order.python,
        from_source=building,
        installer_args=tuple(arguments if building else [*arguments, "--no-index"]),
        jobs=order.jobs,
        unattended=True,
        wheelhouse=OUT if building else WHEELS,
        cache=_cache_of(order),
        own_environment=True,
    )
    _install_packages(order, screen, knowledge)
    logs = folder / "logs"
    logs.mkdir()
    story = repair(request, screen.machine, knowledge, lambda _: True, logs, peaks_file())
    end = follow(story, screen.view)
    for log in logs.glob("*.log"):
        shutil.copyfile(log, folder / OUT / log.name)
    if building:
        for wheel in list((folder / OUT).glob("*.whl")):
            strip_modules(wheel, screen.machine)
            if order.portable:
                _make_portable(order, wheel, options, screen, knowledge)
    applied = (step for step in end.report.applied if not step.looks_up)
    packages = sorted({name for step in applied for name in step.packages})
    learned = needs_learned(end.report, knowledge, _project(order)) if building else ()
    document = doc.report_document(end.report, end.journal)
    screen.document({**document, "packages": packages, "learned": list(learned)})
    return EXIT_OF_OUTCOME[end.report.outcome]


def _make_portable(
    order: ReceivedOrder, wheel: Path, options: Sequence[str], screen: Screen, knowledge: Knowledge
) -> None:
    """Make a wheel portable, where its libraries are; raises TargetError."""
    machine = screen.machine
    python, libc = find_interpreter(machine, order.python).path, gather(machine, knowledge).libc
    make_portable(wheel.absolute(), order.portable, libc, machine, python, options)


def _cache_of(order: ReceivedOrder) -> str | None:
    """Return the project's own folder for compiled objects."""
    return str(objects_folder() / _project(order)) if order.cache == AUTO else order.cache


def _project(order: ReceivedOrder) -> str:
    """Return the project that an order builds."""
    return order.requirements[0].partition("==")[0]


def _sources(
    order: ReceivedOrder, options: Sequence[str], folder: Path, screen: Screen
) -> tuple[str, ...]:
    """Return what to build: the sdists themselves once their hashes are checked, if known.

    Raises BuildfixError.
    """
    python = find_interpreter(screen.machine, order.python).path
    place = folder / "sources"
    place.mkdir()
    found = []
    for line in order.requirements:
        pin, _, sha256 = line.partition(HASH)
        found.append(pin)
        if sha256:
            sdist = fetch_source(screen.machine, python, pin, place, tuple(options), fresh=True)
            if sdist is None:
                raise TargetError(f"Cannot download the sdist of {pin}.")
            check_sha256(sdist, sha256)
            found[-1] = f"{pin.partition('==')[0]} @ {sdist.resolve().as_uri()}"
    return tuple(found)


def _install_packages(order: ReceivedOrder, screen: Screen, knowledge: Knowledge) -> None:
    """Install the packages of the order that are missing, if this is root; raises TargetError."""
    host = gather(screen.machine, knowledge)
    recipe = knowledge.host(host)
    manager = manager_for(recipe.manager, host) if recipe else None
    missing = sorted(set(order.packages) - host.packages)
    if manager is None or not missing or host.privilege != "root":
        return
    for command in filter(None, (manager.refresh(), manager.install(missing))):
        done = screen.machine.run(command.argv, command.env)
        if done.returncode:
            last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
            raise TargetError(
                f"Cannot install {' '.join(missing)}: {redacted(' '.join(last))}.", unchanged=""
            )
