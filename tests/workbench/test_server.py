"""Who may ask a workbench, what it answers, and what it does with the file."""

import errno
import http.client
import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from outside import PATIENCE, ROOT
from pages import held

from microgrid import files
from microgrid.cli import main
from microgrid.workbench import server as serving
from microgrid.workbench.handler import LONGEST_BODY
from microgrid.workbench.sheet_file import LARGEST, FileError, SheetFile

TEXT = "param w = 3\nL = w^2\ndL/dw ~= 6\n"


# ── who may ask ──


def test_only_the_page_with_the_token_may_ask(serve):
    bench = serve(TEXT)
    host, url, body = bench.server.hosts[0], bench.url, json.dumps({"tab": "one"}).encode()
    wrong, other = url.replace(bench.server.token, "x" * 32), f"127.0.0.1:{bench.server.server_port + 1}"
    asked = {"Content-Type": "application/json", "Origin": f"http://{host}"}
    cases = [
        (200, url, None, {}),
        (200, url, None, {"Origin": f"http://{host}"}),
        (200, url, None, {"Host": host.replace("127.0.0.1", "localhost")}),
        (403, url, None, {"Host": "evil.example"}),
        (403, url, None, {"Host": f"evil.example:{bench.server.server_port}"}),
        (403, url, None, {"Host": other}),
        (403, url, None, {"Origin": "http://evil.example"}),
        (403, url, None, {"Origin": "null"}),
        (403, wrong, None, {}),
        (403, url.replace(bench.server.token, "%C3%A9"), None, {}),
        (403, bench.origin, None, {}),
        (403, f"{bench.origin}/{bench.server.token}", None, {}),
        (200, url + "open", body, asked),
        (403, wrong + "open", body, asked),
        (403, url + "open", body, {"Content-Type": "application/json"}),
        (403, url + "open", body, {**asked, "Origin": "http://evil.example"}),
        (403, url + "open", body, {**asked, "Origin": f"http://{other}"}),
        (403, url + "open", body, {**asked, "Origin": f"https://{host}"}),
        (415, url + "open", body, {**asked, "Content-Type": "text/plain"}),
    ]
    for status, address, data, headers in cases:
        found, sent, content = bench.fetch(address, data, **headers)
        assert found == status, (address, headers, content)
        assert not [name for name in sent if name.lower().startswith("access-control")]
        assert found == 200 or (TEXT.encode() not in content and "error" in json.loads(content))
    assert bench.server.server_address[0] == "127.0.0.1"


def test_nothing_but_the_sheet_is_served(serve, tmp_path):
    (tmp_path / "secret.txt").write_text("secret")
    bench = serve(TEXT)
    outside = ["secret.txt", "net.sheet", "../secret.txt", "..%2Fsecret.txt", "assets/workbench.js", "workbench.html",
               "page/0", "page/1", "page/", "open", "//etc/passwd", "%00", "editor/package.json", "favicon.ico"]  # fmt: skip
    for path in outside:
        connection = http.client.HTTPConnection(bench.server.hosts[0], timeout=PATIENCE)
        connection.request("GET", f"/{bench.server.token}/{path}")  # as it is: urllib would tidy it up
        answer = connection.getresponse()
        assert (answer.status, b"secret" in answer.read()) == (404, False), path
        connection.close()
    assert bench.ask("nothing")[0] == bench.ask("__init__")[0] == bench.ask("do")[0] == 404
    for method in ("PUT", "DELETE", "OPTIONS", "HEAD"):
        connection = http.client.HTTPConnection(bench.server.hosts[0], timeout=PATIENCE)
        connection.request(method, f"/{bench.server.token}/")
        assert connection.getresponse().status == 501
        connection.close()


