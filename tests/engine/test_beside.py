"""What stands beside the root: quantities of a sheet that do not lead to its loss are shown, and change no gradient."""

import pytest

from microgrid import Graph, Sheet, Value, draw, page, steps
from microgrid.tape import Backward, Cursor, Forward

SHEET = """input x = 2
target t = 1
param w = 3, m = 0.1
y = w*x
L = (y - t)^2
loss L
right = step(y - 5)
v = 0.9*m + 0.1*w
vhat = v/(1 - 0.9)
ppl = exp(L/100)
update 0.1
"""
RUN = Sheet.parse(SHEET).run()


def test_beside_the_loss_is_what_neither_leads_to_it_nor_comes_from_it():
    assert [node.label for node in RUN.beside] == ["m", "right", "v", "vhat"]
    assert Sheet.parse("param w = 3\nL = w^2").run().beside == []


def test_the_root_stays_last_and_the_order_topological():
    graph = Graph(RUN.root, beside=RUN.beside)
    assert graph.root is graph.nodes[-1] is RUN.root
    assert all(graph.index[parent] < i for i, node in enumerate(graph.nodes) for parent in node.parents)
    assert len(set(graph.nodes)) == len(graph.nodes)
    assert set(graph.nodes) == {*Graph(RUN.root).nodes, *(n for end in RUN.beside for n in Graph(end).nodes)}


@pytest.mark.parametrize("level", ["op", "named", "neuron", "layer"])
def test_every_view_keeps_its_gradients(level):
    wide, alone = Graph(RUN.root, beside=RUN.beside).view(level), Graph(RUN.root).view(level)
    for node in alone.nodes:
        assert sum(path.product for path in wide.paths(node)) == pytest.approx(
            sum(path.product for path in alone.paths(node)), rel=1e-12
        )


@pytest.mark.parametrize("level", ["op", "named"])
def test_the_tape_computes_them_and_sends_them_no_gradient(level):
    tape = steps(RUN, level)
    forward = {step.name for step in tape if isinstance(step, Forward)}
    assert {"right", "v", "vhat", "y", "L"} <= forward and "ppl" not in forward
    assert not {step.child_name for step in tape if isinstance(step, Backward)} & {"right", "v", "vhat"}
    end = Cursor(tape, len(tape))
    for node, grad in zip(tape.view.nodes, tape.rounds[0].grad):
        expected = RUN.rounds[0].derivative("L", node.label) if node.label else grad
        assert grad == pytest.approx(expected, rel=1e-12)
    assert end.data[tape.names.index("w")] == RUN.rounds[1]["w"].data


def test_draw_and_page_show_them_and_say_what_they_leave_out():
    source = draw(RUN).source
    assert all(f"{name} =" in source for name in ("right", "v", "vhat", "L"))
    assert "Not drawn, since computed from L: ppl." in source
    html = page(RUN).html
    assert "vhat" in html and "Not among the steps, since computed from L: ppl" in html


def test_a_value_has_nothing_beside_it():
    a = Value(2.0, label="a")
    b, _ = a * a, a * 3
    assert len(Graph(b)) == 2
