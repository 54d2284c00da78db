"""What a browser may ask of a workbench, whatever it asks through: each task is a method, and answers with an object.

The first tab that opens has the sheet. Another one may take it over; the first one is told, and keeps its text.
"""

from __future__ import annotations

import threading
import time
from typing import Any

from microgrid.errors import MicrogridError, counted
from microgrid.sheet.highlighting import completions, patterns_of_browsers

from .reading import first_line
from .sheet_file import LARGEST, ChangedError, SheetFile
from .worker import BusyError, Worker

__all__ = ["TASKS", "RefusedError", "Session"]

SILENCE = 75.0  # seconds after which a tab is thought to be closed: in the background it is heard once a minute
TASKS = ("open", "look", "load", "read", "draw", "save", "leave")


class RefusedError(Exception):
    """A request that is not fulfilled: the HTTP status, and what is answered."""

    def __init__(self, status: int, error: str, **more: Any) -> None:
        super().__init__(error)
        self.status, self.answer = status, {"error": error, **more}


class Session:
    """One sheet, and the tab that edits it.

    file    the sheet                               worker  what computes
    page    the last live page, and its number      unsaved whether the tab has a text that is not in the file
    """

    def __init__(self, file: SheetFile, worker: Worker) -> None:
        self.file, self.worker = file, worker
        self.turn = threading.Lock()  # one task after another, but for the computations
        self.tab, self.heard = "", 0.0
        self.page, self.number = "", 0
        self.draft: str | None = None

    @property
    def unsaved(self) -> bool:
        """Whether the tab has sent a text that is not in the file."""
        return self.draft is not None

    def do(self, task: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Do a task for a tab. Raises RefusedError for one that does not have the sheet, or for a misshapen request."""
        if task not in TASKS:
            raise RefusedError(404, f"there is no task {task!r}")
        tab = text_of(asked, "tab")
        if not tab:
            raise RefusedError(400, "the request names no tab")
        if task != "open" and tab != self.tab:
            raise RefusedError(409, "another tab has this sheet; take it over to go on here", tab="other")
        try:
            if task != "open":
                self.heard = time.monotonic()
            return dict(getattr(self, task)(asked))
        except BusyError:
            raise RefusedError(503, "another text is being computed; ask again") from None
        except ChangedError as error:
            raise RefusedError(412, first_line(error), digest=error.digest) from None
        except MicrogridError as error:
            raise RefusedError(422, first_line(error)) from None
        except OSError as error:
            raise RefusedError(422, f"{self.file.name}: {error.strerror or error}") from None

    # ── tasks ──

    def open(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Give the sheet to a tab, with its text and what an editor knows of the language.

        take  whether it is taken from another tab; the text of that one comes along, where it is not in the file
        """
        tab, takes = text_of(asked, "tab"), asked.get("take") is True
        with self.turn:
            is_silent = time.monotonic() - self.heard > SILENCE  # it broke down, perhaps
            if self.tab not in ("", tab) and not (takes or is_silent):
                raise RefusedError(409, f"{self.file.path.name} is open in another tab", tab="other")
            state = self.file.state()
            self.tab, self.heard = tab, time.monotonic()
        words = {"patterns": patterns_of_browsers(), "words": completions()}
        return {"name": self.file.path.name, **state._asdict(), "draft": self.draft, **words}

    def look(self, asked: dict[str, Any]) -> dict[str, Any]:
        """The digest of the file as it stands; "" where there is none."""
        return {"digest": self.file.digest()}

    def load(self, asked: dict[str, Any]) -> dict[str, Any]:
        """The text of the file as it stands, and its digest."""
        return self.file.state()._asdict()

    def read(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Read a text: its mistakes, or its numbers."""
        text = sheet_of(asked)
        self.draft = text if asked.get("unsaved") is True else None
        return self.worker.ask("read", text)

    def draw(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Make the page of the text that was read last; the number of the page."""
        drawn = self.worker.ask("draw")
        if "page" not in drawn:
            return drawn
        with self.turn:
            if drawn["page"] != self.page:
                self.page, self.number = drawn["page"], self.number + 1
        return {"page": self.number}

    def save(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Write the text into the file.

        over  the digest that the file has to have: another one is refused, for then it was changed outside
        """
        text, over = sheet_of(asked), text_of(asked, "over")
        with self.turn:
            state = self.file.save(text, over)
            self.draft = None
        return {"digest": state.digest}

    def leave(self, asked: dict[str, Any]) -> dict[str, Any]:
        """The tab closes, and lets go of its text: a browser has asked whether it may."""
        self.tab, self.draft = "", None
        return {}


def text_of(asked: dict[str, Any], name: str) -> str:
    """A short text of a request."""
    found = asked.get(name, "")
    if not isinstance(found, str) or len(found) > 100:
        raise RefusedError(400, f"{name} is no short text")
    return found


def sheet_of(asked: dict[str, Any]) -> str:
    """The text of a sheet in a request, with "\\n" at the end of each line."""
    text = asked.get("text")
    if not isinstance(text, str):
        raise RefusedError(400, "the request has no text")
    try:
        size = len(text.encode("utf-8"))
    except UnicodeEncodeError as error:
        raise RefusedError(422, f"half a character, {text[error.start]!a}, cannot be saved; delete it") from None
    if size > LARGEST:
        raise RefusedError(413, f"{counted(size, 'byte')}; an editor takes at most {LARGEST:,}; split the sheet")
    return text.replace("\r\n", "\n").replace("\r", "\n")
