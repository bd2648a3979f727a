"""Sources whose build files are made to cost their reader time or memory."""

from __future__ import annotations

_SYSTEM = '[build-system]\nrequires = ["{}"]\nbuild-backend = "{}"\n'
_CMAKE = _SYSTEM.format("scikit-build-core", "scikit_build_core.build")
_MESON = _SYSTEM.format("meson-python", "mesonpy")
_MATURIN = _SYSTEM.format("maturin", "maturin")
_EXTENSION = 'from setuptools import *\nsetup(name="x", ext_modules=[Extension("x", ["x.c"])])\n'
_SETUP = "from setuptools import setup\n"
_MANY = "a" * 50
_FILES = "setup.cfg setup.py x.c x.pyx CMakeLists.txt meson.build Cargo.toml configure configure.ac"

_CMAKE_TEXTS = {
    "includes-itself": "include(CMakeLists.txt)\n" * 20,
    "adds-itself": "add_subdirectory(.)\n" * 20,
    "functions": "function(f)\n f()\n f()\n f()\nendfunction()\nf()\n",
    "macros": "macro(f)\n f(a ${ARGN} ${ARGN})\n f(${ARGV} b)\nendmacro()\nf(x)\n",
    "nested-if": "find_package(X)\n" + "if(X_A)\n" * 2000 + "endif()\n" * 2000,
    "parentheses": "if(" + "(" * 20_000 + "A" + ")" * 20_000 + ")\nendif()\n",
    "foreach": "".join(f"foreach({name} {'x ' * 500})\n" for name in "abcd")
    + "set(V 1)\n"
    + "endforeach()\n" * 4,
    "doubling": "set(A aaaaaaaaaa)\n" + 'set(A "${A}${A}")\n' * 60,
    "expression": f'string(REGEX MATCH "(a+)+$" R "{"a" * 40}b")\n',
}
_MESON_TEXTS = {
    "foreach": "foreach a : range(100000)\n" * 3 + "x = a\n" + "endforeach\n" * 3,
    "brackets": "x = " + "[" * 100_000 + "]" * 100_000 + "\n",
    "not": "x = " + "not " * 50_000 + "true\n",
    "lists": "x = [1, 2]\n" + "x += [x, x]\n" * 60,
    "format": "x = '@0@@0@@0@@0@@0@@0@'\n" + "x = x.format(x)\n" * 40,
    "dictionaries": "x = {'a': 1}\n" + "x = {'a': x, 'b': x}\n" * 60 + "y = x == x\n",
    "subdir-itself": "subdir('.')\nsubdir('.')\n",
    "subproject-itself": "subproject('.')\nsubproject('.')\n",
}
_SCRIPTS = {
    "list-in-itself": "a = []\na.append(a)\nb = str(a)\n" + _SETUP + "setup(ext_modules=a)\n",
    "dict-in-itself": 'a = {}\na["x"] = a\nb = "%s" % a\n' + _SETUP + "setup(**a)\n",
    "shared-lists": 'a = ["x"]\n' + "a = [a, a]\n" * 60 + 'b = str(a)\nc = "%s" % a\n',
    "compared-lists": "a = [1]\nb = [1]\n" + "a = [a, a]\nb = [b, b]\n" * 60 + "c = a == b\n",
    "shared-tuples": 'a = ("x",)\n' + "a = (a, a)\n" * 60 + "b = {a: 1}\n",
    "repetition": 'a = "x" * 10**9\nb = "x" * 1000000000\nc = [0] * 1000000000\n',
    "powers": "a = 10**10**8\nb = pow(10, 10**8)\nc = 1 << 99999999999\nd = int('9' * 400000)\n",
    "widths": 'a = "%1000000000d" % 1\nb = f"{1:1000000000}"\nc = "x".ljust(1000000000)\n',
    "replacing": 'a = "x" * 90000\nb = a.replace("x", "y" * 90000)\nc = ("y" * 90000).join(a)\n',
    "ranges": "a = list(range(10**9))\nfor i in range(10**9):\n for j in range(10**9): pass\n",
    "endless": "while True:\n while True: pass\n",
    "expressions": f'import re\nre.match("(a+)+$", "{_MANY}b")\nre.sub("(.*)*x", "", "{_MANY}")\n',
    "recursion": "def f(): return f() + f()\nf()\n",
    "lambdas": "f = lambda x: x(x)(x)\nf(f)\n",
    "parentheses": "a = " + "(" * 5000 + "1" + ")" * 5000 + "\n",
    "minus": "a = " + "-" * 100_000 + "1\n",
    "plus": "a = " + "1+" * 100_000 + "1\n",
    "attributes": "a = b" + ".c" * 100_000 + "\n",
    "elif": "if a: pass\n" + "elif a: pass\n" * 20_000,
    "digits": "a = " + "9" * 1_000_000 + "\n",
    "many-lines": "a = 1\n" * 1_000_000,
    "exec-itself": 's = "exec(s);exec(s)"\nexec(s)\n',
    "growing": 'l = []\nwhile 1:\n for j in range(999): l.append("x" * 90000 + "%d" % j)\n',
}
_PYPROJECTS = {
    "dots": "a" + ".a" * 20_000 + " = 1\n",
    "dotted-tables": "".join(f"[{'a.' * 500}b{number}]\n" for number in range(2000)),
    "arrays": "a = " + "[" * 100_000 + "]" * 100_000,
    "inline-tables": "a = " + "{a=" * 50_000 + "1" + "}" * 50_000,
    "requirements": "[build-system]\nrequires = ["
    + "\"a; python_version < '3'\"," * 100_000
    + "]\n",
    "marker": f'[build-system]\nrequires = ["a; {"(" * 20_000}os_name{")" * 20_000}"]\n',
}
_EVERYWHERE = {
    "spaces": " " * 500_000,
    "letters": "a" * 500_000,
    "lines": "\n" * 500_000,
    "quotes": '"' * 500_000,
    "parens": "(" * 500_000,
    "comments": "/*" * 250_000,
    "includes": "#include " * 60_000,
    "conditions": "#if A\n" * 60_000,
    "continued": "\\\n" * 250_000,
}


