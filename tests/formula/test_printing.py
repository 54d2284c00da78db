"""Names as books print them: indices below the line, the number of a layer above it."""

from __future__ import annotations

import pytest

from microgrid import explain, look_alikes
from microgrid.formula import parse, render, unicode_name
from microgrid.formula.cursor import misspelt
from microgrid.formula.lettering import plain, shown
from microgrid.formula.printing import LATEX, TEXT, UNICODE, latex_name
from microgrid.formula.tables import excerpt, more
from microgrid.formula.writing import latex
from microgrid.nn import MLP, matrices
from microgrid.picture import draw
from microgrid.tape import Forward, steps
from microgrid.tape.wording import Wording

LAYERED = [
    ("w1_12", "w¹₁₂", "w^{1}_{12}"),
    ("w1_10_2", "w¹₁₀,₂", "w^{1}_{10,2}"),
    ("b10_3", "b¹⁰₃", "b^{10}_{3}"),
    ("z2_1", "z²₁", "z^{2}_{1}"),
    ("a2_11", "a²₁₁", "a^{2}_{11}"),
    ("δ1_2", "δ¹₂", r"\delta^{1}_{2}"),
    ("∂a2_1/∂w1_12", "∂a²₁/∂w¹₁₂", r"\frac{\partial a^{2}_{1}}{\partial w^{1}_{12}}"),
]
OTHERS = [
    ("w11", "w₁₁", "w_{11}"),
    ("h1", "h₁", "h_{1}"),
    ("w_12", "w₁₂", "w_{12}"),
    ("h1_2", "h1_2", None),
    ("w1_2_3_4", "w1_2_3_4", None),
    ("w1_", "w1_", None),
    ("W1_2", "W1_2", None),
    ("loss", "loss", r"\mathrm{loss}"),
]


@pytest.mark.parametrize(("name", "text", "latex"), LAYERED + OTHERS)
def test_names(name, text, latex):
    assert unicode_name(name) == text
    assert latex is None or latex_name(name) == latex


def test_a_power_of_a_name_with_a_layer_is_in_parentheses():
    formula = parse("1 - a1_1^2*w1_12 + h1^2")
    assert render(formula, TEXT) == "1 - a1_1^2*w1_12 + h1^2"
    assert render(formula, UNICODE) == "1 − (a¹₁)² × w¹₁₂ + h₁²"
    assert render(formula, LATEX) == r"1 - \left(a^{1}_{1}\right)^{2} \cdot w^{1}_{12} + h_{1}^{2}"


def test_a_network_has_one_notation_in_pictures_derivations_and_matrices():
    model = MLP(2, [2, 1], activation="tanh", seed=1, labels=True)
    out = model([1, 2])
    out.backward()
    source = draw(out, level="named").source
    assert ">w¹₁₂<" in source and "w1_12" not in source
    latex = explain(out, wrt="w1_12").latex()
    assert r"\left(1 - \left(a^{1}_{1}\right)^{2}\right)" in latex and r"\partial w^{1}_{12}" in latex
    assert "W^{2}" in matrices(model).latex()
    loss = out**2 + model.parameters()[0] ** 2
    *_, last = (step for step in steps(loss, "named") if isinstance(step, Forward))
    assert (
        Wording(steps(loss, "named"), {}, unicode_name)
        .template(last)
        .partition(" = ")[2]
        .startswith("(a²₁)² + (w¹₁₁)² = ")
    )
    assert "∂z1_1/∂w1_12" in str(explain(out, wrt="w1_12"))  # text keeps names as they are typed


def test_a_derivation_is_set_with_the_signs_of_the_table():
    set_ = latex(4)
    assert set_(parse("sqrt(x) + sin(x)/exp(x)")) == r"\sqrt{x} + \frac{\sin\left(x\right)}{e^{x}}"
    assert set_(parse("max(a, b)*abs(x)")) == r"\max\left(a, b\right) \cdot \left|x\right|"
    assert set_(parse("sigmoid(x)*log(x)^2")) == r"\sigma\left(x\right) \cdot \ln\left(x\right)^{2}"


LENGTHS = {  # how long something may be that is shown whole, and what is shown of so many
    "a label": (24, lambda count: shown("a" * count)),
    "a formula": (300, lambda count: plain("a" * count)),
    "a table": (21, lambda count: "".join("…" if each is None else "a" for each in excerpt(count))),
}


@pytest.mark.parametrize("name", LENGTHS)
def test_what_is_long_is_shown_in_part(name):
    most, made = LENGTHS[name]
    assert made(most) == "a" * most
    assert "…" in made(most + 1) and len(made(most + 1)) <= most


def test_of_a_long_table_the_last_three_rows_are_shown_too():
    assert excerpt(22) == [*range(17), None, 19, 20, 21] and more(22) == "… 2 more"


def test_a_word_of_four_letters_may_be_misspelt_and_none_of_three():
    assert misspelt("tahn", ["tanh"]) == "tanh" and misspelt("lgo", ["log"]) == misspelt("tahn", ["tan"]) == ""


def test_of_plain_signs_nothing_is_looked_up(monkeypatch):
    """They are most of every text that is read."""
    monkeypatch.setattr(look_alikes, "instead_of_sign", lambda sign: pytest.fail(f"{sign!r} was looked up"))
    plain = "".join(sign for sign in map(chr, range(128)) if sign.isprintable()) + "\t\0"
    assert [each for each in plain if look_alikes.strange_sign(each)] == []
