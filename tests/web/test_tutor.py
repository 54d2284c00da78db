"""The tutor of a page: what it asks, what it says of answers, what it hides; and its judge, which is Python's."""

import json
import math
import random
import re
import subprocess
from dataclasses import replace

import pytest
from pages import agrees
from sheets import worked

from microgrid import Value
from microgrid.answers import Judge
from microgrid.answers.follow_through import Item
from microgrid.formula import number_text
from microgrid.formula.javascript import javascript
from microgrid.sheet import Run
from microgrid.tape import Backward, Forward, Update, steps
from microgrid.web import page
from microgrid.web.choices import Choices
from microgrid.web.scripts import joined

STILL = {"reduced_motion": "reduce"}


def ran(script, given):
    """What a script writes about something given."""
    text = f"{script}\nconst given = {json.dumps(given)};\nconsole.log(JSON.stringify(answer(given)));"
    return json.loads(subprocess.run(["node", "-"], input=text, capture_output=True, text=True, check=True).stdout)


# ── the judge ──


def answers_to_try(rng, value):
    """What people may type for a number: rounded well, cut off, a unit or two off, another sign, something else."""
    decimals = rng.randint(0, 7)
    unit = 10.0**-decimals
    number = value + rng.choice((0, 0, 0, 1, -1, 2, -2, 3, -4, 10)) * unit * rng.choice((1, 1, rng.random()))
    number *= rng.choice((1, 1, 1, 1, -1, 2))
    return rng.choice((f"{number:.{decimals}f}", f"{number:.{rng.randint(1, 8)}g}"))


@pytest.mark.parametrize("demo", ["two_input_sigmoid", "two_relus", "simple_network", "sgd_update"])
def test_the_page_judges_as_python_does(node, demo):
    run = worked(demo)
    judge, rng, data = Judge(Run(replace(run.sheet, checks=()), run.rounds)), random.Random(demo), page(run)._data()
    loss, asked = run.sheet.loss, []
    while len(asked) < 130:  # of four demos more than five hundred
        number, computed = rng.randrange(len(data["quiz"])), list(run.sheet.formulas)
        item = rng.choice((Item(number, rng.choice(computed)), Item(number, loss, rng.choice(run.sheet.quantities))))
        value = judge.pages.true(item)
        if value and (item.by or item.of) in judge.pages.sources(loss):
            asked.append((item, answers_to_try(rng, value), value))
    there = ran(
        f"globalThis.TAPE = {json.dumps({'graph': data['graph'], 'quiz': data['quiz']})};\n{joined('data.js')}\n{joined('judge.js')}\n"
        "const answer = (asked) => asked.map(([r, name, text, value]) => judge(text, value, data.quiz[r][name]));",
        [[item.round, str(item), text, value] for item, text, value in asked],
    )
    here = [judge.ask(item, text).verdict for item, text, _ in asked]
    assert there == here
    assert len(set(here)) > 2


# ── the choices ──


@pytest.mark.parametrize("demo", ["two_input_sigmoid", "two_relus", "softmax_nll", "gradient_penalty", "activations"])
def test_of_the_choices_the_first_alone_is_the_local_derivative(node, demo):
    run = worked(demo)
    tape, found = steps(run), Choices()
    level, data = found.level(tape, run.sheet.formulas), tape.graph.data
    script = joined("arithmetic.js").replace("export ", "") + javascript(found.operations) + found.script
    shapes = [(choice[0], [data[place] for place in choice[1:]]) for use in uses_of(level) for choice in use]
    numbers = iter(ran(f"{script}\nconst answer = (given) => given.map(([k, n]) => String(SHAPES[k](n)));", shapes))
    count = 0
    for i, per_slot in level["slopes"].items():
        for slot, use in enumerate(per_slot):
            right, *wrong = [float(next(numbers)) for _ in (use[1] if use else ())] or [math.nan]
            if wrong:
                assert right == pytest.approx(tape.view.partials[i][slot], rel=1e-9, abs=1e-12), (tape.names[i], slot)
                assert len({json.dumps(each) for each in use[1]}) == len(use[1])
                count += sum(not math.isclose(each, right, rel_tol=1e-9) for each in wrong)
    assert count > 8  # other formulas, and nearly always other numbers


def uses_of(level):
    return [use[1] for per_slot in level["slopes"].values() for use in per_slot if use]


# ── a lesson ──

RIGHT = {
    "∂J/∂y": "y − ŷ", "∂J/∂ŷ": "ŷ − y", "∂ŷ/∂z₂": "1{z₂ > 0}", "∂z₂/∂w₂": "a₁", "∂z₂/∂a₁": "w₂", "∂a₁/∂z₁": "1{z₁ > 0}",
}  # fmt: skip


