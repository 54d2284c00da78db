"""The hunt for the first inf or nan: what made it, with which numbers, and what to do about it."""

from __future__ import annotations

import math

import pytest

from microgrid import Sheet, Value, nn
from microgrid.engine.functions import affine, logsumexp, softmax
from microgrid.engine.remedies import BEYOND, DOMAINS, remedy
from microgrid.tape import steps
from microgrid.tape.nonfinite import culprit, offences, suspects
from microgrid.tape.rounds import Rule


def x(data=0.0, label="x"):
    return Value(data, label=label)


def of(value):
    return remedy(value, lambda node: node.data)


# ── remedies ───────────────────────────────────────────────────────────────────────────────

REMEDIES = [
    # what is computed, what to do about it
    (lambda: x(-800.0, "z").sigmoid().log(), "log of a saturated sigmoid: take logsigmoid(z)"),
    (lambda: (1 - x(800.0, "z").sigmoid()).log(), "log of 1 - a saturated sigmoid: take logsigmoid(-z)"),
    (lambda: x(-800.0, "z").sigmoid().log2(), "log2 of a saturated sigmoid: take logsigmoid(z)/log(2)"),
    (lambda: x(-800.0, "z").sigmoid().log10(), "log10 of a saturated sigmoid: take logsigmoid(z)/log(10)"),
    (lambda: x(-800.0, "z").sigmoid().identity().log(), "log of a saturated sigmoid: take logsigmoid(z)"),
    (
        lambda: softmax([x(-800.0, "a"), x(1.0, "b")])[0].log(),
        "log of a saturated softmax: take a - logsumexp of the logits",
    ),
    (lambda: x(-800.0, "z").exp().log(), "log of an exp that underflows: take z"),
    (lambda: x(-800.0, "z").exp().log2(), "log2 of an exp that underflows: take z/log(2)"),
    (lambda: x(0.0).log(), "log needs a number above 0"),
    (lambda: x(-3.0).log(), "log needs a number above 0"),
    (lambda: (2 - x(2.0)).log(), "log needs a number above 0"),
    (lambda: x(-2.0).log1p(), "log1p needs a number above -1"),
    (lambda: x(800.0).exp(), "exp overflows above 709.78"),
    (lambda: x(0.0).sqrt(), "sqrt needs a number above 0, and is vertical at 0"),
    (lambda: x(1.0) / x(0.0), "the divisor must not be 0"),
    (lambda: x(0.0) / x(0.0), "the divisor must not be 0"),
    (lambda: x(1e300) / x(1e-300), "beyond the largest double, 1.8e308"),
    (lambda: x(0.0) ** -1, "0 has no power -1"),
    (lambda: x(0.0) ** 0.5, "x ** 0.5 is vertical at 0"),
    (lambda: x(-8.0) ** (1 / 3), "a negative number has no real power 0.333333"),
    (lambda: x(10.0) ** 400, "beyond the largest double, 1.8e308"),
    (lambda: x(1e308) * 10, "beyond the largest double, 1.8e308"),
    (lambda: x(0.0) * math.inf, "0 · inf has no value; look at what made the inf"),
    (lambda: x(math.inf) - math.inf, "inf - inf has no value; look at what made each inf"),
    (lambda: x(math.inf) / math.inf, "inf / inf has no value; look at what made each inf"),
    (lambda: affine([x(0.0)], [x(math.inf)]), "0 · inf, or inf - inf, has no value; look at what made the inf"),
    (lambda: x(math.inf).sin(), "sin has no value at inf; look at what made the inf"),
    (lambda: x(2.0).asin(), "asin needs a number from -1 to 1, and is vertical at both"),
    (lambda: x(2.0).atanh(), "atanh needs a number between -1 and 1"),
    (lambda: x(math.inf) * 2, ""),  # handed on
    (lambda: x(math.nan).log(), ""),
    (lambda: logsumexp([x(math.inf), x(1.0)]), ""),
    (lambda: Value(math.inf, (x(),), (1.0,), "pow"), ""),  # recorded by hand: nothing is known of it
    (lambda: x(math.inf), ""),
    (lambda: x(2.0).tanh(), ""),
]


@pytest.mark.parametrize(
    ("compute", "text"), REMEDIES, ids=[f"{i} {text[:30]}" for i, (_, text) in enumerate(REMEDIES)]
)
def test_what_to_do(compute, text):
    assert of(compute()) == text


def test_a_remedy_is_one_line_and_true():
    assert all("\n" not in text for text in DOMAINS.values())
    for z in (-800.0, 800.0):
        assert math.isfinite(x(z).logsigmoid().data)


# ── who made it ────────────────────────────────────────────────────────────────────────────


