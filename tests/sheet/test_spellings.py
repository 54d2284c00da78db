"""One thing spelled in several ways, and what is told where a spelling may mean two things."""

import pytest

from microgrid import Sheet, SheetError
from microgrid.answers import check

ROUNDS = "param w = 3\nL = w²\nupdate 0.1\nupdate 0.1\n"
FURTHER = {
    "before(before(w)) ~= 3": "at round 3: w ~= 0.24",
    "1 + before( before( w ) ) ~= 3": "at round 3: w ~= 0.24",
    "w == before(before(w))": "at round 3: w ~= 0.24",
    "ΔΔw ~= 3": "at round 3: Δw ~= 0.24",
    "Δ²w ~= 3": "at round 3: Δw ~= 0.24",
    "before(Δw) ~= 3": "at round 3: Δw ~= 0.24",
    "ΔdL/dw ~= 3": "write dL/dw - before(dL/dw)",
    "Δ∂L/∂w ~= 3": "write ∂L/∂w - before(∂L/∂w)",
    "Δ(dL/dw) ~= 3": "of others it is dL/dw - before(dL/dw)",
    "before(d²L/dw²) ~= 3": "give it a name: H = d²L/dw², and then before(H)",
    "before(w + 1) ~= 3": "give a formula a name first",
}


@pytest.mark.parametrize(("line", "said"), FURTHER.items(), ids=map(ascii, FURTHER))
def test_what_is_further_back_is_told_how_to_be_checked(line, said):
    with pytest.raises(SheetError) as caught:
        Sheet.parse(ROUNDS + line)
    assert said in str(caught.value) and str(caught.value).count("<sheet>:") == 1


@pytest.mark.parametrize("line", ["Δw ~= 1", "before(w) + 1 ~= 1", "w == before(w)", "table round L Δw\n3 4 1"])
@pytest.mark.parametrize("after", [["update 0.1", "restart"], ["update 0.1 × 1", "restart with w = 1", "update 0.1"]])
def test_nothing_is_before_the_first_round_of_a_restart_that_comes_later(line, after):
    at = "" if line.startswith("table") else "at round 3: "
    with pytest.raises(SheetError, match="round 3 has no round before it; a restart leads to round 3"):
        Sheet.parse("\n".join(["param w = 3", "L = w²", at + line, *after]))
    there = Sheet.parse("\n".join(["param w = 3", "L = w²", at + line, "update 0.1 × 2"]))
    assert len(check(there.run())) >= 1


BESIDE = {
    "|w|x": "a product is written |w|*x",
    "2|w|": "a product is written 2*|w|",
    "|w|(x)": "a product is written |w|*(x)",
    "x|w|": "a product is written x*|w|",
    "|w||x|": "a product is written |w|*|x|",
    "e²x": "e^2*x, or e^(2*x)",
    "e^2 x": "write e^2*x, or e^(2*x)",
    "w^2 x": "write w^2*x, or w^(2*x)",
    "1 + w^2 x - 1": "write 1 + w^2*x - 1, or 1 + w^(2*x) - 1",
    "w x": "a product is written w*x",
}


@pytest.mark.parametrize(("formula", "said"), BESIDE.items(), ids=map(ascii, BESIDE))
def test_a_product_that_may_be_misread_is_told_as_it_should_be_typed(formula, said):
    start = "param w = 3, x = 2\n"
    with pytest.raises(SheetError) as caught:
        Sheet.parse(f"{start}L = {formula}")
    assert said in str(caught.value)
    for typed in said.split("written ")[-1].removeprefix("write ").split(", or "):
        Sheet.parse(f"{start}L = {typed}")


SAME = [
    # a name, another spelling of it, and a formula that has no other
    ("theta", "θ"), ("θ", "theta"), ("theta", "\\theta"), ("theta_1", "θ₁"), ("θ₁", "theta1"), ("eta", "η"), ("λ", "lambda"),
    ("delta⁽²⁾", "δ^(2)"), ("δ^(2)", "delta^{(2)}"), ("phi12", "φ_{12}"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "other"), SAME)
def test_a_greek_letter_is_the_word_for_it(name, other):
    run = Sheet.parse(f"param {name} = 3\nL = {other}·2\n{other} ~= 3\ndL/d{name} ~= 2").run()
    assert all(answer.right for answer in check(run)) and run.rounds[0]["L"].data == 6


def test_a_greek_letter_and_its_word_are_two_names_where_both_are_defined():
    run = Sheet.parse("param theta = 3, θ = 4, sigma = 5\nL = theta − θ + σ(0)").run()
    assert run.rounds[0]["L"].data == -0.5  # σ is the function, whatever is called sigma


LAYERED = ["dM/dδ^(2)", "dM/dδ⁽²⁾", "∂M/∂δ^(2)", "dM/dδ^{(2)}", "∂M / ∂δ^[2]", "dM/dδ₁^(2)", "dM^(1)/dδ^(2)"]


@pytest.mark.parametrize("slope", LAYERED)
def test_a_derivative_by_a_name_with_a_layer(slope):
    delta = "δ₁^(2)" if "₁" in slope else "δ^(2)"
    m = "M^(1)" if "^(1)" in slope else "M"
    lines = [f"param w = 2, {delta} = 3", f"{m} = w*{delta}", f"L = w² + 0*{m}", f"g = 2·{slope}"]
    run = Sheet.parse("\n".join([*lines, "g ~= 4", f"{slope} ~= 2", f"{slope} == w", f"{slope} = w = 2"])).run()
    assert [answer.verdict for answer in check(run)] == ["exact", "exact", "proved", "proved", "exact"]


def test_where_there_is_no_such_layer_a_derivative_has_a_power():
    (answer,) = check(Sheet.parse("param w = 2\nL = w²\ndL/dw^(2) ~= 16").run())
    assert answer.right and answer.value == 16


CLOSED = {"√2 ~= 1.41": True, "13/35 ~= 0.371": True, "13/35 ~= 0.372": False, "e ~= 2.72": True, "π ~= 3.1416": True}
CLOSED |= {
    "1/(1 + e) ~= 0.269": True,
    "2·3 ~= 6": True,
    "√4 == 2": True,
    "1/3 == 1/2": False,
    "π == 3": False,
    "√2/2 ~= 1/√2": True,
}


@pytest.mark.parametrize(("line", "right"), CLOSED.items(), ids=map(ascii, CLOSED))
def test_a_closed_form_is_checked_as_any_expression(line, right):
    (answer,) = check(Sheet.parse(f"input x = 0.5\nL = 2·x\n{line}").run())
    assert answer.right is right