class Lesson:
    """A page whose tutor asks."""

    def __init__(self, tab):
        self.opened, self.tab = tab, tab.tab

    def asked(self):
        return self.tab.locator("#asked").inner_text()

    def said(self):
        return self.tab.locator("#feedback").text_content()

    def type(self, text):
        self.tab.fill("#answer", text)
        self.tab.press("#answer", "Enter")
        return self.said()

    def show(self, card, row):
        """Click a row of a card, by what the card computes and the name of the row."""
        self.tab.evaluate(
            """([name, row]) => {
                const card = [...document.querySelectorAll(".card")].find((each) => each.querySelector(".title").textContent.startsWith(name + " ="));
                const rows = [...document.querySelectorAll(`[data-row^="${card.dataset.card}_"]`)];
                const found = rows.find((each) => each.querySelector(".name").textContent === row);
                found.dispatchEvent(new MouseEvent("click", {bubbles: true}));
            }""",
            [card, row],
        )
        return self.said()

    def choose(self, text):
        self.tab.locator(".choices button").get_by_text(text, exact=True).click()
        return self.said()

    def sign(self, mark):
        self.tab.locator(f'.signs button[data-key="{mark}"]').click()
        return self.said()

    def reveal(self):
        for _ in range(3):
            self.tab.click("#hint")
        return self.said()

    def is_over(self):
        return self.tab.locator("#grades").is_visible()

    def work(self, child, by, number):
        """All about one share, right at once."""
        assert self.asked().startswith("Which wire")
        assert self.show(child, by) == "Right."
        assert self.choose(RIGHT[f"∂{child}/∂{by}"]) == "Right."
        assert self.sign("−" if number < 0 else "+") == "Right."
        return self.type(f"{abs(number):.3f}")


def test_a_lesson(opened):
    run = worked("two_relus")
    tab, tape = opened(page(run), **STILL), steps(run)
    lesson, begun = Lesson(tab), tab.at()
    tab.press("Learn it")
    assert tab.at() == 0 and agrees(tab, tape, 0)
    forward(lesson)
    assert tab.at() == 7  # the seed needs no answer
    first_share(lesson, tab)
    assert lesson.work("J", "ŷ", -0.8) == "Right."
    assert lesson.work("ŷ", "z₂", -0.8) == "Right."
    assert lesson.work("z₂", "w₂", -1.2) == "Right."
    said = lesson.work("z₂", "a₁", -0.64)
    assert said == "Right. Two in a row: from now on x·y plays by itself."
    assert lesson.work("a₁", "z₁", -0.64).startswith("Right. Two in a row")
    assert lesson.asked() == "w₁ ← w₁ − 0.1·∂J/∂w₁ = ?"  # both shares of z₁ have played
    assert agrees(tab, tape, tab.at())
    assert lesson.type("0.308") == "Not 0.308: the step has the wrong sign: the gradient is subtracted."
    lesson.type("0.692")
    lesson.type("0.92")
    assert lesson.is_over()
    rows = [row.split("\t") for row in lesson.tab.locator("#grades tbody tr").all_inner_texts()]
    assert rows == [
        ["x·y", "by x: y", "1 of 2", "✓ 2 of 2"],
        ["ReLU(x)", "by x: 1{x > 0}", "1 of 2", "✓ 2 of 2"],
        ["x²", "by x: 2·x", "1 of 1", "1 of 2"],
        ["update", "", "1 of 2", "–"],
    ]
    assert "2 of 7 rules mastered" in lesson.asked()
    tab.press("Leave")
    assert tab.at() == begun and agrees(tab, tape, begun)
    assert lesson.tab.locator("#tutor").is_hidden() and lesson.tab.locator("#leaves").is_visible()
    assert lesson.tab.get_by_role("button", name="Play", exact=True).is_enabled()


def forward(lesson):
    """Wrong, right, revealed, and by the keys."""
    assert lesson.asked() == "z₁ = w₁·x = ?"
    assert lesson.type("3.50") == "Not 3.50: w₁ and x are added, not multiplied."
    pulsing = "() => [...document.querySelectorAll('.pulse')].map((each) => each.dataset.valueOf)"
    lesson.opened.until(f"({pulsing})().length > 0")
    assert set(lesson.tab.evaluate(pulsing)) == {"w1", "x"}
    assert lesson.type("abc").startswith("“abc” is no number")
    assert lesson.type("1.50") == "Right."
    lesson.tab.click("#hint")
    assert lesson.said() == "The rule: ReLU(x) = max(x, 0)."
    lesson.tab.click("#hint")
    assert lesson.said() == "ReLU(1.5)."
    lesson.tab.click("#hint")
    assert lesson.said() == "It is 1.5."
    for answer in ("1.20", "1.20", "0.32"):
        assert lesson.type(answer) == "Right."


def first_share(lesson, tab):
    """A wire that cannot pay yet, a wrong choice, a wrong sign, a number with a likely mistake."""
    assert lesson.show("z₁", "x") == "Not yet: nothing of ∂J/∂z₁ has come."
    assert lesson.show("J", "y") == "Right."
    assert lesson.choose("ŷ − y") == "Not ŷ − y: the sign is wrong."
    lesson.tab.keyboard.press("ArrowRight")
    assert tab.at() == 7  # nobody gets past the question
    assert lesson.choose("y − ŷ") == "Right."
    assert lesson.sign("−") == "Not so: ∂ is above 0, the gradient above is above 0."
    assert lesson.sign("+") == "Right."
    assert lesson.type("1.00") == "Not 1.00: the local derivative ∂J/∂y is missing."
    assert lesson.type("1.60") == "Not 1.60: you used (y − ŷ)·y where y − ŷ belongs."
    assert lesson.type("0.80") == "Right."


