"""A closed branch stays closed: the gradient by what lies behind it is 0, in every reader, as differences have it.

At each point of the table a slope behind the branch is infinite, or undefined; 0 times that is nan.
"""

import io
import math
import random
import re
from contextlib import redirect_stdout

import mpmath
import numpy as np
import pytest
from mpmath import mp, mpf
from outside import engine
from truth import MP, NotReal

from microgrid import (
    Graph,
    NonFiniteError,
    Program,
    Sheet,
    Value,
    draw,
    explain,
    fit,
    gradcheck,
    raise_nonfinite,
    steps,
)
from microgrid.answers import check
from microgrid.debugger.commands.table import obey
from microgrid.debugger.session import Session
from microgrid.engine import FUNCTIONS
from microgrid.engine import derivative as derivative_as_value
from microgrid.engine.value import differentiate, gradients
from microgrid.formula import evaluate, parse
from microgrid.formula.expression import CONSTANTS
from microgrid.formula.operation import CLOSED
from microgrid.tape import Cursor
from microgrid.tape.rounds import derivative
from microgrid.training.optim import SGD

LEVELS = ("op", "named", "neuron", "layer")

# The lines of a computation, the last one its result; the numbers of its inputs; what is closed there.
CASES = {
    "max of sqrt": ("r = sqrt(x); L = max(r, 1e-10)", {"x": 0.0}),
    "max of a root in one line": ("L = max(sqrt(x), 1e-10)", {"x": 0.0}),
    "max of a power": ("L = max(abs(x)**0.5, 1)", {"x": 0.0}),
    "coincident points": (
        "dx = x - u; dy = y - v; d = sqrt(dx**2 + dy**2); L = relu(d - m)",
        {"x": 1.5, "u": 1.5, "y": -2.0, "v": -2.0, "m": 1.0},
    ),
    "a distance kept above 0": ("d = sqrt(x**2 + y**2); L = max(d, 1e-10)", {"x": 0.0, "y": 0.0}),
    "hypot inside a margin": ("d = hypot(x, y); L = relu(d - 1)", {"x": 0.0, "y": 0.0}),
    "min of a quotient": ("L = min(1/abs(x), 5)", {"x": 0.0}),
    "max of a logarithm": ("p = log(x); L = max(p, -20)", {"x": 0.0}),
    "max of an angle": ("a = atan2(y, x); L = max(a, 4)", {"x": 0.0, "y": 0.0}),
    "min of asin": ("a = asin(x); L = min(a, 1)", {"x": 1.0}),
    "max of acosh": ("L = max(acosh(x), 1)", {"x": 1.0}),
    "step": ("r = sqrt(x); L = step(r - 1)", {"x": 0.0}),
    "leaky relu of slope 0": ("r = sqrt(x); L = leaky_relu(r - 1, 0)", {"x": 0.0}),
    "a power of a power": ("L = max(x**y, 2)", {"x": 0.0, "y": 0.5}),
    "one branch inside another": ("r = sqrt(x); a = relu(r - 1); b = relu(a - 2); L = 3*b", {"x": 0.0}),
    "beside an open way": ("r = sqrt(x); a = max(r, 1); L = 2*a + 3*x", {"x": 0.0}),
    "two closed ways": ("r = sqrt(x); a = max(r, 1); b = relu(r - 2); L = a*b + b + y*x", {"x": 0.0, "y": 0.5}),
    "overflow": ("e = exp(x); L = relu(5 - e)", {"x": 1000.0}),
    "through a sum and a layer": ("r = sqrt(x); s = r + 2*r + y; L = max(s, 8) + y", {"x": 0.0, "y": 0.25}),
    "a softmax below": ("r = sqrt(x); p, q = softmax(r, y); L = max(p, 1) + max(q, 1) + y", {"x": 0.0, "y": 0.5}),
}  # fmt: skip

# The same beside what is open: here 0 is a number like any other, and 0 · inf is nan, as it is in PyTorch.
OPEN = {
    "times 0": ("L = 0*sqrt(x)", {"x": 0.0}),
    "a flat cosine": ("L = cos(sqrt(x))", {"x": 0.0}),
    "a square": ("L = sqrt(x)**2", {"x": 0.0}),
    "to the power of 0": ("L = sqrt(x)**0", {"x": 0.0}),
    "the middle of abs": ("L = abs(sqrt(x))", {"x": 0.0}),
    "one closed way, one of 0": ("r = sqrt(x); L = max(r, 1) + 0*r", {"x": 0.0}),
    "a tie": ("r = sqrt(x); L = max(r, 0) - max(r, 0)", {"x": 0.0}),
}

