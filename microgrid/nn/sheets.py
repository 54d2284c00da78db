"""A network as a sheet, in the lecture's notation, and a sheet of layers as a network.

    z1 = W1 @ x + b1        a1 = tanh(z1)        z2 = W2 @ a1 + b2        L = ½(z2 − y)²

`model.sheet(x, y)` writes one, `MLP.from_sheet(sheet)` reads it; the numbers are the same, to the bit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from microgrid.errors import GraphError, did_you_mean, file_named
from microgrid.formula import OPS, Call, Formula, Name, evaluate, free_names, number_text
from microgrid.formula.expression import CONSTANTS
from microgrid.formula.words import WORDS
from microgrid.sheet import Sheet
from microgrid.sheet.arrays.grids import inline
from microgrid.sheet.arrays.registry import unsampled, without_sample
from microgrid.sheet.arrays.shapes import tidy
from microgrid.sheet.arrays.writing import written

from .activations import ACTIVATIONS
from .arrays import Arrays, as_table

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["SHEET_LOSSES", "arrays_of", "sheet_of", "sheet_of_matrices"]

SAME = 1e-12
POINTS = (-3.1, -1.2, -0.4, 0.3, 0.9, 2.6)  # where a function of the sheet is compared with the activations
# What a loss is called, and how it is written of the output a: of a number, and of a vector.
SHEET_LOSSES: Mapping[str, tuple[str, str]] = {
    "mse": ("({a} − y)²", "mean(({a} − y)²)"),
    "half": ("½({a} − y)²", "½·sum(({a} − y)²)"),
    "bce": ("−y ln {a} − (1 − y) ln(1 − {a})", "mean(−y ⊙ ln({a}) − (1 − y) ⊙ ln(1 − {a}))"),
    "bce_with_logits": ("softplus({a}) − y·{a}", "mean(softplus({a}) − y ⊙ {a})"),
    "nll": ("−ln {a}", "−sum(y ⊙ ln({a}))"),
    "cross_entropy": ("logsumexp({a}) − {a}", "logsumexp({a}) − y·{a}"),
}


def sheet_of(found: Arrays, x: Any, y: Any, loss: str) -> Sheet:
    """The sheet of a network; `MLP.sheet` says what the arguments are."""
    return Sheet.parse(sheet_text(found, x, y, loss), "<network>")


# ── a network as a sheet ───────────────────────────────────────────────────────────────────


def sheet_text(found: Arrays, x: Any, y: Any, loss: str) -> str:
    """The lines of a sheet: a network's numbers, its inputs, its layers and its loss."""
    if loss not in SHEET_LOSSES:
        hint = did_you_mean(loss, SHEET_LOSSES) or f"; there are {', '.join(SHEET_LOSSES)}"
        raise GraphError(f"no loss of a sheet is called {loss!r}{hint}")
    head = f"title   A network of {' → '.join(map(str, found.shape))}"
    last = f"a{len(found.weights)}"
    lines = [head, "", *given(found, x, y, loss), "", *layers(found)]
    if y is not None:
        lines += ["", f"L = {SHEET_LOSSES[loss][found.shape[-1] > 1].format(a=last)}"]
    return "\n".join(lines) + "\n"


def given(found: Arrays, x: Any, y: Any, loss: str) -> Iterator[str]:
    """Inputs, targets and parameters."""
    import numpy as np

    inputs = as_table(x if np.ndim(x) == 2 else [np.ravel(x)], found.shape[0])
    targets = None if y is None else as_targets(y, len(inputs), found.shape[-1], loss)
    if len(inputs) == 1:
        yield f"input   x = {typed(inputs[0])}"
        if targets is not None:
            yield f"target  y = {typed(targets[0])}"
    else:
        yield from samples(inputs, targets)
    yield from params(found)


def params(found: Arrays) -> Iterator[str]:
    for number, (w, b) in enumerate(zip(found.weights, found.biases), 1):
        yield f"param   W{number} = {typed(w)}, b{number} = {typed(b)}"


def samples(inputs: NDArray[Any], targets: NDArray[Any] | None) -> Iterator[str]:
    """The table of samples, and x and y put together from it."""
    import numpy as np

    columns = [f"x{k}" for k in range(1, inputs.shape[1] + 1)]
    outs = [f"y{k}" for k in range(1, targets.shape[1] + 1)] if targets is not None else []
    outs = ["y"] if len(outs) == 1 else outs
    columns = ["x"] if len(columns) == 1 else columns
    yield " ".join(["samples", *columns, *(["|", *outs] if outs else [])])
    for row in np.hstack([inputs, targets]) if targets is not None else inputs:
        cells = [number_text(each) for each in row.tolist()]
        yield " ".join(["       ", *cells[: len(columns)], *(["|", *cells[len(columns) :]] if outs else [])])
    yield ""
    yield from (f"{name} = [{', '.join(each)}]" for name, each in (("x", columns), ("y", outs)) if len(each) > 1)


