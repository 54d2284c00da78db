"""Which shapes fit, and that every other is refused with both shapes, and with what would fit."""

import re

import numpy as np
import pytest

from microgrid import Sheet, SheetError

SHAPES = [(), (2,), (3,), (1, 2), (1, 3), (2, 2), (2, 3), (3, 2)]


def literal(shape):
    """An array of that shape as it is typed."""
    numbers = np.arange(1, np.prod(shape, dtype=int) + 1) / 4
    if len(shape) == 2:
        return "[" + "; ".join(" ".join(map(str, row)) for row in numbers.reshape(shape)) + "]"
    return str(numbers.tolist()) if shape else "0.5"


def said(name, shape):
    """What a message says of an array."""
    kinds = {0: "is a number", 1: "has {} rows", 2: "is {} × {}"}
    return f"{name} {kinds[len(shape)].format(*shape)}"


def rows(shape):
    return shape[0] if shape else 1


def columns(shape):
    return shape[1] if len(shape) == 2 else 1


def tidy(rows, columns):
    return (rows, columns) if columns > 1 else (rows,) if rows > 1 else ()


def product(u, v):
    return tidy(rows(u), columns(v)) if columns(u) == rows(v) else None


def elementwise(u, v):
    return u or v if u == v or () in (u, v) else None


def dot(u, v):
    return (u or v) if () in (u, v) else () if u == v and len(u) == 1 else None


def outer(u, v):
    return tidy(rows(u), rows(v)) if max(len(u), len(v)) < 2 else None


def concat(u, v):
    return (rows(u) + rows(v),) if max(len(u), len(v)) < 2 else None


def conv(u, v):
    inside = rows(u) >= rows(v) and columns(u) >= columns(v) and (max(len(u), len(v)) < 2 or len(u) == len(v))
    return tidy(rows(u) - rows(v) + 1, columns(u) - columns(v) + 1) if inside else None


OF_TWO = {
    "u @ v": product, "u + v": elementwise, "u - v": elementwise, "u * v": elementwise, "u ⊙ v": elementwise,
    "u/v": elementwise, "u^v": elementwise, "max(u, v)": elementwise, "atan2(u, v)": elementwise, "f(u, v)": elementwise,
    "u·v": dot, "dot(u, v)": dot, "outer(u, v)": outer, "concat(u, v)": concat, "conv(u, v)": conv,
}  # fmt: skip
BOTH = ("concat", "outer")  # which name the one that is no vector
OF_ONE = {
    "softmax(u)": lambda u: u if len(u) < 2 else None, "diag(u)": lambda u: {(): (), (2, 2): (2,)}.get(u, u * 2 if len(u) == 1 else None),
    "uᵀ": lambda u: tidy(columns(u), rows(u)), "sum(u)": lambda u: (), "mean(u)": lambda u: (), "norm(u)": lambda u: (),
    "logsumexp(u)": lambda u: () if len(u) < 2 else None, "σ(u)": lambda u: u, "-u": lambda u: u, "max(u)": lambda u: (),
}  # fmt: skip


def read(text, **shapes):
    """A sheet with arrays of these shapes, and a line."""
    given = "\n".join(f"param {name} = {literal(shape)}" for name, shape in shapes.items())
    return Sheet.parse(f"f(a, b) = a*b + 1\n{given}\n{text}")


def shape_of(sheet, name):
    return next((each.shape for each in sheet.arrays if each.name == name), ())


@pytest.mark.parametrize("operation", OF_TWO)
@pytest.mark.quick
def test_two_arrays_fit_or_are_refused_by_their_shapes(operation):
    for u in SHAPES:
        for v in SHAPES:
            wanted = OF_TWO[operation](u, v)
            if wanted is not None:
                assert shape_of(read(f"q = {operation}", u=u, v=v), "q") == wanted, (operation, u, v)
                continue
            with pytest.raises(SheetError) as caught:
                read(f"q = {operation}", u=u, v=v)
            message = str(caught.value).splitlines()[0]
            named = [said("u", u), said("v", v)]
            whole = any if operation.startswith(BOTH) else all
            assert whole(each in message for each in named), (message, named)
            for remedy in re.findall(r"; (.+) would fit", message):
                if "(" not in operation:  # else it is about one argument
                    read(f"q = {remedy}", u=u, v=v)


