"""What a crate needs: Rust of some version, and what its dependencies' build scripts look for."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from buildfix.analysis.cargo_conditions import holds
from buildfix.analysis.compiled_guess import ASIDE
from buildfix.analysis.downloads import download, patched_crates
from buildfix.analysis.facts import Crate
from buildfix.analysis.findings import CrateNeeds, LockedCrates
from buildfix.analysis.probe_environment import Probe
from buildfix.analysis.survey import Survey
from buildfix.analysis.toml_text import read_toml, table, texts
from buildfix.catalog.rust import NIGHTLY, RustRecipe
from buildfix.index.files import version_of
from buildfix.platforms.surroundings import Surroundings

_UNSTABLE = re.compile(r"(?m)^[ \t]*#!\[feature\(")


@dataclass
class _Graph:
    """The packages of a lock file, and what the manifests of this tree say of them."""

    dependencies: dict[str, tuple[str, ...]] = field(default_factory=dict)
    features: dict[str, set[str]] = field(default_factory=dict)
    versions: dict[str, list[str]] = field(default_factory=dict)
    repositories: dict[str, str] = field(default_factory=dict)
    """The git repositories of crates that are not from the index."""
    sources: dict[str, str] = field(default_factory=dict)
    """Where each package is from, if not from this tree."""
    manifests: set[str] = field(default_factory=set)
    """The manifests of this tree's crates that are compiled."""


def read_cargo(survey: Survey, manifest: str, features: Iterable[str] = ()) -> None:
    """Note what building the crate of this manifest needs."""
    document = read_toml(survey.tree.text(manifest))
    if not document:
        return
    lock_name = _above(survey, manifest, "Cargo.lock")
    lock = read_toml(survey.tree.text(lock_name)) if lock_name else {}
    workspace = _workspace(survey, manifest)
    graph = _graph(lock)
    roots = _roots(survey, manifest, workspace, graph, set(features))
    reached = _reach(graph, roots)
    asked = _Asked.of(document, workspace, survey.knowledge.rust)
    locked = (survey.knowledge.rust.locks if survey.knowledge.rust else {}).get(
        str(lock.get("version"))
    )
    oldest = _newest_of((asked.version, locked, *_of_crates(survey.facts.crates, graph, reached)))
    survey.compiles("rust", manifest)
    survey.notes.add(
        "compiler-missing",
        "rust",
        manifest,
        "sure",
        NIGHTLY if _needs_nightly(survey, manifest, graph) else f">={oldest}" if oldest else None,
        newest=asked.open or bool(roots and not lock),
    )
    _note_downloads(survey, graph, reached, workspace or document, lock_name or manifest)
    survey.crates += (_locked(survey, graph, roots, lock_name or manifest),)


def _needs_nightly(survey: Survey, manifest: str, graph: _Graph) -> bool:
    """Say whether a crate turns on features of Rust that no release has, or its authors say so.

    Where RUSTC_BOOTSTRAP is set, a release has them.
    """
    text = survey.tree.text
    scripts = ("setup.py", "build.py", ".cargo/config.toml", ".cargo/config")
    if any("RUSTC_BOOTSTRAP" in (text(name) or "") for name in scripts):
        return False
    if NIGHTLY in graph.features.get("pyo3", ()) or _has_nightly(survey, manifest):
        return True
    for manifest in graph.manifests:
        folder, document = posixpath.dirname(manifest), read_toml(text(manifest))
        root = table(document, "lib").get("path", "src/lib.rs")
        source, build = (text(posixpath.join(folder, str(one))) for one in (root, "build.rs"))
        if _UNSTABLE.search(source or "") and "RUSTC_BOOTSTRAP" not in (build or ""):
            return True
    return False


