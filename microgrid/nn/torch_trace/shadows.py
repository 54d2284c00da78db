"""The Values of traced tensors: one for each place of a storage, seen through the strides of a tensor.

A view shares its storage, so it finds the Values of what it is a view of, and an operation in place changes them for
every view: nothing has to be known of `view`, `permute` or `expand`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from microgrid.engine import Value

from .masks import each

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Shadows", "numbers_of"]


class Shadows:
    """For each storage that holds something traced its cells: a Value, or None for a number."""

    def __init__(self) -> None:
        self.cells: dict[int, NDArray[Any]] = {}
        self.kept: list[Any] = []  # storages, so that no other gets the address of one that is gone

    def holds(self, tensor: Any) -> bool:
        """Whether its storage is known, as numbers or as Values."""
        return address(tensor) in self.cells

    def traces(self, tensor: Any) -> bool:
        """Whether one of its numbers is a Value."""
        return self.holds(tensor) and any(cell is not None for cell in self.seen(tensor).flat)

    def seen(self, tensor: Any) -> NDArray[Any]:
        """The cells that a tensor sees, to read and to write."""
        cells = self.cells[address(tensor)][tensor.storage_offset() :]
        strides = [step * cells.itemsize for step in tensor.stride()]
        return as_strided(cells, tensor.shape, strides)

    def read(self, tensor: Any) -> NDArray[Any]:
        """Its Values, and its numbers where there are none."""
        return each(lambda cell, number: number if cell is None else cell, self.seen(tensor), numbers_of(tensor))  # type: ignore[no-any-return]

    def write(self, tensor: Any, values: Any) -> None:
        """What stands in a tensor from now on; of a number only that it is one."""
        if not self.holds(tensor):
            storage = tensor.untyped_storage()
            self.kept.append(storage)
            self.cells[address(tensor)] = np.full(storage.nbytes() // tensor.element_size(), None, object)
        self.seen(tensor)[...] = each(lambda value: value if isinstance(value, Value) else None, values)


def address(tensor: Any) -> int:
    return int(tensor.untyped_storage()._cdata)


def numbers_of(tensor: Any) -> NDArray[Any]:
    """The numbers of a tensor: floats as doubles, whole numbers and truths as they are."""
    there = tensor.detach().cpu()
    return (there.double() if there.is_floating_point() else there).resolve_conj().resolve_neg().numpy()  # type: ignore[no-any-return]
