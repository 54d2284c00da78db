"""The examples in docs/judge.md: each is a sheet, and behind each number stands what the judge says to it."""

import re

import pytest
from documents import ROOT, examples, working_copy

from microgrid import Sheet
from microgrid.answers import VERDICTS, check

__all__ = ["working_copy"]

PAGE = (ROOT / "docs" / "judge.md").read_text(encoding="utf-8")
EXAMPLES = [text for text in re.findall(r"(?:^    .*\n|^\n(?=    ))+", PAGE, re.M) if "~=" in text or "==" in text]


@pytest.mark.parametrize("text", EXAMPLES)
def test_the_judge_says_what_the_page_says(text):
    lines = [line.strip() for line in text.split("\n")]
    for answer in check(Sheet.parse("\n".join(lines)).run()):
        verdict, _, why = lines[answer.line - 1].partition("#")[2].strip().partition(": ")
        assert (answer.verdict, answer.why if why else "") == (verdict, why)


def test_there_is_an_example_of_every_verdict():
    shown = {re.match(r"[a-z ]*[a-z]", each)[0] for each in re.findall(r"(?:~=|==).*# (.*)", "\n".join(EXAMPLES))}
    assert shown == set(VERDICTS)
    for verdict, row in VERDICTS.items():
        assert f"| {row.mark} | `{verdict}` |" in PAGE


def test_its_python_is_real(working_copy):
    assert not examples(PAGE, "judge.md")
