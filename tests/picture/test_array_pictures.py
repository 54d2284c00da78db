"""Pictures of sheets with vectors, matrices, families and samples."""

import re

import pytest
from array_sheets import ARRAY_SHEETS, SLIPS
from drawings import drawn, each_direction, each_engine, leaves, texts, titles, tooltips

from microgrid import GraphError, Sheet, Value
from microgrid.answers import check
from microgrid.formula.lettering import number
from microgrid.formula.printing import unicode_name
from microgrid.picture import draw
from microgrid.picture.grid import INKS, tint
from microgrid.picture.multipliers import Multipliers, multiplier
from microgrid.sheet.arrays.registry import unsampled

each_sheet = pytest.mark.parametrize("name", ARRAY_SHEETS)


def worked(name, more=""):
    return Sheet.parse(ARRAY_SHEETS[name] + more).run()


def of_sample(sheet, names, sample):
    """The names that a picture of one sample shows."""
    return [name for name in names if unsampled(name)[1] in (0, sample)]


def cards(figure):
    return [*re.findall(r"^\t+(v\d+) \[", figure.source, re.MULTILINE), *leaves(figure.source)]


# ── cards and grids ──


@each_engine
@each_direction
@each_sheet
def test_each_array_has_one_card_with_its_numbers_and_its_gradient(name, direction, engine):
    run = worked(name)
    sheet, here = run.sheet, run.rounds[0]
    figure = draw(run, direction=direction)
    owned = sheet.algebra.arrays.owned
    shown = of_sample(sheet, sheet.quantities, 1)
    assert len(cards(figure)) == len({owned(unsampled(each)[0]) for each in shown})
    found = texts(drawn(figure, engine))
    for array in sheet.arrays:
        elements = [each if each in here.nodes else f"{each} at sample 1" for each in array.elements]
        folded = len(elements) > 36
        for each in elements:
            for value in (here[each].data, here.derivative(sheet.loss, each)):
                assert folded or number(value, 4) in found, (each, value)
        if folded:
            assert " × ".join(map(str, array.shape)) in found


@pytest.mark.parametrize("name", ["lecture", "softmax", "layers"])
def test_each_number_stands_in_its_place(name):
    run = worked(name)
    here, source = run.rounds[0], draw(run).source
    for array in run.sheet.arrays:
        (card,) = re.findall(
            rf'^.* tooltip="{re.escape(unicode_name(array.name))}(?: =[^:]*)?: .*$', source, re.MULTILINE
        )
        for kind, number_of in (("data", lambda each: here[each].data), ("grad", here.gradients.get)):
            grid = re.search(rf">{kind}</FONT></TD></TR><TR><TD ><TABLE[^>]*>(.*?)</TABLE>", card)[1]
            cells = [re.findall(r">([^<>]+)</FONT>", row) for row in grid.split("</TR>")[:-1]]
            width = array.shape[1] if len(array.shape) > 1 else 1
            numbers = [number(number_of(each), 4) for each in array.elements]
            assert cells == [numbers[i : i + width] for i in range(0, len(numbers), width)]


@each_sheet
def test_titles_are_the_lines_of_the_author(name):
    expected = {
        "lecture": ["z₁ = W₁ @ x + b₁", "a₁ = σ(z₁)", "ŷ = σ(W₂ @ a₁ + b₂)"],
        "softmax": ["p = softmax(z₂)", "L = −sum(y ⊙ ln(p))"],
        "samples": ["x = [x₁, x₂]", "L = (ŷ − y)²", "C = mean over samples of L"],
        "layers": ["a₀ = x", "z₂ = W₂ @ a₁ + b₂", "z₃ = W₃ @ a₂ + b₃"],
        "convolution": ["z = conv(x, k)", "L = sum(a)/9"],
    }
    found = titles(draw(worked(name)))
    assert not [each for each in expected[name] if each not in found]


