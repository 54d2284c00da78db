"""What the scalar engine says of a program's graph, sample by sample: what every other engine has to say."""

from __future__ import annotations

import math
import random

import numpy as np
from graphs import is_tame, random_graph

from microgrid import Value
from microgrid.engine import computed, topological_order

__all__ = ["Answers", "case", "largest", "on", "repeated"]


def repeated(root, numbers):
    """The graph again as the engine computes it, its leaves at these numbers; the new node of each old one."""
    made = {leaf: Value(number) for leaf, number in numbers.items()}
    for node in topological_order(root):
        if node.parents:
            made[node] = computed(node.op, [made[parent] for parent in node.parents])
        elif node not in made:
            made[node] = Value(node.data)
    return made


class Answers:
    """What the scalar engine says: of each sample the value, the gradients, and how large anything gets."""

    def __init__(self, root, inputs, params, X):
        self.scale, found = 1.0, []
        for x in X:
            nodes = repeated(root, {**dict(zip(inputs, x)), **{each: each.data for each in params}})
            nodes[root].backward()
            found.append((nodes[root].data, [nodes[p].grad for p in params], [nodes[i].grad for i in inputs]))
            sizes = [abs(size) for node in nodes.values() for size in (node.data, node.grad)]
            self.scale = max(self.scale, *sizes)
        values, by_params, by_inputs = zip(*found)
        self.values, self.by_params = np.array(values), np.array(by_params)
        self.by_inputs = np.array(by_inputs)


def case(seed):
    """A random graph, samples close to the recorded one, a weight for each, and the engine's answers."""
    rng = random.Random(seed)
    root, inputs, params = random_graph(rng, 25)
    recorded = [leaf.data for leaf in inputs]
    drawn = [[x + rng.uniform(-0.02, 0.02) for x in recorded] for _ in range(rng.randint(0, 4) if inputs else 0)]
    X = np.array([recorded, *(x for x in drawn if all(map(is_tame, repeated(root, dict(zip(inputs, x))).values())))])
    weights = np.array([rng.choice((rng.uniform(-2, 2), 1.0, 0.0)) for _ in X])
    return root, inputs, params, X, weights, Answers(root, inputs, params, X)


def on(program, floats):
    """The program, made to run on floats, or on arrays."""
    program.__dict__["_few"] = math.inf if floats else 0
    return program


def largest(found, expected):
    """The largest difference; nan where one of them is."""
    return max(np.abs(one - other).max(initial=0) for one, other in zip(found, expected, strict=True))