def _has_nightly(survey: Survey, manifest: str) -> bool:
    """Say whether a toolchain file names a nightly Rust, which only rustup reads.

    A crate that nobody reads may turn on features, and the authors build with what they name.
    """
    files = (_above(survey, manifest, one) for one in ("rust-toolchain.toml", "rust-toolchain"))
    for file in filter(None, files):
        text = survey.tree.text(file) or ""
        channel = table(read_toml(text), "toolchain").get("channel") or text.strip()
        if str(channel).startswith(NIGHTLY):
            return True
    return False


def note_crates(survey: Survey) -> None:
    """Note what the crates need, as far as nothing else of the tree needs it already.

    A compiler that only crates use needs no headers of Python.
    """
    for locked in survey.crates:
        graph = _Graph(dict(locked.dependencies), {n: set(f) for n, f in locked.asked.items()})
        reached = _reach(graph, set(locked.roots))
        for name in sorted(reached & locked.needs.keys()):
            if name != "cmake" or _unknown_users(name, locked, reached):
                _note(survey, name, locked, graph, reached)


def _unknown_users(crate: str, locked: LockedCrates, reached: Iterable[str]) -> bool:
    """Say whether a crate is used by one that nothing is known of."""
    users = (name for name in reached if crate in locked.dependencies.get(name, ()))
    return any(name not in locked.needs for name in users)


def _locked(survey: Survey, graph: _Graph, roots: set[str], where: str) -> LockedCrates:
    """Return the packages of a lock file, with those versions that the index of crates knows."""
    rust, known_crates = survey.knowledge.rust, survey.facts.crates
    registries = rust.registries if rust else ()
    versions = {
        name: tuple(known) if graph.sources.get(name) in registries else ()
        for name, known in graph.versions.items()
    }
    here = survey.surroundings.system
    crates = (known_crates[one] for one in sorted(_reach(graph, roots)) if one in known_crates)
    return LockedCrates(
        tuple(sorted(roots)),
        versions,
        graph.dependencies,
        where,
        {name: tuple(sorted(features)) for name, features in graph.features.items()},
        {
            one.name: _needs_of(survey, one)
            for one in crates
            if not one.systems or here in one.systems
        },
    )


def _needs_of(survey: Survey, crate: Crate) -> CrateNeeds:
    """Return what a crate needs beside what the build brings."""
    needs = list(crate.needs)
    if any(need.startswith("pkgconfig-missing:") for need in needs):
        needs.append("tool-missing:pkg-config")
    tools = [f"tool-missing:{tool}" for tool in crate.tools]
    return CrateNeeds(
        tuple(one for one in needs if not _is_brought(survey, one)),
        tuple(one for one in tools if not _is_brought(survey, one)),
        crate.bundled,
        crate.features,
    )


def _is_brought(survey: Survey, need: str) -> bool:
    kind, _, subject = need.partition(":")
    there = survey.brought.commands, survey.facts.programs_there
    return kind == "tool-missing" and any(subject in one for one in there)


@dataclass(frozen=True)
class _Asked:
    """What a manifest says of Rust itself."""

    version: str | None
    """The oldest one that builds it."""
    open: bool
    """Whether it has the newest edition and names no version: it may want any since then."""

    @classmethod
    def of(
        cls, document: dict[str, Any], workspace: dict[str, Any], rust: RustRecipe | None
    ) -> _Asked:
        package, shared = table(document, "package"), table(workspace, "workspace", "package")
        told: dict[str, str] = {}
        for key in ("rust-version", "edition"):
            value = package.get(key) if package else shared.get(key)
            if isinstance(value, dict) and value.get("workspace"):
                value = shared.get(key)
            if isinstance(value, str):
                told[key] = value
        editions = rust.editions if rust else {}
        edition = told.get("edition")
        version = _newest_of((told.get("rust-version"), editions.get(edition or "")))
        latest = bool(edition) and edition == max(editions, default=None)
        return cls(version, latest and "rust-version" not in told)