def test_a_large_array_folds_and_a_huge_one_has_no_cells():
    source = draw(worked("convolution")).source
    assert source.count('FIXEDSIZE="TRUE"') == 2 * 64
    row = " ".join(["1"] * 40)
    huge = Sheet.parse(f"param W = [{'; '.join([row] * 40)}]\nL = sum(W)").run()
    source = draw(huge).source
    assert "40 × 40" in source and "FIXEDSIZE" not in source


def luminance(color):
    parts = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_numbers_stand_out_from_every_shade():
    for share in (-1, -0.5, -0.01, 0, 0.01, 0.5, 1, float("nan"), float("inf")):
        for ink in INKS.values():
            assert (luminance(tint(share, 1.0)) + 0.05) / (luminance(ink) + 0.05) >= 4.5


def test_infinities_and_zeros_have_shades():
    assert tint(0.0, 0.0) == tint(float("nan"), 1.0) == "#FFFFFF"
    assert tint(float("inf"), 1.0) == tint(2.0, 2.0) != tint(-2.0, 2.0)


# ── what multiplies the gradient ──


@pytest.mark.parametrize("name", ["lecture", "softmax", "layers"])
def test_what_multiplies_a_gradient_gives_what_the_judge_finds(name):
    sheet = worked(name).sheet
    loss, lines, uses = sheet.loss, [], {}
    multipliers = Multipliers(sheet, loss)
    found = {of: multipliers.into(of) for of in multipliers.lines}
    for into in found.values():
        for by in into:
            uses[by] = uses.get(by, 0) + 1
    for of, into in found.items():
        for by, text in into.items():
            assert uses[by] == 1
            upstream = f"(d{loss}/d{of})" if of != loss else "1"
            if "grad" in text:
                right = text.replace("grad", upstream)
            elif text[0] in "@⊙":
                right = f"{upstream} {text}"
            else:
                right = f"{text} {upstream}" if text[-1] == "@" else f"{upstream}*({text})"
            lines.append(f"d{loss}/d{by} == {right}")
    answers = check(worked(name, "\n".join(lines) + "\n"))
    assert len(lines) > 1
    for each in answers:
        assert each.verdict in ("proved", "holds here"), (each.quantity, each.printed, each.verdict)


@pytest.mark.parametrize(
    ("name", "of", "expected"),
    [
        ("lecture", "z1", {"W1": "@ xᵀ", "x": "W₁ᵀ @", "b1": "1"}),
        ("lecture", "a1", {"z1": "⊙ a₁ ⊙ (1 − a₁)"}),
        ("softmax", "p", {"z2": "p ⊙ (grad − dot(p, grad))"}),
        ("convolution", "z", {"k": "conv(x, grad)"}),
        ("convolution", "L", {"a": "ones(6, 6)/9"}),
        ("layers", "z[2]", {"W[2]": "@ a₁ᵀ", "a[1]": "W₂ᵀ @", "b[2]": "1"}),
    ],
)
def test_the_local_derivative_of_an_array_is_what_multiplies(name, of, expected):
    sheet = worked(name).sheet
    assert Multipliers(sheet, sheet.loss).into(of) == expected


# ── marks, samples, levels ──


def test_slips_are_marked_on_their_cells():
    run = worked("lecture", SLIPS)
    source = draw(run, marks=check(run)).source
    cells = re.findall(r'<TD [^>]*BORDER="2" COLOR="#7A0F3C"[^>]*><FONT COLOR="#7A0F3C">([^<]+)</FONT>', source)
    assert sorted(cells) == ["‼ 0.42", "‼ −0.003478", "→ 0.6035"]
    for said in (
        "‼ data [2&#93; slip: printed 0.43",
        "‼ grad [1,2&#93; slip: printed 0.0035",
        "carried: printed 0.6059",
    ):
        assert said in source
    assert "‼" not in draw(run).source


