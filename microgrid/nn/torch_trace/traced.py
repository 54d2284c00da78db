"""What a module leaves behind when it is traced: its numbers as Values, by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from microgrid.engine import Graph, Value
from microgrid.errors import GraphError, counted
from microgrid.formula import number_text
from microgrid.streams import carrying

if TYPE_CHECKING:
    from microgrid.tape.poison import Poison

__all__ = ["Traced"]


@carrying
class Traced:
    """A PyTorch module, run once: `from_torch` makes it.

    loss        the Value that the loss is; None where none was given, and the result is not a single number
    outputs     what the module gave, an array of Values as `values_like` makes them; a tuple or a dict of arrays where
                the module gave one
    parameters  by PyTorch's names for them, arrays whose `.grad` is filled by `loss.backward()`
    inputs      x, and y where it holds floats, by name
    names       every array here by its name
    title       what was traced
    difference  the largest difference from PyTorch's numbers that any operation showed, relative above 1
    remarks     where PyTorch's own numbers went beyond float32 and these, which are doubles, do not
    """

    def __init__(
        self,
        title: str,
        loss: Value | None,
        outputs: Any,
        parameters: Mapping[str, Any],
        inputs: Mapping[str, Any],
        difference: float = 0.0,
        overflows: Sequence[tuple[str, Value]] = (),
    ) -> None:
        self.title, self.loss, self.outputs = title, loss, outputs
        self.parameters, self.inputs = dict(parameters), dict(inputs)
        self.difference, self.overflows = difference, tuple(overflows)

    @property
    def names(self) -> dict[str, Any]:
        found = {**self.inputs, **self.parameters, "outputs": self.outputs}
        return found if self.loss is None else {**found, "loss": self.loss}

    @property
    def remarks(self) -> tuple[str, ...]:
        return tuple(fact for fact, _ in self.overflows)

    @property
    def root(self) -> Value:
        """What readers look at: the loss, or else the only output."""
        found = [self.loss] if self.loss is not None else list(self.each_output())
        if len(found) == 1:
            return found[0]
        raise GraphError(
            f"{self.title} has {len(found)} outputs and no loss; take one, as in .outputs[0], or give a loss"
        )

    def each_output(self) -> Iterator[Value]:
        from .calls import leaves

        for array in leaves(self.outputs):
            yield from (each for each in getattr(array, "flat", [array]) if isinstance(each, Value))

    def hunt(self) -> Poison | None:
        """Who made the inf or nan: its way forward and back, in sentences; None where every number is finite."""
        from microgrid.tape.poison import hunt

        return hunt(self, {})

    def __repr__(self) -> str:
        count = len(Graph(self.loss)) if self.loss is not None else None
        what = "" if count is None else f"loss {number_text(self.loss.data, 6)}, {counted(count, 'value')}, "  # type: ignore[union-attr]
        many = sum(array.size for array in self.parameters.values())
        return f"<Traced {self.title}: {what}{counted(many, 'parameter')}>"
