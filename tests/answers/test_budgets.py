"""Proofs end: work is counted, and what is over a bound says which one, and how to raise it."""

import pytest
from outside import ROOT

from microgrid import Sheet
from microgrid.answers import check
from microgrid.answers.follow_through import Pages
from microgrid.answers.precision import Precision
from microgrid.answers.trial_points import questions
from microgrid.answers.verdicts import Judge
from microgrid.errors import SheetError
from microgrid.formula import budget, parse, simplification
from microgrid.formula.simplification import simplified

NAMES = [f"p{i}" for i in range(30)]
PAIRS = [*zip(NAMES, NAMES[1:] + NAMES[:1])]
GIVEN = "param a = 0.1, b = 0.2, c = 0.3\n"
RATIONAL = (
    "param " + ", ".join(f"{name} = {i + 1}" for i, name in enumerate(NAMES)) + "\n"
    "L = " + " + ".join(f"1/({a} + {b})" for a, b in PAIRS) + "\n"
    "L == " + " + ".join(f"({a} + {b})/({b} + {a})^2" for a, b in PAIRS)
)  # fmt: skip
CHAIN = GIVEN + "x0 = a\n" + "\n".join(f"x{i} = x{i - 1}*a + b^{i}" for i in range(1, 41)) + "\n"
HEAVY = {
    "a power of a power": GIVEN + "L = ((((a + b)^9)^9)^9)^9\ndL/da == 6561*(a + b)^6560",
    "a high power": GIVEN + "L = (a + b + c)^40\nL == (a^2 + b^2 + c^2 + 2*a*b + 2*a*c + 2*b*c)^20",
    "a huge exponent": GIVEN + "L = (a + b)^9999999999\nL == (b + a)^9999999998*(a + b)",
    "a fraction of 30 names": RATIONAL,
    "a tower of numbers": GIVEN + "L = a*((((9^64)^64)^64)^64)^0.001\nL == ((((9^64)^64)^64)^64)^0.001*a",
    "a number that squares itself": GIVEN + "x0 = 3*a\n"
    + "".join(f"x{i + 1} = x{i}*x{i}\n" for i in range(40)) + "L = x40\nL == x39^2",
    "a chain": CHAIN + "L = x40\n" + "\n".join(f"dL/dx{i} == a^{40 - i}" for i in range(41)),
}  # fmt: skip


@pytest.mark.parametrize("name", HEAVY)
def test_the_proofs_of_a_sheet_end_within_its_budget(name):
    run = Sheet.parse(HEAVY[name]).run()
    pages = Pages(run)
    answers = Judge(run, pages).answers()
    assert all(each.verdict in ("proved", "holds here", "undefined") for each in answers)
    for each, room in ((pages.budget, budget.TERMS), (pages.points, len(pages.sheet.quantities) * 200)):
        assert each.spent <= each.most + room  # the last step is counted, too


def test_what_is_not_proved_says_at_how_many_points_it_holds_and_what_was_met():
    (answer,) = check(Sheet.parse(HEAVY["a fraction of 30 names"]).run())
    assert answer.verdict == "holds here"
    assert answer.why == (
        "equal here and at 16 other points; not proved: it takes more than 1,000 terms of one sum; "
        "MICROGRID_PATIENCE=10 allows 10 times as many"
    )


def test_who_has_patience_gets_his_proof(monkeypatch):
    text = GIVEN + "L = (a + b + 1)^20 + c\nL == c + (a^2 + b^2 + 1 + 2*a*b + 2*a + 2*b)^10"
    assert "not proved" in check(Sheet.parse(text).run())[0].why
    monkeypatch.setenv(budget.PATIENCE, "100")
    assert check(Sheet.parse(text).run())[0].why == "by algebra"


def test_when_no_more_points_are_tried_that_is_said(monkeypatch):
    monkeypatch.setattr(budget, "POINTS", 60)
    answers = check(Sheet.parse(GIVEN + "L = sinh(a)*b\nL == b*sinh(asinh(sinh(a)))\ndL/db == sinh(a)").run())
    assert "numbers at other points for all formulas of the sheet" in answers[0].why
    assert all(each.verdict in ("proved", "holds here") for each in answers)


TOO_MUCH = """
((x + y)^20*(a + b)^20*(c + d)^20)*(e + f)
x*9**(9**9) + y + y*z + a*b + c*d
(x^1000000 - 1)/(x - 1) + a*b + c*d + e*f
((x^64)^64 - 1)/(x^64 - 1) + a*b + c*d
1/(a + b) + 1/(c + d) + 1/(e + f) + 1/(g + h) + 1/(i + j)
exp((a + b + c + d + e + f)^40)*2*x*y*z*w
(1/3)^1e9*x*y + (1e300*x + 1e-300*y)^20 + z*a
""".strip().split("\n")


@pytest.mark.parametrize("text", TOO_MUCH)
def test_sympy_is_not_asked_what_it_would_not_answer(monkeypatch, text):
    import sympy

    def asked(_):
        raise AssertionError("sympy was asked")

    for name in ("expand", "cancel", "factor", "trigsimp"):
        monkeypatch.setattr(sympy, name, asked)
    formula = parse(text)
    assert simplified(formula) == simplification.tidied(formula)


