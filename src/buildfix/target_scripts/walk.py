# Run by an interpreter with pip (3.8 on): tells what an install would take, and fetches the sdists
# that it would build, without running anything of them. Prints a JSON object as its last line.
# own_pip.py, index.py and sdist.py come before it; what is taken of the pages is buildfix.index's
# to say.
import re
import zipfile
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import distributions

from buildfix.index.files import File, version_and_tags
from buildfix.index.metadata import Metadata, read_metadata, read_sdist
from buildfix.index.resolve import Given, Provider, Root, resolve
from buildfix.index.wanted import Settings, Unreadable, parsed

WHEEL = 100 << 20  # bytes of a wheel that is fetched for its metadata alone
BUILDS = 100  # environments of builds, where builds need builds and something is wrong


def installed():
    """Return what is in this environment, by normalised names; the first found is what counts."""
    found = {}
    for one in distributions():
        name = one.metadata["Name"]
        if name and one.version:
            found.setdefault(canonicalize_name(name), metadata_of(one))
    return found


def metadata_of(one):
    """Return what an installed distribution says of itself."""
    said = one.metadata
    return Metadata(
        said["Name"],
        one.version,
        tuple(one.requires or ()),
        said["Requires-Python"] or "",
        tuple(said.get_all("Provides-Extra") or ()),
    )


class IndexPackages:
    """Answers what a resolution asks: pages, metadata and sdists, each fetched once."""

    def __init__(self, index, folder):
        self.index, self.folder = index, folder
        self.listed, self.said, self.locks = {}, {}, {}
        self.paths, self.builds = {}, {}  # of sdists: where each was put, what its build requires
        self.failed = {}  # why a file could not be fetched
        self.pool = ThreadPoolExecutor(8)

    def files(self, project):
        if project not in self.listed:
            self.listed[project] = read_files(self.index.rows(project), project)
        return self.listed[project]

    def metadata(self, project, file):
        with self.locks.setdefault(file.url, threading.Lock()):
            if file.url not in self.said:
                self.said[file.url] = self._metadata(project, file)
        if self.said[file.url] is None:
            raise Unreadable(file.filename)
        return self.said[file.url]

    def expect(self, project, files):
        for file in files:
            if file.is_wheel and file.url not in self.said:
                self.pool.submit(self.metadata, project, file)

    def _metadata(self, project, file):
        try:
            if not file.is_wheel:
                return self._sdist(file)
            if file.has_metadata:
                return read_metadata(
                    self.index.get(file.url + ".metadata").decode("utf-8", "replace")
                )
            return self._wheel(project, file)
        except Exception as error:
            self.failed[file.url] = trouble_of(error, file.url)
            return None

    def _wheel(self, project, file):
        """Return what a wheel says, by its parts where the server sends such, else by the whole."""
        if not os.path.isfile(local_path(file.url)):
            try:
                from pip._internal.network.lazy_wheel import dist_from_wheel_url

                found = dist_from_wheel_url(project, file.url, self.index.session)
                return read_metadata(found.read_text("METADATA"))
            except Exception:  # it sends none, or this pip is too old
                pass
            path = os.path.join(
                self.folder, "wheel-" + hashlib.sha256(file.url.encode()).hexdigest()
            )
            self.index.fetch(file.url, path, file.hashes)
        else:
            path = local_path(file.url)
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
            return read_metadata(archive.read(names[0]).decode("utf-8", "replace"))

    def _sdist(self, file):
        path = os.path.join(self.folder, os.path.basename(file.filename))
        self.index.fetch(file.url, path, file.hashes)
        self.paths[file.url] = path
        texts = sdist_texts(path)
        self.builds[file.url] = build_requires(texts)
        return read_sdist(texts, project_table(texts))

    def by_url(self, requirement):
        """Return what a requirement names by the URL of a file; a repository is not fetched."""
        url = requirement.url.partition("#")[0]
        filename = urllib.parse.unquote(urllib.parse.urlsplit(url).path.rsplit("/", 1)[-1])
        name = canonicalize_name(requirement.name)
        known = version_and_tags(filename, name)
        local = os.path.isfile(local_path(url))
        if known is None or not (local or url.startswith(("http:", "https:"))):
            raise Unreadable(url)
        file = File(filename, known[0], known[1], url=url)
        return Given(self.metadata(name, file), file)


class Ahead:
    """Fetches beside a resolution what it will most likely ask next."""

    def __init__(self, world, settings):
        self.provider, self.world, self.settings = Provider(world, settings), world, settings
        self.pool, self.seen = world.pool, set()

    def look(self, texts, extras=()):
        for text in texts:
            requirement = parsed(text)
            if requirement is None or requirement.url or (text, extras) in self.seen:
                continue
            if self.settings.holds(requirement, extras):
                self.seen.add((text, extras))
                with contextlib.suppress(RuntimeError):  # it is over
                    self.pool.submit(self._one, requirement)

    def _one(self, requirement):
        from buildfix.index.wanted import wanted_by

        wanted = next(wanted_by(requirement))
        try:
            metadata = self.provider.likely(wanted)
        except Exception:  # the resolution itself tells
            return
        if metadata is not None and self.settings.dependencies:
            self.look(metadata.requires)
            if wanted.extras:
                self.look(metadata.requires, tuple(wanted.extras))


