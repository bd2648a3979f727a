"""Rust: the toolchain that is there, the system's packages, rustup from a server on loopback."""

from __future__ import annotations

import hashlib
import http.server
import json
import platform
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from buildfix.catalog import Knowledge
from buildfix.catalog.rust import RustRecipe
from buildfix.core import Host, Need, Privilege, Request, Rust, Step
from buildfix.core.errors import RecipeError
from buildfix.diagnosis.validate_recipes import problems
from buildfix.engine.executor import apply
from buildfix.engine.outcome import Ending
from buildfix.engine.session import RunContext, Session
from buildfix.installers.requirements import parse
from buildfix.machines.local import LocalMachine
from buildfix.platforms.host_file import read_host
from buildfix.platforms.presence import lacking
from buildfix.platforms.rust import find_rust
from buildfix.platforms.stock_host import stock_host
from buildfix.providers import draft_plan
from buildfix.providers.rust import strictest
from buildfix.render.documents import host_document
from tests.unit.machines import INTERPRETER, TRIXIE, Played, Recorded

FETCH = Path(__file__).parents[2] / "src/buildfix/target_scripts/steps/fetch.py"
MISSING = Need("compiler-missing", "rust")
FIFTY = Need("compiler-missing", "rust", ">=1.50")
NEWEST = Need("compiler-too-old", "rust", ">=1.999")
EDITION = Need("compiler-too-old", "rust", "edition 2024")
SHIPPED = Knowledge()
RUST = SHIPPED.rust
assert RUST is not None

FAKE_INIT = b"""#!/bin/sh
mkdir -p "$CARGO_HOME/bin"
echo "$@" > "$CARGO_HOME/asked"
for name in cargo rustc; do
    printf '#!/bin/sh\\necho "%s 1.90.0 (0)"\\n' $name > "$CARGO_HOME/bin/$name"
    chmod +x "$CARGO_HOME/bin/$name"
done
[ -z "$RUSTUP_DIST_SERVER" ] || { echo "error: could not download file"; exit 1; }
"""


on_posix = pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands in")

# --- a server of rustup releases


@dataclass
class Server:
    """What lies on a server, and how it misbehaves."""

    files: dict[str, bytes] = field(default_factory=dict)
    cut: int = 0
    """Bytes that are left out at the end of every answer."""
    url: str = ""
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def server() -> Iterator[Server]:
    served = Server()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked.append(self.path)
            if self.path not in served.files:
                self.send_error(404)
                return
            body = served.files[self.path]
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) - served.cut])

        def log_message(self, *_: object) -> None:
            pass

    listening = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.url = f"http://127.0.0.1:{listening.server_port}"
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    yield served
    listening.shutdown()
    listening.server_close()