@pytest.mark.parametrize("sample", [1, 2, 3, 4])
@pytest.mark.parametrize("level", ["vector", "element"])
def test_one_sample_is_shown_and_said(level, sample):
    run = worked("samples")
    source = draw(run, level=level, sample=sample).source
    assert f"Sample {sample} of 4 is shown" in source
    tips = re.findall(r'tooltip="([^"]*)"', source)
    loss = next(each for each in tips if each.startswith("L = "))
    assert f"data={run.rounds[0][f'L at sample {sample}'].data!r} " in loss
    assert "grad also holds" not in source


@pytest.mark.parametrize("sample", [0, 5, -1, True and 7, "1"])
def test_a_sample_that_is_not_there_is_refused(sample):
    with pytest.raises(GraphError, match="samples go from 1 to 4"):
        draw(worked("samples"), sample=sample)
    with pytest.raises(GraphError, match="there are no samples"):
        draw(worked("lecture"), sample=2)


@each_sheet
def test_the_level_of_elements_has_a_card_for_each(name):
    run = worked(name)
    assert len(cards(draw(run, level="element"))) == len(of_sample(run.sheet, run.sheet.quantities, 1))


def test_what_has_no_arrays_is_drawn_by_its_names():
    run = Sheet.parse("param w = 2\ninput x = 3\nL = w*x").run()
    assert draw(run, level="vector").source.count("<TABLE") == draw(run).source.count("<TABLE")
    x = Value(2.0, label="x")
    assert draw(x * x, level="vector").source.count("<TABLE")


@each_engine
def test_whatever_a_name_or_a_title_holds_is_text(engine):
    run = Sheet.parse('title <b>&"\\N {a|b}</TABLE>\ninput x = [1, -2]\nL = sum(x)').run()
    svg = drawn(draw(run), engine)
    assert '<b>&"\\N {a|b}</TABLE>' in texts(svg)
    assert "x: data=[1.0, -2.0] grad=[1.0, 1.0]" in tooltips(svg).values()


def test_parts_of_arrays_are_written_as_they_are_typed():
    sheet = Sheet.parse("param K = [1 2; 3 4], Q = [1 0; 0 1]\ns = K @ Q[1,:]ᵀ\nL = norm(s)^2")
    assert Multipliers(sheet, "L").into("s")["K"] == "@ Q[1,:]"
    assert "s = K @ Q[1,:&#93;ᵀ" in draw(sheet.run()).source


def test_a_factor_inside_another_operation_keeps_its_name():
    from microgrid.formula import Call, Name

    u, w = Name("u"), Name("w")
    assert multiplier(Call("sum", (Call("⊙", (u, w)),)), u) == "sum(grad ⊙ w)"
    assert multiplier(Call("neg", (Call("⊙", (u, Call("+", (w, w)))),)), u) == "⊙ (−(w + w))"
    assert multiplier(Call("/", (u, w)), u) == "1/w"


def test_what_stands_on_a_wire_reads_by_itself():
    text = "input x1 = 1, x2 = 2, k = [1, 2]\nparam W = [1 2; 3 4]\nx = [x1, x2]\nz = W[2,:] @ x\nc = conv(x, k)\nq = x·k\nL = z + q + c"
    source = draw(Sheet.parse(text).run()).source
    cells = re.findall(r">(?:[^<>]* · )?∂ ((?:(?! · )[^<])*)</FONT>", source)
    assert {"grad₁", "grad₂", "onehot(2, 2) @ (grad·xᵀ)", "…"} <= set(cells) and not any("∂" in each for each in cells)
    assert "q = x · k" in source


def test_a_picture_of_elements_names_elements_and_no_samples():
    found = titles(draw(worked("samples"), level="element"))
    assert {"z1₁ = affine(W1₁₁, W1₁₂, x₁, x₂, b1₁)", "a1₂ = σ(z1₂)", "C = mean over samples of L"} <= {*found}
    assert "ŷ = σ(affine(W2₁₁, W2₁₂, a1₁, a1₂, b₂))" in found and not any("at sample" in each for each in found)