def caught(target, level=None, names=None, rules=()):
    """Every culprit on the tape, as (position, kind, fact, remedy)."""
    tape = steps(target, level, names=names, rules=rules)
    found = []
    for position, step in enumerate(tape, 1):
        for kind in dict(offences(tape, step)):
            each = culprit(tape, step, kind, 6)
            found.append((position, each.kind, each.fact, each.remedy))
    return found


def sheet(text):
    return Sheet.parse(text).run()


CROSS = "target y = 1\nŷ = sigmoid(z)\nL = -y*log(ŷ) - (1 - y)*log(1 - ŷ)"
SATURATED = ("log(1 − ŷ) = log(0) = −∞, where ŷ = 1", "log of 1 - a saturated sigmoid: take logsigmoid(-z)")


def test_inside_a_line():
    assert caught(sheet(f"input z = 800\n{CROSS}")) == [(2, "inf", *SATURATED)]
    assert caught(sheet(f"param w = 2\ninput x = 400, b = 1\nz = w*x + b\n{CROSS}"))[0][3].endswith("logsigmoid(-z)")
    direct = "input w = 2, x = 400, b = 1\ntarget y = 1\nŷ = sigmoid(w*x + b)\nL = log(1 - ŷ)"
    assert caught(sheet(direct))[0][3].endswith("take logsigmoid(-(w·x + b))")
    told = caught(sheet("input a = 1, b = 2, c = 3, d = 4\nL = log(a*b - c*d)"))[0][2]
    assert told == "log(a·b − c·d) = log(−10) = nan, where a = 1, b = 2, c = 3"  # no more than three of them


def test_by_operations():
    first, second, *backward = caught(sheet(f"input z = 800\n{CROSS}"), "op")
    assert first[1:] == ("inf", "log(v7) = log(0) = −∞, where v7 = 1 − ŷ", SATURATED[1])
    assert second[1:3] == ("nan", "v6·v8 = 0·(−∞) = nan, where v6 = 1 − y, v8 = log(v7)")
    assert [each[2] for each in backward] == ["∞ · 0 = nan, the local derivative times the gradient above it"]


def test_in_a_derivative_alone():
    assert caught(sheet("input x = 0\nL = 3*sqrt(x)"))[0][1:3] == ("inf", "∂sqrt(x)/∂x = ∞ at x = 0")
    assert caught(sheet("input x = 0\nh = x^0.5\nL = 2*h"))[0][2] == "∂(x^0.5)/∂x = ∞ at x = 0"
    handmade = caught(sheet("input z = -800\nŷ = 1/(1 + exp(-z))\nL = 2*ŷ"))
    assert handmade[0][1:] == ("inf", "exp(−z) = exp(800) = ∞, where z = −800", "exp overflows above 709.78")


def test_in_a_share_and_in_a_sum():
    w = x(1e-300, "w")
    y = w * 1e200 * 1e200
    assert [each[1:] for each in caught(y)] == [
        ("inf", "1e200 · 1e200 = ∞, the local derivative times the gradient above it", BEYOND)
    ]
    a = x(1.0, "a")
    total = caught((a * 1e308 - 1e308) + (a * 1e308 - 1e308))
    assert total[-1][2] == "1e308 + 1e308 = ∞, the sum of the shares"
    assert total[-1][3] == BEYOND


def test_in_an_update():
    w = Value(1e150, label="w")
    loss = w * 1e150
    found = caught(loss, rules=[Rule(1e200, loss, (w,))], names={"loss": loss})
    assert found == [(8, "inf", "w − 1e200·1e150 = −∞", "take a smaller rate")]


def test_what_is_given_is_named():
    assert caught(sheet("input x = 1\nL = x*2")) == []
    y = x(2.0) * math.inf
    y.label = "y"
    hidden = caught(y * 1.0, "named", {})
    assert hidden[0][1:3] == ("inf", "∞ is given as ∞")
    assert caught(x(math.nan, "w") * 2) == []  # nothing here made it


def test_a_neuron_is_looked_into():
    neuron = nn.Layer(1, 1, name="Layer 0", nonlin=False)
    neuron.parameters()[0].data = math.inf
    out = neuron([x(2.0)])
    found = caught(out.tanh(), "neuron")
    assert found[0][1:] == ("inf", "v1 is given as ∞", "give a finite number")


def test_suspects_are_the_rounds_with_a_number_that_is_none():
    w = Value(1e200, label="w")
    good = steps(sheet("param w = 1\nL = w^2\nupdate 0.1"))
    assert suspects(good) == []
    loss = w * w
    assert suspects(steps(loss)) == [0]
    late = sheet("param w = 1\nL = w^2\nupdate 1e200")
    assert suspects(steps(late)) == [1]


def test_long_formulas_are_not_written_out():
    terms = " + ".join(f"x{i}" for i in range(60))
    text = "".join(f"input x{i} = {i}\n" for i in range(60)) + f"L = log(0*({terms}))"
    (found,) = caught(sheet(text))[:1]
    assert found[1:3] == ("inf", "log(…) = log(0) = −∞")
