"""How a node holds its parents and local derivatives: in slots for one and two, in tuples for more."""

import base64
import math
import pickle
import sys

import pytest

import microgrid
from microgrid.engine import Value, computed, topological_order
from microgrid.engine.functions import UNROLLED, affine, total, weighing
from microgrid.engine.node import MANY
from microgrid.formula import parse
from microgrid.formula.expression import evaluate
from microgrid.formula.floats import FLOATS
from microgrid.formula.operation import NAMESPACE, python
from microgrid.formula.ops import AFFINE, OPS

pytestmark = pytest.mark.once

# L = (w·x + 0.5)·relu(own), where a node recorded by hand is own, after backward(): as pickled when a node held tuples
BEFORE = """\
fCQDH0ssI20001t7j0={a&KpHX=E;CZf9w3WiDfHaA{?8l#B;*Wny({Y;=^9lwFi4XaZf7j23NaV{&h2a%p5PWo~C_Ze=cZVQh6}l#B&dVQh6}
l#`SxeUvDS1z%)gbYYZ7zyJUM00000j09(LVPup?Ksx{c00000j0J3AVr6WUi~)C)i~?_Pl#Cl~X=8G4XL4y|E@p3XZFOv6E^lyUa$$67Z*G)~
2y$g}bZ>HHWR#PXj0tdIa$#*{bY*gsDT#-aQk0AcaA9(EX<=-0lqq$GlwpOGQj}-{U6g1CDSebEXbDF^2mk;80001J3P-?6fB*mh003wUi~)F*
Xbor(j0I_KaCLN)DT#-aQj};EDRqaGVTF`ZlxPB7lxPPjeUvC@2}eKR00000003wTM?fL~000000B8%00F-DAXb_ADV{dMAbYX6Elqrdalv0#v
6e)FwlwpOGQj};1O8`p&O9F?KeUvC@2}i&d00000003wTM?fL~000000B8$nBWMk15R3+4W@c$_Wt1t1hm=y3XcR|42mk;80000-zyJUM00000
M?dfY000000Ed)yhm>dsO96$HeUvC@2}eL800000003wTN5B>U000000B8%018;Y3lxPiT5R3?NWn*u0WMyQODT#-aQj};EM?e?=000000ELuw
hm>dsO9X|KeUvC@2}eL800000003wTN5B>U000000B8$nBWMk15R3$JWo&hnDTs%ZQj};EM?dfY000000ELuwhm>dsO9M*<hLnAjC};^sz(~LV
00000XbML^@Bjb+0001J3yc9wlxPiT5R3zDb!?O=h=-I?lxP%3Kq3GD00000N5B>U000000EU!xhm>W7lv0!~
"""


@pytest.mark.quick
def test_parents_and_partials_are_those_that_were_recorded():
    x, y, z = Value(2.0), Value(3.0), Value(5.0)
    for node, parents, partials in [
        (x, (), ()),
        (-x, (x,), (-1.0,)),
        (x * y, (x, y), (3.0, 2.0)),
        (x * x, (x, x), (2.0, 2.0)),
        (total([x, y, z]), (x, y, z), (1.0, 1.0, 1.0)),
        (total([x]), (x,), (1.0,)),
        (affine([x], [y], z), (x, y, z), (3.0, 2.0, 1.0)),
        (Value(1.0, [z], [4.0]), (z,), (4.0,)),
        (Value(1.0, iter((z, x, z)), iter((4, 5, 6))), (z, x, z), (4.0, 5.0, 6.0)),
    ]:
        assert (node.parents, node.partials) == (parents, partials)
        assert node._prev == node._children == parents
        assert node._local_grads == partials
        assert (node._b is MANY) == (len(parents) > 2)


def test_parents_and_partials_can_be_set_in_any_number_and_order():
    x, y, z = Value(2.0), Value(3.0), Value(5.0)
    for first in (x + y, -x, total([x, y, z])):
        for count in range(1, 4):
            parents, partials = [z, y, x][:count], [0.5, 0.25, 0.125][:count]
            for names in (("parents", "partials"), ("partials", "parents")):
                given = {"parents": parents, "partials": partials}
                for name in names:
                    setattr(first, name, given[name])
                assert (first.parents, first.partials) == (tuple(parents), tuple(partials))
                first.backward()
                assert [each.grad for each in parents] == partials
                for each in (x, y, z):
                    each.grad = 0.0


def test_a_node_of_one_or_two_parents_is_one_object():
    x, y = Value(2.0), Value(3.0)
    size = sys.getsizeof(x)
    assert size <= 112  # with the collector's two words 128, and its number 24 more
    for node in (-x, x + y, x * y):
        assert sys.getsizeof(node) == size
        assert not any(isinstance(getattr(node, slot, None), tuple) for slot in ("_a", "_b", "_da", "_db"))


def test_a_pickle_of_the_version_before():
    L = pickle.loads(base64.b85decode(BEFORE.replace("\n", "")))
    x, w = (next(node for node in topological_order(L) if node.label == name) for name in "xw")
    assert (L.data, L.label, w.role) == (-49.5, "L", "parameter")
    assert (x.grad, w.grad) == (9 * -2 - 5.5 * 6, 27)
    assert [len(node.parents) for node in topological_order(L)] == [len(n.partials) for n in topological_order(L)]
    L.backward()
    assert (x.grad, w.grad) == (2 * (9 * -2 - 5.5 * 6), 54)


# ── w·x + b without a loop ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("weights", [1, 2, 3, 16, (UNROLLED - 1) // 2, (UNROLLED + 1) // 2])
def test_affine_is_what_the_loop_gives_to_the_bit(weights):
    numbers = [math.sin(3.0 * i) * 10.0 ** (i % 7 - 3) for i in range(2 * weights + 1)]

    class Own(Value):
        pass

    for extra in ({}, {0: math.nan}, {weights: math.inf}, {2 * weights: -0.0}):
        parents = tuple(Own(extra.get(i, each)) for i, each in enumerate(numbers))
        ours, loop = affine(parents[:weights], parents[weights:-1], parents[-1]), computed(AFFINE, parents)
        assert repr((ours.data, ours.partials)) == repr((loop.data, loop.partials))
        assert (ours.parents, ours.op, type(ours), ours.label) == (parents, AFFINE, Own, "")
    assert (2 * weights + 1 in weighing) == (2 * weights + 1 <= UNROLLED)


def test_affine_is_seen_being_made():
    seen, x = [], Value(3.0)
    with microgrid.engine.watch.observing(seen.append):
        z = affine([2.0], [x], 1.0)
    assert seen == [z]


# ── comparisons that are written out ───────────────────────────────────────────────────────

NUMBERS = [0.0, -0.0, 1.0, -1.0, 2.5, math.inf, -math.inf, math.nan, 5e-324, -5e-324]
WRITTEN = ["max(x, 0)", "min(x, 0)", "max(x, 2.5)", "min(x, 1)", "step(x)", "step(x) * max(x, 0) + min(x, 0)"]


def test_a_comparison_is_the_function_to_the_bit():
    for text in WRITTEN:
        formula = parse(text)
        compiled = eval(f"lambda x: {python(formula)}", dict(NAMESPACE))
        for x in NUMBERS:
            assert repr(compiled(x)) == repr(evaluate(formula, {"x": x}, FLOATS)), (text, x)


def test_the_rectifier_calls_no_function():
    lines = [*OPS["relu"].body, *OPS["relu"].slopes]
    names = {name for line in lines for name in compile(line, "", "exec").co_names}
    assert names == {"x", "out", "CLOSED"}
