"""Networks as files, what is asked of a workbench, and labels: each nearly as it should be."""

from __future__ import annotations

import json
import random
from copy import deepcopy
from itertools import pairwise
from typing import Any

from .sheets_written import worked
from .signs import HARMFUL, SIGNS, mutated

__all__ = ["labels", "network", "requests"]

ODD = [
    None, True, False, 0, 1, -1, 2, 1.5, 1e308, 10**400, "", "nan", "inf", "-inf", "1", "tanh", [], {}, [1], {"a": 1}, [[1]], "\ud800", "x" * 5000,
    float("nan"), float("inf"), [2, 3, 1], [2, 0, 1], [1000000, 1000000], [1] * 3000, "swish", "__class__", {"__class__": "os.system"}, -0.0,
]  # fmt: skip


# ── networks ──


def network(rng: random.Random) -> str:
    """A network as `save` writes it, with a mistake or two."""
    shape = [rng.randrange(1, 4) for _ in range(rng.randrange(2, 4))]
    names = [
        name
        for layer, (nin, nout) in enumerate(pairwise(shape), 1)
        for j in range(1, nout + 1)
        for name in (*(f"w{layer}_{j}{k}" for k in range(1, nin + 1)), f"b{layer}_{j}")
    ]
    found: dict[str, Any] = {
        "format": "microgrid network", "version": 1, "shape": shape,
        "activations": [rng.choice(("tanh", "relu", "linear", "sigmoid", "gelu")) for _ in shape[1:]],
        **({"level": rng.choice((0.5, None, 3))} if rng.random() < 0.2 else {}),
        "parameters": {name: rng.choice((rng.gauss(0, 1), 0, 1e-320, "inf", "nan", 3)) for name in names},
    }  # fmt: skip
    for _ in range(rng.choice((0, 1, 1, 2))):
        spoil(rng, found)
    text = json.dumps(found, indent=rng.choice((None, 1)))
    if rng.random() < 0.3:
        text = mutated(
            rng,
            text,
            [*SIGNS, "NaN", "Infinity", "1e999", "[" * 2000, '"shape": [1, 1],', "\\ud800", '"__proto__": {}'],
            5,
        )
    return text


def spoil(rng: random.Random, found: dict[str, Any]) -> None:
    place: Any = found
    while True:
        key = rng.choice([*place] if isinstance(place, dict) else [*range(len(place))])
        inner = place[key]
        if isinstance(inner, (dict, list)) and inner and rng.random() < 0.6:
            place = inner
            continue
        if rng.random() < 0.2:
            del place[key]
        elif isinstance(place, dict) and rng.random() < 0.2:
            place[rng.choice(("shape ", "w1_99", "", "\u202e", "x" * 3000))] = place.pop(key)
        else:
            place[key] = deepcopy(rng.choice(ODD))
        return


# ── requests ──

TASKS = (
    "open",
    "look",
    "load",
    "read",
    "draw",
    "save",
    "leave",
    "nothing",
    "",
    "read?x=1",
    "page/1",
    "page/-1",
    "../net.sheet",
)
HEADERS = [
    "Host: evil.example", "Origin: null", "Content-Length: -1", "Content-Length: 99999999999999", "Content-Length: x", "Transfer-Encoding: chunked",
    "Content-Type: text/plain", "X: " + "a" * 70_000, "Expect: 100-continue", "Connection: Upgrade", "Cookie: \x80\xff", " folded", "nocolon", "Host:", "Content-Length: 0",
]  # fmt: skip
ASSETS = (
    "",
    "workbench.js",
    "workbench.css",
    "codemirror.min.js",
    "..%2fserver.py",
    "%00",
    "workbench.html",
    "page/1",
    "page/999999",
    "/etc/passwd",
    "x" * 3000,
)


def requests(rng: random.Random) -> list[str]:
    """A few requests; {host} and {token} are put in when they are sent. Each character is a byte."""
    return [request(rng) for _ in range(rng.randrange(1, 6))]


def request(rng: random.Random) -> str:
    if rng.random() < 0.25:
        path = rng.choice(ASSETS)
        text = f"{rng.choice(('GET', 'GET', 'HEAD', 'PUT', 'get', 'TRACE', 'DELETE'))} /{{token}}/{path} HTTP/1.1\r\nHost: {{host}}\r\n\r\n"
        return (
            mutated(rng, text, [*"\r\n\0 /:%.\x80\xff", "HTTP/9.9", "GET ", "//", "\r\n\r\n"], 2)
            if rng.random() < 0.3
            else text
        )
    body = json.dumps(asked(rng))
    if rng.random() < 0.15:
        body = mutated(rng, body, [*'{}[]",:\\0', "\x80", "[" * 1000, "null", '"tab"'], 3)
    data = body.encode("utf-8", "surrogatepass").decode("latin-1")
    headers = [
        "Host: {host}",
        "Origin: http://{host}",
        "Content-Type: application/json",
        f"Content-Length: {len(data)}",
    ]
    for _ in range(rng.choice((0, 0, 0, 1, 2))):
        headers.insert(rng.randrange(len(headers) + 1), rng.choice(HEADERS))
    if rng.random() < 0.1:
        headers.pop(rng.randrange(len(headers)))
    task = rng.choice(TASKS) if rng.random() < 0.3 else rng.choice(TASKS[:6])
    return (
        f"POST /{'{token}' if rng.random() < 0.95 else 'x' * 32}/{task} HTTP/1.1\r\n"
        + "\r\n".join(headers)
        + "\r\n\r\n"
        + data
    )


def asked(rng: random.Random) -> Any:
    if rng.random() < 0.05:
        return rng.choice(ODD[:12])
    found: dict[str, Any] = {"tab": rng.choice(("one", "one", "one", "one", "two", "", 3, None, "x" * 200))}
    if rng.random() < 0.7:
        found["text"] = worked(rng)[:5000] if rng.random() < 0.85 else rng.choice([*HARMFUL, *ODD[:12], "é" * 600_000])
    for key in ("over", "unsaved", "take"):
        if rng.random() < 0.5:
            found[key] = rng.choice(("{digest}", "{digest}", "", True, False, "0" * 64, 3, None, []))
    return found


# ── labels ──


def labels(rng: random.Random) -> list[str]:
    """Names for the values of a graph."""
    found = [rng.choice(HARMFUL) if rng.random() < 0.7 else "".join(rng.choices(SIGNS, k=5)) for _ in range(24)]
    return [mutated(rng, each, [*HARMFUL, *SIGNS], 2)[:3000] if rng.random() < 0.3 else each for each in found]
