"""How often gradcheck is right: 200 random functions of the benchmark, each with a right and four wrong derivatives."""

from __future__ import annotations

import importlib.util
import pickle
import sys

import pytest
from outside import ROOT


@pytest.fixture(scope="module")
def benchmark():
    path = ROOT / "benchmarks" / "gradients.py"
    spec = importlib.util.spec_from_file_location("gradients", path)
    module = sys.modules["gradients"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    del sys.modules["gradients"]


@pytest.fixture(scope="module")
def tallies(benchmark):
    return benchmark.judged(200, seed=1, others=False)


def test_right_ones_are_not_called_wrong_nor_wrong_ones_right(tallies):
    operations, by_hand = tallies
    for tally in (operations, by_hand):
        assert (tally.right.total(), tally.wrong.total()) == (200, 800)
        assert tally.right["wrong"] <= 1, tally.name
        assert tally.wrong["right"] <= 4, tally.name
    assert operations.right["right"] == 200 and operations.wrong["wrong"] == 800
    assert by_hand.right["undecided"] <= 2 and by_hand.wrong["undecided"] <= 8


def test_functions_of_every_kind_take_part(benchmark):
    kinds = {case.kind for case in benchmark.cases(400)}
    assert kinds == {kind.__name__ for kind in benchmark.KINDS}


def test_the_true_derivatives_are_true(benchmark):
    bell = benchmark.slope_of(lambda x, m: m.exp(-0.5 * ((x - 1) / 1e-3) ** 2), 1.0005)
    assert bell == pytest.approx(-500 * 2.718281828459045**-0.125, rel=1e-9)
    assert benchmark.slope_of(lambda x, m: 1 / (x - 1), 3.0) == -0.25
    assert benchmark.slope_of(lambda x, m: m.max(x, 2.0) + m.abs(x), -3.0) == -1.0


def test_the_benchmark_prints_its_table(benchmark, capsys):
    benchmark.main(5, others=False)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "5 functions; answers in %"
    assert sum(line.startswith("gradcheck, ") for line in lines) == 4
    assert max(map(len, lines)) <= 100


def test_a_check_from_before_the_wings_is_read():
    found = pickle.loads((ROOT / "tests/data/before_wings/gradcheck.pickle").read_bytes())
    assert str(found).splitlines()[-1] == "2 right"
    assert [(row.culprit, row.doubt) for row in found.rows] == [("", "")] * 2
    assert pickle.loads(pickle.dumps(found)) == found
