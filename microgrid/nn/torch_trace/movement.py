"""Operations that PyTorch itself is asked about: where each number goes, which one it chose, what it weighs them by.

moved    numbers change places: the operation is run again on their places, and 0 stands for what is new
chosen   one of several numbers is taken: PyTorch says which, beside its result
weighed  every result is a sum of inputs, each times a number that PyTorch tells, one input at a time
flat     the slope is 0 wherever there is one: the result is a number
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from microgrid.engine import Value

from .calls import Call, is_tensor, leaves, mapped
from .masks import OPEN, each, plain
from .products import neuron
from .reductions import REDUCTIONS, total
from .shadows import numbers_of

__all__ = ["CHOSEN", "FLAT", "MOVED", "WEIGHED", "chosen", "moved", "weighed"]

MOVED = """
    cat stack hstack vstack index index_select gather take embedding
    flip roll rot90 repeat constant_pad_nd reflection_pad1d reflection_pad2d reflection_pad3d replication_pad1d
    replication_pad2d replication_pad3d tril triu diag_embed im2col pixel_shuffle pixel_unshuffle channel_shuffle
    upsample_nearest1d upsample_nearest2d upsample_nearest3d select_scatter slice_scatter diagonal_scatter scatter
    index_copy index_fill index_put masked_select masked_scatter unfold_copy expand_copy view_copy
    _unsafe_index unsafe_split unsafe_split_with_sizes unsafe_chunk _reshape_copy block_diag as_strided_copy
    permute_copy transpose_copy select_copy slice_copy squeeze_copy unsqueeze_copy split_copy split_with_sizes_copy
    unbind_copy t_copy narrow_copy diagonal_copy _pack_padded_sequence
""".split()
NEW = {"value", "fill_value"}  # arguments that are numbers, and no places
CHOSEN = """
    max min sort topk kthvalue median mode nanmedian cummax cummin
    max_pool2d_with_indices max_pool3d_with_indices adaptive_max_pool2d adaptive_max_pool3d fractional_max_pool2d
""".split()
WEIGHED = """
    avg_pool2d avg_pool3d _adaptive_avg_pool2d _adaptive_avg_pool3d cumsum scatter_add index_add col2im trace
    upsample_linear1d upsample_bilinear2d upsample_bicubic2d upsample_trilinear3d _embedding_bag
    _embedding_bag_forward_only
""".split()
FLAT = """
    floor ceil round trunc sign sgn floor_divide heaviside zeros_like ones_like full_like empty_like rand_like
    randn_like new_zeros new_ones new_full new_empty new_empty_strided empty zero bernoulli uniform normal random
""".split()


# ── moved ──────────────────────────────────────────────────────────────────────────────────


def moved(call: Call) -> list[Any]:
    """The operation on places instead of numbers."""
    if call.name == "index_put" and call["accumulate"]:
        return weighed(call)
    pool: list[Any] = [None]

    def place(thing: Any, values: Any) -> Any:
        return placed(thing, values, pool)

    places = {
        name: 0 if name in NEW and not is_tensor(thing) else mapped(place, thing, call[name])
        for name, thing in call.tensors.items()
    }
    found = []
    for there, result in zip(floats(call.again(places)), floats(call.results)):
        taken = each(lambda at, number: pool[int(at)] if at else number, numbers_of(there), numbers_of(result))
        found.append(taken)
    kinds = [result.is_floating_point() for result in call.results]
    return [found.pop(0) if kind else None for kind in kinds]


def placed(thing: Any, values: Any, pool: list[Any]) -> Any:
    """A tensor of the places that its Values have in the pool; they join it."""
    if not thing.is_floating_point():
        return thing
    numbers = np.zeros(np.shape(values))
    for place, value in zip(np.ndindex(numbers.shape), plain(values).flat):
        if isinstance(value, Value):
            numbers[place] = len(pool)
            pool.append(value)
    return tensor(numbers, thing)


def tensor(numbers: Any, like: Any) -> Any:
    """A new tensor of doubles, where the other one is."""
    import torch

    return torch.from_numpy(np.ascontiguousarray(numbers).reshape(np.shape(numbers))).to(like.device)


def floats(things: Any) -> list[Any]:
    return [each for each in leaves(things) if is_tensor(each) and each.is_floating_point()]


# ── chosen ─────────────────────────────────────────────────────────────────────────────────


def chosen(call: Call) -> list[Any]:
    """What stands at the places that PyTorch names in its second result."""
    if len(call.results) < 2:  # the largest of all
        return largest(call)
    out, at = call.results[:2]
    indices, array = numbers_of(at), call["self"]
    if "pool" in call.name:
        axes = 3 if "3d" in call.name else 2
        flat = array.reshape(*array.shape[:-axes], -1)
        found = np.take_along_axis(flat, indices.reshape(*indices.shape[:-axes], -1), -1)
        return [found.reshape(out.shape), None]
    dim = call.given.get("dim", -1)
    if array.ndim > indices.ndim:
        return [np.take_along_axis(array, np.expand_dims(indices, dim), dim).squeeze(dim), None]
    return [np.take_along_axis(array, indices, dim) if array.ndim else array, None]


def largest(call: Call) -> list[Any]:
    """Of a whole array, or of two: `max(self)`, `max(self, other)`, `median(self)`."""
    if "other" in call.given:
        return [each(OPEN[call.name], call["self"], call["other"])]
    if call.name in ("max", "min"):
        return REDUCTIONS["a" + call.name](call)
    numbers, wanted = numbers_of(call.tensors["self"]).ravel(), float(call.results[0])
    return [plain(call["self"].flat[int(np.argmax((numbers == wanted) | np.isnan(numbers)))])]


# ── weighed ────────────────────────────────────────────────────────────────────────────────


def weighed(call: Call) -> list[Any]:
    """Sums of the inputs, each times what the result is where this input is 1, and all others are 0."""
    inputs: list[Any] = []

    def gather(thing: Any, values: Any) -> Any:
        inputs.extend(plain(values).ravel().tolist() if thing.is_floating_point() else [])

    for name, thing in call.tensors.items():
        mapped(gather, thing, call[name])
    shape = tuple(call.results[0].shape)
    terms: list[list[tuple[float, Any]]] = [[] for _ in range(call.results[0].numel())]
    for k, value in enumerate(inputs):
        column = numbers_of(floats(call.again(unit(call.tensors, k)))[0]).ravel()
        for place in np.flatnonzero(column).tolist():
            terms[place].append((float(column[place]), value))
    found = np.array([*map(weighted, terms), None], object)[:-1]
    return [found.reshape(shape), *[None] * (len(call.results) - 1)]


def unit(tensors: Mapping[str, Any], k: int) -> dict[str, Any]:
    """The same arguments, all floats 0 but the k-th, which is 1."""
    before = 0

    def replaced(thing: Any) -> Any:
        nonlocal before
        if not thing.is_floating_point():
            return thing
        numbers = np.zeros(thing.numel())
        if before <= k < before + thing.numel():
            numbers[k - before] = 1.0
        before += thing.numel()
        return tensor(numbers.reshape(tuple(thing.shape)), thing)

    return {name: mapped(replaced, thing) for name, thing in tensors.items()}


def weighted(terms: Sequence[tuple[float, Any]]) -> Any:
    weights = {weight for weight, _ in terms}
    if weights == {1.0}:
        return total([value for _, value in terms])
    if len(weights) == 1:
        return total([value for _, value in terms]) * weights.pop()
    return neuron([weight for weight, _ in terms], [value for _, value in terms]) if terms else 0.0