def test_the_editor_is_offline_and_strict(serve):
    bench = serve(TEXT, name="a<b>&.sheet")
    status, headers, content = bench.fetch(bench.url)
    policy, text = headers["Content-Security-Policy"], content.decode()
    assert status == 200 and "a&lt;b&gt;&amp;.sheet" in text and "{{" not in text
    assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
    assert "frame-ancestors 'none'" in policy and headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store" and headers["X-Content-Type-Options"] == "nosniff"
    assert "<script>" not in text and " style=" not in text and " onclick" not in text
    assert policy != bench.fetch(bench.url)[1]["Content-Security-Policy"]  # a nonce is used once
    assets = Path(serving.__file__).parent / "assets"
    served = [each for each in sorted(assets.iterdir()) if bench.fetch(bench.url + each.name)[2] == each.read_bytes()]
    assert {each.name for each in assets.iterdir()} - {each.name for each in served} == {"workbench.html"}


def test_the_bundle_is_that_of_the_lock():
    folder = Path(serving.__file__).parent
    bundle = (folder / "assets" / "codemirror.min.js").read_text(encoding="utf-8")
    head, locked = bundle[: bundle.index("*/")], json.loads((folder / "editor" / "package-lock.json").read_text())
    wanted = json.loads((folder / "editor" / "package.json").read_text())["dependencies"]
    for name, version in wanted.items():
        assert f"{name} {version}" in head and locked["packages"][f"node_modules/{name}"]["version"] == version
    assert head.count("Permission is hereby granted, free of charge") >= 1 and len(bundle) < 500_000


