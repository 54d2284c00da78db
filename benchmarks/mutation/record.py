"""Which tests run which line, and how long each takes: found by one run of the suite, and kept."""

from __future__ import annotations

import difflib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

from coverage import CoverageData

from .copies import CACHE, ROOT, copy_tree, environment, write
from .recorder import FOLDER


def record(workers: int, cache: Path = CACHE) -> None:
    """Run the whole suite in a copy of the tree, each test as a context of coverage."""
    folder = cache / "record"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    tree = copy_tree(cache / "tree")
    variables = environment(tree, **{FOLDER: str(folder), "COVERAGE_FILE": str(folder / "data")})
    run = [sys.executable, "-m", "coverage", "run", "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    run += ["-p", "benchmarks.mutation.recorder", "-n", str(workers), "--dist", "worksteal"]
    subprocess.run(["nice", *run], cwd=tree, env=variables, check=False)
    early = [sys.executable, "-m", "coverage", "run", "-m", "pytest", "-q", "--collect-only", "-p", "no:cacheprovider"]
    own = {"cwd": tree, "env": environment(tree, COVERAGE_FILE=str(folder / "early")), "stdout": subprocess.DEVNULL}
    subprocess.run(early, check=True, **own)
    data = max(folder.glob("early.*"), key=lambda file: file.stat().st_size)
    data.rename(folder / "collected")
    combine(cache)


def combine(cache: Path = CACHE) -> None:
    """All data of one run together, and what tests took."""
    folder, coverage = cache / "record", [sys.executable, "-m", "coverage"]
    own = {"cwd": cache / "tree", "env": environment(cache / "tree", COVERAGE_FILE=str(folder / "data"))}
    subprocess.run([*coverage, "combine", "-q"], check=True, **own)
    report = [*coverage, "json", "-q", "--include", "microgrid/*", "-o", str(folder / "coverage.json")]
    subprocess.run(report, check=True, **own)
    keep_totals(json.loads((folder / "coverage.json").read_text(encoding="utf-8"))["totals"])
    subprocess.run([*coverage, "report", "--include", "microgrid/*"], check=True, **own)
    took: dict[str, float] = {}
    for file in folder.glob("times-*.json"):
        took |= json.loads(file.read_text(encoding="utf-8"))
    (folder / "times.json").write_text(json.dumps(took), encoding="utf-8")


def keep_totals(totals: Mapping[str, int]) -> None:
    """How much of the package ran, for the page of what can be relied on."""
    told = {
        "date": date.today().isoformat(),
        "lines": totals["covered_lines"] / totals["num_statements"],
        "of_lines": totals["num_statements"],
        "branches": totals["covered_branches"] / totals["num_branches"],
        "of_branches": totals["num_branches"],
    }
    write("coverage", told)


class Map:
    """The record, read: the tests that run lines of a module as it stands now."""

    def __init__(self, cache: Path = CACHE) -> None:
        self.tree = (cache / "tree").resolve()
        self.data, self.early = (CoverageData(str(cache / "record" / name)) for name in ("data", "collected"))
        self.data.read()
        self.early.read()
        self.took: dict[str, float] = json.loads((cache / "record" / "times.json").read_text(encoding="utf-8"))
        self.held: dict[str, dict[int, set[str]]] = {}

    def tests_by_line(self, module: str) -> dict[int, set[str]]:
        """Of each line of a module, its tests; "" stands among them if it runs outside of all, as on import."""
        if module not in self.held:
            then = self.data.contexts_by_lineno(str(self.tree / module))
            self.held[module] = {now: set(then.get(old, ())) for old, now in self.moved(module).items()}
        return self.held[module]

    def moved(self, module: str) -> dict[int, int]:
        """Where each line of the recorded module stands now."""
        old = (self.tree / module).read_text(encoding="utf-8").splitlines()
        new = (ROOT / module).read_text(encoding="utf-8").splitlines()
        blocks = difflib.SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
        return {a + at + 1: b + at + 1 for a, b, size in blocks for at in range(size)}

    def is_imported(self, module: str, lines: range) -> bool:
        """Whether some of these lines run while tests are collected, or in none of them."""
        moved = self.moved(module)
        early = {moved.get(line) for line in self.early.lines(str(self.tree / module)) or ()}
        own = set().union(*(self.tests_by_line(module).get(line, set()) for line in lines))
        return bool(early.intersection(lines)) or not own - {""}

    def tests(self, module: str, lines: range, most: float) -> list[str]:
        """The tests for a mistake in these lines, which together take no more than so many seconds.

        Those that run the lines, the quickest first; for what runs on import, or was written since, those of the
        whole module, and of its wing.
        """
        by_line = self.tests_by_line(module)
        own = set().union(*(by_line.get(line, set()) for line in lines))
        groups = [own]
        if "" in own or not own:
            wing = "tests/" + Path(module).parts[1] + "/"
            groups += [set().union(*by_line.values()), {test for test in self.took if test.startswith(wing)}]
        found: dict[str, float] = {}
        for group in groups:
            found |= {
                test: self.took[test] for test in sorted(group & self.took.keys() - found.keys(), key=self.took.get)
            }
        return within(found, most)


def varied(tests: Iterable[str], took: Mapping[str, float]) -> list[str]:
    """The quickest of each function, then the next two of each, the next four: a kind notices what its like does."""
    by_function: dict[str, list[str]] = {}
    for test in sorted(tests, key=took.__getitem__):
        by_function.setdefault(test.partition("[")[0], []).append(test)
    places = {test: at for group in by_function.values() for at, test in enumerate(group, 1)}
    return sorted(places, key=lambda test: (places[test].bit_length(), took[test]))


def within(took: dict[str, float], most: float) -> list[str]:
    """The first of them that together take no more than so long."""
    found, sum_ = [], 0.0
    for test, seconds in took.items():
        if sum_ + seconds <= most:
            found.append(test)
            sum_ += seconds
    return found
