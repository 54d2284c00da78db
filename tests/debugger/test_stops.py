"""Where the debugger stops: each kind of stop against a slow walk that looks at every step."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microgrid import FormulaError, GraphError, Sheet, Value, nn
from microgrid.debugger.array_lookup import SheetLookup as Lookup
from microgrid.debugger.commands.table import obey, split
from microgrid.debugger.session import Session
from microgrid.debugger.stops import Catch, Stops, Watch, breakpoint_of
from microgrid.tape import Cursor, steps
from microgrid.tape.nonfinite import made, offences
from microgrid.tape.rounds import Rule
from microgrid.tape.timetable import BACKWARD, COMPLETE, FORWARD, ROUND, SEED, UPDATE, Timetable

TEXT = """\
param w = 0.5, v = -1
input x = 2
a = tanh(w*x)
b = v*a + a*a
L = (b - 1)^2
update 0.1
update 0.2
"""
KINDS = dict(zip(("round", "forward", "seed", "backward", "complete", "update"), range(6)))


def sheet(level=None):
    return steps(Sheet.parse(TEXT).run(), level)


def network(level):
    random.seed(1)
    model = nn.MLP(2, [3, 1])
    loss = (model([1.0, 2.0]) - 1) ** 2
    return steps(loss, level, rules=[Rule(0.1, loss, tuple(model.parameters()))] * 2)


TAPES = {
    **{f"sheet {level}": (lambda level=level: sheet(level)) for level in ("named", "op")},
    **{f"network {level}": (lambda level=level: network(level)) for level in ("op", "neuron", "layer")},
    "leaf": lambda: steps(Value(3.0)),
    "leaf, two rounds": lambda: (lambda x: steps(x, rules=[Rule(0.1, x, (x,))]))(Value(3.0)),
}
each_tape = pytest.mark.parametrize("tape", [make() for make in TAPES.values()], ids=TAPES)


def stopped(tape, text):
    """The positions where a breakpoint of that text stops, going forward; the same backward."""
    lookup, stops = Lookup(Cursor(tape)), Stops()
    stops.add(breakpoint_of(text, lookup))
    return walked(stops, lookup)


def walked(stops, lookup):
    last = len(lookup.tape)
    forward, at = [], 0
    while hit := stops.between(lookup, at, last):
        forward.append(at := hit.position)
    backward, at = [], last + 1
    while hit := stops.between(lookup, at, 0):
        backward.append(at := hit.position)
    assert backward == forward[::-1]
    return forward


# ── the timetable ──────────────────────────────────────────────────────────────────────────


@each_tape
def test_the_timetable_is_that_of_the_steps(tape):
    table, index = Timetable(tape), tape.view.index
    assert [*table.kinds] == [KINDS[step.kind] for step in tape]
    assert [*table.places] == [index.get(step.node, -1) for step in tape]
    assert [*table.children] == [index[step.child] if step.kind == "backward" else -1 for step in tape]
    passes = [tape.phase(position + 1)[0] for position in range(len(tape))]
    rounds = [step.round for step in tape]
    ends = [i + 1 for i in range(len(tape)) if [*zip(passes, rounds)][i : i + 2] != [(passes[i], rounds[i])] * 2]
    assert [*table.ends] == ends
    for kind in (ROUND, FORWARD, SEED, BACKWARD, COMPLETE, UPDATE):
        assert [*table.of_kind(kind)] == [i + 1 for i, step in enumerate(tape) if KINDS[step.kind] == kind]


# ── breakpoints ────────────────────────────────────────────────────────────────────────────


@each_tape
def test_a_name_stops_at_every_step_about_it(tape):
    for name in tape.names:
        wanted = [i + 1 for i, step in enumerate(tape) if step.name == name and step.kind != "round"]
        assert stopped(tape, name) == wanted


def test_an_operation_stops_where_it_computes_and_where_a_gradient_goes_through_it():
    tape = sheet("op")
    wanted = []
    for i, step in enumerate(tape):
        through = step.child.op.name if step.kind == "backward" else step.node.op.name if step.kind == "forward" else ""
        wanted += [i + 1] * (through == "tanh")
    assert stopped(tape, "op:tanh") == wanted != []
    lines = sheet()
    inside = [
        i + 1
        for i, step in enumerate(lines)
        if "b" in (getattr(step, "child_name", ""), step.kind == "forward" and step.name)
    ]
    assert stopped(lines, "op:add") == inside  # b = v*a + a*a is the only line with a +
    assert stopped(tape, "op: +") == stopped(tape, "op:add") and stopped(tape, "op:*") == stopped(tape, "op:mul")


def test_a_phase_stops_at_its_first_step_in_every_round():
    tape = sheet()
    firsts = {"forward": [], "backward": [], "update": []}
    for i, step in enumerate(tape):
        if step.kind in ("forward", "update") and (i == 0 or tape[i - 1].kind != step.kind):
            firsts[step.kind].append(i + 1)
        elif step.kind == "seed":
            firsts["backward"].append(i + 1)
    assert {phase: stopped(tape, f"phase:{phase}") for phase in firsts} == firsts


@pytest.mark.parametrize("relation", ["<", "<=", ">", ">=", "==", "!="])
def test_a_condition_is_asked_where_it_stands(relation):
    tape = sheet()
    wanted = []
    for i, step in enumerate(tape):
        lookup = Lookup(Cursor(tape, i + 1))
        if step.name == "a" and step.kind != "round" and lookup.cursor.data[tape.names.index("b")] is not None:
            wanted += [i + 1] * eval(f"x {relation} y", {}, {"x": lookup.number("b"), "y": tape.rounds[0].view.data[4]})
    assert stopped(tape, f"a if b {relation} {tape.rounds[0].view.data[4]!r}") == wanted


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("zz", r"no value is called 'zz'"),
        ("op:cosh", r"nothing here is computed by 'cosh'; there are add, mul, pow, sub, tanh|did you mean"),
        ("op:tahn", r"did you mean 'tanh'"),
        ("phase:middle", r"no phase is called 'middle'; there are forward, backward, update"),
        ("phase:backwards", r"did you mean 'backward'"),
        ("a if", r"a condition has one of <= >= == != < >, such as z1 > 0\.5, not 0"),
        ("a if b", r"a condition has one of"),
        ("a if 0 < b < 1", r"not 2"),
        ("a if b > zz", r"no value is called 'zz'"),
        ("a if b > __import__('os')", r"no function is called"),
        ("v3", r"no step is about v3: it is inside"),
    ],
)
def test_a_breakpoint_that_is_none(text, message):
    with pytest.raises((GraphError, FormulaError), match=message):
        breakpoint_of(text, Lookup(Cursor(sheet())))


# ── watched numbers ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("grad", [False, True])
@each_tape
def test_a_watch_stops_where_the_number_changes(tape, grad):
    for place in range(len(tape.view)):
        lookup, stops = Lookup(Cursor(tape)), Stops()
        stops.add(Watch("it", place, grad))
        wanted, cursor = [], Cursor(tape)
        known = None if grad else cursor.data[place]
        for position in range(1, len(tape) + 1):
            step = cursor.forward()
            if step.kind == "round":
                known = None if grad else known
                continue
            there = cursor.shares[place] > 0 if grad else cursor.data[place] is not None
            now = (cursor.grad if grad else cursor.data)[place] if there else None
            if now is not None and now != known:
                wanted.append(position)
                known = now
        assert walked(stops, lookup) == wanted


def test_a_watch_says_from_what_to_what(capsys):
    session = Session(sheet())
    for command in split("watch b; watch a.grad; c; c; c; c; c"):
        obey(session, command)
    told = [line for line in capsys.readouterr().out.splitlines() if line.startswith("stop ") and ":" in line[7:]]
    assert told[0] == "stop 1: watch b: – → −0.181568"
    assert [line.split(": ")[1] for line in told] == ["watch b", "watch a.grad", "watch b", "watch a.grad", "watch b"]
    assert told[1].startswith("stop 2: watch a.grad: – → ") and told[3].startswith("stop 2: watch a.grad: – → ")
    assert told[2].startswith("stop 1: watch b: −0.181568 → ")  # in the next round


def test_what_never_changes_is_not_watched(capsys):
    session = Session(sheet())
    obey(session, "watch x")
    assert capsys.readouterr().err == "*** x is a leaf that no step changes; watch x.grad would stop\n"
    obey(session, "watch w")  # the updates change it
    assert not session.stops.numbered[1].grad


# ── what is caught ─────────────────────────────────────────────────────────────────────────

numbers = st.sampled_from([0.0, 1.0, -2.0, 1e200, math.inf, -math.inf, math.nan])


@given(numbers, st.lists(numbers, max_size=3))
@settings(deadline=None)
def test_made_or_handed_on(result, sources):
    finite = all(map(math.isfinite, sources))
    assert (made(result, sources) == "inf") == (math.isinf(result) and finite)
    assert (made(result, sources) == "nan") == (math.isnan(result) and not any(map(math.isnan, sources)))


def saturated():
    z, y = Value(800.0, label="z"), Value(1.0, label="y")
    p = z.sigmoid()
    loss = -y * p.log() - (1 - y) * (1 - p).log()
    return steps(loss, names={"p": p, "loss": loss})


def test_caught_is_every_step_that_makes_one_and_no_other():
    tape = saturated()
    for kind in ("nan", "inf"):
        lookup, stops = Lookup(Cursor(tape)), Stops()
        stops.catches = {kind: Catch(kind)}
        assert walked(stops, lookup) == [i + 1 for i, step in enumerate(tape) if kind in dict(offences(tape, step))]
    first = next(step for step in tape if step.kind == "forward" and not math.isfinite(step.value))
    assert first.operation.name == "log" and [value for _, value in first.inputs] == [0.0]


def test_what_is_finite_is_caught_nowhere():
    stops = Stops()
    for make in TAPES.values():
        assert walked(stops, Lookup(Cursor(make()))) == []


def test_zero_is_a_gradient_that_is_complete():
    random.seed(3)
    x = Value(-1.0, label="x")
    loss = x.relu() * 2 + x
    tape = steps(loss)
    stops = Stops()
    stops.catches = {"zero": Catch("zero")}
    assert walked(stops, Lookup(Cursor(tape))) == []
    dead = steps((x.relu() * 3) ** 2)
    found = walked(stops, Lookup(Cursor(dead)))
    assert [dead[position - 1].name for position in found] == ["v3", "v2", "x"]
    assert all(dead[position - 1].gradient == 0 for position in found)


def test_explode_is_where_the_bound_is_crossed():
    x = Value(10.0, label="x")
    value = x
    for _ in range(6):
        value = value * x
    tape = steps(value)
    stops = Stops()
    stops.catches = {"explode": Catch("explode", 500.0)}
    told = [tape[position - 1] for position in walked(stops, Lookup(Cursor(tape)))]
    crossing = told[0]
    assert crossing.kind == "forward" and crossing.value == 1000.0
    for step in told[1:]:
        assert step.kind == "backward" and abs(step.after) > 500 >= max(abs(step.before), abs(step.upstream))


# ── the commands ───────────────────────────────────────────────────────────────────────────


@pytest.fixture
def tell(capsys):
    session = Session(sheet())

    def typed(text):
        for command in split(text):
            obey(session, command)
        shown = capsys.readouterr()
        return (shown.out + shown.err).splitlines()

    typed.session = session
    return typed


def test_stops_have_numbers_and_are_cleared(tell):
    assert tell("b") == ["no stops; b z1 stops at the steps about z1, catch lists what is caught"]
    assert tell("b a; tb op:tanh; watch b; b a")[-1] == "stop 1: b a, at 9 steps of the tape"
    assert tell("b") == ["stop 1: b a", "stop 2: tb op:tanh", "stop 3: watch b"]
    assert tell("c")[-2:] == ["stop 1: b a", "stop 2: tb op:tanh"]
    assert tell("b") == ["stop 1: b a", "stop 3: watch b"]  # once
    assert tell("cl 3; cl 3; cl; cl") == [
        "stop 3 cleared: watch b", "1 stop cleared; catches stay", "no stops to clear",
        "*** no stop 3; there are 1, and cl nan switches a catch off",
    ]  # fmt: skip


def test_stops_of_one_name_are_told_apart(tell):
    assert tell("watch a; b a; tb a; watch a.grad; watch a")[-1] == "stop 1: watch a"
    assert tell("b") == ["stop 1: watch a", "stop 2: b a", "stop 3: tb a", "stop 4: watch a.grad"]
    for name in ("a", "b", "L", "w"):  # one after another, none takes another's place
        tell("cl; restart")
        assert tell(f"b {name}; c")[-1].endswith(f": b {name}")


def test_catches_are_switched(tell):
    assert tell("catch explode>5")[0] == "catching a value or gradient that crosses a bound, 5"
    assert tell("catch")[3] == "explode  on   a value or gradient that crosses a bound, 5"
    assert tell("catch off nan; cl inf; catch")[2:4] == [
        "nan      off  a nan that is made here, not handed on", "inf      off  an inf that is made here, not handed on",
    ]  # fmt: skip
    assert tell("catch naan") == ["*** nothing is caught by the name 'naan'; did you mean 'nan'?"]
    assert tell("catch nan>3") == ["*** nan has no bound; catch explode>1e3 has one"]
    assert tell("catch explode>x") == ["*** 'x' is no bound; catch explode>1e3 has one"]
    assert tell("catch off") == ["*** nothing is caught by the name 'off'; there are nan, inf, zero, explode"]


def test_zero_says_why(capsys):
    x = Value(-1.0, label="x")
    y = x.relu()
    session = Session((y + 3) ** 2, names={"y": y})
    for command in ("catch zero", "c"):
        obey(session, command)
    assert "caught zero: ∂y/∂x = 0 at x = −1" in capsys.readouterr().out
