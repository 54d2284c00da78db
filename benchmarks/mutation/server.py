"""A plugin of pytest: all tests are collected once, and then many mistakes are tried, each in a child.

MICROGRID_SERVES names two open files, from which trials are read and to which answers are written, a line of
JSON each. A child gives the functions that are there the code that a mistaken author would have written.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import resource
import signal
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest

SERVES = "MICROGRID_SERVES"
NOWHERE = "nowhere"  # no function that is there has the code
there: list[FunctionType] = []  # when the tests had been collected
WAITS = 300  # seconds, and ten times what it may compute: a child that waits for ever is ended


def pytest_runtestloop(session: pytest.Session) -> bool | None:
    if SERVES not in os.environ:
        return None
    reading, writing = map(int, os.environ.pop(SERVES).split())
    items = {each.nodeid: each for each in session.items}
    there.extend(functions())
    gc.collect()
    gc.freeze()  # children share what they do not touch
    with os.fdopen(reading) as trials, os.fdopen(writing, "w") as answers:
        print(json.dumps("ready"), file=answers, flush=True)
        for trial in trials:
            print(json.dumps(tried(json.loads(trial), items)), file=answers, flush=True)
    return True


def tried(trial: dict[str, Any], items: dict[str, pytest.Item]) -> str:
    """What a child found: the name of a test that failed, the signal that ended it, or nothing."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            bound(trial["seconds"])
            tests = [items[name] for name in trial["tests"] if name in items]
            found = first_failed(tests) if put(trial["module"], trial["before"], trial["after"]) else NOWHERE
            os.write(writing, found.encode())
        except BaseException as problem:  # the mistake may raise whatever it likes
            os.write(writing, f"{type(problem).__name__}: {problem}".encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8", errors="replace") as told:
        found = told.read()
    status = os.waitpid(child, 0)[1]
    return f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else found


def bound(seconds: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    signal.alarm(WAITS + 10 * seconds)


class Failures:
    """Notes the tests that fail."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.names.append(report.nodeid)


def first_failed(items: list[pytest.Item]) -> str:
    """The first test that fails."""
    failures = Failures()
    for item, following in zip(items, [*items[1:], None]):
        item.config.pluginmanager.register(failures, "failures")
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        item.config.pluginmanager.unregister(failures)
        if failures.names:
            return failures.names[0]
    return ""


def put(module: str, before: str, after: str) -> bool:
    """Give the functions of a module the code of another text of it; whether there are such functions."""
    importlib.import_module(module.removesuffix(".py").replace("/", "."))
    file = str(Path(module).absolute())
    pairs = differing(compile(before, file, "exec"), compile(after, file, "exec"))
    changed = {key(old): new for old, new in pairs}
    found = [each for each in (*there, *functions()) if each.__code__.co_filename == file]
    found = [each for each in found if key(each.__code__) in changed]
    for each in found:
        each.__code__ = changed[key(each.__code__)]
    return bool(found)


def functions() -> list[FunctionType]:
    """The functions of Python that are there, but for those that were frozen."""
    return [each for each in gc.get_objects() if type(each) is FunctionType]


def key(code: CodeType) -> tuple[object, ...]:
    return code.co_firstlineno, code.co_name, code.co_varnames, code.co_names


def differing(old: CodeType, new: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    """The pieces of code that differ, from the outside in."""
    if old != new:
        yield old, new
        inner = ([each for each in code.co_consts if isinstance(each, CodeType)] for code in (old, new))
        for one, other in zip(*inner):
            yield from differing(one, other)
