"""A page as a notebook's widget: the Values here and the numbers there move together."""

import json

from microgrid import Value
from microgrid.web import page
from microgrid.web.scripts import asset


def example():
    w, x = Value(0.5, label="w", role="parameter"), Value(3.0, label="x")
    loss = (w * x - 1) ** 2
    loss.label = "L"
    return w, x, loss


def test_what_is_changed_there_is_changed_here():
    w, x, loss = example()
    shown = page(loss).widget()
    assert shown.numbers == {"w": 0.5, "x": 3.0} and shown.html.startswith("<!doctype html>")
    shown.numbers = {"w": 1.0, "x": 3.0, "nobody": 7.0}
    assert (w.data, x.data, loss.data) == (1.0, 3.0, 4.0)
    w.data = 2.0
    shown.refresh()
    assert shown.numbers["w"] == 2.0 and loss.data == 4.0


def test_the_frame_and_the_model_agree(browser, tmp_path):
    _, _, loss = example()
    made = page(loss)
    state = {"html": made.html, "height": made.height, "numbers": {"w": 0.75, "x": 3.0}}
    text = f"""<!doctype html><title>n</title><body><script type="module">
{asset("widget.mjs").replace("export default", "const widget =")}
const state = {json.dumps(state).replace("<", chr(92) + "u003c")}, listeners = [];
globalThis.model = {{ get: (name) => state[name], set: (name, x) => (state[name] = x), save_changes() {{}},
  on: (name, does) => listeners.push(does), off() {{}}, tell: () => listeners.forEach((does) => does()) }};
widget.render({{ model, el: document.body }});
</script>"""
    (tmp_path / "widget.html").write_text(text, encoding="utf-8")
    context = browser.new_context(offline=True)
    tab = context.new_page()
    tab.goto(f"file://{tmp_path}/widget.html")
    field = tab.frame_locator("iframe").locator("input[data-leaf=w]")
    tab.wait_for_timeout(300)
    assert field.input_value() == "0.75"
    field.fill("1.5")
    tab.wait_for_timeout(100)
    assert tab.evaluate("model.get('numbers').w") == 1.5
    tab.evaluate("() => { model.set('numbers', { w: -1 }); model.tell(); }")
    tab.wait_for_timeout(100)
    tab.frame_locator("iframe").get_by_role("button", name="Undo", exact=True).is_visible()
    assert tab.frame_locator("iframe").locator("[data-value-of=w]").get_attribute("data-exact") == "-1"
    context.close()
