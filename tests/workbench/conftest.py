"""A workbench that serves a sheet of its own."""

import json
import threading
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from outside import PATIENCE

from microgrid.workbench import Server


class Served:
    """A workbench in this process, and what it answers."""

    def __init__(self, path, **settings):
        self.server = Server(path, **settings)
        self.url, self.session = self.server.url, self.server.session
        self.origin = f"http://{self.server.hosts[0]}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()

    def close(self):
        if not self.thread.is_alive():
            return
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def fetch(self, url, data=None, **headers):
        """The status, the headers and the content of an answer."""
        try:
            with urlopen(Request(url, data, headers), timeout=PATIENCE) as answer:
                return answer.status, answer.headers, answer.read()
        except HTTPError as error:
            with error:
                return error.code, error.headers, error.read()

    def ask(self, task, tab="one", **given):
        """The status and the object that a task answers with."""
        data = json.dumps({"tab": tab, **given}).encode()
        headers = {"Content-Type": "application/json", "Origin": self.origin}
        status, _, content = self.fetch(self.url + task, data, **headers)
        return status, json.loads(content)


@pytest.fixture
def serve(tmp_path):
    """Serve a sheet with that text; with none, a sheet that is not there."""
    running = []

    def start(text=None, name="net.sheet", **settings):
        path = tmp_path / name
        if text is not None:
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        running.append(Served(path, **settings))
        return running[-1]

    yield start
    for each in running:
        each.close()