@pytest.mark.parametrize("operation", OF_ONE)
def test_one_array_fits_or_is_refused_by_its_shape(operation):
    for u in SHAPES:
        wanted = OF_ONE[operation](u)
        if wanted is not None:
            assert shape_of(read(f"q = {operation}", u=u), "q") == wanted, (operation, u)
            continue
        with pytest.raises(SheetError, match=re.escape(said("u", u))):
            read(f"q = {operation}", u=u)


@pytest.mark.parametrize("sign", ["~=", "=="])
def test_both_sides_of_a_check_have_one_shape(sign):
    for u in SHAPES:
        for v in SHAPES:
            right = literal(v) if sign == "~=" else "v"
            if u == v or (not u and v == ()):
                assert len(read(f"u {sign} {right}", u=u, v=v).checks) == np.prod(u, dtype=int)
            elif u:
                words = {1: "a vector of {}", 2: "{} × {}", 0: "a number"}
                shapes = [words[len(each)].format(*each) for each in (u, v)]
                with pytest.raises(SheetError, match=" and .*".join(map(re.escape, shapes))):
                    read(f"u {sign} {right}", u=u, v=v)
            else:
                with pytest.raises(SheetError):
                    read(f"u {sign} {right}", u=u, v=v)


MISTAKES = [
    ("q = W[3,1]", 7, "W has nothing at 3; there its indices go from 1 to 2"),
    ("q = W[1,0]", 9, "W has nothing at 0; there its indices go from 1 to 3"),
    ("q = W[1]", 5, "W is 2 × 3; an element of it is W[1,1], a row W[1,:], a column W[:,1]"),
    ("q = u[1,1]", 5, "u has 2 rows and is a vector; an element of it is u[1]"),
    ("q = c[1]", 5, "c is a number, which has no elements"),
    ("q = u[c]", 7, "c is no whole number from 0 on that is known when the sheet is read"),
    ("q = u[1:2]", 8, "a part of a vector is written x[1..3], both ends counted"),
    ("q = u[2..3]", 8, "u has nothing at 2..3"),
    ("q = [1 2; 3]", 5, "row 1 has 2 numbers and row 2 has 1; all rows of a matrix are as long"),
    ("q = [[1, 2], [3]]", 5, "row 1 has 2 numbers and row 2 has 1"),
    ("q = [u 1]", 6, "u has 2 rows, and what stands in a row of a matrix are numbers; concat(…) puts vectors together"),
    ("q = [W, W]", 6, "W is 2 × 3, and the rows of a matrix are lists of numbers"),
    ("q = [1 2", 5, "this '[' is never closed"),
    ("q = ones(c)", 10, "c is no whole number from 1 on that is known when the sheet is read"),
    ("q = ones(10000, 10000)", 5, "ones of 10,000 × 10,000 has more than 2,000,000 elements"),
    ("q = onehot(4, 3)", 5, "onehot(4, 3) has no place 4; places go from 1 to 3"),
    ("q = sum(u, u)", 5, "u has 2 rows and u has 2 rows: sum is of one vector, or of numbers; u + u adds them"),
    ("q = dW/du", 5, "a derivative of 2 × 3 by a vector of 2 has more than two indices"),
    ("param d = 2u", 12, "param d is of numbers; 'u' makes it an equation"),
    ("W = u", 1, "'W' is already defined on line 1"),
    ("W[1] = u", 1, "'W' is already defined on line 1"),
    ("u·u + W ~= 1", 12, "u·u + W is 2 × 3 and 1 is a number"),
    ("W ~= 2*W", 6, "'2*W' is no printed number; a formula is checked with =="),
    ("u ~= ?\nu == ?", 6, "unexpected"),
    ("q = v @ u", 5, "'v' is not defined yet"),
    ("next u = W", 10, "u is a vector of 2 and W is 2 × 3: next u has the shape of u"),
    ("restart with u = 3", 18, "u is a vector of 2 and 3 is a number: next u has the shape of u"),
    ("loss u", 6, "u is a vector of 2, and a loss is a number: u[1], or one such as J = sum(u)"),
    ("h[0] = 1\nloss h", 6, "h is a family, and a loss is a number: name a member, such as h[0]"),
    ("update 0.1 of W u", 15, "W is 2 × 3, and a loss is a number: W[1,1]"),
    ("update 0.1 of L u, u[1]", 20, "'u[1]' is named twice"),
    ("update 0.1 of L u, q", 20, "'q' is not defined yet"),
    ("q = sum(u[k] for k in 1..c)", 23, "1..c: the bounds of a range are whole numbers that are known"),
    ("q = sum(u[k] for k in 1..3)", 18, "u has nothing at 3"),
    ("q = sum(u[k] for k)", 8, "a sum over a range is written sum(w[k]*x[k] for k in 1..4)"),
    ("q = sum(u[1] for k in 1..1000000)", 18, "written out, this has more than 100,000 parts"),
    ("for u = 1..3: q[u] = 1", 5, "'u' is a quantity; a range needs a letter of its own"),
    ("for k = 3..1: q[k] = 1", 9, "3..1 counts up, and is empty; write 3..1 by -1"),
    ("for k = 1..c: q[k] = 1", 12, "c: the bounds of a range are whole numbers that are known"),
    ("for k = 1..3", 1, "a range is no line of its own; write for l = 1..3:"),
    ("for k = 1..3:\nq[k] = k", 1, "this range has no end"),
    ("end", 1, "nothing is ended here"),
    ("for k = 1..20000: q[k] = 1", 9, "written out, this sheet has more than 6,000 lines"),
    ("for k = 1..200: for l = 1..200: q[k,l] = 1", 1, "written out, this sheet has more than 6,000 lines"),
    ("q[k] = 3", 3, "where k goes to follows from nothing here; write for k = 1..3: before it"),
    ("q[k] = u[k]*W[1,k]", 3, "k goes in u to 2 and W to 3; write for k = 1..2: before it"),
    ("h[0] = 1\nh[1] = 2\nq = sum(h)", 9, "h is a family, h[0], h[1], and no vector; name one of it"),
    ("h[1] = 1\nq = h[2]", 5, "'h[2]' is not defined yet; so far there are h[1]"),
    ("h[1] = 1\nq = sum(h)\nh[2] = 1", 1, "h is taken for a vector above; move this line up"),
    ("L at sample 1 ~= 2", 0, "there are no samples"),
    ("q = mean over samples of L", 5, "there are no samples"),
    ("samples a b\n1 2", 1, "the samples stand above the first equation; move this line up"),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "column", "message"), MISTAKES, ids=[lines for lines, *_ in MISTAKES])
