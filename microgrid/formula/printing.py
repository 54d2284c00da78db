"""The notations that a formula can be printed in: text, Unicode, LaTeX, Python, JavaScript."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from .expression import Formula, Name, Number, fold
from .regexes import regex
from .signs import GREEK, GREEK_NAMES, LOWERED, RAISED, index_key, power_text
from .tokens import SPELLED

__all__ = [
    "AT",
    "ATOM",
    "EXTREMES",
    "GREEK_NAMES",
    "JAVASCRIPT",
    "LATEX",
    "LOOSE",
    "PART",
    "POWER",
    "PYTHON",
    "SHEET_NAME",
    "SUPERSCRIPTS",
    "TEXT",
    "UNICODE",
    "Form",
    "Language",
    "Place",
    "has_raised",
    "latex_name",
    "latex_number",
    "number_text",
    "render",
    "text_name",
    "told_apart",
    "unicode_name",
    "unsampled",
]

LOOSE, SUM, PRODUCT, SIGN, POWER, ATOM = range(6)  # how tightly something binds; what is loose stands in parentheses


def number_text(number: float, digits: int | None = None) -> str:
    """A number as a book prints it: significant digits, whole numbers without a point.

    >>> number_text(-0.017391262), number_text(0.5597136, 4), number_text(2.0), number_text(1.5e-7)
    ('-0.017391262', '0.5597', '2', '1.5e-7')

    digits  how many significant digits; None for all that the double holds
    """
    number = float(number)
    if not math.isfinite(number):
        return repr(number)
    if number == int(number) and abs(number) < 10 ** max(digits or 16, 6):
        return str(int(number))
    text = repr(number) if digits is None else f"{number:.{digits}g}"
    mantissa, _, exponent = text.partition("e")
    if not exponent:
        return text
    if digits is not None and 0 < int(exponent) < 7:  # 12345.6 at 4 digits is 12346, no 1.235e+04
        return f"{number:.0f}"
    return f"{mantissa}e{int(exponent)}"


def told_apart(one: float, other: float) -> tuple[str, str]:
    """Two different numbers at 4 significant digits, or as many as it takes for them to look different.

    >>> told_apart(0.25, 0.75), told_apart(1.00001, 1.0)
    (('0.25', '0.75'), ('1.00001', '1'))
    """
    texts = ((number_text(one, digits), number_text(other, digits)) for digits in range(4, 17))
    return next((pair for pair in texts if pair[0] != pair[1]), (number_text(one), number_text(other)))


SUPERSCRIPTS = str.maketrans("0123456789-−", RAISED + "⁻⁻")
SUBSCRIPTS = str.maketrans("0123456789", LOWERED)
PLACE = r"\[[0-9]+(?:,[0-9]+)*\]"  # of an element, W1[2,1], and of a member of a family, z[2]
AT = " at sample "  # behind the name of what each sample has of its own
PART = rf"{SPELLED}(?:{PLACE})*(?:{AT}[0-9]+)?"
DERIVATIVE = regex(rf"∂{PART}/∂{PART}")
OF = r"[mv]\u0302?|velocity|t|before"  # of what a sheet says of its rounds: m(w), before(w)
WORDED = regex(rf"(?P<word>next )(?P<new>.+)|(?P<of>{OF})\((?P<name>.+)\)")
SHEET_NAME = regex(rf"(?:next )?(?:{PART}|∂{PART}/∂{PART}|(?:{OF})\((?:{PART}|∂{PART}/∂{PART})\))")
SECOND = regex(rf"∂∂({PART})/∂({PART})/∂({PART})")
ELEMENT = regex(rf"({SPELLED})({PLACE})({PLACE})?")
OF_SAMPLE = regex(r"([^/]+) at sample ([0-9]+)")
LAYERED = regex(r"([wbzaδ])([0-9]+)_([0-9]+)(?:_([0-9]+))?")  # w1_12 of layer 1, w1_10_2 where numbers are long
BRACKETED = regex(r"(.+?)(⁽[^⁽⁾]+⁾)")  # w11⁽²⁾ of layer 2
ABOVE = regex(f"[{RAISED}⁾^]")
INDEXED = regex(r"(.*[^\W\d_][\u0300-\u036f]*)_?([0-9]+)")
ACCENTS = {"\u0302": r"\hat", "\u0304": r"\bar", "\u0303": r"\tilde", "\u0307": r"\dot"}


class Place(str):
    """A name that Python knows something by, such as W[0][1]: it is shown with Python's own indices, not a book's."""

    __slots__ = ()


def unsampled(name: str) -> tuple[str, int]:
    """A name without its sample, and the sample; 0 for none.

    >>> unsampled("z[1] at sample 2"), unsampled("∂L at sample 2/∂w")
    (('z[1]', 2), ('∂L at sample 2/∂w', 0))
    """
    base, _, sample = name.partition(AT)
    return (base, int(sample)) if sample.isdecimal() else (name, 0)


def unicode_name(name: str) -> str:
    r"""A name with its index written below the line, and the number of its layer above it.

    >>> unicode_name("w11"), unicode_name("h_2"), unicode_name("∂L/∂z1"), unicode_name("loss")
    ('w₁₁', 'h₂', '∂L/∂z₁', 'loss')
    >>> unicode_name("∂∂L/∂w1/∂w1"), text_name("∂∂L/∂w1/∂b"), print(latex_name("∂∂L/∂w/∂b"))
    \frac{\partial^2 L}{\partial w \partial b}
    ('∂²L/∂w₁²', '∂²L/∂w1∂b', None)
    >>> unicode_name("w1_12"), unicode_name("w2_10_3"), unicode_name("w_11⁽²⁾"), unicode_name("next m(w1)")
    ('w¹₁₂', 'w²₁₀,₃', 'w₁₁⁽²⁾', 'next m(w₁)')
    >>> unicode_name("W1[2,1]"), unicode_name("∂L/∂W[10,2]"), unicode_name("z[2][1] at sample 3")
    ('W1₂₁', '∂L/∂W₁₀,₂', 'z₁⁽²⁾ at sample 3')
    """
    if isinstance(name, Place):
        return name
    if match := SECOND.fullmatch(name):
        return "∂²{}/∂{}".format(*second(match, unicode_name, "²", "∂"))
    if match := WORDED.fullmatch(name):
        return (
            f"next {unicode_name(match['new'])}" if match["word"] else f"{match['of']}({unicode_name(match['name'])})"
        )
    if DERIVATIVE.fullmatch(name):
        return "/".join("∂" + unicode_name(part[1:]) for part in name.split("/"))
    if match := OF_SAMPLE.fullmatch(name):
        return f"{unicode_name(match[1])} at sample {match[2]}"
    if match := ELEMENT.fullmatch(name):
        stem, index, member = element(match)
        return stem + index.translate(SUBSCRIPTS) + (f"⁽{member.translate(SUPERSCRIPTS)}⁾" if member else "")
    if match := LAYERED.fullmatch(name):
        return match[1] + match[2].translate(SUPERSCRIPTS) + indices(match).translate(SUBSCRIPTS)
    if match := BRACKETED.fullmatch(name):
        return unicode_name(match[1]) + match[2]
    match = INDEXED.fullmatch(name)
    return match[1] + match[2].translate(SUBSCRIPTS) if match else name


def element(match: re.Match[str]) -> tuple[str, str, str]:
    """The array of an element, its place, without commas where each index is a digit, and the member of a family."""
    stem, first, then = match.groups()
    places = [place[1:-1] for place in (first, then) if place]
    index = places[-1] if re.search("[0-9]{2}", places[-1]) else places[-1].replace(",", "")
    return stem, index, places[0] if then else ""


def second(match: re.Match[str], write: Callable[[str], str], squared: str, sign: str) -> tuple[str, str]:
    """What stands above and below the stroke of a second derivative, without the first signs."""
    of, x, y = match.groups()
    return write(of), write(x) + (squared if x == y else sign + write(y))


def text_name(name: str) -> str:
    """A name as it is typed; a second derivative as books write it."""
    match = SECOND.fullmatch(name)
    return "∂²{}/∂{}".format(*second(match, str, "²", "∂")) if match else name


def indices(layered: re.Match[str]) -> str:
    """`12`, or `10,2`: what stands below the line in a name with the number of its layer."""
    return ",".join(filter(None, layered.groups()[2:]))


def has_raised(text: str) -> bool:
    """Whether something in it stands above the line, so that a power of it needs parentheses."""
    return bool(ABOVE.search(text))


def latex_name(name: str) -> str:
    r"""A name as LaTeX sets it: Greek letters, hats, indices, and the number of a layer above the line.

    >>> print(latex_name("w11"), latex_name("ŷ"), latex_name("delta1"), latex_name("loss"), latex_name("w1_12"))
    w_{11} \hat{y} \delta_{1} \mathrm{loss} w^{1}_{12}
    >>> print(latex_name("w_11⁽²⁾"), latex_name("a₁"), latex_name("w¹₁₂"), latex_name("δ₂⁽¹⁾"))
    w_{11}^{(2)} a_{1} w^{1}_{12} \delta_{2}^{(1)}
    >>> print(latex_name("next t"), latex_name("m̂(w1)"))
    \mathrm{next}\ t \hat{m}\left(w_{1}\right)
    >>> print(latex_name("W[2,1]"), latex_name("W1[2,1]"), latex_name("∂L/∂z[2][1]"))
    W_{21} W^{(1)}_{21} \frac{\partial L}{\partial z^{(2)}_{1}}
    """
    if composed := latex_of_parts(name):
        return composed
    if not name.isascii() and not set(LOWERED).isdisjoint(name):
        name = index_key(name)
    if match := LAYERED.fullmatch(name):
        letter = r"\delta" if match[1] == "δ" else match[1]
        return f"{letter}^{{{match[2]}}}_{{{indices(match)}}}"
    if match := BRACKETED.fullmatch(name):
        return f"{latex_name(match[1])}^{{({power_text(match[2][1:-1])})}}"
    match = INDEXED.fullmatch(name)
    stem, index = (match[1], match[2]) if match else (name, "")
    letters = unicodedata.normalize("NFD", stem)
    if len(letters) == 2 and letters[1] in ACCENTS:
        word = f"{ACCENTS[letters[1]]}{{{letters[0]}}}"
    elif stem.lower() in GREEK or stem in GREEK_NAMES:
        word = "\\" + GREEK_NAMES.get(stem, stem)
    elif len(stem) == 1:
        word = stem
    else:
        word = r"\mathrm{" + stem.replace("_", r"\_") + "}"
    return f"{word}_{{{index}}}" if index else word


def latex_of_parts(name: str) -> str:
    """A derivative, an element, a word of rounds or of samples with a name; '' for a plain name."""
    if match := WORDED.fullmatch(name):
        word, inside = r"\mathrm{next}\ " if match["word"] else latex_name(match["of"]), match["new"] or match["name"]
        return word + (latex_name(inside) if match["word"] else rf"\left({latex_name(inside)}\right)")
    if match := SECOND.fullmatch(name):
        return r"\frac{{\partial^2 {}}}{{\partial {}}}".format(*second(match, latex_name, "^2", r" \partial "))
    if DERIVATIVE.fullmatch(name):
        top, bottom = (latex_name(part[1:]) for part in name.split("/"))
        return rf"\frac{{\partial {top}}}{{\partial {bottom}}}"
    if match := OF_SAMPLE.fullmatch(name):
        return rf"{latex_name(match[1])} \text{{ at sample {match[2]}}}"
    if match := ELEMENT.fullmatch(name):
        stem, index, member = element(match)
        numbered = None if member else INDEXED.fullmatch(stem)  # W1[2,1]: the number stands above the line
        letters, member = numbered.groups() if numbered else (stem, member)
        return latex_name(letters) + (f"^{{({member})}}" if member else "") + f"_{{{index}}}"
    return ""


class Form(NamedTuple):
    """How one function or operator is written: a template, how tightly the whole binds,
    and how tightly each argument must bind to stand there without parentheses, () if none needs any.

    between  what stands between any number of arguments, which fill one place together
    """

    template: str
    binds: int
    needs: tuple[int, ...]
    between: str | None = None


@dataclass(frozen=True)
class Language:
    """A notation that formulas can be printed in."""

    forms: Mapping[str, Form]
    call: str = "{}({})"
    parentheses: str = "({})"
    name: Callable[[str], str] = str
    number: Callable[[float], str] = number_text
    negative: int = SIGN  # how tightly a negative number binds
    superscripts: bool = False  # whether a whole exponent is written above the line

    def knowing(self, forms: Mapping[str, Form]) -> Language:
        """The same notation with more functions written their own way."""
        return replace(self, forms={**self.forms, **forms})


def operator_forms(plus: str, minus: str, times: str, over: str, power: Form, neg: str) -> dict[str, Form]:
    """The forms of the six operators; a second sign in a row always gets parentheses."""
    return {
        "+": Form(plus, SUM, (SUM, PRODUCT)),
        "-": Form(minus, SUM, (SUM, PRODUCT)),
        "*": Form(times, PRODUCT, (PRODUCT, SIGN)),
        "/": Form(over, PRODUCT, (PRODUCT, SIGN)),
        "**": power,
        "neg": Form(neg, SIGN, (POWER,)),
    }


def unmistakable(number: str) -> str:
    """A number as it is typed where something may be called e: 4e-14 might be 4e − 14, 4.0e-14 is a number."""
    digits, e, power = number.partition("e")
    return f"{digits}.0e{power}" if e and digits.lstrip("-−").isdigit() and digits != "1" else number


def latex_number(number: float) -> str:
    """A number in LaTeX, with a power of ten where it has one."""
    mantissa, _, exponent = number_text(number).partition("e")
    named = {"inf": r"\infty", "-inf": r"-\infty", "nan": r"\mathrm{NaN}"}
    return rf"{mantissa} \cdot 10^{{{exponent}}}" if exponent else named.get(mantissa, mantissa)


EXTREMES = {f"a{word}": Form(f"{word}({{}})", ATOM, (), ", ") for word in ("max", "min")}  # max(a, b, c)
TEXT = Language(
    operator_forms("{} + {}", "{} - {}", "{}*{}", "{}/{}", Form("{}^{}", POWER, (ATOM, SIGN)), "-{}") | EXTREMES,
    name=text_name,
    number=lambda number: unmistakable(number_text(number)),
)
UNICODE = Language(
    operator_forms("{} + {}", "{} − {}", "{} × {}", "{} / {}", Form("{}^{}", POWER, (ATOM, SIGN)), "−{}") | EXTREMES,
    name=unicode_name,
    number=lambda number: unmistakable(number_text(number).replace("-", "−")),
    superscripts=True,
)
PYTHON = Language(
    operator_forms("{} + {}", "{} - {}", "{} * {}", "{} / {}", Form("{} ** {}", POWER, (ATOM, SIGN)), "-{}"),
    number=lambda number: unmistakable(repr(float(number))),
)
# JavaScript refuses -x ** 2, so a power is a call there.
JAVASCRIPT = Language(
    operator_forms("{} + {}", "{} - {}", "{} * {}", "{} / {}", Form("pow({}, {})", ATOM, ()), "-{}"),
    number=lambda number: repr(float(number)).replace("inf", "Infinity").replace("nan", "NaN"),
)
LATEX = Language(
    {
        **operator_forms("{} + {}", "{} - {}", r"{} \cdot {}", "", Form("{}^{{{}}}", POWER, (ATOM, SUM)), "-{}"),
        "/": Form(r"\frac{{{}}}{{{}}}", POWER, ()),
    },
    call=r"\operatorname{{{}}}\left({}\right)",
    parentheses=r"\left({}\right)",
    name=latex_name,
    number=latex_number,
)


def whole(formula: Formula) -> bool:
    return isinstance(formula, Number) and abs(formula.value) < 100 and formula.value == int(formula.value)


def render(formula: Formula, language: Language = TEXT) -> str:
    """The formula in a notation, with no more parentheses than its meaning needs.

    >>> from microgrid.formula import parse
    >>> formula = parse("((w1*x1) + b)^2 / -(2*n)")
    >>> print(render(formula), render(formula, PYTHON), sep="   ")
    (w1*x1 + b)^2/-(2*n)   (w1 * x1 + b) ** 2.0 / -(2.0 * n)
    >>> print(render(formula, LATEX))
    \\frac{\\left(w_{1} \\cdot x_{1} + b\\right)^{2}}{-\\left(2 \\cdot n\\right)}
    """

    def visit(node: Formula, arguments: Sequence[tuple[str, int]]) -> tuple[str, int]:
        if isinstance(node, Number):
            text = language.number(node.value)
            return text, language.negative if text[0] in "-−" else SIGN if r"\cdot" in text else ATOM  # 1.5 · 10⁻⁷
        if isinstance(node, Name):
            text = language.name(node.name)
            above = has_raised(text) or node.name[0] == "∂" or AT in text  # (w¹₁₂)², (∂L/∂w)²: else w would be raised
            return text, POWER if above else ATOM
        form = language.forms.get(node.function)
        if form is None:
            inside = ", ".join(text for text, _ in arguments)
            return language.call.format(node.function, inside), ATOM
        if language.superscripts and node.function == "**" and whole(node.arguments[1]):
            base, binds = arguments[0]
            base = base if binds >= ATOM else language.parentheses.format(base)
            return base + arguments[1][0].translate(SUPERSCRIPTS), POWER
        return filled(form, node.function, arguments, language)

    return fold(formula, visit)[0]  # type: ignore[no-any-return]


def filled(form: Form, function: str, arguments: Sequence[tuple[str, int]], language: Language) -> tuple[str, int]:
    """A call in its own form; in that of every call where a fixed number is left out, as in elu(z)."""
    plain = [text for text, _ in arguments]
    if form.between is not None:
        return form.template.format(form.between.join(plain)), form.binds
    needs = form.needs or (LOOSE,) * len(arguments)
    texts = [
        text if binds >= need else language.parentheses.format(text) for (text, binds), need in zip(arguments, needs)
    ]
    try:
        return form.template.format(*texts), form.binds
    except IndexError:
        return language.call.format(function, ", ".join(plain)), ATOM
