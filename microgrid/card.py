"""Cards, the boxes of a picture: what stands on each, and how it is laid out.

A `Card` is plain words and numbers. `cards` makes one for every value of a graph; a coarser view
makes others, and `table` lays out whatever it is given.
"""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from .formula import UNICODE, Call, Formula, Name, Number, number_text, render, unicode_name
from .graph import Graph
from .operation import no_formula
from .ops import ROW_UNICODE

__all__ = ["Card", "Wire", "cards", "escaped", "font", "plain", "shown", "table", "wires"]

LABEL, TITLE, WHOLE = 24, 32, 300  # the longest label, title and formula that are shown, in characters


@dataclass(frozen=True)
class Card:
    """One box of a picture.

    name     what tooltips call it             title    the line across the box
    role     "input", "parameter", "constant", "operation" or "loss"
    data     its number                        grad     d(loss)/d(card); None before backward
    inputs   for each input the place of its card in the list, and the local derivative by it
    scope    the frame that it is drawn in     named    whether a person named it: its title is bold
    formula  how it was computed, in full
    """

    name: str
    title: str
    role: str
    data: float
    grad: float | None = None
    inputs: tuple[tuple[int, float], ...] = ()
    scope: str = ""
    named: bool = False
    formula: str = ""


class Wire(NamedTuple):
    """One use of a card by another; it carries ∂ · grad back from the head to the tail."""

    tail: int
    head: int
    slot: int
    partial: float
    carries: float | None


def wires(boxes: Sequence[Card]) -> list[Wire]:
    """Every wire between the cards, in the order of the cards and of their inputs."""
    return [
        Wire(tail, head, slot, partial, None if card.grad is None else partial * card.grad)
        for head, card in enumerate(boxes)
        for slot, (tail, partial) in enumerate(card.inputs)
    ]


# ── from values to cards ───────────────────────────────────────────────────────────────────


def cards(graph: Graph, digits: int = 4) -> list[Card]:
    """One card for every value of the graph, in its order.

    >>> from microgrid import Value
    >>> w, x = Value(3.0, label="w1"), Value(2.0, label="x")
    >>> [card.title for card in cards(Graph(w * x + 1))]
    ['1', 'x', 'w₁', 'w₁ × x', '… + 1']
    """
    known = graph.grad[-1] != 0
    return [card(graph, i, digits, known) for i in range(len(graph))]


def card(graph: Graph, i: int, digits: int, known: bool) -> Card:
    node, parents = graph.nodes[i], graph.parents[i]
    return Card(
        name=shown(graph.display_names[i]),
        title=title(graph, i, digits),
        role="loss" if parents and i == len(graph) - 1 else node.role,
        data=graph.data[i],
        grad=graph.grad[i] if known else None,
        inputs=tuple((graph.index[parent], partial) for parent, partial in zip(parents, graph.partials[i])),
        scope=plain(node.scope or "", TITLE) if parents else "",
        named=bool(graph.labels[i]),
        formula=in_full(graph, i) if parents else "",
    )


def title(graph: Graph, i: int, digits: int) -> str:
    """`z₁ = … + b₁`: a node's label, and its operation over the labels of its inputs."""
    node, label = graph.nodes[i], shown(graph.labels[i])
    if graph.parents[i]:
        right = computation(graph, i, digits)
    elif node.role == "constant":
        right = number(graph.data[i], digits)
    else:
        return label or str(node.role)
    return f"{label} = {right}" if label else right


def computation(graph: Graph, i: int, digits: int) -> str:
    """The operation over its inputs, `…` for one without a label; its sign where little is left."""
    operation, parents = graph.nodes[i].op, graph.parents[i]
    labels = [graph.labels[graph.index[parent]] for parent in parents]
    hidden = sum(not label and parent.role != "constant" for label, parent in zip(labels, parents))
    bare = hidden == len(parents) and not graph.labels[i] and not operation.settings
    if bare or (len(parents) > 2 and 2 * hidden > len(parents)):
        return plain(operation.symbol or operation.name, LABEL)
    blank = "(…)" if operation.is_operator and len(parents) == 1 else "…"
    formula = applied(graph, i, [shown(label) or blank for label in labels])
    text = written(formula, digits)
    return text if len(text) <= TITLE else shortened(written(abridged(formula), digits), TITLE)