def fetch(
    target: Path, sha256: str, root: str, mirror: str | None = None
) -> subprocess.CompletedProcess[str]:
    url = f"{root}/archive/x/rustup-init"
    words = [str(FETCH), url, sha256, str(target), "--mirror", f"MIRROR={root}"]
    env = {"PATH": "/usr/bin:/bin", **({"MIRROR": mirror} if mirror else {})}
    return subprocess.run([sys.executable, *words], capture_output=True, text=True, env=env)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_a_download_with_the_right_checksum_is_put_in_place(server: Server, tmp_path: Path) -> None:
    server.files["/archive/x/rustup-init"] = FAKE_INIT
    target = tmp_path / "new/folder/rustup-init"
    done = fetch(target, sha256(FAKE_INIT), "https://nowhere.example", server.url + "/")
    assert (done.returncode, done.stderr) == (0, "")
    assert target.read_bytes() == FAKE_INIT
    assert target.stat().st_mode & 0o777 == 0o700
    assert [entry.name for entry in target.parent.iterdir()] == ["rustup-init"]
    again = fetch(target, sha256(FAKE_INIT), "https://nowhere.example", server.url)
    assert "already exists" in again.stdout
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("files", "cut", "says"),
    [
        ({}, 0, "answers 404"),
        ({"/archive/x/rustup-init": FAKE_INIT + b"#"}, 0, "its checksum is"),
        ({"/archive/x/rustup-init": FAKE_INIT}, 7, "cut short"),
    ],
)
def test_a_bad_download_leaves_nothing_and_says_so_in_a_line(
    server: Server, tmp_path: Path, files: Mapping[str, bytes], cut: int, says: str
) -> None:
    server.files, server.cut = dict(files), cut
    done = fetch(
        tmp_path / "new/rustup-init", sha256(FAKE_INIT), "https://nowhere.example", server.url
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert says in done.stderr
    assert "nothing was changed" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_failed_download_keeps_the_existing_file(server: Server, tmp_path: Path) -> None:
    target = tmp_path / "rustup-init"
    target.write_bytes(b"older")
    assert fetch(target, sha256(FAKE_INIT), "https://nowhere.example", server.url).returncode == 1
    assert target.read_bytes() == b"older"


def test_plain_http_is_for_mirrors_that_the_user_named(server: Server, tmp_path: Path) -> None:
    server.files["/archive/x/rustup-init"] = FAKE_INIT
    done = fetch(tmp_path / "rustup-init", sha256(FAKE_INIT), server.url)
    assert (done.returncode, server.asked) == (1, [])
    assert "only https is allowed" in done.stderr


def test_an_offline_mirror_may_be_a_folder(tmp_path: Path) -> None:
    release = tmp_path / "mirror/archive/x/rustup-init"
    release.parent.mkdir(parents=True)
    release.write_bytes(FAKE_INIT)
    target = tmp_path / "rustup-init"
    mirror = (tmp_path / "mirror").as_uri()
    assert fetch(target, sha256(FAKE_INIT), "https://nowhere.example", mirror).returncode == 0
    assert target.read_bytes() == FAKE_INIT


def test_credentials_of_a_mirror_are_not_printed(tmp_path: Path) -> None:
    mirror = "http://me:secret@127.0.0.1:9"
    done = fetch(tmp_path / "rustup-init", "0" * 64, "https://nowhere.example", mirror)
    assert done.returncode == 1
    assert "secret" not in done.stderr


# --- from the plan to a toolchain that builds find


@pytest.fixture
def session(tmp_path: Path, server: Server) -> Session:
    """Give a session of a user without root, on a system of which nothing but Rust is known."""
    recipes = tmp_path / "recipes"
    for name, text in {
        "capabilities/rust.toml": """
            [[capability]]
            id = "dep:virtual/compiler/rust"
            title = "Rust"
            commands = ["rustc", "cargo"]
            named = "compiler-missing:rust"
            """,
        "hosts/island.toml": """
            [host]
            id = "island"
            title = "Island"
            system = "linux"
            manager = "none"
            """,
        "rust.toml": f"""
            source = "this test"
            [rustup]
            version = "9.9"
            root = "https://nowhere.example/rustup"
            mirror = "RUSTUP_UPDATE_ROOT"
            [[platforms]]
            target = "island"
            system = "linux"
            machines = ["{platform.machine()}"]
            sha256 = "{sha256(FAKE_INIT)}"
            """,
    }.items():
        path = recipes / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    environ = {
        "RUSTUP_UPDATE_ROOT": server.url,
        "CARGO_HOME": str(tmp_path / "cargo"),
        "PATH": "/usr/bin:/bin",
    }
    machine, knowledge = LocalMachine(environ), Knowledge([recipes])
    interpreter = replace(INTERPRETER, path=sys.executable)
    host = replace(
        TRIXIE,
        id="island",
        arch=platform.machine(),
        privilege="none",
        data_folder=str(tmp_path / "data"),
        interpreter=interpreter,
        rust=find_rust(machine),
    )
    request = Request(("orjson",), unattended=True)
    return Session(
        RunContext(parse(request), machine, knowledge, tmp_path / "logs", interpreter, host=host)
    )


def carried_out(session: Session) -> Ending | None:
    story = apply(session, session.draft_plan([FIFTY]).steps)
    while True:
        try:
            next(story)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]


