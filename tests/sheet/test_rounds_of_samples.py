"""Samples and rounds together: what varies with the samples is, in every word about rounds, that of one sample."""

import math

import pytest

from microgrid import Sheet, SheetError, explain
from microgrid.answers import check
from microgrid.tape import steps
from microgrid.web import page

SAMPLES = """samples x y
  1 2
  2 3
param w = 3, V = [1 2; 3 4]
h = tanh(V @ [x, y]/10)
z = w*x
M = |z - y|
L = (z - y)^2
"""


def numbers(text, name):
    return [here.number_of(name) for here in Sheet.parse(SAMPLES + text).run().rounds]


DESCENDED = [  # what an update descends, and the gradient by w of it at w = 3
    ("of L", (2 * 1 * 1 + 2 * 3 * 2) / 2),
    ("of M", (1 + 2) / 2),
    ("of z", (1 + 2) / 2),
    ("of h[1]", 0.0),
    ("of w", 1.0),
]


@pytest.mark.parametrize(("of", "slope"), DESCENDED)
def test_an_update_of_what_varies_descends_its_mean(of, slope):
    before, after = numbers(f"update 0.1 {of} w\n", "w")
    assert math.isclose(after, before - 0.1 * slope, rel_tol=1e-12)


@pytest.mark.parametrize(("of", "slope"), [("of L", 12.0), ("of M", 2.0), ("of z", 2.0)])
def test_an_update_of_one_sample_descends_what_is_of_it(of, slope):
    assert numbers(f"sample 2\nupdate 0.1 {of} w\n", "w")[1] == pytest.approx(3 - 0.1 * slope, rel=1e-12)


def test_the_mean_that_an_update_descends_is_computed_once():
    run = Sheet.parse(SAMPLES + "loss L\nupdate 0.1 of L\nupdate 0.1 of M\nupdate 0.2 of M\n").run()
    assert [name for name in run.rounds[0].nodes if name.startswith("mean")] == [
        "mean over samples of L",
        "mean over samples of M",
    ]


OF_ONE = [  # word, sample: true number with w = 3, then 3 − 0.1·7 = 2.3
    ("before(z)", 2, 6.0),
    ("before(dL/dw)", 1, 2.0),
    ("before(dM/dz)", 2, 1.0),
    ("Δz", 2, -1.4),
    ("Δw", 1, -0.7),
    ("2*before(L)", 2, 18.0),
]


@pytest.mark.parametrize(("word", "sample", "true"), OF_ONE)
def test_a_word_about_the_round_before_is_of_the_sample(word, sample, true):
    for lines in (f"update 0.1 w\n{word} at sample {sample} ~= {true}", f"sample {sample}\nupdate 0.1 of L w"):
        if lines.startswith("sample"):  # a step of this sample alone, and the word without its sample
            lines += f"\n{word} ~= ?"
        run = Sheet.parse(SAMPLES + lines).run()
        [found] = check(run)
        assert found.right or found.verdict == "open", (lines, found)
        assert explain(run) and page(run) and len(steps(run))


@pytest.mark.parametrize(
    "word", ["before(z)", "before(dL/dw)", "before(dz/dx)", "Δz", "Δh", "2*before(M)", "before(h)"]
)
def test_without_its_sample_it_is_refused(word):
    with pytest.raises(SheetError, match=r"has a number for each sample; write .+ at sample 1") as told:
        Sheet.parse(f"{SAMPLES}update 0.1\n{word} ~= 1")
    about = word.removeprefix("2*")
    assert f"{about} at sample 1" in str(told.value)
    assert "mean over samples of" in str(told.value)


def test_an_array_that_varies_changes_at_one_sample():
    lines = "update 0.1 of h[1]\nΔh at sample 2 ~= [-0.003807, 0]\nbefore(h) at sample 1 ~= [0.4621, 0.8005]"
    found = check(Sheet.parse(SAMPLES + lines).run())
    assert [each.verdict for each in found] == ["exact", "exact"]


FAMILY = (
    "samples y\n  1\n  2\nparam v = 3, Z = [1 2]\nz[0] = y\nz[1] = 2*v\nz[2] = z[1]*z[0]\nL = z[2]*Z[1,1] - |z[1]*v|\n"
)


def test_of_a_family_some_members_may_vary():
    solution = str(explain(Sheet.parse(FAMILY).run()))
    assert "z[2]" in solution and "z[1] at sample" not in solution


MISTAKES = [
    ("param Y = [0; 1]\nm = σ(Y @ [2])\nupdate adam 0.1", 3, "there is no loss to descend, which is a number; write one, such as L = sum(m)"),
    ("samples x y\nparam w = 3\nL = w*x\nupdate 0.1", 2, "a sample belongs here, below its columns: a line of numbers, such as 0 1"),
    ("samples x y\n  1 2\nparam w = 3\nL = w*x\n  2 3", 5, "a sample stands right below the others; move this line up"),
    ("samples x y\n  1 2\n\n  2 3\nparam w = 3\nL = w*x", 4, "a sample stands right below the others; move this line up"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "message"), MISTAKES)
def test_mistakes_are_told_once(text, line, message):
    with pytest.raises(SheetError) as told:
        Sheet.parse(text)
    [mistake] = told.value.mistakes
    assert (mistake.line, mistake.message) == (line, message)
