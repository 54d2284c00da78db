"""`Program`: a recorded scalar graph, compiled once, then run on whole batches as array calls.

    record   the graph as flat lists          sums      which sums are rows of layers
    groups   what runs together               layout    where its numbers live
    wayback  how gradients come back          plan      all of that, in one piece

The plan becomes NumPy source (`array_code/numpy_code.py`), or for one sample of a small graph plain Python on floats
(`array_code/float_code.py`), or a native tape (`native/`), where numba is installed: whichever is estimated to be
faster.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from importlib.util import find_spec
from math import inf, isfinite, isnan
from typing import TYPE_CHECKING, Any

from microgrid.engine import Value, gc_paused
from microgrid.engine.variables import given, held_by
from microgrid.errors import GraphError
from microgrid.formula import real

from .intake import Intake, listed, refuse_captured
from .lowering.record import record

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .array_code.float_code import FloatCode
    from .array_code.runner import Run, Runner
    from .exports.jax_program import JaxProgram
    from .lowering.plan import Plan
    from .native.native_runner import NativeRunner

__all__ = ["Program"]

# What lowers and runs a record is imported where it is used, so that importing microgrid stays fast.
CALL, OPERATION = 0.7, 0.1  # microseconds that an array call takes, and an operation on floats
MOST = 1000  # operations on floats that are worth the time it takes to compile them


class Program:
    """A compiled graph: values and gradients of any number of samples, at the speed of hand-written NumPy.

    program(X)[s] = root(X[s]),  gradient = Σ weights[s] · d(root(X[s]))/d(params)

    >>> w, b, x = Value(2.0, role="parameter"), Value(0.5, role="parameter"), Value(1.0)
    >>> program = Program((w * x + b).tanh(), inputs=[x])
    >>> program([[0.0], [1.0]]).round(4).tolist()
    [0.4621, 0.9866]
    >>> values, gradient = program.value_and_grad([[0.0], [1.0]])
    >>> gradient.round(4).tolist()
    [0.0266, 0.813]

    root    what it computes
    inputs  the leaves that change from sample to sample, labels too; columns of X, in this order
    params  the leaves that gradients are wanted by; None is every leaf with the role "parameter"
    exact   True keeps every node, and the order of its operations
    outputs nodes on the way, such as predictions, whose numbers `run` gives too
    finite  True raises NonFiniteError at the first sample whose value or gradient is inf or nan
    dtype   "float64", or "float32"
    native  True runs a native tape, which needs numba, False NumPy; None whichever is estimated to be faster, which
            `print(program.plan)` tells
    threads how many share the samples of a native tape, where these are thousands
    What is recorded stays: a branch that Python took, a number that was no Value, the constants as they were;
    `verify` finds out. Where log has no value, its slope here is that of log|x|; with exact=True it is nan, as in
    the scalar graph. Deep chains have nothing to group: NumPy is slower there than `backward()`. Callers from several
    threads take turns. Raises GraphError where inputs or params are no leaves, where leaves of the graph are neither,
    and for native=True without numba or with exact=True.
    """

    def __init__(
        self,
        root: Value,
        inputs: Sequence[Value] = (),
        params: Sequence[Value] | None = None,
        *,
        outputs: Sequence[Value] = (),
        exact: bool = False,
        finite: bool = False,
        dtype: Any = "float64",
        native: bool | None = None,
        threads: int = 1,
    ) -> None:
        refuse_engine(native, exact, threads)
        self.native, self.threads = native, threads
        given = None if params is None else listed("params", params)
        self.record = record(root, listed("inputs", inputs), given, listed("outputs", outputs))
        self.params = tuple(self.record.nodes[i] for i in self.record.params)
        if self.record.inputs:
            refuse_captured(self.record)
        self.intake = Intake(self.record, dtype)
        self.exact, self.finite, self.dtype = exact, finite, self.intake.dtype
        self._plans: dict[tuple[bool, bool], Plan] = {}
        self._runners: dict[tuple[bool, bool], Runner] = {}
        self._natives: dict[bool, NativeRunner] = {}

    @property
    def plan(self) -> Plan:
        """Its groups in order, and what runs them; print it."""
        plan = self._plan()
        plan.engine = self._engine
        return plan

    @property
    def source(self) -> str:
        """The NumPy that it runs; a few samples of a small graph run as Python on floats, `float_source`."""
        return self._runner().source

    @property
    def float_source(self) -> str:
        """The Python on floats that a few samples of a small graph run through, one after the other."""
        return self._floats.source

    def __repr__(self) -> str:
        return f"<Program of {len(self.record)} nodes in {len(self.plan.groups)} groups; {self.record.leaves}>"

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Pickles of before there were tapes know nothing of them."""
        self.__dict__.update({"native": None, "threads": 1, "_plans": {}, "_runners": {}, "_natives": {}, **state})

    def __getstate__(self) -> dict[str, Any]:
        """Copies and pickles hold the graph; what was compiled is compiled again when it is used."""
        kept = {name: each for name, each in self.__dict__.items() if not name.startswith("_")}
        return {**kept, "_plans": {}, "_runners": {}, "_natives": {}}

    # ── running ──

    def __call__(self, X: Any = None, params: Any = None) -> NDArray[Any]:
        """The value of each sample, shape (samples,).

        X       shape (samples, inputs); None where the program has no inputs
        params  the parameters as one array, in the order of `params`; None is their numbers as they are now
        Raises GraphError for other shapes, and for inputs that are inf or nan, with the sample.
        """
        table, theta = self.intake.samples(X), self.intake.parameters(params)
        values = self._floats.values(table, theta) if len(table) <= self._few and not self.native else None
        if values is None:
            values = self._fastest(table).values(table, theta)
        if self.finite:
            self.intake.refuse_nonfinite(table, theta, [values])
        return values

    def value_and_grad(
        self, X: Any = None, params: Any = None, weights: Any = None, *, by_inputs: bool = False
    ) -> tuple[NDArray[Any], ...]:
        """The value of each sample, and the gradient of their sum by the parameters, shape (params,).

        X, params  as for calling it
        weights    a number for each sample, by which it counts; None is 1
        by_inputs  True gives as a third the gradient by the inputs, shape (samples, inputs)
        """
        at_once = self._at_once
        if at_once and weights is None and not by_inputs and (found := at_once(X, params)):
            return found
        values, gradient, by_x, _ = self.run(X, params, weights, by_inputs=by_inputs)
        return (values, gradient) if by_x is None else (values, gradient, by_x)

    def run(self, X: Any = None, params: Any = None, weights: Any = None, *, by_inputs: bool = False) -> Run:
        """Everything at once: a `Run` of values, gradient, by_inputs (if wanted) and the numbers of the outputs.

        X, params, weights  as for `value_and_grad`
        """
        table, theta = self.intake.samples(X), self.intake.parameters(params)
        found = None
        if weights is None and not by_inputs and len(table) <= self._few and not self.native:
            found = self._floats.run(table, theta)
        if found is None:
            scale = None if weights is None else self.intake.weights(weights, len(table))
            found = self._fastest(table, by_inputs).run(table, theta, scale)
        if self.finite:
            self.intake.refuse_nonfinite(table, theta, found)
        return found

    def one(self, x: Iterable[float] = (), params: Iterable[float] | None = None) -> tuple[float, list[float]]:
        """The value of one sample and its gradient by the parameters: floats in, floats out, on the shortest way.

        >>> w, x = Value(3.0, role="parameter"), Value(0.0)
        >>> program = Program((w * x) ** 2, [x], [w])
        >>> program.one([2.0]), program.one([2.0], params=[1.0])
        ((36.0, [24.0]), (4.0, [8.0]))

        x       the numbers of the inputs, in their order; a list of floats is the quickest
        params  those of the parameters, in the order of `params`; None is their numbers as they are now
        The numbers are those of `value_and_grad([x])`, by which a graph goes that is too large for floats, and what
        these cannot compute. Raises GraphError as it does, NotRealError for what is no number.
        """
        numbers = [*map(real, x)]
        theta = [each._data for each in self.params] if params is None else [*map(real, params)]
        if self._few and not self.finite:
            try:
                value, gradient, _ = self._floats.value_and_grad(numbers, theta)
                if isfinite(sum(numbers)) and not isnan(sum(gradient)):
                    return value, [*gradient]
            except (ArithmeticError, ValueError):  # arrays are more careful, and say what is wrong
                pass
        values, by_params = self.value_and_grad([numbers] if self.record.inputs else None, theta)
        return float(values[0]), by_params.tolist()

    def values(
        self, X: Any = None, params: Any = None, *, names: Mapping[str, Any] | None = None
    ) -> dict[str, NDArray[Any]]:
        """The numbers that each labelled node has, one for each sample, by its label.

        >>> x = Value(1.0, label="x")
        >>> y = x * x
        >>> y.label = "y"
        >>> {name: row.tolist() for name, row in Program(y, [x]).values([[2.0], [3.0]]).items()}
        {'x': [2.0, 3.0], 'y': [4.0, 9.0]}

        names  what holds nodes that have no label: a mapping such as `locals()`, or {"W": W}, whose elements are then
               W[0][1]; unless told, the variables of the caller
        Labels that stand twice get a number, as in `z#2`. Every node is computed, in the order of the recording.
        """
        table, theta = self.intake.samples(X), self.intake.parameters(params)
        self.intake.refuse_inputs(table)
        found: dict[str, int] = {}
        nodes = set(self.record.nodes)
        held = held_by(given(names), lambda thing: isinstance(thing, Value) and thing in nodes)
        for i, node in enumerate(self.record.nodes):
            if label := node.label or held.get(node):
                found[unused(label, found)] = i
        numbers = self._runner(exact=True).numbers(list(found.values()), table, theta)
        if self.finite:
            self.intake.refuse_nonfinite(table, theta, [numbers])
        return dict(zip(found, numbers))

    def verify(self, function: Callable[[list[Value]], Value], X: Any) -> float:
        """The largest difference between the program and the Python that it was recorded from, on other samples.

        >>> x = Value(1.0)
        >>> program = Program(x.relu(), [x])
        >>> program.verify(lambda inputs: inputs[0].relu(), [[-1.0], [2.0]])
        0.0
        >>> program.verify(lambda inputs: inputs[0].relu() if inputs[0] > 0 else -inputs[0], [[2.0], [-1.0]])
        Traceback (most recent call last):
        microgrid.errors.GraphError: sample 1: the recording has relu, the function neg; what decides that in Python is frozen: write it with relu, max, min or step, or as an input

        function  the inputs of one sample, as a list of Values → the root, over the same parameters
        X         samples, as for calling the program; take some that are unlike the recorded one
        Raises GraphError at the first sample that is computed otherwise, with the first node that differs.
        """  # noqa: E501
        from .verification import first_difference, recorded_for

        table, largest = self.intake.samples(X), 0.0
        for sample, (row, value) in enumerate(zip(table.tolist(), self(table).tolist())):
            now = recorded_for(self, function, row)
            found = first_difference(self.record, now)
            if found:
                fact = f"sample {sample}: the recording has {found.recorded}, the function {found.now}"
                raise GraphError(f"{fact}; {found.remedy}")
            largest = max(largest, abs(now.nodes[now.root].data - value))
        return largest

    # ── beyond this machine, and away ──

    def to_jax(self, devices: Any = None) -> JaxProgram:
        """The same plan under JAX, for a batch shared out over devices; see `jax_program.to_jax`.

        devices  how many, or a list of them; None is the first
        It has values and gradients by the parameters, not those by the inputs; XLA takes seconds to compile a graph
        of hundreds of groups. Raises GraphError where there are not as many devices, and without JAX.
        """
        from .exports.jax_program import to_jax

        return to_jax(self, devices)

    def to_onnx(self, path: str | os.PathLike[str] | None = None) -> Any:
        """The way forward as an ONNX model, written to a file where a path is given; see `onnx_export.to_onnx`.

        Raises GraphError for an operation that ONNX does not have, and without onnx.
        """
        from .exports.onnx_export import to_onnx

        return to_onnx(self, path)

    # ── how it runs ──

    def _runner(self, *, by_inputs: bool = False, exact: bool | None = None) -> Runner:
        key = (self.exact if exact is None else exact, by_inputs)
        if key not in self._runners:
            from .array_code.runner import Runner

            self._runners[key] = Runner(self._plan(by_inputs, exact), self.dtype)
        return self._runners[key]

    def _plan(self, by_inputs: bool = False, exact: bool | None = None) -> Plan:
        key = (self.exact if exact is None else exact, by_inputs)
        if key not in self._plans:
            from .lowering.plan import Plan

            with gc_paused():  # a plan has many parts, and no cycles
                self._plans[key] = Plan(self.record, *key)
        return self._plans[key]

    def _fastest(self, table: NDArray[Any], by_inputs: bool = False) -> Runner | NativeRunner:
        """What runs so many samples. Raises GraphError for inputs that are inf or nan, unless it does that itself."""
        if len(table) < self._from:
            self.intake.refuse_inputs(table)
            return self._runner(by_inputs=by_inputs)
        return self._native(by_inputs)

    def _native(self, by_inputs: bool) -> NativeRunner:
        if by_inputs not in self._natives:
            from .native.native_runner import NativeRunner

            refuse = self.intake.refuse_inputs
            self._natives[by_inputs] = NativeRunner(self._plan(by_inputs), self.dtype, refuse, self.threads)
        return self._natives[by_inputs]

    @cached_property
    def _at_once(self) -> Callable[[Any, Any], tuple[NDArray[Any], ...] | None] | None:
        """The shortest way of the native tape, where that runs a single sample and nothing has to be checked after."""
        if self._from > 1 or self.finite or (self._few and not self.native):
            return None
        runner = self._native(by_inputs=False)
        return runner.at_once if runner.is_plain else None

    @cached_property
    def _from(self) -> float:
        """From how many samples on the native tape runs them."""
        if self.native is not None or self.exact or find_spec("numba") is None:
            return 1 if self.native else inf
        from .estimate import from_samples

        found = from_samples(self._plan())
        return inf if found < inf and missing_numba() else found

    @cached_property
    def _engine(self) -> str:
        """What runs the plan, in words."""
        if self._from == inf:
            layers = any(each.kind == "dense" for each in self._plan().groups)
            return "NumPy, layers" if layers else "NumPy"
        from .native.tape import Tape

        stores = Tape(self._plan()).stores
        tape = f"native tape, {stores.rows.size or stores.free.size:,} rows"
        tape += f", {self.threads} threads" * (self.threads > 1)
        return tape if self._from <= 1 else f"NumPy below {self._from:,} samples, then {tape}"

    @cached_property
    def _floats(self) -> FloatCode:
        from .array_code.float_code import FloatCode

        return FloatCode(self.record, self.record.reached_from(self.record.params))

    @cached_property
    def _few(self) -> float:
        """Up to how many samples floats, one sample after the other, are estimated to be faster than array calls."""
        operations = 2 * sum(map(len, self.record.parents))
        if operations > MOST or self.exact or self.dtype.itemsize < 8:
            return 0
        return CALL * self._plan().calls / (OPERATION * max(operations, 1))