WORDS = {**FUNCTIONS, "softmax": lambda *x: FUNCTIONS["softmax"](*x[:-1])[int(float(x[-1])) - 1]}


def lines_of(text):
    """By name, the formula of each line; a softmax of several names is a line for each of its results."""
    found = {}
    for line in text.split(";"):
        left, _, right = line.partition("=")
        names = [each.strip() for each in left.split(",")]
        for i, name in enumerate(names, 1):
            found[name] = parse(right if len(names) == 1 else right.rstrip(" )") + f", {i})")
    return found


def recorded(text, numbers):
    """The Values of a case, by name."""
    names = dict(numbers)
    for name, formula in lines_of(text).items():
        node = evaluate(formula, {**CONSTANTS, **names}, WORDS)
        node.label = node.label or name
        names[name] = node
    return names


def leaves_of(numbers, role="input"):
    return {name: Value(number, label=name, role=role) for name, number in numbers.items()}


def case_of(name):
    text, numbers = {**CASES, **OPEN}[name]
    leaves = leaves_of(numbers)
    return list(leaves.values()), recorded(text, leaves)["L"]


def sheet_of(name, more=()):
    text, numbers = CASES[name]
    given = ", ".join(f"{key} = {number!r}" for key, number in numbers.items())
    return Sheet.parse("\n".join([f"param {given}", *(line.strip() for line in text.split(";")), *more]))


# ── the oracle: differences of the formulas, at 60 digits; on the one side where the other has no value ──


@mpmath.workdps(60)
def by_differences(name):
    text, numbers = CASES[name]
    here = {key: mpf(number) for key, number in numbers.items()}

    def at(point):
        names = dict(point)
        for key, formula in lines_of(text).items():
            names[key] = evaluate(formula, names, REAL)
        return names["L"]

    found = []
    for key in numbers:
        sides = []
        for h in (mpf(10) ** -40, -(mpf(10) ** -40)):
            try:
                one, two = (at({**here, key: here[key] + k * h}) for k in (1, 2))
            except NotReal:
                continue
            sides.append((two - one) / h)  # at the point itself there may be no value
        assert sides and max(sides) - min(sides) < mpf(10) ** -15
        found.append(float(sum(sides) / len(sides)))
    return found


def real_word(word):
    """A word of mpmath's that has no complex answer."""

    def answer(*x):
        try:
            found = word(*x)
        except ZeroDivisionError:
            raise NotReal from None
        if isinstance(found, mpmath.mpc):
            raise NotReal
        return found

    return answer


def softmax(*x):
    powers = [mp.exp(each) for each in x[:-1]]
    return powers[int(x[-1]) - 1] / sum(powers)


KINKS = {"relu": lambda x: max(x, 0), "leaky_relu": lambda x, a: max(x, 0) + a * min(x, 0), "softmax": softmax}
REAL = {name: real_word(word) for name, word in {**MP, **KINKS}.items()}


# ── the readers: (leaves, root) → the gradient by each leaf ──


def by_backward(leaves, root):
    root.backward()
    return [leaf.grad for leaf in leaves]


def by_gradients(leaves, root):
    found = gradients(root)
    return [found[leaf] for leaf in leaves]


def by_view(level):
    """The chain rule over a view, written here again: the share of each use that is open, from the root down."""

    def reader(leaves, root):
        view = Graph(root).view(level)
        found = {root: 1.0}
        for node in reversed(view.nodes):
            for edge in view.inputs(node):
                if node in found and edge.partial is not CLOSED:
                    found[edge.parent] = found.get(edge.parent, 0.0) + edge.partial * found[node]
        return [found.get(leaf, 0.0) for leaf in leaves]

    return reader


def by_paths(level):
    def reader(leaves, root):
        view = Graph(root).view(level)
        return [sum(path.product for path in view.paths(leaf)) if leaf in view else 0.0 for leaf in leaves]

    return reader


def by_tape(level):
    def reader(leaves, root):
        tape = steps(root, level)
        return [tape.rounds[0].grad[tape.view.index[leaf]] for leaf in leaves]

    return reader


