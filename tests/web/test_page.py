"""The live page in a real browser, opened from a file with the network off."""

import json
import random
import re
from functools import cache

import pytest
from outside import PATIENCE
from pages import agrees, close, held, stops
from sheets import DEMOS, worked

from microgrid import GraphError, Sheet, Value, nn
from microgrid.tape import Tape, steps
from microgrid.tape.rounds import Rule
from microgrid.tape.wording import Wording
from microgrid.web import page
from microgrid.web.document import Page

SHEETS = [each for each in sorted(DEMOS.glob("*.sheet")) if not Sheet.read(each).samples]


@cache
def page_of(sheet):
    """The page of a demo: what it knows of wrong answers takes its time."""
    return page(Sheet.read(sheet).run())


# ── in the browser ──


@pytest.mark.parametrize("sheet", SHEETS[::8], ids=lambda path: path.stem)  # all of them in test_walk.py
def test_a_demo_steps_as_the_tape_does(opened, sheet):
    run = Sheet.read(sheet).run()
    tab, tape = opened(page_of(sheet)), steps(run)
    words = Wording(tape, run.sheet.formulas)
    for position in sorted({0, *range(0, len(tape) + 1, max(1, len(tape) // 12)), len(tape)}):
        tab.go(position)
        assert agrees(tab, tape, position)
        if position:
            said = number_words("; ".join(map(words, event_before(tape, position)[:4])))
            assert number_words(tab.message()) == said[: len(number_words(tab.message()))]


def event_before(tape, position):
    """The steps that the page tells of: those about one array, or one, but not that a gradient is complete."""
    all_stops = stops(tape)
    after = next(each for each in all_stops if each >= position)
    event = tape[max(each for each in all_stops if each < position) : min(position, after)]
    return [step for step in event if step.kind != "complete"] or event


ROUNDS = """rate η = 0.05
state n = 0
input x = 1.5, y = 2
param w = 0.5, b = -0.25, c = 3
p = tanh(w*x + b)
L = (p - y)^2
K = c*L
loss L
next n = n + 1
next w = w - η*dL/dw/next n + 0.001*sigmoid(n)
round × 2
update adam 0.1 of L b × 2
round with x = 2, y = n
update η
restart
update momentum 0.1 0.9 × 5
"""


def test_the_rounds_of_a_sheet_go_on_as_its_tape_does(opened):
    run = Sheet.parse(ROUNDS).run()
    tab, tape = opened(page(run, round_number=3)), steps(run)
    words = Wording(tape, run.sheet.formulas)
    assert len(tape.rounds) == 13 and tab.at() == tape.starts[3] - len(tape.rounds[2].updates)
    for position in sorted({*range(0, len(tape) + 1, 11), *tape.starts, *(start + 1 for start in tape.starts[1:-1])}):
        tab.go(position)
        assert agrees(tab, tape, position)
        if position:
            assert number_words(tab.message()) == number_words("; ".join(map(words, event_before(tape, position))))
    updates = [i + 1 for i, step in enumerate(tape) if step.kind == "update"]
    for position in updates:
        tab.go(position)
        assert number_words(tab.message()) == number_words(words(tape[position - 1]))
    tab.tab.locator("input[data-leaf=w]").fill("0.7")
    changed = tape.with_numbers({tape.graph["w"]: 0.7})
    for position in (7, len(tape) // 2, len(tape)):
        tab.go(position)
        assert agrees(tab, changed, position)


BEHIND_CLOSED = {
    "a distance kept above 0": "param x = 0, y = 0\nd = sqrt(x^2 + y^2)\nL = max(d, 1e-10) + 3*x",
    "one branch inside another": "param x = 0\nr = sqrt(x)\na = relu(r - 1)\nb = relu(a - 2)\nL = 3*b",
    "an open way besides": "param x = 0, y = 2\nr = x^0.5\na = max(r, 1)\nL = a*y + log(relu(-y))*0 + r*(y - 1)",
}


@pytest.mark.parametrize("level", ["named", "op"])
@pytest.mark.parametrize("name", BEHIND_CLOSED)
def test_what_closed_branches_alone_lead_to_has_no_gradient(opened, name, level):
    run = Sheet.parse(BEHIND_CLOSED[name]).run()
    tape = steps(run.root, level)
    tab, words = opened(page(tape)), Wording(tape, {})
    for position in range(len(tape) + 1):
        tab.go(position)
        assert agrees(tab, tape, position)
        if position and tape[position - 1].kind == "backward":
            assert number_words(tab.message()) == number_words(words(tape[position - 1]))


def number_words(sentence):
    """The numbers of a sentence: names are written another way on the page."""
    return re.findall(r"−?\d+\.\d+(?:e−?\d+)?", sentence)


def test_stepping_by_the_keyboard(opened):
    run = worked("two_input_sigmoid")
    tab, tape = opened(page(run)), steps(run)
    assert tab.at() == len(tape) - len(tape.rounds[-1].updates) or len(tape.rounds) > 1
    tab.tab.keyboard.press("Home")
    assert tab.at() == 0
    for position in stops(tape)[1:20]:
        tab.tab.keyboard.press("ArrowRight")
        assert tab.at() == position
        assert agrees(tab, tape, position)
    tab.tab.keyboard.press("ArrowLeft")
    assert tab.at() == stops(tape)[18] and agrees(tab, tape, tab.at())
    tab.tab.keyboard.press("End")
    assert tab.at() == len(tape) and agrees(tab, tape, len(tape))
    tab.tab.keyboard.press("Home")
    assert tab.at() == 0 and agrees(tab, tape, 0)
    tab.tab.locator("#position").focus()
    tab.tab.keyboard.press("ArrowRight")  # the slider's own
    assert tab.at() == 1 and agrees(tab, tape, 1)


def test_the_buttons_and_what_they_say(opened):
    tab, tape = opened(page(worked("two_relus"))), steps(worked("two_relus"))
    assert tab.tab.locator("#play").get_attribute("data-says") == "Replay"
    tab.press("First")
    tab.press("Next")
    assert tab.message() == "z₁ = w₁·x = 0.5·3 = 1.5"
    tab.press("Last")
    count = len(stops(tape)) - 1
    assert tab.tab.locator("#where").text_content().startswith(f"step {count} of {count}")
    tab.press("Back")
    tab.press("First")
    assert tab.at() == 0 and "nothing is computed yet" in tab.message()
    tab.tab.select_option("#speed", "30")
    tab.press("Play")
    tab.until("document.getElementById('position').value > 5")
    tab.press("Pause")
    stopped = tab.at()
    tab.tab.wait_for_timeout(150)
    assert tab.at() == stopped
    tab.tab.keyboard.press("Escape")
    tab.tab.locator("#canvas").focus()
    tab.tab.keyboard.press("Space")
    tab.until(f"document.getElementById('position').value > {stopped + 2}")


def test_an_edited_leaf_changes_everything_as_the_engine_would(opened):
    run = worked("two_input_sigmoid")
    tab, tape = opened(page(run)), steps(run)
    w11 = tape.graph["w11"]
    field = tab.tab.locator("input[data-leaf=w11]")
    for text, number in (("0.7", 0.7), ("-3", -3.0), ("−1.5e1", -15.0), ("250", 250.0)):
        field.fill(text)
        changed = tape.with_numbers({w11: number})
        for position in (3, 7, 20, len(tape) // 2, len(tape)):
            tab.go(position)
            assert agrees(tab, changed, position, scale=1e-3)
    field.fill("0.2")
    field.press("ArrowUp")
    assert field.input_value() == "0.21"
    field.press("Shift+ArrowDown")
    assert field.input_value() == "0.11"
    tab.go(7)
    assert agrees(tab, tape.with_numbers({w11: 0.11}), 7)
    tab.press("Reset")
    assert field.input_value() == "0.2" and agrees(tab, tape, 7)


def test_what_is_no_number_is_refused_and_changes_nothing(opened):
    run = worked("two_relus")
    tab, tape = opened(page(run)), steps(run)
    tab.go(len(tape))
    field = tab.tab.locator("input[data-leaf=w1]")
    for text in ("", "abc", "1e999", "0x", "1,5", "--1"):
        field.fill(text)
        assert field.get_attribute("aria-invalid") == "true"
        assert agrees(tab, tape, len(tape))
    field.press("Tab")
    assert tab.message() == "“--1” is no number; w₁ keeps 0.5."
    assert field.input_value() == "0.5"


def test_a_name_and_a_number_can_be_dragged(opened):
    run = worked("two_relus")
    tab, tape = opened(page(run)), steps(run)
    tab.go(5)
    for handle in (tab.tab.locator(".leaf span", has_text="w₁"), tab.tab.locator("[data-value-of=w1]")):
        box = handle.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        tab.tab.mouse.move(x, y)
        tab.tab.mouse.down()
        tab.tab.mouse.move(x + 13, y, steps=4)
        tab.tab.mouse.up()
        number = float(tab.tab.locator("input[data-leaf=w1]").input_value())
        assert number > 0.5
        assert agrees(tab, tape.with_numbers({tape.graph["w1"]: number}), 5)
        tab.press("Reset")


def test_a_hundred_updates_end_where_the_engine_ends(opened):
    run = worked("two_input_sigmoid")
    tab = opened(page(run))
    tab.tab.fill("#rate", "0.5")
    for _ in range(100):
        tab.press("Apply update")
    tape = steps(run)
    graph, parameters = tape.graph, [tape.graph[name] for name in run.sheet.params]
    trained = Tape.of(graph, "named", [Rule(0.5, graph.root, tuple(parameters))] * 100, run.sheet.quantities)
    tab.go(7)
    assert close(tab.value("L"), trained.rounds[-1].graph.data[-1])
    for name in run.sheet.params:
        assert close(tab.value(name), trained.rounds[-1].graph.data[graph.index[graph[name]]])
    assert re.fullmatch(r"100 updates: L 0\.\d+ → 0\.\d+", tab.tab.locator("#progress").text_content())
    points = tab.tab.locator("#curve polyline").get_attribute("points").split()
    assert len(points) == 101


def test_updates_can_be_played_and_stop_where_the_loss_is_lost(opened):
    w, x = Value(3.0, label="w", role="parameter"), Value(2.0, label="x")
    loss = (w * x) ** 2
    loss.label = "L"
    tab = opened(page(loss))
    tab.tab.fill("#rate", "10")
    tab.press("Play updates")
    tab.until("document.getElementById('progress').textContent.includes('smaller rate')")
    tab.tab.fill("#rate", "one")
    tab.press("Apply update")
    assert tab.tab.locator("#progress").text_content() == "“one” is no learning rate; write a number such as 0.1"
    tab.press("Reset")
    tab.go(3)
    assert tab.value("w") == 3.0 and tab.value("L") == 36.0


def test_levels_keep_the_place_and_the_numbers(opened):
    run = worked("two_input_sigmoid")
    tab = opened(page(run))
    tab.tab.fill("input[data-leaf=x1]", "0.9")
    for label, level in (("every operation", "op"), ("named values", "named")):
        tab.tab.select_option("#level", label=label)
        tape = steps(run, level)
        changed = tape.with_numbers({tape.graph["x1"]: 0.9})
        for position in (0, 5, 17, len(tape) - 3, len(tape)):
            tab.go(position)
            assert agrees(tab, changed, position)


def test_permalinks(opened):
    run = worked("two_relus")
    tab, tape = opened(page(run), "#7"), steps(run)
    assert tab.at() == 7 and agrees(tab, tape, 7)
    tab.press("Next")
    tab.until(f"location.hash === '#{stops(tape)[stops(tape).index(7) + 1]}'")
    tab.tab.evaluate("location.hash = '#3'")
    tab.until("document.getElementById('position').value === '3'")
    tab.tab.evaluate("location.hash = '#99999'")
    tab.until(f"document.getElementById('position').value === '{len(tape)}'")


def test_a_wire_tells_local_times_upstream(opened):
    tab = opened(page(worked("two_relus")))
    wire = tab.tab.locator("[data-wire]").first
    wire.focus()
    assert tab.tab.locator("#tip").text_content() == "local × upstream:  ∂a₁/∂z₁ · ∂J/∂a₁ = 1 · (−0.64) = −0.64"
    assert wire.get_attribute("aria-label") == tab.tab.locator("#tip").text_content()
    wire.evaluate("wire => wire.blur()")
    assert tab.tab.locator("#tip").is_hidden()
    wire.locator(".grip").hover(force=True)
    assert tab.tab.locator("#tip").is_visible()


def test_a_chosen_value_shows_its_paths_and_its_derivation(opened):
    tab = opened(page(worked("simple_network")))
    card = tab.tab.locator("[data-card]", has=tab.tab.locator("[data-value-of=w1]"))
    card.focus()
    tab.tab.keyboard.press("Enter")
    assert card.get_attribute("aria-pressed") == "true"
    text = tab.tab.locator("#derivation").inner_text()
    assert "w₁: 1 path to the loss" in text
    assert "= (y − t) · y(1 − y) · w₂ · 1{z₁ > 0} · x" in text
    assert "= 2.081" in text
    assert tab.tab.locator(".wire.on-path").count() == 4
    assert tab.tab.locator(".card.on-path").count() == 5
    tab.tab.fill("input[data-leaf=w2]", "2")
    changed = steps(worked("simple_network"))
    changed = changed.with_numbers({changed.graph["w2"]: 2.0})
    assert f"= {changed.rounds[0].grad[changed.view.index[changed.graph['w1']]]:.4g}".replace("-", "−") in (
        tab.tab.locator("#derivation").inner_text()
    )
    tab.tab.keyboard.press("Tab")
    tab.tab.locator("#canvas").focus()
    tab.tab.keyboard.press("Escape")
    assert tab.tab.locator(".on-path").count() == 0


def test_published_numbers_stand_beside_the_steps(opened):
    tab = opened(page(worked("two_input_sigmoid")), "#1")
    assert tab.tab.locator("#note").text_content() == "published z₁ = 0.25: ✗ slip, should be 0.24; one unit off"
    rows = tab.tab.locator("#published tr")
    assert rows.count() == 30
    assert rows.nth(7).inner_text().split("\t")[:3] == ["∂L/∂ŷ", "−0.234", "✗ slip"]
    assert tab.tab.locator("#stale").is_hidden()
    tab.tab.fill("input[data-leaf=w11]", "0.3")
    assert tab.tab.locator("#stale").is_visible()


def test_expressions_closed_forms_and_blanks_stand_among_them(opened):
    text = "input x = 3/5\nparam w = 1/2\nz = w*x\nL = z^2\nz ~= ?\nw*x ~= 0.31\nz ~= 3/10\nL ~= 1/9\nw*dL/dw == 2*L\n"
    tab = opened(page(Sheet.parse(text).run()), "#1")
    assert tab.tab.locator("#note").text_content() == "published z = 3/10: ✓ exact"  # nothing is said of the blank
    assert [row.split("\t") for row in tab.tab.locator("#published tr").all_inner_texts()] == [
        ["z", "?", "? open", ""],
        ["w·x", "0.31", "✗ slip", "should be 0.30; one unit off"],
        ["z", "3/10", "✓ exact", ""],
        ["L", "1/9", "✗ slip", "should be 0.09 = 9/100"],
        ["w·∂L/∂w", "2·L", "✓ proved", "by algebra"],
    ]


def test_published_formulas_are_written_as_the_sentences_are(opened):
    text = "input x1 = 1\nparam w1 = 2\nz1 = w1*x1\nL = log(sigmoid(z1))\ndL/dz1 == 1 - sigmoid(z1)\nL ~= -0.1269\n"
    tab = opened(page(Sheet.parse(text).run()))
    rows = [row.split("\t")[:3] for row in tab.tab.locator("#published tr").all_inner_texts()]
    assert rows == [["∂L/∂z₁", "1 − σ(z₁)", "✓ proved"], ["L", "−0.1269", "✓ exact"]]


def test_what_is_not_computed_yet_is_nowhere_to_be_read(opened):
    tab = opened(page(worked("two_relus")), "#0")
    wire = tab.tab.locator("[data-wire]").first
    wire.focus()
    assert tab.tab.locator("#tip").text_content() == "local × upstream:  ∂a₁/∂z₁ · ∂J/∂a₁ = – · – = –"
    tab.go(2)
    wire.evaluate("wire => wire.blur()")
    wire.focus()
    assert tab.tab.locator("#tip").text_content() == "local × upstream:  ∂a₁/∂z₁ · ∂J/∂a₁ = 1 · – = –"
    card = tab.tab.locator("[data-card]", has=tab.tab.locator("[data-value-of=w1]"))
    card.focus()
    tab.tab.keyboard.press("Enter")
    text = tab.tab.locator("#derivation").inner_text()
    assert text.rstrip().endswith("= –")
    assert all(each is None for each in tab.numbers()["grad"].values())  # to come, in grey
    assert "not computed yet" in card.get_attribute("aria-label")


def test_the_arrow_keys_follow_the_wires(opened):
    tab = opened(page(worked("two_input_sigmoid")), "#30")
    focused = "() => document.activeElement.getAttribute('aria-label')"
    tab.tab.locator("[data-card]", has=tab.tab.locator("[data-value-of=x1]")).focus()
    found = []
    for key in ("ArrowDown", "ArrowUp", "ArrowDown", "ArrowDown", "ArrowUp"):
        tab.tab.keyboard.press(key)
        found.append(tab.tab.evaluate(focused))
    assert "∂z₁/∂x₁" in found[0] and "∂z₂/∂x₁" in found[2]
    assert found[1].startswith("x₁: data 0.5, gradient") and found[3].startswith("z₂: data 0.42, gradient −0.05066")
    assert "∂z₂/∂" in found[4] and tab.tab.locator("#tip").is_visible()


def test_a_permalink_holds_edits_and_choice(opened):
    run = worked("two_input_sigmoid")
    tab, tape = opened(page(run), "#7?w11=0.7&choice=1&nobody=3&w12=nan"), steps(run)
    assert agrees(tab, tape.with_numbers({tape.graph["w11"]: 0.7}), 7)
    assert tab.tab.locator("[aria-pressed=true]").get_attribute("aria-label").startswith("w₁₁: data 0.7")
    tab.tab.fill("input[data-leaf=b1]", "-1")
    tab.until("location.hash === '#7?choice=w11&w11=0.7&b1=-1'")


def test_edits_can_be_undone_and_done_again(opened):
    run = worked("two_input_sigmoid")
    tab, tape = opened(page(run)), steps(run)
    position = tab.at()
    tab.tab.fill("input[data-leaf=w11]", "0.7")
    tab.tab.fill("input[data-leaf=w11]", "0.75")  # typed on: one edit
    tab.press("Apply update")
    after = tab.numbers()
    tab.press("Undo")
    assert agrees(tab, tape.with_numbers({tape.graph["w11"]: 0.75}), position)
    tab.press("Undo")
    assert agrees(tab, tape, position)
    assert not tab.tab.get_by_role("button", name="Undo", exact=True).is_enabled()
    tab.press("Redo")
    tab.press("Redo")
    assert tab.numbers() == after


def test_a_changed_number_says_what_it_was(opened):
    tab = opened(page(worked("two_input_sigmoid")))
    tab.tab.fill("input[data-leaf=w11]", "0.7")
    card = tab.tab.locator("[data-card]", has=tab.tab.locator("[data-value-of=z1]"))
    assert card.locator(".word").first.text_content() == "0.24 →"
    assert card.locator(".changed").first.text_content() == "0.49"
    tab.until("!document.querySelector('.changed')")
    assert card.locator(".word").first.text_content() == "data"


def test_names_and_cards_light_each_other_up(opened):
    tab = opened(page(worked("two_input_sigmoid")), "#3")
    assert tab.message() == "a₁ = σ(z₁) = σ(0.24) = 0.5597"
    tab.tab.locator("#message .term", has_text="z₁").hover()
    assert tab.tab.locator(".card.spoken").get_attribute("aria-label").startswith("z₁: data 0.24")
    tab.tab.locator("[data-card]", has=tab.tab.locator("[data-value-of=a1]")).hover()
    assert tab.tab.locator("#message .spoken").all_text_contents() == ["a₁"]


def test_the_loss_slice_and_the_ways(opened):
    run = worked("two_input_sigmoid")
    tab, tape = opened(page(run)), steps(run)
    tab.tab.locator("[data-card]", has=tab.tab.locator("[data-value-of=x1]")).click()
    said = tab.tab.locator(".slice + .hint").text_content()
    moved, grad = tape.with_numbers({tape.graph["x1"]: 0.75}), run.rounds[0]["x1"].grad
    change = moved.rounds[0].graph.data[-1] - run.rounds[0]["L"].data
    assert f"= {grad:.4g}".replace("-", "−") in said and f"predicts {0.25 * grad:.3g}".replace("-", "−") in said
    assert f"really changes by {change:.3g}".replace("-", "−") in said
    ways = tab.tab.locator(".ways b").all_text_contents()
    assert len(ways) == 2 and abs(sum(float(each.replace("−", "-")) for each in ways) - grad) < 2e-5
    tab.tab.locator(".ways li").first.hover()
    assert tab.tab.locator(".wire.way").count() == 5
    tab.tab.locator(".slice").scroll_into_view_if_needed()
    dot = tab.tab.locator(".slice .dot").bounding_box()
    x, y = dot["x"] + dot["width"] / 2, dot["y"] + dot["height"] / 2
    tab.tab.mouse.move(x, y)
    tab.tab.mouse.down()
    tab.tab.mouse.move(x + 40, y, steps=3)
    tab.tab.mouse.up()
    number = float(tab.tab.locator("input[data-leaf=x1]").input_value())
    assert number > 0.55
    assert agrees(tab, tape.with_numbers({tape.graph["x1"]: number}), tab.at())


def test_a_permalink_holds_the_level_too(opened):
    run = worked("two_input_sigmoid")
    tab = opened(page(run), "#op-50")
    tape = steps(run, "op")
    assert tab.at() == 50 and agrees(tab, tape, 50)
    tab.press("Next")
    tab.until("location.hash === '#op-51'")
    tab.tab.select_option("#level", label="named values")
    tab.until("/^#\\d+$/.test(location.hash)")


def test_paper_gets_every_published_number(opened):
    tab = opened(page(worked("two_input_sigmoid")), "#20", color_scheme="dark")
    tab.tab.emulate_media(media="print", color_scheme="dark")
    box = tab.tab.locator("#published .scroll")
    assert box.evaluate("box => box.scrollHeight <= box.clientHeight + 1")
    assert tab.tab.locator("#player").is_hidden()
    ink = tab.tab.evaluate("getComputedStyle(document.body).color")
    assert sum(map(int, re.findall(r"\d+", ink))) < 300
    derivation = tab.tab.locator("#chosen")
    assert derivation.is_hidden()  # nothing is chosen: no heading without a text
    tab.tab.evaluate("location.hash = '#20?choice=w11'")
    derivation.wait_for()
    assert derivation.is_visible()


@pytest.mark.parametrize("level", ["neuron", "layer", "op"])
def test_networks_by_neurons_and_layers(opened, level):
    random.seed(1)
    model = nn.MLP(2, [4, 3, 1])
    loss = (model([0.5, -1.2]) - 1) ** 2
    loss.label = "L"
    tab, tape = opened(page(loss, level)), steps(loss, level)
    for position in (0, 2, len(tape) // 2, len(tape)):
        tab.go(position)
        assert agrees(tab, tape, position)
    tab.press("Apply update")
    tab.go(len(tape))
    parameters = tuple(node for node in tape.graph.leaves if node.role == "parameter")
    after = Tape.of(tape.graph, level, [Rule(0.1, loss, parameters)]).rounds[1]
    assert close(tab.value("L"), after.graph.data[-1])


def test_infinities_and_operations_recorded_by_hand(opened):
    x = Value(0.0, label="x")
    root = x.sqrt() + Value(4.0, (Value(2.0, label="h"),), (4.0,), label="square") * x.exp()
    root.label = "r"
    tab, tape = opened(page(root)), steps(root)
    for position in range(len(tape) + 1):
        tab.go(position)
        assert agrees(tab, tape, position)
    assert tab.tab.locator("input[data-leaf=h]").count() == 0
    tab.tab.fill("input[data-leaf=x]", "-1")
    changed = tape.with_numbers({x: -1.0})
    tab.go(len(tape))
    assert agrees(tab, changed, len(tape))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_it_fits_the_window_in_light_and_dark(opened, width, scheme):
    tab = opened(
        page(worked("two_input_sigmoid")),
        "#20",
        viewport={"width": width, "height": 844},
        color_scheme=scheme,
        reduced_motion="reduce",
    )
    assert tab.tab.evaluate("document.documentElement.scrollWidth") <= width
    current = tab.tab.locator("[data-current]").bounding_box()
    assert current["x"] >= 0 and current["x"] + current["width"] <= width
    paper, ink = tab.tab.evaluate(
        "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]"
        ".map(each => each.match(/\\d+/g).map(Number).reduce((a, b) => a + b))"
    )
    assert (paper > ink) == (scheme == "light")


def test_without_scripts_there_is_the_final_state(opened):
    run = worked("two_relus")
    tab = opened(page(run), java_script_enabled=False)
    text = tab.tab.locator("noscript").inner_text()
    after = run.rounds[-1]
    assert "final state" in text and f"{after['J'].data:.6g}" in text and f"{after['w1'].grad:.6g}" in text


def test_in_a_sandboxed_frame(browser, tmp_path):
    made = page(worked("two_relus"))
    frame = made._repr_mimebundle_()["text/html"]
    (tmp_path / "notebook.html").write_text(f"<!doctype html><title>n</title>{frame}", encoding="utf-8")
    context = browser.new_context(offline=True)
    context.set_default_timeout(1000 * PATIENCE)
    tab, complaints = context.new_page(), []
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    tab.goto(f"file://{tmp_path}/notebook.html")
    inside = tab.frame_locator("iframe")
    inside.get_by_role("button", name="First", exact=True).click()
    for _ in range(3):
        inside.get_by_role("button", name="Next", exact=True).click()
    assert inside.locator("[data-value-of=z2]").get_attribute("data-exact") == "1.2000000000000002"
    tab.wait_for_timeout(400)  # the permalink, which a sandbox refuses
    assert complaints == []
    context.close()


def test_a_frame_follows_its_notebook(browser, tmp_path):
    made = page(worked("two_relus"))
    frame = made._repr_mimebundle_()["text/html"]
    assert 'height="' in frame and int(re.search(r'height="(\d+)"', frame)[1]) <= 860
    text = f"<!doctype html><title>n</title><body style='background:#111'><script>said = []; addEventListener('message', (each) => said.push(each.data))</script>{frame}"
    (tmp_path / "notebook.html").write_text(text, encoding="utf-8")
    context = browser.new_context(offline=True, color_scheme="light")
    context.set_default_timeout(1000 * PATIENCE)
    tab = context.new_page()
    tab.goto(f"file://{tmp_path}/notebook.html")
    inside = tab.frame_locator("iframe")
    inside.locator("html[data-theme=dark]").wait_for(state="attached")
    tab.evaluate("document.body.style.background = '#fff'")
    inside.locator("html[data-theme=light]").wait_for(state="attached")
    send = "(said) => document.querySelector('iframe').contentWindow.postMessage(said, '*')"
    tab.evaluate(send, {"microgrid": "place", "place": "#3"})
    tab.evaluate(send, {"microgrid": "numbers", "numbers": {"w1": 0.75, "nobody": 1}})
    inside.locator("[data-value-of=w1][data-exact='0.75']").wait_for(state="attached")
    assert inside.locator("#position").input_value() == "3"
    assert inside.locator("input[data-leaf=w1]").input_value() == "0.75"
    inside.locator("input[data-leaf=w2]").fill("2")
    tab.wait_for_function("said.some((each) => each.microgrid === 'numbers' && each.numbers.w2 === 2)")
    numbers = [each["numbers"] for each in tab.evaluate("said") if each["microgrid"] == "numbers"]
    assert numbers[-1]["w2"] == 2 and numbers[-1]["w1"] == 0.75
    context.close()


def test_everything_can_be_reached_and_has_a_name(opened):
    tab = opened(page(worked("two_relus")), "#9")
    nameless = tab.tab.evaluate("""() => [...document.querySelectorAll('button, input, select, [tabindex="0"]')]
        .filter(each => !each.hidden && !(each.getAttribute('aria-label') || each.labels?.length || each.textContent.trim()))
        .map(each => each.outerHTML.slice(0, 80))""")
    assert nameless == []
    assert tab.tab.locator("#message").get_attribute("role") == "status"
    assert "step 7 of" in tab.tab.locator("#position").get_attribute("aria-valuetext")


# ── the file ──


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.stem)
def test_a_demo_is_a_small_file_that_needs_nothing(sheet):
    text = page_of(sheet).html
    assert len(text.encode()) < 260_000
    links = set(re.findall(r"""(?:src|href|url)\s*[=(]\s*["']?([^"'\s>)]*)""", text))
    assert links <= {"", "#arrow"}
    assert "default-src 'none'" in text and "unsafe" not in text
    assert re.search(r"<style>.*</style>", text, re.DOTALL) and " style=" not in text


def test_the_same_page_every_time():
    assert page(worked("two_input_sigmoid")).html == page(worked("two_input_sigmoid")).html


def test_a_page_of_a_tape_has_its_numbers():
    run = worked("two_relus")
    tape = steps(run)
    changed = page(tape.with_numbers({tape.graph["w1"]: 0.25}))
    data = json.loads(held(changed.html))
    assert data["graph"]["data"][data["graph"]["names"].index("w1")] == 0.25


def test_no_value_changes():
    x = Value(3.0, label="x")
    loss = x * x
    loss.backward()
    page(loss).html
    assert (x.data, x.grad, loss.data, loss.grad) == (3.0, 6.0, 9.0, 1.0)


def test_what_a_notebook_gets():
    bundle = page(worked("two_relus"))._repr_mimebundle_()
    assert 'sandbox="allow-scripts"' in bundle["text/html"] and "srcdoc=" in bundle["text/html"]
    assert '<img alt="Two ReLU neurons in a row" src="data:image/png;base64,' in bundle["text/html"]
    assert bundle["image/png"] and bundle["text/plain"].startswith("<page 'Two ReLU neurons in a row'")


def test_a_notebook_chooses_what_it_shows():
    made = page(worked("two_relus"))
    assert set(made._repr_mimebundle_(include={"text/html"})) == {"text/html"}
    assert "image/png" not in made._repr_mimebundle_(exclude={"image/png"})


def test_a_page_says_what_is_not_on_it():
    after = Sheet.parse("param w = 3\nL = w^2\nloss L\nq = exp(L/9)\n").run()
    assert "Not among the steps, since computed from L: q." in page(after).html
    assert "<li>q = 2.718</ul>" in page(after).html
    for name in ("activations", "two_relus"):  # what leads elsewhere is shown beside
        said = page(worked(name)).html
        assert not any(each in said for each in ("Not here", "Not among", "Also computed"))
    rounds = Sheet.parse("param w = 3\nL = w^2\nloss L\nq = -exp(L/9)\nupdate 0.1\n").run()
    assert "with the numbers of the sheet, round by round:<ul><li>q = −2.718, −1.896</ul>" in page(rounds).html


def test_a_network_is_shown_by_its_neurons_where_that_can_be_read():
    random.seed(1)
    assert repr(page(nn.MLP(2, [16, 16, 1])([1.0, 2.0]))).endswith(": neuron, layer>")


def test_saving(tmp_path):
    made = page(Value(1.0, label="x").exp())
    assert isinstance(made, Page) and repr(made) == "<page 'v1, step by step': op>"
    assert made.save(tmp_path / "net.html") == str(tmp_path / "net.html")
    assert (tmp_path / "net.html").read_text(encoding="utf-8") == made.html


ERRORS = [
    (lambda: page(3), "steps lead to a Value, or to a worked sheet, Sheet.run(), not to a int"),
    (lambda: page(Value(1.0).exp(), "nerve"), "no level is called 'nerve'; did you mean 'neuron'?"),
    (lambda: page(Value(1.0).exp()).save("net.pdf"), "a page is an .html file, not net.pdf"),
    (
        lambda: page(sum(Value(1.0) * i for i in range(2000)), "op"),
        "; a page holds at most 1,000 with 5,000; make one of a part",
    ),
    (
        lambda: page(sum(Value(1.0) * i for i in range(15_000))),
        " values in all; a page computes with at most 40,000; make one of a part",
    ),
    (
        lambda: page(Sheet.parse(f"param w = 3\nL = {' + '.join(['w^2'] * 60)}\nupdate 0.001 × 900\n").run()),
        "; a page holds at most 50,000 numbers; give it fewer rounds, or a part",
    ),
]


@pytest.mark.parametrize(("call", "message"), ERRORS, ids=[message for _, message in ERRORS])
def test_errors(call, message):
    with pytest.raises(GraphError) as caught:
        call()
    assert message in str(caught.value)


def test_a_label_of_any_length_makes_a_page(opened):
    """Whose script lights up the names that it can, and complains of nothing."""
    for label, lit in (("x" * 100_000, True), ("(" * 3000, True), ("w" * 150 + "[", True), ("n" * 190, False)):
        a, b = Value(2.0, label=label), Value(3.0, label="b")
        product = a * b
        product.label = "p"
        many = [Value(float(i), label=f"{label}{i}") for i in range(0 if lit else 300)]
        tab = opened(page((sum(many, product) + a).tanh()))
        tab.tab.keyboard.press("End")
        tab.tab.keyboard.press("ArrowLeft")
        assert tab.complaints == []
        assert (tab.tab.locator("#message .term").count() > 0) == lit, tab.message()[:200]
