"""The README: its commands, its console blocks and its pictures are real. (Its Python is a doctest.)"""

import re
import shlex
import shutil
from pathlib import Path

import pytest

from microgrid.cli import main

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```console\n(.*?)```", TEXT, re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.partition("\n")[0])
def test_console_blocks_show_what_the_command_prints(block, capsys, monkeypatch, tmp_path):
    """A line of … stands for lines left out."""
    command, *expected = block.splitlines()
    assert command.startswith("$ microgrid ")
    shutil.copytree(ROOT / "demos", tmp_path / "demos")
    monkeypatch.chdir(tmp_path)
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


def test_the_two_commands():
    commands = re.findall(r"^    (python -m pip .*)$", TEXT, re.MULTILINE)
    assert commands == [
        "python -m pip install . && microgrid run demos/two_input_sigmoid.sheet",
        'python -m pip install -e ".[test]" && python -m pytest',
    ]


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#]+)\)", TEXT))))
def test_links_lead_somewhere(link):
    assert (ROOT / link).exists()
