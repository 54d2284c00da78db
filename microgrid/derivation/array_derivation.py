"""A derivative by an array, written out: in matrices, and beside it one of its elements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce

from microgrid.errors import GraphError
from microgrid.formula import Call, Formula, Name, Number, evaluate, fold, free_names
from microgrid.formula.algebra import size
from microgrid.formula.expression import CONSTANTS
from microgrid.formula.words import WORDS
from microgrid.sheet import Round
from microgrid.sheet.arrays import literal, transposed_literal
from microgrid.sheet.arrays.registry import element_names, sampled, unsampled
from microgrid.sheet.arrays.writing import with_parts_named

from .array_chains import OVER, ArrayGradients, agree, gradient_name
from .element_chains import ElementChains
from .findings import ArrayStep
from .question import ArrayDescent, Descent

__all__ = ["ArrayDerivation", "array_descents", "in_sums"]

MOST = 200  # numbers that are put into one formula
MOST_TERMS, FIRST_TERMS = 16, 4  # of a sum that are written out; of more the first ones and the last
LONGEST = 1000  # parts of one element
DOTS = Name("…")
ELEMENTS = 12  # terms of one element with their numbers put in


class ArrayDerivation:
    """Derivatives of one number by arrays, in one round.

    here    the round          of  the number
    number  of the sample for which is written out what is of samples
    """

    def __init__(self, here: Round, of: str, number: int = 1) -> None:
        self.here, self.of, self.number = here, of, number
        self.mark = sampled("", number)
        self.array_gradients = ArrayGradients(here.sheet, of)
        self.algebra = here.sheet.algebra
        self.chains = ElementChains(here.sheet, of, self.array_gradients.gradients)
        self._found: dict[str, Formula | None] = {}
        self.chosen: dict[str, str] = {}  # of each array the element that is written out beside it

    def steps(self, by: str | None) -> tuple[ArrayStep, ...]:
        """The steps down to an array, or to all of them, from the target on; each rests on those before it."""
        order = list(self.array_gradients.gradients)
        wanted = [by] if by is not None else [each for each in order if each != self.of and self.is_shown(each)]
        if by is not None and by not in order:
            raise GraphError(f"{by!r} does not lead to {self.of!r}")
        needed: dict[str, None] = {}
        pending = list(wanted)
        while pending:
            name = pending.pop()
            if name not in needed:
                needed[name] = None
                pending += self.above(name)
        lowest_first = sorted(needed, key=order.index, reverse=True)
        made = {name: self.step(name) for name in lowest_first}
        return tuple(made[name] for name in reversed(lowest_first))

    def is_shown(self, name: str) -> bool:
        """Whether a whole backward pass tells it: of all samples the one."""
        return unsampled(name)[1] in (0, self.number)

    @property
    def remark(self) -> str:
        """What has to be said about samples."""
        count = self.here.sheet.samples
        if count < 2 or unsampled(self.of)[1]:
            return ""
        which = f"the first of {count:,} samples" if self.number == 1 else f"sample {self.number:,} of {count:,}"
        return f"Of {which}; what is added up over all of them says so."

    @property
    def sample(self) -> str:
        """The sample that it is of, as a line of a sheet."""
        return self.mark.removeprefix(" at ") if self.here.sheet.samples else ""

    def found(self, name: str) -> Formula | None:
        """The gradient by a name, where the round confirms its formula; None where there is no formula over arrays."""
        if name not in self._found:
            self._found[name] = self.confirmed(name, self.array_gradients.gradients.get(name))
        return self._found[name]

    def confirmed(self, name: str, formula: Formula | None) -> Formula | None:
        """The formula, where it comes to what the graph has."""
        if formula is None:
            return None
        given, graph = (numbers_of(each) for each in (self.algebra.typed(formula, self.evaluated), self.value(name)))
        return formula if agree(given, graph) else None

    def above(self, name: str) -> Iterator[str]:
        """What a gradient is computed from that is a gradient too."""
        shape = self.algebra.shape(Name(name))
        formula = self.found(name)
        if formula is None and shape:
            formula = self.chain(self.one_element(name, shape))
        for each in free_names(formula) if formula is not None else ():
            below = self.below(each.name)
            if below and self.whole(below) != name:
                yield self.whole(below)

    def below(self, name: str) -> str:
        """What a derivative of the number is by; '' for any other name."""
        prefix = gradient_name(self.of, "")
        return name.removeprefix(prefix) if name.startswith(prefix) else ""

    def whole(self, name: str) -> str:
        """The array of an element, or of a sum over samples its first."""
        base, sample = unsampled(name)
        owner = self.algebra.arrays.owned(base)
        return sampled(owner, sample or (self.number if owner in self.algebra.arrays.varying else 0))

    def evaluated(self, formula: Formula) -> float:
        """What a formula over numbers comes to in this round, 1{a > b} too."""
        names = {
            each.name: self.here.number_of(each.name) for each in free_names(formula) if each.name not in CONSTANTS
        }
        return float(evaluate(formula, {**CONSTANTS, **names}, WORDS))

    def one_element(self, name: str, shape: Sequence[int]) -> str:
        """The element of an array that is written out beside it."""
        if name not in self.chosen:
            base, sample = unsampled(name)
            elements = element_names(base, tuple(shape), sample)
            usual = default_element(name, shape)
            self.chosen[name] = usual if self.found(name) is not None else max(elements, key=self.weight)
        return self.chosen[name]

    def weight(self, element: str) -> tuple[int, float]:
        """How much an element shows: how many numbers use it, and how large its derivative is."""
        return len(self.chains.users.get(element, ())), abs(self.here.derivative(self.of, element))

    def chain(self, element: str) -> Formula | None:
        """The derivative by one element over those by its users, where it comes to what the graph has."""
        formula = self.chains.formula(element)
        value = [self.here.derivative(self.of, element)]
        return formula if formula is not None and agree([self.evaluated(formula)], value) else None

    # ── one step ──

    def step(self, name: str) -> ArrayStep:
        formula = self.found(name)
        shape = self.algebra.shape(Name(name))
        element = self.one_element(name, shape) if shape else name
        beside = self.element(name, element, formula) if shape else None
        return self.made(name, self.value(name), formula, self.inserted(formula), beside)

    def made(
        self,
        by: str,
        value: Formula,
        formula: Formula | None,
        inserted: Formula | None,
        beside: ArrayStep | None = None,
    ) -> ArrayStep:  # fmt: skip
        """A step, its names as they are written where one sample is meant."""
        written = None if formula is None else self.written(formula)
        return ArrayStep(self.of, by, self.written(Name(gradient_name(self.of, by))), value, written, inserted, beside)

    def written(self, formula: Formula) -> Formula:
        """The formula with its derivatives as such, and without the sample that all is of."""

        def visit(node: Formula, inputs: list[Formula]) -> Formula:
            if isinstance(node, Call):
                return Call(node.function, tuple(inputs))
            if isinstance(node, Name) and self.below(node.name):
                return self.quantity(self.below(node.name))
            return Name(node.name.removesuffix(self.mark)) if isinstance(node, Name) else node

        return fold(with_parts_named(formula), visit)  # type: ignore[no-any-return]

    def quantity(self, by: str) -> Formula:
        """What a derivative is called where one sample is meant: d where ∂ would be read as the local one."""
        found = quantity(self.of.removesuffix(self.mark), by.removesuffix(self.mark))
        return Call("d", found.arguments) if self.whole(by) in self.array_gradients.totals else found

    def value(self, name: str) -> Formula:
        """The gradient as the graph has it."""
        shape = self.algebra.shape(Name(name))
        base, sample = unsampled(name)
        names = element_names(base, shape, sample) if shape else (name,)
        return literal(shape, [self.here.derivative(self.of, each) for each in names])

    def inserted(self, formula: Formula | None) -> Formula | None:
        """The formula with a number, or an array of numbers, for every name."""
        if formula is None or has_samples(formula):
            return None
        parts: dict[Formula, Formula] = {}
        formula = with_parts_named(formula, parts)
        names = [each for each in free_names(formula) if each.name not in CONSTANTS]
        made = {each.name: self.algebra.typed(parts.get(each, each), self.evaluated) for each in names}
        count = sum(len(numbers_of(each)) for each in made.values())
        return with_numbers(formula, made) if 0 < count <= MOST else None

    def element(self, name: str, element: str, formula: Formula | None) -> ArrayStep | None:
        """One element of a gradient, over elements of what stands in its formula; None where nobody would read that."""
        value = Number(self.here.derivative(self.of, element))
        if formula is None:
            chain = self.chain(element)
            for each in free_names(chain) if chain is not None else ():
                self.choose(each.name)
            return self.made(element, value, chain, chain and self.with_few_numbers(chain))
        base, sample = unsampled(name)
        place = element_names(base, self.algebra.shape(Name(name)), sample).index(element)
        written = self.at(formula, place)
        if size(written) > LONGEST:
            return None
        own = self.algebra.tidy(written)
        for each in free_names(own):
            self.choose(each.name)
        return self.made(element, value, own, self.inserted_at(formula, place))

    def at(self, formula: Formula, place: int) -> Formula:
        """The formula of one element; a sum over samples stays one."""
        first, rest = summands(formula)
        return reduce(
            lambda so_far, each: Call(each[0], (so_far, self.term(each[1], place))), rest, self.term(first, place)
        )

    def term(self, formula: Formula, place: int) -> Formula:
        """The same of a term."""
        if isinstance(formula, Call) and formula.function == OVER:
            return Call(OVER, (self.one_of(formula.arguments[0], place),))
        return self.one_of(formula, place)

    def one_of(self, formula: Formula, place: int) -> Formula:
        """One element; of a number, which stands for all of them, the number."""
        found = self.algebra.elements(formula)
        return in_sums(found[place if len(found) > 1 else 0])

    def inserted_at(self, formula: Formula, place: int) -> Formula | None:
        """The same with numbers, where they are few."""
        return self.with_few_numbers(self.algebra.tidy(in_sums(self.algebra.elements(formula)[place])))

    def with_few_numbers(self, own: Formula) -> Formula | None:
        """A formula over numbers with these put in, where they are few."""
        names = [each for each in free_names(own) if each.name not in CONSTANTS]
        if not 0 < len(names) <= ELEMENTS or DOTS in names:
            return None
        return with_numbers(own, {each.name: Number(self.evaluated(each)) for each in names})

    def choose(self, name: str) -> None:
        """Let the element whose derivative stands in a formula be the one that is written out above it."""
        below = self.below(name)
        base, sample = unsampled(below)
        if below and base != self.algebra.arrays.owned(base):
            varies = self.whole(below).endswith(self.mark) and not sample
            self.chosen.setdefault(self.whole(below), below + self.mark if varies else below)


def array_descents(descents: Sequence[Descent], here: Round) -> list[Descent | ArrayDescent]:
    """The steps of gradient descent, those of all the elements of an array as one."""
    known, found = here.sheet.algebra.arrays.known, list[Descent | ArrayDescent]()
    by_name = {each.name: each for each in descents}
    for each in descents:
        array = known.get(here.sheet.algebra.arrays.owner(each.name))
        own = [by_name[name] for name in array.elements if name in by_name] if array else []
        rates = {part.numbers.get("rate") for part in own}
        if array is None or len(own) < len(array.elements) or len(rates) > 1 or None in rates:
            found.append(each)
        elif each is own[0]:
            found.append(as_one(array.name, array.shape, own))
    return found


def as_one(name: str, shape: Sequence[int], own: Sequence[Descent]) -> ArrayDescent:
    """W ← W − η·∂L/∂W, with its numbers."""
    old, new = (literal(tuple(shape), [getattr(each, side) for each in own]) for side in ("old", "new"))
    slopes = literal(tuple(shape), [each.numbers["slope"] for each in own])
    rate = Number(own[0].numbers["rate"])
    named = Name(name), quantity(own[0].of, name)
    sides = [Call("-", (w, Call("*", (rate, g)))) for w, g in (named, (old, slopes))]
    return ArrayDescent(name, old, new, tuple(sides), slopes)


def summands(formula: Formula) -> tuple[Formula, list[tuple[str, Formula]]]:
    """The first term of a sum, and the others with their signs."""
    found: list[tuple[str, Formula]] = []
    while isinstance(formula, Call) and formula.function in ("+", "-"):
        found.insert(0, (formula.function, formula.arguments[1]))
        formula = formula.arguments[0]
    return formula, found


def quantity(of: str, by: str) -> Call:
    """What the derivative of a number by an array is called."""
    return Call("∂", (Name(of), Name(by)))


def default_element(name: str, shape: Sequence[int]) -> str:
    """The last element of a vector; of a matrix the first in its last row, whose two indices differ."""
    base, sample = unsampled(name)
    names = element_names(base, tuple(shape), sample)
    return names[-shape[1]] if len(shape) == 2 else names[-1]


def has_samples(formula: Formula) -> bool:
    return bool(fold(formula, lambda node, found: any(found) or (isinstance(node, Call) and node.function == OVER)))


def numbers_of(formula: Formula) -> list[float]:
    """The numbers of an array that is typed."""
    found: list[float] = []
    fold(formula, lambda node, _: found.append(node.value) if isinstance(node, Number) else None)
    return found


def with_numbers(formula: Formula, names: Mapping[str, Formula]) -> Formula:
    """The formula with something for each name; an array that is turned is typed so."""

    def visit(node: Formula, inputs: list[Formula]) -> Formula:
        if isinstance(node, Name):
            return names.get(node.name, node)
        if not isinstance(node, Call):
            return node
        call = Call(node.function, tuple(inputs))
        return transposed_literal(inputs[0]) if node.function == "ᵀ" else call

    return fold(formula, visit)  # type: ignore[no-any-return]


def in_sums(formula: Formula) -> Formula:
    """Sums and neurons as they are added up by hand: w₁x₁ + w₂x₂ + b."""

    def visit(node: Formula, inputs: list[Formula]) -> Formula:
        if not isinstance(node, Call):
            return node
        if node.function == "affine":
            half = len(inputs) // 2
            products = [Call("*", pair) for pair in zip(inputs[:half], inputs[half:-1])]
            inputs = [*products, inputs[-1]]
        if node.function in ("affine", "sum"):
            shown = inputs if len(inputs) <= MOST_TERMS else [*inputs[:FIRST_TERMS], DOTS, inputs[-1]]
            return reduce(lambda a, b: Call("+", (a, b)), shown)
        return Call(node.function, tuple(inputs))

    return fold(formula, visit)  # type: ignore[no-any-return]
