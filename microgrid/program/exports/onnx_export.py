"""The way forward through a plan as an ONNX graph, which other runtimes read.

Each group is a node or a few; the formulas are those of the table, in ONNX's operators. A word that ONNX
has not is written here in words that it has, by a formula as accurate as the word; for the rest there is
a clear error.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from microgrid.errors import GraphError
from microgrid.files import replace_file
from microgrid.formula import Call, evaluate, fold, parse
from microgrid.formula.normal import DENSITY, LEVELS, SERIES
from microgrid.program.passes.forward_pass import ForwardPass
from microgrid.program.rules import rule

from .lowered import Lowered

__all__ = ["to_onnx"]

OPSET, FORMAT = 18, 8  # of ONNX 1.13: runtimes from 2023 on read it

# Each word that ONNX has, by the name of its operator.
OPERATORS: Mapping[str, str] = {
    "+": "Add", "-": "Sub", "*": "Mul", "/": "Div", "**": "Pow", "neg": "Neg",
    "exp": "Exp", "log": "Log", "sqrt": "Sqrt", "tanh": "Tanh", "sin": "Sin", "cos": "Cos", "asin": "Asin",
    "acos": "Acos", "atan": "Atan", "erf": "Erf", "abs": "Abs", "max": "Max", "min": "Min", "sign": "Sign",
    "round": "Round",
}  # fmt: skip

# Words written in those and in each other; those that ONNX has too are here because runtimes lack them for doubles.
WRITTEN: Mapping[str, str] = {
    "step": "max(sign(x), 0)",
    "tan": "sin(x) / cos(x)",
    "log2": "log(x) / log(2)",
    "log10": "log(x) / log(10)",
    "log1p": "log(1 + x) + rounded_off(min(x, 1e30)) / max(1 + x, 1e-30)",
    "rounded_off": "x - (1 + x - 1)",  # what 1 + x has lost
    "expm1": "tanh(x / 2) * (exp(x) + 1)",
    "cosh": "0.5 * exp(abs(x) / 2) * exp(abs(x) / 2) + 0.5 * exp(-abs(x))",
    "sinh": "tanh(x) * cosh(x)",
    "acosh": "log1p(grown_acosh(min(x, 1e30))) + log(max(x, 1e30) / 1e30)",  # beyond it log(2x), where 2x overflows
    "grown_acosh": "x - 1 + sqrt(x - 1) * sqrt(x + 1)",
    "asinh": "sign(x) * (log1p(grown_asinh(min(abs(x), 1e30))) + log(max(abs(x), 1e30) / 1e30))",
    "grown_asinh": "x + x * (x / (1 + hypot(1, x)))",
    "atanh": "sign(x) * 0.5 * log1p(2 * abs(x) / (1 - abs(x)))",
    "hypot": "diagonal(max(abs(x), abs(y)), min(abs(x), abs(y)))",
    "diagonal": "x * sqrt(1 + square(y / (x + (1 - sign(x)))))",  # for x ≥ y ≥ 0, without overflow
    "square": "x * x",
    "cbrt": "sign(x) * refined(abs(x), abs(x) ** (1 / 3))",
    "refined": "y - (y - x / square(y + (1 - sign(y)))) / 3",  # a step of Newton's from a third of rounded digits
    "bell": "split(x, round(x * 64) / 64)",
    "split": "exp(-y * y / 2) * exp((y - x) * (y + x) / 2)",
}
OWN = ("where", "gelu_tail")  # words that are more than a formula, made by `OnnxPass`


def to_onnx(program: Lowered, path: str | os.PathLike[str] | None = None) -> Any:
    """The program's values as an ONNX model, checked, and written whole or not at all where a path is given.

    X (samples, inputs) → value (samples,), for any number of samples

    >>> from microgrid import Value
    >>> from microgrid.program import Program
    >>> w, x = Value(2.0, role="parameter"), Value(1.0)
    >>> model = to_onnx(Program((w * x).tanh(), [x]), "net.onnx")  # doctest: +SKIP
    >>> InferenceSession("net.onnx").run(None, {"X": [[0.0], [0.5]]})  # doctest: +SKIP
    [array([0.        , 0.76159416])]

    program  with `outputs`, there is a second result of that name, shape (samples, outputs)
    path     a file to write, as net.onnx
    Numbers are in the program's precision. The parameters, as they are now, are in the file; other numbers may
    be given as the input `params`, shape (params,).
    Returns an onnx.ModelProto. Raises GraphError for an operation that ONNX cannot compute, and without onnx.
    A runtime need not have doubles for every operator: onnxruntime has none for asin, acos, atan and erf; there,
    export a program of dtype "float32".
    Source: onnx.ai/onnx/operators, opset 18.
    """
    try:
        import onnx
    except ImportError:
        raise GraphError('to_onnx needs onnx; pip install "microgrid-autograd[onnx]"') from None
    refuse_unknown(program)
    model = OnnxPass(program).model()
    onnx.checker.check_model(model, full_check=True)
    if path is not None:
        replace_file(path, model.SerializeToString())
    return model


def refuse_unknown(program: Lowered) -> None:
    """Raise GraphError at the first node whose formula has a word that neither ONNX nor `WRITTEN` has."""
    record, known = program.record, {*OPERATORS, *WRITTEN, *OWN}
    for step in program.plan.steps:
        group = step.group
        if group.op is None or group.kind != "map":
            continue
        unknown = words_of(rule(group.op, len(group.operands), program.plan.exact).value) - known
        if unknown:
            word, name = min(unknown), record.name(group.nodes[0])
            raise GraphError(f"ONNX has no operator for {word}, which {name!r} needs; export a root before it")


def words_of(formula: Any) -> set[str]:
    found: set[str] = set()
    fold(formula, lambda node, _: found.update({node.function} if isinstance(node, Call) else ()))
    return found


class OnnxPass(ForwardPass):
    """The plan over names of tensors; every call is a node of the graph."""

    def __init__(self, program: Lowered) -> None:
        import numpy as np

        words: dict[str, Callable[..., Any]] = {word: self.operator(name) for word, name in OPERATORS.items()}
        words |= {"where": self.where, "gelu_tail": self.gelu_tail}
        words |= {word: written(text, words) for word, text in WRITTEN.items()}
        super().__init__(program.plan, words)
        self.record, self.dtype = program.record, np.dtype(program.dtype)
        self.nodes: list[Any] = []
        self.numbers: dict[str, Any] = {}  # by name, the arrays that are in the file
        self.known: dict[Any, Any] = {}  # nodes and constants that are there already

    # ── nodes ──

    def node(self, operator: str, *inputs: Any, outputs: int = 1, **attributes: Any) -> Any:
        """The name of what an operator makes of its inputs; numbers among these become constants."""
        from onnx import helper

        names = tuple(each if isinstance(each, str) else self.constant(each) for each in inputs)
        key = (operator, names, str(attributes))
        if key not in self.known:
            results = [f"{operator.lower()}{len(self.nodes)}_{k}" for k in range(outputs)]
            self.known[key] = results[0] if outputs == 1 else tuple(results)
            self.nodes.append(helper.make_node(operator, names, results, **attributes))
        return self.known[key]

    def operator(self, name: str) -> Callable[..., Any]:
        return lambda *inputs: self.node(name, *inputs)

    def constant(self, numbers: Any, kind: Any = None) -> str:
        """The name of some numbers that never change: of the program's precision, unless it is said otherwise."""
        import numpy as np

        array = np.array(numbers, kind or self.dtype)
        key = (array.dtype.name, array.shape, array.tobytes())
        if key not in self.known:
            self.known[key] = f"constant{len(self.numbers)}"
            self.numbers[self.known[key]] = array
        return str(self.known[key])

    def integers(self, *numbers: int) -> str:
        return self.constant(numbers, "int64")

    # ── words that are more than a formula ──

    def where(self, condition: Any, x: Any, y: Any) -> Any:
        from onnx import TensorProto

        return self.node("Where", self.node("Cast", condition, to=TensorProto.BOOL), x, y)

    def gelu_tail(self, t: Any) -> Any:
        """As `formula/normal.py` has it."""
        t = self.node("Max", t, 0.5)  # nearer to 0 it is not asked for
        out = t
        for k in range(LEVELS, 1, -1):
            out = self.node("Add", t, self.node("Div", float(k), out))
        share = self.node("Div", DENSITY, self.node("Add", self.node("Mul", t, out), 1.0))
        found = self.node("Sub", DENSITY, share)
        for end, centre, _, terms in reversed(SERIES):
            d, out = self.node("Sub", centre, t), 0.0
            for each in reversed(terms):
                out = self.node("Add", self.node("Mul", out, d), each)
            found = self.node("Where", self.node("Less", t, end), out, found)
        return found

    # ── the calls ──

    def part(self, array: Any, rows: slice) -> Any:
        ends = (self.integers(each) for each in (rows.start, rows.stop, 0, rows.step or 1))
        return self.node("Slice", array, *ends)

    def take(self, array: Any, index: Sequence[int]) -> Any:
        return self.node("Gather", array, self.integers(*index), axis=0)

    def join(self, arrays: Sequence[Any]) -> Any:
        return self.node("Concat", *arrays, axis=0)

    def reshape(self, array: Any, *shape: int) -> Any:
        return self.node("Reshape", array, self.integers(*shape))

    def split(self, matrix: Any, column: int) -> tuple[Any, Any]:
        return self.node("Split", matrix, self.integers(column, 1), outputs=2, axis=1)  # type: ignore[no-any-return]

    def dot(self, a: Any, b: Any) -> Any:
        return self.node("MatMul", a, b)

    def highest(self, array: Any) -> Any:
        return self.node("ReduceMax", array, self.integers(0), keepdims=0)

    def lowest(self, array: Any) -> Any:
        return self.node("ReduceMin", array, self.integers(0), keepdims=0)

    def total(self, array: Any) -> Any:
        return self.node("ReduceSum", array, self.integers(0), keepdims=0)

    def full(self, array: Any, rows: int, batched: bool) -> Any:
        shape = self.integers(rows)
        return self.node("Expand", array, self.node("Concat", shape, self.samples(), axis=0) if batched else shape)

    def samples(self) -> str:
        """How many there are, as the shape (samples,)."""
        return str(self.node("Shape", "X", start=0, end=1)) if self.record.inputs else self.integers(1)

    # ── the whole of it ──

    def leaves(self) -> None:
        """The rows that are there before any group has run."""
        layout, record = self.plan.layout, self.record
        if record.params:
            self.numbers["params"] = self.data(record.params)
            self.write(layout.rows(record.params), "params")
        if record.constants:
            self.write(layout.rows(record.constants), self.constant(self.data(record.constants)))
        if record.inputs:
            self.write(layout.rows(record.inputs), self.node("Transpose", "X", perm=[1, 0]))

    def data(self, nodes: Sequence[int]) -> Any:
        import numpy as np

        return np.array([self.record.numbers.get(i, self.record.nodes[i].data) for i in nodes], self.dtype)

    def by_sample(self, i: int) -> Any:
        """The numbers of a node as a row, one for each sample, also where all are the same."""
        row = self.read(self.plan.layout.rows([i]))
        return row if self.record.batched[i] else self.full(row, 1, True)

    def model(self) -> Any:
        """The model: what leads to the root, and to the outputs if there are any."""
        from onnx import helper, numpy_helper

        kind, record = helper.np_dtype_to_tensor_dtype(self.dtype), self.record
        samples: int | str = "samples" if record.inputs else 1
        self.leaves()
        self.run()
        results = {"value": (self.reshape(self.by_sample(record.root), -1), [samples])}
        if record.outputs:
            rows = self.join([self.by_sample(i) for i in record.outputs])
            results["outputs"] = self.node("Transpose", rows, perm=[1, 0]), [samples, len(record.outputs)]
        self.nodes += [helper.make_node("Identity", [made], [name]) for name, (made, _) in results.items()]
        inputs: dict[str, list[Any]] = {"X": [samples, len(record.inputs)], "params": [len(record.params)]}
        described = helper.make_tensor_value_info
        graph = helper.make_graph(
            self.nodes,
            "microgrid",
            [described(name, kind, shape) for name, shape in inputs.items() if shape[-1]],
            [described(name, kind, shape) for name, (_, shape) in results.items()],
            [numpy_helper.from_array(array, name) for name, array in self.numbers.items()],
        )
        opsets = [helper.make_opsetid("", OPSET)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=FORMAT, producer_name="microgrid")


def written(text: str, words: Mapping[str, Callable[..., Any]]) -> Callable[..., Any]:
    """A word by its formula over x, or x and y."""
    formula = parse(text)
    return lambda *arguments: evaluate(formula, dict(zip("xyz", arguments)), words)
