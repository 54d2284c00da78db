"""The key on the command line: every blank filled, all else as it was; what has none is named."""

import json

import pytest
from outside import microgrid

from microgrid import Sheet
from microgrid.answers import check
from microgrid.answers.follow_through import Item, Pages
from microgrid.answers.key import filled, left_blank
from microgrid.answers.quiz import known

BLANKS = "param w = 0.3   # given\r\na = 2*w\nL = a^2\n  L ~= ?  # what?\ndL/dw ≈ ?\nda/dw ~=\t?\nupdate 0.1\nw ~= ?\n"


def test_check_does_not_tell_what_a_blank_asks_for(tmp_path):
    assert [each.verdict for each in check(Sheet.parse(BLANKS).run())] == ["open"] * 4
    path = tmp_path / "blank.sheet"
    path.write_text(BLANKS)
    done = microgrid("check", str(path))
    assert done.returncode == 0 and done.stdout.splitlines()[-1] == "4 open"
    assert "0.36" not in done.stdout
    assert {each["verdict"] for each in json.loads(microgrid("check", str(path), "--json").stdout)["checks"]} == {
        "open"
    }


def test_the_key_fills_them_and_changes_nothing_else(tmp_path):
    path = tmp_path / "blank.sheet"
    path.write_bytes(BLANKS.encode())
    found = filled(BLANKS, Sheet.parse(BLANKS).run())
    assert found == BLANKS.replace("L ~= ?", "L ~= 0.36").replace("≈ ?", "≈ 2.4").replace("\t?", "\t2").replace(
        "w ~= ?", "w ~= 0.06"
    )
    assert microgrid("check", "--key", str(path)).stdout.splitlines() == found.splitlines()
    assert all(each.right for each in check(Sheet.parse(found).run()))


def test_a_sheet_that_cannot_be_read_has_no_key(tmp_path):
    latin, wrong = tmp_path / "latin.sheet", tmp_path / "wrong.sheet"
    latin.write_bytes(b"param w = 2\nL = w\xe9\n")
    wrong.write_text("param w = 2\nL = w w\nL ~= ?\n")
    for path, message in ((latin, "byte 0xe9 is no UTF-8"), (wrong, "w*w"), (tmp_path / "none.sheet", "no file")):
        done = microgrid("check", "--key", str(path))
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("microgrid: ") and message in done.stderr and "Traceback" not in done.stderr


UNDEFINED = [
    ("param w = -2", "log(w)", "nan: line 2: log(w) = log(−2) = nan; log needs a number above 0"),
    ("param w = 0", "1/w", "∞: line 2: 1/w = 1/0 = ∞; the divisor must not be 0"),
    ("param w = -2", "sqrt(w)", "nan: line 2: sqrt(w) = sqrt(−2) = nan"),
    ("param w = 1e200", "w*1e100", "1e300: numbers that are printed go from 1e-290 to 1e290"),
    ("param w = 1e-200", "-w/1e100", "−1e−300: numbers that are printed go from 1e-290 to 1e290"),
]


@pytest.mark.parametrize(("given", "formula", "why"), UNDEFINED)
def test_a_blank_that_has_no_number_is_named(tmp_path, given, formula, why):
    path = tmp_path / "undefined.sheet"
    path.write_text(f"{given}\nL = {formula}\nv = 3\nloss L\nL ~= ?\nv ~= ?\n")
    done = microgrid("check", "--key", str(path))
    assert done.returncode == 0 and done.stdout.splitlines()[-2:] == ["L ~= ?", "v ~= 3"]
    (said,) = done.stderr.splitlines()
    assert said.startswith(f"microgrid: {path}: line 5: L = ? stays, for it is {why}")


TABLE = """param w = 1.5, v = 0.25
L = (w*v - 1)^2
update 0.1
table round w v dL/dw  # of each round
1 {} 0.2500 {}
2 {} . {}
L ~= {}
"""


