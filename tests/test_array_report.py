"""What `run` shows of vectors, matrices and samples: in a terminal, as JSON, in a notebook."""

from __future__ import annotations

import io
import json
import re

import pytest
from array_sheets import STEPPED_SHEETS as SHEETS
from rich.console import Console

from microgrid import Sheet
from microgrid.answers import check
from microgrid.cli import main
from microgrid.formula.writing import columns
from microgrid.sheet.arrays.grids import block, inline
from microgrid.terminal.report import as_json, print_run

RUNS = {name: Sheet.parse(text, name).run() for name, text in SHEETS.items()}
each_sheet = pytest.mark.parametrize("name", RUNS)


def shown(name, width=80, **settings):
    out = Console(width=width, file=io.StringIO(), highlight=False)
    run = RUNS[name]
    print_run(out, run, check(run), 6, 1, **settings)
    return out.file.getvalue()


@each_sheet
@pytest.mark.parametrize("width", [80, 120])
def test_every_line_fits_and_nobody_reads_of_an_affine_function(name, width):
    for every in (False, True):
        text = shown(name, width, every=every)
        assert max(map(columns, text.splitlines())) <= width
        assert "affine(" not in text
        assert ("…" in text) == (name == "large" and not every)


@each_sheet
def test_a_row_for_each_array_with_its_numbers(name):
    run, text = RUNS[name], shown(name, 120, every=True)
    found = [float(each) for each in re.findall(r"(?<![\w.])-?[0-9]+(?:\.[0-9]+)?(?:e-?[0-9]+)?", text)]
    here = run.rounds[0]
    for whole in run.sheet.wholes:
        if whole.sample in (0, 1):
            assert re.search(rf"^{re.escape(whole.name)}(,| |$)", text, re.M), whole.name
            for element in whole.elements:
                is_behind = element in run.sheet.behind_loss
                for number in [here[element].data, *([] if is_behind else [here.derivative(run.sheet.loss, element)])]:
                    assert any(abs(each - number) <= 5e-6 * max(1, abs(number)) for each in found), element


def test_the_tables_of_a_network():
    text = shown("network")
    for line in (
        "z1        W1 @ x + b1                                           [0.24, 0.42]",
        "dL/dW1    dL/dz1 @ xᵀ               [-0.0173913 -0.00347825;",
        "                                     -0.0253307 -0.00506615]",
    ):
        assert line in text, text
    assert re.search(r"W1 +W1 - 0\.1\*dL/dW1 +\[0\.201739 0\.400348;", text)


def test_one_sample_is_shown_at_a_time():
    assert "Forward · round 1 · sample 1 of 3" in shown("samples")
    second = shown("samples", sample=2)
    assert "sample 2 of 3" in second and re.search(r"^z +W @ \[x1, x2\] \+ b +\[-0\.2, 0\.7\]$", second, re.M)
    assert re.search(r"^dC/dW +sum over samples of dC/dz @ \[x1, x2\]ᵀ", second, re.M)


def test_the_command_line_refuses_a_sample_that_is_not_there(tmp_path, capsys):
    file = tmp_path / "a.sheet"
    file.write_text(SHEETS["samples"], encoding="utf-8")
    assert main(["run", str(file), "--sample", "4"]) == 2
    assert "there is no sample 4; samples go from 1 to 3" in capsys.readouterr().err
    assert main(["run", str(file), "--sample", "3", "--all"]) == 0


@each_sheet
def test_json_has_arrays_as_lists_of_rows(name):
    run = RUNS[name]
    found = json.loads(json.dumps(as_json(run, ())))["rounds"]
    for each in found:
        for kind, arrays in each["arrays"].items():
            for array, rows in arrays.items():
                flat = [number for row in rows for number in (row if isinstance(row, list) else [row])]
                whole = next(each for each in run.sheet.wholes if each.called == array)
                assert flat == [each[kind][element] for element in whole.elements]
                assert len(rows) == whole.shape[0]


@each_sheet
def test_a_notebook_has_a_row_for_each(name):
    html = RUNS[name].rounds[0]._repr_html_()
    rows = html.count("<tr>") - 1
    assert rows == sum(each.sample in (0, 1) for each in RUNS[name].sheet.wholes)
    assert not re.search(r"affine|@\(|list\(|\[\]\(", html), html


GRIDS = [((2, 3), 6), ((7,), 7), ((1, 9), 9), ((30, 2), 60), ((3, 40), 120), ((1, 1), 1)]


@pytest.mark.parametrize(("shape", "count"), GRIDS)
@pytest.mark.parametrize("room", [24, 40, 80])
def test_a_grid_fits_and_can_be_typed(shape, count, room):
    numbers = [f"{i / 8 - 3}" for i in range(count)]
    for lines in (block(shape, numbers, room, every=True), [inline(shape, numbers, count)]):
        assert re.findall(r"-?[0-9.]+", " ".join(lines)) == numbers
        if len(lines) > 1:
            assert max(map(len, lines)) <= room
    if count > 1 and (len(shape) < 2 or len(block(shape, numbers, room, every=True)) == shape[0]):
        text = "\n".join(block(shape, numbers, room, every=True))
        rows = Sheet.parse(f"param w = {text}\nL = sum(w)").run().rounds[0]
        assert rows["L"].data == sum(map(float, numbers)), text
    assert max(map(len, block(shape, numbers, room))) <= room


def test_a_blank_is_one_sign_and_a_long_matrix_keeps_whole_rows(capsys, tmp_path):
    sheet = tmp_path / "a.sheet"
    rows = "; ".join(["−0.125 0.25 0.375"] * 4)
    sheet.write_text(
        f"W = −ones(4, 1)/8 @ [1 −2 −3]\nv = W[1,:]ᵀ\nL = sum(W)\nW ~= [{rows}]\nv ~= [−0.125, ?, 0.375]\n",
        encoding="utf-8",
    )
    assert main(["check", str(sheet)]) == 0
    out = capsys.readouterr().out
    assert "W ~= [−0.125 0.25 0.375; …; −0.125 0.25 0.375]" in out
    assert "−0.125   ?   0.375" in out.replace("-", "−")


def test_a_gradient_is_shown_of_an_array_of_which_one_element_is_used():
    run = Sheet.parse("param W = [1 2; 3 4], v = [1, 2], u = [5, 6]\nL = W[1,1]^2*W[2,2]^3*v[1]").run()
    out = Console(width=80, file=io.StringIO(), highlight=False)
    print_run(out, run, (), 6, 1)
    backward = out.file.getvalue().partition("Backward")[2]
    assert "dL/dv" in backward and "[64, 0]" in backward and "[128  0;" in backward and "0 48]" in backward
    assert "dL/du" not in backward
