"""The page of what can be relied on says what was measured, and its promises have tests."""

import ast
import subprocess
import sys

from accuracy import DIGITS, PROMISED, ROWS_APART, SUBNORMAL_GELU, SUMS_APART, worst_ulps
from accuracy import several as several_of
from mpmath import mp
from outside import PATIENCE, ROOT

from benchmarks.trust import document
from benchmarks.trust.promises import PROMISES
from microgrid import OPS


def test_the_page_is_what_the_files_say():
    assert document.PAGE.read_text(encoding="utf-8") == document.page(), "python -m benchmarks.trust"


def test_every_test_of_a_promise_is_there_and_is_run():
    assert all(promise.tests for promise in PROMISES)
    named = {f"tests/{test}" for promise in PROMISES for test in promise.tests}
    files = sorted({each.partition("::")[0] for each in named})
    for file in files:
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        defined = {f"{file}::{each.name}" for each in tree.body if isinstance(each, ast.FunctionDef)}
        assert {each for each in named if each.startswith(f"{file}::")} <= defined
    command = [sys.executable, "-m", "pytest", "-q", "--collect-only", "-p", "no:cacheprovider", *files]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", timeout=PATIENCE, check=True)
    assert named <= {line.partition("[")[0] for line in told.stdout.splitlines()}


def test_what_has_not_been_measured_is_left_out():
    for part in (document.accuracy, document.scale, document.fuzzing, document.mutation, document.coverage):
        assert list(part({})) == []


def test_every_figure_is_written():
    usual, subnormal = {"value": 0.5, "slopes": [1.25, None]}, {"value": None, "slopes": [None, 2e7]}
    several = {"sum": [{"count": 1000, "units": "of it all", "value": 3.25, "slopes": 0.0}]}
    rows = {
        "exp": {"usual": usual, "subnormal": subnormal},
        "step": {"usual": usual, "subnormal": {**usual, "slopes": [None]}},
    }
    told = "\n".join(document.accuracy({"rows": rows, "several": several}))
    assert "| `exp` | 0.50 | 1.25, – | – | –, 2.0e+07 |" in told and "| `step` | 0.50 | 1.25, – | 0.50 | – |" in told
    assert "| `sum` | 1,000 | 3.25 | of it all | 0.00 |" in told
    fuzzed = {
        "tried": {"sheets": 12_345},
        "crashes": 0,
        "hangs": 1,
        "events": 2,
        "answers": 3,
        "seed": 4,
        "minutes": 10.5,
    }
    told = "\n".join(document.fuzzing(fuzzed))
    assert "| sheets | 12,345 |" in told and "10.5 minutes from the seed 4: 0 crashes,\n1 answers" in told
    survivor = {"module": "microgrid/a.py", "line": 3, "text": "a | b", "change": "| → &", "reason": ""}
    told = "\n".join(
        document.mutation({"planted": 8, "noticed": 7, "hangs": 1, "seed": 1, "date": "d", "survivors": [survivor]})
    )
    assert "\n7 of them, 87.5%, 1 of them because" in told
    assert "| a.py:3 | `\\| → &` | its line has been written anew since |" in told
    here = {**survivor, "module": "microgrid/errors.py", "text": "class FormulaError", "change": "a → b"}
    assert (
        document.survivor(here)[2] == "–"
        and document.survivor({**here, "reason": "it costs time"})[2] == "it costs time"
    )
    told = "\n".join(
        document.coverage({"lines": 0.98, "of_lines": 10_000, "branches": 0.955, "of_branches": 100, "date": "d"})
    )
    assert "98.0% of 10,000 lines" in told and "95.5% of 100 branches" in told


def test_the_table_of_ulps_keeps_what_the_readme_promises():
    """And it is what is measured: of rows that are quickly measured again, to the last digit."""
    found = document.read("accuracy")
    assert {*found["rows"]} == {*OPS}
    for name, parts in found["rows"].items():
        value, slope = ROWS_APART.get(name, PROMISED)
        assert parts["usual"]["value"] <= value and max(parts["usual"]["slopes"]) <= slope, name
        small = [each or 0 for each in parts["subnormal"]["slopes"]]
        assert max(small) <= (SUBNORMAL_GELU if name == "gelu" else slope) or name in ("div", "atan2"), name
    assert found["rows"]["gelu"]["subnormal"]["slopes"][0] > 5.96
    for name, several in found["several"].items():
        for each in several:
            promised = {"logsumexp": 2, "softmax": each["count"] + SUMS_APART}.get(name, each["count"])
            assert each["value"] <= promised and each["slopes"] <= each["count"] + SUMS_APART
    again = worst_ulps(rows=[OPS["leaky_relu"], OPS["sub"]])
    for name, parts in again.items():
        for part, numbers in parts._asdict().items():
            assert found["rows"][name][part]["value"] == (numbers[0].ulps if numbers[0].at else None)
    with mp.workdps(DIGITS):
        assert several_of("prod", 10, 400)._asdict() == found["several"]["prod"][1]
