"""Lines as people type them: what is read, what is told, and which quantity a sheet descends."""

import pytest

from microgrid import Sheet, SheetError
from microgrid.answers import check
from microgrid.answers.key import filled

LOSSES = {
    "param w = 3\nL = w²\nδ = dL/dw": "L",
    "param w = 3\nL = w²\nδ = dL/dw\nv = w − 0.1·δ\nM = v²": "L",
    "param w = 3\nL = w²\nH = d²L/dw²": "L",
    "param w = 3\nL = w²\nδ = dL/dw\nJ = 2·L": "J",
    "param w = 3\nf(z) = z²\nL = f'(w)": "L",
    "param w = 3\nL = w²\nδ = dL/dw\nloss δ": "δ",
    "param w = 3\nδ = dw/dw": "δ",
    "param w = 3\nδ = dw/dw\nε = 2δ": "ε",
    "param w = 3": "",
}


@pytest.mark.parametrize(("lines", "loss"), LOSSES.items(), ids=LOSSES)
def test_the_loss_is_the_last_equation_that_no_derivative_stands_behind(lines, loss):
    assert Sheet.parse(lines).loss == loss


def test_an_update_descends_the_loss_and_not_its_derivative():
    run = Sheet.parse("param w = 3\nL = w²\nδ = dL/dw\nupdate 0.1\nw ~= 2.4").run()
    assert run.rounds[1]["w"].data == 3 - 0.1 * 6.0 and not run.sheet.remarks


GOES_ON = {
    "z = w\n    + 2·w": "z = w + 2·w",
    "z = w\n    + 2·w\n    − 1": "z = w + 2·w − 1",
    "  z = w\n      · w": "z = w · w",
    "z = (w\n     − 1)": "z = (w − 1)",
    "z = max(w,\n   2*w\n   + 1)": "z = max(w, 2*w + 1)",
    "z = w  # one\n  / 2  # two": "z = w / 2",
}


@pytest.mark.parametrize(("lines", "line"), GOES_ON.items(), ids=map(ascii, GOES_ON))
def test_a_deeper_line_that_begins_with_an_operator_goes_on(lines, line):
    (one, other) = (Sheet.parse(f"param w = 3\n{each}\n").run().rounds[0]["z"].data for each in (lines, line))
    assert one == other


@pytest.mark.parametrize("line", ["−1·z ~= −3", "  -1*z ~= -3", "  −z ~= −3", "|z| ~= 3", "  |z| ~= 3", "  (z) ~= 3"])
def test_a_check_that_begins_with_a_sign_is_a_line_of_its_own(line):
    (answer,) = check(Sheet.parse(f"param w = 3\nz = w\n{line}").run())
    assert answer.right


DERIVED = {
    # a derivative before a single =, and how many of its sides are judged right and wrong
    "dL/dw = 6": (1, 0),
    "dL/dw = 7": (0, 1),
    "∂L/∂w = 2·w": (1, 0),
    "dL/dw = 3·w": (0, 1),
    "dL/dw = 2·w = 2·3 = 6": (2, 0),
    "dL/dw = 2·w\n      = 2·3\n      = 6.1": (1, 1),
    "dL/dw = dL/dz·dz/dw (via z) + ∂L/∂w (directly)": (1, 0),
}


@pytest.mark.parametrize(("line", "wanted"), DERIVED.items(), ids=map(ascii, DERIVED))
def test_a_derivative_before_an_equals_sign_is_checked_side_by_side(line, wanted):
    found = [answer.right for answer in check(Sheet.parse(f"param w = 3\nz = w\nL = z·w\n{line}").run())]
    assert (found.count(True), found.count(False)) == wanted


TOLD = [
    # a line, and what is told to type
    ("w = w − η·dL/dw", "a step is written next w = w − η·dL/dw, and then round; or update η"),
    ("w ← w − η·dL/dw", "a step is written next w = w − η·dL/dw, and then round; or update η"),
    ("w := w − 0.1*dL/dw", "a step is written next w = w − 0.1*dL/dw, and then round; or update 0.1"),
    ("w := w + 1", "a step is written next w = w + 1, and then round"),
    ("z = 0.24", "a published number is written z ~= 0.24"),
    ("z ~ 0.5", "about equal is written z ~= 0.5"),
    ("z =~ 0.5", "about equal is written z ~= 0.5"),
    ("q := w*x", "an equation is written q = w*x"),
    ("next q = 0.9q + dL/dw", "'q' is not defined; write state q = 0 first"),
    ("state m = 0\nnext m = m + 1\nq = next m/2", "write state q = 0, and then next q = next m/2"),
    ("next w ~= 2", "write round, and then w ~= 2"),
    ("∂²L/∂w²", "∂²L/∂w² what? write ∂²L/∂w² ~= 0.24"),
    ("dL/dw", "dL/dw what? write dL/dw ~= 0.24"),
]


