"""Misspelt attributes: refused with the right name, and never offered."""

from __future__ import annotations

import abc
import copy
import inspect
import pickle
import pydoc
import rlcompleter
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import pytest

import microgrid
from microgrid.engine import Value
from microgrid.engine.misspelt import MISSPELT
from microgrid.errors import AttributeNameError

SLIPS = {slip: meant for meant, slips in MISSPELT.items() for slip in slips}
REAL = {"data", "grad", "label", "parents", "partials", "op", "role", "backward", "zero_grad", "tanh", "relu"}


class Labelled(Value):
    """A subclass with attributes of its own."""

    def __init__(self, data, label=""):
        super().__init__(data, label=label)
        self.note = "mine"


class Weight(Labelled):
    """A subclass that gives meanings to names which are slips elsewhere: as people do, or by declaring them."""

    value: int
    item = "a class attribute"

    def __init__(self, data, name=""):
        super().__init__(data)
        self.name = name


class Lighter(Weight):
    """A subclass of that."""


class Drawable(Protocol):
    def draw(self): ...


# ── what is offered ────────────────────────────────────────────────────────────────────────


def completed(thing):
    """What the prompt of Python completes after `thing.`."""
    completer = rlcompleter.Completer({"thing": thing})
    completer.complete("thing.", 0)
    return {each.removeprefix("thing.").rstrip("()") for each in completer.matches}


def documented(thing):
    """The attributes that `help` has a paragraph about."""
    text = pydoc.plain(pydoc.render_doc(thing))
    return {line[4:].partition("(")[0].partition(" = ")[0].strip() for line in text.splitlines() if line[:4] == " |  "}


OFFERS = {
    "dir": lambda thing: set(dir(thing)),
    "getmembers": lambda thing: {name for name, _ in inspect.getmembers(thing)},
    "rlcompleter": completed,
}
THINGS = {"the class": Value, "a value": Value(2.0, label="x"), "a subclass": Labelled, "one of it": Labelled(1.0)}


@pytest.mark.parametrize("thing", THINGS.values(), ids=list(THINGS))
@pytest.mark.parametrize("offer", OFFERS.values(), ids=list(OFFERS))
def test_only_what_is_there_is_offered(offer, thing):
    offered = offer(thing)
    assert offered >= REAL
    assert offered & SLIPS.keys() == set()


def test_every_public_name_that_is_offered_can_be_read():
    x = Value(2.0)
    assert [name for name in dir(x) if name[0] != "_" and not hasattr(x, name)] == []


@pytest.mark.parametrize("thing", [Value, Labelled])
def test_help_tells_of_no_misspelt_name(thing):
    listed = documented(thing)
    assert listed >= {"backward", "tanh", "data", "zero_grad"}
    assert listed & SLIPS.keys() == set()


def test_editors_complete_no_misspelt_name():
    stub = (Path(microgrid.__file__).parent / "engine" / "_methods.pyi").read_text(encoding="utf-8")
    names = {line.split("def ")[1].partition("(")[0] for line in stub.splitlines() if "def " in line}
    assert "tanh" in names
    assert names & SLIPS.keys() == set()


# ── what is refused ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("slip", "meant"), SLIPS.items())
def test_a_misspelt_name_is_refused_wherever_it_stands(slip, meant):
    x = Value(1.0)
    for kind in (Value, Labelled):
        message = f"^{kind.__name__} has no attribute '{slip}'; did you mean '{meant}'"
        node = kind(1.0)
        for thing in (node, kind):
            with pytest.raises(AttributeNameError, match=message):
                getattr(thing, slip)
        with pytest.raises(AttributeNameError, match=message):
            setattr(node, slip, 0)
        with pytest.raises(AttributeNameError, match=message):
            delattr(node, slip)
        assert slip not in getattr(node, "__dict__", {})
    assert (hasattr(x, slip), hasattr(Value, slip), slip in vars(Value)) == (False, False, False)


def test_a_slip_changes_nothing():
    x = Value(3.0)
    (x * x).backward()
    with pytest.raises(AttributeNameError):
        x.gard = 0
    assert x.grad == 6.0


def test_a_subclass_may_set_and_delete_what_it_gives_a_meaning():
    for x in (Weight(1.0, "w"), Lighter(1.0, "w")):
        assert (x.name, x.item) == ("w", "a class attribute")
        for name in ("name", "value", "item"):
            setattr(x, name, "mine")
            assert getattr(x, name) == "mine"
            delattr(x, name)
        for name in ("name", "value"):
            with pytest.raises(AttributeNameError, match=f"'{name}'; did you mean"):
                getattr(x, name)
        for name in ("gard", "val", "labels"):
            with pytest.raises(AttributeNameError, match=f"'{name}'; did you mean"):
                setattr(x, name, "mine")


# ── and Value is a class like any other ────────────────────────────────────────────────────


class Registry(type):
    """A metaclass of somebody else."""


class Registered(metaclass=Registry):
    pass


class Abstract(Value, abc.ABC):
    def draw(self):
        return "drawn"


class AbstractFirst(abc.ABC, Value):
    def draw(self):
        return "drawn"


class Protocolled(Value, Drawable):
    def draw(self):
        return "drawn"


class Typed(Value, Generic[TypeVar("T")]):
    def draw(self):
        return "drawn"


class WithRegistry(Value, Registered):
    def draw(self):
        return "drawn"


@pytest.mark.parametrize("kind", [Abstract, AbstractFirst, Protocolled, Typed, WithRegistry])
def test_it_mixes_with_classes_of_any_metaclass(kind):
    x = kind(3.0)
    y = x * x
    y.backward()
    assert (type(y), y.draw(), x.grad) == (kind, "drawn", 6.0)
    with pytest.raises(AttributeNameError):
        x.gard
    assert {*dir(kind), *dir(x)} & SLIPS.keys() == set()


def test_its_type_is_type():
    assert type(Value) is type
    assert isinstance(Value(1.0), Value)
    assert not isinstance(1.0, Value)


@pytest.mark.parametrize("kind", [Value, Labelled])
def test_copies_and_pickles_are_closed_too(kind):
    for twin in (copy.copy(kind(2.0)), copy.deepcopy(kind(2.0)), pickle.loads(pickle.dumps(kind(2.0)))):
        assert (type(twin), twin.data) == (kind, 2.0)
        with pytest.raises(AttributeNameError):
            twin.gard
