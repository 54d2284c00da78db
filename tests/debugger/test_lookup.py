"""Names and formulas at a place on the tape."""

from __future__ import annotations

import random
import unicodedata

import pytest

from microgrid import FormulaError, Graph, GraphError, Sheet, Value, nn
from microgrid.debugger.lookup import Lookup, NotYet, nearest
from microgrid.engine import gradients
from microgrid.tape import Cursor, steps
from microgrid.tape.rounds import Rule

TEXT = "param w = 0.5\ninput x = 3, dx = 2, dw = 4\nŷ = tanh(w*x)\nL = (ŷ - 2)^2 + dx/dw\nupdate 0.1"


def at(position, target=None, level=None, **settings):
    settings.setdefault("names", {})
    return Lookup(Cursor(steps(target or Sheet.parse(TEXT).run(), level, **settings), position))


def test_formulas():
    lookup = at(2)
    assert lookup.number("w") == lookup.number("w.data") == 0.5
    assert lookup.number("2*w^2 + max(w, x)") == 3.5
    assert lookup.number("ŷ") == lookup.number(unicodedata.normalize("NFD", "ŷ")) == lookup.value(lookup.find("ŷ"))
    assert lookup.number("pi") > 3.14 and lookup.number("π") == lookup.number("pi")
    run = Sheet.parse(TEXT).run()
    for text in ("dL/dŷ", "∂L/∂ŷ", "d L/d ŷ", "d L / d ŷ", "dL / dŷ", "∂ L/∂ŷ"):
        assert lookup.number(text) == run.rounds[0].derivative("L", "ŷ")
    assert lookup.number("dx/dw") == 0.5  # two names that are there, divided
    assert lookup.number("∂x/∂w") == 0.0


def test_gradients_as_they_stand():
    tape = steps(Sheet.parse(TEXT).run())
    for position in range(len(tape) + 1):
        lookup = Lookup(Cursor(tape, position))
        for place, name in enumerate(tape.names):
            if lookup.cursor.shares[place]:
                assert lookup.number(f"{name}.grad") == lookup.cursor.grad[place]
            else:
                with pytest.raises(NotYet, match=rf"the gradient of {name} has 0 of \d shares at round"):
                    lookup.number(f"{name}.grad")


def test_names_of_every_kind():
    a = Value(2.0, label="a b")
    z, again = a * 3, a * a
    z.label = again.label = "z"
    loss = z * again
    lookup = at(3, loss)
    assert lookup.number("a b") == 2.0 and lookup.number("z") == 6.0 and lookup.number("z#2 + 1") == 5.0
    assert lookup.number("dv2/dz#2") == 6.0
    lookup = at(len(lookup.tape), loss)
    assert lookup.number("a b.grad") == a.data * 3 * 2 * a.data + 3 * a.data**2
    assert lookup.number("z#2.grad") == 6.0


def test_what_a_coarser_level_leaves_out():
    run = Sheet.parse(TEXT).run()
    tape = steps(run)
    inner = [name for name, node in zip(tape.graph.display_names, tape.graph) if node not in tape.view]
    grads = gradients(run.root)
    for position in range(tape.starts[1] + 1):
        lookup = Lookup(Cursor(tape, position))
        for name in inner:
            found = lookup.find(name)
            keepers = lookup.keepers(found.node)
            if found.node.parents and all(lookup.cursor.data[place] is None for place in keepers):
                with pytest.raises(NotYet, match="is not computed yet at round 1 fwd"):
                    lookup.value(found)
            else:
                assert lookup.value(found) == found.node.data
            passed = all(
                any(step.kind == "backward" and tape.view.index[step.child] == place for step in tape[:position])
                and not any(
                    step.kind == "backward" and tape.view.index[step.child] == place
                    for step in tape[position : tape.starts[1]]
                )
                for place in keepers
            )
            if passed:
                assert lookup.gradient(found) == pytest.approx(grads[found.node], rel=1e-12)
            else:
                with pytest.raises(NotYet):
                    lookup.gradient(found)


