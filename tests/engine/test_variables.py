"""Names for Values in containers: the caller's variables, lists, arrays, dicts, objects; the same in every reader."""

from __future__ import annotations

import io
import sys
from dataclasses import dataclass
from html import unescape
from typing import NamedTuple

import numpy as np
import pytest
from pages import held

from microgrid import Graph, Program, Value, debug, draw, explain, nn, page, record_origins, steps, values_like
from microgrid.engine.variables import held_by, is_told


def is_value(thing):
    return isinstance(thing, Value)


def names_in(**variables):
    return list(held_by(variables, is_value).values())


@dataclass
class Cell:
    gain: Value
    bias: Value
    width: float = 3.0


class Pair(NamedTuple):
    left: Value
    right: Value


class Net(nn.Module):
    """A network of somebody's own."""

    def __init__(self):
        self.layers = [nn.Layer(2, 1)]
        self.w = [[Value(1.0)]]
        self._hidden = Value(2.0)


def some(count):
    return [Value(float(i)) for i in range(count)]


CONTAINERS = {
    "a list": (lambda: [some(2), some(1)], ["it[0][0]", "it[0][1]", "it[1][0]"]),
    "a dict": (lambda: {"b": Value(1.0), 3: some(1), (1, 2): Value(2.0)}, ["it['b']", "it[3][0]"]),
    "an array": (lambda: np.array([some(2)], object), ["it[0][0]", "it[0][1]"]),
    "values_like": (lambda: values_like(np.ones((1, 2))), ["it[0][0]", "it[0][1]"]),
    "a dataclass": (lambda: Cell(Value(1.0), Value(2.0)), ["it.gain", "it.bias"]),
    "a named tuple": (lambda: Pair(*some(2)), ["it.left", "it.right"]),
    "a module": (
        Net, ["it.w[0][0]", "it.layers[0].neurons[0].b", "it.layers[0].neurons[0].w[0]", "it.layers[0].neurons[0].w[1]"]
    ),
    "numbers": (lambda: [1.0, "a", None, np.ones(5)], []),
    "a set, a module of Python, a class": (lambda: [{Value(1.0)}, sys, Value], []),
    "of this package": (lambda: [Graph(Value(1.0) * 2), steps(Value(1.0) * 2)], []),
}  # fmt: skip


@pytest.mark.parametrize(("make", "names"), CONTAINERS.values(), ids=list(CONTAINERS))
def test_what_stands_in_a_container_has_the_name_that_python_finds_it_by(make, names):
    it = make()
    found = held_by({"it": it}, is_value)
    assert sorted(found.values()) == sorted(names)
    assert all(eval(name, {"it": it}) is node for node, name in found.items())


def test_a_variable_of_its_own_comes_first_unless_it_passes_by():
    a, b = some(2)
    assert names_in(leaves=[a, b], a=a, b=b) == ["a", "b"]
    W = [some(2), some(2)]
    row, last = W[1], W[1][1]
    wanted = ["W[0][0]", "W[0][1]", "W[1][0]", "W[1][1]"]
    assert names_in(row=row, last=last, W=W) == names_in(W=W, last=last, row=row) == wanted
    assert names_in(_a=a, cell=[b]) == ["_a", "cell[0]"]  # as told
    _c, In = Value(3.0), [a]
    assert {"_c", "In[0]", "a"} & set(steps(_c * In[0] + a).names) == {"a"}
    assert names_in(first=a, second=a) == ["first"]


def test_circles_and_great_lists_end():
    loop = [Value(1.0)]
    loop.append(loop)
    parent, child = Cell(Value(1.0), Value(2.0)), Cell(Value(3.0), Value(4.0))
    parent.child, child.parent = child, parent
    assert names_in(loop=loop) == ["loop[0]"]
    assert sorted(names_in(parent=parent)) == ["parent.bias", "parent.child.bias", "parent.child.gain", "parent.gain"]
    deep = [Value(1.0)]
    for _ in range(100):
        deep = [deep]
    assert names_in(deep=deep, wide=[0.0] * 10**6, array=np.zeros(10**6)) == []


# ── every reader ───────────────────────────────────────────────────────────────────────────


def two_rows():
    W, params = [[Value(0.5), Value(-1.0)], [Value(2.0), Value(1.5)]], {"b": Value(0.25)}
    z = []
    for row in W:
        z.append((row[0] * row[1]).tanh() + params["b"])  # noqa: PERF401  # as a course writes it
    loss = (z[0] - z[1]) ** 2
    return W, params, z, loss