def test_requests_have_a_size_and_a_shape(serve):
    bench = serve(TEXT)
    headers = {"Content-Type": "application/json", "Origin": bench.origin}
    bodies = {b"": 400, b"[]": 400, b"{": 400, b"\xff": 400, b"[" * 100_000: 400, b'{"tab": 3}': 400, b"{}": 400}
    for body, status in bodies.items():
        assert bench.fetch(bench.url + "open", body, **headers)[0] == status, body[:20]
    status, _, content = bench.fetch(bench.url + "open", b" " * (LONGEST_BODY + 1), **headers)
    assert status == 413 and "at most" in json.loads(content)["error"]
    connection = http.client.HTTPConnection(bench.server.hosts[0], timeout=PATIENCE)
    connection.putrequest("POST", f"/{bench.server.token}/open")
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    assert connection.getresponse().status == 411
    connection.close()
    assert bench.ask("open")[0] == 200
    assert bench.ask("read", text="é" * (LARGEST // 2 + 1))[0] == 413
    assert bench.ask("read", text="é" * (LARGEST // 2 + 1))[1]["error"].startswith("1,000,002 bytes")
    assert bench.ask("read")[0] == bench.ask("read", text=3)[0] == 400
    assert bench.ask("save", text="x = \ud83d", over="")[0] == 422
    assert bench.session.file.path.read_text() == TEXT


def test_what_is_no_request_is_answered_in_a_line_and_does_no_harm(serve, capfd):
    bench = serve(TEXT)
    start = f"/{bench.server.token}/".encode()
    host = b"Host: " + bench.server.hosts[0].encode() + b"\r\n"
    odd = {
        b"\0\1\xff\r\n\r\n": b"400", b"GET\r\n\r\n": b"400", b"GET / HTTP/9.9\r\n\r\n": b"505",
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n": b"414", b"GET / HTTP/1.1\r\n\r\n": b"403",
        b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n": b"431",
        b"POST " + start + b"open HTTP/1.1\r\n" + host + b"Content-Length: -1\r\n\r\n": b"403",
        b"GET " + start + b" HTTP/1.1\r\n" + host + b"Host: evil.example\r\n\r\n": b"403",
        b"GET http://evil.example" + start + b" HTTP/1.1\r\n" + host + b"\r\n": b"200",
    }  # fmt: skip
    task = b"POST " + start + b"open HTTP/1.1\r\n" + host + b"Origin: " + bench.origin.encode() + b"\r\n"
    for length, status in {
        b"9" * 4000: b"413",
        b"9" * 5000: b"413",
        b"9" * 60_000: b"413",
        "٣".encode(): b"411",
        b"1e3": b"411",
    }.items():
        odd[task + b"Content-Length: " + length + b"\r\n\r\n{}"] = status
    for sent, status in odd.items():
        with socket.create_connection(bench.server.server_address, timeout=PATIENCE) as connection:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(lambda: connection.recv(65_536), b""))
        assert status in answer.partition(b"\r\n")[0] or answer.startswith(b'{"error"'), (sent[:40], answer[:80])
        assert len(answer.rpartition(b"\r\n")[2]) < 300 or status == b"200", answer[-300:]
    with socket.create_connection(bench.server.server_address, timeout=PATIENCE) as connection:
        connection.sendall(b"POST " + start)  # and left
    assert bench.fetch(bench.url)[0] == 200 and capfd.readouterr().err == ""


# ── the file ──


def test_saving_writes_the_text_and_nothing_else(serve, tmp_path):
    bench = serve(b"\xef\xbb\xbfparam w = 3\r\nL = w^2\r\n")
    path = bench.session.file.path
    path.chmod(0o640)
    link = tmp_path / "link.sheet"
    link.symlink_to(path)
    bench.session.file.path = link
    _, given = bench.ask("open")
    assert given["text"] == "param w = 3\nL = w^2\n" and given["draft"] is None
    status, saved = bench.ask("save", text="param ŵ = 4\nL = ŵ^2\n", over=given["digest"])
    assert status == 200 and path.read_bytes() == "\ufeffparam ŵ = 4\r\nL = ŵ^2\r\n".encode()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640 and link.is_symlink()
    assert bench.ask("look")[1] == {"digest": saved["digest"]} and bench.ask("load")[1]["digest"] == saved["digest"]
    assert bench.ask("save", text="x = 1\n", over=saved["digest"])[0] == 200
    assert sorted(each.name for each in tmp_path.iterdir()) == ["link.sheet", "net.sheet"]


def test_a_file_that_was_changed_outside_is_not_written_over_unasked(serve):
    bench = serve(TEXT)
    path, (_, given) = bench.session.file.path, bench.ask("open")
    path.write_text("theirs = 1\n")
    theirs = bench.ask("look")[1]["digest"]
    assert theirs != given["digest"]
    status, refused = bench.ask("save", text="mine = 2\n", over=given["digest"])
    assert status == 412 and refused["digest"] == theirs and "changed outside" in refused["error"]
    assert path.read_text() == "theirs = 1\n" == bench.ask("load")[1]["text"]
    assert bench.ask("save", text="mine = 2\n", over=theirs)[0] == 200 and path.read_text() == "mine = 2\n"
    path.unlink()
    assert bench.ask("look")[1] == {"digest": ""} and bench.ask("load")[1] == {"digest": "", "text": ""}
    assert bench.ask("save", text="mine = 2\n", over="")[0] == 200 and path.read_text() == "mine = 2\n"
    path.write_bytes(b"\xff\xff")
    status, refused = bench.ask("load")
    assert status == 422 and "no UTF-8" in refused["error"]


def test_a_new_file_is_made_when_it_is_saved(serve):
    bench = serve(None)
    path, (_, given) = bench.session.file.path, bench.ask("open")
    assert given["text"] == given["digest"] == "" and not path.exists()
    assert bench.ask("save", text=TEXT, over="")[0] == 200 and path.read_text() == TEXT


def test_what_cannot_be_saved_is_said_and_nothing_is_lost(serve, tmp_path, monkeypatch):
    folder = tmp_path / "inside"
    folder.mkdir()
    bench = serve(TEXT, name="inside/net.sheet")
    path, (_, given) = bench.session.file.path, bench.ask("open")

    def refused():
        status, answer = bench.ask("save", text="L = 1\n", over=given["digest"])
        assert status == 422 and "\n" not in answer["error"]
        return answer["error"]

    path.chmod(0o444)
    assert "read-only, nothing was saved; make it writable" in refused()
    path.chmod(0o644)

    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(files.os, "fsync", full)
        assert f"{path}: No space left on device; nothing was saved" in refused()
    assert path.read_text() == TEXT and list(folder.iterdir()) == [path]
    path.rename(tmp_path / "elsewhere.sheet")
    folder.rmdir()
    assert "is gone, nothing was saved; make it again" in refused()
    folder.mkdir()
    (tmp_path / "elsewhere.sheet").rename(path)
    assert bench.ask("save", text="L = 1\n", over=given["digest"])[0] == 200


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: path.mkdir(), "is a folder; name a file in it"),
        (lambda path: path.write_bytes(b"x = \xff"), "byte 0xff is no UTF-8"),
        (lambda path: path.write_bytes(b"#" * (LARGEST + 1)), "has 1,000,001 bytes; an editor takes at most 1,000,000"),
        (os.mkfifo, "is no file; name one"),
    ],
    ids=["folder", "bytes", "large", "pipe"],
)
def test_what_is_no_sheet_cannot_be_edited(tmp_path, capsys, make, said):
    path = tmp_path / "x.sheet"
    make(path)
    assert main(["edit", str(path), "--no-open"]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("microgrid: ") and err.count("\n") == 1 and said in err


def test_bad_usage_is_one_line(tmp_path, capsys, serve):
    bench = serve(TEXT)
    path, taken = str(bench.session.file.path), str(bench.server.server_port)
    said = {
        (str(tmp_path / "no" / "x.sheet"),): "there is no folder",
        ("-",): "is no sheet in a file",
        ("net.py",): "is no sheet in a file",
        (path, "--port", taken): f"port {taken} cannot be had: Address already in use; name another",
        (path, "--port", "80"): "port 80 is none of 1,024 to 65,535",
        (path, "--port", "-1"): "port -1 is none",
    }
    for words, why in said.items():
        assert main(["edit", *words, "--no-open"]) == 2
        out, err = capsys.readouterr()
        assert out == "" and err.count("\n") == 1 and why in err, err
    with pytest.raises(SystemExit, match="2"):
        main(["edit", path, "--port", "x"])


def test_a_sheet_file_says_what_it_is(tmp_path):
    with pytest.raises(FileError, match="changed outside"):
        SheetFile(tmp_path / "x.sheet").save("x = 1\n", "0" * 64)
    assert list(tmp_path.iterdir()) == []


# ── tabs and computations ──


def test_one_tab_has_the_sheet_and_another_may_take_it_over(serve, monkeypatch):
    bench = serve(TEXT)
    assert bench.ask("look")[0] == 409  # nobody has opened it
    assert bench.ask("open")[0] == 200 == bench.ask("read", text="x = 1\n", unsaved=True)[0]
    for task in ("open", "look", "load", "read", "draw", "save", "leave"):
        status, answer = bench.ask(task, "two", text="theirs", over="")
        assert status == 409 and "another tab" in answer["error"]
    status, given = bench.ask("open", "two", take=True)
    assert status == 200 and given["draft"] == "x = 1\n" and given["text"] == TEXT
    assert bench.ask("look")[0] == 409 and bench.ask("leave")[0] == 409 and bench.ask("look", "two")[0] == 200
    assert bench.session.unsaved and bench.ask("leave", "two")[0] == 200 and not bench.session.unsaved
    assert bench.ask("open", "three")[1]["draft"] is None and bench.ask("open", "four")[0] == 409
    monkeypatch.setattr("microgrid.workbench.session.SILENCE", -1.0)  # the third one broke down
    assert bench.ask("open", "four")[0] == 200 and bench.ask("open", "")[0] == 400


def test_one_thing_is_computed_at_a_time_and_not_for_ever(serve):
    bench = serve(TEXT)
    bench.ask("open")
    with bench.session.worker.turn:
        status, answer = bench.ask("read", text=TEXT)
        assert status == 503 and "ask again" in answer["error"]
    assert bench.ask("read", text=TEXT)[1]["mistakes"] == []
    before = bench.session.worker.process.pid
    bench.session.worker.bound = 0.001
    status, answer = bench.ask("read", text=TEXT + "".join(f"a{i} = sigmoid(w + {i})\n" for i in range(4000)))
    assert status == 200 and answer == {
        "problem": "this took more than 0.001 seconds, and was given up; make the sheet smaller"
    }
    bench.session.worker.bound = 60.0
    assert bench.ask("read", text=TEXT)[1]["mistakes"] == [] and bench.session.worker.process.pid != before
    bench.session.worker.process.kill()
    bench.session.worker.process.wait()
    assert bench.ask("draw")[1] == {"problem": "nothing was read yet that could be drawn"}
    assert bench.ask("read", text=TEXT)[1]["mistakes"] == []


def test_the_page_is_that_of_the_last_text_without_mistakes(serve):
    bench = serve(TEXT)
    bench.ask("open")
    assert bench.ask("read", text=TEXT)[0] == 200 and bench.ask("draw")[1] == {"page": 1} == bench.ask("draw")[1]
    status, headers, content = bench.fetch(bench.url + "page/1")
    assert status == 200 and headers["Content-Security-Policy"] == "frame-ancestors 'self'"
    assert content.startswith(b"<!doctype html>") and '"w"' in held(content.decode())
    assert bench.ask("read", text="param w = \n")[1]["mistakes"] and bench.ask("draw")[1] == {"page": 1}
    assert bench.ask("read", text="param w = 3\n")[1]["mistakes"] == []
    assert "no equation to draw" in bench.ask("draw")[1]["problem"]
    assert bench.fetch(bench.url + "page/1")[0] == 200 and bench.fetch(bench.url + "page/2")[0] == 404
    assert bench.ask("read", text=TEXT + "K = L")[0] == 200 and bench.ask("draw")[1] == {"page": 2}
    assert bench.fetch(bench.url + "page/1")[0] == 404


# ── from the command line ──


class Running:
    """A command of the shell in a process of its own, until it is interrupted."""

    def __init__(self, *words):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "microgrid", *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            encoding="utf-8", cwd=ROOT, env={**os.environ, "PYTHONIOENCODING": "utf-8"},
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # a job in the background has none
        )  # fmt: skip

    def line(self):
        return self.process.stdout.readline()

    def interrupted(self):
        """The exit code after Ctrl-C, and what was printed until then."""
        self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out, err


