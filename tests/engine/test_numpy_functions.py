"""NumPy's functions on Values: each of NumPy's own list is recorded, a number, refused with a remedy or meaningless."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

import microgrid
from microgrid import NotRealError, Value, gradcheck, values_like
from microgrid.engine import topological_order
from microgrid.engine.numpy_functions import NUMPY, OPERATORS, written
from microgrid.engine.value_arrays import ValueArray

UFUNCS = {each.__name__: each for each in vars(np).values() if isinstance(each, np.ufunc)}
# Where a function is looked at; elsewhere at these two numbers.
AT = {"arccosh": [1.25], "ldexp": [0.75, 3], "clip": [0.75, -1.0, 0.5]}
USUAL = [0.75, 0.4]
PRODUCTS = {"matmul", "vecdot", "matvec", "vecmat"}


class Weight(Value):
    """A subclass of somebody."""


def number(thing):
    return thing.data if isinstance(thing, Value) else float(thing)


def of_kind(kind):
    return sorted(name for name, answer in NUMPY.items() if answer.kind == kind and name in UFUNCS)


def arguments(name):
    return AT.get(name, USUAL)[: UFUNCS[name].nin]


def test_every_function_of_numpy_has_a_row_and_nothing_else_has():
    assert UFUNCS.keys() - NUMPY.keys() == set()
    newer = {"matvec", "vecmat", "vecdot", "bitwise_count"}  # than the oldest NumPy
    assert NUMPY.keys() - UFUNCS.keys() <= {"clip", *newer}
    assert {answer.kind for answer in NUMPY.values()} == {"recorded", "number", "refused", "meaningless"}


@pytest.mark.parametrize("name", [name for name in of_kind("recorded") if name not in PRODUCTS])
def test_what_is_recorded_has_numpys_value_and_the_right_gradient(name):
    function, numbers = UFUNCS[name], arguments(name)
    wanted = pytest.approx(float(function(*numbers)), rel=1e-14)
    out = function(*map(Weight, numbers))
    assert (type(out), out.data) == (Weight, wanted)
    whole = name == "ldexp"
    check = gradcheck(
        lambda *x: function(*x, *numbers[1:]) if whole else function(*x), numbers[:1] if whole else numbers
    )
    assert check.ok, check
    for k in range(len(numbers)):  # a plain number on either side
        mixed = [Value(x) if i == k else x for i, x in enumerate(numbers)]
        out = function(*mixed)
        assert (type(out), out.data) == (Value, wanted)
        assert mixed[k] in topological_order(out)


@pytest.mark.parametrize("name", [name for name in of_kind("recorded") if name not in PRODUCTS])
def test_an_array_of_values_is_recorded_element_by_element(name):
    function, numbers = UFUNCS[name], arguments(name)
    columns = [values_like([x, x]) for x in numbers]
    out = function(*columns)
    assert type(out) is ValueArray
    for each, *inputs in zip(out, *columns):
        assert each.data == pytest.approx(float(function(*numbers)), rel=1e-14)
        assert set(inputs) & set(topological_order(each))


@pytest.mark.parametrize("name", sorted({name for name in PRODUCTS if name in UFUNCS}))
def test_products_of_arrays(name):
    shapes = {"matmul": ((2, 3), (3, 2)), "vecdot": ((2, 3), (3,)), "matvec": ((2, 3), (3,)), "vecmat": ((3,), (3, 2))}
    rng = np.random.default_rng(0)
    left, right = (rng.normal(size=shape) for shape in shapes[name])
    function = UFUNCS[name]
    for other in (right, values_like(right)):
        out = function(values_like(left), other)
        assert np.allclose([each.data for each in out.flat], function(left, right).ravel())


@pytest.mark.parametrize("name", of_kind("number"))
def test_what_is_a_number_is_numpys(name):
    function, numbers = UFUNCS[name], [-1.5, 0.5][: UFUNCS[name].nin]
    wanted = function(*numbers)
    found = function(*map(Value, numbers))
    assert (type(found), found) == (type(wanted), wanted)
    found = function(*(values_like([x, 2.0]) for x in numbers))
    assert found.dtype == function(*(np.array([x, 2.0]) for x in numbers)).dtype
    assert found.tolist() == function(*(np.array([x, 2.0]) for x in numbers)).tolist()


@pytest.mark.parametrize("name", [*of_kind("refused"), *of_kind("meaningless")])
def test_what_is_not_recorded_says_so(name):
    function = UFUNCS[name]
    begin = {
        "refused": f"np.{name} of a Value is not recorded, and its gradient would be lost; write {NUMPY[name].text}",
        "meaningless": f"np.{name} is about {NUMPY[name].text}, and a Value is a real number",
    }
    for things in ([Value(1.5)] * function.nin, [values_like([1.5])] * function.nin, [Value(1.5), 2][: function.nin]):
        with pytest.raises(NotRealError) as caught:
            function(*things)
        assert str(caught.value) == begin[NUMPY[name].kind]


REMEDIES = {
    "remainder": lambda x, y: x - y * np.floor(x.data / y.data),
    "fmod": lambda x, y: x - y * np.trunc(x.data / y.data),
    "divmod": lambda x, y: x - y * np.floor(x.data / y.data),
    "modf": lambda x: x - np.trunc(x.data),
    "copysign": lambda x, y: abs(x) * np.sign(y.data),
    "heaviside": lambda x, _: x.step(),
    "cbrt": lambda x: x ** (1 / 3),
    "fmax": np.maximum,
    "fmin": np.minimum,
}


@pytest.mark.parametrize("name", REMEDIES)
def test_the_remedies_do_what_numpy_does(name):
    """As they are written in the table, with -7.5 and 2 for x and y."""
    numbers = [7.5, -2.0][: UFUNCS[name].nin]
    wanted = np.atleast_1d(UFUNCS[name](*numbers))
    expected = float(wanted[-1] if name == "divmod" else wanted[0])
    assert REMEDIES[name](*map(Value, numbers)).data == pytest.approx(expected, rel=1e-15)


# ── functions that are made of these ───────────────────────────────────────────────────────

rng = np.random.default_rng(3)
X = rng.normal(size=(3, 4)).round(2)
MADE = {
    "maximum": lambda A: np.maximum(0, A), "minimum": lambda A: np.minimum(A, 0.1), "clip": lambda A: np.clip(A, -0.5, 0.5),
    "where": lambda A: np.where(A > 0, A, 0.1 * A), "where, numbers": lambda A: np.where(A > 0, A, 0),
    "abs": np.abs, "mean": np.mean, "mean of rows": lambda A: A.mean(axis=0), "var": np.var, "std": lambda A: A.std(axis=1),
    "std, ddof": lambda A: np.std(A, ddof=1, axis=0), "sum": lambda A: A.sum(axis=1, keepdims=True), "prod": np.prod,
    "max": lambda A: A.max(axis=1), "amin": np.min, "median": lambda A: np.median(A, axis=0), "cumsum": np.cumsum,
    "dot": lambda A: np.dot(A, A.T), "matmul": lambda A: A @ A.T, "outer": lambda A: np.outer(A[0], A[1]),
    "einsum": lambda A: np.einsum("ij,kj->ik", A, A), "tensordot": lambda A: np.tensordot(A, A), "norm": np.linalg.norm,
    "trace": lambda A: np.trace(A @ A.T), "square": np.square, "exp2": np.exp2, "softmax": lambda A: np.exp(A) / np.exp(A).sum(),
    "concatenate": lambda A: np.concatenate([A, A * 2]), "stack": lambda A: np.stack([A[0], A[1] ** 2]),
    "diff": np.diff, "roll": lambda A: np.roll(A, 1) * A, "sort": lambda A: np.sort(A, axis=1) * [1, 2, 3, 4],
    "average": lambda A: np.average(A, weights=[1, 2, 3, 4], axis=1), "pad": lambda A: np.pad(A[0], 1, constant_values=0),
    "logaddexp": lambda A: np.logaddexp.reduce(A, axis=0), "nan": lambda A: np.where(np.isnan(A), 0, A),
    "finite": lambda A: A[np.isfinite(A)], "convolve": lambda A: np.convolve(A[0], A[1]), "assign": lambda A: assigned(A),
}  # fmt: skip


def assigned(A):
    """A NumPy forward pass in the style of a course: an array of zeros that is filled."""
    out = np.zeros_like(A)
    out[:2] = A[1:] ** 2
    return out


@pytest.mark.parametrize("compute", MADE.values(), ids=list(MADE))
def test_functions_of_numpy_on_arrays_of_values(compute):
    A = values_like(X)
    out = compute(A)
    wanted = np.asarray(compute(X), float)
    assert np.allclose(list(map(number, np.ravel(out))), wanted.ravel(), rtol=1e-13)
    weights = np.cos(np.arange(wanted.size))

    def loss(x):
        return float(np.ravel(compute(x)).astype(float) @ weights)

    total = sum(each * w for each, w in zip(np.ravel(out), weights))
    total.backward()
    for place in [(0, 0), (1, 2), (2, 3)]:
        step = np.zeros_like(X)
        step[place] = 1e-6
        slope = (loss(X + step) - loss(X - step)) / 2e-6
        assert A.grad[place] == pytest.approx(slope, rel=1e-6, abs=1e-7)


PLAIN = "maximum minimum clip where abs mean var std sum prod max amin dot matmul outer einsum square norm".split()


@pytest.mark.parametrize("name", PLAIN)
def test_plain_arrays_of_values_have_the_same_numbers_and_gradients(name):
    """NumPy's own loops over objects: of two numbers they keep one as it is."""
    results = []
    for plain in (False, True):
        A = values_like(X)
        out = np.ravel(MADE[name](A.view(np.ndarray) if plain else A))
        (sum(out) * 1.0).backward()
        results.append((list(map(number, out)), A.grad))
    (numbers, grads), (plain_numbers, plain_grads) = results
    assert np.allclose(numbers, plain_numbers, rtol=1e-14)
    assert np.allclose(grads, plain_grads, rtol=1e-12)


