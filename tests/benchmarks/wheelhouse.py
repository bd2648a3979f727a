"""`python -m tests.benchmarks.wheelhouse [N] [--suite SUITE]... [--local]`: a wheelhouse by Dask.

The first N of 40 small projects of all kinds are built for bare Debian roots by a scheduler and two
workers on loopback, one of which is killed in the middle of a build. Printed are the counts: what
is missing, what was built to its end more than once, and with `--local` which files the local
engine makes otherwise. It needs the extra `fleet` and, as bare roots do, root.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from buildfix.core.errors import UsageError
from tests.bed import SUITES, available, base_root, mounts_below
from tests.bed.bare import ENVIRONMENT, passed_on
from tests.benchmarks.builds_at_once import KINDS

COUNT = 40
WORKERS = 2
BUILT = tuple(name for kind, of in KINDS.items() if kind != "wheels" for name in of)
WHEELS = (*KINDS["wheels"], "packaging", "six", "certifi", "urllib3", "colorama", "pluggy")
MORE = ("pyyaml", "cffi", "msgpack", "bitarray", "regex", "zstandard")
"""Further ones to build, because wheels are nothing to do for a worker."""
_SCHEDULER = ("-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--no-dashboard")
_WORKER = ("-m", "distributed.cli.dask_worker", "--nthreads", "1", "--no-nanny", "--no-dashboard")
_SECONDS = 60.0


@dataclass
class Cluster:
    """A scheduler, and workers that can be killed."""

    address: str
    workers: list[subprocess.Popen[bytes]]


def main(argv: Sequence[str]) -> int:
    """Build and count; return 1 if anything is missing, built twice, or different."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", nargs="?", type=int, default=COUNT)
    parser.add_argument("--suite", action="append", choices=SUITES)
    parser.add_argument("--local", action="store_true", help="build by the local engine, too")
    words = parser.parse_args(argv)
    if reason := available():
        print(reason)
        return 2
    suites = words.suite or SUITES
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "r.txt").write_text("\n".join(lines_of(words.count)) + "\n")
        started = time.monotonic()
        with cluster(folder) as found:
            lines, killed = followed(found, folder, suites)
            ends = finished(found.address)
        seconds = time.monotonic() - started
        told = counted(folder / "dask", suites, lines, ends)
        print(f"{words.count} projects, {', '.join(suites)}: {seconds:.0f} s; killed: {killed}")
        print(json.dumps(told, indent=1), flush=True)
        sound = not told["missing"] and not told["built twice"] and not told["left mounted"]
        if words.local:
            list(run(folder, "local", suites, "local"))
            differing = different(folder / "dask", folder / "local", suites)
            print(f"different with the local engine: {differing or 'none'}", flush=True)
            sound = sound and not differing
    return 0 if sound and killed else 1


def projects(count: int) -> tuple[list[str], list[str]]:
    """Return what is built and what comes as wheels: of each kind in turn, so many in all."""
    built, wheels = [*BUILT, *MORE], list(WHEELS)
    order = []
    while built or wheels:
        order += [(one, True) for one in (built.pop(0), *built[:1])] if built else []
        built = built[1:]
        order += [(wheels.pop(0), False)] if wheels else []
    chosen = order[:count]
    return [name for name, own in chosen if own], [name for name, own in chosen if not own]


def lines_of(count: int) -> list[str]:
    """Return the requirements file: what is built may not come as a wheel."""
    built, wheels = projects(count)
    return [*(f"--no-binary {name}" for name in built), *built, *wheels]


@contextlib.contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """Provide a scheduler with its workers; they end with the block."""
    file = folder / "scheduler.json"
    with contextlib.ExitStack() as stack:

        def start(*words: str) -> subprocess.Popen[bytes]:
            log = stack.enter_context((folder / f"{len(found)}.log").open("wb"))
            argv = [sys.executable, *words]
            env = environment(folder)
            process = subprocess.Popen(argv, stdout=log, stderr=log, cwd=folder, env=env)
            stack.callback(process.wait)
            stack.callback(process.kill)
            return process

        found: list[subprocess.Popen[bytes]] = []
        found.append(start(*_SCHEDULER, "--port", "0", "--scheduler-file", str(file)))
        deadline = time.monotonic() + _SECONDS
        while not file.exists() and time.monotonic() < deadline:
            time.sleep(0.2)
        address: str = json.loads(file.read_text())["address"]
        for _ in range(WORKERS):
            found.append(start(*_WORKER, address, "--local-directory", str(folder)))
        yield Cluster(address, found[1:])


