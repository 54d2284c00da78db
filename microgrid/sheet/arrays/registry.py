"""The arrays of a sheet so far: their shapes, their elements, families of them, and what each sample has of its own."""

from __future__ import annotations

import re

from microgrid.formula import Call, Formula, Name, fold
from microgrid.formula.printing import AT, unsampled
from microgrid.formula.regexes import regex
from microgrid.formula.signs import RAISED, index_key
from microgrid.sheet.statements import Array, Script

from .elements import Elements, Family, number, places, wrapped
from .shapes import Shape

__all__ = ["AT_SAMPLE", "Arrays", "element_names", "sampled", "unsampled", "without_sample"]

AT_SAMPLE = regex(rf"{AT}([0-9]+)")
POWER = regex(rf"[{RAISED}ⁿ](?![^⁽]*⁾)")  # v² is a power, and no element


def sampled(name: str, sample: int) -> str:
    """What the quantity of one sample is called; the name itself where there is none.

    >>> sampled("z[1]", 2), sampled("w", 0)
    ('z[1] at sample 2', 'w')
    """
    return f"{name}{AT}{sample}" if sample else name


def without_sample(formula: Formula, sample: int = 0) -> Formula:
    """The formula of one sample as that of any.

    >>> without_sample(Name("z[1] at sample 2")), without_sample(Name("∂L at sample 2/∂z at sample 1"), 2)
    (Name(name='z[1]'), Name(name='∂L/∂z at sample 1'))

    sample  its number; 0 for whichever it is
    """
    told = re.compile(rf"{AT}{sample}(?![0-9])") if sample else AT_SAMPLE

    def visit(node: Formula, inputs: list[Formula]) -> Formula:
        if isinstance(node, Name):
            return Name(told.sub("", node.name), node.at)
        return Call(node.function, tuple(inputs), node.at) if isinstance(node, Call) else node

    return fold(formula, visit)  # type: ignore[no-any-return]


def element_names(name: str, shape: Shape, sample: int = 0) -> tuple[str, ...]:
    """The names of the elements of an array, row by row.

    >>> element_names("W", (2, 2)), element_names("x", (2,), 3)
    (('W[1,1]', 'W[1,2]', 'W[2,1]', 'W[2,2]'), ('x[1] at sample 3', 'x[2] at sample 3'))
    """
    end = f"]{AT}{sample}" if sample else "]"
    return tuple(f"{name}[{','.join(map(str, place))}{end}" for place in places(shape))


class Arrays:
    """What is no single number in a sheet.

    known       the arrays, by name                  families    members by their indices, by the name of all
    varying     what has a number for each sample    samples     how many there are
    used_whole  families that some line took for a vector
    """

    def __init__(self) -> None:
        self.known: dict[str, Array] = {}
        self.families: dict[str, dict[tuple[int, ...], str]] = {}
        self.varying: dict[str, None] = {}
        self.samples = 0
        self.used_whole: dict[str, None] = {}
        self._elements: dict[str, Elements] = {}
        self._owners: dict[str, str] = {}
        self._by_small: dict[str, list[str]] = {}

    @staticmethod
    def of(script: Script) -> Arrays:
        """Those of a sheet that has been read."""
        found = Arrays()
        for each in script.arrays:
            found.add(each)
        for base, members in script.families:
            for name in members:
                index = name.removeprefix(base)[1:-1]
                found.belong(base, tuple(map(int, index.split(","))), name)
        found.samples = script.samples
        found.varying = dict.fromkeys(script.varying)
        return found

    def add(self, array: Array) -> None:
        """One more array."""
        self.known[array.name] = array
        self._owners.update(dict.fromkeys(array.elements, array.name))
        self._names(array.name)

    def belong(self, base: str, place: tuple[int, ...], name: str) -> None:
        """One more member of a family."""
        self.families.setdefault(base, {})[place] = name
        self._owners[name] = base
        self._names(base)

    def _names(self, name: str) -> None:
        """Note down what an array or a family is called, in small letters too."""
        same = self._by_small.setdefault(index_key(name).lower(), [])
        if name not in same:
            same.append(name)

    def elements(self, word: str) -> Elements | Family | None:
        """What a name stands for, with its sample or without; None for a number."""
        if word in self._elements:
            return self._elements[word]
        if self.families:
            name, sample = unsampled(word)
            if name in self.families:
                return Family(name, self.families[name], sample)
        return self.array(word) if self.known else None

    def array(self, word: str) -> Elements | None:
        """The array of a name; None where it is none."""
        name, sample = unsampled(word)
        if word not in self._elements and name in self.known:
            shape = self.known[name].shape
            self._elements[word] = Elements(shape, tuple(map(Name, element_names(name, shape, sample))))
        return self._elements.get(word)

    def shape(self, name: str) -> Shape:
        """The shape of an array; () where it is none."""
        array = self.known.get(unsampled(name)[0])
        return array.shape if array else ()

    def numbers(self, name: str) -> tuple[str, ...]:
        """The elements of an array, and those of every member of a family; of a number itself."""
        members = self.families[name].values() if name in self.families else (name,)
        return tuple(each for one in members for each in (self.known[one].elements if one in self.known else (one,)))

    def times(self, left: str, right: str, *, is_turned: bool = False) -> str:
        """The sign between two factors: that of matrices where both are arrays, and one is a matrix, or transposed."""
        shapes = self.shape(left), self.shape(right)
        return " @ " if all(shapes) and (is_turned or max(map(len, shapes)) > 1) else "*"

    def member(self, family: Family, place: tuple[int, ...]) -> Elements:
        """One of a family."""
        name = family.members[place]
        word = sampled(name, family.sample if name in self.varying else 0)
        return wrapped(self.array(word) or number(Name(word)), *family.around)

    def find(self, word: str) -> str:
        """The element or member that a word means, where nothing else is called so; '' for none.

        `W₂₁`, `W21` or `w21` is W[2,1]; `z₂` is z[2], of a family; `z₁⁽²⁾` is z[2][1].
        """
        if word in self._owners or not (self.known or self.families) or POWER.search(word):
            return word if word in self._owners else ""
        key, _, layer = index_key(word).rstrip("⁾").partition("⁽")
        digits = re.search(r"_?([0-9]+)$", key)
        found: list[str] = []
        for end in range(1, len(digits[1]) + 1) if digits else ():
            stem, place = key[:-end].rstrip("_"), ",".join(key[-end:])
            found += [each for each in self.called(stem, place, layer) if each in self._owners]
        exact = [each for each in found if key.startswith(index_key(each.partition("[")[0]))]
        found = exact or found
        return found[0] if len(found) == 1 else ""

    def called(self, stem: str, place: str, layer: str) -> list[str]:
        """What an element or member may be called, whose array is called so in small or capital letters."""
        names = self._by_small.get(stem.lower(), ())
        return [f"{name}[{layer}][{place}]" if layer else f"{name}[{place}]" for name in names]

    def owned(self, name: str) -> str:
        """The array of an element; any other name itself."""
        return self.known[owner].name if (owner := self.owner(name)) in self.known else name

    def varies(self, name: str) -> bool:
        """Whether a number, or the array that it is an element of, is another for each sample."""
        return self.owned(name) in self.varying

    def owner(self, element: str) -> str:
        """The array that an element belongs to; '' for none."""
        return self._owners.get(unsampled(element)[0], "")
