"""What a wrong number might be instead: another quantity, a sign, a digit, a forgotten factor."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping

from microgrid.formula import Call, Formula, Name, Number
from microgrid.sheet import Quantity

from .follow_through import Item, Pages
from .printed import Printed

__all__ = ["formula_hint", "hint", "rows"]


def hint(pages: Pages, item: Item, printed: Printed, should: float, published: Mapping[Item, float]) -> str:
    """The end of a sentence that says what the printed number is, where it is something else."""
    if not math.isfinite(should):
        return ""
    certain = (("the sign is wrong", -should), *uphill(pages, item, published))
    beside, beyond = neighbours(pages, item)
    likely = (*others(pages, item, published, beside), *arithmetic(should), *others(pages, item, published, beyond))
    for text, value in (*certain, *(likely if significant(printed) else ())):
        if value and printed.agrees(value):
            return f"; {text}"
    if transposed(printed.text, printed.like(should)):
        return "; two digits have changed places"
    if abs(abs(float(printed.number)) - abs(float(Printed(printed.like(should)).number))) <= 1.01 * float(printed.unit):
        return "; one unit off"
    return ""


def formula_hint(pages: Pages, quantity: Quantity, formula: Formula, agrees: Callable[[Formula], bool]) -> str:
    """What a refuted formula is instead, `the sign is wrong`; '' where no single mistake explains it.

    pages     of the sheet
    quantity  what the formula is published for
    formula   as published, over the names of the sheet and derivatives, `∂L/∂z`
    agrees    whether a formula over such names is the published one, written otherwise
    """
    right = Name(f"∂{quantity.of}/∂{quantity.by}" if quantity.by else quantity.of)
    edited = (
        ("the sign is wrong", Call("neg", (right,))),
        ("the factor 2 is too much", Call("*", (Number(2.0), right))),
        ("the factor ½ is too much", Call("/", (right, Number(2.0)))),
    )
    return next((words for words, each in edited if agrees(each)), "")


def rows(pages: Pages, item: Item) -> list[tuple[float, str]]:
    """The numbers that likely mistakes give instead of a true one, each with its words; the likeliest first."""
    true = pages.true(item)
    return [(-true, "the sign is wrong"), (2 * true, "it is twice as large"), (true / 2, "it is half as large")]


def significant(printed: Printed) -> bool:
    """Whether the number has two digits that say something, so that a match is no accident."""
    return abs(printed.number) >= 10 * printed.unit


def arithmetic(should: float) -> Iterator[tuple[str, float]]:
    """Slips of a single operation."""
    if should == 0:
        return
    yield "it is twice as large", 2 * should
    yield "it is half as large", should / 2
    yield "it is upside down", 1 / should


def uphill(pages: Pages, item: Item, published: Mapping[Item, float]) -> Iterator[tuple[str, float]]:
    """A step uphill: an update with the wrong sign."""
    inputs = pages.inputs(item)
    if item.by or item.round == 0 or item.of in pages.formulas or len(inputs) < 2:
        return
    old, slope = (published.get(each, pages.true(each)) for each in inputs)
    yield (
        "the step has the wrong sign: the gradient is subtracted",
        old + pages.sheet.updates[item.round - 1].rate * slope,
    )


def others(
    pages: Pages, item: Item, published: Mapping[Item, float], found: Iterable[Item]
) -> Iterator[tuple[str, float]]:
    """Other quantities that it may have been mistaken for."""
    for other in found:
        for value in (*([published[other]] if other in published else []), pages.true(other)):
            factor = Item(item.round, other.by, item.by)
            if item.by and other.of == item.of and other.by in pages.uses[item.by]:
                yield f"this is {other}: the factor {factor} is missing", value
            else:
                yield f"this is {other}, not {item}", value


def neighbours(pages: Pages, item: Item) -> tuple[list[Item], list[Item]]:
    """The numbers next to this one in the work, and other numbers of its kind."""
    if not item.by:
        return [Item(item.round, name) for name in (*pages.names_in(item.of), *pages.uses[item.of])], []
    beside = dict.fromkeys((*pages.consumers(item), *pages.names_in(item.by)))
    beyond = [name for name in pages.sheet.quantities if name not in beside and name in pages.sources(item.of)]
    places = [[Item(item.round, item.of, name) for name in names if name != item.of] for names in (beside, beyond)]
    return [*places[0], Item(item.round, item.of)], [each for each in places[1] if each.by != item.by]


def transposed(printed: str, should: str) -> bool:
    """Whether one text is the other with two neighbouring digits swapped."""
    differ = [i for i, (a, b) in enumerate(zip(printed, should)) if a != b]
    if len(printed) != len(should) or len(differ) != 2 or differ[1] != differ[0] + 1:
        return False
    i, j = differ
    return printed[i] == should[j] and printed[j] == should[i]
