"""The page's arithmetic and its walk along the tape, in Node: at every position of every demo what the engine has."""

import json
import subprocess

import pytest
from pages import close, stops
from sheets import DEMOS

from microgrid import Sheet
from microgrid.tape import Cursor, steps
from microgrid.web import page
from microgrid.web.document import embedded
from microgrid.web.scripts import joined

SHEETS = sorted(DEMOS.glob("*.sheet"))

# Every number at every position, and where the walk stops; then the same after an edit, and the ways of each value.
DRIVER = """
import { graph } from "./data.js";
import { change, recompute, state, stateAt, total } from "./state.js";
import { stops, walk } from "./stops.js";
import { waysOf } from "./ways.js";

const wordsOf = (x) => (x === null ? null : String(x));
const everything = () => Array.from({ length: total() + 1 }, (_, at) => {
    const now = stateAt(at);
    return [now.values.map((x, i) => (now.known[i] ? wordsOf(x) : null)), now.grad.map((x, i) => (now.shares[i] ? wordsOf(x) : null))];
});
recompute();
const first = everything(), shares = stops().slice();
walk.grain = "value";
const values = stops().slice();
walk.grain = "share";
const ways = state.level.nodes.map((_, i) => waysOf(state.level, state.views[0], i)?.reduce((sum, way) => sum + way.product, 0) ?? null);
const place = graph.editable.at(-1);
change([[place, state.leaves[place] + 0.125]]);
console.log(JSON.stringify({ first, shares, values, ways, place, edited: everything() }));
"""


def in_node(made):
    """What the modules of a page compute."""
    modules = joined("driver.js", {**made._written, "driver.js": DRIVER.lstrip()})
    script = f"globalThis.TAPE = {embedded(made._data())};\n{modules}"
    done = subprocess.run(["node", "-"], input=script, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def same(found, tape):
    for position, (values, grads) in enumerate(found):
        cursor = Cursor(tape, position)
        for i, name in enumerate(tape.names):
            data, grad = cursor.data[i], cursor.grad[i] if cursor.shares[i] else None
            for there, here in ((values[i], data), (grads[i], grad)):
                assert (there is None) == (here is None), (position, name)
                assert here is None or close(there, here, 1e-3), (position, name, there, here)


@pytest.mark.node
@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.stem)
def test_every_position_is_the_tapes(sheet):
    run = Sheet.read(sheet).run()
    found, tape = in_node(page(run)), steps(run)
    same(found["first"], tape)
    assert found["shares"] == stops(tape)
    assert set(found["values"]) <= set(found["shares"])
    grads = tape.rounds[0].grad
    for way, grad in zip(found["ways"], grads):
        assert way is None or grad is None or close(way, grad, 1e-2)
    graph = tape.graph
    leaf = graph.nodes[found["place"]]
    same(found["edited"], tape.with_numbers({leaf: graph.data[found["place"]] + 0.125}))