def test_large_numbers_in_angles_are_not_multiplied_out(monkeypatch):
    import sympy

    asked = []
    monkeypatch.setattr(sympy, "trigsimp", lambda each: asked.append(each) or each)
    texts = {
        "sin(x)^2*y + cos(x)^2*y + x*z + 3*y": 1, "tan(x)*y + 3*z": 1, "x*y + 3*z": 0,
        "sin(12*x) + x*y + x*z": 1, "sin(13*x) + x*y + x*z": 0, "sin(1e300*x)*cos(2*x) + x*y*z*a": 0,
        "sin(x)^10*y + z": 1, "sin(x)^11*y + z": 0,
    }  # fmt: skip
    for text, times in texts.items():
        asked.clear()
        assert simplification.by_sympy(parse(text)) and len(asked) == times, text


def test_numbers_beyond_all_decimals_are_noted_as_they_are():
    assert Precision(3).rounded(1e308) == Precision(3).cut(1e308) == 1e308


def test_what_is_worked_by_hand_ends_too_and_a_slip_says_so(monkeypatch):
    text = (ROOT / "demos" / "attention.sheet").read_text(encoding="utf-8")
    run = Sheet.parse(text.replace("0.", "0.9")).run()
    monkeypatch.setattr(budget, "HAND", 400)
    pages = Pages(run)
    answers = Judge(run, pages).answers()
    slips = [each.why for each in answers if each.verdict == "slip"]
    fact = f"not every way to round was tried: it takes more than {pages.hand.most} numbers worked by hand"
    assert any(fact in why for why in slips)
    assert pages.hand.is_spent


def test_a_bound_may_be_met_and_not_passed(monkeypatch):
    budget.within(30, 30, "terms")
    with pytest.raises(
        budget.TooLong, match=r"^it takes more than 30 terms; MICROGRID_PATIENCE=10 allows 10 times as many"
    ):
        budget.within(31, 30, "terms")
    monkeypatch.setenv("MICROGRID_PATIENCE", "2")
    budget.within(60, 30, "terms")
    with pytest.raises(budget.TooLong, match="more than 60 terms; MICROGRID_PATIENCE=20"):
        budget.within(61, 30, "terms")
    for said, times in {"": 1, "0": 1, "-3": 1, "x": 1, "7": 7, "1234567": 1}.items():
        monkeypatch.setenv("MICROGRID_PATIENCE", said)
        assert budget.patience() == times


DEEP = "param W = ones({n},{n})*0.1\ninput x = ones({n})\nL = sum(tanh(W @ tanh(W @ x)))\n"
RULES = {
    "update 0.01": "ΔW == -0.01*before(dL/dW)",
    "update adam 0.01": "ΔW == -0.01*m̂(W)/(√v̂(W) + 1e-8)",
    "update momentum 0.1 0.9": "ΔW == -0.1*velocity(W)",
}


@pytest.mark.parametrize("rule", RULES)
def test_the_rule_of_an_update_is_proved_once_for_all_elements_and_without_the_network(rule):
    spent = []
    for n in (2, 6):
        run = Sheet.parse(DEEP.format(n=n) + f"{rule}\n{RULES[rule]}").run()
        pages = Pages(run)
        (answer,) = Judge(run, pages).answers()
        assert (answer.verdict, answer.why) == ("proved", "by algebra")
        spent.append(pages.budget.spent)
    assert spent[0] == spent[1] > 0


@pytest.mark.parametrize(
    "wrong", ["0.02*before(dL/dW)", "-0.01*before(dL/dWᵀ)", "-0.01*dL/dW", "-0.01*before(dL/dW) - before(W)*1e-3"]
)
def test_what_is_not_the_rule_is_proved_of_no_element(wrong):
    text = "param W = [0.1 0.2; 0.3 0.4]\ninput x = [1, 2]\nL = sum(tanh(W @ tanh(W @ x)))\nupdate 0.01\n"
    try:
        (answer,) = check(Sheet.parse(f"{text}ΔW == {wrong}").run())
    except SheetError:
        return
    assert answer.verdict == "refuted"


LONG = {
    5: "param x = ones(40)*0.3\ny = softmax(x)\nz = softmax(y)\nJ = dz/dx\nL = sum(J ⊙ J)\nloss L",
    6: "param w = ones(60)\nL = sum(tanh(w)²)\ninput x = 1\nk = x\n\nupdate 0.1 × 99999",
}


@pytest.mark.parametrize("line", LONG)
def test_the_line_that_meets_the_bound_of_rounds_is_named(line):
    with pytest.raises(SheetError, match=rf"^a.sheet:{line}: it takes more than .* in all rounds.*PATIENCE=10 allows"):
        Sheet.parse(LONG[line], "a.sheet").run()


def test_derivatives_at_other_points_are_counted_as_their_graphs_are():
    samples = "samples x | t\n" + "".join(f"{0.1 + i / 100:.2f} | {i % 2}\n" for i in range(20))
    text = samples + "param w = 0.5\np = σ(w*x)\nL = -t ln p - (1-t) ln(1-p)\nC = mean over samples of L\nH = d²C/dw²\n"
    spent = []
    for claim in ("C == C*w/w", "H == mean over samples of p(1-p)x²"):
        run = Sheet.parse(f"{text}{claim}").run()
        pages = Pages(run)
        (question,) = questions(pages, run.sheet.checks)
        before = pages.points.spent
        assert question.at({**question.leaves, "w": 0.7}).counts
        spent.append(pages.points.spent - before)
    assert spent[1] > 3 * spent[0]
