"""Worked examples as books print them, line for line: every number of them is right."""

import pytest

from microgrid import Sheet, SheetError
from microgrid.answers import check

BOOKS = {
    "two inputs": """
        input  x₁ = 0.05, x₂ = 0.10
        target t = 1
        param  w₁₁⁽¹⁾ = 0.15, w₁₂⁽¹⁾ = 0.20, w₂₁⁽¹⁾ = 0.25, w₂₂⁽¹⁾ = 0.30
        param  w₁₁⁽²⁾ = 0.40, w₁₂⁽²⁾ = 0.45, b⁽¹⁾ = 0.35, b⁽²⁾ = 0.60
        z₁⁽¹⁾ = w₁₁⁽¹⁾·x₁ + w₁₂⁽¹⁾·x₂ + b⁽¹⁾
        z₂⁽¹⁾ = w₂₁⁽¹⁾·x₁ + w₂₂⁽¹⁾·x₂ + b⁽¹⁾
        a₁⁽¹⁾ = σ(z₁⁽¹⁾)
        a₂⁽¹⁾ = σ(z₂⁽¹⁾)
        z⁽²⁾ = w₁₁⁽²⁾·a₁⁽¹⁾ + w₁₂⁽²⁾·a₂⁽¹⁾ + b⁽²⁾
        ŷ = σ(z⁽²⁾)
        L = −t ln ŷ − (1 − t) ln(1 − ŷ)
        δ⁽²⁾ = ∂L/∂z⁽²⁾
        δ^(2) == ŷ − t
        δ₁⁽¹⁾ = ∂L/∂z₁⁽¹⁾
        δ₁⁽¹⁾ == δ⁽²⁾·w₁₁⁽²⁾·σ′(z₁⁽¹⁾)
        ∂L/∂w₁₁⁽¹⁾ == δ₁⁽¹⁾·x₁
        ∂L/∂w₁₁⁽²⁾ = δ⁽²⁾·a₁⁽¹⁾
        z₁⁽¹⁾ ≈ 0.3775
        ŷ ≈ 0.7514
        L ≈ 0.2859
        δ⁽²⁾ ≈ −0.2486
        ∂L/∂w₁₁⁽¹⁾ ≈ −0.00120""",
    "three iterations of Adam": """
        param θ = 1
        J = ½θ²
        g = dJ/dθ
        update adam 0.1 0.9 0.999 1e-8 × 3
        table round | θ | g | m(θ) | v(θ) | m̂(θ) | v̂(θ) |
        |---|---|---|---|---|---|---|
        | 1 | 1 | 1 | – | – | – | – |
        | 2 | 0.9000 | 0.9000 | 0.1 | 0.001 | 1 | 1 |
        | 3 | 0.8004 | 0.8004 | 0.18 | 0.001809 | . | 0.9050 |
        | 4 | 0.7016 | 0.7016 | . | . | . | . |""",
    "logistic regression": """
        rate   η = 0.5
        input  x₁ = −2, x₂ = −1, x₃ = 1.5, x₄ = 2
        target t₁ = 0, t₂ = 0, t₃ = 1, t₄ = 1
        param  w = 0, b = 0
        p(x) = σ(w·x + b)
        ℓ(x, t) = −t ln p(x) − (1 − t) ln(1 − p(x))
        L = ¼[ℓ(x₁, t₁) + ℓ(x₂, t₂) + ℓ(x₃, t₃) + ℓ(x₄, t₄)]
        update η × 3
        table round  w       b  L
              1      0       0  0.6931
              2      0.4063  0  .""",
    "Newton": """
        param x = 3
        f = x⁴ − 3x³ + 2
        df/dx = 4x³ − 9x² = 4·27 − 9·9 = 27
        d²f/dx² = 12x² − 18x = 54
        next x = x − (df/dx)/(d²f/dx²)
        round
        x ≈ 2.5
        df/dx ≈ 6.25
        d²f/dx² = 30""",
}


@pytest.mark.parametrize("text", BOOKS.values(), ids=BOOKS)
def test_a_page_of_a_book_is_typed_line_for_line_and_right(text):
    lines = text.strip().split("\n")
    answers = check(Sheet.parse("\n".join(map(str.strip, lines))).run())
    wrong = [(each, each.why) for each in answers if not each.right]
    assert len(answers) >= 5 and not wrong, wrong


TOLD_IN_ORDER = {
    "input x = 0,5": "input x = 0.5",
    "input x1 = 1 x2 = 2": "input x1 = 1, x2 = 2",
    "target y = 1, t = 0": "",
    "param w = 0.5, b = 0.1": "",
    "z = wx": "a product is written w*x",
    "w[1] = 3": "'w' is already defined on line 4",
    "q = 1/2 (y-t)^2": "1/2*(y-t)^2, or 1/(2*(y-t)^2)",
    "a = ReLu(z)": "write relu",
    "c = crossentropy(a)": "-log(p)",
    "m = mse(a, y)": "write (y - t)^2, of several mean(...)",
    "p = e^2x": "e^2*x, or e^(2*x)",
    "loss = z^2": "write L = z^2, and then loss L",
    "update 0.1 momentum 0.9": "update momentum 0.1 0.9",
    "L(w) = (w*x - t)^2": "a quantity is written L = (w*x - t)^2",
    "\\theta = 3": "write theta = 3, or θ = 3",
    "q2 = 2*w[1]": "",
}


def test_every_mistake_is_told_in_order_as_it_should_be_typed():
    with pytest.raises(SheetError) as caught:
        Sheet.parse("\n".join(TOLD_IN_ORDER))
    told = [line for line in str(caught.value).split("\n") if line.startswith("<sheet>:")]
    wanted = [(number, said) for number, said in enumerate(TOLD_IN_ORDER.values(), 1) if said]
    for line, (number, said) in zip(told, wanted, strict=True):
        assert line.startswith(f"<sheet>:{number}:") and line.endswith(said), line