def _of_crates(
    crates: Mapping[str, Crate], graph: _Graph, reached: Iterable[str]
) -> Iterator[str | None]:
    """Yield the oldest Rust that builds each locked crate, as far as that is known."""
    for name in reached:
        if crate := crates.get(name):
            yield from map(crate.rust_of, graph.versions.get(name, ()))


def _newest_of(versions: Iterable[str | None]) -> str | None:
    """Return the newest of some versions, None where there is none that is one."""
    read = filter(None, map(version_of, filter(None, versions)))
    newest = max(read, default=None)
    return str(newest) if newest else None


def _above(survey: Survey, manifest: str, name: str) -> str | None:
    """Return the nearest file of that name beside the manifest or above it."""
    folder = posixpath.dirname(manifest)
    while True:
        candidate = posixpath.join(folder, name)
        if candidate in survey.tree.names():
            return candidate
        if not folder:
            return None
        folder = posixpath.dirname(folder)


def _workspace(survey: Survey, manifest: str) -> dict[str, Any]:
    folder = posixpath.dirname(manifest)
    while True:
        document = read_toml(survey.tree.text(posixpath.join(folder, "Cargo.toml")))
        if "workspace" in document or not folder:
            return document if "workspace" in document else {}
        folder = posixpath.dirname(folder)


def _graph(lock: dict[str, Any]) -> _Graph:
    graph = _Graph()
    packages = lock.get("package")
    for package in packages if isinstance(packages, list) else []:
        if isinstance(package, dict) and isinstance(package.get("name"), str):
            name = package["name"]
            named = tuple(one.split(" ")[0] for one in texts(package.get("dependencies")))
            graph.dependencies[name] = (*graph.dependencies.get(name, ()), *named)
            if str(package.get("source", "")).startswith("git+"):
                graph.repositories[name] = package["source"]
            graph.versions.setdefault(name, []).append(str(package.get("version", "")))
            graph.sources[name] = str(package.get("source", ""))
    return graph


def _roots(
    survey: Survey, manifest: str, workspace: dict[str, Any], graph: _Graph, chosen: set[str]
) -> set[str]:
    """Return the crates that the manifest and the tree's own crates that it uses depend on."""
    roots: set[str] = set()
    pending = [(manifest, chosen)]
    while pending:
        current, wanted = pending.pop()
        if current in graph.manifests:
            continue
        graph.manifests.add(current)
        document = read_toml(survey.tree.text(current))
        own = table(document, "package").get("name")
        if isinstance(own, str):
            graph.dependencies[own] = ()  # its own manifest knows better than the lock file
        enabled = _enabled(document, wanted)
        if "cc" in table(document, "build-dependencies"):
            _note_sources(survey, posixpath.dirname(current))
        for name, given in _dependencies(document, survey.surroundings):
            shared = table(workspace, "workspace", "dependencies").get(name)
            spec = _merged(given, shared)
            if spec.get("optional") and enabled.isdisjoint((name, f"dep:{name}")):
                continue
            real = str(spec.get("package", name))
            handed = {one.partition("/")[2] for one in enabled if one.startswith(f"{name}/")}
            handed.update(texts(spec.get("features")))
            if spec.get("default-features", spec.get("default_features")) is not False:
                handed.add("default")
            graph.features.setdefault(real, set()).update(handed)
            if isinstance(spec.get("path"), str):
                base = "" if shared and "path" not in given else posixpath.dirname(current)
                path = posixpath.normpath(posixpath.join(base, spec["path"], "Cargo.toml"))
                pending.append((path, handed))
            else:
                roots.add(real)
                if isinstance(spec.get("git"), str):
                    graph.repositories.setdefault(real, spec["git"])
    return roots


def _note_sources(survey: Survey, folder: str) -> None:
    """Note the languages of what the build script of a crate of the tree compiles."""
    for name in sorted(survey.tree.names()):
        if name.startswith(f"{folder}/" if folder else "") and not ASIDE.search(name):
            language = survey.facts.language_of(name)
            if language in ("c", "cxx"):
                survey.compiles(language, name)


