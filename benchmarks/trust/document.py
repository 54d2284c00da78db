"""The page docs/trust.md, written from the promises and from what the measuring commands have left."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from .promises import PROMISES

ROOT = Path(__file__).parents[2]
FIGURES = ROOT / "docs" / "trust"
PAGE = ROOT / "docs" / "trust.md"

HEAD = """\
# What can be relied on, and how that is known

`python -m benchmarks.trust` writes this page: it measures how large things may be, and reads what took longer from the
files in [`trust`](trust), each of which is written by the command that is named with it.
"""


def read(name: str) -> dict[str, Any]:
    """What a command has left; empty where it has not run yet."""
    file = FIGURES / f"{name}.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def fuzzed() -> dict[str, Any]:
    """What the fuzzer says of its last long run."""
    try:
        from tests.fuzzing.figures import figures
    except ImportError:
        return {}
    return figures()


def page() -> str:
    """The whole of it."""
    parts = [HEAD, *promises(), *accuracy(read("accuracy")), *scale(read("scale")), *fuzzing(fuzzed())]
    return "\n".join([*parts, *mutation(read("mutation")), *coverage(read("coverage"))]).rstrip() + "\n"


def promises() -> Iterator[str]:
    yield "## Promises, and the tests that hold them\n"
    yield "A test stands in the folder `tests`; it fails if its promise is broken.\n"
    for number, promise in enumerate(PROMISES, 1):
        yield f"{number}. {promise.text}"
        by_file: dict[str, list[str]] = {}
        for test in promise.tests:
            file, _, name = test.partition("::")
            by_file.setdefault(file, []).append(f"`{name.removeprefix('test_')}`")
        for file, names in by_file.items():
            yield f"    - [{file}](../tests/{file}): {', '.join(names)}"
    yield ""


def accuracy(found: Mapping[str, Any]) -> Iterator[str]:
    if not found:
        return
    yield """\
## Units in the last place

The worst that was found for each row of the table, against numbers of many digits, over its whole domain and its
extremes: of the value, and of the local derivative by each input.
"""
    rows = found.get("rows", found).items()
    cells = ([f"`{name}`", ulps(row["value"]), ", ".join(map(ulps, row["slopes"]))] for name, row in rows)
    yield from table(["row", "value", "local derivatives"], cells)


def ulps(number: float | None) -> str:
    return "–" if number is None else f"{number:.2f}"


def scale(found: Mapping[str, Any]) -> Iterator[str]:
    if not found:
        return
    yield "## How large things may be\n"
    yield f"Processor time of one process, the best of three: {found['machine']}.\n"
    yield from table(["what", "figure"], ([what, figure] for what, figure in found["figures"].items()))


def fuzzing(found: Mapping[str, Any]) -> Iterator[str]:
    if not found:
        return
    yield f"""\
## Hostile input

`python -m tests.fuzzing`, {found["minutes"]:g} minutes from the seed {found["seed"]}: {found["crashes"]} crashes,
{found["hangs"]} answers that took too long, {found["answers"]} that should have been others, and {found["events"]}
events of compiling, executing, opening or importing while something was read.
"""
    yield from table(["what was tried", "how many"], ([kind, f"{count:,}"] for kind, count in found["tried"].items()))


def mutation(found: Mapping[str, Any]) -> Iterator[str]:
    if not found:
        return
    hangs = f", {found['hangs']} of them because a test did not end" if found["hangs"] else ""
    yield f"""\
## Mistakes that the tests notice

`python -m benchmarks.mutation --seed {found["seed"]}` planted {found["planted"]} mistakes of one token in the core on
{found["date"]}: a comparison turned, + for −, a constant one off, a branch taken the other way. The tests noticed
{found["noticed"]} of them, {found["noticed"] / found["planted"]:.1%}{hangs}.{at_first(found)}
"""
    if found["survivors"]:
        yield "Nobody has noticed these:\n"
        yield from table(["where", "mistake", "why it may stay"], map(survivor, found["survivors"]))


def at_first(found: Mapping[str, Any]) -> str:
    """How many of the same were noticed before tests were written for those that were not."""
    first = found.get("at_first")
    return (
        f"""

At first, with at most 20 seconds of tests for each, it was {first}; then tests were written for what had got away. Of
mistakes chosen by another seed, for which nobody has written tests, fewer may be noticed."""
        if first
        else ""
    )


def survivor(each: Mapping[str, Any]) -> list[str]:
    """A row of the table of those that nobody noticed."""
    place = f"{each['module'].removeprefix('microgrid/')}:{each['line']}"
    return [place, code(each["change"]), each["reason"] or "–"]


def coverage(found: Mapping[str, Any]) -> Iterator[str]:
    if not found:
        return
    yield f"""\
## Lines and branches that the tests run

`python -m benchmarks.mutation --record`, {found["date"]}: {found["lines"]:.1%} of {found["of_lines"]:,} lines and
{found["branches"]:.1%} of {found["of_branches"]:,} branches, commands that tests start included."""


def table(head: list[str], rows: Iterable[list[str]]) -> Iterator[str]:
    for row in (head, ["---"] * len(head), *rows):
        yield f"| {' | '.join(row)} |"
    yield ""


def code(text: str) -> str:
    """A text as code in a cell of a table."""
    mark = "``" if "`" in text else "`"
    return mark + " ".join(text.split()).replace("|", "\\|") + mark
