"""A number as microgpt has it: each node keeps its children and the local gradients by them, in slots."""

from __future__ import annotations

import math
from typing import Any

__all__ = ["LocalGrads"]


class LocalGrads:
    """As in microgpt, line by line: what it computes, what it keeps, and how it walks back."""

    __slots__ = ("_children", "_local_grads", "data", "grad")

    def __init__(self, data: float, children: tuple[Any, ...] = (), local_grads: tuple[float, ...] = ()) -> None:
        self.data = data
        self.grad: float = 0
        self._children = children
        self._local_grads = local_grads

    def __add__(self, other: Any) -> LocalGrads:
        other = other if isinstance(other, LocalGrads) else LocalGrads(other)
        return LocalGrads(self.data + other.data, (self, other), (1, 1))

    def __mul__(self, other: Any) -> LocalGrads:
        other = other if isinstance(other, LocalGrads) else LocalGrads(other)
        return LocalGrads(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, other: float) -> LocalGrads:
        return LocalGrads(self.data**other, (self,), (other * self.data ** (other - 1),))

    def log(self) -> LocalGrads:
        return LocalGrads(math.log(self.data), (self,), (1 / self.data,))

    def exp(self) -> LocalGrads:
        return LocalGrads(math.exp(self.data), (self,), (math.exp(self.data),))

    def relu(self) -> LocalGrads:
        return LocalGrads(max(0, self.data), (self,), (float(self.data > 0),))

    def __neg__(self) -> LocalGrads:
        return self * -1

    def __radd__(self, other: Any) -> LocalGrads:
        return self + other

    def __sub__(self, other: Any) -> LocalGrads:
        return self + (-other)

    def __rmul__(self, other: Any) -> LocalGrads:
        return self * other

    def __truediv__(self, other: Any) -> LocalGrads:
        return self * other**-1

    def backward(self) -> None:
        topo: list[LocalGrads] = []
        visited: set[LocalGrads] = set()

        def build_topo(v: LocalGrads) -> None:
            if v not in visited:
                visited.add(v)
                for child in v._children:
                    build_topo(child)
                topo.append(v)

        build_topo(self)
        self.grad = 1
        for v in reversed(topo):
            for child, local_grad in zip(v._children, v._local_grads):
                child.grad += local_grad * v.grad
