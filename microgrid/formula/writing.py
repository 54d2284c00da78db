"""How a derivation is written: its signs in text and in LaTeX, and lines that fit their width.

Besides the formulas of `expression.py` a line has four words of its own, as calls: `∂` and `d`, the
local and the total derivative of one name by another; `·`, the product along a chain, with more
space around it than the one inside a formula; and `via`, a contribution with whom it came through.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from .expression import Call, Formula, Name, Number, fold
from .ops import ROW_LATEX, ROW_UNICODE
from .printing import (
    AT,
    ATOM,
    EXTREMES,
    LATEX,
    POWER,
    PRODUCT,
    SHEET_NAME,
    SIGN,
    SUM,
    SUPERSCRIPTS,
    Form,
    Language,
    Place,
    latex_name,
    number_text,
    render,
    text_name,
    unsampled,
)
from .regexes import regex
from .tokens import NAME

__all__ = [
    "Write",
    "columns",
    "fitting",
    "latex",
    "latex_text",
    "markdown_text",
    "minus",
    "printable",
    "text",
    "wrapped",
]

Write = Callable[[Formula], str]

TEXT_FORMS = {
    "+": Form("{} + {}", SUM, (SUM, PRODUCT)),
    "-": Form("{} − {}", SUM, (SUM, PRODUCT)),
    "neg": Form("−{}", SUM, (PRODUCT,)),
    "*": Form("{}·{}", PRODUCT, (PRODUCT, SIGN)),
    "/": Form("{}/{}", PRODUCT, (PRODUCT, SIGN)),
    "**": Form("{}^{}", POWER, (ATOM, SIGN)),
    "·": Form("{} · {}", PRODUCT, (PRODUCT, PRODUCT)),
    "∂": Form("∂{}/∂{}", ATOM, ()),
    "∂∂": Form("∂²{}/∂{}∂{}", ATOM, ()),
    "∂²": Form("∂²{}/∂{}²", ATOM, ()),
    AT: Form(f"{{}}{AT}{{}}", ATOM, ()),
    "via": Form("{} (via {})", PRODUCT, (PRODUCT, SUM)),
    "directly": Form("{} (directly)", PRODUCT, (PRODUCT,)),
    "step": Form("1{{{} > 0}}", ATOM, ()),
    "above": Form("1{{{} > {}}}", ATOM, ()),
    **EXTREMES,
    "@": Form("{} @ {}", PRODUCT, (PRODUCT, SIGN)),
    "⊙": Form("{} ⊙ {}", PRODUCT, (PRODUCT, SIGN)),
    "ᵀ": Form("{}ᵀ", ATOM, (ATOM,)),
    "list": Form("[{}]", ATOM, (), ", "),
    "rows": Form("[{}]", ATOM, (), "; "),
    "row": Form("{}", ATOM, (), " "),
    **{over: Form(f"{over} of {{}}", PRODUCT, (PRODUCT,)) for over in ("mean over samples", "sum over samples")},
}
LATEX_FORMS = {
    **{
        name: ROW_LATEX.forms[name]
        for name in ROW_LATEX.forms
        if name not in TEXT_FORMS or name in ("step", "above", *EXTREMES)
    },
    "+": TEXT_FORMS["+"],
    "-": Form("{} - {}", SUM, (SUM, PRODUCT)),
    "neg": Form("-{}", SUM, (PRODUCT,)),
    "*": Form(r"{} \cdot {}", PRODUCT, (PRODUCT, SIGN)),
    "/": Form(r"\frac{{{}}}{{{}}}", POWER, ()),
    "**": Form("{}^{{{}}}", POWER, (ATOM, SUM)),
    "·": Form(r"{} \cdot {}", PRODUCT, (PRODUCT, PRODUCT)),
    "∂": Form(r"\frac{{\partial {}}}{{\partial {}}}", ATOM, ()),
    "∂∂": Form(r"\frac{{\partial^2 {}}}{{\partial {} \, \partial {}}}", ATOM, ()),
    "∂²": Form(r"\frac{{\partial^2 {}}}{{\partial {}^2}}", ATOM, ()),
    AT: Form(rf"{{}} \text{{{{{AT}{{}}}}}}", ATOM, ()),
    "d": Form(r"\frac{{\mathrm{{d}} {}}}{{\mathrm{{d}} {}}}", ATOM, ()),
    "dd": Form(r"\frac{{\mathrm{{d}}^2 {}}}{{\mathrm{{d}} {} \, \mathrm{{d}} {}}}", ATOM, ()),
    "d²": Form(r"\frac{{\mathrm{{d}}^2 {}}}{{\mathrm{{d}} {}^2}}", ATOM, ()),
    "via": Form(r"\underbrace{{{}}}_{{\text{{via }} {}}}", PRODUCT, (PRODUCT, SUM)),
    "directly": Form(r"\underbrace{{{}}}_{{\text{{directly}}}}", PRODUCT, (PRODUCT,)),
    "@": Form(r"{} \, {}", PRODUCT, (PRODUCT, SIGN)),
    "⊙": Form(r"{} \odot {}", PRODUCT, (PRODUCT, SIGN)),
    "ᵀ": Form(r"{}^\top", POWER, (ATOM,)),
    "list": Form(r"\begin{{bmatrix}} {} \end{{bmatrix}}", ATOM, (), r" \\ "),
    "rows": Form(r"\begin{{bmatrix}} {} \end{{bmatrix}}", ATOM, (), r" \\ "),
    "row": Form("{}", ATOM, (), " & "),
    "sum over samples": Form(r"\sum_{{\text{{samples}}}} {}", PRODUCT, (PRODUCT,)),
}

OVER = " over samples of "  # in the name of a mean that has none of its own
RAISED = regex(r"\^([0-9]{1,2})(?![0-9.e({^])")
BESIDE = regex(rf"((?<![\w\u0300-\u036f.^/∂]){NAME})·\(")
FIRST = regex(r"^\((−[\w\u0300-\u036f.-]+)\)(?=$|[ ·/+−])")
LATEX_FIRST = regex(r"^\\left\((-[\w.\\{}]+)\\right\)(?=$| )")


def text(
    digits: int | None, name: Callable[[str], str] | None = None, whole: str = "d", symbols: bool = False
) -> Write:
    """Formulas as a line of plain text, numbers to that many digits, None for all; `name` says how names are shown.

    >>> from microgrid.formula import parse
    >>> print(text(4)(parse("-y/p + (1 - y)*(x - 0.123456)^2")), text(4)(parse("y*(1 - y)*step(z)")))
    −y/p + (1 − y)·(x − 0.1235)² y(1 − y)·1{z > 0}

    whole    the sign of a total derivative
    symbols  whether functions are written as pictures have them: σ(z), ln(z)
    """
    forms = {
        **(ROW_UNICODE.forms if symbols else {}),
        **TEXT_FORMS,
        "d": Form(f"{whole}{{}}/{whole}{{}}", ATOM, ()),
        "dd": Form(f"{whole}²{{}}/{whole}{{}}{whole}{{}}", ATOM, ()),
        "d²": Form(f"{whole}²{{}}/{whole}{{}}²", ATOM, ()),
    }
    show = name or (lambda each: printable(text_name(each)))
    language = Language(forms, name=show, number=lambda number: minus(number_text(number, digits)), negative=SUM)

    def write(formula: Formula) -> str:
        line = FIRST.sub(r"\1", BESIDE.sub(r"\1(", render(as_typed(formula), language)))
        return RAISED.sub(lambda match: match[1].translate(SUPERSCRIPTS), line)

    return write


def as_typed(formula: Formula) -> Formula:
    """The formula with its derivatives as a sheet has them: ∂²L/∂w∂b is one, and its sample stands behind it once."""

    def visit(node: Formula, inputs: list[Formula]) -> Formula:
        if not isinstance(node, Call) or node.function not in ("∂", "d"):
            return Call(node.function, tuple(inputs), node.at) if isinstance(node, Call) else node
        of, by = (each.name if isinstance(each, Name) else "" for each in inputs)
        return slope(node.function, of, by) if of and by else node

    return fold(formula, visit)  # type: ignore[no-any-return]


def slope(sign: str, of: str, by: str) -> Formula:
    """A derivative, the second of what is one itself; its sample stands behind it, as a sheet has it.

    >>> print(text(4)(slope("∂", "y at sample 2", "w")), text(4)(slope("d", "∂L/∂w[1]", "b")))
    ∂y/∂w at sample 2 d²L/dw[1]db
    """
    above = of.removeprefix("∂").split("/∂") if of[0] == "∂" else [of]
    words = (*above, by)
    parts = [unsampled(each) for each in words]
    samples = {sample for _, sample in parts if sample}
    is_typed = all(name and (sample or name == word) for word, (name, sample) in zip(words, parts))
    if len(samples) > 1 or not is_typed:  # a label of anything
        return Call(sign, (Name(of), Name(by)))
    first, *below = (f"({name})" if OVER in name else name for name, _ in parts)
    kind = "" if len(below) == 1 else "²" if below[0] == below[1] else sign
    found = Call(sign + kind, tuple(map(Name, (first, *(below[:1] if kind == "²" else below)))))
    return Call(AT, (found, Number(float(samples.pop())))) if samples else found


def latex(digits: int) -> Write:
    """Formulas as LaTeX, numbers to that many digits.

    >>> from microgrid.formula import parse
    >>> print(latex(4)(parse("y*(1 - y)/w1")))
    \\frac{y \\left(1 - y\\right)}{w_{1}}
    """
    language = Language(
        LATEX_FORMS, LATEX.call, LATEX.parentheses, latex_label,
        lambda number: LATEX.number(float(number_text(number, digits))), SUM,
    )  # fmt: skip

    def write(formula: Formula) -> str:
        line = re.sub(r"(?<=[a-z}]) \\cdot \\left\((?!-[0-9])", r" \\left(", render(as_typed(formula), language))
        return LATEX_FIRST.sub(r"\1", line)

    return write


def minus(number: str) -> str:
    """The text with the sign of subtraction, −, for each hyphen, also in an exponent."""
    return number.replace("-", "−").replace("inf", "∞")


def printable(name: str) -> str:
    """A label that may be anything, on one line."""
    if isinstance(name, Place):  # which has nothing else
        return name
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in " ".join(name.split()))


def markdown_text(words: str) -> str:
    """Words that Markdown takes for nothing else, on one line."""
    return re.sub(r"([\\`*_{}\[\]<>#$|&])", r"\\\1", printable(words))


# What LaTeX takes for a command, and what to write instead.
ESCAPES = {
    "\\": r"\textbackslash ",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{sign: "\\" + sign for sign in "#$%&_{}"},
    **{sign: rf"}}{{{sign}}}\text{{" for sign in "<>"},  # as mathematics, which no reader takes for HTML
}


def latex_label(name: str) -> str:
    r"""A label that may be anything, as LaTeX: a name as such, the rest as text.

    >>> print(latex_label("w11"), latex_label("loss #2"))
    w_{11} \text{loss \#2}
    """
    name = printable(name)
    return latex_name(name) if SHEET_NAME.fullmatch(name) else latex_text(name)


def latex_text(words: str) -> str:
    """Words inside a formula."""
    return r"\text{" + "".join(ESCAPES.get(letter, letter) for letter in words) + "}"


# ── lines ──────────────────────────────────────────────────────────────────────────────────


def columns(line: str) -> int:
    """How many columns of a terminal the line takes."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in line)
    return len(line) + wide - sum(1 for letter in line if unicodedata.combining(letter))


def wrapped(line: str, width: int, indent: int) -> list[str]:
    """The line in pieces that fit, each but the first indented and beginning with an operator.

    >>> print(*wrapped("y = a · b + c · d (via e)", 16, 4), sep="|")
    y = a · b|    + c · d|    (via e)

    Inside parentheses a piece is indented by two more.

    >>> print(*wrapped("y = a·(b + c + d·e + f) + g", 16, 4), sep="|")
    y = a·(b + c|      + d·e + f)|    + g
    """
    lines, depth, inside = [], 0, 0
    while columns(line[: 4 * width]) > width:
        at = cut(line, width, indent + 2 * depth, inside)
        if at >= len(line):
            break
        inside += line.count("[", 0, at) - line.count("]", 0, at)
        lines.append(line[:at].rstrip())
        depth = max(0, depth + line.count("(", 0, at) - line.count(")", 0, at))
        depth = depth if indent + 2 * depth < width // 2 else 0
        line = " " * (indent + 2 * depth) + line[at:].lstrip()
        if indent + 1 >= width:  # nothing fits: of brackets no line is indented by so much
            break
    return [*lines, line]


LOOSE = "+−-·⊙@*("  # what a line may be cut before: sums first, then products and remarks
KEPT = regex(r" at sample [0-9]+|(?:mean|sum) over samples of ")  # no line goes on inside of these
OPERATOR = regex(r" (?=[+−·⊙@*-] |\((?:via|directly))")


def cut(line: str, width: int, indent: int, inside: int) -> int:
    """Where the line is best cut: before an operator, as far out of the parentheses as can be.

    inside  how many square brackets are open: there a space alone stands between two numbers of a row
    """
    best, spare, depth, fits = (99, 0), 0, 0, fitting(line, width)
    kept = {at for match in KEPT.finditer(line[: 2 * width]) for at in range(*match.span())}
    for at, letter in enumerate(line[: fitting(line, width + 1)]):
        depth += (letter in "({") - (letter in ")}")
        inside += (letter == "[") - (letter == "]")
        if at > indent and not inside and OPERATOR.match(line, at):
            early = at < (indent + width) // 3
            best = min(best, (2 * depth + (LOOSE.index(line[at + 1]) > 2) + 3 * early, -at))
        elif at > indent + 1 and letter == " " and at not in kept and not (inside and line[at - 1] not in ",;"):
            spare = at
        elif at > indent + 1 and letter in "·/," and at < fits:
            spare = at + 1  # a sheet goes on where a line ends with a sign
    at = -best[1] or spare
    if at or inside:
        return at or end_of_row(line, width)
    hard = max(indent + 1, fits)
    return next((i + 1 for i in range(hard, len(line)) if line[i] in "·*/,"), len(line)) if kept else hard


def end_of_row(line: str, width: int) -> int:
    """Where a row of a matrix ends that is wider than a line: inside it no sheet would read on.

    >>> wrapped("W = [1.11 2.22 3.33; 4.44 5.55 6.66]", 12, 4)
    ['W = [1.11 2.22 3.33;', '    4.44 5.55 6.66]']
    """
    match = re.compile(r"[;,](?= )|\]").search(line, fitting(line, width))
    return match.end() if match else len(line)


def fitting(line: str, width: int) -> int:
    """How many letters fit."""
    taken = 0
    for at, letter in enumerate(line):
        taken += columns(letter)
        if taken > width:
            return at
    return len(line)