def test_edit_serves_until_it_is_interrupted(tmp_path):
    path = tmp_path / "net.sheet"
    path.write_text(TEXT)
    running = Running("edit", path, "--no-open")
    said = running.line()
    url = re.fullmatch(rf"editing {path} at (http://127\.0\.0\.1:\d+/[\w-]{{32}}/) \(Ctrl-C leaves\)\n", said)[1]
    with urlopen(url, timeout=PATIENCE) as answer:
        assert b"net.sheet" in answer.read()
    origin = url[: url.index("/", 8)]
    for task, more in (("open", {}), ("read", {"text": "x = 1\n", "unsaved": True})):
        body = json.dumps({"tab": "one", **more}).encode()
        urlopen(
            Request(url + task, body, {"Content-Type": "application/json", "Origin": origin}), timeout=PATIENCE
        ).close()
    assert running.interrupted() == (0, f"left {path}; its tab holds text that is not saved\n", "")
    assert path.read_text() == TEXT


def test_a_page_is_written_again_when_its_sheet_changes(tmp_path):
    path, out = tmp_path / "net.sheet", tmp_path / "net.html"
    path.write_text(TEXT)
    running = Running("page", path, "-o", out, "--watch")
    assert running.line() == f"following {path}; Ctrl-C leaves\n" and running.line() == f"wrote {out}\n"
    first = out.read_text(encoding="utf-8")
    path.write_text("param w = \n")
    assert running.process.stderr.readline() == f"microgrid: {path}:1:10: a formula is missing here\n"
    assert out.read_text(encoding="utf-8") == first
    path.unlink()
    path.write_text(TEXT + "# longer\nK = L\n")
    assert running.line() == f"wrote {out}\n" and out.read_text(encoding="utf-8") != first
    code, rest, _ = running.interrupted()
    assert (code, rest) == (0, f"left {path}\n")


def test_what_cannot_be_followed_is_one_line(tmp_path, capsys):
    for words, why in ((["-"], "follows a file"), ([str(tmp_path / "x.sheet")], "there is no file")):
        assert main(["page", *words, "-o", str(tmp_path / "x.html"), "--watch"]) == 2
        out, err = capsys.readouterr()
        assert out == "" and err.count("\n") == 1 and why in err