@on_posix
def test_rustup_brings_a_toolchain_that_the_retry_finds(
    session: Session, server: Server, tmp_path: Path
) -> None:
    server.files["/archive/9.9/island/rustup-init"] = FAKE_INIT
    assert carried_out(session) is None
    asked = (tmp_path / "cargo/asked").read_text(encoding="utf-8").split()
    profile = ["--profile", "minimal", "--default-toolchain", "stable"]
    assert asked == ["-y", "--no-modify-path", *profile]
    environment = dict(session.install().env)
    assert environment["PATH"].startswith(f"{tmp_path}/cargo/bin:")
    assert environment["CARGO_HOME"] == str(tmp_path / "cargo")
    host = session.host()
    assert host.rust.version == "1.90.0"
    assert lacking([FIFTY], host, session.machine, session.knowledge) == ()
    assert session.draft_plan([FIFTY, MISSING]).steps == ()


@on_posix
@pytest.mark.parametrize("fault", ["404", "cut", "checksum"])
def test_where_rustup_cannot_be_fetched_nothing_of_it_runs(
    session: Session, server: Server, tmp_path: Path, fault: str
) -> None:
    content = FAKE_INIT + b"#" if fault == "checksum" else FAKE_INIT
    server.files = {} if fault == "404" else {"/archive/9.9/island/rustup-init": content}
    server.cut = 5 if fault == "cut" else 0
    ending = carried_out(session)
    assert ending is not None
    assert ending.outcome == "unfixed"
    assert "nothing was changed" in ending.reason
    assert not (tmp_path / "cargo").exists()
    assert not (tmp_path / "data").exists()
    assert session.state.applied == ()
    assert server.asked == ["/archive/9.9/island/rustup-init"]


@on_posix
def test_what_a_failing_rustup_left_is_taken_back(
    session: Session, server: Server, tmp_path: Path
) -> None:
    server.files["/archive/9.9/island/rustup-init"] = FAKE_INIT
    mine = tmp_path / "cargo/bin/cargo-mine"
    mine.parent.mkdir(parents=True)
    mine.touch()
    nowhere = {"RUSTUP_DIST_SERVER": "http://127.0.0.1:9"}
    machine = LocalMachine({**session.machine.environ, **nowhere})
    session = Session(replace(session.given, machine=machine))
    ending = carried_out(session)
    assert ending is not None
    assert "nothing was changed: error: could not download file" in ending.reason
    there = {path.relative_to(tmp_path / "cargo").as_posix() for path in mine.parents[1].rglob("*")}
    assert there == {"bin", "bin/cargo-mine"}


# --- the option for each situation


def steps(host: Host, *needs: Need, attended: bool = False) -> tuple[Step, ...]:
    return draft_plan(needs, host, SHIPPED, attended=attended).steps


def packages(found: tuple[Step, ...]) -> tuple[str, ...]:
    return tuple(name for step in found for name in step.packages)


def programs(found: tuple[Step, ...]) -> list[str]:
    """Return the scripts that the commands of a plan run."""
    return [Path(step.argv[1]).stem for step in found if step.kind == "command"]


BUILDS = replace(
    TRIXIE,
    packages=TRIXIE.packages | {"build-essential", "python3-dev"},
    interpreter=replace(INTERPRETER, has_headers=True),
    data_folder="/home/me/.local/share/buildfix",
)


def with_rust(version: str, folder: str = "", rustup: str = "") -> Host:
    return replace(BUILDS, rust=Rust(version, folder, rustup, "/home/me/.cargo"))


def test_existing_new_enough_toolchain_is_used() -> None:
    assert steps(with_rust("1.85.0"), MISSING, EDITION) == ()


