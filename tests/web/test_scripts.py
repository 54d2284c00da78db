"""The modules of the page: each stands by itself, and together they are one script without a name twice."""

import re
import subprocess
from importlib import resources

import pytest

from microgrid.web.scripts import EXPORT, IMPORT, asset, joined

WRITTEN = {"operations.js": "export const OPS = {};\nexport const FORMULAS = [];\nexport const SHAPES = [];\n"}
MODULES = sorted(
    each.name for each in (resources.files("microgrid.web") / "assets").iterdir() if each.name.endswith(".js")
)
DECLARED = re.compile(r"^(?:async )?(?:function|class|const|let) (?:\{([^}]*)\}|\[([^]]*)\]|(\w+))", re.MULTILINE)


def declared(text):
    """The names at the top of a module, the first of each line; those of `{ a, b } =` all."""
    found = []
    for several, others, one in DECLARED.findall(EXPORT.sub("", text)):
        found += (
            [each.split(":")[-1].strip() for each in (several or others).split(",")] if several or others else [one]
        )
    return found


def exported(text):
    return {name for match in EXPORT.finditer(text) for name in declared(text[match.start() :].split("\n", 1)[0])}


@pytest.mark.parametrize("name", MODULES)
def test_a_module_imports_what_is_exported_and_is_short(name):
    text = asset(name)
    assert len(text.splitlines()) <= 400
    for names, where in IMPORT.findall(text):
        there = exported(WRITTEN.get(where) or asset(where))
        for each in names.split(", "):
            assert each in there, (name, where, each)
            assert len(re.findall(rf"(?<![\w.]){re.escape(each)}(?!\w)", text)) > 1, f"{name} does not use {each}"
    assert "import" not in IMPORT.sub("", text).replace("// ", "")


@pytest.mark.node
def test_together_they_are_one_module_without_a_name_twice(tmp_path):
    (tmp_path / "page.mjs").write_text(joined("page.js", WRITTEN), encoding="utf-8")
    subprocess.run(["node", "--check", tmp_path / "page.mjs"], check=True, capture_output=True)


def test_every_module_is_part_of_the_page():
    found, waiting = {"page.js", "worker.js"}, ["page.js", "worker.js"]
    while waiting:
        used = {where for _, where in IMPORT.findall(WRITTEN.get(waiting[-1]) or asset(waiting[-1]))} - found
        waiting.pop()
        found |= used
        waiting += used
    assert found - WRITTEN.keys() == set(MODULES) - {"notebook.js"}  # which is what a notebook runs beside it
