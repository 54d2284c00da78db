"""Numbers as the page writes them: node writes what Python writes, at every width that the page offers."""

import json
import random
import re
import subprocess

import pytest

from microgrid.formula import number_text
from microgrid.web.scripts import asset, joined

WIDTHS = [int(each) for each in re.findall(r"<option[^>]*>(\d+)</option>", asset("page.html").split('id="digits"')[1])]
ALL = 17  # as many as a double has
TIES = [1234.5, 1235.5, 12345.5, 0.125, 0.375, 2.5, 439704500.0, -847634.5, 24.25, 1.00005, 0.0312500]
EDGES = [
    0.0,
    -0.0,
    1.0,
    152399025.0,
    999.95,
    9999.5,
    99999.5,
    999999.5,
    9999999.5,
    1e-4,
    0.99995e-4,
    9.9995e-5,
    1e6,
    1e7,
]
EDGES += [1e15, 1e16, 1e21, 1e22, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 1.0000001, 0.1 + 0.2]


def random_numbers(rng, count=3000):
    for _ in range(count):
        yield rng.gauss(0, 1) * 10 ** rng.randint(-12, 18)
        yield round(rng.gauss(0, 1) * 10 ** rng.randint(-3, 6), rng.randint(0, 6))
        yield rng.randint(-(10**9), 10**9) / 2 ** rng.randint(0, 24)


@pytest.fixture(scope="module")
def shown():
    """What the page's script writes for numbers at a width."""
    functions = joined("numbers.js")
    numbers = [*TIES, *EDGES, *random_numbers(random.Random(0))]
    call = f"console.log(JSON.stringify({WIDTHS}.map((d) => {json.dumps(numbers)}.map((x) => shown(x, d)))));"
    found = subprocess.run(["node", "-"], input=functions + call, capture_output=True, text=True, check=True)
    return {width: list(zip(numbers, texts)) for width, texts in zip(WIDTHS, json.loads(found.stdout))}


def test_the_widths_are_those_of_the_page():
    assert 4 in WIDTHS and max(WIDTHS) == ALL


@pytest.mark.parametrize("width", WIDTHS)
def test_a_number_is_written_as_python_writes_it(shown, width):
    for number, text in shown[width]:
        assert text == number_text(number, None if width == ALL else width).replace("-", "−"), number
