"""Vectors and matrices of a sheet, as their numbers stand at a place on the tape; formulas over them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np

from microgrid.errors import GraphError
from microgrid.formula import Call, Formula, Name, Vocabulary, fold
from microgrid.formula.array_parser import parse_arrays
from microgrid.formula.definitions import ALIASES, FUNCTIONS, HINTS
from microgrid.sheet.arrays import Algebra, Arrays
from microgrid.sheet.arrays.grids import rows_of
from microgrid.sheet.arrays.one_sample import of_sample, over_samples
from microgrid.sheet.arrays.ranges import unrolled
from microgrid.sheet.arrays.registry import sampled, unsampled
from microgrid.sheet.arrays.shapes import Shape, described
from microgrid.sheet.arrays.wholes import Whole
from microgrid.sheet.names import OF_ARRAYS
from microgrid.sheet.other_rounds import CHANGE, with_hat
from microgrid.tape.array_events import Owners, inner
from microgrid.tape.timetable import Positions

from .lookup import Found, Lookup, NotYet

__all__ = ["ArrayLookup", "Numbers", "SheetLookup"]


class Numbers(NamedTuple):
    """What a name or a formula comes to: an array, or a number, whose shape is ()."""

    shape: Shape
    items: tuple[float, ...]


class ArrayLookup:
    """What names and formulas over arrays come to; and where the events about an array stand.

    >>> from microgrid import Sheet, steps
    >>> from microgrid.tape import Cursor
    >>> tape = steps(Sheet.parse("param W = [1 2; 3 4]\\ninput x = [1, 2]\\nz = W @ x\\nL = z·z").run())
    >>> SheetLookup(Cursor(tape, 2)).arrays.numbers("z - W[:,1]")
    Numbers(shape=(2,), items=(4.0, 8.0))
    """

    def __init__(self, lookup: Lookup) -> None:
        self.lookup, self.tape = lookup, lookup.tape

    # ── names ──

    @cached_property
    def called(self) -> dict[str, Whole]:
        """The arrays of the sheet, by name, at every sample."""
        sheet = self.tape.sheet
        return {each.called: each for each in sheet.wholes if each.shape} if sheet else {}

    @cached_property
    def algebra(self) -> Algebra:
        """The formulas over arrays of the sheet."""
        return self.tape.sheet.algebra if self.tape.sheet else Algebra(Arrays(), {})

    @property
    def sample(self) -> int:
        """The sample that the last step was about, else the first."""
        last = self.lookup.cursor.last
        names = (last.name, getattr(last, "child_name", "")) if last else ()
        return next((unsampled(name)[1] for name in names if unsampled(name)[1]), 1)

    def find(self, word: str) -> Whole | None:
        """The array that a word means, of this sample unless it says of which; None for none."""
        if not self.called:
            return None
        name, sample = unsampled(" ".join(word.split()))
        return self.called.get(name) or self.called.get(sampled(name, sample or self.sample))

    def elements(self, word: str) -> tuple[str, ...]:
        """The elements of an array; any other name itself."""
        array = self.find(word)
        return array.elements if array else (word,)

    def is_over_arrays(self, text: str) -> bool:
        """Whether a text is about arrays, or about samples."""
        if self.tape.sheet is None or not (self.tape.sheet.arrays or self.tape.sheet.samples):
            return False
        return text.strip() not in self.lookup.names

    # ── steps ──

    def steps_of(self, name: str) -> tuple[str, list[int]]:
        """What a name means, and the places in the view of it, or of the elements of an array."""
        array = self.find(name)
        if array is not None:
            return array.called, [self.lookup.step_of(each) for each in array.elements]
        place = self.lookup.step_of(name)
        return self.tape.names[place], [place]

    def about(self, places: Sequence[int], *kinds: int) -> Positions:
        """After every step about one value; after every event about an array, whose places these are."""
        found = [self.lookup.timetable.about(place, *kinds) for place in places]
        return found[0] if len(found) == 1 else self.whole(np.unique(np.concatenate(found)))

    def finished(self, *kinds: int) -> Positions:
        """After every event of these kinds."""
        return self.whole(self.lookup.timetable.of_kind(*kinds))

    def whole(self, positions: Positions) -> Positions:
        """The ends of the events that some steps belong to, which end at these positions."""
        ends = self.tape.events.ends
        if isinstance(ends, range):
            return positions
        every = np.asarray(ends)
        return np.unique(every[np.searchsorted(every, positions)])

    # ── formulas ──

    def formula(self, text: str) -> Formula:
        """A formula over arrays, gradients and derivatives: of this sample where it says of none."""
        functions, arrays = {**FUNCTIONS, **OF_ARRAYS}, self.algebra.arrays
        vocabulary = Vocabulary(functions, self.is_derivative, self.meant, ALIASES, HINTS, arrays.times)
        formula = unrolled(parse_arrays(text, vocabulary))
        formula = over_samples(formula, arrays)
        here = of_sample(formula, self.sample, arrays) if arrays.varying else formula
        return fold(here, self.with_gradients)  # type: ignore[no-any-return]

    def is_derivative(self, of: str, by: str) -> bool:
        """Whether dA/dB is a derivative."""
        return all(self.meant(each) for each in (of, by)) or self.lookup.is_derivative(of, by)

    def meant(self, word: str) -> str:
        """The number, array or family that a word means; '' for none."""
        name, dot, attribute = word.partition(".")
        if dot and attribute in ("grad", "data") and self.find(name) is not None:
            return word
        arrays = self.algebra.arrays
        if word[:1] == CHANGE and self.find(word[1:]) is not None:
            return word
        if name in arrays.known or name in arrays.families or name in arrays.varying:
            return word
        return self.lookup.meant(word) or arrays.find(word) or self.remembered(with_hat(word))

    def remembered(self, word: str) -> str:
        """What an optimiser remembers of an array, `m(W)`; '' for nothing."""
        array = self.find(inner(word)) if self.called and inner(word) != word else None
        if array is None or not self.lookup.meant(word.replace(inner(word), array.elements[0])):
            return ""
        return word.replace(inner(word), array.called)

    def with_gradients(self, node: Formula, arguments: list[Formula]) -> Formula:
        """`W.grad` as the gradients of its elements."""
        if isinstance(node, Call):
            return Call(node.function, tuple(arguments), node.at)
        name, dot, attribute = node.name.partition(".") if isinstance(node, Name) else ("", "", "")
        array = self.find(name) if dot else None
        if array is None:
            return node
        end = f".{attribute}" if attribute == "grad" else ""
        return in_names(array.shape, [each + end for each in array.elements])

    def scalar(self, text: str) -> Formula:
        """A formula that comes to a number. Raises GraphError for one of an array."""
        if not self.is_over_arrays(text):
            return Name(self.lookup.find(text).name) if text in self.lookup.names else self.lookup.formula(text)
        found = self.algebra.expanded(self.formula(text))
        if found.shape:
            raise GraphError(f"{text} is {described(found.shape)}, not a number")
        return found.formulas[0]

    def named_elements(self, text: str) -> list[str]:
        """The names of the elements of an array, or of a derivative by one. Raises GraphError for what has none."""
        items = self.algebra.expanded(self.formula(text)).formulas
        found = [each.name for each in items if isinstance(each, Name)]
        if len(found) < len(items):
            raise GraphError(f"{text} has no names for its elements; check one of them")
        return found

    def numbers(self, text: str) -> Numbers:
        """What a name or a formula comes to here. Raises NotYet where a number of it is not there."""
        formula = self.formula(text)
        found = self.algebra.expanded(formula)
        return Numbers(found.shape, self.of_arrays(lambda: tuple(map(self.lookup.evaluate, found.formulas))))

    def of_arrays(self, work: Callable[[], tuple[float, ...]]) -> tuple[float, ...]:
        """What a piece of work gives; a number that is not there yet is told by its array."""
        try:
            return work()
        except NotYet as error:
            raise NotYet(self.owners.in_word(str(error))) from None

    @cached_property
    def owners(self) -> Owners:
        """The array of each element."""
        return Owners({element: each.called for each in self.called.values() for element in each.elements})

    def gradient(self, array: Whole) -> Numbers:
        """The gradient of an array, as far as it has come. Raises NotYet where it has no share."""
        elements = [self.lookup.find(each) for each in array.elements]
        return Numbers(array.shape, self.of_arrays(lambda: tuple(map(self.lookup.gradient, elements))))

    def any(self, text: str) -> Numbers:
        """What any text comes to here: a name, a number or an array."""
        return self.numbers(text) if self.is_over_arrays(text) else Numbers((), (self.lookup.number(text),))

    def for_each(self, array: Whole, text: str) -> tuple[float, ...]:
        """What a text gives to each element of an array: numbers of the same shape, or one number to all."""
        found = self.any(text)
        if found.shape not in ((), array.shape):
            fact = f"{array.called} is {described(array.shape)}, and {text} is {described(found.shape)}"
            raise GraphError(f"{fact}: set needs the same shape, or a number for every element")
        return found.items if found.shape else found.items * len(array.elements)


class SheetLookup(Lookup):
    """What names and formulas come to where a cursor stands, with `arrays`, the vectors and matrices of a sheet."""

    @cached_property
    def arrays(self) -> ArrayLookup:
        """The vectors and matrices of a sheet."""
        return ArrayLookup(self)

    @property
    def spoken(self) -> Sequence[str]:
        return list(dict.fromkeys(map(self.arrays.owners, self.tape.names)))

    def find(self, name: str) -> Found:
        """The value of that name, of this sample where it says of none. Raises GraphError for an array, and others."""
        own = sampled(name.strip(), self.arrays.sample)
        try:
            return super().find(own if own in self.names else name)
        except GraphError:
            if (array := self.arrays.find(name)) is None:
                raise
        fact = f"{array.called} is {described(array.shape)}"
        raise GraphError(f"{fact}; {array.elements[0]} is a number")


def in_names(shape: Shape, names: Sequence[str]) -> Formula:
    """An array whose elements are names."""
    if len(shape) < 2:
        return Call("list", tuple(map(Name, names)))
    return Call("rows", tuple(Call("row", tuple(map(Name, row))) for row in rows_of(shape, names)))
