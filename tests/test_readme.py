"""The README: its commands and its console blocks are real. (Its Python is a doctest, its links are in test_docs.py.)"""

import re

from documents import ROOT, each_block_of, printed, working_copy

__all__ = ["working_copy"]

TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


@each_block_of(TEXT)
def test_console_blocks_show_what_the_command_prints(block, working_copy, capsys):
    printed(block, capsys)


def test_the_two_commands():
    commands = re.findall(r"^    (python -m pip .*)$", TEXT, re.MULTILINE)
    assert commands == [
        "python -m pip install . && microgrid run demos/two_input_sigmoid.sheet",
        'python -m pip install -e ".[test]" && python -m pytest',
    ]
