"""A workbench that is asked anything: it answers in HTTP, says in a line what is wrong, and writes one file."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from microgrid.workbench import Server

from .watching import events

__all__ = ["serving"]

TEXT = "param w = 3\nL = w^2\n"
STATUSES = {100, 200, 400, 403, 404, 405, 409, 411, 412, 413, 414, 415, 417, 422, 431, 501, 503, 505}


@contextmanager
def serving() -> Iterator[Callable[[Any], list[str]]]:
    """A server in this process; after each input it still serves, and the file holds what was saved last."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "net.sheet"
        path.write_text(TEXT)
        server = Server(path, bound=20)
        server.session.worker.start()
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield Asked(server, path).attempt
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


class Asked:
    """What a server was asked."""

    def __init__(self, server: Server, path: Path) -> None:
        self.server, self.path = server, path

    def attempt(self, requests: list[str]) -> list[str]:
        self.path.write_text(TEXT)
        self.server.session.leave({})
        self.server.session.worker.ask("read", TEXT)  # the child is there
        held, errors, found = {TEXT.encode()}, io.StringIO(), list[str]()
        with contextlib.redirect_stderr(errors), events(allowed=self.is_mine) as written:
            for each in requests:
                found += self.sent(each, held)
            found += self.sent("GET /{token}/ HTTP/1.1\r\nHost: {host}\r\n\r\n", held, wanted=200)
        if errors.getvalue():
            found.append(f"the terminal shows {errors.getvalue()[:200]!r}")
        if self.path.read_bytes() not in held:
            found.append("the file holds what nobody has saved")
        if [each.name for each in self.path.parent.iterdir()] != [self.path.name]:
            found.append("more than one file is there")
        return found + written

    def is_mine(self, path: str) -> bool:
        return Path(path).parent in (self.path.parent, Path("/dev/null").parent)

    def sent(self, request: str, held: set[bytes], wanted: int = 0) -> list[str]:
        """The complaints about the answers to a request."""
        digest = hashlib.sha256(self.path.read_bytes()).hexdigest()
        for name, value in (("{host}", self.server.hosts[0]), ("{token}", self.server.token), ("{digest}", digest)):
            request = request.replace(name, value)
        data = request.encode("latin-1", "replace")
        text = self.text_of(data)
        if text is not None:
            held.add(text)
        with socket.create_connection(self.server.server_address[:2], timeout=60) as connection:
            with contextlib.suppress(OSError):  # it need not listen to the end
                connection.sendall(data)
                connection.shutdown(socket.SHUT_WR)
            answer = b""
            with contextlib.suppress(ConnectionError):
                answer = b"".join(iter(lambda: connection.recv(65_536), b""))
        return complaints(answer, wanted)

    @staticmethod
    def text_of(data: bytes) -> bytes | None:
        """The text that a request may save."""
        try:
            text = json.loads(data.partition(b"\r\n\r\n")[2])["text"]
            return str(text).replace("\r\n", "\n").replace("\r", "\n").encode()
        except (ValueError, TypeError, KeyError, RecursionError):
            return None


def complaints(answer: bytes, wanted: int) -> list[str]:
    if not answer:
        return ["no answer"] if wanted else []  # of half a request
    head, _, body = answer.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/"):  # what is no HTTP at all is answered with the error alone
        return [] if answer.startswith(b'{"error"') else [f"no HTTP: {answer[:60]!r}"]
    status = int(head.split()[1])
    found = [] if status in STATUSES and (not wanted or status == wanted) else [f"status {status}: {body[:100]!r}"]
    if status >= 400 and body:
        said = json.loads(body)["error"]
        if not isinstance(said, str) or "\n" in said or len(said) > 1000 or "Error" in said:
            found.append(f"the error is {said!r:.200}")
    if b"mistake of microgrid" in body:
        found.append(f"{body[:300]!r}")
    return found
