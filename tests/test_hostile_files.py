"""Files that are not what they say: each is answered in one line, and nothing in it is run, or unpacked, or waited for."""

from __future__ import annotations

import io
import json
import os
import pickle
import re
import resource
import zipfile

import numpy as np
import pytest

from microgrid import nn
from microgrid.cli import main
from microgrid.errors import GraphError

pytestmark = pytest.mark.once

SAMPLES = "samples data.csv x | y\nparam w = 2\nL = (w*x - y)^2\n"


def placed(path, thing):
    """Bytes, a text, a pipe, a folder, a link that goes round or one to what has no end, at a path."""
    if thing == "pipe":
        os.mkfifo(path)
    elif thing == "folder":
        path.mkdir()
    elif thing in ("endless", "circle"):
        path.symlink_to("/dev/zero" if thing == "endless" else path)
    else:
        path.write_bytes(thing if isinstance(thing, bytes) else thing.encode())


def refused(capsys, *arguments):
    """What a command says of what it cannot take: one line, and where it stands."""
    assert main([str(each) for each in arguments]) == 2
    out, err = capsys.readouterr()
    first, *shown = err.splitlines()
    assert out == "" and first.startswith("microgrid: ") and len(shown) in (0, 2) and len(first) < 1000, err
    return first


class Evil:
    def __reduce__(self):
        return os.abort, ()


# ── tables of samples ──────────────────────────────────────────────────────────────────────

WRONG_TABLES = {
    "empty": (b"", "its columns are none"),
    "no samples": (b"x,y\n", "data.csv has no samples"),
    "UTF-16": ("x,y\n1,2\n".encode("utf-16"), "byte 0xff is no UTF-8"),
    "Latin-1": (b"x,y\n\xe9,1\n", "byte 0xe9 is no UTF-8"),
    "NUL": (b"x,y\n1,\0002\n", "data.csv"),
    "not a number": (b"x,y\nnan,2\n", "sample 1: 'nan' is no number"),
    "beyond doubles": (b"x,y\n1e999,2\n", "1e999 is out of range"),
    "many digits": (b"x,y\n" + b"9" * 90_000 + b",2\n", "is out of range"),
    "a wide head": (b",".join(b"c%d" % i for i in range(300_000)) + b"\n", "has no column 'x'; its columns are c0, c1"),
    "a long cell": (b'x,y\n"' + b"1" * 200_000 + b'",2\n', "a cell of more than 131,072 characters"),
    "many samples": (b"x,y\n" + b"1,2\n" * 500_000, "more than 10,000 samples"),
    "ragged": (b"x,y\n1,2\n1\n", "sample 2 has 1 cell, and its head 2"),
    "longer than its head": (b"x,y\n1,2,3\n", "sample 1 has 3 cells, and its head 2"),
    "a column twice": (b"x,x,y\n1,2,3\n", "has the column 'x' twice"),
    "HTML": (b"<script>alert(1)</script>,y\n1,2\n", "has no column 'x'"),
    "a Cyrillic letter": ("х,y\n1,2\n", "'х' is U+0445, cyrillic small letter ha; type the Latin x"),
    "a full-width letter": ("ｘ,y\n1,2\n", "U+FF58"),
    "an unseen character": ("x\u200b,y\n1,2\n", "U+200B (zero width space); delete it"),
    "other digits": ("x,y\n٣,2\n", "'٣' is no number; '٣' is U+0663, arabic-indic digit three; type 3"),
    "wide digits": ("x,y\n１,2\n", "'１' is no number; '１' is U+FF11, fullwidth digit one; type 1"),
    "an unseen character in a cell": ("x,y\n1\u200b,2\n", "an invisible character, U+200B (zero width space); delete it"),
    "a letter for a digit": ("x,y\nO.5,2\n", "'O' is U+004F, latin capital letter o; type 0.5"),
    "semicolons": (b"x;y\n1;2\n", "'x;y' is divided by semicolons; save the file with commas between its columns"),
    "tabs": (b"x\ty\n1\t2\n", "is divided by tabs; save the file with commas"),
    "a folder": ("folder", "Is a directory"),
    "a pipe that nobody writes to": ("pipe", "its columns are none"),
    "no end": ("endless", "more than 16,777,216 bytes"),
    "a circle": ("circle", "Too many levels of symbolic links"),
}  # fmt: skip


def test_a_table_that_is_none_is_told_apart(tmp_path, capsys):
    for name, (content, said) in WRONG_TABLES.items():
        folder = tmp_path / name
        folder.mkdir()
        placed(folder / "data.csv", content)
        (folder / "a.sheet").write_text(SAMPLES, encoding="utf-8")
        assert said in refused(capsys, "run", folder / "a.sheet"), name


