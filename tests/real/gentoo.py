"""Gentoo's real Portage, which PyPI has, in a bare Debian root with a small ebuild repository."""

from __future__ import annotations

from tests.bed import BareRoot, Stack, digest, layer, toolchain_root
from tests.real.repositories import write

_REPOSITORY = "/var/db/repos/gentoo"
_EBUILDS = {
    "dev-libs/libxml2": ("2.12.9", "2.13.5-r1"),
    "dev-libs/libffi": ("3.4.8",),
}
_EBUILD = """EAPI=8
DESCRIPTION="x"
HOMEPAGE="https://index.example"
SLOT="0"
LICENSE="x"
KEYWORDS="amd64"
S="${WORKDIR}"
src_install() { dodir /usr/include/x; echo 1 > "${ED}/usr/include/x/${PN}.h"; }
"""
_FILES = {
    f"{_REPOSITORY}/profiles/repo_name": "gentoo\n",
    f"{_REPOSITORY}/profiles/categories": "dev-libs\n",
    f"{_REPOSITORY}/profiles/arch.list": "amd64\n",
    f"{_REPOSITORY}/profiles/default/eapi": "8\n",
    f"{_REPOSITORY}/profiles/default/make.defaults": (
        'ARCH="amd64"\nACCEPT_KEYWORDS="amd64"\nCHOST="x86_64-pc-linux-gnu"\n'
    ),
    f"{_REPOSITORY}/metadata/layout.conf": "masters =\nuse-manifests = false\n",
    f"{_REPOSITORY}/licenses/x": "",
    "/etc/portage/repos.conf/gentoo.conf": (
        f"[DEFAULT]\nmain-repo = gentoo\n[gentoo]\nlocation = {_REPOSITORY}\n"
    ),
    # Asking is the user's default, which an unattended installation has to overrule.
    "/etc/portage/make.conf": (
        'EMERGE_DEFAULT_OPTS="--ask"\n'
        'FEATURES="-sandbox -usersandbox -userpriv -userfetch -news'
        ' -ipc-sandbox -network-sandbox -pid-sandbox -mount-sandbox"\n'
    ),
}
_LINKS = {
    "/etc/portage/make.profile": f"{_REPOSITORY}/profiles/default",
    "/usr/lib/portage": "/usr/local/lib/portage",
    "/share": "/usr/local/share",
}
_NO_PREFIX = 's,EPREFIX = __import__.*,EPREFIX = "",'
_WHERE = "import portage.const as c; print(c.__file__)"


def gentoo_root() -> Stack:
    """Return trixie with Portage at Gentoo's own places."""
    content = repr((_EBUILDS, _EBUILD, _FILES, _LINKS, _NO_PREFIX))
    return layer(f"gentoo-{digest(content.encode())}", toolchain_root("trixie"), _make)


def _make(root: BareRoot) -> None:
    root.check(["apt-get", "update"])
    root.check(["apt-get", "install", "--yes", "--no-install-recommends", "zstd"])
    root.check(["apt-get", "clean"])
    root.check(
        ["python3", "-m", "pip", "install", "-q", "--break-system-packages", "portage==3.0.*"]
    )
    # pip's prefix is no Gentoo Prefix.
    const = root.check(["python3", "-c", _WHERE]).strip()
    root.check(["sed", "-i", _NO_PREFIX, const])
    root.check(["groupadd", "--gid", "250", "portage"])
    root.check(["useradd", "--uid", "250", "--gid", "portage", "portage"])
    for path, text in _FILES.items():
        write(root, path, text)
    for package, versions in _EBUILDS.items():
        for version in versions:
            name = f"{package.partition('/')[2]}-{version}.ebuild"
            write(root, f"{_REPOSITORY}/{package}/{name}", _EBUILD)
    for path, target in _LINKS.items():
        root.check(["ln", "-s", target, path])
