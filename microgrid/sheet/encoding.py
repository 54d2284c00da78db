"""Sheets are UTF-8."""

from __future__ import annotations

from microgrid.errors import SheetError, file_named

__all__ = ["decoded"]

MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}  # how files of other encodings begin


def decoded(data: bytes, name: str) -> str:
    """The text of a sheet. Raises SheetError with name:line for what is no UTF-8."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        fact = f"byte {data[error.start]:#x} is no UTF-8"
        other = MARKS.get(data[:2], "")
        raise SheetError(
            f"{file_named(name)}:{line}: {other and f'this is {other}: '}{fact}; save the file as UTF-8"
        ) from None
