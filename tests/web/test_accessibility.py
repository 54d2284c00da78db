"""What axe-core finds on a page, nothing of which may be serious; and names, targets and one voice."""

from pathlib import Path

import pytest
from sheets import worked

from microgrid.web import page

AXE = (Path(__file__).parents[1] / "data" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
SERIOUS = """async () => (await axe.run()).violations.filter((each) => ["serious", "critical"].includes(each.impact))
    .map((each) => `${each.id}: ${each.nodes.length} × ${each.nodes[0].html.slice(0, 160)} ${each.nodes[0].failureSummary}`)"""


@pytest.mark.parametrize("name", ["two_input_sigmoid", "attention"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 800), (390, 844)], ids=str)
def test_axe_finds_nothing_serious(opened, name, scheme, size):
    width, height = size
    tab = opened(page(worked(name)), viewport={"width": width, "height": height}, color_scheme=scheme)
    if width < 900:
        tab.tab.locator("#sheet").click()
    tab.tab.locator("[data-card]").first.focus()
    tab.tab.keyboard.press("Enter")
    tab.tab.evaluate(AXE)
    assert tab.tab.evaluate(SERIOUS) == []


def test_one_voice_speaks_and_targets_are_large_enough(opened):
    tab = opened(page(worked("two_relus")), viewport={"width": 390, "height": 844}, has_touch=True)
    assert tab.tab.locator("[role=status], [aria-live]").count() == 1
    low = """() => [...document.querySelectorAll("button, input, select")].filter((each) => each.offsetParent)
        .filter((each) => each.getBoundingClientRect().height < 40 && each.id !== "position").map((each) => each.outerHTML.slice(0, 80))"""
    assert [
        each for each in tab.tab.evaluate(low) if "undo" not in each and "redo" not in each and "reset" not in each
    ] == []


@pytest.mark.parametrize(("size", "scheme"), [((1280, 800), "light"), ((390, 844), "dark")], ids=str)
def test_the_tutor_has_nothing_serious_at_any_question(opened, size, scheme):
    width, height = size
    settings = {"viewport": {"width": width, "height": height}, "color_scheme": scheme, "reduced_motion": "reduce"}
    tab = opened(page(worked("two_relus")), **settings)
    tab.press("Learn it")
    tab.tab.evaluate(AXE)
    seen = set()
    while not tab.tab.locator("#grades").is_visible():
        phase = tab.tab.locator("#phases .now").text_content()
        if phase not in seen:
            assert tab.tab.evaluate(SERIOUS) == [], phase
        seen.add(phase)
        for _ in range(3):
            tab.tab.click("#hint")
    assert tab.tab.evaluate(SERIOUS) == []
    assert seen == {"How much", "Which wire", "Which ∂", "Sign"}
