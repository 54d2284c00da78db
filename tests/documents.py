"""Documents whose examples are real: their console blocks are run, their Python is a doctest, their links lead somewhere."""

from __future__ import annotations

import doctest
import re
import shlex
import shutil

import pytest
from outside import ROOT

from microgrid.cli import main

__all__ = ["ROOT", "console_blocks", "each_block_of", "examples", "links", "printed", "working_copy"]


@pytest.fixture
def working_copy(monkeypatch, tmp_path):
    """A folder with the demos in it, and room for pictures, to run examples in."""
    shutil.copytree(ROOT / "demos", tmp_path / "demos")
    (tmp_path / "docs" / "pictures").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def console_blocks(text: str) -> list[str]:
    """The blocks that show a command and what it prints."""
    return re.findall(r"```console\n(.*?)```", text, re.DOTALL)


def each_block_of(text: str):
    return pytest.mark.parametrize("block", console_blocks(text), ids=lambda block: block.partition("\n")[0])


def printed(block: str, capsys) -> None:
    """The command of a block prints what stands there; a line of … stands for lines left out."""
    command, *expected = block.splitlines()
    assert command.startswith("$ microgrid ")
    main(shlex.split(command)[2:])
    shown = iter(capsys.readouterr().out.splitlines())
    skipping = False
    for line in expected:
        if line == "…":
            skipping = True
            continue
        found = next((each for each in shown if each == line), None) if skipping else next(shown, None)
        assert found == line
        skipping = False
    assert skipping or next(shown, None) is None


def examples(text: str, name: str, flags: int = 0) -> list[str]:
    """What goes wrong in the Python of a document, run from top to bottom."""
    wrong: list[str] = []
    bare = re.sub(r"^```.*$", "", text, flags=re.MULTILINE)
    doctest.DocTestRunner(verbose=False, optionflags=flags).run(
        doctest.DocTestParser().get_doctest(bare, {}, name, name, 0), out=wrong.append
    )
    return wrong


def links(text: str) -> list[str]:
    """Where the links and pictures of a document lead, within the repository."""
    found = re.findall(r"\]\(([^)\s]+)\)", text)
    return sorted({each for each in found if "://" not in each})
