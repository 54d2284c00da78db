"""What editors read of the methods that the table gives to `Value`: they are in no file, but in `_methods.pyi`.

python -m microgrid.engine.type_stub    writes that file; after a new row
"""

from __future__ import annotations

from microgrid.formula import OPS

from .methods import method_name, numpy_name

__all__ = ["stub"]


def stub() -> str:
    """The text of `_methods.pyi`, from which editors complete the methods."""
    lines = ['"""Written by `python -m microgrid.engine.type_stub`: the methods that the table gives to Value."""', ""]
    lines += ["from typing import Any", "", "from .value import Value", "", "class RowMethods:"]
    for row in OPS.values():
        other = ["other: Any", "another: Any"][: len(row.stable.inputs) - 1]
        fixed = [f"{word}: Any" if value is None else f"{word}: Any = ..." for word, value in row.fixed.items()]
        for name in filter(None, (method_name(row), numpy_name(row.name))):
            lines.append(f"    def {name}({', '.join(['self', *other, *fixed])}) -> Value: ...")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    from pathlib import Path

    from microgrid.files import replace_file

    replace_file(Path(__file__).with_name("_methods.pyi"), stub().encode())
