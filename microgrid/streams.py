"""Text on any stream: what its encoding does not have is written in ASCII.

    ∂L/∂ŷ · σ′(z₁₂) ≈ −0.25²    on a terminal or in a file of UTF-8
    dL/dyhat * sigma'(z_12) ~= -0.25^2    where there is ASCII alone

Whatever writes text asks here: the command line, the debugger, the tables, and every class that has a
`repr` or a `str` of its own, since `print` tells neither of them where it goes.
"""

from __future__ import annotations

import codecs
import os
import re
import sys
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

__all__ = [
    "AnyText",
    "accept_any_text",
    "carried",
    "carries",
    "carrying",
    "encoding_of",
    "let_go",
    "line_of",
    "open_missing",
    "tell",
]

ERRORS = "microgrid.streams"  # the name of the handler of errors in the registry of Python

# fmt: off
SIGNS = {
    "·": "*",     "−": "-",     "×": "x",     "÷": "/",     "±": "+/-",   "⊙": ".*",    "√": "sqrt",
    "∂": "d",     "∇": "grad",  "∞": "inf",   "′": "'",     "∑": "sum",   "∏": "prod",  "∫": "int",
    "≈": "~=",    "≠": "!=",    "≤": "<=",    "≥": ">=",    "∈": "in",    "∝": "~",
    "←": "<-",    "→": "->",    "↔": "<->",   "⇒": "=>",    "↳": "->",    "✓": "ok",    "✗": "X",
    "–": "-",     "—": "-",     "…": "...",   "‖": "||",    "⌊": "[",     "⌋": "]",     "\u2044": "/",
    "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"',  # quotation marks
    "ß": "ss",    "æ": "ae",    "Æ": "AE",    "œ": "oe",    "Œ": "OE",    "ø": "o",     "Ø": "O",
    "ł": "l",     "Ł": "L",     "đ": "d",     "\u0131": "i",
    "•": "*",     "□": "[]",    "█": "#",     "▉": "#",     "\ufffd": "?",
}
# fmt: on
ACCENTS = {"\u0302": "hat", "\u0304": "bar", "\u0303": "tilde", "\u0307": "dot"}
GREEK = re.compile(r"GREEK (SMALL|CAPITAL) LETTER (?:FINAL )?(\w+)")
LINES = re.compile(r"BOX DRAWINGS \w+ (?:\w+ DASH )?(HORIZONTAL|VERTICAL)")

# What is written anew as one: what stands above the line, what stands below it, a word of three letters or more,
# a letter with its accents, any other sign.
ABOVE, BELOW = "\u00b2\u00b3\u00b9\u2070-\u207f\u1d2c-\u1d61", "\u2080-\u209c\u1d62-\u1d6a\u2c7c"
LETTER, MARK = rf"[^\W\d_{ABOVE}{BELOW}]", "[\u0300-\u036f]"
PIECE = re.compile(
    rf"(?P<above>[{ABOVE}]+)|(?P<below>[{BELOW}]+(?:,[{BELOW}]+)*)"
    rf"|(?:{LETTER}{MARK}*){{3,}}|{LETTER}{MARK}+|[^\x00-\x7f]"
)


def carried(text: str, stream: Any = None) -> str:
    """The text as a stream can carry it; of what its encoding does not have, the ASCII form.

    >>> carried("∂L/∂ŷ = −2·σ′(z₁₂)²", "ascii"), carried("w¹₁₂ → 中", "ascii")
    ("dL/dyhat = -2*sigma'(z_12)^2", 'w^1_12 -> \\\\u4e2d')
    >>> carried("∂L/∂ŷ ≤ 2·x²", "latin-1")
    'dL/dyhat <= 2·x²'

    stream  what it is written to, or the name of an encoding; None is standard output
    """
    encoding = encoding_of(stream)
    if carries(text, encoding):
        return text
    composed = unicodedata.normalize("NFC", text)
    return PIECE.sub(lambda piece: piece[0] if carries(piece[0], encoding) else in_ascii(piece), composed)


def carries(text: str, stream: Any = None) -> bool:
    """Whether a stream, or an encoding of that name, has every sign of a text; None is standard output."""
    if text.isascii():
        return True
    try:
        text.encode(encoding_of(stream))
    except (UnicodeError, LookupError):  # or nobody knows the encoding
        return False
    return True


