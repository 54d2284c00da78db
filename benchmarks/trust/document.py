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

`python -m benchmarks.trust --accuracy` tries each row of the table at a few thousand points, against numbers of 400
digits: in every binade, at the neighbours of every kink and turn, at pairs of huge, tiny and nearly equal numbers. The
worst that was found is that of these points; between them it may be worse, and the README promises more room. Apart
stands what should be below 2.2e-308, where doubles have fewer digits, and the slopes of x / y and atan2(y, x) where a
number so small is divided; – is where there was none.
"""
    cells = ([f"`{name}`", *parts(row["usual"]), *parts(row["subnormal"])] for name, row in found["rows"].items())
    yield from table(["row", "value", "local derivatives", "subnormal value", "subnormal derivatives"], cells)
    yield """\
Operations of several inputs, the worst of up to 400 draws of n, where results are not subnormal. The value is measured
in the last place of what is named, the local derivatives in their own.
"""
    lines = ((name, each) for name, several in found["several"].items() for each in several)
    of_several = (
        [f"`{name}`", f"{each['count']:,}", ulps(each["value"]), each["units"], ulps(each["slopes"])]
        for name, each in lines
    )
    yield from table(["operation", "n", "value", "in units", "local derivatives"], of_several)


def parts(found: Mapping[str, Any]) -> list[str]:
    """The cells of a value and of its local derivatives; one – where there is nothing of either."""
    return [ulps(found["value"]), ", ".join(map(ulps, found["slopes"])) if any(map(is_told, found["slopes"])) else "–"]


def is_told(number: float | None) -> bool:
    return number is not None


def ulps(number: float | None) -> str:
    return "–" if number is None else f"{number:.2f}" if number < 1000 else f"{number:.1e}"


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
    place, file = f"{each['module'].removeprefix('microgrid/')}:{each['line']}", ROOT / each["module"]
    is_there = file.exists() and each["text"] in file.read_text(encoding="utf-8")
    return [
        place,
        code(each["change"]),
        each["reason"] or ("–" if is_there else "its line has been written anew since"),
    ]


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
