"""The hand-worker of the judge's benchmark, against the engine and against work done by a person; and the benchmark."""

import ast
import math
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from outside import PATIENCE

from microgrid import Sheet

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
sys.path.append(str(BENCHMARKS))

from handwork import NETWORKS, Habit, distinct, lines_of, worked, written  # noqa: E402
from handwork.formulas import local, parse  # noqa: E402
from handwork.slips import KINDS, explanations, slips  # noqa: E402

EXACTLY = Habit(0, notes="nothing")


def numbers(**given):
    return {name: Decimal(number) for name, number in given.items()}


# ── it is a witness of its own, and right ──


def test_it_uses_nothing_of_the_library():
    for path in (BENCHMARKS / "handwork").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in names if "microgrid" in name], path


@pytest.mark.parametrize("shortcuts", [False, True])
@pytest.mark.parametrize("name", NETWORKS)
def test_nothing_rounded_it_agrees_with_the_engine(name, shortcuts):
    for seed in range(12):
        rng = Random(seed)
        network = NETWORKS[name](rng)
        lines = lines_of(network, [Decimal("0.1")], last=True, slopes=seed % 2 == 0, shortcuts=shortcuts)
        found = network.numbers
        for line in lines:
            found[line.name] = worked(line.formula, found, EXACTLY)
        shown = [line for line in lines if not line.hidden]
        first = [f"{line.quantity} ~= 0" for line in shown if "'" not in line.name]
        second = [f"{line.quantity} ~= 0" for line in shown if "'" in line.name]
        run = Sheet.parse("\n".join([network.text(), *first, "update 0.1", *second])).run()
        assert len(run.sheet.checks) == len(shown)
        for line, check in zip(shown, run.sheet.checks):
            value = run.rounds[check.round].value(check.quantity)
            assert value == pytest.approx(float(found[line.name]), rel=1e-9, abs=1e-12), (network.text(), line)


@pytest.mark.parametrize(
    ("formula", "by", "slope"),
    [
        ("w*x + b", "w", "x"),
        ("w*x + b", "b", "1"),
        ("sigmoid(z)", "z", "h*(1 - h)"),
        ("tanh(z)", "z", "1 - h^2"),
        ("1/2*(y - t)^2", "y", "y - t"),
        ("p^2 - p*q", "p", "2*p - q"),
        ("e/S", "S", "-e/S^2"),
        ("-t*log(y) - (1 - t)*log(1 - y)", "y", "-t/y + (1 - t)/(1 - y)"),
    ],
)
def test_local_derivatives_are_those_of_the_book(formula, by, slope):
    given = numbers(w="0.3", x="1.7", b="-0.4", z="0.8", y="0.35", t="0.2", p="1.3", q="-0.6", e="1.9", S="2.4")
    given["h"] = worked(parse(formula), given, EXACTLY)
    found = worked(local(parse(formula), by, "h"), given, EXACTLY)
    assert math.isclose(found, worked(parse(slope), given, EXACTLY), rel_tol=1e-20)


# ── as people round ──


@pytest.mark.parametrize(
    ("habit", "number", "text"),
    [
        (Habit(3), "0.5625", "0.563"),  # a half is a half, and goes up
        (Habit(3), "-0.5625", "-0.563"),
        (Habit(3), "1.0045", "1.005"),  # as a double it is less
        (Habit(3), "-0.0004", "0.000"),
        (Habit(3), "0.5", "0.500"),
        (Habit(3, plain=True), "0.4996", "0.5"),
        (Habit(3, cuts=True), "-0.5629", "-0.562"),
        (Habit(3, significant=True), "0.00123456", "0.00123"),
        (Habit(3, significant=True), "0.99961", "1.00"),
        (Habit(3, significant=True), "1234.5", "1230"),
    ],
)
def test_numbers_are_noted_down_as_people_do(habit, number, text):
    assert habit.printed(Decimal(number)) == text


@pytest.mark.parametrize("notes", ["operation", "product", "line", "nothing"])
def test_products_may_be_noted_down_one_by_one(notes):
    given, habit = numbers(u="0.1", a="-0.11836", v="-0.5", b="0.10985"), Habit(5, notes=notes)
    one_by_one = notes in ("operation", "product")  # -0.01184 - 0.05493, else -0.066761
    assert habit.printed(worked(parse("u*a + v*b"), given, habit)) == ("-0.06677" if one_by_one else "-0.06676")


# ── slips ──

