"""Regular expressions that are compiled when they are first used: most sheets need few of them."""

from __future__ import annotations

import re
from typing import Any

__all__ = ["regex"]

ATTRIBUTES = [name for name in dir(re.Pattern) if not name.startswith("_")]


def regex(text: str, flags: int = 0) -> re.Pattern[str]:
    """What `re.compile` gives, with a mistake in it found at the first use.

    >>> word = regex(r"[a-z]+")
    >>> word.findall("dL/dw"), word
    (['d', 'dw'], regex('[a-z]+'))
    """
    return Late(text, flags)  # type: ignore[return-value]


class Late:
    """A regular expression; its first use gives it the methods of the compiled one, so that the next costs no more."""

    def __init__(self, text: str, flags: int) -> None:
        self.pattern, self.flags = text, flags

    def __getattr__(self, name: str) -> Any:
        if name not in ATTRIBUTES:
            raise AttributeError(name)
        compiled = re.compile(self.pattern, self.flags)
        vars(self).update((each, getattr(compiled, each)) for each in ATTRIBUTES)
        return getattr(compiled, name)

    def __repr__(self) -> str:
        return f"regex({self.pattern!r})"
