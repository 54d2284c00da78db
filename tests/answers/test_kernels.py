"""Exact algebra: what it shows to be 0 is 0, and what people write differently it sees to be the same."""

import pytest

from microgrid.answers.kernels import Kernels
from microgrid.errors import MicrogridError
from microgrid.formula import evaluate, free_names, parse
from microgrid.formula.budget import TooLong

TRUE = """
(a + b)^2 - a^2 - 2*a*b - b^2
(a - b)/(a^2 - b^2) - 1/(a + b)
a/b/c - a/(b*c)
0.1*a + 0.2*a - 0.3*a
a^-2*a^3 - a
sigmoid(x)*(1 - sigmoid(x)) - exp(-x)/(1 + exp(-x))^2
sigmoid(x) - (1 + tanh(x/2))/2
tanh(x) - (exp(x) - exp(-x))/(exp(x) + exp(-x))
1 - tanh(x)^2 - 1/cosh(x)^2
cosh(x)^2 - sinh(x)^2 - 1
softplus(x) - x - softplus(-x)
exp(-softplus(x)) - sigmoid(-x)
logsigmoid(x) + softplus(-x)
logsumexp(a, b) - a - softplus(b - a)
exp(a + b)/(exp(a) + exp(b))^2 - sigmoid(a - b)*sigmoid(b - a)
softmax(a, b, 1) - sigmoid(a - b)
relu(x) - (x + abs(x))/2
abs(x)^2 - x^2
abs(x - y) - abs(y - x)
max(x, y) + min(x, y) - x - y
max(x, y) - x - relu(y - x)
step(x)*step(-x)
step(x)*relu(x) - relu(x)
step(relu(x)) - step(x)
step(3*x*exp(y)) - step(x)
sign(x)*x - abs(x)
leaky_relu(x, 0.1) - 0.1*x - 0.9*relu(x)
sqrt(x^2 + 1)/(x^2 + 1) - 1/sqrt(x^2 + 1)
sqrt(4*x) - 2*sqrt(x)
sqrt(x^2) - abs(x)
sqrt(exp(x)) - exp(x/2)
sqrt(exp(3*x)*y^2) - exp(3*x/2)*abs(y)
x^0.5*x^1.5 - x^2
hypot(x, y)^2 - x^2 - y^2
tan(x)^2 + 1 - 1/cos(x)^2
sin(-x) + sin(x)
log(x^2*y) - 2*log(x) - log(y)
log(6) - log(2) - log(3)
log2(8) - 3
log10(0.01) + 2
exp(log(2) + x) - 2*exp(x)
log1p(x) - log(1 + x)
expm1(x) + 1 - exp(x)
affine(a, b, x, y, c) - a*x - b*y - c
pi*a - a*pi
""".strip().split("\n")

FALSE = """
a
1
(a + b)^2 - a^2 - b^2
sigmoid(x) - sigmoid(-x)
tanh(x)^2 - tanh(x)
sqrt(x^2) - x
sqrt(x*y)*sqrt(x*z) - x*sqrt(y*z)
step(x) - step(x)^2*step(y)
step(x) + step(x + 1) - 1
step(x^2 - x) - step(x)
step(-x) - step(x)
relu(x) - x
exp(a*b) - exp(a)*exp(b)
exp(log(x)*2) - x
log(x + y) - log(x) - log(y)
cos(x) - 1 + sin(x)^2
max(x, y) - relu(x) - relu(y)
1/(a - a)
log(0)
""".strip().split("\n")


def difference(text):
    kernels, formula = Kernels(), parse(text)
    names = {each.name: kernels.variable(each.name) for each in free_names(formula)}
    return kernels, kernels.words["+"](evaluate(formula, names, kernels.words), 0.0)


@pytest.mark.parametrize("text", TRUE)
def test_what_is_0_everywhere_is_seen_to_be_0(text):
    kernels, found = difference(text)
    assert kernels.vanishes(found)


@pytest.mark.parametrize("text", FALSE)
def test_what_is_not_0_everywhere_is_not_shown_to_be(text):
    try:
        kernels, found = difference(text)
    except (ArithmeticError, MicrogridError):
        return
    assert not kernels.vanishes(found)


def test_a_sum_that_nobody_waits_for_is_given_up():
    with pytest.raises(TooLong):
        difference("(" + " + ".join(f"a{i}" for i in range(40)) + ")^20 + 1")
    with pytest.raises(ArithmeticError):
        difference(" * ".join(f"(1 + x{i}^{i})" for i in range(30)) + " + 1")