def test_a_value_among_arrays():
    w, x = Value(2.0), np.array([1.0, -1.0, 3.0])
    hidden = np.maximum(0, w * x - 0.5)
    hidden.mean().backward()
    assert w.grad == pytest.approx((1 + 3) / 3)
    for out in (
        np.maximum(0, w),
        np.clip(w, 0, 3),
        np.where(w > 0, w, 0),
        np.mean(w),
        np.max(w),
        np.sum(w),
        np.dot(w, 3),
    ):
        assert type(out) is Value
        w.grad = 0.0
        (out * 1.0).backward()
        assert w.grad in (1.0, 3.0)
    assert np.maximum(0, Value(-1.0)).data == np.clip(Value(-1.0), 0, 1).data == 0
    assert [np.isnan(w), np.isfinite(w), np.isclose(w, 2), np.allclose([w], [2.0])] == [False, True, True, True]


def test_a_plain_zero_on_the_way_is_no_obstacle():
    """NumPy's loop keeps the 0 of np.maximum(0, A); what records takes it for the number it is."""
    A = values_like([1.0, -2.0])
    kept = np.maximum(0, A.view(np.ndarray))
    out = np.exp(kept.view(ValueArray))
    assert [type(each) for each in kept] == [Value, int]
    assert number(out[1]) == 1.0