def test_toolchain_off_path_is_only_put_on_path() -> None:
    (step,) = steps(with_rust("1.85.0", folder="/home/me/.cargo/bin"), MISSING, EDITION)
    assert step.kind == "environment"
    assert step.variables == (("PATH", "/home/me/.cargo/bin"),)
    assert step.because == (MISSING, EDITION)
    used = replace(
        with_rust("1.85.0", folder="/home/me/.cargo/bin"), build_path=("/home/me/.cargo/bin",)
    )
    assert steps(used, MISSING) == ()


@pytest.mark.parametrize(
    ("system", "need", "brings"),
    [
        ("debian:13", MISSING, ("rustc", "cargo")),
        ("debian:13", EDITION, ("rustc", "cargo")),
        ("debian:13", Need("compiler-missing", "rust", ">=1.86"), ("rustc-web", "cargo-web")),
        ("debian:12", EDITION, ("rustc-web", "cargo-web")),
        ("debian:12", Need("compiler-too-old", "rust", "lock file 4"), ("rustc-web", "cargo-web")),
        ("fedora:42", Need("compiler-missing", "rust", ">=1.83"), ("rust", "cargo")),
        ("alpine:3.22", Need("compiler-missing", "rust", ">=1.83"), ("rust", "cargo")),
    ],
)
def test_the_systems_packages_serve_where_they_are_new_enough(
    system: str, need: Need, brings: tuple[str, ...]
) -> None:
    found = steps(stock(system), need)
    assert packages(found)[:2] == brings
    assert not [step for step in found if "rustup" in " ".join(step.argv)]


@pytest.mark.parametrize(
    ("system", "target"),
    [
        ("debian:12", "x86_64-unknown-linux-gnu"),
        ("debian:13", "x86_64-unknown-linux-gnu"),
        ("fedora:42", "x86_64-unknown-linux-gnu"),
        ("alpine:3.22", "x86_64-unknown-linux-musl"),
        ("macos:15", "aarch64-apple-darwin"),
        ("windows:11", "x86_64-pc-windows-msvc"),
    ],
)
def test_rustup_comes_after_the_compiler_that_rustc_links_with(system: str, target: str) -> None:
    found = steps(stock(system), NEWEST)
    at = next(place for place, step in enumerate(found) if "/rustup-init" in " ".join(step.argv))
    fetched, ran, used = found[at:]
    assert at > 0, "a C compiler comes first"
    assert f"/archive/1.28.2/{target}/rustup-init" in " ".join(fetched.argv)
    assert ran.argv[2] == fetched.argv[4]
    assert ran.argv[3:5] == ("-y", "--no-modify-path")
    assert not any(step.privileged for step in (fetched, ran))
    assert (used.kind, used.variables[0][0]) == ("environment", "PATH")


def stock(system: str) -> Host:
    if system.partition(":")[0] not in SHIPPED.hosts:
        pytest.skip(f"no recipe of {system} yet")
    return stock_host(system, SHIPPED)


def test_where_the_packages_of_rust_bring_the_linkers_compiler_none_is_asked_for() -> None:
    """Debian's rustc depends on gcc; Python's headers are C's, which a crate has none of."""
    debian = packages(steps(stock("debian:13"), MISSING))
    assert debian == ("rustc", "cargo")
    with_c = packages(steps(stock("debian:13"), MISSING, Need("compiler-missing", "c")))
    assert set(with_c) == {"rustc", "cargo", "build-essential", "python3-dev"}
    assert "gcc" in packages(steps(stock("fedora:42"), MISSING))


def test_without_root_rustup_stands_in_for_packages() -> None:
    cases: list[tuple[Privilege, bool]] = [
        ("none", True),
        ("none", False),
        ("sudo-password", False),
    ]
    for privilege, attended in cases:
        host = replace(BUILDS, privilege=privilege)
        found = steps(host, MISSING, attended=attended)
        assert programs(found) == ["fetch", "rustup_init"]
    assert packages(steps(replace(BUILDS, privilege="sudo-password"), MISSING, attended=True))