def _merged(given: Any, shared: Any) -> dict[str, Any]:
    spec = dict(given) if isinstance(given, dict) else {}
    if spec.get("workspace") and shared is not None:
        base = dict(shared) if isinstance(shared, dict) else {}
        features = [*texts(base.get("features")), *texts(spec.get("features"))]
        return {**base, **spec, "features": features}
    return spec


def _enabled(document: dict[str, Any], chosen: set[str]) -> set[str]:
    """Return the features that are on, with all that they turn on."""
    features = table(document, "features")
    pending = [*texts(features.get("default")), *chosen]
    enabled: set[str] = set()
    while pending:
        feature = pending.pop().rpartition("::")[2]
        if feature not in enabled:
            enabled.update((feature, feature.partition("/")[0].removesuffix("?")))
            pending += texts(features.get(feature))
    return enabled


def _dependencies(
    document: dict[str, Any], surroundings: Surroundings
) -> Iterator[tuple[str, Any]]:
    for key in ("dependencies", "build-dependencies"):
        yield from table(document, key).items()
    for condition, parts in table(document, "target").items():
        if holds(condition, surroundings) is not False:
            for key in ("dependencies", "build-dependencies"):
                yield from table(parts, key).items()


def _reach(graph: _Graph, roots: set[str]) -> set[str]:
    reached, pending = set(), list(roots)
    while pending:
        name = pending.pop()
        if name not in reached:
            reached.add(name)
            pending += graph.dependencies.get(name, ())
    return reached


def _note_downloads(
    survey: Survey, graph: _Graph, reached: set[str], workspace: dict[str, Any], where: str
) -> None:
    """Note the crates that come from git repositories, unless the tree has copies of them."""
    config = (f".cargo/{name}" for name in ("config.toml", "config"))
    if any("replace-with" in (survey.tree.text(name) or "") for name in config):
        return
    for name in sorted(reached & graph.repositories.keys()):
        if found := download(name, graph.repositories[name], where=where, by_cargo=True):
            survey.downloads[found] = None
    survey.downloads.update(dict.fromkeys(patched_crates(workspace, "Cargo.toml")))


def _note(
    survey: Survey, name: str, locked: LockedCrates, graph: _Graph, reached: set[str]
) -> None:
    crate = locked.needs[name]
    copied = _builds_copy(name, crate, graph, reached)
    for need in needs_with(crate, copied=copied, features=None):
        kind, _, subject = need.partition(":")
        if kind == "compiler-missing":
            survey.notes.add(kind, subject, locked.where, "sure")
        else:
            survey.probe(Probe(kind, subject, where=locked.where), "sure")


def needs_with(
    crate: CrateNeeds, *, copied: bool, features: Collection[str] | None
) -> tuple[str, ...]:
    """Return what a crate needs with these features; None if they are unknown."""
    if crate.features and features is not None and not set(crate.features) & set(features):
        return ()
    return crate.tools if copied or not crate.needs else crate.needs


def _dependents(graph: _Graph, reached: set[str], crate: str) -> set[str]:
    """Return the crates that depend on a crate, directly or not: they hand features on."""
    found, pending = set[str](), [crate]
    while pending:
        name = pending.pop()
        more = {one for one in reached if name in graph.dependencies.get(one, ())} - found
        found |= more
        pending += more
    return found


def _builds_copy(name: str, crate: CrateNeeds, graph: _Graph, reached: set[str]) -> bool:
    """Say whether a crate builds a library from sources, by its features or its wrapper's."""
    wrapper = name.removesuffix("-sys")
    above = {name, wrapper} | _dependents(graph, reached, name)
    features = {one for user in above for one in graph.features.get(user, ())}
    bundled = "*" in crate.bundled or not features.isdisjoint(crate.bundled)
    return bundled or f"{wrapper}-src" in reached
