"""What is typed for the tutor of a page: numbers and closed forms as Python reads them, hints that Python would give."""

import json
import random
import subprocess

import pytest

from microgrid import Sheet
from microgrid.answers import Judge
from microgrid.answers.follow_through import Item, Pages
from microgrid.answers.quiz import known
from microgrid.formula import number_text
from microgrid.sheet import Check, Quantity
from microgrid.web.scripts import joined

SCRIPT = joined("judge.js")

NUMBERS = ["0.25", "-.5", "+3.", "1e-3", "−1.5e−7", "-1.5e-7", "1E5", "007", "0.0", "1e290"]
CLOSED = [
    "13/35", "√2/2", "1/(1 + e)", "-2^2", "2^-1", "2^3^2", "(-2)^2", "2*-3", "−√(3 + 6)·2", "√(4)^2", "1 - 2 - 3", "8/4/2",
    "π/4", "pi/4", "2×3÷4", "-(1 - 3)*0.5", "1e-3*5", "2**3", "--2", "((7))", "1/2 + 1/3*(4 - 5/6)", "√√16", "5 - -2",
]  # fmt: skip
NOTHING = ["1/0", "0/0", "√(-1)", "(-8)^0.5", "1e200*1e200", "1/(1 - 1)"]
REFUSED = [
    "Infinity", "-Infinity", "NaN", "0x10", "0b1", "0o7", "1_000", "", "  ", "abc", "1,5", "1/", "/2", "(1", "1)", "()",
    "2 3", "1e", "--", "13/x", "√", "2(3)", "1e5.5", "√4^2", "٣", "0.25.", "1e400", "1e-300", "1e99999", "9" * 61, "e1",
]  # fmt: skip


def ran(body, given):
    """What the page's script makes of something given."""
    call = f"{SCRIPT}\nconst given = {json.dumps(given)};\nconsole.log(JSON.stringify({body}));"
    return json.loads(subprocess.run(["node", "-"], input=call, capture_output=True, text=True, check=True).stdout)


def in_python(text):
    """The number that a sheet reads."""
    (check,) = Sheet.parse(f"param w = 1\nL = w\nL ~= {text}").checks
    return float(check.printed.replace("−", "-")) if check.number is None else check.number


def test_numbers_and_closed_forms_are_read_as_python_reads_them(node):
    given = [*NUMBERS, *CLOSED]
    for text, found in zip(given, ran("given.map((text) => readTyped(text))", given)):
        assert found["number"] == pytest.approx(in_python(text), rel=1e-15), text
        assert found["isExact"] == (text in CLOSED)


def test_what_is_no_number_is_refused_with_what_to_type(node):
    given = [*NOTHING, *REFUSED]
    for text, found in zip(given, ran("given.map((text) => readTyped(text))", given)):
        refusal = found["refusal"]
        if text in NOTHING:
            assert refusal == f"{text} has no value that could be printed"
        else:
            assert "is out of range; numbers go from 1e-290 to 1e290" in refusal or "write one such as 0.25" in refusal


def test_a_number_as_the_page_shows_it_can_be_typed(node):
    rng = random.Random(4)
    numbers = [rng.gauss(0, 1) * 10 ** rng.randint(-12, 12) for _ in range(300)]
    texts = [number_text(number, 6).replace("-", "−") for number in numbers]
    for number, text, found in zip(numbers, texts, ran("given.map((text) => readTyped(text))", texts)):
        assert found["number"] == pytest.approx(number, rel=1e-5), text


SHEET = """input x = 0.3, y = 0.62
param w = 0.71, b = -0.2, v = 1.4
z = w*x + b
a = sigmoid(z)
o = v*a + y
L = (o - 1)^2/2
"""


@pytest.mark.parametrize("item", [Item(0, "z"), Item(0, "o"), Item(0, "L", "w"), Item(0, "L", "v"), Item(0, "L")])
def test_closed_forms_and_causes_are_judged_as_python_judges_them(node, item):
    run = Sheet.parse(SHEET).run()
    pages, judge = Pages(run), Judge(run)
    row, true = known(pages, [item])[item], pages.true(item)
    typed = [f"{number:.{digits}g}" for number, _, _ in row.edits for digits in (1, 2, 3, 4, 5)]
    body = "given[0].map((text) => [judge(text, given[1], given[2]), mistake(text, given[2])])"
    for text, (verdict, said) in zip(typed, ran(body, [typed, true, row._asdict()])):
        answer = judge.ask(item, text)
        assert verdict == answer.verdict, text
        if verdict == "slip" and said and len(text.lstrip("-0.").replace(".", "")) < 3 and "e" not in text:
            assert said in answer.why, (
                text,
                said,
                answer.why,
            )  # with less than three digits, only what Python names too
    for fraction in ("13/35", f"{true!r}/1", f"{-true!r}*1", f"{true * 1.001!r}/1"):
        check = Check(0, 0, Quantity(item.of, item.by), fraction, in_python(fraction))
        assert (
            ran("judge(given[0], given[1], given[2])", [fraction, true, row._asdict()])
            == judge.ask(item, check).verdict
        )
