"""How far each row of the table is from the truth, in units of the last place: what the tests' sweep finds worst."""

from __future__ import annotations

import sys
from pathlib import Path

__all__ = ["measured"]

TESTS = Path(__file__).parents[2] / "tests"


def measured() -> dict[str, dict[str, object]]:
    """By the name of each row the worst of its value, and of its local derivative by each input."""
    sys.path.append(str(TESTS))
    from accuracy import worst_ulps

    found = worst_ulps().items()
    return {name: {"value": value.ulps, "slopes": [each.ulps for each in slopes]} for name, (value, *slopes) in found}
