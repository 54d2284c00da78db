"""What a program is given: leaves, and samples, parameters and weights as arrays; what does not fit, in words."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from microgrid.engine import Value
from microgrid.errors import GraphError, NonFiniteError
from microgrid.nn.arrays import as_table, numeric

from .lowering.record import Record

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Intake", "listed", "narrowed", "refuse_captured"]


class Intake:
    """The door of a program, whoever runs it.

    record  the graph        dtype  "float64" or "float32"; Raises GraphError for another
    """

    def __init__(self, record: Record, dtype: Any) -> None:
        import numpy as np

        self.record, self.dtype, self.array = record, checked_dtype(dtype), np.ndarray
        self.inputs, self.params = len(record.inputs), (len(record.params),)

    def __getstate__(self) -> dict[str, Any]:
        return {"record": self.record, "dtype": self.dtype}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """All else follows from these, in pickles of every age."""
        Intake.__init__(self, state["record"], state["dtype"])

    def samples(self, X: Any) -> NDArray[Any]:
        """X as an array of shape (samples, inputs); None is one sample of no inputs."""
        inputs = self.inputs
        if X is None:
            if inputs:
                raise GraphError(f"the program has inputs: {inputs}; give X of shape (samples, {inputs})")
            return self.array((1, 0), self.dtype)
        fits = type(X) is self.array and X.dtype == self.dtype and X.ndim == 2 and X.shape[1] == inputs
        table: NDArray[Any] = X if fits else narrowed(as_table(X, inputs), self.dtype)
        if not len(table):
            raise GraphError(f"X has no samples; give at least one, shape (samples, {inputs})")
        return table

    def refuse_inputs(self, table: NDArray[Any], first: int = 0) -> None:
        """Raise GraphError for an input that is inf or nan, with its sample; the first one has that number."""
        import numpy as np

        if math.isfinite(np.vdot(table, table)) or np.isfinite(table).all():  # the first is four times as fast
            return
        sample, column = np.argwhere(~np.isfinite(table))[0].tolist()
        name = self.record.name(self.record.inputs[column])
        fact = f"sample {first + sample} has {table[sample, column]} for {name}, column {column}"
        raise GraphError(f"{fact}; leave the sample out, or put a number there")

    def parameters(self, params: Any) -> NDArray[Any]:
        """The parameters as an array of shape (params,); None is their numbers as they are now."""
        if params is None:
            import numpy as np

            return np.array([self.record.nodes[i]._data for i in self.record.params], self.dtype)
        if type(params) is self.array and params.dtype == self.dtype and params.shape == self.params:
            return params
        theta = narrowed(numeric(params, "params"), self.dtype)
        if theta.shape != self.params:
            raise GraphError(
                f"params has the shape {theta.shape}, and {self.params} belongs here; one for each parameter"
            )
        return theta

    def weights(self, weights: Any, samples: int) -> NDArray[Any]:
        """The weights as an array of shape (samples,)."""
        scale = narrowed(numeric(weights, "weights"), self.dtype)
        if scale.shape != (samples,):
            raise GraphError(f"weights has the shape {scale.shape}, and ({samples},) belongs here; one for each sample")
        return scale

    def refuse_nonfinite(self, table: NDArray[Any], theta: NDArray[Any], found: Iterable[Any]) -> None:
        """Raise NonFiniteError for the first sample with an inf or nan, if there is one, and name the node."""
        import numpy as np

        from .repetition import culprit

        if all(np.isfinite(each).all() for each in found if each is not None):
            return
        fixed = dict(zip(self.record.params, theta.tolist()))
        for sample, row in enumerate(table.tolist()):
            reason = culprit(self.record, {**fixed, **dict(zip(self.record.inputs, row))})
            if reason:
                raise NonFiniteError(f"sample {sample}: {reason}")
        if self.dtype.itemsize < 8:
            raise NonFiniteError("a number is beyond float32, and not beyond float64; give dtype='float64'")
        raise NonFiniteError("the sum over the samples is not finite; give smaller weights, or fewer samples")


def checked_dtype(dtype: Any) -> np.dtype[Any]:
    import numpy as np

    try:
        found: np.dtype[Any] = np.dtype(dtype)
    except TypeError:
        raise GraphError(f"no dtype is called {str(dtype)[:40]!r}; a program computes in float64 or float32") from None
    if found not in (np.dtype("float64"), np.dtype("float32")):
        raise GraphError(f"the dtype is {found}; a program computes in float64 or float32")
    return found


def narrowed(numbers: NDArray[Any], dtype: Any) -> NDArray[Any]:
    """The numbers in another precision; inf where they are too large for it."""
    import numpy as np

    with np.errstate(over="ignore"):
        return numbers.astype(dtype)


def listed(name: str, leaves: Any) -> tuple[Value, ...]:
    """The Values that were given in a list. Raises GraphError for one without a list around it."""
    if isinstance(leaves, Value) or not hasattr(leaves, "__iter__"):
        raise GraphError(f"{name} is a {type(leaves).__name__}; give a list of Values, as {name}=[x1, x2]")
    return tuple(leaves)


def refuse_captured(found: Record) -> None:
    """Raise GraphError where a leaf that somebody made is neither input nor parameter: it would never change."""
    captured = [found.nodes[i] for i in found.constants if found.nodes[i].role != "constant"]
    if captured:
        names = ", ".join(repr(each.label) if each.label else repr(each) for each in captured[:3])
        more = f" and {len(captured) - 3} more" if captured[3:] else ""
        raise GraphError(
            f"captured as constants: {names}{more}; add them to inputs or params, "
            "or give them role='constant' if every sample has the same"
        )
