"""What an editor is told of a text: where its mistakes stand, and what stands at the ends of its lines."""

import pytest
from sheets import SHEETS

from microgrid import Sheet
from microgrid.errors import SheetError
from microgrid.workbench.reading import MOST_MISTAKES, Reader

MISTAKEN = """title x
inptu a = 3
param w = 0,5
z = w*😀 + sigmod(a)
v = (w
b = 2*w +

y = log(w - w) / nothing  # a comment
"""


def test_mistakes_stand_where_a_browser_finds_them():
    found = Reader("x.sheet").read(MISTAKEN)
    lines = MISTAKEN.split("\n")
    marked = {each["line"]: cut(lines[each["line"] - 1], each["start"], each["end"]) for each in found["mistakes"]}
    assert marked[2] == "inptu" and marked[7 + 1] == "nothing" and marked[4] == "😀"
    assert all(marked.values()) and found["ends"] == [] and found["names"] == []
    messages = [each["message"] for each in found["mistakes"]]
    assert "no line begins with 'inptu'; did you mean 'input'?" in messages
    assert not [each for each in messages if "x.sheet" in each or "\n" in each]


def cut(line, start, end):
    """A part of a line as JavaScript cuts it."""
    return line.encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le")


def test_a_mistake_of_the_numbers_marks_its_line():
    text = "input x = 3\n  y = softmax(x, x*1e200*1e200, 2)  # far\n"
    with pytest.raises(SheetError) as refused:
        Sheet.parse("x = 3\ny, z = x").run()
    assert refused.value.mistakes[0].line == 2
    found = Reader("x.sheet").read(text)["mistakes"]
    assert [each["line"] for each in found] in ([], [2])


@pytest.mark.parametrize("text", ["", "# nothing\n", "title Nothing\n"])
def test_a_text_that_defines_nothing_is_told_as_a_whole(text):
    (wrong,) = Reader("x.sheet").read(text)["mistakes"]
    assert (wrong["line"], wrong["start"], wrong["end"]) == (0, 0, 0) and wrong["message"].startswith(
        "nothing is defined"
    )


def test_so_many_mistakes_are_shown_and_the_error_has_them_all():
    text = "\n".join(f"z{i} = q{i}" for i in range(150))
    with pytest.raises(SheetError) as refused:
        Sheet.parse(text)
    assert len(refused.value.mistakes) == 150 and str(refused.value).endswith("and 130 more")
    assert len(Reader("x").read(text)["mistakes"]) == MOST_MISTAKES


def test_every_demo_has_its_numbers_at_the_ends_of_its_lines():
    for path in SHEETS:
        text = path.read_text(encoding="utf-8")
        if "convolution" in path.stem or "delta_identities" in path.stem or "batch_norm" in path.stem:
            continue  # they take their time
        found = Reader(path.name).read(text)
        assert found["mistakes"] == []
        said = {each["line"]: each for each in found["ends"]}
        assert len(said) == len(found["ends"]) and max(said) <= text.count("\n") + 1
        sheet = Sheet.read(path)
        assert {each.line for each in (*sheet.equations, *sheet.checks)} <= said.keys()
        assert all("\n" not in each["said"] and each["parts"] for each in found["ends"])


def test_numbers_gradients_and_verdicts_in_a_line():
    text = "param w = 3, b = 1\nz = w + b\nL = z^2\ng = dL/dw\nz ~= 4\nL ~= 17\ndL/dw == 2*z\nL ~= ?\nupdate 0.1\nL ~= 5.76\n"
    ends = {each["line"]: each for each in Reader("x").read(text)["ends"]}
    parts = {line: [tuple(each) for each in end["parts"]] for line, end in ends.items()}
    assert parts[1] == [("grad", "∂L 8  8")] and parts[2] == [("data", "4"), ("grad", "∂L 8")]
    assert parts[4] == [("data", "8")]  # what comes behind the loss has no gradient
    assert parts[5] == [("right", "✓ exact"), ("data", "4")]
    assert parts[6][:2] == [("wrong", "✗ slip"), ("data", "16")] and parts[7][0] == ("right", "✓ proved")
    assert parts[8][0][0] == "open" and parts[10][:2] == [("right", "✓ exact"), ("data", "5.76")]
    assert ends[1]["said"].startswith("w = 3 → 2.2, ∂L/∂w = 8 → 4.8; b = 1 → 0.2")
    assert ends[6]["said"].startswith("L ~= 17: slip, the value is 16, ")