@pytest.mark.parametrize(
    "content", [b"\xef\xbb\xbfx,y\n1,2\n", b"x,y\r1,2\r", b" x , y \r\n\r\n 1 , 2 \r\n", "x,z,y\n−1,0,−2\n"]
)
def test_a_table_is_read_as_spreadsheets_write_it(tmp_path, capsys, content):
    placed(tmp_path / "data.csv", content)
    (tmp_path / "a.sheet").write_text(SAMPLES + "w ~= 2\n", encoding="utf-8")
    assert main(["check", str(tmp_path / "a.sheet")]) == 0
    assert "1 right" in capsys.readouterr().out


# ── arrays ─────────────────────────────────────────────────────────────────────────────────


def header(shape, descr="<f8"):
    """The beginning of an array in a file."""
    content = io.BytesIO()
    np.lib.format.write_array_header_1_0(content, {"descr": descr, "fortran_order": False, "shape": shape})
    return content.getvalue()


def packed(*members, method=zipfile.ZIP_STORED):
    """A file of such members: a name and its bytes."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method, compresslevel=9) as file:
        for name, data in members:
            file.writestr(name, data)
    return content.getvalue()


def saved(**arrays):
    content = io.BytesIO()
    np.savez(content, **arrays)
    return content.getvalue()


def wrong_arrays():
    good, three = saved(w=np.array(2.0)), header((3,)) + bytes(24)
    locked = bytearray(packed(("w.npy", three)))
    locked[6] |= 1
    locked[locked.find(b"PK\x01\x02") + 8] |= 1
    return {
        "pickled": (pickle.dumps(Evil()), "no .npz file of arrays"),
        "objects": (saved(w=np.array([Evil()], dtype=object)), "it holds objects, not numbers"),
        "a bomb": (packed(("w.npy", header((25_000_000,)) + bytes(200_000_000)), method=zipfile.ZIP_DEFLATED), "unpacked it has 200,"),
        "claims": (packed(("w.npy", header((10**13,)) + bytes(80))), "no .npz file of arrays"),
        "claims less": (packed(("w.npy", header((10**9,)) + bytes(80))), "no .npz file of arrays"),
        "nested": (packed(("w.npy", b"\x93NUMPY\x01\x00" + (9000).to_bytes(2, "little") + b"(" * 9000)), "no .npz file"),
        "twice": (packed(("w.npy", three), ("w.npy", three)), "has the array 'w' twice"),
        "locked": (bytes(locked), "no .npz file of arrays"),
        "cut off": (good[: len(good) // 2], "no .npz file of arrays"),
        "empty": (b"", "no .npz file of arrays"),
        "a text": (b"hello", "no .npz file of arrays"),
        "words": (saved(w=np.array(["a", "b"])), "is no array of numbers"),
        "complex": (saved(w=np.array(1j)), "'w' is no array of numbers but one of complex128; give"),
        "records": (saved(w=np.zeros(2, [("x", float)])), "'w' is no array of numbers but one of records; give"),
        "a look-alike": (saved(Ԝ=np.array(1.0)), "'Ԝ' is U+051C, cyrillic capital letter we; type the Latin W"),
        "a date": (saved(w=np.array("2020-01-01", dtype="M8[D]")), "is no array of numbers"),
        "another name": (saved(**{"<script>": np.array(1.0)}), "'<script>' is the gradient of no variable here"),
        "a folder": ("folder", "is a folder; name a file in it"),
        "a pipe that nobody writes to": ("pipe", "no .npz file of arrays"),
    }  # fmt: skip


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_arrays_that_are_none_are_told_apart(tmp_path, capsys):
    script = tmp_path / "script.py"
    script.write_text("from microgrid import Value\nw = Value(3.0, label='w')\nloss = w**2\n", encoding="utf-8")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    cases = wrong_arrays()
    for number, (name, (content, said)) in enumerate(cases.items()):
        path = tmp_path / f"{number}.npz"
        placed(path, content)
        assert said in refused(capsys, "audit", f"{script}:loss", "--given", path), name
    (tmp_path / "circle.npz").symlink_to("circle.npz")
    assert "is a link that leads to no file" in refused(
        capsys, "audit", f"{script}:loss", "--given", tmp_path / "circle.npz"
    )
    assert (
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 700 * 1024
    )  # 200 MB of them are the bomb's maker


# ── models ─────────────────────────────────────────────────────────────────────────────────


def wrong_models(text):
    good = json.loads(text)
    changed = {
        "no level": ({"level": float("nan")}, "the level nan"),
        "no neurons": ({"shape": [0, 1]}, "every number at least 1"),
        "too many neurons": ({"shape": [10**9, 10**9, 1]}, "parameters, but the shape"),
        "true neurons": ({"shape": [True, 3, 1]}, "the shape [True, 3, 1]"),
        "a long activation": ({"activations": ["a" * 10**6, "linear"]}, "no activation is called 'aaaaaa"),
        "a long one that is known": ({"activations": ["tanh" * 5000, "linear"]}, "no activation is called 'tanhtanh"),
        "a Cyrillic letter": ({"activations": ["tаnh", "linear"]}, "'а' is U+0430, cyrillic small letter a; type the Latin a"),
        "an unknown key": ({"foo": "x" * 3_000_000}, "has 'foo', which is no part of a network; there are format, version"),
        "a misspelt key": ({"lеvel": 2.0}, "'е' is U+0435, cyrillic small letter ie; type the Latin e"),
        "a key of many letters": ({"k" * 100_000: 2.0}, "which is no part of a network"),
        "an activation that is a list": ({"activations": [["x"], "linear"]}, "no activation is called"),
        "parameters in a list": ({"parameters": [1, 2]}, "has no parameters"),
        "a huge parameter": ({"parameters": {**good["parameters"], "w1_11": 10**400}}, "no finite double"),
        "a list for a parameter": ({"parameters": {**good["parameters"], "w1_11": [[]]}}, "a parameter is a number"),
        "a version in a list": ({"version": [1]}, "has version [1]"),
    }  # fmt: skip
    return {
        "UTF-16": (text.encode("utf-16"), "is no JSON (byte 0xff is no UTF-8)"), "NUL": (b"\0" + text.encode(), "is no JSON"),
        "cut off": (text[:100], "is no JSON"), "empty": (b"", "is no JSON"),
        "deep": ("[" * 200_000, "it is nested too deep"), "deep objects": ('{"a":' * 100_000, "it is nested too deep"),
        "many digits": (re.sub(r"""("w1_11": )[-+.0-9e]+""", r"\g<1>" + "9" * 5000, text), "a number in it has thousands of digits"),
        "a name with a look-alike": (text.replace("w1_11", "ԝ1_11"), "'ԝ' is U+051D, cyrillic small letter we; type the Latin w"),
        "a name with a wide digit": (text.replace("w1_11", "w1_1１"), "'１' is U+FF11, fullwidth digit one; type 1"),
        "a bare nan": (re.sub(r"""("w1_11": )[-+.0-9e]+""", r"\1NaN", text), "no finite double"),
        "a key twice": (text.replace('"shape"', '"version": 1, "shape"', 1), "has version twice"),
        "a surrogate": (text.replace("w1_11", "\\ud800"), "1 missing (w1_11)"),
        "a pipe that nobody writes to": ("pipe", "is no JSON"),
        **{name: (json.dumps({**good, **change}), said) for name, (change, said) in changed.items()},
    }  # fmt: skip


def test_models_that_are_none_are_told_apart(tmp_path):
    good = tmp_path / "good.json"
    nn.MLP(2, [3, 1]).save(good)
    for number, (name, (content, said)) in enumerate(wrong_models(good.read_text(encoding="utf-8")).items()):
        path = tmp_path / f"{number}.json"
        placed(path, content)
        with pytest.raises(GraphError) as caught:
            nn.MLP.load(path)
        assert "maximum recursion" not in str(caught.value) and "sys." not in str(caught.value)
        assert said in str(caught.value) and len(str(caught.value)) < 1000 and "\n" not in str(caught.value), name
    (tmp_path / "zero.json").symlink_to("/dev/zero")
    with pytest.raises(OSError, match="more than 33,554,432 bytes"):
        nn.MLP.load(tmp_path / "zero.json")
    (tmp_path / "bom.json").write_bytes(b"\xef\xbb\xbf" + good.read_bytes())
    assert repr(nn.MLP.load(tmp_path / "bom.json")) == repr(nn.MLP.load(good))


# ── sheets ─────────────────────────────────────────────────────────────────────────────────

WRONG_SHEETS = {
    "UTF-16": ("param w = 1\nL = w\n".encode("utf-16"), "this is UTF-16: byte 0xff is no UTF-8"),
    "Latin-1": ("param w = 1\nL = w # é\n".encode("latin-1"), ":2: byte 0xe9 is no UTF-8"),
    "NUL": (b"param w = 1\nL = w\0\n", "a NUL character; this is no text file"),
    "empty": (b"", "nothing is defined"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "is no UTF-8"),
    "a pipe that nobody writes to": ("pipe", "nothing is defined"),
    "a folder": ("folder", "is a folder; name a file in it"),
}


@pytest.mark.parametrize("verb", ["check", "run", "explain", "step", "draw", "page"])
def test_sheets_that_are_none_are_told_apart(tmp_path, capsys, verb):
    more = {"draw": ["-o", tmp_path / "net.svg"], "page": ["-o", tmp_path / "net.html"]}.get(verb, [])
    for number, (name, (content, said)) in enumerate(WRONG_SHEETS.items()):
        path = tmp_path / f"{number}.sheet"
        placed(path, content)
        assert said in refused(capsys, verb, path, *more), name
    (tmp_path / "zero.sheet").symlink_to("/dev/zero")
    assert "more than 16,777,216 bytes" in refused(capsys, verb, tmp_path / "zero.sheet", *more)
    assert not (tmp_path / "net.svg").exists() and not (tmp_path / "net.html").exists()
