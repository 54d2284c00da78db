"""The chain rule in motion: a token leaves a gradient, meets ∂, becomes their product, and lands where it is added."""

from sheets import DEMOS

from microgrid import Sheet
from microgrid.web import page

# Takes a step, and tells of every frame what tokens say, where they are, and what has not landed yet; then the boxes.
FLIGHT = """([child, parent]) => new Promise((done) => {
    const frames = [], boxOf = (name) => {
        const { left, top, right, bottom } = document.querySelector(`[data-value-of="${name}"]`).closest(".card").querySelector(".paper").getBoundingClientRect();
        return [left, top, right, bottom];
    };
    document.getElementById("next").click();
    const look = () => {
        const tokens = [...document.querySelectorAll(".token")];
        if (!tokens.length && frames.length) return done({ frames, child: boxOf(child), parent: boxOf(parent), left: document.querySelectorAll(".underway").length });
        for (const token of tokens) {
            const { x, y, width, height } = token.querySelector("rect").getBoundingClientRect();
            frames.push([token.textContent, x + width / 2, y + height / 2, document.querySelectorAll(".underway").length]);
        }
        requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
})"""


def is_near(box, x, y, by=12):
    left, top, right, bottom = box
    return left - by <= x <= right + by and top - by <= y <= bottom + by


def test_a_gradient_meets_its_slope_and_lands_in_the_gradient_before_it(opened):
    tab = opened(page(Sheet.read(DEMOS / "two_input_sigmoid.sheet").run()), "#0", reduced_motion="no-preference")
    while not tab.message().startswith("∂L/∂v₁ "):  # the next but four is ∂L/∂a₁
        tab.press("Next")
    while not tab.message().startswith("∂L/∂a₁ "):
        before = tab.at()
        tab.press("Next")
    tab.go(before)
    tab.tab.wait_for_timeout(600)  # until the camera stands
    flight = tab.tab.evaluate(FLIGHT, ["z", "a1"])
    says = list(dict.fromkeys(frame[0] for frame in flight["frames"]))
    assert says == ["−0.235", "0.6 · (−0.235)", "−0.141"]
    first, last = flight["frames"][0], flight["frames"][-1]
    assert is_near(flight["child"], *first[1:3]) and is_near(flight["parent"], *last[1:3])
    assert all(frame[3] == 1 for frame in flight["frames"]) and flight["left"] == 0
    assert tab.tab.locator('[data-grad-of="a1"]').text_content() == "−0.1411"


def test_who_asks_for_less_motion_gets_none(opened):
    tab = opened(page(Sheet.read(DEMOS / "two_relus.sheet").run()), "#0", reduced_motion="reduce")
    for _ in range(8):
        tab.press("Next")
        assert tab.tab.locator(".token, .underway").count() == 0
