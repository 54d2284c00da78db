"""Mistakes of one token that can be planted in a source text: what may be mistyped, and how."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

# What stands for what. The first is the near miss, the second turns it round.
COMPARED: dict[type[ast.cmpop], tuple[str, tuple[str, ...]]] = {
    ast.Lt: ("<", ("<=", ">")),
    ast.LtE: ("<=", ("<", ">=")),
    ast.Gt: (">", (">=", "<")),
    ast.GtE: (">=", (">", "<=")),
    ast.Eq: ("==", ("!=",)),
    ast.NotEq: ("!=", ("==",)),
    ast.Is: ("is", ("is not",)),
    ast.IsNot: ("is not", ("is",)),
    ast.In: ("in", ("not in",)),
    ast.NotIn: ("not in", ("in",)),
}
COMPUTED: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/"),
    ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "/"),
    ast.Mod: ("%", "*"),
    ast.Pow: ("**", "*"),
    ast.BitOr: ("|", "&"),
    ast.BitAnd: ("&", "|"),
    ast.MatMult: ("@", "*"),
}
CALLED = {"min": "max", "max": "min", "any": "all", "all": "any", "sorted": "list", "reversed": "list"}
WORD = re.compile(r"[A-Za-z_]+")
# Here strings are formulas, and a mistake may be planted within one.
TABLES = ("ops.py", "turns.py")
SIGN = re.compile(r"\*\*|[-+*/]|\b\d+\b|\b(?:sin|cos|exp|log|min|max)\b")
SIGNS = {"**": "*", "-": "+", "+": "-", "*": "/", "/": "*", "sin": "cos", "cos": "sin", "exp": "log", "log": "exp",
         "min": "max", "max": "min"}  # fmt: skip


class Plant(NamedTuple):
    """A mistake: what is written between two places of the text, and what a mistaken author wrote.

    lines  those of the statement it stands in, of which any run runs the mistake
    """

    start: int
    end: int
    before: str
    after: str
    line: int
    lines: range

    def put(self, text: str) -> str:
        """The text with the mistake in it."""
        return text[: self.start] + self.after + text[self.end :]


class Planter:
    """Finds every place of a text where a mistake can be planted."""

    def __init__(self, text: str, name: str = "") -> None:
        self.text, self.formulas = text, name in TABLES
        self.starts = [0]  # of the lines, in characters
        for line in text.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))
        self.rows = text.splitlines()

    def at(self, row: int, column: int) -> int:
        """Where a place is that a tree gives in bytes of its line."""
        return self.starts[row - 1] + len(self.rows[row - 1].encode()[:column].decode())

    def span(self, node: ast.AST) -> tuple[int, int]:
        return self.at(node.lineno, node.col_offset), self.at(node.end_lineno, node.end_col_offset)

    def plants(self) -> list[Plant]:
        """All of them, in order of the text; few are no longer Python (`compiles`)."""
        found = []
        for statement, node in walk(ast.parse(self.text)):
            lines = range(statement.lineno, header(statement) + 1)
            for start, end, after in self.mistakes(node):
                row = self.text.count("\n", 0, start) + 1
                found.append(Plant(start, end, self.text[start:end], after, row, lines))
        return sorted(set(found))

    def mistakes(self, node: ast.AST) -> Iterator[tuple[int, int, str]]:
        """What may be mistyped in a node itself: from where to where, and what stands there then."""
        if isinstance(node, ast.Compare):
            yield from self.compared(node)
        elif isinstance(node, ast.BinOp) and type(node.op) in COMPUTED:
            yield from self.between(node.left, node.right, *COMPUTED[type(node.op)])
        elif isinstance(node, ast.AugAssign) and type(node.op) in COMPUTED:
            sign, other = COMPUTED[type(node.op)]
            yield from self.between(node.target, node.value, sign + "=", other + "=")
        elif isinstance(node, ast.BoolOp):
            word, other = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
            for left, right in zip(node.values, node.values[1:]):
                yield from self.between(left, right, word, other)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            start, end = self.span(node)
            yield start, end, f"({self.text[start + 4 : end]})"
        elif isinstance(node, (ast.If, ast.IfExp, ast.While)):
            start, end = self.span(node.test)
            yield start, end, f"not ({self.text[start:end]})"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLED:
            yield *self.span(node.func), CALLED[node.func.id]
        elif isinstance(node, ast.Slice):
            bounds = [each for each in (node.lower, node.upper) if each and not isinstance(each, ast.Constant)]
            yield from ((*self.span(each), f"{ast.unparse(each)} + 1") for each in bounds)
        elif isinstance(node, (ast.Break, ast.Continue)):
            yield *self.span(node), "continue" if isinstance(node, ast.Break) else "break"
        elif isinstance(node, ast.Constant):
            yield from self.constant(node)

    def between(self, left: ast.AST, right: ast.AST, sign: str, other: str) -> Iterator[tuple[int, int, str]]:
        """The sign between two operands."""
        start, end = self.span(left)[1], self.span(right)[0]
        pattern = re.compile(r"(?<![\w*/])" + r"\s+".join(map(re.escape, sign.split())) + r"(?![\w*/])")
        hit = pattern.search(self.text, start, end)
        if hit and "#" not in self.text[start : hit.start()]:
            yield *hit.span(), other

    def compared(self, node: ast.Compare) -> Iterator[tuple[int, int, str]]:
        for left, sign, right in zip((node.left, *node.comparators), node.ops, node.comparators):
            written, others = COMPARED[type(sign)]
            for other in others:
                yield from self.between(left, right, written, other)

    def constant(self, node: ast.Constant) -> Iterator[tuple[int, int, str]]:
        start, end = self.span(node)
        if isinstance(node.value, bool):
            yield start, end, str(not node.value)
        elif isinstance(node.value, (int, float)):
            yield from ((start, end, repr(node.value + by)) for by in (1, -1) if node.value + by != node.value)
        elif isinstance(node.value, str) and self.formulas and " = " not in node.value and "\\" not in node.value:
            for hit in SIGN.finditer(self.text, start + 1, end - 1):
                digit = hit[0].isdigit()
                yield *hit.span(), str(int(hit[0]) + 1) if digit else SIGNS[hit[0]]
        elif isinstance(node.value, str) and getattr(node, "compared", False) and WORD.fullmatch(node.value):
            yield start, end, repr(node.value + "_")


def compiles(text: str) -> bool:
    try:
        compile(text, "", "exec")
    except (SyntaxError, ValueError):
        return False
    return True


def header(statement: ast.stmt) -> int:
    """The last line of a statement, of a compound one the last before its body."""
    body = getattr(statement, "body", None)
    return max(statement.lineno, body[0].lineno - 1) if body else statement.end_lineno


def walk(tree: ast.AST, statement: ast.stmt | None = None) -> Iterator[tuple[ast.stmt, ast.AST]]:
    """Every node that computes, with the statement it stands in; no hints, documentation or messages."""
    for child in computing(tree):
        inside = child if isinstance(child, ast.stmt) else statement
        if not is_message(child):
            if inside is not None:
                yield inside, child
            yield from walk(child, inside)


def computing(tree: ast.AST) -> Iterator[ast.AST]:
    """The children of a node but for its hints and decorators; a string that is compared is marked."""
    for field, value in ast.iter_fields(tree):
        if field in ("annotation", "returns", "decorator_list", "type_comment"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                if isinstance(child, ast.Constant):
                    child.compared = isinstance(tree, (ast.Compare, ast.Subscript, ast.Set))
                yield child


def is_message(node: ast.AST) -> bool:
    """Whether a node only tells a person, or a checker of types, something."""
    if isinstance(node, ast.If):
        return isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    if isinstance(node, ast.Assign):
        return any(isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets)
    if isinstance(node, ast.BinOp):  # a union of types
        return isinstance(node.op, ast.BitOr) and any(is_type(each) for each in (node.left, node.right))
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in ("TypeVar", "cast", "NewType", "Literal")
    return isinstance(node, (ast.Raise, ast.JoinedStr, ast.Assert, ast.Import, ast.ImportFrom))


def is_type(node: ast.AST) -> bool:
    """Whether an expression is a type: `str`, `Formula`, `tuple[str, ...]`, `None`."""
    if isinstance(node, ast.Subscript):
        return is_type(node.value)
    if isinstance(node, ast.Constant):
        return node.value is None
    return isinstance(node, ast.Name) and (
        node.id in {"str", "int", "float", "bool", "tuple", "list", "dict"} or node.id.istitle()
    )