def test_what_is_wrong_is_told_in_its_place(lines, column, message):
    with pytest.raises(SheetError) as caught:
        Sheet.parse(f"param W = [1 2 3; 4 5 6]\nparam u = [1, 2], c = 2\nL = sum(u) + c\n{lines}", "a.sheet")
    first = next(line for line in str(caught.value).splitlines() if line.startswith("a.sheet:"))
    place = first.removeprefix("a.sheet:").split(":")
    assert message in first and (not column or int(place[1]) == column), first


SAMPLES = "samples  x | y\n   1 | 2\n   3 | 4\n\nparam w = 2\nL = (w*x - y)²\n"
ABOUT_SAMPLES = [
    (
        "L ~= 3",
        "L has a number for each sample; write L at sample 1, or at sample k behind for k = 1..2:; or mean over samples of L",
    ),
    ("dL/dw ~= 3", "has a number for each sample"),
    ("x at sample 3 ~= 1", "there is no sample 3; samples go from 1 to 2"),
    ("sample 3", "there is no sample 3; samples go from 1 to 2"),
    ("q = mean over samples of w", "w is the same for every sample"),
    (
        "next w = w - dL/dw",
        "dL/dw has a number for each sample; write dL/dw at sample 1, or at sample k behind for k = 1..2:; or C =",
    ),
    ("samples q\n1", "the samples are given already"),
]


