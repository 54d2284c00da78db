"""What was written before the package had wings: every pickle and file loads and works, every old name is found.

The numbers here are those that were given then for these files.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import json
import pickle
import pkgutil
import subprocess
import sys
from pathlib import Path
from unittest import mock

import micrograd
import pytest
from outside import PATIENCE

import microgrid
from microgrid import Graph, GraphError, SheetError, Value, nn
from microgrid.answers import check
from microgrid.engine import gradients
from microgrid.moved import MOVED

FOLDER = Path(__file__).parent / "data" / "before_wings"
# What the package said of itself then: the module of each public class and function, and `__all__` of modules people import.
NAMES = json.loads((FOLDER / "names.json").read_text(encoding="utf-8"))


def loaded(name):
    return pickle.loads((FOLDER / name).read_bytes())


def grads(root):
    return [node.grad for node in Graph(root)]


# ── what works, file by file ───────────────────────────────────────────────────────────────


def a_graph(root):
    """Its gradients come again from the chain rule; what was recorded by hand is still known to be."""
    kept, graph = grads(root), Graph(root)
    assert kept[:3] == [
        float.fromhex(x) for x in ("0x1.5b1dc8a4dd718p+2", "0x1.5de93aea6bab7p-1", "0x1.9da4c1b7a3d95p-1")
    ]
    for node in graph:
        node.grad = 0.0
    root.backward()
    assert grads(root) == kept
    with pytest.raises(GraphError, match="an operation recorded by hand has no formula"):
        graph.replayed(dict.fromkeys(graph.leaves, 3.0))


def a_snapshot(graph):
    assert len(graph) == 20 and len(graph.edges) == 31
    assert {graph.name(leaf): leaf.data for leaf in graph.leaves} == {"w": 0.5, "x": 3.0, "b": -1.0}
    wanted = gradients(graph.root)
    assert [wanted[leaf] for leaf in graph.leaves] == [leaf.grad for leaf in graph.leaves]


def a_network(model):
    assert model.predict([[0.5, -1.0]])[0].tolist() == pytest.approx([0.05164912, 1.15634798], abs=1e-8)
    assert [each.data for each in model([0.5, -1.0])] == pytest.approx(model.predict([[0.5, -1.0]])[0], rel=1e-14)


def matrices(found):
    assert list(found.layers[0].W[0]) == pytest.approx([-0.7313, 0.6949], abs=5e-5)
    assert str(found).startswith("Layer 1: 2 → 3, tanh\n")
    assert "1   0.003318   0.0003318  0.0006636" in str(found)


def a_program(program):
    values, gradient = program.value_and_grad([[0.5, -1.0, 1.0], [0.1, 0.2, 0.3]])
    assert values == pytest.approx([0.8627139, 0.67085241], abs=1e-8)
    assert gradient[:4] == pytest.approx([0.0028651, 0.0057302, 0.02865102, 0.11089421], abs=1e-8)
    assert repr(program) == "<Program of 31 nodes in 8 groups; inputs: 3, parameters: 13, constants: 1>"


def a_derivation(found):
    assert found.value == -0.017391262591814574
    assert str(found) == (
        "∂L/∂w11 = ∂L/∂ŷ · ∂ŷ/∂z · ∂z/∂a1 · ∂a1/∂z1 · ∂z1/∂w11\n"
        "        = (−y/ŷ + (1 − y)/(1 − ŷ)) · ŷ(1 − ŷ) · v1 · a1(1 − a1) · x1\n"
        "        = (−1/0.764761 + (1 − 1)/(1 − 0.764761)) · 0.764761·(1 − 0.764761) · 0.6\n"
        "          · 0.559714·(1 − 0.559714) · 0.5\n"
        "        = −1.3076 · 0.179901 · 0.6 · 0.246434 · 0.5\n"
        "        = −0.0173913"
    )


def a_sheet(sheet):
    run = sheet.run()
    assert run.rounds[0].gradients["w11"] == -0.017391262591814574
    assert run.root.data == 0.26819149675949183


def a_run(run):
    again = run.sheet.run()
    assert again.rounds[0].gradients == run.rounds[0].gradients
    for mine, theirs in zip(again.rounds, run.rounds, strict=True):
        assert {name: node.data for name, node in mine.nodes.items()} == {n: v.data for n, v in theirs.nodes.items()}
    assert [answer.verdict for answer in check(run)].count("slip") == 5


def answers(found):
    again = [(each.quantity, each.printed, each.value, each.verdict) for each in check(loaded("run.pickle"))]
    assert [(each.quantity, each.printed, each.value, each.verdict) for each in found] == again
    assert " ".join(answer.quantity for answer in found if answer.verdict == "slip") == "z1 z2 z dL/dŷ da1/dz1"


def a_tape(tape):
    assert len(tape) == len(list(tape)) == 104 and len(tape.rounds) == 2
    cursor = microgrid.Cursor(tape, len(tape))
    seen = dict(zip(tape.names, cursor.data))
    assert (seen["w11"], seen["c"]) == (0.20017391262591816, 0.3023523868223445)
    assert dict(zip(tape.names, tape.rounds[0].grad))["w11"] == -0.017391262591814574


def a_step(step):
    assert (step.kind, step.name, step.inputs, step.value) == ("forward", "a2", (("z2", 0.42),), 0.6034832498647263)
    assert step.operation.forward(0.42)[0] == step.value == step.node.data


def a_picture(figure):
    assert repr(figure) == "<picture of L: 4 cards, 3 wires>"
    assert figure.source.startswith("digraph microgrid {") and figure.source.count(" -> ") == 3


def a_plan(plan):
    assert str(plan) == (
        "19 nodes in 5 groups; rows: 12 of a number for each sample, 9 of one number\n"
        "   1  dense 2 × 2 + b  V[4:6]  from V[0:2]; weights F[0:6]\n"
        "   2  tanh × 2         V[6:8]  from V[4:6]\n"
        "   3  dense 1 × 2 + b  V[9]    from V[6:8]; weights F[6:9]\n"
        "   4  sub              V[10]   from V[9], V[3]\n"
        "   5  pow              V[11]   from V[10]"
    )


def functions(found):
    assert found == [getattr(microgrid, name) for name in sorted(NAMES["public"])]


def a_history(history):
    assert (history.losses[0], history.losses[-1]) == (0.7267618266660114, 0.6945690028930178)
    assert "20 epochs, loss 0.7268 → 0.6946, best validation loss 0.5209 after epoch 1" in str(history)


def an_optimiser(adam):
    before = [p.data for p in adam.parameters]
    slopes = [p.grad for p in adam.parameters]
    adam.step()
    for p, old, slope in zip(adam.parameters, before, slopes):
        assert p.data == pytest.approx(old - (slope and 0.1 * slope / (abs(slope) + 1e-8)), rel=1e-12, abs=1e-12)


def a_page(page):
    assert repr(page) == "<page 'v1, step by step': op>"
    assert page.html.startswith("<!doctype html>") and page.html.rstrip().endswith("</html>")


def gradcheck(found):
    assert [(row.name, row.recorded, row.numeric, row.verdict) for row in found.rows] == [
        ("x1", 2.0, 2.0, "right"), ("x2", 1.0, 1.0, "right"),
    ]  # fmt: skip
    assert str(found).endswith("2 right")


def operations(found):
    tanh, cube, leaky = found
    assert [repr(each) for each in found] == ["<Op tanh>", "<Op pow; n=3>", "<Op leaky_relu; slope=0.01>"]
    assert (tanh, cube.forward(2.0), leaky.forward(-2.0)) == (microgrid.OPS["tanh"], (8.0, (12.0,)), (-0.02, (0.01,)))


def an_error(error):
    assert type(error) is SheetError and error.args == ("a",)


WORKS = {
    "answers": answers,
    "derivation": a_derivation,
    "error": an_error,
    "functions": functions,
    "gradcheck": gradcheck,
    "graph": a_graph,
    "history": a_history,
    "matrices": matrices,
    "network": a_network,
    "operations": operations,
    "optimiser": an_optimiser,
    "page": a_page,
    "picture": a_picture,
    "plan": a_plan,
    "program": a_program,
    "run": a_run,
    "sheet": a_sheet,
    "snapshot": a_snapshot,
    "step": a_step,
    "tape": a_tape,
}


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.pickle")), ids=lambda path: path.stem)
def test_an_old_pickle_loads_and_works(path):
    WORKS[path.stem](loaded(path.name))


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.pickle")), ids=lambda path: path.stem)
def test_it_is_pickled_again_under_the_new_names(path):
    again = pickle.dumps(loaded(path.name))
    WORKS[path.stem](pickle.loads(again))
    old = {f"microgrid.{name}\n".encode() for name in MOVED} | {f"microgrid.{name}\x94".encode() for name in MOVED}
    assert not [name for name in old if name in again]


def test_an_old_file_of_a_network_is_read():
    model = nn.MLP.load(FOLDER / "network.json")
    a_network(model)
    assert [p.data for p in model.parameters()] == [p.data for p in loaded("network.pickle").parameters()]


def test_no_old_file_is_left_out():
    assert {path.name for path in FOLDER.iterdir()} == {
        *(f"{name}.pickle" for name in WORKS), "network.json", "names.json",
    }  # fmt: skip


# ── old names ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("old", "new"), MOVED.items())
def test_every_old_module_gives_the_names_of_the_new_one(old, new):
    here, there = importlib.import_module(f"microgrid.{old}"), importlib.import_module(f"microgrid.{new}")
    for name in there.__all__:
        assert getattr(here, name) is getattr(there, name)
    assert set(there.__all__) <= set(dir(here))
    with pytest.raises(AttributeError):
        _ = here.no_such_name


@pytest.mark.parametrize(("name", "module"), NAMES["public"].items())
def test_all_that_was_public_is_found_in_its_old_module(name, module):
    assert getattr(importlib.import_module(f"microgrid.{module}"), name) is getattr(microgrid, name)


@pytest.mark.parametrize(("module", "names"), NAMES["modules"].items())
def test_a_star_binds_all_that_it_did(module, names):
    bound = {}
    exec(f"from microgrid.{module} import *", bound)
    there = importlib.import_module(f"microgrid.{MOVED[module]}")
    assert [name for name in names if bound.get(name) is not getattr(there, name)] == []


@pytest.mark.parametrize(("old", "new"), MOVED.items())
def test_an_old_module_has_the_file_and_the_docstring_of_the_new_one(old, new):
    here, there = importlib.import_module(f"microgrid.{old}"), importlib.import_module(f"microgrid.{new}")
    assert (here.__file__, here.__doc__, here.__all__) == (there.__file__, there.__doc__, there.__all__)
    assert inspect.getsource(here) == inspect.getsource(there)
    assert (hasattr(here, "__path__"), hasattr(here, "__wrapped__")) == (False, False)
    found = importlib.util.find_spec(f"microgrid.{old}")
    assert found is not None and (found.name, found.origin) == (there.__name__, there.__file__)


@pytest.mark.parametrize(("old", "new"), MOVED.items())
def test_what_is_set_under_an_old_name_is_set_where_the_module_stands_now(old, new):
    there = importlib.import_module(f"microgrid.{new}")
    name = there.__all__[0]
    before = getattr(there, name)
    here = importlib.import_module(
        f"microgrid.{old}"
    )  # by name, Python 3.10's mock finds a function of that name first
    with mock.patch.object(here, name, "patched"):
        assert getattr(there, name) == "patched"
    assert getattr(there, name) is before
    with mock.patch.object(here, "made_up", "patched", create=True):
        assert there.made_up == "patched"
    assert not hasattr(there, "made_up")


def test_running_an_old_module_says_where_it_stands_now():
    done = subprocess.run([sys.executable, "-m", "microgrid.plots"], capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 1 and "microgrid.training.plots" in done.stderr and "Traceback" not in done.stderr


SEEN_BY_TOOLS = """
import inspect, sys
import microgrid
before = set(sys.modules)
for module in list(sys.modules.values()):
    assert not hasattr(module, "__no_such__")
    getattr(module, "__file__", None)