NAMES = {"W[0][0]", "W[0][1]", "W[1][0]", "W[1][1]", "params['b']", "z[0]", "z[1]", "loss"}


def readers():
    """Each is given the names, or looks for them in its caller, which is the function around it."""
    yield "steps", lambda root, names: set(steps(root, names=names).names)
    yield (
        "draw",
        lambda root, names: {name for name in NAMES if name in unescape(draw(root, names=names).source)},
    )
    yield "explain", lambda root, names: {name for name in NAMES if name in str(explain(root, names=names))}
    yield "page", lambda root, names: {name for name in NAMES if f'"{name}"' in held(page(root, names=names).html)}
    yield "Program.values", lambda root, names: set(Program(root).values(names=names))


@pytest.mark.parametrize(("name", "read"), list(readers()))
def test_every_reader_has_these_names(name, read):
    W, params, z, loss = two_rows()
    assert read(loss, {"W": W, "params": params, "z": z, "loss": loss}) >= NAMES
    assert "z[0]" not in read(loss, {"W": W}) or name == "page"


def test_unless_told_they_are_the_callers():
    W, params, z, loss = two_rows()
    assert set(steps(loss).names) >= NAMES
    assert "W[1][0]" in unescape(draw(loss).source)
    assert "W[1][0]" in str(explain(loss))
    assert set(Program(loss).values()) >= NAMES
    assert str(explain(loss, wrt=W[0][1])).startswith("∂loss/∂W[0][1] = ")
    assert str(explain(loss, wrt="dloss/dW[0][1]")) == str(explain(loss, wrt="W[0][1]"))
    assert set(steps(loss, names={}).names) & NAMES == set()
    assert (params, z) != ([], [])


def test_labels_come_before_variables():
    W, _, _, loss = two_rows()
    W[0][0].label = "w"
    assert {"w", "W[0][1]"} <= set(steps(loss).names)


def test_the_debugger_takes_them_wherever_it_takes_a_name(monkeypatch, capsys):
    W, params, z, loss = two_rows()
    typed = "unt z[1]\np W[0][1]\np 2*W[0][1] + params['b']\np dloss/dz[0] * 1\nwatch z[1].grad\nc\np z[1].grad\np W[7][7]\n"
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    debug(loss)
    assert W and params and z
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert "W[0][1] = −1" in lines
    assert "2*W[0][1] + params['b'] = −1.75" in lines
    assert any(line.startswith("stop 1: watch z[1].grad") for line in lines)
    assert any(line.startswith("∂loss/∂z[1] = ") for line in lines)
    assert "no value is called 'W[7][7]'" in out + err


# ── sums, and values inside functions ──────────────────────────────────────────────────────


def test_the_0_that_sum_begins_with_is_no_step():
    a, b = Value(1.0, label="a"), Value(2.0, label="b")
    total = sum([a, b])
    assert [node.op.name for node in Graph(total)] == ["input", "input", "add"]
    assert (0 + a) is a
    assert [type(each + a) for each in (0.0, 1, np.int64(0))] == [Value] * 3
    assert (0.0 + a) is not a


def forward(xs, w):
    z = []
    for x in xs:
        z.append(w * x)  # noqa: PERF401  # as a course writes it
    logits = [each.tanh() for each in z]
    h = 0.5
    for each in logits:
        h = h * each
    return h


def test_values_inside_functions_are_called_after_what_held_them():
    with record_origins():
        w = Value(2.0)
        root = forward([1.0, 2.0], w) + 1
    names = set(Graph(root).display_names)
    assert names >= {"w", "z[0]", "z[1]", "logits[0]", "logits[1]", "h", "h#2", "root"}
    assert root.variable == "root"
    assert Value(1.0).variable == (Value(1.0) * 2).variable == ""


def test_frames_are_let_go():
    import gc
    import weakref

    class Held:
        pass

    def compute():
        thing = Held()
        y = Value(1.0) * 2
        return weakref.ref(thing), y

    gc.disable()
    try:
        with record_origins():
            reference, _ = compute()
        assert reference() is None
    finally:
        gc.enable()


def test_what_a_notebook_keeps_of_its_history_is_no_name():
    names = {"In": 1, "Out": 2, "Inner": 3, "_": 4, "_1": 5, "w": 6, "not a name": 7, 8: 8}
    assert [name for name in names if is_told(name)] == ["Inner", "w"]
