"""Inputs by the hundred, in processes that may die of them; what is found becomes a case."""

from __future__ import annotations

import gc
import hashlib
import json
import mmap
import os
import resource
import signal
import struct
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from .attempts import ATTEMPTS
from .inputs import drawn
from .watching import Hang, bounded

__all__ = ["CASES", "Finding", "Tally", "batch", "cases", "replayed", "shrunk"]

CASES = Path(__file__).parent / "cases"
MEMORY = 700_000_000  # bytes that an input may take besides what is loaded
SLOW = 2.0  # seconds of processor time that are worth a line


class Finding(NamedTuple):
    """An input that something was wrong with, and what."""

    kind: str
    input: Any
    what: str

    @property
    def sort(self) -> str:
        """Crash, hang, event or answer."""
        return self.what.partition(":")[0]


class Tally(NamedTuple):
    """What a batch came to: how many inputs were tried, what was found, and the slowest of them."""

    tried: int
    findings: list[Finding]
    slowest: list[tuple[float, Any]]


def size(given: Any) -> int:
    return len(given) if isinstance(given, str) else sum(map(size, given)) if isinstance(given, list) else 8


def judged(attempt: Callable[[Any], list[str]], given: Any) -> tuple[str, float]:
    """What is wrong with an input, or nothing; and the processor time that it took."""
    began = time.process_time()
    try:
        with bounded(size(given)):
            found = attempt(given)
        events = ("compile", "exec", "open", "import", "writes", "os.", "subprocess", "socket", "pickle", "ctypes")
        what = f"{'event' if found[0].startswith(events) else 'answer'}: {'; '.join(found)}" if found else ""
    except Hang as hang:
        what = f"hang: {hang}"
    except Exception:  # whatever comes out of it
        lines = traceback.format_exc().strip().splitlines()
        what = (
            f"crash: {lines[-1]:.300} | "
            + " < ".join(line.strip() for line in reversed(lines) if line.startswith("  File"))[:600]
        )
    return what, time.process_time() - began


# ── a batch ──


def batch(kind: str, seed: int, first: int, count: int) -> Tally:
    """Some inputs in a process of its own. After one that something is wrong with, another process goes on."""
    findings: list[Finding] = []
    slowest: list[tuple[float, Any]] = []
    number = first
    while number < first + count:
        place = mmap.mmap(-1, 8)
        place.write(struct.pack("q", number))
        status, said = forked(partial(in_child, kind, seed, number, first + count, place))
        found = json.loads(said) if status == 0 and said else {}
        at = struct.unpack("q", place[:8])[0]
        if not found:
            name = signal.Signals(-status).name if status < 0 else f"exit {status}"
            found = {
                "what": f"{'hang' if name == 'SIGXCPU' else 'crash'}: the process ended with {name}",
                "slowest": [],
            }
        if found["what"]:
            findings.append(Finding(kind, drawn(kind, seed, at), found["what"]))
        slowest += [(seconds, drawn(kind, seed, each)) for seconds, each in found["slowest"]]
        number = at + 1
    return Tally(count, findings, sorted(slowest, key=lambda each: -each[0])[:5])


def in_child(kind: str, seed: int, first: int, end: int, place: mmap.mmap) -> str:
    """The inputs one after the other, until there is something to tell."""
    sys.dont_write_bytecode = True  # else what is imported late is a file that nobody has asked for
    limit_memory()
    what, times = "", []
    with ATTEMPTS[kind]() as attempt:
        for number in range(first, end):
            place[:8] = struct.pack("q", number)
            what, seconds = judged(attempt, drawn(kind, seed, number))
            times += [(seconds, number)] if seconds > SLOW else []
            if what:
                break
    return json.dumps({"what": what, "slowest": times})


def limit_memory() -> None:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[0]) if sys.platform == "linux" else 0
    if pages:
        resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + MEMORY,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def forked(work: Callable[[], str]) -> tuple[int, str]:
    """What a process answers, with its status; it may die instead."""
    reader, writer = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if not child:
        status = 70
        try:
            os.close(reader)
            nowhere = os.open(os.devnull, os.O_RDWR)
            os.dup2(nowhere, 1)
            if not os.environ.get("FUZZING_LOUD"):
                os.dup2(nowhere, 2)
            said = work().encode("utf-8", "surrogatepass")
            with os.fdopen(writer, "wb") as stream:
                stream.write(said)
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        said = stream.read().decode("utf-8", "surrogatepass")
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), said


# ── cases ──


def tried(kind: str, given: Any) -> str:
    """What is wrong with one input, tried in a process of its own; nothing if all is well."""

    def work() -> str:
        sys.dont_write_bytecode = True
        limit_memory()
        with ATTEMPTS[kind]() as attempt:
            return judged(attempt, given)[0]

    status, said = forked(work)
    return (
        said if status == 0 else f"{'hang' if status == -signal.SIGXCPU else 'crash'}: the process ended with {status}"
    )


def shrunk(finding: Finding, most: int = 150) -> Finding:
    """The same finding with as little around it as a few tries can tell."""
    left, best = most, finding.input

    def fails(given: Any) -> bool:
        nonlocal left
        left -= 1
        return tried(finding.kind, given).partition(":")[0] == finding.sort

    for wrap, text in [*parts(best)]:
        pieces = text
        step = max(1, len(pieces) // 2)
        while step and left > 0:
            start = 0
            while start < len(pieces) and left > 0:
                fewer = pieces[:start] + pieces[start + step :]
                if fails(wrap(fewer)):
                    pieces = fewer
                else:
                    start += step
            step //= 2
        best = wrap(pieces)
    return Finding(finding.kind, best, finding.what)


def parts(given: Any) -> Iterator[tuple[Callable[[Any], Any], Any]]:
    """What of an input can be made smaller, and how the whole is put together again."""
    if isinstance(given, str):
        yield (lambda text: text), given
    elif isinstance(given, list) and len(given) == 2 and isinstance(given[0], int):
        yield (lambda text: [given[0], text]), given[1]
    else:
        yield (lambda words: words), given


def kept(finding: Finding, folder: Path = CASES) -> Path:
    """The file that holds a finding as a case."""
    text = json.dumps({"kind": finding.kind, "what": finding.what[:400], "input": finding.input}, indent=1) + "\n"
    path = folder / f"{finding.kind}_{hashlib.sha256(json.dumps(finding.input).encode()).hexdigest()[:8]}.json"
    folder.mkdir(exist_ok=True)
    path.write_text(text, encoding="ascii")
    return path


def cases() -> list[tuple[str, str, Any]]:
    """The name, the kind and the input of every case."""
    found = [(path.stem, json.loads(path.read_text(encoding="ascii"))) for path in sorted(CASES.glob("*.json"))]
    return [(name, case["kind"], case["input"]) for name, case in found]


def replayed() -> dict[str, str]:
    """What is wrong with each case, by its name; nothing if all is well."""
    return {name: tried(kind, given) for name, kind, given in cases() if kind in ATTEMPTS}
