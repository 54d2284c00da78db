"""The commands that try something: another number, a step of gradient descent, a published number."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from microgrid.answers import VERDICTS, Answer, Judge
from microgrid.answers.follow_through import Item
from microgrid.answers.lone_numbers import answer_alone
from microgrid.debugger.beyond import worked
from microgrid.debugger.lookup import Found, is_number
from microgrid.debugger.session import Session
from microgrid.errors import GraphError, MicrogridError, counted
from microgrid.formula import Formula, Name, Vocabulary, free_names, printable
from microgrid.formula.array_parser import parse_cells
from microgrid.formula.expression import CONSTANTS
from microgrid.formula.lettering import repeated
from microgrid.formula.regexes import regex
from microgrid.formula.writing import minus
from microgrid.sheet import Check, Equation, Quantity, Run
from microgrid.sheet.arrays.grids import inline
from microgrid.sheet.arrays.shapes import Shape
from microgrid.sheet.arrays.wholes import Whole
from microgrid.sheet.check_sides import NO_VALUE
from microgrid.sheet.numbers import BLANK, PRINTED, is_in_range
from microgrid.sheet.statements import names_of, quantity_of
from microgrid.tape.transitions import Rule, Transition
from microgrid.terminal.screen import GRADIENT, VALUE

from .inspection import asked_for

__all__ = ["check", "put", "undo", "update"]

MOST = 10  # rows that a change prints
FEW = 4  # numbers of a large array in such a row
SIGN = regex("~=|≈")
ASSIGNED = regex(r"(.+?)\s*=\s*(?!=)(.+)|(\S+)\s+(\S.*)")


# ── other numbers ──────────────────────────────────────────────────────────────────────────


def put(session: Session, argument: str) -> None:
    """Another number in a leaf; all that follows is computed again."""
    match = ASSIGNED.fullmatch(argument)
    if match is None:
        raise GraphError("set what? set w1 = 0.7, for any leaf")
    left, right = (match[1], match[2]) if match[1] else (match[3], match[4])
    array = session.lookup.arrays.find(left.removesuffix(".data"))
    if array is not None:
        put_array(session, array, right)
        return
    found, number = leaf(session, left.removesuffix(".data")), session.lookup.number(right)
    before, tape, here = session.lookup.value(found), session.tape, session.cursor.round
    shown, name = session.screen.number, printable(found.name)
    if same(before, number):
        session.screen.line(f"{name} is {shown(number)} already")
        return
    old = numbers(session)
    other = tape.with_numbers({found.node: number}, here.number)
    session.change(other, session.cursor.position, f"set {name} = {shown(number)}")
    session.screen.line(f"{name}: {shown(before)} → {shown(number)}, and all that follows from it")
    say_changes(session, old, [found])
    session.show_displays()


def put_array(session: Session, array: Whole, text: str) -> None:
    """Other numbers in a vector or a matrix; all that follows is computed again."""
    found = [leaf(session, each, array.called) for each in array.elements]
    numbers_given = session.lookup.arrays.for_each(array, text)
    before = [session.lookup.value(each) for each in found]
    screen, name = session.screen, printable(array.called)
    new = screen.array(array.shape, numbers_given)
    if all(map(same, before, numbers_given)):
        screen.line(f"{name} is {new} already")
        return
    old, here = numbers(session), session.cursor.round
    given = {each.node: number for each, number in zip(found, numbers_given)}
    session.change(session.tape.with_numbers(given, here.number), session.cursor.position, f"set {name} = {new}")
    screen.line(f"{name}: {screen.array(array.shape, before)} → {new}, and all that follows from it")
    say_changes(session, old, found)
    session.show_displays()


def leaf(session: Session, name: str, called: str = "") -> Found:
    """A leaf that may have another number, of an array that is called so. Raises GraphError for what is computed."""
    found = session.lookup.find(name)
    shown = printable(called or found.name)
    if found.node.parents:
        graph = session.tape.graph.leading_to(found.node)
        names = (session.tape.graph.name(node) for node in graph.leaves if not is_number(node))
        labels = list(dict.fromkeys(printable(session.lookup.arrays.owners(each)) for each in names))
        listed = ", ".join(labels[:8]) + (f" and {len(labels) - 8:,} more" if len(labels) > 8 else "")
        raise GraphError(
            f"{shown} is computed, from {listed or 'numbers alone'}; set one of these" if labels else shown
        )
    if is_number(found.node):
        raise GraphError(
            f"{shown} is the number {found.node.data:g} of a formula; make it a Value with a label to set it"
        )
    for update in session.cursor.round.updates:
        if update.node is found.node and session.tape.phase(session.cursor.position)[0] == "upd":
            raise GraphError(f"{shown} is being updated here; set it before (r, rc) or in the next round (s)")
    return found


def same(before: float | None, after: float | None) -> bool:
    """Whether two numbers are the same, nan and nan included."""
    if before is None or after is None:
        return before is after
    return before == after or (math.isnan(before) and math.isnan(after))


def numbers(session: Session) -> list[tuple[float | None, float | None]]:
    """Every value and gradient as it stands; None for what is not there yet."""
    cursor = session.cursor
    return [(data, grad if shares else None) for data, grad, shares in zip(cursor.data, cursor.grad, cursor.shares)]


def say_changes(session: Session, old: list[tuple[float | None, float | None]], given: Sequence[Found]) -> None:
    """What has changed, a line for each array: the values, then the gradients."""
    screen, new, places = session.screen, numbers(session), {each.place for each in given}
    values = changed_wholes(session, [i for i in range(len(old)) if i not in places and not same(old[i][0], new[i][0])])
    gradients = changed_wholes(session, [i for i in range(len(old)) if not same(old[i][1], new[i][1])])
    many = len(values) + len(gradients)
    most = many if many <= MOST + 1 else MOST
    rows = []
    for kind, name, shape, elements in [*((0, *each) for each in values), *((1, *each) for each in gradients)][:most]:
        before, now = (inline(shape, [screen.number(each[i][kind]) for i in elements], FEW) for each in (old, new))
        called = session.words.gradient(name) if kind else printable(name)
        rows.append((called, before, "→", (now, GRADIENT if kind else VALUE)))
    if rows:
        screen.rows(("<changed", ">from", "<", ">to"), rows)
    if most < many:
        screen.line(f"… {many - most:,} more")


def changed_wholes(session: Session, places: Sequence[int]) -> list[tuple[str, Shape, list[int]]]:
    """What the values at some places are part of, with the places of all its elements."""
    names, owners = session.tape.names, session.tape.owners
    index = {name: i for i, name in enumerate(names)}
    found: dict[str, tuple[str, Shape, list[int]]] = {}
    for i in places:
        array = session.lookup.arrays.called.get(owner := owners(names[i]))
        if owner not in found:
            elements = [index[each] for each in array.elements if each in index] if array else [i]
            whole = array is not None and len(elements) == len(array.elements)
            found[owner] = (owner, array.shape if array and whole else (len(elements),) if array else (), elements)
    return list(found.values())


# ── a step of gradient descent ─────────────────────────────────────────────────────────────


def update(session: Session, argument: str) -> None:
    """One step of gradient descent from this round, and on to the next."""
    rate, *names = argument.replace(",", " ").split() or [""]
    number = rate_of(rate)
    tape, here, start = session.tape, session.cursor.round, session.cursor.position
    found = [leaf_to_update(session, each) for name in names for each in session.lookup.arrays.elements(name)]
    named = tuple(dict.fromkeys(each.node for each in found))
    nodes = named or tuple(node for node in tape.graph.leaves if node.role == "parameter")
    if not nodes:
        raise GraphError(
            "nothing here has the role of a parameter; name what to update, update 0.1 w b, "
            "or make them Value(..., role='parameter')"
        )
    cut = tape.with_rounds(tape.rounds[: here.number], tape.rules[: here.number - 1])
    other = cut.with_rule(Rule(number, tape.graph.root, nodes))
    session.change(other, start, f"update {session.screen.number(number)}")
    first = session.tape.starts[here.number] - len(nodes)
    session.cursor.go(session.tape.starts[here.number] + 1)
    if len(tape.rules) >= here.number:
        session.screen.line(f"in place of {followed(session, tape.rules[here.number - 1])} that followed:")
    made = session.tape.events.between(first, first + len(nodes))
    for each in made[:MOST]:
        session.say(each)
    if len(made) > MOST:
        session.screen.line(f"… {len(made) - MOST:,} more")
    session.say_here()
    session.show_displays()


def followed(session: Session, rule: Rule | Transition) -> str:
    """What a round was left by."""
    if isinstance(rule, Rule):
        return f"the update {session.screen.number(rule.rate)}"
    return f"`{rule.written.text}`"


def rate_of(text: str) -> float:
    if not PRINTED.fullmatch(text) or not is_in_range(text):
        what = f"{repeated(text)!r} is no learning rate" if text else "a learning rate is missing"
        raise GraphError(f"{what}; update 0.1 takes a step of gradient descent")
    return float(text.replace("−", "-"))


def leaf_to_update(session: Session, name: str) -> Found:
    """A leaf that may be updated."""
    found = session.lookup.find(name)
    if found.node.parents or is_number(found.node):
        raise GraphError(f"{printable(found.name)} is no leaf, and only leaves are updated")
    return found


def undo(session: Session, argument: str) -> None:
    """Take back the last set or update: the numbers, and the place."""
    if not session.changes:
        raise GraphError("nothing to take back; undo takes back set and update")
    last = session.changes.pop()
    session.load(last.tape, last.position)
    session.screen.line(f"taken back: {last.text}; here again:")
    session.say_here()
    session.show_displays()


# ── a published number ─────────────────────────────────────────────────────────────────────


def check(session: Session, argument: str) -> None:
    """The verdict on a published number."""
    is_array = argument.endswith("]") and " [" in argument
    apart = argument.partition(" [") if is_array else argument.rpartition(" ")
    sides = SIGN.split(argument, maxsplit=1) if SIGN.search(argument) else [apart[0], apart[1].strip() + apart[2]]
    name, printed = map(str.strip, sides)
    if not name or not printed or printed == BLANK:
        raise GraphError("check what? check z1 0.25, or check dL/dw1 -0.017: a name and the number that was printed")
    cells = parse_cells(printed, Vocabulary()) if printed[:1] == "[" else None
    if cells is None:
        check_one(session, name, printed)
        return
    asked = session.lookup.arrays.named_elements(name)
    places = [span for row in cells.rows for span in row]
    if len(asked) != len(places):
        raise GraphError(f"{printable(name)} has {counted(len(asked), 'number')}, and {len(places)} are printed")
    for each, (start, end) in zip(asked, places):
        check_one(session, each, printed[start:end].strip())


def check_one(session: Session, name: str, printed: str) -> None:
    """The verdict on one number."""
    number = None if PRINTED.fullmatch(printed) else closed_form(session, printed)
    if number is None:
        printed = in_range(printed)
    value = session.lookup.arrays.any(name).items[0]
    answer = answered(session, name, Check(0, 0, Quantity(name), printed, number), value)
    found = VERDICTS[answer.verdict]
    not_this = f", not {minus(printed)}" if found.counts == "wrong" else ""
    why = f"; {minus(answer.why)}" if answer.why else ""
    style = {"right": "green", "wrong": "bold red"}.get(found.counts, "yellow")
    session.screen.line(
        f"{found.mark} {answer.verdict}: {label(session, name)} = {session.screen.number(value)}{not_this}{why}", style
    )


def in_range(printed: str) -> str:
    """A printed number that a double holds."""
    if not is_in_range(printed):
        raise GraphError(f"{printed[:20]} is out of range; numbers go from 1e-290 to 1e290")
    return printed.replace("−", "-")


def closed_form(session: Session, printed: str) -> float:
    """What a number that is printed as a formula comes to: 13/35."""
    formula = session.lookup.formula(printed)
    if any(each.name not in CONSTANTS for each in free_names(formula)):
        raise GraphError(f"{printable(printed)} is no printed number: a number has no names in it")
    try:
        number = session.lookup.evaluate(formula)
    except MicrogridError:  # a function has no value there, or several
        number = math.nan
    if not math.isfinite(number):
        raise GraphError(NO_VALUE.format(printable(printed)))
    return number


def answered(session: Session, name: str, asked: Check, value: float) -> Answer:
    """The verdict of the judge of sheets on what a sheet has names for; else of what the true value alone decides."""
    found, attribute = asked_for(session, name)
    formula = session.lookup.arrays.scalar(name)
    if attribute == "grad" and found is not None and session.run:
        formula = Name(f"∂{session.run.sheet.loss}/∂{found.name}")
    words = [each for each in free_names(formula) if each.name not in CONSTANTS]
    known = session.run.sheet.quantities if session.run else ()
    if session.run is None or not {part for each in words for part in names_of(quantity_of(each))} <= set(known):
        return answer_alone(name, asked, value)
    run, number = worked(session.run, session.cursor, bool(session.changes))
    if not isinstance(formula, Name):
        return Judge(with_expression(run, name, formula)).ask(Item(number, name), asked)
    quantity = quantity_of(formula)
    return Judge(run).ask(Item(number, quantity.of, quantity.by), asked)


def with_expression(run: Run, name: str, formula: Formula) -> Run:
    """The sheet with an expression that can be checked."""
    sheet = replace(run.sheet, expressions=(*run.sheet.expressions, Equation(0, (name,), formula, name)))
    return Run(sheet, tuple(replace(each, sheet=sheet) for each in run.rounds))


def label(session: Session, text: str) -> str:
    """How the text is called: a derivative as such."""
    found, attribute = asked_for(session, text)
    if found is not None:
        return session.words.gradient(found.name) if attribute == "grad" else printable(found.name)
    formula = session.lookup.arrays.scalar(text)
    return formula.name if isinstance(formula, Name) else text
