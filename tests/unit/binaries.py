"""Small real binaries of systems that are not here, for tests of what reads them.

`recorded/binaries.zip` holds them. It was made by `python -m tests.unit.binaries` with `ziglang`
0.17.1 (a wheel that brings Clang and LLD for every system); nothing else needs that.
"""

from __future__ import annotations

import struct
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ARCHIVE = Path(__file__).parent / "recorded" / "binaries.zip"
_MODULE = """
TAKEN int answer(void);
TAKEN void *PyModule_Create2(void *, int);
static int table[8];
int DllMainCRTStartup(void *a, unsigned b, void *c) { return 1; }
GIVEN void *PyInit_small(void) { table[0] = answer(); return PyModule_Create2(table, 1013); }
"""
_LIBRARY = """
int DllMainCRTStartup(void *a, unsigned b, void *c) { return 1; }
GIVEN int NAME(void) { return 42; }
"""
_MACOS = {"arm64": "aarch64-macos.12.0", "x86_64": "x86_64-macos.11.0"}
_WINDOWS = {"x86_64": "x86_64-windows-gnu", "arm64": "aarch64-windows-gnu"}
_FAT_MAGIC, _ALIGNED = 0xCAFEBABE, 14
_CPU_TYPES = {"arm64": (0x0100000C, 0), "x86_64": (0x01000007, 3)}


def elf(
    path: Path,
    *needed: str,
    rpath: str = "",
    runpath: str = "",
    machine: int = 62,
    rest: bytes = b"",
) -> Path:
    """Write a shared object that says what it needs, and nothing else (elf(5)); returns its path.

    `machine` is x86-64's number unless another is given; `rest` stands at the end of the file.
    """
    texts = [(1, name) for name in needed]
    texts += [(number, text) for number, text in ((15, rpath), (29, runpath)) if text]
    strings, rows = b"\0", []
    for tag, text in texts:
        rows.append((tag, len(strings)))
        strings += text.encode() + b"\0"
    head, program = 64, 56
    start = head + 2 * program
    size = 16 * (len(rows) + 3)
    rows += [(5, start + size), (10, len(strings)), (0, 0)]
    body = b"".join(struct.pack("<QQ", *row) for row in rows) + strings
    whole = start + len(body)
    ident = b"\x7fELF" + bytes((2, 1, 1)) + bytes(9)
    fields = (3, machine, 1, 0, head, 0, 0, head, program, 2, 0, 0, 0)
    load = struct.pack("<IIQQQQQQ", 1, 4, 0, 0, 0, whole, whole, 4096)
    dynamic = struct.pack("<IIQQQQQQ", 2, 4, start, start, start, size, size, 8)
    path.parent.mkdir(parents=True, exist_ok=True)
    elf_head = ident + struct.pack("<HHIQQQIHHHHHH", *fields)
    path.write_bytes(elf_head + load + dynamic + body + rest)
    return path


def unpack(name: str, target: Path) -> Path:
    """Put one of the binaries where it is wanted; returns that path."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(ARCHIVE) as archive:
        target.write_bytes(archive.read(name))
    return target


def _zig(*words: str | Path) -> None:
    subprocess.run([sys.executable, "-m", "ziglang", *map(str, words)], check=True)


def _compiled(text: str, target: str, result: Path, *words: str | Path) -> Path:
    source = result.with_suffix(".c")
    source.write_text(text, encoding="utf-8")
    shared = ("-dynamiclib",) if "macos" in target else ("-shared", "-nostdlib")
    _zig("cc", "-target", target, "-Os", "-s", *shared, source, *words, "-o", result)
    return result


def _for_macos(folder: Path) -> list[Path]:
    plain = ("-DTAKEN=extern", "-DGIVEN=")
    modules: dict[str, Path] = {}
    made: list[Path] = []
    for machine, target in _MACOS.items():
        named = ("-install_name", "@rpath/libother.1.dylib")
        for name in ("answer", "reply"):
            library = folder / f"lib{name}-{machine}.dylib"
            made.append(_compiled(_LIBRARY, target, library, *plain, f"-DNAME={name}", *named))
        flat = ("-Wl,-undefined,dynamic_lookup", "-Wl,-rpath,@loader_path")
        linked = folder / f"libanswer-{machine}.dylib"
        module = folder / f"small-{machine}.so"
        modules[machine] = _compiled(_MODULE, target, module, *plain, *flat, linked)
    return [*made, *modules.values(), _universal(modules, folder / "small-universal2.so")]


def _universal(modules: dict[str, Path], result: Path) -> Path:
    """Join modules into one file (mach-o/fat.h), as lipo(1) does."""
    head = struct.pack(">2I", _FAT_MAGIC, len(modules))
    body = b""
    for machine, path in modules.items():
        data = path.read_bytes()
        start = (1 << _ALIGNED) + len(body)
        head += struct.pack(">5I", *_CPU_TYPES[machine], start, len(data), _ALIGNED)
        body += data + bytes(-len(data) % (1 << _ALIGNED))
    result.write_bytes(head.ljust(1 << _ALIGNED, b"\0") + body)
    return result


def _for_windows(folder: Path) -> list[Path]:
    plain = ("-DTAKEN=__declspec(dllimport)", "-DGIVEN=__declspec(dllexport)")
    made: list[Path] = []
    for machine, target in _WINDOWS.items():
        imports = [
            _import_library(folder, machine, "other.dll", "answer"),
            _import_library(folder, machine, "python311.dll", "PyModule_Create2"),
        ]
        made.append(_compiled(_MODULE, target, folder / f"small-{machine}.pyd", *plain, *imports))
    for name in ("answer", "reply"):
        library = folder / f"{name}.dll"
        made.append(_compiled(_LIBRARY, _WINDOWS["x86_64"], library, *plain, f"-DNAME={name}"))
    return made


def _import_library(folder: Path, machine: str, library: str, symbol: str) -> Path:
    told, result = folder / f"{library}.def", folder / f"{library}-{machine}.lib"
    told.write_text(f"LIBRARY {library}\nEXPORTS\n{symbol}\n", encoding="utf-8")
    kind = {"x86_64": "i386:x86-64", "arm64": "arm64"}[machine]
    _zig("dlltool", "-m", kind, "-d", told, "-l", result)
    return result


def _main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        zipfile.ZipFile(ARCHIVE, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive,
    ):
        for path in (*_for_macos(Path(folder)), *_for_windows(Path(folder))):
            archive.writestr(zipfile.ZipInfo(path.name), path.read_bytes(), zipfile.ZIP_DEFLATED, 9)


if __name__ == "__main__":
    _main()
