"""The options of the commands, by names of their own: how each is typed, and what it is for."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from microgrid.errors import brief

__all__ = ["OPTIONS"]


LONGEST = 9  # digits of a number that counts something


def whole_number(text: str) -> int:
    """A number that counts, in the digits that sheets have; 0 for what is none, or larger than any that is there."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST else 0


def round_number(text: str) -> int:
    if not whole_number(text):
        is_large = text.isascii() and text.isdecimal() and text.strip("0")
        fact = f"there are fewer than 10^{LONGEST}" if is_large else "they count from 1"
        raise argparse.ArgumentTypeError(f"{brief(repr(text))} is no round; {fact}")
    return whole_number(text)


def digits(text: str) -> int:
    if not 1 <= whole_number(text) <= 17:
        raise argparse.ArgumentTypeError(f"{brief(repr(text))} is no number of digits from 1 to 17")
    return whole_number(text)


def port(text: str) -> int:
    number = whole_number(text.removeprefix("-"))
    if not number and text.strip("0"):
        raise argparse.ArgumentTypeError(f"{brief(repr(text))} is no port; one is a number from 1024 to 65535")
    return -number if text.startswith("-") else number


def inches(text: str) -> tuple[float, float]:
    """A size as it is typed, `13.3x7.5`."""
    width, _, height = text.replace("×", "x").partition("x")
    try:
        return float(width), float(height)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{brief(repr(text))} is no width and height in inches, such as 13.3x7.5"
        ) from None


LEVELS = ("op", "named", "neuron", "layer", "vector", "element")

OPTIONS: Mapping[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "sheets": (("sheets",), {"metavar": "SHEET", "nargs": "+", "help": "a worked example; - reads one from the input"}),
    "topic": (("topic",), {"choices": ("sheet",), "help": "sheet: what can be written in one"}),
    "strict": (("--strict",), {"action": "store_true", "help": "exit code 1 for a number that is only close, too"}),
    "key": (("--key",), {"action": "store_true", "help": "print the sheet with every blank, ~= ?, filled"}),
    "csv": (("--csv",), {"metavar": "FILE", "help": "the table of all sheets, for a spreadsheet"}),
    "target": (("target",), {"metavar": "TARGET", "help": "a sheet, or script.py:name for a Value of a Python file"}),
    "digits": (("--digits",), {"type": digits, "default": 6, "metavar": "N", "help": "significant digits (6)"}),
    "round": (("--round",), {"type": round_number, "metavar": "N", "help": "this round of a sheet, from 1"}),
    "sample": (("--sample",), {"type": round_number, "default": 1, "metavar": "K", "help": "show this sample, from 1"}),
    "all": (("--all",), {"action": "store_true", "help": "every number of large arrays, every round of many"}),
    "picture_digits": (("--digits",), {"type": digits, "metavar": "N", "help": "significant digits (4, or 3)"}),
    "picture_level": (
        ("--level",),
        {"choices": LEVELS, "help": "one box for each of these, not what fits best"},
    ),
    "draw_level": (("--level",), {"choices": (*LEVELS, "fold"), "help": "one box for each; fold: few for any graph"}),
    "theme": (
        ("--theme",),
        {"choices": ("light", "dark", "auto"), "default": "light", "help": "auto: as its reader's"},
    ),
    "legend": (("--legend",), {"choices": ("full", "compact", "none"), "help": "below the picture (full)"}),
    "fit": (("--fit",), {"type": inches, "metavar": "WxH", "help": "as large as fits, in inches: 13.3x7.5, a slide"}),
    "blank": (("--blank",), {"action": "store_true", "help": "without numbers, as an exercise"}),
    "json": (("--json",), {"action": "store_true", "help": "one JSON object at full precision"}),
    "derivatives": (
        ("derivatives",),
        {"metavar": "dL/dw", "nargs": "*", "help": "what to derive; without it, the whole backward pass"},
    ),
    "level": (("--level",), {"metavar": "LEVEL", "help": "named: one step a line; op or neuron; element of arrays"}),
    "format": (
        ("--format",),
        {"choices": ("text", "markdown", "latex", "json"), "default": "text", "help": "of the output (text)"},
    ),
    "paths": (("--paths",), {"action": "store_true", "help": "the sum over all paths, and factored"}),
    "output": (("-o", "--output"), {"required": True, "metavar": "FILE", "help": "FILE.svg, .png, .pdf, .dot or .gv"}),
    "html": (("-o", "--output"), {"required": True, "metavar": "FILE", "help": "FILE.html"}),
    "open": (("--open",), {"action": "store_true", "help": "show it in the browser"}),
    "watch": (("--watch",), {"action": "store_true", "help": "write it anew whenever the file changes"}),
    "edited": (("file",), {"metavar": "FILE.sheet", "help": "the sheet; one that is not there is made when saved"}),
    "port": (
        ("--port",),
        {"type": port, "default": 0, "metavar": "N", "help": "of 127.0.0.1, from 1024; without it any that is free"},
    ),
    "no_open": (("--no-open",), {"action": "store_true", "help": "do not start the browser"}),
    "commands": (("--commands",), {"metavar": "'n; n; p z1'", "help": "these, instead of what is typed or piped in"}),
    "value": (("target",), {"metavar": "SCRIPT.PY:NAME", "help": "the loss: a Value of a Python file"}),
    "given": (
        ("--given",),
        {"metavar": "FILE.npz", "help": "the gradients, as np.savez writes them; without it the script's own dW"},
    ),
    "step_level": (
        ("--level",),
        {"choices": LEVELS, "help": "a step for each of these (a sheet: named, of arrays vector; else op)"},
    ),
    "direction": (
        ("--direction",),
        {"choices": ("TB", "LR"), "help": "top to bottom, or left to right (TB, or what fits)"},
    ),
}
