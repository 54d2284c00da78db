"""softmax of numbers gives several results: wherever one number belongs, it is refused with its place."""

import pytest

from microgrid import Sheet, SheetError, explain
from microgrid.answers import check

BASE = "param w = 3, v = [1, 2]\nz = w*2\nL = z + v[1]\n"
PLACES = [
    "param q = {}", "input q = [{}, 1]", "rate a = {}", "q = {} + 1", "q[1] = {}*2", "q = [{}, 1]", "q = sum({} for k in 1..2)", "z == {}",
    "z ~= {}", "L == z*{}", "dL/dw == {}", "dL/dw = {} = 2", "dL/dw = 2·{} = 2", "dL/dv == [{}, 1]", "dL/dv ~= [{}, 1]", "next w = {}\nround",
    "next w = w + {}\nround", "state s = {}", "state s = 0\nnext s = {}\nround", "restart with w = {}", "{} ~= 0.5", "{} == 1",
    "2*{} ~= 1", "v ⊙ {} ~= [1,2]", "v ⊙ v == v*{}", "v[{}] ~= 1", "q = where({} > 1, w, 2)", "q = max({}, 1)", "q = logsumexp({}, 1)",
    "p, q = {} + 1", "p, q = [{}, 1]", "update 0.1 of {}", "loss {}", "update {}", "for k = 1..{}: z ~= 6",
]  # fmt: skip


@pytest.mark.parametrize("said", ["softmax(w, 2)", "softmax(1, 2)", "softmax(w)"])
@pytest.mark.parametrize("place", PLACES)
def test_where_a_number_belongs_it_is_refused(place, said):
    with pytest.raises(SheetError) as told:
        Sheet.parse(BASE + place.replace("{}", said))
    assert all(each.line >= 4 for each in told.value.mistakes)


GOOD = ["p, q = softmax(w, 2)\np ~= 0.7311", "q = softmax(w)\nq ~= 1", "q = softmax(v) + 1\nq ~= [1.269, 1.731]", "q[1] = softmax(v)", "q = softmax(v)[2]\nq ~= 0.7311",
        "f(u) = softmax(u, 1)\np, q = f(w)\np ~= 0.8808", "softmax(v) ~= [0.2689, 0.7311]", "softmax(v)[1] ~= 0.2689", "q = log(softmax(v))[1]"]  # fmt: skip


@pytest.mark.parametrize("lines", GOOD)
def test_where_several_are_named_it_is_worked(lines):
    run = Sheet.parse(BASE + lines).run()
    assert all(each.right for each in check(run)) and explain(run)
