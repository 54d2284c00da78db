"""The commands of the debugger: `table` has one row for each, the other modules what they do.

`navigation` moves along the tape, `breakpoints` says where to stop; `inspection` looks at numbers, tape and source,
`neighbours` at the graph around a value; `what_if` tries another number, `exports` hands out a derivation, a picture,
a page. A command is a function of the session and of what was typed behind its name.
"""

__all__: list[str] = []
