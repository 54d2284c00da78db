"""What comes over the loopback address: who may ask, and what for. Nothing but one sheet is served.

/TOKEN/              the editor                 GET
/TOKEN/workbench.js  and the other assets       GET
/TOKEN/page/7        the live page              GET
/TOKEN/save          and the other tasks        POST, an object as JSON
"""

from __future__ import annotations

import hmac
import html
import json
import re
import secrets
from functools import cache
from http.server import BaseHTTPRequestHandler
from importlib import resources
from typing import Any
from urllib.parse import urlsplit

from microgrid.errors import counted
from microgrid.formula.lettering import plain, shortened

from .session import RefusedError, Session
from .sheet_file import LARGEST

__all__ = ["BUNDLE", "Handler"]

LONGEST_BODY = 6 * LARGEST + 10_000  # bytes: JSON may write a character with six
DRAINED = 4 * LONGEST_BODY  # bytes that are read of a longer one, so that who sends it hears why it is refused
LONGEST_SIZE = 20  # digits of a size that is read as a number
LONGEST_WORD = 200  # characters of what was asked that an answer repeats
BUNDLE = "codemirror.min.js"
SCRIPTS, STYLES = "text/javascript; charset=utf-8", "text/css; charset=utf-8"
ASSETS = {
    BUNDLE: SCRIPTS,
    "code_editor.js": SCRIPTS,
    "frame.js": SCRIPTS,
    "language.js": SCRIPTS,
    "line_ends.js": SCRIPTS,
    "panes.js": SCRIPTS,
    "server.js": SCRIPTS,
    "text_editor.js": SCRIPTS,
    "workbench.css": STYLES,
    "workbench.js": SCRIPTS,
}
HTML = "text/html; charset=utf-8"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{}'; img-src data:; connect-src 'self'; "
    "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
OF_EVERYTHING = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Handler(BaseHTTPRequestHandler):
    """Answers one request; the server that it belongs to has the `session`, the `token` and the `hosts`."""

    server: Any
    timeout = 20  # seconds that a connection may be silent
    server_version, sys_version = "microgrid", ""

    def do_GET(self) -> None:
        """Answer with the editor, an asset or the live page."""
        self.answered(self.thing)

    def do_POST(self) -> None:
        """Do a task."""
        self.answered(self.task)

    def answered(self, make: Any) -> None:
        """What is asked for, or one line that says why not."""
        try:
            make(self.asked_for())
        except RefusedError as refused:
            self.send(refused.status, "application/json", json.dumps(refused.answer).encode())
        except (ConnectionError, TimeoutError):
            self.close_connection = True  # who asked has left

    def asked_for(self) -> str:
        """The path behind the token. Raises RefusedError for who may not ask."""
        if self.request_version == "HTTP/0.9":  # a line without a version, which has no headers to answer with
            raise RefusedError(400, "the first line names no version of HTTP; write HTTP/1.1 at its end")
        host, origin = (plain(", ".join(self.headers.get_all(each, [])), LONGEST_WORD) for each in ("Host", "Origin"))
        if host not in self.server.hosts:
            raise RefusedError(403, f"the workbench answers at {self.server.hosts[0]}, not at {host!r}")
        if (origin or self.command == "POST") and origin != f"http://{host}":
            raise RefusedError(403, f"{origin or 'nobody'} may not ask here; only the page of the workbench may")
        path = urlsplit(self.path).path
        token, slash, rest = path.removeprefix("/").partition("/")
        if not slash or not hmac.compare_digest(token.encode(), self.server.token.encode()):
            raise RefusedError(403, "a wrong token; open the address that microgrid edit has printed")
        return rest

    # ── things ──

    def thing(self, name: str) -> None:
        """The editor, an asset or the live page; nothing else is served."""
        session: Session = self.server.session
        if not name:
            nonce = secrets.token_urlsafe(16)
            policy = {"Content-Security-Policy": POLICY.format(nonce)}
            self.send(200, HTML, editor(session.file.path.name, nonce), **policy)
        elif name in ASSETS and (found := asset(name)) is not None:
            self.send(200, ASSETS[name], found)
        elif session.page and name == f"page/{session.number}":
            # the page has a policy of its own; it may be shown in the workbench alone
            self.send(200, HTML, session.page.encode(), **{"Content-Security-Policy": "frame-ancestors 'self'"})
        else:
            raise RefusedError(404, "there is nothing here; the workbench serves one sheet")

    # ── tasks ──

    def task(self, name: str) -> None:
        """A task of the session, with what is asked as JSON."""
        done = self.server.session.do(name, self.body())
        self.send(200, "application/json", json.dumps(done).encode())

    def body(self) -> dict[str, Any]:
        """The object that was sent. Raises RefusedError for anything else."""
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdecimal():
            raise RefusedError(411, "the request does not say how long it is")
        if len(length) > LONGEST_SIZE or int(length) > LONGEST_BODY:
            self.drain(int(length[:LONGEST_SIZE]))
            size = (
                counted(int(length), "byte")
                if len(length) < LONGEST_SIZE
                else f"{shortened(length, LONGEST_SIZE)} bytes"
            )
            raise RefusedError(413, f"a request of {size}; at most {LONGEST_BODY:,} are read")
        data = self.rfile.read(int(length))
        if self.headers.get_content_type() != "application/json":
            raise RefusedError(415, "a task is asked as application/json")
        try:
            found = json.loads(data)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise RefusedError(400, "the request is no object in JSON")
        return found

    def drain(self, length: int) -> None:
        """Read what nobody wants, up to a bound."""
        left = min(length, DRAINED)
        while left > 0 and (read := self.rfile.read(min(left, 65_536))):
            left -= len(read)

    # ── answers ──

    def send(self, status: int, kind: str, content: bytes, **headers: str) -> None:
        """A whole answer."""
        self.send_response(status)
        for name, value in {**OF_EVERYTHING, "Content-Type": kind, **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What http.server itself refuses, in one line."""
        self.close_connection = True
        self.send(
            code, "application/json", json.dumps({"error": plain(message or "no such request", LONGEST_WORD)}).encode()
        )

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is logged: a terminal is for what its user should know."""


def editor(name: str, nonce: str) -> bytes:
    """The HTML of the editor."""
    text = (asset("workbench.html") or b"").decode("utf-8")
    parts = {"name": html.escape(name), "nonce": nonce, "bundle": "1" if asset(BUNDLE) else ""}
    return re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], text).encode("utf-8", "replace")


@cache
def asset(name: str) -> bytes | None:
    """An asset; None where it is missing, as the bundle may be."""
    try:
        return (resources.files(__package__) / "assets" / name).read_bytes()
    except FileNotFoundError:
        return None
