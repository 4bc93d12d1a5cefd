#!/usr/bin/env python3
"""Compares two readers by their logs: a thin door to `koalens compare --logs`.

usage: scripts/analyze_performance.py gemini.json claude.json [further options of koalens compare]

The files hold log lines of the service (LOG_FORMAT=json), with or without what `fly logs` prints before each:
    fly logs --app koalens-backend-staging --no-tail > staging.json
    grep gemini staging.json > gemini.json; grep claude staging.json > claude.json
One file that holds both does as well. The program is KOALENS, else target/release/koalens, target/debug/koalens, or koalens on the PATH.
"""

import os
import shutil
import sys
from pathlib import Path

BUILT = Path(os.environ.get("CARGO_TARGET_DIR", Path(__file__).resolve().parent.parent / "target"))


def program() -> str:
    """Where koalens is."""
    candidates = [os.environ.get("KOALENS"), BUILT / "release/koalens", BUILT / "debug/koalens", shutil.which("koalens")]
    for candidate in candidates:
        if candidate and os.access(candidate, os.X_OK):
            return str(candidate)
    sys.exit("analyze_performance: koalens is not built (cargo build), and not on the PATH")


def main() -> None:
    """Hands everything on."""
    arguments = sys.argv[1:]
    if "-h" in arguments or "--help" in arguments:
        print(__doc__.strip())
        return
    files = [argument for argument in arguments if not argument.startswith("-")]
    if len(files) < 1:
        print(__doc__.strip(), file=sys.stderr)
        sys.exit(2)
    for file in files:
        if not Path(file).is_file():
            sys.exit(f"analyze_performance: there is no file {file}")
    path = program()
    os.execv(path, [path, "compare", "--logs", *arguments])


main()