@pytest.mark.parametrize(("line", "message"), ABOUT_SAMPLES, ids=[line for line, _ in ABOUT_SAMPLES])
def test_what_is_wrong_about_samples(line, message):
    with pytest.raises(SheetError, match=re.escape(message)):
        Sheet.parse(SAMPLES + line)


FOLLOWING = [  # one mistake each, and what only follows from it
    "for l = 1..c:\nq[l] = u·l\nend\nr = q[1] + q[2]",
    "for l = 1..2\nq[l] = l\nend\nr = q[1]",
    "for u = 1..2:\nfor k = 1..2:\nq[u,k] = k\nend\nend\nr = q[1,1]",
    "p = softmax(W)\nq = p @ u\ndL/dW == qᵀ @ p\nq ~= [1, 2]\np ~= [1 2; 3 4]\nr = p[1,:]",
    "p = W @ W W\nq = p @ [1, 2, 3]\ns = ‖p[1]‖",
]
FOLLOWING_SAMPLES = [
    "samples 1x | y\n1 | 2\n\nparam w = 1\nL = (w*x − y)²\nC = mean over samples of L\nL at sample 2 ~= 3",
    "samples nothing.csv\nparam w = 1\nL = (w*x1 − y)²\nC = mean over samples of L\nsample 2",
    "samples x | y\n1 | 2\n\nparam w = 1\nL = w x\nC = mean over samples of L\nL at sample 1 ~= 3\ndC/dw == L",
]


@pytest.mark.parametrize(
    "text",
    [
        *(f"param W = [1 2 3; 4 5 6]\nparam u = [1, 2], c = 2\nL = sum(u)\n{each}" for each in FOLLOWING),
        *FOLLOWING_SAMPLES,
    ],
)
def test_what_only_follows_from_a_mistake_is_not_told(text):
    with pytest.raises(SheetError) as caught:
        Sheet.parse(text, "a.sheet")
    assert len(re.findall("^a.sheet:", str(caught.value), re.MULTILINE)) == 1, caught.value


def test_what_does_not_follow_is_told():
    with pytest.raises(SheetError) as caught:
        Sheet.parse("param W = [1 2; 3 4]\np = W W\nq = p @ zz\ns = W @ [1, 2, 3]\nr = p + (1", "a.sheet")
    assert len(re.findall("^a.sheet:", str(caught.value), re.MULTILINE)) == 4, caught.value


TABLES = [
    ("samples x | y\n1 2 3", "a sample has a number for each of the 2 columns, and here are 3"),
    ("samples x | y\n1 | ", "a sample has a number for each of the 2 columns, and here are 1"),
    ("samples x | y\n1 2 |", "the stroke stands behind 1 number, as in the head"),
    ("samples x | y | z\n1 2", "one stroke divides inputs and targets"),
    ("samples x, y\n1, 2", "columns stand beside each other without commas: samples x y"),
    ("samples x x\n1 2", "'x' is already defined on line 1"),
    ("samples x y\n1 a", "'a' is no number; a sample is of numbers alone"),
    ("samples nothing.csv", "nothing.csv cannot be read"),
    ("samples ../a.csv", "../a.csv: a file of samples lies beside the sheet"),
]


@pytest.mark.parametrize(("text", "message"), TABLES, ids=[text for text, _ in TABLES])
def test_what_is_no_table_of_samples(text, message):
    with pytest.raises(SheetError, match=re.escape(message)):
        Sheet.parse(f"{text}\n\nparam w = 1\nL = w*x")


