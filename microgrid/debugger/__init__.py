"""`debug`: a debugger for the two passes, with the habits of pdb.

Read `debugger` first, where it begins, and `session`: a tape, a place on it, what it stops at. Then `stops`, and
`lookup`, how typed names and formulas are read, with `array_lookup` for vectors and matrices, and `places` for
W[0][1]; `beyond` has the numbers that no step is about. `commands` has a row for each command; `prompt` talks, and
reads scripts; `source` shows the line that made a value. The command line opens a `Session` and lets `prompt` lead
it.

stop      a breakpoint, a watched number or a catch  hit      a stop that was met
"""

from .debugger import debug

__all__ = ["debug"]