def encoding_of(stream: Any = None) -> str:
    """The encoding of a stream, UTF-8 for one that holds text as it is; None is standard output."""
    found = stream if isinstance(stream, str) else getattr(sys.stdout if stream is None else stream, "encoding", None)
    return found or "utf-8"


def in_ascii(piece: re.Match[str]) -> str:
    """A piece of text as it is typed where there is ASCII alone; a sign that nobody has a name for is its number."""
    if piece[0] in SIGNS:
        return SIGNS[piece[0]]
    letters = unicodedata.normalize("NFD", piece[0])
    if piece["above"] or piece["below"]:
        return ("^" if piece["above"] else "_") + "".join(map(typed, letters))
    bare = "".join(each for each in letters if not unicodedata.combining(each))
    accents = letters[1:] if len(bare) == 1 else ""  # ŷ is another quantity than y; in a word they are spelling
    return "".join(map(typed, bare)) + "".join(ACCENTS.get(each, "") for each in accents)


def typed(sign: str) -> str:
    """One sign in ASCII.

    >>> [typed(sign) for sign in "∂ σ Σ ᵢ ½ ─ ┼ 中".split()]
    ['d', 'sigma', 'Sigma', 'i', '1/2', '-', '+', '\\\\u4e2d']
    """
    if sign in SIGNS or sign.isascii():
        return SIGNS.get(sign, sign)
    name = unicodedata.name(sign, "")
    if greek := GREEK.match(name):
        return greek[2].lower() if greek[1] == "SMALL" else greek[2].capitalize()
    if name.startswith("BOX DRAWINGS"):
        line = LINES.fullmatch(name)
        return "+" if line is None else "-" if line[1] == "HORIZONTAL" else "|"
    alike = "".join(SIGNS.get(each, each) for each in unicodedata.normalize("NFKD", sign))
    return alike if alike.isascii() else sign.encode("ascii", "backslashreplace").decode()


# ── who asks ───────────────────────────────────────────────────────────────────────────────

Kind = TypeVar("Kind", bound=type)


def carrying(kind: Kind) -> Kind:
    """A class of which `repr` and `str` give what standard output can carry: of those two the ones that it defines.

    >>> @carrying
    ... class Slope:
    ...     def __repr__(self):
    ...         return "<Slope ∂L/∂w>"
    >>> Slope()
    <Slope ∂L/∂w>
    """
    for name in ("__repr__", "__str__"):
        if name in vars(kind):
            setattr(kind, name, carried_by(vars(kind)[name]))
    return kind


def carried_by(method: Callable[[Any], str]) -> Callable[[Any], str]:
    @wraps(method)
    def written(self: Any) -> str:
        return carried(method(self))

    return written


def line_of(thing: Any) -> str:
    """What `repr` says without its brackets, in every sign: for HTML, whose encoding is not that of standard output.

    >>> @carrying
    ... class Slope:
    ...     def __repr__(self):
    ...         return "<Slope ∂L/∂w>"
    >>> line_of(Slope())
    'Slope ∂L/∂w'
    """
    method: Any = type(thing).__repr__
    return str(getattr(method, "__wrapped__", method)(thing))[1:-1]


def accept_any_text(stream: Any) -> None:
    """Let a stream write what it cannot carry in ASCII from now on, whoever writes it; for a program's own streams."""
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors=ERRORS)


def open_missing() -> None:
    """Open the standard streams that whoever started the program has closed: nothing is read from them or written."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - it stays open


def tell(said: str) -> None:
    """Say something on standard error, in signs alone; where nobody can hear it, there is still the exit code."""
    signs = "".join(
        sign if sign.isprintable() or sign == "\n" else "\ufffd" for sign in said
    )  # no file's name is a command
    try:
        sys.stderr.write(f"microgrid: {signs}\n")
    except OSError:
        let_go(sys.stderr)


def let_go(stream: Any) -> None:
    """Give up what a stream cannot write, which would fail once more when the program ends."""
    try:
        stream.flush()
    except OSError:
        with suppress(OSError, ValueError):  # of a stream in memory
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)


class AnyText:
    """A stream that writes what it cannot carry in ASCII, beside the one that it writes to, which stays as it is."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        """Write a text; how many characters of it were written."""
        return int(self.stream.write(carried(text, self.stream)))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def replaced(error: UnicodeError) -> tuple[str, int]:
    """What stands for the part of a text that an encoding does not have."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return carried(error.object[error.start : error.end], "ascii"), error.end


codecs.register_error(ERRORS, replaced)
