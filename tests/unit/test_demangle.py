"""C++ names from real logs, as one writes them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from buildfix.diagnosis.demangle import demangled

# Symbols and what they are written as: of issue threads of torch, torchvision, torchaudio,
# tensorflow, protobuf, boost and codon, and of libarrow and libstdc++.
_FILE = Path(__file__).parent / "recorded" / "symbols.tsv"
REAL = [tuple(line.split("\t")) for line in _FILE.read_text(encoding="utf-8").splitlines()]
_OLD_STRING = "std::basic_string<char, std::char_traits<char>, std::allocator<char>>"
"""What binutils writes for the `std::string` of the old ABI."""


@pytest.mark.parametrize(("symbol", "written"), REAL)
def test_a_symbol_of_a_real_failure_is_told_as_one_writes_it(symbol: str, written: str) -> None:
    assert demangled(symbol) == written


@pytest.mark.skipif(shutil.which("c++filt") is None, reason="no c++filt")
def test_demangled_names_equal_those_of_binutils() -> None:
    plain = [symbol.removeprefix("_") if symbol.startswith("__Z") else symbol for symbol, _ in REAL]
    done = subprocess.run(["c++filt", *plain], capture_output=True, text=True, check=True)
    told = done.stdout.replace("> >", ">>").replace("> >", ">>").replace(_OLD_STRING, "std::string")
    assert told.splitlines() == [written for _, written in REAL]


@pytest.mark.parametrize(
    "symbol",
    [
        "PyUnicode_AsUTF8",
        "?answer@@YAHXZ",
        "_ZN3c105ErrorC2",  # cut short
        "_ZeroStruct",
        "_Z",
        "__Z",
        "_ZZ4mainE5local",  # local to a function
        "_ZN1aIXstE",
        "_Z1f" + "P" * 5000 + "i",
    ],
)
def test_other_names_are_not_demangled(symbol: str) -> None:
    assert demangled(symbol) == symbol


@pytest.mark.parametrize(
    "symbol",
    [
        "_ZN2at6Tensor8data_ptrIlMEP@_v",
        "_ZT$hKn8b_NC1A1fEv4",
        "_ZStSout",
        "_ZTN10_DcxxabivD17__cla3ss_type_infoE",
        "_ZNI2at6Tensor8data_rIlEEPT_v",
        f"_Z1f1A1BIS_S_E{''.join(f'S0_IS{number}_S{number}_E' for number in range(1, 10))}" * 2,
        f"_Z1f1A1BIS_S_E{''.join(f'S0_IS{number}_S{number}_E' for number in '123456789ABCDEFGH')}",
    ],
)
def test_names_that_are_cut_off_or_grow_without_limit_stay_as_they_are(symbol: str) -> None:
    assert demangled(symbol) == symbol
