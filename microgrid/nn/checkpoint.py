"""A network as a file: readable JSON, with its version, shape, activations and every parameter by name.

    {
     "format": "microgrid network",
     "version": 1,
     "shape": [2, 3, 1],
     "activations": ["tanh", "linear"],
     "parameters": {
      "w1_11": 0.2355,
      …

`shape` is the number of inputs, then of the neurons in each layer. A double is written so that it
comes back to the bit; inf and nan, which JSON has not, are strings. A `level` is there only where the
network has one. Reading runs nothing: what is no such object is refused, before anything of its size is made.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Sequence
from itertools import pairwise
from reprlib import repr as brief  # however long a thing is, its ends on one line
from typing import Any, NamedTuple, TypeGuard

from microgrid.errors import GraphError, NotRealError, did_you_mean, file_named
from microgrid.files import LARGEST, file_content, replace_file
from microgrid.formula import real
from microgrid.formula.lettering import plain
from microgrid.look_alikes import strange

from .activations import activation_named

__all__ = ["FORMAT", "VERSION", "Checkpoint", "parameter_names", "read", "refuse_other_names", "write"]

FORMAT = "microgrid network"
VERSION = 1
KEYS = ("format", "version", "shape", "activations", "parameters", "level")
NOT_FINITE = ("inf", "-inf", "nan")
MOST = 2 * LARGEST  # bytes: a million parameters
LONGEST = 40  # the longest name that an error shows, in characters


class Checkpoint(NamedTuple):
    """What a file holds: the shape, one activation for each layer, the parameters by name, `Module.level`."""

    shape: tuple[int, ...]
    activations: tuple[str, ...]
    parameters: dict[str, float]
    level: float | None = None


def parameter_names(shape: Sequence[int]) -> list[str]:
    """The names of a network's parameters as books write them, neuron by neuron: its weights, then its bias.

    w_jk of layer l leads from input k to neuron j; where a number needs two digits they stand apart.

    >>> parameter_names([2, 1]), parameter_names([1, 10])[-2:]
    (['w1_11', 'w1_12', 'b1_1'], ['w1_10_1', 'b1_10'])
    """
    names = []
    for layer, (nin, nout) in enumerate(pairwise(shape), 1):
        apart = "_" if max(nin, nout) > 9 else ""
        for j in range(1, nout + 1):
            names += [f"w{layer}_{j}{apart}{k}" for k in range(1, nin + 1)]
            names.append(f"b{layer}_{j}")
    return names


def refuse_other_names(found: Sequence[str], wanted: Sequence[str], where: str) -> None:
    """Raises GraphError unless both are the same names, in any order; it counts them and names the first."""
    here, there = set(found), set(wanted)
    missing = [name for name in wanted if name not in here]
    unknown = [name for name in found if name not in there]
    if missing or unknown:
        differ = " and ".join(filter(None, (listing(missing, "missing"), listing(unknown, "unknown"))))
        raise GraphError(f"{where} has {len(found)} parameters for a network of {len(wanted)}: {differ}")


def listing(names: Sequence[str], what: str) -> str:
    """`5 missing (w1_11, w1_12, w1_21, …)`, or nothing."""
    first = ", ".join([*(plain(str(name), LONGEST) for name in names[:3]), *(["…"] if names[3:] else [])])
    alike = next(filter(None, (strange(str(name)[:LONGEST])[1] for name in names[:3])), "")
    return f"{len(names)} {what} ({first}{alike and '; '}{alike})" if names else ""


# ── writing ────────────────────────────────────────────────────────────────────────────────


def write(path: str | os.PathLike[str], checkpoint: Checkpoint) -> None:
    """Write the file whole or not at all: beside it first, then in its place.

    Raises GraphError for a level that is no finite number, OSError for a path where no file can be.
    """
    parameters = {name: x if math.isfinite(x) else repr(x) for name, x in checkpoint.parameters.items()}
    level = finite_level(checkpoint.level, "the network")
    content = {
        "format": FORMAT,
        "version": VERSION,
        "shape": list(checkpoint.shape),
        "activations": list(checkpoint.activations),
        **({} if level is None else {"level": level}),
    }
    lines = [f" {json.dumps(key)}: {json.dumps(value)}" for key, value in content.items()]
    text = json.dumps(parameters, indent=1, allow_nan=False).replace("\n", "\n ")
    whole = "{\n" + ",\n".join([*lines, f' "parameters": {text}']) + "\n}\n"
    replace_file(path, whole.encode())


# ── reading ────────────────────────────────────────────────────────────────────────────────


def read(path: str | os.PathLike[str]) -> Checkpoint:
    """What the file holds. Raises GraphError for a file of another kind or version, or that contradicts itself."""
    content, name = parsed(path), file_named(path)
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise GraphError(f"{name} is no {FORMAT}; give a file that save() wrote")
    version = content.get("version")
    if type(version) is not int or version != VERSION:
        newer = type(version) is int and version > VERSION
        remedy = "install a newer microgrid" if newer else "save the network again"
        raise GraphError(f"{name} has version {brief(version)}, and this microgrid reads version {VERSION}; {remedy}")
    refuse_other_keys(list(content), name)
    shape = content.get("shape")
    if not is_shape(shape):
        raise GraphError(f"{name} has the shape {brief(shape)}; a shape is like [2, 3, 1], every number at least 1")
    activations = activations_of(content.get("activations"), len(shape) - 1, name)
    found = numbers(content.get("parameters"), name)
    wanted = sum((nin + 1) * nout for nin, nout in pairwise(shape))
    if len(found) != wanted:  # before any network of that size is made
        needs = wanted if wanted < 10**15 else "more than 10^15"  # Python refuses to write 10,000 digits
        raise GraphError(f"{name} has {len(found)} parameters, but the shape {brief(shape)} has {needs}")
    refuse_other_names(list(found), parameter_names(shape), name)
    return Checkpoint(tuple(shape), activations, found, finite_level(content.get("level"), name))


def parsed(path: str | os.PathLike[str]) -> Any:
    name, data = file_named(path), file_content(path, MOST)
    repeated: list[str] = []

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                repeated.append(key)
            found[key] = value
        return found

    try:
        content = json.loads(data.decode("utf-8-sig"), object_pairs_hook=once)
    except (ValueError, RecursionError) as problem:
        raise GraphError(f"{name} is no JSON ({why_not(problem)}); give a file that save() wrote") from None
    if repeated:
        raise GraphError(f"{name} has {plain(repeated[0], LONGEST)} twice; leave one of the two out")
    return content


def why_not(problem: Exception) -> str:
    """What keeps a text from being JSON, in words of ours where those of Python are about Python.

    >>> why_not(RecursionError("maximum recursion depth exceeded"))
    'it is nested too deep'
    """
    if isinstance(problem, json.JSONDecodeError):
        return f"{problem.msg[:1].lower()}{problem.msg[1:]}, line {problem.lineno}, column {problem.colno}"
    if isinstance(problem, UnicodeDecodeError):
        return f"byte {problem.object[problem.start]:#x} is no UTF-8"
    return "it is nested too deep" if isinstance(problem, RecursionError) else "a number in it has thousands of digits"


def refuse_other_keys(content: Sequence[str], name: str) -> None:
    """Raises GraphError for a key that no network has: what it was to say would be lost."""
    unknown = next((key for key in content if key not in KEYS), None)
    if unknown is not None:
        near = did_you_mean(unknown[:LONGEST], KEYS) or f"; there are {', '.join(KEYS)}"
        raise GraphError(f"{name} has {plain(unknown, LONGEST)!r}, which is no part of a network{near}")


def is_shape(shape: Any) -> TypeGuard[list[int]]:
    return isinstance(shape, list) and len(shape) > 1 and all(type(each) is int and each > 0 for each in shape)


def activations_of(found: Any, layers: int, name: str) -> tuple[str, ...]:
    """One activation for each layer, by its name. Raises GraphError for another number of them, or another name."""
    if not isinstance(found, list) or len(found) != layers:
        raise GraphError(f"{name} has the activations {brief(found)} for {layers} layers; each layer has one")
    try:
        return tuple(map(activation_named, found))
    except GraphError as problem:
        raise GraphError(f"{name}: {problem}") from None


def numbers(parameters: Any, name: str) -> dict[str, float]:
    """The parameters as doubles; inf and nan only where a text says so."""
    if not isinstance(parameters, dict):
        raise GraphError(f"{name} has no parameters; they are an object of names and numbers")
    found = {}
    for key, x in parameters.items():
        if type(x) not in (int, float) and x not in NOT_FINITE:
            raise GraphError(f"{name} has {brief(x)} for {plain(key, LONGEST)}; a parameter is a number")
        found[key] = float(x) if isinstance(x, str) else real(x)
        if not isinstance(x, str) and not math.isfinite(found[key]):
            fact = f"{name} has {brief(x)} for {plain(key, LONGEST)}, which is no finite double"
            raise GraphError(f'{fact}; if that is meant, write "{found[key]}"')
    return found


def finite_level(level: Any, name: str) -> float | None:
    """The level as a double. Raises GraphError for what is neither a finite number nor None."""
    if level is None:
        return None
    try:
        found = math.nan if isinstance(level, bool) else real(level)
    except NotRealError:
        found = math.nan
    if not math.isfinite(found):
        raise GraphError(f"{name} has the level {brief(level)}; it is a finite number, or there is none")
    return found
