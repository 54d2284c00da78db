"""Where values stand in their source: the recorded line, the expression in it, carets under it."""

from __future__ import annotations

import copy
import dis
import linecache
import pickle
import random
import re
import sys

import pytest
from sheets import SHEETS

from microgrid import Sheet, Value, nn, record_origins
from microgrid.debugger.source import excerpt, passage
from microgrid.engine import FUNCTIONS, raise_nonfinite
from microgrid.engine.origins import Origin, instruction, located
from microgrid.engine.value import observers
from microgrid.engine.watch import origin_of
from microgrid.errors import FormulaError
from microgrid.formula import Vocabulary, evaluate, parse
from microgrid.formula.definitions import ALIASES, expanded
from microgrid.formula.definitions import FUNCTIONS as WORDS
from microgrid.formula.expression import OPERATORS
from microgrid.formula.signs import Names
from microgrid.formula.writing import columns
from microgrid.sheet.statements import has_derivative

exact = pytest.mark.skipif(sys.version_info < (3, 11), reason="Python 3.10 knows lines, not columns")


# ── recorded in Python ─────────────────────────────────────────────────────────────────────


def recorded():
    with record_origins():
        ŷ, y = Value(0.5, label="ŷ"), Value(1.0)
        loss = -y * ŷ.log() - (1 - y) * (1 - ŷ).log()
    loss.label = "loss"
    return loss


def test_the_line_is_known_and_the_text_of_it():
    loss = recorded()
    origin = origin_of(loss)
    assert loss.origin == str(origin) == f"{__file__}:{origin.line}"
    assert origin.text.strip() == "loss = -y * ŷ.log() - (1 - y) * (1 - ŷ).log()"
    assert observers == [] and Value(1.0).exp().origin is None and origin_of(Value(1.0)) is None


@exact
def test_the_expression_is_known_to_the_letter():
    loss = recorded()
    left, right = loss.parents
    found = [
        loss,
        left,
        right,
        *left.parents,
        *right.parents,
        right.parents[1].parents[0],
        loss.parents[0].parents[1].parents[0],
    ]
    assert [origin_of(each).expression for each in found] == [
        "-y * ŷ.log() - (1 - y) * (1 - ŷ).log()", "-y * ŷ.log()", "(1 - y) * (1 - ŷ).log()", "-y", "ŷ.log()", "1 - y",
        "(1 - ŷ).log()", "1 - ŷ", 'Value(0.5, label="ŷ")',
    ]  # fmt: skip
    for each in found:
        origin = origin_of(each)
        assert origin.text[origin.column : origin.end] == origin.expression


@exact
def test_an_expression_on_several_lines():
    with record_origins():
        a = Value(2.0)
        b = (a
             * a
             + 1)  # fmt: skip
    origin = origin_of(b)
    assert origin.expression == "a * a + 1" and origin.text.strip() == "b = (a"
    assert origin.text[origin.column : origin.end] == "a"


def test_modules_are_recorded_where_they_are_called():
    random.seed(1)
    net = nn.MLP(2, [2, 1])
    with record_origins():
        out = net([1.0, 2.0])
    origin = origin_of(out)
    assert origin.file == __file__ and "out = net([1.0, 2.0])" in origin.text


