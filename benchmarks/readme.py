"""The README's figures, one benchmark after the other: what this prints is what stands there.

    python benchmarks/readme.py [name …]

Each runs in an interpreter of its own, and says what it measures; the names are those of the files. On a busy machine
the ratios swing: the README has the ranges of several runs.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ALL = {
    "eager": [], "compiled": ["--markdown"], "training": [], "gpt": [], "startup": [], "sheets": [],
    "layout": ["--markdown"], "ulps": ["--markdown"],
}  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description="The figures of the README, one benchmark after the other.")
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(ALL)}; every one")
    names = parser.parse_args().names or list(ALL)
    unknown = [name for name in names if name not in ALL]
    if unknown:
        parser.error(f"no benchmark is called {unknown[0]!r}; there are {', '.join(ALL)}")
    codes = []
    for name in names:
        print(f"\n## python benchmarks/{name}.py {' '.join(ALL[name])}\n", flush=True)
        codes.append(subprocess.run([sys.executable, HERE / f"{name}.py", *ALL[name]], check=False).returncode)
    return max(codes)


if __name__ == "__main__":
    raise SystemExit(main())
