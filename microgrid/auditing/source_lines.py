"""Which lines of a script make an array: where its name is assigned to, as a whole or in part."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from .findings import Report

__all__ = ["lines_of", "with_lines"]

MOST = 4  # lines that are told; of more the last ones
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def with_lines(report: Report, path: str) -> Report:
    """The report, with the lines of the script that make each of its gradients."""
    return report.placed(places_of(path, [each.name for each in report.findings]))


def places_of(path: str, names: list[str]) -> dict[str, str]:
    """`train.py:18, 19` for each name that the script assigns to."""
    try:
        text = Path(path).read_text(encoding="utf-8")
        found = {name: next(filter(None, (lines_of(text, each) for each in spellings(name))), []) for name in names}
    except (OSError, ValueError, SyntaxError):  # it ran, and is no longer there, or is no plain text
        return {}
    return {name: f"{path}:{', '.join(map(str, lines[-MOST:]))}" for name, lines in found.items() if lines}


def spellings(name: str) -> Iterator[str]:
    """How a script may write what a name finds: self.dW of net.layers[0].dW; and the dict of which it is a part."""
    yield name
    if key := re.search(r"\['(\w+)'\]$", name):
        yield key[1]
    elif "." in name:
        yield f".{name.rpartition('.')[2]}"
    yield name.partition("[")[0]


def lines_of(text: str, name: str) -> list[int]:
    """The lines whose statements give something to a name; those outside of functions, if there are any.

    >>> lines_of("dz = p.copy()\\ndz[0] -= 1\\ngrads['dW'] = X.T @ dz\\n", "dz")
    [1, 2]
    >>> text = "grads['dW'] = 1\\ndef f():\\n    W.grad = 2\\n"
    >>> lines_of(text, "dW"), lines_of(text, "W.grad")
    ([1], [3])
    """
    tree = ast.parse(text)
    inside = {id(each) for scope in ast.walk(tree) if isinstance(scope, SCOPES) for each in ast.walk(scope)}
    found = [each for each in ast.walk(tree) if any(name in spelled(target) for target in targets(each))]
    outer = [each for each in found if id(each) not in inside]
    return sorted({each.lineno for each in outer or found})  # type: ignore[attr-defined]


def targets(statement: ast.AST) -> Iterator[ast.expr]:
    """What a statement assigns to, one by one."""
    given = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    value = getattr(statement, "value", None)
    if isinstance(value, ast.Constant) and value.value is None:  # nothing yet
        return
    waiting = [each for each in given if isinstance(each, ast.expr)]
    while waiting:
        each = waiting.pop()
        if isinstance(each, (ast.Tuple, ast.List)):
            waiting += each.elts
        elif isinstance(each, ast.Starred):
            waiting.append(each.value)
        else:
            yield each


def spelled(target: ast.expr) -> Iterator[str]:
    """How a target may be called: dW, of dW[0] too; W.grad; grads['dW'], or dW alone."""
    yield ast.unparse(target)
    if isinstance(target, ast.Attribute):
        yield f".{target.attr}"
    while isinstance(target, ast.Subscript):
        if isinstance(target.slice, ast.Constant) and isinstance(target.slice.value, str):
            yield target.slice.value
            yield ast.unparse(target)
            return
        target = target.value
        yield ast.unparse(target)