def test_without_homebrew_rustup_needs_no_person() -> None:
    host = replace(stock("macos:15"), setups=frozenset({"xcode"}))
    assert [step.kind for step in steps(host, MISSING)] == ["command", "command", "environment"]


def test_a_rustup_that_is_there_brings_the_newer_toolchain_and_keeps_its_default() -> None:
    host = with_rust("1.60.0", rustup="/home/me/.cargo/bin/rustup", folder="/home/me/.cargo/bin")
    install, use = steps(host, EDITION)
    assert install.argv[:4] == ("/home/me/.cargo/bin/rustup", "toolchain", "install", "stable")
    assert use.variables == (("PATH", "/home/me/.cargo/bin"), ("RUSTUP_TOOLCHAIN", "stable"))


def test_packages_do_not_help_behind_a_toolchain_that_came_otherwise() -> None:
    assert programs(steps(with_rust("1.60.0"), EDITION)) == ["fetch", "rustup_init"]
    packaged = with_rust("1.63.0")
    packaged = replace(packaged, packages=packaged.packages | {"rustc", "cargo"})
    newer = Need("compiler-too-old", "rust", ">=1.86")
    assert packages(steps(packaged, newer)) == ("rustc-web", "cargo-web")


def test_too_old_without_a_word_of_the_version_means_a_newer_one() -> None:
    host = replace(with_rust("1.85.1"), packages=BUILDS.packages | {"rustc", "cargo"})
    assert packages(steps(host, Need("compiler-too-old", "rust"))) == ("rustc-web", "cargo-web")
    newer = replace(host, rust=Rust("1.96.0", cargo_home="/root/.cargo"))
    assert programs(steps(newer, Need("compiler-too-old", "rust"))) == ["fetch", "rustup_init"]


def test_a_version_that_must_be_old_is_asked_for_by_name() -> None:
    found = steps(with_rust("1.90.0"), Need("compiler-missing", "rust", "==1.70.0"))
    assert found[1].argv[-1] == "1.70.0"


def test_where_rustup_is_not_made_for_the_machine_it_is_said_so() -> None:
    found = draft_plan([NEWEST], replace(BUILDS, arch="sparc64"), SHIPPED)
    assert found.steps == ()
    assert "rustup does not support sparc64" in found.unmet[0][1]


def test_rustup_does_not_run_where_imperative_installs_are_wrong() -> None:
    if "nixos" in SHIPPED.hosts:
        assert [step.kind for step in steps(stock("nixos"), MISSING)] == ["manual"]


# --- versions, platforms, facts


@pytest.mark.parametrize(
    ("required", "asked"),
    [
        (None, ""),
        ("1.83", ">=1.83"),
        (">=1.74", ">=1.74"),
        ("edition2024", ">=1.85"),
        ("edition 2021", ">=1.56"),
        ("Cargo.lock version 4", ">=1.78"),
        ("lock file 3", ">=1.53"),
        ("edition 2099", ""),
        ("a newer one", ""),
    ],
)
def test_editions_and_lock_files_ask_for_a_version(required: str | None, asked: str) -> None:
    assert str(recipe().asked(required)) == asked


def recipe() -> RustRecipe:
    assert RUST is not None
    return RUST


def test_a_projects_recipe_may_ask_for_a_version() -> None:
    tiktoken = SHIPPED.project("tiktoken")
    assert tiktoken is not None
    assert packages(steps(stock("debian:13"), *tiktoken.build))[:2] == ("rustc-web", "cargo-web")


@pytest.mark.parametrize(("host", "package"), [("debian:13", "rustc-web"), ("arch", "rust")])
def test_where_any_rust_may_be_asked_for_the_systems_newest_comes(host: str, package: str) -> None:
    open_need = Need("compiler-missing", "rust", ">=1.85", newest=True)
    names = packages(steps(stock(host), MISSING, open_need))
    assert package in names
    assert "rustc" not in names


