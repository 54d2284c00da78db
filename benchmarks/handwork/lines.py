"""The lines of the work, in the order in which a person writes them: forward, backward, update, and again."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from .exercises import Network
from .formulas import Apply, Formula, Term, local, names, parse, product, renamed

__all__ = ["Line", "lines_of"]


class Line(NamedTuple):
    """One line of the work. Its name has as many primes as there were updates before it.

    end      whether the exercise asks for it: the last gradients of the parameters, or the last new parameters
    hidden   whether the sheet has no name for it
    """

    name: str
    formula: Formula
    end: bool = False
    hidden: bool = False

    @property
    def quantity(self) -> str:
        """Its name in the sheet."""
        return self.name.replace("'", "")


def lines_of(
    network: Network, rates: Sequence[Decimal], *, last: bool = True, slopes: bool = True, shortcuts: bool = False
) -> list[Line]:
    """Every line of the work.

    rates    of the updates, one a round             last       whether a round without update follows
    slopes   whether h1's by z1 has its own line     shortcuts  whether p − t is known by heart
    """
    found: list[Line] = []
    work = one_round(network, slopes, network.shortcuts if shortcuts else {})
    asked = {f"dL/d{name}" for name in network.given["param"]}
    fixed = {**network.given["input"], **network.given["target"]}
    for number in range(len(rates) + last):
        primes, ends = "'" * number, asked if number == len(rates) else ()
        for line in work:
            formula = renamed(line.formula, lambda name, primes=primes: name if name in fixed else name + primes)
            found.append(line._replace(name=line.name + primes, formula=formula, end=line.name in ends))
        for name in network.given["param"] if number < len(rates) else ():
            step = Term((rates[number], f"dL/d{name}{primes}"), -1)
            end = not last and number == len(rates) - 1
            found.append(Line(f"{name}{primes}'", (Term((name + primes,)), step), end))
    return found


def one_round(network: Network, slopes: bool, shortcuts: Mapping[str, str]) -> list[Line]:
    """Forward and backward; backward only what leads to the parameters."""
    forward = [Line(name, parse(text)) for name, text in network.equations.items()]
    backward = gradients(network, forward, slopes, shortcuts)
    needed = {f"dL/d{name}" for name in network.given["param"]}
    for line in reversed(backward):
        needed.update(names(line.formula) if line.name in needed else ())
    unnamed = {name for name, text in network.typed.items() if not text and name[0] in "eS"}
    return [
        line._replace(hidden=not unnamed.isdisjoint(re.findall(r"d?([^/]+)", line.name)))
        for line in [*forward, *(line for line in backward if line.name in needed)]
    ]


def gradients(network: Network, forward: Sequence[Line], slopes: bool, shortcuts: Mapping[str, str]) -> list[Line]:
    """The backward pass, from the loss to the parameters: what uses a name gives it its share."""
    found: list[Line] = []
    for name in [*[line.name for line in reversed(forward)][1:], *network.given["param"]]:
        total: list[Term] = []
        for user in forward:
            slope = local(user.formula, name, user.name) if name in names(user.formula) else ()
            if slope and slopes and name[0] in "zs" and is_activation(user):
                found.append(Line(f"d{user.name}/d{name}", slope))
                slope = (Term((found[-1].name,)),)
            if slope:
                total += slope if user.name == "L" else product((Term((f"dL/d{user.name}",)),), slope)
        known = parse(shortcuts[name]) if name in shortcuts else tuple(total)
        found.append(Line(f"dL/d{name}", known))
    return found


def is_activation(line: Line) -> bool:
    """Whether the line is h = f(z)."""
    match line.formula:
        case (Term((Apply(),), 1),):
            return True
    return False
