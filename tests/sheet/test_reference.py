"""The language on one page, and in docs/sheets.md: every example is read as it stands."""

import re

import pytest
from outside import ROOT, microgrid

from microgrid import Sheet
from microgrid.answers import check
from microgrid.formula import Vocabulary, parse
from microgrid.formula.definitions import ALIASES, FUNCTIONS, expanded
from microgrid.formula.signs import Names
from microgrid.formula.writing import columns
from microgrid.sheet.reference import REFERENCE, page

HEAD = "input x3 = 2, y = 1\nparam v = 0.3\nz1 = y*v\nz2 = x3*v\n"
*LINES, SIGNS = REFERENCE
LANGUAGE = (ROOT / "docs" / "sheets.md").read_text(encoding="utf-8")


def test_the_lines_make_a_sheet():
    first, published, arrays, rounds, rules = ([example for example, _ in section.rows] for section in LINES)
    whole = [*arrays[-2:], "", HEAD, *first[:4], "L = (z - y)^2 + z1", *first[4:], *arrays[:-2], *published]
    top = "\n".join(whole)
    sheet = Sheet.parse("\n".join([top, *rounds]))
    assert len(sheet.checks) == len(published) + 4 + 2 and len(sheet.updates) == 1 + 1 + 3 + 1 + 1
    assert sum(len(each.numbers) for each in check(sheet.run())) == len(sheet.checks)
    own = Sheet.parse("\n".join([top, rounds[0], *rules])).run()
    assert len(own.rounds) == 3 and own.rounds[2]["x"].data == 2


@pytest.mark.parametrize("row", SIGNS.rows, ids=lambda row: row[1])
def test_both_ways_to_type_a_formula_are_one(row):
    vocabulary = Vocabulary(FUNCTIONS, find=Names(["x", "y", "t", "z", "w11"]).find, aliases=ALIASES)
    one, other = (expanded(parse(text, vocabulary)) for text in row)
    assert one == other


def test_it_is_one_page_of_a_terminal():
    lines = page().splitlines()
    assert len(lines) <= 60 and max(map(columns, lines)) <= 80
    done = microgrid("help", "sheet")
    assert (done.returncode, done.stdout) == (0, page() + "\n")
    assert microgrid("help", "nothing").returncode == 2


BLOCKS = re.findall(r"(?:^    .*\n|^\n(?=    ))+", LANGUAGE, re.MULTILINE)
WHOLE = [block for block in BLOCKS if "param" in block]


@pytest.mark.parametrize("block", WHOLE, ids=lambda block: block.strip().splitlines()[0][:40])
def test_every_example_of_the_reference_is_right(block):
    answers = check(Sheet.parse(block.replace("\n    ", "\n")).run())
    assert answers and [each for each in answers if not each.right and each.verdict != "open"] == []