def by_cursor(jumping):
    """The numbers at the end of the tape, walked there step by step, or gone to at once."""

    def reader(leaves, root):
        tape = steps(root)
        cursor = Cursor(tape)
        if jumping:
            cursor._jump(len(tape))
        while cursor.next:
            cursor.forward()
        return [cursor.grad[tape.view.index[leaf]] for leaf in leaves]

    return reader


def by_steps(leaves, root):
    """The last sum that the steps say of each leaf."""
    last = {step.node: step.after for step in steps(root) if step.kind == "backward"}
    return [last[leaf] for leaf in leaves]


def by_derivative(leaves, root):
    graph = Graph(root)
    return [derivative(graph, root, leaf) for leaf in leaves]


def by_values(leaves, root):
    return [each.data for each in derivative_as_value(root, leaves)]


def by_values_again(leaves, root):
    """The gradient of a derivative: of t · L by t and then by each leaf."""
    scale = Value(1.0)
    return by_gradients(leaves, derivative_as_value(scale * root, scale))


def by_explain(level, **options):
    return lambda leaves, root: [explain(root, wrt=leaf, level=level, **options).value for leaf in leaves]


def by_debugger(leaves, root):
    """What it prints at the end of the tape."""
    session, found = Session(root), []
    session.cursor.go(len(session.tape))
    for leaf in leaves:
        with redirect_stdout(io.StringIO()) as printed:
            obey(session, f"p dL/d{leaf.label}")
            obey(session, f"p {leaf.label}.grad")
        one, other = re.findall(r"= (\S+)$", printed.getvalue().replace("−", "-"), re.MULTILINE)
        assert one == other
        found.append(float(one))
    return found


def by_program(by_inputs, **options):
    """A batch with the point in it three times, the gradients of the inputs; or parameters, one sample."""

    def reader(leaves, root):
        if not by_inputs:
            return Program(root, [], leaves, **options).value_and_grad()[1].tolist()
        batch = [[leaf.data for leaf in leaves]] * 3
        found = Program(root, leaves, [], **options).value_and_grad(batch, by_inputs=True)[2]
        assert (found == found[0]).all() or np.isnan(found).any()
        return found[1].tolist()

    return reader


def by_floats(leaves, root):
    program = Program(root, [], leaves)
    program.__dict__["_few"] = math.inf
    return program.value_and_grad()[1].tolist()


def by_arrays(leaves, root):
    program = Program(root, [], leaves)
    program.__dict__["_few"] = 0
    return program.value_and_grad()[1].tolist()


def by_mixed_batch(leaves, root):
    """One parameter, the rest inputs; beside the point samples where everything is finite, of weight 0."""
    found = []
    for leaf in leaves:
        others = [each for each in leaves if each is not leaf]
        row = [each.data for each in others]
        program = Program(root, others, [leaf])
        batch = [row, row] if others else None
        weights = [2.0, -1.0] if others else None
        found += program.value_and_grad(batch, weights=weights)[1].tolist()
    return found


def by_jax(leaves, root):
    engine("jax")
    return Program(root, [], leaves).to_jax().value_and_grad()[1].tolist()


READERS = {
    "backward": by_backward,
    "gradients": by_gradients,
    **{f"view {level}": by_view(level) for level in LEVELS},
    **{f"paths {level}": by_paths(level) for level in ("op", "named")},
    **{f"tape {level}": by_tape(level) for level in LEVELS[:2]},
    "cursor": by_cursor(False),
    "cursor, at once": by_cursor(True),
    "steps": by_steps,
    "derivative": by_derivative,
    "derivative as a Value": by_values,
    "derivative as a Value, again": by_values_again,
    **{f"explain {level}": by_explain(level) for level in LEVELS[:2]},
    "explain along paths": by_explain("named", paths=True),
    "debugger": by_debugger,
    "program": by_program(False),
    "program by inputs": by_program(True),
    "program, exact": by_program(False, exact=True),
    "program by inputs, exact": by_program(True, exact=True),
    "program in float32": by_program(False, dtype="float32"),
    "program on floats": by_floats,
    "program on arrays": by_arrays,
    "program of inputs and a parameter": by_mixed_batch,
    "jax": by_jax,
}
each_reader = pytest.mark.parametrize(
    "reader", [pytest.param(name, marks=pytest.mark.engine if name == "jax" else ()) for name in READERS]
)