def test_parameters_that_a_level_leaves_out_follow_their_updates():
    random.seed(1)
    neuron = nn.Layer(1, 1, name="Layer 0")
    out = neuron([Value(2.0, label="x")])
    w = neuron.parameters()[0]
    tape = steps(out, "neuron", rules=[Rule(0.5, out, tuple(neuron.parameters()))], names={"w": w})
    assert "w" not in tape.names
    phases = {tape.phase(position): Lookup(Cursor(tape, position)).number("w") for position in range(len(tape) + 1)}
    before, after = w.data, tape.rounds[0].updates[0].after
    assert {number for (phase, taken, _), number in phases.items() if phase == "upd" and taken >= 1} == {after}
    assert phases["fwd", 0, 1] == before and Lookup(Cursor(tape, len(tape))).number("w") == after


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("zz", GraphError, r"no value is called 'zz'; there are"),
        ("dL/dzz", GraphError, r"no value is called 'zz'"),
        ("d LL/d ŷ", GraphError, r"no value is called 'LL'; did you mean 'L'\?"),
        ("ww", GraphError, r"did you mean 'w'\?"),
        ("w.gard", GraphError, r"a value has no 'gard'; did you mean 'w\.grad'\?"),
        ("w.value", GraphError, r"did you mean 'w\.data'\?"),
        ("w.T", GraphError, r"a value has no 'T'; there are w and w\.grad"),
        ("w +", FormulaError, r"column 4: something is missing after '\+'"),
        ("tanh(w, x)", FormulaError, r"tanh takes 1 argument, not 2"),
        ("softmax(w, x)", GraphError, r"softmax gives several results"),
        ("cos(softmax(w, x))", GraphError, r"softmax gives several results"),
        ("affine(w, x)", GraphError, r"affine has"),
        ("1 + " * 5000 + "1", GraphError, r"a formula of 20,001 characters; the longest may have 10,000"),
        ("", FormulaError, r"a formula is missing here"),
        ("__import__('os')", FormulaError, r"no function is called"),
        ("w if w else x", FormulaError, r"unexpected 'if'"),
    ],
)
def test_what_is_no_number(text, error, message):
    with pytest.raises((error, GraphError), match=message):
        at(3).number(text)


def test_comparisons():
    lookup = at(1)
    assert lookup.holds(lookup.comparison("ŷ > w")) and not lookup.holds(lookup.comparison("ŷ>=1"))
    assert not lookup.holds(lookup.comparison("L < 100"))  # not there yet
    assert not lookup.holds(lookup.comparison("w.grad != 0"))
    with pytest.raises(GraphError, match=r"such as z1 > 0\.5, not 2"):
        lookup.comparison("0 < ŷ < 1")


def test_near_names_are_found_among_any_number():
    names = [f"v{i}" for i in range(200_000)] + ["learning_rate"]
    assert nearest("learning_rat", names) == "; did you mean 'learning_rate'?"
    assert nearest("q" * 10_000, names, "; none") == "; none"


def test_a_name_inside_a_line_is_sent_to_operations():
    lookup = at(0)
    hidden = next(name for name in lookup.tape.graph.display_names if name not in lookup.tape.names)
    with pytest.raises(GraphError, match=f"no step is about {hidden}: it is inside .*; --level op steps through it"):
        lookup.step_of(hidden)
    with pytest.raises(GraphError, match="a name is missing; there are"):
        lookup.find("  ")


def in_containers():
    W, params = [[Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]], {"b": Value(0.5), "gain": [Value(2.0)]}
    hidden = [sum(w * x for w, x in zip(row, (1.0, 2.0))) + params["b"] for row in W]
    loss = hidden[0] * hidden[1] * params["gain"][0]
    return loss, {"W": W, "params": params, "hidden": hidden, "loss": loss}


def test_a_name_of_a_container_says_what_it_holds():
    loss, names = in_containers()
    lookup = at(0, loss, names=names)
    for text, message in {
        "W": r"^W holds 4 values, W\[0\]\[0\] to W\[1\]\[1\]; name one; p W shows them$",
        "hidden": r"^hidden holds 2 values, hidden\[0\] to hidden\[1\]; name one; p hidden shows them$",
        "W[7]": r"^no value is called 'W\[7\]'",
        "W[0] + 1": r"^W\[0\] holds 2 values",
        "W[0][1].grda": r"^a value has no 'grda'; did you mean 'W\[0\]\[1\]\.grad'\?$",
        "hidden[1].shape": r"^a value has no 'shape'; there are hidden\[1\] and hidden\[1\]\.grad$",
    }.items():
        with pytest.raises(GraphError, match=message):
            lookup.number(text)


def test_a_container_in_a_dict_is_known_by_its_own_name():
    """W[0][1] of params['W'][0][1], where no other container is called so; else it is said what there is."""
    params = {"W": [[Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]], "b": Value(0.5), "v": [Value(1.0), Value(2.0)]}
    other = {"v": [Value(5.0), Value(6.0)]}
    loss = sum(map(sum, params["W"])) * params["b"] + sum(params["v"]) * sum(other["v"])
    tape = steps(loss, names={"params": params, "other": other})
    lookup = Lookup(Cursor(tape, len(tape)))
    assert lookup.number("W[0][1] + 2*W[1][0].grad + b") == 2.0 + 2 * 0.5 + 0.5
    assert lookup.find("W[1][1]").name == "params['W'][1][1]"
    assert Graph(loss, {"params": params})["W[0][1]"] is params["W"][0][1]
    for text, message in {
        "v[0]": r"^no value is called 'v\[0\]'",
        "W[9][9]": r"; there are params\['W'\]\[0\]\[0\] to params\['W'\]\[1\]\[1\]$",
        "q[0][1] + 1": r"^no value is called 'q\[0\]\[1\]'",
        "W": r"^W holds 4 values, params\['W'\]\[0\]\[0\] to params\['W'\]\[1\]\[1\]",
    }.items():
        with pytest.raises(GraphError, match=message):
            lookup.number(text)
