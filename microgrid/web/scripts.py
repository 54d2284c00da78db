"""The page's script: its ES modules put together into one text that needs no network.

A module of `assets` imports what it uses by name, `import { shown } from "./numbers.js";`, on one line. Put together,
each stands once, behind those that it uses, without its imports and exports: all share one scope, so every name at
the top of a module is the only one of that name. Comments and indentation stay behind. `operations.js` is written
for each page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import resources

from microgrid.formula.regexes import regex

__all__ = ["asset", "joined"]

IMPORT = regex(r'^import \{ ([^}]*) \} from "\./([\w-]+\.js)";\n', re.MULTILINE)
ALONE = regex(r"^[ ]*(?://.*|/\*\*(?:(?!\*/)[\s\S])*\*/)?\n", re.MULTILINE)  # comments and empty lines
INDENT = regex(r"^ +", re.MULTILINE)
EXPORT = regex(r"^export (?=(?:async )?(?:function|const|let|class)\b)", re.MULTILINE)


def joined(first: str, written: Mapping[str, str] | None = None, alone: str = "") -> str:
    """A module and all that it uses as one script.

    first    the file of the module that begins
    alone    a module whose `serve` is all that happens where there is no document, as in a worker of the same script
    written  the text of modules that are no files, by the names by which they are imported
    """
    texts: dict[str, str] = {}
    waiting: list[str] = []

    def take(name: str) -> None:
        if name in texts or name in waiting:
            return
        waiting.append(name)
        text = (written or {}).get(name) or asset(name)
        for match in IMPORT.finditer(text):
            take(match[2])
        texts[name] = EXPORT.sub("", IMPORT.sub("", text))

    if alone:
        take(alone)
        texts[""] = "if (!globalThis.document) return serve();\n"
    take(first)
    return INDENT.sub("", ALONE.sub("", "\n".join(texts.values())))


def asset(name: str) -> str:
    """The text of a file of the page."""
    return (resources.files(__package__) / "assets" / name).read_text(encoding="utf-8")