def test_only_rustup_brings_a_nightly_rust() -> None:
    nightly = Need("compiler-missing", "rust", "nightly")
    found = steps(stock("debian:13"), nightly)
    assert found[-2].argv[-2:] == ("--default-toolchain", "nightly")
    assert not {"rustc", "rustc-web"}.intersection(packages(found))
    assert strictest((nightly, NEWEST), BUILDS, recipe()).required == "nightly"


def test_rustup_brings_the_last_rust_before_one_that_denies() -> None:
    too_new = Need("compiler-too-new", "rust", "<1.80")
    found = steps(stock("debian:13"), too_new)
    assert found[-2].argv[-2:] == ("--default-toolchain", "1.79")
    host = with_rust("1.85.0", rustup="/home/me/.cargo/bin/rustup", folder="/home/me/.cargo/bin")
    install, _ = steps(host, too_new)
    assert install.argv[:4] == ("/home/me/.cargo/bin/rustup", "toolchain", "install", "1.79")


def test_a_nightly_rust_that_is_there_is_enough() -> None:
    nightly = Need("compiler-missing", "rust", "nightly")
    there = replace(BUILDS, rust=Rust("1.98.0", nightly=True))
    assert not steps(there, nightly)


def test_a_release_stands_in_for_a_nightly_rust_where_the_user_sets_rustc_bootstrap() -> None:
    nightly = Need("compiler-missing", "rust", "nightly")
    there = replace(BUILDS, rust=Rust("1.98.0", bootstrap=True))
    assert not steps(there, nightly)
    assert not steps(there, nightly, Need("compiler-missing", "rust", ">=1.85"))
    assert steps(there, nightly, Need("compiler-missing", "rust", ">=1.99"))
    debian = stock("debian:13")
    found = steps(replace(debian, rust=replace(debian.rust, bootstrap=True)), nightly)
    assert "rustc-web" in packages(found)
    on_path = {"rustc": "/usr/bin/rustc", "cargo": "/usr/bin/cargo"}
    said = {"/usr/bin/rustc": "rustc 1.85.0 (4d91de4e4 2025-02-17)"}
    assert seen(on_path, said, RUSTC_BOOTSTRAP="1").bootstrap
    assert not seen(on_path, said, RUSTC_BOOTSTRAP="one_crate").bootstrap, (
        "only that crate has them"
    )


def test_one_toolchain_meets_all_rust_needs() -> None:
    needs = (MISSING, Need("compiler-missing", "rust", ">=1.9"), EDITION, Need("build", "dep:x"))
    assert strictest(needs, BUILDS, recipe()).required == ">=1.85"
    assert strictest((MISSING,), BUILDS, recipe()).required is None
    capped = (*needs, Need("compiler-missing", "rust", "<1.90"))
    assert strictest(capped, BUILDS, recipe()).required == ">=1.85,<1.90"


@pytest.mark.parametrize(
    ("system", "arch", "libc", "target"),
    [
        ("linux", "aarch64", "glibc 2.36", "aarch64-unknown-linux-gnu"),
        ("linux", "aarch64", "musl", "aarch64-unknown-linux-musl"),
        ("linux", "x86_64", "", "x86_64-unknown-linux-gnu"),
        ("linux", "armv7l", "glibc 2.36", "armv7-unknown-linux-gnueabihf"),
        ("linux", "riscv64", "musl", None),
        ("darwin", "x86_64", "", "x86_64-apple-darwin"),
        ("win32", "AMD64", "", "x86_64-pc-windows-msvc"),
        ("win32", "ARM64", "", "aarch64-pc-windows-msvc"),
    ],
)
def test_each_machine_has_its_own_rustup_init(
    system: str, arch: str, libc: str, target: str | None
) -> None:
    found = recipe().platform(replace(TRIXIE, system=system, arch=arch, libc=libc))
    assert (found and found.target) == target
    if found:
        name = "rustup-init.exe" if system == "win32" else "rustup-init"
        assert recipe().url(found).endswith(f"/{target}/{name}")


