"""Pages of sheets with vectors, matrices, families and samples, in a real browser."""

import pytest
from array_sheets import ARRAY_SHEETS
from pages import agrees, close
from sheets import DEMOS

from microgrid import GraphError, Sheet
from microgrid.sheet.arrays.registry import unsampled
from microgrid.tape import Cursor, steps
from microgrid.web import page

SAMPLES = [each for each in sorted(DEMOS.glob("*.sheet")) if Sheet.read(each).samples]


def worked(name):
    return Sheet.parse(ARRAY_SHEETS[name]).run()


def agrees_at_sample(tab, tape, position, sample):
    """The page shows what the tape holds, of what all samples share and of that one."""
    cursor, found = Cursor(tape, position), tab.numbers()
    shown = [i for i, name in enumerate(tape.names) if unsampled(name)[1] in (0, sample)]
    assert set(found["data"]) == {tape.names[i] for i in shown}
    for i in shown:
        name, data = tape.names[i], cursor.data[i]
        assert (found["data"][name] is None) == (data is None)
        assert data is None or close(found["data"][name], data)
        grad = cursor.grad[i] if cursor.shares[i] else None
        assert (found["grad"][name] is None) == (grad is None)
        assert grad is None or close(found["grad"][name], grad, 1e-3)
    return True


@pytest.mark.parametrize("name", [each for each in ARRAY_SHEETS if each != "samples"])
def test_every_element_is_what_the_tape_holds(opened, name):
    run = worked(name)
    tab, tape = opened(page(run)), steps(run)
    for position in sorted({0, *range(1, len(tape), max(1, len(tape) // 4)), len(tape)}):
        tab.go(position)
        assert agrees(tab, tape, position)
        if position:
            assert tab.tab.locator("#stage .lit").count()
    assert tab.tab.locator("[data-card]").count() == len({run.sheet.algebra.arrays.owned(each) for each in tape.names})


def test_an_edited_element_changes_everything_and_its_shade(opened):
    run = worked("lecture")
    tab, tape = opened(page(run)), steps(run)
    tab.go(len(tape))
    cell = tab.tab.locator('[data-value-of="W1[1,2]"]')
    shade = "(text) => [text.previousElementSibling.getAttribute('class'), text.previousElementSibling.getAttribute('fill-opacity')]"
    assert cell.evaluate(shade)[0].split() == ["cell", "above"]
    tab.tab.locator('input[data-leaf="W1[1,2]"]').fill("-3")
    assert agrees(tab, tape.with_numbers({tape.graph["W1[1,2]"]: -3.0}), len(tape), scale=1e-3)
    assert cell.evaluate(shade) == ["cell below", "0.280"]
    box = cell.bounding_box()
    tab.tab.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tab.tab.mouse.down()
    tab.tab.mouse.move(box["x"] + box["width"] / 2 + 13, box["y"] + box["height"] / 2, steps=4)
    tab.tab.mouse.up()
    assert float(tab.tab.locator('input[data-leaf="W1[1,2]"]').input_value()) > -3
    tab.press("Reset")
    assert agrees(tab, tape, len(tape))


def test_the_step_points_at_its_cell_and_a_click_at_its_derivation(opened):
    run = worked("lecture")
    tab, tape = opened(page(run)), steps(run)
    forward = next(
        i
        for i, step in enumerate(tape, 1)
        if step.kind == "forward" and tape.names[tape.view.index[step.node]] == "z1[2]"
    )
    tab.go(forward)
    now = "() => [...document.querySelectorAll('#stage .cell.now')].map((cell) => cell.nextElementSibling.dataset.valueOf)"
    assert tab.tab.evaluate(now) == ["z1[1]", "z1[2]"]
    tab.press("Back")
    assert tab.at() == 0
    tab.press("Next")
    assert tab.at() == 2 and tab.message() == (
        "z1₁ = W1₁₁·x₁ + W1₁₂·x₂ + b1₁ = 0.2·0.5 + 0.4·0.1 + 0.1 = 0.24;  "
        "z1₂ = W1₂₁·x₁ + W1₂₂·x₂ + b1₂ = 0.3·0.5 + 0.7·0.1 + 0.2 = 0.42"
    )
    tab.go(1)
    assert tab.tab.evaluate(now) == ["z1[1]"]
    tab.press("Last")
    tab.tab.locator('[data-grad-of="W1[2,1]"]').click()
    said = tab.tab.locator("#derivation").text_content()
    assert "∂L/∂W₁= ∂L/∂z₁ @ xᵀ" in said and "∂L/∂W1₂₁" in said
    tab.tab.locator('[data-grad-of="W1[1,1]"]').click()
    assert "∂L/∂W1₁₁" in tab.tab.locator("#derivation").text_content()
    tab.tab.select_option("#level", label="every element")
    assert agrees(tab, tape, len(tape))


def test_samples_are_switched_and_followed(opened):
    run = worked("samples")
    tab, tape = opened(page(run, sample=3)), steps(run)
    assert tab.tab.locator("#sample").input_value() == "2"
    for sample in (1, 4):
        tab.go(len(tape))
        tab.tab.select_option("#sample", str(sample - 1))
        assert agrees_at_sample(tab, tape, len(tape), sample)
        visible = tab.tab.locator(".leaf:visible input[data-leaf]").evaluate_all(
            "(some) => some.map((each) => each.dataset.leaf)"
        )
        assert f"x1 at sample {sample}" in visible and len(visible) == 12
    for position in (3, len(tape) // 3):
        tab.go(position)
        sample = int(tab.tab.locator("#sample").input_value()) + 1
        own = unsampled(tape.names[tape.view.index[tape[position - 1].node]])[1]
        assert own in (0, sample) and agrees_at_sample(tab, tape, position, sample)


@pytest.mark.parametrize("sheet", SAMPLES, ids=lambda path: path.stem)
def test_demos_with_samples_step_as_the_tape_does(opened, sheet):
    run = Sheet.read(sheet).run()
    tab, tape = opened(page(run)), steps(run)
    for position in sorted({0, *range(1, len(tape), max(1, len(tape) // 5)), len(tape)}):
        tab.go(position)
        assert agrees_at_sample(tab, tape, position, int(tab.tab.locator("#sample").input_value()) + 1)


def test_small_cells_stand_for_their_numbers(opened):
    tab = opened(page(worked("convolution")), "#9999")
    cells = tab.tab.locator('rect[data-value-of^="x["]')
    assert cells.count() == 64
    assert tab.tab.locator("[data-range=value]").text_content() == "0 … 3"
    cells.nth(3).click()
    assert "x₁₄" in tab.tab.locator("#derivation").text_content()


def test_a_network_of_three_layers_is_a_small_page():
    assert len(page(worked("layers")).html.encode()) < 400_000


def test_a_sample_that_is_not_there_is_refused():
    with pytest.raises(GraphError, match="samples go from 1 to 4"):
        page(worked("samples"), sample=5)
