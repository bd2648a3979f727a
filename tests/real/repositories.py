"""Small package repositories for the real dnf, zypper and pacman, in the places these look at.

The packages hold empty files at the paths where the real ones have them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

from tests.bed import BareRoot, Stack, base_root, digest, layer

PROGRAMS = (
    *("apt-file", "dnf", "zypper", "rpm", "createrepo-c"),
    *("pacman-package-manager", "makepkg", "libarchive-tools", "zstd"),
)
_REPO = "[home]\nname=home\nbaseurl=file:///srv/rpm\ngpgcheck=0\nenabled=1\n"

RPMS: Mapping[str, tuple[str, ...]] = {
    "libxml2": ("/usr/lib64/libxml2.so.2",),
    "libxml2-devel": (
        "/usr/include/libxml2/libxml/xpath.h",
        "/usr/lib64/libxml2.so",
        "/usr/lib64/pkgconfig/libxml-2.0.pc",
        "/usr/lib64/cmake/libxml2/libxml2-config.cmake",
        "/usr/bin/xml2-config",
    ),
    "mingw64-libxml2": (
        "/usr/x86_64-w64-mingw32/sys-root/mingw/include/libxml2/libxml/xpath.h",
        "/usr/x86_64-w64-mingw32/bin/xml2-config",
    ),
    "jpeg-a-devel": ("/usr/include/jpeglib.h",),
    "jpeg-b-devel": ("/usr/include/jpeglib64.h", "/usr/include/jpeg-b/jpeglib.h"),
    "jpeg-c-devel": ("/usr/include/jpeg-c/jpeglib.h",),
    "weak": ("/usr/share/weak",),
}
PROVIDES = {"libxml2-devel": ("pkgconfig(libxml-2.0) = 2.12.8", "cmake(libxml2) = 2.12.8")}

PACMAN: Mapping[str, tuple[str, ...]] = {
    "libxml2": (
        "/usr/include/libxml2/libxml/xpath.h",
        "/usr/lib/libxml2.so",
        "/usr/lib/libxml2.so.2",
        "/usr/lib/pkgconfig/libxml-2.0.pc",
        "/usr/lib/cmake/libxml2/libxml2-config.cmake",
        "/usr/bin/xml2-config",
    ),
    "lib32-libxml2": ("/usr/lib32/libxml2.so", "/usr/lib32/pkgconfig/libxml-2.0.pc"),
    "mingw-w64-libxml2": ("/usr/x86_64-w64-mingw32/include/libxml2/libxml/xpath.h",),
    "other": ("/usr/share/other",),
}


def managers_root() -> Stack:
    """Return trixie with the managers of other systems, each with a repository of its own."""
    content = repr((PROGRAMS, RPMS, PROVIDES, PACMAN, _make_rpms.__code__.co_consts))
    return layer(f"repositories-{digest(content.encode())}", base_root("trixie"), _make)


def _make(root: BareRoot) -> None:
    root.check(["apt-get", "update"])
    root.check(["apt-get", "install", "--yes", "--no-install-recommends", *PROGRAMS])
    root.check(["apt-get", "clean"])
    _make_rpms(root)
    _make_pacman(root)


def write(root: BareRoot, inside: str, text: str) -> None:
    """Write a file of the root."""
    path = root.path(inside)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _make_rpms(root: BareRoot) -> None:
    for name, files in RPMS.items():
        write(root, f"/tmp/{name}.spec", _spec(name, files))
        root.check(
            ["rpmbuild", "-bb", "-D_rpmdir /srv/rpm", "-D_topdir /tmp/rpm", f"/tmp/{name}.spec"]
        )
    root.check(["createrepo_c", "--quiet", "/srv/rpm"])
    for folder in ("yum.repos.d", "zypp/repos.d"):
        write(root, f"/etc/{folder}/home.repo", _REPO)
    write(root, "/etc/dnf/vars/releasever", "42\n")


def _spec(name: str, files: tuple[str, ...]) -> str:
    provides = "".join(f"Provides: {one}\n" for one in PROVIDES.get(name, ()))
    recommends = "Recommends: weak\n" if name == "libxml2-devel" else ""
    folders = dict.fromkeys(f"%{{buildroot}}{PurePosixPath(file).parent}" for file in files)
    touched = " ".join(f"%{{buildroot}}{file}" for file in files)
    listed = "\n".join(files)
    return (
        f"Name: {name}\nVersion: 2.12.8\nRelease: 1.fc42\nSummary: x\nLicense: MIT\n"
        f"AutoReqProv: no\n{provides}{recommends}%description\nx\n"
        f"%install\nmkdir -p {' '.join(folders)}\ntouch {touched}\n%files\n{listed}\n"
    )


def _make_pacman(root: BareRoot) -> None:
    for name, files in PACMAN.items():
        for file in files:
            write(root, f"/tmp/{name}/{file}", "")
        about = {"pkgname": name, "pkgbase": name, "pkgver": "2.14.5-1", "pkgdesc": "x"}
        more = {"url": "x", "builddate": "1", "packager": "x", "size": "1", "arch": "any"}
        lines = (f"{key} = {value}\n" for key, value in {**about, **more}.items())
        write(root, f"/tmp/{name}/.PKGINFO", "".join(lines))
        archive = f"/srv/pacman/{name}-2.14.5-1-any.pkg.tar.zst"
        root.path("/srv/pacman").mkdir(exist_ok=True)
        root.check(["tar", "--zstd", "-C", f"/tmp/{name}", "-cf", archive, ".PKGINFO", "usr"])
        root.check(["repo-add", "--quiet", "/srv/pacman/home.db.tar.gz", archive])
    options = "[options]\nArchitecture = auto\nSigLevel = Never\n"
    write(root, "/etc/pacman.conf", f"{options}[home]\nServer = file:///srv/pacman\n")