def hostile_sources() -> dict[str, dict[str, str]]:
    """Return the files of each source, by a name of what is wrong with it."""
    found = {
        f"cmake-{name}": {"pyproject.toml": _CMAKE, "CMakeLists.txt": text}
        for name, text in _CMAKE_TEXTS.items()
    }
    for name, text in _MESON_TEXTS.items():
        start = "project('x', 'c')\n"
        found[f"meson-{name}"] = {"pyproject.toml": _MESON, "meson.build": start + text}
    found |= {f"setup-{name}": {"setup.py": text + _EXTENSION} for name, text in _SCRIPTS.items()}
    for name, text in _PYPROJECTS.items():
        found[f"toml-{name}"] = {"pyproject.toml": text, "setup.py": _EXTENSION}
    for name, text in _EVERYWHERE.items():
        found[f"all-{name}"] = dict.fromkeys(_FILES.split(), text)
    names = [f"h{number}.h" for number in range(400)]
    all_headers = "".join(f'#include "{name}"\n' for name in names)
    found["headers"] = {
        "setup.py": _EXTENSION,
        "x.c": all_headers,
        **dict.fromkeys(names, all_headers),
    }
    packages = (
        f'[[package]]\nname = "a{number}"\nversion = "1"\ndependencies = ["a{number + 1}"]\n'
        for number in range(60_000)
    )
    crate = '[package]\nname = "x"\nversion = "1"\n[dependencies]\na1 = "1"\n'
    found["cargo-lock"] = {
        "pyproject.toml": _MATURIN,
        "Cargo.toml": crate,
        "Cargo.lock": "version = 3\n" + "".join(packages),
    }
    return found