@pytest.mark.parametrize(("line", "message"), TOLD, ids=[ascii(line) for line, _ in TOLD])
def test_what_is_typed_for_a_step_or_a_check_is_told_as_a_sheet_has_it(line, message):
    with pytest.raises(SheetError) as caught:
        Sheet.parse(f"rate η = 0.1\ninput x = 2\nparam w = 3\nz = w*x\nL = z²\n{line}")
    assert message in str(caught.value) and str(caught.value).count("<sheet>:") == 1


@pytest.mark.parametrize("sign", ["~=", "≈", "≃", "≅"])
def test_the_signs_of_about_equal(sign):
    (answer,) = check(Sheet.parse(f"param w = 3\nz = w/7\nz {sign} 0.4286").run())
    assert answer.right


def test_a_line_like_none_is_told_every_word_that_a_line_begins_with():
    with pytest.raises(SheetError) as caught:
        Sheet.parse("param w = 3\nz = w\n(w + 1)")
    told = str(caught.value).partition("begins with ")[2].partition("\n")[0].split(", ")
    assert {"title", "param", "rate", "state", "next", "round", "at round", "table round", "restart", "repeat"} <= {
        *told
    }


FOLLOWING = [
    # a mistake, and lines that are right but for it
    "f(z) = z z\na = f(w)\nb = f(a) + f'(w)\nb ~= 3",
    "update 0.1\ntable round q w\n 1 3 4\n 2 3 . \n 3 2 x",
    "input u 3\na = u*w\nda/du ~= 2",
    "param v := 3, q = 1\na = v*w\nnext v = v − 1\nround\nv ~= 2",
    "rate η = k\nupdate η\nΔw ~= 3\nupdate adam η\nm(w) ~= 2\nat round 3: w ~= 3",
    "state m = k\nnext m = m + dL/dw\nround\nm ~= 1",
    "loss q = w\ndq/dw ~= 1\nupdate 0.1\nΔw ~= 3",
    "next w = w w\nround\nround × 3\nΔw ~= 2\nat round 4: w ~= 1\nbefore(w) ~= 3",
    "update adam q\nvelocity(w) ~= 2\nm(w) ~= 2\nrestart",
]


@pytest.mark.parametrize("lines", FOLLOWING, ids=[ascii(each.partition("\n")[0]) for each in FOLLOWING])
def test_one_mistake_is_told_once(lines):
    with pytest.raises(SheetError) as caught:
        Sheet.parse(f"param w = 3\nL = w²\n{lines}")
    assert str(caught.value).count("<sheet>:") == 1, str(caught.value)


ROWS = {
    "table round w L\n1 3 9\n2 2.4 5.76": ["3", "9", "2.4", "5.76"],
    "table round w, L\n1 3, 9\n2 2.4, 5.76": ["3", "9", "2.4", "5.76"],
    "table round | w | L\n| 1 | 3 | 9\n| 2 | 2.4 | .": ["3", "9", "2.4"],
    "table round w L\n\n1 3 9\n\n2 2.4 5.76": ["3", "9", "2.4", "5.76"],
    "table round w L\n1 6/2 9×10⁰\n2 12/5 ?": ["6/2", "9×10⁰", "12/5", "?"],
    "table round w+1 |w| w*L\n1 4 3 27": ["4", "3", "27"],
}


@pytest.mark.parametrize(("lines", "printed"), ROWS.items(), ids=map(ascii, ROWS))
def test_the_rows_of_a_table(lines, printed):
    run = Sheet.parse(f"param w = 3\nL = w²\nupdate 0.1\n{lines}").run()
    assert [each.printed for each in run.sheet.checks] == printed
    assert all(answer.right for answer in check(run) if answer.verdict != "open")


def test_the_key_fills_every_blank_of_a_row():
    text = "param w = 3\nL = w²\nupdate 0.1\ntable round w L\n1 ? ?  # two\n2 ? 5.76\nL ~= ?"
    key = filled(text, Sheet.parse(text).run())
    assert key.splitlines()[4:] == ["1 3 9  # two", "2 2.4 5.76", "L ~= 5.76"]


IDLE = {
    "state m = 0": "state m: no round goes on by that",
    "next w = w − 1": "next w: no round goes on by that",
    "next w = w − 1\nupdate 0.1": "next w: no round goes on by that",
    "state m = 0\nnext m = m + 1\nround": "",
    "state m = 0\nnext m = m + 1\nround with x = 2": "",
    "update 0.1": "",
}


@pytest.mark.parametrize(("lines", "remark"), IDLE.items(), ids=map(ascii, IDLE))
def test_a_rule_by_which_no_round_goes_on_is_remarked(lines, remark):
    told = Sheet.parse(f"input x = 1\nparam w = 3\nL = w²·x\n{lines}").remarks
    assert [each.startswith(remark) for each in told] == ([True] if remark else [])