PRODUCTS = [
    ("z = W u", "a product is written W @ u"),
    ("z = Wᵀ u", "a product is written Wᵀ @ u"),
    ("z = Wu", "a product is written W @ u"),
    ("z = W(u + v)", "W @ (u + v) would fit"),
    ("z = u v", "a product is written u*v"),
    ("z = Wᵀu", "'Wᵀu' is not defined; a product is written Wᵀ @ u"),
    ("z = uvᵀ", "'uv' is not defined; a product is written u @ vᵀ"),
    ("z = u vᵀ", "a product is written u @ vᵀ"),
    ("z = W' @ u", "unexpected \"'\" after 'W'; the transpose is written Wᵀ"),
    ("z = c'", "c' is of a function; a name is written c_prime"),
    ("z = u ⊗ v", "unexpected '⊗'; u ⊗ v is written outer(u, v), or u @ vᵀ"),
    ("z = W⁻¹ @ u", "the power −1 of a matrix is its inverse, which sheets have not; element by element it is 1/W"),
    ("z = np.dot(W, u)", "what stands before the point is Python; write u·v of vectors, W @ x of a matrix"),
    ("z = u.sum()", "write sum(...)"),
    ("z = W.transpose()", "write Wᵀ"),
    ("z = mean(W, axis=0)", "a mean is of all elements; of a column it is mean(W[:,1])"),
    ("z = sum(u[j], j=1..2)", "a sum over a range is written sum(w[k]*x[k] for k in 1..4)"),
    ("z = sum(u[j] for j in range(2))", "a range is written 1..3"),
    ("z = Σ_j u[j]", "a sum over a range is written sum(w[k]*x[k] for k in 1..4)"),
    ("for i = 1 to 2: z[i] = u[i]", "a range is written 1..2, both ends counted"),
    ("for i in range(2): z[i] = u[i]", "a range is written 1..3, both ends counted"),
    ("z = softmax(V)", "softmax is of vectors, which are columns; of each row it is for i = 1..2: p[i] = softmax(V[i,:]ᵀ)"),
    ("z = [1, [2, 3]]", "row 1 has 1 number and row 2 has 2; all rows of a matrix are as long"),
    ("z = c u", "a product is written c*u"),
    ("v ~= [1 2]", "v is a vector of 2 and [1 2] is 1 × 2: a check has one shape on both sides; a vector is a column: [1, 2] would fit"),
    ("V ~= [1 2; 3 4; 5 6]", "V is 2 × 3 and [1 2; 3 4; 5 6] is 3 × 2: a check has one shape on both sides; Vᵀ on the left would fit"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "said"), PRODUCTS, ids=[line for line, _ in PRODUCTS])
def test_what_to_type_for_a_product(line, said):
    text = "param W = [1 2; 3 4], V = [1 2 3; 4 5 6], u = [1, 2], v = [1, 3], c = 2\n"
    with pytest.raises(SheetError, match=re.escape(said)):
        Sheet.parse(text + line)


RANGE = "(v[k] for k in 1..2)"


@pytest.mark.parametrize(
    "line",
    [
        f"s = {RANGE}", "s[i] = (W[i,k] for k in 1..2)", f"L = {RANGE}[1]", f"L = v[{RANGE}]", f"L = v[{RANGE}..2]", f"L = W[{RANGE},:]",
        f"L = max({RANGE}, 2)", f"L = 2*{RANGE}", f"L = −{RANGE}", f"L = [{RANGE}]", f"L = a{RANGE}", f"p, q = {RANGE}", f"L = [{RANGE}, 2]",
        f"a ~= {RANGE}", f"v == {RANGE}", f"{RANGE} ~= 2", f"next v = {RANGE}", f"input q = {RANGE}", f"rate q = {RANGE}", f"state q = {RANGE}",
        f"g(z) = {RANGE}", "g(z) = (z for k in 1..2)", f"for l = 1..2: q[l] = {RANGE}", f"L = where(a > 1, {RANGE}, 2)", f"L = {RANGE} @ v",
    ],
)  # fmt: skip
def test_a_range_that_belongs_to_no_function_is_refused(line):
    with pytest.raises(SheetError, match=r"^<sheet>:2:\d+: "):
        Sheet.parse(f"param W = [1 2; 3 4], v = [2, 1], a = 3\n{line}\n").run()


def test_a_sum_that_has_lost_its_name_is_told_of_it():
    with pytest.raises(SheetError, match=r"a range belongs to a function: sum\(w\[i\] for i in 1\.\.3\)"):
        Sheet.parse("param W = [1 2; 3 4], v = [2, 1]\ns[i] = (W[i,k]·v[k] for k in 1..2)\n")
