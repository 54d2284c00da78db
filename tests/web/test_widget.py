"""A page as a notebook's widget: the Values here and the numbers there move together."""

import json

from outside import PATIENCE

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
    context.set_default_timeout(1000 * PATIENCE)
    tab = context.new_page()
    tab.goto(f"file://{tmp_path}/widget.html")
    inside = tab.frame_locator("iframe")
    field = inside.locator("input[data-leaf=w]")
    inside.locator("[data-value-of=w][data-exact='0.75']").wait_for(state="attached")
    assert field.input_value() == "0.75"
    field.fill("1.5")
    tab.wait_for_function("model.get('numbers').w === 1.5")
    tab.evaluate("() => { model.set('numbers', { w: -1 }); model.tell(); }")
    inside.locator("[data-value-of=w][data-exact='-1']").wait_for(state="attached")
    inside.get_by_role("button", name="Undo", exact=True).wait_for()
    context.close()
