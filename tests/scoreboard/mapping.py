"""What buildlog-consultant's problems are called in the contract.

A problem may have several names, and it is right where any of them is: it does not part kinds as
finely as the contract does, and that is not held against it. `{field}` is a field of the problem,
`{field.name}` the last part of a path in it, `{field.host}` the host of a URL; of a list the first
counts. `*` as subject is right whatever the subject: the problem has no field that could name it,
so it cannot be wrong about it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from posixpath import basename
from urllib.parse import urlsplit

NAMES: dict[str, tuple[str, ...]] = {
    # Compilers and tools. A command that is a compiler gets the contract's name for that by the
    # recipes' own table, which is a favour: the tool itself calls it a command.
    "command-missing": ("tool-missing:{command.name}", "cuda-missing:{command.name}"),
    "missing-fortran-compiler": ("compiler-missing:fortran",),
    "missing-rust-compiler": ("compiler-missing:rust", "compiler-too-old:rust"),
    "missing-c#-compiler": ("tool-missing:mcs", "tool-missing:csc"),
    "missing-assembler": ("tool-missing:as", "tool-missing:nasm", "tool-missing:yasm"),
    "missing-libtool": ("tool-missing:libtool", "tool-missing:libtoolize"),
    "missing-go-runtime": ("tool-missing:go",),
    "missing-jdk": ("tool-missing:javac", "tool-missing:java"),
    "missing-jre": ("tool-missing:java",),
    "missing-jvm": ("tool-missing:java",),
    "missing-jdk-file": ("tool-missing:javac", "header-missing:{filename.name}"),
    "javascript-runtime-missing": ("tool-missing:node",),
    "missing-gnome-common": ("tool-missing:gnome-autogen.sh",),
    "valac-cannot-compile": ("tool-missing:valac",),
    "minimum-autoconf-too-old": ("tool-too-old:autoconf",),
    "mismatch-gettext-versions": ("tool-too-old:gettext", "tool-too-new:gettext"),
    # Doubtful: it says that a checkout is asked for, not that git is absent.
    "vcs-control-directory-needed": ("tool-missing:{vcs}", "source-error:*"),
    # Doubtful: a macro is a file of some package; of PKG_* it is pkg-config, which it cannot say.
    "missing-autoconf-macro": ("dependency-missing:{macro}", "tool-missing:pkg-config"),
    # Headers, libraries, packages.
    "missing-c-header": ("header-missing:{header}", "cuda-missing:{header}"),
    "missing-library": (
        "library-missing:{library}",
        "runtime-library-missing:{library}",
        "runtime-library-missing:lib{library}",
    ),
    "missing-static-library": ("library-missing:{library}",),
    # Doubtful: one that is too old is reported as missing, with the version asked for.
    "missing-pkg-config-package": (
        "pkgconfig-missing:{module}",
        "library-too-old:{module}",
        "dependency-missing:{module}",
        "cmake-package-missing:{module}",
    ),
    "missing-vala-package": ("pkgconfig-missing:{package}",),
    "missing-xfce-dependency": ("pkgconfig-missing:{package}",),
    "missing-gnome-common-dependency": ("pkgconfig-missing:{package}",),
    "missing-cmake-files": ("cmake-package-missing:{filenames.package}",),
    "missing-cmake-config": (
        "cmake-package-missing:{name}",
        "library-too-old:{name}",
        "library-too-new:{name}",
    ),
    "missing-cmake-components": (
        "cmake-package-missing:{name}",
        "dependency-missing:{name}",
        "library-missing:{name}",
        "compiler-missing:{name}",
        "tool-missing:{name}",
    ),
    "cmake-exact-version-missing": (
        "library-too-old:{package}",
        "library-too-new:{package}",
        "cmake-package-missing:{package}",
    ),
    "missing-x11": ("dependency-missing:x11", "header-missing:X11/*", "library-missing:X11"),
    "missing-qt": ("dependency-missing:qt", "cmake-package-missing:Qt*"),
    "missing-qt-modules": ("dependency-missing:{modules}", "cmake-package-missing:Qt*"),
    "missing-introspection-typelib": ("runtime-library-missing:{library}",),
    # Doubtful throughout: the name is whatever words stood there, so it may be any kind of thing.
    "missing-vague-dependency": (
        "dependency-missing:{name}",
        "library-missing:{name}",
        "pkgconfig-missing:{name}",
        "cmake-package-missing:{name}",
        "header-missing:{name}",
        "tool-missing:{name}",
        "compiler-missing:{name}",
        "cuda-missing:{name}",
        "library-too-old:{name}",
        "tool-too-old:{name}",
        "compiler-too-old:{name}",
        "runtime-library-missing:{name}",
        "python-module-missing:{name}",
    ),
    # Doubtful: it may be a program, a shared library, a header or a file of the source.
    "missing-file": (
        "source-error:{path}",
        "tool-missing:{path.name}",
        "cuda-missing:{path.name}",
        "header-missing:{path}",
        "runtime-library-missing:{path.name}",
    ),
    "missing-command-or-build-file": ("tool-missing:{filename}", "source-error:{filename}"),
    "missing-build-file": ("source-error:{filename}", "tool-missing:{filename}"),
    # Python.
    "missing-python-module": (
        "python-module-missing:{module}",
        "backend-missing:{module}",
        "build-requirement-incompatible:{module}",
    ),
    "missing-python-distribution": (
        "no-distribution:{distribution}",
        "python-module-missing:{distribution}",
        "backend-missing:{distribution}",
        "build-requirement-incompatible:{distribution}",
    ),
    # Doubtful: the one command that pip's builds lack is bdist_wheel, of the module wheel.
    "missing-setup.py-command": ("python-module-missing:wheel",),
    "setuptools-scm-version-issue": ("source-error:*",),
    "no-vcversioner-version": ("source-error:*",),
    # The machine and the network.
    "no-space-on-device": ("disk-full:*",),
    "insufficient-disk-space": ("disk-full:*",),
    "command-not-executable": ("permission:{path}",),
    "not-executable-file": ("permission:{path}",),
    "unknown-certificate-authority": ("certificate:{url.host}", "certificate:{url}"),
    "arch-not-in-list": ("platform-unsupported:{arch}",),
    "apt-file-fetch-failure": ("network:{url.host}", "network:{url}"),
    "missing-xml-entity": ("network:{url.host}", "network:{url}"),
    # Doubtful: what it says is that a crate is not to be had; why, it cannot tell.
    "missing-cargo-crate": ("network:*", "no-distribution:{crate}", "compiler-too-old:rust"),
    # The source's own fault.
    "missing-configure": ("source-error:configure", "tool-missing:autoreconf"),
    "missing-automake-input": ("source-error:{path}",),
    "missing-config.status-input": ("source-error:{path}",),
    "missing-gnulib-directory": ("source-error:{directory}",),
    "local-directory-not-existing": ("source-error:{path}",),
    "patch-application-failed": ("source-error:{patchname}",),
    "disappeared-symbols": ("abi-mismatch:*",),
}
"""By kind of problem. What is not here (Debian's packaging, Perl, Ruby, R, Java, Go, LaTeX, test
runs) has no name in the contract, and is taken as a cause that is not known."""

UNKNOWN = ("unknown:-",)
_FIELD = re.compile(r"\{(\w+)(?:\.(\w+))?\}")


def names_of(kind: str, fields: Mapping[str, object]) -> tuple[str, ...]:
    """Return what the contract may call a problem."""
    named = (_filled(template, fields) for template in NAMES.get(kind, ()))
    return tuple(name for name in named if name) or UNKNOWN


def _filled(template: str, fields: Mapping[str, object]) -> str | None:
    """Return a name with its fields put in, None where the problem leaves one of them empty."""
    values = {match[0]: _value(match[1], match[2], fields) for match in _FIELD.finditer(template)}
    if not all(values.values()):
        return None
    return _FIELD.sub(lambda match: values[match[0]], template)


def _value(field: str, part: str | None, fields: Mapping[str, object]) -> str:
    text = next(_texts(fields.get(field)), "")
    match part:
        case "name":
            return basename(text)
        case "host":
            return urlsplit(text).hostname or ""
        case "package":
            return re.sub(r"(?i)-?config\.cmake$|\.cmake$|^Find", "", basename(text))
    return text


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, tuple)):
        yield from (item for item in value if isinstance(item, str))
