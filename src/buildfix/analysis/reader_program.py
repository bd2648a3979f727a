"""What the process runs in which a source is read; its words become `sys.path`."""

from __future__ import annotations

import sys

if __name__ == "__main__":
    sys.path[:] = sys.argv[1:]
    from buildfix.analysis.reader_process import main

    main()
