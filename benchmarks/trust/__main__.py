"""Write docs/trust.md: `python -m benchmarks.trust`.

How large things may be is measured first, in half a minute. What takes longer is read from what its own command
has left: `python -m benchmarks.trust --accuracy`, which measures that instead, `python -m benchmarks.mutation` and its
`--record`, `python -m tests.fuzzing`.
"""

import json
import sys

from . import scale
from .document import FIGURES, PAGE, page


def write(name: str, found: dict[str, object]) -> None:
    FIGURES.mkdir(parents=True, exist_ok=True)
    (FIGURES / f"{name}.json").write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if "--accuracy" in sys.argv:
        from . import accuracy

        write("accuracy", accuracy.measured())
    else:
        write("scale", scale.measured())
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE.relative_to(PAGE.parents[1])}")