print(sorted(name for name in set(sys.modules) - before if name.startswith(("microgrid.picture.", "graphviz"))))
assert "figure" not in dir(microgrid) and inspect.getmodule(microgrid.losses.mse) is microgrid.losses
"""


def test_tools_that_look_at_every_module_load_none():
    done = subprocess.run([sys.executable, "-c", SEEN_BY_TOOLS], capture_output=True, text=True, timeout=PATIENCE)
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "[]\n")


PLUMBING = {"moved", "answer_to_old_names", "waiting", "import_module", "TYPE_CHECKING", "PARTS", "FOUND_IN"}


def test_what_finds_old_names_is_not_offered():
    import rlcompleter

    completer = rlcompleter.Completer({"microgrid": microgrid})
    completer.complete("microgrid.", 0)
    offered = {match.removeprefix("microgrid.").rstrip("()") for match in completer.matches}
    assert offered >= set(microgrid.__all__) and offered >= {"answers", "training"}
    assert (offered | set(dir(microgrid))) & PLUMBING == set()
    assert {"__version__", "__file__", "__all__", *microgrid.__all__} <= set(dir(microgrid))


OLD_WAYS = """
from microgrid.losses import mse
from microgrid.optim import SGD, Adam
from microgrid.graph import Graph
from microgrid.engine import Value
from microgrid.nn import MLP, Layer, Module, Neuron
from microgrid import losses, optim, plots, training
import microgrid.plots, microgrid.training, microgrid.losses
assert microgrid.losses.mse is mse is losses.mse and microgrid.optim.Adam is Adam
assert callable(microgrid.plots.plot_losses) and plots.plot_losses is microgrid.plots.plot_losses
assert callable(microgrid.training.fit) and callable(microgrid.page) and callable(microgrid.gradcheck)
assert Value is microgrid.Value and Graph is microgrid.Graph
print(*sorted(name for name in ("matplotlib", "sympy", "rich", "graphviz") if name in __import__("sys").modules))
"""


def test_old_code_runs_in_a_new_process():
    done = subprocess.run([sys.executable, "-c", OLD_WAYS], capture_output=True, text=True, timeout=PATIENCE)
    assert (done.returncode, done.stderr) == (0, "")


def test_names_that_are_a_function_and_were_a_module_stay_functions():
    for name in ("gradcheck.pickle", "page.pickle", "tape.pickle"):
        loaded(name)
    import microgrid.gradcheck
    import microgrid.page
    import microgrid.steps

    assert [each.__name__ for each in (microgrid.gradcheck, microgrid.page, microgrid.steps)] == [
        "gradcheck",
        "page",
        "steps",
    ]
    assert microgrid.gradcheck(lambda x: x**2, [Value(2.0)])


def test_what_never_was_is_still_an_error():
    with pytest.raises(AttributeError, match="module 'microgrid' has no attribute 'no_such_module'"):
        _ = microgrid.no_such_module
    with pytest.raises(ImportError):
        importlib.import_module("microgrid.no_such_module")


@pytest.mark.parametrize("name", [each.name for each in pkgutil.iter_modules(micrograd.__path__)])
def test_all_that_the_modules_of_micrograd_hold_is_here(name):
    theirs, ours = importlib.import_module(f"micrograd.{name}"), importlib.import_module(f"microgrid.{name}")
    kinds = [each for each in vars(theirs).values() if isinstance(each, type)]
    assert Value.__name__ in {each.__name__ for each in kinds}
    for kind in kinds:
        mine = getattr(ours, kind.__name__)
        assert [each for each in vars(kind) if each != "__weakref__" and not hasattr(mine, each)] == []