def test_a_lesson_by_the_keys_alone(opened):
    x, w = Value(3.0, label="x"), Value(-0.5, label="w")
    z = w * x
    z.label = "z"
    L = z.tanh()
    L.label = "L"
    tab = opened(page(L), **STILL)
    lesson, keys = Lesson(tab), tab.tab.keyboard
    tab.tab.focus("#learn")
    keys.press("Enter")
    keys.type("-1.5")
    keys.press("Enter")
    keys.type("-.90515")
    keys.press("Enter")
    tab.tab.locator("[data-card]", has=tab.tab.locator("[data-value-of=L]")).focus()
    keys.press("ArrowUp")  # along the wire into it
    keys.press("Enter")
    assert lesson.said() == "Right."
    right = tab.tab.locator(".choices button").get_by_text("1 − L²", exact=True).get_attribute("data-key")
    keys.press(right)
    keys.press("+")
    keys.type("1.2501")  # worked out with figures of the picture
    keys.press("Enter")
    assert lesson.said() == "Not 1.2501: you used 1 − z² where 1 − L² belongs."
    keys.type("0.18071")
    keys.press("Enter")
    assert lesson.said() == "Right." and lesson.asked().startswith("Which wire")
    keys.press("Escape")
    assert tab.tab.evaluate("document.activeElement.id") == "learn"


def test_a_look_back_and_an_edit_in_between(opened):
    tab = opened(page(worked("two_relus")), "#9?choice=1", **STILL)
    lesson = Lesson(tab)
    tab.press("Learn it")
    lesson.type("1.50")
    lesson.type("1.50")
    tab.press("Back")
    assert tab.at() == 1 and lesson.tab.locator("#rejoin").is_visible()
    tab.press("Back to the question")
    assert tab.at() == 2 and lesson.tab.locator("#rejoin").is_hidden()
    lesson.tab.locator("input[data-leaf=w2]").evaluate(
        "(field) => { field.value = '2'; field.dispatchEvent(new Event('input', {bubbles: true})); }"
    )
    assert lesson.type("1.20") == "Not 1.20." and lesson.type("3.00") == "Right."
    assert lesson.type("3.01") == "Not 3.01."  # nobody has worked by hand with these numbers
    tab.go(40)
    tab.tab.evaluate("location.hash = '#30'")
    assert tab.at() == 3
    tab.press("Leave")
    assert tab.at() == 9 and lesson.tab.locator(".card.chosen, .row.chosen").count() == 1


# ── what is hidden ──

READ = """() => {
    const found = [document.body.innerText];
    for (const wire of document.querySelectorAll("[data-wire]")) {
        wire.dispatchEvent(new PointerEvent("pointerenter"));
        found.push(document.querySelector("#tip").textContent);
        wire.dispatchEvent(new PointerEvent("pointerleave"));
    }
    for (const each of document.querySelectorAll("#live *")) {
        if (each.closest("#panels > section:not(#tutor)")) continue;  // not shown
        for (const {value} of each.attributes) found.push(value);
        if (each.namespaceURI.endsWith("svg")) for (const node of each.childNodes) if (node.nodeType === 3) found.push(node.data);
    }
    return found.join(" | ");
}"""
NUMBER = re.compile(r"−?-?(?<![\w.])\d+\.\d+(?:e[−-]?\d+)?")


def numbers_of(step):
    if isinstance(step, Forward):
        return [step.value]
    if isinstance(step, Backward):
        return [step.partial, step.contribution, step.after]
    return [step.after] if isinstance(step, Update) else []


def written(numbers):
    """The numbers as the page writes them, in brief and in full; without their signs."""
    return {text for x in numbers for text in (number_text(abs(x), 4), number_text(abs(x), 3), repr(abs(x)))}


def test_nothing_of_what_is_asked_for_is_to_be_read(opened):
    run = worked("two_input_sigmoid")
    tab, tape = opened(page(run), **STILL), steps(run)
    lesson, places = Lesson(tab), []
    leaves = [x for node, x in zip(tape.view.nodes, tape.view.data) if not node.parents]
    tab.press("Learn it")
    while not lesson.is_over():
        at = tab.at()
        known = written([1.0, 0.0, *leaves, *(x for step in tape[:at] for x in numbers_of(step))])
        coming = written(x for step in tape[at : tape.starts[1]] for x in numbers_of(step)) - known
        read = {each.lstrip("−-") for each in NUMBER.findall(tab.tab.evaluate(READ))}
        assert not read & coming, (at, lesson.asked())
        places.append(at)
        lesson.reveal()
    assert len(set(places)) > 25 and places[-1] > 40
