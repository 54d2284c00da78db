"""The server of a workbench, on the loopback address alone, for one sheet."""

from __future__ import annotations

import secrets
import sys
import threading
import webbrowser
from contextlib import suppress
from http.server import ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from typing import Any

from microgrid.errors import MicrogridError, brief
from microgrid.formula import printable
from microgrid.streams import tell
from microgrid.terminal.targets import TargetError

from .handler import Handler
from .reading import first_line
from .session import Session
from .sheet_file import SheetFile
from .worker import BOUND, Worker

__all__ = ["LOOPBACK", "Server", "WorkbenchError", "edit"]

LOOPBACK = "127.0.0.1"
LEAST, MOST = 1024, 65_535  # ports that anybody may have


class WorkbenchError(MicrogridError, ValueError):
    """A workbench that cannot be served."""


class Server(ThreadingHTTPServer):
    """Serves one sheet to whoever knows the token.

    path   of the sheet; a file that is not there is made when it is saved
    port   0 for any that is free, else from 1024 to 65,535
    bound  seconds that a computation may take
    Raises WorkbenchError for a port that is taken, FileError for what is no file, SheetError for what is no UTF-8.
    """

    allow_reuse_address = sys.platform != "win32"  # there it would let others listen, too
    request_queue_size = 32

    def __init__(self, path: str | Path, port: int = 0, bound: float = BOUND) -> None:
        if port and not LEAST <= port <= MOST:
            raise WorkbenchError(f"port {port:,} is none of {LEAST:,} to {MOST:,}; name one, or none for any")
        file = SheetFile(path)
        self.session = Session(file, Worker(str(file.path), bound))
        try:
            super().__init__((LOOPBACK, port), Handler)
        except OSError as error:
            why = error.strerror or str(error)
            raise WorkbenchError(f"port {port} cannot be had: {why}; name another, or none for any") from None
        self.token = secrets.token_urlsafe(24)
        self.hosts = [f"{name}:{self.server_port}" for name in (LOOPBACK, "localhost")]

    @property
    def url(self) -> str:
        """Where the editor is, with the token."""
        return f"http://{self.hosts[0]}/{self.token}/"

    def serve(self, opens: bool = False) -> None:
        """Serve until it is shut down, or interrupted.

        opens  whether the browser is started
        """
        self.session.worker.start()
        if opens:  # a browser of the terminal comes back when it is left
            threading.Thread(target=webbrowser.open, args=(self.url,), daemon=True).start()
        self.serve_forever()

    def server_bind(self) -> None:
        """Bind, and ask nobody what the address is called."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = LOOPBACK, int(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """What went wrong in a request, in one line."""
        error = sys.exc_info()[1]
        if error is not None and not isinstance(error, OSError):
            tell(brief(f"{type(error).__name__}: {first_line(error)}"))

    def server_close(self) -> None:
        """End the computation, too; what is being saved is saved first."""
        super().server_close()
        with self.session.turn:
            self.session.worker.stop()


def edit(name: str, port: int = 0, opens: bool = True) -> int:
    """Serve the workbench of a sheet until Ctrl-C; 0.

    name   of the file          port  0 for any          opens  whether the browser is started
    Raises what a Server raises, and TargetError for what is no sheet.
    """
    if name == "-" or name.endswith(".py"):
        raise TargetError(f"{name} is no sheet in a file; edit takes one: microgrid edit net.sheet")
    with Server(name, port) as server:
        with suppress(KeyboardInterrupt):
            sys.stdout.write(f"editing {printable(name)} at {server.url} (Ctrl-C leaves)\n")
            sys.stdout.flush()
            server.serve(opens)
        unsaved = "; its tab holds text that is not saved" if server.session.unsaved else ""
    below = "\n" * sys.stdout.isatty()  # the ^C of a terminal
    sys.stdout.write(f"{below}left {printable(name)}{unsaved}\n")
    return 0