def test_out_and_where_and_at():
    A = values_like([1.0, -2.0, 3.0])
    out = np.zeros_like(A)
    assert np.maximum(0, A, out=out) is not None
    assert [each.data for each in out] == [1.0, 0.0, 3.0]
    B = values_like([0.0, 0.0])
    np.add.at(B, [0, 0, 1], A)
    assert [each.data for each in B] == [-1.0, 3.0]


@pytest.mark.parametrize("round_off", [np.round, np.around, lambda A, *k: A.round(*k), lambda A, *k: np.round(A, *k)])
def test_rounding_gives_plain_numbers(round_off):
    a = [[1.26, -2.0], [0.5, 3.44]]
    for digits in ((), (1,)):
        found = round_off(values_like(a), *digits)
        assert type(found) is np.ndarray and found.tolist() == np.round(a, *digits).tolist()


@pytest.mark.parametrize("name", [name for name in of_kind("number") if UFUNCS[name].nin == 1])
def test_plain_numbers_are_written_where_they_are_asked_for(name):
    A = values_like([1.5, -2.0])
    assert list(UFUNCS[name](A, out=A.copy())) == list(UFUNCS[name](A))
    places = A.argmax(keepdims=True)  # whole numbers, and still of this kind
    assert list(UFUNCS[name](places)) == list(UFUNCS[name](np.array([0])))