def in_full(graph: Graph, i: int) -> str:
    names = [shown(graph.display_names[graph.index[parent]]) for parent in graph.parents[i]]
    return written(applied(graph, i, names))


def applied(graph: Graph, i: int, names: Sequence[str]) -> Formula:
    """The operation over operands of these names; a number that stood in a formula is itself."""
    operation, parents = graph.nodes[i].op, graph.parents[i]
    if operation.forward is no_formula:  # recorded by hand: its name may be anything
        return Name(f"{operation.name}({', '.join(names)})")
    operands: list[Formula] = [
        Number(parent.data) if parent.role == "constant" and not parent.label else Name(name)
        for parent, name in zip(parents, names)
    ]
    return operation.applied(*operands)  # type: ignore[no-any-return]


def abridged(formula: Formula) -> Formula:
    """A long sum by its first and last term; a call of many inputs by its first and last."""
    terms = [formula]
    while isinstance(terms[0], Call) and terms[0].function == "+":
        terms[:1] = terms[0].arguments
    if len(terms) > 2:
        return Call("+", (Call("+", (terms[0], Name("…"))), terms[-1]))
    if isinstance(formula, Call) and len(formula.arguments) > 2:
        return Call(formula.function, (formula.arguments[0], Name("…"), formula.arguments[-1]))
    return formula


# ── text ───────────────────────────────────────────────────────────────────────────────────


def number(value: float, digits: int | None) -> str:
    """A number as pictures have it, with a real minus.

    >>> number(-0.0239983, 4), number(1.0, 4), number(float("-inf"), 4)
    ('−0.024', '1', '−∞')
    """
    text = number_text(value, digits).replace("inf", "∞").replace("nan", "NaN")
    return text.replace("-", "−")


def written(formula: Formula, digits: int | None = None) -> str:
    notation = ROW_UNICODE.knowing({"neg": UNICODE.forms["neg"]})
    return plain(render(formula, replace(notation, name=str, number=lambda value: number(value, digits))))


def shown(label: str, longest: int = LABEL) -> str:
    """A label as a picture has it: on one line, not too long, harmless, its index below the line.

    >>> shown("w11"), shown("a\\x00b\\nc"), shown("a" * 100_000 + "17")
    ('w₁₁', 'a\ufffdb c', 'aaaaaaaaaaaa…aaaaaaaaa₁₇')
    """
    label = plain(label, longest)
    return label if label[:1] == "∂" else unicode_name(label)


def plain(text: str, longest: int = WHOLE) -> str:
    """The text on one line, its middle left out where it is too long; only what XML allows."""
    kept = "".join(map(harmless, unicodedata.normalize("NFC", shortened(text, WHOLE))))
    return shortened(kept or ("\ufffd" if text else ""), longest)


def harmless(character: str) -> str:
    """The character, unless XML forbids it or it changes the direction of the text around it."""
    if character.isspace():
        return " "
    category, place = unicodedata.category(character), ord(character)
    if category == "Cf" and character not in "\u200c\u200d":
        return ""
    forbidden = category in ("Cc", "Cs") or place & 0xFFFE == 0xFFFE or 0xFDD0 <= place <= 0xFDEF
    return "\ufffd" if forbidden else character


def shortened(text: str, longest: int) -> str:
    """The text, its middle left out where it is too long."""
    tail = (longest - 1) // 2
    return text if len(text) <= longest else f"{text[: longest - 1 - tail]}…{text[-tail:]}"


def escaped(text: str) -> str:
    """Text for an HTML-like label, where Graphviz would replace `\\N` by the name of the node."""
    return html.escape(text).replace("\\", "\\\\")


# ── the box ────────────────────────────────────────────────────────────────────────────────

