"""The data of a page, packed: deflated and written in base64, which `assets/inflate.js` undoes."""

from __future__ import annotations

import base64
import zlib

__all__ = ["deflated", "inflated"]

RAW = -15  # without a header: bits of the window, as zlib counts them
HARDEST = 9


def deflated(text: str) -> str:
    """The text as base64 of what deflate makes of it (RFC 1951): a quarter of its length, where it repeats itself.

    >>> len(deflated("∂L/∂w " * 1000)) < 100
    True
    """
    packer = zlib.compressobj(HARDEST, zlib.DEFLATED, RAW)
    return base64.b64encode(packer.compress(text.encode()) + packer.flush()).decode()


def inflated(packed: str) -> str:
    """The text again.

    >>> inflated(deflated("∂L/∂w = 0.5"))
    '∂L/∂w = 0.5'
    """
    return zlib.decompress(base64.b64decode(packed), RAW).decode()
