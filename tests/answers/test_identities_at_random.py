"""True formulas of networks at random, in every form that books have, and the same with one thing changed."""

import random
import re

import pytest
from disguised import MP, disguise, judged
from mpmath import mp, mpf

from microgrid import Sheet
from microgrid.formula import Call, Name, Number, evaluate, fold, free_names, render

# An activation, and its slope as books write it: over its value a, over its input z.
SLOPES = {
    "sigmoid": ["{a}*(1 - {a})", "{a} - {a}^2", "exp(-{z})/(1 + exp(-{z}))^2", "1/(2 + exp({z}) + exp(-{z}))", "(1 - tanh({z}/2)^2)/4"],
    "tanh": ["1 - {a}^2", "(1 - {a})*(1 + {a})", "4/(exp({z}) + exp(-{z}))^2", "1/cosh({z})^2", "1 - tanh({z})^2"],
    "relu": ["step({z})", "1 - step(-{z})", "step({a})"],
    "softplus": ["sigmoid({z})", "1 - exp(-{a})", "exp({z})/(1 + exp({z}))"],
    "sin": ["cos({z})"],
    "exp": ["{a}", "exp({z})"],
}  # fmt: skip
TYPED_OUT = {
    "sigmoid": "1/(1 + exp(-{z}))",
    "tanh": "(exp({z}) - exp(-{z}))/(exp({z}) + exp(-{z}))",
    "relu": "max({z}, 0)",
}
CLASSES = (1, 2, 3)


def network(rng):
    """A network of one hidden layer with a true formula for one of its gradients, and which leaves are targets."""
    act, loss = rng.choice([*SLOPES]), rng.choice(["squares", "two classes", "classes"])
    units = rng.sample([1, 2], rng.choice([1, 2]))
    number = lambda: f"{rng.choice([-1, 1]) * rng.uniform(0.1, 1.5):.2f}"  # noqa: E731
    lines = [f"input x1 = {number()}, x2 = {number()}"]
    lines += [f"param w{i}1 = {number()}, w{i}2 = {number()}, b{i} = {number()}" for i in units]
    outputs = CLASSES if loss == "classes" else (1,)
    lines += [f"param v{k}{i} = {number()}" for k in outputs for i in units]
    activation = TYPED_OUT[act] if act in TYPED_OUT and rng.random() < 0.3 else act + "({z})"
    for i in units:
        lines += [f"z{i} = w{i}1*x1 + w{i}2*x2 + b{i}", f"a{i} = {activation.format(z=f'z{i}')}"]
    lines += [f"o{k} = " + " + ".join(f"v{k}{i}*a{i}" for i in units) for k in outputs]
    errors, targets = output_layer(lines, loss, rng)
    i, k = rng.choice(units), rng.choice(outputs)
    back = " + ".join(f"({errors[each]})*v{each}{i}" for each in outputs)
    slope = rng.choice(SLOPES[act]).format(a=f"a{i}", z=f"z{i}")
    line = rng.choice([
        f"dL/dv{k}{i} == ({errors[k]})*a{i}",
        f"dL/dw{i}2 == ({back})*({slope})*x2",
        f"dL/db{i} == ({slope})*({back})",
        f"dL/dz{i} == dL/da{i}*({slope})",
        f"dL/dw{i}1 == x1*dL/dz{i}",
    ])  # fmt: skip
    lines.sort(key=lambda each: not each.startswith(("input", "param", "target")))
    return "\n".join(lines) + "\n", line, targets


def output_layer(lines, loss, rng):
    """Writes it down; dL/do for each output, and the targets with how they are drawn."""
    if loss == "squares":
        lines += ["target y1 = 0.3", "L = (o1 - y1)^2/2"]
        return {1: rng.choice(["o1 - y1", "-(y1 - o1)", "(o1^2 - y1^2)/(o1 + y1)"])}, {"y1": "any"}
    if loss == "two classes":
        lines += [f"target y1 = {rng.choice([0, 1])}", "p1 = sigmoid(o1)", "L = -y1*log(p1) - (1 - y1)*log(1 - p1)"]
        return {1: rng.choice(["p1 - y1", "p1 - y1^2", "(1 - y1)*p1 - y1*(1 - p1)"])}, {"y1": "class"}
    hot = rng.choice(CLASSES)
    lines += [f"target y{k} = {int(k == hot)}" for k in CLASSES]
    total = "(exp(o1) + exp(o2) + exp(o3))"
    typed = [f"p{k} = exp(o{k})/{total}" for k in CLASSES]
    lines += rng.choice([typed, ["p1, p2, p3 = softmax(o1, o2, o3)"]])
    lines += ["L = -(y1*log(p1) + y2*log(p2) + y3*log(p3))"]
    error = rng.choice(["p{} - y{}", "exp(o{})/" + total + " - y{}", "p{}*(y1 + y2 + y3) - y{}"])
    return {k: error.format(k, k) for k in CLASSES}, dict.fromkeys(("y1", "y2", "y3"), "hot")


@pytest.mark.parametrize("start", range(0, 240, 40))
def test_no_true_formula_is_refuted(start):
    for seed in range(start, start + 40):
        rng = random.Random(seed)
        text, line, _ = network(rng)
        answer = judged(text + line)
        assert answer.verdict == "proved" and answer.why.endswith("by algebra"), (text + line, answer)
        assert judged(disguise(text + line, rng)[0]).verdict == "proved"


def edited(formula, names, rng):
    """The formula with one thing changed, as people do by mistake."""
    nodes = []
    fold(formula, lambda node, _: nodes.append(node))
    at, seen = rng.randrange(len(nodes)), iter(range(len(nodes)))

    def visit(node, arguments):
        node = Call(node.function, tuple(arguments)) if isinstance(node, Call) else node
        return changed(node, names, rng) if next(seen) == at else node

    return fold(formula, visit)