def environment(home: Path) -> dict[str, str]:
    """Return the variables of buildfix and of what it runs on."""
    env = {**passed_on(), **ENVIRONMENT, "PATH": os.environ["PATH"], "HOME": str(home)}
    return {**env, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def run(folder: Path, out: str, suites: Sequence[str], engine: str) -> Iterator[str]:
    """Build a wheelhouse; yield what is said, line by line."""
    targets = [w for one in suites for w in ("--target", f"chroot:{root_of(one)}")]
    words = ("wheelhouse", "build", "-r", "r.txt", *targets, "--out", out, "--engine", engine)
    with subprocess.Popen(
        [sys.executable, "-m", "buildfix", *words],
        cwd=folder,
        env=environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        for line in process.stdout or ():
            print(f"  {line.rstrip()}", flush=True)
            yield line


def root_of(suite: str) -> Path:
    """Return the folder of a bare root."""
    return base_root(suite).only_directory()


def followed(found: Cluster, folder: Path, suites: Sequence[str]) -> tuple[list[str], str]:
    """Build, and kill a worker in mid-build; return the lines, and what that worker was doing."""
    lines, killed, ends = list[str](), "", 0
    engine = f"dask://{found.address.removeprefix('tcp://')}"
    for line in run(folder, "dask", suites, engine):
        lines.append(line)
        ends += ": done, " in line
        if ends >= 2 and not killed:  # the other has built something that must not be lost
            killed = kill_one(found)
    return lines, killed


def kill_one(found: Cluster) -> str:
    """Kill a worker that builds; return what it builds, or nothing if none does."""
    import distributed

    with distributed.Client(found.address) as client:
        for worker, keys in client.processing().items():
            process = client.scheduler_info(n_workers=-1)["workers"][worker]["id"]
            number = client.run(os.getpid, workers=[worker])[worker]
            if keys:
                os.kill(number, signal.SIGKILL)
                return f"{process} while it built {len(keys)}"
    return ""


def finished(address: str) -> Counter[str]:
    """Return how often each build ended on a worker, as the scheduler saw it."""
    import distributed

    def ends(dask_scheduler: Any) -> list[str]:
        log = dask_scheduler.transition_log
        return [str(one[0]) for one in log if one[1:3] == ("processing", "memory")]

    with distributed.Client(address) as client:
        return Counter(client.run_on_scheduler(ends))


def counted(
    out: Path, suites: Sequence[str], lines: Sequence[str], ends: Counter[str]
) -> dict[str, Any]:
    """Return the counts of a run."""
    reports = [json.loads(path.read_text()) for path in sorted(out.glob("*/report.json"))]
    rows = Counter(row["how"] for one in reports for row in one["projects"])
    kept = {path.name for path in out.glob("*/units/*")}
    said = Counter(line.partition(":")[0] for line in lines if ": done, " in line)
    twice = [key for key, times in ends.items() if key in kept and times > 1]
    return {
        "projects": dict(rows),
        "units kept": len(kept),
        "builds that ended on workers": sum(ends[key] for key in kept),
        "built twice": twice + [title for title, times in said.items() if times > 1],
        "missing": [one for report in reports for one in report["missing"]]
        + ["a target"] * (len(suites) - len(reports)),
        "verified": [one["outcome"] for one in reports],
        "left mounted": [str(one) for suite in suites for one in mounts_below(root_of(suite))],
    }


def different(one: Path, other: Path, suites: Sequence[str]) -> list[str]:
    """Return the wheels that two wheelhouses have different bytes of, or that one lacks."""
    found = []
    for path in sorted(one.glob("*/target.json")):
        mine, theirs = (
            json.loads((place / path.parent.name / "target.json").read_text())["wheels"]
            for place in (one, other)
        )
        found += [name for name in mine | theirs if mine.get(name) != theirs.get(name)]
    if len(list(other.glob("*/target.json"))) != len(suites):
        raise UsageError("The local engine did not finish every target.")
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
