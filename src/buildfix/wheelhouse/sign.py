"""`--sign`: the hashes of what an index serves, signed with the user's own SSH key.

DIR/SHA256SUMS.TARGET lists the files by their path in DIR; DIR/SHA256SUMS.TARGET.sig is the
signature. Hosts verify both with ssh-keygen and sha256sum, which they have anyway.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from buildfix.core.errors import BuildfixError, CommandNotFound, UsageError
from buildfix.machines.local import Machine
from buildfix.wheelhouse.store import Store, sha256_of, write_text

NAMESPACE = "buildfix-wheelhouse"
"""What the signature is for, so that one made for something else is none (PROTOCOL.sshsig)."""
_NO_QUESTION = (("SSH_ASKPASS", "false"), ("SSH_ASKPASS_REQUIRE", "force"))
_HINT = "Use a key without a passphrase, or the public key of one that ssh-agent has."


def check_key(key: Path) -> None:
    """Raise UsageError if there is no such key, before anything is built."""
    if not key.is_file():
        raise UsageError(f"There is no key {key}.", do="Make one with `ssh-keygen -t ed25519`.")


def sign(store: Store, target: str, key: Path, machine: Machine) -> Path:
    """Sign what is laid out for a target; return the signature. Raises BuildfixError."""
    sums = sums_file(store, target)
    signature = sums.with_name(f"{sums.name}.sig")
    lines = (
        f"{sha256_of(path)}  {path.relative_to(store.folder)}\n" for path in _files(store, target)
    )
    write_text(sums, "".join(lines))
    signature.unlink(missing_ok=True)  # ssh-keygen asks before it replaces one
    argv = ["ssh-keygen", "-q", "-Y", "sign", "-n", NAMESPACE, "-f", str(key), str(sums)]
    try:
        done = machine.run(argv, _NO_QUESTION)
    except CommandNotFound as error:
        raise BuildfixError("--sign needs ssh-keygen.", do="Install OpenSSH.") from error
    if done.returncode or not signature.is_file():
        reason = (done.stderr.strip().splitlines() or ["no signature was made"])[-1].rstrip(".")
        raise BuildfixError(f"Cannot sign with {key}: {reason}.", do=_HINT, unchanged="")
    return signature


def sums_file(store: Store, target: str) -> Path:
    """Return the path of the list of hashes of a target."""
    return store.folder / f"SHA256SUMS.{target}"


def _files(store: Store, target: str) -> Iterator[Path]:
    """Yield what an index of a target serves, as it is exported, too."""
    folder = store.target(target)
    yield store.lock_file(target)
    yield folder / "requirements.txt"
    yield from sorted((folder / "wheels").glob("*.whl"))
    yield from sorted(path for path in (folder / "simple").rglob("*") if path.is_file())
