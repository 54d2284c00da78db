"""`debug`: a debugger for the two passes, with the habits of pdb.

Read `session` first: a tape, a place on it, what it stops at; then `stops`, and `lookup`, how typed names and
formulas are read. `commands` has every command, `prompt` talks, `source` shows
the line that did.

stop   a breakpoint, a watched number, or something caught      hit   a stop that was met
"""

from .debugger import debug

__all__ = ["debug"]