def test_a_function_of_python_is_asked_for_each_element():
    A = values_like([[1.0, -2.0]])
    A.sum().backward()
    for made in (np.vectorize(lambda each: each.grad), np.frompyfunc(lambda each: each.grad, 1, 1)):
        assert type(made(A)) is np.ndarray and made(A).tolist() == [[1.0, 1.0]]
    double, half = np.frompyfunc(lambda each: (2 * each, each.data / 2), 1, 2)(A)
    assert type(double) is ValueArray and numbers(double) == [2.0, -4.0] and half.tolist() == [[0.5, -1.0]]
    assert np.vectorize(lambda each: 2 * each)(Value(3.0)).item().parents


UNRECORDED = {
    "cov": (), "unwrap": (), "linalg.inv": (), "linalg.det": (), "fft.fft": (),
}  # fmt: skip


@pytest.mark.parametrize("name", UNRECORDED)
def test_what_numpy_computes_elsewhere_is_refused_in_one_line(name):
    function = np
    for part in name.split("."):
        function = getattr(function, part)
    A = values_like([[1.0, -2.0], [0.5, 3.0]])
    with pytest.raises(NotRealError, match=rf"^np\.{name} of a Value is not recorded.*write np\.{name}\(x.data\)$"):
        function(A, *UNRECORDED[name])
    function(A.data, *UNRECORDED[name])


@pytest.mark.parametrize(("name", "share"), [("percentile", 25), ("quantile", 0.25)])
def test_what_some_versions_of_numpy_compute_elsewhere_is_recorded_or_refused(name, share):
    A, function = values_like([3.0, 1.0, 2.0, 5.0]), getattr(np, name)
    with suppress(NotRealError):
        found = function(A, share)
        assert found.parents and found.data == function(A.data, share)


def test_a_wrong_call_is_told_as_numpy_tells_it():
    with pytest.raises(TypeError, match="same length"):
        np.polyfit([1, 2, 3], values_like([1.0, 2.0]), 1)


def test_the_numbers_of_an_array_can_be_looked_at_and_set():
    W = values_like([[1.0, 2.0], [3.0, 4.0]])
    was = list(W.flat)
    (W * W).sum().backward()
    W.data -= 0.5 * W.grad
    assert W.data.tolist() == [[0.0, 0.0], [0.0, 0.0]] and list(map(id, W.flat)) == list(map(id, was))
    W[0, 0] = 7
    W.data = W.data + np.array([1, 2])
    assert W.data.tolist() == [[8.0, 2.0], [1.0, 2.0]] and not isinstance(W[0, 0], Value)
    with pytest.raises(ValueError, match="shape"):
        W.data = [1, 2, 3]


def test_values_like():
    w = Value(7.0)
    A = values_like([[1, w], [True, 2.5]], role="parameter")
    assert (A.shape, A[0, 1] is w, A[0, 0].role, A[1, 1].data) == ((2, 2), True, "parameter", 2.5)
    assert values_like(3.0)[()].data == 3.0
    with pytest.raises(NotRealError, match="a real number belongs here"):
        values_like(["a"])
    assert OPERATORS[0] == "add"


SHAPES = [
    ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((5, 2, 3), (3, 4)), ((2, 3), (5, 3, 4)),
    ((5, 2, 3), (5, 3, 4)), ((3,), (5, 3, 4)), ((5, 2, 3), (3,)), ((2, 0), (0, 3)), ((1, 2, 1), (1, 1)),
]  # fmt: skip