def test_the_table_is_what_it_says():
    """At each point the plain product of a slope behind the branch and 0 is nan."""
    for name in CASES:
        _, root = case_of(name)
        partials = [partial for node in Graph(root).nodes for partial in node.partials]
        assert not all(map(math.isfinite, partials)) and CLOSED in partials, name


@each_reader
def test_every_reader_gives_what_differences_give(reader):
    for name in CASES:
        leaves, root = case_of(name)
        found, wanted = READERS[reader](leaves, root), by_differences(name)
        assert found == pytest.approx(wanted, rel=1e-6 if "32" in reader else 1e-12, abs=1e-12), name


@each_reader
def test_a_zero_that_is_a_number_is_none_of_a_closed_branch(reader):
    for name in OPEN:
        leaves, root = case_of(name)
        assert all(map(math.isnan, READERS[reader](leaves, root))), name


@pytest.mark.parametrize("name", CASES)
def test_gradients_that_a_user_sees_are_plain_floats(name):
    _, root = case_of(name)
    root.backward()
    root.backward()
    for node in Graph(root).nodes:
        assert type(node.grad) is float and math.isfinite(node.grad)
    assert {type(grad) for grad in gradients(root).values()} == {float}


def test_a_pass_without_nan_is_made_once_and_has_the_bits_of_before():
    x = [Value(number) for number in (-1.0, 0.3, -0.0)]
    root = (x[0].relu() * x[1] + x[1].max(x[2])).relu() - x[0] * x[2]
    order = Graph(root).nodes
    leaves, inner = [n for n in order if not n.parents], [n for n in order if n.parents]
    wanted = dict.fromkeys(order, 0.0)
    wanted[root] = 1.0
    for node in reversed(inner):
        for parent, partial in zip(node.parents, node.partials):
            wanted[parent] += float(partial) * wanted[node]
    differentiate(order, leaves, inner)
    assert [repr(node.grad) for node in order] == [repr(wanted[node]) for node in order]


@pytest.mark.parametrize("name", ["coincident points", "beside an open way", "two closed ways"])
def test_an_interrupted_pass_leaves_every_gradient(name):
    """Whichever product is interrupted, of the first pass or of the one that knows what is closed."""
    _, root = case_of(name)
    nodes = Graph(root).nodes
    count = sum(partial is not CLOSED for node in nodes for partial in node.partials)

    class Interrupting(float):
        left = 0

        def __mul__(self, other):
            Interrupting.left -= 1
            if Interrupting.left == 0:
                raise KeyboardInterrupt
            return float(self) * other

    for node in nodes:
        node.partials = tuple(each if each is CLOSED else Interrupting(each) for each in node.partials)
    root.backward()
    products, Interrupting.left = -Interrupting.left, 1
    assert products > count  # so there are two passes
    for node in nodes:
        node.grad = 7.0
    for Interrupting.left in range(1, products + 1):
        with pytest.raises(KeyboardInterrupt):
            root.backward()
        assert {node.grad for node in nodes} == {7.0}


@pytest.mark.parametrize("name", CASES)
def test_check_calls_what_differences_give_right(name):
    more = [f"dL/d{leaf} ~= {grad:.6g}" for leaf, grad in zip(CASES[name][1], by_differences(name))]
    assert [answer.verdict for answer in check(sheet_of(name, more).run())] == ["exact"] * len(more)


def test_check_says_what_a_slip_should_be():
    (answer,) = check(sheet_of("a distance kept above 0", ["dL/dx ~= 0.5"]).run())
    assert (answer.verdict, answer.why.partition(";")[0]) == ("slip", "should be 0")


@pytest.mark.parametrize("name", CASES)
def test_the_debugger_lists_shares_that_are_numbers(name):
    leaves, root = case_of(name)
    session = Session(root, names=dict(enumerate(leaves)))
    for _ in session.tape:
        session.cursor.forward()
    for each in session.tape.names[:-1]:
        with redirect_stdout(io.StringIO()) as printed:
            obey(session, f"out {each}")
        shares = [line.split()[-1] for line in printed.getvalue().splitlines()[1:]]
        assert shares and not {"nan", "∞", "−∞"} & set(shares), printed.getvalue()


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("level", LEVELS[:2])
def test_a_picture_shows_gradients_that_are_numbers(name, level):
    _, root = case_of(name)
    root.backward()
    source = draw(root, level=level).source
    sent = re.findall(r"sends .*? = (\S+) back", source)
    assert sent and all(math.isfinite(float(each)) for each in sent)
    assert not re.search(r"grad</FONT><BR/><FONT[^>]*>(NaN|nan|∞)", source)


