"""The one file that a workbench reads and writes: how it stood when it was read, and whether it still stands so."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import NamedTuple

from microgrid.errors import MicrogridError, counted, file_named
from microgrid.files import is_read_only, refuse_odd_name, replace_file
from microgrid.sheet.encoding import decoded

__all__ = ["LARGEST", "ChangedError", "FileError", "SheetFile", "State"]

LARGEST = 1_000_000  # bytes of a sheet
BOM = "\ufeff"


class FileError(MicrogridError, ValueError):
    """A file that cannot be edited, or not be saved."""


class ChangedError(FileError):
    """A file that was changed outside; `digest` is that of what stands there."""

    def __init__(self, message: str, digest: str) -> None:
        super().__init__(message)
        self.digest = digest


class State(NamedTuple):
    """What stands in the file.

    digest  of its bytes; "" where there is no file   text  with "\\n" at the end of each line
    """

    digest: str
    text: str


class SheetFile:
    """A sheet that is edited; its byte order mark and its line ends stay what they are.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "new.sheet"
    >>> file = SheetFile(path)
    >>> file.state()
    State(digest='', text='')
    >>> path.read_text() if file.save("x = 3\\n", "") else None
    'x = 3\\n'

    path  of the file; it need not be there, but its folder has to
    Raises FileError for what is no file, or too large for an editor; SheetError for what is no UTF-8; OSError for a
    name that no file can have.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self.name = file_named(path)
        self.mark, self.line_end = "", "\n"
        refuse_odd_name(self.path)
        if self.path.is_dir():
            raise FileError(f"{self.name} is a folder; name a file in it: {file_named(self.path / 'new.sheet')}")
        if not self.path.parent.is_dir():
            raise FileError(f"there is no folder {file_named(self.path.parent)}; make it first, or name another")
        if self.path.exists() and not self.path.is_file():
            raise FileError(f"{self.name} is no file; name one: new.sheet")
        self.state()

    def state(self) -> State:
        """What stands in the file now. Raises what opening it raises, and OSError."""
        try:
            with self.path.open("rb") as file:
                data = file.read(LARGEST + 1)
        except FileNotFoundError:
            return State("", "")
        if len(data) > LARGEST:
            size = counted(self.path.stat().st_size, "byte")
            raise FileError(f"{self.name} has {size}; an editor takes at most {LARGEST:,}")
        text = decoded(data, self.name)
        self.mark = BOM if text.startswith(BOM) else ""
        self.line_end = "\r\n" if "\r\n" in text else "\n"
        return State(digest_of(data), text.removeprefix(BOM).replace("\r\n", "\n").replace("\r", "\n"))

    def digest(self) -> str:
        """Of the bytes in the file, whatever they are; "" where there is none."""
        try:
            return digest_of(self.path.read_bytes())
        except FileNotFoundError:
            return ""

    def save(self, text: str, over: str) -> State:
        """Write the text, whole or not at all; the state of the file after it.

        over  the digest that the file has to have
        Raises ChangedError where it has another, FileError where it may not be written or cannot be.
        """
        if not self.path.parent.is_dir():
            raise FileError(
                f"the folder {file_named(self.path.parent)} is gone, nothing was saved; make it again, then save"
            )
        try:
            if (found := self.digest()) != over:
                raise ChangedError(f"{file_named(self.path.name)} was changed outside; nothing was saved", found)
            if is_read_only(self.path):
                raise FileError(f"{self.name} is read-only, nothing was saved; make it writable, then save")
            data = (self.mark + text.replace("\n", self.line_end)).encode("utf-8")
            replace_file(self.path, data)
        except OSError as problem:
            why = problem.strerror or str(problem)
            raise FileError(f"{self.name}: {why}; nothing was saved, and what stood there is still there") from None
        return State(digest_of(data), text)


def digest_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