GIVEN = numbers(w1="0.3", w2="0.5", x1="2", x2="-1", b="0.125")


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("sign", {"-0.225", "0.225", "-0.975", "1.225", "-0.025"}),
        ("factor", {"1.625", "-0.075", "-0.275", "1.225"}),
        ("path", {"-0.375", "0.725", "0.100"}),
        ("name", {"0.625", "0.425", "-0.675", "1.725"}),
        ("twice", {"0.450"}),
        ("swapped", {"0.252"}),
        ("lost", {"0.25"}),
        ("doubled", {"0.2225", "0.2255"}),
        ("point", {"2.25", "0.0225"}),
    ],
)
def test_every_slip_of_a_line(kind, wrong):
    formula, habit = parse("w1*x1 + w2*x2 + b"), Habit(3)
    honest = worked(formula, GIVEN, habit)
    assert habit.printed(honest) == "0.225"
    found = {text for _, text in slips(kind, formula, GIVEN, honest, habit, Random(0))} - {"0.225"}
    assert {Decimal(each) for each in found} == {Decimal(each) for each in wrong - {"0.225"}}
    for text in found:
        assert kind in explanations(text, formula, GIVEN, honest, habit)


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("sign", {"0.34", "-0.26"}),
        ("factor", {"-0.1"}),
        ("path", {"0.3", "-0.04"}),
        ("twice", {"0.22"}),
    ],
)
def test_slips_of_a_step_are_those_of_its_gradient(kind, wrong):
    [step] = [line for line in lines_of(NETWORKS["chain"](Random(0)), [Decimal("0.1")]) if line.name == "a'"]
    given, habit = numbers(a="0.3") | {"dL/da": Decimal("0.4")}, Habit(3, plain=True)
    honest = worked(step.formula, given, habit)
    assert habit.printed(honest) == "0.26"
    assert {text for _, text in slips(kind, step.formula, given, honest, habit, Random(0))} == wrong


# ── papers ──


def test_a_paper_can_be_read_and_is_the_same_again():
    for seed in range(30):
        papers = [written(Random(seed), Habit(3 + seed % 2), (1, 0.5, 0)[seed % 3], seed % 4) for _ in range(2)]
        texts = {paper.text() for paper in papers}
        assert len(texts) == 1
        paper, checks = papers[0], Sheet.parse(texts.pop()).checks
        assert {check.line for check in checks} == set(paper.at)
        assert [check.quantity.name for check in checks] == [name.replace("'", "") for name in paper.at.values()]
        assert len(paper.slips) == seed % 4 and {slip.kind for slip in paper.slips.values()} <= set(KINDS)


def test_an_honest_number_is_never_told_from_honest_work():
    for seed in range(10):
        paper = written(Random(seed), Habit(3, notes="product"), 1, 0)
        states = {distinct(paper, name, Random(0)) for name in paper.written}
        assert states == {"same"}


def test_a_wrong_number_is():
    paper = written(Random(1), Habit(4), 1, 0)
    for name, text in list(paper.written.items()):
        paper.written[name] = f"{Decimal(text) + Decimal('0.1111'):f}"
        assert distinct(paper, name, Random(0)) == "clear"
        paper.written[name] = text


# ── the benchmark ──


# Of the few sheets of a quick run: a judge that falls below this has forgotten something.
LEAST = {
    "honest work accepted: right or close": 99,
    "honest work called right": 97,
    "one slip: its line called a slip, and no other": 95,
    "two to six slips: every one called a slip": 85,
    "hints that name the slip": 85,
}


@pytest.mark.demo
def test_the_benchmark_says_what_is_wanted_and_whether_it_is_met(tmp_path):
    misses = tmp_path / "misses"
    command = [sys.executable, "-X", "utf8", BENCHMARKS / "forensics.py", "--quick", "--misses", misses]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=PATIENCE, check=False)
    assert not done.stderr
    rows = [line for line in done.stdout.splitlines() if re.search(r" (all|3/4|half|end)  ", line)]
    assert len(rows) == 8 * 4
    assert "all together" in done.stdout
    for says, least in LEAST.items():
        assert float(re.search(rf"^{says} .* ([\d.]+) %", done.stdout, re.MULTILINE)[1]) >= least, says
    verdicts = [line.rsplit(maxsplit=1)[1] for line in done.stdout.splitlines() if " of " in line and "%" in line]
    assert len(verdicts) == 9 and set(verdicts) <= {"met", "missed"}
    assert done.returncode == ("missed" in verdicts)
    for sheet in re.split(r"\n\n(?=# )", misses.read_text(encoding="utf-8").strip()):
        assert re.match(r"# .+  \[.+ printed\]\n# planted: .+\n# line \d+: .+ ~= ", sheet) and Sheet.parse(sheet).checks