def settings_of(index, question):
    """Return the target and what the user told pip."""
    options, environment = index.options, {**default_environment(), **question["environment"]}
    fresh = not question["here"] or options.ignore_installed or options.target_dir
    strategy = options.upgrade_strategy if options.upgrade else "to-satisfy-only"
    return Settings(
        rules=target_rules(question["tags"], environment, index),
        environment=environment,
        formats=index.formats,
        constraints=index.constraints,
        installed={} if fresh else installed(),
        upgrade=strategy,
        reinstall=bool(options.force_reinstall),
        dependencies=not options.ignore_dependencies,
        by_depth=pip_version() < (25, 1),
    )


def pip_version():
    """Return the version of this pip, as far as it is numbers."""
    import pip

    return tuple(int(part) for part in re.findall(r"\d+", pip.__version__)[:2])


class Walk:
    """What was asked, then what each build of it requires, then what their builds do."""

    def __init__(self, question):
        self.index = Index(question["arguments"])
        self.world = IndexPackages(self.index, question["folder"])
        self.settings = settings_of(self.index, question)
        self.rows, self.taken, self.refused = [], [], None
        self.isolated = dataclasses.replace(
            self.settings,
            installed={},
            constraints=constraints_of(map(self.index._text_of, build_constraints(self.index))),
            upgrade="to-satisfy-only",
            reinstall=False,
            dependencies=True,
        )
        self.alone = question["alone"]

    def run(self, asked, builds):
        roots = [root_of(one) for one in asked]
        self.ahead(self.settings, [root.text for root in roots if not root.given])
        for root in roots:
            self.ahead(self.settings, root.given.metadata.requires if root.given else ())
        found = resolve(roots, self.world, self.settings)
        self.refused = found.refused
        taken = found.taken if found.refused is None else self.apart(roots)
        waiting = [tuple(texts) for texts in builds] + self.note(taken, "asked")
        if self.alone or not self.index.options.build_isolation:
            return
        done = set()
        while waiting and len(done) < BUILDS:
            texts = waiting.pop(0)
            if texts not in done:
                done.add(texts)
                self.ahead(self.isolated, texts)
                waiting += self.build(texts)

    def ahead(self, settings, texts):
        Ahead(self.world, settings).look(texts)

    def apart(self, roots):
        """Return what each would take by itself, where all of it together cannot be had."""
        found, named = [], set()
        for root in roots:
            for candidate, text in resolve([root], self.world, self.settings).taken:
                if candidate.name not in named:
                    named.add(candidate.name)
                    found.append((candidate, text))
        return found

    def build(self, texts):
        found = resolve([Root(text) for text in texts], self.world, self.isolated)
        if found.refused is not None:
            found = dataclasses.replace(found, taken=self.apart_builds(texts))
        return self.note(found.taken, "build")

    def apart_builds(self, texts):
        """Return what each requirement of a build takes by itself; note what is not to be had."""
        found = []
        for text in texts:
            one = resolve([Root(text)], self.world, self.isolated)
            found += one.taken
            if one.refused is not None and one.refused.kind == "missing":
                self.rows.append(
                    {
                        "requirement": text,
                        "name": canonicalize_name(parsed(text).name),
                        "why": "build",
                    }
                )
        return found

    def note(self, taken, why):
        """Add the rows of what is taken; return what the builds among it require."""
        builds, there = [], {(row["name"], row.get("version"), row["why"]) for row in self.rows}
        for candidate, text in taken:
            file = candidate.file or (candidate.given and candidate.given.place)
            if isinstance(file, File) and (candidate.name, str(file.version), why) not in there:
                self.rows.append(self.row(candidate.name, file, text, why))
                if not file.is_wheel and file.url in self.world.builds:
                    builds.append(tuple(self.world.builds[file.url]))
        return builds

    def row(self, name, file, text, why):
        self.taken.append(file)
        row = {"requirement": text, "name": name, "why": why, "version": str(file.version)}
        row.update({"wheel": file.is_wheel, "filename": file.filename})
        if not file.is_wheel:
            with contextlib.suppress(Unreadable):
                self.world.metadata(name, file)
        if file.url in self.world.paths:
            row.update({"path": self.world.paths[file.url]})
            row["build-requires"] = self.world.builds[file.url]
        return row

    def answer(self):
        """Return all that was found out."""
        answer = {"rows": self.rows, "troubles": self.index.troubles}
        answer["unfetched"] = {
            one.url: self.world.failed[one.url]
            for one in self.taken
            if one.url in self.world.failed
        }
        if self.refused is not None:
            answer["refused"] = dataclasses.asdict(self.refused)
            if self.refused.kind == "missing":
                text = self.refused.causes[0][0]
                name = canonicalize_name(parsed(text).name)
                self.rows.append({"requirement": text, "name": name, "why": "asked"})
        return answer


def build_constraints(index):
    """Return the files of constraints that hold for builds: from pip 25.3 on they are told apart."""
    if hasattr(index.options, "build_constraints"):
        return index.options.build_constraints or ()
    return os.environ.get("PIP_CONSTRAINT", "").split()


def root_of(asked):
    """Return one thing that was asked for, as it stands in the question."""
    given = asked.get("given")
    if given is None:
        return Root(asked["text"], tuple(asked["hashes"]))
    said = {key: tuple(one) if isinstance(one, list) else one for key, one in given.items()}
    return Root(asked["text"], given=Given(Metadata(**said), asked["text"]))


def main():
    walk = Walk(QUESTION)
    walk.run(QUESTION["asked"], QUESTION.get("builds", ()))
    print(json.dumps(walk.answer()))
    sys.stdout.flush()
    os._exit(0)  # what was fetched ahead in vain is not waited for


main()
