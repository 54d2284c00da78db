"""Write docs/trust.md: `python -m benchmarks.trust`.

How large things may be is measured first, in half a minute. What takes longer is read from docs/trust, as
`python -m benchmarks.mutation` and its like have left it.
"""

import json

from .document import FIGURES, PAGE, page
from .scale import measured

if __name__ == "__main__":
    FIGURES.mkdir(parents=True, exist_ok=True)
    text = json.dumps(measured(), ensure_ascii=False, indent=1)
    (FIGURES / "scale.json").write_text(text + "\n", encoding="utf-8")
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE.relative_to(PAGE.parents[1])}")