def test_rustup_checksums_are_complete_and_unique() -> None:
    pins = [platform.sha256 for platform in recipe().platforms]
    assert len(set(pins)) == len(pins) >= 15


def test_platforms_that_claim_the_same_machine_are_an_error(tmp_path: Path) -> None:
    rust = 'source = "x"\n[rustup]\nversion = "1"\nroot = "https://x"\nmirror = "M"\n'
    for target in ("one", "two"):
        rust += f'[[platforms]]\ntarget = "{target}"\nsystem = "linux"\nmachines = ["x86_64"]\n'
        rust += f'sha256 = "{sha256(target.encode())}"\n'
    (tmp_path / "rust.toml").write_text(rust, encoding="utf-8")
    assert problems(Knowledge([tmp_path])) == ["rust.toml: two and one both claim x86_64"]


def test_a_pin_that_is_no_checksum_is_refused(tmp_path: Path) -> None:
    (tmp_path / "rust.toml").write_text(
        'source = "x"\n[rustup]\nversion = "1"\nroot = "https://x"\nmirror = "M"\n'
        '[[platforms]]\ntarget = "t"\nsystem = "linux"\nmachines = []\nsha256 = "abc"\n'
    )
    with pytest.raises(RecipeError, match=r"sha256.*64 lower-case hexadecimal"):
        _ = Knowledge([tmp_path]).rust


def seen(on_path: Mapping[str, str], said: Mapping[str, str], **environ: str) -> Rust:
    answers = {f"{path} --version": [Played(text)] for path, text in said.items()}
    return find_rust(Recorded(answers, {"HOME": "/h", **environ}, on_path))  # type: ignore[arg-type]


def test_the_toolchain_of_path_is_seen_with_its_version() -> None:
    on_path = {"rustc": "/usr/bin/rustc", "cargo": "/usr/bin/cargo"}
    # As rustc of Debian 13 says it.
    said = "rustc 1.85.0 (4d91de4e4 2025-02-17) (built from a source tarball)"
    found = seen(on_path, {"/usr/bin/rustc": said})
    assert found == Rust("1.85.0", cargo_home="/h/.cargo")


def test_a_newer_one_off_path_is_seen_and_where_it_is() -> None:
    home = {f"/c/bin/{name}": f"/c/bin/{name}" for name in ("rustc", "cargo", "rustup")}
    on_path = {"rustc": "/usr/bin/rustc", "cargo": "/usr/bin/cargo", **home}
    said = {"/usr/bin/rustc": "rustc 1.63.0", "/c/bin/rustc": "rustc 1.92.0-nightly (1 2025)"}
    found = seen(on_path, said, CARGO_HOME="/c")
    homes = (("CARGO_HOME", "/c"),)
    assert found == Rust("1.92.0", "/c/bin", "/c/bin/rustup", "/c", homes, nightly=True)


def test_a_rustc_without_cargo_or_without_an_answer_is_none() -> None:
    assert seen({"rustc": "/usr/bin/rustc"}, {}).version == ""
    names = [f"/h/.cargo/bin/{name}" for name in ("rustc", "cargo", "rustup")]
    proxies = {name: name for name in names}
    # A rustup without any toolchain.
    said = {"/h/.cargo/bin/rustc": "error: rustup could not choose a version of rustc to run"}
    found = seen(proxies, said)
    assert (found.version, found.rustup) == ("", "/h/.cargo/bin/rustup")
    (install, _) = steps(replace(BUILDS, rust=found), MISSING)
    assert install.argv[:3] == ("/h/.cargo/bin/rustup", "toolchain", "install")


def test_a_host_description_tells_of_rust_and_is_read_back(tmp_path: Path) -> None:
    rust = Rust("1.92.0", "/c/bin", "/c/bin/rustup", "/c", (("CARGO_HOME", "/c"),))
    host = replace(BUILDS, rust=rust, build_path=("/c/bin",))
    file = tmp_path / "host.json"
    file.write_text(json.dumps(host_document(host)), encoding="utf-8")
    assert read_host(file) == host