def changed(node, names, rng):
    if isinstance(node, Name):
        return rng.choice([Name(rng.choice(names)), Call("neg", (node,)), Call("*", (Number(2.0), node))])
    if isinstance(node, Number):
        return Number(node.value + rng.choice([-1.0, 1.0]))
    if len(node.arguments) == 2:
        other = {"+": "-", "-": "+", "*": "+", "/": "*", "**": "*"}[node.function]
        return rng.choice([*node.arguments, Call(other, node.arguments), Call(node.function, node.arguments[::-1])])
    return rng.choice([node.arguments[0], Call("neg", (node,))])


@mp.workdps(100)
def is_false(sheet, line, targets, rng, opened=()):
    """Whether a formula fails at some point that the sheet's own condition allows; by mpmath, by differences.

    opened  what has to be above 0 there, or below it: a name and the sign
    """
    (asked,) = Sheet.parse(sheet + line).checks
    parsed = Sheet.parse(sheet)
    for _ in range(12 if not opened else 48):
        leaves = {leaf.name: mpf(rng.uniform(-1.5, 1.5)) for leaf in parsed.leaves}
        hot = rng.choice(CLASSES)
        leaves |= {name: mpf(int(name == f"y{hot}")) if how == "hot" else mpf(rng.choice([0, 1])) for name, how in targets.items() if how != "any"}  # fmt: skip
        values = computed(parsed, leaves)
        if any((values[name] > 0) != (sign == ">") for name, sign in opened):
            continue
        value = slope(parsed, leaves, asked.quantity.of, asked.quantity.by)
        for each in free_names(asked.formula):
            if each.name[0] == "∂":
                values[each.name] = slope(parsed, leaves, *each.name.replace("∂", "").split("/"))
        try:
            found = evaluate(asked.formula, values, MP)
        except (ZeroDivisionError, ValueError):
            continue
        if mp.im(found) == 0 and abs(found - value) > mpf(10) ** -8 * (abs(value) + abs(found) + mpf(10) ** -6):
            return True
    return False


def computed(sheet, leaves, moved="", by=0):
    """Every quantity of a sheet; `moved` is off by `by`."""
    values = {name: number + (by if name == moved else 0) for name, number in leaves.items()}
    for name, formula in sheet.formulas.items():
        if formula.function == "softmax":
            *inputs, which = [evaluate(each, values, MP) for each in formula.arguments]
            values[name] = mp.exp(inputs[int(which) - 1]) / sum(map(mp.exp, inputs))
        else:
            values[name] = evaluate(formula, values, MP) + 0
        values[name] += by if name == moved else 0
    return values


def slope(sheet, leaves, of, by):
    step = mpf(10) ** -25
    above, below = (computed(sheet, leaves, by, sign * step)[of] for sign in (1, -1))
    return (above - below) / (2 * step)


@pytest.mark.parametrize("start", range(0, 160, 40))
def test_a_true_formula_with_one_thing_changed_is_refuted(start):
    wrong = 0
    for seed in range(start, start + 40):
        rng = random.Random(f"edit {seed}")
        sheet, line, targets = network(rng)
        assert not is_false(sheet, line, targets, rng), line
        quantity = line.partition(" == ")[0]
        names = [name for name in Sheet.parse(sheet).quantities if name[0] in "xwbvzaopy"]
        other = f"{quantity} == {render(edited(Sheet.parse(sheet + line).checks[0].formula, names, rng))}"
        answer = judged(sheet + other)
        if is_false(sheet, other, targets, rng):
            wrong += 1
            opened = re.findall(r"(\w+) ([<>]) 0", answer.why.partition(",")[0])
            if opened and answer.verdict == "proved":
                assert "relu" in sheet or "max" in sheet
                assert not is_false(sheet, other, targets, rng, opened), (sheet + other, answer)
                continue
            assert answer.verdict == "refuted" or (answer.verdict == "holds here" and "no variables" in answer.why), (
                sheet + other,
                answer,
            )
        else:
            assert answer.verdict != "refuted", (sheet + other, answer)
    assert wrong > 20


# What a true formula f becomes false by, with a name v: far off, or by next to nothing.
FAR_OR_LITTLE = [
    "{f} + relu({v} - 1e9)", "{f} - relu(-{v} - 1e5)", "{f} + max(0, {v} - 4e7)", "{f} + 1e-9*step({v} - 1e11)",
    "{f} + 1e-12", "{f} - 1e-30", "({f})*(1 + 1e-14)", "{f} + 1e-40*cos({v})", "{f} + {v}^80/10^60",
    "{f} + ({v}*1e-20)^3", "{f} + exp(-1e4*{v}^2 - 1e3)", "{f} + sin({v})^400/1e9",
]  # fmt: skip


def test_no_formula_that_is_false_far_off_or_by_little_is_proved():
    refuted = 0
    for i, false in enumerate(2 * FAR_OR_LITTLE):
        rng = random.Random(f"far {i}")
        sheet, line, targets = network(rng)
        names = [leaf.name for leaf in Sheet.parse(sheet).leaves if leaf.name not in targets]
        quantity, _, formula = line.partition(" == ")
        answer = judged(f"{sheet}{quantity} == {false.format(f=formula, v=rng.choice(names))}")
        assert answer.verdict in ("refuted", "holds here") and "by algebra" not in answer.why, (sheet, answer)
        refuted += answer.verdict == "refuted"
    assert refuted >= 20
