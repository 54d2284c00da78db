"""Plant mistakes in the core and count those that the tests notice; it needs the extra `dev`.

    python -m benchmarks.mutation --record                once: which tests run which line, and how many lines they run
    python -m benchmarks.mutation --count 300 --seed 1    plant so many, print the score and the survivors
    python -m benchmarks.mutation --place FILE:LINE       every mistake of one line

A copy of the tree holds the mistakes, never the tree. What is found is kept in docs/trust/mutation.json, from
which `python -m benchmarks.trust` writes docs/trust.md; survivors that may stay are in accepted.py, with the reason.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from .choice import CORE, Mutant, chosen, placed
from .copies import CACHE, ROOT, copy_tree, environment
from .record import Map, record
from .trial import MOST, Bench

BEFORE = CACHE / "tried.json"  # what was found so far
Tried = tuple[Mutant, str, str]  # with the verdict, and what noticed it
RESULT = ROOT / "docs" / "trust" / "mutation.json"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutation", description=__doc__.splitlines()[0])
    parser.add_argument("--record", action="store_true", help="run the suite and keep which tests run which line")
    parser.add_argument("--count", type=int, default=300, help="how many mistakes (default 300)")
    parser.add_argument("--seed", type=int, default=1, help="which ones (default 1)")
    parser.add_argument("--only", default="", help="of those chosen only the ones in modules whose name has this")
    parser.add_argument("--place", default="", help="every mistake of one line instead, FILE:LINE")
    parser.add_argument("--again", type=Path, help="only those that survived by this file of results")
    parser.add_argument("--go-on", action="store_true", help="but for those that were tried before it was interrupted")
    parser.add_argument("--most", type=float, default=MOST, help="seconds of tests for each (default %(default)g)")
    parser.add_argument("--workers", type=int, default=2, help="how many copies at a time (default 2)")
    parser.add_argument("--out", type=Path, help="where the result goes (of a whole run docs/trust/mutation.json)")
    return parser.parse_args()


def unrecorded(known: Map) -> list[str]:
    """Tests of the core that were written since the record: they are tried with every mistake."""
    command = [sys.executable, "-m", "pytest", "-q", "--collect-only", "-p", "no:cacheprovider"]
    command += sorted({f"tests/{folder.partition('/')[0]}" for folder in CORE})
    told = subprocess.run(command, cwd=ROOT, env=environment(ROOT), capture_output=True, encoding="utf-8", check=True)
    return [line for line in told.stdout.splitlines() if "::" in line and line not in known.took]


def tried(
    mutants: list[Mutant], asked: argparse.Namespace, before: dict[str, list[str]]
) -> list[tuple[Mutant, str, str]]:
    """Every mistake with its verdict and what noticed it, told as they come."""
    known, benches = Map(), SimpleQueue()
    BEFORE.write_text(json.dumps(before), encoding="utf-8")
    new = unrecorded(known)
    for at in range(asked.workers):
        benches.put(Bench(copy_tree(CACHE / f"copy-{at}"), known.took))

    def one(mutant: Mutant) -> Tried:
        if str(mutant) in before:
            return mutant, *before[str(mutant)]
        bench = benches.get()
        try:
            tests = known.tests(mutant.module, mutant.plant.lines, asked.most)
            imported = known.is_imported(mutant.module, mutant.plant.lines)
            verdict, why = bench.verdict(mutant.module, mutant.plant, [*new, *tests], imported)
        finally:
            benches.put(bench)
        before[str(mutant)] = [verdict, why]
        BEFORE.write_text(json.dumps(before), encoding="utf-8")
        print(f"{verdict:9} {mutant.module}:{mutant.plant.line}  {mutant.change}  {why}", flush=True)
        return mutant, verdict, why

    try:
        with ThreadPoolExecutor(asked.workers) as pool:
            return list(pool.map(one, mutants))
    finally:
        while not benches.empty():
            benches.get().close()


def result(found: list[Tried], seed: int) -> dict[str, Any]:
    """What was found, to be kept."""
    survivors = [
        {
            "module": mutant.module,
            "line": mutant.plant.line,
            "text": mutant.line,
            "change": mutant.change,
            "reason": mutant.reason,
        }
        for mutant, verdict, _ in found
        if verdict == "survived"
    ]
    hangs = sum(verdict == "hang" for _, verdict, _ in found)
    return {
        "planted": len(found), "noticed": len(found) - len(survivors), "hangs": hangs, "seed": seed,
        "date": date.today().isoformat(), "survivors": survivors,
    }  # fmt: skip


def survived(file: Path, mutants: list[Mutant]) -> list[Mutant]:
    """Those of them that survived before, and have no reason to."""
    told = [each for each in json.loads(file.read_text(encoding="utf-8"))["survivors"] if not each["reason"]]
    before = {(each["module"], each["text"], each["change"]) for each in told}
    return [each for each in mutants if (each.module, each.line, each.change) in before]


def keep(told: dict[str, Any], file: Path) -> None:
    """Write it down; how many of this seed's were noticed at first, before tests were written for them, stays there."""
    file.parent.mkdir(parents=True, exist_ok=True)
    before = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    if before.get("seed") == told["seed"] and "at_first" in before:
        told = {**told, "at_first": before["at_first"]}
    file.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    asked = arguments()
    if asked.record:
        record(asked.workers)
        return
    mutants = placed(asked.place) if asked.place else chosen(asked.count, asked.seed)
    mutants = [each for each in mutants if asked.only in each.module]
    mutants = survived(asked.again, mutants) if asked.again else mutants
    before = json.loads(BEFORE.read_text(encoding="utf-8")) if asked.go_on else {}
    told = result(tried(mutants, asked, before), asked.seed)
    if asked.out or not (asked.place or asked.only or asked.again):
        keep(told, asked.out or RESULT)
    print(f"\n{told['noticed']} of {told['planted']} noticed, {told['hangs']} of them by a hang; survivors:")
    for each in told["survivors"]:
        print(
            f"  {each['module']}:{each['line']}  {each['change']}  | {each['text']}  — {each['reason'] or 'NO REASON'}"
        )
    sys.exit(any(not each["reason"] for each in told["survivors"]))


if __name__ == "__main__":
    main()
