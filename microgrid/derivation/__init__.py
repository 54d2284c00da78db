"""`explain`: a derivative, or a whole backward pass, written out as a worked solution.

Read `question` first, what is asked of which graph, and `asking`, in which words; then `chains`, the chain rule over a
view with its formulas, less the `rounding` that cancelling leaves; then `derivation`, which puts an answer together out
of `findings`, with `ties` as max and min share them. `array_slopes`, what one operation passes back in matrices,
`array_chains` and `array_derivation` do the same over arrays, with `element_chains` where no formula over arrays says
it. `solution` hands it in: as text, Markdown, LaTeX or JSON. Other wings ask `derive`; a page takes the chains
themselves.

term      one contribution to a gradient             factor   one local derivative in it, with its formula
"""

from .chains import Network
from .derivation import Derivation, derive, explain
from .findings import Definition, Step
from .question import Descent, Question

__all__ = ["Definition", "Derivation", "Descent", "Network", "Question", "Step", "derive", "explain"]
