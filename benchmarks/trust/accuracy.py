"""How far each row of the table is from the truth, in units of the last place: what the tests' sweep finds worst."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

__all__ = ["measured"]

TESTS = Path(__file__).parents[2] / "tests"


def measured() -> dict[str, object]:
    """Of each row the worst of its value, and of its local derivative by each input, subnormal ones apart; of each
    operation of several inputs the same, for several numbers of them."""
    sys.path.append(str(TESTS))
    from accuracy import Worst, worst_of_several, worst_ulps

    def figures(found: Sequence[Worst]) -> dict[str, object]:
        value, *slopes = (each.ulps if each.at else None for each in found)
        return {"value": value, "slopes": slopes}

    rows = {
        name: {part: figures(each) for part, each in found._asdict().items()} for name, found in worst_ulps().items()
    }
    several = {name: [each._asdict() for each in found] for name, found in worst_of_several().items()}
    return {"rows": rows, "several": several}