FRAMES = {"operation": "#5B6470", "parameter": "#8A6D00", "input": "#2F6C9E", "constant": "#767676", "loss": "#A33E00"}
FILLS = {"operation": "#FFFFFF", "parameter": "#FFF1CC", "input": "#DDEBF7", "constant": "#EEEEEE", "loss": "#FBE0D3"}
PARTIAL, WORD, DATA, GRAD = "#4B5563", "#6B7280", "#0072B2", "#C24E00"


def table(card: Card, direction: str = "TB", digits: int = 4, words: bool = True) -> str:
    """The card as an HTML-like label of Graphviz, with a port `i0`, `i1`, … for each input.

    words  whether "data" and "grad" are written above their numbers
    """
    border = 1 if card.role in ("parameter", "loss") else 0
    rows = (across if direction == "TB" or not card.inputs else beside)(card, digits, words)
    if card.role == "constant":
        rows = [[cell(font(card.title, PARTIAL), BGCOLOR=FILLS["constant"])]]
    inside = "".join(f"<TR>{''.join(row)}</TR>" for row in rows)
    frame = f'BORDER="{border}" CELLBORDER="1" CELLSPACING="0" CELLPADDING="3" COLOR="{FRAMES[card.role]}"'
    return f"<<TABLE {frame}>{inside}</TABLE>>"


def across(card: Card, digits: int, words: bool) -> list[list[str]]:
    """Top-down: the local derivatives, the title below them, then data and grad."""
    n = max(len(card.inputs), 1)
    rows = [
        [partial_cell(card, slot, digits, COLSPAN=2) for slot in range(len(card.inputs))],
        [title_cell(card, COLSPAN=2 * n)],
        [data_cell(card, digits, words, COLSPAN=n), grad_cell(card, digits, words, COLSPAN=n)],
    ]
    return [row for row in rows if row]


def beside(card: Card, digits: int, words: bool) -> list[list[str]]:
    """Left to right: the title, below it the local derivatives at the left, data over grad at the right."""
    n = len(card.inputs)
    height = max(n, 2)
    rows = [[partial_cell(card, slot, digits, "  ", ROWSPAN=2 if n == 1 else 1)] for slot in range(n)]
    rows += [[] for _ in range(height - n)]
    rows[0].append(data_cell(card, digits, words, ROWSPAN=(height + 1) // 2))
    rows[(height + 1) // 2].append(grad_cell(card, digits, words, ROWSPAN=height // 2))
    return [[title_cell(card, COLSPAN=2)], *rows]


def title_cell(card: Card, **span: int) -> str:
    text = escaped(card.title)
    return cell(f"<B>{text}</B>" if card.named else text, **span, BGCOLOR=FILLS[card.role])


def partial_cell(card: Card, slot: int, digits: int, indent: str = "", **span: int) -> str:
    """The local derivative; indented where some versions of dot let the arrow head reach into the cell."""
    text = font(f"{indent}∂ {number(card.inputs[slot][1], digits)}", PARTIAL, 9)
    return cell(text, PORT=f"i{slot}", **span, BGCOLOR="#EEF0F3")


def data_cell(card: Card, digits: int, words: bool, **span: int) -> str:
    word = font("data", WORD, 8) + "<BR/>" if words else ""
    return cell(word + font(number(card.data, digits), DATA), **span, WIDTH=52, BGCOLOR="white")


def grad_cell(card: Card, digits: int, words: bool, **span: int) -> str:
    word = font("grad", WORD, 8) + "<BR/>" if words else ""
    text = "–" if card.grad is None else number(card.grad, digits)
    return cell(word + font(text, GRAD), **span, WIDTH=52, BGCOLOR="white")


def cell(content: str, **attributes: object) -> str:
    words = " ".join(f'{name}="{value}"' for name, value in attributes.items())
    return f"<TD {words}>{content}</TD>"


def font(text: str, color: str, size: int = 0) -> str:
    """The text in that colour, for an HTML-like label; escaped."""
    points = f' POINT-SIZE="{size}"' if size else ""
    return f'<FONT{points} COLOR="{color}">{escaped(text)}</FONT>'