@pytest.mark.parametrize("shapes", SHAPES)
def test_products_have_a_node_for_each_sum(shapes):
    rng = np.random.default_rng(0)
    a, b = (rng.normal(size=shape) for shape in shapes)
    for found in (values_like(a) @ values_like(b), values_like(a) @ b, a @ values_like(b)):
        assert np.shape(found) == np.shape(a @ b) and numbers(found) == pytest.approx(numbers(a @ b), rel=1e-12)
        assert all(len(each.parents) == a.shape[-1] for each in np.ravel(found) if a.shape[-1] > 1)
    if max(map(len, shapes)) < 3:
        assert numbers(np.dot(values_like(a), b)) == numbers(values_like(a).dot(b)) == numbers(values_like(a) @ b)


@pytest.mark.parametrize("axis", [None, 0, 1, -1, (0, 2), (0, 1, 2)])
@pytest.mark.parametrize("keepdims", [False, True])
def test_sums_have_one_node(axis, keepdims):
    a = np.random.default_rng(0).normal(size=(2, 3, 4))
    for name in ("sum", "mean", "var"):
        want = getattr(a, name)(axis=axis, keepdims=keepdims)
        found = getattr(values_like(a), name)(axis=axis, keepdims=keepdims)
        assert np.shape(found) == want.shape and numbers(found) == pytest.approx(numbers(want), rel=1e-12)
    sums = np.ravel(values_like(a).sum(axis=axis))
    assert all(len(each.parents) == a.size // len(sums) for each in sums)


def test_values_are_real():
    A = values_like([1.0, 2.0])
    assert A.real is A and np.real(A)[1] is A[1] and A.imag.tolist() == np.imag(A).tolist() == [0.0, 0.0]
    assert np.conj(A)[0].data == 1.0


def test_shapes_that_do_not_fit_are_refused_as_numpy_does():
    with pytest.raises(ValueError, match="mismatch"):
        values_like([[1.0, 2.0]]) @ values_like([[1.0, 2.0]])
    with pytest.raises(ValueError, match="out of bounds"):
        values_like([1.0]).sum(axis=1)


def numbers(thing):
    return [float(each.data if isinstance(each, Value) else each) for each in np.ravel(np.asarray(thing, object))]


def test_the_page_says_what_the_rows_say():
    page = Path(microgrid.__file__).parents[1] / "docs" / "numpy.md"
    assert page.read_text(encoding="utf-8") == written(), "python -m microgrid.engine.numpy_functions prints it"


def test_bounds_that_are_values_have_their_gradients_and_fixed_ones_are_one_operation():
    assert np.clip(Value(0.5), 0.0, 1.0).op.name == "clamp"
    x, low, high = Value(0.5), Value(0.75), Value(1.0)
    for node, leaf in ((np.clip(x, low, 1.0), low), (np.clip(Value(2.5), 0.0, high), high), (np.clip(x, 0.0, high), x)):
        node.backward()
        assert (node.data, leaf.grad) == (leaf.data, 1.0)
        leaf.grad = 0.0


@pytest.mark.parametrize("shape", [(0,), (0, 2), (2, 0)])
@pytest.mark.parametrize("axis", [None, 0, -1])
@pytest.mark.parametrize("reduce", [np.sum, np.max, np.min])
def test_of_no_values_a_sum_is_0_and_the_largest_is_refused_as_numpy_does(reduce, axis, shape):
    numbers, values = np.zeros(shape), values_like(np.zeros((2, 2)))[: shape[0], : shape[-1]].reshape(shape)
    try:
        expected = reduce(numbers, axis=axis)
    except ValueError:
        with pytest.raises(ValueError, match="zero-size array to reduction operation"):
            reduce(values, axis=axis)
    else:
        found = reduce(values, axis=axis)
        assert np.shape(found) == expected.shape and np.array_equal(np.asarray(found, float), expected)