def as_targets(y: Any, count: int, outputs: int, loss: str) -> NDArray[Any]:
    """A row of numbers for each sample; of a class, counted from 0, a row with a 1."""
    import numpy as np

    try:
        found = np.asarray(y, float)
    except (TypeError, ValueError):
        raise GraphError(f"y is {y!r}, and {count} × {outputs} numbers belong here, a row for each sample") from None
    if loss in ("nll", "cross_entropy") and found.size == count and outputs > 1:
        classes = found.ravel().astype(int)
        if (classes != found.ravel()).any() or classes.min() < 0 or classes.max() >= outputs:
            raise GraphError(f"classes count from 0 to {outputs - 1}, one for each sample; y is {y}")
        return np.asarray(np.eye(outputs)[classes])
    if found.size != count * outputs:
        raise GraphError(f"y has {found.size} numbers, and {count} × {outputs} belong here, a row for each sample")
    return found.reshape(count, outputs)


def typed(array: NDArray[Any], digits: int | None = None) -> str:
    """Numbers as a sheet has them, all digits or so many: a number, a vector, a matrix row by row."""
    numbers = [number_text(each, digits) for each in array.ravel().tolist()]
    return inline(tidy(len(array), array.size // len(array)), numbers, len(numbers))


def layers(found: Arrays) -> Iterator[str]:
    before = "x"
    for number, name in enumerate(found.activations, 1):
        z, a = f"z{number}", f"a{number}"
        yield f"{z} = W{number} @ {before} + b{number}"
        yield f"{a} = {z}" if name == "linear" else f"{a} = {name}({z})"
        before = a


def sheet_of_matrices(found: Sequence[Any], digits: int) -> Sheet:
    """A network's last call and its backward pass as a sheet, its numbers published to so many digits.

    What the loss was, the network does not know; what came back from it to the outputs is g, and g·a has the same
    gradients.
    """
    arrays = Arrays([each.W for each in found], [each.b for each in found], [each.activation for each in found])
    last = f"a{len(found)}"
    lines = [
        f"title   A network of {' → '.join(map(str, arrays.shape))}, layer by layer", "",
        f"input   x = {typed(found[0].before)}",
        f"input   g = {typed(found[-1].grad_a)}  # ∂C/∂{last}, as it came back from the loss",
        *params(arrays), "", *layers(arrays), f"C = g·{last}",
    ]  # fmt: skip
    for each in found:
        number, published = each.number, {"z": each.z, "a": each.a, "dC/dz": each.delta, "dC/dW": each.dW}
        lines.append("")
        lines += [f"{name}{number} ~= {typed(array, digits)}" for name, array in published.items()]
        above = f"W{number + 1}ᵀ @ dC/dz{number + 1}" if number < len(found) else "g"
        lines += identities(each, above)
    return Sheet.parse("\n".join(lines) + "\n", "<matrices>")


def identities(layer: Any, above: str) -> Iterator[str]:
    """δ = (what comes back to a) ⊙ g′(z), ∂C/∂W = δ (a before)ᵀ and ∂C/∂b = δ."""
    number, before = layer.number, f"a{layer.number - 1}" if layer.number > 1 else "x"
    z, a = f"z{number}", f"a{number}"
    if layer.activation == "softmax":
        yield f"dC/d{z} == {a} ⊙ (dC/d{a} − {a}·dC/d{a})"
    else:
        yield f"dC/d{z} == {above}" + ("" if layer.activation == "linear" else f" ⊙ {layer.activation}'({z})")
    yield f"dC/dW{number} == dC/d{z} @ {before}ᵀ"
    yield f"dC/db{number} == dC/d{z}"


# ── a sheet as a network ───────────────────────────────────────────────────────────────────


class LayerLine(NamedTuple):
    """W @ before + b, and the activation behind it."""

    weights: str
    bias: str
    before: str
    activation: str


def arrays_of(sheet: Sheet) -> Arrays:
    """The layers of a sheet. Raises GraphError where it is no network of them."""
    found = Chain(sheet).found
    if not found:
        raise GraphError(
            f"{file_named(sheet.name)} is no network of layers: no line is like z = W @ x + b, with params W and b"
        )
    used = {name for each in found for name in (each.weights, each.bias)}
    owned = sheet.algebra.arrays.owned
    beside = next((name for name in map(owned, sheet.params) if name not in used), "")
    if beside:
        raise GraphError(f"{file_named(sheet.name)} is no network of layers alone: {beside} is a param of none")
    return Arrays(
        [numbers(sheet, each.weights, 2) for each in found],
        [numbers(sheet, each.bias, 1) for each in found],
        [each.activation for each in found],
    )


def numbers(sheet: Sheet, name: str, axes: int) -> NDArray[Any]:
    """The numbers of a parameter: a matrix, rows and columns, or a vector."""
    import numpy as np

    array = sheet.algebra.arrays.known.get(name)
    if array is None:
        return np.full((1,) * axes, sheet.start[name])
    found = np.array([sheet.start[each] for each in array.elements])
    return found.reshape(array.shape if axes == 2 and len(array.shape) == 2 else (-1, 1)[:axes])


class Chain:
    """The layers of a sheet, one after the other; each takes what the one before gives.

    found  the layers so far        last  what the last of them gives
    """

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.found: list[LayerLine] = []
        self.last = ""
        params = set(map(sheet.algebra.arrays.owned, sheet.params))
        self.params = params
        for name, formula in sheet.lines_over_arrays.items():
            base, sample = unsampled(name)
            if sample in (0, 1):
                self.read(base, without_sample(formula))

    def read(self, name: str, formula: Formula) -> None:
        """A line: a layer, an activation behind one, or something else."""
        inside, function = formula, ""
        if isinstance(formula, Call) and len(formula.arguments) == 1:
            inside, function = formula.arguments[0], self.activation(formula.function)
        layer = self.layer(inside)
        if layer and (function or inside is formula):
            if self.found and layer.before != self.last:
                self.fail(f"{name} takes {layer.before}, and what the layer before gives is {self.last}")
            self.found.append(layer._replace(activation=function or "linear"))
            self.last = name
        elif inside == Name(self.last) and (function or inside is formula) and self.found:
            self.activate(name, function)

    def activate(self, name: str, function: str) -> None:
        """The activation of the last layer; '' for its output under another name."""
        before = self.found[-1].activation
        if function and before != "linear":
            if name != self.sheet.loss.rpartition(" ")[2]:
                self.fail(f"{name} is {function} of {self.last}, which is {before} already; a layer has one activation")
            return
        self.found[-1] = self.found[-1]._replace(activation=function or before)
        self.last = name

    def fail(self, fact: str) -> NoReturn:
        raise GraphError(f"{self.sheet.name} is no network of layers one after the other: {fact}")

    def layer(self, formula: Formula) -> LayerLine | None:
        """W @ x + b, of two params; None for anything else."""
        match formula:
            case Call("+", (Call("@" | "*" | "·", (Name(w), x)), Name(b))):
                pass
            case Call("affine", (Name(w), x, Name(b))):  # of one neuron with one input
                pass
            case Call("+", (Name(b), Call("@" | "*" | "·", (Name(w), x)))):
                pass
            case _:
                return None
        if not {w, b} <= self.params or any(each.name in self.params for each in free_names(x)):
            return None
        return LayerLine(w, b, self.before(x), "")

    def before(self, formula: Formula) -> str:
        """What a layer takes: `a1`, or `tanh(z1)` of the layer before; the first takes any formula, `[x1, x2]`."""
        match formula:
            case Call(function, (Name(inside),)) if self.found and inside == self.last and self.activation(function):
                self.activate(written(formula), self.activation(function))
                return self.last
        return formula.name if isinstance(formula, Name) else written(formula)

    def activation(self, function: str) -> str:
        """The activation that a function is, by its name or by its numbers; '' for none."""
        definition = self.sheet.algebra.definitions.get(function)
        if definition is None:
            return function if function in ACTIVATIONS else ""
        if len(definition.parameters) != 1:
            return ""
        (name,) = definition.parameters
        given = [evaluate(definition.formula, {**CONSTANTS, name: each}, WORDS) for each in POINTS]
        rows = (each for each in ACTIVATIONS if each in OPS and each != "step")
        return next((each for each in rows if alike(given, [WORDS[each](point) for point in POINTS])), "")


def alike(given: Sequence[float], wanted: Sequence[float]) -> bool:
    return all(abs(a - b) <= SAME * max(1.0, abs(b)) for a, b in zip(given, wanted))