def refuse_engine(native: bool | None, exact: bool, threads: int) -> None:
    """Raise GraphError for an engine that cannot be had."""
    if native and exact:
        raise GraphError(
            "native=True and exact=True exclude each other: the order of operations is kept by NumPy alone"
        )
    if native not in (None, True, False):
        raise GraphError(f"native is {native!r}; it is True, False or None")
    if native and (missing := missing_numba()):
        raise GraphError(missing)
    if not isinstance(threads, int) or threads < 1:
        raise GraphError(f"threads is {threads!r}; give a whole number, 1 or more")


def missing_numba() -> str:
    """Why the native tape cannot be had, and what to do; empty where it can."""
    if find_spec("numba") is None:
        return 'native=True needs numba; pip install "microgrid-autograd[native]"'
    try:
        import numba
    except Exception as error:  # whatever an installation raises that does not fit
        return f"native=True needs numba, which cannot be imported: {(str(error) or repr(error)).splitlines()[0]}"
    return "native=True needs numba, which NUMBA_DISABLE_JIT turns off" if numba.config.DISABLE_JIT else ""


def unused(label: str, known: Mapping[str, Any]) -> str:
    """The label, with a number where it stands twice."""
    number = 1
    while (name := f"{label}#{number}" if number > 1 else label) in known:
        number += 1
    return name
