"""A plugin of pytest: each test is a context of coverage, and what it took is kept.

Run with coverage as `python -m benchmarks.mutation --record` does, in this process and in the workers of
pytest-xdist alike.
"""

import json
import os
import time
from pathlib import Path

import coverage
import pytest

FOLDER = "MICROGRID_RECORD"  # the variable that names where the times are kept


class Recorder:
    def __init__(self, folder: Path) -> None:
        self.took: dict[str, float] = {}
        self.failed: set[str] = set()
        self.file = folder / f"times-{os.getpid()}.json"

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item):
        """Switched for setting up and tearing down as well: a fixture may do all the work."""
        coverage.Coverage.current().switch_context(item.nodeid)
        start = time.process_time()
        try:
            return (yield)
        finally:
            self.took[item.nodeid] = time.process_time() - start
            coverage.Coverage.current().switch_context("")

    def pytest_runtest_logreport(self, report):
        if report.failed:
            self.failed.add(report.nodeid)

    def pytest_sessionfinish(self):
        """Of tests that failed by themselves nothing is kept: they would notice every mistake."""
        for name in self.failed:
            self.took.pop(name, None)
        self.file.write_text(json.dumps(self.took), encoding="utf-8")
        coverage.Coverage.current().save()


def pytest_configure(config: pytest.Config) -> None:
    if FOLDER in os.environ and coverage.Coverage.current():
        config.pluginmanager.register(Recorder(Path(os.environ[FOLDER])))
