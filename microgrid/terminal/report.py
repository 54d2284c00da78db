"""A worked sheet as tables for the terminal, and as one JSON object."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from microgrid.answers import VERDICTS, Answer
from microgrid.answers.undefined import beginnings
from microgrid.engine import Edge, Graph
from microgrid.formula import Number, number_text, printable, render
from microgrid.sheet import Round, Run, Update
from microgrid.sheet.arrays.grids import nested
from microgrid.sheet.numbers import PRINTED
from microgrid.sheet.transitions import numbers_in, worked_out

from .inserted import inserted_text, with_numbers
from .printed_arrays import grid_of, in_line
from .printing import emit
from .rounds_shown import by_round, passed_over, rounds_shown
from .tables import Cell, Plain, Table, plain, table
from .widths import tell

if TYPE_CHECKING:
    from rich.console import Console

    from microgrid.derivation import Network

    from .array_report import ArrayReport
    from .printing import Pipe

__all__ = ["as_json", "print_checks", "print_run", "summary"]

NAMED, FIRST = 12, 5  # wrong numbers that the last line names, each; and of more
COLOURS = {"right": "green", "close": "yellow", "carried": "yellow", "wrong": "red", "open": "cyan"}
STYLES = {
    name: "yellow" if name == "rounding" else f"bold {colour}" if colour == "red" else colour
    for name, colour in ((name, COLOURS[each.counts]) for name, each in VERDICTS.items())
}


def print_run(
    out: Console | Pipe,
    run: Run,
    answers: Sequence[Answer],
    digits: int,
    only: int | None = None,
    sample: int = 1,
    every: bool = False,
) -> None:
    """The whole worked example: every round, or one alone, forward and backward, its checks, its update.

    sample  whose numbers are shown, where each has its own
    every   whether all numbers of large vectors and matrices are shown, and all rounds of many
    """
    if run.title:
        out.print(plain(run.title, "bold"))
    if run.sheet.source:
        out.print(plain(run.sheet.source, "dim"))
    print_remarks(out, run, answers)
    published = by_round(answers)
    shown = [only] if only else rounds_shown(len(run.rounds), published, every)
    for before, number in zip([shown[0] - 1, *shown], shown):
        if passed := passed_over(before, number):
            out.print()
            tell(out, plain(passed, "dim"))
        print_round(out, run, number, published.get(number, []), digits, sample, every)


def print_round(
    out: Console | Pipe, run: Run, number: int, published: Sequence[Answer], digits: int, sample: int, every: bool
) -> None:
    """One round, forward and backward, its checks, its update."""
    each = run.rounds[number - 1]
    several = f" · round {number}" if len(run.rounds) > 1 else ""
    arrays = array_report(each, digits, sample, every, out.width) if run.sheet.has_arrays else None
    about = arrays.about if arrays else ""
    section(out, f"Forward{several}{about}", forward(each, digits, arrays))
    if run.sheet.loss:
        section(out, f"Backward{several}{about}", backward(each, digits, arrays))
    if published:
        section(out, f"Published{several}", *checks(published, digits))
        tell(out, summary(published))
    if number <= len(run.sheet.updates):
        step = run.sheet.updates[number - 1]
        section(out, f"Update{several}", update(each, run.rounds[number], step, digits, arrays))


def array_report(here: Round, *settings: Any) -> ArrayReport:
    """The tables of a round with vectors, matrices or samples."""
    from .array_report import ArrayReport  # a sheet of numbers needs none

    return ArrayReport(here, *settings)


def section(out: Console | Pipe, title: str, *tables: Table) -> None:
    out.print()
    out.print(plain(title, "bold"))
    emit(out, *tables)


# ── forward ────────────────────────────────────────────────────────────────────────────────


def forward(here: Round, digits: int, arrays: ArrayReport | None) -> Table:
    """Each equation, the same with its numbers, and what it comes to."""
    if arrays:
        return arrays.forward_table
    return table("<quantity", "<computed from", ">value", rows=forward_rows(here, digits))


def forward_rows(here: Round, digits: int) -> Iterator[Sequence[Cell]]:
    for leaf in here.sheet.leaves:
        number = number_text(here[leaf.name].data, digits)
        yield plain(leaf.name), plain(leaf.keyword, "dim"), plain(number, "cyan")
    for equation in here.sheet.equations:
        yield plain(", ".join(equation.names)), plain(render(equation.formula)), ""
        values = ", ".join(number_text(here[name].data, digits) for name in equation.names)
        yield "", plain(with_numbers(equation, here, digits), "dim"), plain(values, "cyan")


# ── backward ───────────────────────────────────────────────────────────────────────────────


def backward(here: Round, digits: int, arrays: ArrayReport | None) -> Table:
    """Each gradient as the sum, over the uses of the quantity, of local derivative × gradient.

    Where the terms cancel, what rounding leaves of them is 0.
    """
    if arrays:
        return arrays.backward_table
    heads = ("<gradient", "<local derivative ∂ × gradient of what uses it", ">value")
    return table(*heads, rows=backward_rows(here, digits))


def backward_rows(here: Round, digits: int) -> Iterator[Sequence[Cell]]:
    from microgrid.derivation import Network  # a check needs none

    loss = here.sheet.loss
    graph = Graph(here[loss])
    view = graph.view("named")
    network = Network(graph, view, {}, {})
    for i, node in reversed(list(enumerate(view.nodes))):
        uses = merged(view.consumers(node))
        symbols = " + ".join(chained(use, loss) for use in uses)
        numbers = " + ".join(chained_numbers(use, network, digits) for use in uses)
        value = plain(number_text(network.totals[i], digits), "magenta")
        simple = all(use.child.label == loss for use in uses)
        yield plain(f"d{loss}/d{node.label}"), plain(symbols or "where it starts"), value if simple else ""
        if not simple:
            yield "", plain(numbers, "dim"), value


def chained(use: Edge, loss: str) -> str:
    """The contribution of one consumer; the loss itself contributes its local derivative."""
    local = f"∂{use.child.label}/∂{use.parent.label}"
    return local if use.child.label == loss else f"{local}·d{loss}/d{use.child.label}"


def chained_numbers(use: Edge, network: Network, digits: int) -> str:
    """The same with numbers; a closed branch passes nothing back, whatever its slope is."""
    child, parent = (network.view.index[each] for each in (use.child, use.parent))
    local = bracketed(network.inputs[child].get(parent, use.partial), digits)
    if child == network.root:
        return local
    is_closed = not math.isfinite(use.partial) and math.isfinite(network.totals[parent])
    return "0, closed" if is_closed else f"{local}·{bracketed(network.totals[child], digits)}"


def merged(uses: Sequence[Edge]) -> list[Edge]:
    """One edge for each consumer: its derivative by the quantity, however often it uses it."""
    found: dict[Any, Edge] = {}
    for use in uses:
        before = found.get(use.child)
        found[use.child] = use._replace(partial=before.partial + use.partial) if before else use
    return list(found.values())


def bracketed(number: float, digits: int) -> str:
    text = number_text(number, digits)
    return f"({text})" if text.startswith("-") else text


# ── update and checks ──────────────────────────────────────────────────────────────────────


def update(before: Round, after: Round, step: Update, digits: int, arrays: ArrayReport | None) -> Table:
    """Each number that goes on: a parameter one step of gradient descent further, another by its rule."""
    if arrays:
        return arrays.update_table(after, step)
    return descent(before, after, step, digits) if step.descends else rules(before, after, step, digits)


def descent(before: Round, after: Round, step: Update, digits: int) -> Table:
    """Each parameter, one step of gradient descent further."""
    loss = next(each.descent[1] for each in step.assignments if each.descent)
    grid = table("<parameter", f"<old − rate·d{loss}/d(parameter)", ">new")
    for each in step.assignments:
        slope = bracketed(before.derivative(loss, each.name), digits)
        rate = each.descent[0] if each.descent else Number(0.0)
        number = number_text(worked_out(rate, numbers_in(rate, before.number_of, after.number_of)), digits)
        text = f"{number_text(before[each.name].data, digits)} − {number}·{slope}"
        grid.add_row(plain(each.name), plain(text, "dim"), plain(number_text(after[each.name].data, digits), "cyan"))
    return grid


def rules(before: Round, after: Round, step: Update, digits: int) -> Table:
    """Each new number by its rule, in names and in numbers."""
    grid = table("<number", "<computed from", ">new")
    for each in step.assignments:
        numbers = numbers_in(each.formula, before.number_of, after.number_of)
        inserted = inserted_text(each.formula, numbers, digits)
        new = plain(number_text(after.number_of(each.name), digits), "cyan")
        if inserted == render(each.formula):
            grid.add_row(plain(each.name), plain(inserted, "dim"), new)
            continue
        grid.add_row(plain(each.name), plain(render(each.formula)), "")
        grid.add_row("", plain(inserted, "dim"), new)
    return grid


def checks(answers: Sequence[Answer], digits: int) -> list[Table]:
    """One row for each published number, then one for each array of them, then one for each published formula."""
    formulas = [each for each in answers if each.is_formula]
    arrays = [each for each in answers if each.cells and not each.is_formula]
    numbers = [each for each in answers if not (each.cells or each.is_formula)]
    heads = ("<", ">line", "<quantity", ">published", ">value", "<verdict", "<why")
    tables = {
        table(*heads, rows=(number_row(each, digits) for each in numbers)): numbers,
        table("<", ">line", "<array", "<verdict", rows=chain.from_iterable(map(array_rows, arrays))): arrays,
        table("<", ">line", "<formula", "<verdict", rows=chain.from_iterable(map(formula_rows, formulas))): formulas,
    }
    return [each for each, judged in tables.items() if judged]


def marked(answer: Answer) -> tuple[Cell, Cell, Cell]:
    """The mark, the line and the verdict of an answer."""
    mark = plain(VERDICTS[answer.verdict].mark, COLOURS[VERDICTS[answer.verdict].counts])
    return mark, str(answer.line), plain(answer.verdict, STYLES[answer.verdict])


def number_row(answer: Answer, digits: int) -> Sequence[Cell]:
    mark, line, verdict = marked(answer)
    shown = "" if answer.is_open else number_text(answer.value, max(digits, significant(answer.printed)))
    value, why = plain(shown, "cyan"), plain(answer.why, "dim")
    return mark, line, plain(answer.quantity), plain(answer.printed), value, verdict, why


def array_rows(answer: Answer) -> Iterator[Sequence[Cell]]:
    mark, line, verdict = marked(answer)
    yield mark, line, plain(f"{answer.quantity} ~= {in_line(answer)}"), verdict
    if not answer.right:
        yield "", "", plain(answer.why, "dim"), ""
        yield "", "", grid_of(answer), ""


def formula_rows(answer: Answer) -> Iterator[Sequence[Cell]]:
    mark, line, verdict = marked(answer)
    yield mark, line, plain(f"{answer.quantity} == {answer.printed}"), verdict
    yield "", "", plain(answer.why, "dim"), ""


def significant(printed: str) -> int:
    """How many significant digits a number was printed with; 0 for a closed form."""
    if not PRINTED.fullmatch(printed):
        return 0
    return len(printed.lower().partition("e")[0].replace(".", "").lstrip("-+0"))


def print_checks(out: Console | Pipe, run: Run, answers: Sequence[Answer], digits: int) -> None:
    """One line for each published number, then the sum of them."""
    out.print(plain(printable(run.sheet.name), "bold"), soft_wrap=True)
    print_remarks(out, run, answers)
    if answers:
        emit(out, *checks(answers, digits))
    tell(out, summary(answers))


def print_remarks(out: Console | Pipe, run: Run, answers: Sequence[Answer]) -> None:
    """What the reader should be told before the numbers: a loss that nothing descends, an inf or nan and its cause."""
    said = {answer.why for answer in answers}
    for each in (*run.sheet.remarks, *(each for each in beginnings(run) if each not in said)):
        tell(out, plain(f"note: {each}", "yellow"))


def summary(answers: Sequence[Answer]) -> Plain:
    """How many published numbers and formulas are right, and where the wrong ones began."""
    if not answers:
        return plain("nothing published to check; a line such as `z ~= 0.25` would be", "dim")
    wrong = {
        name: [each.quantity for each in answers if each.verdict == name] for name in ("slip", "undefined", "refuted")
    }
    count = {kind: sum(VERDICTS[each.verdict].counts == kind for each in answers) for kind in COLOURS}
    undecided = sum(each.verdict == "undecided" for each in answers)
    judged, left = len(answers) - count["open"], f"{count['open']:,} open" if count["open"] else ""
    if count["right"] == judged:
        right = f"all {judged} right" if judged > 1 else f"{judged} right" if judged else ""
        return plain(", ".join(filter(None, (right, left))), "green" if judged else "cyan")
    parts = [
        *(f"{plural(len(names), name)} ({named(names)})" for name, names in wrong.items() if names),
        f"{count['carried']:,} carried on" if count["carried"] else "",
        f"{count['close'] - undecided:,} close" if count["close"] > undecided else "",
        f"{undecided:,} undecided" if undecided else "",
        f"{count['right']:,} right",
        left,
    ]
    return plain(", ".join(filter(None, parts)), "bold red" if count["wrong"] else "yellow")


def named(names: Sequence[str]) -> str:
    """Some names, each; of many the first few, and how many more there are."""
    if len(names) <= NAMED:
        return ", ".join(names)
    first = list(dict.fromkeys(names))[:FIRST]
    return f"{', '.join(first)} and {len(names) - len(first):,} more"


def plural(number: int, verdict: str) -> str:
    return f"{number:,} {verdict}{'s' * (verdict == 'slip' and number > 1)}"


# ── JSON ───────────────────────────────────────────────────────────────────────────────────


def as_json(run: Run, answers: Sequence[Answer], number: int | None = None) -> dict[str, Any]:
    """The run as one object at full precision; inf and nan, which JSON has not, are strings.

    number  of the one round that is asked for; None for all of them
    """
    if number:
        run, answers = run.only(number), [answer for answer in answers if answer.round == number]
    return {
        "file": run.sheet.name,
        "title": run.title,
        "source": run.sheet.source,
        "loss": run.sheet.loss,
        "notes": [*run.sheet.remarks, *beginnings(run)],
        "rounds": [round_json(each) for each in run.rounds],
        "checks": [
            {
                "line": answer.line,
                "round": answer.round,
                "quantity": answer.quantity,
                "printed": answer.printed,
                "value": None if answer.is_open or answer.shape else json_number(answer.value),
                "verdict": answer.verdict,
                "why": answer.why,
                "follows": None if answer.follows is None else json_number(answer.follows),
                "from": list(answer.carried_from),
                "accepted": None if answer.accepted is None else list(map(json_number, answer.accepted)),
                "precision": answer.precision,
                **({"shape": list(answer.shape)} if answer.shape else {}),
                **({"cells": [cell_json(each) for each in answer.cells]} if answer.cells else {}),
            }
            for answer in answers
        ],
    }


def cell_json(cell: Answer) -> dict[str, Any]:
    """One number of a printed array."""
    value = None if cell.is_open else json_number(cell.value)
    return {
        "quantity": cell.quantity, "printed": cell.printed, "value": value, "verdict": cell.verdict, "why": cell.why,
    }  # fmt: skip


def round_json(here: Round) -> dict[str, Any]:
    """The numbers of a round; those that optimisers remember, where there are any."""
    numbers = {"values": here.values, "gradients": here.gradients}
    remembered = {"remembered": dict(here.memory)} if here.memory else {}
    found = {name: dict(json_numbers(each)) for name, each in {**numbers, **remembered}.items()}
    lists = {"arrays": as_lists(here)} if here.sheet.arrays else {}
    return {"round": here.number, **found, **lists}


def as_lists(here: Round) -> dict[str, dict[str, Any]]:
    """The values and gradients of the vectors and matrices of a round, as lists row by row."""
    wholes = [each for each in here.sheet.wholes if each.shape]
    every = {"values": here.values, "gradients": here.gradients}
    return {
        kind: {
            each.called: nested(each.shape, [json_number(numbers[name]) for name in each.elements]) for each in wholes
        }
        for kind, numbers in every.items()
        if numbers
    }


def json_numbers(numbers: dict[str, float]) -> Iterator[tuple[str, float | str]]:
    return ((name, json_number(number)) for name, number in numbers.items())


def json_number(number: float) -> float | str:
    return number if math.isfinite(number) else repr(number)
