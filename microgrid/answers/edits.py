"""The catalogue of mistakes: every single edit that people make to a line of work, a row for each.

A row says in which lines the mistake is made (of a value, a gradient, an update, a published formula), how simple
it is (0 before 1, 1 before 2; at 0 one digit is enough), what is said of it, and how the edited formulas come about.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from microgrid.formula import Formula
from microgrid.formula.algebra import tidied
from microgrid.formula.lettering import shortened
from microgrid.formula.writing import columns, printable, text

from .averages import divided_again, rest_divided, squares_undivided, undivided
from .changes import (
    Make,
    Shown,
    alone,
    brackets,
    doubled,
    exchanged,
    exchanged_everywhere,
    factors,
    functions,
    insides,
    inverted,
    left_out,
    next_weight,
    number_left_out,
    powers,
    products_as_sums,
    scaled,
    step,
    sums_as_products,
    terms,
    turned,
    whole,
)
from .lines import Line
from .optimisers import corrections_left_out, new_weights, steps_turned
from .paths import own_terms, paths
from .substitutes import gradients, names, neighbours, numbers, partners
from .wrong_slopes import partners_mistaken, slopes_again, slopes_left_out, slopes_mistaken

__all__ = ["EDITS", "Edit", "edits", "said"]

LONGEST = 70  # letters of what is said
SHORT = 24  # of a part that is named where that is too long


class Edit(NamedTuple):
    """One kind of mistake.

    of     the lines that it is made in: of a "value", a "gradient", a "step" of gradient descent, a gradient that
           is known by "heart"; of any of these, where a "formula" is published for it
    rank   how simple it is
    words  what is said of it; in the brackets comes what the maker names
    make   the edited formulas
    """

    of: str
    rank: int
    words: str
    make: Make


VALUE, GRADIENT, STEP, FORMULA = "value", "gradient", "step", "formula"
LINE, NUMBER, CHAIN = "value gradient", "value gradient step", "gradient formula"
WHOLE, PART = "value gradient step formula", "value gradient step formula heart"
LINES = "value gradient formula heart"  # nobody steps without a gradient; without a rate is a row of its own
ACTIVATIONS = ("sigmoid", "tanh", "relu", "leaky_relu", "softplus")

# fmt: off
EDITS = [
    #    in     rank  words                                                    made by
    # steps of gradient descent
    Edit(STEP,     0, "the step has the wrong sign: the gradient is subtracted",   step("old + rate*gradient")),
    Edit(STEP,     1, "the rate {2} is missing",                                   step("old - gradient")),
    Edit(STEP,     1, "this is the gradient {1}, not the new {0}",                 step("gradient")),
    Edit(STEP,     1, "the old {0} is missing: this is the step",                  step("rate*gradient")),
    Edit(STEP,     1, "the old {0} is missing: this is the step",                  step("-rate*gradient")),
    Edit(STEP,     1, "the step is missing: this is the old {0}",                  step("old")),
    Edit(STEP,     4, "the rate is there twice",                                   step("old - rate*rate*gradient")),
    Edit(STEP,     4, "the rate is ten times too large",                           step("old - 10*rate*gradient")),
    Edit(STEP,     4, "the rate is ten times too small",                           step("old - rate*gradient/10")),
    Edit(STEP,     4, "the step is taken twice",                                   step("old - 2*rate*gradient")),
    Edit(GRADIENT, 4, "this is the new {}, not the gradient",                      next_weight("old - rate*right")),
    Edit(GRADIENT, 4, "this is {} − {}, not the gradient",                         next_weight("old - right")),
    Edit(GRADIENT, 4, "this is the step, rate times the gradient",                 next_weight("rate*right")),
    Edit(VALUE,    0, "the step has the wrong sign: it is {}",                     steps_turned),
    Edit(PART,     1, "the bias correction {} is missing",                         corrections_left_out),
    Edit(CHAIN,    2, "the new {} stands where the old one belongs",               new_weights),
    # averages
    Edit(CHAIN,    3, "the factor 2/{} is missing",                                squares_undivided),
    Edit(CHAIN,    2, "{2} is {0} as large: not divided by {1}",                   undivided),
    Edit(VALUE,    2, "{2} is {0} as large: not divided by {1}",                   undivided),
    Edit(LINES,    2, "{2} is {0} as large: divided by {1} twice",                 divided_again),
    Edit("value gradient formula", 2, "{} is divided by {}, too",                  rest_divided),
    # the whole
    Edit(WHOLE,    0, "the sign is wrong",                                         whole("-right")),
    Edit(CHAIN,    3, "{} is {}, not {}",                                          slopes_mistaken),
    Edit("heart formula", 2, "{} = {} is there once more: it cancels",                    slopes_again),
    Edit(LINE,     3, "this is {}, not {}",                                        neighbours),
    Edit(GRADIENT, 3, "this is {}, not {}",                                        partners),
    Edit(GRADIENT, 5, "this is {}, not {}",                                        gradients),
    Edit(NUMBER,   2, "it is twice as large",                                      whole("2*right")),
    Edit(NUMBER,   2, "it is half as large",                                       whole("right/2")),
    Edit(FORMULA,  2, "the factor 2 is too much",                                  whole("2*right")),
    Edit(FORMULA,  2, "the factor 1/2 is too much",                                whole("right/2")),
    Edit(WHOLE,    5, "it is upside down",                                         whole("1/right")),
    # paths and local derivatives
    Edit(CHAIN,    1, "{} = {} is missing",                                        slopes_left_out),
    Edit(CHAIN,    1, "the path through {} is missing",                            paths(left_out)),
    Edit(CHAIN,    4, "all paths are missing but the one through {}",              paths(alone)),
    Edit(CHAIN,    1, "the path through {} has the wrong sign",                    paths(turned)),
    Edit(CHAIN,    4, "the path through {} is there twice",                        paths(doubled)),
    Edit(CHAIN,    1, "the term {} is missing",                                    own_terms(left_out)),
    Edit(CHAIN,    4, "all is missing but the term {}",                            own_terms(alone)),
    Edit(CHAIN,    1, "the term {} has the wrong sign",                            own_terms(turned)),
    Edit(CHAIN,    4, "the term {} is there twice",                                own_terms(doubled)),
    Edit(CHAIN,    2, "{} stands where {} belongs",                                partners_mistaken),
    # factors and terms
    Edit(NUMBER,   1, "it is twice as large: the factor 1/2 is missing",           number_left_out(0.5)),
    Edit(NUMBER,   1, "it is half as large: the factor 2 is missing",              number_left_out(2.0)),
    Edit(LINES,    1, "the factor {} is missing",                                  factors(left_out)),
    Edit(PART,     1, "the term {} is missing",                                    terms(left_out)),
    Edit(PART,     1, "the sign of {} is wrong",                                   terms(turned)),
    Edit(PART,     4, "the factor {} is there twice",                              factors(doubled)),
    Edit(PART,     4, "the term {} is there twice",                                terms(doubled)),
    Edit(PART,     5, "divided by {}, not multiplied",                             inverted(strokes=False)),
    Edit(PART,     5, "{} is on the wrong side of the fraction stroke",            inverted(strokes=True)),
    Edit(LINE,     5, "the term {} is ten times too large",                        terms(scaled(10.0))),
    Edit(LINE,     5, "the term {} is ten times too small",                        terms(scaled(0.1))),
    Edit(PART,     5, "{} and {} are added, not multiplied",                       products_as_sums),
    Edit(PART,     5, "{} and {} are multiplied, not added",                       sums_as_products),
    Edit(PART,     5, "not all of {} is multiplied",                               brackets),
    # names
    Edit(PART,     2, "{} stands where {} belongs",                                names(near=True)),
    Edit(PART,     5, "{} stands where {} belongs",                                names(near=False)),
    Edit(FORMULA,  2, "{} stands where {} belongs",                                numbers),
    # functions
    Edit(VALUE,    1, "the activation {} is missing: this is {}",              functions("x",*ACTIVATIONS)),
    Edit(PART,     4, "{} of {} is missing",                                       functions("x")),
    Edit(PART,     4, "this is {}, not {}",                                        exchanged),
    Edit(PART,     4, "this is {}, not {}",                                        exchanged_everywhere),
    Edit(PART,     4, "the sign of {1} inside {0} is wrong",                      insides("-x")),
    Edit(PART,     0, "whether {1} is above 0 is mistaken",                    functions("0*x", "relu","step")),
    Edit(PART,     4, "the exponent {} of {} is missing",                          powers("x")),
    Edit(PART,     5, "the exponent {} of {} is a factor",                         powers("n*x")),
    Edit(LINE,     5, "the angle of {0} is taken in degrees",                 insides("x*degree", "sin", "cos","tan")),
]
# fmt: on


def edits(line: Line, rank: int, kind: str) -> Iterator[tuple[Edit, Formula, tuple[Shown, ...]]]:
    """The edited formulas of a line, by mistakes of a rank, of a kind of line; each once."""
    seen = {line.formula}
    for edit in EDITS:
        if edit.rank == rank and kind in edit.of.split():
            for formula, parts in edit.make(line):
                if formula not in seen:
                    seen.add(formula)
                    yield edit, formula, parts


def said(edit: Edit, parts: tuple[Shown, ...]) -> str:
    """What is said of an edit."""
    shown = [named(each) for each in parts]
    words = edit.words.format(*shown)
    if columns(words) > LONGEST:
        words = edit.words.format(*(shortened(each, SHORT) for each in shown))
    return words


def named(part: Shown) -> str:
    """What stands for a part in what is said."""
    if isinstance(part, str):
        return part
    return " of ".join(write(tidied(each)) for each in part) if isinstance(part, tuple) else write(tidied(part))


def name_shown(name: str) -> str:
    """A derivative as sheets write it: dL/dz."""
    return printable(name.replace("∂", "d"))


write = text(4, name=name_shown)
