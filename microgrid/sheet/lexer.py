"""Sheets in the colours of Pygments, which finds this class by its entry point: `pygmentize -l microgrid a.sheet`."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from pygments.lexer import RegexLexer  # type: ignore[import-untyped]
from pygments.token import Text, string_to_tokentype  # type: ignore[import-untyped]

from .highlighting import PATTERNS

__all__ = ["SheetLexer"]


class SheetLexer(RegexLexer):  # type: ignore[misc]
    """The words of a worked-example sheet.

    >>> from pygments.lexers import get_lexer_by_name
    >>> [value for kind, value in SheetLexer().get_tokens("param w = 3") if "Keyword" in str(kind)]
    ['param']
    """

    name = "microgrid sheet"
    aliases: ClassVar[list[str]] = ["microgrid"]
    filenames: ClassVar[list[str]] = ["*.sheet"]
    url = "https://pypi.org/project/microgrid-autograd/"
    flags = re.MULTILINE
    tokens: ClassVar[dict[str, Any]] = {
        "root": [*((each.pattern, string_to_tokentype(each.token)) for each in PATTERNS), (r"\s+|.", Text)],
    }
