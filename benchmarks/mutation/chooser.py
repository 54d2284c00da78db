"""A plugin of pytest: of all that is collected only the tests named in a file, in its order."""

import os
from pathlib import Path

import pytest

CHOSEN = "MICROGRID_CHOSEN"  # the variable that names the file


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if CHOSEN in os.environ:
        place = {name: at for at, name in enumerate(Path(os.environ[CHOSEN]).read_text(encoding="utf-8").split("\n"))}
        items[:] = sorted((each for each in items if each.nodeid in place), key=lambda each: place[each.nodeid])
