"""A scalar network in matrices: W, b, z, a, δ and the gradients of each layer, and the formulas between them.

    δ^L = ∇_a C ⊙ g′(z^L)               ∂C/∂W^l = δ^l (a^(l-1))ᵀ
    δ^l = (W^(l+1))ᵀ δ^(l+1) ⊙ g′(z^l)    ∂C/∂b^l = δ^l

The numbers are those that the scalar graph recorded; the formulas are computed beside them, by
matrix products alone, and checked against them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from microgrid.engine import Value
from microgrid.errors import GraphError
from microgrid.formula import OPS, number_text
from microgrid.formula.printing import latex_number, told_apart
from microgrid.streams import carried, carrying, encoding_of

from .activations import slopes
from .mlp import MLP
from .neurons import Layer

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

__all__ = ["Formulas", "LayerMatrices", "Matrices", "matrices"]

TINY = sys.float_info.min / sys.float_info.epsilon  # below it a product may have lost digits
WIDTH = 80
ROWS = 12  # of a layer with more neurons, the first ones and the last are shown
LATEX_SIZE = 8  # and likewise of a LaTeX matrix


def matrices(model: MLP) -> Matrices:
    """A network's last call and its backward pass, layer by layer, as NumPy arrays.

    >>> model = MLP.from_arrays([[[0.2, 0.4], [0.3, 0.7]], [[0.6, 0.9]]], [[0.1, 0.2], [0.3]], "sigmoid")
    >>> (-model([0.5, 0.1]).log()).backward()
    >>> found = matrices(model)
    >>> found[0].dW.round(4).tolist()
    [[-0.0174, -0.0035], [-0.0253, -0.0051]]
    >>> found.check() < 1e-12
    True

    model  an MLP that was called with one sample, whose loss's `backward()` was called after it
    The arrays are those of one sample. Raises GraphError before the first call or its backward pass, where
    the parameters have changed since, and where the recorded gradients are sums over several samples or
    backward passes.
    """
    if not isinstance(model, MLP):
        raise GraphError(f"matrices are those of an MLP, not of a {type(model).__name__}")
    if not all(layer.a for layer in model.layers) or not model.layers:
        raise GraphError("the network was not called yet; call it with one sample, then backward() on its loss")
    arrays = zip(model.arrays().weights, model.arrays().biases)
    found = [read_off(number, layer, *each) for number, (layer, each) in enumerate(zip(model.layers, arrays), 1)]
    for layer in found:
        refuse_another_call(layer)
    refuse_no_backward(found)
    for layer in found:
        refuse_sums(layer)
    return Matrices(tuple(found))


def read_off(number: int, layer: Layer, W: Array, b: Array) -> LayerMatrices:
    """What the scalar graph recorded of one layer."""
    import numpy as np

    return LayerMatrices(
        number=number,
        activation=layer.activation,
        W=W,
        b=b,
        z=data(layer.z),
        a=data(layer.a),
        before=data(layer.x),
        grad_a=grads(layer.a),
        delta=grads(layer.z),
        dW=np.array([grads(neuron.w) for neuron in layer.neurons]),
        db=grads([neuron.b for neuron in layer.neurons]),
    )


def data(values: Sequence[Value]) -> Array:
    import numpy as np

    return np.array([each.data for each in values])


def grads(values: Sequence[Value]) -> Array:
    import numpy as np

    return np.array([each.grad or 0.0 for each in values], float)


def refuse_another_call(layer: LayerMatrices) -> None:
    """Raises GraphError where the numbers are not those of the parameters as they are."""
    import numpy as np

    with np.errstate(all="ignore"):
        now, size = layer.W @ layer.before + layer.b, abs(layer.W) @ abs(layer.before) + abs(layer.b)
        changed = np.flatnonzero(abs(now - layer.z) > 1e-9 * size)
    if changed.size:
        j = changed[0]
        was, is_now = told_apart(layer.z[j], now[j])
        raise GraphError(
            f"z{layer.number}_{j + 1} is {was}, but W a + b is {is_now}: the parameters have changed "
            "since the last call; call the network again, then backward()"
        )


def refuse_no_backward(layers: Sequence[LayerMatrices]) -> None:
    """Raises GraphError where there is no backward pass to show, or its gradients are gone."""
    if not any(layer.grad_a.any() or layer.delta.any() for layer in layers):
        fact = "every gradient of the last call is 0: no backward() came after it, or its loss is flat there"
        raise GraphError(f"{fact}; loss.backward() first, then matrices(model)")
    if not any(layer.dW.any() or layer.db.any() for layer in layers) and any(layer.delta.any() for layer in layers):
        fact = f"the gradients of all {sum(layer.W.size + layer.b.size for layer in layers)} parameters are 0"
        raise GraphError(f"{fact}: zero_grad() came after backward(); zero_grad(), one call, one backward()")


def refuse_sums(layer: LayerMatrices) -> None:
    """Raises GraphError where the gradients are not those of one sample and one backward pass."""
    import numpy as np

    with np.errstate(all="ignore"):
        summed = np.flatnonzero(abs(layer.db - layer.delta) > 1e-9 * (abs(layer.db) + abs(layer.delta)))
    if summed.size:
        j = summed[0]
        by_b, by_z = told_apart(layer.db[j], layer.delta[j])
        raise GraphError(
            f"the gradient of b{layer.number}_{j + 1} is {by_b}, but that of z{layer.number}_{j + 1} in the "
            f"last call is {by_z}, and one sample has them equal; zero_grad(), one call, one backward()"
        )


# ── one layer, and all of them ─────────────────────────────────────────────────────────────


class Formulas(NamedTuple):
    """What the vector formulas give for one layer."""

    delta: Array
    dW: Array
    db: Array


@carrying
@dataclass(frozen=True, eq=False, repr=False)
class LayerMatrices:
    """One layer in matrices; n inputs and m neurons.

    number  counted from 1, as in books        activation  g, by its name
    W, b    weights (m, n), biases (m,)        before  the outputs of the layer before, or the inputs (n,)
    z, a    W a + b and g(z), each (m,)        grad_a  ∂C/∂a (m,)
    delta   ∂C/∂z (m,)                         dW, db  ∂C/∂W (m, n), ∂C/∂b (m,)
    """

    number: int
    activation: str
    W: Array
    b: Array
    z: Array
    a: Array
    before: Array
    grad_a: Array
    delta: Array
    dW: Array
    db: Array

    def __repr__(self) -> str:
        m, n = self.W.shape
        return f"<matrices of layer {self.number}: {n} → {m}, {self.activation}>"

    def through(self, upstream: Array) -> Array:
        """δ for a given ∂C/∂a: times g′(z), or for softmax times its Jacobian diag(a) - a aᵀ."""
        import numpy as np

        if self.activation == "softmax":
            return np.asarray((np.diag(self.a) - np.outer(self.a, self.a)).T @ upstream)
        return np.asarray(upstream * slopes(self.activation, self.z))

    def at_most(self, upstream: Array) -> Array:
        """|δ| if nothing in its sums had another sign, for |∂C/∂a|."""
        import numpy as np

        if self.activation == "softmax":
            return np.asarray((np.diag(self.a) + np.outer(self.a, self.a)).T @ upstream)
        return np.asarray(upstream * abs(slopes(self.activation, self.z)))


@carrying
@dataclass(frozen=True, eq=False, repr=False)
class Matrices(Sequence[LayerMatrices]):
    """The layers of a network in matrices, the first one first; print it for a table."""

    layers: tuple[LayerMatrices, ...]

    def __getitem__(self, i: Any) -> Any:
        return self.layers[i]

    def __len__(self) -> int:
        return len(self.layers)

    def __repr__(self) -> str:
        sizes = [f"{size:,}" for size in (self[0].W.shape[1], *(len(each.b) for each in self))]
        return f"<matrices of a network: {' → '.join(elided(sizes, LATEX_SIZE, '…'))}>"

    def formulas(self) -> list[Formulas]:
        """δ, ∂C/∂W and ∂C/∂b of each layer by matrix products, from ∇_a C of the last layer back.

        Source: Nielsen (2015), Neural Networks and Deep Learning, ch. 2, BP1 to BP4.
        """
        import numpy as np

        return swept(self.layers, self[-1].grad_a, LayerMatrices.through, np.asarray)

    def check(self) -> float:
        """The largest relative difference between formulas and scalar graph, at any size of the gradients.

        |ours - theirs| / max(size, |theirs|), where the size of a sum is that of its terms, Σ |term|: to it a sum is
        exact to rounding, however much of it cancels. 1 is 100 %; below 1e-292, where doubles end, nothing counts.

        It is above 1e-12 where something else depends on a parameter or a hidden value too, such as a penalty
        on the weights: then the formulas are not all there is. It is nan where they meet an inf or a nan.
        """
        import numpy as np

        with np.errstate(all="ignore"):
            sizes = swept(self.layers, abs(self[-1].grad_a), LayerMatrices.at_most, abs)
            apart = [
                np.max(relative(ours, getattr(layer, name), size))
                for layer, formulas, most in zip(self, self.formulas(), sizes)
                for name, ours, size in zip(Formulas._fields, formulas, most)
            ]
        return float(np.max(apart))

    def table(self, digits: int = 4, encoding: str = "utf-8") -> str:
        """For each layer W, b, z and a, and under them δ and the gradients, a row for each neuron; 80 columns.

        encoding  of what it is written to; signs that it does not have are written in ASCII
        """
        return "\n\n".join(part for layer in self for part in tables(layer, digits, encoding))

    def __str__(self) -> str:
        return self.table(encoding=encoding_of())

    def latex(self, digits: int = 4) -> str:
        """The formulas with their numbers, from the last layer back: one `aligned` block."""
        rows = [row for number in range(len(self), 0, -1) for row in equations(self.layers, number, digits)]
        return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"

    def sheet(self, digits: int = 6) -> Any:
        """A sheet in the lecture's notation: the layers, their numbers as published, and the vector formulas.

        >>> model = MLP.from_arrays([[[0.2, 0.4], [0.3, 0.7]], [[0.6, 0.9]]], [[0.1, 0.2], [0.3]], "sigmoid")
        >>> (-model([0.5, 0.1]).log()).backward()
        >>> print(*matrices(model).sheet(digits=4).text.splitlines()[-7:], sep="\\n")
        z2 ~= 1.179
        a2 ~= 0.7648
        dC/dz2 ~= -0.2352
        dC/dW2 ~= [-0.1317 -0.142]
        dC/dz2 == g ⊙ sigmoid'(z2)
        dC/dW2 == dC/dz2 @ a1ᵀ
        dC/db2 == dC/dz2

        digits  significant ones of what is published
        Returns a Sheet; `check` of its run proves the formulas, `explain` derives them, its `text` can be saved.
        """
        from .sheets import sheet_of_matrices

        return sheet_of_matrices(self, digits)

    def _repr_latex_(self) -> str:
        return f"$$\n{self.latex()}\n$$"


def swept(
    layers: Sequence[LayerMatrices],
    upstream: Array,
    through: Callable[[LayerMatrices, Array], Array],
    part: Callable[[Array], Array],
) -> list[Formulas]:
    """The formulas from the last layer back; `part` of each number, itself or its absolute value, goes in."""
    import numpy as np

    found = []
    for layer in reversed(layers):
        delta = through(layer, upstream)
        found.append(Formulas(delta, np.outer(delta, part(layer.before)), delta))
        upstream = part(layer.W).T @ delta
    return found[::-1]


def relative(ours: Array, theirs: Array, size: Array) -> Array:
    import numpy as np

    return np.asarray(abs(ours - theirs) / np.maximum(np.maximum(size, abs(theirs)), TINY))


# ── as text ────────────────────────────────────────────────────────────────────────────────


def tables(layer: LayerMatrices, digits: int, encoding: str) -> Iterator[str]:
    m, n = layer.W.shape
    yield carried(f"Layer {layer.number}: {n} → {m}, {layer.activation}", encoding)
    here = range(1, n + 1)
    neurons = ["j", *map(str, range(1, m + 1))]

    def column(title: str, numbers: Array) -> list[str]:
        return [carried(title, encoding), *(number_text(each, digits) for each in numbers)]

    ahead = [column("b", layer.b), column("z", layer.z), column("a", layer.a)]
    dots = carried("…", encoding)
    yield text([neurons], [column(f"w_j{k}", layer.W[:, k - 1]) for k in here], ahead, dots)
    delta = column("δ = ∂C/∂b", layer.delta)
    yield text([neurons, delta], [column(f"∂C/∂w_j{k}", layer.dW[:, k - 1]) for k in here], [], dots)


def text(left: list[list[str]], middle: list[list[str]], right: list[list[str]], dots: str) -> str:
    """Columns side by side, of the middle ones as many as fit: the first ones and the last, dots between."""
    shown = middle
    for count in range(len(middle) - 2, -1, -1):
        if width([*left, *shown, *right]) <= WIDTH:
            break
        shown = [*middle[:count], [dots] * len(left[0]), middle[-1]]
    columns = [*left, *shown, *right]
    wide = [max(map(len, column)) for column in columns]
    lines = ["  ".join(cell.rjust(size) for cell, size in zip(row, wide)) for row in zip(*columns)]
    return "\n".join(elided(lines, ROWS, dots.rjust(wide[0])))


def width(columns: list[list[str]]) -> int:
    return sum(max(map(len, column)) + 2 for column in columns) - 2


def elided(things: Sequence[str], most: int, between: str) -> list[str]:
    """The things; of too many the first ones and the last."""
    return list(things) if len(things) <= most + 1 else [*things[: most - 1], between, things[-1]]


# ── as LaTeX ───────────────────────────────────────────────────────────────────────────────


def equations(layers: Sequence[LayerMatrices], number: int, digits: int) -> Iterator[str]:
    """The three formulas of a layer, each with its numbers."""
    layer = layers[number - 1]
    above = rf"\left(W^{{{number + 1}}}\right)^{{\top}} \delta^{{{number + 1}}}"
    upstream = above if number < len(layers) else rf"\nabla_{{a^{{{number}}}}} C"
    delta, before = rf"\delta^{{{number}}}", rf"\left(a^{{{number - 1}}}\right)^{{\top}}"
    yield rf"{delta} &= {backwards(layer, upstream)} = {pmatrix(layer.delta[:, None], digits)}"
    yield rf"\frac{{\partial C}}{{\partial W^{{{number}}}}} &= {delta} {before} = {pmatrix(layer.dW, digits)}"
    yield rf"\frac{{\partial C}}{{\partial b^{{{number}}}}} &= {delta} = {pmatrix(layer.db[:, None], digits)}"


def backwards(layer: LayerMatrices, upstream: str) -> str:
    """`upstream ⊙ g′(z)`; nothing more where g is the identity."""
    a, z = rf"a^{{{layer.number}}}", rf"z^{{{layer.number}}}"
    if layer.activation == "linear":
        return upstream
    if layer.activation == "softmax":
        return rf"\left(\operatorname{{diag}}\left({a}\right) - {a} \left({a}\right)^{{\top}}\right) {upstream}"
    symbol = OPS[layer.activation].symbol
    g = r"\sigma" if symbol == "σ" else rf"\operatorname{{{symbol}}}"
    return rf"{upstream} \odot {g}'\left({z}\right)"


def pmatrix(array: Array, digits: int) -> str:
    rows = [
        " & ".join(elided([latex_number(float(f"{x:.{digits}g}")) for x in row], LATEX_SIZE, r"\cdots"))
        for row in array
    ]
    return r"\begin{pmatrix} " + r" \\ ".join(elided(rows, LATEX_SIZE, r"\vdots")) + r" \end{pmatrix}"
