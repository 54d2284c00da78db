"""No pattern of those that read sheets looks for more ways than it can try, whatever stands there."""

import importlib
import pkgutil
import re
import time

import microgrid.formula
import microgrid.sheet
from microgrid.formula.regexes import Late

PIECES = [
    *"_ 1 - = ~ < ½ ² ' a ( { } | \\ ₁ [ − , :".split(), " ", "₁,", "⁽a⁾", "⁽2⁾₁,₁", "_{a}", "^{(2)}₁", "^{[2]}", "a,", "(via ", "dw/", "∂w",
    "d²L", "next ", "\\hat{", "\\frac{", "\\sqrt{", "^{", "1.", "× ", "x ", "w=", "w = ", ".5", "0,", "w1_", "a(", "m(w", "before(",
    "²w", "e+", "of w", "with ", "| ", "- ", "1 ",
]  # fmt: skip


def patterns():
    """Every compiled pattern of the modules that read sheets, with where it stands."""
    for wing in (microgrid.formula, microgrid.sheet):
        for each in pkgutil.iter_modules(wing.__path__, f"{wing.__name__}."):
            if each.name.endswith(".lexer"):
                continue
            for name, thing in vars(importlib.import_module(each.name)).items():
                several = (
                    thing.values() if isinstance(thing, dict) else thing if isinstance(thing, tuple | list) else ()
                )
                for found in (thing, *several):
                    if isinstance(found, (re.Pattern, Late)):
                        yield f"{each.name}.{name}", found


def test_no_pattern_looks_for_more_ways_than_it_can_try():
    found = {pattern: name for name, pattern in patterns()}
    assert len(found) > 60
    texts = [first + (one + other) * 22 + "!" for one in PIECES for other in ("", *PIECES) for first in ("", "w")]
    for pattern, name in found.items():
        pattern.match("")  # compiled now, not while the time is taken
        for text in texts:
            began = time.process_time()
            pattern.match(text)
            assert time.process_time() - began < 0.1, (name, text)
