"""Write docs/trust.md, once how large things may be is measured, in half a minute.

    python -m benchmarks.trust               measures that
    python -m benchmarks.trust --accuracy    measures the worst ulps of each row instead
    python -m benchmarks.trust --read        measures nothing

What takes longer is read from what its own command has left: `python -m benchmarks.mutation` and its `--record`,
`python -m tests.fuzzing`.
"""

import argparse
import json

from . import scale
from .document import FIGURES, PAGE, page


def write(name: str, found: dict[str, object]) -> None:
    FIGURES.mkdir(parents=True, exist_ok=True)
    (FIGURES / f"{name}.json").write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.trust", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--accuracy", action="store_true", help="measure the worst ulps of each row, not the sizes")
    what.add_argument("--read", action="store_true", help="measure nothing; read what has been measured")
    return parser.parse_args()


if __name__ == "__main__":
    asked = parsed()
    if asked.accuracy:
        from . import accuracy

        write("accuracy", accuracy.measured())
    elif not asked.read:
        write("scale", scale.measured())
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE.relative_to(PAGE.parents[1])}")
