"""The judge: which published numbers are right, where the arithmetic first went wrong, what follows from that.

Read `printed` first, what a printed number says about its last digit; then `follow_through`, how each number
follows from those before it; then `verdicts`, which decides. `hints` says what a wrong number might be instead,
`identities` proves or refutes published formulas.

slip      a number that is wrong by itself      carried   one that follows from a wrong number before it
"""

from .verdicts import VERDICTS, Answer, Judge, check, judge

__all__ = ["VERDICTS", "Answer", "Judge", "check", "judge"]