def test_recording_nests_and_ends_with_an_error():
    with pytest.raises(ZeroDivisionError), record_origins(), raise_nonfinite(), record_origins():
        _ = Value(1.0) / (1 // 0)
    assert observers == [] and Value(1.0).origin is None


@pytest.mark.parametrize("copied", [copy.deepcopy, copy.copy, lambda each: pickle.loads(pickle.dumps(each))])
def test_copies_keep_their_origins(copied):
    loss = recorded()
    other = copied(loss)
    assert isinstance(other._origin, Origin) and other.origin == loss.origin
    assert origin_of(other) == origin_of(loss) and origin_of(other.parents[0]) == origin_of(loss.parents[0])
    assert copied(other).origin == loss.origin


def test_a_source_that_is_gone():
    code = compile("y = x * 2", "<nowhere>", "exec")
    with record_origins():
        names = {"x": Value(1.0)}
        exec(code, names)
    origin = origin_of(names["y"])
    assert (origin.file, origin.line, origin.text, origin.expression) == ("<nowhere>", 1, "", "")
    assert excerpt(origin, 40) == []


def test_a_line_of_many_letters_and_bytes():
    line = "y = " + "x * 1.0 + " * 200 + "x  # ∂"
    linecache.cache["<long>"] = (len(line), None, [line + "\n"], "<long>")
    names = {"x": Value(1.0, label="x")}
    with record_origins():
        exec(compile(line, "<long>", "exec"), names)
    shown = excerpt(origin_of(names["y"]), 76)
    assert max(map(len, shown)) <= 76
    if sys.version_info >= (3, 11):
        assert shown[1].strip() == "^" * len(shown[1].strip())
    located(names["y"]._origin)
    del linecache.cache["<long>"]


def test_recording_keeps_two_references_and_works_nothing_out(monkeypatch):
    def worked_out(*_):
        raise AssertionError

    monkeypatch.setattr("microgrid.engine.origins.located", worked_out)
    monkeypatch.setattr("microgrid.engine.origins.line_of", worked_out)
    with record_origins():
        y = Value(1.0) * 2.0
    code, at, name = y._origin
    assert name == "y"
    assert code is sys._getframe().f_code and 0 < at < len(code.co_code)


@pytest.mark.parametrize("function", [excerpt, located, parse])
def test_every_place_in_an_instruction_is_known_as_that_instruction(function):
    """However far into its cache Python says that it has come."""
    code = function.__code__
    begins = [each.offset for each in dis.get_instructions(code)]
    for at in range(0, len(code.co_code), 2):
        assert instruction((code, at)) == (code, max(begin for begin in begins if begin <= at))
        assert located(instruction((code, at))) == located((code, at))
    known = located((code, begins[-1]))
    assert instruction(known) is known


# ── of sheets ──────────────────────────────────────────────────────────────────────────────


def inside(run, equation):
    """The nodes of an equation."""
    found = []
    pending = [run.rounds[0].nodes[name] for name in equation.names]
    while pending:
        node = pending.pop()
        if node not in found and node.parents and (not node.label or node.label in equation.names):
            found.append(node)
            pending += node.parents
    return found


def alone(expression, values, vocabulary):
    """What an expression comes to; None for one over arrays, which are no names of values."""
    try:
        return evaluate(expanded(parse(expression, vocabulary)), {**values, "pi": 3.141592653589793}, FUNCTIONS)
    except FormulaError:
        return None


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.stem)
def test_every_value_of_every_demo_stands_where_the_carets_are(sheet):
    """Its expression, computed alone, gives it again."""
    run = Sheet.read(sheet).run()
    values = run.rounds[0].values
    functions = ["mean", *re.findall(r"^(\w+)\([\w, ]+\) *=", sheet.read_text(encoding="utf-8"), re.MULTILINE)]
    vocabulary = Vocabulary(WORDS, find=Names(values).find, aliases=ALIASES)
    for equation in run.sheet.equations:
        if has_derivative(equation.formula):
            assert passage(run.rounds[0][equation.names[0]], run).line == equation.line
            continue
        for node in inside(run, equation):
            origin = passage(node, run)
            assert (origin.file, origin.line, origin.text) == (str(sheet), equation.line, equation.text)
            assert origin.text[origin.column : origin.end] == origin.expression
            written_out = any(f"{name}(" in equation.text for name in functions)
            found = None if written_out else alone(origin.expression, values, vocabulary)
            if found is None:  # all that it is written out to stands there
                assert written_out or run.sheet.has_arrays
                assert origin.expression == equation.text.partition("=")[2].strip()
                continue
            found = found if isinstance(found, tuple) else (found,)
            assert node.data in [getattr(each, "data", each) for each in found]
            assert origin.expression.count("(") == origin.expression.count(")")


def test_repeated_expressions_are_told_apart():
    run = Sheet.parse("input a = 2, b = 3\nL = a + b*(a + b) - (a + b)").run()
    product = run.root.parents[0].parents[1]
    last = run.root.parents[1]
    assert [passage(each, run).column for each in (product.parents[1], last)] == [11, 21]
    assert passage(run.root, run).expression == "a + b*(a + b) - (a + b)"


def test_the_leaves_of_a_sheet_stand_in_their_line():
    run = Sheet.parse("param w = 2, v = 3\nL = w*v", "worked.sheet").run()
    assert passage(run.rounds[0]["v"], run) == Origin("worked.sheet", 1, "param v = 3.0")
    assert passage(run.root.parents[0]) is None
    assert passage(Value(1.0), run) is None


def test_carets_below_wide_and_combining_letters():
    origin = Origin("a.py", 1, "重 = y\u0302*\U0001f600 + 1", 4, 9)
    line, carets = excerpt(origin, 40)
    before, marked = origin.text[:4], origin.text[4:9]
    assert carets == " " * columns(before) + "^" * columns(marked) and line == origin.text


def test_operators_are_read_as_in_the_sheet():
    assert set(OPERATORS) <= {"+", "-", "*", "/", "**", "neg"}
    run = Sheet.parse("input x = 2\nL = -(x)^2 × 3 · x − exp(-(x - 1))/max(x, (1))").run()
    seen = {passage(node, run).expression for node in inside(run, run.sheet.equations[0])}
    assert {"-(x)^2", "(x)^2", "-(x)^2 × 3", "exp(-(x - 1))", "-(x - 1)", "x - 1", "max(x, (1))"} <= seen
