"""python -m tests.fuzzing [--minutes 10 | --batches 1] [--seed 1] [--kinds reading,verb] [--keep] [--replay]

Tries inputs of every kind, prints how many, and what was found; the exit code is 1 if there was anything. `--keep` writes
each finding, made small, as a case, and `--replay` tries the cases first. Where all kinds are tried for some minutes the
figures are kept in figures.json beside this file.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from .figures import Figures
from .running import Tally, batch, kept, replayed, shrunk

BATCHES = {"reading": 250, "formula": 300, "network": 150, "verb": 180, "arguments": 50, "requests": 60, "labels": 2}


def main() -> int:
    options = parsed()
    figures, began, number = Figures(options.seed), time.monotonic(), 0
    kinds = options.kinds.split(",") if options.kinds else [*BATCHES]
    if options.replay:
        figures.replay(replayed())
    while number < options.batches if options.batches else time.monotonic() - began < 60 * options.minutes:
        for kind in kinds:
            tally = tried(kind, options.seed, number * BATCHES[kind], BATCHES[kind])
            figures.add(kind, tally)
            tell(tally, options.keep)
        number += 1
    figures.seconds = time.monotonic() - began
    sys.stdout.write(figures.text())
    if not (options.kinds or options.batches) and options.minutes >= 5:
        figures.write()
    return int(figures.is_bad)


def tried(kind: str, seed: int, first: int, count: int) -> Tally:
    """Some inputs of a kind; those of a browser are tried in one."""
    if kind == "labels":
        from .labelled import pages

        return pages(seed, first, count)
    return batch(kind, seed, first, count)


def tell(tally: Tally, keeps: bool) -> None:
    """What was found, and what took long."""
    for finding in tally.findings:
        sys.stdout.write(f"{finding.kind}: {finding.what[:900]}\n    {finding.input!r:.300}\n")
        if keeps and finding.kind != "labels":
            sys.stdout.write(f"    kept as {kept(shrunk(finding))}\n")
    for seconds, given in tally.slowest:
        sys.stdout.write(f"{seconds:.1f} s for {given!r:.200}\n")
    sys.stdout.flush()


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.fuzzing", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--batches", type=int, default=0, help="so many of each kind, however long they take")
    parser.add_argument("--replay", action="store_true", help="the cases first")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kinds", help="of " + ", ".join(BATCHES))
    parser.add_argument("--keep", action="store_true", help="write what is found as cases")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
