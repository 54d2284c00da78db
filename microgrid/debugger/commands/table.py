"""The commands of the debugger: one row for each, which its help and its completion read too."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from microgrid.debugger.lookup import NotYet, nearest
from microgrid.debugger.session import Session
from microgrid.errors import GraphError, MicrogridError
from microgrid.formula.lettering import repeated
from microgrid.formula.regexes import regex

from . import breakpoints, exports, inspection, navigation, neighbours, what_if

__all__ = ["COMMANDS", "GROUPS", "Command", "obey", "split"]


class Command(NamedTuple):
    """A command.

    usage    how it is typed: its name, other names of it after a comma, and what follows
    summary  what it does, in a few words        about  and in full
    example  commands that show it: these run on any sheet with z1, w11, ŷ, L and an update
    run      what happens, given what was typed after the name
    takes    what follows: "name", "formula", "stop", "catch", "command", "displayed" or ''
    """

    usage: str
    summary: str
    about: str
    example: str
    run: Callable[[Session, str], None]
    takes: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """What it can be called, the shortest first."""
        return tuple(self.usage.partition("  ")[0].split(", "))


def tell(session: Session, argument: str) -> None:
    """Every command in a line, or one of them in full."""
    if argument:
        command = named(argument)
        session.screen.line(command.usage.replace("  ", " "), "bold")
        session.screen.line(command.about)
        session.screen.line(f"example: {command.example}")
        return
    for title, group in GROUPS.items():
        session.screen.rows((f"<{title}", "<"), [(each.usage.replace("  ", " "), each.summary) for each in group])
    session.screen.line(CLOSING)


def leave(session: Session, argument: str) -> None:
    """The end of the session."""
    session.over = True


TO_BRACKET = regex(r"([^\[\]]*)([\[\]]?)")
CLOSING = "h b tells all about b, with an example. Enter repeats; a ; separates commands."
# fmt: off
GROUPS = {
    "move": [
        Command("s, step  [N]", "one step, or N of them",
                "One step of the tape: a value computed, a share of a gradient, a gradient complete, an update. Of a "
                "vector or a matrix it is one element, where n takes all of them.",
                "s; s 3", navigation.step),
        Command("n, next  [N]", "on to the next value, gradient or update",
                "On to the step that finishes the next node: its value computed, its gradient complete, or its update. "
                "The steps on the way are shown. A vector or a matrix is one node.",
                "n; n 8", navigation.next_node),
        Command("c, continue", "on to the next stop, or the end",
                "On to the next stop, which b, tb, watch and catch set, or to the end of the tape. Ctrl-C ends it on "
                "the way.",
                "b ŷ; c; c", navigation.go_on),
        Command("unt, until  NAME", "on until NAME is finished",
                "On until NAME is computed, a number or an array; where it is, until its gradient is complete.",
                "unt z1; unt z1", navigation.until, "name"),
        Command("r, return", "on to the end of this pass",
                "On to the last step of this pass: forward, backward or update. At its end, of the next one.",
                "r; r", navigation.to_end_of_pass),
        Command("rs  [N]", "s, backward",
                "Takes one step back, or N. Every number is again what it was.",
                "s 4; rs; rs 2", navigation.back_step),
        Command("rn  [N]", "n, backward",
                "Back to the step that finished the value, gradient or update before.",
                "n 9; rn; rn 2", navigation.back_next),
        Command("rc", "c, backward",
                "Back to the stop before, or to the start of the tape.",
                "b z1; r; r; rc; rc", navigation.go_back),
        Command("goto  K", "to the place after step K",
                "To the place after step K, as l counts them. goto bwd 7 counts as the prompt does, in this round; "
                "goto round 2 is where a round begins; there are goto start and goto end. Nothing stops it.",
                "goto 12; goto fwd 2; goto round 2; goto end", navigation.go_to),
        Command("restart", "back to the start",
                "Back to the start of the tape. Stops, displays and changed numbers stay.",
                "r; restart", navigation.restart),
    ],
    "stop": [
        Command("b, break  [WHERE [if A > B]]", "stop at NAME, op:tanh or phase:backward",
                "Stops after every step about NAME; with op:tanh, where tanh is computed and where a gradient goes "
                "through it; with phase:forward, backward or update, after the first step of it. With a condition, "
                "only where that holds then. Without anything, lists the stops.",
                "b z1 if z1.grad < 0; b op:log; b phase:backward; b", breakpoints.break_at, "stop"),
        Command("tb, tbreak  WHERE [if A > B]", "the same, once",
                "A breakpoint that is gone after it has stopped once.",
                "tb phase:update; c", breakpoints.break_once, "stop"),
        Command("watch  NAME | NAME.grad", "stop where it changes",
                "Stops wherever the value, or the gradient so far, changes, and says from what to what. NAME may "
                "be an array.",
                "watch x1.grad; c; c", breakpoints.watch, "gradient"),
        Command("catch  [nan|inf|zero|explode]", "stop where one is made; catch off nan",
                "nan and inf stop at the step, or the operation inside it, that made one, not at those that hand it "
                "on. "
                "zero stops at a gradient that is complete and 0; explode, or explode>1e3, at a value or gradient "
                "that crosses the bound. catch off nan switches off. Without anything, lists them.",
                "catch zero; catch explode>100; catch off nan; catch", breakpoints.catch, "catch"),
        Command("cl, clear  [N | nan]", "take away stop N, or all of them",
                "Takes away stop number N; without a number all stops. cl nan switches a catch off.",
                "b z1; watch w11; cl 1; cl", breakpoints.clear),
    ],
    "look": [
        Command("p, print  FORMULA", "a number, here: p z1, p z1.grad, p dL/dw1",
                "What a formula comes to here. In it z1 is the value and z1.grad the gradient as far as it has come; "
                "dL/dw1, or d L/d w1, is the derivative that this round has in the end. Of a sheet with arrays also "
                "p W1 @ x, p W1[2,:], p dL/dW1.",
                "n; p z1; p 2*z1 + sigmoid(z1), dL/dw11", inspection.show, "formula"),
        Command("w, where  [NAME]", "the path from here to the loss, multiplied out",
                "The path from the value of this step, or from NAME, to the loss, with its local derivatives and their "
                "running product.",
                "r; r; w; w x1", neighbours.where, "name"),
        Command("l, list  [K]", "the steps around here, or around step K",
                "The steps before and after this one, with an arrow at the last one taken. Of those to come, only what "
                "they will do.",
                "n; l; l 20", inspection.list_steps),
        Command("in  NAME", "what it is computed from",
                "The inputs of a value, with the local derivative by each.",
                "r; in L; in z1", neighbours.inputs, "name"),
        Command("out  NAME", "what uses it, with the share of each",
                "The uses of a value: local derivative times the gradient above it is the share that each adds.",
                "r; r; out x1", neighbours.users, "name"),
        Command("e, explain  [NAME | dA/dB]", "a derivative, written out",
                "The derivative of the loss by NAME in this round as a worked solution; or of A by B. Without a name, "
                "the whole backward pass.",
                "e w11; e dŷ/dz1", exports.explain, "formula"),
        Command("origin  NAME", "the line that made it",
                "The file and the line that made a value, with carets under the expression. It is known of sheets, of "
                "scripts that microgrid step runs, and of what is computed inside `with record_origins():`.",
                "origin z1; origin L", inspection.origin, "name"),
        Command("display  [FORMULA]", "show it after every move",
                "Shows a formula after every move, with a star where it has changed. Without a formula, shows all.",
                "display ŷ; display z1.grad; r; display", inspection.display, "formula"),
        Command("undisplay  [FORMULA]", "show it no more",
                "Takes a formula, or without one all, from what is shown after a move.",
                "display ŷ; undisplay ŷ", inspection.undisplay, "displayed"),
        Command("draw  FILE", "the picture: .svg, .png, .pdf or .dot",
                "Draws the graph with the numbers of this round.",
                "set w11 = 0.7; draw net.svg", exports.draw),
        Command("page  FILE", "the live page, .html",
                "Writes the live page: the same steps in a browser, offline.",
                "page net.html", exports.page),
    ],
    "try": [
        Command("set  NAME = 0.7", "another number in a leaf",
                "Gives a leaf another number and computes all that follows from it, from this round on. Your Values do "
                "not change. Shows what has changed so far; undo takes it back. Arrays are set by element, "
                "set W1[2,1] = 0.5, or as a whole, set x = [0.1, 0.2].",
                "r; set w11 = 0.7; set w11 = 2*w11", what_if.put, "leaf"),
        Command("update  RATE [NAME ...]", "a step of gradient descent",
                "One step of gradient descent from the numbers of this round, of every parameter or of those named, "
                "and on to the next round. It comes in place of any rounds that followed.",
                "update 0.1; update 0.1 w11 w12", what_if.update, "leaf"),
        Command("check  NAME 0.082", "the verdict on a published number",
                "Whether a number that somebody printed is exact, rounding or a slip; of a derivative too.",
                "r; check z1 0.25; check dL/dw11 -0.0174", what_if.check, "formula"),
        Command("undo", "take back the last set or update",
                "Takes back the last set or update: the numbers, and the place.",
                "set w11 = 0.7; undo", what_if.undo),
    ],
    "leave": [
        Command("h, help, ?  [COMMAND]", "this, or all about one command",
                "Every command in a line; or one of them in full, with an example.",
                "h; h b", tell, "command"),
        Command("q, quit, exit", "leave; so do Ctrl-D and, at the prompt, Ctrl-C",
                "Leaves. Ctrl-D at the prompt does the same, with exit code 0; Ctrl-C there leaves with 130.",
                "q", leave),
    ],
}
# fmt: on
COMMANDS = {name: command for group in GROUPS.values() for command in group for name in command.names}


# ── what is typed ──────────────────────────────────────────────────────────────────────────


def split(line: str) -> list[str]:
    """The commands in a line; a ; between the rows of a matrix separates none.

    >>> split("n; set W = [1 2; 3 4]; p W")
    ['n', 'set W = [1 2; 3 4]', 'p W']
    """
    pieces: list[list[str]] = [[]]
    for text, bracket in TO_BRACKET.findall(line):
        first, *others = [text] if bracket == "]" else text.split(";")
        pieces[-1].append(first)
        pieces += ([each] for each in others)
        pieces[-1].append(bracket)
    return [piece for each in pieces if (piece := "".join(each).strip())]


def named(word: str) -> Command:
    """The command of that name. Raises GraphError, with one that is near."""
    if word not in COMMANDS:
        shown = repeated(word)
        raise GraphError(f"no command is called {shown!r}{nearest(word, COMMANDS, '; h lists them')}")
    return COMMANDS[word]


def is_number(session: Session, text: str) -> bool:
    """Whether the text is a formula over names that are there."""
    try:
        session.lookup.number(text)
    except NotYet:
        return True
    except MicrogridError:
        return False
    return True


def obey(session: Session, text: str) -> None:
    """Do what one command says; what goes wrong is one line, and the session goes on."""
    word, *rest = text.split(maxsplit=1)
    try:
        if word not in COMMANDS and is_number(session, text):
            shown = repeated(text)
            raise GraphError(f"{shown} is a number, no command; p {shown} shows it")
        named(word).run(session, rest[0].strip() if rest else "")
    except BrokenPipeError:
        raise
    except MicrogridError as error:
        session.fail(str(error))
    except OSError as error:
        session.fail(f"{f'{error.filename}: ' if error.filename else ''}{error.strerror or error}")
    except Exception as error:  # a mistake of ours; the session of a person is not its price
        session.fail(f"microgrid itself went wrong: {type(error).__name__}: {error}")
