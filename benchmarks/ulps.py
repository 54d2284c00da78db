"""How far each row of the table is from the truth: what the README promises, as it is measured.

    python benchmarks/ulps.py [--markdown] [--rounds 3] [row …]

Each row is tried over all the doubles: every binade, subnormal numbers too, the neighbours of every kink and turn,
pairs of huge, tiny and nearly equal numbers, powers that overflow or vanish while their slopes do not. The truth is
mpmath's, to 400 digits. Figures are the worst that was found, in units of the last place; apart stands what should be
below 2.2e-308 and so has fewer digits, and the slopes of x / y and atan2 where such a number is divided.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from functools import reduce
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent / "tests"))

from accuracy import Parted, Worst, worse, worst_ulps

from microgrid import OPS


def told(name: str, found: Parted) -> list[str]:
    """A row of the table: its name, the worst of each number in both parts, and where the worst usual one is."""
    top = reduce(worse, found.usual)
    small = "; ".join(figures(found.subnormal))
    return [name, *figures(found.usual), small, ", ".join(map(repr, top.at)) if top.ulps else ""]


def figures(found: Sequence[Worst]) -> tuple[str, str]:
    """The worst of a value, and of each local derivative; – where there was none."""
    value, *slopes = (f"{each.ulps:.3g}" if each.at else "–" for each in found)
    return value, ", ".join(slopes)


def main() -> None:
    reader = argparse.ArgumentParser(description="how far each row is from the truth, in ulps")
    reader.add_argument("--markdown", action="store_true", help="as a table of a document")
    reader.add_argument("--rounds", type=int, default=1, help="how many times points are drawn; 1")
    reader.add_argument("rows", nargs="*", metavar="row", help=f"of {', '.join(OPS)}; every one")
    told_to = reader.parse_args()
    unknown = [name for name in told_to.rows if name not in OPS]
    if unknown:
        reader.error(f"the table has no row {unknown[0]}")
    heading = ["row", "value", "local derivatives", "both, subnormal", "the worst is at"]
    mould = "| {} | {} | {} | {} | {} |" if told_to.markdown else "{:12} {:>5}  {:18} {:24} {}"
    print(mould.format(*heading))
    if told_to.markdown:
        print("| --- | --: | --- | --- | --- |")
    for row in map(OPS.__getitem__, told_to.rows or OPS):
        [(name, found)] = worst_ulps(told_to.rounds, [row]).items()
        print(mould.format(*told(name, found)), flush=True)


if __name__ == "__main__":
    main()