TWO_SIDED = ["max of a power", "coincident points", "hypot inside a margin", "max of an angle", "overflow"]


@pytest.mark.parametrize("name", TWO_SIDED)
def test_a_gradient_check_finds_a_closed_branch_right(name):
    text, numbers = CASES[name]
    found = gradcheck(lambda *x: recorded(text, dict(zip(numbers, x)))["L"], numbers)
    assert [row.verdict for row in found.rows] == ["right"] * len(numbers)


class Margin:
    """A model that keeps a point away from those it is given: relu(margin - distance), or the opposite."""

    def __init__(self):
        self.w = [Value(1.0, role="parameter"), Value(2.0, role="parameter")]

    def parameters(self):
        return self.w

    def __call__(self, x):
        distance = sum((w - each) ** 2 for w, each in zip(self.w, x)).sqrt()
        return (distance - 1).relu()


def test_training_goes_on_at_coincident_points():
    model = Margin()
    fit(model, [[1.0, 2.0], [1.0, 5.0]], [0.0, 1.0], "mse", SGD(model.parameters(), rate=0.25), epochs=1)
    # the second sample alone: distance 3, loss (2 - 1)², slope 2 · (2 - 1) · (-1) by w2, half of it for the mean
    assert [w.data for w in model.w] == [1.0, 2.25]


def test_what_is_infinite_behind_a_closed_branch_is_found_when_it_is_recorded():
    with raise_nonfinite(), pytest.raises(NonFiniteError, match=r"the derivative of sqrt of r = 0\.0 by r is inf"):
        Value(0.0, label="r").sqrt().max(1.0)
    root = Value(0.0).sqrt().max(1.0)
    with raise_nonfinite():
        root.backward()  # the gradients themselves are finite


# ── random graphs ──


MADE = [
    lambda a, b, c: a.sqrt(), lambda a, b, c: a.relu(), lambda a, b, c: a.max(b), lambda a, b, c: a.min(c),
    lambda a, b, c: abs(a), lambda a, b, c: a**0.5, lambda a, b, c: a.hypot(b), lambda a, b, c: a * b,
    lambda a, b, c: a - b, lambda a, b, c: (a - 1).relu(), lambda a, b, c: a / b, lambda a, b, c: a.step(),
    lambda a, b, c: abs(a).log(), lambda a, b, c: a.max(c), lambda a, b, c: a.leaky_relu(0), lambda a, b, c: a * c,
    lambda a, b, c: FUNCTIONS["logsumexp"](a, b),
]  # fmt: skip


def tangled(rng):
    """A graph over numbers at which slopes are infinite, and branches are closed."""
    leaves = [Value(rng.choice((0.0, 0.0, 1.0, -1.0, 2.0)), role="parameter") for _ in range(3)]
    pool = list(leaves)
    for _ in range(rng.randint(3, 9)):
        numbers = rng.choice(pool[-4:]), rng.choice(pool), rng.choice((0.0, 1.0, -1.0, 2.0))
        pool.append(rng.choice(MADE)(*numbers))
    return leaves, pool[-1]


def open_sums(root):
    """Every gradient as the sum over the open paths alone: nothing is multiplied that a closed branch cuts off."""
    found = {root: 1.0}
    for node in reversed(Graph(root).nodes):
        if node in found:
            for parent, partial in zip(node.parents, node.partials):
                if partial is not CLOSED:
                    found[parent] = found.get(parent, 0.0) + partial * found[node]
    return found


@pytest.mark.parametrize("seed", range(300))
def test_random_graphs_over_kinks_and_poles(seed):
    rng = random.Random(seed)
    leaves, root = tangled(rng)
    leaves = [leaf for leaf in leaves if leaf in Graph(root)]
    found = open_sums(root)
    wanted = [found.get(leaf, 0.0) for leaf in leaves]
    readers = [
        by_backward,
        by_gradients,
        by_values,
        by_view("op"),
        by_tape("op"),
        by_program(False, exact=True),
        by_arrays,
    ]
    for reader in readers if leaves and root.parents else ():
        assert reader(leaves, root) == pytest.approx(wanted, rel=1e-12, abs=0, nan_ok=True)