def test_a_blank_in_a_table_is_one():
    text = TABLE.format(*"?????")
    run = Sheet.parse(text).run()
    assert [each.verdict for each in check(run)] == ["open", "exact", "open", "open", "open", "open"]
    found = filled(text, run)
    assert found == TABLE.format("1.5", "-0.3125", "1.531", "-0.2888", "0.1090"), found
    assert all(each.right for each in check(Sheet.parse(found).run()))
    for mixed in (("1.5", "?", "?", "-0.2888", "?"), ("?", "-0.3125", "1.5313", "?", "0.1090")):
        text = TABLE.format(*mixed)
        assert "?" not in filled(text, Sheet.parse(text).run())


@pytest.mark.parametrize(("printed", "number"), [(("0.4500", "1.3500"), "0.2025"), (("0.45", "1.35"), "0.20")])
def test_the_key_has_the_digits_of_the_author(printed, number):
    text = f"param w = 0.15001\na = 3*w\nb = 9*w\nL = a^2\na ~= {printed[0]}\nb ~= {printed[1]}\nL ~= ?"
    assert filled(text, Sheet.parse(text).run()).endswith(f"L ~= {number}")


@pytest.mark.parametrize(
    ("text", "is_known"),
    [
        ("param " + ", ".join(f"w{i} = 1" for i in range(59)) + "\nL = w1*w2", True),
        ("param " + ", ".join(f"w{i} = 1" for i in range(60)) + "\nL = w1*w2", False),
        ("param w = 1.5\nL = " + "*".join(["w"] * 50), True),
        ("param w = 1.5\nL = " + "*".join(["w"] * 3000), False),
    ],
    ids=["60 quantities", "61 quantities", "a formula", "a long formula"],
)
def test_of_a_large_sheet_nobody_is_asked_every_number(text, is_known):
    pages = Pages(Sheet.parse(text).run())
    assert list(known(pages, [Item(0, "L")])) == [Item(0, "L")] * is_known


ASKED = [  # lines of a sheet, and their key
    ("s ≈ ?", "s ≈ [5, 11]"),
    ("dL/dV ~= ?  # all four", "dL/dV ~= [1 2; 1 2]  # all four"),
    ("V ~= [? 2; 3 ?]", "V ~= [1 2; 3 4]"),
    ("s ~= [?,\n      ?]", "s ~= [5,\n      11]"),
    ("Vᵀ ~= ?", "Vᵀ ~= [1 3; 2 4]"),
    ("for k = 1..2: dL/ds[k] ~= ?", "for k = 1..2: dL/ds[k] ~= 1"),
    ("for k = 1..2:\n  dL/ds[k] ~= ?\nend", "for k = 1..2:\n  dL/ds[k] ~= 1\nend"),
]
ARRAYS = "param V = [1 2; 3 4]\ns = V @ [1, 2]\nL = sum(s)\n"


@pytest.mark.parametrize(("asked", "key"), ASKED)
def test_a_blank_may_ask_for_an_array_or_for_the_same_number_several_times(asked, key):
    run = Sheet.parse(ARRAYS + asked).run()
    assert filled(ARRAYS + asked, run) == ARRAYS + key and not left_blank(run)
    assert all(each.right for each in check(Sheet.parse(ARRAYS + key).run()))


def test_one_blank_for_different_numbers_stays_and_they_are_told():
    text = ARRAYS + "for k = 1..2: s[k] ~= ?\nL ~= ?"
    run = Sheet.parse(text).run()
    assert filled(text, run) == text.replace("L ~= ?", "L ~= 16")
    assert left_blank(run) == ["line 4: one ? stays for 2 numbers: s[1] = 5, s[2] = 11"]
    text = "".join(f"x[{k}] = {k}\n" for k in range(1, 8)) + "for k = 1..7: x[k] ~= ?"
    [said] = left_blank(Sheet.parse(text).run())
    assert said.endswith("7 numbers: x[1] = 1, x[2] = 2, x[3] = 3, x[4] = 4, and 3 more")


def test_a_blank_array_with_a_number_that_is_none_is_told():
    text = "param v = [1, 0]\ns = log(v)\nL = sum(s)\ns ~= ?"
    run = Sheet.parse(text).run()
    assert filled(text, run).endswith("s ~= [0, ?]")
    [said] = left_blank(run)
    assert said.startswith("line 4: s[2] = ? stays, for it is −∞")
