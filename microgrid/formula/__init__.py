"""Mathematics as text, and the table of every operation.

Read `expression` first: a formula is a tree, which is evaluated and walked without recursion; then `parser`, which
makes one of `tokens`, the words of a text, in the signs of books that `signs` explains (`array_parser` reads vectors
and matrices too), and in the words of `latex`; `cursor` is where it stands among them, and what it says of one that
cannot stand there. Then `rows`, formulas read from text, `operation`, how a row becomes an operation, and `ops`, THE
TABLE, written over the arithmetic of `floats`; in `turns` and `normal` stand the rows that turn below 0, to the last
digit; `reals` says what a number is, `words` what each function is over floats. `optimisers` is a table, too: the rules
by which parameters move. `derivative` differentiates formulas by the rows of the table, `slopes` are local derivatives
that can be differentiated again, as Values, and `path_sums` adds up chains; `regexes` compiles patterns at their first
use; `definitions` writes out what is not in the table, functions of a text and f'; `algebra` tidies a formula,
`simplification` asks sympy too, and `budget` says how much algebra anybody waits for. `printing` renders one in any
notation: on top of it `writing` sets the lines of a derivation, `lettering` the text in pictures, `javascript` the
table itself; `tables` are for notebooks. Other wings take the names below; those that read or show formulas, also these
last modules.

formula   a tree of `Call`, `Name` and `Number`      row      an operation as formulas: its value, its slopes
book      the row as a textbook writes it            stable   the row as it is computed
"""

from .derivative import derivative
from .expression import Call, Formula, Name, Number, evaluate, fold, free_names, substitute
from .operation import Op
from .ops import EVERY_OP, OPS
from .parser import parse
from .printing import number_text, render, unicode_name
from .reals import real
from .rows import Row
from .simplification import simplified
from .tokens import Vocabulary
from .writing import printable

__all__ = [
    "EVERY_OP",
    "OPS",
    "Call",
    "Formula",
    "Name",
    "Number",
    "Op",
    "Row",
    "Vocabulary",
    "derivative",
    "evaluate",
    "fold",
    "free_names",
    "number_text",
    "parse",
    "printable",
    "real",
    "render",
    "simplified",
    "substitute",
    "unicode_name",
]
