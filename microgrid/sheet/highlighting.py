"""What the words of a sheet are, for editors that colour them: one table for TextMate, Pygments and browsers.

`python -m microgrid.sheet.highlighting` writes the grammar of TextMate, which VS Code, Sublime Text and many others
read; it is kept in docs/editor.
"""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from microgrid.formula.definitions import ALIASES, FUNCTIONS
from microgrid.formula.tokens import INDEXED

from .line_kinds import USAGE
from .names import GIVEN, OF_ARRAYS, WORDS

__all__ = ["PATTERNS", "Pattern", "completions", "grammar", "patterns_of_browsers"]

NO_NAME = r"(?![ \t]*[=~≈])"  # round = 3 defines a quantity


class Pattern(NamedTuple):
    """A kind of word: what TextMate and what Pygments call it, and a pattern that both read."""

    scope: str
    token: str
    pattern: str


def one_of(words: list[str]) -> str:
    """A pattern for any of the words."""
    return "|".join(map(re.escape, sorted(words, key=lambda word: (-len(word), word))))


DIRECTIVES = [word for word in WORDS if word not in ("title", "source", *GIVEN)]
ROUNDS = (  # the words of lines about rounds, where they are not names
    rf"^[ \t]*next(?=[ \t]+{INDEXED}[ \t]*=(?!=))|(?<!\w)next(?=[ \t]+[^\W\d])"
    r"|^[ \t]*restart(?:[ \t]+with(?=[ \t])|(?=[ \t]*$))"
    r"|^[ \t]*round(?:[ \t]+with(?=[ \t])|(?=[ \t]*(?:[×*x][ \t]*[0-9]+[ \t]*)?$))"
    r"|^[ \t]*repeat(?=[ \t]+[0-9]+[ \t]*:)|^[ \t]*at[ \t]+round(?=[ \t]+[0-9]+[ \t]*:)"
    r"|^[ \t]*table[ \t]+round(?=[ \t])"
)
ARRAYS = (  # the words of lines about ranges and samples
    rf"^[ \t]*for(?=[ \t]+{INDEXED}[ \t]*(?:=|in[ \t]))|^[ \t]*end(?=[ \t]*$)"
    r"|(?<=[ \t])for(?=[ \t]+\w+[ \t]+in[ \t])|(?<=[ \t])in(?=[ \t]+[^=]*\.\.)|(?<=[ \t])at[ \t]+sample(?=[ \t])"
    r"|^[ \t]*samples?(?=[ \t]+[^\s=~≈])|(?<!\w)(?:mean|sum)[ \t]+over[ \t]+samples[ \t]+of(?=[ \t])"
)
PATTERNS = [
    Pattern("comment.line.number-sign", "Comment", r"#.*"),
    Pattern("string.unquoted.title", "String", r"^[ \t]*(?:title|source)[ \t].*"),
    Pattern("storage.type", "Keyword.Declaration", rf"^[ \t]*(?:{one_of(list(GIVEN))})(?=[ \t]){NO_NAME}"),
    Pattern("storage.type.round", "Keyword.Declaration", rf"^[ \t]*(?:rate|state)(?=[ \t]+{INDEXED}[ \t]*=(?!=))"),
    Pattern("keyword.control.round", "Keyword", ROUNDS),
    Pattern("keyword.control.array", "Keyword", ARRAYS),
    Pattern(
        "keyword.control", "Keyword",
        rf"(?:^[ \t]*|(?<=[ \t]))(?:{one_of(DIRECTIVES)})(?=[ \t]|$){NO_NAME}",
    ),
    Pattern("keyword.operator.comparison", "Operator.Word", r"~=|≈|=="),
    Pattern("variable.other.derivative", "Name.Attribute", rf"∂{INDEXED}[ \t]*/[ \t]*∂{INDEXED}|d{INDEXED}/d{INDEXED}"),
    Pattern(
        "support.function", "Name.Builtin",
        rf"(?<!\w)(?:{one_of([*FUNCTIONS, *OF_ARRAYS, *ALIASES])})(?=['′]?\()|√|(?<!\w)ln(?=[ \t])",
    ),
    Pattern("constant.numeric", "Number", r"(?<![\w])(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+−]?[0-9]+)?|[½⅓⅔¼¾⅛]"),
    Pattern("constant.language", "Name.Constant", r"(?<!\w)(?:pi|π)(?!\w)"),
    Pattern("entity.name.function", "Name.Function", rf"{INDEXED}(?=\([\w, ]*\)[ \t]*=(?!=))"),
    Pattern("variable.other", "Name.Variable", INDEXED),
    Pattern("keyword.operator", "Operator", r"\*\*|\.\*|\.\.|…|\.T(?!\w)|[-+*/^=−·×⋅÷|²³⁻⁰¹⁴-⁹<>≤≥'′@⊙ᵀ‖]"),
    Pattern("punctuation", "Punctuation", r"[(),{}\[\]?:;&]|(?<!\S)\.(?!\S)|\\\\|\\(?:begin|end)"),
]  # fmt: skip


def grammar() -> str:
    """The grammar of TextMate, as JSON."""
    patterns = [{"name": f"{each.scope}.microgrid", "match": each.pattern} for each in PATTERNS]
    whole = {
        "$schema": "https://raw.githubusercontent.com/martinring/tmlanguage/master/tmlanguage.json",
        "name": "microgrid sheet",
        "scopeName": "source.microgrid",
        "fileTypes": ["sheet"],
        "patterns": patterns,
    }
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"


# What Python's \w and \d are in a regular expression of JavaScript, inside of brackets.
BACKSLASH_W, LETTERS, NO_DIGITS = r"\w", r"\p{L}\p{N}_", r"\p{L}\p{Nl}\p{No}_"


def patterns_of_browsers() -> list[list[str]]:
    """The kinds of words with their patterns, as JavaScript reads them with the flags m and u.

    >>> dict(patterns_of_browsers())["constant.language"]
    '(?<![\\\\p{L}\\\\p{N}_])(?:pi|π)(?![\\\\p{L}\\\\p{N}_])'
    """
    return [[each.scope, in_javascript(each.pattern)] for each in PATTERNS]


def in_javascript(pattern: str) -> str:
    """A pattern of Python in JavaScript, where a letter has to be told by its property."""
    inside = re.sub(r"\[([^\]]*)\]", lambda match: f"[{match[1].replace(BACKSLASH_W, LETTERS)}]", pattern)
    return inside.replace(r"[^\W\d", f"[{NO_DIGITS}").replace(BACKSLASH_W, f"[{LETTERS}]")


def completions() -> list[list[str]]:
    """What can be typed in a sheet besides its own names: the word, "keyword" or "function", and an example."""
    examples = {
        "title": "title Two neurons", "source": "source Lecture 3", "input": "input x = 3", "target": "target y = 1",
        "param": "param w = 0.5", "loss": "loss L", "update": "update 0.1", **USAGE,
    }  # fmt: skip
    keywords = [[word, "keyword", example] for word, example in examples.items()]
    functions = dict.fromkeys(name for name in (*FUNCTIONS, *OF_ARRAYS) if name.isidentifier())
    return keywords + [[name, "function", ""] for name in functions]


if __name__ == "__main__":
    print(grammar(), end="")  # noqa: T201
