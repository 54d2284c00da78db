"""One screen: at every size the step is in view, nothing jumps, and every number can be read."""

import pytest
from sheets import DEMOS

from microgrid import Sheet
from microgrid.web import page

SHEETS = sorted(DEMOS.glob("*.sheet"))
SIZES = ((1280, 800), (1920, 1080), (390, 844))

# Walks the whole tape forward and back inside the page, and says what is wrong at which step.
WALK = """() => {
    const faults = [], area = (box) => box.width * box.height, id = (name) => document.getElementById(name);
    const boxOf = (name) => { const { x, y, width, height } = id(name).getBoundingClientRect(); return [x, y, width, height].join(); };
    const places = ["stage", "player", "told", "message"].slice(0, 3), before = places.map(boxOf);
    const look = (what) => {
        const current = document.querySelector("[data-current]"), stage = id("stage").getBoundingClientRect();
        if (current) {
            const box = (current.querySelector(".paper, .hue") ?? current).getBoundingClientRect();
            const width = Math.min(box.right, stage.right) - Math.max(box.left, stage.left);
            const height = Math.min(box.bottom, stage.bottom) - Math.max(box.top, stage.top);
            if (width < 0 || height < 0 || width * height < 0.9 * area(box)) faults.push(`${what}: ${Math.round(width)} × ${Math.round(height)} of ${Math.round(box.width)} × ${Math.round(box.height)}`);
        }
        if (id("told").scrollHeight > id("told").clientHeight + 1) faults.push(`${what}: no room for ${id("message").textContent}`);
        if (places.map(boxOf).join() !== before.join()) faults.push(`${what}: the layout jumps`);
        return current;
    };
    id("first").click();
    let steps = 0, seen = 0;
    while (!id("next").disabled && steps < 400) { id("next").click(); steps++; if (look(`step ${steps}`)) seen++; }
    for (let k = 0; k < 60 && !id("back").disabled; k++) { id("back").click(); look(`${k} back`); }
    return { faults, steps, seen };
}"""

READABLE = """() => {
    const scale = document.getElementById("world").getScreenCTM().a, small = [];
    for (const text of document.querySelectorAll("#world text"))
        if (parseFloat(getComputedStyle(text).fontSize) * scale < 11.99) small.push(text.textContent);
    for (const each of document.querySelectorAll("p, input, button, select, td, dd, dt, li, output, summary, label"))
        if (each.offsetParent && parseFloat(getComputedStyle(each).fontSize) < 12) small.push(each.outerHTML.slice(0, 60));
    const low = [...document.querySelectorAll("button, select, input, summary")].filter((each) => each.offsetParent && each.getBoundingClientRect().height < 24);
    const root = document.documentElement;
    return { small, low: low.map((each) => each.outerHTML.slice(0, 80)), scrolls: root.scrollHeight > innerHeight || root.scrollWidth > innerWidth };
}"""


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.stem)
def test_every_step_is_in_view_and_nothing_jumps(opened, sheet):
    tab = opened(page(Sheet.read(sheet).run()), reduced_motion="reduce")
    for width, height in SIZES:
        tab.tab.set_viewport_size({"width": width, "height": height})
        tab.settle()
        found = tab.tab.evaluate(WALK)
        assert found["faults"] == [], (width, height)
        assert found["seen"] > 0
        looks = tab.tab.evaluate(READABLE)
        assert looks == {"small": [], "low": [], "scrolls": False}, (width, height)


INPUTS = range(1, 13)
WIDE_SHEET = "\n".join(
    [
        "param the_weight_of_temperature_in_celsius = 0.123456789",
        *(f"param w{k} = {k / 700000}" for k in INPUTS),
        *(f"input x{k} = {k / 7000}" for k in INPUTS),
        f"z = {' + '.join(f'w{k}*x{k}' for k in INPUTS)} + the_weight_of_temperature_in_celsius",
        "L = tanh(z)^2",
    ]
)

# What leaves its place: a gradient of the panel, the sentence, a name of a row, the tip of a wire.
OUTSIDE = """() => {
    const wide = (each) => { const range = document.createRange(); range.selectNodeContents(each); return range.getBoundingClientRect(); };
    const id = (name) => document.getElementById(name), found = [], panel = id("panels").getBoundingClientRect(), stage = id("stage").getBoundingClientRect();
    for (const each of document.querySelectorAll(".leaf .slope")) if (each.checkVisibility() && wide(each).right > panel.right) found.push(each.textContent);
    for (const pill of document.querySelectorAll(".row .pill")) {
        const name = pill.parentNode.querySelector(".name");
        if (name.getBoundingClientRect().right > pill.getBoundingClientRect().left) found.push(name.textContent);
    }
    for (const wire of document.querySelectorAll("[data-wire]")) {
        wire.focus();
        const tip = id("tip").getBoundingClientRect();
        if (tip.left < stage.left || tip.right > stage.right || tip.top < stage.top) found.push(`tip: ${id("tip").textContent}`);
    }
    id("first").click();
    while (!id("next").disabled) { id("next").click(); if (id("told").scrollHeight > id("told").clientHeight + 1) found.push(id("message").textContent); }
    return found;
}"""


def test_long_numbers_names_and_sums_stay_in_their_places(opened):
    tab = opened(page(Sheet.parse(WIDE_SHEET).run()), reduced_motion="reduce")
    for width, height in SIZES[::2]:
        tab.tab.set_viewport_size({"width": width, "height": height})
        for digits in ("6", "17"):
            tab.tab.locator("#digits").evaluate(
                "(select, to) => { select.value = to; select.dispatchEvent(new Event('change')); }", digits
            )
            assert tab.tab.evaluate(OUTSIDE) == [], (width, digits)
    tab.go(1)
    assert "w₁·x₁ + w₂·x₂ + … + the_weight_of_temperature_in_celsius" in tab.message()
