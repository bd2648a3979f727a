"""Where a build would run, as far as the conditions in build files ask for it."""

from __future__ import annotations

from dataclasses import dataclass

from buildfix.core.system import system_of


@dataclass(frozen=True)
class Surroundings:
    """The machine and interpreter that a source is read for."""

    system: str
    """sys.platform's word: linux, darwin, win32."""
    arch: str
    """platform.machine()'s word: x86_64, aarch64, arm64, AMD64."""
    libc: str
    """glibc, musl or empty."""
    python: str
    """The interpreter's version, for example `3.13.5`."""
    compiler: str = "gcc"
    """The compiler's family as Meson calls it: gcc, clang, msvc."""
    implementation: str = "CPython"
    """platform.python_implementation()'s word: CPython, PyPy."""
    settings: tuple[tuple[str, str], ...] = ()
    """What the user tells the build backend: config settings, and CMAKE_ARGS word by word."""

    @property
    def version_info(self) -> tuple[int, int, int]:
        """Major, minor and micro version of the interpreter."""
        numbers = [int(part) for part in self.python.split(".")[:3] if part.isdigit()]
        major, minor, micro = (*numbers, 0, 0, 0)[:3]
        return (major, minor, micro)

    @property
    def is_64bit(self) -> bool:
        """Whether pointers have eight bytes there."""
        return "64" in self.arch or self.arch in ("s390x", "loong64")

    @property
    def platform_name(self) -> str:
        """platform.system()'s word: Linux, Darwin, Windows."""
        return system_of(self.system).platform_name

    @property
    def is_windows(self) -> bool:
        """Whether it is Windows."""
        return self.system == "win32"

    def told(self, *keys: str) -> tuple[str, ...]:
        """Return what the user tells the build backend by these keys."""
        return tuple(value for key, value in self.settings if key in keys)

    def markers(self) -> dict[str, str]:
        """Return the environment that PEP 508's markers are evaluated in there."""
        return {
            "implementation_name": self.implementation.lower(),
            "implementation_version": self.python,
            "os_name": "nt" if self.is_windows else "posix",
            "platform_machine": self.arch,
            "platform_python_implementation": self.implementation,
            "platform_release": "",
            "platform_system": self.platform_name,
            "platform_version": "",
            "python_full_version": self.python,
            "python_version": ".".join(self.python.split(".")[:2]),
            "sys_platform": self.system,
            "extra": "",
        }
